from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyTakenBack(MoneyCommon):
    """URSSAF takes back: exactly that part of the invoice is open again, its tax on that day, the past as it was."""

    def paid(self, day=None, **values):
        values.setdefault('invoice_date', self.days_ago(35))
        request = self.sent(**values)
        self.pay(request, day=day or self.days_ago(30))
        return request

    def test_half_of_it(self):
        """The table of entries: 1,200 of the invoice, 600 taken back, then paid by the household."""
        first, back, last = self.days_ago(30), self.days_ago(10), self.days_ago(2)
        request = self.paid(first)
        self.pay(request, day=first, code='60')
        self.assertIn("takes back", request.money_note)
        self.assertIn(self.shown(600.0), request.money_note)
        with self.as_user() as env:
            wizard = env['urssaf.take.back'].browse(request.with_env(env).action_take_back()['res_id'])
            self.assertEqual((wizard.amount, wizard.amount_left), (600.0, 1200.0))
            wizard.date = back
            wizard.action_confirm()
        self.env.invalidate_all()
        invoice = request.move_id
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ('partial', 600.0))
        self.assertEqual(request.amount_taken_back, 600.0)
        self.assertEqual(self.vat_by_day(), {first: 200.0, back: -100.0})
        self.assertEqual(self.balance(self.claim), 600.0)
        self.assertFalse(request.money_note)
        self.pay_by_hand(invoice, day=last, journal=self.bank)
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ('paid', 0.0))
        self.assertEqual(self.vat_by_day(), {first: 200.0, back: -100.0, last: 100.0})

    def test_all_of_it(self):
        request = self.paid()
        back = self.days_ago(10)
        self.take_back(request, 1200.0, back)
        self.assertEqual((request.move_id.payment_state, request.move_id.amount_residual), ('not_paid', 1200.0))
        self.assertEqual((self.vat_on(), self.balance(self.claim)), (0.0, 0.0))
        self.assertEqual(self.vat_by_day(), {self.days_ago(30): 200.0, back: -200.0})
        with self.as_user() as env, self.raises(UserError, "Nothing that URSSAF has paid"):
            request.with_env(env).action_take_back()

    def test_several_in_a_row(self):
        request = self.paid()
        before = {}
        for number, (amount, left) in enumerate(((100.01, 1099.99), (333.33, 766.66), (766.66, 0.0))):
            day = self.days_ago(20 - number)
            self.take_back(request, amount, day)
            self.assertEqual(request.move_id.amount_residual, self.company.currency_id.round(1200 - left))
            self.assertEqual(self.balance(self.claim), left)
            now = self.vat_by_day()
            self.assertEqual({on: vat for on, vat in now.items() if on < day}, before or {self.days_ago(30): 200.0})
            before = now
        self.assertEqual(self.vat_on(), 0.0)

    def test_what_cannot_be(self):
        request = self.paid()
        for amount, day, words in (
            (1200.01, self.days_ago(1), "cannot take back"),
            (0.0, self.days_ago(1), "Enter what"),
            (-1.0, self.days_ago(1), "Enter what"),
            (10.0, self.days_ago(-1), "still to come"),
            (10.0, self.days_ago(31), "had not paid before"),
        ):
            with self.as_user() as env, self.raises(UserError, words):
                env['urssaf.take.back'].create(
                    {'request_id': request.id, 'amount': amount, 'date': day}
                ).action_confirm()
        self.env.invalidate_all()
        self.assertEqual((len(request.payment_ids), request.move_id.payment_state), (1, 'paid'))
        unpaid = self.sent()
        with self.as_user() as env, self.raises(UserError, "Nothing that URSSAF has paid"):
            unpaid.with_env(env).action_take_back()

    def test_who_may(self):
        request = self.paid()
        wizard = self.env['urssaf.take.back'].create(
            {'request_id': request.id, 'amount': 1.0, 'date': self.days_ago(1)}
        )
        for user in (self.plain_user, self.reader):
            with self.as_user(user) as env, self.raises(AccessError):
                wizard.with_env(env).action_confirm()

    def test_a_full_credit_note_is_what_the_money_pays_back(self):
        request = self.paid()
        invoice = request.move_id
        note = invoice._reverse_moves([{'invoice_date': self.days_ago(20), 'date': self.days_ago(20)}])
        note.action_post()
        self.assertEqual(note.amount_residual, 1200.0)
        back = self.days_ago(10)
        self.take_back(request, 1200.0, back)
        self.assertEqual((invoice.payment_state, note.payment_state), ('paid', 'paid'))
        self.assertEqual((self.balance(self.claim), self.vat_on()), (0.0, 0.0))
        self.assertEqual(self.vat_by_day(), {self.days_ago(30): 200.0, back: -200.0})

    def test_what_was_too_much_goes_back_first(self):
        request = self.sent()
        self.pay(request, amount=1300, day=self.days_ago(30))
        self.take_back(request, 100.0)
        self.assertEqual((request.move_id.payment_state, self.vat_on()), ('paid', 200.0))
        self.assertEqual(self.balance(self.claim), 1200.0)

    def test_what_was_given_back_to_the_household_opens_nothing_and_is_told(self):
        """The household had paid as well and got that back: nothing of URSSAF's money pays the invoice when it is taken back."""
        request = self.sent(invoice_date=self.days_ago(35))
        self.pay_by_hand(request.move_id, day=self.days_ago(32), journal=self.bank)
        self.pay(request, day=self.days_ago(30))
        self.refund(request, 1200.0, self.days_ago(12))
        self.pay(request, day=self.days_ago(30), code='60')
        back = self.take_back(request, 600.0, self.days_ago(10))
        self.assertEqual(
            (request.move_id.payment_state, back._urssaf_household_line().amount_residual), ('paid', 600.0)
        )
        self.assertEqual((self.balance(self.claim), self.vat_on()), (600.0, 200.0))
        self.assertIn(f"{self.shown(600.0)} opens no invoice", request.money_note)
        with self.as_user(self.manager) as env:
            back.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()
        self.assertEqual((self.balance(self.claim), self.vat_on()), (1200.0, 200.0))

    def test_what_was_given_back_in_part(self):
        """1,000 by hand, 1,200 by URSSAF, 1,000 given back: of 600 taken back 200 open the invoice, 400 stay on the account."""
        request = self.sent(invoice_date=self.days_ago(35))
        self.pay_by_hand(request.move_id, day=self.days_ago(32), journal=self.bank, amount=1000.0)
        self.pay(request, day=self.days_ago(30))
        self.refund(request, 1000.0, self.days_ago(12))
        back = self.take_back(request, 600.0, self.days_ago(10))
        self.assertEqual(request.move_id.amount_residual, 200.0)
        self.assertEqual(back._urssaf_household_line().amount_residual, 400.0)
        self.assertEqual(self.balance(self.claim), 600.0)
        self.assertIn(self.shown(400.0), request.money_note)

    def test_corrected_and_sent_again_only_when_urssaf_has_its_money_back(self):
        """Nobody is told to take URSSAF's money off the invoice; what it has paid for one invoice is no deposit of another."""
        request = self.paid()
        self.pay(request, code='111')
        self.take_back(request, 600.0)
        with self.as_user() as env, self.raises(UserError, f"{self.shown(600.0)} of what URSSAF has paid"):
            request.move_id.with_env(env).action_urssaf_resend()
        line = self.transfers(request)._urssaf_household_line()
        self.assertEqual(line._urssaf_settled_by()[0], 'no_deposit')
        self.take_back(request, 600.0)
        with self.as_user() as env:
            self.assertEqual(request.move_id.with_env(env).action_urssaf_resend()['res_model'], 'account.move.reversal')

    def test_more_than_all_of_it_says_where_a_second_transfer_is(self):
        request = self.paid()
        self.take_back(request, 600.0)
        with self.as_user() as env, self.raises(UserError, "paid a second time"):
            env['urssaf.take.back'].create(
                {'request_id': request.id, 'amount': 1200.0, 'date': self.days_ago(1)}
            ).action_confirm()

    def test_the_window_shows_nothing_of_other_companies(self):
        request = self.paid()
        second = self.make_provider("Autre service")
        stranger = self.make_user('ailleurs', 'account.group_account_user', company=second)
        transfer = self.transfers(request).urssaf_transfer_id
        for look in (
            lambda env: env['urssaf.take.back'].create({'request_id': request.id, 'amount': 1.0}),
            lambda env: request.with_env(env).action_take_back(),
            lambda env: env['urssaf.transfer.match'].create({'transfer_id': transfer.id}),
        ):
            with self.as_user(stranger, second) as env, self.raises(AccessError):
                look(env)

    def test_the_message_to_urssaf_tells_the_credit_after_a_bounced_debit(self):
        """Else URSSAF is asked to cancel the whole, and takes back all of the State's half."""
        request = self.paid()
        self.pay(request, code='60')
        self.take_back(request, 600.0)
        with self.as_user() as env:
            window = (
                env['account.move.reversal']
                .with_context(active_model='account.move', active_ids=request.move_id.ids)
                .create({'journal_id': request.move_id.journal_id.id})
            )
            self.assertIn("knows no credit notes", window.urssaf_notice)
        note = request.move_id._reverse_moves([{'invoice_date': self.days_ago(0), 'date': self.days_ago(0)}])
        note.invoice_line_ids.price_unit = 250.0
        note.action_post()
        self.assertEqual((request.state, request.amount_state_half), ('debit_failed', 150.0))
        with self.as_user() as env:
            window = env['urssaf.cancellation'].create({'request_id': request.id})
            self.assertEqual(window.reason, 'credit_note')
            for words in (note.name, '300,00', '150,00'):
                self.assertIn(words, window.body)

    def test_the_states_half_of_a_credit_note_after_a_bounced_debit(self):
        """What URSSAF took back was the household's half: the State's half of the credit note is still to be given back."""
        for first in ('note', 'bounce'):
            with self.subTest(first=first):
                request = self.paid()
                if first == 'bounce':
                    self.pay(request, code='60')
                    self.take_back(request, 600.0)
                note = request.move_id._reverse_moves([{'invoice_date': self.days_ago(5), 'date': self.days_ago(5)}])
                note.invoice_line_ids.price_unit = 250.0
                note.action_post()
                if first == 'note':
                    self.assertEqual(request.amount_state_half, 150.0)
                    self.pay(request, code='60')
                    self.take_back(request, 600.0)
                self.env.invalidate_all()
                self.assertEqual((request.state, request.amount_state_half), ('debit_failed', 150.0))
                self.assertIn(self.shown(150.0), request._state_half_sentence())
                self.pay(request, code='111')
                self.assertEqual(request.amount_state_half, 150.0)
                self.assertIn("Write to URSSAF", request._state_half_sentence())

    def proposed(self, request):
        return self.env['urssaf.take.back'].browse(request.action_take_back()['res_id']).amount

    def test_the_states_half_was_given_back_before_the_debit_bounced(self):
        """It is not asked for a second time, and the window proposes the household's half whole."""
        request = self.paid()
        note = request.move_id._reverse_moves([{'invoice_date': self.days_ago(5), 'date': self.days_ago(5)}])
        note.invoice_line_ids.price_unit = 250.0
        note.action_post()
        self.take_back(request, 150.0)
        self.assertEqual(request.amount_state_half, 0.0)
        self.pay(request, code='60')
        self.assertEqual((request.amount_state_half, self.proposed(request)), (0.0, 600.0))
        self.take_back(request, 600.0)
        self.assertEqual(request.amount_state_half, 0.0)

    def test_what_a_debit_is_of(self):
        """Too much first; then the household's half when its debit failed, or when nothing else can be meant."""
        over = self.sent()
        self.pay(over, amount=1300)
        self.take_back(over, 100.0)
        self.pay(over, code='60')
        self.assertEqual(self.proposed(over), 600.0)
        early = self.paid()  # the bank shows it before URSSAF says 60
        self.take_back(early, 600.0)
        self.pay(early, code='60')
        self.assertEqual(self.proposed(early), 0.0)
        whole = self.paid()
        back = self.take_back(whole, 1200.0)
        self.assertEqual((back.urssaf_household_part, back.urssaf_state_part), (600.0, 600.0))

    def test_a_closed_month(self):
        first = self.days_ago(60)
        request = self.paid(first, invoice_date=self.days_ago(62))
        self.company.fiscalyear_lock_date = self.days_ago(20)
        before = self.vat_by_day()
        self.take_back(request, 600.0, self.days_ago(25))
        self.assertEqual(self.vat_by_day(), {**before, self.days_ago(19): -100.0})

    def test_the_household_may_pay_what_is_open(self):
        request = self.paid()
        invoice = request.move_id
        self.assertTrue(invoice.urssaf_is_collecting)
        self.take_back(request, 600.0)
        self.assertFalse(invoice.urssaf_is_collecting)
        self.assertFalse(invoice.search([('id', '=', invoice.id), ('urssaf_is_collecting', '=', True)]))
        self.assertEqual(invoice._get_default_payment_link_values()['amount'], 600.0)
        other = self.paid()
        self.assertTrue(other.move_id.search([('id', '=', other.move_id.id), ('urssaf_is_collecting', '=', True)]))

    def test_the_invoice_stays_as_it_is_while_urssafs_money_pays_it(self):
        request = self.paid()
        self.pay(request, code='111')
        self.take_back(request, 600.0)
        with self.as_user() as env, self.raises(UserError, self.shown(600.0)):
            request.move_id.with_env(env).button_draft()

    def test_undo(self):
        request = self.paid()
        back = self.take_back(request, 600.0, self.days_ago(10))
        transfer = self.transfers(request)
        with self.as_user(self.manager) as env, self.raises(UserError, "Undo first"):
            transfer.with_env(env).action_urssaf_undo()
        with self.as_user(self.manager) as env:
            back.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()
        self.assertEqual((request.move_id.payment_state, request.amount_taken_back), ('paid', 0.0))
        self.assertEqual((self.balance(self.claim), self.vat_on()), (1200.0, 200.0))

    def test_names_of_odoo_that_this_leans_on(self):
        """Odoo keeps them to itself: when one goes, this says so before any invoice does."""
        partials, moves = self.env['account.partial.reconcile'], self.env['account.move']
        for model, names in (
            (partials, ('_create_tax_cash_basis_moves', '_set_draft_caba_move_vals')),
            (moves, ('_reverse_moves',)),
            (self.env['account.move.line'], ('_reconcile_plan', 'reconcile')),
            (self.env['account.payment'], ('_prepare_move_line_default_vals',)),
            (self.env['account.bank.statement.line'], ('_seek_for_lines', 'action_undo_reconciliation')),
            (self.company, ('_get_violated_lock_dates',)),
        ):
            for name in names:
                self.assertTrue(callable(getattr(model, name, None)), name)
        self.assertIn('max_date', partials._fields)
        self.assertIn('tax_cash_basis_rec_id', moves._fields)

    def test_in_cents_and_with_a_deposit(self):
        self.company.urssaf_deposits_allowed = True
        invoice = self.make_invoice(lines=((1, 138.77),), post=False)
        invoice.invoice_line_ids.tax_ids = self.vat
        invoice.action_post()
        self.pay_by_hand(invoice, day=self.days_ago(0), amount=50.0, journal=self.bank)
        request = self.send(invoice)
        self.pay(request, day=self.days_ago(0))
        self.assertEqual((invoice.payment_state, self.transfers(request).amount), ('paid', 116.52))
        for amount in (33.26, 10.01, 73.25):
            self.take_back(request, amount, self.days_ago(0))
        self.assertEqual((invoice.amount_residual, self.balance(self.claim)), (116.52, 0.0))
        self.assertEqual(fields.Date.to_date(invoice.invoice_date) <= self.days_ago(0), True)
