import logging
from datetime import timedelta, timezone
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from ...urssaf import same, statuses
from ...urssaf.answers import SearchResult
from ...urssaf.client import MAX_BATCH
from ...urssaf.errors import Refused, Unavailable
from ...urssaf.least import least
from ..connection.urssaf_document import POLL_AGAIN_AFTER_FAILURE, Asked
from .urssaf_payment_request import Step
from .urssaf_payment_request_states import CANCELLABLE_STATES, LIVE_STAGES, STATES

_logger = logging.getLogger(__name__)

# A request that is in doubt, or that URSSAF no longer mentions, for longer than this is told to a person, and asked about
# less often.
TELL_AFTER = timedelta(days=1)
POLL_AGAIN_AFTER_TELLING = timedelta(hours=4)
POLL_FORGOTTEN = timedelta(days=1)
# How many calls about statuses are made before what they gave is written: none has an effect, and what is lost with the
# process is asked again.
CALLS_TOGETHER = 5
MANY_RESULTS = 'ERR_NBRE_MAX_RESULTAT'
# What an answer about another request is recognized by; days may be told in another way than they were sent.
COMPARED = (same.NUMBER, same.CUSTOMER, same.TOTAL)


class Looked(NamedTuple):
    """What URSSAF has by invoice number, the requests whose absence is proved, what one answer says in two ways by invoice
    number, and the ``UrssafError`` that stopped the search, or None."""

    items: dict
    proved: object
    contradictory: dict
    failure: object


