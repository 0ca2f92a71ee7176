from odoo.tests import tagged

from ..models.registration.urssaf_registration_states import FAILED_STATES, KNOWN_TO_URSSAF, REGISTRABLE, STATES
from ..urssaf.statuses import REGISTRATION_STATUSES
from .common import AvanceImmediateCommon

LOGGER = 'odoo.addons.l10n_fr_avance_immediate.models.connection.urssaf_document'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRegistrationStates(AvanceImmediateCommon):
    """One table says everything of a state; what the table does not know is logged, and done."""

    @property
    def registration(self):
        return self.household.urssaf_registration_ids

    def test_the_table_speaks_of_its_own_states_only(self):
        for key, state in STATES.items():
            self.assertLessEqual(set(state.after), set(STATES), key)
            self.assertTrue(state.after, f"nothing comes before {key}")
            self.assertTrue(state.words['sentence'], key)
        self.assertEqual(set(REGISTRATION_STATUSES.values()), set(KNOWN_TO_URSSAF))
        stages = dict(self.registration._fields['stage'].selection)
        self.assertEqual({state.stage for state in STATES.values()}, set(stages))

    def test_every_state_has_a_sentence_in_french_too(self):
        self.env['res.lang']._activate_lang('fr_FR')
        registration = self.registration.with_context(lang='fr_FR')
        for key in STATES:
            registration.write({'state': key, 'error_text': False})
            english = registration.with_context(lang='en_US')._sentence()
            self.assertTrue(english, key)
            self.assertNotEqual(registration._sentence(), english, key)
            self.assertNotIn('%(', registration._sentence())
            self.assertNotEqual(dict(registration._state_selection())[key], '')

    def test_a_step_that_the_table_knows_is_silent(self):
        with self.assertNoLogs(LOGGER, 'WARNING'):
            for state in (
                'blocked',
                'active',
                'active',
                'unlinked',
                'sending',
                'rejected',
                'draft',
                'sending',
                'unknown',
            ):
                self.registration._set_state(state)

    def test_a_step_that_the_table_does_not_know_is_logged_and_made(self):
        with self.assertLogs(LOGGER, 'WARNING') as logs:
            self.registration._set_state('rejected')
        self.assertIn("active to rejected", logs.output[0])
        self.assertEqual(self.registration.state, 'rejected')

    def test_the_stage_and_the_color_follow_the_state(self):
        registration = self.registration
        self.assertEqual((registration.stage, registration.state_color), ('active', 'success'))
        partner = self.household.with_company(self.company)
        self.assertFalse(partner.urssaf_is_registrable)
        registration._set_state('blocked')
        self.assertEqual((registration.stage, registration.state_color), ('to_fix', 'danger'))
        registration._set_state('unlinked')
        self.assertTrue(partner.urssaf_is_registrable)
        registration._set_state('draft')
        self.assertEqual((registration.stage, registration.state_color), ('new', 'muted'))
        registration.queued_at = '2026-01-05'
        self.assertEqual(registration.stage, 'waiting', "what leaves in the background is on its way")
        found = self.env['urssaf.registration'].search([('stage', '=', 'waiting')])
        self.assertIn(registration, found)

    def test_a_customer_shows_what_its_registration_says(self):
        partner = self.household.with_company(self.company).with_user(self.clerk)

        def shown(partner):
            return (
                partner.urssaf_registration_color,
                partner.urssaf_registration_stage,
                partner.urssaf_is_registrable,
                partner.urssaf_is_at_urssaf,
            )

        def found(stage):
            return partner.search([('urssaf_registration_stage', '=', stage)])

        for key, state in STATES.items():
            self.registration.write({'state': key, 'queued_at': False})
            self.assertEqual(
                shown(partner), (state.color, state.stage, key in REGISTRABLE, key not in FAILED_STATES), key
            )
            self.assertIn(partner, found(state.stage), key)
        self.registration.write({'state': 'draft', 'queued_at': '2026-01-05'})
        self.assertEqual(shown(partner), ('info', 'waiting', False, False), "what leaves by itself is on its way")
        self.assertIn(partner, found('waiting'))
        self.assertNotIn(partner, found('new'))
        stranger = self.make_household("Noa Nouveau").with_company(self.company).with_user(self.clerk)
        self.assertEqual(shown(stranger), ('muted', 'new', True, False))
        self.assertIn(stranger, found('new'))
