from odoo import api, fields, models
from odoo.tools import format_date

from ..urssaf.birth_place import (
    birth_place,
    commune_on,
    department_name,
    department_of,
    other_birth_places,
    was_independent,
)
from ..urssaf.formats import FRANCE
from .res_partner import PERSONAL

SHOWN_PARTS = 8


class ResPartner(models.Model):
    """What will be sent of the place of birth, said beside the field before anything leaves (CONTRACT §5.1)."""
    _inherit = 'res.partner'

    urssaf_birth_country_id = fields.Many2one(
        help="As the country is called today. Born in Algeria, Morocco, Tunisia or another territory before its "
             "independence: choose that country, not France.")
    urssaf_birth_commune_id = fields.Many2one(
        help="As it is called today, or as the birth certificate names it: the code of the day of birth is sent.")
    urssaf_birth_place_sent = fields.Char(
        string="Birth place as sent", compute='_compute_urssaf_birth_place_sent', groups=PERSONAL)
    urssaf_birth_place_hint = fields.Char(compute='_compute_urssaf_birth_place_hint', groups=PERSONAL)

    @api.depends('urssaf_birth_date', 'urssaf_birth_country_id', 'urssaf_birth_commune_id')
    @api.depends_context('lang')
    def _compute_urssaf_birth_place_sent(self):
        for partner in self:
            code = partner.urssaf_birth_country_id.insee_code
            if not code or (code == FRANCE and not partner.urssaf_birth_commune_id):
                partner.urssaf_birth_place_sent = False
            elif code == FRANCE:
                partner.urssaf_birth_place_sent = partner._urssaf_birth_in_france()
            else:
                partner.urssaf_birth_place_sent = partner._urssaf_birth_abroad()

    @api.depends('urssaf_birth_date', 'urssaf_birth_country_id', 'urssaf_birth_commune_id')
    @api.depends_context('lang')
    def _compute_urssaf_birth_place_hint(self):
        """Who was born in a commune that joined another one later is known under that commune's code."""
        for partner in self:
            commune = partner.urssaf_birth_commune_id
            if partner.urssaf_birth_country_id.insee_code != FRANCE:
                partner.urssaf_birth_place_hint = False
            elif commune._may_have_ended(partner.urssaf_birth_date):
                partner.urssaf_birth_place_hint = self.env._(
                    "%(commune)s is part of %(successor)s today, and may have been at the time of the birth already: "
                    "choose %(successor)s if the birth certificate names it.",
                    commune=commune.name, successor=commune.successor_name)
            else:
                partner.urssaf_birth_place_hint = partner._urssaf_parts_of_birth_commune()

    def _urssaf_parts_of_birth_commune(self):
        commune = self.urssaf_birth_commune_id
        parts = self.env['insee.commune']
        if commune.kind == 'commune':
            parts = parts.search([('successor_id', '=', commune._origin.id), ('code', '!=', commune.code)], order='name')
        names = parts.mapped('name')
        shown = ', '.join(names[:SHOWN_PARTS]) + ('…' if len(names) > SHOWN_PARTS else '')
        return bool(names) and self.env._(
            "%(commune)s includes %(names)s today. If the birth certificate names one of these former municipalities, "
            "choose it instead.", commune=commune.name, names=shown)

    def _urssaf_birth_in_france(self):
        commune = self.urssaf_birth_commune_id._as_commune()
        day = self.urssaf_birth_date or None
        code, name = commune_on(commune, day)
        place = birth_place(FRANCE, commune, day)
        if not place.department:  # no code that could be sent: the checklist says so
            return False
        values = {
            'department': place.department, 'commune': place.commune_code, 'name': name,
            'department_name': department_name(department_of(code), day),
        }
        if day and code != commune.code:
            return self.env._(
                "Will be sent: department %(department)s (%(department_name)s), municipality %(commune)s %(name)s: "
                "the codes of %(date)s, %(today)s today.", date=format_date(self.env, day), today=commune.code, **values)
        return self.env._(
            "Will be sent: department %(department)s (%(department_name)s), municipality %(commune)s %(name)s.", **values)

    def _urssaf_birth_abroad(self):
        country = self.urssaf_birth_country_id
        values = {'country': country.name, 'code': country.insee_code}
        if self.urssaf_birth_date and not was_independent(country.insee_code, self.urssaf_birth_date):
            return self.env._(
                "Will be sent: country %(code)s %(country)s alone, as for all births there, also before independence.",
                **values)
        return self.env._("Will be sent: country %(code)s %(country)s alone, as for every birth abroad.", **values)

    def _urssaf_other_birth_places(self):
        """Other codes to try when URSSAF does not recognise the person, the likeliest first.

        :rtype: list[urssaf.payloads.BirthPlace]
        """
        self.ensure_one()
        partner = self.sudo()
        return other_birth_places(
            partner.urssaf_birth_country_id.insee_code, partner.urssaf_birth_commune_id._as_commune(),
            partner.urssaf_birth_date or None)
