"""The fault matrix as data: fault × call × way in, with the outcome each of them must have.

A cell says where the records stand after the fault is over and at most two rounds of the scheduled actions. After a
``:`` it says where they stand once one more round has passed (for M010: once the user has pressed the button again),
when that is somewhere else. A cell ``-word`` does not exist; ``REASONS`` says why.

``told``: what the spoilt answer says is not taken over, and a person is told at once (``UNTOUCHED``: the state that stays);
the next answer that can be read settles it.
"""

from dataclasses import dataclass

ROUNDS = 2

CALLS = {
    "TOKEN": "the access token, asked for before payment requests",
    "M010": "registering a household",
    "M020": "how far the household is; it has activated its account meanwhile",
    "M050": "one payment request",
    "M050x10": "ten payment requests in one call",
    "M070": "what became of payment requests; their households have agreed meanwhile",
    "M020lost": "the look-up of a household whose number was lost: URSSAF has registered it",
    "M070lost": "the look-up of payment requests whose answer was lost: URSSAF has recorded them",
}
WAYS = {
    "window": "Odoo's window to send one invoice, and the buttons of the customer and the invoice",
    "wizard": "the windows for many invoices and for many households",
    "cron": "the entry points of the scheduled actions",
}

# Records concerned, by call and way in; or why this way does not make this call.
WAYS_OF_CALL = {
    "TOKEN": {"window": 1, "wizard": 3, "cron": 3},
    # By the scheduled action: households that the window for many has left to the background.
    "M010": {"window": 1, "wizard": 1, "cron": 1},
    "M020": {"window": 1, "wizard": "-asks", "cron": 1},
    "M050": {"window": 1, "wizard": 1, "cron": 1},
    "M050x10": {"window": "-alone", "wizard": 10, "cron": 10},
    # In the wizard: the look-up after URSSAF has refused a call of several requests as a whole.
    "M070": {"window": 1, "wizard": 3, "cron": 3},
    "M020lost": {"window": 1, "wizard": 1, "cron": 1},
    "M070lost": {"window": 1, "wizard": "-refused", "cron": 3},
}
# A fault that comes first, once, and whose consequence is then looked up.
FIRST = {
    ("M070", "wizard"): {"name": "empty_400", "call": "M050", "times": 1},
    ("M020lost", "window"): {"name": "html_after", "call": "M010", "times": 1},
    ("M020lost", "wizard"): {"name": "html_after", "call": "M010", "times": 1},
    ("M020lost", "cron"): {"name": "html_after", "call": "M010", "times": 1},
    ("M070lost", "window"): {"name": "html_after", "call": "M050", "times": 1},
    ("M070lost", "cron"): {"name": "html_after", "call": "M050", "times": 1},
}

# Without any fault. ``M070`` in the wizard is about requests that were never recorded: they leave one by one.
CALM = {
    "TOKEN": "integrated", "M010": "pending", "M020": "active", "M050": "integrated", "M050x10": "integrated",
    "M070": {"window": "validated", "cron": "validated", "wizard": "integrated"},
    "M020lost": "pending", "M070lost": "integrated",
}  # fmt: skip

# later: not sent, with its reason, for URSSAF provably has nothing; it leaves by itself in the round after.
WORDS = {
    "ok": None,  # as in CALM
    "told": None,
    "later": "not_sent:integrated",
    "again": "draft:pending",
    "refused": "rejected",
    "9+1": "integrated*9 rejected*1",
}

