from odoo import api, fields, models

from ...urssaf import payloads
from ...urssaf.formats import FRANCE, compact
from ...urssaf.street import Street, split_street
from ...urssaf.street_types import STREET_TYPES
from .res_partner import PERSONAL_DATA_GROUPS

# Fields that hold a part of the street, by the name that it has in `urssaf.street.Street`.
STREET_PARTS = {
    'urssaf_street_number': 'number',
    'urssaf_street_letter': 'letter',
    'urssaf_street_type': 'street_type',
    'urssaf_street_name': 'name',
    'urssaf_address_complement': 'complement',
    'urssaf_address_locality': 'locality',
}


class ResPartner(models.Model):
    """The address of a household as URSSAF wants it: its municipality, and the street in parts. Read from Odoo's own
    fields, stored and editable.

    One method for each part: Odoo would keep a whole group of them from being computed as soon as one is written.
    """

    _inherit = 'res.partner'

    urssaf_street_number = fields.Char(
        "Number",
        compute='_compute_urssaf_street_number',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
    )
    urssaf_street_letter = fields.Selection(
        [('B', "bis"), ('T', "ter"), ('Q', "quater"), ('C', "quinquies")],
        string="bis, ter…",
        compute='_compute_urssaf_street_letter',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
    )
    urssaf_street_type = fields.Selection(
        list(STREET_TYPES.items()),
        string="Street Type",
        compute='_compute_urssaf_street_type',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
    )
    urssaf_street_name = fields.Char(
        "Street Name",
        compute='_compute_urssaf_street_name',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
    )
    urssaf_address_complement = fields.Char(
        "Address Complement",
        compute='_compute_urssaf_address_complement',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
    )
    urssaf_address_locality = fields.Char(
        "Locality",
        compute='_compute_urssaf_address_locality',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
    )

    urssaf_commune_id = fields.Many2one(
        'insee.commune',
        string="Municipality",
        compute='_compute_urssaf_commune_id',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        domain="[('kind', '!=', 'divided'), ('valid_until', '=', False)]",
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

    @api.onchange('zip')
    def _onchange_urssaf_zip(self):
        """A postal code that lost its zero gets it back, and one of a single municipality gives the town."""
        if not self.urssaf_is_possible or not self._urssaf_town()[0]:
            return
        Commune = self.env['insee.commune']
        commune = Commune._find_by_town(self.zip, self.city)
        if commune:
            self.zip = Commune._sure_zip(self.zip, self.city or commune.name)
            self.city = self.city or commune.name

    @api.depends('zip', 'city', 'country_id', 'is_company')
    def _compute_urssaf_commune_id(self):
        """One search for all who live in the same town."""
        Commune = self.env['insee.commune']
        for (zip_code, city), partners in self.grouped(lambda partner: partner._urssaf_town()).items():
            partners.urssaf_commune_id = Commune._find_by_town(zip_code, city) if zip_code else Commune

    def _urssaf_town(self):
        """Postal code and town; both False for a company, or where nobody lives in France."""
        in_france = not self.country_id or self.country_id.insee_code == FRANCE
        return (self.zip, self.city) if in_france and self.zip and not self.is_company else (False, False)

    @api.model
    def _urssaf_with_sure_zip(self, vals):
        """These values with the zero that a spreadsheet has taken from a postal code, where the town says so.

        :param dict vals: as for ``create`` or ``write``
        """
        zip_code, city, country = vals.get('zip'), vals.get('city'), vals.get('country_id')
        if not (isinstance(zip_code, str) and isinstance(city, str) and len(compact(zip_code)) == 4):
            return vals
        country = (
            self.env['res.country'].browse(country) if isinstance(country, int) and country else self.country_id[:1]
        )
        if country and country.insee_code != FRANCE:
            return vals
        return {**vals, 'zip': self.env['insee.commune']._sure_zip(zip_code, city)}

    def _urssaf_address(self):
        """The address as M010 wants it (CONTRACT §5.1).

        :rtype: urssaf.payloads.Address
        """
        commune = self.urssaf_commune_id
        return payloads.Address(
            number=self.urssaf_street_number or None,
            letter=self.urssaf_street_letter or None,
            street_type=self.urssaf_street_type or None,
            street_name=self.urssaf_street_name or None,
            complement=self.urssaf_address_complement or None,
            locality=self.urssaf_address_locality or None,
            city_name=commune.name or '',
            commune_code=commune.code or '',
            zip_code=self.zip or '',
            country_code=self.country_id.insee_code or FRANCE,
        )
