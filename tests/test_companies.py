from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestCompanies(AvanceImmediateCommon):
    """Two providers in one database: each document's own company counts, never the one that happens to be chosen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.make_provider("Second Prestataire")
        cls.second.urssaf_sap_number = 'SAP123456782'
        cls.second_user = cls.make_user('second', 'account.group_account_invoice', company=cls.second)
        cls.both_user = cls.make_user('deux', 'account.group_account_invoice')
        cls.both_user.company_ids = cls.company | cls.second

    def providers(self):
        """Numbers that URSSAF has taken, by client ID."""
        accepted = self.control('state', method='GET')['accepted_by_client']
        return {client_id: set(numbers) for client_id, numbers in accepted.items()}

    def test_the_invoices_company_sends_whatever_company_is_chosen(self):
        theirs = self.make_invoice(company=self.second)
        request = self.send(theirs, self.both_user, self.company | self.second)
        self.assertEqual((request.state, request.company_id), ('integrated', self.second))
        self.assertIn(theirs.name, self.providers()['second'])
        self.assertNotIn(theirs.name, self.providers().get('prestataire', ()))
        self.assertIn('SAP123456782', request.payload)

    def test_one_companys_trial_says_nothing_of_the_other_ones_households(self):
        ours, theirs = self.make_invoice(), self.make_invoice(company=self.second)

        def notice(moves):
            with self.as_user(self.both_user, self.company | self.second) as env:
                action = moves.with_env(env).action_urssaf_send()
                return env[action['res_model']].browse(action['res_id']).environment_notice

        self.assertEqual(notice(ours), "Simulator: no request leaves for URSSAF.")
        self.second.urssaf_environment = 'production'
        self.env.flush_all()
        for moves in (ours | theirs, theirs | ours):
            lines = notice(moves).split('\n')
            self.assertIn(f"{self.company.name}: Simulator: no request leaves for URSSAF.", lines)
            self.assertIn("Second Prestataire: Production: customers are really debited.", lines)
        self.assertFalse(notice(theirs))
        self.company.urssaf_environment = 'production'
        self.env.flush_all()
        self.assertFalse(notice(ours | theirs))

    def test_invoices_of_two_companies_at_once_leave_in_two_calls(self):
        ours, theirs = self.make_invoice(), self.make_invoice(company=self.second)
        before = self.calls('M050')
        with self.as_user(self.both_user, self.company | self.second) as env:
            action = (ours | theirs).with_env(env).action_urssaf_send()
            wizard = env[action['res_model']].browse(action['res_id'])
            self.assertEqual(wizard.mapped('line_ids.finding'), ['', ''])
            wizard.notify = False
            wizard.action_send()
        self.assertEqual((ours | theirs).mapped('urssaf_state'), ['integrated', 'integrated'])
        self.assertEqual(self.calls('M050') - before, 2)
        self.assertIn(ours.name, self.providers()['prestataire'])
        self.assertIn(theirs.name, self.providers()['second'])

    def test_the_same_number_in_two_companies_is_two_invoices(self):
        ours = self.make_invoice()
        theirs = self.make_invoice(company=self.second, name=ours.name)
        self.send(ours)
        self.send(theirs, self.second_user, self.second)
        self.assertEqual((ours | theirs).mapped('urssaf_state'), ['integrated', 'integrated'])

    def test_registered_with_one_company_is_not_registered_with_the_other(self):
        partner = self.make_household("Paul Unique", email='paul@example.com')
        self.activate(partner)
        theirs = self.make_invoice(partner, company=self.second)
        with self.as_user(self.second_user, self.second) as env, self.raises(UserError, "not registered"):
            theirs.with_env(env)._urssaf_create_requests()
        with self.as_user(self.both_user, self.company | self.second) as env, self.raises(UserError, "not registered"):
            theirs.with_env(env)._urssaf_create_requests()

    def test_always_propose_is_each_companys_own(self):
        self.household.with_company(self.company).urssaf_always_propose = True
        self.assertFalse(self.household.with_company(self.second).urssaf_always_propose)
        ours, theirs = self.make_invoice(), self.make_invoice(company=self.second)
        with self.as_user(self.both_user, self.company | self.second) as env:
            self.assertEqual((ours | theirs).with_env(env)._urssaf_always_proposed().ids, ours.ids)

    def test_each_company_has_its_token(self):
        self.env['urssaf.token'].search([]).unlink()
        self.send(self.make_invoice())
        self.send(self.make_invoice(company=self.second), self.second_user, self.second)
        tokens = self.env['urssaf.token'].search([])
        self.assertEqual(set(tokens.mapped('client_key')), {'prestataire', 'second'})
        self.assertEqual(tokens.company_id, self.company | self.second)

    def test_one_broken_company_stops_no_other(self):
        """Crons serve everybody: wrong credentials, missing settings, another environment."""
        for values in (
            {'urssaf_client_secret': 'wrong'},
            {'urssaf_client_secret': False},
            {'urssaf_environment': False},
        ):
            with self.subTest(values):
                broken, sound = self.make_invoice(company=self.second), self.make_invoice()
                for invoice, user, company in (
                    (broken, self.second_user, self.second),
                    (sound, self.invoicing_user, self.company),
                ):
                    with self.as_user(user, company) as env:
                        invoice.with_env(env)._urssaf_create_requests()
                        env['urssaf.document']._commit()
                self.env['urssaf.token'].search([]).unlink()
                self.second.write(values)
                with self.as_cron() as env:
                    while env['urssaf.payment.request']._submit_due():
                        pass
                self.assertEqual(sound.urssaf_state, 'integrated')
                self.assertIn(broken.urssaf_state, ('not_sent', 'queued'))
                (broken | sound).urssaf_request_id.write({'state': 'integrated', 'next_poll_at': '2020-01-01'})
                self.control(f'requests/{sound.urssaf_request_id.request_ref}/accept', {})
                self.env['urssaf.registration'].search([]).next_poll_at = '2020-01-01'
                with self.as_cron() as env:
                    env['urssaf.payment.request']._cron_sync()
                self.assertEqual(sound.urssaf_state, 'validated')
                registration = self.household.with_company(self.company).urssaf_registration_id
                self.assertGreater(str(registration.next_poll_at), '2021')
                self.setup_provider(self.second, 'second')

    def test_each_company_reads_its_own(self):
        ours, theirs = self.make_invoice(), self.make_invoice(company=self.second)
        self.send(ours)
        self.send(theirs, self.second_user, self.second)
        for user, mine, foreign in ((self.invoicing_user, ours, theirs), (self.second_user, theirs, ours)):
            with self.as_user(user, user.company_id) as env:
                for model in ('urssaf.payment.request', 'urssaf.payment.request.event', 'urssaf.registration'):
                    self.assertEqual(env[model].search([]).company_id.ids, user.company_id.ids, model)
                self.assertTrue(mine.with_env(env).urssaf_request_id.name)
                with self.raises(AccessError):
                    foreign.urssaf_request_id.with_env(env).read(['name'])
        manager = self.make_user('chef', 'account.group_account_manager', company=self.second)
        with self.as_user(manager, self.second) as env:
            exchanges = env['urssaf.exchange'].search([])
            self.assertEqual(exchanges.company_id.ids, self.second.ids)

    def test_a_company_forced_into_the_context_opens_no_door(self):
        """A user of the second company asks, over RPC, in the name of the first."""
        invoice = self.make_invoice()
        request = self.send(invoice)
        before = self.control('state', method='GET')['calls']
        with self.as_user(self.second_user, self.company) as env:
            for records, action in (
                (invoice, 'action_urssaf_send'),
                (invoice, 'action_urssaf_refresh'),
                (request, 'action_refresh'),
                (request, 'action_withdraw'),
                (self.household, 'action_urssaf_register'),
                (self.household, 'action_urssaf_refresh'),
            ):
                with self.raises(AccessError):
                    getattr(records.with_env(env), action)()
        self.assertEqual(self.control('state', method='GET')['calls'], before)

    def test_mails_and_notices_are_the_companys(self):
        self.second.urssaf_responsible_id = self.second_user
        invoice = self.make_invoice(company=self.second)
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE')
        self.send(invoice, self.second_user, self.second)
        self.assertEqual(invoice.activity_ids.user_id, self.second_user)

    def test_a_household_of_two_companies_has_an_activity_of_each(self):
        """What one company has settled says nothing about the other."""
        ours, theirs = self.household.urssaf_registration_ids.sorted('id')
        self.assertEqual((ours.company_id, theirs.company_id), (self.company, self.second))
        for registration in (ours, theirs):
            registration.state = 'blocked'
            registration._notify_one()
        self.assertEqual(len(self.household.activity_ids), 2)
        ours.state = 'active'
        ours._notify_one()
        self.assertEqual(self.household.activity_ids, theirs.activity_id)
        theirs._notify_one()
        self.assertEqual(len(self.household.activity_ids), 1, "one, however often it is told")
        theirs.state = 'active'
        theirs._notify_one()
        self.assertFalse(self.household.activity_ids)
