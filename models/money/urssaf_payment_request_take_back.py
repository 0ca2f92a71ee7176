from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...urssaf.dates import today_in_paris
from ..request.urssaf_payment_request_states import HALF_BACK_STATES
from .account_payment_guard import UNGUARDED


class UrssafPaymentRequest(models.Model):
    """URSSAF takes back what it has paid, or a part: exactly that part of the invoice is open again, and its tax is no longer
    due, on the day on which it is taken back. What lies in the past stays as it was."""

    _inherit = 'urssaf.payment.request'

    def _amount_left(self):
        """What URSSAF has paid and not taken back, in euros."""
        return self.currency_id.round(sum(self._booked_transfer().mapped('amount')) - self.sudo().amount_taken_back)

    def _amount_to_take_back(self):
        """What URSSAF probably takes back now, in euros: the household's half where its debit failed (also when that counts as
        recovered by the provider), as far as it has not taken it back already; else all that is left.
        """
        left = self._amount_left()
        if self._gives_household_half_back():
            return max(min(left, self._household_left()), 0.0)
        return left

    def _gives_household_half_back(self):
        """Whether what URSSAF takes back now is the household's half: its debit failed, also when that counts as recovered."""
        return self.state in HALF_BACK_STATES or self.state == 'recovered'

    def _household_left(self):
        """What of the household's half URSSAF has not taken back, in euros."""
        taken = self.sudo().payment_ids._urssaf_booked().mapped('urssaf_household_part')
        return self.currency_id.round(self.amount_household - sum(taken))

    def _state_half_given_back(self):
        # EXTENDS 'request'
        return sum(self.sudo().payment_ids._urssaf_booked().mapped('urssaf_state_part'))

    def _parts_of(self, amount, transfer):
        """What a take-back is of, which URSSAF does not tell: first what it had paid too much. Then, where the household's debit
        failed, the household's half; else the State's half of credit notes.

        :param float amount: euros
        :param account.payment transfer: what URSSAF has paid, in sudo
        :return: values of the payment
        :rtype: dict
        """
        rest = max(0.0, amount + transfer._urssaf_household_line().amount_residual)
        household = self._household_left()
        if not self._gives_household_half_back():
            household = min(household, rest - self.amount_state_half)
        household = self.currency_id.round(max(0.0, min(rest, household)))
        return {'urssaf_household_part': household, 'urssaf_state_part': self.currency_id.round(rest - household)}

    def action_take_back(self):
        """Open the window that books what URSSAF has taken back.

        :return: the action of the window
        :raises UserError: when nothing that URSSAF has paid is in the books
        """
        self.ensure_one()
        self._check_user_may_act()
        if not self.sudo().can_take_back:
            raise UserError(self._nothing_booked_sentence())
        wizard = self.env['urssaf.take.back'].create({'request_id': self.id})
        return wizard._get_records_action(name=self.env._("Taken back by URSSAF"), target='new')

    def _check_take_back(self, amount, day):
        """:raises UserError: when this amount cannot have been taken back on this day, saying why"""
        transfer = self._booked_transfer()
        if not transfer:
            raise UserError(self._nothing_booked_sentence())
        if blocker := self.company_id._urssaf_money_blocker():
            raise UserError(blocker)
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            raise UserError(self.env._("Enter what URSSAF has taken back."))
        if self.currency_id.compare_amounts(amount, self._amount_left()) > 0:
            raise UserError(self._too_much_sentence(amount))
        if day > today_in_paris():
            raise UserError(self.env._("%s is still to come: enter the day of the debit.", format_date(self.env, day)))
        first = transfer.urssaf_value_date
        if day < first:
            raise UserError(
                self.env._("URSSAF had not paid before %s: enter the day of the debit.", format_date(self.env, first))
            )

    def _too_much_sentence(self, amount):
        """Why URSSAF cannot have taken back so much, and what to do where it has paid a second time.

        :param float amount: euros
        """
        values = {'left': self.currency_id.format(self._amount_left()), 'amount': self.currency_id.format(amount)}
        if not self.sudo().amount_taken_back:
            return self.env._(
                "URSSAF has paid %(left)s that it has not taken back yet: it cannot take back %(amount)s.", **values
            )
        return self.env._(
            "Of what is booked as paid by URSSAF, %(left)s is not taken back yet: here it cannot be %(amount)s. If URSSAF had paid a second "
            "time, that money was registered by hand: book here what is left, and have your accountant book the rest from "
            "the bank line.",
            **values,
        )

    def _take_back(self, amount, day):
        """Book what URSSAF has taken back. Does not commit.

        :param float amount: euros
        :param date day: of the debit
        :return: the payment
        :rtype: account.payment
        :raises UserError: when it cannot be
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        self._check_take_back(amount, day)
        transfer = self._booked_transfer()
        move = self.move_id.sudo().with_company(transfer.company_id)
        journal = transfer.journal_id
        values = self._payment_values(
            'outbound',
            'taken_back',
            amount=amount,
            date=move.company_id._urssaf_open_day(day, journal),
            value_date=day,
            destination=transfer.destination_account_id,
        )
        values |= self._parts_of(amount, transfer)
        back = self.env['account.payment'].sudo().with_company(move.company_id).create(values)
        # The account of the transfer, not the journal's of today; given to `create` it would be computed over.
        back.outstanding_account_id = transfer.outstanding_account_id
        back.action_post()
        self._reopen(move, transfer, back)
        move.matched_payment_ids += back
        self._tell_money(
            self.env._(
                "%(amount)s taken back by URSSAF on %(day)s (%(payment)s)",
                amount=self.currency_id.format(amount),
                day=format_date(self.env, day),
                payment=back.name,
            ),
            self._unplaced_note(back),
        )
        return back

    def _unplaced_note(self, back):
        """What of a take-back pays for nothing, because what URSSAF had paid was matched with something else meanwhile.

        :param account.payment back: in sudo
        :return: a sentence; empty when all of it has found its place
        """
        rest = back._urssaf_household_line().amount_residual
        if self.currency_id.is_zero(rest):
            return ''
        return self.env._(
            "Of what URSSAF has taken back, %(rest)s opens no invoice again: what URSSAF had paid was matched with something else, with "
            "a refund to %(customer)s for instance. It stays open on the account of %(customer)s, who owes it; the tax of "
            "this part stays as it was, for your accountant to look at.",
            rest=self.currency_id.format(rest),
            customer=self.partner_id.name,
        )

    def _reopen(self, move, transfer, back):
        """Let a take-back pay for, in this order: what is open of the transfer, open credit notes, the invoice itself.

        Leans on names that Odoo keeps to itself; a test pins them.

        :param account.move move: the invoice, in sudo
        :param account.payment transfer: what URSSAF has paid, in sudo
        :param account.payment back: what it takes back, in sudo
        """
        paid, taken = transfer._urssaf_household_line(), back._urssaf_household_line()
        day = back.move_id.date
        if not paid.reconciled:  # 1. what was too much
            (paid + taken).with_context(no_cash_basis=True).reconcile()
        notes = move.reversal_move_ids.filtered(lambda note: note.state == 'posted' and note.move_type == 'out_refund')
        for note in notes.sorted('id'):  # 2. an open credit note is what the money pays back
            lines = note._urssaf_receivable_lines().filtered(lambda line: not line.reconciled)
            if lines and not taken.reconciled and lines.account_id == taken.account_id:
                (lines + taken).reconcile()
        if not taken.reconciled:  # 3. the invoice is open again
            self._reopen_invoice(move, paid, taken, day)

    def _reopen_invoice(self, move, paid, taken, day):
        """Open the invoice by what is left of the take-back, with the tax of that part on its day.

        Odoo alone would take the tax back on the day on which it had become due, in a period that may be declared.

        :param account.move.line paid: the household's line of the transfer
        :param account.move.line taken: that of the take-back
        :param date day: of the entry
        """
        receivable = move._urssaf_receivable_lines()
        partials = paid.matched_debit_ids.filtered(lambda partial: partial.debit_move_id in receivable)
        taxes = self._take_apart(partials, self.env._("Taken back by URSSAF: %s", move.name), day)
        taxes.urssaf_tax_payment_id = paid.payment_id
        # Transfer and take-back first: otherwise Odoo would match the whole transfer with the invoice again. Nothing of the
        # transfer is left for that where it was given back to the household.
        if not paid.reconciled:
            (paid + taken).with_context(no_cash_basis=True).reconcile()
        self._match_on(paid, receivable, day)

    def _undo_take_back(self, back):
        """Nothing was taken back after all: the transfer pays the invoice again, with the tax on the day on which it had gone
        back. Does not commit; the payment is cancelled by the caller.

        :param account.payment back: in sudo
        :return: what somebody has to look at; empty when nothing
        :rtype: str
        """
        taken, transfer = back._urssaf_household_line(), self._booked_transfer()._urssaf_household_line()
        open_before = transfer.amount_residual
        move = self.move_id.sudo().with_company(back.company_id)
        self._take_apart(
            taken.matched_credit_ids | taken.matched_debit_ids, self.env._("Not taken back after all: %s", move.name)
        )
        self._match_on(transfer, move._urssaf_receivable_lines(), back.move_id.date)
        # What URSSAF had paid too much is open again, as it was before the take-back.
        too_much = back.amount - back.urssaf_household_part - back.urssaf_state_part
        twice = open_before - transfer.amount_residual - too_much
        if self.currency_id.compare_amounts(twice, 0.0) <= 0:
            return ''
        return self.env._(
            "The take-back is undone, and %(amount)s of URSSAF's transfer stays open on the account of %(customer)s: the invoice was "
            "paid without it. If %(customer)s has paid that, pay it back to them.",
            amount=self.currency_id.format(twice),
            customer=self.partner_id.name,
        )

    # -- matches and their tax ----------------------------------------------------------------------

    def _take_apart(self, partials, label, day=None):
        """Take matches apart. Odoo alone would take their tax back at the end of the month in which it had become due.

        :param account.partial.reconcile partials: in sudo
        :param str label: of the tax entries
        :param date day: on which the tax goes back; None for that of each tax entry, as if the match had never been
        :return: the tax entries and those that reverse them
        :rtype: account.move
        """
        taxes = (
            self.env['account.move']
            .sudo()
            .search([('tax_cash_basis_rec_id', 'in', partials.ids), ('state', '=', 'posted')])
        )
        taxes.tax_cash_basis_rec_id = False  # else `unlink` reverses them once more
        taxes |= self._reverse_tax(taxes, label, day)
        partials.with_context(urssaf_unguarded=UNGUARDED).unlink()
        return taxes

    def _reverse_tax(self, taxes, label, day=None):
        """The reversals of these tax entries.

        :param date day: None for that of each entry
        :rtype: account.move
        """
        if not taxes:
            return taxes
        return taxes._reverse_moves([{'date': day or tax.date, 'ref': label} for tax in taxes], cancel=True)

    def _match_on(self, paid, receivable, day):
        """Let what is open of a payment pay what is open of the invoice, the tax of that part being due on this day.

        :param account.move.line paid: the household's line of a payment, in sudo
        :param account.move.line receivable: the lines of the invoice, in sudo
        :param date day: for the tax; Odoo alone would take the day of the payment, which may be declared already
        """
        rest = receivable.filtered(lambda line: not line.reconciled)
        if not paid or paid.reconciled or not rest:
            return
        before = paid.matched_debit_ids
        (paid + rest).with_context(no_cash_basis=True).reconcile()
        new = paid.matched_debit_ids - before
        kept = {partial: partial.max_date for partial in new}
        new.max_date = day  # the day that Odoo takes for the tax entry
        new._create_tax_cash_basis_moves()
        new._set_draft_caba_move_vals()
        for partial, date in kept.items():
            partial.max_date = date
