from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyBank(MoneyCommon):
    """URSSAF's transfers meet the bank: one line pays many invoices, a difference is said, all can be undone."""

    def paid(self, *amounts, day=None):
        requests = self.env['urssaf.payment.request']
        for amount in amounts:
            request = self.sent(amount, tax=False)
            self.pay(request, day=day or self.days_ago(5))
            requests |= request
        return requests

    def transfer(self, requests):
        return requests.payment_ids.urssaf_transfer_id

    def match(self, transfer, line, gap=None, user=None):
        with self.as_user(user or self.accountant) as env:
            transfer.with_env(env).action_match(line.with_env(env), gap)
        self.env.invalidate_all()

    def owed(self):
        lines = self.env['account.move.line'].search([('urssaf_is_claim', '=', True)])
        return self.company.currency_id.round(sum(lines.mapped('amount_residual')))

    def test_bank_lines_are_told_by_day_amount_and_label(self):
        line = self.bank_line(1540.0, label="VIR URSSAF RHONE")
        shown = line.with_context(urssaf_bank_line=True).display_name
        for words in (self.shown(1540.0), "VIR URSSAF RHONE"):
            self.assertIn(words, shown)
        self.assertNotIn("VIR URSSAF", line.display_name, "elsewhere as ever")

    def test_three_invoices_and_one_line(self):
        requests = self.paid(1200.0, 300.0, 40.0)
        transfer = self.transfer(requests)
        self.assertEqual((len(transfer), transfer.amount_expected, transfer.amount_received), (1, 1540.0, 0.0))
        self.assertEqual(self.owed(), 1540.0)
        line = self.bank_line(1540.0)
        self.assertEqual(transfer.candidate_ids[:1], line)
        self.match(transfer, line)
        self.assertTrue(line.is_reconciled)
        self.assertTrue(all(requests.payment_ids.mapped('is_matched')))
        self.assertEqual((transfer.amount_received, transfer.is_open, self.owed()), (1540.0, False, 0.0))
        self.assertEqual(self.balance(self.claim), 0.0)
        self.assertEqual(set(requests.mapped('amount_due_by_urssaf')), {0.0})
        with self.as_user(self.accountant) as env:
            transfer.with_env(env).action_undo()
        self.env.invalidate_all()
        self.assertEqual((transfer.amount_received, self.owed(), line.is_reconciled), (0.0, 1540.0, False))
        self.match(transfer, line)
        self.assertEqual(self.owed(), 0.0)

    def test_what_is_owed_is_the_balance_of_the_accounts(self):
        requests = self.paid(100.0, 50.0, 25.5)
        self.take_back(requests[0], 20.0)
        self.assertEqual(self.owed(), 155.5)
        self.assertEqual(self.owed(), self.balance(self.env['account.payment']._urssaf_claim_accounts()))
        groups = self.env['account.move.line']._read_group(
            [('urssaf_is_claim', '=', True)], ['partner_id'], ['amount_residual:sum']
        )
        self.assertEqual(groups, [(self.company.urssaf_partner_id, 155.5)])

    def test_cents(self):
        for amount, account in ((99.88, '658'), (100.07, '758')):
            requests = self.paid(100.0, day=self.days_ago(int(amount)))
            line = self.bank_line(amount, day=self.days_ago(int(amount)))
            transfer = self.transfer(requests)
            with self.as_user(self.accountant) as env, self.raises(UserError, "Say what it is"):
                transfer.with_env(env).action_match(line.with_env(env))
            self.match(transfer, line, 'rounding')
            self.assertEqual(transfer.amount_open, 0.0)
            codes = line.line_ids.account_id.with_company(self.company).mapped('code')
            self.assertTrue(any(code.startswith(account) for code in codes), codes)
            self.assertEqual(self.balance(self.claim), 0.0)

    def test_too_much_for_cents(self):
        transfer, line = self.transfer(self.paid(100.0)), self.bank_line(90.0)
        with self.as_user(self.accountant) as env, self.raises(UserError, "more than a difference of cents"):
            transfer.with_env(env).action_match(line.id, 'rounding')

    def test_contributions_kept(self):
        transfer = self.transfer(self.paid(1200.0))
        line = self.bank_line(1100.0)
        self.match(transfer, line, 'contributions')
        kept = line.line_ids.filtered(lambda one: one.balance == 100.0)
        self.assertTrue(kept.account_id.with_company(self.company).code.startswith('431'))
        self.assertEqual((self.balance(self.claim), line.is_reconciled), (0.0, True))

    def test_left_open(self):
        transfer = self.transfer(self.paid(1200.0))
        line = self.bank_line(1100.0)
        self.match(transfer, line, 'open')
        self.assertEqual((transfer.amount_open, line.is_reconciled), (0.0, False))
        self.assertEqual(self.balance(self.bank.suspense_account_id), 100.0)

    def test_taken_back_on_another_account(self):
        requests = self.paid(1200.0)
        other = self.env['account.journal'].create({'name': "Autre banque", 'code': 'BQ2', 'type': 'bank'})
        back = self.take_back(requests, 600.0, self.days_ago(3))
        taken = back.urssaf_transfer_id
        self.assertEqual((taken.kind, taken.amount_expected), ('taken_back', -600.0))
        line = self.bank_line(-600.0, journal=other)
        self.assertEqual(taken.candidate_ids, line)
        self.match(taken, line)
        self.assertEqual((self.owed(), taken.is_open), (1200.0, False))

    def test_lines_that_cannot_be_it(self):
        transfer = self.transfer(self.paid(100.0))
        used = self.bank_line(100.0)
        self.match(self.transfer(self.paid(100.0, day=self.days_ago(6))), used)
        stranger = self.make_provider("Second Prestataire")
        bank = self.env['account.journal'].search([('company_id', '=', stranger.id), ('type', '=', 'bank')], limit=1)
        for line, words in (
            (used, "matched already"),
            (self.bank_line(-100.0), "the other way"),
            (self.bank_line(100.0, journal=bank), "of another company"),
        ):
            with self.as_user(self.accountant) as env, self.raises(UserError, words):
                transfer.with_env(env).action_match(line.id)
        self.env.invalidate_all()
        self.assertEqual(transfer.amount_open, 100.0)

    def test_who_may(self):
        transfer, line = self.transfer(self.paid(100.0)), self.bank_line(100.0)
        for user in (self.invoicing_user, self.reader, self.plain_user):
            with self.as_user(user) as env, self.raises(AccessError):
                transfer.with_env(env).action_match(line.id)
        stranger = self.make_provider("Second Prestataire")
        user = self.make_user('etranger', 'account.group_account_user', company=stranger)
        with self.as_user(user, stranger) as env, self.raises(AccessError):
            transfer.with_env(env).action_match(line.id)

    def test_the_window_proposes_what_fits(self):
        transfer = self.transfer(self.paid(100.0))
        self.bank_line(99.0)
        line = self.bank_line(100.0)
        self.bank_line(100.0, day=self.days_ago(60))
        with self.as_user(self.accountant) as env:
            window = env['urssaf.transfer.match'].browse(transfer.with_env(env).action_open_match()['res_id'])
            self.assertEqual(window.statement_line_id.id, line.id)
            self.assertEqual(len(window.candidate_ids), 2)
            with Form(window) as form:
                form.days = 90
                self.assertEqual(form.difference, 0.0)
            self.assertEqual(len(window.candidate_ids), 3)
            window.action_confirm()
        self.env.invalidate_all()
        self.assertEqual(self.owed(), 0.0)

    def test_two_lines_of_the_same_day_and_amount(self):
        first = self.transfer(self.paid(100.0, day=self.days_ago(5)))
        second = self.transfer(self.paid(100.0, day=self.days_ago(6)))
        lines = [self.bank_line(100.0), self.bank_line(100.0)]
        for transfer, line in zip((first, second), lines, strict=True):
            self.match(transfer, line)
        self.assertEqual(self.owed(), 0.0)

    def test_what_is_matched_is_not_undone_by_the_booking(self):
        requests = self.paid(100.0)
        self.match(self.transfer(requests), self.bank_line(100.0))
        with self.as_user(self.manager) as env, self.raises(UserError, "matched with the bank"):
            requests.payment_ids.with_env(env).action_urssaf_undo()
