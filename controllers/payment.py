from odoo.exceptions import ValidationError
from odoo.http import request, route

from odoo.addons.account_payment.controllers import payment


class PaymentPortal(payment.PaymentPortal):
    """No online payment of what URSSAF collects, nor of the State's half after a refused debit, on pages opened or linked to
    before."""

    def _get_extra_payment_form_values(self, invoice_id=None, access_token=None, **kwargs):
        # EXTENDS 'account_payment': the link was mailed before the request was sent. Odoo has checked who may see the
        # invoice.
        values = super()._get_extra_payment_form_values(invoice_id=invoice_id, access_token=access_token, **kwargs)
        if invoice_id:
            invoice = request.env['account.move'].sudo().browse(self._cast_as_int(invoice_id))
            asked = invoice._urssaf_amount_asked()
            if asked == 0.0:
                values.update(amount=0.0, urssaf_notice=invoice._get_online_payment_error())
            elif asked is not None:
                values['amount'] = min(asked, self._cast_as_float(kwargs.get('amount')) or asked)
        return values

    @route()
    def overdue_invoices_transaction(self, payment_reference, **kwargs):
        # EXTENDS 'account_payment': URSSAF may have begun to collect some of these invoices since the page was opened:
        # they are left out, and so is their share of the amount.
        invoices = request.env['account.move'].search(self._get_overdue_invoices_domain())._urssaf_paid_together()
        left = invoices._urssaf_amount_due()
        amount = self._cast_as_float(kwargs.get('amount')) or 0.0
        if not request.env.user._is_public() and (
            not invoices or invoices.currency_id[:1].compare_amounts(amount, left) > 0
        ):
            raise ValidationError(
                request.env._("What you owe has changed since this page was opened: reload it before you pay.")
            )
        return super().overdue_invoices_transaction(payment_reference, **kwargs)

    def _process_transaction(self, partner_id, currency_id, invoice_ids, payment_reference, **kwargs):
        # EXTENDS 'account_payment'
        invoices = request.env['account.move'].sudo().browse(invoice_ids)._urssaf_paid_together()
        return super()._process_transaction(partner_id, currency_id, invoices.ids, payment_reference, **kwargs)
