from odoo import api, fields, models
from odoo.exceptions import UserError

from ..household.res_partner import PERSONAL


class ResPartner(models.Model):
    """What a user can do while a registration waits for the household, or for its number."""

    _inherit = 'res.partner'

    urssaf_needs_number = fields.Boolean(compute='_compute_urssaf_needs_number', groups=PERSONAL)

    @api.depends('urssaf_registration_ids.state', 'urssaf_registration_ids.needs_attention')
    @api.depends_context('company')
    def _compute_urssaf_needs_number(self):
        for partner in self:
            registration = partner.urssaf_registration_id.sudo()
            partner.urssaf_needs_number = bool(registration) and registration._needs_number()

    def action_urssaf_mail_never_came(self):
        """What the household can do when URSSAF's message does not arrive, and a message to URSSAF.

        :raises UserError: when no activation is waited for
        """
        self.ensure_one()
        self._urssaf_check_rights()
        registration = self.urssaf_registration_id
        if registration.state != 'pending':
            raise UserError(self.env._("URSSAF has not written to this customer: nothing waits for their activation."))
        return self._urssaf_window('urssaf.activation.help', registration, self.env._("The mail never came"))

    def action_urssaf_enter_number(self):
        """Enter the customer number that URSSAF gives on request, after an answer was lost."""
        self.ensure_one()
        self._urssaf_check_rights()
        return self._urssaf_window('urssaf.customer.number', self.urssaf_registration_id, self.env._("Customer number"))

    def _urssaf_window(self, model, registration, title):
        window = self.env[model].create({'registration_id': registration.id})
        return {
            'type': 'ir.actions.act_window',
            'name': title,
            'res_model': model,
            'res_id': window.id,
            'view_mode': 'form',
            'views': [(False, 'form')],
            'target': 'new',
        }
