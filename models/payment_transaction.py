import re

from odoo import api, models
from odoo.exceptions import ValidationError

# What Odoo appends to a prefix that has been used: "FAC/2026/00012-1".
RANK = re.compile(r'-\d+$')


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    @api.model_create_multi
    def create(self, vals_list):
        # The page may have been open since before the request left, and links and the overdue page do not ask
        # `_has_to_be_paid()`: here is where all of them pass.
        transactions = super().create(vals_list)
        for transaction in transactions.filtered(lambda tx: tx.operation not in ('refund', 'validation')):
            invoices = transaction.invoice_ids or transaction._urssaf_named_invoices()
            collected = invoices.filtered('urssaf_is_collecting')
            if collected:
                raise ValidationError(collected[0]._get_online_payment_error())
        return transactions

    def _urssaf_named_invoices(self):
        """The invoices that a payment without a document names: an old link carried the number and the amount only."""
        self.ensure_one()
        numbers = {self.reference, RANK.sub('', self.reference)}
        return self.env['account.move'].sudo().search([
            ('name', 'in', list(numbers)), ('move_type', '=', 'out_invoice'), ('state', '=', 'posted'),
            ('company_id', '=', self.company_id.id),
            ('commercial_partner_id', '=', self.partner_id.commercial_partner_id.id)])
