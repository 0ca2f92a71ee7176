from unittest.mock import patch

from odoo import Command
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestSendWindowWords(AvanceImmediateCommon):
    """What Odoo's window for one invoice, its e-mail and the form say of who pays what."""

    def window(self, env, invoice, **values):
        window = env['account.move.send.wizard'].create({'move_id': invoice.id, **values})
        box = window.extra_edi_checkboxes['urssaf']
        window.extra_edi_checkboxes = {'urssaf': {**box, 'checked': True}}
        return window

    def words(self, window):
        return html2plaintext(window.body).replace('*', '')

    def test_the_mail_follows_the_deposit_of_the_window(self):
        """UX 2: the window said one debit, the e-mail another."""
        self.company.urssaf_deposits_allowed = True
        invoice = self.make_invoice()
        with self.as_user() as env:
            window = self.window(env, invoice)
            self.assertIn(self.shown(47.25), self.words(window))
            for deposit, share in ((20.0, 27.25), (0.0, 47.25), (47.25, 0.0), (10.01, 37.24)):
                window.write({'urssaf_deposit_amount': deposit, 'urssaf_deposit_date': self.today})
                self.assertIn(f"debits {self.shown(share)}", self.words(window))
                self.assertEqual(f"The deposit of {self.shown(deposit)}" in self.words(window), bool(deposit))
                self.assertEqual(window.move_id.urssaf_deposit_amount, 0.0, "nothing is written before it is sent")
            window.write({'urssaf_deposit_amount': 20.0})
            window.action_send_and_print()
        self.env.invalidate_all()
        self.assertEqual(invoice.urssaf_request_id.amount_household, 27.25)
        [mail] = invoice.message_ids.filtered(lambda message: "nothing to pay" in (message.subject or ''))
        self.assertIn(f"debits {self.shown(27.25)}", html2plaintext(mail.body).replace('*', ''))

    def test_what_somebody_has_written_stays(self):
        self.company.urssaf_deposits_allowed = True
        invoice = self.make_invoice()
        with self.as_user() as env:
            window = self.window(env, invoice)
            window.body = "<p>Bonjour !</p>"
            window.write({'urssaf_deposit_amount': 20.0, 'urssaf_deposit_date': self.today})
            self.assertIn("Bonjour !", window.body)

    def test_in_the_browser(self):
        self.company.urssaf_deposits_allowed = True
        self.household.with_company(self.company).urssaf_always_propose = True
        invoice = self.make_invoice()
        with self.as_user() as env:
            form = Form(
                env['account.move.send.wizard'].with_context(active_model='account.move', active_ids=invoice.ids)
            )
            form.urssaf_deposit_amount = 20.0
            form.urssaf_deposit_date = self.today
            window = form.save()
            self.assertIn(f"debits {self.shown(27.25)}", self.words(window))
            self.assertIn(self.shown(27.25), window.urssaf_summary)

    def test_what_replaces_a_refused_one_is_ticked_and_says_so(self):
        """UX 4: *Correct and resend* ended in a request to pay."""
        refused = self.make_invoice()
        request = self.send(refused)
        request._set_state('refused')
        corrected = self.make_invoice(urssaf_replaces_id=request.id)
        with self.as_user() as env:
            window = env['account.move.send.wizard'].create({'move_id': corrected.id})
            self.assertTrue(window.extra_edi_checkboxes['urssaf']['checked'])
            self.assertTrue(window.urssaf_is_chosen)
            self.assertIn(f"It replaces invoice {refused.name}, which you had contested", self.words(window))

    def test_a_box_that_nobody_has_ticked_is_named(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            window = env['account.move.send.wizard'].create({'move_id': invoice.id})
            self.assertIn(self.shown(94.5), window.alerts['urssaf_unticked']['message'])
            ticked = self.window(env, invoice)
            self.assertNotIn('urssaf_unticked', ticked.alerts or {})
        stranger = self.make_invoice(self.make_household("Paul Inconnu", email='paul@example.com'))
        with self.as_user() as env:
            window = env['account.move.send.wizard'].create({'move_id': stranger.id})
            self.assertNotIn('urssaf_unticked', window.alerts or {})

    def test_no_reset_to_draft_once_the_number_is_used(self):
        """UX 9: the corrected draft would have a number that can never be sent again."""
        invoice = self.make_invoice()
        self.assertTrue(invoice.show_reset_to_draft_button)
        request = self.send(invoice)
        for state, shown in (
            ('integrated', False),
            ('refused', False),
            ('cancelled', False),
            ('debit_failed', False),
            ('rejected', True),
            ('withdrawn', True),
        ):
            request._set_state(state)
            invoice.invalidate_recordset()
            self.assertEqual(invoice.show_reset_to_draft_button, shown, state)

    def test_what_the_state_pays_no_half_of(self):
        nature = self.env.ref('l10n_fr_avance_immediate.nature_270')
        invoice = self.make_invoice(lines=((2, 50.0), (1, 20.0)), post=False)
        invoice.invoice_line_ids[1].urssaf_nature_id = nature
        invoice.action_post()
        self.assertEqual((invoice.urssaf_amount_credit, invoice.urssaf_amount_household), (50.0, 70.0))
        sentence = invoice._urssaf_amounts_sentence()
        self.assertIn(self.shown(70.0), sentence)
        request = self.send(invoice)
        self.assertEqual((request.amount_household, request.amount_expected), (70.0, 120.0))
        whole = self.make_invoice(urssaf_nature_id=nature.id)
        self.assertEqual((whole.urssaf_amount_credit, whole.urssaf_amount_household), (0.0, 94.5))

    def test_down_payments_do_not_leave(self):
        """As if Odoo's sales had made them: nothing is done yet, or the services are not there as a whole."""
        invoice = self.make_invoice(lines=((4, 50.0), (1, -60.0)))
        lines = type(self.env['account.move.line'])
        with patch.object(lines, '_urssaf_is_down_payment', lambda line: line.price_total < 0):
            self.assertIn("whose invoice cannot be found", invoice._urssaf_blocker())
        with patch.object(lines, '_urssaf_is_down_payment', lambda line: True):
            self.assertIn("This is a down payment", invoice._urssaf_blocker())
            with self.as_user() as env:
                window = env['urssaf.send.wizard'].create({'line_ids': [Command.create({'move_id': invoice.id})]})
                self.assertIn("This is a down payment", window.line_ids.finding)
        self.assertFalse(invoice._urssaf_blocker())
