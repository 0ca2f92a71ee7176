from odoo import api, fields, models


class UrssafGuaranteeTier(models.Model):
    """The least financial guarantee for what is declared in a year (CSS D133-22): data with the years they hold for."""

    _name = 'urssaf.guarantee.tier'
    _description = "Least Financial Guarantee"
    _order = 'year_from desc, declared_from, id'
    _rec_name = 'amount'

    year_from = fields.Integer("From Year", required=True)
    year_to = fields.Integer("Until Year", help="Empty as long as no later law is known.")
    currency_id = fields.Many2one('res.currency', compute='_compute_currency_id')
    declared_from = fields.Monetary("Declared From", help="In euros, tax included, for the calendar year.")
    amount = fields.Monetary("Guarantee", required=True)

    _amount_positive = models.Constraint('CHECK (amount > 0)', "The amount of a guarantee is above zero.")
    _years_in_order = models.Constraint(
        'CHECK (year_to IS NULL OR year_to = 0 OR year_to >= year_from)', "A guarantee ends after it begins."
    )

    def _compute_currency_id(self):
        self.currency_id = self.env.ref('base.EUR')

    @api.model
    def _least(self, declared, year):
        """The least guarantee for what is declared in a year, in euros; nothing when the law says nothing of that year.

        :param float declared: euros, tax included
        :param int year: a calendar year
        :rtype: float
        """
        domain = [('year_from', '<=', year), ('declared_from', '<=', declared)]
        tiers = self.sudo().search_fetch(domain, ['year_from', 'year_to', 'amount'])
        holding = tiers.filtered(lambda tier: not tier.year_to or tier.year_to >= year)
        latest = max(holding.mapped('year_from'), default=0)
        return max(holding.filtered(lambda tier: tier.year_from == latest).mapped('amount'), default=0.0)
