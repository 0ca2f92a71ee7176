import hashlib
import json

from odoo import api, fields, models

from ..household.res_partner import PERSONAL
from .urssaf_registration import REGISTRABLE

FIRST_ASKED = ('urssaf_civility', 'urssaf_birth_name', 'urssaf_first_names', 'urssaf_birth_date')


class ResPartner(models.Model):
    """Many households at once: found by how far they are, registered from the list."""

    _inherit = 'res.partner'

    # Stored, so that the list can be filtered by the database: what is checked is in Python.
    urssaf_is_complete = fields.Boolean(
        "Complete for Avance Immédiate",
        compute='_compute_urssaf_is_complete',
        store=True,
        groups=PERSONAL,
        copy=False,
        help="Nothing is missing to register this customer with URSSAF.",
    )
    # One state more than a registration has: nobody is asked to act, and nobody is to ask twice.
    urssaf_registration_state = fields.Selection(selection=lambda self: self._urssaf_state_selection())
    urssaf_request_count = fields.Integer(
        "Avance Immédiate Requests", compute='_compute_urssaf_request_count', groups=PERSONAL
    )

    @api.depends(
        'is_company',
        'urssaf_civility',
        'urssaf_birth_name',
        'urssaf_usage_name',
        'urssaf_first_names',
        'urssaf_birth_date',
        'urssaf_birth_country_id.insee_code',
        'urssaf_birth_commune_id',
        'urssaf_birth_place_sent',
        'urssaf_keep_accents',
        'urssaf_mobile',
        'email',
        'urssaf_street_number',
        'urssaf_street_letter',
        'urssaf_street_type',
        'urssaf_street_name',
        'urssaf_address_complement',
        'urssaf_address_locality',
        'urssaf_commune_id',
        'zip',
        'country_id.insee_code',
        'urssaf_bank_account_id.acc_number',
        'urssaf_bank_account_id.bank_id.bic',
        'urssaf_bank_account_id.acc_holder_name',
        'urssaf_consent_date',
        'urssaf_consent_origin',
    )
    def _compute_urssaf_is_complete(self):
        for partner in self:
            # Most contacts have nothing of it: they cost nothing, also when the addon is installed in a large database.
            started = not partner.is_company and all(partner[name] for name in FIRST_ASKED)
            partner.urssaf_is_complete = started and not any(
                finding.level == 'error' for finding in partner._urssaf_findings()
            )

    def _compute_urssaf_request_count(self):
        households = self.commercial_partner_id
        groups = self.env['urssaf.payment.request']._read_group(
            [('partner_id', 'in', households.ids)], ['partner_id'], ['__count']
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.urssaf_request_count = counts.get(partner.commercial_partner_id.id, 0)

    @api.model
    def _urssaf_state_selection(self):
        return [*self.env['urssaf.registration']._state_selection(), ('queued', self.env._("Leaves soon"))]

    @api.depends('urssaf_registration_ids.queued_at')
    def _compute_urssaf_registration(self):
        result = super()._compute_urssaf_registration()
        for partner in self:
            if partner.urssaf_registration_id._is_queued():
                partner.urssaf_registration_state = 'queued'
        return result

    def _search_urssaf_registration_state(self, operator, value):
        found = super()._search_urssaf_registration_state(operator, value)
        if operator != 'in' or ('queued' in value) == ('draft' in value):
            return found
        company = self.env.company
        queued = (
            self.env['urssaf.registration']
            .sudo()
            ._search(
                [
                    ('company_id', '=', company.id),
                    ('environment', '=', company.urssaf_environment),
                    ('state', '=', 'draft'),
                    ('queued_at', '!=', False),
                ]
            )
            .subselect('partner_id')
        )
        if 'queued' in value:
            return found | fields.Domain('id', 'in', queued)
        return found & fields.Domain('id', 'not in', queued)

    @api.depends('urssaf_registration_state')
    def _compute_urssaf_sentence(self):
        result = super()._compute_urssaf_sentence()
        for partner in self.filtered(lambda partner: partner.urssaf_registration_state == 'queued'):
            partner.urssaf_sentence = partner.urssaf_registration_id.with_env(self.env).sudo()._sentence()
        return result

    def _urssaf_fingerprint(self):
        """Of what M010 would send: two equal ones would get the same answer."""
        self.ensure_one()
        customer = self._urssaf_customer()
        if not customer.birth_date:
            return ''
        return hashlib.sha256(json.dumps(customer.to_dict(), sort_keys=True).encode()).hexdigest()

    def action_urssaf_register_many(self):
        """Open the window that registers these households, those that are complete."""
        self._urssaf_check_rights()
        # What there is something to do about comes first: to correct, then to register.
        households = self.commercial_partner_id.sorted(
            lambda partner: (
                partner.is_company,
                partner.urssaf_registration_state not in REGISTRABLE,
                partner.urssaf_is_complete,
            )
        )
        lines = [(0, 0, {'partner_id': partner.id}) for partner in households]
        wizard = self.env['urssaf.register.wizard'].create({'line_ids': lines})
        return wizard._get_records_action(target='new', name=self.env._("Register with URSSAF"))

    def action_urssaf_view_requests(self):
        """Open the requests of this household."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('l10n_fr_avance_immediate.urssaf_payment_request_action')
        return {**action, 'domain': [('partner_id', '=', self.commercial_partner_id.id)], 'context': {}}
