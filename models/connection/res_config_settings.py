from odoo import api, fields, models

from ...tools.notification import CLOSE, notification
from ...urssaf.typed import read_credential
from .urssaf_connection import FAILURES_BEFORE_NOTICE


class ResConfigSettings(models.TransientModel):
    """The card *Avance immédiate* of the invoicing settings (SCREENS §1)."""

    _inherit = 'res.config.settings'

    urssaf_is_french = fields.Boolean(related='company_id.is_france_country', exportable=False)
    urssaf_environment = fields.Selection(related='company_id.urssaf_environment', readonly=False)
    urssaf_environment_notice = fields.Char("Notice of the Environment", compute='_compute_urssaf_environment_notice')
    urssaf_client_id = fields.Char(related='company_id.urssaf_client_id', readonly=False, groups='base.group_system')
    # Written, never read: what is stored does not travel back to a browser.
    urssaf_new_secret = fields.Char(
        "Client Secret",
        compute='_compute_urssaf_new_secret',
        inverse='_inverse_urssaf_new_secret',
        groups='base.group_system',
    )
    urssaf_has_secret = fields.Boolean("Client Secret Entered", compute='_compute_urssaf_has_secret')
    urssaf_sap_number = fields.Char(related='company_id.urssaf_sap_number', readonly=False)
    urssaf_billing_party = fields.Char(related='company_id.urssaf_billing_party', readonly=False)
    urssaf_responsible_id = fields.Many2one(related='company_id.urssaf_responsible_id', readonly=False)
    urssaf_default_nature_id = fields.Many2one(related='company_id.urssaf_default_nature_id', readonly=False)
    urssaf_remind_households = fields.Boolean(related='company_id.urssaf_remind_households', readonly=False)
    urssaf_future_dates_only = fields.Boolean(related='company_id.urssaf_future_dates_only', readonly=False)
    urssaf_deposits_allowed = fields.Boolean(related='company_id.urssaf_deposits_allowed', readonly=False)
    urssaf_test_at = fields.Datetime(related='company_id.urssaf_test_at')
    urssaf_test_failure = fields.Char(related='company_id.urssaf_test_failure')
    urssaf_connection_failure = fields.Char("Calls That Fail", compute='_compute_urssaf_connection_failure')
    urssaf_is_open = fields.Boolean(
        "Avance immédiate in use",
        compute='_compute_urssaf_is_open',
        store=True,
        readonly=False,
        exportable=False,
        help="The card is folded until somebody starts.",
    )

    @api.depends('company_id')
    def _compute_urssaf_new_secret(self):
        self.urssaf_new_secret = False

    def _inverse_urssaf_new_secret(self):
        for settings in self:
            if read_credential(settings.urssaf_new_secret or ''):
                settings.company_id.urssaf_client_secret = settings.urssaf_new_secret

    @api.depends('company_id')
    def _compute_urssaf_has_secret(self):
        for settings in self:
            settings.urssaf_has_secret = bool(settings.company_id.sudo().urssaf_client_secret)

    @api.depends('urssaf_environment')
    @api.depends_context('lang')
    def _compute_urssaf_environment_notice(self):
        for settings in self:
            settings.urssaf_environment_notice = settings.company_id._urssaf_environment_notice(
                settings.urssaf_environment
            )

    @api.depends('company_id')
    def _compute_urssaf_connection_failure(self):
        for settings in self:
            connection = settings.company_id._urssaf_connection()
            failing = connection.failure_count >= FAILURES_BEFORE_NOTICE
            sentences = [connection.with_context(lang=self.env.lang)._sentence()] if failing else []
            if settings.company_id.urssaf_environment:
                sentences += self.env['urssaf.watchdog']._troubles()
            settings.urssaf_connection_failure = '\n'.join(sentences)

    @api.depends('company_id')
    def _compute_urssaf_is_open(self):
        for settings in self:
            company = settings.company_id.sudo()
            settings.urssaf_is_open = bool(
                company.urssaf_client_id or company.urssaf_environment or self.env.context.get('urssaf_is_open')
            )

    def action_urssaf_start(self):
        """Open these settings with the card unfolded."""
        return {
            'type': 'ir.actions.act_url',
            'url': '/odoo/action-l10n_fr_avance_immediate.res_config_settings_action#urssaf_card',
            'target': 'self',
        }

    def action_urssaf_test_connection(self):
        """Save the settings, then try them; says precisely what is wrong, or that all is well."""
        self.ensure_one()
        self.set_values()
        failure = self.company_id._urssaf_test_connection()
        if failure:
            return notification(failure, 'danger', sticky=True, then=CLOSE)
        return notification(self.env._("The connection with URSSAF works."), then=CLOSE)
