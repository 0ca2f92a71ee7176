from odoo import api, models
from odoo.fields import Domain


class AccountJournal(models.Model):
    _inherit = 'account.journal'

    @api.model
    def _urssaf_journals(self):
        """Where the companies of this database book what URSSAF transfers, in sudo: users pay with other ones.

        :rtype: account.journal
        """
        return self.env['res.company'].sudo().search([('urssaf_journal_id', '!=', False)]).urssaf_journal_id

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

    def _fill_bank_cash_dashboard_data(self, dashboard_data):
        # EXTENDS 'account': what URSSAF owes, on the card of its journal
        result = super()._fill_bank_cash_dashboard_data(dashboard_data)
        lines, ours = self.env['account.move.line'], self & self._urssaf_journals().with_env(self.env)
        # Also a journal that another one has followed: its claims are still open.
        is_of_card = Domain('journal_id', 'in', ours.ids) | Domain('payment_id.urssaf_kind', '!=', False)
        claims = lines._read_group(
            Domain([('urssaf_is_claim', '=', True), ('journal_id', 'in', self.ids)])
            & is_of_card
            & Domain(lines._check_company_domain(self.env.companies)),
            ['journal_id'],
            ['amount_residual:sum'],
        )
        for journal, amount in claims:
            dashboard_data[journal.id]['urssaf_owed'] = journal.company_id.sudo().currency_id.format(amount)
        return result
