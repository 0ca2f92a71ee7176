import contextlib
import re
import time
from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon
from .common_household import IBAN, OTHER_IBAN, HouseholdCommon

OPTIONS = {
    'has_headers': True,
    'quoting': '"',
    'separator': ';',
    'encoding': 'utf-8',
    'date_format': '%d/%m/%y',
    'datetime_format': '',
    'float_thousand_separator': ' ',
    'float_decimal_separator': ',',
    'advanced': False,
    'keep_matches': False,
    'name_create_enabled_fields': {},
    'import_set_empty_fields': [],
    'import_skip_records': [],
    'fallback_values': {},
}
# INSEE code of a commune of each territory of France overseas, by the ISO code of the territory.
OVERSEAS = {
    'GP': '97105',
    'MQ': '97209',
    'GF': '97302',
    'RE': '97411',
    'PM': '97502',
    'YT': '97611',
    'BL': '97701',
    'MF': '97801',
    'WF': '98613',
    'PF': '98735',
    'NC': '98818',
}
# Those that had another code in 1984, when the example is born.
DEPARTMENT_THEN = {'YT': '985', 'BL': '971', 'MF': '971'}
MUCH = ("a", "1 ", "12 rue X, ", "rue a ", "- ", "n° ", "apt 12 ", "\u0300\u0316")


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestTypedIntoTheForm(AvanceImmediateCommon):
    """What people type or paste into the customer's form and the settings is read as they mean it."""

    def setUp(self):
        super().setUp()
        self.partner = self.make_household("Jeanne Nouvelle", email='jeanne@example.com').with_company(self.company)

    def form(self, partner=None):
        partner = (partner or self.partner).with_user(self.clerk).with_company(self.company)
        return Form(partner, view='base.view_partner_form')

    # -- bank account -----------------------------------------------------------------------------

    def test_the_bic_follows_from_the_iban(self):
        self.partner.bank_ids.unlink()
        with self.form() as form:
            form.urssaf_iban = 'IBAN : FR14.2004.1010.0505.0001.3M02.606'
            self.assertEqual(form.urssaf_bic, 'PSSTFRPP')
            self.assertEqual(form.urssaf_iban.replace(' ', ''), OTHER_IBAN)
        account = self.partner.urssaf_bank_account_id
        self.assertEqual((account.sanitized_acc_number, account.bank_id.bic), (OTHER_IBAN, 'PSSTFRPP'))
        self.assertEqual(account.bank_id.name, "LA BANQUE POSTALE")

    def test_the_bic_that_was_found_may_be_corrected(self):
        with self.form() as form:
            form.urssaf_iban = OTHER_IBAN
            form.urssaf_bic = 'BIC : psst fr pp lil'
        self.assertEqual(self.partner.urssaf_bic, 'PSSTFRPPLIL')
        self.assertEqual(self.partner._urssaf_customer().to_dict()['coordonneeBancaire']['bic'], 'PSSTFRPPLIL')

    def test_no_bic_is_made_up(self):
        unknown = 'FR7612739000010000000000047'
        with self.form() as form:
            form.urssaf_iban = unknown
            self.assertFalse(form.urssaf_bic)

    def test_the_head_office_is_no_second_bank(self):
        bank = self.env['res.bank'].create({'name': "Banque d'exemple", 'bic': 'EXEMFRPP'})
        self.partner.urssaf_bic = 'EXEMFRPPXXX'
        self.assertEqual(self.partner.urssaf_bank_account_id.bank_id, bank)

    def test_a_script_may_leave_the_bic_out(self):
        household = self.env['res.partner'].create(
            {
                'name': "Par script",
                'urssaf_iban': 'FR14-2004-1010-0505-0001-3M02-606',
                'urssaf_bank_holder': "Mme Script",
            }
        )
        account = household.urssaf_bank_account_id
        self.assertEqual(
            (account.sanitized_acc_number, account.bank_id.bic, account.acc_holder_name),
            (OTHER_IBAN, 'PSSTFRPP', "Mme Script"),
        )

    def test_an_archived_account_leaves_no_more(self):
        account = self.partner.urssaf_bank_account_id
        account.active = False
        self.env.flush_all()
        self.assertFalse(self.partner.urssaf_bank_account_id)
        self.assertFalse(self.partner.urssaf_iban or self.partner.urssaf_bic or self.partner.urssaf_bank_holder)
        self.assertNotIn('iban', self.partner._urssaf_customer().to_dict().get('coordonneeBancaire', {}))
        self.assertIn("bank account is missing", self.partner.urssaf_missing)

    def test_the_account_of_an_earlier_version_that_is_archived_leaves_no_more_either(self):
        account = self.partner.urssaf_bank_account_id
        self.env.cr.execute("UPDATE res_partner_bank SET active = false WHERE id = %s", [account.id])
        self.env.invalidate_all()
        self.assertEqual(self.partner.urssaf_bank_account_id, account)
        self.assertFalse(self.partner.urssaf_iban)
        self.assertFalse(self.partner._urssaf_customer().bank_account.iban)

    def test_what_is_shown_after_archiving_is_the_other_account(self):
        self.partner.bank_ids = [Command.create({'acc_number': OTHER_IBAN})]
        self.partner.urssaf_bank_account_id.action_archive()
        self.assertEqual(self.partner.urssaf_bank_account_id.sanitized_acc_number, OTHER_IBAN)
        self.assertEqual(self.partner.urssaf_iban.replace(' ', ''), OTHER_IBAN)

    def test_typing_an_archived_account_again_brings_it_back(self):
        account = self.partner.urssaf_bank_account_id
        number, holder = account.sanitized_acc_number, account.acc_holder_name
        with self.form() as form:
            form.urssaf_iban = OTHER_IBAN
        account.action_archive()
        with self.form() as form:
            form.urssaf_iban = f'IBAN {number}'
            self.assertEqual(form.urssaf_bic, account.bank_id.bic)
        self.assertTrue(account.active)
        self.assertEqual(self.partner.urssaf_bank_account_id, account)
        self.assertEqual(self.partner.urssaf_bank_holder, holder)
        self.assertFalse(self.partner.urssaf_missing)

    # -- texts ------------------------------------------------------------------------------------

    def test_what_nobody_sees_is_not_kept(self):
        self.partner.write(
            {
                'urssaf_birth_name': '\ufeffNou\u00advelle\u200b',
                'urssaf_first_names': ' Jeanne\u2800\u2800Marie ',
                'urssaf_bank_holder': 'Mme\u00a0Nouvelle\u200e Jeanne',
                'urssaf_mobile': '\u202a06 39 98 00 01\u202c',
                'email': 'Jeanne Nouvelle <jeanne@example.com>',
            }
        )
        self.assertEqual(self.partner.urssaf_birth_name, "Nouvelle")
        self.assertEqual(self.partner.urssaf_first_names, "Jeanne Marie")
        self.assertEqual(self.partner.urssaf_bank_holder, "Mme Nouvelle Jeanne")
        self.assertEqual(self.partner.urssaf_mobile, "06 39 98 00 01")
        self.assertEqual(self.partner._urssaf_customer().to_dict()['adresseMail'], 'jeanne@example.com')
        self.assertFalse(self.partner.urssaf_missing)

    def test_a_year_of_two_digits_is_no_birth_to_come(self):
        with self.form() as form:
            form.urssaf_birth_date = date(self.today.year // 100 * 100 + 51, 1, 5)  # as the calendar reads 050151
            self.assertEqual(form.urssaf_birth_date, date(1951, 1, 5))
        self.assertEqual(self.partner.urssaf_birth_date, date(1951, 1, 5))

    # -- address ----------------------------------------------------------------------------------

    def test_a_postal_code_of_one_municipality_gives_it(self):
        self.partner.write({'zip': False, 'city': False})
        with self.form() as form:
            form.zip = '37520'
            self.assertEqual(form.city, "La Riche")
        self.assertEqual(self.partner.urssaf_commune_id.code, '37195')

    def test_a_postal_code_of_several_gives_none(self):
        self.partner.write({'zip': '01000', 'city': False})
        self.assertFalse(self.partner.urssaf_commune_id)

    def test_a_postal_code_that_lost_its_zero(self):
        with self.form() as form:
            form.city = "Bourg-en-Bresse"
            form.zip = '1000'
            self.assertEqual(form.zip, '01000')
        self.assertEqual(self.partner.urssaf_commune_id.code, '01053')
        self.partner.write({'zip': '1000', 'city': "BOURG EN BRESSE"})
        self.assertEqual((self.partner.zip, self.partner.urssaf_commune_id.code), ('01000', '01053'))
        self.assertEqual(self.partner._urssaf_customer().to_dict()['adressePostale']['codePostal'], '01000')

    def test_a_postal_code_cut_short_gets_no_zero(self):
        self.partner.write({'zip': '3700', 'city': "Tours"})
        self.assertEqual(self.partner.zip, '3700')
        self.assertTrue(self.partner.urssaf_missing)

    def test_abroad_four_digits_are_a_whole_code(self):
        self.partner.write({'zip': '1000', 'city': "Bourg-en-Bresse", 'country_id': self.env.ref('base.be').id})
        self.assertEqual(self.partner.zip, '1000')

    def test_an_endless_street_costs_little(self):
        """Six parts are computed of it, and the checklist: at each key of a form, too."""
        for piece in MUCH:
            street = (piece * 50_000)[:50_000]
            started = time.process_time()
            self.partner.write({'street': street, 'street2': street})
            self.assertTrue(self.partner.urssaf_missing)
            self.assertLess(time.process_time() - started, 3, piece)
            self.assertIn("address complement", self.partner.urssaf_missing, piece)

    def test_an_endless_text_in_any_field_costs_little(self):
        names = (
            'urssaf_birth_name',
            'urssaf_usage_name',
            'urssaf_first_names',
            'urssaf_mobile',
            'urssaf_street_name',
            'urssaf_address_complement',
            'urssaf_bank_holder',
            'urssaf_consent_origin',
            'email',
            'city',
            'zip',
        )
        for piece in ("a", "1", "é ", "\u0300\u0316", "-"):
            started = time.process_time()
            self.partner.write(dict.fromkeys(names, (piece * 50000)[:50000]))
            self.assertTrue(self.partner.urssaf_missing)
            self.assertLess(time.process_time() - started, 5, piece)

    def test_an_endless_text_in_what_is_searched_looked_up_or_chosen_costs_little(self):
        """Everything else that takes a text and reads it: searches, windows, settings, a line's label and its worker."""
        invoice = self.make_invoice()
        journal = self.env['account.journal'].search(
            [('company_id', '=', self.company.id), ('type', '=', 'bank')], limit=1
        )
        method = journal.inbound_payment_method_line_ids[:1]
        for piece in ("a", "1", "é ", "\u0300\u0316", "-", "SAP 1", "(", "Tours (", "st "):
            much = (piece * 50_000)[:50_000]
            for name, act in (
                ('commune', lambda much=much: self.env['insee.commune'].name_search(much)),
                ('country', lambda much=much: self.env['res.country']._find_written(much)),
                (
                    'birth country',
                    lambda much=much: self.env['res.country'].with_context(urssaf_birth=True).name_search(much),
                ),
                ('nature', lambda much=much: self.env['urssaf.nature'].name_search(much)),
                ('SAP number', lambda much=much: self.company.write({'urssaf_sap_number': much})),
                ('credentials', lambda much=much: self.company.write({'urssaf_client_id': much})),
                ('billing party', lambda much=much: self.company.write({'urssaf_billing_party': much})),
                ('worker', lambda much=much: invoice.invoice_line_ids.write({'urssaf_worker_number': much})),
                ('label', lambda much=much: self.label(invoice, much)),
                ('method', lambda much=much: method.write({'name': much}) and method.urssaf_means),
                (
                    'import',
                    lambda much=much: self.env['res.partner'].load(['name', 'urssaf_birth_commune_id'], [["X", much]]),
                ),
            ):
                started = time.process_time()
                with contextlib.suppress(ValidationError, UserError), self.env.cr.savepoint():
                    act()
                self.env.invalidate_all()
                self.assertLess(time.process_time() - started, 3, f'{name}: {piece}')

    def label(self, invoice, text):
        invoice.invoice_line_ids.name = text
        payload, _errors, _warnings, _leaves_at = invoice._urssaf_prepare(self.nature, self.today, self.today)
        return payload

    # -- births overseas --------------------------------------------------------------------------

    def test_every_territory_is_a_birth_in_france(self):
        for country, code in OVERSEAS.items():
            commune = self.env['insee.commune'].search([('code', '=', code), ('valid_until', '=', False)])
            self.assertTrue(commune, country)
            with self.form() as form:
                form.urssaf_birth_country_id = self.env['res.country'].search([('code', '=', country)])
                self.assertTrue(form.urssaf_birth_is_france, country)
                form.urssaf_birth_commune_id = commune
            place = self.partner._urssaf_customer().to_dict()['lieuNaissance']
            self.assertEqual(place['codePaysNaissance'], '99100', country)
            self.assertEqual(place['departementNaissance'], DEPARTMENT_THEN.get(country, code[:3]), country)
            self.assertFalse(self.partner.urssaf_missing, country)

    def test_guyana_is_not_french_guiana(self):
        self.env['res.lang']._activate_lang('fr_FR')
        countries = self.env['res.country'].with_context(lang='fr_FR', urssaf_birth=True)
        guyana, french = (countries.search([('code', '=', code)]) for code in ('GY', 'GF'))
        self.env['res.country'].search([('code', '=', 'GY')]).with_context(lang='fr_FR').name = "Guyane"
        self.assertEqual((guyana.display_name, french.display_name), ("Guyana", "Guyane (France)"))
        self.assertIn(guyana.id, [key for key, _name in countries.name_search("Guyana")])
        self.assertIn((french.id, "Guyane (France)"), countries.name_search("Guyane"))
        for written, code in (
            ("Guyane", 'GF'),
            ("GUYANE", 'GF'),
            ("Guyane (France)", 'GF'),
            ("Guyane française", 'GF'),
            ("Guyana", 'GY'),
            ("La Réunion", 'RE'),
            ("Tahiti", 'PF'),
        ):
            self.assertEqual(countries._find_written(written).code, code, written)

    # -- settings ---------------------------------------------------------------------------------

    def test_what_is_pasted_into_the_settings(self):
        settings = self.env['res.config.settings'].create(
            {
                'urssaf_client_id': ' 3f2a-11\r\n',
                'urssaf_new_secret': '\ufeffs3cr et\u200b ',
                'urssaf_sap_number': 'sap 123 456 782',
                'urssaf_billing_party': '  Exemple\u00a0 Services\u200b',
            }
        )
        settings.set_values()
        company = settings.company_id
        self.assertEqual(company.urssaf_client_id, '3f2a-11')
        self.assertEqual(company.urssaf_client_secret, 's3cr et')
        self.assertEqual(company.urssaf_sap_number, 'SAP123456782')
        self.assertEqual(company.urssaf_billing_party, 'Exemple Services')
        self.env['res.config.settings'].create({'urssaf_new_secret': ' \u200b'}).set_values()
        self.assertEqual(company.urssaf_client_secret, 's3cr et', "nothing that can be seen is no new secret")


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestTypedIntoASpreadsheet(AvanceImmediateCommon):
    """The same through Odoo's import."""

    def load(self, **row):
        fields = ['name', *row]
        result = (
            self.env['res.partner']
            .with_user(self.clerk)
            .with_company(self.company)
            .load(fields, [["Importée", *row.values()]])
        )
        self.assertFalse([message['message'] for message in result['messages']])
        return self.env['res.partner'].browse(result['ids'])

    def test_bank_account(self):
        household = self.load(
            urssaf_iban='IBAN : FR14-2004-1010-0505-0001-3M02-606', urssaf_bank_holder='Mme\u200b Importée'
        )
        account = household.urssaf_bank_account_id
        self.assertEqual(
            (account.sanitized_acc_number, account.bank_id.bic, account.acc_holder_name),
            (OTHER_IBAN, 'PSSTFRPP', "Mme Importée"),
        )

    def test_an_archived_account_comes_back(self):
        household = self.load(urssaf_iban=IBAN)
        account = household.urssaf_bank_account_id
        account.action_archive()
        self.env['ir.model.data'].create(
            {'name': 'urssaf_imported', 'module': '__test__', 'model': 'res.partner', 'res_id': household.id}
        )
        result = (
            self.env['res.partner']
            .with_user(self.clerk)
            .with_company(self.company)
            .load(['id', 'urssaf_iban'], [['__test__.urssaf_imported', IBAN]])
        )
        self.assertFalse(result['messages'])
        self.assertTrue(account.active)
        self.assertEqual(household.urssaf_bank_account_id, account)

    def test_address(self):
        household = self.load(street="1 rue X", zip='1000', city="Bourg en Bresse")
        self.assertEqual((household.zip, household.urssaf_commune_id.code), ('01000', '01053'))
        household = self.load(street="1 rue X", zip='37520')
        self.assertEqual(household.urssaf_commune_id.code, '37195')

    def test_an_endless_street(self):
        started = time.process_time()
        household = self.load(street="12 rue X, " * 5_000, street2="apt 1 " * 8_000)
        self.assertGreater(len(household.urssaf_address_complement), 50_000)
        self.assertLess(time.process_time() - started, 5)

    def test_births(self):
        household = self.load(urssaf_birth_date='2051-01-05')  # as a format of two digits reads 05/01/51
        self.assertEqual(household.urssaf_birth_date, date(1951, 1, 5))
        for country, code in OVERSEAS.items():
            name = self.env['res.country'].search([('code', '=', country)]).name
            household = self.load(urssaf_birth_country_id=name, urssaf_birth_commune_id=code)
            place = household._urssaf_birth_place()
            self.assertEqual((place.country_code, place.department), ('99100', code[:3]), country)

    def test_civility_with_what_nobody_sees(self):
        self.assertEqual(self.load(urssaf_civility='\ufeffMme. ').urssaf_civility, '2')


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestTypedIntoTheHouseholdsPage(HouseholdCommon):
    """The same on the page that a household fills in itself."""

    def step_1(self, token, country, **values):
        return self.post(token, 1, birth_country=country.id, **{**self.IDENTITY, **values})

    def test_the_bic_need_not_be_typed(self):
        token = self.invite()
        self.step_1(token, self.france)
        self.post(token, 2, **self.CONTACT)
        page = self.post(token, 3, **{**self.BANK, 'iban': f'IBAN : {OTHER_IBAN}', 'bic': ''})
        self.assertNotIn('is-invalid', page)
        account = self.guest.urssaf_bank_account_id
        self.assertEqual((account.sanitized_acc_number, account.bank_id.bic), (OTHER_IBAN, 'PSSTFRPP'))

    def test_the_bic_is_asked_for_where_the_bank_is_not_known(self):
        token = self.invite()
        page = self.post(token, 3, **{**self.BANK, 'iban': 'FR7612739000010000000000047', 'bic': ''})
        self.assertRegex(page, r'id="bic"[^>]*is-invalid')
        self.assertFalse(self.guest.bank_ids)

    def test_an_archived_account_comes_back(self):
        token = self.invite()
        self.fill_in(token)
        account = self.guest.urssaf_bank_account_id
        account.action_archive()
        self.assertFalse(self.guest.urssaf_iban)
        self.post(token, 3, **self.BANK)
        self.assertTrue(account.active)
        self.assertEqual(self.guest.urssaf_bank_account_id, account)

    def test_contact_as_it_is_pasted(self):
        token = self.invite()
        self.post(
            token,
            2,
            **{
                **self.CONTACT,
                'zip': 'F-37 000',
                'city': 'Tours\u200b',
                'email': 'Jeanne Exemple <jeanne@example.com>',
                'mobile': '\u202a+33 (0)6·39·98·00·07\u202c',
            },
        )
        self.assertEqual(
            (self.guest.zip, self.guest.city, self.guest.email, self.guest.urssaf_mobile),
            ('37000', 'Tours', 'jeanne@example.com', '06 39 98 00 07'),
        )
        self.post(token, 2, **{**self.CONTACT, 'zip': '1000', 'city': 'Bourg-en-Bresse'})
        self.assertEqual((self.guest.zip, self.guest.urssaf_commune_id.code), ('01000', '01053'))
        page = self.post(token, 2, **{**self.CONTACT, 'zip': '3700', 'city': 'Tours'})
        self.assertRegex(page, r'id="zip"[^>]*is-invalid')

    def test_a_postal_code_of_one_municipality_gives_it(self):
        token = self.invite()
        self.post(token, 2, **{**self.CONTACT, 'zip': '37520', 'city': ''})
        self.assertEqual((self.guest.city, self.guest.urssaf_commune_id.code), ("La Riche", '37195'))

    def test_an_endless_street(self):
        token = self.invite()
        for piece in MUCH:
            started = time.process_time()  # of the thread that answers, too
            self.post(token, 2, **{**self.CONTACT, 'street': (piece * 50_000)[:50_000]})
            self.assertLess(time.process_time() - started, 5, piece)

    def test_a_year_of_two_digits(self):
        token = self.invite()
        self.step_1(token, self.france, birth_date='05/01/51')
        self.assertEqual(self.guest.urssaf_birth_date, date(1951, 1, 5))
        with freeze_time('2026-10-05 10:00:00'):
            page = self.step_1(token, self.france, birth_date='17/05/12')
        self.assertRegex(page, r'id="birth_date"[^>]*is-invalid')

    def test_births_overseas(self):
        for country, code in OVERSEAS.items():
            territory = self.env['res.country'].search([('code', '=', country)])
            commune = self.env['insee.commune'].search([('code', '=', code), ('valid_until', '=', False)])
            token = self.invite()
            self.step_1(token, territory, birth_commune=commune.display_name)
            self.assertEqual(self.guest.urssaf_birth_country_id, territory)
            self.assertEqual(self.guest.urssaf_birth_commune_id, commune, country)

    def test_no_error_is_hidden(self):
        """The municipality is asked for wherever the country is part of France, and shown wherever it is wrong."""
        token = self.invite()
        page = self.page(token, 1)
        for country in OVERSEAS:
            territory = self.env['res.country'].search([('code', '=', country)])
            self.assertRegex(page, rf'<option[^>]*value="{territory.id}"[^>]*class="o_france"', country)
        reunion = self.env.ref('base.re')
        page = self.step_1(token, reunion, birth_commune='')
        self.assertRegex(page, r'class="o_urssaf_birth_commune o_urssaf_wrong')
        self.assertRegex(page, r'id="birth_commune"[^>]*is-invalid')

    def test_guyana_and_french_guiana_are_told_apart(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.guest.lang = 'fr_FR'
        page = self.page(self.invite(), 1)
        names = re.findall(r'<option[^>]*>\s*([^<]*Guyan[^<]*?)\s*</option>', page)
        self.assertEqual(sorted(names), ["Guyana", "Guyane (France)"])
