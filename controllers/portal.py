from odoo.fields import Domain
from odoo.http import request

from odoo.addons.account.controllers import portal

from ..models.request.urssaf_payment_request_states import COLLECTABLE_STATES


class PortalAccount(portal.PortalAccount):
    """What URSSAF collects is not overdue, nor the State's half of what its bank did not let URSSAF debit."""

    def _get_overdue_invoices_domain(self, partner_id=None):
        # EXTENDS 'account': URSSAF takes some days to pay; meanwhile the household owes nothing here
        domain = [*super()._get_overdue_invoices_domain(partner_id), ('urssaf_is_collecting', '=', False)]
        failed = Domain(domain) & Domain('urssaf_state', 'in', COLLECTABLE_STATES)
        moves = request.env['account.move'].sudo().search(failed)
        settled = moves.filtered(lambda move: move._urssaf_amount_asked() == 0.0)
        return [*domain, ('id', 'not in', settled.ids)]

    def _overdue_invoices_get_page_view_values(self, overdue_invoices, **kwargs):
        # EXTENDS 'account_payment': Odoo asks for their totals
        invoices = overdue_invoices._urssaf_paid_together()
        values = super()._overdue_invoices_get_page_view_values(invoices, **kwargs)
        if 'payment' in values and any(move._urssaf_amount_asked() is not None for move in invoices):
            values['amount'] = values['payment']['amount'] = invoices._urssaf_amount_due()
        return values
