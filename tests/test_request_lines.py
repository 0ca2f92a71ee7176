from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestLines(AvanceImmediateCommon):
    """Invoices as people really make them: the request holds them to the cent, or a sentence says why not."""

    def setUp(self):
        super().setUp()
        self.hour = self.env.ref('uom.product_uom_hour')

    def invoice_of(self, *lines, **values):
        return self.make_invoice(
            lines=(),
            invoice_line_ids=[Command.create({'tax_ids': [Command.clear()], **line}) for line in lines],
            **values,
        )

    def payload(self, invoice, nature=None):
        payload, errors, _warnings, _leaves = invoice._urssaf_prepare(nature or self.nature, self.today, self.today)
        self.assertFalse(errors)
        return payload

    def test_sections_notes_and_free_lines_are_left_out(self):
        invoice = self.invoice_of(
            {'display_type': 'line_section', 'name': "November"},
            {'name': "Cours", 'quantity': 2, 'price_unit': 30.0, 'product_uom_id': self.hour.id},
            {'name': "Offert", 'quantity': 1, 'price_unit': 0.0},
            {'display_type': 'line_note', 'name': "Merci"},
        )
        payload = self.payload(invoice)
        self.assertEqual([(line.label, float(line.total_ttc)) for line in payload.lines], [("Cours", 60.0)])
        self.assertEqual(self.send(invoice).state, 'integrated')

    def test_cash_rounding_is_sent_to_the_cent(self):
        """Up and down, with and without tax, on a line of its own and on the largest tax; to coins, and to whole euros."""
        rounded = self.env['account.move']
        for coin in (0.05, 0.1, 1.0):
            for strategy in ('add_invoice_line', 'biggest_tax'):
                for taxes in (self.company_data['default_tax_sale'], self.env['account.tax']):
                    if strategy == 'biggest_tax' and not taxes:
                        continue  # nothing to put it on
                    for prices in ((30.03,), (30.02,), (33.31, 10.0), (19.99, 0.01, 7.77)):
                        with self.subTest(coin=coin, strategy=strategy, taxed=bool(taxes), prices=prices):
                            rounded |= self.rounded(coin, strategy, taxes, prices)
        self.assertGreater(len(rounded), 20)
        self.assertEqual(self.send(rounded).mapped('state'), ['integrated'] * len(rounded))

    def rounded(self, coin, strategy, taxes, prices):
        """An invoice whose rounding can be sent; none where it cannot, and is said."""
        rounding = self.env['account.cash.rounding'].create(
            {
                'name': "Pièces",
                'rounding': coin,
                'strategy': strategy,
                'rounding_method': 'HALF-UP',
                'profit_account_id': self.company_data['default_account_revenue'].id,
                'loss_account_id': self.company_data['default_account_expense'].id,
            }
        )
        lines = [{'name': "Cours", 'quantity': 1, 'price_unit': price} for price in prices]
        invoice = self.invoice_of(*lines, post=False)
        invoice.invoice_line_ids.tax_ids = taxes
        invoice.invoice_cash_rounding_id = rounding
        invoice.action_post()
        payload, errors, _warnings, _leaves = invoice._urssaf_prepare(self.nature, self.today, self.today)
        if errors:
            # A tax that the rounding has made negative or larger than the price: said as what it is.
            self.assertEqual(strategy, 'biggest_tax', errors)
            self.assertRegex(errors[0], "VAT|tax")
            return self.env['account.move']
        self.assertEqual(float(payload.total_ttc), invoice.amount_total)
        self.assertEqual(float(sum(line.total_ttc for line in payload.lines)), invoice.amount_total)
        return invoice

    def test_taxes_included_excluded_and_mixed(self):
        def tax(name, amount, included):
            return self.env['account.tax'].create(
                {
                    'name': name,
                    'amount': amount,
                    'company_id': self.company.id,
                    'price_include_override': 'tax_included' if included else 'tax_excluded',
                    'country_id': self.env.ref('base.fr').id,
                }
            )

        included, excluded = tax("10 % TTC", 10, True), tax("5,5 % HT", 5.5, False)
        for lines in (
            [{'price_unit': 33.33, 'quantity': 1.75, 'tax_ids': included.ids}],
            [{'price_unit': 19.99, 'quantity': 3.33, 'tax_ids': excluded.ids}],
            [
                {'price_unit': 21.37, 'quantity': 7.25, 'tax_ids': included.ids},
                {'price_unit': 18.11, 'quantity': 2.5, 'tax_ids': excluded.ids, 'discount': 7.5},
            ],
        ):
            invoice = self.invoice_of(*({'name': "Cours", 'product_uom_id': self.hour.id, **line} for line in lines))
            request = self.send(invoice)
            self.assertEqual(request.state, 'integrated', request.error_text)
            self.assertEqual(float(self.payload_of(request).total_ttc), invoice.amount_total)

    def payload_of(self, request):
        from ..urssaf.payloads import PaymentRequest

        return PaymentRequest.from_json(request.payload)

    def test_thirty_lines_are_sent_and_the_user_is_warned(self):
        invoice = self.make_invoice(lines=tuple((1, 10.0 + number) for number in range(30)))
        _payload, errors, warnings, _leaves = invoice._urssaf_prepare(self.nature, self.today, self.today)
        self.assertFalse(errors)
        self.assertTrue(warnings)
        self.assertEqual(self.send(invoice).state, 'integrated')

    def test_a_type_that_came_with_a_product_goes_with_it(self):
        cleaning = self.env['product.product'].create({'name': "Ménage", 'urssaf_nature_id': self.other_nature.id})
        lesson = self.env['product.product'].create({'name': "Cours", 'urssaf_nature_id': self.nature.id})
        plain = self.env['product.product'].create({'name': "Autre"})
        chosen = self.env.ref('l10n_fr_avance_immediate.nature_270')

        def in_form(invoice, product):
            with self.as_user() as env, Form(invoice.with_env(env)) as form, form.invoice_line_ids.edit(0) as line:
                line.product_id = product.with_env(env)

        def by_a_script(invoice, product):
            invoice.invoice_line_ids[0].product_id = product

        for change in (in_form, by_a_script):
            with self.subTest(change.__name__):
                invoice = self.make_invoice(post=False)
                line = invoice.invoice_line_ids[0]
                for product, nature in ((cleaning, self.other_nature), (plain, False), (lesson, self.nature)):
                    change(invoice, product)
                    self.env.invalidate_all()
                    self.assertEqual(line.urssaf_nature_id.id, nature and nature.id)
                change(invoice, cleaning)
                line.urssaf_nature_id = chosen
                for product in (plain, lesson):
                    change(invoice, product)
                    self.env.invalidate_all()
                    self.assertEqual(line.urssaf_nature_id, chosen, "a person has chosen it")

    def test_a_product_that_is_changed_before_the_invoice_is_saved_takes_its_type_along(self):
        cleaning = self.env['product.product'].create({'name': "Ménage", 'urssaf_nature_id': self.other_nature.id})
        plain = self.env['product.product'].create({'name': "Autre"})
        with self.as_user() as env:
            with Form(env['account.move'].with_context(default_move_type='out_invoice')) as form:
                form.partner_id = self.household.with_env(env)
                with form.invoice_line_ids.new() as line:
                    line.product_id = cleaning.with_env(env)
                    line.product_id = plain.with_env(env)
            line = form.record.invoice_line_ids
            self.assertFalse(line.urssaf_nature_id)
            self.assertEqual(line.copy().urssaf_nature_id, line.urssaf_nature_id)

    def half_typed(self):
        """A line typed by hand, without a type of service, and a smaller one of a product that has one."""
        self.company.urssaf_default_nature_id = False
        garden = self.env['product.product'].create({'name': "Tonte", 'urssaf_nature_id': self.other_nature.id})
        return self.invoice_of(
            {'name': "Cours", 'quantity': 1, 'price_unit': 100.0},
            {'name': "Tonte", 'product_id': garden.id, 'quantity': 1, 'price_unit': 50.0},
            urssaf_nature_id=False,
        )

    def natures(self, payload):
        return {line.label: line.nature for line in payload.lines}

    def test_a_missing_type_of_service_is_chosen_for_the_lines_that_have_none(self):
        invoice = self.half_typed()
        self.assertFalse(invoice._urssaf_main_nature())
        expected = {"Cours": self.nature.code, "Tonte": self.other_nature.code}
        self.assertEqual(self.natures(self.payload(invoice)), expected)
        with self.as_user() as env:
            window = env['account.move.send.wizard'].create({'move_id': invoice.id})
            box = window.extra_edi_checkboxes['urssaf']
            window.extra_edi_checkboxes = {'urssaf': {**box, 'checked': True}}
            window.urssaf_nature_id = self.nature.with_env(env)
            warning = window.alerts['urssaf_warnings']['message']
            for words in ("Several types of service", self.shown(100.0), self.shown(50.0)):
                self.assertIn(words, warning)
            window.action_send_and_print()
        self.env.invalidate_all()
        self.assertEqual(self.natures(self.payload_of(invoice.urssaf_request_id)), expected)
        self.assertEqual(
            (invoice.urssaf_nature_id, invoice.invoice_line_ids[1].urssaf_nature_id), (self.nature, self.other_nature)
        )
        self.assertFalse(invoice.urssaf_request_id._changes())

    def test_the_missing_type_is_that_of_the_other_line(self):
        invoice = self.half_typed()
        invoice._urssaf_choose_nature(self.other_nature)
        self.assertEqual(set(self.natures(self.payload(invoice, self.other_nature)).values()), {self.other_nature.code})

    def test_another_type_than_the_one_shown_is_for_all_lines(self):
        invoice = self.half_typed()
        invoice._urssaf_choose_nature(self.nature)
        third = self.env.ref('l10n_fr_avance_immediate.nature_60')
        for apply in (False, True):
            if apply:
                invoice._urssaf_choose_nature(third)
            self.assertEqual(set(self.natures(self.payload(invoice, third)).values()), {third.code}, apply)

    def test_a_label_is_never_the_reason_of_a_refusal(self):
        for name in (
            "A" * 900,
            "Cours\n\nde <b>maths</b> & «\u00a0physique\u00a0» 🎓",
            "\u200b\u0000 \t".replace("\u0000", ""),
            "'; DROP",
        ):
            invoice = self.invoice_of({'name': name, 'quantity': 1, 'price_unit': 20.0})
            request = self.send(invoice)
            self.assertEqual(request.state, 'integrated', (name, request.error_text))

    def test_a_number_longer_than_fifty_characters(self):
        invoice = self.make_invoice(name='F' * 51)
        with self.as_user() as env, self.raises(UserError, "50"):
            invoice.with_env(env)._urssaf_create_requests()
        self.assertFalse(invoice.urssaf_request_ids)

    def test_the_number_leaves_as_it_is_or_plain_when_set_so(self):
        year = self.today.year
        invoice = self.make_invoice(name=f'FAC/{year}/É 1_x')
        self.assertEqual(invoice._urssaf_number(), f'FAC/{year}/É 1_x')
        self.env['ir.config_parameter'].set_param('l10n_fr_avance_immediate.plain_invoice_numbers', 'True')
        self.assertEqual(invoice._urssaf_number(), f'FAC-{year}---1-x')
        request = self.send(invoice)
        self.assertEqual((request.state, request.name), ('integrated', f'FAC-{year}---1-x'))

    def test_an_invoice_to_an_address_of_the_household_is_the_households(self):
        child = self.env['res.partner'].create(
            {
                'name': "Résidence secondaire",
                'parent_id': self.household.id,
                'type': 'invoice',
                'email': 'autre@example.com',
            }
        )
        invoice = self.make_invoice(child)
        request = self.send(invoice)
        self.assertEqual((request.state, request.partner_id), ('integrated', self.household))

    def test_a_contact_of_a_company_is_no_household(self):
        company = self.env['res.partner'].create({'name': "Une société", 'is_company': True})
        invoice = self.make_invoice(self.env['res.partner'].create({'name': "Employé", 'parent_id': company.id}))
        with self.as_user() as env, self.raises(UserError, "is filed under Une société"):
            invoice.with_env(env)._urssaf_create_requests()

    def test_rounded_to_coins(self):
        """What the invoice rounds itself is spread over the lines, to the cent."""
        for strategy in ('add_invoice_line', 'biggest_tax'):
            rounding = self.env['account.cash.rounding'].create(
                {
                    'name': "Cinq centimes",
                    'rounding': 0.05,
                    'strategy': strategy,
                    'rounding_method': 'HALF-UP',
                    'profit_account_id': self.company_data['default_account_revenue'].id,
                    'loss_account_id': self.company_data['default_account_expense'].id,
                }
            )
            invoice = self.make_invoice(lines=((1, 33.31), (1, 10.0)), post=False)
            invoice.invoice_line_ids.tax_ids = self.company_data['default_tax_sale']
            invoice.invoice_cash_rounding_id = rounding
            invoice.action_post()
            self.assertEqual(round(invoice.amount_total * 20) / 20, invoice.amount_total)
            request = self.send(invoice)
            self.assertEqual((request.state, request.amount_total), ('integrated', invoice.amount_total), strategy)

    def test_the_tax_of_a_discount_for_early_payment(self):
        """Reckoned on the lower price from the start (*mixed*): the lines are what the invoice says."""
        terms = self.env['account.payment.term'].create(
            {
                'name': "2 % à 7 jours",
                'early_discount': True,
                'discount_percentage': 2,
                'discount_days': 7,
                'early_pay_discount_computation': 'mixed',
                'line_ids': [Command.create({'value': 'percent', 'value_amount': 100, 'nb_days': 30})],
            }
        )
        invoice = self.make_invoice(lines=((1, 100.0),), post=False)
        invoice.invoice_line_ids.tax_ids = self.company_data['default_tax_sale']
        invoice.invoice_payment_term_id = terms
        invoice.action_post()
        self.assertNotEqual(invoice.amount_total, invoice.invoice_line_ids.price_total)
        request = self.send(invoice)
        self.assertEqual((request.state, request.amount_total), ('integrated', invoice.amount_total))

    def test_line_dates_outside_the_period(self):
        invoice = self.make_invoice()
        invoice.invoice_line_ids.urssaf_date_start = fields.Date.subtract(self.today, years=1)
        with self.as_user() as env, self.raises(UserError):
            invoice.with_env(env)._urssaf_create_requests()
        self.assertFalse(invoice.urssaf_request_ids)

    def test_an_invoice_without_lines_or_without_amount(self):
        for lines in ((), ((1, 0.0),)):
            invoice = self.make_invoice(lines=lines, post=bool(lines))
            with self.as_user() as env, self.raises(UserError):
                invoice.with_env(env)._urssaf_create_requests()

    def test_several_bad_invoices_are_told_and_nothing_is_created(self):
        good, bad = self.make_invoice(), self.make_invoice(urssaf_nature_id=False)
        with self.raises(UserError, "Choose the type of service"), self.as_user() as env:
            (good | bad).with_env(env)._urssaf_create_requests()
        self.assertFalse(good.urssaf_request_ids, "nothing was committed")

    def test_the_deposit_reaches_urssaf(self):
        self.company.urssaf_deposits_allowed = True
        invoice = self.make_invoice(urssaf_deposit_amount=20.0, urssaf_deposit_date=self.today)
        request = self.send(invoice)
        self.assertEqual(request.state, 'integrated', request.error_text)
        self.assertEqual((request.amount_household, request.amount_expected), (27.25, 74.5))
        [sent] = [r for r in self.control('state', method='GET')['requests'] if r['number'] == invoice.name]
        self.assertIn('20', str(sent))
