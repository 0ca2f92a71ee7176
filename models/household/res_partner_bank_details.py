from odoo import api, fields, models

from ...urssaf.formats import compact, valid_iban
from ...urssaf.rules import HOLDER_LENGTH
from .res_partner import PERSONAL

TITLES = {'1': "M.", '2': "Mme"}
BANK_FIELDS = ('urssaf_iban', 'urssaf_bic', 'urssaf_bank_holder')


class ResPartner(models.Model):
    """IBAN, BIC and holder as typed on the household's page: one of its accounts, or a new one."""

    _inherit = 'res.partner'

    urssaf_has_bank_account = fields.Boolean(compute='_compute_urssaf_has_bank_account', groups=PERSONAL)

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
        """Mostly the account is the person's own: title, last name and first name, in French for URSSAF; empty without a name."""
        name = self.urssaf_usage_name or self.urssaf_birth_name
        first_name = (self.urssaf_first_names or '').replace(',', ' ').split()[:1]
        return (
            ' '.join([TITLES.get(self.urssaf_civility, ''), name, *first_name]).strip()[:HOLDER_LENGTH] if name else ''
        )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._urssaf_account_first(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(self._urssaf_account_first(vals))
        if not set(BANK_FIELDS).isdisjoint(vals):
            self.invalidate_recordset(BANK_FIELDS)  # a new account has other values beside the written one
        return result

    @api.model
    def _urssaf_account_first(self, vals):
        """Odoo applies values in their order: BIC and holder belong to the account that the IBAN chooses."""
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
