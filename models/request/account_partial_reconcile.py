from odoo import api, models


class AccountPartialReconcile(models.Model):
    """A credit note of nothing in particular, taken off an invoice by *Add* or in a list of entries."""

    _inherit = 'account.partial.reconcile'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account': what URSSAF collects is credited in no way, whatever the credit note says it is for
        partials = super().create(vals_list)
        notes = partials.filtered(lambda partial: partial.credit_move_id.move_id.move_type == 'out_refund')
        notes.debit_move_id.move_id._urssaf_check_credit()
        return partials
