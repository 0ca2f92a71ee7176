from odoo import api, fields, models

from ...tools.sentence import some_of
from ...urssaf import payloads
from ..household.res_partner import PERSONAL_DATA_GROUPS


class ResPartner(models.Model):
    """The requests of a household: how many there are, and what they need of its data."""

    _inherit = 'res.partner'

    urssaf_request_count = fields.Integer(
        "Avance Immédiate Requests", compute='_compute_urssaf_request_count', groups=PERSONAL_DATA_GROUPS
    )

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_urssaf_request_count(self):
        """Those of all companies that the user may see, counted at each reading."""
        households = self.commercial_partner_id
        groups = self.env['urssaf.payment.request']._read_group(
            [('partner_id', 'in', households.ids)], ['partner_id'], ['__count']
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.urssaf_request_count = counts.get(partner.commercial_partner_id.id, 0)

    def action_urssaf_view_requests(self):
        """Open the requests of this household.

        :return: the action of the list
        """
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('l10n_fr_avance_immediate.urssaf_payment_request_action')
        return {**action, 'domain': [('partner_id', '=', self.commercial_partner_id.id)], 'context': {}}

    def _urssaf_erase_blocker(self):
        # EXTENDS 'household', 'registration': URSSAF is asked about a request with the birth date of its household
        live = self.env['urssaf.payment.request'].sudo().search([('partner_id', '=', self.id), ('is_live', '=', True)])
        if live := live._without_past_trials():
            ours = live.filtered(lambda request: request.move_company_id in self.env.companies)
            return self.env._(
                "%(customer)s: a request is still under way at URSSAF (%(invoices)s). Their data can be erased when it "
                "is settled or withdrawn.",
                customer=self.name,
                invoices=some_of(ours.mapped('name')) or self.env._("in another company"),
            )
        return super()._urssaf_erase_blocker()

    def _urssaf_erase(self):
        # EXTENDS 'household', 'registration': the birth date goes from what has been sent; amounts and numbers prove what was asked
        result = super()._urssaf_erase()
        for request in self.env['urssaf.payment.request'].sudo().search([('partner_id', '=', self.id)]):
            request.payload = payloads.without_birth_date(request.payload)
        return result
