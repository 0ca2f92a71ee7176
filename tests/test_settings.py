from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..urssaf.client import UrssafClient
from .common import PARAMETER, AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestSettings(AvanceImmediateCommon):
    def setUp(self):
        super().setUp()
        # Tokens live in cursors of their own, which must see the company of this test.
        self.env['urssaf.token'].search([]).unlink()
        self.enterContext(self.enter_registry_test_mode())

    def settings(self, env=None):
        return (env or self.env)['res.config.settings'].with_company(self.company).create({})

    def test_the_secret_never_travels_back(self):
        settings = self.settings()
        self.assertFalse(settings.urssaf_new_secret)
        self.assertTrue(settings.urssaf_has_secret)
        settings.urssaf_new_secret = 'another'
        settings.execute()
        self.assertEqual(self.company.sudo().urssaf_client_secret, 'another')
        self.assertFalse(self.settings().read(['urssaf_new_secret'])[0]['urssaf_new_secret'])
        settings = self.settings()
        settings.urssaf_new_secret = False
        settings.execute()
        self.assertEqual(self.company.sudo().urssaf_client_secret, 'another', "an empty field keeps what is stored")

    def test_nothing_is_said_where_there_is_nothing_to_say(self):
        settings = self.settings()
        for name in ('urssaf_shared_notice', 'urssaf_owner_notice', 'urssaf_contract_notice'):
            self.assertFalse(settings[name], name)

    def test_notices_speak_of_what_stands_in_the_form(self):
        company = self.company.sudo()
        company.write({'urssaf_deposits_allowed': False, 'urssaf_guarantee_until': False, 'urssaf_sap_until': False})
        form = Form(self.env['res.config.settings'].with_company(self.company))
        self.assertFalse(form.urssaf_guarantee_alert)
        self.assertFalse(form.urssaf_proofs_text)
        form.urssaf_deposits_allowed = True
        self.assertEqual(form.urssaf_guarantee_alert, 'danger', "before anything is saved")
        form.urssaf_guarantee_until = self.today + timedelta(days=300)
        self.assertEqual(form.urssaf_guarantee_alert, 'info')
        self.assertIn(str((self.today + timedelta(days=300)).year), form.urssaf_guarantee_text)
        form.urssaf_sap_until = self.today + timedelta(days=3)
        self.assertTrue(form.urssaf_proofs_text)
        form.urssaf_sap_until = False
        self.assertFalse(form.urssaf_proofs_text)
        self.assertFalse(company.urssaf_deposits_allowed, "nothing is saved")

    def test_the_result_is_that_of_what_stands_in_the_form(self):
        self.assertEqual(self.try_connection(), '')
        form = Form(self.env['res.config.settings'].with_company(self.company))
        self.assertTrue(form.urssaf_test_at)
        form.urssaf_environment = 'sandbox'
        self.assertFalse(form.urssaf_test_at, "the simulator vouches for nobody else")
        form.urssaf_environment = 'simulator'
        self.assertTrue(form.urssaf_test_at)
        form.urssaf_new_secret = 'autre'
        self.assertFalse(form.urssaf_test_at)

    def test_the_notice_of_money_speaks_of_the_journal_in_the_form(self):
        self.company.action_urssaf_setup_money()
        other = self.env['account.journal'].create(
            {'name': "Autre banque", 'type': 'bank', 'code': 'AUTRE', 'company_id': self.company.id}
        )
        form = Form(self.env['res.config.settings'].with_company(self.company))
        self.assertFalse(form.urssaf_money_blocker)
        form.urssaf_journal_id = other
        self.assertIn(other.name, form.urssaf_money_blocker)

    def test_comparing_saves_first(self):
        with Form(self.env['res.config.settings'].with_company(self.company)) as form:
            form.urssaf_future_dates_only = True
            settings = form.save()
        self.company.urssaf_future_dates_only = False
        settings.urssaf_future_dates_only = True
        self.assertEqual(settings.action_urssaf_compare()['res_model'], 'urssaf.compare')
        self.assertTrue(self.company.urssaf_future_dates_only)

    def test_each_environment_keeps_its_own_pair(self):
        company = self.company.sudo()
        company.urssaf_environment = 'sandbox'
        company.write({'urssaf_client_id': 'essai', 'urssaf_client_secret': 'secret-essai'})
        company.urssaf_environment = 'simulator'
        self.assertEqual((company.urssaf_client_id, company.urssaf_client_secret), ('prestataire', 'tres-confidentiel'))
        company.urssaf_environment = 'sandbox'
        self.assertEqual((company.urssaf_client_id, company.urssaf_client_secret), ('essai', 'secret-essai'))
        company.write({'urssaf_environment': 'simulator', 'urssaf_client_id': 'autre'})
        self.assertEqual(company.urssaf_client_id, 'autre', "what is given counts")
        self.assertEqual(company.urssaf_client_secret, 'tres-confidentiel')

    def test_the_form_shows_the_pair_of_the_environment_that_is_chosen(self):
        with Form(self.env['res.config.settings'].with_company(self.company)) as form:
            self.assertEqual((form.urssaf_client_id, form.urssaf_has_secret), ('prestataire', True))
            form.urssaf_environment = 'sandbox'
            self.assertEqual((form.urssaf_client_id, form.urssaf_has_secret), (False, False))
            form.urssaf_client_id = 'essai'
            form.urssaf_new_secret = 'secret-essai'
        company = self.company.sudo()
        self.assertEqual((company.urssaf_client_id, company.urssaf_client_secret), ('essai', 'secret-essai'))
        with Form(self.env['res.config.settings'].with_company(self.company)) as form:
            form.urssaf_environment = 'simulator'
            self.assertEqual((form.urssaf_client_id, form.urssaf_has_secret), ('prestataire', True))
        self.assertEqual(company.urssaf_client_secret, 'tres-confidentiel')

    def test_saving_the_settings_forgets_no_test(self):
        self.assertEqual(self.try_connection(), '')
        self.settings().execute()
        self.assertTrue(self.company.urssaf_test_at)
        self.company.urssaf_client_secret = 'another'
        self.assertFalse(self.company.urssaf_test_at)

    def test_a_working_connection_is_said_to_work(self):
        with self.as_system() as env:
            action = self.settings(env).action_urssaf_test_connection()
        self.assertEqual(action['params']['type'], 'success')
        self.assertTrue(self.company.urssaf_test_at)
        self.assertFalse(self.company.urssaf_test_failure)

    def test_whatever_is_raised_is_a_sentence(self):
        def search(client, **_criteria):
            raise RecursionError

        self.patch(UrssafClient, 'search_requests', search)
        with self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'ERROR'):
            self.assertTrue(self.try_connection())
        self.assertTrue(self.company.urssaf_test_failure)

    def test_each_blocker_has_its_own_sentence(self):
        sentences = {}
        for fault, call in (
            ('forbidden', 'M070'),
            ('maintenance_503', 'M070'),
            ('throttled', 'M070'),
            ('html', 'M070'),
        ):
            self.fault(fault, call)
            sentences[fault] = self.try_connection()
            self.control('faults', method='DELETE')
            self.end_pauses()
        # The token in the cache, from the right secret, would still work.
        self.company._urssaf_client().ensure_token()
        self.company.urssaf_client_secret = 'wrong'
        sentences['credentials'] = self.try_connection()
        self.env['ir.config_parameter'].set_param(PARAMETER, 'http://127.0.0.1:9')
        sentences['unreachable'] = self.try_connection()
        self.assertEqual(len(set(sentences.values())), len(sentences), sentences)
        self.assertIn("client secret", sentences['credentials'])
        self.assertIn("no right", sentences['forbidden'])
        self.assertIn("maintenance", sentences['maintenance_503'])
        self.assertIn("does not answer", sentences['unreachable'])
        self.assertEqual(self.company.urssaf_test_failure, sentences['unreachable'])

    def test_a_test_counts_like_any_other_call(self):
        self.fault('throttled', 'M070', retry_after=600)
        self.assertIn("asks to wait", self.try_connection())
        connection = self.company._urssaf_connection()
        self.assertEqual((connection.failure_count, connection.is_asked), (1, True))
        before = self.calls('M070')
        self.assertIn("asks to wait", self.try_connection())
        self.assertEqual(self.calls('M070'), before, "URSSAF is left alone for as long as it asks")
        self.control('faults', method='DELETE')
        self.end_pauses()
        self.assertEqual(self.try_connection(), '')
        self.assertFalse(connection.failure_count)

    def test_the_simulator_is_on_this_machine_only(self):
        self.env['ir.config_parameter'].set_param(PARAMETER, 'https://api.example.com')
        with self.raises(UserError, "this machine"):
            self.company._urssaf_client()

    def set_parameter(self, name, value):
        self.env['ir.config_parameter'].set_param(f'l10n_fr_avance_immediate.{name}', value)

    def test_a_wrong_time_out_is_told_as_what_it_is(self):
        for value in ('soon', '0', '-3', 'inf', 'nan'):
            with self.subTest(value=value):
                self.set_parameter('timeout', value)
                with self.raises(UserError, "l10n_fr_avance_immediate.timeout must be a number of seconds"):
                    self.company._urssaf_client()
        self.set_parameter('timeout', ' 12.5 ')
        self.assertTrue(self.company._urssaf_client())

    def test_a_switch_that_says_no_is_off(self):
        switch = self.env['ir.config_parameter']._urssaf_switch
        for value, is_on in (
            ('True', True),
            ('1', True),
            ('false', False),
            ('False', False),
            ('0', False),
            ('?', False),
        ):
            with self.subTest(value=value):
                self.set_parameter('basic_auth', value)
                self.assertIs(switch('basic_auth'), is_on)
        self.assertFalse(switch('never_set'))

    def test_plain_numbers_are_off_when_their_switch_says_no(self):
        invoice = self.make_invoice()
        self.set_parameter('plain_invoice_numbers', 'False')
        self.assertEqual(invoice._urssaf_number(), invoice.name)

    def test_the_settings_name_an_environment_in_which_nobody_is_debited(self):
        self.assertIn("Simulator", self.settings().urssaf_environment_notice)
        self.company.urssaf_environment = 'production'
        self.assertFalse(self.settings().urssaf_environment_notice)

    def test_an_empty_environment_calls_nobody(self):
        self.company.urssaf_environment = False
        before = self.control('state', method='GET')['calls']
        with self.raises(UserError, "not set up"):
            self.company._urssaf_client()
        invoice = self.make_invoice()
        self.assertFalse(invoice.urssaf_is_possible)
        self.assertIn("not set up", invoice._urssaf_blocker())
        self.assertEqual(self.control('state', method='GET')['calls'], before)

    def test_a_wrong_sap_number_is_refused_with_its_form(self):
        with self.raises(ValidationError, "SAP and 9 digits"):
            self.company.urssaf_sap_number = '999999998'

    def test_the_card_is_shown_to_french_companies_only(self):
        self.assertTrue(self.settings().urssaf_is_french)
        foreign = self.env['res.company'].create({'name': "Abroad", 'country_id': self.env.ref('base.be').id})
        self.env.user.company_ids += foreign
        self.assertFalse(self.env['res.config.settings'].with_company(foreign).create({}).urssaf_is_french)

    def test_the_card_is_folded_until_somebody_starts(self):
        self.assertTrue(self.settings().urssaf_is_open)
        self.company.write({'urssaf_client_id': False, 'urssaf_environment': False})
        self.assertFalse(self.settings().urssaf_is_open)
        action = self.settings().action_urssaf_start()
        self.assertIn('res_config_settings_action', action['url'])
        self.assertIn('urssaf_is_open', self.env.ref('l10n_fr_avance_immediate.res_config_settings_action').context)

    def test_the_settings_form_opens(self):
        with Form(self.env['res.config.settings'].with_company(self.company)) as form:
            self.assertEqual(form.urssaf_environment, 'simulator')


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestToken(AvanceImmediateCommon):
    def setUp(self):
        super().setUp()
        # Tokens live in cursors of their own, which must see the company of this test.
        self.env['urssaf.token'].search([]).unlink()
        self.enterContext(self.enter_registry_test_mode())

    def test_one_token_serves_until_it_expires(self):
        before = self.calls('TOKEN')
        for _attempt in range(3):
            self.company._urssaf_client().ensure_token()
        self.assertLessEqual(self.calls('TOKEN') - before, 1)
        token = self.env['urssaf.token'].search([('company_id', '=', self.company.id)])
        self.assertEqual(len(token), 1)
        token.expires_at = fields.Datetime.now() + timedelta(seconds=30)
        token.flush_recordset()
        between = self.calls('TOKEN')
        self.company._urssaf_client().ensure_token()
        self.assertEqual(self.calls('TOKEN') - between, 1, "renewed within its last minute")

    def test_a_refused_token_is_renewed_once(self):
        self.company._urssaf_client().ensure_token()
        self.fault('unauthorized_once', 'M070', times=1)
        self.assertEqual(self.try_connection(), '')

    def test_another_client_id_has_another_token(self):
        self.company._urssaf_client().ensure_token()
        self.company.urssaf_client_id = 'autre'
        before = self.calls('TOKEN')
        self.company._urssaf_client().ensure_token()
        self.assertEqual(self.calls('TOKEN') - before, 1)

    def test_no_user_reads_tokens(self):
        for user in (self.clerk, self.env.ref('base.user_admin')):
            self.assertFalse(self.env['urssaf.token'].with_user(user).has_access('read'))
