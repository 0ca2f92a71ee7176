from odoo import api, models
from odoo.fields import Domain


class UrssafPaymentRequest(models.Model):
    """What the books know of what the household has to pay itself: what URSSAF has taken back, and when."""

    _inherit = 'urssaf.payment.request'

    def _amount_left_in_books(self):
        # EXTENDS 'request'
        return self._amount_left() if self.sudo().is_booked else super()._amount_left_in_books()

    def _amount_given_back(self):
        # EXTENDS 'request'
        return super()._amount_given_back() + self.sudo().amount_taken_back

    @api.depends('payment_ids.state', 'payment_ids.amount')
    def _compute_amount_state_half(self):
        # EXTENDS 'request'
        return super()._compute_amount_state_half()

    def _collect_since(self):
        # EXTENDS 'request': what is paid is due again when it is taken back
        backs = self.sudo().payment_ids._urssaf_booked().filtered(lambda one: one.urssaf_kind == 'taken_back')
        return max([super()._collect_since(), *backs.mapped('create_date')])

    @api.model
    def _collect_since_domain(self, moment):
        # EXTENDS 'request'
        back = Domain([('urssaf_kind', '=', 'taken_back'), ('create_date', '>=', moment)])
        return super()._collect_since_domain(moment) | Domain('payment_ids', 'any', back)
