import re
from dataclasses import replace

from odoo import api, fields, models

from ...urssaf import payloads, rules
from ...urssaf.dates import past_birth, today_in_paris
from ...urssaf.formats import ascii_name, spaced_mobile

# Who may read what is known of a person; nothing outside their page mentions these fields.
PERSONAL_DATA_GROUPS = 'account.group_account_invoice,account.group_account_readonly'

# What a household consists of, in the order of the form: what is checked before it leaves, shown in the checklist, pointed
# at after a refusal, and erased on request. Everywhere by the name that the field has on the form.
HOUSEHOLD = {
    'identity': (
        'urssaf_civility',
        'urssaf_birth_name',
        'urssaf_usage_name',
        'urssaf_first_names',
        'urssaf_keep_accents',
        'urssaf_birth_date',
    ),
    'birth': ('urssaf_birth_country_id', 'urssaf_birth_commune_id', 'urssaf_birth_place_sent'),
    'contact': ('urssaf_mobile', 'email'),
    'address': (
        'street',
        'urssaf_street_number',
        'urssaf_street_letter',
        'urssaf_street_type',
        'urssaf_street_name',
        'urssaf_address_complement',
        'urssaf_address_locality',
        'zip',
        'city',
        'urssaf_commune_id',
        'country_id',
    ),
    'bank': ('urssaf_iban', 'urssaf_bic', 'urssaf_bank_holder'),
    'agreement': ('urssaf_consent_date', 'urssaf_consent_origin'),
}
# A title as people type it before a name: no "M Dupont", whose M may be a first name.
TITLE = re.compile(r'\s*(mme|madame|mlle|mademoiselle|monsieur|mr|m\.)(?:\.?\s)', re.I)
HOUSEHOLD_FIELDS = tuple(name for names in HOUSEHOLD.values() for name in names)
# Who the person is: what URSSAF and the tax administration recognise them by.
PERSON_FIELDS = (*HOUSEHOLD['identity'], *HOUSEHOLD['birth'])
# A stored value follows these: the countries' codes may be corrected, too.
HOUSEHOLD_DEPENDS = ('is_company', *HOUSEHOLD_FIELDS, 'urssaf_birth_country_id.insee_code', 'country_id.insee_code')


