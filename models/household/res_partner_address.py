from odoo import api, fields, models

from ...urssaf.street import Street, split_street
from ...urssaf.street_types import STREET_TYPES
from .res_partner import PERSONAL


class ResPartner(models.Model):
    """The street of a household in the parts that URSSAF wants, read from Odoo's own street and editable.

    One method for each part: Odoo would keep a whole group of them from being computed as soon as one is written.
    """

    _inherit = 'res.partner'

    urssaf_street_number = fields.Char(
        "Number", compute='_compute_urssaf_street_number', store=True, readonly=False, groups=PERSONAL, copy=False
    )
    urssaf_street_letter = fields.Selection(
        [('B', "bis"), ('T', "ter"), ('Q', "quater"), ('C', "quinquies")],
        string="bis, ter…",
        compute='_compute_urssaf_street_letter',
        store=True,
        readonly=False,
        groups=PERSONAL,
        copy=False,
    )
    urssaf_street_type = fields.Selection(
        list(STREET_TYPES.items()),
        string="Street Type",
        compute='_compute_urssaf_street_type',
        store=True,
        readonly=False,
        groups=PERSONAL,
        copy=False,
    )
    urssaf_street_name = fields.Char(
        "Street Name", compute='_compute_urssaf_street_name', store=True, readonly=False, groups=PERSONAL, copy=False
    )
    urssaf_address_complement = fields.Char(
        "Address Complement",
        compute='_compute_urssaf_address_complement',
        store=True,
        readonly=False,
        groups=PERSONAL,
        copy=False,
    )
    urssaf_address_locality = fields.Char(
        "Locality", compute='_compute_urssaf_address_locality', store=True, readonly=False, groups=PERSONAL, copy=False
    )

    @api.depends('street', 'street2', 'is_company')
    def _compute_urssaf_street_number(self):
        for partner in self:
            partner.urssaf_street_number = partner._urssaf_street().number or False

    @api.depends('street', 'street2', 'is_company')
    def _compute_urssaf_street_letter(self):
        for partner in self:
            partner.urssaf_street_letter = partner._urssaf_street().letter or False

    @api.depends('street', 'street2', 'is_company')
    def _compute_urssaf_street_type(self):
        for partner in self:
            partner.urssaf_street_type = partner._urssaf_street().street_type or False

    @api.depends('street', 'street2', 'is_company')
    def _compute_urssaf_street_name(self):
        for partner in self:
            partner.urssaf_street_name = partner._urssaf_street().name or False

    @api.depends('street', 'street2', 'is_company')
    def _compute_urssaf_address_complement(self):
        for partner in self:
            partner.urssaf_address_complement = partner._urssaf_street().complement or False

    @api.depends('street', 'street2', 'is_company')
    def _compute_urssaf_address_locality(self):
        for partner in self:
            partner.urssaf_address_locality = partner._urssaf_street().locality or False

    def _urssaf_street(self):
        """Odoo's two lines in parts; nothing for a company."""
        return Street() if self.is_company else split_street(self.street, self.street2)
