"""The status tables (CONTRACT §6, §9) as data."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Literal

from .dates import PARIS

# Nobody reads a refusal at night. Hours in Paris.
DAY_BEGINS, DAY_ENDS = time(7), time(20)
# What is looked at by the day is looked at together, so that calls are full.
DAILY_ROUND = time(6)


@dataclass(frozen=True)
class RequestStatusInfo:
    """What a status code means to us.

    ``state``: state of ``urssaf.payment.request``; ``None`` = keep the last one and tell a person.
    ``final``: ``True`` nothing more will come, ``False`` more will come, ``'watch'`` normally the end, but it can move.
    ``poll_delay``: how long until the next look; ``None`` when final.
    """

    code: str
    state: str | None
    final: bool | Literal["watch"]
    poll_delay: timedelta | None


_OFTEN, _HALF_DAY, _DAY, _WEEK = timedelta(minutes=45), timedelta(hours=12), timedelta(days=1), timedelta(days=7)

# A SEPA debit can come back for 8 weeks, and the share taken back comes later still.
WATCH_PAID_FOR = timedelta(days=90)

REQUEST_STATUSES: dict[str, RequestStatusInfo] = {
    info.code: info
    for info in (
        # The customer has about 48 h: a contest is seen within the hour, a round of the cron (15 min) included.
        RequestStatusInfo("10", "integrated", False, _OFTEN),
        RequestStatusInfo("20", "awaiting", False, _OFTEN),
        # From here on things take days.
        RequestStatusInfo("30", "validated", False, _HALF_DAY),
        RequestStatusInfo("40", "refused", True, None),
        RequestStatusInfo("50", "debited", False, _HALF_DAY),
        RequestStatusInfo("60", "debit_failed", False, _DAY),
        RequestStatusInfo("70", "paid", "watch", _WEEK),
        RequestStatusInfo("110", "cancelled", True, None),
        RequestStatusInfo("111", "cancelled_unpaid", True, None),
        RequestStatusInfo("112", "cancelled_recovered", True, None),
        RequestStatusInfo("113", "cancelled", True, None),
        RequestStatusInfo("120", "recovered", True, None),
        # Codes of old documentation, or known by their label alone.
        RequestStatusInfo("15", None, False, _DAY),
        RequestStatusInfo("80", None, False, _DAY),
        RequestStatusInfo("90", None, False, _DAY),
        RequestStatusInfo("100", None, False, _DAY),
        RequestStatusInfo("260", None, False, _DAY),
        RequestStatusInfo("270", None, False, _DAY),
    )
}


def request_status(code: str) -> RequestStatusInfo:
    """The entry of a code; for a code nobody knows, one that keeps the last state and looks again daily."""
    return REQUEST_STATUSES.get(code) or RequestStatusInfo(code, None, False, _DAY)


def watched(info: RequestStatusInfo) -> RequestStatusInfo:
    """A final status as one that is about to move: looked at daily."""
    return replace(info, final="watch", poll_delay=_DAY)


def next_look(info: RequestStatusInfo, now: datetime) -> datetime | None:
    """When to look again (naive UTC, as ``now``); ``None`` when nothing more will come.

    Rounded, so that requests sent at different times are asked about in the same call.
    """
    delay = info.poll_delay
    if delay is None:
        return None
    then = (now + delay).replace(tzinfo=timezone.utc).astimezone(PARIS)
    if delay >= _DAY:
        then = datetime.combine(then.date(), DAILY_ROUND, PARIS)
    elif delay > timedelta(hours=1):
        then = then.replace(minute=0, second=0, microsecond=0)
    elif then.time() >= DAY_ENDS:
        then = datetime.combine(then.date() + _DAY, DAY_BEGINS, PARIS)
    elif then.time() < DAY_BEGINS:
        then = datetime.combine(then.date(), DAY_BEGINS, PARIS)
    else:
        then -= timedelta(minutes=then.minute % 15, seconds=then.second, microseconds=then.microsecond)
    return then.astimezone(timezone.utc).replace(tzinfo=None)


# What people are told, for information only (CONTRACT §13): about how long the customer may object, and within how many working
# days after the approval the transfer comes.
CONTEST_WITHIN = timedelta(hours=48)
TRANSFER_WORKING_DAYS = 4


def transfer_day(approved_on: date) -> date:
    """About when the transfer comes: working days are counted from Monday to Friday, holidays are not known here.

    >>> transfer_day(date(2026, 11, 26))  # a Thursday
    datetime.date(2026, 12, 2)
    """
    day, left = approved_on, TRANSFER_WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


# Code of M020 -> state of urssaf.registration. An unknown code means: cannot transmit, keep the state.
UNKNOWN_CUSTOMER = "ERR_RECHERCHE_PARTICULIER"
REGISTRATION_STATUSES: dict[str, str] = {
    "APPAREILLAGE_VALIDE": "active",
    "APPAREILLAGE_EC": "pending",
    "APPAREILLAGE_NF": "pending",
    "PARTICULIER_BLOQUE": "blocked",
    "MANDAT_ECHU": "mandate_expired",
    UNKNOWN_CUSTOMER: "unlinked",
}

# URSSAF's link to activate the account (CONTRACT §6).
ACTIVATION_LINK_LIFETIME = timedelta(days=7)
# A registration that waits for the household, by its age: how often it is asked about. Older ones are not asked about by
# themselves: who has not clicked in two months will not tomorrow.
PENDING_POLLS = (
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=7), timedelta(hours=4)),
    (timedelta(days=60), _DAY),
)
# The ages at which the household is reminded, once each; the company's user hears of it with the last one.
REMINDER_AGES = (timedelta(days=3), timedelta(days=6))
# A reminder that could not leave in time is dropped: the link has long expired.
REMINDERS_UNTIL = timedelta(days=10)


def next_pending_look(registered_at: datetime, now: datetime) -> datetime | None:
    """When to ask again about a registration that waits for the household; ``None``: not by itself any more."""
    age = now - registered_at
    delay = next((delay for limit, delay in PENDING_POLLS if age < limit), None)
    return delay and now + delay
