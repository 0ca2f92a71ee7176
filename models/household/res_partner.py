import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import escape_psql

from ...urssaf import payloads, rules
from ...urssaf.birth_place import birth_place
from ...urssaf.dates import TIME_ZONE
from ...urssaf.formats import FRANCE, ascii_name, compact, normalize_mobile

IBAN_TYPED = re.compile(r'[A-Z0-9.\-]*')
PERSONAL = 'account.group_account_invoice,account.group_account_readonly'


class ResPartner(models.Model):
    """A household: who it is for URSSAF, and how far its registration is (SCREENS §2).

    Individuals only. Personal fields are for accounting users alone and are never copied; nothing outside the page
    mentions them, so that a contact opens and copies for everybody else.
    """

    _inherit = 'res.partner'

    # Identity
    urssaf_civility = fields.Selection([('1', "Mr"), ('2', "Mrs")], string="Civility", groups=PERSONAL, copy=False)
    urssaf_birth_name = fields.Char("Birth Name", groups=PERSONAL, copy=False)
    urssaf_usage_name = fields.Char(
        "Usage Name", groups=PERSONAL, copy=False, help="Only when it differs from the birth name."
    )
    urssaf_first_names = fields.Char(
        "First Names",
        groups=PERSONAL,
        copy=False,
        help="If URSSAF does not recognise the person: all first names as on the tax notice, separated by spaces.",
    )
    urssaf_birth_date = fields.Date("Birth Date", groups=PERSONAL, copy=False)
    urssaf_birth_country_id = fields.Many2one(
        'res.country',
        string="Country of Birth",
        compute='_compute_urssaf_birth_country_id',
        store=True,
        readonly=False,
        groups=PERSONAL,
        copy=False,
    )
    urssaf_birth_commune_id = fields.Many2one(
        'insee.commune',
        string="Municipality of Birth",
        groups=PERSONAL,
        copy=False,
        domain="[('kind', '!=', 'divided')]",
    )
    urssaf_birth_is_france = fields.Boolean(compute='_compute_urssaf_birth_is_france', groups=PERSONAL)
    # Contact
    urssaf_mobile = fields.Char(
        "Mobile", compute='_compute_urssaf_mobile', store=True, readonly=False, groups=PERSONAL, copy=False
    )
    urssaf_commune_id = fields.Many2one(
        'insee.commune',
        string="Municipality",
        compute='_compute_urssaf_commune_id',
        store=True,
        readonly=False,
        groups=PERSONAL,
        copy=False,
        domain="[('kind', '!=', 'divided'), ('valid_until', '=', False)]",
    )
    # Bank
    urssaf_bank_account_id = fields.Many2one(
        'res.partner.bank',
        string="Bank Account",
        compute='_compute_urssaf_bank_account_id',
        store=True,
        readonly=False,
        groups=PERSONAL,
        copy=False,
        domain="[('partner_id', '=', id)]",
        ondelete='set null',
    )
    urssaf_iban = fields.Char("IBAN", compute='_compute_urssaf_bank', inverse='_inverse_urssaf_iban', groups=PERSONAL)
    urssaf_bic = fields.Char("BIC", compute='_compute_urssaf_bank', inverse='_inverse_urssaf_bic', groups=PERSONAL)
    urssaf_bank_holder = fields.Char(
        "Account Holder",
        compute='_compute_urssaf_bank',
        inverse='_inverse_urssaf_bank_holder',
        groups=PERSONAL,
        help="Title, last name and first name.",
    )
    # Agreement
    urssaf_consent_date = fields.Date("Agreement Given On", groups=PERSONAL, copy=False)
    urssaf_consent_origin = fields.Char(
        "Agreement Given By", groups=PERSONAL, copy=False, help="Signed form, e-mail, phone…"
    )
    urssaf_always_propose = fields.Boolean(
        "Always propose avance immédiate",
        company_dependent=True,
        copy=False,
        groups=PERSONAL,
        help="The option is ticked by itself when an invoice of this customer is sent, also when many are.",
    )
    # Registration with the current company
    urssaf_registration_ids = fields.One2many('urssaf.registration', 'partner_id', groups=PERSONAL, copy=False)
    urssaf_registration_id = fields.Many2one(
        'urssaf.registration', string="URSSAF Registration", compute='_compute_urssaf_registration', compute_sudo=True
    )
    urssaf_registration_state = fields.Selection(
        selection=lambda self: self.env['urssaf.registration']._state_selection(),
        string="Avance immédiate",
        compute='_compute_urssaf_registration',
        compute_sudo=True,
        search='_search_urssaf_registration_state',
    )
    urssaf_is_possible = fields.Boolean(compute='_compute_urssaf_is_possible', compute_sudo=True)
    urssaf_sentence = fields.Char(compute='_compute_urssaf_sentence', groups=PERSONAL)
    urssaf_missing = fields.Text(compute='_compute_urssaf_missing', groups=PERSONAL)
    urssaf_missing_count = fields.Integer(compute='_compute_urssaf_missing', groups=PERSONAL)
    urssaf_environment_notice = fields.Char(compute='_compute_urssaf_is_possible', compute_sudo=True)

    # -- computes: filled in from Odoo's own fields -----------------------------------------------

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

    @api.depends('phone', 'is_company')
    def _compute_urssaf_mobile(self):
        for partner in self:
            mobile = normalize_mobile(partner.phone) if partner.phone and not partner.is_company else None
            partner.urssaf_mobile = mobile or partner.urssaf_mobile

    @api.depends('zip', 'city', 'country_id', 'is_company')
    def _compute_urssaf_commune_id(self):
        Commune = self.env['insee.commune']
        for partner in self:
            in_france = not partner.country_id or partner.country_id.insee_code == FRANCE
            known = not partner.is_company and in_france and partner.zip
            partner.urssaf_commune_id = Commune._find_by_address(partner.zip, partner.city) if known else Commune

    @api.depends('bank_ids')
    def _compute_urssaf_bank_account_id(self):
        for partner in self:
            kept = partner.urssaf_bank_account_id & partner.bank_ids
            partner.urssaf_bank_account_id = kept or partner.bank_ids[:1]

    @api.depends(
        'urssaf_bank_account_id.acc_number',
        'urssaf_bank_account_id.bank_id.bic',
        'urssaf_bank_account_id.acc_holder_name',
    )
    def _compute_urssaf_bank(self):
        for partner in self:
            account = partner.urssaf_bank_account_id
            partner.urssaf_iban = account.acc_number
            partner.urssaf_bic = account.bank_id.bic
            partner.urssaf_bank_holder = account.acc_holder_name

    def _inverse_urssaf_iban(self):
        for partner in self.filtered('urssaf_iban'):
            iban = compact(partner.urssaf_iban)
            if not IBAN_TYPED.fullmatch(iban):  # Odoo would silently drop what it does not know
                raise ValidationError(self.env._("The IBAN may only have letters and digits: type it again."))
            account = partner.bank_ids.filtered(lambda bank, iban=iban: bank.sanitized_acc_number == iban)
            partner.urssaf_bank_account_id = account[:1] or self.env['res.partner.bank'].create(
                partner._urssaf_new_account_values(iban)
            )

    def _inverse_urssaf_bic(self):
        for partner in self.filtered(lambda p: p.urssaf_bank_account_id and p.urssaf_bic):
            bic = compact(partner.urssaf_bic)
            bank = self.env['res.bank'].search([('bic', '=ilike', escape_psql(bic))], limit=1)
            partner.urssaf_bank_account_id.bank_id = bank or self.env['res.bank'].create({'name': bic, 'bic': bic})

    def _inverse_urssaf_bank_holder(self):
        for partner in self.filtered('urssaf_bank_account_id'):
            partner.urssaf_bank_account_id.acc_holder_name = partner.urssaf_bank_holder

    # -- computes: registration -------------------------------------------------------------------

    @api.depends('urssaf_registration_ids.state')
    @api.depends_context('company')
    def _compute_urssaf_registration(self):
        company = self.env.company
        registrations = self.env['urssaf.registration'].search(
            [
                ('partner_id', 'in', self._origin.ids),
                ('company_id', '=', company.id),
                ('environment', '=', company.urssaf_environment),
            ]
        )
        by_partner = {registration.partner_id.id: registration for registration in registrations}
        for partner in self:
            registration = by_partner.get(partner._origin.id, registrations.browse())
            partner.urssaf_registration_id = registration
            partner.urssaf_registration_state = registration.state or 'draft'

    def _search_urssaf_registration_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        company = self.env.company
        registrations = self.env['urssaf.registration'].sudo()
        mine = fields.Domain([('company_id', '=', company.id), ('environment', '=', company.urssaf_environment)])
        found = registrations._search(mine & fields.Domain('state', 'in', list(value)))
        domain = fields.Domain('id', 'in', found.subselect('partner_id'))
        if 'draft' in value:
            domain |= fields.Domain('id', 'not in', registrations._search(mine).subselect('partner_id'))
        return domain

    @api.depends('is_company', 'parent_id')
    @api.depends_context('company')
    def _compute_urssaf_is_possible(self):
        company = self.env.company
        possible = bool(company.urssaf_environment) and company._urssaf_is_french()
        for partner in self:
            partner.urssaf_is_possible = possible and not partner.is_company and not partner.parent_id
            partner.urssaf_environment_notice = possible and company._urssaf_environment_notice(
                company.urssaf_environment
            )

    @api.depends(
        'urssaf_civility',
        'urssaf_birth_name',
        'urssaf_usage_name',
        'urssaf_first_names',
        'urssaf_birth_date',
        'urssaf_birth_country_id',
        'urssaf_birth_commune_id',
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
        'country_id',
        'urssaf_bank_account_id',
        'urssaf_iban',
        'urssaf_bic',
        'urssaf_bank_holder',
        'urssaf_consent_date',
        'urssaf_consent_origin',
    )
    @api.depends_context('lang', 'company')
    def _compute_urssaf_missing(self):
        for partner in self:
            sentences = partner._urssaf_missing_sentences() if partner.urssaf_is_possible else []
            partner.urssaf_missing = '\n'.join(f"• {sentence}" for sentence in sentences)
            partner.urssaf_missing_count = len(sentences)

    @api.depends('urssaf_registration_state', 'urssaf_missing_count')
    @api.depends_context('lang', 'company')
    def _compute_urssaf_sentence(self):
        for partner in self:
            registration = partner.urssaf_registration_id.sudo()
            if registration and registration.state != 'draft':
                partner.urssaf_sentence = registration.with_env(self.env).sudo()._sentence()
            elif registration.error_text:
                partner.urssaf_sentence = registration.error_text
            elif partner.urssaf_missing_count:
                partner.urssaf_sentence = self.env._("Not registered yet: something is missing, see below.")
            else:
                partner.urssaf_sentence = self.env._("Everything is there: the customer can be registered.")

    # -- what is sent -----------------------------------------------------------------------------

    def _urssaf_customer(self):
        """This household as M010 wants it, whether complete or not.

        :rtype: urssaf.payloads.Customer
        """
        self.ensure_one()
        partner = self.sudo()
        return payloads.Customer(
            civility=partner.urssaf_civility or '',
            birth_name=partner.urssaf_birth_name or '',
            usage_name=self._urssaf_usage_name_sent(),
            first_names=partner.urssaf_first_names or '',
            birth_date=partner.urssaf_birth_date or None,
            birth_place=partner._urssaf_birth_place(),
            mobile=partner.urssaf_mobile or '',
            email=partner.email or '',
            address=partner._urssaf_address(),
            bank_account=payloads.BankAccount(
                # As shown: on a form that is not saved yet, the account does not have them.
                bic=partner.urssaf_bic or '',
                iban=partner.urssaf_iban or '',
                holder=partner.urssaf_bank_holder or '',
            ),
        )

    def _urssaf_usage_name_sent(self):
        """Only expected when it differs from the birth name (CONTRACT §5.1)."""
        partner = self.sudo()
        usage_name = partner.urssaf_usage_name
        same = ascii_name(usage_name).lower() == ascii_name(partner.urssaf_birth_name).lower()
        return usage_name if usage_name and not same else None

    def _urssaf_birth_place(self):
        """Where this person was born, in the codes of that day."""
        return birth_place(
            self.urssaf_birth_country_id.insee_code,
            self.urssaf_birth_commune_id._as_commune(),
            self.urssaf_birth_date or None,
        )

    def _urssaf_address(self):
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

    def _urssaf_missing_sentences(self):
        """What would be refused before any call, as sentences in the user's language."""
        return self.env['urssaf.finding']._sentences(self._urssaf_findings(), level='error')

    def _urssaf_findings(self):
        """All that would be refused before any call, warnings included.

        :rtype: list[urssaf.findings.Finding]
        """
        self.ensure_one()
        partner = self.sudo()
        today = fields.Date.context_today(self.with_context(tz=TIME_ZONE))
        return [
            *rules.check_customer(self._urssaf_customer(), today),
            *rules.check_agreement(partner.urssaf_consent_date, partner.urssaf_consent_origin, today),
        ]

    # -- actions ----------------------------------------------------------------------------------

    def _urssaf_check_rights(self):
        """Registering needs write access on the partner or the invoicing group (DESIGN §4).

        :raises AccessError: else
        """
        if self.env.su or self.env.user.has_group('account.group_account_invoice'):
            self.check_access('read')
            return
        if not self.env.user.has_group('account.group_account_readonly'):
            raise AccessError(self.env._("Only accounting users can register a customer with URSSAF."))
        self.check_access('write')

    def action_urssaf_register(self):
        """Register these households with URSSAF (M010) for the current company.

        :return: a notice that tells what happens next
        :raises UserError: when something is missing, or when URSSAF refuses; nothing is lost
        """
        self._urssaf_check_rights()
        company = self.env.company
        company._urssaf_check_ready()
        # An invoice's household is its commercial partner: an address or a contact of it is not registered by itself.
        households = self.commercial_partner_id
        for partner in households:
            if partner.is_company:
                raise UserError(self.env._("%s is a company: avance immédiate is for individuals.", partner.name))
            sentences = partner._urssaf_missing_sentences()
            if sentences:
                raise UserError(
                    self.env._("To complete for %s before registering:", partner.name)
                    + '\n'
                    + '\n'.join(f"• {sentence}" for sentence in sentences)
                )
        registrations = self.env['urssaf.registration'].sudo()._intend(households, company)
        failure = registrations._register_customers()
        if failure:
            raise UserError(failure)
        return registrations._notify_user(just_registered=True)

    def action_urssaf_refresh(self):
        """Ask URSSAF how far the registration of these households is (M020)."""
        self._urssaf_check_rights()
        registrations = self.sudo().urssaf_registration_id.filtered(lambda r: r.customer_ref or r.state == 'unknown')
        if not registrations:
            raise UserError(self.env._("This customer is not registered with URSSAF yet."))
        failure = registrations._sync()
        if failure:
            raise UserError(failure)
        return registrations._notify_user()
