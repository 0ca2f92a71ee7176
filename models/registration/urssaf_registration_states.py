"""The states of a registration, once: what each is called, what may come before it, what people read of it.

        draft ──▶ sending ──▶ pending ──▶ active ◀──▶ blocked, mandate_expired
          ▲         │  ▲  │                 └──▶ unlinked (the household has ended the link)
          │         │  │  └──▶ rejected (URSSAF answered with errors)
          │         ▼  │
          └────── unknown (the answer was lost: looked up by e-mail; found ──▶ pending)

``sending`` goes back to where it came from when URSSAF was provably not reached. From ``draft``, ``rejected`` and
``unlinked`` a household may be registered (again). What URSSAF says of a known number (M020) may change in any direction.
"""

from datetime import timedelta

from odoo.tools import LazyTranslate

from ..connection.urssaf_states import State, having

_lt = LazyTranslate(__name__)

# What M020 knows: from each of these any other may come (CONTRACT §6).
KNOWN_TO_URSSAF = ('pending', 'active', 'blocked', 'mandate_expired', 'unlinked')

STATES = {
    'draft': State(
        _lt("Not registered"),
        stage='new',
        color='muted',
        after=('sending', 'unknown', 'rejected', 'unlinked'),
        flags=frozenset({'path', 'registrable', 'untold', 'in_queue', 'failed', 'explained', 'numberless'}),
        words={'sentence': _lt("Not registered yet.")},
    ),
    'sending': State(
        _lt("Registration to check"),
        stage='waiting',
        color='warning',
        # From what URSSAF knows: registered anew, under another contract.
        after=('draft', 'rejected', *KNOWN_TO_URSSAF),
        flags=frozenset({'untold', 'in_queue', 'unsettled', 'unanswered', 'numberless'}),
        words={'sentence': _lt("The registration is on its way; we look up by ourselves what became of it.")},
    ),
    'unknown': State(
        _lt("Registration under check"),
        stage='waiting',
        color='warning',
        after=('sending',),
        flags=frozenset({'unsettled', 'unanswered', 'explained', 'numberless'}),
        words={'sentence': _lt("URSSAF's answer did not arrive; we look it up by ourselves.")},
    ),
    'rejected': State(
        _lt("Registration refused"),
        stage='to_fix',
        color='danger',
        after=('sending',),
        flags=frozenset({'registrable', 'problem', 'failed', 'explained'}),
        words={'sentence': _lt("URSSAF refused the registration.")},
    ),
    'pending': State(
        _lt("Waiting for activation"),
        stage='waiting',
        color='info',
        # From 'draft': a number is true however late it comes.
        after=('sending', 'unknown', 'draft', *KNOWN_TO_URSSAF),
        flags=frozenset({'path', 'unsettled', 'received'}),
        words={
            'sentence': _lt("URSSAF wrote to %(customer)s on %(date)s. They activate their account before %(limit)s."),
            'link_expired': _lt(
                "The link that URSSAF sent to %(customer)s on %(date)s has expired: they ask URSSAF for a new one, on "
                "its site, and activate their account with it."
            ),
        },
    ),
    'active': State(
        _lt("Active"),
        stage='active',
        color='success',
        after=KNOWN_TO_URSSAF,
        flags=frozenset({'path', 'bank_known', 'received'}),
        words={
            'sentence': _lt("Active since %(date)s: services from %(first_day)s on can be sent."),
            'no_date': _lt("Active: requests can be sent."),
        },
    ),
    'blocked': State(
        _lt("Blocked"),
        stage='to_fix',
        color='danger',
        after=KNOWN_TO_URSSAF,
        flags=frozenset({'problem', 'bank_known'}),
        words={
            'sentence': _lt(
                "URSSAF has blocked the account of %(customer)s, who settles this with URSSAF. "
                "Until then they pay you directly."
            )
        },
    ),
    'mandate_expired': State(
        _lt("Mandate expired"),
        stage='to_fix',
        color='danger',
        after=KNOWN_TO_URSSAF,
        flags=frozenset({'problem', 'bank_known'}),
        words={
            'sentence': _lt(
                "The debit mandate has expired: %(customer)s renews it on URSSAF's site. "
                "Until then they pay you directly."
            )
        },
    ),
    'unlinked': State(
        _lt("Link ended"),
        stage='to_fix',
        color='danger',
        # From 'sending': the call of a new registration did not reach URSSAF.
        after=('sending', *KNOWN_TO_URSSAF),
        flags=frozenset({'registrable', 'problem', 'bank_known'}),
        words={'sentence': _lt("%(customer)s has ended the link with your company. To go on, register them again.")},
    ),
}

# The way of a registration that goes well.
PATH_STATES = having(STATES, flag='path')
# From these an M010 may leave.
REGISTRABLE = having(STATES, flag='registrable')
# Nothing that the chatter of the customer has to tell.
UNTOLD_STATES = having(STATES, flag='untold')
# Somebody has to do something.
PROBLEM_STATES = having(STATES, flag='problem')
# URSSAF has, or may have, the household, and has not said the last word.
UNSETTLED_STATES = having(STATES, flag='unsettled')
# URSSAF has, or has had, the bank details.
BANK_KNOWN_STATES = having(STATES, flag='bank_known')
# URSSAF has taken the registration, and all goes well.
RECEIVED_STATES = having(STATES, flag='received')
# A call has left, and what it came to is not known.
UNANSWERED_STATES = having(STATES, flag='unanswered')
# What was asked for in the background has not left, or is leaving.
IN_QUEUE_STATES = having(STATES, flag='in_queue')
# Asked for a registration, a user gets an error in these.
FAILED_STATES = having(STATES, flag='failed')
# What happened (``error_text``), where there is something to tell, says more than the sentence of the table.
EXPLAINED_STATES = having(STATES, flag='explained')
# URSSAF's number may still come: it is true however late.
NUMBERLESS_STATES = having(STATES, flag='numberless')

# How often URSSAF is asked (M020), by state; 'pending' ever less (`statuses.next_pending_look`), the others not by themselves.
POLL_DELAYS = {
    'active': timedelta(days=7),
    'blocked': timedelta(days=1),
    'mandate_expired': timedelta(days=1),
    'unknown': timedelta(minutes=30),
}
