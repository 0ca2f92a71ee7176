from odoo import models

from .urssaf_payment_request_states import COLLECTABLE_STATES, TO_FIX_STATES, UNCOLLECTED_STATES


class AccountMove(models.Model):
    """What URSSAF did not take or collect has been paid or credited: nobody has to act any more."""

    _inherit = 'account.move'

    def _invoice_paid_hook(self):
        # EXTENDS 'account'
        result = super()._invoice_paid_hook()
        self._urssaf_close_settled()
        return result

    def _urssaf_close_settled(self):
        """Close what was to be done about these invoices, where nothing is left. Does not commit."""
        left = (*TO_FIX_STATES, *COLLECTABLE_STATES, *UNCOLLECTED_STATES)
        self.sudo().urssaf_request_id.filtered(lambda request: request.state in left)._update_activities()


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _reconcile_post_hook(self, data):
        # EXTENDS 'account', which tells of what is paid, and not of what is credited
        result = super()._reconcile_post_hook(data)
        data['not_paid_invoices'].filtered(lambda move: move.payment_state == 'reversed')._urssaf_close_settled()
        return result
