from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import format_date

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestSendingWays(AvanceImmediateCommon):
    """All the ways Odoo sends an invoice, and what each of them may do (DESIGN §4)."""

    def setUp(self):
        super().setUp()
        self.company.partner_id.bank_ids = [Command.create({'acc_number': 'FR1420041010050500013M02606'})]

    def window(self, env, invoice, **values):
        return (
            env['account.move.send.wizard']
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create(values)
        )

    def mails(self, invoice):
        return invoice.message_ids.filtered(lambda message: message.message_type == 'comment')

    def always(self, name="Léa Toujours"):
        partner = self.make_household(name, email='lea@example.com')
        partner.with_company(self.company).urssaf_always_propose = True
        self.activate(partner)
        return partner

    def test_another_module_that_sends_debits_nobody(self):
        """A paid web order, a subscription, a point of sale: nobody looks, nobody is debited."""
        invoice = self.make_invoice(self.always())
        before = self.calls('M050')
        with self.as_cron() as env:
            env['account.move.send']._generate_and_send_invoices(invoice.with_env(env))
        self.assertTrue(invoice.invoice_pdf_report_id)
        self.assertFalse(invoice.urssaf_request_ids)
        self.assertEqual(self.calls('M050'), before)

    def test_the_cron_of_odoo_debits_nobody(self):
        invoice = self.make_invoice(self.always())
        invoice.sending_data = {'author_user_id': self.clerk.id, 'author_partner_id': self.clerk.partner_id.id}
        with self.enter_registry_test_mode():
            self.env.ref('account.ir_cron_account_move_send').method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(invoice.urssaf_request_ids)
        self.assertTrue(self.mails(invoice))

    def test_services_to_come_are_mailed_now_and_sent_later(self):
        day = fields.Date.add(self.today, days=3)
        invoice = self.make_invoice(urssaf_date_start=False, urssaf_date_end=False)
        with self.as_user() as env:
            window = self.window(env, invoice, urssaf_date_start=day, urssaf_date_end=day)
            window.extra_edis = ['urssaf']
            self.assertIn("leaves by itself", window.alerts['urssaf_scheduled']['message'])
            self.assertNotIn('urssaf_errors', window.alerts)
            window.action_send_and_print()
        self.assertEqual(invoice.urssaf_state, 'scheduled')
        self.assertIn("do not pay", self.mails(invoice).body)
        self.assertIn("Our request leaves on", self.mails(invoice).body)
        self.assertNotIn("URSSAF sends you a message", self.mails(invoice).body)
        self.assertTrue(invoice.urssaf_pdf_has_mention)
        self.assertEqual(self.accepted(invoice), 0)

    def test_urssaf_out_of_reach_is_no_error_for_the_mail(self):
        invoice = self.make_invoice()
        self.fault('throttled', 'M050', times=1, retry_after=600)
        with self.as_user() as env:
            window = self.window(env, invoice)
            window.extra_edis = ['urssaf']
            window.action_send_and_print()
        self.assertEqual(invoice.urssaf_state, 'not_sent')
        self.assertTrue(invoice.urssaf_is_collecting)
        self.assertIn("do not pay", self.mails(invoice).body)

    def test_wrong_settings_stop_the_mail(self):
        invoice = self.make_invoice()
        self.fault('forbidden', 'M050', times=1)
        with self.as_user() as env:
            window = self.window(env, invoice)
            window.extra_edis = ['urssaf']
            with self.raises(UserError, "no right"):
                window.action_send_and_print()
        self.assertEqual(invoice.urssaf_state, 'not_sent')
        self.assertFalse(self.mails(invoice))
        self.assertFalse(invoice.invoice_pdf_report_id)

    def test_the_window_opened_again_sends_no_second_request(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            first, second = self.window(env, invoice), self.window(env, invoice)
            for window in (first, second):
                window.extra_edis = ['urssaf']
            first.action_send_and_print()
            with self.raises(UserError, "already with URSSAF"):
                second.action_send_and_print()
        self.assertEqual((self.accepted(invoice), len(invoice.urssaf_request_ids)), (1, 1))
        with self.as_user() as env:
            box = self.window(env, invoice).extra_edi_checkboxes['urssaf']
        self.assertTrue(box['readonly'])
        self.assertIn("already with URSSAF", box['question_circle'])

    def test_a_mail_sent_again_while_urssaf_collects_asks_for_no_money(self):
        invoice = self.make_invoice()
        self.send(invoice)
        with self.as_user() as env:
            window = self.window(env, invoice)
            self.assertNotIn('urssaf', window.extra_edis or [])
            self.assertIn("do not pay", window.body)
            window.action_send_and_print()
        self.assertNotIn('FR14', self.mails(invoice).body)
        self.assertTrue(invoice.urssaf_pdf_has_mention)

    def test_after_a_rejection_the_window_offers_it_again_and_asks_for_the_money_else(self):
        invoice = self.make_invoice()
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE')
        self.send(invoice)
        with self.as_user() as env:
            window = self.window(env, invoice)
            self.assertFalse(window.extra_edi_checkboxes['urssaf'].get('readonly'))
            self.assertNotIn("do not pay", window.body)
            window.action_send_and_print()
        self.assertFalse(invoice.urssaf_pdf_has_mention)

    def test_the_box_ticked_and_unticked_again_changes_the_mail_back(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            window = self.window(env, invoice)
            ours = env.ref('l10n_fr_avance_immediate.mail_template_invoice_urssaf')
            usual = window.template_id
            self.assertNotEqual(usual, ours)
            window.extra_edi_checkboxes = {
                **window.extra_edi_checkboxes,
                'urssaf': {**window.extra_edi_checkboxes['urssaf'], 'checked': True},
            }
            self.assertEqual(window.template_id, ours)
            window.extra_edi_checkboxes = {
                **window.extra_edi_checkboxes,
                'urssaf': {**window.extra_edi_checkboxes['urssaf'], 'checked': False},
            }
            self.assertEqual(window.template_id, usual)
            window.action_send_and_print()
        self.assertFalse(invoice.urssaf_request_ids)

    def test_many_at_once_only_for_who_always_wants_it_and_may(self):
        partner = self.always()
        good, unready, plain = (
            self.make_invoice(partner),
            self.make_invoice(partner, urssaf_nature_id=False),
            self.make_invoice(),
        )
        before = self.calls('M050')
        with self.as_user() as env:
            window = env['account.move.send.batch.wizard'].create(
                {'move_ids': [Command.set((good | unready | plain).ids)]}
            )
            self.assertEqual(window.summary_data['urssaf']['count'], 2)
            window.action_send_and_print()
        self.assertEqual(good.urssaf_state, 'queued')
        self.assertFalse(unready.urssaf_request_ids or plain.urssaf_request_ids)
        self.assertTrue(
            unready.message_ids.filtered(lambda message: "Choose the type of service" in (message.body or ''))
        )
        self.assertEqual(self.calls('M050'), before, "a batch never waits for URSSAF")

    def test_many_at_once_name_the_days_that_nobody_has_entered(self):
        partner, none = self.always(), {'urssaf_date_start': False, 'urssaf_date_end': False}
        entered, guessed, delivered, on_lines = (
            self.make_invoice(partner, **{**none, **values}, post=False)
            for values in ({'urssaf_date_end': self.today}, {}, {'delivery_date': self.today}, {})
        )
        on_lines.invoice_line_ids.urssaf_date_start = self.today
        invoices = entered | guessed | delivered | on_lines
        invoices.action_post()
        with self.as_user() as env:
            window = env['account.move.send.batch.wizard'].create({'move_ids': [(6, 0, invoices.ids)]})
            alert = window.alerts['urssaf_days']
            first, last = guessed._urssaf_default_period()
            self.assertIn(f'{format_date(env, first)} - {format_date(env, last)}', alert['message'])
            for invoice in invoices:
                self.assertEqual(invoice.name in alert['message'], invoice == guessed)
            window.action_send_and_print()
        self.assertEqual(guessed.urssaf_state, 'queued', "said, not refused")

    def test_an_empty_mail_address_still_sends_the_request(self):
        invoice = self.make_invoice()
        self.household.email = False
        with self.as_user() as env:
            window = self.window(env, invoice)
            window.extra_edis = ['urssaf']
            window.sending_methods = ['manual']
            window.action_send_and_print()
        self.assertEqual(invoice.urssaf_state, 'integrated')

    def test_the_mail_is_in_the_customers_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.household.lang = 'fr_FR'
        invoice = self.make_invoice()
        with self.as_user() as env:
            window = self.window(env, invoice)
            window.extra_edis = ['urssaf']
            window.action_send_and_print()
        self.assertIn("ne pas la payer", self.mails(invoice).body)
        html = self.env['ir.actions.report']._render_qweb_html('account.report_invoice', invoice.ids)[0].decode()
        self.assertNotIn("Do not pay", html)

    def test_one_bad_one_of_ten_leaves_nine(self):
        invoices = self.make_invoices(10)
        self.control('switches', {'sink_batch': 'any'})
        self.addCleanup(self.control, 'switches', {'sink_batch': 'malformed'})
        bad = invoices[4]
        self.fault('errors_400', 'M050', contains=bad.name, code='ERR_CODE_NATURE')
        with self.as_user() as env:
            action = invoices.with_env(env).action_urssaf_send()
            wizard = env[action['res_model']].browse(action['res_id'])
            message = wizard.action_send()['params']['message']
        self.assertIn("9 received", message)
        self.assertIn("1 not taken", message)
        self.assertEqual(bad.urssaf_state, 'rejected')
        self.assertEqual(set((invoices - bad).mapped('urssaf_state')), {'integrated'})
        self.assertEqual(sum(self.accepted(invoice) for invoice in invoices), 9)
        with self.enter_registry_test_mode():
            self.env.ref('account.ir_cron_account_move_send').method_direct_trigger()
        self.env.invalidate_all()
        told = {invoice: bool(self.mails(invoice)) for invoice in invoices}
        self.assertFalse(told[bad], "a customer whose request was refused is not told to pay nothing")
        self.assertTrue(all(told[invoice] for invoice in invoices - bad))
