from odoo import api, models
from odoo.tools import format_date


class AccountBankStatementLine(models.Model):
    _inherit = 'account.bank.statement.line'

    @api.depends('date', 'amount', 'payment_ref')
    @api.depends_context('lang', 'urssaf_bank_line')
    def _compute_display_name(self):
        # EXTENDS 'account': who chooses one looks for its day, its amount and the bank's own words
        if not self.env.context.get('urssaf_bank_line'):
            return super()._compute_display_name()
        for line in self:
            amount = (line.currency_id or line.company_id.currency_id).format(line.amount)
            parts = (line.date and format_date(self.env, line.date), amount, line.payment_ref)
            line.display_name = ' · '.join(filter(None, parts))
