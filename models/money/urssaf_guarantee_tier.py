from odoo import api, fields, models
from odoo.tools import ormcache


class UrssafGuaranteeTier(models.Model):
    """The least financial guarantee for what is declared in a year (CSS D133-22): data with the years they hold for."""

    _name = 'urssaf.guarantee.tier'
    _inherit = 'urssaf.yearly'
    _description = "Least Financial Guarantee"
    _order = 'year_from desc, declared_from, id'
    _rec_name = 'amount'

    declared_from = fields.Monetary("Declared From", help="In euros, tax included, for the calendar year.")
    amount = fields.Monetary("Guarantee")

    @api.model
    def _least(self, declared, year):
        """The least guarantee for what is declared in a year, in euros; nothing when the law says nothing of that year.

        :param float declared: euros, tax included
        :param int year: a calendar year
        :rtype: float
        """
        tiers = [tier for tier in self._of_year(year) if tier[1] <= declared]
        latest = max((year_from for year_from, _declared_from, _amount in tiers), default=0)
        return max((amount for year_from, _declared_from, amount in tiers if year_from == latest), default=0.0)

    @api.model
    @ormcache('year')
    def _of_year(self, year):
        """All that hold in a calendar year.

        :return: ``(first year of the law, declared from, least guarantee)`` of each; euros
        :rtype: list[tuple]
        """
        tiers = self.sudo().search([('year_from', '<=', year)])._holding(year)
        return [(tier.year_from, tier.declared_from, tier.amount) for tier in tiers]
