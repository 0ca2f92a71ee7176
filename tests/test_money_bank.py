from unittest.mock import patch

from odoo import Command
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

    # -- a bank line that is more than one thing ----------------------------------------------------

    def test_one_line_for_two_days(self):
        """What is matched already stays so: the second transfer takes what the first has left of the bank line."""
        first = self.transfer(self.paid(1200.0, day=self.days_ago(5)))
        second = self.transfer(self.paid(340.0, day=self.days_ago(6)))
        line = self.bank_line(1540.0)
        self.match(first, line, 'open')
        self.assertEqual((first.amount_open, line._urssaf_open_amount()), (0.0, 340.0))
        self.assertIn(line, second.candidate_ids)
        self.assertIn(self.shown(340.0), line.with_context(urssaf_bank_line=True).display_name)
        with self.as_user(self.accountant) as env:
            window = env['urssaf.transfer.match'].browse(second.with_env(env).action_open_match()['res_id'])
            self.assertEqual(
                (window.statement_line_id.id, window.amount_line, window.difference), (line.id, 340.0, 0.0)
            )
            window.action_confirm()
        self.env.invalidate_all()
        self.assertEqual((first.is_open, second.is_open, line.is_reconciled), (False, False, True))
        self.assertEqual((self.owed(), self.balance(self.claim)), (0.0, 0.0))
        with self.as_user(self.accountant) as env, self.raises(UserError, "matched already"):
            self.transfer(self.paid(5.0, day=self.days_ago(7))).with_env(env).action_match(line.id)

    def test_what_an_accountant_has_said_of_a_line_stays(self):
        transfer, line = self.transfer(self.paid(1200.0)), self.bank_line(1250.0)
        _liquidity, suspense, _other = line._seek_for_lines()
        fees = self.company_data['default_account_revenue']
        line.with_context(force_delete=True, skip_readonly_check=True).write(
            {
                'line_ids': [
                    Command.delete(suspense.id),
                    Command.create({'account_id': fees.id, 'balance': -50.0, 'name': "Autre chose"}),
                    Command.create({'account_id': suspense.account_id.id, 'balance': -1200.0}),
                ]
            }
        )
        self.match(transfer, line)
        self.assertEqual(line.line_ids.filtered(lambda one: one.account_id == fees).balance, -50.0)
        self.assertEqual((transfer.is_open, line.is_reconciled), (False, True))

    def test_a_line_net_of_what_is_taken_back(self):
        requests = self.paid(300.0)
        taken = self.take_back(requests, 20.0, self.days_ago(3)).urssaf_transfer_id
        transfer, line = (
            self.transfer(requests.payment_ids.filtered(lambda one: one.amount == 300.0).urssaf_request_id),
            (self.bank_line(280.0)),
        )
        transfer -= taken
        self.match(transfer, line, 'open')
        self.assertEqual(line._urssaf_open_amount(), -20.0)
        self.assertIn(line, taken.candidate_ids)
        self.match(taken, line)
        self.assertEqual((self.owed(), self.balance(self.claim), line.is_reconciled), (0.0, 0.0, True))

    def test_two_lines_for_one_day(self):
        """Too little money pays what it can; the rest stays with URSSAF, and a second line pays that."""
        requests = self.paid(1000.0, 200.0, 30.0)
        transfer = self.transfer(requests)
        self.match(transfer, self.bank_line(1100.0), 'owed')
        self.assertEqual((transfer.amount_received, transfer.amount_open, self.owed()), (1100.0, 130.0, 130.0))
        self.assertEqual(requests.mapped('amount_due_by_urssaf'), [0.0, 100.0, 30.0])
        self.assertEqual(self.balance(self.claim), 130.0)
        self.assertEqual(self.balance(self.bank.suspense_account_id), 0.0)
        self.match(transfer, self.bank_line(130.0))
        self.assertEqual((transfer.is_open, self.owed(), self.balance(self.claim)), (False, 0.0, 0.0))
        with self.as_user(self.accountant) as env:
            transfer.with_env(env).action_undo()
        self.env.invalidate_all()
        self.assertEqual((transfer.amount_open, self.balance(self.claim)), (1230.0, 1230.0))

    def test_two_debits_of_one_day(self):
        first, second = self.paid(1000.0, 400.0)
        for request, amount in ((first, 500.0), (second, 200.0)):
            self.take_back(request, amount, self.days_ago(3))
        taken = (first | second).payment_ids.filtered(lambda one: one.urssaf_kind == 'taken_back').urssaf_transfer_id
        self.match(taken, self.bank_line(-500.0), 'owed')
        self.assertEqual(taken.amount_open, -200.0)
        self.match(taken, self.bank_line(-200.0))
        self.assertEqual((taken.is_open, self.owed()), (False, 1400.0))

    def test_nothing_is_to_come_of_too_much(self):
        transfer, line = self.transfer(self.paid(100.0)), self.bank_line(110.0)
        with self.as_user(self.accountant) as env, self.raises(UserError, "choose another reason"):
            transfer.with_env(env).action_match(line.id, 'owed')

    def test_an_entry_that_is_matched_is_not_reset(self):
        """In draft it would leave the claim settled and the account not: what is owed would no longer be the balance."""
        transfer, line = self.transfer(self.paid(1200.0)), self.bank_line(1200.0)
        self.match(transfer, line)
        for act in ('button_draft', 'button_cancel'):
            with self.as_user(self.accountant) as env, self.raises(UserError, "undo that match first"):
                getattr(line.move_id.with_env(env), act)()
        self.env.invalidate_all()
        self.assertEqual((self.owed(), self.balance(self.claim)), (0.0, 0.0))
        with self.as_user(self.accountant) as env:
            transfer.with_env(env).action_undo()
        line.move_id.button_draft()
        self.assertNotIn(line, transfer.candidate_ids)
        # Matched with an entry that is no bank line's: the way out that is named is one.
        claim = transfer.payment_ids._urssaf_claim_line()
        entry = self.env['account.move'].create(
            {
                'line_ids': [
                    Command.create({'account_id': claim.account_id.id, 'balance': -1200.0}),
                    Command.create({'account_id': self.company_data['default_account_revenue'].id, 'balance': 1200.0}),
                ]
            }
        )
        entry.action_post()
        (claim + entry.line_ids[0]).reconcile()
        with self.as_user(self.accountant) as env, self.raises(UserError, "undo that match first"):
            entry.with_env(env).button_draft()
        with self.as_user(self.accountant) as env:
            transfer.with_env(env).action_undo()
        self.env.invalidate_all()
        self.assertEqual(transfer.amount_open, 1200.0)
        entry.button_draft()
        with self.as_user(self.accountant) as env, self.raises(UserError, "not posted"):
            transfer.with_env(env).action_match(line.id)

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

    def test_a_line_of_a_sister_branch(self):
        """Under one root, and of another contract: neither matched nor told about."""
        sister = self.env['res.company'].create({'name': "Agence voisine", 'parent_id': self.company.id})
        self.env.cr.precommit.run()
        self.setup_provider(sister, 'agence')
        bank = self.env['account.journal'].create(
            {'name': "Banque voisine", 'code': 'BQV', 'type': 'bank', 'company_id': sister.id}
        )
        line = self.bank_line(1200.0, journal=bank)
        transfer = self.transfer(self.paid(1200.0))
        self.assertNotIn(line, transfer.candidate_ids)
        with self.as_user(self.accountant) as env, self.raises(UserError, "of another company"):
            transfer.with_env(env).action_match(line.id)
        self.assertEqual(transfer.amount_open, 1200.0)

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

    def test_the_line_of_the_amount_is_found_among_many(self):
        transfer = self.transfer(self.paid(100.0, day=self.days_ago(9)))
        line = self.bank_line(100.0, day=self.days_ago(9))
        for day in range(3):  # Odoo's order has the latest first
            self.bank_line(90.0, day=self.days_ago(day))
        with patch('odoo.addons.l10n_fr_avance_immediate.models.money.urssaf_transfer.LOOKED_AT', 2):
            found = transfer._find_candidates()
        self.assertEqual((found[:1], len(found)), (line, 3))

    def test_too_little_money_pays_the_claim_of_just_that_amount(self):
        transfer = self.transfer(self.paid(120.0, 30.0))
        self.match(transfer, self.bank_line(30.0), 'owed')
        left = {payment.amount: payment.is_matched for payment in transfer.payment_ids}
        self.assertEqual(left, {120.0: False, 30.0: True})

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
