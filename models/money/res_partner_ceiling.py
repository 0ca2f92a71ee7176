from decimal import Decimal

from odoo import api, fields, models

from ...tools.euros import euros
from ...urssaf.dates import today_in_paris
from ..household.res_partner import PERSONAL_DATA_GROUPS
from ..reference.urssaf_nature import NOT_ELIGIBLE


class ResPartner(models.Model):
    """The yearly ceilings of a household, and the part of them that goes through us: other providers are not known."""

    _inherit = 'res.partner'

    urssaf_has_disability = fields.Boolean(
        "Disability in the Household",
        copy=False,
        groups=PERSONAL_DATA_GROUPS,
        help="As on the tax notice: it raises the yearly ceilings. Ask only those whom it concerns.",
    )
    urssaf_ceiling_rank = fields.Integer(
        "Children and Members Over 65",
        copy=False,
        groups=PERSONAL_DATA_GROUPS,
        help="How many dependent children and members over 65 raise the ceiling of the tax credit.",
    )
    urssaf_ceiling_text = fields.Text(
        "Ceilings of the Year",
        compute='_compute_urssaf_ceiling_text',
        groups=PERSONAL_DATA_GROUPS,
        exportable=False,
        help="Through your company alone: what other providers and direct employees take is not known here.",
    )

    @api.depends('urssaf_has_disability', 'urssaf_ceiling_rank')
    @api.depends_context('company', 'lang')
    def _compute_urssaf_ceiling_text(self):
        owner, year = self.env.company._urssaf_owner(), today_in_paris().year
        used = self.env['urssaf.payment.request']._used_by_households(owner, self._origin, [year])
        ceilings = self.env['urssaf.ceiling']._all_of_year(year)
        for partner in self:
            amounts = used.get((owner.id, partner._origin.id, year), {})
            spent = self._urssaf_eligible(amounts)
            lines = []
            if advance := ceilings['advance']._amount_for(partner.sudo()):
                lines.append(
                    self.env._(
                        "Advance through you in %(year)s: %(used)s of %(limit)s.",
                        year=year,
                        used=euros(self.env, float(spent / 2)),
                        limit=euros(self.env, advance),
                    )
                )
            if tax := ceilings['tax']._amount_for(partner.sudo()):
                lines.append(
                    self.env._(
                        "Expenses with tax credit through you: %(used)s of %(limit)s.",
                        used=euros(self.env, float(spent)),
                        limit=euros(self.env, tax),
                    )
                )
            for ceiling in ceilings['nature'] if amounts else ():
                part = ceiling._part_of(amounts)
                if part:
                    lines.append(
                        self.env._(
                            "%(service)s: %(used)s of %(limit)s.",
                            service=ceiling.name,
                            used=euros(self.env, float(part)),
                            limit=euros(self.env, ceiling._amount_for(partner.sudo())),
                        )
                    )
            partner.urssaf_ceiling_text = '\n'.join(lines)

    @api.model
    def _urssaf_eligible(self, amounts):
        """What gives right to the tax credit, of amounts by code of the type of service.

        :rtype: Decimal
        """
        return sum((amount for code, amount in amounts.items() if code != NOT_ELIGIBLE), Decimal(0))

    def _urssaf_erase(self):
        # EXTENDS 'household': health and family are no less personal
        result = super()._urssaf_erase()
        self.sudo().write({'urssaf_has_disability': False, 'urssaf_ceiling_rank': 0})
        return result
