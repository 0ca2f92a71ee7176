from odoo import api, fields, models

from ..models.registration.urssaf_registration_states import REGISTRABLE


class UrssafRegisterWizardLine(models.TransientModel):
    """One household in the window: whether it can be registered, and if not, why."""

    _name = 'urssaf.register.wizard.line'
    _description = "Customer to Register with URSSAF"

    wizard_id = fields.Many2one('urssaf.register.wizard', required=True, ondelete='cascade')
    partner_id = fields.Many2one('res.partner', string="Customer", required=True, ondelete='cascade')
    status = fields.Selection(
        [
            ('ready', "Complete"),
            ('missing', "To complete"),
            ('refused', "Refused by URSSAF"),
            ('registered', "Registered already"),
            ('skipped', "Not concerned"),
        ],
        compute='_compute_status',
        compute_sudo=False,
    )
    note = fields.Text("Note", compute='_compute_status', compute_sudo=False)
    fingerprint = fields.Char(
        "What Was Tried", readonly=True, groups=fields.NO_ACCESS, help="Of what was sent: the same is not sent again."
    )
    blocker = fields.Text("Why Not Sent", readonly=True, help="Why it could not be sent.")

    def _registration(self):
        """This household's registration with the window's company, if any, in superuser mode."""
        self.ensure_one()
        return self.partner_id.with_company(self.wizard_id.company_id).sudo().urssaf_registration_id

    @api.depends('partner_id', 'blocker', 'wizard_id.company_id')
    @api.depends_context('lang', 'company')
    def _compute_status(self):
        for line in self:
            line.status, line.note = line._status_and_note()

    def _status_and_note(self):
        """Where this household stands, and the sentence beside it.

        :rtype: tuple[str, str]
        """
        partner = self.partner_id.with_company(self.wizard_id.company_id)
        if partner.is_company:
            return 'skipped', self.env._("A company: avance immédiate is for individuals.")
        registration = self._registration().with_env(self.env).sudo()
        if registration and (registration.state not in REGISTRABLE or registration._is_queued()):
            return 'registered', registration._sentence()
        missing = partner._urssaf_missing_sentences()
        if missing:
            return 'missing', '\n'.join(missing)
        if registration.state == 'rejected' and (
            self.sudo().fingerprint == partner._urssaf_fingerprint() or registration._is_ruled_out()
        ):
            return 'refused', registration._sentence()
        if self.blocker:
            return 'ready', self.blocker
        if registration.error_text:
            return 'ready', self.env._("Last time: %s", registration.error_text)
        return 'ready', '✔'
