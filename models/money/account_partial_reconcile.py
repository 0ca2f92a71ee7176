from odoo import models

from .account_payment_guard import UNGUARDED


class AccountPartialReconcile(models.Model):
    _inherit = 'account.partial.reconcile'

    def unlink(self):
        # EXTENDS 'account': somebody takes what URSSAF has paid off its invoice. That is allowed, and told
        loose = []
        if self.env.context.get('urssaf_unguarded') is not UNGUARDED:
            for partial in self.sudo():
                lines = partial.debit_move_id | partial.credit_move_id
                payment = lines.move_id.origin_payment_id.filtered('urssaf_kind')[:1]
                # The match on the claim account is left out: it comes and goes with the bank line.
                if payment and partial.debit_move_id.account_id.account_type == 'asset_receivable':
                    loose.append((payment, partial.amount))
        result = super().unlink()
        for payment, amount in loose:
            payment.urssaf_request_id._localized()._tell_unmatched(payment, amount)
        return result
