from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.sentence import some_of


class AccountMove(models.Model):
    """Credit notes of what URSSAF has paid: it knows none (CONTRACT §1.14), and half of them is the State's."""

    _inherit = 'account.move'

    urssaf_cancellation_asked_at = fields.Datetime(
        "Cancellation Asked On",
        compute='_compute_urssaf_cancellation_asked_at',
        search='_search_urssaf_cancellation_asked_at',
        compute_sudo=True,
        exportable=False,
        help="When URSSAF was asked to cancel the request; empty when it was not, and once the request has ended.",
    )

    urssaf_can_ask_cancellation = fields.Boolean(
        "URSSAF Can Be Asked to Cancel",
        compute='_compute_urssaf_cancellation_asked_at',
        compute_sudo=True,
        exportable=False,
    )

    @api.depends('urssaf_request_ids.cancellation_asked_at', 'urssaf_request_ids.state')
    def _compute_urssaf_cancellation_asked_at(self):
        for move in self:
            request = move._urssaf_latest_request()
            move.urssaf_can_ask_cancellation = request.can_ask_cancellation and not request.cancellation_is_asked
            move.urssaf_cancellation_asked_at = request.cancellation_is_asked and request.cancellation_asked_at

    def _search_urssaf_cancellation_asked_at(self, operator, value):
        asked = Domain('cancellation_is_asked', '=', True)
        if operator == 'in' and set(value) == {False}:
            return ~Domain('urssaf_request_id', 'any!', asked)
        if operator == 'not in' and set(value) == {False}:
            return Domain('urssaf_request_id', 'any!', asked)
        if operator in ('in', 'not in'):
            return NotImplemented
        return Domain('urssaf_request_id', 'any!', asked & Domain('cancellation_asked_at', operator, value))

    def action_urssaf_ask_cancellation(self):
        """Open the window that prepares the message by which URSSAF is asked to cancel the request.

        :raises AccessError: when the user may not change the invoice
        :raises UserError: when there is nothing to cancel
        """
        self.ensure_one()
        self._urssaf_check_rights()
        if not self.urssaf_request_id:
            raise UserError(self.env._("No request has been sent for this invoice yet."))
        return self.urssaf_request_id.action_ask_cancellation()

    def _urssaf_credited(self):
        """What credit notes in the books have taken off this invoice, in euros: in all, and of which the State pays half.

        :rtype: tuple[float, float]
        """
        self.ensure_one()
        notes = self.sudo().reversal_move_ids.filtered(
            lambda note: note.move_type == 'out_refund' and note.state == 'posted'
        )
        eligible = sum(note.amount_total - note._urssaf_amount_not_eligible() for note in notes)
        return self.currency_id.round(sum(notes.mapped('amount_total'))), self.currency_id.round(eligible)

    def _urssaf_look_at_credit(self):
        """Some of these may be credit notes that were just posted, reset or cancelled: the State's half is said. Does not
        commit."""
        notes = self.filtered(lambda move: move.move_type == 'out_refund' and move.reversed_entry_id)
        for move in notes.reversed_entry_id.sudo():
            request = move._urssaf_latest_request()
            if request._keeps_state_half():
                request._look_at_credit(notes.filtered(lambda note, move=move: note.reversed_entry_id == move))

    def _urssaf_credit_notice(self):
        """What somebody should know before crediting these invoices: a text in the user's language, empty when nothing.

        :rtype: str
        """
        paid = self.filtered(lambda move: move.sudo()._urssaf_latest_request()._keeps_state_half())
        if not paid:
            return ''
        return self.env._(
            "URSSAF has paid for %(invoices)s, and knows no credit notes: the State's half of what you credit stays with you until "
            "you give it back.\n"
            "If you credit the whole invoice: press “Ask for cancellation” on the request afterwards. URSSAF takes back what it "
            "has paid; pay the customer nothing back before its answer.\n"
            "If you credit a part: pay the customer back their own share of it only. “Ask for cancellation” prepares the message "
            "that tells URSSAF the State's share.",
            invoices=some_of(paid.mapped('display_name')),
        )
