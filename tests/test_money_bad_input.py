from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyBadInput(MoneyCommon):
    """What the books of a company can be like: a sentence with the remedy, and nothing half-booked."""

    def matched(self, transfer, line):
        with self.as_user(self.accountant) as env:
            transfer.with_env(env).action_match(line.id)
        self.env.invalidate_all()

    def told_when_paid(self, words):
        """URSSAF pays: the status is kept, nothing is booked, and the sentence says what to mend."""
        request = self.sent()
        self.pay(request)
        self.assertEqual(
            (request.state, len(request.payment_ids), request.move_id.payment_state), ('paid', 0, 'not_paid')
        )
        self.assertIn(words, request.money_note)
        self.assertEqual(self.balance(self.claim), 0.0)
        return request

    # -- what was set up ----------------------------------------------------------------------------

    def test_a_company_without_a_bank_journal(self):
        """The setup makes a journal of its own; there is no bank line to be matched, and the window says so."""
        self.env['account.journal'].search([('company_id', '=', self.company.id), ('type', '=', 'bank')]).filtered(
            lambda journal: journal != self.journal
        ).active = False
        self.company.action_urssaf_setup_money()
        request = self.sent()
        self.pay(request)
        transfer = request.payment_ids.urssaf_transfer_id
        self.assertFalse(transfer.candidate_ids)
        with self.as_user(self.accountant) as env:
            window = env['urssaf.transfer.match'].browse(transfer.with_env(env).action_open_match()['res_id'])
            self.assertFalse(window.statement_line_id)
            with self.raises(UserError, "of another company"):
                window.action_confirm()
        self.assertEqual(transfer.amount_open, 1200.0)

    def test_a_claim_account_that_cannot_be_one(self):
        self.claim.active = False
        self.told_when_paid("is archived")
        self.claim.active = True
        self.claim.reconcile = False
        self.told_when_paid("Allow Reconciliation")

    def test_a_journal_that_is_archived(self):
        self.journal.active = False
        self.told_when_paid("is archived, of another company")

    def test_a_journal_of_another_company(self):
        other = self.make_provider("Second Prestataire")
        other.action_urssaf_setup_money()
        with self.raises(UserError, "of another company"), self.env.cr.savepoint():
            self.company.urssaf_journal_id = other.urssaf_journal_id
        self.env.invalidate_all()
        self.assertEqual(self.company.urssaf_journal_id, self.journal)

    def test_an_account_of_another_company(self):
        other = self.make_provider("Second Prestataire")
        other.action_urssaf_setup_money()
        self.journal.inbound_payment_method_line_ids.payment_account_id = other._urssaf_claim_account()
        self.told_when_paid("give the payment methods")

    def test_switched_on_without_a_day(self):
        self.company.urssaf_register_payments = False
        self.company.urssaf_payments_from = False
        with self.raises(UserError, "first value date"):
            self.company.urssaf_register_payments = True

    # -- closed -------------------------------------------------------------------------------------

    def test_each_lock(self):
        """A fiscal or hard lock moves the entry, its tax and the take-back to the first open day; a lock of sales moves nothing."""
        for lock, is_moved in (
            ('fiscalyear_lock_date', True),
            ('sale_lock_date', False),
            ('hard_lock_date', True),  # the last: it is not taken back any more
        ):
            request = self.sent(invoice_date=self.days_ago(40))
            before = self.vat_by_day()
            self.company[lock] = self.days_ago(10)
            self.pay(request, day=self.days_ago(20))
            day = self.days_ago(9 if is_moved else 20)
            payment = self.transfers(request)
            self.assertEqual((payment.date, payment.move_id.date), (day, day), lock)
            self.assertEqual(payment.urssaf_value_date, self.days_ago(20), lock)
            back = self.take_back(request, 600.0, self.days_ago(15))
            moved = self.days_ago(9 if is_moved else 15)
            self.assertEqual((back.date, back.move_id.date), (moved, moved), lock)
            now = self.vat_by_day()
            self.assertEqual(
                {on: round(now.get(on, 0.0) - before.get(on, 0.0), 2) for on in {day, moved}},
                {day: 100.0} if day == moved else {day: 200.0, moved: -100.0},
                lock,
            )
            if lock != 'hard_lock_date':
                self.company[lock] = False

    def test_a_journal_whose_entries_are_secured(self):
        """It books and takes back as ever; what is secured is not undone, and that is said with the way out."""
        self.journal.restrict_mode_hash_table = True
        request = self.sent()
        self.pay(request)
        self.take_back(request, 600.0)
        self.assertEqual((request.move_id.amount_residual, self.balance(self.claim)), (600.0, 600.0))
        back = request.payment_ids.filtered(lambda payment: payment.urssaf_kind == 'taken_back')
        self.assertTrue(back.move_id.inalterable_hash)
        with self.as_user(self.manager) as env, self.raises(UserError, "its entry is secured"):
            back.with_env(env).action_urssaf_undo()
        self.env.invalidate_all()
        self.assertEqual((request.amount_taken_back, request.move_id.amount_residual), (600.0, 600.0))

    # -- the bank line ------------------------------------------------------------------------------

    def test_a_bank_line_in_another_currency(self):
        request = self.sent()
        self.pay(request)
        transfer = request.payment_ids.urssaf_transfer_id
        dollars = self.env.ref('base.USD')
        dollars.active = True
        abroad = self.env['account.journal'].create(
            {'name': "Banque en dollars", 'code': 'USD', 'type': 'bank', 'currency_id': dollars.id}
        )
        exchanged = self.bank_line(1200.0)
        exchanged.write({'foreign_currency_id': dollars.id, 'amount_currency': 1300.0})
        for line in (self.bank_line(1200.0, journal=abroad), exchanged):
            with self.raises(UserError, "in another currency"):
                self.matched(transfer, line)
        self.assertEqual((transfer.amount_open, self.balance(self.claim)), (1200.0, 1200.0))

    def test_a_bank_line_that_is_not_there_any_more(self):
        request = self.sent()
        self.pay(request)
        transfer, line = request.payment_ids.urssaf_transfer_id, self.bank_line(1200.0)
        gone = line.id
        line.unlink()
        with self.as_user(self.accountant) as env, self.raises(UserError):
            transfer.with_env(env).action_match(gone)
        self.assertEqual(transfer.amount_open, 1200.0)
