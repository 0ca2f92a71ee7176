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
            currency = line.currency_id or line.company_id.currency_id
            amount, left = currency.format(line.amount), line._urssaf_open_amount()
            if currency.compare_amounts(left, line.amount):
                amount = self.env._("%(left)s left of %(amount)s", left=currency.format(left), amount=amount)
            parts = (line.date and format_date(self.env, line.date), amount, line.payment_ref)
            line.display_name = ' · '.join(filter(None, parts))

    def _urssaf_open_amount(self):
        """What nobody has said yet what it is: all of a new line, the rest of one that is matched in part.

        :return: euros, positive for money that has come
        :rtype: float
        """
        self.ensure_one()
        _liquidity, suspense, _other = self._seek_for_lines()
        return self.currency_id.round(-sum(suspense.mapped('balance')))
