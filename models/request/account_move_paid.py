from typing import NamedTuple

from odoo import api, models
from odoo.tools import float_round

from ...urssaf.findings import error
from .account_move_line import to_decimal
from .account_payment_method_line import DEPOSIT_MEANS

# What is money: what URSSAF takes as a deposit, and what it takes for none (CONTRACT §13).
MONEY = ('money', 'no_deposit')


class Settlement(NamedTuple):
    """What has settled a part of an invoice: an amount in euros, its day, and whether it was money."""

    amount: float
    day: object
    kind: str  # one of ``MONEY``, 'credit_note', 'write_off'
    means: str = ''  # a key of ``MEANS``, of money


class AccountMove(models.Model):
    """What is paid on an invoice, and what has settled it without money: only money is a deposit (DESIGN §3.9)."""

    _inherit = 'account.move'

    # -- amounts ------------------------------------------------------------------------------------

    def _urssaf_amount_settled(self):
        """What nobody owes any more on this invoice, in euros: paid, credited or written off."""
        return self.currency_id.round(self.amount_total - self.amount_residual + self._urssaf_amount_registered())

    def _urssaf_amount_paid(self):
        """What money has paid on this invoice, in euros: registered payments, bank lines, online transactions; and down
        payments before it."""
        paid = sum(part.amount for part in self._urssaf_settlements() if part.kind in MONEY)
        return self.currency_id.round(paid + self._urssaf_amount_registered() + self._urssaf_down_payment())

    def _urssaf_paid_days(self):
        """The days on which money came for this invoice."""
        days = [part.day for part in self._urssaf_settlements() if part.kind in MONEY]
        days += [part.day for part in self._urssaf_down_payment_settlements()]
        return days + self._urssaf_registered_payments().mapped('date')

    def _urssaf_amount_registered(self):
        """What has been registered as paid, in euros, and shows in no journal entry before it is matched with the bank:
        with Odoo's accounting application such a payment leaves the invoice's balance as it is."""
        payments = self._urssaf_registered_payments()
        # A payment may cover several invoices: to be safe, each of them counts all of it.
        return min(self.amount_residual, sum(map(abs, payments.mapped('amount_company_currency_signed'))))

    def _urssaf_registered_payments(self):
        """The payments of this invoice that have no journal entry and that the bank has not shown yet, in sudo."""
        # Once the bank has shown one, it is in the balance.
        is_untouched = self.currency_id.compare_amounts(self.amount_residual, self.amount_total) == 0
        open_states = ('in_process', 'paid') if is_untouched else ('in_process',)
        return self.sudo().matched_payment_ids.filtered(
            lambda payment: not payment.move_id and payment.state in open_states
        )

    def _urssaf_registered_means(self):
        """How the payments came that are registered and show in no journal entry: keys of ``MEANS``."""
        return [payment._urssaf_means() for payment in self._urssaf_registered_payments()]

    @api.model
    def _urssaf_means_words(self, means):
        """Means of payment in the user's language, each once.

        :param list means: keys of ``MEANS``
        :rtype: str
        """
        words = dict(self.env['account.payment.method.line']._fields['urssaf_means']._description_selection(self.env))
        return ', '.join(words[one] for one in dict.fromkeys(means))

    # -- what settled it ----------------------------------------------------------------------------

    def _urssaf_settlements(self):
        """What the books have matched with this invoice, one entry for each match and kind.

        A payment that was closed with a difference holds both: the money, and what was written off.

        :rtype: list[Settlement]
        """
        self.ensure_one()
        found = []
        lines = self.sudo().line_ids
        receivable = lines.filtered(lambda line: line.account_type == 'asset_receivable')
        for partial in receivable.with_prefetch(lines._prefetch_ids).matched_credit_ids:
            line, amount = partial.credit_move_id, partial.debit_amount_currency
            kind, means = line._urssaf_settled_by()
            written_off = min(amount, line._urssaf_written_off()) if means else 0.0
            if written_off:
                found.append(Settlement(written_off, line.date, 'write_off'))
            if not self.currency_id.is_zero(amount - written_off):
                found.append(Settlement(amount - written_off, line.date, kind, means))
        return found

    def _urssaf_credit_notes(self):
        """The credit notes of this invoice, drafts too, and those that were matched with it by hand; in sudo."""
        move = self.sudo()
        matched = move.line_ids.matched_credit_ids.credit_move_id.move_id
        return (move.reversal_move_ids | matched).filtered(
            lambda note: note.move_type == 'out_refund' and note.state != 'cancel'
        )

    # -- what stands in the way ---------------------------------------------------------------------

    def _urssaf_settled_blocker(self):
        """Why what the books say of this invoice cannot be told to URSSAF: credited, written off, paid in cash, or paid
        where no deposit may be declared. One sentence in the user's language, or an empty text.

        :rtype: str
        """
        names = {'invoice': self.name}
        notes = self._urssaf_credit_notes()
        if notes:
            return self.env._(
                "Invoice %(invoice)s has a credit note (%(credit_note)s), and URSSAF would collect the whole: credit the "
                "whole invoice, then make and send a corrected one.",
                credit_note=notes[0].display_name,
                **names,
            )
        parts = self._urssaf_settlements()
        written_off = self.currency_id.round(sum(part.amount for part in parts if part.kind == 'write_off'))
        if written_off:
            return self.env._(
                "%(amount)s of invoice %(invoice)s was settled without money (write-off, discount, rounding), and URSSAF "
                "would collect it: undo that, or credit the whole invoice, then make and send a corrected one.",
                amount=self.currency_id.format(written_off),
                **names,
            )
        refused = [part.means for part in parts if part.kind == 'no_deposit']
        refused += [means for means in self._urssaf_registered_means() if means not in DEPOSIT_MEANS]
        if refused:
            return self.env._(
                "Invoice %(invoice)s was paid in part by means that URSSAF takes for no deposit (%(means)s): pay it back and take it "
                "off the invoice, or let the customer pay you the rest directly. If it came another way, correct the means of "
                "payment in the journal.",
                means=self._urssaf_means_words(refused),
                **names,
            )
        paid = self._urssaf_amount_paid()
        return self._urssaf_deposit_error(paid) if paid else ''

    def _urssaf_deposit_error(self, deposit_amount):
        """Why this amount cannot be declared as the deposit: a sentence in the user's language, or an empty text.

        :param float deposit_amount: euros
        :rtype: str
        """
        if not deposit_amount or deposit_amount < 0:
            return ''
        if not self._urssaf_owner().sudo().urssaf_deposits_allowed:
            return self.env._(
                "%(company)s declares no deposits, and %(amount)s is paid already: allow deposits in the settings of Invoicing "
                "(a financial guarantee is due from the first euro), or pay it back, or let the customer pay you directly.",
                company=self._urssaf_owner().sudo().name,
                amount=self.currency_id.format(deposit_amount),
            )
        # Half of the invoice is the most that URSSAF takes, whatever the customer's share is (CONTRACT §7.1).
        share = float_round(self._urssaf_total() / 2, precision_digits=2, rounding_method='DOWN')
        if self.currency_id.compare_amounts(deposit_amount, share) > 0:
            finding = error(
                'deposit_above_half', 'urssaf_deposit_amount', limit=to_decimal(self.currency_id.round(share))
            )
            return self.env['urssaf.finding']._sentence(finding)
        return ''


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _urssaf_settled_by(self):
        """What this line, matched with an invoice, is.

        :return: ``(kind, means)`` as ``Settlement`` has them
        :rtype: tuple
        """
        self.ensure_one()
        move = self.move_id
        if move.move_type in ('out_refund', 'in_refund'):
            return 'credit_note', ''
        if payment := move.origin_payment_id:
            means = payment._urssaf_means()
        elif move.statement_line_id:
            means = move.journal_id._urssaf_means()
        else:
            return 'write_off', ''
        return 'money' if means in DEPOSIT_MEANS else 'no_deposit', means

    def _urssaf_written_off(self):
        """Euros that the entry of this payment or bank line has taken off instead of receiving them."""
        move = self.move_id
        if move.origin_payment_id:
            lines = move.origin_payment_id._seek_for_lines()[2]
        else:
            lines = move.statement_line_id._seek_for_lines()[2].filtered(
                lambda line: line.account_id.internal_group in ('income', 'expense') or line.tax_line_id
            )
        return max(0.0, move.company_currency_id.round(sum(lines.mapped('balance'))))
