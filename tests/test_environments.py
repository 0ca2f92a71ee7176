from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestEnvironments(AvanceImmediateCommon):
    """What was tried out says nothing of the real invoice, and vouches for nothing."""

    def test_a_trial_keeps_no_real_invoice(self):
        """Blockers, guard, portal, state shown."""
        for trial, real in (('simulator', 'production'), ('sandbox', 'production'), ('simulator', 'sandbox')):
            with self.subTest(trial=trial, real=real):
                self.company.urssaf_environment = 'simulator'
                invoice = self.make_invoice()
                request = self.send(invoice)
                request.environment = trial
                self.company.urssaf_environment = trial
                self.assertTrue(invoice.urssaf_is_collecting)
                self.company.urssaf_environment = real
                self.assertFalse(invoice.urssaf_is_collecting or invoice.urssaf_request_id or invoice.urssaf_state)
                self.assertNotIn(
                    invoice, self.env['account.move'].search([('urssaf_is_collecting', '=', True)]), "as searched"
                )
                self.assertFalse(invoice._urssaf_request_blocker())
                self.assertTrue(invoice._has_to_be_paid())
                self.assertNotIn('urssaf_environment', invoice._get_alerts())
                invoice.button_draft()
                invoice.invoice_line_ids.quantity = 2
                self.company.urssaf_environment = trial
                self.assertEqual(invoice.urssaf_request_id, request)

    def in_list(self, documents):
        """Those that the list of the menu shows to an invoicing user; what is searched and what is computed agree."""
        self.env.flush_all()
        self.env.invalidate_all()
        name = documents._name.replace('.', '_')
        action = self.env['ir.actions.act_window']._for_xml_id(f'l10n_fr_avance_immediate.{name}_action')
        with self.as_user() as env:
            mine = documents.with_env(env)
            shown = mine.search([('id', 'in', mine.ids), *safe_eval(action['domain'])], order='id')
            self.assertEqual(shown, mine._without_past_trials().sorted('id'))
            self.assertEqual(mine.search([('id', 'in', mine.ids), ('is_past_trial', '=', True)]), mine - shown)
            return shown.with_env(self.env)

    def test_a_trial_that_is_over_is_in_no_list_and_no_sum(self):
        """What is real always is, and what is tried out now; a customer's own button shows all of them."""
        requests = self.send(self.make_invoices(3)).sorted('id')
        trial, tested, real = requests
        tested.environment, real.environment = 'sandbox', 'production'
        registration = self.household.with_company(self.company).urssaf_registration_id
        for environment, shown in (
            ('simulator', trial | real),
            ('sandbox', tested | real),
            ('production', real),
            (False, real),
        ):
            self.company.urssaf_environment = environment
            with self.subTest(environment):
                self.assertEqual(self.in_list(requests), shown)
                self.assertEqual(bool(self.in_list(registration)), environment == 'simulator')
        own = self.household.with_user(self.invoicing_user).action_urssaf_view_requests()['domain']
        self.assertEqual(self.env['urssaf.payment.request'].search(own) & requests, requests)

    def test_a_trial_of_a_branch_is_over_when_its_parent_goes_live(self):
        branch = self.env['res.company'].create({'name': "Agence", 'parent_id': self.company.id})
        self.env.cr.precommit.run()
        user = self.make_user('agence', 'account.group_account_invoice', company=branch)
        request = self.send(self.make_invoice(company=branch), user, branch)
        self.company.urssaf_environment = 'production'
        self.env.flush_all()
        with self.as_user(user, branch) as env:
            mine = request.with_env(env)
            self.assertTrue(mine.is_past_trial)
            self.assertFalse(mine.search([('id', '=', mine.id), ('is_past_trial', '=', False)]))
            self.assertEqual(mine.search([('id', '=', mine.id)]), mine)

    def test_what_is_really_with_urssaf_counts_also_in_a_trial(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        request.environment = 'production'
        self.assertTrue(invoice.urssaf_is_collecting)
        self.assertEqual(invoice.urssaf_state, 'integrated')
        with self.raises(UserError):
            invoice.button_draft()

    def test_a_test_of_the_simulator_vouches_for_nothing_else(self):
        self.assertEqual(self.try_connection(), '')
        self.assertTrue(self.company.urssaf_test_at)
        for environment in ('sandbox', 'production', False):
            self.company.urssaf_environment = environment
            self.assertFalse(self.company.urssaf_test_at or self.company.urssaf_test_failure, environment)
        self.company.urssaf_environment = 'simulator'
        self.assertTrue(self.company.urssaf_test_at, "it was tried here")
        self.company.urssaf_client_secret = 'another'
        self.assertFalse(self.company.urssaf_test_at, "what was tried is not what stands there now")

    def test_production_is_confirmed_in_words(self):
        settings = self.env['res.config.settings'].with_company(self.company)
        with self.raises(UserError, "really debited"):
            settings.create({'urssaf_environment': 'production'})
        self.assertEqual(self.company.urssaf_environment, 'simulator')
        with self.raises(UserError, "really debited"):
            settings.create({}).urssaf_environment = 'production'
        settings.create({'urssaf_environment': 'production', 'urssaf_confirms_production': True}).execute()
        self.assertEqual(self.company.urssaf_environment, 'production')
        settings.create({'urssaf_environment': 'production'}).execute()  # later, nothing is asked any more

    def test_a_household_filed_under_a_company_or_a_guardian(self):
        """Said with the remedy; what was registered stays readable."""
        firm = self.env['res.partner'].create({'name': "Garnier SARL", 'is_company': True})
        guardian = self.make_household("Paul Tuteur")
        for other in (firm, guardian):
            with self.subTest(other.name):
                self.household.parent_id = other
                invoice = self.make_invoice()
                self.assertEqual(invoice.commercial_partner_id, other)
                for words in ("Camille Fictif is filed under " + other.name, "empty the field Company"):
                    self.assertIn(words, invoice._urssaf_blocker())
                with self.as_user() as env:
                    mine = self.household.with_env(env).with_company(self.company)
                    self.assertTrue(mine.urssaf_is_possible, "its tab is there")
                    self.assertIn("Active since", mine.urssaf_sentence)
                    self.assertIn("is filed under", mine.urssaf_sentence)
                self.household.parent_id = False
                self.assertEqual(self.make_invoice()._urssaf_blocker(), '')

    def test_an_archived_companys_requests_are_followed_to_their_end(self):
        second = self.make_provider("Second Prestataire")
        user = self.make_user('second', 'account.group_account_invoice', company=second)
        second.urssaf_responsible_id = user
        invoice = self.make_invoice(company=second)
        request = self.send(invoice, user, second)
        user.write({'company_ids': [Command.link(self.company.id)], 'company_id': self.company.id})
        second.active = False
        self.assertIn(invoice.name, second.partner_id.message_ids[:1].body)
        self.control(f'requests/{request.request_ref}/contest', {})
        request.next_poll_at = '2020-01-01'
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()
        self.assertEqual(request.state, 'refused')
        self.assertEqual(invoice.activity_ids.user_id, user)
