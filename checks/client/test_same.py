"""Whether a request that URSSAF holds is ours: number, household, total, invoice date, period, each of them (CONTRACT §10)."""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from client_helpers import CUSTOMER_REF, FIXTURES, payment_request
from urssaf import answers, same
from urssaf.payloads import amounts_by_nature, without_birth_date
from urssaf.same import contradictions, differences, facts_of

ECHO = answers.read_search((FIXTURES / "m070_response_10_integrated.json").read_bytes()).items[0]


def test_all_agrees():
    assert differences(payment_request(), ECHO) == ()
    assert contradictions(payment_request(), ECHO) == ()


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"number": "FAC-2026-00122"}, "number"),
        ({"customer_ref": "22222222-2222-4222-8222-222222222222"}, "customer"),
        ({"total_ttc": Decimal(9999)}, "total"),
        ({"total_ttc": Decimal("220.01")}, "total"),
        ({"total_ttc": Decimal(0)}, "total"),
        ({"date_invoice": date(2026, 9, 29)}, "invoice_date"),
        ({"date_start": date(2026, 9, 10)}, "period"),
        ({"date_end": date(2026, 9, 25)}, "period"),
        ({"date_start": None, "date_end": date(2026, 9, 25)}, "period"),
    ],
)
def test_one_thing_differs(told, name):
    found = replace(ECHO, **told)
    assert differences(payment_request(), found) == (name,)
    assert contradictions(payment_request(), found) == (name,)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"number": ""}, "number"),
        ({"customer_ref": ""}, "customer"),
        ({"total_ttc": None}, "total"),
        ({"date_invoice": None}, "invoice_date"),
        ({"date_start": None}, "period"),
        ({"date_end": None}, "period"),
    ],
)
def test_one_thing_is_not_told(told, name):
    found = replace(ECHO, **told)
    assert differences(payment_request(), found) == (name,)
    assert contradictions(payment_request(), found) == ()


def test_an_echo_that_says_nothing():
    body = json.dumps([{"idDemandePaiement": "1", "statut": "10"}]).encode()
    (found,) = answers.read_search(body).items
    assert differences(payment_request(), found) == same.FACTS
    assert contradictions(payment_request(), found) == ()


@pytest.mark.parametrize("spoilt", ["1e400", "9" * 4000, '"beaucoup"', "NaN", "true", "[]"])
def test_what_cannot_be_read_is_not_the_same(spoilt):
    body = '[{"idDemandePaiement": "1", "demandePaiement": {"numFactureTiers": "A", "mntFactureTTC": ' + spoilt + "}}]"
    (found,) = answers.read_search(body.encode()).items
    assert (found.total_ttc, found.unread) == (None, ("total_ttc",))
    assert "total" in differences(payment_request("A"), found)


@pytest.mark.parametrize(
    ("start", "echo"),
    [
        (datetime(2026, 9, 3, 14, 20), "2026-09-03T14:20:00Z"),
        (datetime(2026, 9, 2, 22, 30), "2026-09-02T22:30:00Z"),  # the first minutes of a day in Paris
        (datetime(2026, 9, 3), "2026-09-03T00:00:00Z"),
        (date(2026, 9, 3), "2026-09-03T00:00:00.000+02:00"),
        (date(2026, 9, 3), "2026-09-02T22:00:00Z"),
    ],
)
def test_an_instant_is_a_day_of_the_household(start, echo):
    found = replace(ECHO, date_start=answers.to_date(echo))
    assert differences(payment_request(date_start=start), found) == ()


def test_facts_of_what_was_kept():
    kept = payment_request(date_start=datetime(2026, 9, 3, 14, 20)).to_json()
    for payload in (kept, without_birth_date(kept)):
        facts = facts_of(payload)
        assert differences(facts, ECHO) == ()
        assert (facts.customer_ref, facts.total_ttc) == (CUSTOMER_REF, Decimal(220))
    for other in ("", "{}", "[]", "12"):
        with pytest.raises((ValueError, KeyError)):
            facts_of(other)


def test_amounts_of_what_was_kept_by_type_of_service():
    request = payment_request()
    kept = request.to_json()
    expected = {}
    for line in request.lines:
        expected[line.nature] = expected.get(line.nature, Decimal(0)) + line.total_ttc
    for payload in (kept, without_birth_date(kept)):
        assert amounts_by_nature(payload) == expected
    for other in (
        "",
        "{",
        "{}",
        "[]",
        "12",
        "null",
        '{"inputPrestations": 3}',
        '{"inputPrestations": [{"codeNature": "80"}]}',
    ):
        assert amounts_by_nature(other) == {}
