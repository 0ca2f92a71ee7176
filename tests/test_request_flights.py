import threading
from contextlib import contextmanager

from odoo.tests import tagged

from ..urssaf.client import UrssafClient
from .common import AvanceImmediateCommon

BATCH, COUNT = 5, 25


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestFlights(AvanceImmediateCommon):
    """Several calls of one company on their way at once: still once each, oldest first, polite."""

    def setUp(self):
        super().setUp()
        self.company.urssaf_batch_size = BATCH
        self.invoices = self.make_invoices(COUNT)
        self.env.flush_all()
        self.started, self.at_once, self.most = [], 0, 0
        lock, original = threading.Lock(), UrssafClient.submit_requests

        @contextmanager
        def counted(numbers):
            with lock:
                self.started.append(numbers)
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            try:
                yield
            finally:
                with lock:
                    self.at_once -= 1

        def submit(client, payloads):
            with counted([payload.number for payload in payloads]):
                return original(client, payloads)

        self.patch(UrssafClient, 'submit_requests', submit)

    def run_crons(self):
        self.end_pauses()
        self.invoices.urssaf_request_ids.filtered('next_poll_at').next_poll_at = '2020-01-01'
        self.invoices.urssaf_request_ids.filtered('submit_at').submit_at = '2020-01-01'
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def assert_all_home(self):
        self.assertEqual(set(self.invoices.mapped('urssaf_state')), {'integrated'})
        self.assertEqual({self.accepted(invoice) for invoice in self.invoices}, {1})

    def test_two_at_once_oldest_first(self):
        self.fault('slow', 'M050', seconds=0.5)
        self.send(self.invoices)
        self.assert_all_home()
        self.assertEqual(self.most, 2)
        self.assertEqual([number for numbers in self.started for number in numbers], self.invoices.mapped('name'))
        self.assertTrue(all(self.invoices.urssaf_request_ids.event_ids.mapped('is_told')))

    def test_one_at_a_time_where_that_is_wanted(self):
        self.env['ir.config_parameter'].set_param('l10n_fr_avance_immediate.calls_in_flight', '1')
        self.send(self.invoices)
        self.assert_all_home()
        self.assertEqual(self.most, 1)

    def test_429_ends_it_when_the_call_beside_it_is_home(self):
        self.fault('throttled', 'M050', times=1, skip=1, retry_after=600)
        self.send(self.invoices)
        self.assertLessEqual(len(self.started), 3, "the first, the one refused, and one that had left already")
        states = self.invoices.mapped('urssaf_state')
        self.assertEqual(states.count('not_sent'), BATCH)
        self.assertGreaterEqual(states.count('queued'), COUNT - 3 * BATCH)
        self.run_crons()
        self.assert_all_home()

    def test_an_answer_that_is_lost_beside_one_that_is_not(self):
        self.fault('dead_after', 'M050', times=1, skip=1)
        self.send(self.invoices)
        states = self.invoices.mapped('urssaf_state')
        self.assertEqual((states.count('unknown'), states.count('integrated')), (BATCH, COUNT - BATCH))
        self.run_crons()
        self.assert_all_home()
        self.assertEqual(len(self.started), COUNT // BATCH, "never sent again")
