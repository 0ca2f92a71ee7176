from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """The card *URSSAF's transfers* of the invoicing settings."""

    _inherit = 'res.config.settings'

    urssaf_journal_id = fields.Many2one(related='company_id.urssaf_journal_id', readonly=False)
    urssaf_partner_id = fields.Many2one(related='company_id.urssaf_partner_id', readonly=False)
    urssaf_register_payments = fields.Boolean(related='company_id.urssaf_register_payments', readonly=False)
    urssaf_payments_from = fields.Date(related='company_id.urssaf_payments_from', readonly=False)
    urssaf_book_trials = fields.Boolean(related='company_id.urssaf_book_trials', readonly=False)
    urssaf_claim_account_id = fields.Many2one(
        'account.account', string="Account of What URSSAF Owes", compute='_compute_urssaf_money', exportable=False
    )
    urssaf_money_trouble = fields.Char("What Keeps Transfers From Being Booked", compute='_compute_urssaf_money')

    @api.depends('urssaf_journal_id', 'urssaf_partner_id')
    @api.depends_context('lang')
    def _compute_urssaf_money(self):
        for settings in self:
            settings.urssaf_claim_account_id = settings.urssaf_journal_id._urssaf_claim_account()
            # Before the setup there is nothing to mend.
            settings.urssaf_money_trouble = (
                settings.urssaf_journal_id and settings.company_id._urssaf_money_trouble() or False
            )

    def action_urssaf_setup_money(self):
        """Save the settings, then make what the bookings need."""
        self.ensure_one()
        self.set_values()
        return self.company_id.action_urssaf_setup_money()
