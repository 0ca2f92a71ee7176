import re
from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import format_date

from ...urssaf.birth_place import birth_place, department_name, other_birth_places, was_independent
from ...urssaf.formats import FRANCE
from .res_partner import PERSONAL_DATA_GROUPS

SHOWN_PARTS = 8
BIRTH_PLACE_SENT = re.compile(r'(?P<country>99[0-9]{3})|(?P<department>\S{3}) (?P<code>[0-9]{2,3}) (?P<name>.+)')


class ResPartner(models.Model):
    """Where a person was born, and what will be sent of it, said beside the field before anything leaves (CONTRACT §5.1)."""

    _inherit = 'res.partner'

    urssaf_birth_country_id = fields.Many2one(
        'res.country',
        string="Country of Birth",
        compute='_compute_urssaf_birth_country_id',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        help="As the country is called today. Born in Algeria, Morocco, Tunisia or another territory before its "
        "independence: choose that country, not France.",
    )
    urssaf_birth_commune_id = fields.Many2one(
        'insee.commune',
        string="Municipality of Birth",
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        domain="[('kind', '!=', 'divided')]",
        help="As it is called today, or as the birth certificate names it: the code of the day of birth is sent.",
    )
    urssaf_birth_is_france = fields.Boolean(
        "Born in France", compute='_compute_urssaf_birth_is_france', groups=PERSONAL_DATA_GROUPS, exportable=False
    )
    urssaf_birth_place_sent = fields.Char(
        "Birth Place as Sent",
        compute='_compute_urssaf_birth_place_sent',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        help="Department, code and name (or country code) under which URSSAF recognised the birth place. "
        "Empty: by the usual rule.",
    )
    urssaf_birth_place_notice = fields.Char(
        string="Birth Place Sent", compute='_compute_urssaf_birth_place_notice', groups=PERSONAL_DATA_GROUPS
    )
    urssaf_birth_place_hint = fields.Char(
        string="About the Birth Place", compute='_compute_urssaf_birth_place_hint', groups=PERSONAL_DATA_GROUPS
    )

    @api.depends('is_company')
    def _compute_urssaf_birth_country_id(self):
        """France, until somebody says otherwise. Not a default: it would be a value that users outside accounting
        may not write, and keep them from making any contact at all."""
        france = self.env.ref('base.fr', raise_if_not_found=False)
        for partner in self:
            partner.urssaf_birth_country_id = partner.urssaf_birth_country_id or (not partner.is_company and france)

    @api.depends('urssaf_birth_country_id')
    def _compute_urssaf_birth_is_france(self):
        for partner in self:
            partner.urssaf_birth_is_france = partner.urssaf_birth_country_id.insee_code == FRANCE

    @api.depends('urssaf_birth_commune_id', 'urssaf_birth_country_id', 'urssaf_birth_date')
    def _compute_urssaf_birth_place_sent(self):
        """It was recognised for one birth: another place or day follows the rule again."""
        self.urssaf_birth_place_sent = False

    @api.depends('urssaf_birth_date', 'urssaf_birth_country_id', 'urssaf_birth_commune_id', 'urssaf_birth_place_sent')
    @api.depends_context('lang')
    def _compute_urssaf_birth_place_notice(self):
        for partner in self:
            code = partner.urssaf_birth_country_id.insee_code
            if not code or (code == FRANCE and not partner.urssaf_birth_commune_id):
                partner.urssaf_birth_place_notice = False
            elif code == FRANCE:
                partner.urssaf_birth_place_notice = partner._urssaf_birth_in_france()
            else:
                partner.urssaf_birth_place_notice = partner._urssaf_birth_abroad()

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
                    commune=commune.name,
                    successor=commune.successor_name,
                )
            else:
                partner.urssaf_birth_place_hint = partner._urssaf_parts_of_birth_commune()

    def _urssaf_parts_of_birth_commune(self):
        """A sentence about the former municipalities that are part of this one today; False when there are none."""
        commune = self.urssaf_birth_commune_id
        parts = self.env['insee.commune']
        if commune.kind == 'commune':
            domain = [('successor_id', '=', commune._origin.id), ('code', '!=', commune.code)]
            parts = parts.search_fetch(domain, ['name'], order='name')
        names = parts.mapped('name')
        shown = ', '.join(names[:SHOWN_PARTS]) + ('…' if len(names) > SHOWN_PARTS else '')
        return bool(names) and self.env._(
            "%(commune)s includes %(names)s today. If the birth certificate names one of these former municipalities, "
            "choose it instead.",
            commune=commune.name,
            names=shown,
        )

    def _urssaf_birth_in_france(self):
        """What will be sent of a birth in France, as a sentence; False when no code can be sent."""
        day = self.urssaf_birth_date or None
        place = self._urssaf_birth_place()
        if not place.department:  # no code that could be sent: the checklist says so
            return False
        department = place.department[1:] if place.department.startswith('0') else place.department
        values = {
            'department': place.department,
            'commune': place.commune_code,
            'name': place.commune_name,
            'department_name': department_name(department, day),
        }
        commune = self.urssaf_birth_commune_id
        today = birth_place(FRANCE, commune._as_commune(), None)
        if day and (place.department, place.commune_code) != (today.department, today.commune_code):
            return self.env._(
                "Will be sent: department %(department)s (%(department_name)s), municipality %(commune)s %(name)s: "
                "the codes of %(date)s, %(today)s today.",
                date=format_date(self.env, day),
                today=commune.code,
                **values,
            )
        return self.env._(
            "Will be sent: department %(department)s (%(department_name)s), municipality %(commune)s %(name)s.",
            **values,
        )

    def _urssaf_birth_abroad(self):
        """What will be sent of a birth abroad, as a sentence."""
        country = self.urssaf_birth_country_id
        values = {'country': country.name, 'code': country.insee_code}
        if self.urssaf_birth_date and not was_independent(country.insee_code, self.urssaf_birth_date):
            return self.env._(
                "Will be sent: country %(code)s %(country)s alone, as for all births there, also before independence.",
                **values,
            )
        return self.env._("Will be sent: country %(code)s %(country)s alone, as for every birth abroad.", **values)

    # -- what is sent -----------------------------------------------------------------------------

    def _urssaf_birth(self):
        """The arguments of ``urssaf.birth_place.birth_place``: country code, commune of today, day of birth."""
        return (
            self.urssaf_birth_country_id.insee_code,
            self.urssaf_birth_commune_id._as_commune(),
            self.urssaf_birth_date or None,
        )

    def _urssaf_birth_place(self):
        """Where this person was born: in the codes of that day, or in those that URSSAF has recognised.

        :rtype: urssaf.payloads.BirthPlace
        """
        place = birth_place(*self._urssaf_birth())
        known = BIRTH_PLACE_SENT.fullmatch(self.urssaf_birth_place_sent or '')
        if not known or bool(known['country']) != (place.country_code != FRANCE):
            return place
        if known['country']:
            return replace(place, country_code=known['country'])
        return replace(place, department=known['department'], commune_code=known['code'], commune_name=known['name'])

    @api.model
    def _urssaf_birth_place_text(self, place):
        """A birth place as ``urssaf_birth_place_sent`` holds it.

        :param urssaf.payloads.BirthPlace place: one that ``_urssaf_other_birth_places`` has given
        """
        if place.country_code != FRANCE:
            return place.country_code
        return ' '.join((place.department, place.commune_code, place.commune_name))

    def _urssaf_other_birth_places(self):
        """The codes under which this birth may be known: the one of the rule first, then the likeliest.

        :rtype: list[urssaf.payloads.BirthPlace]
        """
        self.ensure_one()
        birth = self.sudo()._urssaf_birth()
        return [birth_place(*birth), *other_birth_places(*birth)]
