"""The tables of states."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from client_helpers import INDEX, fixture
from urssaf.statuses import (
    ACTIVATION_LINK_LIFETIME,
    PARIS,
    PENDING_POLLS,
    REGISTRATION_STATUSES,
    REMINDER_AGES,
    REMINDERS_UNTIL,
    REQUEST_STATUSES,
    WATCH_PAID_FOR,
    next_look,
    next_pending_look,
    request_status,
)

CRON = timedelta(minutes=15)

# The states of urssaf.payment.request that come from URSSAF.
STATES = {
    "10": "integrated",
    "20": "awaiting",
    "30": "validated",
    "40": "refused",
    "50": "debited",
    "60": "debit_failed",
    "70": "paid",
    "110": "cancelled",
    "111": "cancelled_unpaid",
    "112": "cancelled_recovered",
    "113": "cancelled",
    "120": "recovered",
}
SILENT = {"15", "80", "90", "100", "260", "270"}


def test_states():
    assert {code: info.state for code, info in REQUEST_STATUSES.items() if info.state} == STATES
    assert {code for code, info in REQUEST_STATUSES.items() if not info.state} == SILENT
    assert all(code == info.code for code, info in REQUEST_STATUSES.items())


def test_only_final_states_are_not_looked_at_again():
    for info in REQUEST_STATUSES.values():
        assert (info.poll_delay is None) == (info.final is True)
    assert [code for code, info in REQUEST_STATUSES.items() if info.final == "watch"] == ["70"]


def test_a_contest_is_seen_within_the_hour():
    assert all(REQUEST_STATUSES[code].poll_delay <= timedelta(hours=1) for code in ("10", "20"))
    assert REQUEST_STATUSES["70"].poll_delay >= timedelta(days=1)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_a_contest_is_seen_within_the_hour_by_day_and_at_seven_in_the_morning(now):
    """In the days when summer time begins and ends, too."""
    seen = (next_look(REQUEST_STATUSES["20"], now) + CRON).replace(tzinfo=timezone.utc).astimezone(PARIS)
    asked = now.replace(tzinfo=timezone.utc).astimezone(PARIS)
    waited = seen.astimezone(timezone.utc) - asked.astimezone(timezone.utc)
    assert waited > CRON, "never at once again"
    if 7 <= asked.hour < 19:
        assert waited <= timedelta(hours=1)
    else:
        assert waited <= timedelta(hours=12, minutes=15)
        assert seen.hour == 7 or waited <= timedelta(hours=1)


@given(st.sampled_from(sorted(REQUEST_STATUSES)), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_the_next_look_keeps_close_to_its_delay(code, now):
    info = REQUEST_STATUSES[code]
    then = next_look(info, now)
    if info.final is True:
        assert then is None
        return
    assert then > now
    assert then - now <= info.poll_delay + timedelta(hours=25)
    assert (then.second, then.microsecond) == (0, 0)


def looks_of_a_whole_life(sent):
    """How often URSSAF is asked about one request that goes the normal way and is then watched for three months."""
    steps = {
        "10": timedelta(hours=1),
        "20": timedelta(hours=48),
        "30": timedelta(days=2),
        "50": timedelta(days=3),
        "70": WATCH_PAID_FOR,
    }
    now, looks = sent, dict.fromkeys(steps, 0)
    for code, stays in steps.items():
        end = now + stays
        while (now := next_look(REQUEST_STATUSES[code], now)) < end:
            looks[code] += 1
    return looks


def test_what_one_request_costs_over_its_life():
    """The figures of doc/user.md: ten requests share a call."""
    looks = looks_of_a_whole_life(datetime(2026, 11, 24, 9))
    print(f"looks by status: {looks}, in all {sum(looks.values())}")
    assert looks["10"] + looks["20"] <= 50
    assert looks["30"] + looks["50"] <= 12
    assert looks["70"] <= 14
    assert sum(looks.values()) <= 70


def test_unknown_code():
    info = request_status("999")
    assert (info.code, info.state, info.final, info.poll_delay) == ("999", None, False, timedelta(days=1))
    assert request_status("70") is REQUEST_STATUSES["70"]


def test_codes_of_the_examples():
    for entry in INDEX:
        if entry["call"] == "M070" and entry["direction"] == "response" and entry["http_status"] == 200:
            for item in fixture(entry["file"])["infoDemandePaiements"]:
                code = item["statut"]["code"]
                assert code in REQUEST_STATUSES or code == "999"


def test_registration_statuses():
    assert set(REGISTRATION_STATUSES.values()) == {"active", "pending", "blocked", "mandate_expired", "unlinked"}


def test_a_waiting_registration_is_asked_about_ever_less():
    begin, looks = datetime(2026, 11, 2, 9), []
    now = begin
    while now := next_pending_look(begin, now):
        looks.append(now - begin)
    assert looks[:3] == [timedelta(hours=hours) for hours in (1, 2, 3)]
    by_day = [sum(1 for age in looks if age // timedelta(days=1) == day) for day in range(62)]
    assert by_day[0] == 23 and by_day[3] == 6 and set(by_day[7:60]) == {1}
    assert looks[-1] <= timedelta(days=60) and not any(by_day[61:])
    assert [delay for _limit, delay in PENDING_POLLS] == sorted(delay for _limit, delay in PENDING_POLLS)


def test_reminders_come_while_the_link_is_good():
    assert list(REMINDER_AGES) == [timedelta(days=3), timedelta(days=6)]
    assert REMINDER_AGES[-1] < ACTIVATION_LINK_LIFETIME < REMINDERS_UNTIL
