from odoo import api, fields, models


class UrssafExchange(models.Model):
    """An exchange knows the requests it was about."""

    _inherit = 'urssaf.exchange'

    request_ids = fields.Many2many(
        'urssaf.payment.request',
        'urssaf_exchange_request_rel',
        'exchange_id',
        'request_id',
        string="Requests",
        readonly=True,
    )

    @api.depends('request_ids.name')
    def _compute_about(self):
        # EXTENDS 'connection': what it depends on
        return super()._compute_about()

    def _documents_named(self):
        # EXTENDS 'connection'
        return super()._documents_named() + self.request_ids.mapped('name')
