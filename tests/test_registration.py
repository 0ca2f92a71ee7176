import contextlib
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..urssaf.client import UrssafClient
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRegistration(AvanceImmediateCommon):
    def setUp(self):
        super().setUp()
        self.control('reset')
        self.partner = self.make_household("Jeanne Nouvelle", email='jeanne@example.com', phone='06 39 98 00 09')

    def register(self, user=None, partner=None):
        with self.as_user(user) as env:
            return (partner or self.partner).with_env(env).action_urssaf_register()

    @property
    def registration(self):
        return self.partner.with_company(self.company).urssaf_registration_id

    def test_registered_activated_and_told(self):
        action = self.register()
        self.assertIn('jeanne@example.com', action['params']['message'])
        self.assertEqual(self.registration.state, 'pending')
        self.control(f'customers/{self.registration.customer_ref}/activate', {})
        with self.as_user() as env:
            self.partner.with_env(env).action_urssaf_refresh()
        self.assertEqual(self.registration.state, 'active')
        self.assertTrue(self.registration.activated_at)
        self.assertIn("Active since", self.partner.message_ids[0].body)

    def test_nobody_is_registered_twice(self):
        self.register()
        self.register()
        self.assertEqual(self.calls('M010'), 1)

    def test_a_refusal_tells_cause_and_remedy_and_loses_nothing(self):
        self.fault('errors_400', 'M010', times=1, code='ERR_DGFIP_R2P_INCONNU')
        with self.raises(UserError) as refused:
            self.register()
        self.assertNotIn('ERR_DGFIP', str(refused.exception))
        self.assertEqual(self.registration.state, 'rejected')
        self.assertEqual(self.registration.error_text, str(refused.exception))
        self.assertEqual(self.partner.activity_ids.user_id, self.clerk)
        self.register()
        self.assertEqual(self.registration.state, 'pending')
        self.assertFalse(self.partner.activity_ids, "closed by itself when the cause is gone")

    def test_never_sent_stays_a_draft_with_the_reason(self):
        self.fault('maintenance_503', 'TOKEN')
        self.env['urssaf.token'].search([]).unlink()
        with self.raises(UserError, "maintenance"):
            self.register()
        self.assertEqual(self.registration.state, 'draft')
        self.assertEqual(self.calls('M010'), 0)

    def test_a_lost_answer_is_no_second_registration(self):
        self.control('switches', {'m020_by_mail': False})
        self.fault('dead_after', 'M010', times=1)
        with self.raises(UserError):
            self.register()
        self.assertEqual(self.registration.state, 'draft')
        self.assertIn("did not arrive", self.registration.error_text)
        # Sending again is safe in effect: URSSAF says that the link exists, a person is told.
        self.register()
        self.assertEqual(self.registration.state, 'unknown')
        self.assertTrue(self.registration.needs_attention)
        self.assertEqual(len(self.control('state', method='GET')['customers']), 1)

    def test_a_lost_registration_is_told_to_a_person_until_it_is_made_again(self):
        """Nobody looks at a draft: whoever follows the matter hears of it."""
        self.fault('dead_after', 'M010', times=1)
        self.fault('html', 'M020')
        self.register()
        self.registration.claimed_at = fields.Datetime.now() - timedelta(hours=1)
        self.registration.next_poll_at = self.registration.claimed_at
        self.end_pauses()
        with self.as_cron() as env:
            env['urssaf.registration']._sync_due()
        self.env.invalidate_all()
        self.assertEqual(self.registration.state, 'draft')
        activity = self.partner.activity_ids
        self.assertEqual((activity.user_id, activity), (self.clerk, self.registration.activity_id))
        self.assertIn("Register again", activity.note)
        self.assertIn("Register again", self.partner.message_ids[:1].body)
        self.control('faults', method='DELETE')
        self.end_pauses()
        self.fault('forbidden', 'M010', times=1)
        with self.raises(UserError):
            self.register()
        self.env.invalidate_all()
        self.assertTrue(activity.exists(), "nothing has left: it is still to be done")
        self.control('reset')
        self.end_pauses()
        self.register()
        self.env.invalidate_all()
        self.assertEqual(self.registration.state, 'pending')
        self.assertFalse(activity.exists() or self.registration.needs_attention)

    def test_a_lost_answer_is_found_again_by_the_email(self):
        self.fault('dead_after', 'M010', times=1)
        self.register()
        self.assertEqual(self.registration.state, 'pending')
        self.assertTrue(self.registration.customer_ref)
        self.assertEqual(self.calls('M010'), 1)

    def test_a_lost_answer_is_looked_up_by_the_address_that_was_sent(self):
        self.register()
        ref = self.registration.customer_ref
        self.registration.write({'state': 'unknown', 'customer_ref': False})
        self.partner.email = 'corrigee@example.com'
        with self.as_cron() as env:
            self.registration.with_env(env)._sync()
        self.env.invalidate_all()
        self.assertEqual((self.registration.state, self.registration.customer_ref), ('pending', ref))

    def test_the_address_of_a_call_that_never_left_was_never_given(self):
        self.fault('throttled', 'M010', times=1)
        with contextlib.suppress(UserError):
            self.register()
        self.env.invalidate_all()
        self.assertEqual((self.registration.state, self.registration.email_sent), ('draft', False))

    def test_news_of_an_old_link_says_nothing_about_the_new_one(self):
        """Refresh in one window while another one registers the household again: the number that then comes is kept."""
        self.register()
        self.registration._set_state('unlinked')
        old = self.registration.customer_ref
        ask = type(self.env['urssaf.connection'])._ask

        def ask_and_be_overtaken(connection, document, call, **options):
            answer = ask(connection, document, call, **options)
            document._set_state('sending', customer_ref=False, claim='other', claimed_at=fields.Datetime.now())
            return answer

        with self.as_user() as env, patch.object(type(self.env['urssaf.connection']), '_ask', ask_and_be_overtaken):
            self.registration.with_env(env).sudo()._sync()
        self.env.invalidate_all()
        self.assertEqual((self.registration.state, self.registration.customer_ref), ('sending', False))
        with self.as_user() as env:
            self.registration.with_env(env).sudo()._write_outcome('other', {}, 'new-number', None, [])
        self.env.invalidate_all()
        self.assertEqual((self.registration.state, self.registration.customer_ref), ('pending', 'new-number'))
        self.assertNotEqual(old, 'new-number')

    def test_a_number_is_one_households(self):
        """Else the requests of both would be debited from one of them: from the answer, and from the look-up."""
        held = self.household.with_company(self.company).urssaf_registration_id.customer_ref
        words = f"that of {self.household.name}"
        with (
            patch.object(UrssafClient, 'register_customer', lambda client, customer: held),
            contextlib.suppress(UserError),
        ):
            self.register()
        self.env.invalidate_all()
        registration = self.registration
        self.assertEqual((registration.state, registration.customer_ref), ('unknown', False))
        self.assertIn(words, registration.error_text)
        self.assertTrue(registration.needs_attention and self.partner.activity_ids)
        twin = self.make_household("Jeanne Nouvelle", email='jeanne@example.com')
        self.register(partner=twin)
        theirs = twin.with_company(self.company).urssaf_registration_id
        self.assertEqual(theirs.state, 'pending')
        self.assertNotEqual(theirs.customer_ref, held)
        registration.next_poll_at = '2020-01-01'
        with self.as_cron() as env:
            env['urssaf.registration']._sync_due()
        self.env.invalidate_all()
        self.assertEqual((registration.state, registration.customer_ref), ('unknown', False))
        self.assertIn("merge the two contacts", registration.error_text)
        self.assertTrue(registration.needs_attention)

    def test_the_trace_of_a_registration_is_kept_whose_outcome_cannot_be_written(self):
        def traces():
            return self.env['urssaf.exchange'].search([('call', '=', 'M010')])

        before = traces()

        def fail(registration, *args):
            raise ZeroDivisionError

        with (
            patch.object(type(self.env['urssaf.registration']), '_apply_outcome', fail),
            self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'ERROR'),
            contextlib.suppress(UserError),
        ):
            self.register()
        self.env.invalidate_all()
        self.assertEqual(self.registration.state, 'sending')
        self.assertEqual((traces() - before).registration_ids, self.registration)

    def test_the_call_for_a_token_is_kept_where_nothing_leaves(self):
        def traces():
            return self.env['urssaf.exchange'].search_count([('call', '=', 'TOKEN')])

        nobody = lambda documents, *_args: (documents.browse(), 'claim')  # noqa: E731
        for model, act in (
            ('urssaf.registration', self.register),
            ('urssaf.payment.request', lambda: self.send(self.make_invoice())),
        ):
            before = traces()
            self.env['urssaf.token'].search([]).unlink()
            with self.subTest(model), patch.object(type(self.env[model]), '_claim', nobody):
                with contextlib.suppress(UserError):
                    act()
                self.env.invalidate_all()
                self.assertEqual(traces(), before + 1)

    def test_a_look_up_without_a_usable_answer_is_repeated_before_anything_is_concluded(self):
        self.fault('dead_after', 'M010', times=1)
        self.fault('html', 'M020')
        self.register()
        self.assertEqual(self.registration.state, 'unknown', "a page of the moment proves nothing")
        self.assertTrue(self.registration.next_poll_at)
        # Still no answer when the time has come to ask again: this service does not look up by e-mail.
        self.end_pauses()
        self.registration.write(
            {
                'claimed_at': fields.Datetime.now() - timedelta(hours=1),
                'next_poll_at': fields.Datetime.now() - timedelta(hours=1),
            }
        )
        self.end_pauses()
        with self.as_cron() as env:
            env['urssaf.registration']._sync_due()
        self.assertEqual(self.registration.state, 'draft')
        self.assertIn("did not arrive", self.registration.error_text)
        self.assertEqual(self.calls('M010'), 1)

    def test_each_state_has_its_sentence(self):
        self.register()
        ref = self.registration.customer_ref
        self.control(f'customers/{ref}/activate', {})
        for action, state in (
            ('block', 'blocked'),
            ('unblock', 'active'),
            ('expire_mandate', 'mandate_expired'),
            ('unlink', 'unlinked'),
        ):
            self.control(f'customers/{ref}/{action}', {})
            with self.as_user() as env:
                self.partner.with_env(env).action_urssaf_refresh()
            self.assertEqual(self.registration.state, state)
            self.assertTrue(self.partner.with_company(self.company).urssaf_sentence)

    def test_the_cron_follows_what_is_due(self):
        self.register()
        self.control(f'customers/{self.registration.customer_ref}/activate', {})
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.registration']._sync_due(), 0, "not due yet")
            self.registration.with_env(env).next_poll_at = '2020-01-01'
            self.assertEqual(env['urssaf.registration']._sync_due(), 1)
        self.assertEqual(self.registration.state, 'active')

    def test_who_may_not_is_refused(self):
        with self.raises(AccessError):
            self.register(self.plain_user)
        with self.raises(AccessError):
            self.register(self.reader)
        self.assertEqual(self.calls('M010'), 0)

    def test_a_second_company_registers_for_itself(self):
        self.register()
        second = self.setup_other_company()['company']
        second.partner_id.country_id = self.env.ref('base.fr')
        self.setup_provider(second, 'second')
        user = self.make_user('second', 'account.group_account_invoice', company=second)
        with self.as_user(user, second) as env:
            self.partner.with_env(env).action_urssaf_register()
        self.assertEqual(self.partner.with_company(second).urssaf_registration_state, 'pending')
        self.assertEqual(len(self.partner.urssaf_registration_ids), 2)
        self.assertFalse(self.env['urssaf.registration'].with_user(user).search([('company_id', '=', self.company.id)]))
