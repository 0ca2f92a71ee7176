import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from ...tools.sentence import filled_in
from ...urssaf import payloads, rules
from ...urssaf.builder import BuildError
from ...urssaf.client import MAX_BATCH
from ...urssaf.errors import Misconfigured, NotSent, OutcomeUnknown, Refused, Unavailable, UrssafError
from ...urssaf.least import least
from ...urssaf.merge import MOST_LINES, merge_lines
from ..connection.urssaf_document import LONGEST_DELAY
from .account_move_words import CHANGES
from .urssaf_payment_request_states import TIMED_STATES

_logger = logging.getLogger(__name__)

# Pause before the next try when URSSAF was provably not reached, by number of tries so far; then a person decides.
RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440, 1440))
DUPLICATE_NUMBER = 'ERR_FACTURE_DOUBLON'
TOO_MANY = 'ERR_NBRE_PREST_MAX'
SENT_BEFORE = 'l10n_fr_avance_immediate.sent_before'
# How many calls of one company are on their way at once, unless the system parameter calls_in_flight says otherwise.
CALLS_IN_FLIGHT, MOST_IN_FLIGHT = 2, 4


class Flight(NamedTuple):
    """A call on its way: the requests claimed, the chunk they are of, their claim, whose they are, and what waits for the
    answer."""

    claimed: object
    chunk: object
    claim: str
    company: object
    environment: str
    client: object
    call: Future


def _call(client, payloads):
    """The call itself; runs without a cursor, perhaps in a thread of its own.

    :param UrssafClient client: of the company and environment that all of them are sent for
    :param list payloads: what is sent, one for each request
    :return: what ``submit_requests`` has returned, and the ``UrssafError`` of the whole call, or None
    :rtype: tuple
    """
    try:
        return client.submit_requests(payloads), None
    except UrssafError as error:
        return {}, error
    except Exception:
        # Whatever it was, the call may have gone out: only a look-up can tell.
        numbers = [payload.number for payload in payloads]
        _logger.exception("Unexpected error while requests %s were sent", numbers)
        return {}, OutcomeUnknown('unexpected')


def _at_once(function, *arguments):
    """What a pool of threads does, without one."""
    future = Future()
    future.set_result(function(*arguments))
    return future


