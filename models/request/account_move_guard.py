from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .urssaf_payment_request_states import IN_DOUBT_STATES

# What the household is debited for, by whom, and under which number: sent as it was, and not changed behind its back.
FROZEN_MOVE_FIELDS = (
    'state',
    'name',
    'move_type',
    'partner_id',
    'company_id',
    'journal_id',
    'currency_id',
    'fiscal_position_id',
    'invoice_date',
    'invoice_cash_rounding_id',
    'urssaf_nature_id',
    'urssaf_date_start',
    'urssaf_date_end',
    'urssaf_deposit_amount',
    'urssaf_deposit_date',
)
FROZEN_LINE_FIELDS = (
    'move_id',
    'display_type',
    'product_id',
    'product_uom_id',
    'quantity',
    'price_unit',
    'discount',
    'tax_ids',
    'currency_id',
    'balance',
    'debit',
    'credit',
    'amount_currency',
    'urssaf_nature_id',
    'urssaf_date_start',
    'urssaf_date_end',
    'urssaf_worker_number',
)


class AccountMove(models.Model):
    """What a request forbids while it is live or paid; refused, cancelled or withdrawn, it lets go of the invoice.

    Odoo hides buttons and refuses most changes of posted invoices, but lets a context or a plain ``write`` pass.
    """

    _inherit = 'account.move'

    def _urssaf_check_not_live(self):
        """:raises UserError: when one of these invoices is with URSSAF or was paid by it, with what to do"""
        for move in self:
            request = move.sudo()._urssaf_latest_request()
            if request.is_live or request.stage == 'paid':
                raise UserError(
                    self.env._(
                        "Invoice %(invoice)s stays as it is: its request is with URSSAF (%(state)s). %(remedy)s",
                        invoice=move.name,
                        state=request._state_label(),
                        remedy=self.env._("Correct it with a credit note and a new invoice.")
                        if request.stage == 'paid'
                        else move._urssaf_remedy(request),
                    )
                )

    def _urssaf_check_credit(self):
        """A credit note while URSSAF collects would leave the household debited for what it no longer owes.

        :raises UserError: when a request for one of these invoices is live; a paid one is corrected by credit note
        """
        for move in self:
            request = move.sudo()._urssaf_latest_request()
            if request.is_live:
                raise UserError(
                    self.env._(
                        "No credit note for invoice %(invoice)s yet: its request is with URSSAF (%(state)s), which knows no credit "
                        "notes, and the customer would be debited all the same. %(remedy)s",
                        invoice=move.name,
                        state=request._state_label(),
                        remedy=move._urssaf_remedy(request),
                    )
                )

    def _urssaf_remedy(self, request):
        """What to do before the invoice may change, by how far its live request has come: one sentence.

        :param request: in sudo
        :rtype: str
        """
        if request.can_withdraw:
            return self.env._("Withdraw the request first.")
        if request.can_adopt or request.can_release:
            return self.env._("Open the request first, and say whether it is this invoice or another one.")
        if request.state in IN_DOUBT_STATES or request._is_searched_for():
            return self.env._("Wait until URSSAF's answer is known: we check by ourselves.")
        if request.cancellation_is_asked:
            return self.env._(
                "You have asked URSSAF to cancel it on %s: as soon as it is cancelled or refused, you can go on.",
                format_date(self.env, request.cancellation_asked_at),
            )
        return self.env._(
            "Ask URSSAF to cancel the request (“Ask for cancellation” on the request prepares the message); as soon as it is "
            "cancelled or refused, you can go on."
        )

    # -- the invoice ------------------------------------------------------------------------------

    @api.depends('urssaf_is_collecting', 'urssaf_number_is_used')
    def _compute_show_reset_to_draft_button(self):
        # EXTENDS 'account': a button that would only say no, or lead to a number that can never be sent again, is not shown
        result = super()._compute_show_reset_to_draft_button()
        for move in self.filtered(lambda move: move.urssaf_is_collecting or move.urssaf_number_is_used):
            move.show_reset_to_draft_button = False
        return result

    def button_draft(self):
        # EXTENDS 'account'
        self._urssaf_check_not_live()
        result = super().button_draft()
        self._urssaf_look_at_credit()
        return result

    def button_cancel(self):
        # EXTENDS 'account'
        self._urssaf_check_not_live()
        result = super().button_cancel()
        self._urssaf_look_at_credit()
        self._urssaf_close_settled()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_urssaf_request(self):
        for move in self:
            if move.sudo().urssaf_request_ids:
                raise UserError(
                    self.env._("Invoice %s cannot be deleted: a request to URSSAF bears its number.", move.name)
                )

    def write(self, vals):
        # EXTENDS 'account'. Lines, whose commands may stand here, look after themselves.
        frozen = [name for name in FROZEN_MOVE_FIELDS if name in vals]
        if frozen:
            self.filtered(
                lambda move: (
                    move.state == 'posted'
                    and move.urssaf_is_collecting
                    and any(self._field_will_change(move, vals, name) for name in frozen)
                )
            )._urssaf_check_not_live()
        return super().write(vals)

    # -- its credit notes -------------------------------------------------------------------------

    def action_reverse(self):
        # EXTENDS 'account'
        self._urssaf_check_credit()
        return super().action_reverse()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account'
        self._urssaf_check_credit()
        return super()._reverse_moves(default_values_list, cancel)

    def _post(self, soft=True):
        # EXTENDS 'account': a credit note may have been started before the request left
        self.filtered(lambda move: move.move_type == 'out_refund').reversed_entry_id._urssaf_check_credit()
        posted = super()._post(soft)
        posted._urssaf_look_at_credit()
        return posted


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _urssaf_sent(self):
        """Lines that make the amount of invoices that URSSAF collects."""
        return self.filtered(
            lambda line: (
                line.parent_state == 'posted'
                and line.display_type in ('product', 'tax', 'rounding')
                and line.move_id.move_type == 'out_invoice'
                and line.move_id.urssaf_is_collecting
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account'
        lines = super().create(vals_list)
        lines._urssaf_sent().move_id._urssaf_check_not_live()
        return lines

    def write(self, vals):
        # EXTENDS 'account'
        frozen = [name for name in FROZEN_LINE_FIELDS if name in vals]
        if frozen:
            will_change = self.env['account.move']._field_will_change
            self._urssaf_sent().filtered(
                lambda line: any(will_change(line, vals, name) for name in frozen)
            ).move_id._urssaf_check_not_live()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_urssaf_sent(self):
        self._urssaf_sent().move_id._urssaf_check_not_live()
