from odoo import Command
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestLooks(AvanceImmediateCommon):
    """What leaves is what the invoice shows; where it cannot be, it is said before."""

    def prepare(self, invoice):
        payload, errors, warnings, _leaves_at = invoice._urssaf_prepare(
            invoice._urssaf_main_nature(), self.today, self.today
        )
        self.assertFalse(errors)
        return payload, warnings

    def typed(self, *lines, nature=None, **values):
        """An invoice whose lines are typed by hand: Odoo hides the unit, and none is there."""
        return self.make_invoice(
            urssaf_nature_id=(nature or self.nature).id,
            invoice_line_ids=[
                Command.create({'name': "ménage", 'quantity': quantity, 'price_unit': price, 'tax_ids': [], **values})
                for quantity, price in lines
            ],
        )

    def test_a_line_without_unit_counts_as_its_type_usually_does(self):
        flat = self.env['urssaf.nature'].search([('unit', '=', 'FORFAIT')], limit=1)
        for nature, expected in ((self.nature, 'HEURE'), (flat, 'FORFAIT')):
            with self.subTest(expected):
                invoice = self.typed((2, 24.75), nature=nature)
                self.assertFalse(invoice.invoice_line_ids.product_uom_id)
                payload, warnings = self.prepare(invoice)
                self.assertEqual([(line.unit, float(line.quantity)) for line in payload.lines], [(expected, 2.0)])
                self.assertFalse(warnings)

    def test_the_unit_of_the_line_counts_before_that_of_the_type(self):
        payload, _warnings = self.prepare(
            self.typed((2, 24.75), product_uom_id=self.env.ref('uom.product_uom_unit').id)
        )
        self.assertEqual(payload.lines[0].unit, 'FORFAIT')
        payload, _warnings = self.prepare(self.typed((1, 160), product_uom_id=self.env.ref('uom.product_uom_day').id))
        self.assertEqual((payload.lines[0].unit, float(payload.lines[0].quantity)), ('HEURE', 8.0))

    def test_what_becomes_one_flat_fee_is_said_in_both_windows(self):
        invoice = self.typed((3.5, 27.5), discount=10)
        payload, warnings = self.prepare(invoice)
        self.assertEqual([(line.unit, float(line.quantity)) for line in payload.lines], [('FORFAIT', 1.0)])
        self.assertEqual(len(warnings), 1)
        self.assertIn("ménage", warnings[0])
        self.assertIn(self.shown(invoice.amount_total), warnings[0])
        with self.as_user() as env:
            row = env['urssaf.send.wizard'].create({'line_ids': [Command.create({'move_id': invoice.id})]}).line_ids
            self.assertFalse(row.finding)
            self.assertIn(warnings[0], row.note)
            window = env['account.move.send.wizard'].create({'move_id': invoice.id})
            window.extra_edi_checkboxes = {'urssaf': {**window.extra_edi_checkboxes['urssaf'], 'checked': True}}
            self.assertIn(warnings[0], window.alerts['urssaf_warnings']['message'])
        self.assertEqual(self.send(invoice).state, 'integrated')

    def test_nothing_is_said_of_what_leaves_as_it_looks(self):
        for quantity, price in ((1, 86.63), (0.5, 30.0), (2.5, 20.0), (7, 3.01)):
            with self.subTest(quantity=quantity, price=price):
                self.assertFalse(self.prepare(self.typed((quantity, price)))[1])

    def test_the_products_code_is_ours_and_not_the_households(self):
        product = self.env['product.product'].create({'name': "Soutien scolaire", 'default_code': 'SOUTIEN'})
        for written, sent in (
            ("[SOUTIEN] Soutien scolaire", "Soutien scolaire"),
            ("[SOUTIEN] Soutien scolaire\nles mardis", "Soutien scolaire les mardis"),
            ("[matin] ménage", "[matin] ménage"),
            ("[SOUTIEN]", "[SOUTIEN]"),
        ):
            with self.subTest(written):
                invoice = self.make_invoice(post=False)
                invoice.invoice_line_ids.write({'product_id': product.id, 'tax_ids': [Command.clear()]})
                invoice.invoice_line_ids.write({'name': written, 'price_unit': 30.0})
                invoice.action_post()
                self.assertEqual(self.prepare(invoice)[0].lines[0].label, sent)

    def test_several_types_are_shown(self):
        invoice = self.make_invoice(lines=((3, 30.0), (2, 15.0)), post=False)
        invoice.invoice_line_ids[1].urssaf_nature_id = self.other_nature
        invoice.action_post()
        (sentence,) = self.prepare(invoice)[1]
        for nature, amount in ((self.nature, 90.0), (self.other_nature, 30.0)):
            self.assertIn(f'{nature.name} {self.shown(amount)}', sentence)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestChanges(AvanceImmediateCommon):
    """A scheduled request leaves with what is true when it leaves, or a person is told what has changed."""

    def setUp(self):
        super().setUp()
        self.company.urssaf_deposits_allowed = True

    def wait(self, **values):
        invoice = self.make_invoice(**values)
        with self.as_user() as env:
            request = invoice.with_env(env)._urssaf_create_requests()
            request._set_state('scheduled', submit_at='2020-01-01 00:00:00')
        self.env.invalidate_all()
        return invoice.urssaf_request_id

    def leave(self, request, words=''):
        with self.as_cron() as env:
            request.with_env(env)._submit_due()
        self.env.invalidate_all()
        if words:
            self.assertEqual(request.state, 'not_sent')
            self.assertIn(words, request.error_text)
            self.assertEqual(self.accepted(request.move_id), 0)
            # A person looks and sends: with what is true now.
            self.send(request.move_id)
            self.assertEqual(request.move_id.urssaf_request_id, request)
        self.assertEqual(request.state, 'integrated', request.error_text)

    def test_the_same_leaves(self):
        self.leave(self.wait())
        self.leave(self.wait(lines=((2.5, 21.37), (1.75, 33.33), (1, -5.0))))
        self.leave(self.wait(urssaf_deposit_amount=20.0, urssaf_deposit_date=self.today))
        merged = self.wait(lines=((2, 20.0), (1, 30.0)))
        merged.sudo()._merge_lines()
        self.leave(merged)

    def test_settings_that_have_changed(self):
        request = self.wait()
        self.company.urssaf_sap_number = 'SAP123456782'
        self.leave(request, "the SAP number")
        self.assertIn('SAP123456782', request.payload)
        request = self.wait()
        self.company.urssaf_billing_party = "Autre Nom"
        self.leave(request, "the billing third party")
        self.company.urssaf_billing_party = "Exemple Services"

    def test_another_birth_date(self):
        request = self.wait()
        self.household.urssaf_birth_date = '1984-05-18'
        with self.as_cron() as env:
            request.with_env(env)._submit_due()
        self.env.invalidate_all()
        self.assertIn("the customer's birth date", request.error_text)
        self.assertNotIn('1984', request.error_text)

    def test_a_deposit_whose_payment_was_cancelled(self):
        invoice = self.make_invoice()
        payment = (
            self.env['account.payment.register']
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create({'amount': 20.0})
            ._create_payments()
        )
        with self.as_user() as env:
            window = env['urssaf.send.wizard'].create({'line_ids': [Command.create({'move_id': invoice.id})]})
            window.line_ids._apply_choices(invoice.with_env(env))
            request = invoice.with_env(env)._urssaf_create_requests()
            request._set_state('scheduled', submit_at='2020-01-01 00:00:00')
        self.env.invalidate_all()
        request = invoice.urssaf_request_id
        self.assertEqual((request.deposit_amount, request.deposit_registered), (20.0, 20.0))
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()
        with self.as_cron() as env:
            request.with_env(env)._submit_due()
        self.env.invalidate_all()
        self.assertEqual(request.state, 'not_sent')
        self.assertIn("the deposit", request.error_text)

    def test_an_amount_written_since(self):
        request = self.wait()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET amount_total = 60, amount_residual = 60 WHERE id = %s", [request.move_id.id]
        )
        self.env.invalidate_all()
        with self.as_cron() as env:
            request.with_env(env)._submit_due()
        self.env.invalidate_all()
        self.assertEqual(request.state, 'not_sent')
        self.assertIn("this has changed", request.error_text)
