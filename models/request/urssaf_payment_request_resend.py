from odoo import fields, models

from .urssaf_payment_request import ENDED_STATES


class UrssafPaymentRequest(models.Model):
    """What comes after a refusal or a cancellation: the corrected invoice (``account_move_resend.py``)."""

    _inherit = 'urssaf.payment.request'

    replacement_ids = fields.One2many('account.move', 'urssaf_replaces_id', string="Corrected Invoices", readonly=True)

    def action_resend(self):
        """Correct the invoice and send it with a new number; opens the corrected invoice when it is there."""
        self.ensure_one()
        self._check_user_may_act()
        return self.move_id.action_urssaf_resend()

    def _replacement(self):
        """The invoice that corrects this one; empty when there is none, or only cancelled ones."""
        return self.replacement_ids.filtered(lambda move: move.state != 'cancel').sorted('id')[-1:]

    def _ending(self):
        """How the request ended, in the user's words: "Refused by the customer: wrong number of hours (“only 2 h”)"."""
        self.ensure_one()
        words = {'state': self._state_label(), 'reason': self.reject_label, 'comment': self.reject_comment}
        if self.reject_label and self.reject_comment:
            return self.env._("%(state)s: %(reason)s (“%(comment)s”)", **words)
        if self.reject_label or self.reject_comment:
            return self.env._(
                "%(state)s: %(reason)s", **{**words, 'reason': self.reject_label or f"“{self.reject_comment}”"}
            )
        return self.env._("%(state)s: %(reason)s", **{**words, 'reason': self.env._("no reason given.")})

    def _guidance(self):
        replacement = self.state in ENDED_STATES and self.sudo()._replacement()
        if replacement:
            return self.env._("Nothing more here: %s corrects this invoice.", replacement.display_name)
        return super()._guidance()

    def _alert(self):
        # The way out stands where the bad news stands (SCREENS §3).
        if self.state not in ENDED_STATES or self.needs_attention:
            return super()._alert()
        move, replacement = self.move_id.sudo(False), self._replacement().sudo(False)
        alert = {
            'level': 'danger' if self.state == 'refused' else 'warning',
            'message': f"{self._ending()}\n{self.guidance}",
        }
        if replacement:
            return {
                **alert,
                'level': 'info',
                'action_text': self.env._("Open the corrected invoice"),
                'action': replacement._get_records_action(),
            }
        if self._offers_resend():
            return {**alert, 'action_text': self.env._("Correct and resend"), 'action': move._urssaf_resend_action()}
        if self.state == 'refused':
            return {
                **alert,
                'action_text': self.env._("View the request"),
                'action': self._get_records_action(name=self.env._("Avance immédiate")),
            }
        return None

    def _offers_resend(self):
        """Whether the reader may correct the invoice at once, without anything to clear up before."""
        move = self.move_id
        return (
            self.env.user.has_group('account.group_account_invoice')
            and not move._urssaf_is_credited()
            and not move._urssaf_resend_blocker()
        )
