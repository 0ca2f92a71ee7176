from odoo import api, fields, models


class PaymentLinkWizard(models.TransientModel):
    """No link to pay what URSSAF collects: the household would pay twice."""

    _inherit = 'payment.link.wizard'

    urssaf_is_collecting = fields.Boolean("Collected by URSSAF", compute='_compute_urssaf_is_collecting')

    @api.depends('res_model', 'res_id')
    def _compute_urssaf_is_collecting(self):
        for wizard in self:
            invoice = wizard._urssaf_invoice()
            # The window is Odoo's and has no owner: it says nothing of an invoice its reader may not see.
            readable = bool(invoice) and invoice.has_access('read')
            wizard.urssaf_is_collecting = readable and invoice.urssaf_is_collecting

    def _urssaf_invoice(self):
        return self.env['account.move'].browse(self.res_id if self.res_model == 'account.move' else False)

    @api.depends('urssaf_is_collecting')
    def _compute_warning_message(self):
        # EXTENDS 'payment'
        result = super()._compute_warning_message()
        for wizard in self.filtered('urssaf_is_collecting'):
            wizard.warning_message = wizard._urssaf_invoice()._get_online_payment_error()
        return result

    @api.depends('urssaf_is_collecting')
    def _compute_link(self):
        # EXTENDS 'payment'
        result = super()._compute_link()
        for wizard in self.filtered('urssaf_is_collecting'):
            wizard.link = False
        return result