OUTCOMES = """
fault                  TOKEN     M010              M020    M050      M050x10   M070    M020lost  M070lost
calm                   ok        ok                ok      ok        ok        ok      ok        ok
dead_before            ok        again             ok      later     later     ok      ok        ok
connection_refused     ok        again             ok      ok        ok        ok      ok        ok
dns                    ok        again             ok      ok        ok        ok      ok        ok
tls                    ok        again             ok      ok        ok        ok      ok        ok
timeout_before         ok        again             ok      later     later     ok      ok        ok
timeout_after          ok        ok                ok      ok        ok        ok      ok        ok
reset_after            ok        ok                ok      ok        ok        ok      ok        ok
empty_400              not_sent  rejected:pending  ok      refused   refused   ok      ok        ok
errors_400             not_sent  rejected:pending  ok      refused   refused   ok      ok        ok
unauthorized_once      not_sent  ok                ok      ok        ok        ok      ok        ok
unauthorized           not_sent  again             ok      not_sent  not_sent  ok      ok        ok
forbidden              not_sent  again             ok      not_sent  not_sent  ok      ok        ok
throttled              ok        again             ok      ok        ok        ok      ok        ok
error_500              ok        again             ok      later     later     ok      ok        ok
error_500_after        ok        ok                ok      ok        ok        ok      ok        ok
maintenance_503        ok        again             ok      later     later     ok      ok        ok
maintenance_503_after  ok        ok                ok      ok        ok        ok      ok        ok
html                   ok        again             ok      later     later     ok      ok        ok
html_after             ok        ok                ok      ok        ok        ok      ok        ok
truncated              ok        ok                ok      ok        ok        ok      ok        ok
bad_item               -batch    -batch            -batch  -batch    9+1       -batch  -batch    -batch
too_many               -limit    -limit            -limit  refused   ok        -limit  -limit    -limit
shuffle                -items    -items            -items  -one      ok        ok      -items    ok
drop_item              -items    -items            -items  ok        ok        ok      -items    ok
extra_item             -items    -items            -items  ok        ok        ok      -items    ok
Errors_key             -key      -key              -key    -key      -key      ok      -key      ok
unknown_status         -status   -status           ok      ok        ok        ok      ok        ok
spoilt_text            ok        ok                ok      ok        ok        ok      ok        ok
spoilt_amount          ok        ok                ok      ok        ok        told    ok        told
spoilt_date            ok        ok                ok      ok        ok        ok      ok        told
spoilt_depth           ok        ok                ok      ok        ok        ok      ok        ok
spoilt_html            ok        ok                ok      ok        ok        ok      ok        ok
spoilt_retry_after     ok        again             ok      ok        ok        ok      ok        ok
wrong_id               -id       -id               -id     ok        ok        -id     -id       -id
foreign_echo           -echo     -echo             -echo   -echo     -echo     told    -echo     ok
silent_echo            -echo     -echo             -echo   -echo     -echo     ok      -echo     told
double_state           -echo     -echo             -echo   -echo     -echo     told    -echo     ok
lagging_search         -echo     -echo             -echo   -echo     -echo     ok      -echo     ok
forgets                -echo     -echo             -echo   -echo     -echo     ok      -echo     ok
"""

REASONS = {
    "asks": "neither window asks about households that are registered already",
    "refused": "see M070: the window looks up what was refused as a whole",
    "alone": "Odoo's window sends one invoice",
    "batch": "only a call of several requests can be sunk by one of them",
    "limit": "the limit is on payment requests sent",
    "items": "the answer is no list",
    "one": "one item has no order",
    "key": "only the answer of M070 has this key at its top (CONTRACT §1.6)",
    "status": "the answer holds no status",
    "id": "only the answer of M050 gives a request its id",
    "echo": "only the answer of M070 tells of requests that are there",
    "nothing": "the look-up after a refused call finds nothing: its answer has no items",
    "same": "two calls go to the same address in one go: the connection cannot fail for the second alone",
}

# (call, way, faults): reason
NOT_HERE = {
    ("M070", "window", ("shuffle",)): "one",
    ("M070lost", "window", ("shuffle",)): "one",
    ("M070", "wizard", ("shuffle", "drop_item", "extra_item", "Errors_key", "unknown_status")): "nothing",
    ("M070", "wizard", ("spoilt_amount", "spoilt_date", "foreign_echo", "silent_echo", "double_state")): "nothing",
    ("M070", "wizard", ("lagging_search", "forgets")): "nothing",
    ("M070", "wizard", ("connection_refused", "dns", "tls")): "same",
    **{("M020lost", way, ("connection_refused", "dns", "tls")): "same" for way in ("window", "wizard", "cron")},
}
# Where the way in makes a difference. What was provably not received stays in the background queue, and nobody has to
# press a button again.
OUTCOMES_OF_WAY = {
    ("M010", "cron"): dict.fromkeys(
        ("connection_refused", "dns", "tls", "unauthorized", "forbidden", "throttled", "spoilt_retry_after"), "ok"
    ),
}

# The state that stays while an answer cannot be taken over.
UNTOUCHED = {"M070": "integrated", "M070lost": "unknown"}
# Faults that can be about one request of an answer: the scheduled action, which asks about several, meets them so, and the
# neighbours must be served at once.
ABOUT_ONE = (
    "spoilt_text", "spoilt_amount", "spoilt_date", "spoilt_depth",
    "foreign_echo", "silent_echo", "double_state", "lagging_search", "forgets",
)  # fmt: skip
# An id of another request: there has to be one.
AFTER_ANOTHER = ("wrong_id",)
# No pause that the other side asks for is longer.
LONGEST_WAIT = 86_400  # seconds

# What our own record of the exchange says about faults that the simulator cannot tell of, or not yet.
NOTED = {
    "connection_refused": "connect", "dns": "dns", "tls": "tls", "timeout_before": "timeout", "timeout_after": "timeout",
}  # fmt: skip

