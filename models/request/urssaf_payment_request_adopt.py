from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.sentence import filled_in
from ...urssaf import same, statuses
from .urssaf_payment_request import Step
from .urssaf_payment_request_adopt_words import DIFFERS, UNREAD, UNTOLD
from .urssaf_payment_request_states import FREE_STATES

# Between two searches that both find nothing (CONTRACT §10.2); the later ones after URSSAF has said that it has the number.
ABSENT_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 1440))
# A request whose answer was lost is searched for that long before a person may be paid in another way.
SEARCHED_FOR = timedelta(days=1)
# A dispute is looked at again, for URSSAF may say more another time.
DISPUTE_PAUSE = timedelta(days=1)


class UrssafPaymentRequest(models.Model):
    """Whose request is it? What URSSAF has under a number of ours is taken over, or left to a person (CONTRACT §10.1).

    Taken over by itself only when everything agrees and an answer of ours was lost before; never when URSSAF says a
    number is used already (``ERR_FACTURE_DOUBLON``) and nothing was lost: another program, or we before a backup was
    restored, may have sent it for the same household, at the same price.
    """

    _inherit = 'urssaf.payment.request'

    lost_at = fields.Datetime(
        "Answer Lost On",
        readonly=True,
        help="The request left, and what URSSAF made of it is not known from its answer.",
    )
    number_taken = fields.Boolean("Number Known at URSSAF", readonly=True)
    found_ref = fields.Char(
        "URSSAF Number Found", readonly=True, copy=False, help="What URSSAF holds under the invoice's number."
    )
    # What a person has taken for this invoice, where it differs from what was sent: number, customer, amount.
    confirmed_customer_ref = fields.Char("Confirmed Customer", readonly=True, copy=False, groups=fields.NO_ACCESS)
    confirmed_total = fields.Char("Confirmed Amount", readonly=True, copy=False, groups=fields.NO_ACCESS)
    can_adopt = fields.Boolean("Can Be Taken for This Invoice", compute='_compute_can_adopt', exportable=False)
    can_release = fields.Boolean("Can Be Taken for Another", compute='_compute_can_adopt', exportable=False)

    # An id at URSSAF belongs to one request.
    _unique_request_ref = models.UniqueIndex(
        "(company_id, environment, request_ref) WHERE request_ref IS NOT NULL",
        "Another request has this number at URSSAF.",
    )

    @api.depends('state', 'attention', 'found_ref', 'lost_at', 'number_taken')
    def _compute_can_adopt(self):
        for request in self:
            request.can_adopt = request.is_disputed and bool(request.found_ref)
            # What is shown nowhere may be ours, in a search that lags: not before a day is over.
            is_shown = bool(request.found_ref) or not request._is_searched_for()
            request.can_release = request.is_disputed and request.number_taken and is_shown

    def _is_searched_for(self):
        """Whether it is too early to hold a request for absent whose answer was lost, or whose number URSSAF knows."""
        until = self._searched_until()
        return bool(until) and until > fields.Datetime.now()

    def _searched_until(self):
        """The UTC moment from which it may be held for absent; None when nothing was lost."""
        self.ensure_one()
        since = self.lost_at or (self.number_taken and self.state == 'unknown' and self.state_since)
        return (since + SEARCHED_FOR) if since else None

    # -- does it agree? ---------------------------------------------------------------------------

    def _facts(self):
        """What was sent, as far as it is compared; what a person has confirmed since then counts instead.

        :return: None when it cannot be read any more
        :rtype: urssaf.same.Facts
        """
        self.ensure_one()
        own = self.sudo()
        try:
            facts = same.facts_of(own.payload)
        except (ValueError, KeyError, TypeError, ArithmeticError):
            return None
        if own.confirmed_customer_ref:
            facts = facts._replace(customer_ref=own.confirmed_customer_ref)
        if own.confirmed_total:
            facts = facts._replace(total_ttc=Decimal(own.confirmed_total))
        return facts

    @api.model
    def _holder_of(self, company, environment, request_ref):
        """The request of ours that has this id at URSSAF; may be empty."""
        return self.sudo().search(
            [('company_id', '=', company.id), ('environment', '=', environment), ('request_ref', '=', request_ref)],
            limit=1,
        )

    def _differences(self, item):
        """In what URSSAF's request is not provably this one, in words; empty when all agrees.

        :param urssaf.answers.RequestStatus item: what URSSAF has
        :rtype: str
        """
        facts = self._facts()
        if not facts:
            return self.env._("what was sent cannot be read here any more")
        return self._describe_differences(same.differences(facts, item), item, facts)

    def _describe_differences(self, names, item, facts):
        """What differs, in words.

        :param names: of ``urssaf.same.FACTS``
        :param urssaf.answers.RequestStatus item: what URSSAF has
        :param urssaf.same.Facts facts: what was sent
        :rtype: str
        """
        if not names:
            return ''  # as nearly always: no amount and no day is written out for nothing
        here = {
            'total': self.currency_id.format(float(facts.total_ttc)),
            'invoice_date': format_date(self.env, facts.invoice_date),
            'period': self._days(facts.date_start, facts.date_end),
        }
        there = {
            'number': item.number,
            'customer': item.customer_ref,
            'total': self.currency_id.format(float(item.total_ttc)) if item.total_ttc is not None else '',
            'invoice_date': item.date_invoice and format_date(self.env, item.date_invoice),
            'period': item.date_start and item.date_end and self._days(item.date_start, item.date_end),
        }
        return ', '.join(
            filled_in(
                self.env,
                DIFFERS[name] if there[name] else UNTOLD[name],
                {'here': here.get(name, ''), 'there': there[name] or ''},
            )
            for name in names
        )

    def _describe_unread(self, item):
        """What a status answer says that cannot be read, in words; empty when nothing of it matters.

        :param urssaf.answers.RequestStatus item: what URSSAF has
        :rtype: str
        """
        return ', '.join(filled_in(self.env, words) for name, words in UNREAD.items() if name in item.unread)

    def _days(self, start, end):
        return f'{format_date(self.env, start)} - {format_date(self.env, end)}'

    def _is_held(self, request_ref):
        """Whether another request of ours has this id at URSSAF."""
        self.ensure_one()
        return bool(self._holder_of(self.company_id, self.environment, request_ref) - self)

    def _why_not_adopted(self, items):
        """Why what URSSAF has under this number cannot be taken for this request without a person; empty when it can.

        :param items: ``urssaf.answers.RequestStatus``, one at least
        :rtype: str
        """
        item = items[0]
        if len(items) > 1 and item.request_ref and len({item.request_ref for item in items}) == 1:
            return self.env._("its answer says two different things about it")
        if len(items) > 1:
            return self.env._("it has several requests with this number")
        if not item.request_ref:
            return self.env._("it gives no number of its own for it")
        if holder := self._holder_of(self.company_id, self.environment, item.request_ref) - self:
            return self.env._("its number at URSSAF is that of invoice %s", holder.name)
        if differences := self._differences(item):
            return differences
        if not self.lost_at:
            return self.env._(
                "customer, amount and days are those of this invoice, but no answer about it was lost. It may come from "
                "another program, or from before a backup was restored"
            )
        return ''

    # -- what the search for a lost answer says ---------------------------------------------------

    def _conclude_lookup(self, items):
        """What the search says: adopt it, ask a person, or send again (CONTRACT §10). Does not commit.

        :param items: what URSSAF has under this number, ``urssaf.answers.RequestStatus``; empty when it has nothing
        """
        if self.state != 'unknown':
            return  # a late answer of the first caller was faster, and counts
        if not items:
            self._conclude_absent()
        elif reason := self._why_not_adopted(items):
            self._dispute(reason, items[0].request_ref)
        else:
            self._adopt(items[0].request_ref, items[0].status_code)
            self._apply_status(items[0])

    def _dispute(self, reason, found_ref):
        """A person decides what URSSAF's request is. Does not commit.

        :param str reason: why it is not taken for this one, the middle of a sentence
        :param str found_ref: its number at URSSAF, or ''
        """
        text = self.env._(
            "URSSAF already holds a request with number %(number)s: %(reason)s. Do not send anything again: compare it "
            "with the invoice on URSSAF's site.",
            number=self.name,
            reason=reason,
        )
        self._flag(
            'dispute',
            text,
            found_ref=found_ref or False,
            number_taken=True,
            next_poll_at=fields.Datetime.now() + DISPUTE_PAUSE,
        )

    def _conclude_absent(self):
        """An answer read as a whole does not hold it. Does not commit."""
        now, count = fields.Datetime.now(), self.absent_count + 1
        self._begin_again_after(now)
        pause = ABSENT_PAUSES[min(count, len(ABSENT_PAUSES)) - 1]
        if self.number_taken:
            # URSSAF said that it has the number: its search lags. Never "not received" (CONTRACT §10.3).
            self.write({'absent_count': count, 'next_poll_at': now + pause})
            self._sync_later(now + pause)
            if count > 1 and not self.attention:
                self._flag(
                    'doubt',
                    self.env._(
                        "URSSAF says that it has number %s already, but its search does not show the request.",
                        self.name,
                    ),
                )
        elif self.send_alone:
            # URSSAF answered, with a refusal of the whole batch: what it does not know was not recorded.
            self._set_state('queued', claim=False, next_poll_at=False)
        elif count == 1:
            self.write({'absent_count': 1, 'next_poll_at': now + pause})
            self._sync_later(now + pause)
        elif self._is_searched_for() and (blocker := self._departure_blocker()):
            # It cannot be sent again, and may not be collected in another way yet.
            self.write({'absent_count': count, 'next_poll_at': now + pause, 'error_text': blocker})
        else:
            # Proved absent, and the number protects the next try: URSSAF refuses a number it has (DESIGN §3.6).
            self.absent_count = count
            self._wait_for_retry(self.env._("URSSAF did not receive the request."))

    def _stay_here(self, error_text, **values):
        """It does not leave, and a person has to act. What may be at URSSAF all the same is searched for during a day
        before the invoice is free. Does not commit.

        :param str error_text: why
        """
        if not self._is_searched_for():
            self._set_state('not_sent', claim=False, submit_at=False, attention=False, error_text=error_text, **values)
            return
        pause = ABSENT_PAUSES[min(self.absent_count, len(ABSENT_PAUSES) - 1)]
        doubt = {
            'claim': False,
            'submit_at': False,
            'error_text': error_text,
            'next_poll_at': fields.Datetime.now() + pause,
        }
        if self.state == 'unknown':
            self.write(doubt)
        else:
            self._set_state('unknown', **doubt)

    def _sync_later(self, at):
        self._trigger_cron('ir_cron_urssaf_sync', at)

    def _adopt(self, request_ref, status_code, **values):
        """The request is at URSSAF under this number: from now on it is only watched.

        :param str request_ref: idDemandePaiement
        :param str status_code: URSSAF's own (CONTRACT §9); one that nobody knows counts as received
        :param values: other fields to write with it
        """
        self._set_states([self._adopted(request_ref, status_code, **values)])

    def _adopted(self, request_ref, status_code, **values):
        """What ``_adopt`` does with it, to be done together with others by ``_set_states``.

        The parameters are those of ``_adopt``.

        :rtype: Step
        """
        info = statuses.request_status(status_code)
        state = info.state or 'integrated'
        news = {
            'request_ref': request_ref,
            'status_code': status_code,
            'claim': False,
            'submit_at': False,
            'error_text': False,
            'attention': False,
            'found_ref': False,
            'number_taken': False,
            'missed_since': False,
            'attempt_count': 0,
            'absent_count': 0,
            'next_poll_at': self._next_poll(info, state),
            **values,
        }
        return Step(self, state, news, {})

    def _adopt_late(self, outcome):
        """URSSAF has accepted a call whose answer was held for lost. Does not commit.

        :param urssaf.answers.ItemOutcome outcome: what the call gave
        """
        if self.state == 'sending' or self._is_held(outcome.request_ref):
            return  # the call under way, or the look-up, finds it
        if self.is_live and not self._other_use():
            self._adopt(outcome.request_ref, outcome.status_code or '10')
        else:
            self._turn_up(outcome.request_ref, outcome.status_code or '10')

    # -- a person decides -------------------------------------------------------------------------

    def action_is_this(self):
        """A person has looked: what URSSAF holds under this number is this invoice. It is asked about once more, then
        followed as ours; nothing is sent.

        :raises UserError: when the request is in no such doubt, URSSAF does not tell about it, or it is another invoice's
        :raises AccessError: when the user may not change the invoice
        """
        self._check_user_may_act()
        before = self._standing()
        for request in self:
            if not request.can_adopt:
                raise UserError(self.env._("Invoice %s: nothing is in doubt about its request.", request.move_id.name))
            request.sudo()._adopt_found()
        self.sudo()._notify()
        return self._news_action(before, self.env._("Followed from now on"))

    def _adopt_found(self):
        """Adopt what URSSAF holds under our number, as a person has decided. Commits."""
        self.ensure_one()
        self._commit()
        ref = self.found_ref
        found, failure = self._sync_search(refs=[ref])
        if failure:
            raise UserError(self.env['urssaf.error']._explain(failure))
        item = next((item for item in found.items if item.request_ref == ref), None)
        if not item:
            raise UserError(self.env._("URSSAF does not tell about its request %s now. Try again later.", ref))
        holder = self._holder_of(self.company_id, self.environment, ref) - self
        if holder:
            raise UserError(
                self.env._("URSSAF's number %(ref)s is that of invoice %(invoice)s.", ref=ref, invoice=holder.name)
            )

        def adopt():
            request = self._localized()
            if not request.can_adopt or request.found_ref != ref:
                return  # somebody else has decided meanwhile
            confirmed = {'confirmed_customer_ref': item.customer_ref or False}
            if item.total_ttc is not None:
                confirmed |= {'confirmed_total': str(item.total_ttc), 'amount_total': float(item.total_ttc)}
            request._adopt(ref, item.status_code, **confirmed)
            request._apply_status(item)

        if not self._write_from_memory(adopt):
            raise UserError(self.env._("Somebody else is working on this invoice. Wait a moment, then try again."))

    def action_release_number(self):
        """A person has looked: what URSSAF holds under this number is not this invoice. Ours was not recorded then, for
        URSSAF takes a number once (CONTRACT §1.12). The invoice is released.

        :raises UserError: when the request is in no such doubt, or a search that lags may still show it
        """
        requests = self._locked_to_act()
        for request in requests:
            if not request.is_disputed:
                raise UserError(self.env._("Invoice %s: nothing is in doubt about its request.", request.move_id.name))
            if not request.can_release:
                raise UserError(
                    self.env._(
                        "Invoice %s: URSSAF's search may not show the request yet. It can be released when the searches of "
                        "a day are over.",
                        request.move_id.name,
                    )
                )
            request._localized()._set_state(
                'rejected',
                attention=False,
                claim=False,
                next_poll_at=False,
                # A person has judged what was found: it is not searched for and told again.
                next_watch_at=False if request.found_ref else request.next_watch_at,
                error_text=request._localized().env._(
                    "URSSAF already uses number %(number)s for another request, and never takes it again: give the invoice "
                    "another number (reset it to draft), or make a credit note and a new invoice.",
                    number=request.name,
                ),
            )
        requests._commit()
        requests._notify()

    def _other_use(self):
        """Another request that stands for the same invoice or the same number, and is not over; may be empty."""
        return self.sudo().search(
            [
                ('id', '!=', self.id),
                ('company_id', '=', self.company_id.id),
                ('environment', '=', self.environment),
                ('state', 'not in', FREE_STATES),
                '|',
                ('move_id', '=', self.move_id.id),
                ('name', '=', self.name),
            ],
            limit=1,
        )