class UrssafPaymentRequest(models.Model):
    """What URSSAF says about requests it has, and the search for those whose answer was lost."""

    _inherit = 'urssaf.payment.request'

    # -- entry points -----------------------------------------------------------------------------

    @api.model
    def _cron_submit(self):
        """Entry point of ``ir_cron_urssaf_submit``: requests, then the registrations that wait in the background."""
        self._run_steps(self._submit_due, self.env['urssaf.registration']._register_queued)
        self.env['urssaf.watchdog']._watch('ir_cron_urssaf_submit')

    @api.model
    def _cron_sync(self):
        """Entry point of ``ir_cron_urssaf_sync``: requests, registrations, notices left over by a crash, reminders."""
        self.env['res.company']._urssaf_tell_contracts()
        self.env['res.company']._urssaf_tell_all_left()
        self._run_steps(*self._sync_steps())
        self.env['urssaf.watchdog']._watch('ir_cron_urssaf_sync')

    @api.model
    def _sync_steps(self):
        """What the scheduled action does, in turn: see ``_run_steps``.

        :rtype: list
        """
        registrations = self.env['urssaf.registration']
        return [
            self._sync_due,
            registrations._sync_due,
            self._watch_due,
            self._notify_due,
            registrations._remind_due,
            self._collect_due,
        ]

    def _sync(self):
        """Ask URSSAF for the status of these requests. Commits.

        :return: a sentence when URSSAF could not be asked, else an empty string
        """
        self._commit()
        others = self._of_other_contract()
        failures = [
            requests._sync_provider()
            for requests in (self - others).grouped(lambda request: (request.company_id, request.environment)).values()
        ]
        failures += [request._other_contract_sentence() for request in others[:1]]
        self._notify()
        return next(filter(None, failures), '')

    def _sync_provider(self):
        """``_sync`` for the requests of one provider. Never raises.

        :return: a sentence when URSSAF could not be asked about some of them, else an empty string
        :rtype: str
        """
        lost = self.filtered(lambda request: request.state == 'unknown' and not request.request_ref)
        known = self.filtered('request_ref')
        try:
            failures = [
                lost._sync_apart(type(self)._sync_lookup, MAX_BATCH),
                known._sync_apart(type(self)._sync_statuses, CALLS_TOGETHER * MAX_BATCH),
            ]
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Requests %s could not be asked about", self._ids)
            failures = [Unavailable('unexpected')]
        failure = next(filter(None, failures), None)
        return self.env['urssaf.error']._explain(failure) if failure else ''

    @api.model
    def _waiting_domain(self):
        return Domain('stage', 'in', LIVE_STAGES)

    # -- asking -----------------------------------------------------------------------------------

    def _sync_search(self, **criteria):
        """One M070 call. Commits.

        :param criteria: those of ``UrssafClient.search_requests``
        :return: what was found, and the ``UrssafError`` when there was no usable answer
        :rtype: tuple
        """
        found, failure = self.env['urssaf.connection']._ask(
            self, lambda client: client.search_requests(**criteria), is_apart=True
        )
        return found or SearchResult(), failure

    def _poll_later(self):
        # EXTENDS 'urssaf.document': one that has been in doubt for a day is told to a person, and asked about less often
        result = super()._poll_later()
        self.filtered(lambda request: request.state == 'unknown')._write_apart(
            lambda requests: [request._localized()._doubt_for_long() for request in requests]
        )
        return result

    def _doubt_for_long(self):
        now = fields.Datetime.now()
        self._begin_again_after(now)
        if not self._is_long_in_doubt():
            return
        self.next_poll_at = now + POLL_AGAIN_AFTER_TELLING
        if not self.attention:
            self._flag(
                'doubt',
                self.env._(
                    "For a day URSSAF has not let us know whether it has this request: its answer was lost, and its "
                    "search could not be used."
                ),
            )

    def _begin_again_after(self, now):
        """What is in doubt since a day to come was lost while the server's clock stood in another year: the day of searches
        begins now. Does not commit.

        :param datetime now: UTC
        """
        self.write({name: now for name in ('lost_at', 'state_since') if self[name] and self[name] > now})

    def _sync_statuses(self):
        """Take over what URSSAF says about requests whose reference is known: some calls, written together.

        :return: as ``_sync_apart`` wants it
        :rtype: Asked
        """
        parts = [*split_every(MAX_BATCH, self.ids, self.browse)]
        refs = {part: part.mapped('request_ref') for part in parts}
        answers, failure = self.env['urssaf.connection']._ask_each(
            parts, lambda client, part: client.search_requests(refs=refs[part]), is_apart=True
        )
        told = {}
        for part, found in zip(parts, answers, strict=False):
            # An answer counts for what was asked in it, and for nothing else that stands there.
            items = {item.request_ref: item for item in found.items}
            told |= {one: (found, items.get(ref)) for one, ref in zip(part.ids, refs[part], strict=True)}
        answered = self.browse(told)
        if answered:
            answered._record_statuses(told)
        failed = parts[len(answers)] if failure else self.browse()
        return Asked(failure, failed, self - answered - failed)

    def _sync_lookup(self):
        """Find at URSSAF the requests whose answer was lost: by number, then by invoice date (CONTRACT §10).

        :return: as ``_sync_apart`` wants it
        :rtype: Asked
        """
        looked = self._search_by_number()
        if not looked.failure:
            told = looked.contradictory | looked.items
            # Absent is only what an answer read as a whole does not hold.
            concluded = self.filtered(lambda request: request in looked.proved or request.name in told)
            concluded._write_safely(
                lambda answers: [request._conclude_lookup(found) for request, found in answers],
                lambda request: told.get(request.name, []),
            )
            (self - concluded)._poll_later()
        return Asked(looked.failure, self, self.browse())

    def _search_by_number(self):
        """What URSSAF has under these numbers.

        Asked by invoice date, too, before a request is held for absent, and when the service does not search by
        number (CONTRACT §10). A day on which URSSAF has too many invoices proves nothing; the others are looked up.

        :rtype: Looked
        """
        found, failure = self._sync_search(numbers=self.mapped('name'))
        if is_too_much(failure) and len(self) > 1:
            return self._search_in_halves()
        not_by_number = isinstance(failure, Refused)
        if failure and not not_by_number:
            return Looked({}, self.browse(), {}, failure)
        items, contradictory = _by_number(found.items), _by_number(found.contradictory)
        # An answer about a number that nobody has asked for may be ours, its number spoilt: it proves nothing absent.
        is_proof = found.complete and not not_by_number and items.keys() <= set(self.mapped('name'))
        proved = self if is_proof else self.browse()
        for request in self:
            is_to_prove = request.state == 'unknown' and request.absent_count
            if request.name in items or not (not_by_number or is_to_prove):
                continue
            facts = request._facts()
            day = facts.invoice_date if facts else request.move_id.invoice_date
            found, failure = request._sync_search(date_from=day, date_to=day)
            if failure and not isinstance(failure, Refused):
                if not_by_number:
                    return Looked({}, self.browse(), {}, failure)
                proved -= request  # to be asked again
            by_day = _by_number(found.items)
            if not found.complete or '' in by_day:  # an entry that does not say whose it is may be ours
                proved -= request
            elif not_by_number and not failure:
                proved |= request
            contradictory |= _by_number(found.contradictory)
            if request.name in by_day:
                items[request.name] = by_day[request.name]
        return Looked(
            {number: told for number, told in items.items() if number not in contradictory},
            proved.filtered(lambda request: request.name not in contradictory),
            contradictory,
            None,
        )

    def _search_in_halves(self):
        """``_search_by_number`` where URSSAF has too much under these numbers for one answer."""
        middle = len(self) // 2
        items, proved, contradictory = {}, self.browse(), {}
        for half in (self[:middle], self[middle:]):
            looked = half._search_by_number()
            if looked.failure:
                return Looked({}, self.browse(), {}, looked.failure)
            items |= looked.items
            proved |= looked.proved
            contradictory |= looked.contradictory
        return Looked(items, proved, contradictory, None)

    # -- concluding -------------------------------------------------------------------------------

    def _record_statuses(self, told):
        """Write what URSSAF said; an id it did not mention is asked again later.

        :param dict told: by the request's id, the ``urssaf.answers.SearchResult`` of the call that was about it, and what
            that says of it, or None
        """

        def apply(answers):
            known = []
            for request, item in answers:
                found, _item = told[request.id]
                if item:
                    known.append((request, item))
                elif request.request_ref in found.contradictions:
                    request._flag(
                        'twice',
                        request.env._("URSSAF gave two different statuses for this request in one answer."),
                        next_poll_at=fields.Datetime.now() + POLL_AGAIN_AFTER_TELLING,
                    )
                elif found.complete:
                    request._miss()
                else:
                    request.next_poll_at = fields.Datetime.now() + POLL_AGAIN_AFTER_FAILURE
            self._apply_statuses(known)

        self._write_safely(apply, lambda request: told[request.id][1])

    def _miss(self):
        """An answer read as a whole does not mention it; after a day a person is told. Does not commit."""
        now = fields.Datetime.now()
        if not self.missed_since or self.missed_since > now:
            self.write({'missed_since': now, 'next_poll_at': now + POLL_AGAIN_AFTER_FAILURE})
        elif self.missed_since > now - TELL_AFTER:
            self.next_poll_at = now + POLL_AGAIN_AFTER_TELLING
        else:
            text = self.env._(
                "URSSAF's answers have not mentioned this request (no. %s) for a day or more.", self.request_ref
            )
            self._flag('forgotten', text, next_poll_at=now + POLL_FORGOTTEN)

    def _write_safely(self, apply, answer_of):
        """Write what URSSAF said about each of these requests. What cannot be written is tried with the least of it, alone;
        when that cannot be written either, a person is told. Commits; never raises.

        :param apply: writes what is given: pairs of a request, in the language of who follows it, and of what URSSAF said
            about it; called anew at each try
        :param answer_of: what URSSAF said about a request
        """

        def write(requests, answer_of):
            for request in requests.filtered('spoilt_count'):
                request._accept_answers()
            apply([(request._localized(), answer_of(request)) for request in requests])

        self._write_apart(
            lambda requests: write(requests, answer_of),
            lambda requests: write(requests, lambda request: least(answer_of(request))),
            lambda requests: requests._set_spoilt(Unavailable('unreadable'), True),
            type(self)._poll_seldom,
        )

    def _accept_answers(self):
        """An answer can be used again: what was told of those that could not is over. Does not commit."""
        self.spoilt_count = 0
        if self.attention == 'spoilt':
            self._set_state(self.state, attention=False, error_text=False)

    def _set_spoilt(self, failure, is_told):
        # EXTENDS 'urssaf.document': what is in doubt for a day is told, whoever spoils its answers
        if self.state == 'unknown':
            self._begin_again_after(fields.Datetime.now())
        return super()._set_spoilt(failure, is_told or self._is_long_in_doubt())

    def _is_long_in_doubt(self):
        return self.state == 'unknown' and self.state_since <= fields.Datetime.now() - TELL_AFTER

    def _ask_a_person(self, failure):
        if self._is_long_in_doubt() and self.attention in (False, 'spoilt'):
            self._flag('doubt', self._spoilt_sentence(failure))  # whoever has looked gets a way out
        elif not self.attention:
            self._flag('spoilt', self._spoilt_sentence(failure))

    def _contradictions(self, item):
        """In what a status answer speaks of another request than ours, in words; empty when it does not.

        :param urssaf.answers.RequestStatus item: the answer
        :rtype: str
        """
        facts = self._facts()
        names = [name for name in same.contradictions(facts, item) if name in COMPARED] if facts else ()
        return self._describe_differences(names, item, facts)

    def _apply_status(self, item):
        """Take over one M070 result. Does not commit.

        :param urssaf.answers.RequestStatus item: amounts in euros, days as URSSAF says them
        """
        self.ensure_one()
        self._apply_statuses([(self, item)])

    @api.model
    def _apply_statuses(self, answers):
        """Take over M070 results: what is no news costs its part of one statement. Does not commit.

        :param answers: pairs of a request, in the language of who follows it, and of a ``urssaf.answers.RequestStatus``
        """
        steps, unchanged = [], {}
        for request, item in answers:
            if other := request._contradictions(item):
                text = request.env._(
                    "URSSAF's answer about this request speaks of another one: %s. It was not taken over.", other
                )
                request._flag('other', text, next_poll_at=fields.Datetime.now() + POLL_AGAIN_AFTER_TELLING)
                continue
            # A value that is there and cannot be read is not the same as none: an amount would be forgotten, a transfer booked
            # without it.
            if unread := request._describe_unread(item):
                text = request.env._(
                    "URSSAF's answer about this request holds what cannot be read: %s. It was not taken over.", unread
                )
                request._flag('spoilt', text, next_poll_at=fields.Datetime.now() + POLL_AGAIN_AFTER_TELLING)
                continue
            step = request._step_to(item)
            if step.line is None:
                values = {name: value for name, value in step.values.items() if request[name] != value}
                unchanged.setdefault(tuple(values.items()), []).append(request.id)
            else:
                steps.append(step)
        for values, ids in unchanged.items():
            self.browse(ids).write(dict(values))
        self._set_states(steps)

    def _step_to(self, item):
        """What becomes of a request by one M070 result. An unknown code keeps the last state, is stored raw and flagged:
        never dropped, never a crash (CONTRACT §9).

        :param urssaf.answers.RequestStatus item: the result
        :return: without a line where nothing is new
        :rtype: Step
        """
        info = statuses.request_status(item.status_code)
        state = info.state or self.state
        # That it has turned up after all is said as long as URSSAF collects.
        stays = self.attention == 'alive' and STATES[state].stage in LIVE_STAGES
        attention = 'status' if not info.state else self.attention if stays else False
        values = {
            'status_code': item.status_code,
            'attention': attention,
            'error_text': self.error_text if attention == self.attention else False,
            'missed_since': False,
            'reject_code': item.reject_code or False,
            'reject_comment': item.reject_comment or False,
            'transfer_amount': float(item.transfer_amount) if item.transfer_amount is not None else 0.0,
            'transfer_date': item.transfer_date or False,
            'next_poll_at': self._next_poll(info, state),
        }
        is_news = (
            state != self.state
            or item.status_code != self.status_code
            or attention != self.attention
            or (item.transfer_date or False) != self.transfer_date
            or self.currency_id.compare_amounts(values['transfer_amount'], self.transfer_amount) != 0
        )
        new_transfer = (item.transfer_date or False) != self.transfer_date or (
            values['transfer_amount'] and values['transfer_amount'] != self.transfer_amount
        )
        line = {}
        if new_transfer and item.transfer_date:
            line = {'amount': values['transfer_amount'], 'transfer_date': item.transfer_date}
        return Step(self, state, values, line if is_news else None)

    def _next_poll(self, info, state):
        """When to ask again (UTC); False for a final status, unless URSSAF was asked to cancel what has it."""
        now = fields.Datetime.now()
        if info.final is True and self.cancellation_asked_at and state in CANCELLABLE_STATES:
            info = statuses.watched(info)
        if info.final is True:
            return False
        if info.final == 'watch' and state == self.state and self._watched_since() + statuses.WATCH_PAID_FOR < now:
            return False
        return statuses.next_look(info, now)

    @api.model
    def _utc_now(self):
        return fields.Datetime.now().replace(tzinfo=timezone.utc)


def is_too_much(failure):
    """Whether URSSAF has more than it shows in one answer.

    :param failure: an ``UrssafError``, or None
    :rtype: bool
    """
    return isinstance(failure, Refused) and MANY_RESULTS in failure.codes


def _by_number(entries):
    """The entries of an answer by invoice number: URSSAF may have several under one.

    :param entries: ``urssaf.answers.RequestStatus``
    :rtype: dict[str, list[RequestStatus]]
    """
    items = {}
    for item in entries:
        items.setdefault(item.number, []).append(item)
    return items