class ResPartner(models.Model):
    """A household: who it is, and what is sent of it (SCREENS §2). Its other rooms: address, birth, bank, checklist.

    Individuals only. Personal fields are for accounting users alone and are never copied; nothing outside the page
    mentions them, so that a contact opens and copies for everybody else.
    """

    _inherit = 'res.partner'

    # Identity
    urssaf_civility = fields.Selection(
        [('1', "Mr"), ('2', "Mrs")], string="Civility", groups=PERSONAL_DATA_GROUPS, copy=False
    )
    urssaf_birth_name = fields.Char("Birth Name", groups=PERSONAL_DATA_GROUPS, copy=False)
    urssaf_usage_name = fields.Char(
        "Married or Used Name",
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        help="Only when it differs from the birth name.",
    )
    urssaf_first_names = fields.Char(
        "First Names",
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        help="If URSSAF does not recognise the person: all first names as on the tax notice, separated by spaces.",
    )
    urssaf_keep_accents = fields.Boolean(
        "Names Sent With Accents",
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        help="URSSAF recognised the names with their accents.",
    )
    urssaf_names_sent = fields.Char("Names as Sent", compute='_compute_urssaf_names_sent', groups=PERSONAL_DATA_GROUPS)
    urssaf_birth_date = fields.Date("Birth Date", groups=PERSONAL_DATA_GROUPS, copy=False)
    # Contact
    urssaf_mobile = fields.Char(
        "Mobile",
        compute='_compute_urssaf_mobile',
        store=True,
        readonly=False,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
    )
    # Agreement
    urssaf_consent_date = fields.Date("Agreement Given On", groups=PERSONAL_DATA_GROUPS, copy=False)
    urssaf_consent_origin = fields.Char(
        "Proof of the Agreement", groups=PERSONAL_DATA_GROUPS, copy=False, help="Signed form, e-mail, phone…"
    )
    urssaf_always_propose = fields.Boolean(
        "Always propose avance immédiate",
        company_dependent=True,
        copy=False,
        groups=PERSONAL_DATA_GROUPS,
        help="The option is ticked automatically when an invoice of this customer is sent, alone or among many.",
    )
    # With the current company
    urssaf_is_possible = fields.Boolean(
        "Avance Immédiate Is Possible", compute='_compute_urssaf_is_possible', compute_sudo=True, exportable=False
    )
    urssaf_company_hint = fields.Char(
        "Hint on a Company's Form", compute='_compute_urssaf_company_hint', compute_sudo=True, exportable=False
    )
    urssaf_environment_notice = fields.Char(
        "URSSAF Environment Notice", compute='_compute_urssaf_is_possible', compute_sudo=True, exportable=False
    )

    @api.depends('urssaf_birth_name', 'urssaf_usage_name', 'urssaf_first_names', 'urssaf_keep_accents')
    @api.depends_context('lang')
    def _compute_urssaf_names_sent(self):
        for partner in self:
            partner.urssaf_names_sent = partner._urssaf_names_sentence()

    @api.depends('phone', 'is_company')
    def _compute_urssaf_mobile(self):
        for partner in self:
            mobile = spaced_mobile(partner.phone) if partner.phone and not partner.is_company else None
            partner.urssaf_mobile = mobile or partner.urssaf_mobile

    @api.depends('is_company', 'parent_id')
    @api.depends_context('company')
    def _compute_urssaf_is_possible(self):
        company = self.env.company._urssaf_owner()
        possible = company._urssaf_is_set_up()
        for partner in self:
            partner.urssaf_is_possible = possible and not partner.is_company and not partner.parent_id
            partner.urssaf_environment_notice = possible and company._urssaf_environment_notice(
                company.urssaf_environment
            )

    @api.depends('is_company', 'parent_id', 'vat', 'company_registry', 'supplier_rank', 'ref_company_ids')
    @api.depends_context('company', 'lang')
    def _compute_urssaf_company_hint(self):
        """On what may well be a person filed as a company: nothing says that it is one, and nothing is bought from it."""
        is_set_up = self.env.company._urssaf_is_set_up()
        for partner in self:
            is_certain = (
                partner.vat
                or partner.company_registry
                or partner.supplier_rank
                or partner.parent_id
                or partner.ref_company_ids
            )
            partner.urssaf_company_hint = (
                is_set_up
                and partner.is_company
                and not is_certain
                and self.env._("Avance immédiate is for individuals: choose “Person” for a household.")
            )

    @api.model
    def default_get(self, fields):
        # EXTENDS 'base': a new customer is a person where most of them are. Odoo's own list of customers says company,
        # and a spreadsheet of companies, imported from it, goes on to be one.
        values = super().default_get(fields)
        context = self.env.context
        is_typed = context.get('res_partner_search_mode') == 'customer' and not context.get('urssaf_is_import')
        if values.get('is_company') and is_typed:
            values['is_company'] = not self.env.company._urssaf_is_set_up()
        return values

    @api.onchange('name')
    def _onchange_urssaf_name(self):
        """A title before the name says who it is."""
        if not self._has_field_access(self._fields['urssaf_civility'], 'write'):
            return
        title = TITLE.match(self.name or '')
        if title and not self.is_company and not self.urssaf_civility:
            self.urssaf_civility = '2' if title[1].lower().startswith(('mm', 'ma', 'ml')) else '1'

    @api.onchange('urssaf_birth_date')
    def _onchange_urssaf_birth_date(self):
        """The calendar makes 2051 of a year that was typed as 51."""
        if self.urssaf_birth_date:
            self.urssaf_birth_date = past_birth(self.urssaf_birth_date, today_in_paris())

    # -- what is sent -----------------------------------------------------------------------------

    def _urssaf_customer(self):
        """This household as M010 wants it, whether complete or not (CONTRACT §5).

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
            bank_account=partner._urssaf_bank_account(),
            keep_accents=partner.urssaf_keep_accents,
        )

    def _urssaf_usage_name_sent(self):
        """Only expected when it differs from the birth name (CONTRACT §5.1)."""
        partner = self.sudo()
        usage_name = partner.urssaf_usage_name
        same = ascii_name(usage_name).lower() == ascii_name(partner.urssaf_birth_name).lower()
        return usage_name if usage_name and not same else None

    def _urssaf_names_sentence(self):
        """The names as URSSAF will read them: by default without accents, with straight apostrophes.

        :return: a sentence in the user's language; False while birth name or first names are missing
        """
        customer = self._urssaf_customer()
        # Only the names are of interest; a date that is missing must not keep them from being shown.
        body = replace(customer, birth_date=customer.birth_date or fields.Date.today()).to_dict()
        birth_name, first_names = body.get('nomNaissance'), body.get('prenoms')
        if not birth_name or not first_names:
            return False
        if 'nomUsage' in body:
            return self.env._(
                "URSSAF will read: %(birth_name)s (married or used name: %(usage_name)s) / %(first_names)s",
                birth_name=birth_name,
                usage_name=body['nomUsage'],
                first_names=first_names,
            )
        return self.env._(
            "URSSAF will read: %(birth_name)s / %(first_names)s", birth_name=birth_name, first_names=first_names
        )

    # -- what would be refused --------------------------------------------------------------------

    def _urssaf_company_blocker(self):
        """Why this contact cannot be a household: as a sentence for a company, empty for an individual."""
        if self.is_company:
            return self.env._("%s is a company: avance immédiate is for individuals.", self.name)
        return ''

    def _urssaf_filed_sentence(self):
        """What to do with a person who is filed under a company or another person: an invoice of theirs is that one's.

        :return: in the user's language; empty for who stands alone
        :rtype: str
        """
        self.ensure_one()
        other = self.commercial_partner_id
        if self.is_company or other == self:
            return ''
        return self.env._(
            "%(customer)s is filed under %(other)s, whose invoices these are: for avance immédiate, empty the field Company "
            "on the form of %(customer)s, then invoice them in their own name.",
            customer=self.name or '',
            other=other.name,
        )

    def _urssaf_missing_sentences(self):
        """What would be refused before any call, as sentences in the user's language.

        :rtype: list[str]
        """
        return self.env['urssaf.finding']._sentences(self._urssaf_findings(), level='error')

    def _urssaf_findings(self):
        """All that would be refused before any call, warnings included, on this day in Paris.

        :rtype: list[urssaf.findings.Finding]
        """
        self.ensure_one()
        partner = self.sudo()
        today = today_in_paris()
        return [
            *rules.check_customer(self._urssaf_customer(), today),
            *rules.check_agreement(partner.urssaf_consent_date, partner.urssaf_consent_origin, today),
        ]
