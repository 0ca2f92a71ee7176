from odoo import fields, models


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
