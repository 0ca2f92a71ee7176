import ast

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyEdges(MoneyCommon):
    """What people and programs do beside the buttons: the books stay right, and nobody is told twice."""

    def paid(self, day=None, **values):
        values.setdefault('invoice_date', self.days_ago(35))
        request = self.sent(**values)
        self.pay(request, day=day or self.days_ago(30))
        return request

    def window(self, request, amount=600.0):
        windows = self.env['urssaf.take.back'].with_user(self.invoicing_user)
        return windows.create({'request_id': request.id, 'amount': amount, 'date': self.days_ago(1)})

    def note_of(self, request, day, amount=None):
        note = request.move_id._reverse_moves([{'invoice_date': day, 'date': day}])
        if amount:
            note.invoice_line_ids.price_unit = amount
        note.action_post()
        return note

    # -- one debit, two windows ---------------------------------------------------------------------

    def test_two_windows_for_one_debit(self):
        request = self.paid()
        first, second = self.window(request), self.window(request)
        with self.as_user() as env:
            first.with_env(env).action_confirm()
        self.env.invalidate_all()
        for wizard in (second, first):
            with self.as_user() as env, self.raises(UserError, "since this window was opened"):
                wizard.with_env(env).action_confirm()
        self.env.invalidate_all()
        self.assertEqual(request.amount_taken_back, 600.0)
        later = self.window(request, 100.0)
        self.assertIn(self.shown(600.0), later.taken_back)
        with self.as_user() as env:
            later.with_env(env).action_confirm()
        self.env.invalidate_all()
        self.assertEqual(request.amount_taken_back, 700.0)

    def test_a_half_that_was_taken_back_is_not_announced_again(self):
        """60, the half booked, then 111: URSSAF has given up the debit, and takes nothing more."""
        request = self.paid()
        self.pay(request, code='60')
        self.assertIn(self.shown(600.0), request.money_note)
        self.take_back(request, 600.0)
        self.pay(request, code='111')
        self.assertFalse(request.money_note)
        wizard = self.env['urssaf.take.back'].browse(request.action_take_back()['res_id'])
        self.assertEqual((wizard.amount, wizard.amount_left), (0.0, 600.0))
        self.pay(request, code='110')
        self.assertIn(self.shown(600.0), request.money_note, "now the other half, too")

    def test_paid_again_after_a_take_back(self):
        """70, 60, the half booked, and 70 once more: the debit was made again, and nothing is booked by itself."""
        request = self.paid()
        self.pay(request, code='60')
        self.take_back(request, 600.0)
        for code in ('70', '120'):
            self.pay(request, code=code)
            self.assertIn("settled after all", request.money_note, code)
            self.assertEqual((len(request.payment_ids), request.move_id.amount_residual), (2, 600.0), code)

    def test_recovered_says_who_registers_what(self):
        """120: recovered by the provider. After a transfer its half may go back; never paid, all is open and nobody is told else."""
        paid, never = self.paid(), self.sent()
        self.pay(paid, code='120')
        self.assertIn(f"may take {self.shown(600.0)} back", paid.money_note)
        wizard = self.env['urssaf.take.back'].browse(paid.action_take_back()['res_id'])
        self.assertEqual(wizard.amount, 600.0)
        self.pay(never, code='60')
        self.assertFalse(never.money_note)
        self.pay(never, code='120')
        self.assertIn(f"{self.shown(1200.0)} is open on the invoice", never.money_note)
        self.assertTrue(never.move_id.activity_ids)
        self.assertEqual(never.move_id._urssaf_portal_sentence(), "Settled.")

    # -- undone -------------------------------------------------------------------------------------

    def undo(self, payment):
        with self.as_user(self.manager) as env:
            payment.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()

    def test_undoing_a_take_back_leaves_earlier_days_alone(self):
        first, back = self.days_ago(30), self.days_ago(10)
        request = self.paid(first)
        payment = self.take_back(request, 600.0, back)
        self.undo(payment)
        self.assertEqual(self.vat_by_day(), {first: 200.0})
        self.assertEqual(request.move_id.payment_state, 'paid')
        self.take_back(request, 450.0, back)
        self.assertEqual(self.vat_by_day(), {first: 200.0, back: -75.0})
        self.assertEqual(request.move_id.amount_residual, 450.0)

    def test_undoing_all_leaves_no_day_anything(self):
        """Taken back, undone, and the transfer undone, too: as if nothing had been; booked again: as if nothing had happened."""
        first = self.days_ago(30)
        request = self.paid(first)
        for day in (self.days_ago(20), self.days_ago(10)):
            self.undo(self.take_back(request, 600.0, day))
        self.assertEqual(self.vat_by_day(), {first: 200.0})
        transfer = self.transfers(request)
        for _again in range(2):
            self.undo(transfer)
            self.assertEqual((self.vat_by_day(), request.move_id.payment_state), ({}, 'not_paid'))
            with self.as_user(self.manager) as env:
                transfer.with_env(env).action_urssaf_book_again()
            self.env.invalidate_all()
            self.assertEqual(self.vat_by_day(), {first: 200.0})
        self.take_back(request, 600.0, self.days_ago(5))
        self.assertEqual(self.vat_by_day(), {first: 200.0, self.days_ago(5): -100.0})

    def test_undoing_the_last_of_several(self):
        first = self.days_ago(30)
        request = self.paid(first)
        self.take_back(request, 300.0, self.days_ago(20))
        kept = self.vat_by_day()
        last = self.take_back(request, 900.0, self.days_ago(10))
        self.assertEqual(self.vat_on(), 0.0)
        self.undo(last)
        self.assertEqual(self.vat_by_day(), kept)
        self.assertEqual(request.move_id.amount_residual, 300.0)

    def test_undoing_one_that_paid_a_credit_note_back(self):
        request = self.paid()
        note = self.note_of(request, self.days_ago(20))
        payment = self.take_back(request, 1200.0, self.days_ago(10))
        self.undo(payment)
        self.assertEqual((note.amount_residual, note.payment_state), (1200.0, 'not_paid'))
        self.assertEqual(self.vat_by_day(), {self.days_ago(30): 200.0})
        self.assertEqual(self.balance(self.claim), 1200.0)

    def test_undoing_one_that_was_too_much(self):
        request = self.sent()
        self.pay(request, amount=1300, day=self.days_ago(30))
        before = self.vat_by_day()
        payment = self.take_back(request, 100.0, self.days_ago(10))
        self.undo(payment)
        self.assertEqual(self.vat_by_day(), before)
        self.assertEqual(self.transfers(request)._urssaf_household_line().amount_residual, -100.0)

    def test_undoing_one_that_the_household_has_paid_since(self):
        request = self.paid()
        payment = self.take_back(request, 600.0, self.days_ago(10))
        self.pay_by_hand(request.move_id, self.days_ago(5))
        self.undo(payment)
        self.assertEqual((request.move_id.payment_state, self.vat_on()), ('paid', 200.0))
        self.assertEqual(self.transfers(request)._urssaf_household_line().amount_residual, -600.0)
        self.assertIn("pay it back to them", request.money_note, "the household has paid what URSSAF has paid")
        self.assertIn(self.shown(600.0), request.money_note)
        self.assertIn("pays the invoice again", str(payment.message_ids.mapped('body')))

    def test_undoing_one_that_nobody_has_paid_since_leaves_nothing_to_do(self):
        request = self.paid()
        self.undo(self.take_back(request, 600.0, self.days_ago(10)))
        self.assertEqual((request.move_id.payment_state, request.money_note), ('paid', False))

    def test_undoing_one_of_what_was_too_much_asks_for_no_refund(self):
        request = self.sent(invoice_date=self.days_ago(35))
        self.pay(request, amount=1300, day=self.days_ago(30))
        self.assertIn("Pay nothing out", request.money_note)
        self.undo(self.take_back(request, 100.0, self.days_ago(10)))
        self.assertEqual(self.transfers(request)._urssaf_household_line().amount_residual, -100.0)
        self.assertNotIn("pay it back", request.money_note or '')

    def test_the_form_asks_before_each_kind_is_undone(self):
        """Undone, a transfer opens the invoice; a take-back pays it again."""
        request = self.paid()
        view = (
            self.env['account.payment']
            .with_user(self.manager)
            .get_view(self.env.ref('account.view_account_payment_form').id)
        )
        buttons = etree.fromstring(view['arch']).xpath("//button[@name='action_urssaf_undo']")
        asked = {button.get('invisible').split("'")[1]: button.get('confirm') for button in buttons}
        self.assertIn("is open again", asked.pop('transfer'))
        self.assertIn("pays this part of the invoice again", asked.pop('taken_back'))
        self.assertFalse(asked)
        self.assertTrue(request.payment_ids)

    def test_undone_and_booked_again_is_as_before(self):
        request = self.paid()
        payment, before = self.transfers(request), self.vat_by_day()
        self.undo(payment)
        self.assertEqual((request.move_id.payment_state, self.vat_by_day()), ('not_paid', {}))
        self.refresh(request)
        self.assertEqual(request.move_id.payment_state, 'not_paid', "nothing is booked anew by itself")
        with self.as_user(self.manager) as env:
            payment.with_env(env).action_urssaf_book_again()
        self.env.invalidate_all()
        self.assertEqual((request.move_id.payment_state, self.vat_by_day()), ('paid', before))

    # -- around the buttons -------------------------------------------------------------------------

    def test_a_plain_write_changes_no_booking(self):
        payment = self.transfers(self.paid())
        other = self.env['res.partner'].create({'name': "Autre"})
        writes = (
            (payment, {'state': 'canceled'}),
            (payment, {'state': 'draft'}),
            (payment, {'amount': 5.0}),
            (payment, {'date': self.days_ago(1)}),
            (payment, {'partner_id': other.id}),
            (payment, {'journal_id': self.bank.id}),
            (payment, {'move_id': False}),
            (payment.move_id, {'state': 'draft'}),
            (payment.move_id, {'state': 'cancel'}),
            (payment.move_id, {'date': self.days_ago(1)}),
            (payment.move_id, {'origin_payment_id': False}),
            (payment._urssaf_claim_line(), {'partner_id': other.id}),
            (payment._urssaf_claim_line(), {'account_id': self.company_data['default_account_assets'].id}),
            (payment._urssaf_household_line(), {'balance': -1.0}),
        )
        for record, values in writes:
            with (
                self.subTest(record=record._name, values=values),
                self.as_user(self.manager) as env,
                self.raises(UserError, "Undo the booking"),
            ):
                record.with_env(env).write(values)
        self.env.invalidate_all()
        self.assertEqual((payment.amount, payment.move_id.state), (1200.0, 'posted'))

    def test_its_entry_is_neither_reversed_nor_deleted(self):
        request = self.paid()
        entry = self.transfers(request).move_id
        with self.as_user(self.manager) as env, self.raises(UserError, "Undo the booking"):
            entry.with_env(env)._reverse_moves(cancel=True)
        self.undo(self.transfers(request))
        with self.as_user(self.manager) as env, self.raises(UserError, "Undo the booking"):
            entry.with_env(env).unlink()

    def test_the_words_of_a_booking_may_be_mended(self):
        payment = self.transfers(self.paid())
        with self.as_user(self.manager) as env:
            payment.with_env(env).write({'memo': "Virement de mars"})
            payment.move_id.with_env(env).write({'narration': "Vu"})

    def test_others_payments_are_as_free_as_ever(self):
        invoice = self.make_invoice()
        payment = self.pay_by_hand(invoice, self.days_ago(1))
        with self.as_user(self.manager) as env:
            mine = payment.with_env(env)
            mine.action_draft()
            mine.write({'amount': 5.0})
            mine.action_post()
            mine.action_cancel()
            mine.unlink()

    def test_the_window_that_registers_payments_has_no_journal_of_urssafs(self):
        self.journal.sequence = 1  # the first of all
        invoice = self.make_invoice()
        with self.as_user() as env:
            window = (
                env['account.payment.register']
                .with_context(active_model='account.move', active_ids=invoice.ids)
                .create({})
            )
            self.assertNotIn(self.journal.id, window.available_journal_ids.ids)
            self.assertNotEqual(window.journal_id.id, self.journal.id)

    def test_the_card_of_the_journal_says_what_urssaf_owes(self):
        request = self.paid()
        with self.as_user(self.accountant) as env:
            cards = (self.journal | self.bank).with_env(env)._get_journal_dashboard_data_batched()
            self.assertEqual(cards[self.journal.id]['urssaf_owed'], self.shown(1200.0))
            self.assertNotIn('urssaf_owed', cards[self.bank.id])
        line = self.bank_line(1200.0)
        self.transfers(request).urssaf_transfer_id.action_match(line)
        with self.as_user(self.accountant) as env:
            cards = self.journal.with_env(env)._get_journal_dashboard_data_batched()
            self.assertNotIn('urssaf_owed', cards[self.journal.id])

    def test_each_card_says_what_its_list_does(self):
        """Claims of a journal that was used before stand on its card; the list behind a card is that of its journal."""
        self.paid()
        self.company.write({'urssaf_register_payments': False, 'urssaf_journal_id': False})
        with self.as_user(self.accountant) as env:
            cards = self.journal.with_env(env)._get_journal_dashboard_data_batched()
            self.assertEqual(cards[self.journal.id]['urssaf_owed'], self.shown(1200.0))
            view = self.env['account.move.line'].get_view(
                self.env.ref('l10n_fr_avance_immediate.account_move_line_view_search_claim').id, 'search'
            )
            self.assertIn('name="journal_id"', view['arch'])

    def test_late_is_counted_from_the_value_date(self):
        """The entry may be of a later day, where the period was closed; what is no payment has its own day."""
        self.company.fiscalyear_lock_date = self.days_ago(15)
        request = self.sent(invoice_date=self.days_ago(14))
        self.pay(request, day=self.days_ago(18))
        claim = self.transfers(request)._urssaf_claim_line()
        self.assertEqual((claim.date, claim.urssaf_value_date), (self.days_ago(14), self.days_ago(18)))
        arch = self.env['account.move.line'].get_view(
            self.env.ref('l10n_fr_avance_immediate.account_move_line_view_search_claim').id, 'search'
        )['arch']
        domain = etree.fromstring(arch).xpath("//filter[@name='late']")[0].get('domain')
        with freeze_time(self.days_ago(7)):  # 11 days after the value date, 7 after the entry
            late = self.env['account.move.line'].search(ast.literal_eval(domain))
        self.assertIn(claim, late)

    def test_paid_after_all_leaves_no_note(self):
        request = self.paid()
        self.pay(request, code='60')
        self.assertIn("takes back", request.money_note)
        self.pay(request, day=self.days_ago(30))
        self.assertFalse(request.money_note)
        self.assertEqual(request.state, 'paid')

    def test_a_transfer_adds_up_what_its_user_may_not_see(self):
        """Of a transfer to two companies of one contract, the form shows to all the amounts that are matched."""
        _branch, request = self.paid_to_a_branch()
        transfer = self.transfers(request).urssaf_transfer_id
        with self.as_user(self.accountant) as env:
            mine = transfer.with_env(env)
            self.assertFalse(mine.payment_ids)
            self.assertEqual(mine.amount_expected, request.amount_total)

    def test_who_takes_it_off_the_invoice_is_told_to_match_it_again(self):
        request = self.paid()
        partial = self.transfers(request)._urssaf_household_line().matched_debit_ids
        with self.as_user(self.accountant) as env:
            request.move_id.with_env(env).js_remove_outstanding_partial(partial.id)
        self.env.invalidate_all()
        self.assertEqual(request.move_id.payment_state, 'not_paid')
        self.assertIn(self.accountant.name, request.money_note)
        self.assertIn(self.shown(1200.0), request.money_note)
        self.assertTrue(self.transfers(request)._urssaf_booked(), "the booking itself stays")

    def test_our_own_matches_tell_nothing(self):
        request = self.paid()
        self.transfers(request).urssaf_transfer_id.action_match(self.bank_line(1200.0))
        self.transfers(request).urssaf_transfer_id.action_undo()
        self.undo(self.take_back(request, 600.0))
        self.undo(self.transfers(request))
        self.assertFalse(request.money_note)

    # -- told once ----------------------------------------------------------------------------------

    def test_what_was_seen_is_not_told_again(self):
        request = self.sent()
        self.pay(request, amount=0, day=self.days_ago(3))
        self.assertIn("names", request.money_note)
        with self.as_user() as env:
            request.with_env(env).action_money_seen()
        self.env.invalidate_all()
        self.assertFalse(request.money_note)
        for _again in range(2):
            request.booking_retry_at = False
            with self.as_cron() as env:
                env['urssaf.payment.request']._book_due()
            self.env.invalidate_all()
            self.assertFalse(request.money_note)
        self.pay(request, amount=1200, day=self.days_ago(3))
        self.assertEqual(self.transfers(request).amount, 1200.0)
        self.assertFalse(request.money_told)

    def test_another_blocker_is_told(self):
        request = self.sent()
        self.pay(request, amount=0, day=self.days_ago(3))
        with self.as_user() as env:
            request.with_env(env).action_money_seen()
        self.pay(request, amount=-5, day=self.days_ago(3))
        self.assertTrue(request.money_note)

    # -- who ----------------------------------------------------------------------------------------

    def test_only_managers_undo(self):
        payment = self.transfers(self.paid())
        for user in (self.plain_user, self.invoicing_user, self.accountant):
            with self.as_user(user) as env, self.raises(AccessError):
                payment.with_env(env).action_urssaf_undo()
        self.assertEqual(payment.state, 'paid')
