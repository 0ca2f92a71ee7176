import logging

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ...urssaf.dates import day_in_paris, today_in_paris
from ..request.urssaf_payment_request_states import MONEY_BACK_STATES, PAID_STATES

_logger = logging.getLogger(__name__)

# What another worker's change raises: the whole is tried again.
OTHER_WORKER = (SerializationFailure, DeadlockDetected, LockNotAvailable)
# How many hours a booking that could not be made waits for the next try: somebody mends an account meanwhile.
RETRY_HOURS = 12
# How many are booked in one transaction.
AT_ONCE = 10


class UrssafPaymentRequest(models.Model):
    """Status 70 becomes a payment: in the transaction of the status, on its value date, once for ever."""

    _inherit = 'urssaf.payment.request'

    @api.model
    def _apply_statuses(self, answers):
        # EXTENDS 'request'
        before = {
            request: (request.state, request.transfer_date, request.transfer_amount) for request, _item in answers
        }
        result = super()._apply_statuses(answers)
        self.browse().union(*before)._book_safely()
        for request, was in before.items():
            if (request.state, request.transfer_date, request.transfer_amount) != was:
                request._look_at_booked(was[0])
        return result

    def _look_at_booked(self, before):
        """Something has changed after the booking: nothing is booked by itself then, and a person is told.

        :param str before: the state until now
        """
        payment = self._booked_transfer()
        if not payment:
            if self._was_announced():
                self._tell_unbooked()
            elif self.state == 'recovered' and self.state != before and self._books_transfer_of(False):
                self._tell_recovered()
            elif before == 'paid' and self.state in MONEY_BACK_STATES and not self._ever_booked():
                self._tell_taken_back_by_hand()
            return
        if self.state in PAID_STATES and self.state != before and self.sudo().amount_taken_back:
            note = self.env._(
                "URSSAF says that the request is settled after all: what it had taken back comes from the customer, or from "
                "URSSAF once more. Nothing is booked by itself: register the money when it is there."
            )
            self._tell_money(note, note)
        elif self.state == 'paid':
            self._compare_with_booked(payment, before)
        elif self.state == 'recovered' and self.state != before:
            self._tell_recovered()
        elif self.state != before and self.state in MONEY_BACK_STATES and self._amount_to_take_back():
            note = self.env._(
                "URSSAF has paid %(paid)s for this invoice and now says “%(state)s”: it takes back %(amount)s, it seems. When the "
                "bank shows it, book it with “Taken back by URSSAF” on the request: that part of the invoice is open again then.",
                paid=self.currency_id.format(payment.amount),
                state=self._state_label(),
                amount=self.currency_id.format(self._amount_to_take_back()),
            )
            self._tell_money(note, note)

    def _tell_taken_back_by_hand(self):
        """What URSSAF had paid was not booked by itself, and so is not what it takes back. Does not commit."""
        note = self.env._(
            "URSSAF had paid this invoice and now says “%s”: it takes money back. Its payments of this invoice are not booked by "
            "themselves: when the bank shows what is gone, take that off the payment of the invoice by hand.",
            self._state_label(),
        )
        self._tell_money(note, note)

    def _tell_recovered(self):
        """The unpaid share counts as recovered by the provider (CONTRACT §9): its money is registered by a person, and what
        URSSAF has paid may go back. Does not commit.
        """
        words = {
            'customer': self.partner_id.name,
            'open': self.currency_id.format(self.move_id.amount_residual),
            'half': self.currency_id.format(self._amount_to_take_back()),
        }
        if self._booked_transfer():
            note = self.env._(
                "The share of %(customer)s counts as recovered by you, and URSSAF may take %(half)s back. When the bank shows that, book "
                "it with “Taken back by URSSAF” on the request, then register what %(customer)s has paid you.",
                **words,
            )
        elif self.currency_id.compare_amounts(self.move_id.amount_residual, 0.0) > 0:
            note = self.env._(
                "The share of %(customer)s counts as recovered by you, and %(open)s is open on the invoice: register what %(customer)s "
                "has paid you, and what the bank shows of URSSAF.",
                **words,
            )
        else:
            return
        self._tell_money(note, note)

    def _sync_steps(self):
        # EXTENDS 'request': what was paid for a day to come, and what could not be booked when it was told
        return [*super()._sync_steps(), self._book_due]

    @api.model
    def _book_due(self, limit=50):
        """Book what has been paid and is not in the books. Commits.

        :param int limit: how many at most
        :return: how many were handled; 0 when nothing is due
        """
        self._commit()  # a fresh snapshot
        now = fields.Datetime.now()
        due = self.search(
            Domain(
                [
                    ('state', '=', 'paid'),
                    ('payment_id', '=', False),
                    '|',
                    ('transfer_date', '=', False),
                    ('transfer_date', '<=', today_in_paris()),
                    '|',
                    ('booking_retry_at', '=', False),
                    ('booking_retry_at', '<=', now),
                ]
            )
            & self.env['res.company']._urssaf_booking_domain(),
            order='transfer_date, id',
            limit=limit,
        )
        for start in range(0, len(due), AT_ONCE):
            due[start : start + AT_ONCE]._write_apart(type(self)._book_safely, type(self)._book_later)
        due._notify()
        # One that is still due would be taken again and again: it is for the next run.
        return len(due.filtered(lambda one: one.payment_id or (one.booking_retry_at and one.booking_retry_at > now)))

    def _book_later(self):
        self.booking_retry_at = fields.Datetime.add(fields.Datetime.now(), hours=RETRY_HOURS)

    def _book_safely(self):
        """Book what is paid; what keeps it from being booked is told, and never loses the status. Does not commit.

        What the database refuses because another worker was there first goes through: the whole is tried again. Many are booked
        together, which costs half; where one of them cannot be, each by itself.
        """
        to_book = self.filtered(lambda request: request._is_to_book())
        without = to_book.filtered(lambda request: not request._names_an_amount())
        without |= self.filtered(lambda request: request._names_no_day())
        for request in map(type(self)._localized, without):
            request._ask_for_transfer()
        to_book -= without
        if len(to_book) > 1:
            try:
                with self.env.cr.savepoint():
                    to_book._book()
                return
            except (*OTHER_WORKER, LockError):
                raise
            except Exception as error:
                _logger.info(
                    "The transfers for requests %s are booked one by one",
                    to_book.ids,
                    exc_info=not isinstance(error, UserError),
                )
        for request in map(type(self)._localized, to_book):
            try:
                with self.env.cr.savepoint():
                    request._book()
            except (*OTHER_WORKER, LockError):
                raise
            except UserError as error:
                request._keep_unbooked(str(error))
            except Exception:
                _logger.exception("The transfer for request %s could not be booked", request.id)
                request._keep_unbooked(
                    request.env._(
                        "The transfer could not be booked. The administrator finds the cause in the log of Odoo."
                    )
                )

    def _keep_unbooked(self, sentence):
        self._book_later()
        note = self.env._("URSSAF's transfer is not in the books: %s", sentence)
        if note not in (self.money_note, self.money_told):
            self.money_told = note
            self._tell_money(note, note)

    def _is_to_book(self):
        """Whether URSSAF has paid this request, on a day that has come, and its company books that: most answers are about no such
        thing.
        """
        self.ensure_one()
        return (
            self.state == 'paid'
            and self.transfer_date
            and self._books_transfer_of(self.transfer_date)
            and self.transfer_date <= today_in_paris()
        )

    def _names_no_day(self):
        """Whether URSSAF says that it has paid this request, and its transfer has no day, or none any more (CONTRACT §1.8)."""
        self.ensure_one()
        return (
            self.state == 'paid'
            and not self.transfer_date
            and self._books_transfer_of(day_in_paris(self.state_since))
            and not self._ever_booked()
        )

    def _books_transfer_of(self, day):
        """Whether its company books what URSSAF transfers with this value date; a day that is not known yet is one to come.

        :param date day: may be False
        """
        company = self.company_id
        return company._urssaf_books(self.environment) and (not day or company.sudo().urssaf_payments_from <= day)

    def _book(self):
        """Book the transfers of requests that are to be booked, once for ever. Does not commit.

        :raises UserError: when something must be mended first
        """
        self.lock_for_update(allow_referencing=True)
        to_book = self.browse()
        for request in self:
            if request._ever_booked():
                continue
            if blocker := request.company_id._urssaf_money_blocker():
                raise UserError(blocker)
            to_book |= request
        before = {request: request.move_id.amount_residual for request in to_book}
        payments = to_book._make_transfers()
        to_book._match_transfer(payments)
        for payment in payments:
            request = (to_book & payment.urssaf_request_id.with_env(self.env))._localized()
            request.sudo().write({'payment_id': payment.id, 'booking_retry_at': False, 'money_told': False})
            request._tell_money(
                request.env._(
                    "booked as %(payment)s on %(day)s",
                    payment=payment.name,
                    day=format_date(request.env, payment.date),
                ),
                request._difference_note(payment, before[request]),
            )

    def _names_an_amount(self):
        return self.currency_id.compare_amounts(self.transfer_amount, 0.0) > 0

    def _ever_booked(self):
        """Whether the transfer was booked: once for ever, also where somebody has undone it."""
        return bool(self.sudo().payment_ids.filtered(lambda payment: payment.urssaf_kind == 'transfer'))

    def _ask_for_transfer(self):
        """Paid, says URSSAF, and names no day, no amount, or one that is none: it is asked again twice a day, and what it names
        then is booked. A day after the money should be there a person is told.
        """
        if self._ever_booked():
            return
        self._book_later()
        if self.next_poll_at:
            self.next_poll_at = min(self.next_poll_at, self.booking_retry_at)
        if self.currency_id.compare_amounts(self.transfer_amount, 0.0) < 0:
            self._keep_unbooked(
                self.env._(
                    "URSSAF says that it has paid, and the amount it names is %s. It is asked twice a day, and its transfer is booked "
                    "when it names another one: do not register it by hand. Look at the request on URSSAF's site.",
                    self.currency_id.format(self.transfer_amount),
                )
            )
        elif fields.Date.add(self._transfer_expected_on(), days=1) > today_in_paris():
            return
        elif not self.transfer_date:
            self._keep_unbooked(
                self.env._(
                    "URSSAF says that it has paid, and names no day. It is asked twice a day, and its transfer is booked when it "
                    "does: do not register it by hand. If that takes days, look at the request on URSSAF's site."
                )
            )
        else:
            self._keep_unbooked(
                self.env._(
                    "URSSAF says that it has paid, and names no amount. It is asked twice a day, and its transfer is booked when "
                    "it does: do not register it by hand. If that takes days, look at the request on URSSAF's site."
                )
            )

    def _make_transfers(self):
        """The payments of these requests, posted.

        :rtype: account.payment
        """
        payments = self.env['account.payment'].sudo()
        for company, requests in self.grouped(lambda request: request.move_id.sudo().company_id).items():
            values = [
                request._payment_values(
                    'inbound',
                    'transfer',
                    amount=request.transfer_amount,
                    date=company._urssaf_open_day(request.transfer_date, request.company_id.sudo().urssaf_journal_id),
                    value_date=request.transfer_date,
                    destination=request.move_id.sudo()._urssaf_receivable_lines().account_id[:1],
                )
                for request in requests
            ]
            made = payments.with_company(company).create(values)
            made.action_post()
            payments |= made
        return payments

    def _payment_values(self, payment_type, kind, amount, date, value_date, destination):
        """A payment of this request's household in URSSAF's journal.

        :param str payment_type: ``inbound`` or ``outbound``
        :param str kind: see ``account.payment.urssaf_kind``
        :param float amount: euros
        :param date date: of the entry
        :param date value_date: when the money moved
        :param account.account destination: the invoice's own receivable account: the customer's may have changed since
        :rtype: dict
        """
        move = self.move_id.sudo()
        journal = self.company_id.sudo().urssaf_journal_id
        return {
            'payment_type': payment_type,
            'partner_type': 'customer',
            'partner_id': move.commercial_partner_id.id,
            'journal_id': journal.id,
            'payment_method_line_id': journal._urssaf_method_line(payment_type).id,
            'amount': amount,
            'currency_id': self.currency_id.id,
            'date': date,
            'company_id': move.company_id.id,
            'destination_account_id': destination.id,
            'memo': ' – '.join(filter(None, (move.name, self.request_ref))),
            'urssaf_request_id': self.id,
            'urssaf_kind': kind,
            'urssaf_value_date': value_date,
            'urssaf_transfer_id': self.env['urssaf.transfer']._of(self.company_id, value_date, kind).id,
        }

    def _told_now(self):
        """Values of the payment by which URSSAF's word of today differs from what was booked; none when it names no transfer
        whose day has come.

        :rtype: dict
        """
        if self.state != 'paid' or not self._names_an_amount():
            return {}
        if not self.transfer_date:
            return {'amount': self.transfer_amount}
        if self.transfer_date > today_in_paris():
            return {}
        return {
            'amount': self.transfer_amount,
            'urssaf_value_date': self.transfer_date,
            'urssaf_transfer_id': self.env['urssaf.transfer']._of(self.company_id, self.transfer_date, 'transfer').id,
        }

    def _match_transfer(self, payments):
        """Match posted payments, each with what is open on its invoice; what is too much stays open on the household's account.

        :param account.payment payments: in sudo
        """
        for company, some in payments.grouped('company_id').items():
            plan = []
            for payment in some:
                move = payment.urssaf_request_id.move_id
                lines = payment._urssaf_household_line() + move._urssaf_receivable_lines()
                lines = lines.filtered(lambda line: not line.reconciled and line.parent_state == 'posted')
                if len(lines.account_id) == 1 and len(lines) > 1:
                    plan.append(lines)
            if plan:
                self.env['account.move.line'].sudo().with_company(company)._reconcile_plan(plan)
            for payment in some:
                # What Odoo's own window does: button and list of payments on the invoice.
                payment.urssaf_request_id.move_id.with_company(company).matched_payment_ids += payment

    def _undo_transfer(self, payment):
        """Take a transfer from the invoice that it pays: its tax goes as it had come. Does not commit; the payment is cancelled
        by the caller.

        :param account.payment payment: in sudo
        """
        line, label = payment._urssaf_household_line(), self.env._("Booking undone: %s", self.move_id.name)
        self._take_apart(line.matched_debit_ids | line.matched_credit_ids, label)
        # Also the tax entries that a take-back, undone since, had moved to its own day.
        moved = self.env['account.move'].sudo().search([('urssaf_tax_payment_id', '=', payment.id)])
        self._reverse_tax(moved, label)
        moved.urssaf_tax_payment_id = False

    def _difference_note(self, payment, before):
        """What somebody has to look at, when the transfer is not what was still open on the invoice.

        :param account.payment payment: what was booked
        :param float before: what was open on the invoice, euros
        :return: a sentence; empty when all is as expected
        """
        amounts = {
            'amount': self.currency_id.format(payment.amount),
            'expected': self.currency_id.format(self.amount_expected),
            'open': self.currency_id.format(before),
            'customer': self.partner_id.name,
        }
        if self.currency_id.compare_amounts(payment.amount, before) > 0:
            credited, _eligible = self.move_id._urssaf_credited()
            if self.currency_id.compare_amounts(credited, 0.0) > 0:
                return self.env._(
                    "URSSAF has paid %(amount)s, and only %(open)s was open on the invoice, after credit notes of %(credited)s: the "
                    "rest stays open on the account of %(customer)s. URSSAF knows no credit notes: press “Ask for cancellation” on "
                    "the request, and pay nothing back before its answer.",
                    credited=self.currency_id.format(credited),
                    **amounts,
                )
            if self.currency_id.compare_amounts(before, self.amount_expected) >= 0:
                return self.env._(
                    "URSSAF has paid %(amount)s instead of %(expected)s: the rest stays open on the account of %(customer)s, and is "
                    "URSSAF's. Pay nothing out: look at the request on URSSAF's site, and book it with “Taken back by URSSAF” "
                    "when the bank shows that.",
                    **amounts,
                )
            return self.env._(
                "URSSAF has paid %(amount)s, and only %(open)s was open on the invoice: the rest stays open on the account of "
                "%(customer)s. Either somebody has registered this transfer already (by hand, or on the bank line): undo that, "
                "then match the bank line with URSSAF's transfer; or the customer has paid as well: pay it back to them.",
                **amounts,
            )
        if self.currency_id.compare_amounts(payment.amount, self.amount_expected) > 0:
            return self.env._(
                "URSSAF has paid %(amount)s instead of %(expected)s, and all of it pays the invoice: what is too much is URSSAF's. "
                "Look at the request on URSSAF's site, and book it with “Taken back by URSSAF” when the bank shows that.",
                **amounts,
            )
        is_less = self.currency_id.compare_amounts(payment.amount, self.amount_expected) < 0
        if is_less and self.currency_id.compare_amounts(payment.amount, before) < 0:
            return self.env._(
                "URSSAF has paid %(amount)s instead of %(expected)s: what is missing stays open on the invoice. Look at the "
                "request on URSSAF's site.",
                **amounts,
            )
        return ''

    def _compare_with_booked(self, payment, before):
        """URSSAF may tell another amount or day afterwards: that is never booked.

        :param account.payment payment: in sudo
        :param str before: the state until now
        """
        same_amount = not self.currency_id.compare_amounts(payment.amount, self.transfer_amount)
        day = self.transfer_date or payment.urssaf_value_date  # one that is not named again is no other one
        if not self.transfer_amount or (same_amount and payment.urssaf_value_date == day):
            if before in MONEY_BACK_STATES and self.money_note:  # paid after all, and nothing was taken back
                self._tell_money(self.env._("URSSAF takes nothing back after all."), '')
            return
        note = self.env._(
            "URSSAF now says %(amount)s on %(day)s, and %(booked)s on %(before)s is booked: nothing was changed. Look at the "
            "request on URSSAF's site and at your bank; where URSSAF is right, an accounting administrator presses “Undo the "
            "booking” on the payment, then “Book again”: that books what URSSAF says now.",
            amount=self.currency_id.format(self.transfer_amount),
            day=format_date(self.env, day),
            booked=self.currency_id.format(payment.amount),
            before=format_date(self.env, payment.urssaf_value_date),
        )
        self._tell_money(note, note)
