from odoo import api, fields, models


class UrssafYearly(models.AbstractModel):
    """A sum of the law that holds from one calendar year on, until a later law. Few, and asked for with each window that
    opens: kept in memory, forgotten when somebody corrects one."""

    _name = 'urssaf.yearly'
    _description = "Sum That Holds for Some Years"

    year_from = fields.Integer("From Year", required=True)
    year_to = fields.Integer("Until Year", help="Empty as long as no later law is known.")
    currency_id = fields.Many2one('res.currency', compute='_compute_currency_id')
    amount = fields.Monetary("Amount", required=True, help="In euros, for a calendar year.")

    _amount_positive = models.Constraint('CHECK (amount > 0)', "An amount that the law sets is above zero.")
    _years_in_order = models.Constraint(
        'CHECK (year_to IS NULL OR year_to = 0 OR year_to >= year_from)', "What the law sets ends after it begins."
    )

    def _compute_currency_id(self):
        self.currency_id = self.env.ref('base.EUR')

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _holding(self, year):
        """Those that hold in a calendar year, the later law of two not chosen yet."""
        return self.filtered(lambda one: one.year_from <= year and (not one.year_to or one.year_to >= year))
