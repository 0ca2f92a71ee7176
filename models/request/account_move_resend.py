from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """*Correct and resend*: URSSAF never takes a number twice, so what the customer refused is credited and a copy with a
    number of its own is corrected and sent (DESIGN §3.7)."""

    _inherit = 'account.move'

    urssaf_replaces_id = fields.Many2one(
        'urssaf.payment.request',
        string="Replaces Request",
        readonly=True,
        copy=False,
        index='btree_not_null',
        check_company=True,
        help="The refused or cancelled request that this invoice corrects.",
    )
    urssaf_replacement_id = fields.Many2one(
        'account.move', string="Corrected Invoice", compute='_compute_urssaf_replacement_id', compute_sudo=True
    )
    urssaf_can_resend = fields.Boolean(
        "Can Be Corrected and Resent", exportable=False, compute='_compute_urssaf_can_resend', compute_sudo=True
    )

    @api.depends('urssaf_request_ids.state', 'urssaf_request_ids.replacement_ids.state')
    def _compute_urssaf_replacement_id(self):
        for move in self:
            request = move._urssaf_latest_request()
            # Only what has ended is corrected: the others need no look.
            move.urssaf_replacement_id = request.can_resend and request._replacement()

    @api.depends('urssaf_request_ids.state')
    def _compute_urssaf_can_resend(self):
        for move in self:
            move.urssaf_can_resend = move._urssaf_latest_request().can_resend

    def action_urssaf_resend(self):
        """Open the window that makes the credit note and the draft to correct; the draft itself when it is there.

        :raises UserError: when money or another credit note stands in the way, with what to do
        """
        self.ensure_one()
        self._urssaf_check_rights()
        if self.urssaf_replacement_id:
            return self.urssaf_replacement_id._get_records_action()
        blocker = self._urssaf_resend_blocker()
        if blocker:
            raise UserError(blocker)
        if self._urssaf_is_credited():
            # Credited or cancelled by hand: only the draft is missing.
            self._urssaf_lock()
            copy = self.with_context(include_business_fields=True).copy(self._urssaf_replacement_values())
            self._urssaf_close_refusal()
            return copy._get_records_action()
        return self._urssaf_resend_action()

    def _urssaf_resend_action(self):
        """Odoo's own window for credit notes, with nothing left to choose but the date and the reason."""
        self.ensure_one()
        request = self.sudo()._urssaf_latest_request()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Correct and resend"),
            'res_model': 'account.move.reversal',
            'views': [(self.env.ref('l10n_fr_avance_immediate.account_move_reversal_view_form').id, 'form')],
            'target': 'new',
            'context': {
                'active_model': 'account.move',
                'active_id': self.id,
                'active_ids': self.ids,
                # Printed on the credit note: the customer's own words are not.
                'default_reason': request.with_context(lang=self.partner_id.lang or self.env.lang).reject_label
                or False,
            },
        }

    def _urssaf_is_credited(self):
        """Whether nothing of this invoice is owed any more because it was taken back as a whole."""
        return self.state == 'cancel' or self.payment_state == 'reversed'

    def _urssaf_resend_blocker(self):
        """Why this invoice cannot be corrected and sent again: one sentence in the user's language, empty when it can."""
        self.ensure_one()
        request = self.sudo()._urssaf_latest_request()
        names = {'invoice': self.name}
        if not request:
            return self.env._("No request has been sent for this invoice yet.")
        if not request.can_resend:
            return self.env._(
                "Invoice %(invoice)s: only a request that was refused or cancelled is corrected with a new invoice "
                "(%(state)s).",
                state=request._state_label(),
                **names,
            )
        if self._urssaf_is_credited():
            return ''
        if self.state == 'draft':
            return self.env._(
                "Invoice %(invoice)s was reset to draft: confirm it as it was, so that a credit note can be made for it.",
                **names,
            )
        started = self.reversal_move_ids.filtered(lambda move: move.state == 'draft')
        if started:
            return self.env._(
                "A credit note for invoice %(invoice)s has been started: confirm or delete it first (%(credit_note)s).",
                credit_note=started[0].display_name,
                **names,
            )
        settled = self._urssaf_amount_settled()
        if not self.currency_id.is_zero(settled):
            return self._urssaf_settled_sentence(settled)
        return self._urssaf_money_blocker()

    def _urssaf_settled_sentence(self, settled):
        """What to do with what has paid this invoice, before it is corrected with another one.

        :param float settled: euros
        :return: a sentence in the user's language
        """
        return self.env._(
            "%(amount)s is already settled on invoice %(invoice)s by a payment or a credit note: take that off the "
            "invoice first. You can match it with the corrected invoice afterwards.",
            amount=self.currency_id.format(settled),
            invoice=self.name,
        )

    def _urssaf_replacement_values(self):
        """What the copy to correct knows besides what Odoo copies."""
        self.ensure_one()
        return {
            'urssaf_replaces_id': self.sudo()._urssaf_latest_request().id,
            'urssaf_date_start': self.urssaf_date_start,
            'urssaf_date_end': self.urssaf_date_end,
            'urssaf_deposit_amount': self.urssaf_deposit_amount,
            'urssaf_deposit_date': self.urssaf_deposit_date,
        }

    def _urssaf_close_refusal(self):
        """Nobody has to act on the old invoice any more."""
        self.invalidate_recordset(['urssaf_replacement_id'])
        self.sudo().urssaf_request_id._update_activities()
