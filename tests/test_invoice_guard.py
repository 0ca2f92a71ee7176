from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.request.urssaf_payment_request_states import COLLECTING_STAGES, STATES
from ..models.request.urssaf_payment_request_states import LIVE_STATES as LIVE
from ..models.request.urssaf_payment_request_states import PAID_STATES as PAID
from .common import AvanceImmediateCommon

RELEASED = tuple(name for name, state in STATES.items() if state.stage not in COLLECTING_STAGES)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestInvoiceGuard(AvanceImmediateCommon):
    """An invoice stays what the household is debited for, as long as URSSAF may debit it."""

    def reverse(self, invoice, env):
        wizard = (
            env['account.move.reversal']
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create({'journal_id': invoice.journal_id.id})
        )
        return env['account.move'].browse(wizard.refund_moves()['res_id'])

    def test_no_credit_note_while_urssaf_collects(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        for state in LIVE:
            request.state = state
            with self.subTest(state), self.as_user() as env:
                mine = invoice.with_env(env)
                for ask in (mine.action_reverse, lambda: self.reverse(invoice, env), mine._reverse_moves):  # noqa: B023
                    with self.raises(UserError, "No credit note") as refused:
                        ask()
                    remedy = (
                        "Withdraw the request first"
                        if request.can_withdraw
                        else "we check by ourselves"
                        if state in ('sending', 'unknown')
                        else "Ask URSSAF to cancel"
                    )
                    self.assertIn(remedy, str(refused.exception))
        self.assertFalse(invoice.reversal_move_ids)

    def test_a_credit_note_started_before_is_not_confirmed(self):
        invoice = self.make_invoice()
        credit_note = self.reverse(invoice, self.env)
        with self.raises(UserError, "has a credit note"):
            self.send(invoice)
        # One that was tied to the invoice only when the request was with URSSAF already.
        credit_note.reversed_entry_id = False
        request = self.send(invoice)
        self.assertEqual(request.state, 'integrated')
        credit_note.reversed_entry_id = invoice
        with self.as_user() as env, self.raises(UserError, "No credit note"):
            credit_note.with_env(env).action_post()
        self.assertEqual((credit_note.state, invoice.amount_residual), ('draft', 94.5))
        request.state = 'cancelled'
        with self.as_user() as env:
            credit_note.with_env(env).action_post()
        self.assertEqual(invoice.payment_state, 'reversed')

    def test_paid_or_over_it_is_credited_as_usual(self):
        states = (*PAID, *RELEASED)
        invoices = self.make_invoices(len(states))
        self.send(invoices)
        for invoice, state in zip(invoices, states, strict=True):
            with self.subTest(state):
                invoice.urssaf_request_id.state = state
                with self.as_user() as env:
                    self.reverse(invoice, env).action_post()
                self.env.invalidate_all()
                self.assertEqual(invoice.payment_state, 'reversed')

    def test_a_credit_note_of_its_own_is_not_taken_off_it(self):
        """One that names no invoice is found under *outstanding credits*, and by whoever matches entries."""
        invoice, other = self.make_invoice(), self.make_invoice()
        note = self.make_invoice(lines=((1, 200.0),), move_type='out_refund')
        request = self.send(invoice)

        def lines(*moves):
            terms = self.env['account.move'].union(*moves).line_ids
            return terms.filtered(lambda line: line.display_type == 'payment_term')

        for state in LIVE:
            request.state = state
            for take_off in (
                lambda env: invoice.with_env(env).js_assign_outstanding_line(lines(note).id),
                lambda env: lines(other, note, invoice).with_env(env).reconcile(),
            ):
                with self.subTest(state=state), self.as_user() as env:
                    with self.raises(UserError, "No credit note"):
                        take_off(env)
                    env.cr.rollback()
        self.env.invalidate_all()
        self.assertEqual((invoice.amount_residual, note.amount_residual), (94.5, 200.0))
        request.state = 'refused'
        for freed in (other, invoice):
            with self.as_user() as env:
                freed.with_env(env).js_assign_outstanding_line(lines(note).id)
            self.env.invalidate_all()
            self.assertEqual(freed.amount_residual, 0.0)
        self.assertEqual(note.amount_residual, 11.0)

    def test_money_and_entries_are_taken_off_it_as_usual(self):
        """What has arrived is booked, whoever collects."""
        invoice = self.make_invoice()
        self.send(invoice)
        self.pay_by_hand(invoice, amount=20.0)
        self.assertEqual(invoice.amount_residual, 74.5)

    def test_it_is_not_changed_in_any_way(self):
        """Also not by what Odoo would let pass: a plain write, a context, the lines one by one."""
        invoice = self.make_invoice(lines=((3.0, 31.5), (1.0, 10.0)))
        request = self.send(invoice)
        other = self.make_household("Paul Imaginaire")
        line = invoice.invoice_line_ids[0]
        changes = [
            lambda move: move.button_draft(),
            lambda move: move.button_cancel(),
            lambda move: move.write({'state': 'draft'}),
            lambda move: move.write({'name': 'AUTRE/1'}),
            lambda move: move.with_context(skip_readonly_check=True).write({'partner_id': other.id}),
            lambda move: move.with_context(skip_readonly_check=True).write({'invoice_date': '2026-01-01'}),
            lambda move: move.with_context(skip_readonly_check=True).write(
                {'invoice_line_ids': [Command.update(line.id, {'quantity': 12.0})]}
            ),
            lambda move: move.with_context(skip_readonly_check=True).write(
                {'invoice_line_ids': [Command.create({'name': "De plus", 'quantity': 1, 'price_unit': 50})]}
            ),
            lambda move: move.write({'urssaf_deposit_amount': 40.0}),
            lambda move: move.write({'urssaf_date_end': fields.Date.add(self.today, days=-9)}),
            lambda move: move.write({'urssaf_nature_id': self.other_nature.id}),
            lambda move: move.invoice_line_ids[0].write({'price_unit': 99.0}),
            lambda move: move.invoice_line_ids[0].write({'discount': 50.0}),
            lambda move: move.invoice_line_ids[0].write({'urssaf_worker_number': 'SAP123456789'}),
            lambda move: move.invoice_line_ids[0].with_context(force_delete=True, dynamic_unlink=True).unlink(),
            lambda move: move.env['account.move.line'].create(
                {'move_id': move.id, 'name': "De plus", 'quantity': 1, 'price_unit': 50}
            ),
        ]
        for state in ('scheduled', 'awaiting', 'paid'):
            request.state = state
            for number, change in enumerate(changes):
                with self.subTest(state=state, change=number), self.as_user() as env:
                    with self.raises(UserError, "stays as it is"):
                        change(invoice.with_env(env))
                    env.cr.rollback()
        self.env.invalidate_all()
        self.assertEqual((invoice.state, invoice.amount_total, invoice.partner_id), ('posted', 104.5, self.household))
        self.assertEqual(request.amount_total, 104.5)

    def test_its_taxes_stay_as_well(self):
        """Odoo lets the amount of a tax be corrected by a cent or a hundred euros; the household is debited for the old one."""
        hour, tax = self.env.ref('uom.product_uom_hour'), self.company_data['default_tax_sale']
        invoice = self.make_invoice(
            invoice_line_ids=[
                Command.create(
                    {
                        'name': "Cours",
                        'quantity': 3.0,
                        'price_unit': 31.5,
                        'product_uom_id': hour.id,
                        'tax_ids': [Command.set(tax.ids)],
                    }
                )
            ]
        )
        request = self.send(invoice)
        self.assertEqual(request.state, 'integrated')
        total = invoice.amount_total
        taxes = invoice.line_ids.filtered(lambda line: line.display_type == 'tax')
        term = invoice.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        self.assertTrue(taxes and term)
        commands = [
            Command.update(taxes.id, {'balance': taxes.balance - 10, 'amount_currency': taxes.balance - 10}),
            Command.update(term.id, {'balance': term.balance + 10, 'amount_currency': term.balance + 10}),
        ]
        with self.as_user() as env, self.raises(UserError, "stays as it is"):
            invoice.with_env(env).with_context(skip_readonly_check=True).write({'line_ids': commands})
        self.env.invalidate_all()
        self.assertEqual(invoice.amount_total, total)

    def test_what_says_nothing_about_the_money_is_free(self):
        invoice = self.make_invoice()
        self.send(invoice)
        with self.as_user() as env:
            mine = invoice.with_env(env)
            mine.write({'ref': "Dossier 12", 'narration': "Merci", 'name': invoice.name, 'state': 'posted'})
            mine.invoice_line_ids.write({'name': "Cours d'algèbre", 'quantity': 3.0})
            mine.invoice_user_id = self.clerk

    def test_released_it_can_be_reset(self):
        for state in RELEASED:
            with self.subTest(state):
                invoice = self.make_invoice()
                self.send(invoice).write({'state': state, 'submit_at': False})
                with self.as_user() as env:
                    mine = invoice.with_env(env)
                    mine.button_draft()
                    mine.invoice_line_ids.quantity = 2
                    mine.button_cancel()
                    self.assertEqual(mine.state, 'cancel')

    def test_a_second_window_joins_and_changes_nothing(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        with self.as_user() as env:
            mine = invoice.with_env(env)
            mine._urssaf_apply_choices(self.other_nature.with_env(env), self.today, self.today, 5.0, self.today)
            self.assertEqual(mine._urssaf_create_requests().id, request.id)
        self.assertEqual(
            (invoice.urssaf_nature_id, invoice.urssaf_deposit_amount, self.accepted(invoice)), (self.nature, 0.0, 1)
        )
