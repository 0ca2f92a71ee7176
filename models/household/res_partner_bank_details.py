import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, escape_psql

from ...urssaf import payloads
from ...urssaf.bic import bank_of, bic_of
from ...urssaf.formats import compact, is_storable, text, valid_iban
from ...urssaf.rules import HOLDER_LENGTH
from ...urssaf.typed import read_bic, read_iban, same_bic
from .res_partner import HOUSEHOLD, HOUSEHOLD_FIELDS, PERSONAL_DATA_GROUPS

IBAN_TYPED = re.compile(r'[A-Z0-9.\-]*')
TITLES = {'1': "M.", '2': "Mme"}
# How a text of the household is read before it is kept: what is shown is what leaves. Odoo's own fields stay as typed.
HOUSEHOLD_READERS = {
    **dict.fromkeys(
        (
            'urssaf_birth_name',
            'urssaf_usage_name',
            'urssaf_first_names',
            'urssaf_mobile',
            'urssaf_street_number',
            'urssaf_street_name',
            'urssaf_address_complement',
            'urssaf_address_locality',
            'urssaf_bank_holder',
            'urssaf_consent_origin',
        ),
        text,
    ),
    'urssaf_iban': read_iban,
    'urssaf_bic': read_bic,
}
# What only our fields hold of a household.
OURS = frozenset(name for name in HOUSEHOLD_FIELDS if name.startswith('urssaf_'))


