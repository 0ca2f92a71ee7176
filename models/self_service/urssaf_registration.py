from odoo import models

from ..registration.urssaf_registration_states import UNTOLD_STATES


class UrssafRegistration(models.Model):
    """When a household that has filled in its data is registered, the activity that asked for it is done."""

    _inherit = 'urssaf.registration'

    def _notify_one(self):
        # EXTENDS 'registration'
        result = super()._notify_one()
        if self.state not in UNTOLD_STATES:
            self.env['urssaf.invitation']._find_for(self.partner_id, self.company_id)._close_activity()
        return result
