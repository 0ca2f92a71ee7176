import json
from html import unescape
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.household.res_partner import PERSON_FIELDS
from ..urssaf import payloads
from ..urssaf.refusals import PARTNER_FIELDS
from .common import AvanceImmediateCommon
from .common_catalogue import CatalogueCommon

NOT_RECOGNISED = 'ERR_DGFIP_R2P_INCONNU'
NO_TAX_RETURN = 'ERR_DGFIP_IMPOTPART_INCONNU'
# Not a refusal: an earlier call succeeded, and the household is looked up (CONTRACT §10.4).
LINK_EXISTS = 'ERR_LIEN_TIERS_PRESTATION_PARTICULIER_EXISTE'
# Nothing on the form can be corrected: somebody else has to act, or the same has to be tried later.
NO_FIELD = {
    NO_TAX_RETURN,
    LINK_EXISTS,
    'ERR_COMPTE_BLOQUE',
    'ERR_RECHERCHE_PARTICULIER',
    'ERR_LIEN_TIERS_PRESTATION_PARTICULIER',
}


class VariantsCommon(AvanceImmediateCommon):
    def setUp(self):
        super().setUp()
        self.control('reset')
        self.partner = self.make_household(
            "Zoé Élan",
            email='zoe@example.com',
            phone='06 39 98 00 09',
            urssaf_birth_name="Lefèvre",
            urssaf_usage_name="Élan",
            urssaf_first_names="Zoé Anaïs",
        )

    def register(self, user=None, partner=None):
        with self.as_user(user) as env:
            return (partner or self.partner).with_env(env).action_urssaf_register()

    def refuse(self, partner=None):
        """Registered as entered, and not recognised."""
        with self.raises(UserError):
            self.register(partner=partner)

    def seed(self, **identity):
        """Whom the tax administration recognises."""
        self.control('seed', {'identities': [identity]})

    @property
    def registration(self):
        return self.partner.with_company(self.company).urssaf_registration_id

    def variants(self, user=None, partner=None):
        """What the form shows: {kind: record} (the last one of a kind)."""
        self.env.invalidate_all()
        partner = (partner or self.partner).with_user(user or self.invoicing_user).with_company(self.company)
        return {attempt.kind: attempt for attempt in partner.urssaf_attempt_ids}

    def attempt(self, kind, user=None, partner=None):
        variant = self.variants(partner=partner)[kind]
        with self.as_user(user) as env:
            variant.with_env(env).action_try()
        self.env.invalidate_all()


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRefusals(VariantsCommon, CatalogueCommon):
    """Whatever URSSAF refuses a registration for: cause and remedy in French, on the form, and the field to look at."""

    context = 'registration'

    def test_each_code_is_shown_with_cause_and_remedy_and_can_be_corrected(self):
        self.assertEqual(len(self.codes), 25)
        for code in self.codes:
            if code == LINK_EXISTS:
                continue
            with self.subTest(code):
                entry = self.entry(code)
                self.fault('errors_400', 'M010', times=1, code=code)
                with self.raises(UserError) as refused:
                    self.register()
                self.env.invalidate_all()
                form = self.partner.with_user(self.invoicing_user).with_company(self.company).with_context(lang='fr_FR')
                self.assertEqual(form.urssaf_registration_state, 'rejected')
                for text in (str(refused.exception), form.urssaf_sentence, unescape(self.partner.activity_ids.note)):
                    self.assertIn(entry.cause, text)
                    self.assertIn(entry.what_to_do, text)
                self.assertNotIn(code, form.urssaf_sentence)
                self.assertEqual(bool(form.urssaf_refused_fields), code not in NO_FIELD)
                self.assertEqual(bool(form.urssaf_attempt_ids), code == NOT_RECOGNISED)
        self.register()
        self.assertEqual(self.registration.state, 'pending')
        accepted = self.registration.attempt_ids.filtered(lambda attempt: attempt.outcome == 'accepted')
        self.assertEqual((len(accepted), accepted.error_codes), (1, False))
        self.assertFalse(self.partner.with_company(self.company).urssaf_refused_fields)

    def test_a_link_that_exists_is_looked_up_and_not_shown_as_a_refusal(self):
        entry = self.entry(LINK_EXISTS)
        self.control('switches', {'m020_by_mail': False})
        self.fault('errors_400', 'M010', times=1, code=LINK_EXISTS)
        self.register()
        form = self.partner.with_user(self.invoicing_user).with_company(self.company).with_context(lang='fr_FR')
        self.assertEqual(form.urssaf_registration_state, 'unknown')
        self.assertIn(entry.cause, form.urssaf_sentence)
        self.assertIn(entry.what_to_do, form.urssaf_sentence)

    def test_a_missing_tax_return_is_explained_apart_and_nothing_is_offered(self):
        self.seed(birth_name="LEFEVRE", no_tax_return=True)
        with self.raises(UserError, self.entry(NO_TAX_RETURN).cause):
            self.register()
        self.assertEqual(self.registration.attempt_ids.mapped('error_codes'), [NO_TAX_RETURN])
        self.assertFalse(self.variants())

    def test_a_format_refusal_names_the_field_in_the_words_of_the_form(self):
        self.control('switches', {'mail_plus': False})
        self.partner.email = 'zoe+essai@example.com'
        self.invoicing_user.lang = 'en_US'
        with self.raises(UserError, "Field to correct: Email"):
            self.register()
        self.assertEqual(self.partner.with_company(self.company).urssaf_refused_fields, 'email')

    def test_each_path_that_a_format_refusal_names_leads_to_its_field(self):
        entry = self.entry('ERREUR_VALIDATION')
        labels = (
            self.env['res.partner'].with_context(lang='fr_FR').fields_get(list(PARTNER_FIELDS.values()), ['string'])
        )
        for path, name in PARTNER_FIELDS.items():
            with self.subTest(path):
                message = f"Le champ inputParticulier.{path} : format invalide"
                self.fault('errors_400', 'M010', times=1, code='ERREUR_VALIDATION', message=message)
                with self.raises(UserError) as refused:
                    self.register()
                self.env.invalidate_all()
                form = self.partner.with_user(self.invoicing_user).with_company(self.company).with_context(lang='fr_FR')
                self.assertEqual(form.urssaf_refused_fields, name)
                for text in (str(refused.exception), form.urssaf_sentence):
                    for words in (
                        entry.cause,
                        entry.what_to_do,
                        message,
                        f"Champ à corriger : {labels[name]['string']}.",
                    ):
                        self.assertIn(words.replace('\u00a0', ' '), text.replace('\u00a0', ' '))

    def test_each_field_that_a_refusal_can_name_stands_on_the_form(self):
        arch = (
            self.env['res.partner']
            .with_user(self.clerk)
            .with_company(self.company)
            .get_view(self.env.ref('base.view_partner_form').id)['arch']
        )
        for name in sorted({*PARTNER_FIELDS.values()}):
            self.assertIn(name, self.partner._fields)
            self.assertIn(f'name="{name}"', arch)
        registration = self.env['urssaf.registration'].create(
            {'partner_id': self.partner.id, 'company_id': self.company.id, 'environment': 'simulator'}
        )
        for entry in self.env['urssaf.error'].search([('context', '=', 'registration')]):
            registration._remember_refusal([entry])
            for name in (registration.refused_fields or '').split(','):
                self.assertTrue(not name or f'name="{name}"' in arch, f"{entry.code}: {name} is not on the form")


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestVariants(VariantsCommon):
    """A person who is not recognised: other ways to write them, one click each, each tried once, none by itself."""

    def test_the_ways_are_listed_with_what_would_be_sent(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        variants = self.variants()
        self.assertEqual(
            list(variants),
            [
                'as_entered',
                'first_names_hyphens',
                'first_name_only',
                'usage_name_left_out',
                'names_swapped',
                'accents_kept',
                'birth_particle_apart',
            ],
        )
        self.assertEqual((variants['as_entered'].answer, variants['as_entered'].may_try), ("Not recognised", False))
        self.assertEqual(variants['as_entered'].tried_by_id, self.invoicing_user)
        self.assertEqual(variants['first_names_hyphens'].sent_text, "First names: Zoe-Anais")
        self.assertEqual(variants['usage_name_left_out'].sent_text, "Birth name: Lefevre · No married or used name")
        self.assertEqual(variants['names_swapped'].sent_text, "Birth name: Elan · Married or used name: Lefevre")
        self.assertEqual(
            variants['accents_kept'].sent_text,
            "Birth name: Lefèvre · Married or used name: Élan · First names: Zoé Anaïs",
        )
        self.assertTrue(all(variant.may_try for kind, variant in variants.items() if kind != 'as_entered'))
        self.assertEqual(self.calls('M010'), 1, "nothing is tried by itself")

    def test_nothing_is_tried_by_a_scheduled_action(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        self.registration.next_poll_at = '2020-01-01'
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_sync()
        self.assertEqual(self.calls('M010'), 1)

    def test_each_way_that_is_recognised_registers_and_the_form_takes_it_over(self):
        recognised = {
            'first_names_hyphens': ({'first_names': "ZOE-ANAIS"}, {'urssaf_first_names': "Zoé-Anaïs"}),
            'first_name_only': ({'first_names': "ZOE"}, {'urssaf_first_names': "Zoé"}),
            'usage_name_left_out': ({'birth_name': "LEFEVRE", 'usage_name': ""}, {'urssaf_usage_name': False}),
            'names_swapped': (
                {'birth_name': "ELAN", 'usage_name': "LEFEVRE"},
                {'urssaf_birth_name': "Élan", 'urssaf_usage_name': "Lefèvre"},
            ),
            'accents_kept': ({'birth_name': "LEFÈVRE"}, {'urssaf_keep_accents': True}),
        }
        for number, (kind, (identity, expected)) in enumerate(recognised.items()):
            with self.subTest(kind):
                self.control('reset')
                self.seed(**identity)
                partner = self.partner.copy(
                    {
                        'email': f'zoe{number}@example.com',
                        'urssaf_civility': '2',
                        'urssaf_birth_name': "Lefèvre",
                        'urssaf_usage_name': "Élan",
                        'urssaf_first_names': "Zoé Anaïs",
                        'urssaf_birth_date': '1984-05-17',
                        'urssaf_birth_commune_id': self.partner.urssaf_birth_commune_id.id,
                        'urssaf_consent_date': self.today,
                        'urssaf_consent_origin': "Accord signé",
                    }
                )
                partner.urssaf_iban, partner.urssaf_bic = 'FR7630006000011234567890189', 'TESTFRPPXXX'
                partner.urssaf_bank_holder = "Mme Zoé Élan"
                before = {name: partner[name] for name in expected}
                self.refuse(partner)
                self.assertEqual({name: partner[name] for name in expected}, before)
                calls = self.calls('M010')
                self.attempt(kind, partner=partner)
                registration = partner.with_company(self.company).urssaf_registration_id
                self.assertEqual(registration.state, 'pending')
                self.assertEqual({name: partner[name] for name in expected}, expected)
                self.assertEqual(self.calls('M010'), calls + 1)
                self.assertFalse(self.variants(partner=partner))
                self.assertTrue(any("what URSSAF recognised" in body for body in partner.message_ids.mapped('body')))
                self.assertFalse(any(registration.attempt_ids.mapped('sent_values')), "forgotten once it is taken over")
                sent = partner._urssaf_customer().to_dict()
                for word, value in identity.items():
                    path = {'first_names': 'prenoms', 'birth_name': 'nomNaissance', 'usage_name': 'nomUsage'}[word]
                    self.assertEqual(sent.get(path, '').upper(), value, "the same would be sent again")

    def test_all_first_names_with_spaces(self):
        self.partner.urssaf_first_names = "Zoé-Anaïs"
        self.seed(first_names="ZOE ANAIS")
        self.refuse()
        self.attempt('first_names_spaces')
        self.assertEqual((self.registration.state, self.partner.urssaf_first_names), ('pending', "Zoé Anaïs"))

    def test_the_other_code_of_an_overseas_birth(self):
        saint_denis = self.env['insee.commune'].search([('code', '=', '97411')])
        self.partner.urssaf_birth_commune_id = saint_denis
        self.seed(birth_department='974', birth_commune='411')
        self.refuse()
        self.assertEqual(self.variants()['birth_place'].sent_text, "Born in: Saint-Denis (department 974, code 411)")
        self.attempt('birth_place')
        self.assertEqual(self.registration.state, 'pending')
        self.assertEqual(self.partner.urssaf_birth_place_sent, "974 411 Saint-Denis")
        self.assertEqual(self.partner.urssaf_birth_commune_id, saint_denis)
        self.assertEqual(self.partner._urssaf_customer().birth_place.commune_code, '411')
        # It was recognised for this birth, not for another.
        self.partner.urssaf_birth_commune_id = self.env['insee.commune'].search([('code', '=', '37261')])
        self.assertFalse(self.partner.urssaf_birth_place_sent)
        self.assertEqual(self.partner._urssaf_customer().birth_place.commune_code, '261')

    def test_other_codes_of_the_commune_come_as_the_rule_gives_them(self):
        """The rule is that of the birth places; whatever it gives is offered and taken over."""
        tours = payloads.BirthPlace('99100', '037', '261', 'Tours')
        older = payloads.BirthPlace('99100', '037', '999', 'Saint-Tours')
        self.seed(birth_department='037', birth_commune='999')
        with patch.object(type(self.partner), '_urssaf_other_birth_places', lambda partner: [tours, older]):
            self.refuse()
            self.assertEqual(
                self.variants()['birth_place'].sent_text, "Born in: Saint-Tours (department 037, code 999)"
            )
            self.attempt('birth_place')
            self.assertEqual(self.partner.urssaf_birth_place_sent, "037 999 Saint-Tours")
            self.assertEqual(self.partner._urssaf_customer().birth_place, older)
            # Refused all the same, later: the one of the rule is the other way, and empties the field.
            variant = next(
                variant for variant in self.partner._urssaf_variants().values() if variant.kind == 'birth_place'
            )
            self.assertEqual(variant.customer.birth_place, tours)
            values = self.registration._form_values(variant.customer, variant.changes)
            self.assertFalse(values['urssaf_birth_place_sent'])

    def test_a_birth_of_another_era_is_offered_with_the_codes_of_then_and_now(self):
        """Boulogne-Billancourt was of Seine before 1968; Germany was two; Ajaccio was of Corse before 1976."""
        commune = self.env['insee.commune']
        for code, born, recognised, sent in (
            ('92012', '1960-01-01', {'birth_department': '092', 'birth_commune': '012'}, "092 012"),
            ('2A004', '1970-01-01', {'birth_department': '02A', 'birth_commune': '004'}, "02A 004"),
            ('97411', '1980-01-01', {'birth_department': '974', 'birth_commune': '411'}, "974 411"),
            (None, '1970-01-01', {'birth_country': '99141'}, "99141"),
        ):
            with self.subTest(sent):
                self.control('reset')
                self.seed(**recognised)
                partner = self.make_household(
                    "Zoé Élan",
                    email=f'zoe{code}@example.com',
                    urssaf_birth_name="Élan",
                    urssaf_birth_date=born,
                    urssaf_birth_country_id=self.env.ref('base.fr' if code else 'base.de').id,
                    urssaf_birth_commune_id=commune.search([('code', '=', code), ('valid_until', '=', False)]).id,
                )
                self.refuse(partner)
                variants = partner.with_user(self.invoicing_user).with_company(self.company).urssaf_attempt_ids
                variant = variants.filtered(
                    lambda variant, code=sent[-3:]: variant.kind == 'birth_place' and code in variant.sent_text
                )
                with self.as_user() as env:
                    variant.with_env(env).action_try()
                self.env.invalidate_all()
                self.assertEqual(partner.with_company(self.company).urssaf_registration_state, 'pending')
                self.assertTrue(partner.urssaf_birth_place_sent.startswith(sent))

    def test_a_former_country_of_birth(self):
        czechia = self.env.ref('base.cz')
        self.partner.write({'urssaf_birth_country_id': czechia.id, 'urssaf_birth_commune_id': False})
        places = [payloads.BirthPlace(czechia.insee_code), payloads.BirthPlace('99115')]
        self.seed(birth_country='99115')
        with patch.object(type(self.partner), '_urssaf_other_birth_places', lambda partner: places):
            self.refuse()
            self.assertEqual(self.variants()['birth_place'].sent_text, "Country of birth: code 99115")
            self.attempt('birth_place')
        self.assertEqual(self.registration.state, 'pending')
        self.assertEqual(self.partner._urssaf_customer().birth_place, payloads.BirthPlace('99115'))

    def test_what_was_tried_is_remembered_with_its_answer(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        with self.raises(UserError):
            self.attempt('first_name_only')
        variants = self.variants()
        self.assertEqual(
            (variants['first_name_only'].answer, variants['first_name_only'].may_try), ("Not recognised", False)
        )
        self.assertTrue(variants['first_name_only'].tried_at)
        self.assertTrue(variants['names_swapped'].may_try)
        self.assertEqual(self.partner.urssaf_first_names, "Zoé Anaïs", "what is not recognised is not taken over")
        # Corrected on the form: the way that was tried and the new ones are told apart.
        self.partner.urssaf_first_names = "Zoé"
        self.assertEqual(
            self.variants()['first_name_only'].outcome, 'refused', "now as entered, and known to be refused"
        )
        self.partner.urssaf_birth_name = "Autre"
        self.assertFalse(self.variants())
        self.refuse()
        self.assertEqual(self.variants()['as_entered'].outcome, 'refused')
        self.assertTrue(self.variants()['names_swapped'].may_try)

    def test_another_refusal_of_a_way_is_told_and_ends_the_list(self):
        self.seed(birth_name="LEFEVRE", usage_name="", no_tax_return=True)
        self.refuse()
        with self.raises(UserError, "income tax return"):
            self.attempt('usage_name_left_out')
        tried = self.registration.attempt_ids.filtered(lambda attempt: attempt.kind == 'usage_name_left_out')
        self.assertEqual(tried.error_codes, NO_TAX_RETURN)
        self.assertFalse(self.variants())

    def test_a_way_goes_through_the_same_gate_as_any_registration(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        variant = self.variants()['first_name_only']
        self.registration.state = 'sending'
        with self.as_user() as env:
            variant.with_env(env).action_try()
        self.assertEqual(self.calls('M010'), 1, "somebody else is at it")
        self.registration.state = 'rejected'
        self.fault('maintenance_503', 'TOKEN')
        self.env['urssaf.token'].search([]).unlink()
        with self.raises(UserError, "maintenance"):
            self.attempt('first_name_only')
        self.assertEqual((self.registration.state, self.variants()['first_name_only'].outcome), ('rejected', 'untried'))
        self.end_pauses()
        self.control('faults', method='DELETE')
        self.fault('throttled', 'M010', times=1)
        with self.raises(UserError, "wait"):
            self.attempt('first_name_only')
        self.assertEqual(self.variants()['first_name_only'].outcome, 'untried', "it never arrived")
        self.assertTrue(self.variants()['first_name_only'].may_try)

    def test_on_the_form_a_notice_does_not_repeat_the_refusal(self):
        self.seed(first_names="ZOE")
        with self.as_user() as env:
            notice = self.partner.with_env(env).with_context(urssaf_form_tells=True).action_urssaf_register()
        self.assertIn("the form says why", notice['params']['message'])
        self.assertFalse(notice['params']['sticky'])
        with self.as_user() as env:
            variant = self.variants()['first_name_only'].with_env(env).with_context(urssaf_form_tells=True)
            message = variant.action_try()['params']['message']
        self.assertIn("Registration received", message)
        self.assertIn("now says what URSSAF has recognised", message)

    def test_two_windows_try_a_way_once(self):
        """The second one is told the answer that the first one got."""
        self.seed(birth_name="NOBODY")
        self.refuse()
        variant = self.variants()['first_name_only']
        with self.raises(UserError):
            self.attempt('first_name_only')
        calls = self.calls('M010')
        with self.as_user() as env:
            notice = variant.with_env(env).action_try()
        self.assertIn("has been tried already", notice['params']['message'])
        self.assertIn("Not recognised", notice['params']['message'])
        self.assertEqual(notice['params']['next']['tag'], 'soft_reload', "the window shows what happened")
        self.assertEqual(self.calls('M010'), calls)

    def test_a_way_refused_for_another_reason_may_be_tried_again(self):
        """The identity was recognised; as entered it would not be. Corrected, that way is the one that works."""
        self.seed(first_names="ZOE")
        self.refuse()
        self.fault('errors_400', 'M010', times=1, code='ERR_COORDONNEES_BANCAIRES')
        with self.raises(UserError, "then try that way again"):
            self.attempt('first_name_only')
        self.assertEqual(self.partner.with_company(self.company).urssaf_refused_fields, 'urssaf_iban,urssaf_bic')
        variant = self.variants()['first_name_only']
        self.assertEqual((variant.answer, variant.may_try), ("Refused for another reason", True))
        self.refuse()  # as entered it is still nobody
        self.attempt('first_name_only')
        self.assertEqual((self.registration.state, self.partner.urssaf_first_names), ('pending', "Zoé"))
        self.assertFalse(self.registration.worth_trying)

    def test_a_refused_code_of_the_birth_place_offers_the_other_ones(self):
        """CONTRACT §5.1: overseas the work-around is sent; if it is refused, the theoretical code is proposed."""
        self.partner.urssaf_birth_commune_id = self.env['insee.commune'].search([('code', '=', '97411')])
        path = "champ lieuNaissance.communeNaissance.codeCommune : invalide"
        for code, message in (('ERR_LIEU_NAISSANCE_COMN', ""), ('ERREUR_VALIDATION', path)):
            self.fault('errors_400', 'M010', times=1, code=code, message=message)
            self.refuse()
            self.assertEqual(set(self.variants()), {'as_entered', 'birth_place'})
            self.assertFalse(self.variants()['as_entered'].may_try)
        self.attempt('birth_place')
        self.assertEqual(self.registration.state, 'pending')
        self.assertEqual(self.partner.urssaf_birth_place_sent, "974 411 Saint-Denis")

    def test_an_empty_refusal_of_a_way_may_be_tried_again(self):
        self.seed(first_names="ZOE")
        self.refuse()
        self.fault('empty_400', 'M010', times=1)
        with self.raises(UserError, "without saying why"):
            self.attempt('first_name_only')
        self.attempt('first_name_only')
        self.assertEqual(self.registration.state, 'pending')

    def test_a_form_that_changed_meanwhile_sends_nothing(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        variant = self.variants()['first_name_only']
        self.partner.urssaf_first_names = "Anaïs"
        with self.as_user() as env, self.raises(UserError, "has been changed"):
            variant.with_env(env).action_try()
        self.partner.urssaf_first_names = "Zoé Anaïs"
        self.partner.email = False
        with self.as_user() as env, self.raises(UserError, "To complete"):
            variant.with_env(env).action_try()
        self.assertEqual(self.calls('M010'), 1)

    def test_a_lost_answer_of_a_way_is_found_again_and_taken_over(self):
        self.seed(first_names="ZOE")
        self.refuse()
        self.fault('dead_after', 'M010', times=1)
        self.attempt('first_name_only')
        self.assertEqual(self.registration.state, 'pending')
        self.assertEqual(self.partner.urssaf_first_names, "Zoé")
        self.assertEqual(len(self.control('state', method='GET')['customers']), 1)

    def test_after_a_lost_answer_the_same_way_is_sent_again(self):
        """Another one would be refused, and hide that the household is registered already."""
        self.control('switches', {'m020_by_mail': False})
        self.seed(first_names="ZOE")
        self.refuse()
        self.fault('dead_after', 'M010', times=1)
        with self.raises(UserError, "did not arrive"):
            self.attempt('first_name_only')
        self.assertEqual(self.registration.state, 'draft')
        self.assertEqual([kind for kind, variant in self.variants().items() if variant.may_try], ['first_name_only'])
        other = self.variants()['names_swapped']
        with self.as_user() as env:
            notice = other.with_env(env).action_try()
        self.assertIn("The first one of the first names only", notice['params']['message'])
        self.assertEqual(self.calls('M010'), 2)
        self.fault('throttled', 'M010', times=1)
        with self.raises(UserError, "wait"):
            self.attempt('first_name_only')
        self.assertEqual(self.variants()['first_name_only'].outcome, 'lost', "the call before may still be the one")
        self.end_pauses()
        self.register()
        self.assertEqual(self.registration.state, 'unknown', "URSSAF says that the link exists")
        self.assertEqual(len(self.control('state', method='GET')['customers']), 1)

    def test_a_way_whose_sender_died_counts_as_lost(self):
        self.control('switches', {'m020_by_mail': False})
        self.seed(first_names="ZOE")
        self.refuse()
        # What a killed worker leaves: its claim.
        variant = self.variants()['first_name_only'].with_env(self.env)
        variant.sudo().write({'outcome': 'sending', 'claim': 'x'})
        self.registration.write(
            {'state': 'sending', 'claim': 'x', 'claimed_at': '2020-01-01 00:00:00', 'error_text': False}
        )
        with self.as_cron() as env:
            env['urssaf.registration']._sync_due()
        self.env.invalidate_all()
        self.assertEqual((self.registration.state, variant.outcome), ('draft', 'lost'))
        self.assertEqual([kind for kind, variant in self.variants().items() if variant.may_try], ['first_name_only'])

    def test_nothing_of_the_person_is_kept_with_the_attempts(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        with self.raises(UserError):
            self.attempt('names_swapped')
        self.env.flush_all()
        self.cr.execute("SELECT * FROM urssaf_registration_attempt")
        kept = str(self.cr.fetchall()).lower()
        for value in ("lefèvre", "lefevre", "élan", "elan", "zoé", "zoe", "1984", "261"):
            self.assertNotIn(f"'{value}", kept)
        self.assertFalse(any(self.registration.attempt_ids.mapped('sent_values')))

    def test_erasing_the_household_erases_what_was_tried(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        self.partner.write({'urssaf_keep_accents': True, 'urssaf_birth_place_sent': "037 261 Tours"})
        manager = self.make_user('chef', 'account.group_account_manager', 'base.group_partner_manager')
        self.partner.with_user(manager).with_company(self.company).action_urssaf_erase()
        self.assertFalse(self.registration.attempt_ids)
        self.assertFalse(self.partner.urssaf_keep_accents or self.partner.urssaf_birth_place_sent)
        self.assertEqual(self.registration.state, 'rejected')
        self.assertFalse(self.registration.worth_trying, "nothing is left to be written in another way")
        self.assert_form_opens(manager)

    def assert_form_opens(self, user):
        with self.as_user(user) as env:
            form = Form(self.partner.with_env(env).with_company(self.company))
            self.assertFalse(len(form.urssaf_attempt_ids))

    def test_the_form_of_a_refused_household_opens_whatever_it_lacks(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        self.assertTrue(self.partner.with_company(self.company).urssaf_attempt_ids)
        for name in PERSON_FIELDS:
            with self.subTest(name), self.cr.savepoint() as savepoint:
                with Form(self.partner.with_company(self.company)) as form:
                    if name in form._view['fields'] and not form._get_modifier(name, 'invisible'):
                        form[name] = self.env['res.partner'][name] if self.partner._fields[name].relational else False
                self.partner[name] = False
                self.partner.with_company(self.company).read(['urssaf_attempt_ids', 'urssaf_attempts_are_stale'])
                savepoint.rollback()
                self.env.invalidate_all()
        self.partner.urssaf_birth_date = False
        self.assert_form_opens(self.invoicing_user)
        attempt = self.registration.attempt_ids[:1]
        with self.as_user() as env, self.raises(UserError, "changed since"):
            attempt.with_env(env).action_try()
        self.assertEqual(self.calls('M010'), 1)

    def test_who_may_not_register_may_not_try(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        variant = self.variants()['first_name_only']
        stranger = self.make_user(
            'etranger', 'account.group_account_invoice', company=self.setup_other_company()['company']
        )
        for user in (self.plain_user, self.reader, stranger):
            with self.as_user(user, user.company_id) as env, self.raises(AccessError):
                variant.with_env(env).action_try()
        with self.raises(AccessError):
            variant.with_user(self.invoicing_user).write({'outcome': 'untried'})
        self.assertEqual(self.calls('M010'), 1)

    def test_the_form_shows_the_list_to_those_who_register(self):
        self.seed(birth_name="NOBODY")
        self.refuse()
        with Form(self.partner.with_user(self.clerk).with_company(self.company)) as form:
            self.assertEqual(len(form.urssaf_attempt_ids), 7)
        with Form(self.partner.with_user(self.plain_user)) as form:
            self.assertNotIn('urssaf_attempt_ids', form._view['fields'])

    def test_the_values_of_a_call_in_the_air_are_enough_to_send_it_again(self):
        """What is remembered while an answer is out, written on the form, sends the same."""
        registration = self.env['urssaf.registration'].create(
            {'partner_id': self.partner.id, 'company_id': self.company.id, 'environment': 'simulator'}
        )
        self.partner.urssaf_birth_commune_id = self.env['insee.commune'].search([('code', '=', '97411')])
        for variant in self.partner._urssaf_variants().values():
            values = json.loads(json.dumps(registration._form_values(variant.customer, variant.changes)))
            before = {name: self.partner[name] for name in values}
            self.partner.write(values)
            self.assertEqual(self.partner._urssaf_customer().to_dict(), variant.customer.to_dict(), variant.kind)
            self.partner.write(before)
