import logging
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import split_every

from ...urssaf import same, statuses
from ...urssaf.answers import SearchResult
from ...urssaf.client import MAX_BATCH
from ...urssaf.errors import Refused
from ..connection.urssaf_document import WRITE_TRIES
from .urssaf_payment_request_states import LIVE_STAGES, STATES

_logger = logging.getLogger(__name__)

POLL_AGAIN_AFTER_FAILURE = timedelta(minutes=15)
# A request that is in doubt, or that URSSAF no longer mentions, for longer than this is told to a person, and asked about
# less often.
TELL_AFTER = timedelta(days=1)
POLL_AGAIN_AFTER_TELLING = timedelta(hours=4)
POLL_FORGOTTEN = timedelta(days=1)
MANY_RESULTS = 'ERR_NBRE_MAX_RESULTAT'
# What an answer about another request is recognized by; days may be told in another way than they were sent.
COMPARED = (same.NUMBER, same.CUSTOMER, same.TOTAL)


class UrssafPaymentRequest(models.Model):
    """What URSSAF says about requests it has, and the search for those whose answer was lost."""

    _inherit = 'urssaf.payment.request'

    # -- entry points -----------------------------------------------------------------------------

    @api.model
    def _cron_submit(self):
        """Entry point of ``ir_cron_urssaf_submit``: requests, then the registrations that wait in the background."""
        cron = self.env['ir.cron']
        while processed := self._submit_due():
            if not cron._commit_progress(processed):
                break
        while handled := self.env['urssaf.registration']._register_queued():
            if not cron._commit_progress(handled):
                self._submit_later()
                break

    @api.model
    def _cron_sync(self):
        """Entry point of ``ir_cron_urssaf_sync``: requests, registrations, notices left over by a crash, reminders."""
        cron = self.env['ir.cron']
        registrations = self.env['urssaf.registration']
        steps = (
            self._sync_due,
            registrations._sync_due,
            self._watch_due,
            self._notify_due,
            registrations._remind_due,
        )
        for step in steps:
            while processed := step(limit=100):
                if not cron._commit_progress(processed):
                    return

    def _sync(self):
        """Ask URSSAF for the status of these requests. Commits.

        :return: a sentence when URSSAF could not be asked, else an empty string
        """
        self._commit()
        failures = [
            requests._sync_provider(company, environment)
            for (company, environment), requests in self.grouped(lambda r: (r.company_id, r.environment)).items()
        ]
        self._notify()
        return next(filter(None, failures), '')

    def _sync_provider(self, company, environment):
        """``_sync`` for the requests of one provider; stops when every further call would meet the same failure.

        :param res.company company: that of all these requests
        :param str environment: theirs, too
        :return: a sentence when URSSAF could not be asked about some of them, else an empty string
        :rtype: str
        """
        failure = ''
        lost = self.filtered(lambda request: request.state == 'unknown' and not request.request_ref)
        known = self.filtered('request_ref')
        for requests, sync in ((lost, type(self)._sync_lookup), (known, type(self)._sync_statuses)):
            for chunk in split_every(MAX_BATCH, requests.ids, self.browse):
                error = sync(chunk)
                if error:
                    failure = failure or self.env['urssaf.error']._explain(error)
                    chunk._poll_later()
                    if self.env['urssaf.connection']._is_paused(company, environment):
                        return failure
        return failure

    # -- asking -----------------------------------------------------------------------------------

    def _sync_search(self, **criteria):
        """One M070 call. Commits.

        :param criteria: those of ``UrssafClient.search_requests``
        :return: what was found, and the ``UrssafError`` when there was no usable answer
        :rtype: tuple
        """
        found, failure = self.env['urssaf.connection']._ask(self, lambda client: client.search_requests(**criteria))
        return found or SearchResult(), failure

    def _poll_later(self):
        self._write_safely(type(self)._poll_one_later)

    def _poll_one_later(self):
        """It could not be asked about, or the answer says nothing of it. One in doubt for a day is told to a person."""
        now = fields.Datetime.now()
        if self.state == 'unknown' and self.state_since <= now - TELL_AFTER:
            self.next_poll_at = now + POLL_AGAIN_AFTER_TELLING
            if not self.attention:
                self._flag(
                    'doubt',
                    self.env._(
                        "For a day URSSAF has not let us know whether it has this request: its answer was lost, and its "
                        "search could not be used."
                    ),
                )
        else:
            self.next_poll_at = now + POLL_AGAIN_AFTER_FAILURE

    def _sync_statuses(self):
        """Take over what URSSAF says about requests whose reference is known; its failure, if any."""
        found, failure = self._sync_search(refs=self.mapped('request_ref'))
        if not failure:
            self._record_statuses(found)
        return failure

    def _sync_lookup(self):
        """Find at URSSAF the requests whose answer was lost: by number, then by invoice date (CONTRACT §10).

        :return: the ``UrssafError`` of a search that failed, if any
        """
        items, proved, failure = self._search_by_number()
        if not failure:
            # Absent is only what an answer read as a whole does not hold.
            concluded = self.filtered(lambda request: request in proved or request.name in items)
            concluded._write_safely(lambda request: request._conclude_lookup(items.get(request.name, [])))
            (self - concluded)._poll_later()
        return failure

    def _search_by_number(self):
        """What URSSAF has under these numbers: ``(items by number, requests whose absence is proved, failure)``.

        Asked by invoice date, too, before a request is held for absent, and when the service does not search by
        number (CONTRACT §10). A day on which URSSAF has too many invoices proves nothing; the others are looked up.

        :rtype: tuple[dict[str, list[RequestStatus]], UrssafPaymentRequest, UrssafError]
        """
        found, failure = self._sync_search(numbers=self.mapped('name'))
        if isinstance(failure, Refused) and MANY_RESULTS in failure.codes and len(self) > 1:
            return self._search_in_halves()
        not_by_number = isinstance(failure, Refused)
        if failure and not not_by_number:
            return {}, self.browse(), failure
        items, proved = _by_number(found), self if found.complete and not not_by_number else self.browse()
        contradictory = {item.number for item in found.contradictory}
        for request in self:
            is_to_prove = request.state == 'unknown' and request.absent_count
            if request.name in items or not (not_by_number or is_to_prove):
                continue
            facts = request._facts()
            day = facts.invoice_date if facts else request.move_id.invoice_date
            found, failure = request._sync_search(date_from=day, date_to=day)
            if failure and not isinstance(failure, Refused):
                if not_by_number:
                    return {}, self.browse(), failure
                proved -= request  # to be asked again
            if not_by_number and not failure and found.complete:
                proved |= request
            contradictory |= {item.number for item in found.contradictory}
            if request.name in (by_day := _by_number(found)):
                items[request.name] = by_day[request.name]
        return (
            {number: told for number, told in items.items() if number not in contradictory},
            proved.filtered(lambda request: request.name not in contradictory),
            None,
        )

    def _search_in_halves(self):
        """``_search_by_number`` where URSSAF has too much under these numbers for one answer."""
        middle = len(self) // 2
        items, proved = {}, self.browse()
        for half in (self[:middle], self[middle:]):
            found, absent, failure = half._search_by_number()
            if failure:
                return {}, self.browse(), failure
            items |= found
            proved |= absent
        return items, proved, None

    # -- concluding -------------------------------------------------------------------------------

    def _record_statuses(self, found):
        """Write what URSSAF said; an id it did not mention is asked again later.

        :param urssaf.answers.SearchResult found: its answer about these requests
        """
        by_ref = {item.request_ref: item for item in found.items}

        def apply(request):
            if item := by_ref.get(request.request_ref):
                request._apply_status(item)
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

        self._write_safely(apply)

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

    def _write_safely(self, apply):
        """Apply and commit for all; when another worker interferes, record by record, each with its own commit.

        One poisoned record never stops the others.

        :param apply: writes it for one request, in the language of who follows it; called anew at each try
        """

        def apply_to_all():
            for request in self:
                apply(request._localized())

        try:
            if self._write_from_memory(apply_to_all, tries=1 if len(self) > 1 else WRITE_TRIES):
                return
        except Exception:
            self.env.cr.rollback()
            if len(self) == 1:
                _logger.exception("Request %s could not be updated", self.id)
                return
            _logger.warning("Requests %s are updated one by one", self._ids)
        if len(self) > 1:
            for request in self:
                request._write_safely(apply)

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

        An unknown code keeps the last state, is stored raw and flagged: never dropped, never a crash (CONTRACT §9).
        """
        self.ensure_one()
        if other := self._contradictions(item):
            text = self.env._(
                "URSSAF's answer about this request speaks of another one: %s. It was not taken over.", other
            )
            self._flag('other', text, next_poll_at=fields.Datetime.now() + POLL_AGAIN_AFTER_TELLING)
            return
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
        if not is_news:
            self.write(values)
            return
        new_transfer = (item.transfer_date or False) != self.transfer_date or (
            values['transfer_amount'] and values['transfer_amount'] != self.transfer_amount
        )
        self._set_state(state, **values)
        if new_transfer and item.transfer_date:
            self.event_ids.sorted()[:1].write(
                {'amount': values['transfer_amount'] or self.amount_expected, 'transfer_date': item.transfer_date}
            )

    def _next_poll(self, info, state):
        """When to ask again (UTC); False for a final status."""
        now = fields.Datetime.now()
        if info.final is True:
            return False
        if info.final == 'watch' and state == self.state and self.state_since + statuses.WATCH_PAID_FOR < now:
            return False
        return statuses.next_look(info, now)

    @api.model
    def _utc_now(self):
        return fields.Datetime.now().replace(tzinfo=timezone.utc)


def _by_number(found):
    """The items of an answer by invoice number: URSSAF may have several under one.

    :param urssaf.answers.SearchResult found: the answer
    :rtype: dict[str, list[RequestStatus]]
    """
    items = {}
    for item in found.items:
        items.setdefault(item.number, []).append(item)
    return items
