from odoo.tests import HttpCase, tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestTours(AvanceImmediateCommon, HttpCase):
    """The main job in a real browser, as a user who is not an administrator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk.password = cls.clerk.login
        cls.administrator = cls.make_user('chef', 'base.group_system', 'account.group_account_manager')
        cls.administrator.password = cls.administrator.login

    def setUp(self):
        super().setUp()
        self.control('reset')
        self.env['urssaf.token'].search([]).unlink()

    def tour(self, name, url, user=None):
        login = (user or self.clerk).login
        self.start_tour(url, name, login=login, timeout=120)
        self.env.invalidate_all()

    def test_the_main_job(self):
        self.tour(
            'urssaf_test_connection',
            '/odoo/action-l10n_fr_avance_immediate.res_config_settings_action',
            self.administrator,
        )
        self.assertTrue(self.company.urssaf_test_at)

        household = self.make_household("Jeanne Tour", email='jeanne@example.com', phone='06 39 98 00 07')
        self.tour('urssaf_register', f'/odoo/res.partner/{household.id}')
        registration = household.with_company(self.company).urssaf_registration_id
        self.assertEqual(registration.state, 'pending')

        # The household activates its account, some weeks before the services.
        self.control(f'customers/{registration.customer_ref}/activate', {'at': '2020-01-01T10:00:00Z'})
        self.tour('urssaf_activated', f'/odoo/res.partner/{household.id}')
        self.assertEqual(registration.state, 'active')

        invoice = self.make_invoice(household, lines=((3, 27.5), (2, 31.5)))
        self.tour('urssaf_send_and_print', f'/odoo/account.move/{invoice.id}')
        self.assertEqual(invoice.urssaf_state, 'integrated')
        self.assertNotEqual(invoice.urssaf_request_id.nature_id, self.nature, "the type chosen in the window counts")
        self.assertEqual(self.accepted(invoice), 1)

        self.control('clock', {'advance_hours': 48 + 24 * 5})
        self.addCleanup(self.control, 'clock', {'advance_hours': -(48 + 24 * 5)})
        self.tour('urssaf_paid', f'/odoo/account.move/{invoice.id}')
        self.assertEqual(invoice.urssaf_state, 'paid')

    def test_a_household_from_the_empty_form_to_active(self):
        self.tour('urssaf_form_from_empty', '/odoo/action-account.res_partner_action_customer/new')
        household = self.env['res.partner'].search([('email', '=', 'lucie@example.com')])
        registration = household.with_company(self.company).urssaf_registration_id
        self.assertEqual(registration.state, 'pending')
        customer = self.control('state', method='GET')
        self.assertEqual(self.calls('M010'), 1)
        self.assertIn(registration.customer_ref, str(customer))
        self.assertEqual(household.urssaf_address_complement, "bât. B")

        self.control(f'customers/{registration.customer_ref}/activate')
        self.tour('urssaf_activated', f'/odoo/res.partner/{household.id}')
        self.assertEqual(registration.state, 'active')
        self.assertTrue(registration.activated_at)

    def test_the_settings_are_saved_and_tested_in_one_go(self):
        """UX 11: a dialogue, the top of the page, and nothing tested."""
        values = ('urssaf_environment', 'urssaf_client_id', 'urssaf_client_secret', 'urssaf_sap_number')
        self.company.write(dict.fromkeys((*values, 'urssaf_billing_party'), False))
        self.tour(
            'urssaf_settings', '/odoo/action-l10n_fr_avance_immediate.res_config_settings_action', self.administrator
        )
        self.assertEqual(self.company.urssaf_sap_number, 'SAP999999998')
        self.assertEqual(self.company.sudo().urssaf_client_secret, 'tres-confidentiel')
        self.assertTrue(self.company.urssaf_test_at)
        self.assertFalse(self.company.urssaf_test_failure)

    def test_a_month_in_three_clicks(self):
        partner = self.make_household("Luce Mois", email='luce@example.com')
        self.activate(partner)
        invoices = self.make_invoice(partner) | self.make_invoice(partner, lines=((2, 30.0),))
        self.tour('urssaf_month_run', '/odoo/action-account.open_account_journal_dashboard_kanban')
        self.assertEqual(invoices.mapped('urssaf_state'), ['integrated', 'integrated'])

    def test_three_invoices_from_the_list(self):
        partner = self.make_household("Luce Liste", email='luce@example.com')
        self.activate(partner)
        first = self.today.replace(day=1)
        good = self.make_invoice(partner) | self.make_invoice(partner, lines=((2, 30.0),))
        bad = self.make_invoice(partner, urssaf_date_start=first.replace(year=first.year - 1))
        self.env['account.move'].search(
            [('company_id', '=', self.company.id), ('id', 'not in', (good | bad).ids)]
        ).unlink()
        self.tour('urssaf_many', '/odoo/action-account.action_move_out_invoice_type')
        self.assertEqual(good.mapped('urssaf_state'), ['integrated', 'integrated'])
        self.assertFalse(bad.urssaf_state)
