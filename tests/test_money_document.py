from odoo.tests import tagged
from odoo.tools import file_open

from .common import MODULE
from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyDocument(MoneyCommon):
    """The tables of ``doc/accounting.md`` hold what the product books: made here, compared there."""

    def entry(self, moves):
        """The lines of some entries: *Dr 411 600.00; Cr 467 600.00*, debits first."""
        words = []
        for line in moves.line_ids.sorted(lambda line: (line.move_id.id, line.balance < 0, line.id)):
            if line.balance:
                code = line.account_id.with_company(self.company).code
                words.append(f"{'Dr' if line.balance > 0 else 'Cr'} {code} {abs(line.balance):,.2f}")
        return '; '.join(words)

    def new_moves(self):
        """The entries made since the last look."""
        moves = self.env['account.move'].search([('id', '>', self.seen), ('company_id', '=', self.company.id)])
        self.seen = max(moves.ids, default=self.seen)
        return moves.sorted('id')

    def row(self, step, *documents):
        """The rows of one step, an entry each: step, entry, what is left of the invoice (and its credit note), tax due so far."""
        left = ' | '.join(f"{move.amount_residual:,.2f} `{move.payment_state}`" for move in documents)
        tax = f"{self.vat_on():,.2f}"
        return [f"| {step} | {self.entry(move)} | {left} | {tax} |" for move in self.new_moves()]

    def play(self):
        """The running example: an invoice of 1,000 and 20 % of tax due on payment."""
        self.seen = max(self.env['account.move'].search([]).ids, default=0)
        rows = []
        request = self.sent(invoice_date=self.days_ago(35))
        invoice = request.move_id
        rows += self.row("invoice", invoice)
        self.pay(request, day=self.days_ago(30))
        rows += self.row("paid by URSSAF", invoice)
        transfer = request.payment_ids.urssaf_transfer_id
        line = self.bank_line(1200.0, day=self.days_ago(29))
        transfer.action_match(line)
        rows += self.row("on the bank", invoice)
        back = self.take_back(request, 600.0, self.days_ago(10))
        rows += self.row("600 taken back", invoice)
        back.urssaf_transfer_id.action_match(self.bank_line(-600.0, day=self.days_ago(9)))
        rows += self.row("on the bank", invoice)
        self.pay_by_hand(invoice, day=self.days_ago(2), journal=self.bank)
        rows += self.row("paid by the household", invoice)
        return rows

    def play_credited(self, price, given_back):
        """The same invoice, paid and credited: for the whole, or a part of which the household gets its half back.

        :param float price: of the credit note, without tax
        :param float given_back: what the company pays back to the household, euros
        """
        request = self.sent(invoice_date=self.days_ago(35))
        self.pay(request, day=self.days_ago(30))
        invoice = request.move_id
        self.seen = max(self.env['account.move'].search([]).ids, default=0)
        note = invoice._reverse_moves([{'invoice_date': self.days_ago(20), 'date': self.days_ago(20)}])
        note.invoice_line_ids.price_unit = price
        note.action_post()
        rows = self.row("credit note", invoice, note)
        if given_back:
            self.pay_by_hand(note, day=self.days_ago(15), amount=given_back, journal=self.bank)
            rows += self.row(f"{given_back:.0f} paid back to the household", invoice, note)
        self.pay(request, code='110')
        left = note.amount_residual
        self.take_back(request, left, self.days_ago(10))
        rows += self.row(f"{left:,.0f} taken back", invoice, note)
        self.assertEqual((invoice.payment_state, note.payment_state), ('paid', 'paid'))
        return rows

    def check_document(self, rows):
        with file_open(f'{MODULE}/doc/accounting.md') as document:
            written = document.read()
        self.assertGreater(len(rows), 2)
        for row in rows:
            self.assertIn(row, written)

    def test_the_running_example(self):
        self.check_document(self.play())

    def test_credited_as_a_whole_and_taken_back(self):
        rows = self.play_credited(1000.0, 0.0)
        self.assertEqual(self.vat_by_day(), {self.days_ago(30): 200.0, self.days_ago(10): -200.0})
        self.assertEqual(self.balance(self.claim), 0.0)
        self.check_document(rows)

    def test_credited_in_part(self):
        """A quarter: half of it goes back to the household, half to URSSAF, the tax of each on its day."""
        rows = self.play_credited(250.0, 150.0)
        self.assertEqual(
            self.vat_by_day(), {self.days_ago(30): 200.0, self.days_ago(15): -25.0, self.days_ago(10): -25.0}
        )
        self.assertEqual(self.balance(self.claim), 1050.0)
        self.check_document(rows)