# What the simulator is told for a fault that is not simply one of its own under that name.
HANGS = {"seconds": 30}  # much longer than the client waits in these cases: the machine may stand still meanwhile
SIMULATED = {
    "calm": {},
    "connection_refused": {},
    "dns": {},
    "tls": {},
    "bad_item": {"switches": {"sink_batch": "any"}},
    "timeout_before": {"fault": HANGS},
    "timeout_after": {"fault": HANGS},
    "throttled": {"fault": {"retry_after": 30}},
}
# Fewer a call than the company sends: a limit that stays, where a single request never meets it.
LIMIT = 5
SIMULATED_OF_CALL = {("too_many", "M050x10"): {"switches": {"max_items": LIMIT}}}


@dataclass(frozen=True)
class Combination:
    """One field of the matrix.

    ``expected``: states after at most ``ROUNDS`` rounds, one a record, in the order of the invoices; ``at_last``: after
    one more; ``untouched``: the state right after the fault in which a person is told of it, if one must be; ``spoils_one``:
    whether only the first request meets it.
    """

    fault: str
    call: str
    way: str
    expected: tuple
    at_last: tuple
    untouched: str = ""

    @property
    def name(self):
        return f"{self.fault}-{self.call}-{self.way}"

    @property
    def spoils_one(self):
        return self.fault in ABOUT_ONE and self.way == "cron" and len(self.expected) > 1


def outcomes():
    """Cells by (fault, call)."""
    head, *rows = [line.split() for line in OUTCOMES.strip().splitlines()]
    return {(fault, call): cell for fault, *cells in rows for call, cell in zip(head[1:], cells, strict=True)}


def spread(text, count):
    """``integrated*9 rejected*1`` as a tuple of ``count`` states."""
    states = []
    for part in text.split():
        state, _star, times = part.partition("*")
        states += [state] * (int(times) if times else count)
    if len(states) != count:
        raise ValueError(f"{text}: not {count} states")
    return tuple(states)


def excluded(fault, call, way):
    """The reason why a combination cannot exist, None when it does."""
    for given in (WAYS_OF_CALL[call][way], outcomes()[fault, call]):
        if isinstance(given, str) and given.startswith("-"):
            return REASONS[given[1:]]
    for (other, through, faults), reason in NOT_HERE.items():
        if (call, way) == (other, through) and fault in faults:
            return REASONS[reason]
    return None


def combination(fault, call, way):
    calm = CALM[call]
    calm = calm if isinstance(calm, str) else calm[way]
    cell = OUTCOMES_OF_WAY.get((call, way), {}).get(fault, outcomes()[fault, call])
    untouched = UNTOUCHED[call] if cell == "told" else ""
    cell = WORDS.get(cell, cell) or calm
    first, _colon, last = cell.partition(":")
    count = WAYS_OF_CALL[call][way]
    return Combination(fault, call, way, spread(first, count), spread(last or first, count), untouched)


FAULTS = list(dict.fromkeys(fault for fault, _call in outcomes()))
COMBINATIONS = [
    combination(fault, call, way)
    for way in WAYS
    for call in CALLS
    for fault in FAULTS
    if not excluded(fault, call, way)
]


def kind(call):
    """The call as the simulator names it."""
    return call[:4] if call.startswith("M0") else call


def simulated(fault, call):
    """``(fault for the simulator or None, switches)``."""
    told = SIMULATED_OF_CALL.get((fault, call)) or SIMULATED.get(fault, {"fault": {}})
    values = told.get("fault")
    return None if values is None else {"name": fault, "call": kind(call), **values}, told.get("switches", {})


def table(cells):
    """The outcome as text, one block for each way in. ``cells``: texts by name of combination."""
    lines = [
        "a field: times accepted at URSSAF, state, rounds of the scheduled actions it took (of at most "
        f"{ROUNDS}) → what comes later; ✖ not as expected; empty: does not exist"
    ]
    for way in WAYS:
        calls = [call for call, ways in WAYS_OF_CALL.items() if not isinstance(ways[way], str)]
        rows = [(way.upper(), calls)]
        for fault in FAULTS:
            row = [cells.get(f"{fault}-{call}-{way}", "") for call in calls]
            if any(row):
                rows.append((fault, row))
        if len(rows) == 1:
            continue
        widths = [max(len(row[column]) for _name, row in rows) for column in range(len(calls))]
        lines.append("")
        for name, row in rows:
            texts = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
            lines.append(f"{name:<22} {'  '.join(texts)}".rstrip())
    return "\n".join(lines)
