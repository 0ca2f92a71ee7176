from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon

IBAN = 'FR1420041010050500013M02606'
CUSTOMERS = {'res_partner_search_mode': 'customer', 'default_is_company': True}


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPartnerForm(AvanceImmediateCommon):
    """The customer's form helps whoever fills it in: who it is, what is missing, where to look."""

    def new_customer(self, user=None, company=None, **context):
        company = company or self.company
        partners = self.env['res.partner'].with_user(user or self.clerk).with_company(company)
        return Form(partners.with_context(allowed_company_ids=company.ids, **context))

    # -- persons and companies --------------------------------------------------------------------

    def test_a_new_customer_is_a_person_where_avance_immediate_is_set_up(self):
        self.assertFalse(self.new_customer(**CUSTOMERS).is_company)
        self.company.urssaf_environment = False
        self.assertTrue(self.new_customer(**CUSTOMERS).is_company)

    def test_each_company_has_its_own_customers(self):
        other = self.setup_other_company(name="Sans avance")['company']
        self.clerk.company_ids += other
        self.assertTrue(self.new_customer(company=other, **CUSTOMERS).is_company)
        self.assertFalse(self.new_customer(**CUSTOMERS).is_company)

    def test_suppliers_and_contacts_stay_as_odoo_has_them(self):
        self.assertTrue(self.new_customer(res_partner_search_mode='supplier', default_is_company=True).is_company)
        self.assertTrue(self.new_customer(default_is_company=True).is_company)
        self.assertFalse(self.new_customer(res_partner_search_mode='customer', default_is_company=False).is_company)

    def test_a_spreadsheet_of_companies_is_imported_as_such(self):
        partners = self.env['res.partner'].with_user(self.clerk).with_company(self.company).with_context(**CUSTOMERS)
        partners = partners.with_user(self.make_user('importeur', 'base.group_partner_manager'))
        found = partners.browse(partners.load(['name'], [["Mairie"]])['ids'])
        self.assertTrue(found.is_company)

    def test_a_company_is_told_how_to_become_a_household(self):
        form = self.new_customer(default_is_company=True)
        self.assertIn("individuals", form.urssaf_company_hint)
        form.company_type = 'person'
        self.assertFalse(form.urssaf_company_hint)

    def test_who_is_surely_a_company_is_told_nothing(self):
        form = self.new_customer(default_is_company=True)
        form.vat = 'FR23334175221'
        self.assertFalse(form.urssaf_company_hint)
        partners = self.env['res.partner'].with_company(self.company)
        self.assertFalse(partners.browse(self.company.partner_id.id).urssaf_company_hint)
        supplier = partners.create({'name': "Fournisseur", 'is_company': True, 'supplier_rank': 1})
        self.assertFalse(supplier.urssaf_company_hint)
        self.company.urssaf_environment = False
        self.assertFalse(self.new_customer(default_is_company=True).urssaf_company_hint)

    # -- what is typed ----------------------------------------------------------------------------

    def test_a_title_before_the_name_says_who_it_is(self):
        for name, civility in (
            ("MME DUPONT Jeanne", '2'),
            ("Mme. Dupont", '2'),
            ("Madame Dupont", '2'),
            ("M. Dupont", '1'),
            ("Monsieur Dupont", '1'),
            ("Mr Dupont", '1'),
            ("M Dupont", False),
            ("Marie Dupont", False),
            ("Mmeri", False),
        ):
            with self.subTest(name):
                form = self.new_customer()
                form.name = name
                self.assertEqual(form.urssaf_civility, civility)

    def test_a_title_overrules_nobody(self):
        form = self.new_customer()
        form.urssaf_civility = '1'
        form.name = "Mme Dupont"
        self.assertEqual(form.urssaf_civility, '1')
        with self.new_customer(user=self.make_user('createur', 'base.group_partner_manager')) as form:
            form.name = "Mme Dupont"
        self.assertFalse(form.record.sudo().urssaf_civility, "who may not see the field writes nothing in it")

    def test_the_number_of_the_only_account_stands_once(self):
        with self.new_customer() as form:
            form.name = "Lise"
            form.urssaf_iban = IBAN
        self.assertFalse(form.urssaf_has_bank_choice)
        form.record.urssaf_iban = 'FR7630006000011234567890189'
        self.assertTrue(Form(form.record).urssaf_has_bank_choice)

    def test_an_iban_of_another_length_is_told_so(self):
        partner = self.household.with_user(self.clerk).with_company(self.company)
        for iban, words in ((IBAN[:-3], "3 missing"), (IBAN + '07', "2 too many"), (IBAN[:-1] + '7', "not valid")):
            with self.subTest(iban), Form(partner) as form:
                form.urssaf_iban = iban
                told = [item for group in form.urssaf_checklist['groups'] for item in group['items']]
                sentence = next(item['sentence'] for item in told if item['field'] == 'urssaf_iban')
                self.assertIn(words, sentence)
                form.urssaf_iban = IBAN

    # -- where to look ----------------------------------------------------------------------------

    def test_an_activity_of_ours_opens_the_page(self):
        partner = self.household.with_user(self.clerk).with_company(self.company)
        self.assertFalse(partner.urssaf_has_activity)
        partner.activity_schedule('mail.mail_activity_data_todo', user_id=self.clerk.id)
        self.assertFalse(partner.urssaf_has_activity)
        for kind in ('mail_activity_type_urssaf', 'mail_activity_type_urssaf_household'):
            activity = partner.activity_schedule(f'l10n_fr_avance_immediate.{kind}', user_id=self.clerk.id)
            self.assertTrue(partner.urssaf_has_activity)
            self.assertFalse(activity.activity_type_id.decoration_type, "lists show the summary, not a bare word")
            activity.unlink()
        self.assertFalse(partner.urssaf_has_activity)
