from odoo import api, fields, models
from odoo.exceptions import UserError

from ...urssaf import variants
from ..household.res_partner import PERSON_FIELDS, PERSONAL_DATA_GROUPS
from .urssaf_registration_attempt import AS_ENTERED
from .urssaf_registration_states import REGISTRABLE


class ResPartner(models.Model):
    """What to do when URSSAF refuses a household (SCREENS §2): the fields to look at, the other ways to write it."""

    _inherit = 'res.partner'

    urssaf_attempt_ids = fields.One2many(
        'urssaf.registration.attempt',
        string="Other Ways to Write the Identity",
        compute='_compute_urssaf_attempt_ids',
        groups=PERSONAL_DATA_GROUPS,
    )
    urssaf_attempts_are_stale = fields.Boolean(
        "Identity Changed and Not Saved",
        compute='_compute_urssaf_attempt_ids',
        groups=PERSONAL_DATA_GROUPS,
        exportable=False,
    )
    urssaf_refused_fields = fields.Char(
        "Fields to Look At", compute='_compute_urssaf_refused_fields', groups=PERSONAL_DATA_GROUPS, exportable=False
    )

    @api.depends(
        'urssaf_registration_ids.state',
        'urssaf_registration_ids.worth_trying',
        'urssaf_registration_ids.attempt_ids',
        *PERSON_FIELDS,
    )
    @api.depends_context('company')
    def _compute_urssaf_attempt_ids(self):
        """Those that the customer as saved would send; the others are of an earlier spelling.

        On a form that is being changed they stay, grey: a list that goes takes the field in hand off the screen.
        """
        for partner in self:
            registration = partner.urssaf_registration_id.sudo()
            useful = registration._useful_variants(partner._origin)
            attempts = registration.attempt_ids.filtered(lambda a, useful=useful: a.fingerprint in useful)
            partner.urssaf_attempt_ids = attempts.sudo(self.env.su).sorted()
            is_changed = bool(attempts) and partner != partner._origin
            partner.urssaf_attempts_are_stale = is_changed and useful.keys() != (
                registration._useful_variants(partner).keys()
            )

    @api.depends('urssaf_registration_ids.state', 'urssaf_registration_ids.refused_fields')
    @api.depends_context('company')
    def _compute_urssaf_refused_fields(self):
        for partner in self:
            registration = partner.urssaf_registration_id.sudo()
            partner.urssaf_refused_fields = registration.state == 'rejected' and registration.refused_fields

    def _urssaf_variants(self):
        """All ways to write this household, that of the form first: by fingerprint.

        :return: nothing without a birth date, such as of a household that has been erased: nothing could be sent
        :rtype: dict[str, urssaf.variants.Variant]
        """
        self.ensure_one()
        customer = self._urssaf_customer()
        if not customer.birth_date:
            return {}
        found = [
            variants.Variant(AS_ENTERED, customer, {}),
            *variants.variants(customer, self._urssaf_other_birth_places()),
        ]
        fingerprint_of = self.env['urssaf.registration.attempt']._fingerprint_of
        return {fingerprint_of(variant.customer): variant for variant in found}

    # -- actions ----------------------------------------------------------------------------------

    def _urssaf_register_variant(self, registration, variant):
        """Register this household written in one of ``_urssaf_variants``. The caller has checked the rights.

        :param urssaf.registration registration: of this household with the current company
        :param urssaf.variants.Variant variant: how to write it
        :return: a notice
        :raises UserError: when URSSAF cannot be asked, or refuses
        """
        company = self.env.company._urssaf_owner()
        company._urssaf_check_ready()
        if registration.environment != company.urssaf_environment:
            raise UserError(company._urssaf_not_set_up())
        blocker = self._urssaf_register_blocker()
        if blocker:
            raise UserError(blocker)
        registration = registration.sudo()
        failure = ''
        if registration.state in REGISTRABLE:
            failure = registration._register_one(variant)
        if failure:
            raise UserError(failure)
        notice = registration._notify_user(just_registered=True)
        if registration.state == 'pending' and variant.changes:
            notice['params']['message'] += ' ' + self.env._(
                "The identity on this form now says what URSSAF has recognised."
            )
        return notice
