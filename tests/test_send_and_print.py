from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools.refusal import RequestRefused
from ..urssaf.errors import RemoteError
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestSendAndPrint(AvanceImmediateCommon):
    """The option of Odoo's own window (SCREENS §4), and that nobody is asked twice for the money."""

    def setUp(self):
        super().setUp()
        self.company.partner_id.bank_ids = [Command.create({'acc_number': 'FR1420041010050500013M02606'})]

    def wizard(self, env, invoice, **values):
        return (
            env['account.move.send.wizard']
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create(values)
        )

    def html(self, invoice):
        return self.env['ir.actions.report']._render_qweb_html('account.report_invoice', invoice.ids)[0].decode()

    def test_unticked_by_default_ticked_for_who_always_wants_it(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            box = self.wizard(env, invoice).extra_edi_checkboxes['urssaf']
            self.assertFalse(box['checked'])
            self.assertFalse(box.get('readonly'))
        self.household.with_company(self.company).urssaf_always_propose = True
        with self.as_user() as env:
            self.assertTrue(self.wizard(env, invoice).extra_edi_checkboxes['urssaf']['checked'])

    def test_greyed_with_its_reason(self):
        stranger = self.make_household("Paul Inconnu", email='paul@example.com')
        stranger.with_company(self.company).urssaf_always_propose = True
        invoice = self.make_invoice(stranger)
        with self.as_user() as env:
            box = self.wizard(env, invoice).extra_edi_checkboxes['urssaf']
        self.assertTrue(box['readonly'])
        self.assertFalse(box['checked'])
        self.assertIn("not registered", box['question_circle'])

    def test_not_there_for_companies(self):
        invoice = self.make_invoice(self.env['res.partner'].create({'name': "Société", 'is_company': True}))
        with self.as_user() as env:
            self.assertNotIn('urssaf', self.wizard(env, invoice).extra_edi_checkboxes or {})

    def test_filled_in_from_lines_products_and_dates(self):
        invoice = self.make_invoice(urssaf_date_start=False, urssaf_date_end=False)
        invoice.invoice_line_ids.write(
            {'urssaf_date_start': self.today, 'urssaf_date_end': self.today, 'urssaf_nature_id': self.other_nature.id}
        )
        with self.as_user() as env:
            wizard = self.wizard(env, invoice)
            self.assertEqual(
                (wizard.urssaf_nature_id.id, wizard.urssaf_date_start, wizard.urssaf_date_end),
                (self.other_nature.id, self.today, self.today),
            )
            self.assertIn(self.shown(47.25), wizard.urssaf_summary)

    def test_sent_with_our_mail_and_no_request_to_pay(self):
        invoice = self.make_invoice()
        before = self.html(invoice)
        self.assertIn('payment_communication', before)
        with self.as_user() as env:
            wizard = self.wizard(env, invoice)
            wizard.extra_edis = ['urssaf']
            self.assertEqual(wizard.template_id, env.ref('l10n_fr_avance_immediate.mail_template_invoice_urssaf'))
            self.assertNotIn('FR14', wizard.body)
            self.assertIn("do not pay", wizard.body)
            wizard.action_send_and_print()
        self.assertEqual(invoice.urssaf_state, 'integrated')
        self.assertEqual(self.accepted(invoice), 1)
        self.assertTrue(invoice.invoice_pdf_report_id)
        self.assertTrue(invoice.urssaf_pdf_has_mention)
        document = self.html(invoice)
        for word in ('payment_communication', 'FR14', 'id="qrcode"', 'payment_link_qrcode'):
            self.assertNotIn(word, document)
        self.assertIn('urssaf_mention', document)
        self.assertRegex(document, r'47[.,]25')
        mail = invoice.message_ids.filtered(lambda message: message.message_type == 'comment')
        self.assertIn("do not pay", mail.body)
        self.assertEqual(len(mail.attachment_ids), 1)
        # Odoo's frame around the text says the same: no amount that is due, and its button opens the invoice.
        frame = invoice._notify_by_email_prepare_rendering_context(mail)
        self.assertEqual(len(frame['subtitles']), 2)
        self.assertRegex(frame['subtitles'][1], r'Your share: .*47[.,]25.*, debited by URSSAF')
        self.assertEqual(frame['model_description'], "Invoice")

    def test_the_usual_ones_come_back_when_it_is_refused(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            wizard = self.wizard(env, invoice)
            wizard.extra_edis = ['urssaf']
            wizard.action_send_and_print()
        old_pdf = invoice.invoice_pdf_report_id
        self.control(f'requests/{invoice.urssaf_request_id.request_ref}/contest', {'code': 'CONTEST_AUTRE'})
        with self.as_user() as env:
            invoice.with_env(env).action_urssaf_refresh()
        self.assertEqual(invoice.urssaf_state, 'refused')
        self.assertFalse(invoice.invoice_pdf_report_id, "a new PDF is made next time")
        self.assertTrue(old_pdf.exists(), "the old one is kept")
        self.assertIn('payment_communication', self.html(invoice))
        self.assertEqual(invoice._get_mail_template(), self.env.ref('account.email_template_edi_invoice'))

    def test_a_pdf_that_asked_for_money_does_not_travel_with_our_mail(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            self.wizard(env, invoice).action_send_and_print()
            old_pdf = invoice.with_env(env).invoice_pdf_report_id
            self.assertTrue(old_pdf)
            wizard = self.wizard(env, invoice)
            wizard.extra_edis = ['urssaf']
            wizard.action_send_and_print()
        self.assertNotEqual(invoice.invoice_pdf_report_id.id, old_pdf.id)
        mail = invoice.message_ids.filtered(lambda message: message.message_type == 'comment')[0]
        self.assertEqual(len(mail.attachment_ids), 1)
        self.assertEqual(mail.attachment_ids.checksum, invoice.invoice_pdf_report_id.checksum)

    def test_a_refusal_stops_pdf_and_mail_with_its_reason(self):
        invoice = self.make_invoice()
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE')
        with self.as_user() as env:
            wizard = self.wizard(env, invoice)
            wizard.extra_edis = ['urssaf']
            # A class of its own has a title of its own (static/src/urssaf_refusal).
            with self.raises(RequestRefused, "did not take the request"):
                wizard.action_send_and_print()
        self.assertEqual(invoice.urssaf_state, 'rejected')
        self.assertFalse(invoice.invoice_pdf_report_id)
        self.assertFalse(invoice.message_ids.filtered(lambda message: message.message_type == 'comment'))

    def test_the_cause_is_not_said_twice(self):
        Error = self.env['urssaf.error']
        known = Error.search([('code', '=', 'ERREUR_TECHNIQUE')])
        self.assertTrue(known.cause)
        said = Error._sentence([RemoteError(known.code, "Request refused", known.cause)])
        self.assertEqual(said.count(known.cause), 1)
        self.assertIn("a detail", Error._sentence([RemoteError(known.code, "Request refused", "a detail")]))

    def test_an_unknown_outcome_is_no_error(self):
        invoice = self.make_invoice()
        self.fault('dead_after', 'M050', times=1)
        with self.as_user() as env:
            wizard = self.wizard(env, invoice)
            wizard.extra_edis = ['urssaf']
            wizard.action_send_and_print()
        self.assertEqual(invoice.urssaf_state, 'unknown')
        self.assertTrue(invoice.invoice_pdf_report_id)

    def test_what_would_be_refused_is_said_before_the_button(self):
        invoice = self.make_invoice()
        before = self.calls('M050')
        with self.as_user() as env:
            wizard = self.wizard(env, invoice)
            wizard.extra_edis = ['urssaf']
            wizard.urssaf_date_start = fields.Date.subtract(self.today, years=1)
            self.assertEqual(wizard.alerts['urssaf_errors']['level'], 'danger')
            with self.raises(UserError, "two calendar months"):
                wizard.action_send_and_print()
        self.assertEqual(self.calls('M050'), before)

    def test_choices_of_the_window_are_kept_on_the_invoice(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            wizard = self.wizard(env, invoice, urssaf_nature_id=self.other_nature.id)
            wizard.extra_edis = ['urssaf']
            wizard.action_send_and_print()
        self.assertEqual(invoice.urssaf_request_id.nature_id, self.other_nature)
        self.assertEqual(invoice.invoice_line_ids._urssaf_nature(), self.other_nature)

    def test_a_plain_mass_mail_debits_nobody(self):
        wanted = self.make_household("Léa Toujours", email='lea@example.com')
        wanted.with_company(self.company).urssaf_always_propose = True
        self.activate(wanted)
        plain, always = self.make_invoice(), self.make_invoice(wanted)
        with self.as_user() as env:
            env['account.move.send.batch.wizard'].create(
                {'move_ids': [Command.set((plain | always).ids)]}
            ).action_send_and_print()
        self.assertFalse(plain.urssaf_request_ids)
        self.assertEqual(always.urssaf_state, 'queued')
        with self.as_cron() as env:
            env['urssaf.payment.request']._submit_due()
        self.assertEqual(always.urssaf_state, 'integrated')
        with patch.object(type(self.env['account.move']), '_urssaf_create_requests') as create:
            later = self.make_invoice(wanted)
            later.sending_data = {'author_user_id': self.clerk.id, 'author_partner_id': self.clerk.partner_id.id}
            self.env['account.move.send']._generate_and_send_invoices(later, from_cron=True)
            create.assert_not_called()

    def test_users_without_the_right_are_told(self):
        invoice = self.make_invoice()
        with self.as_cron() as env:
            sales = self.plain_user.with_env(env)
            wizard = self.wizard(env, invoice).with_user(sales).sudo()
            wizard._compute_extra_edi_checkboxes()
            self.assertTrue(wizard.extra_edi_checkboxes['urssaf']['readonly'])
