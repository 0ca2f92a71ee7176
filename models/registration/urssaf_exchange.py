from odoo import fields, models


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
