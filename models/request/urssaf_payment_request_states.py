"""The states of a payment request, once: what each is called, how it is shown, what may come before it, what is said of it.

    scheduled, queued ─▶ withdrawn (by a user, while nobody has claimed it: action_withdraw())

    scheduled ─▶ queued ─▶ sending ─▶ integrated(10) ─▶ awaiting(20) ─▶ validated(30) ─▶ debited(50) ─▶ paid(70)
                    ▲         ├─▶ unknown ── found ──▲            └─▶ refused(40)    └─▶ debit_failed(60) ─▶ recovered(120)
                    │         │      └─ proved absent ─▶ not_sent          cancelled(110) cancelled_unpaid(111) cancelled_recovered(112)
                    └─────────┼─ not_sent (provably never received)
                              └─▶ rejected (URSSAF answered with errors; same invoice number was not taken)

Between two looks URSSAF may pass several states, and a look-up may find any of them: `after` allows to skip, and names
what is known to go back (70 → 60, and 60 → 70 where the debit is made after all). A step that it does not name is logged
and taken all the same (CONTRACT §9).
"""

from dataclasses import dataclass

from odoo.tools import LazyTranslate

from ..connection.urssaf_states import State, having

_lt = LazyTranslate(__name__)

# What people sort requests by. A request that waits for its next try (`not_sent` with `submit_at`) is still to send.
STAGES = [
    ('to_send', "To send"),
    ('waiting', "Waiting"),
    ('to_fix', "To correct"),
    ('paid', "Paid"),
    ('closed', "Closed"),
]
# DESIGN §2.4: blocks changes to the invoice and any online payment of it.
LIVE_STAGES = ('to_send', 'waiting')
# URSSAF collects the invoice, or has done so: nobody else asks for its money.
COLLECTING_STAGES = (*LIVE_STAGES, 'paid')


@dataclass(frozen=True)
class RequestState(State):
    """Labels are plain: Odoo translates them as choices of the field `state`. Flags:

    - ``withdrawable``: nobody has claimed it yet;
    - ``timed``: leaves at its ``submit_at``, if it has one;
    - ``in_doubt``: it may or may not be at URSSAF;
    - ``path``: on the way of a request that goes well, shown in the status bar;
    - ``untold``: of interest in the timeline, not in the chatter;
    - ``free``: URSSAF never took the invoice number, which may be sent again; in any other state it is used for ever
      (CONTRACT §1.12);
    - ``ended``: over, and the number is used up: what is still owed goes out under a new one (*Correct and resend*);
    - ``on_invoice``: what is left to do is done on the invoice;
    - ``cancellable``: URSSAF has it, and may be asked to cancel it;
    - ``collectable``: URSSAF does not collect it any more, the household pays what is still due (by mail, where the company
      wants that);
    - ``uncollected``: cancelled at the company's wish, and nobody is asked by itself: a person decides whom to ask, or corrects the
      invoice;
    - ``money_back``: after it URSSAF takes back what it had paid; ``half_back``: the household's half of it only;
    - ``contestable``: the customer may still object; ``owed``: URSSAF owes the transfer.

    Words: ``event`` (in the timeline), ``guidance`` (what the user can do now, SCREENS §6), ``alert`` (the banner of the
    invoice, SCREENS §3), ``overdue`` (both, once the time of a ``contestable`` one is over), ``activity`` (one line: what
    happened, to whom). Values stand in them as ``%(name)s``.
    """

    # How serious the banner of the invoice is: info, warning or danger. Without one there is no banner.
    alert_level: str = ''


# What may come before, in groups: on its way; then as far as URSSAF's own steps go.
_SENT = ('sending', 'unknown')
_RECEIVED = (*_SENT, 'integrated', 'awaiting')
_COLLECTED = (*_RECEIVED, 'validated', 'debited')

_LEAVING = _lt("The request to URSSAF is leaving.")
_RECEIVED_ON = _lt(
    "Request received by URSSAF on %(since)s. Your customer can object until about %(until)s; without an answer, the request "
    "is approved."
)
_OVERDUE = _lt(
    "The time for objections ended about %(until)s: URSSAF's next step is awaited. We look again at about %(next)s."
)
_DEBIT_FAILED = _lt(
    "The bank refused the customer's debit. Collect the customer's share directly: the payment link, the portal and the PDF "
    "ask for that part only. URSSAF may still pay the rest."
)

