import hashlib
import json

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..connection.urssaf_states import having
from ..household.res_partner import PERSONAL_DATA_GROUPS
from .urssaf_registration_states import FAILED_STATES, REGISTRABLE, STATES

# What people sort households by, beside the stages of the table. Queued: asked for, and not yet at URSSAF.
QUEUED_STAGE, QUEUED_COLOR = 'waiting', 'info'


class ResPartner(models.Model):
    """How far a household's registration with the current company is, and what a user can do about it (SCREENS §2)."""

    _inherit = 'res.partner'

    urssaf_registration_ids = fields.One2many(
        'urssaf.registration',
        'partner_id',
        string="URSSAF Registrations",
        readonly=True,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
    )
    urssaf_registration_id = fields.Many2one(
        'urssaf.registration', string="URSSAF Registration", compute='_compute_urssaf_registration', compute_sudo=True
    )
    urssaf_registration_state = fields.Selection(
        selection=lambda self: self._urssaf_state_selection(),
        string="Avance immédiate",
        compute='_compute_urssaf_registration',
        compute_sudo=True,
        search='_search_urssaf_registration_state',
    )
    urssaf_registration_stage = fields.Selection(
        [('new', "Not registered"), ('waiting', "Waiting"), ('active', "Active"), ('to_fix', "To correct")],
        string="Stage of the Registration",
        compute='_compute_urssaf_registration',
        compute_sudo=True,
        search='_search_urssaf_registration_stage',
    )
    urssaf_registration_color = fields.Char(
        "Colour of the Registration", compute='_compute_urssaf_registration', compute_sudo=True, exportable=False
    )
    urssaf_is_registrable = fields.Boolean(
        "Can Be Registered", compute='_compute_urssaf_registration', compute_sudo=True, exportable=False
    )
    urssaf_is_at_urssaf = fields.Boolean(
        "Known to URSSAF", compute='_compute_urssaf_registration', compute_sudo=True, exportable=False
    )
    urssaf_sentence = fields.Char(
        "State of the Registration", compute='_compute_urssaf_sentence', groups=PERSONAL_DATA_GROUPS
    )
    urssaf_needs_number = fields.Boolean(
        "Needs the Customer Number",
        compute='_compute_urssaf_needs_number',
        groups=PERSONAL_DATA_GROUPS,
        exportable=False,
    )

    # -- computes ---------------------------------------------------------------------------------

    @api.model
    def _urssaf_state_selection(self):
        """One state more than a registration has: nobody is asked to act, and nobody is to ask twice."""
        return [*self.env['urssaf.registration']._state_selection(), ('queued', self.env._("Leaves soon"))]

    @api.model
    def _urssaf_current_domain(self):
        """The registrations with the current company, in the environment of its settings.

        :rtype: Domain
        """
        company = self.env.company._urssaf_owner()
        return Domain([('company_id', '=', company.id), ('environment', '=', company.urssaf_environment)])

    @api.depends('urssaf_registration_ids.state', 'urssaf_registration_ids.queued_at')
    @api.depends_context('company')
    def _compute_urssaf_registration(self):
        registrations = self.env['urssaf.registration'].search_fetch(
            Domain('partner_id', 'in', self._origin.ids) & self._urssaf_current_domain()
        )
        by_partner = {registration.partner_id.id: registration for registration in registrations}
        for partner in self:
            registration = by_partner.get(partner._origin.id, registrations.browse())
            state, is_queued = registration.state or 'draft', registration._is_queued()
            partner.urssaf_registration_id = registration
            partner.urssaf_registration_state = 'queued' if is_queued else state
            partner.urssaf_registration_stage = QUEUED_STAGE if is_queued else STATES[state].stage
            partner.urssaf_registration_color = QUEUED_COLOR if is_queued else STATES[state].color
            may_register = state in REGISTRABLE or (registration and registration._may_change_contract())
            partner.urssaf_is_registrable = bool(may_register) and not is_queued
            # Where a call has left, or may have: there is something to ask. A refusal is known for good.
            partner.urssaf_is_at_urssaf = state not in FAILED_STATES

    def _search_urssaf_registration_state(self, operator, value):
        """Who has no registration is a draft; a draft that is queued is none."""
        if operator != 'in':
            return NotImplemented
        registrations = self.env['urssaf.registration'].sudo()
        mine = self._urssaf_current_domain()

        def households(domain):
            return registrations._search(mine & domain).subselect('partner_id')

        found = Domain('id', 'in', households(Domain('state', 'in', list(value))))
        if 'draft' in value:
            found |= Domain('id', 'not in', households(Domain.TRUE))
        if ('queued' in value) == ('draft' in value):
            return found
        queued = households(Domain([('state', '=', 'draft'), ('queued_at', '!=', False)]))
        if 'queued' in value:
            return found | Domain('id', 'in', queued)
        return found & Domain('id', 'not in', queued)

    def _search_urssaf_registration_stage(self, operator, value):
        if operator != 'in':
            return NotImplemented
        states = [state for stage in value if stage for state in having(STATES, stage=stage)]
        if QUEUED_STAGE in value:
            states.append('queued')
        return self._search_urssaf_registration_state('in', states)

    @api.depends('urssaf_registration_state', 'urssaf_missing_count', 'parent_id')
    @api.depends_context('lang', 'company')
    def _compute_urssaf_sentence(self):
        for partner in self:
            registration = partner.urssaf_registration_id.sudo()
            if filed := partner._urssaf_filed_sentence():
                partner.urssaf_sentence = f"{registration._sentence()} {filed}" if registration else filed
            elif registration and partner.urssaf_registration_state != 'draft':
                partner.urssaf_sentence = registration._sentence()
            elif registration.error_text:
                partner.urssaf_sentence = registration.error_text
            elif partner.urssaf_missing_count:
                partner.urssaf_sentence = self.env._("Not registered yet: something is missing, see below.")
            else:
                partner.urssaf_sentence = self.env._("Everything is there: the customer can be registered.")

    @api.depends('urssaf_registration_ids.state', 'urssaf_registration_ids.needs_attention')
    @api.depends_context('company')
    def _compute_urssaf_needs_number(self):
        for partner in self:
            registration = partner.urssaf_registration_id.sudo()
            partner.urssaf_needs_number = bool(registration) and registration._needs_number()

    @api.depends('urssaf_registration_ids')
    def _compute_urssaf_is_possible(self):
        # EXTENDS 'household': who was registered and is filed under somebody else since then stays readable
        result = super()._compute_urssaf_is_possible()
        for partner in self.filtered(lambda partner: partner.parent_id and not partner.is_company):
            partner.urssaf_is_possible = partner.urssaf_is_possible or bool(partner.sudo().urssaf_registration_id)
        return result

    # -- checks -----------------------------------------------------------------------------------

    def _urssaf_check_rights(self):
        """Registering is for the invoicing group, and for accounting readers who may write the partner (DESIGN §4).

        :raises AccessError: else
        """
        if self.env.su or self.env.user.has_group('account.group_account_invoice'):
            self.check_access('read')
            return
        if not self.env.user.has_group('account.group_account_readonly'):
            raise AccessError(self.env._("Only accounting users can register a customer with URSSAF."))
        self.check_access('write')

    def _urssaf_register_blocker(self):
        """Why this household cannot be registered: a company, or what is missing. Empty when it can.

        :return: one sentence, or a line for each thing that is missing
        :rtype: str
        """
        blocker = self._urssaf_company_blocker()
        if blocker:
            return blocker
        sentences = self._urssaf_missing_sentences()
        if not sentences:
            return ''
        return '\n'.join(
            [
                self.env._("To complete for %s before registering:", self.name),
                *(f"• {sentence}" for sentence in sentences),
            ]
        )

    def _urssaf_fingerprint(self):
        """Of what M010 would send: two equal ones would get the same answer. Empty without a birth date."""
        self.ensure_one()
        customer = self._urssaf_customer()
        if not customer.birth_date:
            return ''
        return hashlib.sha256(json.dumps(customer.to_dict(), sort_keys=True).encode()).hexdigest()

    # -- actions ----------------------------------------------------------------------------------

    def action_urssaf_register(self):
        """Register these households with URSSAF (M010) for the current company.

        :return: a notice that tells what happens next
        :raises AccessError: for others than accounting users
        :raises UserError: when something is missing, or when URSSAF refuses; nothing is lost
        """
        self._urssaf_check_rights()
        company = self.env.company._urssaf_owner()
        company._urssaf_check_ready()
        # An invoice's household is its commercial partner: an address or a contact of it is not registered by itself.
        households = self.commercial_partner_id
        for partner in households:
            blocker = partner._urssaf_register_blocker()
            if blocker:
                raise UserError(blocker)
        registrations = self.env['urssaf.registration'].sudo()._intend(households, company)
        failure = registrations._register_customers()
        if failure:
            raise UserError(failure)
        return registrations._notify_user(just_registered=True)

    def action_urssaf_register_many(self):
        """Open the window that registers these households, those that are complete.

        :return: the action of the window
        :raises AccessError: for others than accounting users
        """
        self._urssaf_check_rights()
        # Rows to correct first, then those to register.
        households = self.commercial_partner_id.sorted(
            lambda partner: (
                partner.is_company,
                partner.urssaf_registration_state not in REGISTRABLE,
                partner.urssaf_is_complete,
            )
        )
        lines = [Command.create({'partner_id': partner.id}) for partner in households]
        wizard = self.env['urssaf.register.wizard'].create({'line_ids': lines})
        return wizard._get_records_action(target='new', name=self.env._("Register with URSSAF"))

    def action_urssaf_refresh(self):
        """Ask URSSAF how far the registration of these households is (M020).

        :return: a notice with the state of each
        :raises AccessError: for others than accounting users
        :raises UserError: when none is registered, or URSSAF cannot be asked
        """
        self._urssaf_check_rights()
        registrations = self.sudo().urssaf_registration_id.filtered(lambda r: r.customer_ref or r.state == 'unknown')
        if not registrations:
            raise UserError(self.env._("This customer is not registered with URSSAF yet."))
        failure = registrations._sync()
        if failure:
            raise UserError(failure)
        return registrations._notify_user()

    def action_urssaf_mail_never_came(self):
        """What the household can do when URSSAF's message does not arrive, and a message to URSSAF.

        :return: the action of a window
        :raises AccessError: for others than accounting users
        :raises UserError: when no activation is waited for
        """
        self.ensure_one()
        self._urssaf_check_rights()
        registration = self.urssaf_registration_id
        if registration.state != 'pending':
            raise UserError(self.env._("URSSAF has not written to this customer: nothing waits for their activation."))
        return self._urssaf_open_window('urssaf.activation.help', registration, self.env._("The mail never came"))

    def action_urssaf_enter_number(self):
        """Enter the customer number that URSSAF gives on request, after an answer was lost.

        :return: the action of a window
        :raises AccessError: for others than accounting users
        """
        self.ensure_one()
        self._urssaf_check_rights()
        return self._urssaf_open_window(
            'urssaf.customer.number', self.urssaf_registration_id, self.env._("Customer number")
        )

    def _urssaf_open_window(self, model, registration, title):
        """Open a wizard about a registration.

        :param str model: one with a ``registration_id``
        :param str title: of the window
        :return: an action
        """
        window = self.env[model].create({'registration_id': registration.id})
        # Without the context, which may name a view of the screen behind.
        return window._get_records_action(target='new', name=title, context={})
