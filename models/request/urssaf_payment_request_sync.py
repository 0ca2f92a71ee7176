import json
import logging
from datetime import timedelta, timezone

from odoo import api, fields, models

from ...urssaf import statuses
from ...urssaf.answers import SearchResult
from ...urssaf.client import MAX_BATCH
from ...urssaf.errors import Refused, Unavailable
from ...urssaf.least import least
from ..connection.urssaf_document import POLL_AGAIN_AFTER_FAILURE

_logger = logging.getLogger(__name__)

# Between two searches that both find nothing (CONTRACT §10.2).
ABSENT_PAUSE = timedelta(minutes=5)


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
        registrations = self.env['urssaf.registration']
        self._run_steps(self._sync_due, registrations._sync_due, self._notify_due, registrations._remind_due)
        self.env['urssaf.watchdog']._watch('ir_cron_urssaf_sync')

    def _sync(self):
        """Ask URSSAF for the status of these requests. Commits.

        :return: a sentence when URSSAF could not be asked, else an empty string
        """
        self._commit()
        failures = [
            requests._sync_provider()
            for requests in self.grouped(lambda request: (request.company_id, request.environment)).values()
        ]
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
                known._sync_apart(type(self)._sync_statuses, MAX_BATCH),
            ]
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Requests %s could not be asked about", self._ids)
            failures = [Unavailable('unexpected')]
        failure = next(filter(None, failures), None)
        return self.env['urssaf.error']._explain(failure) if failure else ''

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

    def _sync_statuses(self):
        """Take over what URSSAF says about requests whose reference is known; its failure, if any."""
        found, failure = self._sync_search(refs=self.mapped('request_ref'))
        if not failure:
            by_ref = {item.request_ref: item for item in found.items}
            self._record_statuses(lambda request: by_ref.get(request.request_ref))
        return failure

    def _sync_lookup(self):
        """Find at URSSAF the requests whose answer was lost: by number, then by invoice date (CONTRACT §10).

        :return: the ``UrssafError`` of a search that failed, if any
        """
        items, is_complete, failure = self._search_by_number()
        if not failure:
            # Absent is only what an answer read as a whole does not hold.
            concluded = self.filtered(lambda request: is_complete or request.name in items)
            concluded._write_safely(type(self)._conclude_lookup, lambda request: items.get(request.name))
            (self - concluded)._poll_later()
        return failure

    def _search_by_number(self):
        """What URSSAF has under these numbers: ``(items by number, is complete, failure)``.

        Asked by invoice date, too, before a request is held for absent, and when the service does not search by
        number (CONTRACT §10).
        """
        found, failure = self._sync_search(numbers=self.mapped('name'))
        not_by_number = isinstance(failure, Refused)
        if failure and not not_by_number:
            return {}, False, failure
        items, is_complete = {item.number: item for item in found.items}, found.complete
        for request in self:
            if request.name in items or not (not_by_number or request.absent_count):
                continue
            day = request.move_id.invoice_date
            found, failure = request._sync_search(date_from=day, date_to=day)
            if failure and not_by_number:
                return {}, False, failure
            is_complete = is_complete and (found.complete or not not_by_number)
            items.update({item.number: item for item in found.items if item.number == request.name})
        return items, is_complete, None

    # -- concluding -------------------------------------------------------------------------------

    def _conclude_lookup(self, item):
        """What the search for a lost answer says: adopt it, ask a person, or send again (CONTRACT §10).

        :param urssaf.answers.RequestStatus item: what URSSAF has under this number; None when it has nothing
        """
        now = fields.Datetime.now()
        if self.state != 'unknown':
            return  # a late answer of the first caller was faster, and counts
        if item:
            same_customer = not item.customer_ref or item.customer_ref == self._sent_customer_ref()
            same_amount = (
                item.total_ttc is None
                or self.currency_id.compare_amounts(float(item.total_ttc), self.amount_total) == 0
            )
            if same_customer and same_amount:
                self._adopt(item.request_ref, item.status_code)
                self._apply_status(item)
            else:
                self._set_state(
                    'unknown',
                    needs_attention=True,
                    next_poll_at=False,
                    error_text=self.env._(
                        "URSSAF already holds a request with number %(number)s, for another customer or another amount. "
                        "Do not send anything again: compare it with the invoice on URSSAF's site.",
                        number=self.name,
                    ),
                )
        elif self.send_alone:
            # URSSAF answered, with a refusal of the whole batch: what it does not know was not recorded.
            self._set_state('queued', claim=False, next_poll_at=False)
        elif not self.absent_count:
            self.write({'absent_count': 1, 'next_poll_at': now + ABSENT_PAUSE})
            self.env.ref('l10n_fr_avance_immediate.ir_cron_urssaf_sync')._trigger(now + ABSENT_PAUSE)
        else:
            # Proved absent, and the number protects the next try: URSSAF refuses a number it has (DESIGN §3.6).
            self._wait_for_retry(self.env._("URSSAF did not receive the request."))

    def _sent_customer_ref(self):
        """The household's number as it was sent: it may have been registered anew since then, with another one."""
        return json.loads(self.sudo().payload).get('idClient')

    def _record_statuses(self, item_of):
        """Write what URSSAF said; an id it did not mention is asked again later."""

        def apply(request, item):
            if item:
                request._apply_status(item)
            else:
                request.next_poll_at = fields.Datetime.now() + POLL_AGAIN_AFTER_FAILURE

        self._write_safely(apply, item_of)

    def _write_safely(self, apply, answer_of):
        """Write what URSSAF said about each of these requests. What cannot be written is tried with the least of it, alone;
        when that cannot be written either, a person is told. Commits; never raises.

        :param apply: writes about one request what is given with it, in the language of who follows it; called anew at
            each try
        :param answer_of: what URSSAF said about a request
        """

        def write(requests, answer_of):
            for request in requests:
                if request.spoilt_count:
                    request._accept_answers()
                apply(request._localized(), answer_of(request))

        self._write_apart(
            lambda requests: write(requests, answer_of),
            lambda requests: write(requests, lambda request: least(answer_of(request))),
            lambda requests: requests._set_spoilt(Unavailable('unreadable'), True),
            type(self)._poll_seldom,
        )

    def _accept_answers(self):
        """An answer can be used again: what was told of those that could not is over. Does not commit."""
        self.spoilt_count = 0
        if self.needs_attention:
            self._set_state(self.state, needs_attention=False, error_text=False)

    def _ask_a_person(self, failure):
        if not self.needs_attention:
            self._set_state(self.state, needs_attention=True, error_text=self._spoilt_sentence(failure))

    def _apply_status(self, item):
        """Take over one M070 result. Does not commit.

        :param urssaf.answers.RequestStatus item: amounts in euros, days as URSSAF says them

        An unknown code keeps the last state, is stored raw and flagged: never dropped, never a crash (CONTRACT §9).
        """
        self.ensure_one()
        info = statuses.request_status(item.status_code)
        state = info.state or self.state
        values = {
            'status_code': item.status_code,
            'needs_attention': not info.state,
            'reject_code': item.reject_code or False,
            'reject_comment': item.reject_comment or False,
            'transfer_amount': float(item.transfer_amount) if item.transfer_amount is not None else 0.0,
            'transfer_date': item.transfer_date or False,
            'next_poll_at': self._next_poll(info, state),
        }
        is_news = (
            state != self.state
            or item.status_code != self.status_code
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