class UrssafPaymentRequest(models.Model):
    """Exactly once: intent, claim, call, outcome, in three transactions (DESIGN §3)."""

    _inherit = 'urssaf.payment.request'

    def _submit(self):
        """Send what is still queued in ``self``, at most ten per call and one provider per call.

        Commits. The transaction that created the requests must hold nothing that may not be committed.
        What became of each request stands in its state; nothing is raised for what URSSAF or the network did.
        """
        self._commit()  # commit 1: the intent
        self.filtered(lambda request: request.state == 'scheduled')._notify()
        queued = self.filtered(lambda request: request.state == 'queued')
        queued -= queued._of_other_contract()
        for (company, environment), requests in queued.grouped(lambda r: (r.company_id, r.environment)).items():
            alone = requests.filtered('send_alone')
            size = min(company.urssaf_batch_size or MAX_BATCH, MAX_BATCH)
            chunks = [*split_every(size, (requests - alone).ids), *split_every(1, alone.ids)]
            self._submit_chunks(company, environment, chunks)
        if not self.env.context.get('cron_id'):
            self.env['urssaf.watchdog'].sudo()._watch(companies=self.company_id)
        self._remember_for_replay()

    @api.model
    def _submit_chunks(self, company, environment, chunks):
        """Send chunks of one provider, in their order. While one call is on its way, the next one is made ready and what
        the last one gave is written; the threads that wait for answers have no cursor. Commits; never raises.

        The first call goes alone: whether URSSAF takes calls now is found out by one.

        :param res.company company: that of all these requests
        :param str environment: theirs, too
        :param chunks: lists of ids, one for each call
        """
        most = self.env['ir.config_parameter']._urssaf_count('calls_in_flight', CALLS_IN_FLIGHT, MOST_IN_FLIGHT)
        waiting, flights = deque(map(self.browse, chunks)), deque()
        room, may_go_on = 1, True
        with ThreadPoolExecutor(most, 'urssaf') as pool:
            while flights or (waiting and may_go_on):
                if waiting and may_go_on and len(flights) < room:
                    chunk = waiting.popleft()
                    start = pool.submit if room > 1 and (waiting or flights) else _at_once
                    flight, may_go_on = chunk._take_off_safely(company, environment, start)
                    flights += [flight] if flight else []
                else:
                    flight = flights.popleft()
                    if not flight.call.done():
                        self._commit()  # no snapshot is held while the network is slow
                    may_go_on = flight.claimed._land_safely(flight) and may_go_on
                    room = most

    def _take_off_safely(self, company, environment, start):
        """``_take_off`` that never raises: what breaks before it is claimed is set aside, alone; the others leave.

        The parameters are those of ``_take_off``.

        :rtype: tuple
        """
        try:
            return self._take_off(company, environment, start)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Requests %s could not be sent", self._ids)
        # What is claimed may be at URSSAF: it is looked up.
        waiting = self.filtered(lambda request: request.state == 'queued')
        if len(self) == 1:
            waiting._write_apart(type(self)._set_aside)
            return None, True
        for request in waiting:
            flight, may_go_on = request._take_off_safely(company, environment, _at_once)
            if not may_go_on or (flight and not flight.claimed._land_safely(flight)):
                return None, False
        return None, True

    def _land_safely(self, flight):
        """``_land`` that never raises: what it could not write is looked up.

        :param Flight flight: the call
        :rtype: bool
        """
        try:
            return self._land(flight)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("What became of requests %s could not be dealt with", self._ids)
            return True

    def _remember_for_replay(self):
        """Odoo runs a whole transaction again when the database refuses its end. The run after that rollback, in the same
        cursor, gives the outcome of the first one, be it a refusal, and sends nothing anew. A commit forgets it.
        """
        cr, sent = self.env.cr, {request.move_id.id: request.id for request in self}

        def remember():
            cr.prerollback.data[SENT_BEFORE] = sent
            cr.prerollback.add(lambda: cr.postrollback.add(remember))  # the next run may be refused, too

        cr.postrollback.add(remember)

    @api.model
    def _sent_before(self, move):
        """The request that this transaction has sent for an invoice before it was rolled back, if it was."""
        return self.browse(self.env.cr.prerollback.data.get(SENT_BEFORE, {}).get(move.id, ()))

    def _take_off(self, company, environment, start):
        """Claim these requests, and start their call.

        :param res.company company: that of all these requests
        :param str environment: theirs, too
        :param start: starts a function with its arguments; gives its future
        :return: the ``Flight``, or None when nothing has left; and whether the rest may follow: not when it would meet the
            same failure
        :rtype: tuple
        """
        connection = self.env['urssaf.connection']
        client, failure = connection._open(company, environment)
        if failure:
            self._record_outcome(None, {}, failure, client.take_exchanges() if client else [], company)
            connection._close(client, company, environment, failure, self)
            self._notify()
            return None, False
        outgoing = (self - self._of_other_contract())._outgoing()
        claimed, claim = self.browse(outgoing)._claim(('queued',), type(self)._start_sending)
        if not claimed:
            # A token may have been asked for.
            connection._close(client, company, environment, None, self, is_counted=False)
            self.filtered(lambda request: request.state == 'not_sent')._notify()
            return None, True
        # Nothing is read from here on, until the call has left: no snapshot is held meanwhile.
        call = start(_call, client, [outgoing[request_id] for request_id in claimed._ids])
        return Flight(claimed, self, claim, company, environment, client, call), True

    def _land(self, flight):
        """Wait for the answer to a call about these requests, and write what it gave. Commits.

        :param Flight flight: the call
        :return: whether the rest may follow: not when it would meet the same failure
        :rtype: bool
        """
        outcomes, failure = flight.call.result()
        connection, client, company = self.env['urssaf.connection'], flight.client, flight.company
        self._record_outcome(flight.claim, outcomes, failure, client.take_exchanges(), company)
        may_go_on = connection._close(client, company, flight.environment, failure, self)
        (self | flight.chunk.filtered(lambda request: request.state == 'not_sent'))._notify()
        if isinstance(failure, Refused) and len(self) > 1:
            self._resolve_refused_batch()
        elif may_go_on and (again := self.filtered(lambda request: request.state == 'queued')):
            again._submit()  # what was too much for one call
        return may_go_on

    def _start_sending(self, claim):
        """Write the claim; does not commit. What was paid since the request was made does not leave.

        The claim writes the status on the invoice, as a payment does: of the two at once the database lets one through, and
        the other one, run again, sees it here or in the payment's window.

        :param str claim: marks the requests as this caller's
        :return: the requests that leave
        """
        leaving = self
        self.move_id.invalidate_recordset(['amount_residual', 'matched_payment_ids'])
        for request in map(type(self)._localized, self):
            move = request.move_id
            blocker = move._urssaf_money_blocker() or move._urssaf_paid_error(request.deposit_amount)
            if blocker:
                request._stay_here(blocker)
                leaving -= request
        # `send_alone` holds for this call only.
        leaving._set_state(
            'sending',
            claim=claim,
            claimed_at=fields.Datetime.now(),
            submit_at=False,
            send_alone=False,
            **self.company_id._urssaf_contract(),
        )
        return leaving

    def _outgoing(self):
        """What leaves, by request id; a payload that cannot be read is set aside and does not stop the others."""
        outgoing = {}
        for request in self:
            try:
                outgoing[request.id] = payloads.PaymentRequest.from_json(request.sudo().payload)
            except (ValueError, KeyError, TypeError):
                _logger.warning("The payload of request %s cannot be read", request.id)
                request._set_aside()
        return outgoing

    def _set_aside(self):
        """What cannot be read or checked here never leaves by itself: a person sends it anew."""
        self._stay_here(
            self._localized().env._("The request kept here cannot be read any more. Send the invoice again.")
        )

    def _record_outcome(self, claim, outcomes, failure, exchanges, company):
        """Commit 3. From memory, as often as it takes: the call is never made again for this.

        :param claim: the claim of these rows; None when the token already failed, nothing having been claimed
        :param dict outcomes: what the client returned, ``urssaf.answers.ItemOutcome`` by invoice number
        :param failure: the ``UrssafError`` of the whole call, or None
        :param exchanges: the traces of the call
        """
        expected_state, alone = 'sending' if claim else 'queued', len(self) == 1

        def apply(requests, outcomes, failure):
            mine = requests.filtered(lambda r: r.state == expected_state and (not claim or r.sudo().claim == claim))
            mine._apply_outcome(outcomes, failure, alone)
            if claim:
                (requests - mine)._apply_late_outcome(claim, outcomes)

        def apply_and_record():
            apply(self, outcomes, failure)
            self._learn_limit(outcomes, failure)
            self.env['urssaf.exchange']._record(company, exchanges, self)

        try:
            if self._write_from_memory(apply_and_record):
                return
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The outcome of requests %s is written in parts", self._ids)
        # The traces for themselves: what went over the network stays told, whatever becomes of the rest.
        self.env['urssaf.exchange']._record_now(company, exchanges, self)
        shortened = {number: least(outcome) for number, outcome in outcomes.items()}
        if unwritten := self._write_apart(
            lambda requests: apply(requests, outcomes, failure),
            lambda requests: apply(requests, shortened, least(failure)),
            lambda requests: requests._keep_refusal(outcomes, failure, alone),
        ):
            # The rows stay as they are; the sync cron looks them up.
            _logger.warning("The outcome of requests %s could not be written; it is looked up", unwritten._ids)

    def _keep_refusal(self, outcomes, failure, alone):
        """A refusal of which nothing else can be written is a refusal all the same: it must not be looked up, found absent
        and sent again. Does not commit.

        The parameters are those of ``_apply_outcome``.
        """
        outcome = outcomes.get(self.name)
        is_refused = outcome.kind == 'refused' if outcome else alone and isinstance(failure, Refused)
        errors = outcome.errors if outcome else getattr(failure, 'errors', ())
        if (
            self.state == 'sending'
            and is_refused
            and not {error.code for error in errors} & {DUPLICATE_NUMBER, TOO_MANY}
        ):
            self._set_state(
                'rejected',
                claim=False,
                error_text=self._localized().env._(
                    "URSSAF refused the request. Its reason could not be kept here: look at the exchanges with URSSAF."
                ),
            )

    def _apply_late_outcome(self, claim, outcomes):
        """The first caller's answer comes when others hold it for lost already: it still counts (DESIGN §3.6).

        Does not commit.

        :param str claim: that of the first caller
        :param dict outcomes: as in ``_record_outcome``
        """
        for request in map(type(self)._localized, self):
            outcome = outcomes.get(request.name)
            if not outcome or request.request_ref:
                continue
            if outcome.kind == 'accepted':
                request._adopt_late(outcome)
            elif outcome.kind == 'refused' and request.state == 'unknown' and request.sudo().claim == claim:
                if DUPLICATE_NUMBER not in {error.code for error in outcome.errors}:
                    request._apply_refusal(outcome.errors)

    def _apply_outcome(self, outcomes, failure, alone):
        """Turn what the client returned or raised into states. Does not commit.

        :param dict outcomes: as in ``_record_outcome``
        :param failure: as in ``_record_outcome``
        :param alone: whether the call held one request only, so that a refusal is meant for it
        """
        held = self._held_refs(outcome.request_ref for outcome in outcomes.values() if outcome.kind == 'accepted')
        adopted = []
        for request in map(type(self)._localized, self):
            outcome = outcomes.get(request.name)
            if failure:
                request._apply_failure(failure, alone)
            elif outcome and outcome.kind == 'accepted' and held.get(outcome.request_ref, request) != request:
                request._lose_answer()  # another request has this id: whose it is, only a look-up can tell
            elif outcome and outcome.kind == 'accepted':
                held[outcome.request_ref] = request
                adopted.append(request._adopted(outcome.request_ref, outcome.status_code or '10'))
            elif outcome and outcome.kind == 'refused':
                request._apply_refusal(outcome.errors, alone)
            else:
                request._lose_answer()
        self._set_states(adopted)

    def _held_refs(self, request_refs):
        """The requests of ours that have these ids at URSSAF, by the id.

        :param request_refs: ids at URSSAF, of the provider of these requests
        :rtype: dict
        """
        known = self.search(
            [
                ('company_id', 'in', self.company_id.ids),
                ('environment', 'in', list(set(self.mapped('environment')))),
                ('request_ref', 'in', list(request_refs)),
            ]
        )
        return {request.request_ref: request for request in known}

    def _learn_limit(self, outcomes, failure):
        """Whether URSSAF takes fewer requests in one call. Does not commit.

        :param dict outcomes: as in ``_record_outcome``
        :param failure: as in ``_record_outcome``
        """
        # A single one among others has too many lines: the call is not too large for that.
        too_many = [outcome for outcome in outcomes.values() if TOO_MANY in {error.code for error in outcome.errors}]
        if len(self) > 1 and (len(too_many) > 1 or (isinstance(failure, Refused) and TOO_MANY in failure.codes)):
            self._halve_batch()

    def _apply_refusal(self, errors, alone=True):
        """URSSAF answered with errors for this request: it was not recorded (CONTRACT §1.12, §7.5).

        :param list errors: of ``urssaf.errors.RemoteError``
        :param bool alone: whether the call held this request only
        """
        codes = {error.code for error in errors}
        if DUPLICATE_NUMBER in codes:
            self._doubt_number()
        elif TOO_MANY in codes and not alone:
            self._queue_alone()
        elif TOO_MANY in codes and (merged := self._merge_lines()):
            self._queue_alone(merged)
        else:
            self.env['urssaf.error']._learn(errors)
            self._set_state(
                'rejected',
                claim=False,
                error_text=self.env['urssaf.error']._sentence(errors)
                or self.env._("URSSAF refused the request without saying why."),
            )

    def _merge_lines(self):
        """Put lines of the same kind together, where URSSAF finds those of one request too many (CONTRACT §7).

        :return: a sentence that says so; empty when that leads nowhere
        """
        payload = self._frozen()
        lines = merge_lines(payload.lines)
        if len(lines) == len(payload.lines) or len(lines) > MOST_LINES:
            return ''
        self.sudo().payload = replace(payload, lines=lines).to_json()
        return self.env._(
            "URSSAF takes fewer lines in one request: the %(before)s lines of the invoice are sent as %(after)s, one for "
            "each type of service, unit, VAT rate and worker. The amounts stay the same.",
            before=len(payload.lines),
            after=len(lines),
        )

    def _halve_batch(self):
        """The next calls hold half of what this one held."""
        for company in self.company_id.sudo():
            company.urssaf_batch_size = max(1, min(company.urssaf_batch_size or MAX_BATCH, len(self)) // 2)

    def _apply_failure(self, failure, alone):
        """The call as a whole failed: what that means for this request.

        :param urssaf.errors.UrssafError failure: what the client raised
        :param bool alone: whether the call held this request only, so that a refusal is meant for it
        """
        if isinstance(failure, Refused):
            if alone:
                self._apply_refusal(failure.errors)
            else:
                # One bad item may have sunk nine good ones: look up, then one by one (CONTRACT §7).
                self._lose_answer(send_alone=True)
        elif isinstance(failure, Misconfigured):
            self._forget_unused_contract()
            self._stay_here(self.env['urssaf.error']._explain(failure))
        elif isinstance(failure, (NotSent, Unavailable)):
            self._forget_unused_contract()
            self._wait_for_retry(self.env['urssaf.error']._explain(failure), getattr(failure, 'retry_after', None))
        else:
            self._lose_answer()

    def _forget_unused_contract(self):
        """This call was not processed: no contract has the request, unless the answer to an earlier call was lost."""
        if 'unknown' not in self.event_ids.mapped('state'):
            self._forget_contract()

    def _wait_for_retry(self, error_text, retry_after=None):
        """Provably never received, for a passing cause: leave again by itself, later and later.

        :param retry_after: seconds that URSSAF asked for, if it did
        """
        now = fields.Datetime.now()
        if self.attempt_count >= len(RETRY_DELAYS):
            self._stay_here(error_text, next_poll_at=False)
            return
        delay = RETRY_DELAYS[self.attempt_count]
        if retry_after:
            delay = max(delay, timedelta(seconds=retry_after))
        self._set_state(
            'not_sent',
            claim=False,
            attempt_count=self.attempt_count + 1,
            submit_at=now + delay,
            next_poll_at=False,
            attention=False,
            error_text=error_text,
        )
        self._submit_later(now + delay)

    def _resolve_refused_batch(self):
        """After a 400 for a whole batch: what URSSAF has is adopted, the rest leaves one by one."""
        if self._sync():
            return  # URSSAF does not answer: the cron goes on from `unknown`
        self._submit()

    # -- what leaves by itself --------------------------------------------------------------------

    @api.model
    def _submit_due(self, limit=50):
        """Send what is due: queued, scheduled whose services are over, not sent after a passing cause.

        Safe from several processes at once. Commits.

        :param int limit: how many at most
        :return: number of requests handled; 0 when nothing is due
        """
        now = fields.Datetime.now()
        self._commit()  # a fresh snapshot, so that the lock follows at once
        due = self._due_fairly(self._submit_due_domain(now), 'id', limit)
        if not due:
            return 0
        released = due._release_safely()
        if released is None:
            return 1  # another worker is at it: search again
        released._notify()
        released._submit()
        return len(released)

    @api.model
    def _submit_due_domain(self, now):
        """What is to leave by itself.

        :param datetime now: UTC
        :rtype: Domain
        """
        companies = self.env['res.company']._urssaf_in_use()
        return (
            Domain(
                [
                    ('company_id.urssaf_environment', '!=', False),
                    '|',
                    '&',
                    ('state', '=', 'queued'),
                    ('submit_at', '=', False),
                    '&',
                    ('state', 'in', (*TIMED_STATES, 'queued')),
                    '|',
                    ('submit_at', '<=', now),
                    # Services may be planned for next year; a next try is never that far away.
                    '&',
                    ('state', '!=', 'scheduled'),
                    ('submit_at', '>', now + LONGEST_DELAY),
                ]
            )
            & self._leaving_domain(companies)
            & self._contract_domain(companies)
            & ~self.env['urssaf.connection']._paused_domain(now)
        )

    def _release_safely(self):
        """``_release`` for all at once; where that fails, for one after the other. Commits.

        :return: those that nobody else holds; None when another worker has changed one since they were searched
        """
        due = self
        try:
            due = self.try_lock_for_update(allow_referencing=True)
            due._release()
            self._commit()
        except SerializationFailure:
            self.env.cr.rollback()
            return None
        except Exception:
            self.env.cr.rollback()
            _logger.warning("Requests %s are released one by one", due._ids)
            due._release_one_by_one()
        return due

    @api.model
    def _leaving_domain(self, companies):
        """What was made in the environment of the settings. Of another one, what is planned stays as it is, and so does what is
        real: it leaves when that environment is chosen again. The rest of a trial is set aside, and the reason shown.

        :param res.company companies: in sudo
        :rtype: Domain
        """
        here = Domain.OR(
            Domain([('environment', '=', environment), ('company_id', 'in', owners.ids)])
            for environment, owners in companies.grouped('urssaf_environment').items()
        )
        return here | Domain([('environment', '!=', 'production'), ('state', '!=', 'scheduled')])

    def _release(self):
        """Check again, against today's registration and invoice, what is about to leave by itself (DESIGN §3.1)."""
        for request in map(type(self)._localized, self):
            blocker = request._departure_blocker() or request._changes_sentence()
            if blocker:
                request._stay_here(blocker)
            elif request.state != 'queued':
                request._set_state('queued', submit_at=False)

    def _release_one_by_one(self):
        """One of them cannot even be checked: it is set aside, the others go on. Commits."""
        for request in self:
            for release in (type(self)._release, type(self)._set_aside):
                try:
                    locked = request.try_lock_for_update(allow_referencing=True)
                    if locked:
                        release(locked)
                    self._commit()
                    break
                except SerializationFailure:
                    self.env.cr.rollback()
                    break  # another worker is at it
                except Exception:
                    self.env.cr.rollback()
                    _logger.exception("Request %s could not be checked before it leaves", request.id)

    def _frozen(self):
        """What was kept when the request was made.

        :rtype: urssaf.payloads.PaymentRequest
        """
        return payloads.PaymentRequest.from_json(self.sudo().payload)

    def _departure_blocker(self):
        """Why the request may not leave any more, whatever is done on the invoice: a sentence; empty when it may."""
        if self._of_other_contract():
            return self._other_contract_sentence()
        if not self.partner_id.active:
            return self.env._(
                "%s is archived: nobody is debited who may not be a customer any more. Unarchive the contact if this request is "
                "still to leave, then send the invoice again.",
                self.partner_id.name,
            )
        move = self.move_id
        blocker = (
            move._urssaf_blocker(ignore_request=self)
            or move._urssaf_deposit_error(self.deposit_amount)
            or move._urssaf_paid_error(self.deposit_amount)
        )
        if blocker:
            return blocker
        registration = self.partner_id.with_company(self.company_id).urssaf_registration_id
        findings = rules.check_request(
            self._frozen(), now=self._utc_now(), activated_at=registration.activated_at or None
        )
        return '\n'.join(self.env['urssaf.finding']._sentences(findings, level='error'))

    def _changes_sentence(self):
        """Said of a request that would be another one if it were made now; an empty text when it is still the same.

        :rtype: str
        """
        changes = self._changes()
        return changes and self.env._(
            "Since the request was made, this has changed: %s. Check it, then send the invoice again.",
            ', '.join(changes),
        )

    def _changes(self):
        """What would leave otherwise if the request were built from invoice, customer and settings now (DESIGN §3.1).

        :return: what differs, in the user's words
        :rtype: list[str]
        """
        move, frozen = self.move_id, self._frozen()
        date_start, date_end = move._urssaf_default_period()
        deposit_amount, deposit_date = move._urssaf_default_deposit()
        try:
            built = move._urssaf_payload(move._urssaf_main_nature(), date_start, date_end, deposit_amount, deposit_date)
        except BuildError:
            return [filled_in(self.env, CHANGES['lines'])]
        if built.lines != frozen.lines and merge_lines(built.lines) == frozen.lines:
            built = replace(built, lines=frozen.lines)  # URSSAF found them too many
        differing = [name for name in CHANGES if getattr(built, name, None) != getattr(frozen, name, None)]
        if 'lines' in differing and [replace(line, worker='') for line in built.lines] == [
            replace(line, worker='') for line in frozen.lines
        ]:
            differing = ['worker' if name == 'lines' else name for name in differing]
        paid = move._urssaf_amount_paid()
        if move.currency_id.compare_amounts(paid, self.deposit_registered) < 0 and 'deposit_amount' not in differing:
            differing.append('deposit_amount')
        return list(dict.fromkeys(filled_in(self.env, CHANGES[name]) for name in differing))
