import re
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...urssaf import variants
from ...urssaf.formats import FRANCE
from ..household.res_partner import PERSONAL
from .urssaf_registration import REGISTRABLE
from .urssaf_registration_attempt import AS_ENTERED

BIRTH_PLACE_SENT = re.compile(r'(?P<country>99[0-9]{3})|(?P<department>\S{3}) (?P<code>[0-9]{2,3}) (?P<name>.+)')


class ResPartner(models.Model):
    """What to do when URSSAF refuses a household (SCREENS §2): the fields to look at, the other ways to write it."""

    _inherit = 'res.partner'

    urssaf_keep_accents = fields.Boolean(
        "Names Sent With Accents", groups=PERSONAL, copy=False, help="URSSAF recognised the names with their accents."
    )
    urssaf_birth_place_sent = fields.Char(
        "Birth Place as Sent",
        compute='_compute_urssaf_birth_place_sent',
        store=True,
        readonly=False,
        groups=PERSONAL,
        copy=False,
        help="Department, code and name (or country code) under which URSSAF recognised the birth place. "
        "Empty: by the usual rule.",
    )
    urssaf_attempt_ids = fields.One2many(
        'urssaf.registration.attempt',
        string="Other Ways to Write the Identity",
        compute='_compute_urssaf_attempt_ids',
        groups=PERSONAL,
    )
    urssaf_refused_fields = fields.Char(compute='_compute_urssaf_refused_fields', groups=PERSONAL)

    @api.depends('urssaf_birth_commune_id', 'urssaf_birth_country_id', 'urssaf_birth_date')
    def _compute_urssaf_birth_place_sent(self):
        """It was recognised for one birth: another place or day follows the rule again."""
        self.urssaf_birth_place_sent = False

    @api.depends(
        'urssaf_registration_ids.state',
        'urssaf_registration_ids.worth_trying',
        'urssaf_registration_ids.attempt_ids',
        'urssaf_civility',
        'urssaf_birth_name',
        'urssaf_usage_name',
        'urssaf_first_names',
        'urssaf_birth_date',
        'urssaf_birth_country_id',
        'urssaf_birth_commune_id',
        'urssaf_birth_place_sent',
        'urssaf_keep_accents',
    )
    @api.depends_context('company')
    def _compute_urssaf_attempt_ids(self):
        """Those that the form as it stands now would send; the others are of an earlier spelling."""
        for partner in self:
            registration = partner.urssaf_registration_id.sudo()
            ways = registration._useful_variants(partner)
            attempts = registration.attempt_ids.filtered(lambda a, ways=ways: a.fingerprint in ways)
            partner.urssaf_attempt_ids = attempts.sudo(self.env.su).sorted()

    @api.depends('urssaf_registration_ids.state', 'urssaf_registration_ids.refused_fields')
    @api.depends_context('company')
    def _compute_urssaf_refused_fields(self):
        for partner in self:
            registration = partner.urssaf_registration_id.sudo()
            partner.urssaf_refused_fields = registration.state == 'rejected' and registration.refused_fields

    # -- what is sent -----------------------------------------------------------------------------

    def _urssaf_customer(self):
        return replace(super()._urssaf_customer(), keep_accents=self.sudo().urssaf_keep_accents)

    def _urssaf_birth_place(self):
        place, known = super()._urssaf_birth_place(), BIRTH_PLACE_SENT.fullmatch(self.urssaf_birth_place_sent or '')
        if not known or bool(known['country']) != (place.country_code != FRANCE):
            return place
        if known['country']:
            return replace(place, country_code=known['country'])
        return replace(place, department=known['department'], commune_code=known['code'], commune_name=known['name'])

    @api.model
    def _urssaf_birth_place_text(self, place):
        """A birth place as ``urssaf_birth_place_sent`` holds it."""
        if place.country_code != FRANCE:
            return place.country_code
        return ' '.join((place.department, place.commune_code, place.commune_name))

    def _urssaf_ways(self):
        """All ways to write this household, that of the form first: by fingerprint.

        :rtype: dict[str, urssaf.variants.Variant]
        """
        self.ensure_one()
        customer = self._urssaf_customer()
        ways = [
            variants.Variant(AS_ENTERED, customer, {}),
            *variants.variants(customer, self._urssaf_other_birth_places()),
        ]
        fingerprint_of = self.env['urssaf.registration.attempt']._fingerprint_of
        return {fingerprint_of(way.customer): way for way in ways}

    # -- actions ----------------------------------------------------------------------------------

    def _urssaf_register(self, registration, way):
        """Register this household written in a way of ``_urssaf_ways``. The caller has checked the rights.

        :raises UserError: when URSSAF cannot be asked, or refuses
        """
        company = self.env.company
        if not company._urssaf_is_ready() or registration.environment != company.urssaf_environment:
            raise UserError(company._urssaf_not_set_up())
        sentences = self._urssaf_missing_sentences()
        if sentences:
            raise UserError(
                self.env._("To complete for %s before registering:", self.name)
                + '\n'
                + '\n'.join(f"• {sentence}" for sentence in sentences)
            )
        registration = registration.sudo()
        failure = ''
        if registration.state in REGISTRABLE:
            failure = registration._register_one(way)
        if failure:
            raise UserError(failure)
        notice = registration._notify_user(just_registered=True)
        if registration.state == 'pending' and way.changes:
            notice['params']['message'] += ' ' + self.env._(
                "The identity on this form now says what URSSAF has recognised."
            )
        return notice
