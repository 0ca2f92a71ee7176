from odoo import fields, models

from ..connection.res_company import ENVIRONMENTS


class UrssafNumber(models.Model):
    """An invoice number that URSSAF has from another program: no invoice of ours is ever sent under it.

    Made by a person who compares the books with URSSAF (``urssaf.compare``).
    """

    _name = 'urssaf.number'
    _description = "Invoice Number Used at URSSAF by Another Program"
    _order = 'name'

    name = fields.Char("Invoice Number", required=True, readonly=True)
    request_ref = fields.Char("URSSAF Number", required=True, readonly=True)
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)

    _unique_ref = models.Constraint(
        'UNIQUE (company_id, environment, request_ref)', "This number is marked as used already."
    )
