from odoo import models


class AccountJournal(models.Model):
    _inherit = 'account.journal'

    def _urssaf_claim_account(self):
        """The account that holds what URSSAF owes: that of the journal's way to receive; may be empty.

        :rtype: account.account
        """
        return self.sudo().inbound_payment_method_line_ids.payment_account_id[:1]

    def _urssaf_method_line(self, payment_type):
        """How this journal books a transfer (``inbound``) or what is taken back (``outbound``); may be empty.

        :rtype: account.payment.method.line
        """
        journal = self.sudo()
        lines = (
            journal.inbound_payment_method_line_ids
            if payment_type == 'inbound'
            else journal.outbound_payment_method_line_ids
        )
        return lines.filtered('payment_account_id')[:1]
