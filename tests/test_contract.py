from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AvanceImmediateCommon

OTHER = {'urssaf_client_id': 'nouveau', 'urssaf_sap_number': 'SAP123456782'}


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestContract(AvanceImmediateCommon):
    """What has left under one contract is asked about and sent again under no other one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = {name: cls.company[name] for name in OTHER}

    def run_crons(self):
        """All that leaves and is asked about by itself, due or not."""
        self.end_pauses()
        self.env['urssaf.payment.request'].search([('next_poll_at', '!=', False)]).next_poll_at = '2020-01-01'
        self.env['urssaf.payment.request'].search([('submit_at', '!=', False)]).submit_at = '2020-01-01'
        self.env['urssaf.registration'].search([('next_poll_at', '!=', False)]).next_poll_at = '2020-01-01'
        with self.as_cron() as env:
            while env['urssaf.payment.request']._submit_due():
                pass
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def lost(self):
        """An invoice whose request URSSAF has, and whose answer was lost; not found yet either."""
        invoice = self.make_invoice()
        self.fault('dead_after', 'M050', times=1)
        request = self.send(invoice)
        self.assertEqual((request.state, self.accepted(invoice)), ('unknown', 1))
        return invoice, request

    def test_a_lost_answer_is_looked_up_under_its_own_contract_only(self):
        """It would not be found under another one, and sent again: two debits."""
        for values in (OTHER, {'urssaf_client_id': 'nouveau'}, {'urssaf_sap_number': 'SAP123456782'}):
            with self.subTest(values):
                invoice, request = self.lost()
                self.assertEqual((request.client_key, request.sap_number), ('prestataire', 'SAP999999998'))
                self.company.write(values)
                before = self.calls('M050'), self.calls('M070')
                for _round in range(3):
                    self.run_crons()
                with self.as_user() as env:
                    with self.raises(UserError, "another contract with URSSAF (SAP999999998)"):
                        invoice.with_env(env).action_urssaf_refresh()
                    with self.raises(UserError, "another contract"):
                        invoice.with_env(env)._urssaf_create_requests()._submit()
                        raise UserError(invoice.with_env(env)._urssaf_blocker())
                self.assertEqual((self.calls('M050'), self.calls('M070')), before)
                self.assertEqual(request.state, 'unknown')
                self.assertTrue(request.waits_for_contract)
                self.assertIn("another contract", invoice._get_alerts()['urssaf_request']['message'])
                activity = self.company.partner_id.activity_ids.filtered(
                    lambda activity: 'another contract' in activity.summary
                )
                self.assertEqual((len(activity), activity.user_id), (1, self.clerk), "one activity for all that waits")
                self.company.write(self.own)
                self.assertFalse(activity.exists(), "closed by itself")
                self.run_crons()
                self.assertEqual((request.state, self.accepted(invoice)), ('integrated', 1))

    def test_what_was_held_for_absent_is_not_sent_under_another_contract(self):
        invoice = self.make_invoice()
        self.fault('dead_before', 'M050', times=1)
        request = self.send(invoice)
        request._wait_for_retry("Not found")
        self.company.write(OTHER)
        before = self.calls('M050')
        self.run_crons()
        with self.as_user() as env, self.raises(UserError, "another contract"):
            invoice.with_env(env)._urssaf_create_requests()
        self.assertEqual(self.calls('M050'), before)

    def test_what_provably_never_left_leaves_under_the_contract_of_the_day(self):
        invoice = self.make_invoice()
        self.fault('throttled', 'M050', times=1, retry_after=1)
        request = self.send(invoice)
        self.assertFalse(request.client_key or request.sap_number)
        self.company.urssaf_client_id = 'nouveau'
        self.run_crons()
        self.assertEqual((request.state, request.client_key), ('integrated', 'nouveau'))

    def test_new_credentials_of_the_same_contract(self):
        """Said by an administrator, and by nobody else."""
        invoice, request = self.lost()
        self.company.urssaf_client_id = 'nouveau'
        with self.as_user() as env, self.raises(AccessError):
            self.company.with_env(env)._urssaf_confirm_same_contract()
        self.company._urssaf_confirm_same_contract()
        self.assertEqual(request.client_key, 'nouveau')
        self.assertFalse(request.waits_for_contract or self.company._urssaf_contract_sentence())
        before = self.calls('M070')
        self.run_crons()
        self.assertGreater(self.calls('M070'), before)

    def test_the_settings_say_what_waits(self):
        _invoice, _request = self.lost()

        def notice():
            return self.env['res.config.settings'].with_company(self.company).create({}).urssaf_contract_notice

        self.assertFalse(notice())
        self.company.write(OTHER)
        self.assertIn("left under another contract with URSSAF (SAP999999998)", notice())
        self.company._urssaf_confirm_same_contract()
        self.assertFalse(notice())

    def test_a_registration_is_that_of_its_contract(self):
        """Neither asked about nor debited under another one; a person may register the household anew."""
        partner, registration = self.household, self.household.urssaf_registration_ids
        registration.write({'client_key': 'prestataire', 'sap_number': 'SAP999999998'})
        invoice = self.make_invoice(partner)
        self.company.write(OTHER)
        before = self.calls('M020')
        self.run_crons()
        self.assertEqual((registration.state, self.calls('M020')), ('active', before))
        self.assertIn("registered under another contract", invoice._urssaf_blocker())
        with self.as_user() as env:
            mine = partner.with_env(env)
            self.assertIn("another contract", mine.urssaf_sentence)
            with self.raises(UserError, "another contract"):
                mine.action_urssaf_refresh()
            self.assertTrue(mine.urssaf_is_registrable)
            mine.action_urssaf_register()
        # The simulator has linked this household with every provider: what counts is that it was asked under the new one.
        self.assertIn(registration.state, ('pending', 'active'))
        self.assertEqual(registration.client_key, 'nouveau')

    def test_a_new_registration_that_does_not_reach_urssaf_changes_nothing(self):
        partner = self.make_household("Paule Coupure")
        registration = self.activate(partner)
        registration.write({'client_key': 'prestataire', 'sap_number': 'SAP999999998'})
        number = registration.customer_ref
        self.company.write(OTHER)
        self.fault('throttled', 'M010', times=1)
        with self.as_user() as env:
            partner.with_env(env).action_urssaf_register()
        self.assertEqual(
            (registration.state, registration.customer_ref, registration.client_key), ('active', number, 'prestataire')
        )

    def test_two_companies_under_one_contract_share_its_numbers(self):
        second = self.make_provider("Second Prestataire", client_id='prestataire')
        ours = self.make_invoice()
        theirs = self.make_invoice(company=second, name=ours.name)
        self.assertEqual(theirs._urssaf_blocker(), '')
        self.send(ours)
        self.assertIn("has used number", theirs._urssaf_blocker())
        self.assertIn(self.company.name, theirs._urssaf_blocker())
        settings = self.env['res.config.settings'].with_company(second).create({})
        self.assertIn(self.company.name, settings.urssaf_shared_notice)
        second.urssaf_client_id = 'second'
        self.assertEqual(theirs._urssaf_blocker(), '')

    def test_only_those_who_read_the_settings_read_the_contract(self):
        _invoice, request = self.lost()
        manager = self.make_user('chef', 'account.group_account_manager')
        for user in (self.invoicing_user, self.reader, manager):
            with self.as_user(user) as env:
                self.assertTrue(request.with_env(env).name)
                for records in (request, self.household.urssaf_registration_ids):
                    for name in ('client_key', 'sap_number'):
                        with self.raises(AccessError):
                            records.with_env(env).read([name])
