from odoo import api, models
from odoo.exceptions import UserError

from ...tools.program_fields import may_write

# What a booking consists of: its words may be mended.
BOOKING = frozenset(
    [
        'state',
        'move_id',
        'amount',
        'amount_currency',
        'currency_id',
        'date',
        'journal_id',
        'company_id',
        'partner_id',
        'partner_type',
        'payment_type',
        'payment_method_line_id',
        'destination_account_id',
        'outstanding_account_id',
    ]
)
ENTRY = frozenset(
    ['state', 'date', 'name', 'journal_id', 'company_id', 'currency_id', 'partner_id', 'line_ids', 'origin_payment_id']
)
ITEM = frozenset(
    ['move_id', 'account_id', 'partner_id', 'currency_id', 'balance', 'amount_currency', 'debit', 'credit']
)
# Not a value that a request over the network could hold: only our own code opens this door.
UNGUARDED = object()


class AccountPayment(models.Model):
    """What was booked for URSSAF is not deleted, nor reset: the next look at the request would book it a second time, or
    the claim would vanish while the invoice stays paid."""

    _inherit = 'account.payment'

    def _urssaf_unguarded(self):
        return self.with_context(urssaf_unguarded=UNGUARDED).sudo()

    def _urssaf_check_unguarded(self):
        """:raises UserError: for what URSSAF has paid or taken back, saying what to do instead"""
        if self.env.context.get('urssaf_unguarded') is UNGUARDED:
            return
        if ours := self.filtered('urssaf_kind')[:1]:
            raise UserError(
                self.env._(
                    "Payment %s was booked from what URSSAF says: it is neither deleted nor reset. An accounting administrator "
                    "uses “Undo the booking” on it.",
                    ours.display_name,
                )
            )

    @api.model
    def _has_field_access(self, field, operation):
        # EXTENDS 'base': what the program decides is not written from outside
        return (operation == 'read' or may_write(self.env, field)) and super()._has_field_access(field, operation)

    def write(self, vals):
        # EXTENDS 'account'
        if not self.env.su and not BOOKING.isdisjoint(vals):
            self._urssaf_check_unguarded()
        return super().write(vals)

    def unlink(self):
        # EXTENDS 'account', whose own begins with the journal entry
        self._urssaf_check_unguarded()
        return super().unlink()

    def action_draft(self):
        # EXTENDS 'account'
        self._urssaf_check_unguarded()
        return super().action_draft()

    def action_cancel(self):
        # EXTENDS 'account'
        self._urssaf_check_unguarded()
        return super().action_cancel()

    def action_reject(self):
        # EXTENDS 'account'
        self._urssaf_check_unguarded()
        return super().action_reject()


class AccountMove(models.Model):
    """The entry of such a payment goes with it."""

    _inherit = 'account.move'

    def _urssaf_check_not_paid(self):
        """*Reverse and Create Invoice* takes off the invoice what has paid it, and the tax of that on its own day, which may be
        declared already: not what URSSAF has paid.

        :raises UserError: saying what to do instead
        """
        for move in self.filtered(lambda move: move.move_type == 'out_invoice'):
            left, payments = move._urssaf_left_by_urssaf()
            if payments:
                raise UserError(
                    self.env._(
                        "Invoice %(invoice)s: %(amount)s of what URSSAF has paid for it is in the books (%(payments)s), and would be "
                        "taken off it. Press “Reverse”, confirm the credit note, then make the new invoice.",
                        invoice=move.name,
                        amount=left,
                        payments=payments,
                    )
                )

    def _urssaf_check_not_matched(self):
        """In draft an entry keeps its matches: the claim would count as settled, and its account would not.

        :raises UserError: for an entry, such as a bank line's, that is matched with what URSSAF owes
        """
        lines = self.sudo().filtered(lambda move: move.move_type == 'entry').line_ids
        claims = lines.matched_debit_ids.debit_move_id | lines.matched_credit_ids.credit_move_id
        for payment in claims.payment_id.filtered('urssaf_kind'):
            if payment.move_id not in self and payment._urssaf_claim_line() & claims:
                raise UserError(
                    self.env._(
                        "This entry is matched with %(payment)s of URSSAF: undo that match first (“Undo the match” on %(transfer)s).",
                        payment=payment.display_name,
                        transfer=payment.urssaf_transfer_id.display_name,
                    )
                )

    def write(self, vals):
        # EXTENDS 'request'
        if not self.env.su and not ENTRY.isdisjoint(vals):
            self.sudo().origin_payment_id._urssaf_check_unguarded()
        return super().write(vals)

    def unlink(self):
        # EXTENDS 'request'
        self.sudo().origin_payment_id._urssaf_check_unguarded()
        return super().unlink()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account': a reversal would take the claim away, and leave the request as booked
        self.sudo().origin_payment_id._urssaf_check_unguarded()
        if cancel:
            self._urssaf_check_not_paid()
        return super()._reverse_moves(default_values_list=default_values_list, cancel=cancel)

    def button_draft(self):
        # EXTENDS 'request'
        self.origin_payment_id._urssaf_check_unguarded()
        self._urssaf_check_not_matched()
        return super().button_draft()

    def button_cancel(self):
        # EXTENDS 'request'
        self.origin_payment_id._urssaf_check_unguarded()
        self._urssaf_check_not_matched()
        return super().button_cancel()


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def write(self, vals):
        # EXTENDS 'account'
        if not self.env.su and not ITEM.isdisjoint(vals):
            self.sudo().move_id.origin_payment_id._urssaf_check_unguarded()
        return super().write(vals)
