from odoo import fields
from odoo.tests import tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyReporting(MoneyCommon):
    """What Odoo's French e-reporting reads (``l10n_fr_pdp``): invoices marked as sent, and entries that pay them.

    That module takes for a payment each entry that is matched with an invoice on a receivable account, on the date of the
    entry; and leaves out an invoice that is not marked as sent. It is not part of this Odoo: its fields are looked at.
    """

    def reported(self, invoice):
        """The entries that e-reporting takes for payments of an invoice, with their dates and amounts."""
        entries = invoice._get_reconciled_amls().move_id.filtered(lambda move: move.move_type == 'entry')
        return [
            (
                entry,
                entry.date,
                sum(abs(line.balance) for line in invoice._get_reconciled_amls() if line.move_id == entry),
            )
            for entry in entries
        ]

    def entries(self):
        """All entries of the company that are no invoices."""
        return self.env['account.move'].search(
            [('company_id', '=', self.company.id), ('move_type', '=', 'entry'), ('state', '=', 'posted')]
        )

    def looking_like_payments(self):
        """The entries that pay an invoice or a credit note, as e-reporting looks for them."""
        return self.entries().filtered(
            lambda entry: entry._get_reconciled_amls().move_id.filtered(lambda move: move.is_invoice())
        )

    # -- payments -----------------------------------------------------------------------------------

    def test_what_urssaf_pays_is_a_payment_on_its_value_date(self):
        request, day = self.sent(), self.days_ago(5)
        self.pay(request, day=day)
        payment = self.transfers(request)
        self.assertEqual(self.reported(request.move_id), [(payment.move_id, day, 1200.0)])
        self.assertEqual((payment.date, payment.urssaf_value_date), (day, day))
        self.assertEqual(payment.move_id.origin_payment_id, payment)
        self.assertEqual(payment.move_id.partner_id.commercial_partner_id, request.partner_id, "no company: B2C")
        self.assertFalse(request.partner_id.vat)

    def test_in_a_closed_period_on_the_first_open_day(self):
        request, day = self.sent(invoice_date=self.days_ago(60)), self.days_ago(5)
        request.move_id.flush_recordset()
        self.company.fiscalyear_lock_date = self.days_ago(3)
        self.pay(request, day=day)
        self.assertEqual(self.reported(request.move_id), [(self.transfers(request).move_id, self.days_ago(2), 1200.0)])
        self.assertEqual(self.transfers(request).urssaf_value_date, day)

    def test_nothing_is_reported_before_urssaf_pays(self):
        request = self.sent()
        for code in ('20', '30', '50'):
            self.control(f'requests/{request.request_ref}/set_status', {'code': code})
            self.refresh(request)
            self.assertFalse(self.reported(request.move_id), code)
            self.assertFalse(self.looking_like_payments(), code)

    def test_nothing_else_looks_like_a_payment(self):
        request = self.sent()
        self.pay(request)
        transfer = self.transfers(request)
        line = self.bank_line(1200.0)
        transfer.urssaf_transfer_id.action_match(line)
        self.assertEqual(self.looking_like_payments(), transfer.move_id, "neither the bank nor the tax entries")
        self.take_back(request, 600.0)
        self.assertEqual(self.looking_like_payments(), transfer.move_id, "nor what is taken back, nor its tax")
        self.assertEqual([amount for _move, _day, amount in self.reported(request.move_id)], [1200.0])
        partials = request.move_id._get_all_reconciled_invoice_partials()
        self.assertEqual([partial['amount'] for partial in partials], [600.0], "what stays paid")

    def test_taken_back_as_a_whole(self):
        request = self.sent()
        self.pay(request)
        self.take_back(request, 1200.0)
        self.assertFalse(self.reported(request.move_id))
        self.assertFalse(self.looking_like_payments())

    def test_the_household_pays_what_was_taken_back(self):
        request = self.sent()
        self.pay(request)
        self.take_back(request, 600.0)
        with self.as_user() as env:
            env['account.payment.register'].with_context(
                active_model='account.move', active_ids=request.move_id.ids
            ).create({'payment_date': self.day_in_paris()}).action_create_payments()
        self.env.invalidate_all()
        own = self.looking_like_payments() - self.transfers(request).move_id
        self.assertEqual((own.amount_total, own.date), (600.0, self.day_in_paris()))

    # -- invoices -----------------------------------------------------------------------------------

    def test_an_invoice_that_urssaf_has_is_sent(self):
        request = self.sent()
        self.assertTrue(request.request_ref)
        self.assertTrue(request.move_id.is_move_sent)
        # Where Odoo's e-reporting is installed, it says so itself.
        if find := getattr(request.move_id, '_get_l10n_fr_pdp_errors', None):
            self.assertFalse([error for error in find() if "sent to the customer" in error])

    def test_an_invoice_that_urssaf_did_not_take_is_not(self):
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE')
        invoice = self.make_invoice()
        self.send(invoice)
        self.assertFalse(invoice.urssaf_request_id.request_ref)
        self.assertFalse(invoice.is_move_sent)

    def test_our_mail_sends_it_also_before_the_services(self):
        day = fields.Date.add(self.today, years=1)
        invoices = self.make_invoices(2)
        for invoice, notify in zip(invoices, (True, False), strict=True):
            with self.as_user() as env:
                wizard = env['urssaf.send.wizard'].browse(invoice.with_env(env).action_urssaf_send()['res_id'])
                wizard.line_ids.write({'date_start': day, 'date_end': day})
                wizard.notify = notify
                wizard.action_send()
            self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref('account.ir_cron_account_move_send').method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(invoices.mapped('urssaf_state'), ['scheduled'] * 2)
        self.assertEqual(invoices.mapped('is_move_sent'), [True, False])
