from odoo import api, fields, models
from odoo.tools import ormcache

# The type of service of which the State pays no half: the customer pays all of it (CONTRACT §12).
NOT_ELIGIBLE = '270'


class UrssafNature(models.Model):
    """A type of service as URSSAF knows it (*code nature*, CONTRACT §12)."""

    _name = 'urssaf.nature'
    _description = "Type of service (URSSAF)"
    _order = 'sequence, code, id'
    _rec_names_search = ['name', 'code']

    code = fields.Char(required=True, size=8, help="Code of the type of service in URSSAF's list.")
    name = fields.Char(required=True, translate=True)
    unit = fields.Selection(
        [('HEURE', "Hours"), ('FORFAIT', "Flat rate")],
        string="Usual unit",
        required=True,
        default='HEURE',
        help="How this service is usually counted. The unit of the invoice line decides what is sent.",
    )
    sequence = fields.Integer(default=500)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        'UNIQUE (code)',
        "This type of service already exists: each URSSAF code can be used only once.",
    )

    # -- asked for each line that is shown: kept in memory ----------------------------------------------

    @api.model
    @ormcache()
    def _not_eligible_ids(self):
        """Of which types of service the State pays no half.

        :rtype: frozenset[int]
        """
        natures = self.sudo().with_context(active_test=False).search([('code', '=', NOT_ELIGIBLE)])
        return frozenset(natures.ids)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if 'code' in vals:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
