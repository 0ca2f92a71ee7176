from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestChecks(AvanceImmediateCommon):
    """Bad input gets a sentence that names the field and the remedy, before any call."""

    def refused(self, invoice, words):
        before = self.calls('M050')
        with self.as_user() as env, self.raises(UserError) as refused:
            invoice.with_env(env)._urssaf_create_requests()
        self.assertIn(words, str(refused.exception))
        self.assertNotIn('ERR_', str(refused.exception))
        self.assertFalse(invoice.urssaf_request_ids)
        self.assertEqual(self.calls('M050'), before, "no call is made")

    def test_documents_that_are_no_customer_invoices(self):
        draft = self.make_invoice(post=False)
        self.refused(draft, "confirm it first")
        invoice = self.make_invoice()
        refund = invoice._reverse_moves([{'invoice_date': self.today}])
        refund.action_post()
        self.refused(refund, "credit note")
        bill = self.make_invoice(move_type='in_invoice', post=False)
        self.refused(bill, "customer invoices")
        invoice.button_draft()
        invoice.button_cancel()
        self.refused(invoice, "cancelled")

    def test_another_currency(self):
        dollar = self.env.ref('base.USD')
        dollar.active = True
        self.refused(self.make_invoice(currency_id=dollar.id), "USD: URSSAF takes euros only")

    def test_a_company_customer(self):
        company = self.env['res.partner'].create({'name': "Une société", 'is_company': True})
        invoice = self.make_invoice(company)
        self.assertFalse(invoice.urssaf_is_possible)
        self.refused(invoice, "is a company")

    def test_a_customer_who_is_not_registered_or_not_active(self):
        other = self.make_household("Paul Inconnu", email='paul@example.com')
        invoice = self.make_invoice(other)
        self.refused(invoice, "register them on the customer's form")
        registration = self.activate(other)
        for state, words in (
            ('pending', "not activated"),
            ('blocked', "blocked"),
            ('mandate_expired', "mandate"),
            ('unlinked', "ended the link"),
            ('rejected', "refused the registration"),
        ):
            registration.state = state
            self.refused(invoice, words)

    def test_dates(self):
        first = self.today.replace(day=1)
        for start, end, words in (
            (self.today, self.today - timedelta(days=1), "ends before it starts"),
            (first - timedelta(days=1), first, "two calendar months"),
            (self.today - timedelta(days=75), self.today - timedelta(days=75), "activated on"),
        ):
            with self.subTest(words):
                self.refused(self.make_invoice(urssaf_date_start=start, urssaf_date_end=end), words)

    def test_the_day_of_activation_is_too_early(self):
        day = self.household.with_company(self.company).urssaf_registration_id.activated_at.date()
        self.refused(
            self.make_invoice(urssaf_date_start=day, urssaf_date_end=day),
            "Correct the dates, or let the customer pay you directly",
        )

    def test_an_invoice_older_than_the_activation(self):
        self.refused(self.make_invoice(invoice_date=self.today - timedelta(days=80)), "before the activation")

    def test_nothing_left_to_pay(self):
        invoice = self.make_invoice()
        self.pay(invoice)
        self.refused(invoice, "Nothing is left to pay")

    def test_what_is_paid_already_is_a_deposit(self):
        self.company.urssaf_deposits_allowed = True
        invoice = self.make_invoice()
        self.pay(invoice, 20.0)
        amount, day = invoice._urssaf_default_deposit()
        self.assertEqual((amount, day), (20.0, self.today))
        _payload, errors, _warnings, _leaves = invoice._urssaf_prepare(self.nature, self.today, self.today)
        self.assertIn("declare it as the deposit", errors[0])
        payload, errors, _warnings, _leaves = invoice._urssaf_prepare(self.nature, self.today, self.today, amount, day)
        self.assertFalse(errors)
        self.assertEqual(payload.deposit_amount, 20)

    def test_a_deposit_above_half_or_without_date(self):
        self.company.urssaf_deposits_allowed = True
        self.refused(
            self.make_invoice(urssaf_deposit_amount=60.0, urssaf_deposit_date=self.today),
            "more than the customer's share",
        )
        self.refused(self.make_invoice(urssaf_deposit_amount=10.0), "day on which the deposit was paid")

    def test_no_type_of_service(self):
        self.refused(self.make_invoice(urssaf_nature_id=False), "Choose the type of service")

    def test_a_discount_larger_than_its_services(self):
        invoice = self.make_invoice(lines=((1, 100.0), (1, 30.0), (1, -50.0)))
        invoice.invoice_line_ids[0].urssaf_nature_id = self.other_nature
        self.refused(invoice, "give each discount line the type of service it reduces")

    def test_an_online_payment_under_way(self):
        invoice = self.make_invoice()
        provider = self.env['payment.provider'].search([('company_id', '=', self.company.id)], limit=1) or self.env[
            'payment.provider'
        ].create({'name': "En ligne", 'code': 'none', 'company_id': self.company.id})
        self.env['payment.transaction'].create(
            {
                'provider_id': provider.id,
                'reference': 'urssaf-test',
                'amount': 94.5,
                'state': 'pending',
                'payment_method_id': self.env['payment.method'].with_context(active_test=False).search([], limit=1).id,
                'currency_id': self.company.currency_id.id,
                'partner_id': self.household.id,
                'invoice_ids': [Command.set(invoice.ids)],
            }
        )
        self.refused(invoice, "online payment")

    def test_planned_services_only(self):
        self.company.urssaf_future_dates_only = True
        self.refused(self.make_invoice(), "choose dates after today")

    def test_planned_services_only_and_a_second_try(self):
        """They were proposed in time: that they are over by now refuses neither the second try nor the corrected invoice."""
        rejected, refused = self.make_invoice(), self.make_invoice()
        self.fault('item_error', 'M050', times=1, code='ERR_DATE_EMPLOI')
        self.assertEqual(self.send(rejected).state, 'rejected')
        request = self.send(refused)
        self.control(f'requests/{request.request_ref}/contest', {})
        with self.as_user() as env:
            request.with_env(env).action_refresh()
        self.env.invalidate_all()
        self.assertEqual(request.state, 'refused')
        withdrawn = self.make_invoice()
        with self.as_user() as env:
            withdrawn.with_env(env)._urssaf_create_requests().action_withdraw()
        self.env.invalidate_all()
        self.company.urssaf_future_dates_only = True
        corrected = self.make_invoice(urssaf_replaces_id=request.id)
        self.assertEqual(self.send(rejected).state, 'integrated')
        self.assertEqual(self.send(corrected).state, 'integrated')
        with self.as_user() as env, self.raises(UserError, "choose dates after today"):
            withdrawn.with_env(env)._urssaf_create_requests()
        self.assertEqual(withdrawn.urssaf_state, 'withdrawn')

    def test_planned_services_that_were_kept_here_leave_later(self):
        """The household was blocked on the day on which its request should have left."""
        day = self.today + timedelta(days=2)
        self.company.urssaf_future_dates_only = True
        request = self.send(self.make_invoice(urssaf_date_start=day, urssaf_date_end=day))
        self.assertEqual(request.state, 'scheduled')
        registration = self.household.with_company(self.company).urssaf_registration_id
        registration.state = 'blocked'
        with self.at(f'{day + timedelta(days=2)} 08:00:00'):
            with self.as_cron() as env:
                env['urssaf.payment.request']._submit_due()
            self.env.invalidate_all()
            self.assertEqual(request.state, 'not_sent')
            registration.state = 'active'
            self.assertEqual(self.send(request.move_id).state, 'integrated')

    def test_a_worker_number_is_checked_on_the_line(self):
        invoice = self.make_invoice(post=False)
        with self.raises(UserError, "SAP and 9 digits"):
            invoice.invoice_line_ids.urssaf_worker_number = 'SIR123'

    def test_type_of_service_falls_back_on_product_invoice_company(self):
        product = self.env['product.product'].create({'name': "Tonte", 'urssaf_nature_id': self.other_nature.id})
        invoice = self.make_invoice(lines=((1, 40.0), (1, 60.0)), post=False)
        invoice.invoice_line_ids[0].product_id = product
        first, second = invoice.invoice_line_ids
        self.assertEqual(first._urssaf_nature(), self.other_nature)
        self.assertEqual(second._urssaf_nature(), self.nature)
        invoice.urssaf_nature_id = False
        self.company.urssaf_default_nature_id = self.other_nature
        self.assertEqual(second._urssaf_nature(), self.other_nature)
        invoice._urssaf_choose_nature(self.nature)
        self.assertEqual(invoice.invoice_line_ids.mapped(lambda line: line._urssaf_nature()), self.nature)

    def test_hours_are_hours_and_the_rest_is_a_flat_fee(self):
        flat = self.env['urssaf.nature'].search([('unit', '=', 'FORFAIT')], limit=1)
        invoice = self.make_invoice(lines=((3, 30.0), (2, 15.0), (1, 50.0)), post=False)
        invoice.invoice_line_ids[1].product_uom_id = self.env.ref('uom.product_uom_unit')
        invoice.invoice_line_ids[2].write({'product_uom_id': False, 'urssaf_nature_id': flat.id})
        invoice.action_post()
        payload, errors, _warnings, _leaves = invoice._urssaf_prepare(self.nature, self.today, self.today)
        self.assertFalse(errors)
        self.assertEqual(
            [(line.unit, float(line.quantity), float(line.unit_ttc)) for line in payload.lines],
            [('HEURE', 3.0, 30.0), ('FORFAIT', 2.0, 15.0), ('FORFAIT', 1.0, 50.0)],
        )

    def test_the_payload_holds_the_invoice_to_the_cent(self):
        tax = self.env['account.tax'].create(
            {'name': "10 %", 'amount': 10, 'company_id': self.company.id, 'country_id': self.env.ref('base.fr').id}
        )
        invoice = self.make_invoice(lines=((2.5, 21.37), (1.75, 33.33), (1, -5.0)), post=False)
        invoice.invoice_line_ids.tax_ids = tax
        invoice.action_post()
        payload, errors, _warnings, _leaves = invoice._urssaf_prepare(self.nature, self.today, self.today)
        self.assertFalse(errors)
        self.assertEqual(float(payload.total_ttc), invoice.amount_total)
        self.assertEqual(float(payload.total_ht), invoice.amount_untaxed)
        self.assertEqual(sum(line.total_ttc for line in payload.lines), payload.total_ttc)
        self.assertEqual(payload.number, invoice.name)
        self.assertEqual(payload.from_json(payload.to_json()), payload)

    def pay(self, invoice, amount=None):
        values = {'payment_date': self.today}
        if amount:
            values['amount'] = amount
        self.env['account.payment.register'].with_context(active_model='account.move', active_ids=invoice.ids).create(
            values
        )._create_payments()
        self.env.flush_all()
        self.assertNotEqual(invoice.amount_residual, invoice.amount_total)