STATES = {
    'scheduled': RequestState(
        "Scheduled",
        stage='to_send',
        color='muted',
        after=('not_sent',),
        flags=frozenset({'withdrawable', 'timed'}),
        alert_level='info',
        words={
            'event': _lt("Scheduled: leaves after the services"),
            'guidance': _lt(
                "The request leaves by itself on %(day)s, when the services are over. Until then you can withdraw it."
            ),
            'alert': _lt("Request scheduled: it leaves by itself on %(day)s, when the services are over."),
        },
    ),
    'queued': RequestState(
        "Being sent",
        stage='to_send',
        color='muted',
        after=('scheduled', 'not_sent', 'sending', 'unknown'),
        flags=frozenset({'withdrawable', 'untold', 'path'}),
        alert_level='info',
        words={
            'event': _lt("Ready to leave"),
            'guidance': _lt("The request leaves within a few minutes. Until then you can withdraw it."),
            'alert': _LEAVING,
        },
    ),
    'sending': RequestState(
        "Sending in progress",
        stage='to_send',
        color='muted',
        after=('queued',),
        flags=frozenset({'in_doubt', 'untold'}),
        alert_level='info',
        words={
            'event': _lt("Sent to URSSAF"),
            'guidance': _lt("Nothing: the request is on its way."),
            'alert': _LEAVING,
        },
    ),
    'unknown': RequestState(
        "Answer to check",
        stage='waiting',
        color='warning',
        # Also when what was lost once cannot leave again: it is searched for first.
        after=('scheduled', 'queued', 'sending', 'not_sent'),
        flags=frozenset({'in_doubt'}),
        alert_level='warning',
        words={
            'event': _lt("URSSAF's answer did not arrive: we look it up"),
            'guidance': _lt(
                "Nothing: we look the request up at URSSAF by ourselves, next at about %(next)s. Do not send anything again."
            ),
            'alert': _lt(
                "URSSAF's answer did not arrive. We check by ourselves, next at about %(next)s; do not send anything again."
            ),
        },
    ),
    'not_sent': RequestState(
        "Not sent",
        stage='to_fix',
        color='warning',
        after=('scheduled', 'queued', 'sending', 'unknown'),
        flags=frozenset({'timed', 'free', 'on_invoice'}),
        alert_level='danger',
        words={
            'event': _lt("Not sent: URSSAF did not receive it"),
            'guidance': _lt(
                "URSSAF did not receive the request. Once what is named as the reason is settled, press “Send again”: the same "
                "invoice number is used."
            ),
            'activity': _lt("Request for %(customer)s not sent (invoice %(invoice)s)"),
        },
    ),
    'rejected': RequestState(
        "Rejected by URSSAF",
        stage='to_fix',
        color='danger',
        after=_SENT,
        flags=frozenset({'free', 'on_invoice'}),
        alert_level='danger',
        words={
            'event': _lt("Rejected by URSSAF"),
            'guidance': _lt(
                "URSSAF did not record the request. Once what is named as the reason is settled, press “Send again”: the same "
                "invoice number is used."
            ),
            'activity': _lt("Request for %(customer)s rejected by URSSAF (invoice %(invoice)s)"),
        },
    ),
    # URSSAF's own word, which its answers and its help use: the sentences beside it say it plainly.
    'integrated': RequestState(
        "Integrated",
        stage='waiting',
        color='info',
        after=_SENT,
        flags=frozenset({'path', 'contestable', 'cancellable'}),
        alert_level='info',
        words={
            'event': _lt("Received by URSSAF (no. %(number)s)"),
            'guidance': _lt("Nothing: URSSAF writes to the customer, who can object until about %(until)s."),
            'alert': _RECEIVED_ON,
            'overdue': _OVERDUE,
        },
    ),
    'awaiting': RequestState(
        "Awaiting approval",
        stage='waiting',
        color='info',
        after=(*_SENT, 'integrated'),
        flags=frozenset({'path', 'contestable', 'cancellable'}),
        alert_level='info',
        words={
            'event': _lt("The customer is asked to approve"),
            'guidance': _lt("Nothing: the customer can object until about %(until)s; silence is consent."),
            'alert': _RECEIVED_ON,
            'overdue': _OVERDUE,
        },
    ),
    'validated': RequestState(
        "Approved",
        stage='waiting',
        color='info',
        after=_RECEIVED,
        flags=frozenset({'path', 'owed', 'cancellable'}),
        alert_level='info',
        words={
            'event': _lt("Approved by the customer"),
            'guidance': _lt(
                "Nothing: URSSAF now debits the customer's share. Its transfer to you is expected about %(transfer)s."
            ),
            'alert': _lt(
                "Approved by your customer: URSSAF debits their share and transfers %(amount)s to you about %(transfer)s."
            ),
        },
    ),
    'debited': RequestState(
        "Debited",
        stage='waiting',
        color='info',
        after=(*_RECEIVED, 'validated'),
        flags=frozenset({'path', 'owed', 'cancellable'}),
        alert_level='info',
        words={
            'event': _lt("The customer's account is debited"),
            'guidance': _lt("Nothing: URSSAF transfers %(amount)s to you, about %(transfer)s."),
            'alert': _lt("Your customer is being debited: URSSAF will transfer %(amount)s to you, about %(transfer)s."),
        },
    ),
    'paid': RequestState(
        "Paid",
        stage='paid',
        color='success',
        # A debit that the bank refused once may be made again.
        after=(*_COLLECTED, 'debit_failed'),
        flags=frozenset({'path', 'cancellable'}),
        words={
            'event': _lt("Paid by URSSAF"),
            'guidance': _lt("Match the transfer with your bank statement."),
        },
    ),
    'refused': RequestState(
        "Refused by the customer",
        stage='to_fix',
        color='danger',
        after=_RECEIVED,
        flags=frozenset({'ended', 'on_invoice', 'collectable'}),
        alert_level='danger',
        words={
            'event': _lt("Refused by the customer"),
            'guidance': _lt(
                "Press “Correct and resend”: the credit note and the new invoice are made for you. Or be paid directly by "
                "the customer. This invoice number cannot be sent again."
            ),
            'activity': _lt("Request refused by %(customer)s (invoice %(invoice)s)"),
        },
    ),
    'debit_failed': RequestState(
        "Debit refused",
        stage='to_fix',
        color='danger',
        after=(*_COLLECTED, 'paid'),
        flags=frozenset({'on_invoice', 'money_back', 'half_back', 'cancellable', 'collectable'}),
        alert_level='danger',
        words={
            'event': _lt("The customer's bank refused the debit"),
            'guidance': _DEBIT_FAILED,
            'alert': _DEBIT_FAILED,
            'activity': _lt("Debit of %(customer)s refused by the bank (invoice %(invoice)s)"),
        },
    ),
    'recovered': RequestState(
        "Recovered",
        stage='paid',
        color='success',
        after=(*_COLLECTED, 'paid', 'debit_failed'),
        flags=frozenset({'cancellable'}),
        words={
            'event': _lt("The unpaid share counts as recovered"),
            'guidance': _lt(
                "The customer's share, unpaid at first, counts as recovered by you: register what they have paid. If your bank "
                "shows that URSSAF takes money back, book that, too."
            ),
        },
    ),
    'cancelled': RequestState(
        "Cancelled",
        stage='closed',
        after=(*_COLLECTED, 'paid'),
        flags=frozenset({'ended', 'on_invoice', 'money_back', 'uncollected'}),
        alert_level='warning',
        words={
            'event': _lt("Cancelled"),
            'guidance': _lt(
                "This request is closed. To be paid, ask the customer directly, or correct the invoice and send it again."
            ),
            'activity': _lt("Request cancelled: invoice %(invoice)s of %(customer)s is still to be paid, or corrected"),
        },
    ),
    'cancelled_unpaid': RequestState(
        "Cancelled after default",
        stage='closed',
        after=(*_COLLECTED, 'paid', 'debit_failed'),
        flags=frozenset({'ended', 'on_invoice', 'money_back', 'half_back', 'collectable'}),
        alert_level='warning',
        words={
            'event': _lt("Cancelled after default"),
            'guidance': _lt("This request is closed. Ask the customer directly for what is still due."),
            'activity': _lt("Request cancelled after default: %(customer)s still has to pay (invoice %(invoice)s)"),
        },
    ),
    'cancelled_recovered': RequestState(
        "Cancelled after recovery",
        stage='closed',
        after=(*_COLLECTED, 'paid', 'debit_failed', 'recovered'),
        flags=frozenset({'ended', 'money_back'}),
        alert_level='warning',
        words={
            'event': _lt("Cancelled after recovery"),
            'guidance': _lt("This request is closed."),
        },
    ),
    'withdrawn': RequestState(
        "Withdrawn",
        stage='closed',
        after=('scheduled', 'queued', 'unknown', 'not_sent'),
        flags=frozenset({'free'}),
        words={
            'event': _lt("Withdrawn"),
            'guidance': _lt("The request never left. Send the invoice again whenever you want."),
        },
    ),
}