class ResPartner(models.Model):
    """IBAN, BIC and holder as typed on the household's page: one of its accounts, or a new one."""

    _inherit = 'res.partner'

    # Indexed: whoever deletes any bank account asks which contact has it here.
    urssaf_bank_account_id = fields.Many2one(
        'res.partner.bank',
        string="Bank Account",
        compute='_compute_urssaf_bank_account_id',
        store=True,
        readonly=False,
        index='btree_not_null',
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        domain="[('partner_id', '=', id)]",
        ondelete='set null',
    )
    # As superuser: who may read the contact sees what leaves for URSSAF. Odoo shares a company's contacts with its branches,
    # their accounts not, and refuses a whole list or export for one of them.
    urssaf_iban = fields.Char(
        "IBAN",
        compute='_compute_urssaf_bank',
        compute_sudo=True,
        inverse='_inverse_urssaf_iban',
        groups=PERSONAL_DATA_GROUPS,
    )
    urssaf_bic = fields.Char(
        "BIC",
        compute='_compute_urssaf_bank',
        compute_sudo=True,
        inverse='_inverse_urssaf_bic',
        groups=PERSONAL_DATA_GROUPS,
    )
    urssaf_bank_holder = fields.Char(
        "Account Holder",
        compute='_compute_urssaf_bank',
        compute_sudo=True,
        inverse='_inverse_urssaf_bank_holder',
        groups=PERSONAL_DATA_GROUPS,
        help="Title, last name and first name.",
    )
    urssaf_has_bank_choice = fields.Boolean(
        "Has Several Bank Accounts",
        compute='_compute_urssaf_has_bank_choice',
        groups=PERSONAL_DATA_GROUPS,
        exportable=False,
    )

    # -- computes ---------------------------------------------------------------------------------

    @api.depends('bank_ids.active')
    def _compute_urssaf_bank_account_id(self):
        """Odoo archives an account that people delete: then it is another one, or none."""
        for partner in self:
            accounts = partner.bank_ids.filtered('active')
            partner.urssaf_bank_account_id = partner.urssaf_bank_account_id & accounts or accounts[:1]

    @api.depends(
        'urssaf_bank_account_id.active',
        'urssaf_bank_account_id.acc_number',
        'urssaf_bank_account_id.bank_id.bic',
        'urssaf_bank_account_id.acc_holder_name',
    )
    def _compute_urssaf_bank(self):
        for partner in self:
            account = partner.urssaf_bank_account_id.filtered('active')
            partner.urssaf_iban = account.acc_number
            partner.urssaf_bic = account.bank_id.bic
            partner.urssaf_bank_holder = account.acc_holder_name

    def _inverse_urssaf_iban(self):
        self._urssaf_check_account_company()
        emptied = self.filtered(lambda partner: not partner.urssaf_iban)
        for partner in self - emptied:
            iban = read_iban(partner.urssaf_iban)
            self._urssaf_check_typed(iban)
            account = partner._urssaf_account_of(iban)
            if account and not account.active:
                account.active = True  # Odoo takes no number twice
            partner.urssaf_bank_account_id = account or partner._urssaf_new_account(iban)
        emptied._urssaf_drop_account()

    def _urssaf_drop_account(self):
        """A number that was emptied does not come back: what is ours of it goes, and no other account takes its place."""
        self.urssaf_bank_account_id._urssaf_forgettable()._urssaf_forget()
        self.flush_recordset()  # the link to another account that Odoo has chosen meanwhile
        self.urssaf_bank_account_id = False

    def _inverse_urssaf_bic(self):
        self._urssaf_check_account_company()
        self._urssaf_check_has_account('urssaf_bic')
        for partner in self.filtered(lambda p: p.urssaf_bank_account_id and p.urssaf_bic):
            bic = read_bic(partner.urssaf_bic)
            if not same_bic(bic, partner.urssaf_bank_account_id.bank_id.bic):
                partner.urssaf_bank_account_id.bank_id = self._urssaf_bank_with(bic)

    def _inverse_urssaf_bank_holder(self):
        self._urssaf_check_account_company()
        self._urssaf_check_has_account('urssaf_bank_holder')
        for partner in self.filtered('urssaf_bank_account_id'):
            partner.urssaf_bank_account_id.acc_holder_name = partner.urssaf_bank_holder

    def _urssaf_check_account_company(self):
        """Odoo lets a branch change the contacts of its company, not their bank accounts.

        :raises AccessError: which says where it is changed
        """
        for partner in self.browse() if self.env.su else self:
            company = (partner.sudo().urssaf_bank_account_id or partner).company_id
            if company and company not in self.env.companies:
                raise AccessError(
                    self.env._(
                        "%(customer)s: the bank account belongs to %(company)s and is changed there only. Switch to "
                        "%(company)s, or ask somebody who works there.",
                        customer=partner.name or '',
                        company=company.sudo().name,
                    )
                )

    def _urssaf_check_has_account(self, name):
        # In an import the wrong IBAN was named with its row already; the rest of the row is kept.
        is_import = self.env.context.get('urssaf_is_import')
        if not is_import and self.filtered(lambda partner: partner[name] and not partner.urssaf_bank_account_id):
            raise self._urssaf_without_iban(name)

    def _urssaf_without_iban(self, name):
        """BIC and holder are kept with an account: without one they would vanish.

        :param str name: the field that has been filled in
        :rtype: ValidationError
        """
        return ValidationError(
            self.env._(
                "%(field)s: it is kept with an IBAN, and there is none. Enter the IBAN, or empty this field, too.",
                field=self._fields[name]._description_string(self.env),
            )
        )

    @api.depends('bank_ids')
    def _compute_urssaf_has_bank_choice(self):
        """The number of the only account stands in the field of the IBAN: once is enough."""
        for partner in self:
            partner.urssaf_has_bank_choice = len(partner.bank_ids) > 1

    @api.onchange('urssaf_iban')
    def _onchange_urssaf_iban(self):
        """Another bank has another BIC: the one shown is that of the account, of the table of the banks, or of other
        accounts at this bank."""
        iban = read_iban(self.urssaf_iban)
        kept = self.urssaf_bank_account_id.sudo()
        if not valid_iban(iban) or iban == kept.sanitized_acc_number:
            return
        if compact(self.urssaf_iban) != iban:
            self.urssaf_iban = iban
        bic = self._urssaf_account_of(iban).bank_id.bic or self._urssaf_bic_of(iban)
        if bic or kept.bank_id.bic == self.urssaf_bic:
            self.urssaf_bic = bic

    @api.onchange('urssaf_iban')
    def _onchange_urssaf_iban_holder(self):
        is_known = self.urssaf_civility and (self.urssaf_first_names or '').replace(',', ' ').split()
        if valid_iban(read_iban(self.urssaf_iban)) and not self.urssaf_bank_holder and is_known:
            self.urssaf_bank_holder = self._urssaf_usual_holder() or self.urssaf_bank_holder

    def _urssaf_usual_holder(self):
        """The usual holder is the person: title, last name and first name, in French for URSSAF; empty without a name."""
        name = self.urssaf_usage_name or self.urssaf_birth_name
        first_name = (self.urssaf_first_names or '').replace(',', ' ').split()[:1]
        return (
            ' '.join([TITLES.get(self.urssaf_civility, ''), name, *first_name]).strip()[:HOLDER_LENGTH] if name else ''
        )

    # -- what is written --------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'base': see _urssaf_prepared. The accounts of many new contacts are made together.
        prepared = [self._urssaf_prepared(vals) for vals in vals_list]
        accounts = [self._urssaf_take_account(vals) for vals in prepared]
        partners = super().create(prepared)
        self._urssaf_make_accounts(
            [(partner, typed) for partner, typed in zip(partners, accounts, strict=True) if typed]
        )
        return partners

    def write(self, vals):
        # EXTENDS 'base': see _urssaf_prepared and _urssaf_lock_personal
        if not OURS.isdisjoint(vals):
            self._urssaf_lock_personal()
        result = super().write(self._urssaf_prepared(vals))
        if not set(HOUSEHOLD['bank']).isdisjoint(vals):
            self.invalidate_recordset(HOUSEHOLD['bank'])  # a new account has other values beside the written one
        return result

    def _urssaf_lock_personal(self):
        """Odoo logs a statement that the database refuses, with its values: two that write one household at once meet here,
        in a statement that has none, and not where names, birth and bank account are written. Waits, as the write would."""
        if self.ids:
            self.env.cr.execute(SQL("SELECT id FROM res_partner WHERE id IN %s FOR NO KEY UPDATE", tuple(self.ids)))

    @api.model
    def _urssaf_prepared(self, vals):
        """What people paste and scripts and spreadsheets write: with signs that nobody sees or no database can keep, in any
        order.

        :param dict vals: as for ``create`` or ``write``
        :return: the same values, the IBAN first: Odoo applies them in their order, and BIC and holder belong to the
            account that the IBAN chooses or makes
        :raises ValidationError: when a text of the household cannot be stored, which would be a traceback else, or BIC or
            holder come with an emptied IBAN
        """
        for name in HOUSEHOLD_FIELDS:
            value = vals.get(name)
            if isinstance(value, str) and not is_storable(value):
                raise ValidationError(
                    self.env._(
                        "%(field)s: there is a sign in it that cannot be kept. Empty the field and type the text again.",
                        field=self._fields[name]._description_string(self.env),
                    )
                )
        read = {
            name: HOUSEHOLD_READERS[name](value)
            for name, value in vals.items()
            if name in HOUSEHOLD_READERS and isinstance(value, str)
        }
        vals = self._urssaf_with_sure_zip({**vals, **read})
        if self.env.context.get('urssaf_is_import') and not vals.get('urssaf_iban'):
            vals.pop('urssaf_iban', None)  # an empty cell says that the spreadsheet does not know
        for name in HOUSEHOLD['bank']:
            if vals.get(name) and not vals.get('urssaf_iban', True):
                raise self._urssaf_without_iban(name)
        return {'urssaf_iban': vals['urssaf_iban'], **vals} if 'urssaf_iban' in vals else vals

    def _urssaf_take_account(self, vals):
        """Take out of the values of a new contact what makes a bank account of its own, if that is all they say of accounts.

        :param dict vals: as ``_urssaf_prepared`` gives them; IBAN, BIC and holder are taken out
        :return: what was taken out, by the name of the field; empty when the fields themselves see to it
        :rtype: dict
        """
        may_write = self._has_field_access(self._fields['urssaf_iban'], 'write')
        if not vals.get('urssaf_iban'):
            vals.pop('urssaf_iban', None)  # there is none to take away, and one may come with `bank_ids`
            return {}
        if not may_write or {'bank_ids', 'urssaf_bank_account_id'} & vals.keys():
            return {}
        return {name: vals.pop(name) for name in HOUSEHOLD['bank'] if name in vals}

    @api.model
    def _urssaf_make_accounts(self, typed):
        """The accounts of new contacts, as the fields would make them one by one.

        :param list typed: pairs of a contact and what was typed, by the name of the field
        """
        # Accounts typed with a BIC first: those without one may take theirs from the same bank.
        for has_bic in (True, False):
            banks, to_create = {}, []
            for partner, values in typed:
                if bool(values.get('urssaf_bic')) != has_bic:
                    continue
                iban, bic = values['urssaf_iban'], values.get('urssaf_bic') or ''
                self._urssaf_check_typed(iban)
                key = (iban[:2], iban[4:9], bic)
                if key not in banks:
                    bank = self._urssaf_bank_of(iban)
                    banks[key] = bank if not bic or same_bic(bic, bank.bic) else self._urssaf_bank_with(bic)
                to_create.append(
                    {
                        'partner_id': partner.id,
                        'acc_number': iban,
                        'bank_id': banks[key].id,
                        'acc_holder_name': values.get('urssaf_bank_holder'),
                    }
                )
            if to_create:
                self.env['res.partner.bank'].create(to_create).sudo().urssaf_is_ours = True

    def _urssaf_check_typed(self, iban):
        """Odoo would silently drop the signs that it does not know.

        :raises ValidationError: when there are any
        """
        if not IBAN_TYPED.fullmatch(iban):
            raise ValidationError(self.env._("The IBAN may only have letters and digits: type it again."))

    def _urssaf_account_of(self, iban):
        """This household's account with this number, an archived one too, the active one first; empty without one.

        :param str iban: without spaces
        """
        own = self._origin.with_context(active_test=False)  # a form has not read the archived ones
        accounts = own.bank_ids.filtered(lambda account: account.sanitized_acc_number == iban)
        return (accounts.filtered('active') or accounts)[:1]

    def _urssaf_new_account(self, iban):
        account = self.env['res.partner.bank'].create(
            {
                'partner_id': self.id,
                'acc_number': iban,
                'bank_id': self._urssaf_bank_of(iban).id,
                'acc_holder_name': self.urssaf_bank_account_id.acc_holder_name,
            }
        )
        account.sudo().urssaf_is_ours = True
        return account

    @api.model
    def _urssaf_bic_of(self, iban):
        """The BIC of the bank that holds an account, '' when it is not known.

        :param str iban: without spaces
        :rtype: str
        """
        return bic_of(iban) or self._urssaf_known_bank(iban).bic or ''

    @api.model
    def _urssaf_bank_of(self, iban):
        """The bank of a new account: as the table of the banks has it, else as other accounts do, which people have typed;
        empty when unknown.

        :param str iban: without spaces
        """
        listed = bank_of(iban)
        return self._urssaf_bank_with(listed.bic, listed.name) if listed else self._urssaf_known_bank(iban)

    @api.model
    def _urssaf_bank_with(self, bic, name=None):
        """The bank with this BIC, made when there is none yet. ``XXX`` behind one of 8 characters makes no other bank.

        :param str bic: as ``urssaf.typed.read_bic`` gives it
        :param str name: of a new bank; by default its BIC
        """
        short = bic.removesuffix('XXX') if len(bic) == 11 else bic
        Bank = self.env['res.bank']
        banks = Bank.search(Domain.OR(Domain('bic', '=ilike', escape_psql(one)) for one in {bic, short, f'{short}XXX'}))
        exact = banks.filtered(lambda bank: compact(bank.bic) == bic)
        return (exact or banks)[:1] or Bank.create({'name': name or bic, 'bic': bic})

    @api.model
    def _urssaf_known_bank(self, iban):
        """The bank whose BIC all known accounts of this bank code have; none when they differ, or it is not French.

        :param str iban: without spaces; characters 5 to 9 of a French one are the bank's code
        """
        Bank = self.env['res.bank']
        if not valid_iban(iban) or iban[:2] != 'FR':
            return Bank
        # Only accounts that the user may see; the first characters are all digits, there is nothing to escape.
        accounts = self.env['res.partner.bank'].search(
            [('sanitized_acc_number', '=like', f'FR__{iban[4:9]}%'), ('bank_id.bic', '!=', False)], limit=50
        )
        banks = accounts.bank_id
        return banks[:1] if len(set(banks.mapped('bic'))) == 1 else Bank

    # -- what is sent -----------------------------------------------------------------------------

    def _urssaf_bank_account(self):
        """The account as shown: on a form that is not saved yet, the record of the account has other values.

        :rtype: urssaf.payloads.BankAccount
        """
        return payloads.BankAccount(
            bic=self.urssaf_bic or '', iban=self.urssaf_iban or '', holder=self.urssaf_bank_holder or ''
        )
