from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.notification import CLOSE


class UrssafCustomerNumber(models.TransientModel):
    """URSSAF has registered a household but its answer, with the number, was lost: the user enters what URSSAF tells them."""

    _name = 'urssaf.customer.number'
    _description = "Customer Number Given by URSSAF"

    registration_id = fields.Many2one('urssaf.registration', required=True, readonly=True, ondelete='cascade')
    number = fields.Char("URSSAF Customer Number")

    @api.constrains('registration_id')
    def _check_registration_id(self):
        """The window shows its registration in sudo: its user must be allowed to read it."""
        self.registration_id.with_user(self.env.user).check_access('read')  # constraints run in sudo

    def action_check(self):
        """Ask URSSAF whose number it is, and take it when it is this household's.

        :return: a notice that says how far the registration is
        :raises UserError: when it is not, or URSSAF cannot be asked; nothing is changed then
        """
        self.ensure_one()
        registration = self.registration_id
        registration.partner_id._urssaf_check_rights()
        failure = registration.sudo()._sync_number(self.number)
        if failure:
            raise UserError(failure)
        notice = registration.sudo()._notify_user()
        notice['params']['next'] = CLOSE
        return notice
