from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyLate(MoneyCommon):
    """What URSSAF tells before, instead of or after what can be booked: nothing goes unseen, nothing is booked twice."""

    def run_steps(self):
        """The scheduled action, as often as it finds something to do."""
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def untaken(self, day=None, amount=None):
        """A request that URSSAF has paid while the claim account was archived."""
        request = self.sent()
        self.claim.active = False
        self.pay(request, day=day, amount=amount)
        self.claim.active = True
        self.assertFalse(request.payment_ids)
        return request

    def note_of(self, request, price=None):
        note = request.move_id._reverse_moves([{'invoice_date': self.days_ago(0), 'date': self.days_ago(0)}])
        if price:
            note.invoice_line_ids.price_unit = price
        note.action_post()
        (note._urssaf_receivable_lines() + request.move_id._urssaf_receivable_lines()).filtered(
            lambda line: not line.reconciled
        ).reconcile()
        return note

    # -- no amount ----------------------------------------------------------------------------------

    def test_a_missing_amount_is_asked_for_again_and_booked_when_it_is_named(self):
        request = self.sent()
        self.pay(request, amount=0, day=self.days_ago(0))
        self.assertFalse(request.payment_ids)
        self.assertFalse(request.money_note, "a day is given")
        half_a_day = fields.Datetime.add(fields.Datetime.now(), hours=12, minutes=1)
        self.assertLessEqual(request.next_poll_at, half_a_day, "status 70 is looked at once a week otherwise")
        self.control(
            f'requests/{request.request_ref}/set_status',
            {'code': '70', 'date': f'{self.days_ago(0)}T00:00:00Z', 'amount': 1200},
        )
        request.next_poll_at = fields.Datetime.now()
        self.run_steps()
        self.assertEqual((self.transfers(request).amount, request.move_id.payment_state), (1200.0, 'paid'))

    def test_a_missing_amount_keeps_no_scheduled_action_busy(self):
        """Told before the value date, which has come: it is looked at once, then not before half a day."""
        request = self.sent()
        self.pay(request, amount=0, day=self.days_ago(-1))
        request.write({'transfer_date': self.days_ago(0), 'next_poll_at': '2099-01-01', 'booking_retry_at': False})
        with self.as_cron() as env:
            requests = env['urssaf.payment.request']
            self.assertEqual([requests._book_due() for _again in range(2)], [1, 0])
        self.assertLess(request.next_poll_at, fields.Datetime.add(fields.Datetime.now(), hours=13))

    def test_nobody_is_sent_to_book_by_hand_what_will_be_booked(self):
        request = self.sent()
        self.pay(request, amount=0, day=self.days_ago(2))
        self.assertIn("do not register it by hand", request.money_note)
        self.pay(request, amount=1200, day=self.days_ago(2))
        self.assertEqual((len(request.payment_ids), request.money_note), (1, False))

    # -- no day ---------------------------------------------------------------------------------------

    def paid_on_no_day(self, age=0):
        """A request of which URSSAF says for some days that it has paid, and of no transfer (CONTRACT §1.8)."""
        self.control('switches', {'scheduled_transfer': 'absent'})
        self.addCleanup(self.control, 'switches', {'scheduled_transfer': 'omitted'})
        request = self.sent()
        self.pay(request, amount=1200, day=self.days_ago(-30))
        self.assertEqual((request.state, request.transfer_date), ('paid', False))
        self.since(request, age)
        return request

    def since(self, request, age):
        moment = fields.Datetime.subtract(fields.Datetime.now(), days=age)
        request.state_since = moment
        request.event_ids.date = moment

    def test_a_missing_day_is_asked_for_again_and_booked_when_it_is_named(self):
        request = self.paid_on_no_day()
        self.assertFalse(request.payment_ids or request.money_note, "it is still to come")
        self.assertLessEqual(request.next_poll_at, fields.Datetime.add(fields.Datetime.now(), hours=12, minutes=1))
        self.pay(request, amount=1200, day=self.days_ago(0))
        self.assertEqual((self.transfers(request).amount, request.move_id.payment_state), (1200.0, 'paid'))
        self.assertFalse(request.money_note)

    def test_a_day_that_is_never_named_is_told_to_a_person(self):
        request = self.paid_on_no_day(age=10)
        with self.as_cron() as env:
            requests = env['urssaf.payment.request']
            request.booking_retry_at = False
            self.env.flush_all()
            self.assertEqual([requests._book_due() for _again in range(2)], [1, 0])
        self.env.invalidate_all()
        self.assertIn("names no day", request.money_note)
        self.assertIn("names no day", str(request.move_id.activity_ids.note))
        self.pay(request, amount=1200, day=self.days_ago(1))
        self.assertEqual((self.transfers(request).amount, request.money_note), (1200.0, False))

    def test_what_was_paid_before_the_first_day_of_the_books_is_asked_for_by_nobody(self):
        request = self.paid_on_no_day(age=10)
        self.company.urssaf_payments_from = self.days_ago(5)
        request.booking_retry_at = False
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.payment.request']._book_due(), 0)
        self.refresh(request)
        self.assertFalse(request.money_note or request.booking_retry_at)

    def test_a_day_that_is_not_named_again_is_no_other_one(self):
        request = self.sent()
        self.pay(request, day=self.days_ago(5))
        payment, day = self.transfers(request), self.days_ago(5)
        request.transfer_date = False
        request._look_at_booked('paid')
        self.assertFalse(request.money_note)
        request.transfer_amount = 1100.0
        request._look_at_booked('paid')
        self.assertIn(self.shown(1100.0), request.money_note)
        with self.as_user(self.manager) as env:
            payment.with_env(env).action_urssaf_undo()
            payment.with_env(env).action_urssaf_book_again()
        self.env.invalidate_all()
        self.assertEqual(payment.move_id.state, 'posted')
        self.assertEqual((payment.amount, payment.urssaf_value_date), (1100.0, day))

    # -- a credit note first ------------------------------------------------------------------------

    def test_a_credit_note_before_the_booking(self):
        for price, said in ((None, 1200.0), (250.0, 300.0)):
            request = self.untaken()
            self.note_of(request, price)
            request.booking_retry_at = False
            self.run_steps()
            self.assertEqual(self.transfers(request).amount, 1200.0)
            self.assertIn("pay nothing back before its answer", request.money_note)
            self.assertIn(self.shown(said), request.money_note)
            self.assertNotIn("pay it back to them", request.money_note)

    # -- otherwise before it was booked -------------------------------------------------------------

    def test_bounced_before_it_was_booked(self):
        day = self.days_ago(5)
        request = self.untaken(day)
        self.pay(request, code='60', day=day)
        self.assertFalse(request.payment_ids, "only the bank knows whether it came")
        for words in ("Book the transfer", self.shown(1200.0)):
            self.assertIn(words, request.money_note)
        with self.as_user() as env, self.raises(UserError, "Book the transfer"):
            request.with_env(env).action_take_back()
        with self.as_user() as env:
            request.with_env(env).action_book_transfer()
        self.env.invalidate_all()
        payment = self.transfers(request)
        self.assertEqual((payment.amount, payment.urssaf_value_date), (1200.0, day))
        self.assertIn(self.shown(600.0), request.money_note, "what it takes back comes next")
        self.take_back(request, 600.0)
        self.assertEqual((request.move_id.amount_residual, self.balance(self.claim)), (600.0, 600.0))
        self.assertFalse(request.can_book_transfer)
        with self.as_user() as env, self.raises(UserError, "no transfer to be booked"):
            request.with_env(env).action_book_transfer()
        self.assertEqual(len(self.transfers(request)), 1)

    def test_the_amount_is_known_though_urssaf_names_it_no_more(self):
        request = self.untaken(amount=1100)
        request.write({'state': 'cancelled', 'transfer_amount': 0.0, 'transfer_date': False})
        with self.as_user() as env:
            request.with_env(env).action_book_transfer()
        self.env.invalidate_all()
        self.assertEqual(self.transfers(request).amount, 1100.0)

    def test_told_for_a_day_to_come_and_bounced_before(self):
        """Whether it comes the bank will show: a person is told now, and books it from its day on."""
        request = self.sent()
        self.pay(request, day=self.days_ago(-2))
        request.event_ids[:1].amount = 1200.0
        self.pay(request, day=self.days_ago(-2), code='60')
        self.assertIn("Book the transfer", request.money_note)
        self.assertFalse(request.can_book_transfer)
        request.event_ids.filtered('transfer_date').transfer_date = self.days_ago(0)
        self.assertTrue(request.can_book_transfer)

    def test_no_amount_that_was_never_named_is_booked(self):
        """As long as URSSAF is asked it may name one; when it has ended without, what the bank shows is all there is."""
        request, ended = self.sent(), self.sent()
        for one, code in ((request, '60'), (ended, '110')):
            self.pay(one, amount=0, day=self.days_ago(0))
            self.pay(one, amount=0, day=self.days_ago(0), code=code)
            self.assertFalse(one.can_book_transfer)
        self.assertIn("Do not register it by hand", request.money_note)
        self.assertIn("register it as a payment of the invoice", ended.money_note)
        values = {'code': '70', 'date': f'{self.days_ago(0)}T00:00:00Z', 'amount': 1200}
        self.control(f'requests/{request.request_ref}/set_status', values)  # nobody asks in between
        self.pay(request, day=self.days_ago(0), code='60')
        self.assertTrue(request.can_book_transfer)
        self.assertIn(self.shown(1200.0), request.money_note)

    def test_no_amount_below_zero_sends_anybody_to_book_by_hand(self):
        request = self.sent()
        self.pay(request, amount=-5)
        self.assertIn("do not register it by hand", request.money_note)
        self.pay(request, amount=1200)
        self.assertEqual((self.transfers(request).amount, request.money_note), (1200.0, False))

    def test_settled_otherwise_before_it_was_booked(self):
        request = self.untaken()
        self.pay(request, code='120')
        self.assertIn("ask URSSAF", request.money_note)
        self.assertNotIn("takes back", request.money_note)

    def test_what_never_was_paid_is_not_booked_by_hand(self):
        bounced = self.sent()
        self.pay(bounced, code='60')
        waiting = self.sent()
        paid = self.untaken()
        for request in bounced, waiting, paid:
            self.assertFalse(request.can_book_transfer)
            with self.as_user() as env, self.raises(UserError, "no transfer to be booked"):
                request.with_env(env).action_book_transfer()
        self.assertFalse(bounced.money_note)

    def test_what_is_taken_back_of_a_payment_registered_by_hand_is_told(self):
        """Where nothing is booked by itself, and where a transfer is older than that."""
        for values, codes in (
            ({'urssaf_register_payments': False}, ('60', '110', '111', '112')),
            ({'urssaf_payments_from': self.days_ago(1)}, ('110',)),
        ):
            self.company.write(values)
            for code in codes:
                with self.subTest(code, **values):
                    request = self.sent()
                    self.pay(request)
                    self.pay_by_hand(request.move_id)
                    self.assertFalse(request.money_note)
                    self.pay(request, code=code)
                    self.assertIn("takes money back", request.money_note)
                    self.assertIn("takes money back", request.move_id.activity_ids.note)
                    with self.as_user() as env:
                        request.with_env(env).action_money_seen()
                    self.refresh(request)
                    self.assertFalse(request.money_note, "told once")
            never_paid = self.sent()
            self.pay(never_paid, code='110')
            self.assertFalse(never_paid.money_note)
            self.company.write({'urssaf_register_payments': True, 'urssaf_payments_from': self.days_ago(60)})

    def test_who_may_book_it(self):
        request = self.untaken()
        self.pay(request, code='60')
        for user in (self.plain_user, self.reader):
            with self.as_user(user) as env, self.raises(AccessError):
                request.with_env(env).action_book_transfer()
        self.company.urssaf_register_payments = False
        self.env.invalidate_all()
        with self.as_user() as env, self.raises(UserError, "no transfer to be booked"):
            request.with_env(env).action_book_transfer()
        self.assertFalse(request.payment_ids)

    # -- the window for payments --------------------------------------------------------------------

    def test_the_window_promises_only_what_will_be_booked(self):
        promise = "is booked by itself"
        request = self.untaken()
        self.assertIn(promise, request.move_id._urssaf_payment_warning()[1])
        self.company.urssaf_payments_from = self.days_ago(1)
        self.assertNotIn(promise, request.move_id._urssaf_payment_warning()[1])
        self.company.urssaf_payments_from = '2020-01-01'
        undone = self.sent()
        self.pay(undone)
        with self.as_user(self.manager) as env:
            undone.payment_ids.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()
        message = undone.move_id._urssaf_payment_warning()[1]
        self.assertNotIn(promise, message)
        self.assertIn(undone.payment_ids.display_name, message)

    # -- what the take-back says --------------------------------------------------------------------

    def notice(self, request, amount):
        with self.as_user() as env:
            window = env['urssaf.take.back'].create(
                {'request_id': request.id, 'amount': amount, 'date': self.days_ago(0)}
            )
            message = window.action_confirm()['params']['message']
        self.env.invalidate_all()
        return message

    def test_the_notice_says_what_is_open_again(self):
        plain, credited, over = self.sent(), self.sent(), self.sent()
        for request in plain, credited:
            self.pay(request)
        self.pay(over, amount=1300)
        note = credited.move_id._reverse_moves([{'invoice_date': self.days_ago(0), 'date': self.days_ago(0)}])
        note.action_post()
        self.assertIn("is open again", self.notice(plain, 600.0))
        self.assertIn("Nothing more of invoice", self.notice(credited, 1200.0))
        message = self.notice(over, 150.0)
        self.assertIn("was too much", message)
        self.assertIn(self.shown(50.0), message)
        self.assertEqual(over.move_id.amount_residual, 50.0)

    # -- undone, and booked again -------------------------------------------------------------------

    def undone(self, day):
        request = self.sent(invoice_date=self.days_ago(40))
        self.pay(request, day=day)
        with self.as_user(self.manager) as env:
            request.payment_ids.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()
        return request

    def book_again(self, request):
        with self.as_user(self.manager) as env:
            request.payment_ids.with_env(env).action_urssaf_book_again()
        self.env.invalidate_all()

    def test_booked_again_after_the_period_was_closed(self):
        request = self.undone(self.days_ago(20))
        self.company.fiscalyear_lock_date = self.days_ago(10)
        self.book_again(request)
        payment, day = self.transfers(request), self.days_ago(9)
        self.assertEqual((payment.date, payment.move_id.date), (day, day))
        self.assertEqual(payment.urssaf_value_date, self.days_ago(20))
        self.assertEqual(self.vat_by_day(), {day: 200.0})

    def test_booked_again_it_is_what_urssaf_says_now(self):
        """URSSAF corrects amount and day after the booking: undone and booked again, the books say the same."""
        request = self.sent(invoice_date=self.days_ago(40))
        self.pay(request, day=self.days_ago(20))
        former = request.payment_ids.urssaf_transfer_id
        self.pay(request, amount=1100, day=self.days_ago(15))
        self.assertIn("Book again", request.money_note)
        with self.as_user(self.manager) as env:
            request.payment_ids.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()
        self.book_again(request)
        payment, day = self.transfers(request), self.days_ago(15)
        self.assertEqual((payment.amount, payment.date, payment.urssaf_value_date), (1100.0, day, day))
        self.assertEqual(payment.urssaf_transfer_id.value_date, day)
        self.assertFalse(former.exists(), "a transfer of a day on which nothing was paid")
        self.assertEqual((self.balance(self.claim), request.move_id.amount_residual), (1100.0, 100.0))
        self.assertEqual(set(self.vat_by_day()), {day})
        self.assertIn("what is missing stays open", request.money_note)
        self.refresh(request)
        self.assertEqual(len(request.payment_ids), 1)

    def test_a_transfer_that_also_pays_a_refund_is_not_undone_alone(self):
        request = self.sent()
        self.pay_by_hand(request.move_id, journal=self.bank)
        self.pay(request)
        payment, back = self.transfers(request), self.refund(request, 1200.0, self.days_ago(2))
        with self.as_user(self.manager) as env, self.raises(UserError, back.move_id.name):
            payment.with_env(env).action_urssaf_undo()
        self.assertEqual(payment.state, 'paid')

    def test_reverse_and_create_invoice_leaves_what_urssaf_has_paid(self):
        """It would take the tax back in the month of the transfer: the credit note alone, then a new invoice."""
        request = self.sent(invoice_date=self.days_ago(40))
        self.pay(request, day=self.days_ago(35))
        invoice, past = request.move_id, self.vat_by_day()
        with self.as_user(self.manager) as env:
            window = env['account.move.reversal'].with_context(active_model='account.move', active_ids=invoice.ids)
            values = {'journal_id': invoice.journal_id.id, 'date': self.days_ago(0)}
            with self.raises(UserError, "confirm the credit note, then make the new invoice"):
                window.create(values).modify_moves()
            note = env['account.move'].browse(window.create(values).refund_moves()['res_id'])
            note.action_post()
        self.env.invalidate_all()
        self.assertEqual((self.vat_by_day(), invoice.payment_state), (past, 'paid'))

    def test_booked_again_when_the_household_has_paid_meanwhile(self):
        request = self.undone(self.days_ago(20))
        self.pay_by_hand(request.move_id, journal=self.bank)
        self.book_again(request)
        self.assertIn("stays open on the account", request.money_note)

    def test_booked_again_in_another_year_it_has_a_number_of_that_year(self):
        year = self.days_ago(0).year - 1
        request = self.sent()
        self.pay(request, day=fields.Date.to_date(f'{year}-12-20'))
        payment = self.transfers(request)
        self.assertIn(f'/{year}/', payment.name)
        with self.as_user(self.manager) as env:
            payment.with_env(env).action_urssaf_undo()
        self.company.fiscalyear_lock_date = f'{year}-12-31'
        self.env.invalidate_all()
        self.book_again(request)
        self.assertEqual(payment.date, fields.Date.to_date(f'{year + 1}-01-01'))
        self.assertIn(f'/{year + 1}/', payment.move_id.name)
        self.assertEqual(payment.name, payment.move_id.name)

    def test_what_odoo_keeps_in_the_books_is_said_with_the_way_out(self):
        request = self.sent(invoice_date=self.days_ago(40))
        self.pay(request, day=self.days_ago(20))
        back = self.take_back(request, 600.0, self.days_ago(15))
        self.company.fiscalyear_lock_date = self.days_ago(10)
        with self.as_user(self.manager) as env, self.raises(UserError, "Have it opened for you"):
            back.with_env(env).action_urssaf_undo()
        self.company.fiscalyear_lock_date = False
        back.move_id.sudo().inalterable_hash = 'secured'
        with self.as_user(self.manager) as env, self.raises(UserError, "its entry is secured"):
            back.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()
        self.assertEqual((request.amount_taken_back, self.balance(self.claim)), (600.0, 600.0))

    # -- switched on --------------------------------------------------------------------------------

    def test_setup_does_not_call_ready_what_cannot_be_used(self):
        self.company.urssaf_register_payments = False
        self.claim.active = False
        with self.as_user(self.manager) as env, self.raises(UserError, "is archived"):
            self.company.with_env(env).action_urssaf_setup_money()

    def test_switched_on_it_asks_from_which_day_on(self):
        """What stands there is somebody's choice, and is left; of a day that is past one is told what it means."""
        self.company.write({'urssaf_register_payments': False, 'urssaf_payments_from': self.days_ago(300)})
        settings = self.env['res.config.settings'].with_company(self.company).new({})
        self.assertFalse(settings._onchange_urssaf_register_payments())
        settings.urssaf_register_payments = True
        self.assertIn("booked once more", settings._onchange_urssaf_register_payments()['warning']['message'])
        self.assertEqual(settings.urssaf_payments_from, self.days_ago(300))
        settings.urssaf_payments_from = self.days_ago(0)
        self.assertFalse(settings._onchange_urssaf_register_payments())

    def test_moved_to_an_earlier_day_it_asks_as_well(self):
        """The usual order: switched on today, then from the first of January on."""
        self.company.write({'urssaf_register_payments': False, 'urssaf_payments_from': self.days_ago(0)})
        settings = self.env['res.config.settings'].with_company(self.company).new({'urssaf_register_payments': True})
        self.assertFalse(settings._onchange_urssaf_register_payments())
        settings.urssaf_payments_from = self.days_ago(90)
        self.assertIn("booked once more", settings._onchange_urssaf_register_payments()['warning']['message'])
        self.company.write({'urssaf_register_payments': True, 'urssaf_payments_from': self.days_ago(60)})
        for day, is_told in ((90, True), (60, False), (30, False)):
            settings.urssaf_payments_from = self.days_ago(day)
            self.assertEqual(bool(settings._onchange_urssaf_register_payments()), is_told, day)
