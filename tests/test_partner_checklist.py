import re
from datetime import timedelta

from lxml import etree

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import file_open

from ..models.household.res_partner import HOUSEHOLD_FIELDS
from ..models.household.res_partner_checklist import GROUPS, TOLD_WITH
from ..urssaf.refusals import PARTNER_FIELDS
from .common import AvanceImmediateCommon

GOOD_IBAN = 'FR1420041010050500013M02606'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPartnerChecklist(AvanceImmediateCommon):
    """One report before the call: all that is missing at once, each with the field to fix; green means it may leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.make_household("Lise Liste").with_user(cls.clerk).with_company(cls.company)

    def items(self, partner=None):
        checklist = (partner or self.partner).urssaf_checklist
        return {item['label']: item for group in checklist['groups'] for item in group['items']}

    def states(self):
        return {item['field']: item['state'] for item in self.items().values() if item['state'] != 'done'}

    # -- the list ---------------------------------------------------------------------------------

    def test_a_complete_household_is_all_green(self):
        checklist = self.partner.urssaf_checklist
        self.assertEqual(checklist['done'], checklist['total'])
        self.assertEqual(
            [group['name'] for group in checklist['groups']],
            ['identity', 'birth', 'contact', 'address', 'bank', 'agreement'],
        )
        self.assertFalse(self.states())

    def test_a_new_person_sees_everything_at_once(self):
        partner = self.env['res.partner'].with_user(self.clerk).with_company(self.company).create({'name': "Neuve"})
        checklist = partner.urssaf_checklist
        missing = [
            item['field'] for group in checklist['groups'] for item in group['items'] if item['state'] == 'missing'
        ]
        self.assertEqual(
            missing,
            [
                'urssaf_civility',
                'urssaf_birth_name',
                'urssaf_first_names',
                'urssaf_birth_date',
                'urssaf_birth_commune_id',
                'urssaf_mobile',
                'email',
                'street',
                'zip',
                'urssaf_commune_id',
                'urssaf_iban',
                'urssaf_bic',
                'urssaf_bank_holder',
                'urssaf_consent_date',
                'urssaf_consent_origin',
            ],
        )
        self.assertEqual((checklist['done'], checklist['total']), (1, 16), "the country is France until said otherwise")

    def test_what_is_wrong_names_its_field_and_the_remedy(self):
        self.partner.write(
            {
                'urssaf_mobile': '02 47 00 00 00',
                'urssaf_usage_name': 'Fictif3',
                'urssaf_street_name': 'a' * 29,
                'email': 'lise+urssaf@example.com',
                'country_id': self.env.ref('base.be').id,
            }
        )
        self.assertEqual(
            self.states(),
            {
                'urssaf_mobile': 'wrong',
                'urssaf_usage_name': 'wrong',
                'urssaf_street_name': 'wrong',
                'email': 'warning',
                'country_id': 'wrong',
                'urssaf_commune_id': 'missing',
            },
        )
        self.assertIn("06 or 07", self.items()["Mobile"]['sentence'])
        checklist = self.partner.urssaf_checklist
        self.assertEqual(checklist['total'] - checklist['done'], 5, "a warning does not block")

    def test_every_finding_that_blocks_is_on_the_list(self):
        """Whatever may be refused, the list is not all green."""
        for name, value in (
            ('urssaf_birth_date', self.today + timedelta(days=2)),  # the day in Paris may be a day ahead
            ('urssaf_bic', 'TESTFRPP1'),
            ('urssaf_street_number', '0'),
            ('urssaf_address_locality', 'a' * 39),
            ('urssaf_bank_holder', 'a' * 101),
            ('urssaf_consent_date', self.today + timedelta(days=2)),
            ('urssaf_consent_origin', ' '),
        ):
            with self.subTest(name):
                before = self.partner[name]
                self.partner[name] = value
                checklist = self.partner.urssaf_checklist
                self.assertEqual(self.partner.urssaf_missing_count, 1)
                self.assertEqual(checklist['total'] - checklist['done'], 1)
                self.partner[name] = before
        self.assertFalse(self.states())

    def test_a_birth_abroad_needs_no_municipality(self):
        self.partner.write({'urssaf_birth_country_id': self.env.ref('base.be').id, 'urssaf_birth_commune_id': False})
        self.assertNotIn("Municipality of Birth", self.items())
        self.assertFalse(self.states())

    def test_a_municipality_left_from_before_is_neither_asked_for_nor_sent(self):
        self.partner.urssaf_birth_country_id = self.env.ref('base.be')
        self.assertTrue(self.partner.urssaf_birth_commune_id)
        self.assertNotIn("Municipality of Birth", self.items(), "it is hidden: there is no way to its field")
        self.assertFalse(self.states())
        self.assertEqual(
            self.partner.sudo()._urssaf_customer().to_dict()['lieuNaissance'], {'codePaysNaissance': '99131'}
        )

    def test_every_item_leads_to_a_field_of_the_form(self):
        form = self.env['res.partner'].with_user(self.clerk).get_view(view_type='form')
        shown = set(etree.fromstring(form['arch']).xpath('//field/@name'))
        hidden = {'urssaf_bank_account_id'}  # it may have no account to choose from
        with file_open('l10n_fr_avance_immediate/urssaf/rules.py', 'r') as source:
            customer = source.read().split('# --- payment request')[0]
        named = set(re.findall(r'"(urssaf_\w+|email|zip|country_id)"', customer))
        self.assertGreater(len(named), 20)
        fields = named | {name for names in GROUPS.values() for name in names}
        self.assertFalse(fields - (shown - hidden))
        self.assertFalse(named - set(HOUSEHOLD_FIELDS), "what may be refused is part of the household")
        self.assertFalse({*TOLD_WITH, *TOLD_WITH.values()} - set(HOUSEHOLD_FIELDS))

    def test_the_list_follows_what_urssaf_has_recognised(self):
        """The form is checked as it will be sent: birth place and accents as recognised are part of it."""
        self.assertFalse(self.partner.urssaf_missing)
        self.partner.sudo().urssaf_birth_place_sent = "037 261 TOURS;"
        self.assertIn("municipality of birth", self.partner.urssaf_missing.lower())
        self.assertEqual(self.states(), {'urssaf_birth_commune_id': 'wrong'})
        self.partner.sudo().urssaf_birth_place_sent = False
        self.assertFalse(self.partner.urssaf_missing)
        self.partner.urssaf_birth_name = "Éxémple"
        self.assertIn("Exemple", self.partner.urssaf_names_sent)
        self.partner.sudo().urssaf_keep_accents = True
        self.assertIn("Éxémple", self.partner.urssaf_names_sent)

    def test_refusals_speak_of_fields_of_the_household(self):
        """A format refusal and the catalogue of errors name the fields as the form does."""
        self.assertFalse(set(PARTNER_FIELDS.values()) - set(HOUSEHOLD_FIELDS))
        for error in self.env['urssaf.error'].search([('context', '=', 'registration'), ('field_names', '!=', False)]):
            names = {name.strip() for name in error.field_names.split(',')}
            self.assertFalse(names - set(HOUSEHOLD_FIELDS), error.code)

    def test_the_list_follows_what_is_typed(self):
        """On a form that is not saved yet, and before any account exists."""
        partner = self.env['res.partner'].with_user(self.clerk).with_company(self.company)
        with Form(partner) as form:
            form.name = "Nouvelle"
            form.urssaf_iban = "FR14 2004 1010 0505 0001 3M02 607"
            state = {i['field']: i['state'] for g in form.urssaf_checklist['groups'] for i in g['items']}
            self.assertEqual((state['urssaf_iban'], state['urssaf_bic']), ('wrong', 'missing'))
            form.urssaf_iban = GOOD_IBAN
            form.urssaf_bic = 'PSSTFRPPXXX'
            state = {i['field']: i['state'] for g in form.urssaf_checklist['groups'] for i in g['items']}
            self.assertEqual((state['urssaf_iban'], state['urssaf_bic']), ('done', 'done'))

    def test_others_have_no_list(self):
        self.assertFalse(self.env['res.partner'].create({'name': "Société", 'is_company': True}).urssaf_checklist)

    def test_the_list_speaks_the_language_of_the_user(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.partner.urssaf_mobile = '02 47 00 00 00'
        item = self.items(self.partner.with_context(lang='fr_FR'))["Portable"]
        self.assertIn("commencer par 06 ou 07", item['sentence'])

    # -- agreement --------------------------------------------------------------------------------

    def test_nobody_is_registered_without_an_agreement_on_record(self):
        for name in ('urssaf_consent_date', 'urssaf_consent_origin'):
            with self.subTest(name):
                before = self.partner[name]
                self.partner[name] = False
                with self.as_user(self.clerk) as env, self.raises(UserError, "agree"):
                    self.partner.with_env(env).action_urssaf_register()
                self.partner[name] = before
        self.assertEqual(self.calls('M010'), 0)

    # -- names ------------------------------------------------------------------------------------

    def test_what_is_sent_of_the_names_is_shown(self):
        self.partner.write(
            {
                'urssaf_birth_name': "L’Hôte‑Durand",
                'urssaf_usage_name': "Lefèvre",
                'urssaf_first_names': "Zoé, Marie-Ève",
            }
        )
        self.assertEqual(
            self.partner.urssaf_names_sent,
            "URSSAF will read: L'Hote-Durand (married or used name: Lefevre) / Zoe Marie-Eve",
        )
        self.partner.urssaf_usage_name = "L'HÔTE-DURAND"
        self.assertEqual(self.partner.urssaf_names_sent, "URSSAF will read: L'Hote-Durand / Zoe Marie-Eve")
        self.partner.write({'urssaf_birth_date': False, 'urssaf_first_names': False})
        self.assertFalse(self.partner.urssaf_names_sent)

    def test_the_accents_are_kept_here_and_leave_as_ascii(self):
        self.partner.urssaf_birth_name = "Éxémple"
        with self.as_user(self.clerk) as env:
            self.partner.with_env(env).action_urssaf_register()
        self.env.invalidate_all()
        self.assertEqual(self.partner.urssaf_birth_name, "Éxémple")
        self.assertEqual(self.partner.urssaf_registration_state, 'pending')

    # -- bank -------------------------------------------------------------------------------------

    def test_one_of_the_accounts_is_chosen_and_its_bank_gives_the_bic(self):
        bank = self.env['res.bank'].create({'name': "Banque", 'bic': 'PSSTFRPPXXX'})
        other = self.env['res.partner.bank'].create(
            {'partner_id': self.partner.id, 'acc_number': GOOD_IBAN, 'bank_id': bank.id, 'acc_holder_name': "Mme Lise"}
        )
        with Form(self.partner) as form:
            self.assertTrue(form.urssaf_has_bank_choice)
            form.urssaf_bank_account_id = other
            self.assertEqual(
                (form.urssaf_iban.replace(' ', ''), form.urssaf_bic, form.urssaf_bank_holder),
                (GOOD_IBAN, 'PSSTFRPPXXX', "Mme Lise"),
            )
        self.assertEqual(self.partner.urssaf_bank_account_id, other)
        self.assertEqual(len(self.partner.bank_ids), 2, "nothing is made twice")
        body = self.partner.sudo()._urssaf_customer().to_dict()
        self.assertEqual(body['coordonneeBancaire'], {'bic': 'PSSTFRPPXXX', 'iban': GOOD_IBAN, 'titulaire': "Mme Lise"})

    def test_the_bic_of_a_new_account_is_that_of_its_bank_when_it_is_known(self):
        bank = self.env['res.bank'].create({'name': "Banque", 'bic': 'PSSTFRPPXXX'})
        known = self.env['res.partner.bank'].create(
            {'partner_id': self.household.id, 'acc_number': 'FR7620041010050000023456778', 'bank_id': bank.id}
        )
        with Form(self.partner) as form:
            form.urssaf_iban = GOOD_IBAN
            self.assertEqual(form.urssaf_bic, 'PSSTFRPP', "as the table of the banks has 20041")
        self.assertEqual(self.partner.urssaf_bank_account_id.bank_id.bic, 'PSSTFRPP')
        self.assertEqual(self.partner.urssaf_bank_holder, "Mme Lise Liste")
        known.copy(
            {
                'acc_number': 'FR1420041000010000000000165',
                'partner_id': self.partner.id,
                'bank_id': bank.copy({'bic': 'PSSTFRPPLIL'}).id,
            }
        )
        self.assertFalse(self.partner._urssaf_known_bank(GOOD_IBAN), "two BICs for one code: the user decides")

    def test_what_one_household_has_typed_is_no_other_ones_bic_where_the_table_knows_it(self):
        wrong = self.env['res.bank'].create({'name': "Guichet", 'bic': 'PSSTFRPPLIL'})
        self.env['res.partner.bank'].create(
            {'partner_id': self.household.id, 'acc_number': 'FR7620041010050000023456778', 'bank_id': wrong.id}
        )
        self.assertEqual(self.partner._urssaf_bic_of(GOOD_IBAN), 'PSSTFRPP')
        with Form(self.partner) as form:
            form.urssaf_iban = GOOD_IBAN
            self.assertEqual(form.urssaf_bic, 'PSSTFRPP')
        self.assertEqual(self.partner.urssaf_bic, 'PSSTFRPP')
        made = self.env['res.partner'].create([{'name': name, 'urssaf_iban': GOOD_IBAN} for name in ("Une", "Deux")])
        self.assertEqual(made.mapped('urssaf_bic'), ['PSSTFRPP'] * 2)

    def test_of_a_bank_that_the_table_lacks_other_accounts_tell_the_bic(self):
        local = self.env['res.bank'].create({'name': "Banque", 'bic': 'EXEMFRPPXXX'})
        self.household.urssaf_iban = 'FR7612739000010000000000047'
        self.household.urssaf_bank_account_id.bank_id = local
        self.partner.urssaf_iban = 'FR7612739000010000000000047'
        self.assertEqual(self.partner.urssaf_bank_account_id.bank_id, local)

    def test_an_iban_that_is_emptied_does_not_come_back(self):
        account = self.partner.urssaf_bank_account_id
        with Form(self.partner) as form:
            form.urssaf_iban = False
        self.assertFalse(account.exists(), "it was entered here, and nothing uses it")
        self.assertFalse(self.partner.urssaf_iban or self.partner.urssaf_bic or self.partner.urssaf_bank_holder)
        self.assertIn("bank account is missing", self.partner.urssaf_missing)

    def test_another_account_does_not_take_the_place_of_the_one_that_is_emptied(self):
        theirs = self.env['res.partner.bank'].create({'partner_id': self.partner.id, 'acc_number': GOOD_IBAN})
        for empty in ('', False, ' '):
            self.partner.urssaf_iban = 'FR7630006000011234567890189'
            self.partner.write({'urssaf_iban': empty, 'urssaf_bic': False, 'urssaf_bank_holder': False})
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertFalse(self.partner.urssaf_bank_account_id or self.partner.urssaf_iban)
        self.partner.urssaf_iban = GOOD_IBAN
        self.partner.urssaf_iban = False
        self.assertTrue(theirs.exists().active, "the company's own account is only left out")
        self.assertFalse(self.partner.urssaf_iban)

    def test_ibans_of_many_are_emptied_at_once(self):
        others = self.make_household("Ana Autre") | self.make_household("Ida Autre")
        others.write({'urssaf_iban': False})
        self.assertFalse(others.bank_ids or others.urssaf_bank_account_id)

    def test_a_new_contact_with_an_account_and_no_iban_keeps_its_account(self):
        partner = self.env['res.partner'].create(
            {'name': "Neuf", 'urssaf_iban': False, 'bank_ids': [Command.create({'acc_number': GOOD_IBAN})]}
        )
        self.assertEqual(partner.urssaf_bank_account_id, partner.bank_ids)
        self.assertTrue(partner.bank_ids)

    def test_bic_and_holder_without_an_iban_do_not_vanish_without_a_word(self):
        for values in ({'urssaf_bic': 'PSSTFRPP'}, {'urssaf_bank_holder': "Mme Seule"}):
            with self.raises(ValidationError, "kept with an IBAN"):
                self.env['res.partner'].create({'name': "Seule", **values})
            with self.raises(ValidationError, "kept with an IBAN"):
                self.partner.write({'urssaf_iban': False, **values})
        self.assertTrue(self.partner.urssaf_bank_account_id.exists())

    def test_the_holder_of_a_first_account_is_proposed(self):
        partner = self.env['res.partner'].with_user(self.clerk).with_company(self.company)
        with Form(partner) as form:
            form.name = "Léa Vide"
            form.urssaf_civility = '2'
            form.urssaf_birth_name = "Vidé"
            form.urssaf_usage_name = "L'Hôte"
            form.urssaf_first_names = "Léa, Zoé"
            form.urssaf_iban = GOOD_IBAN[:-1]
            self.assertFalse(form.urssaf_bank_holder, "not for an IBAN that is wrong")
            form.urssaf_iban = GOOD_IBAN
            self.assertEqual(form.urssaf_bank_holder, "Mme L'Hôte Léa")
            form.urssaf_bank_holder = "M. et Mme Vidé"
            form.urssaf_iban = 'FR7620041010050000023456778'
            self.assertEqual(form.urssaf_bank_holder, "M. et Mme Vidé", "what was typed stays")

    def test_the_mobile_is_taken_over_when_a_company_turns_out_to_be_a_person(self):
        """New customers are companies for Odoo, until somebody says otherwise."""
        with Form(self.env['res.partner'].with_user(self.clerk).with_company(self.company)) as form:
            form.name = "Léa Vide"
            form.company_type = 'company'
            form.phone = "06 39 98 00 77"
            form.company_type = 'person'
            self.assertEqual(form.urssaf_mobile, '06 39 98 00 77')

    def test_the_bic_of_the_former_account_does_not_stay(self):
        with Form(self.partner) as form:
            form.urssaf_iban = 'FR7612739000010000000000047'  # of a bank that no table knows
            self.assertFalse(form.urssaf_bic)
        self.assertEqual(self.states(), {'urssaf_bic': 'missing'})
        with Form(self.partner) as form:
            form.urssaf_iban = GOOD_IBAN
            self.assertEqual(form.urssaf_bic, 'PSSTFRPP')
        self.assertEqual(self.states(), {})

    def test_bic_and_holder_go_to_the_new_account_whatever_is_typed_first(self):
        first = self.partner.urssaf_bank_account_id
        self.partner.write({'urssaf_bank_holder': "M. Autre", 'urssaf_bic': 'PSSTFRPPLIL', 'urssaf_iban': GOOD_IBAN})
        second = self.partner.urssaf_bank_account_id
        self.assertNotEqual(second, first)
        self.assertEqual((second.bank_id.bic, second.acc_holder_name), ('PSSTFRPPLIL', "M. Autre"))
        self.assertEqual((first.bank_id.bic, first.acc_holder_name), ('TESTFRPPXXX', "Mme Lise Liste"))
        fresh = self.env['res.partner'].create(
            {
                'name': "Fraîche",
                'urssaf_bic': 'PSSTFRPPLIL',
                'urssaf_bank_holder': "Mme Fraîche",
                'urssaf_iban': GOOD_IBAN,
            }
        )
        self.assertEqual(fresh.urssaf_bank_account_id.bank_id.bic, 'PSSTFRPPLIL')
        self.assertEqual(fresh.urssaf_bank_account_id.acc_holder_name, "Mme Fraîche")

    def test_an_account_abroad_is_refused_with_a_sentence(self):
        self.partner.urssaf_iban = 'BE68539007547034'
        self.assertEqual(self.states(), {'urssaf_iban': 'wrong', 'urssaf_bic': 'missing'})
        self.assertIn("held in France", self.items()["IBAN"]['sentence'])
        self.partner.urssaf_iban = 'MC5811222000010123456789030'
        self.assertEqual(self.states(), {'urssaf_iban': 'warning', 'urssaf_bic': 'missing'})
