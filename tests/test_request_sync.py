from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestSync(AvanceImmediateCommon):
    """What URSSAF says is taken over, told once, and never dropped."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.request = self.send(self.invoice)

    def play(self, action, body=None):
        self.control(f'requests/{self.request.request_ref}/{action}', body or {})
        self.refresh()

    def refresh(self):
        with self.as_user() as env:
            return self.invoice.with_env(env).action_urssaf_refresh()

    def test_every_status_becomes_its_state(self):
        for code, state in (
            ('10', 'integrated'),
            ('20', 'awaiting'),
            ('30', 'validated'),
            ('50', 'debited'),
            ('60', 'debit_failed'),
            ('70', 'paid'),
            ('110', 'cancelled'),
            ('111', 'cancelled_unpaid'),
            ('112', 'cancelled_recovered'),
            ('113', 'cancelled'),
            ('120', 'recovered'),
            ('40', 'refused'),
        ):
            with self.subTest(code):
                self.play('set_status', {'code': code})
                self.assertEqual((self.request.state, self.request.status_code), (state, code))
                self.assertEqual(self.invoice.urssaf_state, state)
                self.assertFalse(self.request.needs_attention)

    def test_codes_that_nobody_knows_keep_the_state_and_call_a_person(self):
        for code in ('15', '80', '90', '100', '260', '270', '999'):
            with self.subTest(code):
                self.play('set_status', {'code': code})
                self.assertEqual((self.request.state, self.request.status_code), ('integrated', code))
                self.assertTrue(self.request.needs_attention)
                self.assertEqual(len(self.invoice.activity_ids), 1, "one activity for one cause")
                self.assertTrue(self.request.next_poll_at, "it says that the next answer is read by itself")
        self.play('set_status', {'code': '20'})
        self.assertFalse(self.request.needs_attention)
        self.assertFalse(self.invoice.activity_ids, "closed by itself when the cause is gone")

    def test_where_what_was_sent_cannot_be_read_any_more_urssaf_counts(self):
        for text, code, state in (('{', '20', 'awaiting'), ('{}', '30', 'validated'), ('[]', '50', 'debited')):
            with self.subTest(text):
                self.request.payload = text
                self.play('set_status', {'code': code})
                self.assertEqual((self.request.state, self.request.needs_attention), (state, False))

    def test_refused_tells_reason_and_comment(self):
        self.play('contest', {'code': 'REGUL_NB_QTE_FACT', 'comment': "Je n'ai eu que <b>2</b> heures."})
        self.assertEqual(self.request.state, 'refused')
        self.assertEqual(self.request.reject_comment, "Je n'ai eu que <b>2</b> heures.")
        activity = self.invoice.activity_ids
        self.assertEqual(activity.user_id, self.clerk)
        self.assertIn(": wrong number of hours", activity.summary, "as it stands after a colon")
        message = self.invoice.message_ids[0].body
        self.assertIn('&lt;b&gt;2&lt;/b&gt;', message, "shown escaped")
        alert = self.invoice._get_alerts()['urssaf_request']
        self.assertEqual(alert['level'], 'danger')
        self.assertIn(": wrong number of hours", alert['message'])
        self.assertIn("2</b> heures", alert['message'])
        with self.as_user() as env, self.raises(UserError, "never takes its number again"):
            self.invoice.with_env(env)._urssaf_create_requests()
        self.assertFalse(self.request.next_poll_at, "a final status is not asked again")

    def test_paid_with_its_transfer(self):
        self.control('clock', {'advance_hours': 24 * 8})
        self.addCleanup(self.control, 'clock', {'advance_hours': -24 * 8})
        self.refresh()
        self.assertEqual(self.request.state, 'paid')
        self.assertEqual(self.request.transfer_amount, 94.5)
        self.assertTrue(self.request.transfer_date)
        self.assertIn(self.shown(94.5), self.request.event_ids[0].description)
        self.assertFalse(self.invoice.activity_ids, "paid is a line in the chatter, no activity")
        self.assertTrue(self.request.next_poll_at, "70 is not always the end")

    def test_a_status_that_goes_back_is_applied(self):
        self.play('set_status', {'code': '70'})
        self.play('bounce')
        self.assertEqual(self.request.state, 'debit_failed')
        self.assertTrue(self.invoice.activity_ids)

    def test_nothing_new_is_not_told_again(self):
        self.play('set_status', {'code': '20'})
        messages, events = len(self.invoice.message_ids), len(self.request.event_ids)
        self.refresh()
        self.assertEqual((len(self.invoice.message_ids), len(self.request.event_ids)), (messages, events))

    def test_a_failed_refresh_says_why_and_changes_nothing(self):
        for fault in ('maintenance_503', 'dead_before', 'html', 'forbidden', 'throttled', 'empty_400'):
            with self.subTest(fault):
                self.fault(fault, 'M070', times=1)
                with self.raises(UserError) as failed:
                    self.refresh()
                self.assertTrue(str(failed.exception))
                self.assertEqual(self.request.state, 'integrated')
                self.control('faults', method='DELETE')

    def test_the_variants_of_the_answer_are_read(self):
        self.fault('Errors_key', 'M070', times=1)
        self.play('accept')
        self.assertEqual(self.request.state, 'validated')

    def test_the_cron_asks_what_is_due_in_tens(self):
        invoices = self.make_invoices(11)
        requests = self.send(invoices)
        requests.next_poll_at = fields.Datetime.now() - timedelta(minutes=1)
        before = self.calls('M070')
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.payment.request']._sync_due(), 11)
            self.assertEqual(env['urssaf.payment.request']._sync_due(), 0)
        self.assertEqual(self.calls('M070') - before, 2)

    def test_one_poisoned_record_does_not_stop_the_others(self):
        other = self.send(self.make_invoice())
        both = self.request | other
        original = type(both)._apply_statuses

        def poisoned(requests, answers):
            if self.request.id in [request.id for request, _item in answers]:
                raise ZeroDivisionError
            return original(requests, answers)

        self.patch(type(both), '_apply_statuses', poisoned)
        self.control(f'requests/{other.request_ref}/accept', {})
        with self.as_user() as env, self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'WARNING'):
            both.with_env(env).sudo()._sync()
        self.assertEqual((self.request.state, other.state), ('integrated', 'validated'))

    def test_while_urssaf_collects_the_invoice_stays_and_is_not_paid_here(self):
        self.env['ir.config_parameter'].set_param('account_payment.enable_portal_payment', 'True')
        self.assertFalse(self.invoice._has_to_be_paid())
        self.assertIn("collected by URSSAF", self.invoice._get_online_payment_error())
        for action in (self.invoice.button_draft, self.invoice.button_cancel):
            with self.raises(UserError, "stays as it is"):
                action()
        self.play('contest', {'code': 'CONTEST_AUTRE'})
        self.assertTrue(self.invoice._has_to_be_paid())
        self.invoice.button_draft()
        with self.raises(UserError, "cannot be deleted"):
            self.invoice.unlink()

    def test_what_a_crash_left_untold_is_told_by_the_cron(self):
        self.request.event_ids.is_told = False
        messages = len(self.invoice.message_ids)
        with self.as_cron() as env:
            env['urssaf.payment.request']._notify_due()
        self.assertTrue(all(self.request.event_ids.mapped('is_told')))
        self.assertGreater(len(self.invoice.message_ids), messages)
