from odoo import api, models
from odoo.exceptions import ValidationError


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    @api.model_create_multi
    def create(self, vals_list):
        # The page may have been open since before the request left, and links and the overdue page do not ask
        # `_has_to_be_paid()`: here is where all of them pass.
        transactions = super().create(vals_list)
        for transaction in transactions:
            collected = transaction.invoice_ids.filtered('urssaf_is_collecting')
            if collected and transaction.operation not in ('refund', 'validation'):
                raise ValidationError(collected[0]._get_online_payment_error())
        return transactions
