from odoo import models


class MailMail(models.Model):
    """An invitation that a mail server refuses has not arrived: nobody would know, its message belongs to no document."""

    _inherit = 'mail.mail'

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        # EXTENDS 'mail': before it, which deletes what cannot be sent
        if failure_type:
            failed = self.sudo().filtered(lambda mail: mail.model == 'urssaf.invitation' and not success_pids)
            self.env['urssaf.invitation'].sudo().browse(failed.mapped('res_id')).exists()._record_bounce(failure_reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
