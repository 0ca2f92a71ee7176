from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging two contacts of one household keeps the registration that URSSAF knows."""

    _inherit = 'base.partner.merge.automatic.wizard'

    def _update_foreign_keys(self, src_partners, dst_partner):
        # EXTENDS 'base', which would keep the registration of the remaining contact even if URSSAF only knows the other
        self._urssaf_keep_known_registration(src_partners | dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _urssaf_keep_known_registration(self, partners):
        """Of several registrations for one company and environment, keep the one that URSSAF has given a number.

        :param res.partner partners: the contacts that become one
        :raises UserError: when it has given two different numbers: these are two people, or a matter for URSSAF
        """
        registrations = self.env['urssaf.registration'].sudo().search([('partner_id', 'in', partners.ids)])
        for same in registrations.grouped(lambda r: (r.company_id, r.environment)).values():
            numbers = set(filter(None, same.mapped('customer_ref')))
            if len(numbers) > 1:
                raise UserError(
                    self.env._(
                        "%s are registered with URSSAF under different numbers: they cannot be merged.",
                        ', '.join(same.partner_id.mapped('name')),
                    )
                )
            known = same.filtered('customer_ref')[:1] or same.filtered(lambda r: r.state != 'draft')[:1] or same[:1]
            (same - known).unlink()
