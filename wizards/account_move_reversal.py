from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMoveReversal(models.TransientModel):
    """*Reverse and create invoice* of an invoice that the customer refused at URSSAF: *Correct and resend*. What a credit note
    of a paid one leaves with URSSAF is said before it is made."""

    _inherit = 'account.move.reversal'

    urssaf_notice = fields.Text("About URSSAF", compute='_compute_urssaf_notice', exportable=False)

    @api.depends('move_ids')
    @api.depends_context('lang')
    def _compute_urssaf_notice(self):
        for window in self:
            # The window is Odoo's and has no owner: it says nothing of an invoice its reader may not see.
            window.urssaf_notice = window.move_ids._origin._filtered_access('read')._urssaf_credit_notice()

    def reverse_moves(self, is_modify=False):
        # EXTENDS 'account': not twice, and nothing but a full credit note
        ended = self.move_ids.filtered('urssaf_can_resend') if is_modify else self.env['account.move']
        if ended:
            ended._urssaf_check_rights()
            ended._urssaf_lock()
            if self.move_ids.urssaf_replacement_id and len(self.move_ids) == 1:
                return ended.urssaf_replacement_id._get_records_action()
            self._urssaf_check_resend(ended)
        action = super().reverse_moves(is_modify=is_modify)
        ended._urssaf_close_refusal()
        return action

    def _urssaf_check_resend(self, moves):
        """Whether these invoices may be corrected and sent again, each with its full credit note of today.

        :param account.move moves: invoices whose request has ended
        :raises UserError: the reason why not
        """
        for move in moves:
            blocker = move._urssaf_resend_blocker()
            if not blocker and (move._urssaf_is_credited() or move.urssaf_replacement_id):
                blocker = self.env._(
                    "Invoice %s is already credited: open it and click on Correct and resend.", move.name
                )
            if blocker:
                raise UserError(blocker)
        if self.date and self.date > fields.Date.context_today(self):
            # Odoo would make a draft credit note, and two invoices would be owed until then.
            raise UserError(self.env._("Choose today or an earlier day: the credit note counts at once."))

    def _modify_default_reverse_values(self, origin_move):
        # EXTENDS 'account'
        values = super()._modify_default_reverse_values(origin_move)
        if origin_move.urssaf_can_resend:
            values.update(origin_move._urssaf_replacement_values())
        return values
