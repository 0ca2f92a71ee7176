import json
from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..urssaf.answers import SearchResult
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestSubmit(AvanceImmediateCommon):
    """Never twice, never lost, whatever the network does."""

    def cron(self, *methods):
        self.end_pauses()
        with self.as_cron() as env:
            for method in methods or ('_submit_due',):
                while getattr(env['urssaf.payment.request'], method)():
                    pass

    def make_due(self, requests, **values):
        requests.write(values or {'submit_at': fields.Datetime.now() - timedelta(minutes=1)})

    def test_accepted(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        self.assertEqual(request.state, 'integrated')
        self.assertTrue(request.request_ref)
        self.assertEqual(invoice.urssaf_state, 'integrated')
        self.assertEqual(request.name, invoice.name)
        self.assertEqual(self.accepted(invoice), 1)
        self.assertTrue(request.next_poll_at)
        self.assertEqual(request.event_ids.sorted('id').mapped('state'), ['queued', 'sending', 'integrated'])

    def test_a_second_click_joins_the_first(self):
        invoice = self.make_invoice()
        first = self.send(invoice)
        before = self.calls('M050')
        with self.as_user(self.clerk) as env:
            second = invoice.with_env(env)._urssaf_create_requests()
            second._submit()
            self.assertEqual(second.id, first.id)
        self.assertEqual((self.calls('M050'), self.accepted(invoice)), (before, 1))
        self.assertEqual(len(invoice.urssaf_request_ids), 1)

    def test_rejected_tells_why_and_may_be_sent_again_with_the_same_number(self):
        invoice = self.make_invoice()
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE')
        rejected = self.send(invoice)
        self.assertEqual(rejected.state, 'rejected')
        self.assertTrue(rejected.error_text)
        self.assertNotIn('ERR_CMPT_BLOQUE', rejected.error_text)
        request = self.send(invoice)
        self.assertEqual(request.state, 'integrated')
        self.assertEqual(request.previous_id, rejected)
        self.assertEqual(self.accepted(invoice), 1)

    def test_an_unknown_code_is_shown_with_its_words_and_learned(self):
        invoice = self.make_invoice()
        self.fault('item_error', 'M050', times=1, code='ERR_TOUT_NOUVEAU')
        request = self.send(invoice)
        self.assertEqual(request.state, 'rejected')
        self.assertTrue(self.env['urssaf.error'].search([('code', '=', 'ERR_TOUT_NOUVEAU')]).unknown)

    def test_answers_lost_after_processing_are_looked_up_never_sent_again(self):
        for fault in (
            'dead_after',
            'reset_after',
            'error_500_after',
            'maintenance_503_after',
            'html_after',
            'truncated',
            'drop_item',
            'unknown_status',
        ):
            with self.subTest(fault):
                invoice = self.make_invoice()
                self.fault(fault, 'M050', times=1)
                request = self.send(invoice)
                self.assertEqual(request.state, 'unknown')
                self.assertTrue(request.is_live)
                attempts = self.calls('M050')
                self.cron('_sync_due')
                self.assertEqual(request.state, 'integrated')
                self.assertEqual(self.accepted(invoice), 1)
                self.assertEqual(self.calls('M050'), attempts)

    def test_answers_lost_before_processing_are_proved_absent_then_sent(self):
        for fault in ('dead_before', 'error_500', 'maintenance_503'):
            with self.subTest(fault):
                invoice = self.make_invoice()
                self.fault(fault, 'M050', times=1)
                request = self.send(invoice)
                self.assertEqual(request.state, 'unknown')
                self.cron('_sync_due')
                self.assertEqual((request.state, request.absent_count), ('unknown', 1))
                self.make_due(request, next_poll_at=fields.Datetime.now())
                self.cron('_sync_due')
                self.assertEqual(request.state, 'not_sent')
                self.assertTrue(request.is_live, "it leaves again by itself")
                self.make_due(request)
                self.cron()
                self.assertEqual(request.state, 'integrated')
                self.assertEqual(self.accepted(invoice), 1)

    def test_an_answer_that_is_not_whole_proves_nothing_absent(self):
        invoice = self.make_invoice()
        self.fault('dead_before', 'M050', times=1)
        request = self.send(invoice)
        original = type(self.company)._urssaf_client

        def half_read(company, with_new_token=False):
            client = original(company, with_new_token)
            client.search_requests = lambda **criteria: SearchResult(skipped=1)
            return client

        self.patch(type(self.company), '_urssaf_client', half_read)
        self.cron('_sync_due')
        self.assertEqual((request.state, request.absent_count), ('unknown', 0))

    def test_provably_not_received_leaves_again_by_itself_later_and_later(self):
        invoice = self.make_invoice()
        self.fault('throttled', 'M050', times=2, retry_after=600)
        request = self.send(invoice)
        self.assertEqual(request.state, 'not_sent')
        self.assertGreaterEqual(request.submit_at, fields.Datetime.now() + timedelta(seconds=590))
        self.cron()
        self.assertEqual(request.attempt_count, 1, "not before its time")
        self.make_due(request)
        self.cron()
        self.assertEqual(request.attempt_count, 2)
        self.make_due(request)
        self.cron()
        self.assertEqual((request.state, request.attempt_count), ('integrated', 0))

    def test_wrong_settings_wait_for_a_person(self):
        invoice = self.make_invoice()
        self.fault('forbidden', 'M050', times=1)
        request = self.send(invoice)
        self.assertEqual(request.state, 'not_sent')
        self.assertFalse(request.submit_at)
        self.assertIn("no right", request.error_text)
        self.assertEqual(invoice.activity_ids.user_id, self.clerk)
        again = self.send(invoice)
        self.assertEqual(again, request, "the same record")
        self.assertEqual(request.state, 'integrated')
        self.assertFalse(invoice.activity_ids)

    def test_a_token_that_cannot_be_had_is_no_claim(self):
        invoice = self.make_invoice()
        self.env['urssaf.token'].search([]).unlink()
        self.fault('maintenance_503', 'TOKEN', times=1)
        before = self.calls('M050')
        request = self.send(invoice)
        self.assertEqual((request.state, self.calls('M050')), ('not_sent', before))
        self.assertFalse(request.claimed_at)

    def test_a_number_that_urssaf_has_already_is_looked_up(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        ref = request.request_ref
        request.write({'state': 'not_sent', 'request_ref': False, 'lost_at': '2020-01-01'})
        self.send(invoice)
        self.assertEqual(request.state, 'unknown')
        self.cron('_sync_due')
        self.assertEqual((request.state, request.request_ref), ('integrated', ref), "an answer of ours was lost before")

    def test_the_number_of_somebody_else_is_left_to_a_person(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        request.write(
            {
                'state': 'unknown',
                'request_ref': False,
                'payload': json.dumps({**json.loads(request.payload), 'mntFactureTTC': 60}),
                'lost_at': '2020-01-01',
                'next_poll_at': '2020-01-01',
            }
        )
        self.cron('_sync_due')
        self.assertEqual(request.state, 'unknown')
        self.assertTrue(request.needs_attention)
        self.assertIn(f"another amount ({self.shown(94.5)}, here {self.shown(60)})", request.error_text)
        self.assertTrue(invoice.activity_ids)

    def test_one_bad_item_does_not_sink_nine_good_ones(self):
        invoices = self.make_invoices(4)
        bad = invoices[2]
        self.fault('errors_400', 'M050', contains=bad.name, code='ERREUR_VALIDATION')
        requests = self.send(invoices)
        self.assertEqual(invoices[2].urssaf_request_id.state, 'rejected')
        self.assertEqual(set((requests - bad.urssaf_request_id).mapped('state')), {'integrated'})
        for invoice in invoices - bad:
            self.assertEqual(self.accepted(invoice), 1)

    def test_twelve_invoices_are_two_calls(self):
        invoices = self.make_invoices(12)
        before = self.calls('M050')
        self.fault('shuffle', 'M050')
        requests = self.send(invoices)
        self.assertEqual(set(requests.mapped('state')), {'integrated'})
        self.assertEqual(self.calls('M050') - before, 2)

    def test_services_to_come_wait_and_leave_by_themselves(self):
        day = self.today + timedelta(days=3)
        invoice = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        request = self.send(invoice)
        self.assertEqual(request.state, 'scheduled')
        self.assertEqual(self.accepted(invoice), 0)
        self.cron()
        self.assertEqual(request.state, 'scheduled')
        self.control('clock', {'advance_hours': 24 * 5})
        self.addCleanup(self.control, 'clock', {'advance_hours': -24 * 5})
        with freeze_time(fields.Datetime.now() + timedelta(days=4, hours=2), tick=True):
            self.cron()
        self.assertEqual((request.state, self.accepted(invoice)), ('integrated', 1))

    def test_a_company_name_as_people_type_it_leaves_by_itself(self):
        """What leaves has single spaces, and the company's name has not: nothing has changed since."""
        self.company.write({'urssaf_billing_party': False, 'name': " Exemple\u00a0 Services "})
        day = self.today + timedelta(days=3)
        request = self.send(self.make_invoice(urssaf_date_start=day, urssaf_date_end=day))
        self.assertEqual(request.state, 'scheduled')
        self.assertEqual(request._changes(), [])
        self.make_due(request)
        with self.at(f'{day + timedelta(days=2)} 08:00:00'):
            self.cron()
        self.assertEqual(request.state, 'integrated', request.error_text)

    def test_what_changed_meanwhile_keeps_a_scheduled_request_here(self):
        day = self.today + timedelta(days=3)
        invoice = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        request = self.send(invoice)
        registration = self.household.with_company(self.company).urssaf_registration_id
        registration.state = 'blocked'
        self.make_due(request)
        self.cron()
        registration.state = 'active'
        self.assertEqual(request.state, 'not_sent')
        self.assertIn("blocked", request.error_text)
        self.assertFalse(request.is_live)

    def test_withdrawn_before_it_left(self):
        day = self.today + timedelta(days=3)
        invoice = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        request = self.send(invoice)
        with self.as_user() as env:
            request.with_env(env).action_withdraw()
        self.assertEqual(request.state, 'withdrawn')
        invoice.button_draft()
        self.assertEqual(invoice.state, 'draft')

    def test_what_has_left_cannot_be_withdrawn(self):
        request = self.send(self.make_invoice())
        with self.as_user() as env, self.raises(UserError, "already left"):
            request.with_env(env).action_withdraw()

    def test_a_claim_whose_owner_died_is_looked_up(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        request.write(
            {
                'state': 'sending',
                'request_ref': False,
                'claim': 'x',
                'claimed_at': fields.Datetime.now() - timedelta(minutes=5),
            }
        )
        self.cron('_sync_due', '_submit_due')
        self.assertEqual(request.state, 'sending', "its owner may still be at it")
        request.claimed_at = fields.Datetime.now() - timedelta(minutes=16)
        self.cron('_sync_due', '_sync_due')
        self.assertEqual((request.state, self.accepted(invoice)), ('integrated', 1))

    def test_a_late_answer_without_the_claim_changes_nothing(self):
        request = self.send(self.make_invoice())
        with self.as_cron() as env:
            request.with_env(env)._record_outcome('not the claim', {}, None, [], request.company_id.with_env(env))
        self.assertEqual(request.state, 'integrated')

    def test_a_request_of_another_environment_does_not_leave(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            request = invoice.with_env(env)._urssaf_create_requests()
            env['urssaf.document']._commit()
            request_id = request.id
        self.company.urssaf_environment = 'sandbox'
        self.cron()
        self.company.urssaf_environment = 'simulator'
        request = self.env['urssaf.payment.request'].browse(request_id)
        self.assertEqual((request.state, self.accepted(invoice)), ('not_sent', 0))

    def test_an_unreadable_payload_stops_nobody_else(self):
        invoices = self.make_invoices(3)
        with self.as_user() as env:
            requests = invoices.with_env(env)._urssaf_create_requests()
            requests[1].payload = '{'
            requests._submit()
        self.assertEqual(invoices.urssaf_request_id.mapped('state'), ['integrated', 'not_sent', 'integrated'])

    def test_the_index_is_the_last_net(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation), self.cr.savepoint():
            request.copy({'name': 'another'}).flush_recordset()

    def test_the_crons_run(self):
        day = self.today + timedelta(days=3)
        invoice = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        request = self.send(invoice)
        self.control('clock', {'advance_hours': 24 * 5})
        self.addCleanup(self.control, 'clock', {'advance_hours': -24 * 5})
        with (
            freeze_time(fields.Datetime.now() + timedelta(days=4, hours=2), tick=True),
            self.enter_registry_test_mode(),
        ):
            self.env.ref('l10n_fr_avance_immediate.ir_cron_urssaf_submit').method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(request.state, 'integrated')
            request.next_poll_at = '2020-01-01'
            self.env.ref('l10n_fr_avance_immediate.ir_cron_urssaf_sync').method_direct_trigger()
            self.env.invalidate_all()
            self.assertGreater(request.next_poll_at, fields.Datetime.now())
