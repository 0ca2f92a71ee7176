import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import escape_psql

from ...urssaf import payloads
from ...urssaf.formats import compact, is_storable, valid_iban
from ...urssaf.rules import HOLDER_LENGTH
from .res_partner import HOUSEHOLD, HOUSEHOLD_FIELDS, PERSONAL_DATA_GROUPS

IBAN_TYPED = re.compile(r'[A-Z0-9.\-]*')
TITLES = {'1': "M.", '2': "Mme"}


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
    urssaf_iban = fields.Char(
        "IBAN", compute='_compute_urssaf_bank', inverse='_inverse_urssaf_iban', groups=PERSONAL_DATA_GROUPS
    )
    urssaf_bic = fields.Char(
        "BIC", compute='_compute_urssaf_bank', inverse='_inverse_urssaf_bic', groups=PERSONAL_DATA_GROUPS
    )
    urssaf_bank_holder = fields.Char(
        "Account Holder",
        compute='_compute_urssaf_bank',
        inverse='_inverse_urssaf_bank_holder',
        groups=PERSONAL_DATA_GROUPS,
        help="Title, last name and first name.",
    )
    urssaf_has_bank_account = fields.Boolean(
        "Has a Bank Account",
        compute='_compute_urssaf_has_bank_account',
        groups=PERSONAL_DATA_GROUPS,
        exportable=False,
    )

    # -- computes ---------------------------------------------------------------------------------

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

    @api.depends('bank_ids')
    def _compute_urssaf_has_bank_account(self):
        for partner in self:
            partner.urssaf_has_bank_account = bool(partner.bank_ids)

    @api.onchange('urssaf_iban')
    def _onchange_urssaf_iban(self):
        """Another bank has another BIC: the one shown is that of the account, or of other accounts at this bank."""
        iban = compact(self.urssaf_iban)
        kept = self.urssaf_bank_account_id
        if not valid_iban(iban) or iban == kept.sanitized_acc_number:
            return
        account = self.bank_ids.filtered(lambda account: account.sanitized_acc_number == iban)[:1]
        bic = account.bank_id.bic or self._urssaf_known_bank(iban).bic
        if bic or kept.bank_id.bic == self.urssaf_bic:
            self.urssaf_bic = bic

    @api.onchange('urssaf_iban')
    def _onchange_urssaf_iban_holder(self):
        is_known = self.urssaf_civility and (self.urssaf_first_names or '').replace(',', ' ').split()
        if valid_iban(self.urssaf_iban) and not self.urssaf_bank_holder and is_known:
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
        # EXTENDS 'base': see _urssaf_prepared
        return super().create([self._urssaf_prepared(vals) for vals in vals_list])

    def write(self, vals):
        # EXTENDS 'base': see _urssaf_prepared
        result = super().write(self._urssaf_prepared(vals))
        if not set(HOUSEHOLD['bank']).isdisjoint(vals):
            self.invalidate_recordset(HOUSEHOLD['bank'])  # a new account has other values beside the written one
        return result

    @api.model
    def _urssaf_prepared(self, vals):
        """What scripts and spreadsheets write: in any order, with signs that no database can keep.

        :param dict vals: as for ``create`` or ``write``
        :return: the same values, the IBAN first: Odoo applies them in their order, and BIC and holder belong to the
            account that the IBAN chooses or makes
        :raises ValidationError: when a text of the household cannot be stored, which would be a traceback else
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
        return {'urssaf_iban': vals['urssaf_iban'], **vals} if 'urssaf_iban' in vals else vals

    def _urssaf_new_account_values(self, iban):
        return {
            'partner_id': self.id,
            'acc_number': iban,
            'urssaf_is_ours': True,
            'bank_id': self._urssaf_known_bank(iban).id,
            'acc_holder_name': self.urssaf_bank_account_id.acc_holder_name,
        }

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
