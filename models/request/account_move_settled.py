from odoo import models

from .urssaf_payment_request_states import COLLECTABLE_STATES


class AccountMove(models.Model):
    """What URSSAF did not collect has been paid: nobody has to act any more."""

    _inherit = 'account.move'

    def _invoice_paid_hook(self):
        # EXTENDS 'account'
        result = super()._invoice_paid_hook()
        requests = self.sudo().urssaf_request_id
        requests.filtered(lambda request: request.state in COLLECTABLE_STATES)._update_activities()
        return result
