from odoo import api, fields, models
from odoo.fields import Domain


class AccountMoveLine(models.Model):
    """What URSSAF owes, line by line: the open lines of the claim accounts. Their sum is the balance of those accounts, for
    both sides of each match lie in them."""

    _inherit = 'account.move.line'

    urssaf_is_claim = fields.Boolean(
        "Owed by URSSAF", compute='_compute_urssaf_is_claim', search='_search_urssaf_is_claim', exportable=False
    )
    urssaf_household_id = fields.Many2one(related='payment_id.partner_id', string="Paid For")
    urssaf_request_id = fields.Many2one(related='payment_id.urssaf_request_id', string="URSSAF Request")
    urssaf_transfer_id = fields.Many2one(related='payment_id.urssaf_transfer_id', string="URSSAF's Transfer")
    urssaf_value_date = fields.Date(related='payment_id.urssaf_value_date', string="Value Date")

    @api.depends('account_id', 'parent_state', 'reconciled')
    def _compute_urssaf_is_claim(self):
        accounts = self.env['account.payment']._urssaf_claim_accounts()
        for line in self:
            line.urssaf_is_claim = line.account_id in accounts and line.parent_state == 'posted' and not line.reconciled

    def _search_urssaf_is_claim(self, operator, value):
        if operator != 'in':
            return NotImplemented
        accounts = self.env['account.payment']._urssaf_claim_accounts()
        return Domain([('account_id', 'in', accounts.ids), ('parent_state', '=', 'posted'), ('reconciled', '=', False)])

    def _urssaf_settled_by(self):
        # EXTENDS 'request': what URSSAF has paid for another invoice is no deposit of the household
        kind, means = super()._urssaf_settled_by()
        return ('no_deposit' if self.move_id.origin_payment_id.urssaf_kind else kind), means
