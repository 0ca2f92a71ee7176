from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon

WRITTEN_OFF = "settled without money"


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestPaid(AvanceImmediateCommon):
    """Only money is a deposit; whatever else has settled a part of the invoice keeps it here, with the remedy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.urssaf_deposits_allowed = True
        cls.bank = cls.company_data['default_journal_bank']

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice(lines=((4, 25.0),))

    # -- what happens to an invoice ------------------------------------------------------------------

    def pay(self, amount, invoice=None, **values):
        window = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=(invoice or self.invoice).ids
        )
        return window.create({'amount': amount, 'payment_date': self.today, **values})._create_payments()

    def credit(self, amount, post=True):
        note = self.invoice._reverse_moves([{'invoice_date': self.today}])
        note.invoice_line_ids[0].write({'quantity': 1, 'price_unit': amount})
        if post:
            note.action_post()
        return note

    def match(self, entry):
        lines = (self.invoice | entry).line_ids
        lines.filtered(lambda line: line.account_type == 'asset_receivable').reconcile()

    def expense(self):
        return self.company_data['default_account_expense']

    def entry(self, amount):
        """A journal entry that takes something off what the customer owes."""
        receivable = self.invoice.line_ids.filtered(lambda line: line.account_type == 'asset_receivable').account_id
        entry = self.env['account.move'].create(
            {
                'move_type': 'entry',
                'date': self.today,
                'line_ids': [
                    Command.create(
                        {
                            'account_id': receivable.id,
                            'partner_id': self.household.id,
                            'credit': amount,
                            'name': "Geste",
                        }
                    ),
                    Command.create({'account_id': self.expense().id, 'debit': amount, 'name': "Geste"}),
                ],
            }
        )
        entry.action_post()
        return entry

    # -- what is asked of it -------------------------------------------------------------------------

    def assert_refused(self, words, invoice=None):
        """In every window, in both ways of Odoo's own, and when nobody looks: nothing is created, the same is said."""
        invoice = invoice or self.invoice
        self.env.flush_all()
        self.assertIn(words, invoice._urssaf_blocker())
        with self.as_user() as env:
            row = env['urssaf.send.wizard'].create({'line_ids': [Command.create({'move_id': invoice.id})]}).line_ids
            self.assertIn(words, row.finding)
            window = env['account.move.send.wizard'].create({'move_id': invoice.id})
            box = window.extra_edi_checkboxes['urssaf']
            self.assertTrue(box['readonly'])
            self.assertIn(words, box['question_circle'])
            with self.raises(UserError, words):
                invoice.with_env(env)._urssaf_create_requests()
        self.household.with_company(self.company).urssaf_always_propose = True
        self.assertFalse(invoice._urssaf_always_proposed())
        self.assertFalse(invoice.urssaf_request_ids)

    def test_a_credit_note_is_no_deposit(self):
        for kind in ('draft', 'posted', 'matched'):
            with self.subTest(kind):
                self.invoice = self.make_invoice(lines=((4, 25.0),))
                note = self.credit(20.0, post=kind != 'draft')
                if kind == 'matched':
                    self.match(note)
                self.assertEqual(self.invoice._urssaf_default_deposit(), (0.0, False))
                self.assert_refused("credit the whole invoice, then make and send a corrected one")
        note.button_draft()
        note.button_cancel()
        self.assertFalse(self.invoice._urssaf_blocker(), "a cancelled credit note takes nothing back")

    def test_a_credit_note_of_its_own_matched_by_hand(self):
        note = self.make_invoice(lines=((1, 20.0),), move_type='out_refund')
        self.assertFalse(self.invoice._urssaf_blocker(), "it is not known to belong here")
        self.match(note)
        self.assert_refused("has a credit note")

    def test_a_write_off_is_no_deposit(self):
        self.pay(92.5, payment_difference_handling='reconcile', writeoff_account_id=self.expense().id)
        self.assertEqual(self.invoice.amount_residual, 0.0)
        self.assert_refused("Nothing is left to pay")
        self.assertEqual(self.invoice._urssaf_amount_paid(), 92.5)

    def test_a_part_written_off(self):
        for amount in (7.5, 0.01):
            with self.subTest(amount):
                self.invoice = self.make_invoice(lines=((4, 25.0),))
                self.match(self.entry(amount))
                self.assertEqual(self.invoice._urssaf_default_deposit(), (0.0, False))
                self.assert_refused(WRITTEN_OFF)
                self.assertIn(self.shown(amount), self.invoice._urssaf_blocker())

    def test_money_and_a_write_off(self):
        self.pay(20.0)
        self.match(self.entry(7.5))
        self.assertEqual(self.invoice._urssaf_default_deposit(), (20.0, self.today))
        self.assert_refused(WRITTEN_OFF)

    def test_a_bank_line_is_money(self):
        receivable = self.invoice.line_ids.filtered(lambda line: line.account_type == 'asset_receivable')
        line = self.env['account.bank.statement.line'].create(
            {'journal_id': self.bank.id, 'date': self.today, 'amount': 20.0, 'payment_ref': "Virement"}
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        line.move_id.button_draft()
        suspense.write({'account_id': receivable.account_id.id, 'partner_id': self.household.id})
        line.move_id.action_post()
        self.match(line.move_id)
        self.assertEqual(self.invoice._urssaf_default_deposit(), (20.0, self.today))
        self.assertEqual(self.send(self.invoice).deposit_amount, 20.0)

    def test_cash_and_cesu_are_no_deposits(self):
        cash = self.company_data['default_journal_cash']
        cesu = self.bank.copy({'code': 'CESU'})
        cesu.name = "CESU préfinancé"
        for journal in (cash, cesu):
            with self.subTest(journal.name):
                self.invoice = self.make_invoice(lines=((4, 25.0),))
                self.pay(20.0, journal_id=journal.id)
                self.assert_refused("URSSAF takes for no deposit")
        invoice = self.make_invoice(lines=((4, 25.0),))
        self.bank.inbound_payment_method_line_ids[:1].copy({'name': "Chèque emploi service"})
        method = self.bank.inbound_payment_method_line_ids.filtered(lambda line: line.name == "Chèque emploi service")
        self.pay(20.0, invoice, journal_id=self.bank.id, payment_method_line_id=method.id)
        self.assert_refused("URSSAF takes for no deposit", invoice)

    def test_deposits_only_where_the_company_takes_them(self):
        self.pay(20.0)
        self.company.urssaf_deposits_allowed = False
        self.assert_refused("financial guarantee")
        self.company.urssaf_deposits_allowed = True
        request = self.send(self.invoice)
        self.assertEqual(
            (request.deposit_amount, request.amount_household, request.amount_expected), (20.0, 30.0, 80.0)
        )

    def test_what_is_paid_and_typed_by_nobody_is_told_the_same_everywhere(self):
        """A script, Odoo's own window for many, or a payment registered since the invoice was opened: no window writes it."""
        self.pay(20.0)
        invoice = self.invoice
        self.assertEqual(invoice.urssaf_amount_household, 30.0, "on the form, before")
        request = self.send(invoice)
        self.assertEqual((request.deposit_amount, request.amount_household), (20.0, 30.0))
        self.assertEqual((invoice.urssaf_amount_household, invoice.urssaf_amount_credit), (30.0, 50.0))
        self.assertIn(self.shown(30.0), invoice._urssaf_portal_sentence())
        mail = self.env.ref('l10n_fr_avance_immediate.mail_template_invoice_urssaf')
        document = self.env['ir.actions.report']._render_qweb_html('account.report_invoice', invoice.ids)[0].decode()
        for name, text in (
            ('mail', mail._render_field('body_html', invoice.ids)[invoice.id]),
            ('pdf', document),
        ):
            plain = str(text).replace('&nbsp;', ' ').replace('\xa0', ' ').replace('\u202f', ' ')
            self.assertRegex(plain, r'30[.,]00', name)
            self.assertIn("deposit of", plain, name)
            self.assertNotRegex(plain, r'debits[^.]{0,80}50[.,]00', name)
        self.pay(80.0)
        self.assertEqual(invoice.payment_state in ('paid', 'in_payment'), True)
        self.assertEqual(invoice.urssaf_amount_household, 30.0, "what URSSAF pays is no deposit")

    def test_deposits_are_off_at_first(self):
        self.assertFalse(self.env['res.company'].create({'name': "Nouvelle"}).urssaf_deposits_allowed)

    def test_more_than_half_says_the_same_everywhere_and_promises_nothing(self):
        share = f"more than the customer's share ({self.shown(50.0)})"
        self.invoice.urssaf_deposit_amount = 70.0
        self.assertEqual(self.invoice.urssaf_amount_household, 0.0)
        self.assertEqual(self.invoice._urssaf_amounts_sentence(), '')
        with self.as_user() as env:
            row = (
                env['urssaf.send.wizard'].create({'line_ids': [Command.create({'move_id': self.invoice.id})]}).line_ids
            )
            self.assertIn(share, row.finding)
            self.assertNotIn("Enter the day", row.finding)
            form = Form(env['account.move.send.wizard'].with_context(active_ids=self.invoice.ids))
            self.assertFalse(form.urssaf_summary)
            window = env['account.move.send.wizard'].create({'move_id': self.invoice.id, 'urssaf_deposit_amount': 70.0})
            window.extra_edi_checkboxes = {'urssaf': {**window.extra_edi_checkboxes['urssaf'], 'checked': True}}
            self.assertIn(share, window.alerts['urssaf_errors']['message'])
            self.assertFalse(window.urssaf_summary)

    def test_what_waits_is_looked_at_again(self):
        """A credit note that somebody has started, and a deposit whose permission was taken back since."""
        invoice = self.make_invoice(lines=((4, 25.0),), urssaf_deposit_amount=20.0, urssaf_deposit_date=self.today)
        with self.as_user() as env:
            request = invoice.with_env(env)._urssaf_create_requests().with_env(self.env)
        self.env.invalidate_all()
        self.assertFalse(request._departure_blocker())
        self.company.urssaf_deposits_allowed = False
        self.assertIn("financial guarantee", request._departure_blocker())
        self.company.urssaf_deposits_allowed = True
        note = self.make_invoice(lines=((1, 20.0),), move_type='out_refund', post=False)
        note.reversed_entry_id = invoice
        self.assertIn("has a credit note", request._departure_blocker())
