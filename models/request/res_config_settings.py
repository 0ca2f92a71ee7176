from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """What a company wants when a request fails, and where it writes to have one cancelled."""

    _inherit = 'res.config.settings'

    urssaf_mail_when_failed = fields.Boolean(related='company_id.urssaf_mail_when_failed', readonly=False)
    urssaf_cancellation_email = fields.Char(related='company_id.urssaf_cancellation_email', readonly=False)
    urssaf_left_notice = fields.Text("Real Requests Not Followed", compute='_compute_urssaf_left_notice')

    @api.depends('urssaf_glance', 'urssaf_environment')
    @api.depends_context('lang')
    def _compute_urssaf_left_notice(self):
        for settings in self:
            # Said before it is saved, too: what stands in the form counts.
            leaves = settings.urssaf_environment != 'production' and settings._urssaf_answer('open_in_production')
            settings.urssaf_left_notice = leaves and settings.company_id._origin._urssaf_left_sentence(
                settings.urssaf_environment
            )
