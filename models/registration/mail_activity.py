from odoo import models


class MailActivity(models.Model):
    _inherit = 'mail.activity'

    def _urssaf_people(self):
        # EXTENDS 'connection': what is to be done about a household's registration
        people = super()._urssaf_people()
        registrations = self.env['urssaf.registration'].sudo().search([('activity_id', 'in', self.ids)])
        return people | {registration.activity_id.id: registration._responsible() for registration in registrations}
