import logging
import time

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import format_date

from ...urssaf import builder, payloads, rules
from ...urssaf.dates import day_in_paris
from .account_move_line import to_decimal
from .urssaf_payment_request import Step

_logger = logging.getLogger(__name__)

# An invoice of the first days of a month is mostly about the month before.
FIRST_DAYS = 10

LOCK_TRIES = 20
LOCK_PAUSE = 0.15  # seconds


class AccountMove(models.Model):
    """From an invoice to a request: may it, is it right, freeze it (DESIGN §3.1, §3.2)."""

    _inherit = 'account.move'

    # -- what is filled in ------------------------------------------------------------------------

    def _urssaf_main_nature(self):
        """The type of service shown for the whole invoice: that of the lines with the highest amount."""
        self.ensure_one()
        amounts = {}
        for line in self._urssaf_service_lines():
            nature = line._urssaf_nature()
            amounts[nature] = amounts.get(nature, 0.0) + line.price_total
        return max(amounts, key=amounts.get) if amounts else self.urssaf_nature_id

    def _urssaf_overrides(self, nature):
        """Whether a type chosen for the whole invoice is for all its lines: another one than the one shown. Where none is shown,
        it is for the lines that have none.

        :param nature: a record of ``urssaf.nature``; may be empty
        :rtype: bool
        """
        shown = self._urssaf_main_nature()
        return bool(nature and shown) and nature != shown

    def _urssaf_choose_nature(self, nature):
        """Apply a type chosen for the whole invoice. Leaving the one that is shown changes no line."""
        self.ensure_one()
        overrides = self._urssaf_overrides(nature)
        if self.urssaf_nature_id != nature:
            self.urssaf_nature_id = nature
        if overrides:
            self._urssaf_service_lines().filtered(
                lambda line: line._urssaf_nature() != nature
            ).urssaf_nature_id = nature

    def _urssaf_default_period(self):
        """First and last day of service: the invoice's own, its lines', its delivery date's, else the month so far.

        :return: two dates, or two False when the invoice has no date
        """
        self.ensure_one()
        if self.urssaf_date_start or self.urssaf_date_end:
            return self.urssaf_date_start or self.urssaf_date_end, self.urssaf_date_end or self.urssaf_date_start
        lines = self._urssaf_service_lines()
        days = [day for line in lines for day in (line.urssaf_date_start, line.urssaf_date_end) if day]
        if days:
            return min(days), max(days)
        last = self.delivery_date or self.invoice_date
        if not last:
            return False, False
        first = last if self.delivery_date else last.replace(day=1)
        activated_at = self._urssaf_registration().activated_at
        if activated_at and first <= activated_at.date() < last:
            first = fields.Date.add(activated_at.date(), days=1)
        return first, last

    def _urssaf_period_is_guessed(self):
        """Whether nobody has said when the services were: neither the invoice, nor its lines, nor a day of delivery."""
        self.ensure_one()
        lines = self._urssaf_service_lines()
        dates = [self.delivery_date, self.urssaf_date_start, self.urssaf_date_end]
        return not any(dates + lines.mapped('urssaf_date_start') + lines.mapped('urssaf_date_end'))

    def _urssaf_guess_sentence(self, date_start, date_end):
        """Said where nobody has entered the days of service, and those taken from the invoice date are probably not theirs.

        :param date date_start: first day of service, as it would leave
        :param date date_end: last day of service
        :return: in the user's language; empty where somebody has chosen the days, or they are likely right
        :rtype: str
        """
        self.ensure_one()
        day = self.invoice_date
        if not day or day.day > FIRST_DAYS or not self._urssaf_period_is_guessed():
            return ''
        if (date_start, date_end) != self._urssaf_default_period():
            return ''
        return self.env._(
            "The days are taken from the invoice date (%s): if the services were in the month before, enter their days.",
            format_date(self.env, day),
        )

    def _urssaf_default_deposit(self):
        """Amount in euros and day of what the customer has already paid on this invoice."""
        self.ensure_one()
        if self.urssaf_deposit_amount:
            return self.urssaf_deposit_amount, self.urssaf_deposit_date
        paid = self._urssaf_amount_paid()
        if not paid:
            return 0.0, False
        return paid, max(self._urssaf_paid_days(), default=False)

    def _urssaf_number(self):
        """numFactureTiers: the invoice's number as it is (DESIGN §2.3)."""
        self.ensure_one()
        number = self.name or ''
        if self.env['ir.config_parameter']._urssaf_switch('plain_invoice_numbers'):
            number = ''.join(char if char.isalnum() and char.isascii() or char == '-' else '-' for char in number)
        return number

    # -- is it right? -----------------------------------------------------------------------------

    def _urssaf_prepare(
        self, nature, date_start, date_end, deposit_amount=0.0, deposit_date=False, number_blockers=None
    ):
        """Build and check the request for these values; writes nothing, calls nobody.

        :param nature: type of service for the lines that follow the invoice, a record of ``urssaf.nature``
        :param date date_start: first day of service
        :param date date_end: last day of service
        :param float deposit_amount: euros
        :param date deposit_date: day on which it was paid
        :param dict number_blockers: as in ``_urssaf_blocker``
        :return: ``(payload, errors, warnings, leaves_at)``: the dataclass or None, two lists of sentences in the
            user's language, and the UTC moment before which it must not leave (None: at once)
        """
        self.ensure_one()
        blocker = self._urssaf_blocker(number_blockers=number_blockers)
        if blocker:
            return None, [blocker], [], None
        errors = self._urssaf_value_errors(nature, date_start, date_end, deposit_amount, deposit_date)
        if errors:
            return None, errors, [], None
        try:
            payload = self._urssaf_payload(nature, date_start, date_end, deposit_amount, deposit_date)
        except builder.BuildError as error:
            return None, self.env['urssaf.finding']._sentences(error.findings), [], None
        now = self.env['urssaf.payment.request']._utc_now()
        findings = rules.check_request(payload, now=now, activated_at=self._urssaf_registration().activated_at or None)
        sentences = self.env['urssaf.finding']._sentences
        leaves_at = rules.leaves_at(payload.date_start, payload.date_end, now)
        errors = sentences(findings, level='error')
        if self._urssaf_owner().urssaf_future_dates_only and not leaves_at and not self._urssaf_was_proposed():
            errors.append(self.env._("Your company only proposes services to come: choose dates after today."))
        warnings = sentences(findings, level='warning')
        if natures := self._urssaf_natures_sentence(payload):
            warnings.insert(0, natures)
        if guess := self._urssaf_guess_sentence(date_start, date_end):
            warnings.insert(0, guess)
        return payload, errors, warnings, leaves_at

    def _urssaf_was_proposed(self):
        """Whether these services were proposed to URSSAF before: by this invoice, or by the one that it corrects. That they are
        over at the second try is not the company's choice.

        :rtype: bool
        """
        self.ensure_one()
        request = self.sudo()._urssaf_latest_request()
        # Withdrawn before it left, it was not proposed.
        return bool(self.urssaf_replaces_id or request and (request.state != 'withdrawn' or request.lost_at))

    def _urssaf_natures_sentence(self, payload):
        """The types of service of a request and what each comes to; an empty text when there is one only.

        :param urssaf.payloads.PaymentRequest payload: what would leave
        :rtype: str
        """
        amounts = {}
        for line in payload.lines:
            amounts[line.nature] = amounts.get(line.nature, 0) + line.total_ttc
        if len(amounts) < 2:
            return ''
        names = self.env['urssaf.nature'].with_context(active_test=False).search([('code', 'in', list(amounts))])
        names = {nature.code: nature.name for nature in names}
        return self.env._(
            "Several types of service are sent: %s.",
            ' · '.join(
                f'{names.get(code, code)} {self.currency_id.format(float(amount))}' for code, amount in amounts.items()
            ),
        )

    def _urssaf_payload(self, nature, date_start, date_end, deposit_amount, deposit_date):
        """The request as it would leave now.

        :param nature: type of service, a record of ``urssaf.nature``: for all lines, or for those that have none (see
            ``_urssaf_overrides``)
        :param date date_start: first day of service
        :param date date_end: last day of service
        :param float deposit_amount: euros
        :param date deposit_date: day on which it was paid
        :rtype: urssaf.payloads.PaymentRequest
        :raises BuildError: when no lines satisfy URSSAF's amount checks (CONTRACT §7.3)
        """
        company = self._urssaf_owner()
        partner = self.commercial_partner_id.sudo()
        overrides = self._urssaf_overrides(nature)
        source, taken_off = [], self._urssaf_down_payment_lines()
        for line in self._urssaf_service_lines():
            if line in taken_off or not line.price_total:
                continue
            line_nature = nature if overrides else line._urssaf_nature() or nature
            source.append(line._urssaf_source_line(line_nature))
        lines = builder.build_lines(
            source,
            to_decimal(self._urssaf_total()),
            to_decimal(self._urssaf_total_untaxed()),
            to_decimal(self._urssaf_adjusted()),
        )
        return payloads.PaymentRequest(
            billing_party=company.urssaf_billing_party or company.name,
            customer_ref=self._urssaf_registration().customer_ref,
            birth_date=partner.urssaf_birth_date or None,
            number=self._urssaf_number(),
            invoice_date=self.invoice_date,
            date_start=date_start,
            date_end=date_end,
            total_ttc=to_decimal(self._urssaf_total()),
            total_ht=sum(line.total_ht for line in lines),
            lines=lines,
            deposit_amount=to_decimal(self.currency_id.round(deposit_amount or 0.0)),
            deposit_date=deposit_date or None,
        )

    def _urssaf_adjusted(self):
        """By how much the invoice's total is another one than that of its lines, where the invoice says so itself: rounded to
        coins, or the tax reckoned on the price with the discount for early payment. Euros.

        :rtype: float
        """
        self.ensure_one()
        if not self.line_ids.filtered(lambda line: line.display_type in ('rounding', 'epd')):
            return 0.0
        return self.currency_id.round(self.amount_total - sum(self._urssaf_service_lines().mapped('price_total')))

    # -- freeze it --------------------------------------------------------------------------------

    def _urssaf_create_requests(self, lock_tries=LOCK_TRIES):
        """The intent: one request for each invoice, built from what stands on it, checked and frozen.

        An invoice that has a request on its way already is joined, not sent twice: the existing one is returned.
        Does not commit and calls nobody; ``_submit()`` on the result does.

        :param int lock_tries: how often an invoice that somebody else holds is asked for
        :return: the requests, in the order of the invoices
        :raises UserError: when an invoice may not be sent, with all reasons
        :raises LockError: when somebody else holds an invoice for too long
        """
        self._urssaf_check_rights()
        self._urssaf_lock(lock_tries)
        requests = self.env['urssaf.payment.request'].sudo()
        there = {move: requests._sent_before(move) or move._urssaf_request_on_its_way() for move in self}
        made = self.filtered(lambda move: not there[move])._urssaf_make_requests()
        return requests.union(*(there[move] or made[move] for move in self))

    def _urssaf_create_each(self, prepare=None):
        """The intent of each invoice for itself: what is raised for one concerns that one, and the others go on.

        All at once; when something is raised, in halves, until what raises it stands alone.

        :param prepare: called with the invoices before; what it writes is undone when a request cannot be made
        :return: ``(requests, refusals)``: two dicts by invoice, a request and a sentence in the user's language
        :rtype: tuple[dict, dict]
        :raises OperationalError: when the database wants the whole transaction again, which Odoo does
        """
        if not self:
            return {}, {}
        is_alone = len(self) == 1
        try:
            with self.env.cr.savepoint():
                if prepare:
                    prepare(self)
                requests = self._urssaf_create_requests(LOCK_TRIES if is_alone else 1)
                return dict(zip(self, requests, strict=True)), {}
        except OperationalError:
            raise
        except Exception as error:
            if is_alone:
                return {}, {self: self._urssaf_refusal(error)}
        half = len(self) // 2
        requests, refusals = self[:half]._urssaf_create_each(prepare)
        others, other_refusals = self[half:]._urssaf_create_each(prepare)
        return requests | others, refusals | other_refusals

    def _urssaf_refusal(self, error):
        """What was raised for this invoice, as a sentence in the user's language."""
        if isinstance(error, (UserError, AccessError)):
            return str(error)
        if isinstance(error, UniqueViolation):
            # Somebody was quicker: what the index says, the next look says with the remedy.
            return self.env._("URSSAF already has a request with this invoice number.")
        _logger.error("No request could be made for invoice %s", self.id, exc_info=error)
        return self.env._("The request could not be made because of an error in the program: tell your administrator.")

    def _urssaf_lock(self, tries=LOCK_TRIES):
        """Wait a moment for the invoices, then lock and read them again.

        The lock itself never waits. Once the other transaction has committed, ours is repeated by Odoo with a fresh
        snapshot (SerializationFailure) and finds the other's request.

        :param int tries: how often to look whether they are free, a moment apart
        :raises LockError: when somebody else holds one of them for too long
        """
        self.env.flush_all()
        for attempt in range(tries):
            try:
                self.lock_for_update(allow_referencing=True)
                break
            except LockError:
                if attempt == tries - 1:
                    raise LockError(
                        self.env._("Somebody else is working on this invoice. Wait a moment, then try again.")
                    ) from None
                time.sleep(LOCK_PAUSE)
        self.invalidate_recordset()

    def _urssaf_request_on_its_way(self):
        self.ensure_one()
        return self.sudo().urssaf_request_ids.filtered(
            lambda r: r.environment == self._urssaf_owner().urssaf_environment and r.is_live and r.state != 'not_sent'
        )[:1]

    def _urssaf_make_requests(self):
        """Requests for invoices that have none on their way: new ones, or those that URSSAF never received.

        :return: the requests by invoice, `queued` or `scheduled`
        :rtype: dict
        :raises UserError: when an invoice may not be sent, with all reasons
        """
        model = self.env['urssaf.payment.request'].sudo()
        number_blockers, same_numbers = self._urssaf_number_blockers(), self._urssaf_same_numbers()
        made, plans, to_create = {}, {}, {}
        for move in self:
            if earlier := same_numbers.get(move.id):
                raise UserError(move._urssaf_number_sentence(earlier))
            previous = move.sudo()._urssaf_latest_request()
            if request := move._urssaf_leave_now(previous):
                made[move] = request
                continue
            values, payload = move._urssaf_plan(previous, number_blockers)
            plans[move] = ('scheduled' if values['submit_at'] else 'queued', values['submit_at'], payload)
            is_here = previous.state == 'not_sent' and previous.environment == values['environment']
            if is_here and (previous.name == values['name'] or not previous.lost_at):
                # Never received: the same record, the same number (DESIGN §2.4).
                previous.write({**values, 'error_text': False, 'absent_count': 0, 'attempt_count': 0})
                made[move] = previous
            else:
                replaced = previous or move.sudo().urssaf_replaces_id
                to_create[move] = {**values, 'state': plans[move][0], 'previous_id': replaced.id, 'payload': '{}'}
        # The sender does not become a follower of the request: news is told on the invoice.
        created = model.with_context(mail_create_nosubscribe=True).create(list(to_create.values()))
        made |= dict(zip(to_create, created.with_env(self.env).sudo(), strict=True))
        model._set_states(
            [Step(made[move], state, {'submit_at': at}, {}) for move, (state, at, _payload) in plans.items()]
        )
        # Odoo logs a statement that the database refuses, with its values: the birth dates go into one that cannot be.
        model.flush_model()
        for move, (_state, _submit_at, payload) in plans.items():
            made[move].payload = payload.to_json()
        model.flush_model(['payload'])
        for submit_at in {submit_at for _state, submit_at, _payload in plans.values() if submit_at}:
            model._submit_later(submit_at)
        return made

    def _urssaf_leave_now(self, previous):
        """The request that waits for its next try, if it still may leave as it is: the user does not want to wait.

        :param urssaf.payment.request previous: the latest of this invoice, in sudo; may be empty
        :return: that request, queued; an empty one when there is none, or when another is to be made
        :raises UserError: when the invoice may not be sent
        """
        waiting = previous.filtered(
            lambda r: r._waits_for_retry() and r.environment == self._urssaf_owner().urssaf_environment
        )
        if not waiting:
            return waiting
        if blocker := waiting._departure_blocker():
            raise UserError(blocker)
        if changes := waiting._changes_sentence():
            # A person sends it, with what is true now: it is made anew.
            waiting._set_state('not_sent', submit_at=False, error_text=changes)
            return waiting.browse()
        waiting._set_state('queued', submit_at=False)
        return waiting

    def _urssaf_plan(self, previous, number_blockers):
        """What the request for this invoice will be.

        :param urssaf.payment.request previous: the latest of this invoice, in sudo; may be empty
        :param dict number_blockers: as in ``_urssaf_blocker``
        :return: values of the request but its state, and what leaves
        :rtype: tuple[dict, urssaf.payloads.PaymentRequest]
        :raises UserError: when the invoice may not be sent, with all reasons
        """
        self.ensure_one()
        nature = self._urssaf_main_nature()
        date_start, date_end = self._urssaf_default_period()
        deposit_amount, deposit_date = self._urssaf_default_deposit()
        payload, errors, _warnings, leaves_at = self._urssaf_prepare(
            nature, date_start, date_end, deposit_amount, deposit_date, number_blockers
        )
        if errors:
            raise UserError('\n'.join(errors))
        owner = self._urssaf_owner()
        values = {
            'name': payload.number,
            'move_id': self.id,
            'partner_id': self.commercial_partner_id.id,
            'company_id': owner.id,
            'environment': owner.urssaf_environment,
            'nature_id': nature.id,
            'date_start': date_start,
            'date_end': date_end,
            'amount_total': self._urssaf_total(),
            'amount_untaxed': self._urssaf_total_untaxed(),
            'amount_not_eligible': self._urssaf_amount_not_eligible(),
            'deposit_amount': deposit_amount,
            'deposit_date': deposit_date,
            'deposit_registered': self._urssaf_amount_paid(),
            'submit_at': leaves_at or False,
            'next_poll_at': False,
        }
        if previous.name == values['name'] and previous.environment == values['environment']:
            values['lost_at'] = previous.lost_at  # an answer about this number was lost once
        return values, payload

    def _urssaf_apply_choices(self, nature, date_start, date_end, deposit_amount, deposit_date):
        """Keep on these invoices what was chosen in a window, so that requests are built from the invoices alone.

        :param nature: type of service, a record of ``urssaf.nature``; empty changes nothing
        :param date date_start: first day of service
        :param date date_end: last day of service
        :param float deposit_amount: euros
        :param date deposit_date: day on which it was paid; dropped without an amount
        """
        # Frozen: a second click joins the request that is there (DESIGN §3.2).
        moves = self.filtered(lambda move: not move.urssaf_is_collecting)
        if nature:
            for move in moves:
                move._urssaf_choose_nature(nature)
        values = {
            'urssaf_date_start': date_start,
            'urssaf_date_end': date_end,
            'urssaf_deposit_amount': deposit_amount,
            'urssaf_deposit_date': deposit_amount and deposit_date,
        }

        def changed(move):
            return tuple(name for name, value in values.items() if (move[name] or False) != (value or False))

        for names, some in moves.grouped(changed).items():
            if names:
                some.write({name: values[name] for name in names})

    def _urssaf_always_proposed(self):
        """Invoices whose household is set to *always propose* and that may be sent."""
        return self.filtered(
            lambda move: (
                move.urssaf_is_possible
                and move.commercial_partner_id.sudo().with_company(move.company_id).urssaf_always_propose
            )
        )._urssaf_without_blocker()

    # -- sentences --------------------------------------------------------------------------------

    def _urssaf_amounts_sentence(self, deposit_amount=None):
        """Who pays what: "Camille pays 47.25 €; URSSAF transfers 94.50 € to you."

        :param float deposit_amount: the deposit to take off (euros), when the screen has another one than the invoice
        :return: empty when the deposit is more than the household owes
        """
        self.ensure_one()
        deposit = self.urssaf_deposit_amount if deposit_amount is None else deposit_amount
        total = self._urssaf_total()
        household = total - self.urssaf_amount_credit - deposit
        if deposit < 0 or self.currency_id.compare_amounts(household, 0.0) < 0:
            return ''  # no promise: the deposit is refused, with the reason
        return self.env._(
            "%(customer)s pays %(household)s; URSSAF transfers %(transfer)s to you.",
            customer=self.commercial_partner_id.name,
            household=self.currency_id.format(household),
            transfer=self.currency_id.format(total - deposit),
        )

    def _urssaf_leaves_on(self):
        """The day in Paris on which the request leaves, for services that are not over; nothing when it leaves at once.

        :rtype: date
        """
        self.ensure_one()
        request = self.sudo()._urssaf_latest_request()
        if request:
            leaves_at = request.submit_at if request.state == 'scheduled' else None
        else:
            first, last = self._urssaf_default_period()
            now = self.env['urssaf.payment.request']._utc_now()
            leaves_at = rules.leaves_at(first, last, now) if first and last else None
        return leaves_at and day_in_paris(leaves_at)

    def _urssaf_leaves_sentence(self, date_end, leaves_at):
        """Said for services that are not over: the request waits and leaves by itself."""
        return self.env._(
            "The period ends on %(end)s: the request leaves by itself on %(day)s.",
            end=format_date(self.env, date_end),
            day=format_date(self.env, day_in_paris(leaves_at)),
        )
