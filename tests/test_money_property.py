import os
import random

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_money import MoneyCommon

# So many by default; AVANCE_SEQUENCES=300 plays more.
SEQUENCES = int(os.environ.get('AVANCE_SEQUENCES', 20))
STEPS = 6


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyInvariants(MoneyCommon):
    """Whatever happens to an invoice, in whatever order, what the books say adds up (the seven of ``doc/accounting.md``)."""

    # -- one story ----------------------------------------------------------------------------------

    def start(self, chance):
        lines = tuple((1, chance.choice((10.0, 33.33, 99.99, 138.77, 1000.0))) for _line in range(chance.randint(1, 2)))
        invoice = self.make_invoice(lines=lines, post=False, invoice_date=self.days_ago(40))
        invoice.invoice_line_ids.tax_ids = self.vat
        invoice.action_post()
        self.request = self.send(invoice)
        self.invoice, self.money, self.day = invoice, 0.0, self.days_ago(35)
        self.assertEqual(self.request.state, 'integrated')

    def advance(self, chance):
        """Some days later, never in the future."""
        self.day = min(fields.Date.add(self.day, days=chance.randint(0, 6)), self.days_ago(0))

    def step_paid(self, chance):
        """URSSAF pays: the whole, sometimes less or more."""
        total = self.request.amount_expected
        amount = chance.choice((total, total, total, round(total - 0.03, 2), round(total + 5, 2)))
        self.pay(self.request, amount=amount, day=self.day)

    def step_told_again(self, chance):
        self.refresh(self.request)

    def step_told_otherwise(self, chance):
        self.pay(self.request, amount=chance.choice((1.0, 7.77)), day=self.day)

    def step_taken_back(self, chance):
        left = self.request._amount_left()
        if not self.request.can_take_back:
            return
        amount = chance.choice((left, round(left / 2, 2), round(left / 3, 2), 0.01))
        first = min(self.transfers(self.request).mapped('urssaf_value_date'))
        self.take_back(self.request, amount, max(self.day, first))

    def step_household_pays(self, chance):
        if not self.invoice.amount_residual:
            return
        amount = chance.choice((self.invoice.amount_residual, round(self.invoice.amount_residual / 2, 2)))
        if not amount:
            return
        self.pay_by_hand(self.invoice, day=self.day, amount=amount, journal=self.bank)
        self.money += amount

    def step_credit_note(self, chance):
        if self.request.state != 'paid' or self.invoice.reversal_move_ids:
            return
        note = self.invoice._reverse_moves([{'invoice_date': self.day, 'date': self.day}])
        note.action_post()

    def step_bank(self, chance):
        for transfer in self.request.payment_ids.urssaf_transfer_id.filtered('is_open'):
            line = self.bank_line(transfer.amount_open, day=self.day)
            transfer.action_match(line)

    def step_bank_undone(self, chance):
        for transfer in self.request.payment_ids.urssaf_transfer_id.filtered('amount_received'):
            transfer.action_undo()

    def step_undo_and_again(self, chance):
        payment = self.transfers(self.request)
        if not payment or self.request.amount_taken_back or payment.is_matched:
            return
        payment.action_urssaf_undo()
        self.check("undone")
        payment.action_urssaf_book_again()

    def step_taken_back_undone(self, chance):
        self.undone = self.day
        taken = self.request.payment_ids._urssaf_is_booked().filtered(lambda one: one.urssaf_kind == 'taken_back')
        if not taken or taken.sorted('id')[-1].is_matched:
            return
        last = taken.sorted('id')[-1]
        self.undone = last.move_id.date
        last.action_urssaf_undo()

    # -- what always holds --------------------------------------------------------------------------

    def check(self, story):
        """The invariants, one by one."""
        self.env.invalidate_all()
        round_ = self.company.currency_id.round
        booked = self.request.payment_ids._urssaf_is_booked()
        paid = sum(booked.filtered(lambda one: one.urssaf_kind == 'transfer').mapped('amount'))
        back = sum(booked.filtered(lambda one: one.urssaf_kind == 'taken_back').mapped('amount'))
        claims = booked.mapped('move_id.line_ids').filtered(lambda line: line.account_id == self.claim)
        # 1. the claim account
        banked = sum(claims.mapped('balance')) - sum(claims.mapped('amount_residual'))
        self.assertEqual(round_(sum(claims.mapped('amount_residual'))), round_(paid - back - banked), story)
        owed = self.env['account.move.line'].search([('urssaf_is_claim', '=', True)])
        self.assertEqual(round_(sum(owed.mapped('amount_residual'))), self.balance(self.claim), story)
        # 2. the household's account
        receivable = self.invoice._urssaf_receivable_lines().account_id
        notes = sum(self.invoice.reversal_move_ids.filtered(lambda one: one.state == 'posted').mapped('amount_total'))
        self.assertEqual(
            round_(self.balance(receivable, partner_id=self.household.id) - self.before),
            round_(self.invoice.amount_total - notes - self.money - paid + back),
            story,
        )
        # 3. the tax: as much as is paid
        total, tax = self.invoice.amount_total, self.invoice.amount_tax
        net = total - self.invoice.amount_residual
        noted = sum(note.amount_total - note.amount_residual for note in self.invoice.reversal_move_ids)
        expected = round_(tax * (net - noted) / total)
        self.assertAlmostEqual(self.vat_on() - self.vat_before, expected, delta=0.011, msg=story)
        # 5. the state of the invoice
        state = self.invoice.payment_state
        residual = self.invoice.amount_residual
        if not residual:
            self.assertIn(state, ('paid', 'reversed', 'in_payment'), story)
        else:
            self.assertEqual(state, 'partial' if round_(residual) != round_(total) else 'not_paid', story)
        # 6. one transfer for ever
        self.assertLessEqual(len(self.transfers(self.request)), 1, story)

    def past(self):
        """4. the tax of each day before the one of the next step."""
        return {day: amount for day, amount in self.vat_by_day().items() if day < self.day}

    def test_random_sequences(self):
        steps = [name for name in dir(self) if name.startswith('step_')]
        for number in range(SEQUENCES):
            chance = random.Random(number)
            receivable = self.household.property_account_receivable_id
            self.before = self.balance(receivable, partner_id=self.household.id)
            self.vat_before = self.vat_on()
            self.start(chance)
            told = []
            for name in ['step_paid', *chance.choices(steps, k=STEPS)]:
                self.advance(chance)
                past = self.past()
                told.append(f'{name} {self.day}')
                try:
                    getattr(self, name)(chance)
                except UserError as error:
                    told.append(str(error)[:60])
                story = f'{number}: {told}'
                self.check(story)
                if name == 'step_taken_back_undone':
                    # It goes as it had come: on its own day, and no day before it.
                    past = {day: amount for day, amount in past.items() if day < self.undone}
                    now = {day: amount for day, amount in self.vat_by_day().items() if day < self.undone}
                    self.assertEqual(now, past, story)
                elif name != 'step_credit_note':
                    now = {day: amount for day, amount in self.vat_by_day().items() if day < self.day}
                    self.assertEqual(now, past, story)
