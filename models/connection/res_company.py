from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools.sentence import filled_in
from ...urssaf.client import SIMULATOR_URL, UrssafClient
from ...urssaf.formats import text, valid_sap_number
from ...urssaf.typed import read_credential, read_sap_number
from .res_company_words import ENVIRONMENT_NOTICES, LIVE_NOTICE, TEST_REASONS, UNREACHED

# The choices of every field `environment`: which URSSAF is called.
ENVIRONMENTS = [('simulator', "Simulator"), ('sandbox', "URSSAF test"), ('production', "Production")]
TIMEOUT = 15  # seconds
# What a call needs beside the environment; a change of any may mend a connection.
CREDENTIALS = {'urssaf_environment', 'urssaf_client_id', 'urssaf_client_secret'}
# How what is pasted into the settings is read.
SETTINGS_READERS = {
    'urssaf_client_id': read_credential,
    'urssaf_client_secret': read_credential,
    'urssaf_sap_number': read_sap_number,
    'urssaf_billing_party': text,
}
# What tells one contract with URSSAF from another.
CONTRACT = {'urssaf_environment', 'urssaf_client_id', 'urssaf_sap_number'}


class ResCompany(models.Model):
    """A provider: what URSSAF has given it. The client secret is used here only."""

    _inherit = 'res.company'

    urssaf_environment = fields.Selection(
        ENVIRONMENTS,
        string="URSSAF Environment",
        help="Empty: nothing is called.",
    )
    urssaf_client_id = fields.Char("Client ID", groups='base.group_system')
    urssaf_client_secret = fields.Char("Client Secret", groups='base.group_system')
    urssaf_sap_number = fields.Char("SAP Number", help="SAP followed by the 9 digits of your SIREN.")
    urssaf_billing_party = fields.Char(
        "Billing Third Party", help="Name under which URSSAF knows who bills. Empty: the company's name."
    )
    urssaf_responsible_id = fields.Many2one(
        'res.users',
        string="Responsible",
        domain="[('share', '=', False)]",
        groups='base.group_user',
        help="Gets an activity when a request or a registration needs somebody.",
    )
    urssaf_default_nature_id = fields.Many2one('urssaf.nature', string="Default Type of Service")
    urssaf_remind_households = fields.Boolean(
        "Remind customers to activate their account",
        default=True,
        help="By e-mail, 3 and 6 days after the registration.",
    )
    urssaf_future_dates_only = fields.Boolean("Only services to come")
    urssaf_deposits_allowed = fields.Boolean(
        "Declare deposits",
        help="Deposits that customers have paid by card, direct debit, transfer or cheque are declared with the request.",
    )
    urssaf_batch_size = fields.Integer(
        "Requests per Call", default=10, help="At most 10; lowered by itself when URSSAF takes fewer."
    )
    # Of the environment in the settings: a simulator that works vouches for nothing.
    urssaf_test_at = fields.Datetime(
        "Last Connection Test", compute='_compute_urssaf_test', compute_sudo=True, groups='base.group_user'
    )
    urssaf_test_failure = fields.Char(
        "What Is Wrong With the Connection", compute='_compute_urssaf_test', compute_sudo=True, groups='base.group_user'
    )

    @api.constrains('urssaf_sap_number')
    def _check_urssaf_sap_number(self):
        for company in self:
            if company.urssaf_sap_number and not valid_sap_number(company.urssaf_sap_number):
                raise ValidationError(
                    self.env._(
                        "The SAP number %s is not right: write SAP and 9 digits, without spaces (SAP123456789).",
                        company.urssaf_sap_number,
                    )
                )

    @api.depends('urssaf_environment')
    def _compute_urssaf_test(self):
        for company in self:
            connection = company._urssaf_connection()
            company.urssaf_test_at = connection.tested_at
            company.urssaf_test_failure = connection.test_failure

    def _urssaf_is_set_up(self):
        """Whether avance immédiate can be used here: in France, and an environment is chosen.

        :rtype: bool
        """
        company = self._urssaf_owner()
        return bool(company.urssaf_environment) and company._urssaf_is_french()

    def _urssaf_is_french(self):
        """Whether the company is in France, overseas territories included."""
        self.ensure_one()
        return self.country_code in self._get_france_country_codes()

    def _urssaf_is_ready(self):
        """Whether everything is entered that a call needs, here or in the company whose branch this is."""
        self.ensure_one()
        company = self._urssaf_owner().sudo()
        return bool(
            company.urssaf_environment
            and company.urssaf_client_id
            and company.urssaf_client_secret
            and company.urssaf_sap_number
        )

    def _urssaf_not_set_up(self):
        """The sentence for a company that cannot use the service yet.

        :rtype: str
        """
        return self.env._(
            "Avance immédiate is not set up for %s: an administrator enters what URSSAF has given "
            "in the settings of Invoicing.",
            self.name,
        )

    def _urssaf_ready_blocker(self):
        """Why nothing can be registered or sent, as a sentence; empty when everything is entered."""
        return '' if self._urssaf_is_ready() else self._urssaf_not_set_up()

    def _urssaf_check_ready(self):
        """:raises UserError: when something is missing that a call needs"""
        if sentence := self._urssaf_ready_blocker():
            raise UserError(sentence)

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'base': see SETTINGS_READERS
        return super().create([self._urssaf_read(vals) for vals in vals_list])

    @api.model
    def _urssaf_read(self, vals):
        """These values without what nobody sees and what is around them: a copy brings both along."""
        read = {
            name: reader(vals[name]) for name, reader in SETTINGS_READERS.items() if isinstance(vals.get(name), str)
        }
        return {**vals, **read}

    def write(self, vals):
        # EXTENDS 'base': what a changed setting brings about
        vals = self._urssaf_read(vals)
        restored = {}
        if 'urssaf_environment' in vals:
            restored = self._urssaf_change_environment(vals['urssaf_environment'], set(vals))
        pair = {name: vals[name] for name in ('urssaf_client_id', 'urssaf_client_secret') if name in vals}
        renewed = self.browse()
        if pair:
            renewed = self.filtered(lambda company: any(company.sudo()[name] != value for name, value in pair.items()))
        activities, people = self._urssaf_asked_of_responsible(vals)
        result = super().write(vals)
        if activities:
            # What somebody has given to another person stays theirs.
            kept = activities.filtered(lambda activity: people.get(activity.id) == activity.user_id)
            kept._urssaf_assign(kept._urssaf_people())
        for company, values in restored.items():
            super(ResCompany, company).write(values)
        for company in renewed:
            # What was tried is not what stands there now.
            company._urssaf_connection().write({'tested_at': False, 'test_failure': False})
        self.invalidate_recordset(['urssaf_test_at', 'urssaf_test_failure'])
        if CREDENTIALS & set(vals):
            # The cause of the failures may be gone: the next call need not wait.
            for company in self:
                company._urssaf_connection().write({'paused_until': False, 'is_asked': False})
        if CONTRACT & set(vals):
            self._urssaf_tell_contract()
        return result

    @api.model
    def _urssaf_in_use(self):
        """The companies that use the service, archived ones included; in sudo."""
        return self.sudo().with_context(active_test=False).search([('urssaf_environment', '!=', False)])

    def _urssaf_asked_of_responsible(self, vals):
        """The open activities, where another responsible user is about to be chosen, and who was to act on them.

        :param dict vals: what is about to be written
        :return: ``(mail.activity in sudo, users by id of the activity)``
        :rtype: tuple
        """
        name = 'urssaf_responsible_id'
        activities = self.env['mail.activity']
        if name not in vals or all(company.sudo()[name].id == vals[name] for company in self):
            return activities, {}
        activities = activities._urssaf_open()
        return activities, activities._urssaf_people()

    def _urssaf_connection(self):
        """What is known of the connection to the environment of the settings; may be empty.

        :rtype: urssaf.connection
        """
        self.ensure_one()
        return self.env['urssaf.connection']._find_for(self, self.urssaf_environment)

    def _urssaf_client(self, with_new_token=False):
        """The client of this company: the one place where the secret is used.

        :param bool with_new_token: ask for a token whatever is cached, so that the secret itself is tried
        :rtype: urssaf.client.UrssafClient
        :raises UserError: when the settings are not complete, or a system parameter is wrong
        """
        self.ensure_one()
        company = self.sudo()
        if not (company.urssaf_environment and company.urssaf_client_id and company.urssaf_client_secret):
            raise UserError(company.with_env(self.env)._urssaf_not_set_up())
        parameters = self.env['ir.config_parameter']
        timeout = parameters._urssaf_seconds('timeout', TIMEOUT)
        try:
            return UrssafClient(
                company.urssaf_environment,
                company.urssaf_client_id,
                company.urssaf_client_secret,
                token_store=None
                if with_new_token
                else self.env['urssaf.token']._store(company.id, company.urssaf_environment, company.urssaf_client_id),
                simulator_url=parameters._urssaf_text('simulator_url', SIMULATOR_URL),
                basic_auth=parameters._urssaf_switch('basic_auth'),
                timeout=timeout,
            )
        except ValueError as error:
            raise UserError(
                self.env._("The address of the simulator must be on this machine (%s).", SIMULATOR_URL)
            ) from error

    def _urssaf_test_connection(self):
        """Ask URSSAF something without effect (CONTRACT §8) and keep what came of it on the company. Commits.

        :return: a sentence that says what is wrong, empty when all is well
        :rtype: str
        :raises UserError: when the settings are not complete
        """
        self.ensure_one()
        connection, environment = self.env['urssaf.connection'], self.urssaf_environment
        # The token in the cache may be that of an earlier secret.
        _found, failure = connection._ask_about_none(
            self,
            environment,
            lambda client: client.search_requests(date_from=fields.Date.add(fields.Date.today(), years=10)),
            with_new_token=True,
        )
        if failure and isinstance(failure.__cause__, UserError):
            raise failure.__cause__
        sentence = self._urssaf_explain_test(failure, environment) if failure else ''
        tested = connection._find_for(self, environment) or connection._create_once(self, environment)
        values = {'tested_at': fields.Datetime.now(), 'test_failure': sentence or False}
        # Another worker may have counted a call of this connection meanwhile.
        tested._write_from_memory(lambda: tested.write(values))
        self.invalidate_recordset(['urssaf_test_at', 'urssaf_test_failure'])
        return sentence

    @api.model
    def _urssaf_explain_test(self, failure, environment):
        """What is wrong, for whoever has pressed *Test the connection*: in the settings, where the credentials stand.

        :param urssaf.errors.UrssafError failure: of the test
        :param str environment: a key of ``ENVIRONMENTS``
        :rtype: str
        """
        if environment == 'simulator' and failure.reason in UNREACHED:
            address = self.env['ir.config_parameter']._urssaf_text('simulator_url', SIMULATOR_URL)
            return self.env._("The simulator does not answer on %s: start it.", address)
        if failure.reason in TEST_REASONS:
            return filled_in(self.env, TEST_REASONS[failure.reason])
        return self.env['urssaf.error']._explain(failure)

    @api.model
    def _urssaf_environment_notice(self, environment):
        """The yellow line of every environment in which nobody is debited; empty in production.

        :param str environment: a key of ``ENVIRONMENTS``, or nothing
        :rtype: str
        """
        sentence = ENVIRONMENT_NOTICES.get(environment)
        return filled_in(self.env, sentence) if sentence else ''

    def _urssaf_environment_notices(self):
        """The yellow lines of a window over several companies: as soon as one of them is on trial, each is named with what its
        requests really do; empty when nobody is on trial.

        :rtype: str
        """
        owners = self.browse(dict.fromkeys(company._urssaf_owner().id for company in self)).sudo()
        notices = {owner: self._urssaf_environment_notice(owner.urssaf_environment) for owner in owners}
        if len(owners) < 2 or not any(notices.values()):
            return ''.join(notices.values())
        for owner in owners.filtered(lambda owner: owner.urssaf_environment == 'production'):
            notices[owner] = filled_in(self.env, LIVE_NOTICE)
        return '\n'.join(
            self.env._("%(company)s: %(notice)s", company=owner.name, notice=notice)
            for owner, notice in notices.items()
            if notice
        )
