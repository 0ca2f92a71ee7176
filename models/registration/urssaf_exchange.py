from odoo import api, fields, models


class UrssafExchange(models.Model):
    """An exchange knows the registrations it was about."""

    _inherit = 'urssaf.exchange'

    registration_ids = fields.Many2many(
        'urssaf.registration',
        'urssaf_exchange_registration_rel',
        'exchange_id',
        'registration_id',
        string="Registrations",
        readonly=True,
    )

    @api.depends('registration_ids.partner_id.name')
    def _compute_about(self):
        # EXTENDS 'connection': what it depends on
        return super()._compute_about()

    def _documents_named(self):
        # EXTENDS 'connection'
        return super()._documents_named() + self.registration_ids.partner_id.mapped('name')
