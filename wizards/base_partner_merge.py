from odoo import models
from odoo.exceptions import UserError

from ..models.household.res_partner import PERSON_FIELDS
from ..models.registration.urssaf_registration_states import UNSETTLED_STATES

# Odoo merges no field that is computed at first: these hold what people have typed.
TYPED_FIELDS = (*PERSON_FIELDS, 'urssaf_mobile')


def _weight(registration):
    """What would be lost with it: of two, the heavier one is kept. A trial weighs least."""
    return (
        registration.environment == 'production',
        bool(registration.customer_ref),
        registration.state in UNSETTLED_STATES,
        registration.state != 'draft',
    )


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging two contacts of one household keeps the registration that URSSAF knows, and the person it knows by it."""

    _inherit = 'base.partner.merge.automatic.wizard'

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # EXTENDS 'base', which leaves out what the user may not read, and deletes it with the contact; and which would
        # write the identity of the remaining contact beside the number that URSSAF has given the other one
        partners = self.env['res.partner'].browse(partner_ids).exists().sudo()
        if len(partners) < 2:
            return super()._merge(partner_ids, dst_partner, extra_checks)
        if not dst_partner or dst_partner not in partners:
            dst_partner = self._get_ordered_partner(partners.ids)[-1]
        values, iban = self._urssaf_merged(dst_partner.sudo() | partners)
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        kept = dst_partner.sudo()
        if account := kept._urssaf_account_of(iban):
            values['urssaf_bank_account_id'] = account.id
        if any(values.values()):
            kept.write(values)
        return result

    def _urssaf_merged(self, partners):
        """What the remaining contact says afterwards: the person as URSSAF knows them, whole; of the rest what any has.

        :param res.partner partners: the contacts that become one, in sudo, the remaining one first
        :return: values of ``res.partner``, and the IBAN that URSSAF was given (False without one)
        :rtype: tuple[dict, str]
        """
        known = self._urssaf_kept_registrations(partners).filtered(lambda r: any(_weight(r)[1:3]))
        owner = known.sorted(_weight, reverse=True)[:1].partner_id
        values = {}
        for name, field in partners._fields.items():
            is_typed = name in TYPED_FIELDS or not field.compute and field.type not in ('one2many', 'many2many')
            if name.startswith('urssaf_') and field.groups and field.store and is_typed:
                is_whole = name in PERSON_FIELDS and owner.urssaf_birth_name
                holders = owner if is_whole else (owner | partners).filtered(name)[:1]
                values[name] = field.convert_to_write(holders[name], holders)
        return values, owner.urssaf_bank_account_id.sanitized_acc_number

    def _update_foreign_keys(self, src_partners, dst_partner):
        # EXTENDS 'base', which would keep the registration of the remaining contact even if URSSAF only knows the other
        partners = src_partners | dst_partner
        registrations = self._urssaf_registrations(partners) - self._urssaf_kept_registrations(partners)
        for gone in (registrations, self._urssaf_lost_invitations(partners)):
            # It would go over to the remaining contact, and nothing would close it any more.
            gone.activity_id.unlink()
            gone.unlink()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _urssaf_registrations(self, partners):
        return self.env['urssaf.registration'].sudo().search([('partner_id', 'in', partners.ids)])

    def _urssaf_lost_invitations(self, partners):
        """There is one link for a household and a company: of several the one that was used, else the latest, is kept."""
        invitations = self.env['urssaf.invitation'].sudo().search([('partner_id', 'in', partners.ids)])
        kept = invitations.browse()
        for same in invitations.grouped('company_id').values():
            kept += same.sorted(lambda i: (bool(i.finished_at), i.expires_at), reverse=True)[:1]
        return invitations - kept

    def _urssaf_kept_registrations(self, partners):
        """Of several registrations for one company and environment, the one that URSSAF has given a number, or may have.

        :param res.partner partners: the contacts that become one
        :raises UserError: when it has given two different numbers: these are two people, or a matter for URSSAF; but in a
            trial that is over
        """
        registrations = kept = self._urssaf_registrations(partners)
        for same in registrations.grouped(lambda r: (r.company_id, r.environment)).values():
            if len(set(filter(None, same._without_past_trials().mapped('customer_ref')))) > 1:
                raise UserError(
                    self.env._(
                        "%s are registered with URSSAF under different numbers: they cannot be merged.",
                        ', '.join(same.partner_id.mapped('name')),
                    )
                )
            kept -= same - same.sorted(_weight, reverse=True)[:1]
        return kept
