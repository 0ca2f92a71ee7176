from odoo import models
from odoo.tools import format_date


class AccountMove(models.Model):
    """What is said to somebody who registers a payment of an invoice that URSSAF collects."""

    _inherit = 'account.move'

    def _urssaf_payment_alert(self):
        """The warning of the payment window, for Odoo's own alerts: a dict, or None when URSSAF collects none of these."""
        collected = self.filtered('urssaf_is_collecting')
        if not collected:
            return None
        if len(collected) > 1:
            return {
                'level': 'danger',
                'message': self.env._(
                    "URSSAF collects %(count)s of these invoices (%(invoices)s): your customers must not pay them, too. "
                    "Register only money that has really arrived.",
                    count=len(collected),
                    invoices=', '.join(collected.sorted('name').mapped('name')),
                ),
                'action_text': self.env._("View the invoices"),
                'action': collected._get_records_action(name=self.env._("Avance immédiate")),
            }
        level, message = collected._urssaf_payment_warning()
        return {
            'level': level,
            'message': message,
            'action_text': self.env._("View the request"),
            'action': collected.action_urssaf_open_request(),
        }

    def _urssaf_payment_warning(self):
        """How serious it is, and one or two sentences: what URSSAF does with this invoice, what may be registered."""
        self.ensure_one()
        request = self.sudo()._urssaf_latest_request().with_env(self.env).sudo()
        names = {
            'invoice': self.name,
            'customer': self.commercial_partner_id.name,
            'state': request._state_label(),
            'amount': self.currency_id.format(request.transfer_amount or request.amount_expected),
        }
        if request.state == 'paid' and request.transfer_date:
            return 'info', self.env._(
                "URSSAF pays invoice %(invoice)s: %(amount)s on %(date)s. Register that transfer; nothing is to be asked from "
                "%(customer)s.",
                date=format_date(self.env, request.transfer_date),
                **names,
            )
        if request.state == 'paid':
            return 'info', self.env._(
                "URSSAF pays invoice %(invoice)s: it transfers %(amount)s to you. Register that transfer; nothing is to be "
                "asked from %(customer)s.",
                **names,
            )
        if request.state == 'recovered':
            return 'info', self.env._(
                "URSSAF has settled the request for invoice %(invoice)s. Register only money that has really arrived.",
                **names,
            )
        if request.can_withdraw:
            return 'warning', self.env._(
                "Invoice %(invoice)s is about to leave for URSSAF (%(state)s). If %(customer)s pays you directly, withdraw the "
                "request first.",
                **names,
            )
        return 'danger', self.env._(
            "URSSAF collects invoice %(invoice)s (%(state)s) and will transfer %(amount)s to you: %(customer)s must not pay it, "
            "too. If they have paid you already, ask URSSAF to cancel the request, giving the reason.",
            **names,
        )
