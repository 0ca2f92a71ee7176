from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import split_every

from ...urssaf import statuses
from ...urssaf.client import MAX_BATCH
from .urssaf_payment_request_states import (
    COLLECTING_STAGES,
    ENDED_STATES,
    FREE_STATES,
    IN_DOUBT_STATES,
    STATES,
)

# Whatever left once may turn up at URSSAF that long after its answer was lost.
WATCHED_FOR = timedelta(days=90)
WATCHED_DAILY = timedelta(days=7)


class UrssafPaymentRequest(models.Model):
    """Not found is not "not received": whose answer was lost once is looked for later on, too, whatever became of it here.

    Also when it was withdrawn or sent again. One that turns up alive is told at once: the household would pay twice.
    """

    _inherit = 'urssaf.payment.request'

    watch_until = fields.Datetime("Looked For Until", readonly=True)
    next_watch_at = fields.Datetime("Next Search", readonly=True, index='btree_not_null')

    def _watch(self):
        """From now on it is looked for. Does not commit."""
        now = fields.Datetime.now()
        self.write({'watch_until': now + WATCHED_FOR, 'next_watch_at': now + timedelta(days=1)})

    @api.model
    def _watch_due(self, limit=100):
        """Search for what was lost once and may turn up. Safe from several processes at once. Commits.

        :return: number of requests handled; 0 when nothing is due
        """
        self._commit()  # a fresh snapshot, so that the lock follows at once
        now = fields.Datetime.now()
        is_due = self._due_domain('next_watch_at', now)
        due = self.search(self._callable_domain(now) & is_due, order='next_watch_at, id', limit=limit)
        if not due:
            return 0
        try:
            due = due.try_lock_for_update(allow_referencing=True)
            for request in due:
                request.next_watch_at = request._next_watch(now)
            self._commit()
        except SerializationFailure:
            self.env.cr.rollback()
            return 1  # another worker is at it: search again
        # What is in doubt now has searches of its own.
        watched = due.filtered(lambda request: request.state not in IN_DOUBT_STATES)
        for requests in watched.grouped(lambda r: (r.company_id, r.environment)).values():
            for chunk in split_every(MAX_BATCH, requests.ids, self.browse):
                chunk._sync_watched()
        due._notify()
        return len(due)

    def _next_watch(self, now):
        """When to search again (UTC): daily for a week, then weekly; False when the time is over. What has turned up beside
        another request is looked for daily until its end is seen."""
        if self._ref_beside():
            return now + timedelta(days=1)
        lost_at = self.lost_at or now
        then = now + (timedelta(days=1) if now < lost_at + WATCHED_DAILY else timedelta(days=7))
        return then if self.watch_until and then <= self.watch_until else False

    def _ref_beside(self):
        """The id at URSSAF of what has turned up alive and is not followed, as something else stands for the invoice; else
        False."""
        self.ensure_one()
        return self.attention == 'alive' and self.found_ref

    def _sync_watched(self):
        """Search for these requests of one provider by their numbers; what is alive is told. Commits."""
        items = self._search_by_number().items

        def apply(answers):
            for request, found in answers:
                for item in found:
                    request._see_watched(item)

        self._write_safely(apply, lambda request: items.get(request.name, []))

    def _see_watched(self, item):
        """What URSSAF has under the number of a request that was lost once. Does not commit.

        :param urssaf.answers.RequestStatus item: what it has
        """
        info = statuses.request_status(item.status_code)
        if info.state in ENDED_STATES and item.request_ref and item.request_ref == self._ref_beside():
            self._end_beside()
            return
        is_alive = not info.state or STATES[info.state].stage in COLLECTING_STAGES
        if not item.request_ref or not is_alive or self._holder_of(self.company_id, self.environment, item.request_ref):
            return
        other = self._other_use()
        if other.name == self.name and not other.request_ref:
            return  # its own answer, or its own search, tells
        self._turn_up(item.request_ref, item.status_code, self._differences(item))

    def _end_beside(self):
        """What had turned up beside another request is over at URSSAF: nobody has to act any more. Does not commit."""
        self._tell(
            self.env._(
                "URSSAF does not collect request no. %s any more: nothing is left to be done about it.", self.found_ref
            )
        )
        self.write(
            {
                'attention': False,
                'error_text': False,
                'found_ref': False,
                'cancellation_asked_at': False,
                'cancellation_reason': False,
            }
        )

    def _turn_up(self, request_ref, status_code, differences=''):
        """URSSAF collects what was held for lost: followed from now on where nothing else stands for the invoice, and told.

        Does not commit.

        :param str request_ref: its id at URSSAF
        :param str status_code: URSSAF's own
        :param str differences: what there is not as it was sent, in words
        """
        if self.attention == 'alive' and self.found_ref == request_ref:
            return  # told already
        text = self.env._(
            "URSSAF collects this invoice after all: a request whose answer was lost has turned up (no. %s).",
            request_ref,
        )
        if differences:
            text += ' ' + self.env._("There it has: %s.", differences)
        if self.state in FREE_STATES and not differences and not self._other_use():
            self._adopt(request_ref, status_code, attention='alive', error_text=text)
        else:
            self._flag('alive', text, found_ref=request_ref)
