from odoo import models


class MailActivity(models.Model):
    _inherit = 'mail.activity'

    def _urssaf_people(self):
        # EXTENDS 'connection', 'registration', 'request': what a household has filled in, or was not reached about
        people = super()._urssaf_people()
        invitations = self.env['urssaf.invitation'].sudo().search([('activity_id', 'in', self.ids)])
        return people | {invitation.activity_id.id: invitation._responsible() for invitation in invitations}
