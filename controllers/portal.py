from odoo.addons.account.controllers import portal


class PortalAccount(portal.PortalAccount):
    """What URSSAF collects is not overdue."""

    def _get_overdue_invoices_domain(self, partner_id=None):
        # EXTENDS 'account': URSSAF takes some days to pay; meanwhile the household owes nothing here
        return [*super()._get_overdue_invoices_domain(partner_id), ('urssaf_is_collecting', '=', False)]
