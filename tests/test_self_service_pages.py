import json
import logging
import re
from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from ..controllers import household_privacy
from ..urssaf.dates import typed_date
from .common_household import IBAN, OTHER_IBAN, HouseholdCommon

FORGED = 'A' * 43
STALE = 'odoo.addons.l10n_fr_avance_immediate.controllers.household'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestHouseholdForm(HouseholdCommon):
    """Three steps, checked as the customer's form is; what is wrong is said beside its field, and nothing is lost."""

    TICKED = r'_choice" value="\d+"\s+checked'

    def test_errors_stand_beside_their_fields_and_nothing_is_lost(self):
        token = self.invite()
        page = self.post(
            token,
            1,
            birth_country=self.france.id,
            **{**self.IDENTITY, 'birth_name': "Exempl3", 'birth_date': '2084-05-17', 'first_names': ''},
        )
        self.assertIn("letters", self.shown(page, 'birth_name'))
        self.assertIn("future", self.shown(page, 'birth_date'))
        self.assertIn("first names", self.shown(page, 'first_names'))
        for value in ("Exempl3", "2084-05-17", "Invitée", "Tours (37000)"):
            self.assertIn(f'value="{value}"', page)
        self.assertRegex(page, r'id="civility_2" value="2" checked')
        self.assertIn("3 points need a look", ' '.join(page.split()))
        self.assertEqual(
            re.findall(r'<input[^>]*id="(\w+)"[^>]*autofocus', page), ['birth_name'], "the first to correct"
        )
        self.assertFalse(self.guest.urssaf_birth_name or self.guest.urssaf_civility, "nothing wrong is kept")
        page = self.post(token, 2, **{**self.CONTACT, 'mobile': '01 02 03 04 05', 'email': 'jeanne@', 'zip': '370'})
        for name in ('mobile', 'email', 'zip'):
            self.assertTrue(self.shown(page, name), name)
        self.assertIn('value="01 02 03 04 05"', page)
        page = self.post(token, 3, iban='FR76 3000 6000 0112 3456 7890 180', bic='X', holder='')
        for name in ('iban', 'bic', 'holder', 'consent'):
            self.assertTrue(self.shown(page, name), name)
        self.assertFalse(self.guest.bank_ids or self.guest.urssaf_consent_date)

    def test_errors_are_in_the_household_s_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.guest.lang = 'fr_FR'
        page = self.page(self.invite())
        self.assertIn('lang="fr-FR"', page)

    def test_the_household_is_not_told_about_the_customers_form(self):
        """Every finding about a household has a sentence of its own."""
        from ..models.connection.urssaf_finding_words import SENTENCES  # noqa: PLC0415
        from ..models.self_service.urssaf_household_page_words import ERRORS  # noqa: PLC0415

        of_customers = list(SENTENCES)[: list(SENTENCES).index('billing_party_missing')]
        # Warnings; what the page cannot bring about; what its box stands for.
        not_errors = {'email_plus', 'iban_monaco', 'birth_name_words', 'usage_name_words', 'birth_commune_abroad'} | {
            code for code in of_customers if code.startswith('consent_')
        }
        self.assertFalse(set(of_customers) - set(ERRORS) - not_errors)

    def test_bad_input_is_a_sentence(self):
        token = self.invite()
        for value in (
            '\0',
            '\u202eelpmexE',
            '😀',
            'x' * 5000,
            '<script>alert(1)</script>',
            '{{7*7}}',
            "%(limit)s %s",
            ' ',
        ):
            for step, fields_of_step in ((1, self.IDENTITY), (2, self.CONTACT), (3, {**self.BANK, 'consent': '1'})):
                for name in set(fields_of_step) - {'complement', 'usage_name', 'consent'}:
                    if name == 'holder' and value not in ('x' * 5000, ' '):
                        continue
                    if name == 'city' or (name == 'street' and value != ' '):
                        continue
                    page = self.post(token, step, **{'birth_country': self.france.id, **fields_of_step, name: value})
                    self.assertIn('invalid-feedback', page, (name, value[:20]))
                    self.assertNotIn('<script>alert(1)', page)
        self.post(token, 1, birth_country='x', **self.IDENTITY)
        self.assertEqual(self.calls('M010'), 0)

    def test_a_date_is_typed_as_people_write_it(self):
        day = date(1984, 5, 17)
        for value in (
            '17/05/1984',
            '17/5/1984',
            '17.05.1984',
            '17-05-1984',
            '17 05 1984',
            '17051984',
            '1984-05-17',
            '17 mai 1984',
            'le 17 Mai 1984',
            ' 17 / 05 / 1984 ',
            '17/05/84',
        ):
            self.assertEqual(typed_date(value), day, value)
        self.assertEqual(typed_date("1er février 1951"), date(1951, 2, 1))
        self.assertEqual(typed_date("3 déc. 1940"), date(1940, 12, 3))
        for value in (
            '',
            '17/05/12',  # a child, or somebody of more than a hundred
            '17/05',
            '31/02/1984',
            '1 jui 1950',
            '00/00/0000',
            '1984',
            '17/05/1984/1',
            '٠١/٠٢/١٩٥٠',
            'x' * 5000,
            '9' * 5000,
            '1' * 300 + '/1/1984',
        ):
            self.assertIsNone(typed_date(value, date(2026, 10, 5)), value[:20])
        token = self.invite()
        unsure = f'17/05/{(date.today().year - 10) % 100:02}'  # a child, or somebody of more than a hundred
        page = self.post(token, 1, birth_country=self.france.id, **{**self.IDENTITY, 'birth_date': unsure})
        self.assertIn("day/month/year", self.shown(page, 'birth_date'))
        self.assertIn(f'value="{unsure}"', page)
        self.post(token, 1, birth_country=self.france.id, **{**self.IDENTITY, 'birth_date': '17 mai 1984'})
        self.assertEqual(self.guest.urssaf_birth_date, day)
        self.assertIn('value="17/05/1984"', self.page(token, 1))

    def test_the_town_of_a_postal_code(self):
        """The only one comes by itself; else it is chosen, or asked for in the right words."""
        token = self.invite()
        page = self.post(token, 2, **{**self.CONTACT, 'zip': '', 'city': ''})
        self.assertEqual(self.shown(page, 'city'), "Enter your town.")
        self.assertIn("postal code", self.shown(page, 'zip'))
        page = self.post(token, 2, **{**self.CONTACT, 'zip': '37390', 'city': ''})
        self.assertIn("in the list", self.shown(page, 'city'))
        self.assertGreater(len(re.findall('name="city_choice"', page)), 3)
        self.post(token, 2, **{**self.CONTACT, 'zip': '35510', 'city': ''})
        self.assertEqual(self.guest.city, "Cesson-Sévigné")

    def test_what_a_phone_pastes_is_understood(self):
        """A town as the list writes it brings its postal code; an IBAN comes with the word and its spaces."""
        token = self.invite()
        self.post(token, 2, **{**self.CONTACT, 'zip': '', 'city': "Tours (37000)"})
        self.assertEqual((self.guest.zip, self.guest.city), ('37000', "Tours"))
        self.post(token, 1, birth_country=self.france.id, **self.IDENTITY)
        self.post(token, 3, **{**self.BANK, 'iban': ' iban : fr76 3000\u00a06000 0112 3456 7890 189 '})
        self.assertEqual(self.guest.urssaf_bank_account_id.sanitized_acc_number, IBAN)

    def test_a_page_left_open_too_long_loses_nothing(self):
        """Its session is gone: nothing is written, all that was typed is there again, and one click goes on."""
        token = self.invite()
        values = {'birth_country': self.france.id, **self.IDENTITY}
        with self.assertLogs(STALE, 'WARNING'):
            page = self.checked(self.url_open(self.path(token, 1), data={'csrf_token': 'x' * 50, **values}), 400)
        self.assertFalse(self.guest.urssaf_birth_name)
        self.assertIn("open for too long", page)
        for value in ("Exemple", "Jeanne Marie", "1984-05-17", "Tours (37000)"):
            self.assertIn(f'value="{value}"', page)
        fresh = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        self.assertIn(
            'data-step="2"', self.checked(self.url_open(self.path(token, 1), data={'csrf_token': fresh, **values}))
        )
        self.assertEqual(self.guest.urssaf_birth_name, "Exemple")

    def test_before_the_end_all_is_summed_up_for_who_has_entered_it(self):
        token = self.invite()
        self.post(token, 1, birth_country=self.france.id, **self.IDENTITY)
        page = self.post(token, 2, **self.CONTACT)
        for words in (
            "Mme Jeanne Marie Invitée",
            "Birth name: Exemple",
            "Born on 17/05/1984: Tours (37000)",
            "12 bis rue des Exemples",
            "37000 Tours",
            "06 39 98 00 07",
            "jeanne@example.com",
        ):
            self.assertIn(words, page)
        for step in (1, 2):
            self.assertIn(f'href="{self.path(token, step)}"', page)
        self.opener.cookies.clear()
        self.authenticate(None, None)
        page = self.page(token, 3)
        self.assertIn("Mme Jeanne Marie", page)
        self.assertNotIn("17/05/1984", page)

    def test_a_town_of_many_is_chosen_in_a_list(self):
        token = self.invite()
        values = {**self.IDENTITY, 'birth_country': self.france.id, 'birth_commune': "Saint-Martin"}
        page = self.post(token, 1, **values)
        found = re.findall(r'name="birth_commune_choice" value="(\d+)"', page)
        self.assertGreater(len(found), 1)
        names = re.findall(r'_choice" value="\d+"/>\s*<span>(.*?)</span>', page)
        self.assertTrue(all(name.startswith("Saint-Martin (") for name in names), "those of exactly this name")
        page = self.post(token, 1, birth_commune_choice='999999999', **values)
        self.assertIn('is-invalid', page)
        self.post(token, 1, birth_commune_choice=found[1], **values)
        self.assertEqual(self.guest.urssaf_birth_commune_id.id, int(found[1]))
        page = self.post(token, 2, **{**self.CONTACT, 'zip': '35510', 'city': "Cesson"})
        self.assertNotIn('is-invalid', page)
        page = self.post(token, 2, **{**self.CONTACT, 'zip': '37000', 'city': "Paris"})
        found = re.findall(r'name="city_choice" value="(\d+)"', page)
        self.assertEqual(len(found), 1)
        self.assertIn("The postal code 37000 is that of Tours: correct one or the other.", page)
        self.assertNotRegex(page, self.TICKED, "the household chooses, also the only one")
        self.assertIn('is-invalid', self.post(token, 2, **{**self.CONTACT, 'city': "Paris"}))
        page = self.post(token, 2, city_choice=found[0], **{**self.CONTACT, 'city': "Paris", 'mobile': ''})
        self.assertRegex(page, self.TICKED, "what was chosen stays chosen while the rest is corrected")
        self.post(token, 2, city_choice=found[0], **{**self.CONTACT, 'city': "Paris"})
        self.assertEqual(self.guest.city, "Tours")

    def born_in(self, token, town, **values):
        return self.post(token, 1, birth_country=self.france.id, **{**self.IDENTITY, 'birth_commune': town, **values})

    def test_a_town_of_birth_that_only_begins_so_is_not_taken(self):
        """Who was born in Porto is not from Porto-Vecchio: a single town is proposed, and the country is spoken of."""
        token = self.invite()
        for town in ("Porto", "Bône", "Liège", "Berlin", "Faro", "Fez", "Oran", "Alger", "porto 20", "2A", "Mar"):
            for _twice in range(2):  # pressing the button again does not agree to what is proposed
                page = self.born_in(token, town)
                self.assertIn("Born outside France", self.shown(page, 'birth_commune'), town)
                self.assertNotRegex(page, self.TICKED, town)
                self.assertFalse(self.guest.urssaf_birth_commune_id, town)
        page = self.born_in(token, "Porto")
        (key,) = re.findall(r'name="birth_commune_choice" value="(\d+)"', page)
        page = self.born_in(token, "Porto", birth_commune_choice=key, first_names='')
        self.assertFalse(self.shown(page, 'birth_commune'))
        self.assertRegex(page, self.TICKED, "what was chosen stays chosen while the rest is corrected")
        self.assertIn('data-step="2"', self.born_in(token, "Porto", birth_commune_choice=key))
        self.assertEqual(self.guest.urssaf_birth_commune_id.name, "Porto-Vecchio")

    def test_a_town_of_birth_by_its_whole_name_or_code_is_taken(self):
        token = self.invite()
        for town, code in (
            ("porto vecchio", '2A247'),
            ("ST-ÉTIENNE", '42218'),
            ("le havre", '76351'),
            ("Tours 37000", '37261'),
            ("37000 tours", '37261'),
            ("37520", '37195'),
            ("37195", '37195'),
            ("75012 Paris", '75112'),
            ("Paris 12e", '75112'),
            ("Paris XIIe", '75112'),
            ("Lyon 03", '69383'),
        ):
            self.guest.urssaf_birth_commune_id = False
            self.born_in(token, town)
            self.assertEqual(self.guest.urssaf_birth_commune_id.code, code, town)

    def test_a_village_is_not_taken_for_the_town_that_begins_with_its_name(self):
        token = self.invite()
        for town, meant in (("Chalon", "Chalon-sur-Saône"), ("Boulogne", "Boulogne-sur-Mer")):
            page = self.born_in(token, town)
            self.assertRegex(page, rf'_choice" value="\d+"/>\s*<span>{meant} \(')
            self.assertFalse(self.guest.urssaf_birth_commune_id, town)
        self.born_in(token, "38122 Chalon")
        self.assertEqual(self.guest.urssaf_birth_commune_id.code, '38066')

    def test_an_address_overseas_keeps_its_country(self):
        reunion = self.env.ref('base.re')
        self.guest.country_id = reunion
        token = self.invite()
        page = self.post(token, 2, **{**self.CONTACT, 'zip': '97400', 'city': "Saint-Denis"})
        self.assertNotIn('is-invalid', page)
        self.assertEqual((self.guest.country_id, self.guest.urssaf_commune_id.code), (reunion, '97411'))
        self.post(token, 2, **self.CONTACT)
        self.assertEqual(self.guest.country_id, self.france, "who has moved to Tours lives there")
        self.guest.country_id = self.env.ref('base.be')
        self.post(token, 2, **{**self.CONTACT, 'zip': '97400', 'city': "Saint-Denis"})
        self.assertEqual(self.guest.country_id, self.france)

    def test_a_postal_code_of_several_towns_is_told_as_such(self):
        page = self.post(self.invite(), 2, **{**self.CONTACT, 'zip': '35520', 'city': "Paris"})
        self.assertIn("This town does not have the postal code 35520", page)
        self.assertNotRegex(page, self.TICKED)

    def test_countries_are_found_where_one_looks_for_them(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.guest.lang = 'fr_FR'
        names = [name.strip() for name in re.findall(r'<option[^>]*>([^<]*)</option>', self.page(self.invite()))]
        self.assertEqual(names[:7], ["France", "Algérie", "Espagne", "Italie", "Maroc", "Portugal", "Tunisie"])
        rest = names[7:]
        self.assertEqual(rest, sorted(rest, key=self.env['res.country']._plain), "É stands beside E")
        self.assertEqual(len(names), len(set(names)))
        self.assertNotIn("Antarctique", names)
        self.assertNotIn(self.env.ref('base.xi').with_context(lang='fr_FR').name, names)
        self.assertIn("La Réunion", names)

    def test_who_has_forgotten_mr_and_mrs_sees_neither_chosen(self):
        page = self.post(self.invite(), 1, birth_country=self.france.id, **{**self.IDENTITY, 'civility': ''})
        self.assertRegex(page, r'<fieldset[^>]*autofocus="autofocus"')
        for radio in re.findall(r'<input[^>]*name="civility"[^>]*>', page):
            self.assertNotRegex(radio, "checked|autofocus")

    def test_a_mobile_is_read_back_as_it_is_written_in_france(self):
        self.guest.urssaf_mobile = '+33639983001'
        self.env.flush_all()
        self.assertIn('value="06 39 98 30 01"', self.page(self.invite(), 2))

    def test_a_trial_says_so_on_every_page(self):
        token = self.invite()
        for step in (1, 2, 3):
            self.assertIn("This is a trial.", self.page(token, step))
        self.assertIn("This is a trial.", self.fill_in(token))
        self.company.urssaf_environment = 'production'
        self.env.flush_all()
        for step in (1, 2, 3, None):
            self.assertNotIn("This is a trial.", self.page(token, step))

    def test_it_is_said_how_long_data_are_kept_and_whom_to_ask(self):
        self.company.email = 'contact@example.com'
        token = self.invite()
        self.assertRegex(self.page(token), r"To see, correct or erase your data:\s*contact@example.com")
        page = self.page(token)
        self.assertIn("deleted 30 days after your account at URSSAF is active", page)
        self.assertIn("birth date also goes with each request", page)
        self.assertIn("become those of our customer file", page)
        self.assertIn("kept until it is erased", page)
        self.env['ir.config_parameter'].set_param('l10n_fr_avance_immediate.bank_retention_days', '0')
        page = self.page(token)
        self.assertNotIn("days after your account at URSSAF", page)
        self.assertIn("kept until it is erased", page)
        self.company.write({'email': False, 'phone': False})
        self.env.flush_all()
        self.assertIn("ask your provider", self.page(token))

    def test_an_iban_of_another_length_is_told_so(self):
        page = self.post(self.invite(), 3, **{**self.BANK, 'iban': self.BANK['iban'][:-3]})
        self.assertIn("A French IBAN has 27 characters: 3 missing in yours.", page)

    def test_born_abroad_no_town_is_asked(self):
        algeria = self.env.ref('base.dz')
        self.post(self.invite(), 1, birth_country=algeria.id, **{**self.IDENTITY, 'birth_commune': ''})
        self.assertEqual(self.guest.urssaf_birth_country_id, algeria)
        self.assertFalse(self.guest.urssaf_birth_commune_id)

    def test_a_step_left_out_is_asked_for_at_the_end(self):
        token = self.invite()
        page = self.post(token, 3, **self.BANK)
        self.assertIn('data-step="1"', page)
        self.assertTrue(self.shown(page, 'birth_name'))
        self.assertFalse(self.invitation().finished_at)
        self.assertFalse(self.guest.activity_ids)

    def test_the_names_of_towns_are_all_the_search_tells(self):
        token = self.invite()

        def ask(path, words):
            answer = self.opener.post(f'{self.base_url()}{path}/communes', json={'params': {'words': words}})
            self.checked(answer)
            return answer.json()['result']

        self.assertIn("Tours (37000)", ask(self.path(token), "tours"))
        self.assertEqual(ask(self.path(token), "t"), [])
        self.assertEqual(ask(self.path(token), ["tours"]), [])
        self.assertEqual(ask(self.path(token), "x" * 100000), [])
        self.assertLessEqual(len(ask(self.path(token), "saint")), 8)
        self.assertEqual(ask(self.path(FORGED), "tours"), [])
        self.fill_in(token)
        self.activate(self.guest)
        self.assertEqual(ask(self.path(token), "tours"), [])

    def test_the_account_that_is_known_is_kept_or_replaced(self):
        token = self.invite(self.guest)
        self.fill_in(token)
        page = self.page(token, 3)
        self.assertIn("•••• 0189", page)
        self.post(token, 3, iban='', bic='', holder='', consent='1')
        self.assertEqual(self.guest.urssaf_bank_account_id.sanitized_acc_number, IBAN)
        unknown = 'FR7612739000010000000000047'  # of a bank that no table knows
        page = self.post(token, 3, iban=unknown, bic='', holder="Mme Invitée", consent='1')
        self.assertTrue(self.shown(page, 'bic'), "the BIC of one account is not that of another")
        self.assertEqual(self.guest.urssaf_bank_account_id.sanitized_acc_number, IBAN)
        self.post(token, 3, **{**self.BANK, 'iban': OTHER_IBAN})
        self.assertEqual(self.guest.urssaf_bank_account_id.sanitized_acc_number, OTHER_IBAN)

    def test_an_account_that_was_deleted_may_be_entered_again(self):
        account = self.env['res.partner.bank'].create(
            {'partner_id': self.guest.id, 'acc_number': IBAN, 'active': False}
        )
        self.fill_in(self.invite())
        self.assertEqual(self.guest.urssaf_bank_account_id, account)
        self.assertTrue(account.active)

    def companys_account(self, **values):
        """An account that the company had before: the household may keep it, not change what is right of it."""
        bank = self.env['res.bank'].create({'name': "Banque", 'bic': values.pop('bic', 'AUTRFRPPXXX')})
        return self.env['res.partner.bank'].create(
            {
                'partner_id': self.guest.id,
                'acc_number': IBAN,
                'bank_id': bank.id,
                'acc_holder_name': "Mme Titulaire Connue",
                **values,
            }
        )

    def before_the_bank(self):
        token = self.invite()
        self.post(token, 1, birth_country=self.france.id, **self.IDENTITY)
        self.post(token, 2, **self.CONTACT)
        return token

    def test_what_differs_on_an_account_of_the_company_is_told_and_not_lost(self):
        account = self.companys_account()
        bank = account.bank_id
        token = self.before_the_bank()
        for number in (self.BANK['iban'], ''):
            page = self.post(token, 3, **{**self.BANK, 'iban': number})
            self.assertIn("another BIC", self.shown(page, 'bic'))
            self.assertIn("another holder", self.shown(page, 'holder'))
            self.assertIn(f'value="{self.BANK["holder"]}"', page)
            self.assertNotRegex(page, "AUTRFRPP|Titulaire")
            self.assertFalse(self.invitation().finished_at or self.guest.urssaf_consent_date, "no thanks yet")
        for bic, holder in (('', ''), ('autrfrpp', "Titulaire connue, MME"), ('', "CONNUÉ TITULAIRE")):
            self.guest.urssaf_consent_date = False
            page = self.post(token, 3, **{**self.BANK, 'bic': bic, 'holder': holder})
            self.assertIn("Thank you", page)
            self.assertTrue(self.guest.urssaf_consent_date)
        for holder in ("M. Titulaire Connue", "M. ou Mme Titulaire Connue", "Mme Titulaire"):
            self.assertTrue(self.shown(self.post(token, 3, **{**self.BANK, 'bic': '', 'holder': holder}), 'holder'))
        self.assertEqual((account.bank_id, account.acc_holder_name), (bank, "Mme Titulaire Connue"))
        self.assertEqual(self.guest.urssaf_bank_account_id, account)

    def test_what_is_wrong_or_missing_on_an_account_of_the_company_is_filled_in(self):
        account = self.companys_account()
        for bic, holder in (('BAD', "Иванов 😀"), (False, False), ('BAD2', "x" * 101)):
            bank = self.env['res.bank'].create({'name': "Banque", 'bic': bic})
            account.write({'bank_id': bank.id, 'acc_holder_name': holder})
            token = self.before_the_bank()
            page = self.page(token, 3)
            self.assertEqual(page.count("leave empty to keep it."), 0, "neither is known")
            self.assertIn('value="Mme Invitée Jeanne"', page, "the usual holder is proposed")
            page = self.post(token, 3, **{**self.BANK, 'iban': ''})
            self.assertIn("Thank you", page, (bic, holder))
            self.assertEqual((account.bank_id.bic, account.acc_holder_name), ('TESTFRPPXXX', "Mme Invitée Jeanne"))
            self.assertEqual(bank.bic, bic, "the bank of others is not changed")

    def test_a_wrong_bic_that_is_known_is_found_by_the_iban_or_asked_for(self):
        account = self.companys_account(bic='BAD', acc_number=OTHER_IBAN)
        token = self.before_the_bank()
        page = self.post(token, 3, iban='', bic='', holder='', consent='1')
        self.assertIn("Thank you", page)
        self.assertEqual(account.bank_id.bic, 'PSSTFRPP')
        account.write({'acc_number': 'FR7612739000010000000000047', 'bank_id': False})
        page = self.post(token, 3, iban='', bic='', holder='', consent='1')
        self.assertIn("Enter your BIC", self.shown(page, 'bic'))

    def test_another_account_of_the_company_is_chosen_by_its_number(self):
        self.companys_account()
        other = self.companys_account(acc_number=OTHER_IBAN, bic='PSSTFRPPXXX', acc_holder_name="M. Autre")
        page = self.post(self.before_the_bank(), 3, iban=OTHER_IBAN, bic='', holder='', consent='1')
        self.assertIn("Thank you", page)
        self.assertEqual(self.guest.urssaf_bank_account_id, other)
        self.assertEqual(other.acc_holder_name, "M. Autre")


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestHouseholdState(HouseholdCommon):
    """After the last step: how far it is, what to do, the requests and what to do within the 48 hours."""

    def state(self, page):
        return re.search(r'o_urssaf_state"[^>]*data-state="(\w+)"', page)[1]

    def test_each_state_of_the_registration_in_plain_words(self):
        token = self.invite()
        page = self.fill_in(token)
        self.assertEqual(self.state(page), 'draft')
        self.assertIn("checks your data and registers you", page)
        self.assertIn(f'/avance-immediate/{token}/1', page, "may still be corrected")
        registration = self.activate(self.guest)
        for state in ('sending', 'unknown', 'pending', 'active', 'blocked', 'mandate_expired', 'unlinked', 'rejected'):
            registration.state = state
            self.env.flush_all()
            page = self.page(token)
            self.assertEqual(self.state(page), state)
            self.assertNotIn('%(', page)
            self.assertEqual('particulier.urssaf.fr' in page, state not in ('sending', 'unknown', 'rejected'))
            self.assertEqual(f'{token}/1' in page, state in ('unlinked', 'rejected'))
        registration.write({'state': 'pending', 'registered_at': fields.Datetime.now() - timedelta(days=6, hours=23)})
        self.env.flush_all()
        self.assertIn("before", self.page(token))
        self.assertIn(f"accept the association with {self.company.name} there", self.page(token))
        registration.registered_at = fields.Datetime.now() - timedelta(days=7, minutes=1)
        self.env.flush_all()
        self.assertIn("Ask for a new one", self.page(token))
        self.assertIn(f"accept the association with {self.company.name} there", self.page(token))

    def test_days_are_those_of_paris(self):
        token = self.invite()
        self.fill_in(token)
        registration = self.activate(self.guest)
        night = fields.Datetime.now().replace(month=1, day=15, hour=23, minute=30)  # the 16th in Paris
        registration.write({'state': 'pending', 'registered_at': night})
        self.env.flush_all()
        self.assertIn(night.strftime('01/16/%Y'), self.page(token))

    def test_requests_that_urssaf_has_are_shown_and_no_others(self):
        token = self.invite()
        self.fill_in(token)
        self.activate(self.guest)
        mine, foreign = self.send(self.make_invoice(self.guest)), self.send(self.make_invoice(self.household))
        shown = {
            'scheduled',
            'integrated',
            'awaiting',
            'validated',
            'debited',
            'paid',
            'refused',
            'debit_failed',
            'recovered',
            'cancelled',
            'cancelled_unpaid',
            'cancelled_recovered',
        }
        for state in dict(mine._fields['state'].selection):
            mine.state = state
            self.env.flush_all()
            page = self.page(token)
            self.assertEqual(mine.name in page, state in shown, state)
            self.assertNotIn(foreign.name, page)
        mine.write({'state': 'scheduled', 'submit_at': '2026-12-04 23:30:00'})
        self.env.flush_all()
        self.assertIn("Our request leaves on 12/05/2026, after the service", self.page(token))
        mine.state = 'cancelled'  # which may follow "paid"
        self.env.flush_all()
        self.assertIn("Nothing more is debited. If your share has been already", self.page(token))
        mine.state = 'awaiting'
        self.env.flush_all()
        page = self.page(token)
        self.assertIn("about 48 hours to approve or object", page)
        self.assertIn("94.50", page)
        self.assertIn("47.25", page)

    def test_real_requests_are_shown_and_are_no_trial_whatever_the_company_tries_out(self):
        token = self.invite()
        self.fill_in(token)
        self.activate(self.guest)
        trial, real = self.send(self.make_invoice(self.guest)), self.send(self.make_invoice(self.guest))
        self.env.flush_all()
        page = self.page(token)
        self.assertTrue(trial.name in page and real.name in page and "This is a trial." in page)
        real.environment = 'production'
        self.env.flush_all()
        page = self.page(token)
        self.assertTrue(real.name in page and trial.name not in page)
        self.assertNotIn("This is a trial.", page)

    def test_the_texts_of_others_are_escaped(self):
        token = self.invite()
        self.company.name = "<img src=x onerror=alert(1)>"
        self.guest.street = '"><script>alert(2)</script>'
        self.guest.urssaf_first_names = "<b>Jeanne</b>"
        self.env.flush_all()
        for step in (1, 2, 3):
            page = self.page(token, step)
            for bad in ('<img src=x', '<script>alert(2)', '<b>Jeanne</b>'):
                self.assertNotIn(bad, page)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestHouseholdAttacks(HouseholdCommon):
    """No other person's data can be read, written or guessed."""

    def test_a_link_that_is_not_good_tells_nothing(self):
        """The same page, byte by byte, whatever is wrong with the link."""
        old = self.invite()
        token = self.invite()
        expired = self.invite(self.neighbour)
        self.invitation(self.neighbour).expires_at = fields.Datetime.now() - timedelta(seconds=1)
        archived = self.env['res.partner'].create({'name': "Parti", 'email': 'parti@example.com'})
        gone = self.invite(archived)
        archived.active = False
        self.env.flush_all()
        wrong = [
            old,
            expired,
            gone,
            FORGED,
            token[:-1],
            token + 'A',
            token.swapcase(),
            'x',
            '%00',
            '..%2F',
            "'--",
            self.invitation().token_hash,
            str(self.invitation().id),
        ]
        pages = set()
        for link in wrong:
            self.env.registry._urssaf_counts = {}
            page = self.page(link, status=404)
            self.assertNotIn(self.guest.name, page)
            pages.add(re.sub(r'csrf_token: "[^"]+"|"[^"]*/avance-immediate/[^"]*"', '', page))
            self.post(link, 1, status=404, **self.IDENTITY)
        self.assertEqual(len(pages), 1)
        self.assertFalse(self.guest.urssaf_birth_name)
        self.assertEqual(self.page(token).count('data-step="1"'), 1)

    def test_a_link_of_dots_alone_is_told_at_an_address_that_is_one(self):
        """Odoo's website makes a URL of a page's own path, and refuses dots alone there."""
        answer = self.url_open('/avance-immediate/..%2F', allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers['Location'].endswith('/avance-immediate/-'), answer.headers['Location'])

    def test_odoo_s_own_answers_below_a_link_are_private_too(self):
        token = self.invite()
        for path in (f'/{token}/1/more', f'/{token}/x'):
            self.protected(self.url_open(f'/avance-immediate{path}'), 404)
        self.assertNotIn('script-src', self.url_open('/web/login').headers['Content-Security-Policy'])

    def test_what_counts_the_visitors_of_a_website_cannot_be_told_the_link(self):
        token = self.invite()
        if 'website' in self.env:  # beside Odoo's other apps
            self.env['website'].search([]).google_analytics_key = 'G-EXAMPLE'
            self.assertIn('googletagmanager.com', self.page(token), "in the page, and the browser does not load it")
        for path in (self.path(token), self.path(token) + '/nowhere', self.path(FORGED)):
            policy = dict(
                part.split(' ', 1) for part in self.url_open(path).headers['Content-Security-Policy'].split('; ')
            )
            for kind in ('script-src', 'connect-src', 'img-src', 'frame-src', 'form-action'):
                self.assertIn("'self'", policy[kind])
                self.assertNotRegex(policy[kind], r'\*|https?:')

    def test_after_the_data_are_erased_the_link_is_dead(self):
        token = self.invite()
        self.fill_in(token)
        manager = self.make_user('comptable', 'account.group_account_manager', 'base.group_partner_manager')
        self.guest.with_user(manager).with_company(self.company).action_urssaf_erase()
        self.env.flush_all()
        for step in (None, 1, 2, 3):
            self.page(token, step, status=404)
        self.post(token, 1, status=404, **self.IDENTITY)
        self.assertFalse(self.guest.urssaf_birth_name)
        self.assertFalse(self.guest.activity_ids)

    def test_after_the_registration_nothing_is_filled_in_any_more(self):
        token = self.invite()
        self.fill_in(token)
        registration = self.activate(self.guest)
        for state in ('sending', 'unknown', 'pending', 'active', 'blocked', 'mandate_expired'):
            registration.state = state
            self.env.flush_all()
            for step in (1, 2, 3):
                page = self.page(token, step)
                self.assertNotIn('<form', page)
                self.assertNotIn("Exemples", page, "no data is shown")
                answer = self.url_open(
                    self.path(token, step), data={'csrf_token': self.csrf(), **self.IDENTITY, 'birth_name': "Pirate"}
                )
                self.assertNotIn('<form', self.checked(answer))
        self.assertEqual(self.guest.urssaf_birth_name, "Exemple")

    def test_a_forged_form_is_refused(self):
        token = self.invite()
        for forged in (
            {},
            {'csrf_token': ''},
            {'csrf_token': 'x'},
            {'csrf_token': 'xo9999999999'},
            {'csrf_token': 'éo9999999999'},
        ):
            with self.assertLogs(STALE, 'WARNING') as logs:
                self.checked(self.url_open(self.path(token, 1), data={**forged, **self.IDENTITY}), 400)
            self.assertNotIn(token, str(logs.output))
        with self.assertLogs(STALE, 'WARNING'):
            self.checked(self.url_open(self.path(token, 1), data=self.IDENTITY, files={'csrf_token': ('x', b'x')}), 400)
        self.assertFalse(self.guest.urssaf_birth_name)

    def test_a_step_that_is_none_leads_to_the_first_page(self):
        token = self.invite()
        for step in (4, 0, 99999999999):
            self.assertIn(
                'data-step="1"',
                self.page(token, step) if step else self.checked(self.url_open(self.path(token) + '/0')),
            )

    def test_only_the_fields_of_the_step_are_written(self):
        token = self.invite()
        before = self.guest.read(
            ['name', 'company_id', 'parent_id', 'user_ids', 'is_company', 'comment', 'credit_limit', 'ref']
        )
        tampered = {
            'partner_id': self.neighbour.id,
            'id': self.neighbour.id,
            'company_id': self.company.id,
            'name': "Pirate",
            'parent_id': self.neighbour.id,
            'is_company': '1',
            'state': 'active',
            'urssaf_registration_state': 'active',
            'customer_ref': 'x',
            'urssaf_always_propose': '1',
            'comment': 'x',
            'credit_limit': '1000',
            'ref': 'x',
            'urssaf_bank_account_id': self.neighbour.bank_ids.id,
            'iban': OTHER_IBAN,
            'urssaf_iban': OTHER_IBAN,
            'bank_ids': '1',
            'invitation': '1',
            'visit': '1',
            'is_trusted': '1',
            'urssaf_consent_date': '2020-01-01',
            'country_id': self.env.ref('base.be').id,
        }
        self.post(token, 1, **tampered, birth_country=self.france.id, **self.IDENTITY)
        self.assertEqual(self.guest.urssaf_birth_name, "Exemple")
        self.assertFalse(self.guest.bank_ids or self.guest.urssaf_consent_date or self.guest.street)
        self.post(token, 2, **{**tampered, **self.CONTACT})
        self.assertEqual(self.guest.country_id, self.france)
        self.assertFalse(self.guest.bank_ids)
        tampered.pop('iban')
        self.post(token, 3, **tampered, **self.BANK)
        self.assertEqual(self.guest.bank_ids.partner_id, self.guest)
        self.assertEqual(
            self.guest.read(
                ['name', 'company_id', 'parent_id', 'user_ids', 'is_company', 'comment', 'credit_limit', 'ref']
            ),
            before,
        )
        self.assertFalse(
            self.guest.urssaf_registration_ids or self.guest.with_company(self.company).urssaf_always_propose
        )
        self.assertEqual(self.neighbour.name, "Alex Voisin")
        self.assertEqual(self.neighbour.urssaf_birth_name, "Exemple")
        self.assertEqual(self.neighbour.bank_ids.mapped('sanitized_acc_number'), [IBAN])

    def test_a_link_that_got_astray_tells_neither_birth_nor_bank_account(self):
        token = self.invite(self.neighbour)
        secrets = (IBAN, IBAN[4:], 'FR76 3000', 'TESTFRPP', '17/05/1984', '1984-05-17', 'Tours (37000)', '37261')
        pages = ''.join(self.page(token, step) for step in (1, 2, 3))
        for secret in secrets:
            self.assertNotIn(secret, pages)
        # Who leaves empty what is hidden keeps it, and does not get to see it.
        self.post(token, 1, birth_country=self.france.id, **{**self.IDENTITY, 'birth_date': '', 'birth_commune': ''})
        pages = ''.join(self.page(token, step) for step in (1, 2, 3))
        for secret in secrets:
            self.assertNotIn(secret, pages)
        self.assertEqual(self.neighbour.urssaf_birth_date.isoformat(), '1984-05-17')
        self.assertEqual(self.neighbour.urssaf_birth_commune_id.code, '37261')

    def test_a_link_that_got_astray_does_not_tell_a_birth_abroad_either(self):
        """Of a birth abroad the country is the place; and that there is none in France is told by nothing."""
        algeria = self.env.ref('base.dz')
        chosen = re.compile(r'<option[^>]*value="(\d*)"[^>]*selected')
        in_france = self.page(self.invite(self.neighbour), 1)
        self.neighbour.write({'urssaf_birth_country_id': algeria.id, 'urssaf_birth_commune_id': False})
        token = self.invite(self.neighbour)
        abroad = self.page(token, 1)
        self.assertEqual([chosen.findall(page) for page in (in_france, abroad)], [[], []])
        self.assertEqual(
            *(re.search(r'o_urssaf_birth_place.*?</form>', page, re.DOTALL)[0] for page in (in_france, abroad))
        )
        self.assertIn("Known already", self.shown(abroad, 'birth_country'))
        # Left empty it is kept, and still not told; a town is one of France; France wants a town.
        self.post(token, 1, birth_country='', **{**self.IDENTITY, 'birth_date': '', 'birth_commune': ''})
        self.assertEqual(self.neighbour.urssaf_birth_country_id, algeria)
        self.assertEqual(chosen.findall(self.page(token, 1)), [])
        page = self.post(token, 1, birth_country=self.france.id, **{**self.IDENTITY, 'birth_commune': ''})
        self.assertTrue(self.shown(page, 'birth_commune'))
        self.assertEqual(self.neighbour.urssaf_birth_country_id, algeria)
        self.post(token, 1, birth_country='', **self.IDENTITY)
        self.assertEqual(self.neighbour.urssaf_birth_country_id, self.france)
        self.assertEqual(self.neighbour.urssaf_birth_commune_id.code, '37261')
        # Who enters all of it reads it again.
        belgium = self.env.ref('base.be')
        self.post(token, 1, birth_country=belgium.id, **{**self.IDENTITY, 'birth_commune': ''})
        self.assertEqual(chosen.findall(self.page(token, 1)), [str(belgium.id)])

    def test_france_alone_is_proposed_where_no_place_is_known(self):
        self.assertRegex(self.page(self.invite(), 1), rf'<option[^>]*value="{self.france.id}"[^>]*selected')

    def test_going_on_without_a_change_keeps_what_the_company_has_corrected(self):
        self.guest.write({'street': "12  rue des Exemples ", 'zip': '37000', 'city': "Tours", 'email': 'j@example.com'})
        self.guest.write({'urssaf_street_name': "Exemple (des)", 'urssaf_mobile': '06 39 98 00 07'})
        token = self.invite()
        page = self.page(token, 2)
        shown = {name: re.search(rf'id="{name}"[^>]*value="([^"]*)"', page)[1] for name in self.CONTACT}
        self.post(token, 2, **shown)
        self.assertEqual(self.guest.urssaf_street_name, "Exemple (des)")
        self.post(token, 2, **{**shown, 'street': "14 rue des Exemples"})
        self.assertNotEqual(self.guest.urssaf_street_name, "Exemple (des)")

    def test_what_one_has_entered_may_be_read_again_in_the_same_browser_only(self):
        token = self.invite()
        self.post(token, 1, birth_country=self.france.id, **self.IDENTITY)
        self.assertIn('value="17/05/1984"', self.page(token, 1))
        self.opener.cookies.clear()
        self.authenticate(None, None)
        self.assertNotIn('17/05/1984', self.page(token, 1))
        token = self.invite()
        self.assertNotIn('17/05/1984', self.page(token, 1))

    def test_a_browser_with_two_links_sees_each_for_itself(self):
        mine, other = self.invite(), self.invite(self.neighbour)
        self.post(mine, 1, birth_country=self.france.id, **self.IDENTITY)
        page = self.page(other, 1)
        self.assertNotIn("Jeanne", page)
        self.assertNotIn('17/05/1984', page)
        self.post(other, 2, **{**self.CONTACT, 'street': "1 rue Autre", 'email': 'alex@example.com'})
        self.assertFalse(self.guest.street)

    def test_an_address_that_is_a_login_is_not_changed_by_a_link(self):
        """Else whoever finds a link could have the password of an account sent to himself."""
        employee = self.make_user('salariee', 'account.group_account_invoice')
        employee.partner_id.write({'is_company': False, 'lang': 'en_US'})
        token = self.invite(employee.partner_id)
        self.assertRegex(self.page(token, 2), r'<input id="email"[^>]*readonly')
        self.post(token, 2, **{**self.CONTACT, 'email': 'pirate@example.com'})
        self.assertEqual(employee.email, 'salariee@example.com')
        self.assertEqual(employee.partner_id.street, self.CONTACT['street'])
        employee.active = False
        self.post(token, 2, **{**self.CONTACT, 'email': 'pirate@example.com'})
        self.assertEqual(employee.partner_id.email, 'salariee@example.com')

    def test_guessing_is_slowed_down(self):
        token = self.invite()
        for _try in range(household_privacy.WRONG_LINKS):
            self.page(FORGED, status=404)
        answer = self.url_open(self.path(FORGED))
        self.assertIn("does not work any more", self.checked(answer, 429))
        self.assertTrue(answer.headers['Retry-After'])
        # Whoever has a good link is not kept out by somebody else behind the same address.
        self.page(token)
        counts = self.env.registry._urssaf_counts['wrong links']
        for address, (count, since) in counts.items():
            counts[address] = count, since - household_privacy.WINDOW - 1
        self.page(FORGED, status=404)

    def test_nobody_reads_the_table_of_towns_through_one_link(self):
        token, other = self.invite(), self.invite(self.neighbour)

        def found(link):
            answer = self.opener.post(
                f'{self.base_url()}{self.path(link)}/communes', json={'params': {'words': 'tours'}}
            )
            return answer.json()['result']

        with patch.object(household_privacy, 'SEARCHES', 3):
            self.assertTrue(all(found(token) for _try in range(3)))
            self.assertEqual(found(token), [])
            self.assertTrue(found(other))

    def test_logs_know_neither_the_link_nor_what_was_entered(self):
        records = []

        class Keeper(logging.Handler):
            def emit(self, record):
                records.append(record.getMessage())

        keeper = Keeper(level=logging.DEBUG)
        token = self.invite()
        root = logging.getLogger()
        root.addHandler(keeper)
        self.addCleanup(root.removeHandler, keeper)
        self.fill_in(token)
        self.page(FORGED, status=404)
        told = '\n'.join(record for record in records if 'urllib3' not in record and 'HttpCase' not in record)
        self.assertIn('/avance-immediate/***', told)
        server_side = '\n'.join(
            line for line in told.splitlines() if '"POST' in line or '"GET' in line or 'avance-immediate' in line
        )
        for secret in (IBAN, '1984-05-17', 'TESTFRPPXXX', '0639980007', '06 39 98 00 07'):
            self.assertNotIn(secret, told)
        self.assertIn('HTTP/1.1', server_side)

    def test_another_companys_link_shows_its_own_requests_only(self):
        second = self.make_provider("Second prestataire")
        invoice = self.make_invoice()
        request = self.send(invoice)
        self.assertEqual(request.state, 'integrated')
        self.env['urssaf.registration'].search(
            [('partner_id', '=', self.household.id), ('company_id', '=', second.id)]
        ).unlink()
        token = self.invite(
            self.household,
            user=self.make_user('voisin', 'account.group_account_invoice', company=second),
            company=second,
        )
        page = self.fill_in(token)
        self.assertIn("Second prestataire", page)
        self.assertNotIn(request.name, page)
        self.assertNotIn(self.company.name, page)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestHouseholdAccount(HouseholdCommon):
    """On its portal account a household sees its own page, whatever it asks for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls.make_portal(cls.guest)
        cls.stranger = cls.make_portal(cls.neighbour)

    @classmethod
    def make_portal(cls, partner):
        return (
            cls.env['res.users']
            .with_context(no_reset_password=True)
            .create(
                {
                    'name': partner.name,
                    'login': f'portail_{partner.id}',
                    'password': f'portail_{partner.id}',
                    'lang': 'en_US',
                    'partner_id': partner.id,
                    'company_id': cls.company.id,
                    'company_ids': [Command.set(cls.company.ids)],
                    'group_ids': [Command.set(cls.env.ref('base.group_portal').ids)],
                }
            )
        )

    def login(self, user):
        self.authenticate(user.login, user.login)

    def card(self):
        answer = self.opener.post(
            f'{self.base_url()}/my/counters', json={'params': {'counters': ['urssaf_household_count']}}
        )
        return json.loads(answer.text)['result']['urssaf_household_count']

    def mine(self, step=None, status=200):
        return self.checked(self.url_open('/my/avance-immediate' + (f'/{step}' if step else '')), status)

    def test_nobody_comes_in_without_a_login(self):
        answer = self.url_open('/my/avance-immediate', allow_redirects=False)
        self.assertIn('/web/login', answer.headers['Location'])

    def test_the_card_is_there_for_whom_the_company_has_invited_or_registered(self):
        self.login(self.portal)
        self.assertIn('/my/avance-immediate', self.url_open('/my').text)
        self.assertEqual(self.card(), 0)
        self.mine(status=404)
        self.invite()
        self.assertEqual(self.card(), 1)
        self.assertIn('data-step="1"', self.mine())

    def test_it_fills_in_there_as_by_the_link(self):
        self.invite()
        self.invitation().expires_at = fields.Datetime.now() - timedelta(days=1)
        self.env.flush_all()
        self.login(self.portal)
        page = self.fill_in(None, '/my/avance-immediate')
        self.assertIn("checks your data", page)
        self.assertRegex(self.guest.urssaf_consent_origin, "portal account|compte portail")
        self.assertEqual(self.guest.activity_ids.user_id, self.clerk)
        self.assertNotIn(IBAN, self.mine(3))

    def test_it_sees_its_requests_and_nobody_elses(self):
        self.activate(self.guest, days_ago=70)
        self.guest.urssaf_birth_date = '1984-05-17'
        self.env.flush_all()
        mine, foreign = self.send(self.make_invoice(self.guest)), self.send(self.make_invoice(self.household))
        self.login(self.portal)
        page = self.mine()
        self.assertIn(mine.name, page)
        self.assertNotIn(foreign.name, page)
        self.login(self.stranger)
        self.mine(status=404)

    def test_a_foreign_form_puts_nothing_on_its_page(self):
        """Another site sends the browser of somebody who has logged in here: nothing is written, nothing is proposed."""
        self.invite()
        self.login(self.portal)
        with self.assertLogs(STALE, 'WARNING'):
            page = self.checked(
                self.url_open(
                    '/my/avance-immediate/2',
                    data={**self.CONTACT, 'email': 'pirate@example.com', 'street': "1 rue du Pirate"},
                ),
                400,
            )
        self.assertNotIn("irate", page)
        self.assertFalse(self.guest.street)

    def test_ids_in_the_request_change_nothing(self):
        self.invite()
        self.login(self.portal)
        self.post(
            None,
            1,
            path='/my/avance-immediate/1',
            birth_country=self.france.id,
            partner_id=self.neighbour.id,
            user_id=self.stranger.id,
            id=self.neighbour.id,
            **{**self.IDENTITY, 'birth_name': "Autre"},
        )
        self.assertEqual(self.neighbour.urssaf_birth_name, "Exemple")
        self.assertEqual(self.guest.urssaf_birth_name, "Autre")
        page = self.url_open(f'/my/avance-immediate?partner_id={self.neighbour.id}').text
        self.assertNotIn("Alex", page)

    def test_a_contact_of_the_household_does_not_see_its_birth_data(self):
        child = self.env['res.partner'].create(
            {'name': "Enfant", 'parent_id': self.neighbour.id, 'email': 'enfant@example.com'}
        )
        user = self.make_portal(child)
        self.invite(self.neighbour)
        self.login(user)
        page = ''.join(self.mine(step) for step in (1, 2, 3))
        self.assertNotIn('17/05/1984', page)
        self.assertNotIn(IBAN, page)

    def test_the_proof_of_the_agreement_says_by_which_way_and_by_whom(self):
        child = self.env['res.partner'].create({'name': "Enfant Invité", 'parent_id': self.guest.id})
        token = self.invite()
        path = '/my/avance-immediate'
        for user, way, proof in (
            (self.make_portal(child), path, "on the portal account of Enfant Invité"),
            (self.portal, path, "on the household's portal account"),
            (self.portal, self.path(token), "by the private link sent by e-mail"),
            (self.stranger, self.path(token), "by the private link sent by e-mail"),
        ):
            self.login(user)
            self.post(None, 1, path=f'{way}/1', birth_country=self.france.id, **self.IDENTITY)
            self.post(None, 2, path=f'{way}/2', **self.CONTACT)
            self.post(None, 3, path=f'{way}/3', **self.BANK)
            self.assertEqual(self.guest.urssaf_consent_origin, f"Online form, {proof}")

    def test_a_contact_of_a_company_has_no_page(self):
        company = self.env['res.partner'].create({'name': "Mairie", 'is_company': True})
        user = self.make_portal(self.env['res.partner'].create({'name': "Agent", 'parent_id': company.id}))
        self.login(user)
        self.assertEqual(self.card(), 0)
        self.mine(status=404)
