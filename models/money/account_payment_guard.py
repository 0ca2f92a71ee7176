from odoo import api, models
from odoo.exceptions import UserError

from ...tools.program_fields import may_access

# Not a value that a request over the network could hold: only our own code opens this door.
UNGUARDED = object()


class AccountPayment(models.Model):
    """What was booked for URSSAF is not deleted, nor reset: the next look at the request would book it a second time, or
    the claim would vanish while the invoice stays paid."""

    _inherit = 'account.payment'

    def _urssaf_unguarded(self):
        return self.with_context(urssaf_unguarded=UNGUARDED).sudo()

    def _urssaf_check_unguarded(self):
        """:raises UserError: for what URSSAF has paid or taken back, saying what to do instead"""
        if self.env.context.get('urssaf_unguarded') is UNGUARDED:
            return
        if ours := self.filtered('urssaf_kind')[:1]:
            raise UserError(
                self.env._(
                    "Payment %s was booked from what URSSAF says: it is neither deleted nor reset. An accounting administrator "
                    "uses “Undo the booking” on it.",
                    ours.display_name,
                )
            )

    @api.model
    def _has_field_access(self, field, operation):
        # EXTENDS 'base': what the program decides is not written from outside
        return may_access(self.env, field, operation) and super()._has_field_access(field, operation)

    def unlink(self):
        # EXTENDS 'account', whose own begins with the journal entry
        self._urssaf_check_unguarded()
        return super().unlink()

    def action_draft(self):
        # EXTENDS 'account'
        self._urssaf_check_unguarded()
        return super().action_draft()

    def action_cancel(self):
        # EXTENDS 'account'
        self._urssaf_check_unguarded()
        return super().action_cancel()

    def action_reject(self):
        # EXTENDS 'account'
        self._urssaf_check_unguarded()
        return super().action_reject()


class AccountMove(models.Model):
    _inherit = 'account.move'

    def button_draft(self):
        # EXTENDS 'request'
        self.origin_payment_id._urssaf_check_unguarded()
        return super().button_draft()

    def button_cancel(self):
        # EXTENDS 'request'
        self.origin_payment_id._urssaf_check_unguarded()
        return super().button_cancel()
