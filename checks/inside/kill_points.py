"""Where a process is killed (DESIGN §3.1 to §3.6), as data: read by the checks and by what runs inside Odoo.

A point is ``(model or 'client', method, BEFORE or AFTER, n)``: when the n-th call of that method begins or has returned.
"""

BEFORE, AFTER = 'before', 'after'
MOVE, PARTNER = 'account.move', 'res.partner'
REQUEST, REGISTRATION = 'urssaf.payment.request', 'urssaf.registration'
DOCUMENT, CONNECTION = 'urssaf.document', 'urssaf.connection'
BATCH = 10
COUNTS = {'one': 1, 'ten': BATCH}


def commit(when, nth):
    return DOCUMENT, '_commit', when, nth


# Commits of a click: 1 the intent, 2 the claim, 3 the outcome, then one for what people are told.
COMMITS_OF_A_CLICK = 4
UNSAVED = ('after the check', 'before commit 1')
STEPS = {
    'before commit 1': commit(BEFORE, 1),
    'after commit 1': commit(AFTER, 1),
    'after the token': (CONNECTION, '_open', AFTER, 1),
    'claim written, before commit 2': commit(BEFORE, 2),
    'after commit 2': commit(AFTER, 2),
    'at the call': ('client', 'submit_requests', BEFORE, 1),
    'answer there': ('client', 'submit_requests', AFTER, 1),
    'outcome written, before commit 3': commit(BEFORE, 3),
    'after commit 3': commit(AFTER, 3),
    'first notice written': commit(BEFORE, 4),
    'after the first notice': commit(AFTER, 4),
    'chatter line posted': (MOVE, '_message_log_batch', AFTER, 1),
    'all notices written': (REQUEST, '_notify', BEFORE, 2),
}
# What the server does with a call whose caller is killed meanwhile.
TAKEN, NOT_TAKEN = 'processed before', 'never processed'
WIRE = {
    NOT_TAKEN: {'name': 'timeout_before', 'seconds': 600},
    TAKEN: {'name': 'timeout_after', 'seconds': 600},
    'processed after': {'name': 'slow', 'seconds': 5},
}
TRUTHS = {'taken': WIRE[TAKEN], 'not taken': WIRE[NOT_TAKEN]}
# In the search for what became of a call. Commits: 1 a fresh snapshot, 2 the lease.
RECOVERY = {
    'lease written': commit(BEFORE, 2),
    'after the lease': commit(AFTER, 2),
    'at the look-up': ('client', 'search_requests', BEFORE, 1),
    'look-up answered': ('client', 'search_requests', AFTER, 1),
    'conclusion written': (REQUEST, '_conclude_lookup', AFTER, 1),
    'after the conclusion': (REQUEST, '_write_safely', AFTER, 1),
    'chatter line posted': (MOVE, '_message_log_batch', AFTER, 1),
}
# A request that waited for its next try leaves by the cron. Commits: 1 a fresh snapshot, 2 the release, 3 a notice.
RETRY = {
    'released, uncommitted': (REQUEST, '_release', AFTER, 1),
    'after the release': commit(AFTER, 2),
    'claimed': (REQUEST, '_claim', AFTER, 1),
    'answer there': STEPS['answer there'],
}
# URSSAF refuses the request for good.
REFUSED = {
    step: STEPS[step]
    for step in (
        'answer there',
        'outcome written, before commit 3',
        'after commit 3',
        'first notice written',
        'chatter line posted',
    )
} | {'activity made': (REQUEST, '_update_activities', AFTER, 1)}
# URSSAF refuses a batch of ten as a whole: look-up, then one by one.
SUNK = {
    'outcome written, before commit 3': commit(BEFORE, 3),
    'after commit 3': commit(AFTER, 3),
    'at the look-up': ('client', 'search_requests', BEFORE, 1),
    'look-up answered': ('client', 'search_requests', AFTER, 1),
    'at the fourth call': ('client', 'submit_requests', BEFORE, 4),
    'fourth answer there': ('client', 'submit_requests', AFTER, 4),
}

# M010. Commits: 1 the intent, 2 the claim, 3 the outcome, 4 the notice.
REGISTRATION_STEPS = {
    'after the check': (REGISTRATION, '_intend', BEFORE, 1),
    'before commit 1': commit(BEFORE, 1),
    'after commit 1': commit(AFTER, 1),
    'after the token': ('client', 'ensure_token', AFTER, 1),
    'claim written, before commit 2': commit(BEFORE, 2),
    'after commit 2': commit(AFTER, 2),
    'at the call': ('client', 'register_customer', BEFORE, 1),
    'answer there': ('client', 'register_customer', AFTER, 1),
    'outcome written, before commit 3': commit(BEFORE, 3),
    'after commit 3': commit(AFTER, 3),
    'chatter line posted': (PARTNER, 'message_post', AFTER, 1),
    'notice written': commit(BEFORE, 4),
}
REGISTRATION_RECOVERY = {
    'lease written': commit(BEFORE, 2),
    'after the lease': commit(AFTER, 2),
    'at the look-up': ('client', 'customer_status', BEFORE, 1),
    'look-up answered': ('client', 'customer_status', AFTER, 1),
    'trace kept': commit(AFTER, 3),
    'conclusion written': commit(BEFORE, 4),
    'after the conclusion': commit(AFTER, 4),
}

LATE = 'delivered after two look-ups'


def request_cases():
    """The names of all cases with invoices."""
    names = [f'{label}: {step}' for label in COUNTS for step in ('after the check', *STEPS)]
    names += [f'{label}: on the wire, {truth}' for label in COUNTS for truth in WIRE]
    names += [f'retry: {step}' for step in RETRY]
    names += [f'refused: {step}' for step in REFUSED]
    names += [f'batch refused: {step}' for step in SUNK]
    names += [f'recovery, {truth}: {step}' for step in (*RECOVERY, 'on the wire') for truth in TRUTHS]
    return [*names, LATE]


def registration_cases():
    """The names of all cases with a household."""
    names = list(REGISTRATION_STEPS) + [f'on the wire, {truth}' for truth in WIRE]
    names += [f'recovery, {truth}: {step}' for step in REGISTRATION_RECOVERY for truth in TRUTHS]
    return [*names, LATE]
