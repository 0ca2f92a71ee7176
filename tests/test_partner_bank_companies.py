from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon

BANK = ('urssaf_iban', 'urssaf_bic', 'urssaf_bank_holder')
IBAN, OTHER_IBAN = 'FR76 3000 6000 0112 3456 7890 189', 'FR76 3000 6000 0198 7654 3210 173'
SHOWN = [IBAN, 'TESTFRPPXXX', "Mme Camille Fictif"]


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestBankAccountOfAnotherCompany(AvanceImmediateCommon):
    """Whoever may read the contact sees the account that leaves for URSSAF, however Odoo keeps accounts apart."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env['res.company'].create({'name': "Agence de Tours", 'parent_id': cls.company.id})
        cls.env.cr.precommit.run()  # Odoo gives a branch its accounts then
        cls.clerk.group_ids |= cls.env.ref('base.group_allow_export')
        cls.branch_user = cls.make_user(
            'agence',
            'account.group_account_invoice',
            'base.group_partner_manager',
            'base.group_allow_export',
            company=cls.branch,
        )
        cls.plain_user.write({'company_ids': [Command.set(cls.branch.ids)], 'company_id': cls.branch.id})
        cls.household.company_id = cls.company
        cls.env.flush_all()

    def shown(self, user, partners):
        """What a user reads and exports of the account: each field alone, with nothing read before."""
        values = []
        for name in BANK:
            self.env.invalidate_all()
            values.append([row[name] for row in partners.with_user(user).read([name])])
            self.env.invalidate_all()
            exported = partners.with_user(user).export_data([name])['datas']
            self.assertEqual(exported, [[value or ''] for value in values[-1]])
        return [list(of_one) for of_one in zip(*values, strict=True)]

    def test_a_branch_sees_the_account_of_its_companys_household(self):
        account = self.household.urssaf_bank_account_id
        self.assertEqual(account.company_id, self.company)
        with self.assertRaises(AccessError):
            account.with_user(self.branch_user).read(['acc_number'])
        for user in (self.clerk, self.branch_user):
            self.assertEqual(self.shown(user, self.household), [SHOWN], user.login)
        self.assertFalse(self.household.with_user(self.branch_user).urssaf_missing)

    def test_one_account_that_odoo_hides_keeps_nobody_from_the_list(self):
        theirs = self.make_household("Dominique Inventé", company_id=self.branch.id)
        self.env.flush_all()
        both = self.household | theirs
        self.assertEqual(self.shown(self.branch_user, both), [SHOWN, [IBAN, 'TESTFRPPXXX', "Mme Dominique Inventé"]])

    def test_the_form_of_a_branch(self):
        self.env.invalidate_all()
        with Form(self.household.with_user(self.branch_user)) as form:
            self.assertEqual([form[name] for name in BANK], SHOWN)
            form.urssaf_first_names = "Camille Anne"
        self.assertEqual(self.household.urssaf_first_names, "Camille Anne")
        self.assertEqual(self.household.urssaf_iban, IBAN)

    def test_what_odoo_keeps_from_a_branch_is_not_changed_there(self):
        for name, value in zip(BANK, (OTHER_IBAN, 'AGRIFRPPXXX', "Mme Autre"), strict=True):
            self.env.invalidate_all()
            with self.assertRaisesRegex(AccessError, "belongs to company_1_data and is changed there only"):
                self.household.with_user(self.branch_user).write({name: value})
            self.env.invalidate_all()
            self.household.with_user(self.clerk).write({name: self.household[name]})
        self.env.invalidate_all()
        self.assertEqual(self.shown(self.clerk, self.household), [SHOWN])

    def test_an_account_that_is_one_companys_of_a_customer_of_all(self):
        """Odoo shares the contact with everybody, the account with one: it is seen, as it leaves for URSSAF, and kept."""
        self.household.company_id = False
        self.household.urssaf_bank_account_id.company_id = self.branch
        self.env.flush_all()
        for user in (self.clerk, self.branch_user):
            self.assertEqual(self.shown(user, self.household), [SHOWN], user.login)
        with self.assertRaisesRegex(AccessError, "Camille Fictif: the bank account belongs to Agence de Tours"):
            self.household.with_user(self.clerk).urssaf_iban = OTHER_IBAN
        self.env.invalidate_all()
        self.household.with_user(self.branch_user).urssaf_iban = OTHER_IBAN
        self.assertEqual(self.shown(self.clerk, self.household)[0][0], OTHER_IBAN)

    def test_who_does_not_keep_the_books_sees_none(self):
        for name in BANK:
            with self.assertRaises(AccessError):
                self.household.with_user(self.plain_user).read([name])
