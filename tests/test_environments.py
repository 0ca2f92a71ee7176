from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

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