# A `not_sent` that waits for its next try is live, too: see the stage of the record.
LIVE_STATES = tuple(name for name, state in STATES.items() if state.stage in LIVE_STAGES)
WITHDRAWABLE_STATES = having(STATES, flag='withdrawable')
TIMED_STATES = having(STATES, flag='timed')
IN_DOUBT_STATES = having(STATES, flag='in_doubt')
PATH_STATES = having(STATES, flag='path')
UNTOLD_STATES = having(STATES, flag='untold')
FREE_STATES = having(STATES, flag='free')
TO_FIX_STATES = having(STATES, stage='to_fix')
PAID_STATES = having(STATES, stage='paid')
ENDED_STATES = having(STATES, flag='ended')
CANCELLED_STATES = having(STATES, flag='ended', stage='closed')
ON_INVOICE_STATES = having(STATES, flag='on_invoice')
CONTESTABLE_STATES = having(STATES, flag='contestable')
OWED_STATES = having(STATES, flag='owed')
MONEY_BACK_STATES = having(STATES, flag='money_back')
CANCELLABLE_STATES = having(STATES, flag='cancellable')
COLLECTABLE_STATES = having(STATES, flag='collectable')
UNCOLLECTED_STATES = having(STATES, flag='uncollected')
HALF_BACK_STATES = having(STATES, flag='half_back')
# URSSAF has it, or may have it: it can be asked.
REFRESHABLE_STATES = tuple(name for name in STATES if name not in WITHDRAWABLE_STATES and name not in FREE_STATES)
# What has been declared: the same, whatever became of it. A refusal or a cancellation does not undo a declaration.
DECLARED_STATES = REFRESHABLE_STATES
