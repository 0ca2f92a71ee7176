from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPacing(AvanceImmediateCommon):
    """When URSSAF is down or asks to wait: few calls, one word to one person, everything by itself afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.make_provider("Autre Prestataire")
        cls.second_user = cls.make_user('autre', 'account.group_account_invoice', company=cls.second)

    def line(self, company=None):
        return self.env['urssaf.connection']._find_for(company or self.company, 'simulator')

    def queue(self, invoices):
        with self.as_user() as env:
            invoices.with_env(env)._urssaf_create_requests()
        self.env.invalidate_all()
        return invoices.urssaf_request_ids

    def run_crons(self):
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def make_all_due(self, requests):
        requests.filtered('submit_at').submit_at = '2020-01-01'
        requests.filtered('next_poll_at').next_poll_at = '2020-01-01'

    # -- what stops a run -------------------------------------------------------------------------

    def test_429_stops_the_run_of_this_company_only(self):
        requests = self.queue(self.make_invoices(25))
        others = self.make_invoices(2, company=self.second)
        self.fault('throttled', 'M050', times=1, retry_after=600)
        self.company.urssaf_batch_size = 10
        before = self.calls('M050')
        self.run_crons()
        self.assertEqual(self.calls('M050') - before, 1, "one call was answered 429, the others were not even tried")
        self.assertEqual(requests.mapped('state').count('not_sent'), 10)
        self.assertEqual(requests.mapped('state').count('queued'), 15)
        self.send(others, self.second_user, self.second)
        self.assertEqual(set(others.mapped('urssaf_state')), {'integrated'}, "another company is not concerned")
        self.end_pauses()
        self.make_all_due(requests)
        self.run_crons()
        self.assertEqual(set(requests.mapped('state')), {'integrated'})
        self.assertTrue(all(self.accepted(move) == 1 for move in requests.move_id))

    def test_retry_after_is_honoured_and_the_crons_are_armed_for_that_moment(self):
        request = self.queue(self.make_invoice())
        self.fault('throttled', 'M050', times=1, retry_after=1800)
        self.run_crons()
        wait = self.line().paused_until - fields.Datetime.now()
        self.assertAlmostEqual(wait / timedelta(minutes=1), 30, delta=1)
        for name in ('ir_cron_urssaf_submit', 'ir_cron_urssaf_sync'):
            moments = (
                self.env['ir.cron.trigger']
                .search([('cron_id', '=', self.env.ref(f'l10n_fr_avance_immediate.{name}').id)])
                .mapped('call_at')
            )
            self.assertIn(self.line().paused_until, moments)
        self.assertAlmostEqual((request.submit_at - fields.Datetime.now()) / timedelta(minutes=1), 30, delta=1)

    def test_a_click_waits_too_when_urssaf_has_asked_for_it(self):
        self.fault('throttled', times=1, retry_after=1800)
        self.queue(self.make_invoice())
        self.run_crons()
        before = self.control('state', method='GET')['calls']
        request = self.send(self.make_invoice())
        self.assertEqual((request.state, bool(request.submit_at)), ('not_sent', True), "it leaves by itself later")
        self.assertEqual(self.control('state', method='GET')['calls'], before, "and nobody was called")
        self.assertEqual(self.line().failure_count, 1, "which is not another failure")

    def test_a_click_tries_when_only_our_own_pause_runs(self):
        self.fault('maintenance_503', 'M050', times=1)
        first = self.send(self.make_invoice())
        self.assertTrue(self.line().paused_until)
        self.assertEqual(first.state, 'unknown')
        self.assertEqual(self.send(self.make_invoice()).state, 'integrated')
        self.assertFalse(self.line().paused_until)

    def test_an_absurd_retry_after_does_not_silence_a_company_for_weeks(self):
        self.fault('throttled', 'M050', times=1, retry_after=10**7)
        self.queue(self.make_invoice())
        self.run_crons()
        self.assertLess(self.line().paused_until, fields.Datetime.now() + timedelta(hours=25))

    def test_pauses_grow_up_to_an_hour(self):
        requests = self.send(self.make_invoices(12))
        self.fault('maintenance_503', 'M070')
        pauses = []
        for _run in range(8):
            self.make_all_due(requests)
            before = self.calls('M070')
            self.run_crons()
            self.assertEqual(self.calls('M070') - before, 1)
            pauses.append(round((self.line().paused_until - fields.Datetime.now()) / timedelta(minutes=1)))
            self.end_pauses()
        self.assertEqual(pauses, [1, 5, 15, 30, 60, 60, 60, 60])
        self.assertEqual(set(requests.mapped('state')), {'integrated'})

    def test_one_odd_answer_does_not_stop_the_run(self):
        """A 500 may be meant for one request: the second in a row is URSSAF's state."""
        requests = self.queue(self.make_invoices(20))
        self.fault('error_500', 'M050', times=1)
        self.run_crons()
        self.assertEqual(requests.mapped('state').count('integrated'), 10)
        self.assertFalse(self.line().failure_count, "the next call got through")

    def test_registrations_stop_as_well(self):
        partners = self.env['res.partner'].union(*(self.make_household(f"Nouveau{letter} Foyer") for letter in 'abc'))
        registrations = self.env['urssaf.registration'].create(
            [
                {
                    'partner_id': partner.id,
                    'company_id': self.company.id,
                    'environment': 'simulator',
                    'state': 'pending',
                    'customer_ref': f'ref-{partner.id}',
                    'next_poll_at': '2020-01-01',
                }
                for partner in partners
            ]
        )
        self.fault('maintenance_503', 'M020')
        before = self.calls('M020')
        self.run_crons()
        self.assertEqual(self.calls('M020') - before, 1)
        self.assertEqual(set(registrations.mapped('state')), {'pending'})

    # -- who is told ------------------------------------------------------------------------------

    def fail_times(self, requests, times):
        for _run in range(times):
            self.make_all_due(requests)
            self.run_crons()
            self.end_pauses()

    def activities(self):
        return self.company.partner_id.activity_ids

    def test_three_failures_are_one_activity_and_a_banner_until_it_works_again(self):
        requests = self.send(self.make_invoices(3))
        self.fault('maintenance_503', 'M070')
        self.fail_times(requests, 2)
        self.assertFalse(self.activities(), "two failures are nothing to speak of")
        self.fail_times(requests, 1)
        activity = self.activities()
        self.assertEqual((len(activity), activity.user_id), (1, self.clerk))
        self.assertIn(self.company.name, activity.summary)
        settings = self.env['res.config.settings'].with_company(self.company).create({})
        self.assertIn("No call has reached URSSAF since", settings.urssaf_connection_failure)
        self.fail_times(requests, 3)
        self.assertEqual(self.activities(), activity, "not one per run")
        self.assertFalse(self.activities() - activity)
        self.control('faults', method='DELETE')
        self.fail_times(requests, 1)
        self.assertFalse(self.activities(), "it closes itself")
        settings = self.env['res.config.settings'].with_company(self.company).create({})
        self.assertFalse(settings.urssaf_connection_failure)
        self.assertFalse(requests.move_id.activity_ids)

    def test_an_activity_that_was_done_by_hand_does_not_come_back_in_the_same_series(self):
        requests = self.send(self.make_invoice())
        self.fault('maintenance_503', 'M070')
        self.fail_times(requests, 3)
        self.activities().action_feedback()
        self.fail_times(requests, 2)
        self.assertFalse(self.activities())
        self.control('faults', method='DELETE')
        self.fail_times(requests, 1)
        self.fault('maintenance_503', 'M070')
        self.fail_times(requests, 3)
        self.assertEqual(len(self.activities()), 1, "a new series is news")

    def test_new_credentials_and_a_test_that_works_end_the_pause(self):
        requests = self.send(self.make_invoice())
        self.fault('forbidden', 'M070')
        self.fail_times(requests, 3)
        self.make_all_due(requests)
        self.run_crons()
        self.assertGreater(self.line().paused_until, fields.Datetime.now())
        self.company.urssaf_client_secret = 'nouveau-secret'
        self.assertFalse(self.line().paused_until, "the next call is to be tried at once")
        self.control('faults', method='DELETE')
        self.company.urssaf_client_secret = 'tres-confidentiel'
        self.assertFalse(self.try_connection())
        self.assertFalse(self.line().failure_count)
        self.assertFalse(self.activities())

    # -- how often URSSAF is asked ----------------------------------------------------------------

    def test_what_leaves_at_different_times_is_asked_about_in_one_call(self):
        with self.at('2026-11-24 09:03:00') as clock:
            requests = self.env['urssaf.payment.request']
            for _minute in range(6):
                requests |= self.send(
                    self.make_invoice(
                        invoice_date='2026-11-23', urssaf_date_start='2026-11-23', urssaf_date_end='2026-11-23'
                    )
                )
                clock.tick(timedelta(minutes=1))
            self.assertEqual(set(requests.mapped('next_poll_at')), {datetime(2026, 11, 24, 9, 45)})
