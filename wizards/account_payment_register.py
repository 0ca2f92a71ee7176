from odoo import api, models


class AccountPaymentRegister(models.TransientModel):
    """Registering a payment by hand: a warning that URSSAF collects the invoice. Money that has come can still be booked."""

    _inherit = 'account.payment.register'

    @api.depends('line_ids')
    def _compute_actionable_errors(self):
        # EXTENDS 'account'
        result = super()._compute_actionable_errors()
        for wizard in self:
            alert = wizard.line_ids.move_id._urssaf_payment_alert()
            if alert:
                wizard.actionable_errors = {**(wizard.actionable_errors or {}), 'urssaf_is_collecting': alert}
        return result
