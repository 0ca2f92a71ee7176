from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MODULE, AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestBranches(AvanceImmediateCommon):
    """A branch works with what its nearest parent company has entered: URSSAF knows one provider (DESIGN §3.9)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env['res.company'].create({'name': "Agence de Tours", 'parent_id': cls.company.id})
        cls.agency = cls.env['res.company'].create({'name': "Agence de Chinon", 'parent_id': cls.branch.id})
        cls.sister = cls.env['res.company'].create({'name': "Agence d'Angers", 'parent_id': cls.company.id})
        cls.env.cr.precommit.run()  # Odoo gives a branch its accounts then
        cls.branch_user = cls.make_user('agence', 'account.group_account_invoice', company=cls.branch)
        cls.sister_user = cls.make_user('angers', 'account.group_account_invoice', company=cls.sister)
        cls.env.user.company_ids |= cls.branch | cls.agency | cls.sister

    def registration(self, company):
        return self.household.with_company(company).urssaf_registration_id

    def test_whose_settings_count(self):
        for company in (self.company, self.branch, self.agency, self.sister):
            self.assertEqual(company._urssaf_owner(), self.company, company.name)
            self.assertTrue(company._urssaf_is_ready(), company.name)
        self.assertEqual(self.company._urssaf_served(), self.company | self.branch | self.agency | self.sister)

    def test_a_branch_with_a_contract_of_its_own(self):
        self.setup_provider(self.branch, 'agence')
        self.assertEqual(self.branch._urssaf_owner(), self.branch)
        self.assertEqual(self.agency._urssaf_owner(), self.branch, "the nearest")
        self.assertEqual(self.sister._urssaf_owner(), self.company)
        self.assertEqual(self.company._urssaf_served(), self.company | self.sister)
        self.assertFalse(self.registration(self.branch), "URSSAF knows the household of the other provider only")

    def test_a_branch_that_gets_its_first_setting_looks_anew(self):
        """What is stored on its invoices is chosen by the environment that serves it, whichever field changes that."""
        invoice = self.make_invoice(company=self.agency)
        self.branch_user.company_ids |= self.agency
        request = self.send(invoice, self.branch_user, self.agency)
        self.company.urssaf_environment = 'production'
        self.env.flush_all()
        self.assertFalse(invoice.urssaf_request_id, "a trial says nothing of it")
        self.branch.urssaf_client_id = 'agence'
        self.env.flush_all()
        self.assertEqual(invoice.urssaf_request_id, request, "where no environment is chosen, all count")
        self.branch.urssaf_client_id = False
        self.env.flush_all()
        self.assertFalse(invoice.urssaf_request_id)

    def test_nobody_has_entered_anything(self):
        alone = self.setup_other_company(name="Sans Urssaf")['company'].with_env(self.env)
        self.assertEqual(alone._urssaf_owner(), alone)
        self.assertFalse(alone._urssaf_is_ready())

    def test_each_of_our_fields_is_read_alone(self):
        """A list or an export may ask for any one of them, with nothing read before, of what is the parent company's."""
        self.household.company_id = self.company
        invoice = self.make_invoice(company=self.branch)
        request = self.send(invoice, self.branch_user, self.branch)
        self.assertEqual(request.state, 'integrated')
        for records in (self.household, invoice, request, self.registration(self.branch)):
            mine = records.with_user(self.branch_user)
            names = [name for name in mine.fields_get() if MODULE in records._fields[name]._modules]
            self.assertGreater(len(names), 10, records)
            for name in names:
                self.env.invalidate_all()
                with self.subTest(model=records._name, field=name):
                    mine.read([name])

    def test_a_branch_sends_under_its_parents_contract(self):
        invoice = self.make_invoice(company=self.branch)
        tokens = self.env['urssaf.token'].search([])
        request = self.send(invoice, self.branch_user, self.branch)
        self.assertEqual((request.state, request.company_id), ('integrated', self.company))
        self.assertEqual(request.move_company_id, self.branch)
        accepted = self.control('state', method='GET')['accepted_by_client']
        self.assertIn(invoice.name, accepted['prestataire'])
        self.assertEqual((self.env['urssaf.token'].search([]) - tokens).company_id - self.company, self.branch.browse())
        self.assertIn('Exemple Services', request.payload)

    def refused(self, company):
        """An invoice of a branch whose request, under the parent's contract, the customer has refused."""
        invoice = self.make_invoice(company=company)
        request = self.send(invoice, self.env.user, company)
        self.control(f'requests/{request.request_ref}/contest', {})
        with self.as_user(self.env.user, company) as env:
            request.with_env(env).action_refresh()
        self.env.invalidate_all()
        self.assertEqual((request.state, request.company_id), ('refused', self.company))
        return invoice

    def test_a_branchs_refused_invoice_is_corrected_and_sent_again(self):
        for company in (self.branch, self.agency):
            with self.subTest(company.name):
                invoice = self.refused(company)
                with self.as_user(self.env.user, company) as env:
                    context = invoice.with_env(env).action_urssaf_resend()['context']
                    window = env['account.move.reversal'].with_context(**context)
                    draft = window.create({'journal_id': invoice.journal_id.id}).modify_moves()['res_id']
                self.env.invalidate_all()
                draft = invoice.browse(draft)
                self.assertEqual((draft, draft.company_id), (invoice.urssaf_replacement_id, company))
                draft.write({'name': self.make_number(self.today), 'invoice_date': self.today})
                draft.action_post()
                request = self.send(draft, self.env.user, company)
                self.assertEqual((request.state, request.previous_id), ('integrated', invoice.urssaf_request_id))

    def test_a_branchs_invoice_that_was_credited_by_hand_is_corrected_too(self):
        invoice = self.refused(self.branch)
        invoice._reverse_moves([{'invoice_date': self.today}], cancel=True)
        with self.as_user(self.branch_user, self.branch) as env:
            draft = invoice.with_env(env).action_urssaf_resend()['res_id']
        self.env.invalidate_all()
        draft = invoice.browse(draft)
        self.assertEqual((draft.company_id, draft.urssaf_replaces_id), (self.branch, invoice.urssaf_request_id))

    def test_no_request_of_a_branch_is_replaced_by_another_companys_invoice(self):
        """Downwards only: what a parent has sent is nothing that a company beside it, or above the owner, corrects."""
        self.setup_provider(self.branch, 'agence')
        self.activate(self.household, self.branch)
        request = self.send(self.make_invoice(company=self.branch), self.branch_user, self.branch)
        for company in (self.sister, self.company):
            with self.subTest(company.name), self.assertRaises(UserError):
                self.make_invoice(company=company, post=False, urssaf_replaces_id=request.id)

    def test_the_household_is_registered_once(self):
        partner = self.make_household("Lise Branche", email='lise@example.com')
        with self.as_user(self.branch_user, self.branch) as env:
            partner.with_env(env).action_urssaf_register()
        self.env.invalidate_all()
        registrations = self.env['urssaf.registration'].search([('partner_id', '=', partner.id)])
        self.assertEqual((len(registrations), registrations.company_id), (1, self.company))
        for user, company in (
            (self.invoicing_user, self.company),
            (self.branch_user, self.branch),
            (self.sister_user, self.sister),
        ):
            with self.as_user(user, company) as env:
                shown = partner.with_env(env)
                self.assertEqual(shown.urssaf_registration_id, registrations.with_env(env))
                self.assertEqual(shown.urssaf_registration_id.state, 'pending', "read with the user's own rights")
        before = self.calls('M010')
        with self.as_user(self.sister_user, self.sister) as env:
            partner.with_env(env).action_urssaf_register()
        self.assertEqual(self.calls('M010'), before)

    def test_who_reads_which_request(self):
        ours, theirs = self.make_invoice(), self.make_invoice(company=self.branch)
        self.send(ours)
        self.send(theirs, self.branch_user, self.branch)
        cases = (
            (self.branch_user, self.branch, theirs.urssaf_request_id, ours.urssaf_request_id),
            (self.invoicing_user, self.company, ours.urssaf_request_id, theirs.urssaf_request_id),
        )
        for user, company, seen, hidden in cases:
            with self.as_user(user, company) as env:
                seen.with_env(env).mapped('name')
                seen.with_env(env).event_ids.mapped('state')
                self.assertNotIn(hidden.id, env['urssaf.payment.request'].search([]).ids)
                with self.raises(AccessError):
                    hidden.with_env(env).read(['name'])
                with self.raises(AccessError):
                    hidden.event_ids.with_env(env).read(['state'])

    def test_another_company_sees_nothing_of_it(self):
        stranger = self.make_provider("Second Prestataire")
        user = self.make_user('etranger', 'account.group_account_invoice', company=stranger)
        registration = self.registration(self.branch)
        with self.as_user(user, stranger) as env, self.raises(AccessError):
            registration.with_env(env).read(['state'])

    def test_a_number_is_used_once_for_all_branches(self):
        ours = self.make_invoice()
        journal = self.env['account.journal'].create(
            {
                'name': "Ventes de l'agence",
                'code': 'VAG',
                'type': 'sale',
                'company_id': self.branch.id,
                'default_account_id': self.company_data['default_account_revenue'].id,
            }
        )
        theirs = self.make_invoice(company=self.branch, name=ours.name, journal_id=journal.id)
        self.send(ours)
        with self.as_user(self.branch_user, self.branch) as env, self.raises(UserError, ours.name):
            theirs.with_env(env)._urssaf_create_requests()
        self.assertEqual(self.accepted(ours), 1)

    def test_a_branch_is_followed_by_the_cron(self):
        invoice = self.make_invoice(company=self.agency)
        request = self.send(invoice, self.env.user, self.agency)
        self.control(f'requests/{request.request_ref}/accept', {})
        request.next_poll_at = '2020-01-01'
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_sync()
        self.assertEqual(invoice.urssaf_state, 'validated')

    def test_the_parents_environment_counts(self):
        invoice = self.make_invoice(company=self.branch)
        self.assertEqual((invoice.urssaf_environment, invoice.urssaf_is_possible), ('simulator', True))
        self.company.urssaf_environment = False
        invoice.invalidate_recordset()
        self.assertFalse(invoice.urssaf_is_possible)

    def test_the_settings_say_whose_they_are(self):
        settings = self.env['res.config.settings'].with_company(self.branch).create({})
        self.assertIn(self.company.name, settings.urssaf_owner_notice)
        self.assertFalse(self.env['res.config.settings'].with_company(self.company).create({}).urssaf_owner_notice)
        self.setup_provider(self.branch, 'agence')
        self.assertFalse(self.env['res.config.settings'].with_company(self.branch).create({}).urssaf_owner_notice)

    def test_an_archived_branch_says_what_is_open(self):
        invoice = self.make_invoice(company=self.sister)
        self.send(invoice, self.sister_user, self.sister)
        before = self.sister.partner_id.message_ids
        self.sister.with_context(no_reset_password=True)._urssaf_tell_open_requests()
        self.assertIn(invoice.name, (self.sister.partner_id.message_ids - before).body)

    def test_who_erases_a_household_reads_their_own_branchs_numbers(self):
        ours, theirs = self.make_invoice(), self.make_invoice(company=self.branch)
        self.send(ours)
        self.send(theirs, self.branch_user, self.branch)
        with self.as_user(self.branch_user, self.branch) as env:
            sentence = self.household.with_env(env)._urssaf_erase_blocker()
        self.assertIn(theirs.name, sentence)
        self.assertNotIn(ours.name, sentence)

    def test_the_comparison_knows_the_branches_invoices(self):
        theirs = self.make_invoice(company=self.branch)
        request = self.send(theirs, self.branch_user, self.branch)
        found = {}
        with self.as_cron() as env:
            requests = env['urssaf.payment.request']
            requests._sync_day_by_numbers(self.company.with_env(env), theirs.invoice_date, found)
        self.assertIn(request.request_ref, found)
