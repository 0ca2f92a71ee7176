"""The tables of states."""

from datetime import timedelta

from client_helpers import INDEX, fixture
from urssaf.statuses import REGISTRATION_STATUSES, REJECT_CODES, REQUEST_STATUSES, request_status

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


def test_reject_codes():
    families = {"REGUL": "regul", "CONTEST": "contest", "ANNUL": "annul"}
    assert len(REJECT_CODES) == 11
    assert all(family == families[code.partition("_")[0]] for code, family in REJECT_CODES.items())


def test_registration_statuses():
    assert set(REGISTRATION_STATUSES.values()) == {"active", "pending", "blocked", "mandate_expired", "unlinked"}
