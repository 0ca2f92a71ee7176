from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """What a company wants when a request fails, and where it writes to have one cancelled."""

    _inherit = 'res.config.settings'

    urssaf_mail_when_failed = fields.Boolean(related='company_id.urssaf_mail_when_failed', readonly=False)
    urssaf_cancellation_email = fields.Char(related='company_id.urssaf_cancellation_email', readonly=False)
