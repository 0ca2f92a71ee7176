import re

from odoo import api, models
from odoo.exceptions import ValidationError

# What Odoo appends to a prefix that has been used: "FAC/2026/00012-1".
RANK = re.compile(r'-\d+$')
# Not the type of our other activities, which close by themselves with the request's next word.
PAID_TWICE = 'mail.mail_activity_data_warning'


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'payment': the page may have been open since before the request left, and links and the overdue page do
        # not ask `_has_to_be_paid()`: here is where all of them pass.
        transactions = super().create(vals_list)
        for transaction in transactions.filtered(lambda tx: tx.operation not in ('refund', 'validation')):
            invoices = transaction.invoice_ids or transaction._urssaf_named_invoices()
            collected = invoices.filtered('urssaf_is_collecting')
            if collected:
                raise ValidationError(collected[0]._get_online_payment_error())
            transaction._urssaf_check_asked(invoices)
        return transactions

    def _urssaf_check_asked(self, invoices):
        """After a refused debit the household pays its share, and not the State's half.

        :param account.move invoices: what the payment is for
        :raises ValidationError: when it is more than what is asked for
        """
        if all(invoice._urssaf_amount_asked() is None for invoice in invoices):
            return
        if self.currency_id.compare_amounts(self.amount, invoices._urssaf_amount_due()) > 0:
            raise ValidationError(
                self.env._("What you owe has changed since this page was opened: reload it before you pay.")
            )

    def _urssaf_named_invoices(self):
        """The invoices that a payment without a document names: an old link carried the number and the amount only."""
        self.ensure_one()
        numbers = {self.reference, RANK.sub('', self.reference)}
        return (
            self.env['account.move']
            .sudo()
            .search(
                [
                    ('name', 'in', list(numbers)),
                    ('move_type', '=', 'out_invoice'),
                    ('state', '=', 'posted'),
                    ('company_id', '=', self.company_id.id),
                    ('commercial_partner_id', '=', self.partner_id.commercial_partner_id.id),
                ]
            )
        )

    def _log_received_message(self):
        # EXTENDS 'payment': the household was on its provider's page when the request left. Money that came is not refused.
        result = super()._log_received_message()
        coming = self.sudo().filtered(
            lambda tx: tx.state in ('pending', 'authorized', 'done') and tx.operation not in ('refund', 'validation')
        )
        for invoice in coming.invoice_ids.filtered('urssaf_is_collecting'):
            self._urssaf_warn_paid_twice(invoice)
        return result

    def _urssaf_warn_paid_twice(self, invoice):
        """One activity for the responsible user, in their language: somebody has to give money back.

        :param invoice: one that URSSAF collects
        """
        responsible = invoice.urssaf_request_id._responsible()
        invoice = invoice.with_context(lang=responsible.lang or invoice.company_id.partner_id.lang)
        if not invoice.activity_search([PAID_TWICE]):
            self.env['urssaf.document']._keep_activity(
                invoice,
                self.env['mail.activity'],
                True,
                kind=PAID_TWICE,
                user=responsible,
                summary=invoice.env._("%s pays online what URSSAF collects", invoice.commercial_partner_id.name),
                note=invoice.env._(
                    "Cancel or refund the online payment, or ask URSSAF to cancel the request: the customer "
                    "would pay twice."
                ),
            )
