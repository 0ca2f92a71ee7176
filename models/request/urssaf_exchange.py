from odoo import fields, models


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
