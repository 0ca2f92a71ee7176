from odoo import api, fields, models
from odoo.tools import format_date

from ...tools.euros import euros
from ...urssaf.dates import today_in_paris

# What the notices of these cards look at.
TYPED = (
    'urssaf_journal_id',
    'urssaf_partner_id',
    'urssaf_deposits_allowed',
    'urssaf_guarantee_amount',
    'urssaf_guarantee_until',
    'urssaf_vigilance_until',
    'urssaf_tax_proof_until',
    'urssaf_sap_until',
)


class ResConfigSettings(models.TransientModel):
    """The cards *URSSAF's transfers* and *What URSSAF wants of you* of the invoicing settings."""

    _inherit = 'res.config.settings'

    urssaf_journal_id = fields.Many2one(related='company_id.urssaf_journal_id', readonly=False)
    urssaf_partner_id = fields.Many2one(related='company_id.urssaf_partner_id', readonly=False)
    urssaf_register_payments = fields.Boolean(related='company_id.urssaf_register_payments', readonly=False)
    urssaf_payments_from = fields.Date(related='company_id.urssaf_payments_from', readonly=False)
    urssaf_book_trials = fields.Boolean(related='company_id.urssaf_book_trials', readonly=False)
    urssaf_claim_account_id = fields.Many2one(
        'account.account', string="Account of What URSSAF Owes", compute='_compute_urssaf_money', exportable=False
    )
    urssaf_money_blocker = fields.Char("What Keeps Transfers From Being Booked", compute='_compute_urssaf_money')
    # A gauge shows numbers, not amounts of money.
    urssaf_declared_amount = fields.Float("Declared This Year", compute='_compute_urssaf_guarantee', digits=(16, 2))
    urssaf_declared_limit = fields.Float("Guarantee Due From", compute='_compute_urssaf_guarantee', digits=(16, 2))
    urssaf_declared_text = fields.Char("Services Declared", compute='_compute_urssaf_guarantee')
    urssaf_guarantee_text = fields.Char("What the Guarantee Needs", compute='_compute_urssaf_guarantee')
    urssaf_guarantee_alert = fields.Char("How Serious It Is", compute='_compute_urssaf_guarantee')
    urssaf_guarantee_amount = fields.Monetary(related='company_id.urssaf_guarantee_amount', readonly=False)
    urssaf_guarantee_until = fields.Date(related='company_id.urssaf_guarantee_until', readonly=False)
    urssaf_vigilance_until = fields.Date(related='company_id.urssaf_vigilance_until', readonly=False)
    urssaf_tax_proof_until = fields.Date(related='company_id.urssaf_tax_proof_until', readonly=False)
    urssaf_sap_until = fields.Date(related='company_id.urssaf_sap_until', readonly=False)
    urssaf_proofs_text = fields.Text("Proofs That End", compute='_compute_urssaf_proofs_text')

    def _urssaf_as_typed(self, company):
        """The company with what stands in the form, before anything is saved: notices speak of what one sees.

        :param res.company company: of a branch, the one whose contract serves it
        :return: a record of the form alone, which is never written
        :rtype: res.company
        """
        self.ensure_one()
        if company != self.company_id._origin:
            return company
        return company.new({name: self[name] for name in TYPED}, origin=company)

    @api.depends('urssaf_journal_id', 'urssaf_partner_id')
    @api.depends_context('lang')
    def _compute_urssaf_money(self):
        for settings in self:
            settings.urssaf_claim_account_id = settings.urssaf_journal_id._urssaf_claim_account()
            # Before the setup there is nothing to mend.
            company = settings._urssaf_as_typed(settings.company_id._origin)
            settings.urssaf_money_blocker = settings.urssaf_journal_id and company._urssaf_money_blocker() or False

    @api.onchange('urssaf_register_payments', 'urssaf_payments_from')
    def _onchange_urssaf_register_payments(self):
        """Switched on, or from an earlier day on, transfers of the past are booked, too: who has registered them by hand is
        asked for the day.
        """
        was, day = self.company_id._origin, self.urssaf_payments_from
        reaches_back = (
            not was.urssaf_register_payments or not was.urssaf_payments_from or day < was.urssaf_payments_from
        )
        if not self.urssaf_register_payments or not day or day >= today_in_paris() or not reaches_back:
            return None
        message = self.env._(
            "Transfers from %s on are booked. If you have registered some of them by hand, choose a later first value date: else "
            "they are booked once more.",
            format_date(self.env, self.urssaf_payments_from),
        )
        return {'warning': {'title': self.env._("From which day on?"), 'message': message}}

    @api.depends(
        'urssaf_glance',
        'urssaf_environment',
        'urssaf_deposits_allowed',
        'urssaf_guarantee_amount',
        'urssaf_guarantee_until',
    )
    @api.depends_context('lang')
    def _compute_urssaf_guarantee(self):
        for settings in self:
            # Of a branch: what the company has declared whose contract serves it.
            owner = settings.company_id._origin._urssaf_owner()
            typed = settings._urssaf_as_typed(owner)
            guarantee = typed._urssaf_guarantee_of(
                {
                    year: [settings._urssaf_answer(f'{name}_{year}') or 0.0 for name in ('declared', 'deposits')]
                    for year in typed._urssaf_years_declared()
                }
            )
            settings.urssaf_declared_amount = guarantee.declared
            settings.urssaf_declared_limit = guarantee.limit
            settings.urssaf_declared_text = self.env._(
                "%(declared)s declared for %(year)s, tax included.",
                declared=euros(self.env, guarantee.declared),
                year=guarantee.year,
            )
            settings.urssaf_guarantee_text = typed._urssaf_guarantee_sentence(guarantee)
            settings.urssaf_guarantee_alert = guarantee.alert

    @api.depends(
        'company_id', 'urssaf_guarantee_until', 'urssaf_vigilance_until', 'urssaf_tax_proof_until', 'urssaf_sap_until'
    )
    @api.depends_context('lang')
    def _compute_urssaf_proofs_text(self):
        for settings in self:
            owner = settings.company_id._origin._urssaf_owner()
            sentences = settings._urssaf_as_typed(owner)._urssaf_proof_sentences()
            settings.urssaf_proofs_text = '\n'.join(sentences.values())

    def action_urssaf_setup_money(self):
        """Save the settings, then make what the bookings need."""
        self.ensure_one()
        self.set_values()
        return self.company_id.action_urssaf_setup_money()
