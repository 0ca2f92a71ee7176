from odoo import models


class UrssafRegistration(models.Model):
    """When a household that has filled in its data is registered, the activity that asked for it is done."""

    _inherit = 'urssaf.registration'

    def _tell_one(self):
        result = super()._tell_one()
        if self.state not in ('draft', 'sending'):
            self.env['urssaf.invitation']._of(self.partner_id, self.company_id)._close_activity()
        return result
