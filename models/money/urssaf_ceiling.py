from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import ormcache

KINDS = [
    ('declared', "Services declared, from which a guarantee is due"),
    ('advance', "Advance for a household"),
    ('tax', "Expenses of a household that give right to the tax credit"),
    ('nature', "Expenses for some types of service"),
]


class UrssafCeiling(models.Model):
    """A sum that the law sets for a calendar year (CONTRACT §13). Budget laws change them: data with the years they hold
    for, which an accounting administrator may correct."""

    _name = 'urssaf.ceiling'
    _inherit = 'urssaf.yearly'
    _description = "Ceiling of a Year"
    _order = 'kind, sequence, year_from desc, id'

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, required=True)
    sequence = fields.Integer(default=10)
    amount_disability = fields.Monetary(
        "With Disability", help="Where a person with a disability lives. Empty: the same."
    )
    amount_raise = fields.Monetary("For Each Person", help="What each dependent child, and each member over 65, adds.")
    amount_most = fields.Monetary("At Most", help="As far as those persons raise it.")
    nature_ids = fields.Many2many('urssaf.nature', string="Types of Service")
    hours_each = fields.Float("Hours Each Time", help="How long one intervention may last. Empty: as long as it takes.")

    @api.model
    def _of_year(self, year, kind):
        """The ceilings of one kind that hold for a year. Where two of one kind (and, by type of service, of one type) hold,
        it is the later one.

        :param int year: a calendar year
        :param str kind: a key of ``KINDS``
        :rtype: urssaf.ceiling
        """
        return self.sudo().browse(self._ids_of_year(year, kind))

    @api.model
    @ormcache('year', 'kind')
    def _amount_of_year(self, year, kind):
        """The first of them, in euros; nothing when the law says nothing of that year.

        :rtype: float
        """
        return self._of_year(year, kind)[:1].amount

    @api.model
    def _all_of_year(self, year):
        """``_of_year`` for each kind, read together.

        :rtype: dict[str, urssaf.ceiling]
        """
        ids = {kind: self._ids_of_year(year, kind) for kind, _label in KINDS}
        everything = sum(ids.values(), ())
        return {kind: self.sudo().browse(some).with_prefetch(everything) for kind, some in ids.items()}

    @api.model
    @ormcache('year', 'kind')
    def _ids_of_year(self, year, kind):
        """``_of_year``, kept in memory: asked for each window that opens."""
        found = self.browse()
        ceilings = self.sudo().search([('kind', '=', kind)], order='year_from desc, sequence, id')
        for ceiling in ceilings._holding(year):
            if kind == 'nature' and not ceiling.nature_ids & found.nature_ids or not found:
                found |= ceiling
        return tuple(found.sorted(lambda ceiling: (ceiling.sequence, ceiling.id)).ids)

    def _codes(self):
        """The codes of the types of service that it is about.

        :rtype: set[str]
        """
        return set(self.nature_ids.mapped('code'))

    def _part_of(self, amounts):
        """What counts for it, of amounts by code of the type of service.

        :rtype: Decimal
        """
        codes = self._codes()
        return sum((amount for code, amount in amounts.items() if code in codes), Decimal(0))

    def _amount_for(self, partner):
        """What it comes to for a household, in euros; nothing when there is no such ceiling.

        :param res.partner partner: the household, in sudo
        :rtype: float
        """
        if not self:
            return 0.0
        self.ensure_one()
        if partner.urssaf_has_disability and self.amount_disability:
            return self.amount_disability
        raised = self.amount + self.amount_raise * max(partner.urssaf_ceiling_rank, 0)
        return min(raised, self.amount_most) if self.amount_most else raised
