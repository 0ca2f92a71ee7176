from odoo import api, fields, models


class ProductTemplate(models.Model):
    """A service: the type under which it is declared to URSSAF."""

    _inherit = 'product.template'

    urssaf_nature_id = fields.Many2one(
        'urssaf.nature',
        string="Type of service (URSSAF)",
        ondelete='restrict',
        index='btree_not_null',
        help="Type under which this service is declared to URSSAF for the immediate advance of the tax credit.",
    )
    urssaf_is_french = fields.Boolean("Sold in France", exportable=False, compute='_compute_urssaf_is_french')

    @api.depends('company_id')
    @api.depends_context('allowed_company_ids')
    def _compute_urssaf_is_french(self):
        """Whether a company that can sell this product is French (overseas territories included)."""
        for product in self:
            companies = product.company_id or self.env.companies
            product.urssaf_is_french = any(companies.mapped('is_france_country'))
