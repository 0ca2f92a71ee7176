from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestDownPayments(AvanceImmediateCommon):
    """Down payments of Odoo's sales are deposits of the final invoice: URSSAF is told the services as a whole (needs
    the application *Sales*: ``make test TAGS=neighbours``)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if 'sale.order' not in cls.env:
            cls.skipTest(cls, "Odoo's Sales is not installed")
        cls.company.urssaf_deposits_allowed = True
        cls.bank = cls.company_data['default_journal_bank']
        template = cls.env['account.chart.template'].with_company(cls.company)
        cls.vat, cls.low_vat = template.ref('tva_normale_encaissement'), template.ref('tva_intermediaire_encaissement')
        cls.hour = cls.env.ref('uom.product_uom_hour')

    def order(self, *lines):
        """A confirmed order of (hours, price, tax, type of service)."""
        product = {
            nature: self.env['product.product'].create(
                {
                    'name': nature.name,
                    'type': 'service',
                    'invoice_policy': 'order',
                    'urssaf_nature_id': nature.id,
                    'uom_id': self.hour.id,
                    'taxes_id': False,
                }
            )
            for nature in {nature for *_rest, nature in lines}
        }
        order = (
            self.env['sale.order']
            .with_company(self.company)
            .create(
                {
                    'partner_id': self.household.id,
                    'company_id': self.company.id,
                    'order_line': [
                        Command.create(
                            {
                                'product_id': product[nature].id,
                                'product_uom_qty': hours,
                                'price_unit': price,
                                'tax_ids': [Command.set(tax.ids)],
                            }
                        )
                        for hours, price, tax, nature in lines
                    ],
                }
            )
        )
        order.action_confirm()
        return order

    def plain_order(self):
        return self.order((4, 50.0, self.env['account.tax'], self.nature))

    def down_payment(self, order, method='percentage', amount=30.0, paid=True):
        key = 'amount' if method == 'percentage' else 'fixed_amount'
        wizard = (
            self.env['sale.advance.payment.inv']
            .with_company(self.company)
            .with_context(active_model='sale.order', active_ids=order.ids)
            .create({'advance_payment_method': method, key: amount})
        )
        before = order.invoice_ids
        wizard.create_invoices()
        invoice = order.invoice_ids - before
        invoice.write({'invoice_date': self.today, 'name': self.make_number(self.today)})
        invoice.action_post()
        if paid:
            self.pay(invoice)
        return invoice

    def pay(self, invoice):
        self.pay_by_hand(invoice, journal=self.bank)

    def final(self, order):
        invoice = order._create_invoices(final=True)
        invoice.write(
            {
                'invoice_date': self.today,
                'name': self.make_number(self.today),
                'urssaf_date_start': self.today,
                'urssaf_date_end': self.today,
            }
        )
        invoice.action_post()
        return invoice

    def check(self, order, total, deposit):
        """The final invoice leaves with the services as a whole, and what was paid before as the deposit."""
        invoice = self.final(order)
        self.assertEqual(invoice.amount_residual, round(total - deposit, 2))
        request = self.send(invoice)
        self.assertEqual(request.state, 'integrated', request.error_text)
        self.assertEqual((request.amount_total, request.deposit_amount), (total, deposit))
        self.assertEqual(request.deposit_date, self.today)
        self.assertEqual(request.amount_household, round(total - round(total / 2, 2) - deposit, 2))
        self.assertEqual(request.amount_expected, invoice.amount_residual)
        return request

    def test_thirty_per_cent(self):
        order = self.plain_order()
        down = self.down_payment(order)
        self.assertIn("This is a down payment", down._urssaf_blocker())
        request = self.check(order, 200.0, 60.0)
        self.assertEqual((request.move_id.urssaf_amount_credit, request.move_id.urssaf_amount_household), (100.0, 40.0))
        self.assertIn(self.shown(40.0), request.move_id._urssaf_amounts_sentence(60.0))

    def test_a_fixed_amount(self):
        order = self.plain_order()
        self.down_payment(order, 'fixed', 33.33)
        self.check(order, 200.0, 33.33)

    def test_more_than_half(self):
        order = self.plain_order()
        self.down_payment(order, amount=60.0)
        invoice = self.final(order)
        with self.as_user() as env, self.raises(UserError, self.shown(100.0)):
            invoice.with_env(env)._urssaf_create_requests()

    def test_two_rates(self):
        order = self.order((4, 50.0, self.vat, self.nature), (2, 30.0, self.low_vat, self.nature))
        self.down_payment(order)
        self.check(order, 306.0, 91.8)

    def test_two_types(self):
        order = self.order(
            (4, 50.0, self.env['account.tax'], self.nature), (2, 30.0, self.env['account.tax'], self.other_nature)
        )
        self.down_payment(order, amount=10.0)
        request = self.check(order, 260.0, 26.0)
        self.assertIn(self.nature.code, request.payload)
        self.assertIn(self.other_nature.code, request.payload)

    def test_several(self):
        order = self.plain_order()
        self.down_payment(order, amount=10.0)
        self.down_payment(order, 'fixed', 15.0)
        self.check(order, 200.0, 35.0)

    def test_one_that_was_refunded(self):
        order = self.plain_order()
        self.down_payment(order, amount=20.0)
        gone = self.down_payment(order, amount=10.0, paid=False)
        gone._reverse_moves([{'invoice_date': self.today}], cancel=True)
        self.check(order, 200.0, 40.0)

    def test_one_that_is_not_paid(self):
        order = self.plain_order()
        self.down_payment(order, paid=False)
        invoice = self.final(order)
        with self.as_user() as env, self.raises(UserError, "both must agree"):
            invoice.with_env(env)._urssaf_create_requests()

    def test_one_that_was_paid_in_cash(self):
        order = self.plain_order()
        down = self.down_payment(order, paid=False)
        self.pay_by_hand(down, journal=self.company_data['default_journal_cash'])
        invoice = self.final(order)
        with self.as_user() as env, self.raises(UserError, "takes for no deposit (Cash)"):
            invoice.with_env(env)._urssaf_create_requests()

    def test_one_whose_invoice_was_cancelled(self):
        order = self.plain_order()
        down = self.down_payment(order, paid=False)
        invoice = self.final(order)
        down.button_draft()
        down.button_cancel()
        with self.as_user() as env, self.raises(UserError, "cannot be found"):
            invoice.with_env(env)._urssaf_create_requests()

    def test_where_no_deposit_is_declared(self):
        order = self.plain_order()
        self.down_payment(order)
        invoice = self.final(order)
        self.company.urssaf_deposits_allowed = False
        with self.as_user() as env, self.raises(UserError, "declares no deposits"):
            invoice.with_env(env)._urssaf_create_requests()
