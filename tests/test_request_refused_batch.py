import json

from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRefusedBatch(AvanceImmediateCommon):
    """A call that URSSAF refuses as a whole, or finds too large: what becomes of each request (CONTRACT §7)."""

    def sync(self):
        self.end_pauses()
        with self.as_cron() as env:
            env['urssaf.payment.request']._sync_due()
        self.env.invalidate_all()

    def switches(self, **values):
        self.control('switches', values)
        self.addCleanup(self.control, 'switches', {'ten_means': 'invoices', 'max_items': 10, 'sink_batch': 'malformed'})

    def payload_lines(self, request):
        return json.loads(request.sudo().payload)['inputPrestations']

    def many_lines(self, count, **values):
        return self.make_invoice(lines=((1.5, 20.0),) * count, **values)

    # -- refused as a whole -----------------------------------------------------------------------

    def test_the_lost_answer_of_a_lone_call_is_looked_up_twice(self):
        """The refusal of the batch proves nothing about the call that came after it: that one may be under way."""
        invoices = self.make_invoices(2)
        self.fault('errors_400', 'M050', times=1, code='ERREUR_VALIDATION')
        self.fault('dead_before', 'M050', times=1)
        before = self.calls('M050')
        self.send(invoices)
        lost, other = invoices.urssaf_request_id.sorted('id')
        self.assertEqual((lost.state, other.state), ('unknown', 'integrated'))
        self.assertEqual(self.calls('M050') - before, 3)
        self.sync()
        self.assertEqual((lost.state, lost.absent_count), ('unknown', 1), "absent once is not absent")
        self.assertEqual(self.calls('M050') - before, 3)
        lost.next_poll_at = '2020-01-01'
        self.sync()
        self.assertEqual(lost.state, 'not_sent')
        self.assertTrue(lost.is_live, "it leaves again by itself")

    # -- too many ---------------------------------------------------------------------------------

    def test_too_many_lines_are_merged_and_it_is_said(self):
        self.switches(ten_means='lines')
        invoice = self.many_lines(12)
        before = self.calls('M050')
        request = self.send(invoice)
        self.assertEqual((request.state, self.accepted(invoice)), ('integrated', 1))
        self.assertEqual(self.calls('M050') - before, 2, "at once, not by the next cron")
        (line,) = self.payload_lines(request)
        self.assertEqual(
            (line['unite'], line['quantite'], line['mntUnitaireTTC'], line['mntPrestationTTC']), ('HEURE', 18, 20, 360)
        )
        self.assertEqual(request.amount_total, 360.0)
        self.assertFalse(request.error_text)
        said = "the 12 lines of the invoice are sent as 1"
        self.assertIn(said, ' '.join(request.event_ids.mapped('description')))
        self.assertIn(said, ' '.join(invoice.message_ids.mapped('body')))
        self.assertEqual(len(invoice.invoice_line_ids), 12, "the invoice stays as it is")

    def test_what_cannot_be_merged_to_ten_is_rejected_with_what_to_do(self):
        self.switches(ten_means='lines')
        invoice = self.make_invoice(lines=((1.0, 20.0),) * 11)
        for number, line in enumerate(invoice.invoice_line_ids):
            line.urssaf_worker_number = f'SIR{number:014}'
        request = self.send(invoice)
        self.assertEqual((request.state, self.accepted(invoice)), ('rejected', 0))
        self.assertIn("reduce its number of lines", request.error_text)
        self.assertEqual(len(self.payload_lines(request)), 11, "sent as it was")

    def test_a_single_line_that_is_too_many_is_rejected_not_sent_for_ever(self):
        self.fault('too_many', 'M050')
        before = self.calls('M050')
        self.assertEqual(self.send(self.make_invoice()).state, 'rejected')
        self.assertEqual(self.calls('M050') - before, 1)

    def test_one_invoice_with_too_many_lines_does_not_make_the_calls_smaller(self):
        self.switches(ten_means='lines')
        self.company.urssaf_batch_size = 10
        invoices = self.make_invoices(4) | self.many_lines(12)
        before = self.calls('M050')
        self.send(invoices)
        self.assertEqual(set(invoices.mapped('urssaf_state')), {'integrated'})
        self.assertEqual([self.accepted(invoice) for invoice in invoices], [1] * 5)
        self.assertEqual(self.company.urssaf_batch_size, 10)
        self.assertEqual(self.calls('M050') - before, 3, "all, the large one, the large one merged")

    def test_a_call_that_is_too_large_is_halved_and_the_company_remembers(self):
        self.switches(max_items=4)
        self.company.urssaf_batch_size = 10
        invoices = self.make_invoices(8)
        self.send(invoices)
        self.assertEqual([self.accepted(invoice) for invoice in invoices], [1] * 8)
        self.assertEqual(self.company.urssaf_batch_size, 4)
        before = self.calls('M050')
        later = self.make_invoices(8)
        self.send(later)
        self.assertEqual(set(later.mapped('urssaf_state')), {'integrated'})
        self.assertEqual(self.calls('M050') - before, 2)
