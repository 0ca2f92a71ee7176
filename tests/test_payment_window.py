from lxml import etree

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import format_date

from ..models.request.urssaf_payment_request_states import LIVE_STATES, PAID_STATES, STATES
from .common import AvanceImmediateCommon

COLLECTING = (*LIVE_STATES, *PAID_STATES)
RELEASED = tuple(name for name in STATES if name not in COLLECTING)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPaymentWindow(AvanceImmediateCommon):
    """Registering by hand a payment of an invoice that URSSAF collects: said clearly, and never forbidden, for money
    that has come is to be booked."""

    def window(self, invoices):
        return (
            self.env['account.payment.register']
            .with_user(self.invoicing_user)
            .with_company(self.company)
            .with_context(active_model='account.move', active_ids=invoices.ids)
        )

    def alert(self, invoices):
        return (Form(self.window(invoices)).actionable_errors or {}).get('urssaf_is_collecting')

    def test_each_state_says_who_collects_and_what_may_be_registered(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        for state in COLLECTING:
            request.state = state
            with self.subTest(state):
                alert = self.alert(invoice)
                self.assertIn(invoice.name, alert['message'])
                self.assertEqual(alert['action']['res_id'], request.id)
                expected = {'scheduled': 'warning', 'queued': 'warning', 'paid': 'info', 'recovered': 'info'}.get(
                    state, 'danger'
                )
                self.assertEqual(alert['level'], expected)
        request.state = 'scheduled'
        self.assertIn("withdraw the request first", self.alert(invoice)['message'])
        request.state = 'awaiting'
        self.assertIn("must not pay it", self.alert(invoice)['message'])
        request.write({'state': 'paid', 'transfer_amount': 94.5, 'transfer_date': '2026-12-03'})
        message = self.alert(invoice)['message']
        self.assertIn(self.shown(94.5), message)
        self.assertIn(format_date(self.window(invoice).env, request.transfer_date), message)
        for state in RELEASED:
            request.write({'state': state, 'submit_at': False})
            self.assertFalse(self.alert(invoice), state)

    def test_several_at_once(self):
        collected, other = self.make_invoices(2), self.make_invoice()
        self.send(collected)
        alert = self.alert(collected | other)
        self.assertIn("2 of these invoices", alert['message'])
        for invoice in collected:
            self.assertIn(invoice.name, alert['message'])
        self.assertNotIn(other.name, alert['message'])
        self.assertFalse(self.alert(other))

    def test_money_that_has_come_is_booked(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        self.window(invoice).create({'amount': 94.5})._create_payments()
        self.assertEqual((invoice.payment_state, request.state), ('paid', 'integrated'))

    def test_sent_while_the_window_was_open(self):
        """Whoever comes second is told; told once, money that has come can be booked."""
        collected, other = self.make_invoice(), self.make_invoice()
        form = Form(self.window(collected))
        window, opened_before = form.save(), self.window(other).create({})
        self.send(collected)
        with self.raises(UserError, "must not pay it, too"):
            window.action_create_payments()
        self.assertEqual(collected.payment_state, 'not_paid')
        opened_before.action_create_payments()
        self.assertEqual(other.payment_state, 'paid')
        Form(self.window(collected)).save().action_create_payments()
        self.assertEqual(collected.payment_state, 'paid')

    def test_paid_between_the_intent_and_the_call(self):
        """Also without a window, and with a write-off: what waits to be claimed is looked at once more."""
        paid, partly, good = self.make_invoice(), self.make_invoice(), self.make_invoice()
        with self.as_user() as env:
            requests = (paid | partly | good).with_env(env)._urssaf_create_requests()
            for move, amount in ((paid, 94.5), (partly, 30.0)):
                env['account.payment.register'].with_context(active_model='account.move', active_ids=move.ids).create(
                    {'amount': amount}
                )._create_payments()
            requests._submit()
        self.env.invalidate_all()
        self.assertEqual((paid | partly | good).mapped('urssaf_state'), ['not_sent', 'not_sent', 'integrated'])
        self.assertIn("Nothing is left to pay", paid.urssaf_request_id.error_text)
        self.assertEqual([self.accepted(move) for move in (paid, partly, good)], [0, 0, 1])

    def test_paid_before_a_lost_one_leaves_again(self):
        """It may be at URSSAF already: it is searched for during a day before it counts as not received."""
        invoice = self.make_invoice()
        with self.as_user() as env:
            request = invoice.with_env(env)._urssaf_create_requests()
            request.lost_at = fields.Datetime.now()
            env['account.payment.register'].with_context(active_model='account.move', active_ids=invoice.ids).create(
                {'amount': 94.5}
            )._create_payments()
            request._submit()
        self.env.invalidate_all()
        request = invoice.urssaf_request_id
        self.assertEqual((request.state, request.is_live, request.can_withdraw), ('unknown', True, False))
        self.assertIn("Nothing is left to pay", request.error_text)
        self.assertEqual(self.accepted(invoice), 0)

    def test_pay_is_not_what_the_form_invites_to(self):
        """While URSSAF collects there is a plain button in place of the first one."""
        arch = etree.fromstring(
            self.env['account.move']
            .with_user(self.invoicing_user)
            .get_view(self.env.ref('account.view_move_form').id, 'form')['arch']
        )
        (first,) = arch.xpath("//header/button[@id='account_invoice_payment_btn']")
        (plain,) = arch.xpath("//header/button[@id='urssaf_payment_btn']")
        self.assertIn("urssaf_is_collecting and urssaf_stage != 'paid'", first.get('invisible'))
        self.assertFalse(plain.get('class'))
        self.assertTrue(plain.get('invisible').startswith("not urssaf_is_collecting"))

    def test_a_payment_without_a_journal_entry_counts_as_paid(self):
        """So Odoo's accounting application keeps payments until the bank shows them: the invoice's balance is untouched."""
        self.company.urssaf_deposits_allowed = True
        self.patch(type(self.env['account.move']), '_get_invoice_in_payment_state', lambda move: 'in_payment')
        self.company_data['default_journal_bank'].inbound_payment_method_line_ids.payment_account_id = False
        for state in ('in_process', 'paid'):
            with self.subTest(state):
                invoice, partly = self.make_invoice(), self.make_invoice()
                for move, amount in ((invoice, 94.5), (partly, 30.0)):
                    payment = self.window(move).create({'amount': amount})._create_payments().with_env(self.env)
                    if state == 'paid':
                        payment.action_validate()
                    self.assertEqual((payment.state, len(payment.move_id), move.amount_residual), (state, 0, 94.5))
                self.env.flush_all()
                with self.as_user() as env, self.raises(UserError, "Nothing is left to pay"):
                    invoice.with_env(env)._urssaf_create_requests()
                request = self.send(partly)
                self.assertEqual((request.deposit_amount, request.deposit_date), (30.0, payment.date))
                self.assertEqual(request.amount_expected, 64.5)
