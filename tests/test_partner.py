from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPartner(AvanceImmediateCommon):
    def test_what_is_missing_is_said_with_the_remedy(self):
        partner = self.make_household(
            "Hélène Vide",
            email='helene@example.com',
            phone=False,
            urssaf_birth_date=False,
            urssaf_birth_commune_id=False,
        )
        partner.urssaf_mobile = '02 47 00 00 00'
        partner = partner.with_user(self.clerk).with_company(self.company)
        self.assertEqual(partner.urssaf_missing_count, 3, partner.urssaf_missing)
        for words in ("start with 06 or 07", "birth date is missing", "municipality of birth is missing"):
            self.assertIn(words, partner.urssaf_missing)
        with self.as_user(self.clerk) as env, self.raises(UserError, "birth date is missing"):
            partner.with_env(env).action_urssaf_register()
        self.assertFalse(partner.urssaf_registration_id)

    def test_address_mobile_and_bank_are_filled_in_from_odoo(self):
        self.assertEqual(
            (
                self.household.urssaf_street_number,
                self.household.urssaf_street_letter,
                self.household.urssaf_street_type,
                self.household.urssaf_street_name,
            ),
            ('12', 'B', 'R', 'des Exemples'),
        )
        self.assertEqual(self.household.urssaf_commune_id.code, '37261')
        self.assertEqual(self.household.urssaf_mobile, '06 39 98 00 01')
        self.assertEqual(self.household.urssaf_bank_account_id.bank_id.bic, 'TESTFRPPXXX')
        self.household.urssaf_street_name = 'corrigée'
        self.household.name = "Camille Autre"
        self.assertEqual(self.household.urssaf_street_name, 'corrigée', "editable, and kept")

    def test_a_country_without_insee_code_is_a_sentence(self):
        country = self.env['res.country'].create({'name': "Nowhere", 'code': 'QQ', 'insee_code': '12'})
        self.household.urssaf_birth_country_id = country
        self.assertIn("country of birth", ' '.join(self.household._urssaf_missing_sentences()))

    def test_a_company_is_refused(self):
        company = self.env['res.partner'].create({'name': "Une société", 'is_company': True})
        self.assertFalse(company.with_company(self.company).urssaf_is_possible)
        with self.as_user(self.clerk) as env, self.raises(UserError, "is a company"):
            company.with_env(env).action_urssaf_register()

    def test_contacts_open_and_copy_for_everybody(self):
        partner = self.household.with_user(self.plain_user).with_company(self.company)
        with Form(partner) as form:
            form.name = "Camille Renommée"
        copy = partner.copy()
        self.assertEqual(partner.urssaf_registration_state, 'active')
        self.assertFalse(copy.sudo().urssaf_birth_date, "personal data is never copied")
        with self.raises(AccessError):
            partner.read(['urssaf_birth_date'])
        with self.raises(AccessError):
            partner.read(['urssaf_bank_account_id'])

    def test_users_outside_accounting_make_contacts(self):
        Partner = self.env['res.partner'].with_user(self.plain_user)
        self.assertTrue(Partner.create({'name': "Nouveau"}))
        self.assertTrue(Partner.name_create("Autre"))
        self.assertFalse([m for m in Partner.load(['name'], [["Importé"]])['messages'] if m['type'] == 'error'])
        made = Partner.create({'name': "Camille", 'street': "3 rue Haute", 'zip': '37000', 'city': 'Tours'}).sudo()
        self.assertEqual((made.urssaf_street_type, made.urssaf_commune_id.code), ('R', '37261'))
        self.assertEqual(made.urssaf_birth_country_id.code, 'FR')

    def test_personal_data_is_for_accounting_users(self):
        self.assertEqual(str(self.household.with_user(self.reader).urssaf_birth_date), '1984-05-17')
        with self.raises(AccessError):
            self.household.with_user(self.reader).write({'urssaf_birth_name': 'Autre'})

    def test_households_are_found_by_their_state(self):
        other = self.make_household("Paul Inconnu")
        Partner = self.env['res.partner'].with_company(self.company)
        active = Partner.search([('urssaf_registration_state', '=', 'active')])
        draft = Partner.search([('urssaf_registration_state', '=', 'draft')])
        self.assertIn(self.household, active)
        self.assertNotIn(other, active)
        self.assertIn(other, draft)
        self.assertNotIn(self.household, draft)

    def test_another_company_sees_its_own_registration(self):
        second = self.setup_other_company()['company']
        self.setup_provider(second, 'second')
        self.assertEqual(self.household.with_company(second).urssaf_registration_state, 'draft')
        self.assertEqual(self.household.with_company(self.company).urssaf_registration_state, 'active')
