from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.notification import CLOSE, notification
from ...urssaf.typed import read_credential
from .urssaf_connection import CRONS, FAILURES_BEFORE_NOTICE


class ResConfigSettings(models.TransientModel):
    """The card *Avance immédiate* of the invoicing settings (SCREENS §1)."""

    _inherit = 'res.config.settings'

    urssaf_is_french = fields.Boolean(related='company_id.is_france_country', exportable=False)
    urssaf_environment = fields.Selection(related='company_id.urssaf_environment', readonly=False)
    urssaf_environment_notice = fields.Char("Notice of the Environment", compute='_compute_urssaf_environment_notice')
    urssaf_is_going_live = fields.Boolean("Production Is Chosen", compute='_compute_urssaf_is_going_live')
    urssaf_confirms_production = fields.Boolean("I know that my customers are really debited from now on")
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
    urssaf_test_at = fields.Datetime("Last Connection Test", compute='_compute_urssaf_test')
    urssaf_test_failure = fields.Char("What Is Wrong With the Connection", compute='_compute_urssaf_test')
    urssaf_connection_failure = fields.Char("Calls That Fail", compute='_compute_urssaf_connection_failure')
    urssaf_contract_notice = fields.Text("Left Under Another Contract", compute='_compute_urssaf_contract_notice')
    urssaf_owner_notice = fields.Char("Settings of the Parent Company", compute='_compute_urssaf_owner_notice')
    urssaf_shared_notice = fields.Text("Companies Under One Contract", compute='_compute_urssaf_shared_notice')
    # One look at the database for all the notices.
    urssaf_glance = fields.Json(
        "What There Is to Say", compute='_compute_urssaf_glance', groups='base.group_system', exportable=False
    )
    urssaf_is_open = fields.Boolean(
        "Avance immédiate in use",
        compute='_compute_urssaf_is_open',
        store=True,
        readonly=False,
        exportable=False,
        help="The card is folded until somebody starts.",
    )

    @api.depends('company_id', 'urssaf_environment')
    def _compute_urssaf_is_going_live(self):
        for settings in self:
            settings.urssaf_is_going_live = (
                settings.urssaf_environment == 'production'
                and self.env['res.company'].browse(settings.company_id.id).sudo().urssaf_environment != 'production'
            )

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'base': a related field is written to the company as soon as the window has a record
        for vals in vals_list:
            company = self.env['res.company'].browse(vals.get('company_id') or self.env.company.id)
            self._urssaf_check_going_live(company, vals)
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'base': see create
        for settings in self:
            self._urssaf_check_going_live(
                settings.company_id, {'urssaf_confirms_production': settings.urssaf_confirms_production, **vals}
            )
        return super().write(vals)

    @api.model
    def _urssaf_check_going_live(self, company, vals):
        """:raises UserError: when production is chosen without saying that one knows what it means"""
        is_going_live = vals.get('urssaf_environment') == 'production' != company.sudo().urssaf_environment
        if is_going_live and not vals.get('urssaf_confirms_production'):
            raise UserError(
                self.env._(
                    "Production: your customers are really debited. Tick “I know that my customers are really debited from "
                    "now on”, then save."
                )
            )

    @api.depends('company_id')
    def _compute_urssaf_new_secret(self):
        self.urssaf_new_secret = False

    def _inverse_urssaf_new_secret(self):
        for settings in self:
            if read_credential(settings.urssaf_new_secret or ''):
                settings.company_id.urssaf_client_secret = settings.urssaf_new_secret

    @api.depends('company_id', 'urssaf_environment')
    def _compute_urssaf_has_secret(self):
        for settings in self:
            settings.urssaf_has_secret = bool(settings._urssaf_credentials_shown()['urssaf_client_secret'])

    @api.onchange('urssaf_environment')
    def _onchange_urssaf_environment(self):
        """Each environment has a client ID of its own."""
        if self.urssaf_environment:
            self.urssaf_client_id = self._urssaf_credentials_shown()['urssaf_client_id']

    def _urssaf_credentials_shown(self):
        """The pair of the environment that stands in the form: in use, kept from an earlier time, or none yet.

        :rtype: dict
        """
        company = self.company_id._origin.sudo()
        in_use = {name: company[name] for name in ('urssaf_client_id', 'urssaf_client_secret')}
        chosen = self.urssaf_environment
        if chosen == company.urssaf_environment:
            return in_use
        # Before the first choice, what has been typed is for whatever is chosen.
        typed = dict.fromkeys(in_use, False) if company.urssaf_environment else in_use
        return company._urssaf_kept_credentials(chosen) or typed

    @api.depends('urssaf_environment')
    @api.depends_context('lang')
    def _compute_urssaf_environment_notice(self):
        for settings in self:
            settings.urssaf_environment_notice = settings.company_id._urssaf_environment_notice(
                settings.urssaf_environment
            )

    @api.depends('company_id')
    def _compute_urssaf_glance(self):
        for settings in self:
            settings.urssaf_glance = settings.company_id._origin._urssaf_glance()

    def _urssaf_answer(self, question):
        """What the glance has found of what is saved; nothing where the service is not used.

        :param str question: a name in ``res.company._urssaf_questions``
        """
        return (self.sudo().urssaf_glance or {}).get(question)

    def _urssaf_connection(self):
        """That of what is saved; may be empty.

        :rtype: urssaf.connection
        """
        return self.env['urssaf.connection'].sudo().browse(self._urssaf_answer('connection'))

    @api.depends('urssaf_glance', 'urssaf_environment', 'urssaf_client_id', 'urssaf_new_secret')
    def _compute_urssaf_test(self):
        for settings in self:
            company, typed = settings.company_id, settings.sudo()
            # What was tried is what is saved, not what stands in the form.
            is_tried = (
                typed.urssaf_environment == company.urssaf_environment
                and (typed.urssaf_client_id or '') == (company.sudo().urssaf_client_id or '')
                and not typed.urssaf_new_secret
            )
            connection = settings._urssaf_connection()
            settings.urssaf_test_at = is_tried and connection.tested_at
            settings.urssaf_test_failure = is_tried and connection.test_failure

    @api.depends('urssaf_glance')
    def _compute_urssaf_connection_failure(self):
        for settings in self:
            connection = settings._urssaf_connection()
            failing = connection.failure_count >= FAILURES_BEFORE_NOTICE
            sentences = [connection.with_context(lang=self.env.lang)._sentence()] if failing else []
            if settings._urssaf_answer('crons') not in (None, len(CRONS)):
                sentences += self.env['urssaf.watchdog']._blockers()
            settings.urssaf_connection_failure = '\n'.join(sentences)

    @api.depends('urssaf_glance')
    @api.depends_context('lang')
    def _compute_urssaf_contract_notice(self):
        for settings in self:
            waits = settings._urssaf_answer('waits_for_contract')
            settings.urssaf_contract_notice = waits and settings.company_id._urssaf_contract_sentence()

    @api.depends('urssaf_glance', 'urssaf_client_id', 'urssaf_environment')
    @api.depends_context('lang')
    def _compute_urssaf_shared_notice(self):
        for settings in self:
            saved, typed = settings.company_id._origin.sudo(), settings.sudo()
            is_saved = all(typed[name] == saved[name] for name in ('urssaf_client_id', 'urssaf_environment'))
            is_shared = not is_saved or settings._urssaf_answer('is_shared')
            others = is_shared and settings.company_id._urssaf_contract_sharers()
            settings.urssaf_shared_notice = bool(others) and self.env._(
                "The same contract serves %s: URSSAF takes an invoice number once for all of you. Give each company's "
                "invoices a prefix of their own.",
                ', '.join(others.mapped('name')),
            )

    @api.depends('company_id', 'urssaf_environment', 'urssaf_client_id', 'urssaf_sap_number')
    @api.depends_context('lang')
    def _compute_urssaf_owner_notice(self):
        for settings in self:
            owner = settings.company_id._urssaf_owner()
            settings.urssaf_owner_notice = owner != settings.company_id and self.env._(
                "The settings of %s serve this branch, its registrations and its requests too. Enter something here only "
                "when URSSAF has given the branch a contract of its own.",
                owner.sudo().name,
            )

    def action_urssaf_same_contract(self):
        """The client ID and the SAP number are new ones of the same contract: what left under the old ones goes on."""
        self.ensure_one()
        self.set_values()
        self.company_id._urssaf_confirm_same_contract()
        return notification(self.env._("What left before is followed under these credentials."), then=CLOSE)

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
        failure = self.company_id._urssaf_owner()._urssaf_test_connection()
        if failure:
            # The sentence itself stands beside the button that was pressed.
            return notification(
                self.env._("The connection does not work yet: the card says why."), 'danger', then=CLOSE
            )
        return notification(self.env._("The connection with URSSAF works."), then=CLOSE)
