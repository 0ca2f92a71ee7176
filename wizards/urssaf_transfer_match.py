from odoo import api, fields, models

from ..models.money.urssaf_transfer import GAPS, NEAR_DAYS
from ..tools.notification import CLOSE, notification


class UrssafTransferMatch(models.TransientModel):
    """Which bank line is URSSAF's transfer, and what a difference is: said by a person before anything is matched."""

    _name = 'urssaf.transfer.match'
    _description = "Match a Transfer of URSSAF With the Bank"

    transfer_id = fields.Many2one(
        'urssaf.transfer', string="Transfer", required=True, readonly=True, ondelete='cascade'
    )
    currency_id = fields.Many2one(related='transfer_id.currency_id')
    value_date = fields.Date(related='transfer_id.value_date')
    amount_open = fields.Monetary(related='transfer_id.amount_open')
    days = fields.Integer("Days Around", default=NEAR_DAYS, help="How far from the value date a bank line is proposed.")
    candidate_ids = fields.Many2many(
        'account.bank.statement.line', string="Bank Lines", compute='_compute_candidate_ids', compute_sudo=True
    )
    statement_line_id = fields.Many2one(
        'account.bank.statement.line',
        string="Bank Line",
        compute='_compute_statement_line_id',
        store=True,
        readonly=False,
        domain="[('id', 'in', candidate_ids)]",
    )
    amount_line = fields.Monetary("On the Bank Line", compute='_compute_difference')
    difference = fields.Monetary("Difference", compute='_compute_difference')
    gap = fields.Selection(GAPS, string="What the Difference Is")

    @api.constrains('transfer_id')
    def _check_transfer_id(self):
        """The window shows its transfer and bank lines in sudo: its user must be allowed to read the transfer."""
        self.transfer_id.with_user(self.env.user).check_access('read')  # constraints run in sudo

    @api.depends('transfer_id', 'days')
    def _compute_candidate_ids(self):
        for wizard in self:
            transfer = wizard.transfer_id
            wizard.candidate_ids = transfer._find_candidates(wizard.days) if transfer else False

    @api.depends('candidate_ids')
    def _compute_statement_line_id(self):
        for wizard in self:
            if wizard.statement_line_id in wizard.candidate_ids:
                continue
            # The first one fits best: proposed where its amount is the right one, and no other line has the same.
            fitting = wizard.candidate_ids.filtered(
                lambda line, open=wizard.amount_open: (
                    not line.currency_id.compare_amounts(line.sudo()._urssaf_open_amount(), open)
                )
            )
            wizard.statement_line_id = fitting[:1]

    @api.depends('statement_line_id', 'amount_open')
    def _compute_difference(self):
        for wizard in self:
            line = wizard.statement_line_id
            wizard.amount_line = line.sudo()._urssaf_open_amount() if line else 0.0
            wizard.difference = wizard.currency_id.round(wizard.amount_line - wizard.amount_open) if line else 0.0

    def action_confirm(self):
        """Match them.

        :return: a notice
        :raises UserError: when the line cannot be the transfer, or the difference is not explained
        """
        self.ensure_one()
        self.transfer_id.action_match(self.statement_line_id, self.gap)
        return notification(self.env._("%s is matched with the bank line.", self.transfer_id.display_name), then=CLOSE)
