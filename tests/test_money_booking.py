from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneySetup(MoneyCommon):
    """One click makes what the bookings need, and finds its own work again."""

    def test_what_one_click_makes(self):
        self.assertEqual((self.journal.type, self.journal.code), ('bank', 'AVIM'))
        self.assertEqual((self.claim.account_type, self.claim.reconcile), ('asset_current', True))
        code = self.claim.with_company(self.company).code
        self.assertTrue(code.startswith('4671'), code)
        self.assertNotEqual(self.claim, self.journal.default_account_id)
        self.assertEqual(self.company.urssaf_partner_id.name, "URSSAF")
        self.assertFalse(self.company._urssaf_money_blocker())

    def test_a_second_click_finds_it_again(self):
        journals = self.env['account.journal'].search_count([])
        accounts = self.env['account.account'].search_count([])
        self.company.action_urssaf_setup_money()
        self.company.write({'urssaf_register_payments': False, 'urssaf_journal_id': False})
        self.company.action_urssaf_setup_money()
        self.assertEqual(self.company.urssaf_journal_id, self.journal)
        self.assertEqual(self.env['account.journal'].search_count([]), journals)
        self.assertEqual(self.env['account.account'].search_count([]), accounts)

    def test_a_code_that_is_taken(self):
        other = self.make_provider("Code pris")
        self.env['account.journal'].create({'name': "Autre", 'code': 'AVIM', 'type': 'general', 'company_id': other.id})
        other.action_urssaf_setup_money()
        self.assertNotEqual(other.urssaf_journal_id.code, 'AVIM')

    def test_only_accounting_managers(self):
        for user in (self.invoicing_user, self.accountant):
            with self.as_user(user) as env, self.raises(AccessError):
                self.company.with_env(env).action_urssaf_setup_money()
        with self.as_user(self.manager) as env:
            self.company.with_env(env).action_urssaf_setup_money()

    def test_the_manager_of_a_branch_does_not_set_up_its_parent(self):
        branch = self.env['res.company'].create({'name': "Agence", 'parent_id': self.company.id})
        self.env.cr.precommit.run()
        manager = self.make_user('chef', 'account.group_account_manager', company=branch)
        self.company.write({'urssaf_register_payments': False, 'urssaf_journal_id': False})
        with self.as_user(manager, branch) as env, self.raises(AccessError):
            branch.with_env(env).action_urssaf_setup_money()
        self.assertFalse(self.company.urssaf_journal_id)

    def test_without_a_chart_or_in_another_currency(self):
        bare = self.env['res.company'].create({'name': "Sans plan", 'country_id': self.env.ref('base.be').id})
        bare.currency_id = self.env.ref('base.EUR')
        with self.raises(UserError, "has no chart of accounts"):
            bare.action_urssaf_setup_money()
        bare.currency_id = self.env.ref('base.CHF')
        with self.raises(UserError, "another currency"):
            bare.action_urssaf_setup_money()
        self.assertFalse(bare.urssaf_journal_id)

    def test_what_is_wrong_is_said_before_it_is_switched_on(self):
        self.company.urssaf_register_payments = False
        self.claim.reconcile = False
        self.assertIn("Allow Reconciliation", self.company._urssaf_money_blocker())
        with self.raises(UserError, "Allow Reconciliation"):
            self.company.urssaf_register_payments = True

    def test_users_are_not_offered_the_journal(self):
        payment = self.env['account.payment'].with_user(self.invoicing_user).new({'payment_type': 'inbound'})
        self.assertNotIn(self.journal, payment.available_journal_ids._origin)
        self.assertIn(self.bank, payment.available_journal_ids._origin)

    def test_nothing_is_booked_until_it_is_switched_on(self):
        self.company.urssaf_register_payments = False
        request = self.sent()
        self.pay(request)
        self.assertFalse(request.payment_ids)
        self.assertEqual(request.state, 'paid')

    def test_trials_are_not_booked(self):
        self.company.urssaf_book_trials = False
        request = self.sent()
        self.pay(request)
        self.assertFalse(request.payment_ids)

    def test_what_was_paid_before_the_first_day_is_left_alone(self):
        self.company.urssaf_payments_from = self.days_ago(4)
        request = self.sent()
        self.pay(request, day=self.days_ago(5))
        self.assertFalse(request.payment_ids)
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.payment.request']._book_due(), 0)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyBooking(MoneyCommon):
    """Status 70 is one payment, on its value date, once for ever."""

    def test_what_is_booked(self):
        request = self.sent(invoice_date=self.days_ago(10))
        day = self.days_ago(5)
        self.pay(request, day=day)
        payment = self.transfers(request)
        self.assertEqual(len(payment), 1)
        self.assertEqual(
            (payment.amount, payment.date, payment.urssaf_value_date, payment.journal_id),
            (1200.0, day, day, self.journal),
        )
        self.assertEqual(request.payment_id, payment)
        claim, household = payment._urssaf_claim_line(), payment._urssaf_household_line()
        self.assertEqual((claim.balance, claim.account_id), (1200.0, self.claim))
        self.assertEqual(claim.partner_id, self.company.urssaf_partner_id)
        self.assertEqual((household.balance, household.partner_id), (-1200.0, self.household))
        self.assertIn(request.move_id.name, claim.name)
        self.assertIn(self.household.name, claim.name)
        self.assertEqual((request.move_id.payment_state, request.move_id.amount_residual), ('paid', 0.0))
        self.assertIn(payment, request.move_id.matched_payment_ids)
        self.assertEqual(request.amount_due_by_urssaf, 1200.0)
        self.assertEqual(self.vat_by_day(), {day: 200.0})
        self.assertFalse(request.money_note)
        self.assertFalse(payment.is_matched, "the bank has not shown it")

    def test_once_for_ever(self):
        request = self.sent()
        self.pay(request)
        for _again in range(3):
            self.refresh(request)
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_sync()
            self.assertEqual(env['urssaf.payment.request']._book_due(), 0)
        self.assertEqual(len(request.payment_ids), 1)

    def test_a_day_to_come(self):
        request = self.sent()
        day = fields.Date.add(self.day_in_paris(), days=2)
        self.pay(request, day=day)
        self.assertFalse(request.payment_ids)
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.payment.request']._book_due(), 0)

    def test_the_cron_comes_back_on_the_day(self):
        request = self.sent()
        self.pay(request, day=self.days_ago(-1), amount=1200)
        self.assertFalse(request.payment_ids)
        request.write({'transfer_date': self.days_ago(0), 'transfer_amount': 1200.0})
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.payment.request']._book_due(), 1)
        self.assertEqual(self.transfers(request).amount, 1200.0)

    def test_less_than_expected(self):
        request = self.sent()
        self.pay(request, amount=1100)
        self.assertEqual((request.move_id.payment_state, request.move_id.amount_residual), ('partial', 100.0))
        self.assertIn("instead of", request.money_note)
        self.assertEqual(self.vat_on(), 183.33)

    def test_more_than_expected(self):
        request = self.sent()
        self.pay(request, amount=1300)
        self.assertEqual(request.move_id.payment_state, 'paid')
        self.assertEqual(self.transfers(request)._urssaf_household_line().amount_residual, -100.0)
        self.assertEqual(self.vat_on(), 200.0)
        self.assertIn("Pay nothing out", request.money_note, "nobody but URSSAF has paid")

    def test_nothing_is_said_to_be_missing_where_nothing_is(self):
        """The household has paid its half after a bounced debit, as it was asked to; then URSSAF pays the other one."""
        request = self.sent()
        self.pay_by_hand(request.move_id, amount=600.0)
        self.pay(request, amount=600)
        self.assertEqual((request.move_id.payment_state, request.money_note), ('paid', False))

    def test_too_much_is_urssafs_also_where_the_invoice_takes_all_of_it(self):
        """The deposit that was declared is not in the books: URSSAF's 1,200 pay the whole invoice, 300 of them are too much."""
        request = self.sent()
        request.deposit_amount = 300.0
        self.assertEqual(request.amount_expected, 900.0)
        self.pay(request, amount=1200)
        self.assertEqual(request.move_id.payment_state, 'paid')
        self.assertIn("too much is URSSAF's", request.money_note)
        self.assertNotIn("missing", request.money_note)

    def test_no_amount_or_less_than_none(self):
        request, other = self.sent(), self.sent()
        self.pay(request, amount=-5)
        self.assertFalse(request.payment_ids)
        self.assertIn("not in the books", request.money_note)
        self.assertEqual(request.state, 'paid')
        self.pay(other, amount=0)
        self.assertFalse(other.payment_ids)
        self.assertIn("not in the books", other.money_note)

    def test_an_activity_says_what_to_do_until_somebody_has_looked(self):
        request = self.sent()
        self.pay(request, amount=1100)
        activity = request.move_id.activity_ids
        self.assertIn("money", activity.summary)
        self.assertIn("instead of", str(activity.note))
        with self.as_user() as env:
            request.with_env(env).action_money_seen()
        self.env.invalidate_all()
        self.assertFalse(request.money_note)
        self.assertFalse(request.move_id.activity_ids)
        self.refresh(request)
        self.assertFalse(request.money_note, "it is not told again")

    def test_paid_by_hand_before(self):
        """Somebody has registered URSSAF's transfer: nothing is lost, no second tax, and the cause is named."""
        request = self.sent()
        self.pay_by_hand(request.move_id, journal=self.bank)
        self.pay(request)
        payment = self.transfers(request)
        self.assertEqual(payment._urssaf_household_line().amount_residual, -1200.0)
        self.assertEqual(self.vat_on(), 200.0)
        self.assertIn("registered this transfer already", request.money_note)

    def test_another_amount_afterwards_books_nothing(self):
        request = self.sent()
        self.pay(request)
        self.pay(request, amount=900)
        self.assertEqual(self.transfers(request).amount, 1200.0)
        self.assertIn("now says", request.money_note)

    def test_a_closed_period(self):
        request = self.sent(invoice_date=self.days_ago(40))
        day = self.days_ago(20)
        self.company.fiscalyear_lock_date = self.days_ago(10)
        self.pay(request, day=day)
        payment = self.transfers(request)
        self.assertEqual((payment.date, payment.move_id.date), (self.days_ago(9), self.days_ago(9)))
        self.assertEqual(payment.urssaf_value_date, day)
        self.assertEqual(self.vat_by_day(), {self.days_ago(9): 200.0})

    def test_without_tax(self):
        request = self.sent(tax=False)
        self.pay(request)
        self.assertEqual(request.move_id.payment_state, 'paid')
        self.assertEqual(self.vat_by_day(), {})

    def test_what_cannot_be_booked_loses_no_status(self):
        request = self.sent()
        self.claim.reconcile = False
        self.pay(request)
        self.assertEqual((request.state, len(request.payment_ids)), ('paid', 0))
        self.assertIn("Allow Reconciliation", request.money_note)
        self.claim.reconcile = True
        with self.as_cron() as env:
            self.assertEqual(env['urssaf.payment.request']._book_due(), 0, "not at every run")
        request.booking_retry_at = '2020-01-01'
        with self.as_cron() as env:
            env['urssaf.payment.request']._book_due()
        self.env.invalidate_all()
        self.assertEqual(self.transfers(request).amount, 1200.0)
        self.assertFalse(request.money_note)

    def test_one_that_cannot_be_booked_stops_no_other(self):
        good, bad = self.sent(), self.sent()
        for request in good, bad:
            request.write({'state': 'paid', 'transfer_amount': 1200.0, 'transfer_date': self.days_ago(3)})
        bad.transfer_amount = 0.0
        with self.as_cron() as env:
            env['urssaf.payment.request']._book_due()
        self.env.invalidate_all()
        self.assertEqual((len(good.payment_ids), len(bad.payment_ids)), (1, 0))

    def test_many_at_once(self):
        """Told in one answer and booked together: each has its own payment, match and tax, as if it were alone."""
        requests = self.env['urssaf.payment.request']
        for number, amount in enumerate((1000.0, 250.0, 33.33)):
            request = self.sent(amount, invoice_date=self.days_ago(10))
            self.control(
                f'requests/{request.request_ref}/set_status',
                {
                    'code': '70',
                    'date': f'{self.days_ago(3 + number)}T00:00:00Z',
                    'amount': round(request.amount_total + 5 * (number == 2), 2),
                },
            )
            requests |= request
        reconciled = []
        plan = type(self.env['account.move.line'])._reconcile_plan

        def counted(lines, some):
            reconciled.append(len(some))
            return plan(lines, some)

        with patch.object(type(self.env['account.move.line']), '_reconcile_plan', counted):
            self.refresh(requests)
        self.assertIn(3, reconciled)
        for number, request in enumerate(requests):
            payment = self.transfers(request)
            self.assertEqual(
                (payment.amount, payment.date, payment.memo),
                (
                    round(request.amount_total + 5 * (number == 2), 2),
                    self.days_ago(3 + number),
                    f'{request.move_id.name} – {request.request_ref}',
                ),
            )
            self.assertEqual((request.payment_id, request.move_id.payment_state), (payment, 'paid'))
            self.assertEqual(request.move_id.matched_payment_ids, payment)
            self.assertEqual(bool(request.money_note), number == 2)
        self.assertEqual(self.vat_by_day(), {self.days_ago(3): 200.0, self.days_ago(4): 50.0, self.days_ago(5): 6.67})

    def test_ours_is_neither_deleted_nor_reset(self):
        request = self.sent()
        self.pay(request)
        payment = self.transfers(request)
        for act in (
            lambda one: one.action_draft(),
            lambda one: one.action_cancel(),
            lambda one: one.unlink(),
            lambda one: one.with_context(urssaf_unguarded=True).action_draft(),
            lambda one: one.move_id.button_draft(),
            lambda one: one.move_id.button_cancel(),
        ):
            with self.as_user(self.manager) as env, self.raises(UserError, "Undo the booking"):
                act(payment.with_env(env))

    def test_undo_and_book_again(self):
        request = self.sent()
        self.pay(request)
        payment = self.transfers(request)
        name = payment.name
        with self.as_user() as env, self.raises(AccessError):
            payment.with_env(env).action_urssaf_undo()
        with self.as_user(self.manager) as env:
            payment.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()
        self.assertEqual((payment.state, request.move_id.payment_state), ('canceled', 'not_paid'))
        self.assertEqual((self.balance(self.claim), self.vat_on()), (0.0, 0.0))
        self.refresh(request)
        self.assertEqual(len(request.payment_ids), 1, "not booked anew by itself")
        with self.as_user(self.manager) as env:
            payment.with_env(env).action_urssaf_book_again()
        self.env.invalidate_all()
        self.assertEqual((request.move_id.payment_state, payment.name, len(request.payment_ids)), ('paid', name, 1))
        self.assertEqual((self.balance(self.claim), self.vat_on()), (1200.0, 200.0))

    def test_the_payment_window_says_that_it_is_booked(self):
        request = self.sent()
        self.pay(request)
        level, message = request.move_id._urssaf_payment_warning()
        self.assertEqual(level, 'info')
        self.assertIn("is in the books", message)

    def test_a_second_company(self):
        second = self.make_provider("Second Prestataire")
        second.action_urssaf_setup_money()
        second.write(
            {'urssaf_register_payments': True, 'urssaf_payments_from': '2020-01-01', 'urssaf_book_trials': True}
        )
        user = self.make_user('autre', 'account.group_account_invoice', company=second)
        invoice = self.make_invoice(company=second)
        request = self.send(invoice, user, second)
        self.control(
            f'requests/{request.request_ref}/set_status', {'code': '70', 'date': f'{self.days_ago(3)}T00:00:00Z'}
        )
        with self.as_user(user, second) as env:
            request.with_env(env).action_refresh()
        self.env.invalidate_all()
        payment = self.transfers(request)
        self.assertEqual((payment.company_id, payment.journal_id), (second, second.urssaf_journal_id))
        self.assertEqual(self.balance(self.claim), 0.0)
        with self.as_user() as env, self.raises(AccessError):
            payment.with_env(env).read(['amount'])

    def test_a_branch(self):
        branch, request = self.paid_to_a_branch()
        payment = self.transfers(request)
        self.assertEqual((payment.company_id, payment.journal_id), (branch, self.journal))
        self.assertEqual(request.move_id.payment_state, 'paid')
