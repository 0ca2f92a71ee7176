from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestCrons(AvanceImmediateCommon):
    """What runs without anybody looking: it takes what is due, stops, and lets nothing spoil the rest (DESIGN §4)."""

    def submit(self):
        self.end_pauses()
        with self.as_cron() as env:
            while env['urssaf.payment.request']._submit_due():
                pass

    def scheduled(self, count=1):
        day = fields.Date.add(self.today, days=3)
        invoices = self.make_invoices(count, urssaf_date_start=day, urssaf_date_end=day)
        return self.send(invoices)

    def test_one_poisoned_request_stops_no_other_from_leaving(self):
        """Whatever is wrong with it: a payload that cannot be read any more, a check that breaks."""
        broken, crashing = self.scheduled(), self.scheduled()
        broken.payload = '{'
        sound = self.make_invoice()
        with self.as_user() as env:
            sound.with_env(env)._urssaf_create_requests()
            env['urssaf.document']._commit()
        (broken | crashing).submit_at = '2020-01-01'
        Request = self.registry['urssaf.payment.request']
        original = Request._departure_blocker

        def finding(request):
            if request.id == crashing.id:
                raise ZeroDivisionError
            return original(request)

        self.patch(Request, '_departure_blocker', finding)
        with self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'WARNING'):
            self.submit()
        self.assertEqual(sound.urssaf_state, 'integrated')
        self.assertEqual(broken.state, 'not_sent')
        self.assertFalse(broken.submit_at)
        self.assertIn(crashing.state, ('scheduled', 'not_sent'))
        self.assertEqual(self.accepted(crashing.move_id), 0)

    def test_nothing_leaves_by_itself_for_an_archived_customer(self):
        request = self.scheduled()
        request.submit_at = '2020-01-01'
        self.household.action_archive()
        self.submit()
        self.assertEqual((request.state, self.accepted(request.move_id)), ('not_sent', 0))
        self.assertIn("Camille Fictif is archived", request.error_text)
        self.assertEqual(request.move_id.activity_ids.user_id, self.clerk)
        self.assertIn("is archived", request.move_id.activity_ids.note)

    def test_what_is_with_urssaf_is_followed_whoever_is_archived(self):
        request = self.send(self.make_invoice())
        self.household.action_archive()
        self.control(f'requests/{request.request_ref}/set_status', {'code': '70'})
        request.next_poll_at = '2020-01-01'
        with self.as_cron() as env:
            env['urssaf.payment.request']._sync_due()
        self.env.invalidate_all()
        self.assertEqual(request.state, 'paid')

    def test_rows_that_somebody_holds_are_left_for_the_next_run(self):
        """No busy loop around a lock of somebody else."""
        requests = self.send(self.make_invoice())
        registration = self.household.with_company(self.company).urssaf_registration_id
        (requests | self.scheduled()).write({'next_poll_at': '2020-01-01', 'submit_at': '2020-01-01'})
        registration.next_poll_at = '2020-01-01'
        for model in ('urssaf.payment.request', 'urssaf.registration'):
            self.patch(self.registry[model], 'try_lock_for_update', lambda records, **_kw: records.browse())
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.payment.request']._sync_due(), 0)
            self.assertEqual(env['urssaf.payment.request']._submit_due(), 0)
            self.assertEqual(env['urssaf.registration']._sync_due(), 0)

    def test_nothing_due_calls_nobody(self):
        before = self.control('state', method='GET')['calls']
        with self.enter_registry_test_mode():
            for name in ('submit', 'sync'):
                self.env.ref(f'l10n_fr_avance_immediate.ir_cron_urssaf_{name}').method_direct_trigger()
        self.assertEqual(self.control('state', method='GET')['calls'], before)

    def test_limits_are_kept(self):
        requests = self.scheduled(5)
        requests.submit_at = '2020-01-01'
        self.patch(self.registry['urssaf.payment.request'], '_departure_blocker', lambda request: "Not today.")
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.payment.request']._submit_due(limit=2), 2)
            self.assertEqual(env['urssaf.payment.request']._submit_due(limit=2), 2)
            self.assertEqual(env['urssaf.payment.request']._submit_due(limit=2), 1)
            self.assertEqual(env['urssaf.payment.request']._submit_due(limit=2), 0)

    def test_while_urssaf_is_closed_the_cron_waits(self):
        """Reads fail for everybody: asked again later, state kept, one call, not one per request."""
        requests = self.send(self.make_invoices(3))
        requests.next_poll_at = '2020-01-01'
        self.fault('maintenance_503', 'M070')
        before = self.calls('M070')
        with self.as_cron() as env:
            while env['urssaf.payment.request']._sync_due():
                pass
        self.assertLessEqual(self.calls('M070') - before, 1)
        self.assertEqual(set(requests.mapped('state')), {'integrated'})
        self.assertTrue(all(request.next_poll_at > fields.Datetime.now() for request in requests))

    def test_how_often_urssaf_is_asked(self):
        """About hourly while the household decides, then by the day, never when it is over."""
        request = self.send(self.make_invoice())
        # In working time, whenever the test runs: in the evening the next look is that of the morning (test_request_clock).
        self.enterContext(freeze_time(f'{self.today} 10:00:00', tick=True))
        now = fields.Datetime.now()
        for code, low, high in (
            ('10', 0, 2),
            ('20', 0, 2),
            ('30', 2, 25),
            ('50', 2, 25),
            ('60', 2, 25),
            ('70', 24, 170),
            ('999', 2, 25),
            ('15', 2, 25),
        ):
            self.control(f'requests/{request.request_ref}/set_status', {'code': code})
            with self.as_user() as env:
                request.move_id.with_env(env).action_urssaf_refresh()
            with self.subTest(code):
                self.assertGreater(request.next_poll_at, now + timedelta(hours=low))
                self.assertLess(request.next_poll_at, now + timedelta(hours=high))
        for code in ('40', '110', '111', '112', '113', '120'):
            self.control(f'requests/{request.request_ref}/set_status', {'code': code})
            with self.as_user() as env:
                request.move_id.with_env(env).action_urssaf_refresh()
            self.assertFalse(request.next_poll_at, code)

    def test_paid_is_watched_for_months_then_left(self):
        request = self.send(self.make_invoice())
        self.control(f'requests/{request.request_ref}/set_status', {'code': '70'})
        with self.as_user() as env:
            request.move_id.with_env(env).action_urssaf_refresh()
        self.assertTrue(request.next_poll_at)
        request.state_since = fields.Datetime.now() - timedelta(days=200)
        with self.as_user() as env:
            request.move_id.with_env(env).action_urssaf_refresh()
        self.assertFalse(request.next_poll_at)

    def test_a_retry_gives_up_in_the_end_and_calls_a_person(self):
        invoice = self.make_invoice()
        self.fault('throttled', 'M050')
        request = self.send(invoice)
        delays = []
        while request.submit_at:
            delays.append(round((request.submit_at - fields.Datetime.now()) / timedelta(minutes=1)))
            self.assertFalse(invoice.activity_ids, "nobody is bothered while it goes on by itself")
            request.submit_at = '2020-01-01'
            self.submit()
            self.assertLess(len(delays), 20, "never ends")
        self.assertEqual(delays, sorted(delays))
        self.assertGreater(sum(delays), 24 * 60, "goes on for more than a day")
        self.assertEqual(request.state, 'not_sent')
        self.assertEqual(invoice.activity_ids.user_id, self.clerk)
        self.assertEqual(self.accepted(invoice), 0)

    def test_too_many_for_one_call_go_in_smaller_ones(self):
        """ERR_NBRE_PREST_MAX (CONTRACT §7): halve and go on; nothing is lost, nothing is sent twice."""
        self.control('switches', {'max_items': 4})
        self.addCleanup(self.control, 'switches', {'max_items': 10})
        invoices = self.make_invoices(9)
        self.send(invoices)
        for _run in range(6):
            self.submit()
            with self.as_cron() as env:
                while env['urssaf.payment.request']._sync_due():
                    pass
        self.assertEqual(set(invoices.mapped('urssaf_state')), {'integrated'})
        self.assertEqual([self.accepted(invoice) for invoice in invoices], [1] * 9)

    def test_a_scheduled_one_leaves_for_the_invoice_as_it_is_that_day(self):
        """The registration has a new number, or the household is somebody else's now: nothing old leaves."""
        request = self.scheduled()
        registration = self.household.with_company(self.company).urssaf_registration_id
        registration.customer_ref = 'another-number'
        request.submit_at = '2020-01-01'
        self.submit()
        self.assertNotEqual(request.state, 'unknown')
        self.assertEqual(self.accepted(request.move_id), 0)
