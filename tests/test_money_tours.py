from odoo.tests import HttpCase, tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyTours(MoneyCommon, HttpCase):
    """The accountant's and the household's side of the money, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.accountant, cls.manager, cls.invoicing_user):
            user.password = user.login

    def tour(self, name, url, user):
        self.env.flush_all()
        self.start_tour(url, name, login=user.login, timeout=120)
        self.env.invalidate_all()

    def test_setup_by_one_click(self):
        self.company.write({'urssaf_register_payments': False, 'urssaf_journal_id': False, 'urssaf_partner_id': False})
        administrator = self.make_user('chef', 'base.group_system', 'account.group_account_manager')
        administrator.password = administrator.login
        self.tour(
            'urssaf_money_setup',
            '/odoo/action-l10n_fr_avance_immediate.res_config_settings_action',
            administrator,
        )
        self.assertEqual(self.company.urssaf_journal_id, self.journal)
        self.assertTrue(self.company.urssaf_register_payments)
        self.assertFalse(self.company._urssaf_money_blocker())

    def test_three_invoices_paid_by_one_transfer(self):
        day = self.days_ago(5)
        requests = self.env['urssaf.payment.request']
        for amount in (1000.0, 250.0, 33.33):
            request = self.sent(amount)
            self.pay(request, day=day)
            requests |= request
        self.assertEqual(requests.move_id.mapped('payment_state'), ['paid'] * 3)
        transfer = requests.payment_ids.urssaf_transfer_id
        self.assertEqual(len(transfer), 1)
        line = self.bank_line(transfer.amount_expected)
        self.tour('urssaf_transfer', '/odoo/action-l10n_fr_avance_immediate.urssaf_transfer_action', self.accountant)
        self.assertTrue(line.is_reconciled)
        self.assertEqual((transfer.amount_open, self.balance(self.claim)), (0.0, 0.0))

    def test_a_bounced_debit_that_the_household_pays_online(self):
        if 'payment_demo' not in self.env['ir.module.module']._installed():
            self.skipTest("Odoo's payment_demo is not installed")
        self.env['ir.config_parameter'].set_param('account_payment.enable_portal_payment', 'True')
        provider = self.env.ref('payment.payment_provider_demo').copy({'company_id': self.company.id})
        provider.write({'state': 'test', 'is_published': True})
        self.assertNotEqual(provider.journal_id, self.journal, "the household's money is not URSSAF's")
        request = self.sent(invoice_date=self.days_ago(35))
        invoice = request.move_id
        self.pay(request, day=self.days_ago(30))
        self.pay(request, day=self.days_ago(30), code='60')
        self.tour('urssaf_take_back', f'/odoo/urssaf.payment.request/{request.id}', self.invoicing_user)
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ('partial', 600.0))
        self.start_tour(invoice.get_portal_url(), 'urssaf_household_pays', login=None, timeout=120)
        self.env.invalidate_all()
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual(self.vat_on(), 200.0)
        self.assertEqual(self.balance(self.claim), 600.0, "what URSSAF has paid and not taken back")
