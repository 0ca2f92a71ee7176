"""What a payment request would be refused for is found before the call (CONTRACT §7), and when it may leave."""

import json
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client_helpers import INDEX, fixture, line, payment_request
from urssaf.payloads import PaymentRequest
from urssaf.rules import check_request, leaves_at

NOW = datetime(2026, 10, 5, 10, tzinfo=timezone.utc)
ACTIVATED = datetime(2026, 8, 31, 14, 20)


def findings(request, level="error", activated_at=ACTIVATED, now=NOW):
    found = check_request(request, now=now, activated_at=activated_at)
    return {finding.code: finding.field for finding in found if finding.level == level}


def from_item(item):
    return PaymentRequest.from_json(json.dumps(item))


REQUESTS = [e["file"] for e in INDEX if e["call"] == "M050" and e["direction"] == "request" and "expect" not in e]
STAMPS = fixture("m050_invalid_cases.json")["activation"]


def stamp(customer_ref):
    return datetime.strptime(STAMPS[customer_ref], "%d/%m/%Y %H:%M:%S")


@pytest.mark.parametrize("name", REQUESTS)
def test_valid_examples(name):
    for item in fixture(name):
        request = from_item(item)
        expected = {"amount_decimals": "invoice_line_ids"} if "three_decimals" in name else {}
        assert findings(request, activated_at=stamp(request.customer_ref)) == expected
        if not expected:
            assert request.to_dict() == item, "what is read is written back to the letter"
            assert PaymentRequest.from_json(request.to_json()) == request
            assert PaymentRequest.from_json(request.to_json()).to_json() == request.to_json()
            assert leaves_at(request.date_start, request.date_end, NOW) is None


# What keyboards, telephones and copied texts leave in a field.
TEXTS = st.text(
    alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(" \t\n\u00a0\u202f\u200b\ufeff\u2800\u202e"))
)


@settings(deadline=None, database=None)
@given(billing_party=TEXTS, customer_ref=TEXTS, number=TEXTS, label=TEXTS, worker=TEXTS, nature=TEXTS.filter(bool))
@example(" Exemple\u00a0 Services\u200b ", "", "", f"{'A' * 119} \u00a0B", "", "60")
def test_whatever_the_texts_what_was_frozen_is_what_would_be_built_again(
    billing_party, customer_ref, number, label, worker, nature
):
    built = payment_request(
        number,
        billing_party=billing_party,
        customer_ref=customer_ref,
        lines=(line(label=label, worker=worker, nature=nature),),
    )
    frozen = PaymentRequest.from_json(built.to_json())
    assert frozen == built
    assert frozen.to_json() == built.to_json()


INVALID = {
    "period_in_future": None,  # held until it is over: see leaves_at
    "period_over_two_months": "period_two_months",
    "end_before_start": "period_order",
    "before_activation": "period_before_activation",
    "activation_day_at_midnight": "period_before_activation",
    "deposit_above_half": "deposit_above_half",
    "sum_of_lines_differs": "amounts_inconsistent",
    "quantity_times_unit_differs": "amounts_inconsistent",
    "net_plus_vat_differs": "amounts_inconsistent",
    "more_than_two_decimals": "amount_decimals",
    "negative_line": "amount_negative",
    "worker_id_missing": "worker_missing",
    "worker_id_badly_formed": "worker_invalid",
    # Known to URSSAF alone:
    "unknown_nature": None,
    "activity_of_another_nature": None,
    "birth_date_mismatch": None,
    "unknown_client": None,
}


def test_invalid_examples():
    cases = {case["case"]: case["item"] for case in fixture("m050_invalid_cases.json")["cases"]}
    assert cases.keys() == INVALID.keys()
    for name, code in INVALID.items():
        request = from_item(cases[name])
        assert list(findings(request)) == ([code] if code else []), name
    future = from_item(cases["period_in_future"])
    assert leaves_at(future.date_start, future.date_end, NOW) == datetime(2026, 10, 8, 22)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"billing_party": " "}, "billing_party_missing", "urssaf_billing_party"),
        ({"customer_ref": ""}, "customer_ref_missing", "urssaf_registration_id"),
        ({"birth_date": None}, "customer_birth_date_missing", "urssaf_birth_date"),
        ({"number": ""}, "number_missing", "name"),
        ({"number": "A" * 51}, "number_too_long", "name"),
        ({"number": "A\tB"}, "number_characters", "name"),
        ({"invoice_date": None}, "invoice_date_missing", "invoice_date"),
        ({"invoice_date": date(2026, 8, 30)}, "invoice_before_activation", "invoice_date"),
        ({"date_start": None}, "date_start_missing", "urssaf_date_start"),
        ({"date_end": None}, "date_end_missing", "urssaf_date_end"),
        (
            {"deposit_amount": Decimal(-1), "deposit_date": date(2026, 9, 2)},
            "deposit_negative",
            "urssaf_deposit_amount",
        ),
        (
            {"deposit_amount": Decimal("1.001"), "deposit_date": date(2026, 9, 2)},
            "deposit_decimals",
            "urssaf_deposit_amount",
        ),
        (
            {"deposit_amount": Decimal("110.01"), "deposit_date": date(2026, 9, 2)},
            "deposit_above_half",
            "urssaf_deposit_amount",
        ),
        ({"deposit_amount": Decimal(10)}, "deposit_date_missing", "urssaf_deposit_date"),
        (
            {"deposit_amount": Decimal(10), "deposit_date": date(2026, 10, 6)},
            "deposit_date_future",
            "urssaf_deposit_date",
        ),
        ({"lines": (line(nature=""),)}, "nature_missing", "urssaf_nature_id"),
        ({"lines": (line(date_start=date(2026, 9, 2)),)}, "line_outside_period", "urssaf_date_start"),
        ({"lines": (line(date_end=date(2026, 9, 25)),)}, "line_outside_period", "urssaf_date_start"),
        (
            {"lines": (line(date_start=date(2026, 9, 10), date_end=date(2026, 9, 9)),)},
            "line_period_order",
            "urssaf_date_end",
        ),
        ({"lines": ()}, "lines_missing", "invoice_line_ids"),
        ({"total_ht": Decimal("219.99")}, "amounts_inconsistent", "invoice_line_ids"),
    ],
)
def test_one_wrong_thing(changes, code, field):
    assert findings(payment_request(**changes)) == {code: field}


def test_half_is_allowed():
    half = payment_request(deposit_amount=Decimal(110), deposit_date=date(2026, 9, 2))
    assert findings(half) == {}


def test_warnings():
    small = line(quantity=Decimal(1), unit_ttc=Decimal(20), total_ttc=Decimal(20), total_ht=Decimal(20))
    many = payment_request(lines=(small,) * 11)
    assert findings(many) == {}
    assert list(findings(many, "warning")) == ["many_lines"]
    early = payment_request(deposit_amount=Decimal(10), deposit_date=date(2026, 8, 30))
    assert list(findings(early, "warning")) == ["deposit_before_activation"]
    assert list(findings(payment_request(lines=(line(worker="SAP123456789"),)), "warning")) == ["worker_key"]
    assert list(findings(payment_request(lines=(line(nature="270"),)), "warning")) == ["nature_not_eligible"]


def test_a_finding_of_many_lines_is_told_once():
    lines = tuple(
        replace(line(quantity=Decimal(4), total_ttc=Decimal(110), total_ht=Decimal(110)), worker="") for _ in "ab"
    )
    found = check_request(payment_request(lines=lines), now=NOW, activated_at=None)
    assert [finding.code for finding in found] == ["worker_missing"]


def activation(start, activated_at):
    return "period_before_activation" in findings(
        payment_request(date_start=start, date_end=start.replace(day=24), invoice_date=date(2026, 9, 30)),
        activated_at=activated_at,
    )


def test_activation():
    stamped = datetime(2026, 9, 18, 9, 41, 12)
    assert activation(date(2026, 9, 17), stamped)
    assert activation(date(2026, 9, 18), stamped), "a plain day is its midnight, before the activation"
    assert not activation(date(2026, 9, 19), stamped)
    assert not activation(date(2026, 9, 19), datetime(2026, 9, 18, 23, 59, 59))
    assert activation(datetime(2026, 9, 18, 9, 46), stamped), "within five minutes"
    assert not activation(datetime(2026, 9, 18, 9, 47), stamped)
    assert not activation(date(2026, 9, 1), None), "not known: not checked"


@pytest.mark.parametrize(
    ("now", "end", "moment"),
    [
        # Summer time: Paris is two hours ahead.
        ("2026-09-24T10:00", date(2026, 9, 23), None),
        ("2026-09-24T10:00", date(2026, 9, 24), None),
        ("2026-09-24T10:00", date(2026, 9, 25), datetime(2026, 9, 25, 22)),
        ("2026-09-23T22:30", date(2026, 9, 24), datetime(2026, 9, 24, 0, 10)),
        ("2026-09-24T00:10", date(2026, 9, 24), None),
        ("2026-09-24T21:59", date(2026, 9, 25), datetime(2026, 9, 25, 22)),
        # Winter, year's end, the two changes of time.
        ("2026-12-31T22:59", date(2026, 12, 31), None),
        ("2026-12-30T12:00", date(2026, 12, 31), datetime(2026, 12, 31, 23)),
        ("2026-10-20T12:00", date(2026, 10, 25), datetime(2026, 10, 25, 23)),
        ("2026-10-20T12:00", date(2026, 10, 24), datetime(2026, 10, 24, 22)),
        ("2027-03-20T12:00", date(2027, 3, 28), datetime(2027, 3, 28, 22)),
        ("2028-02-20T12:00", date(2028, 2, 29), datetime(2028, 2, 29, 23)),
        # A real time on the activation day.
        ("2026-09-18T13:00", datetime(2026, 9, 18, 14), datetime(2026, 9, 18, 14, 10)),
        ("2026-09-18T14:10", datetime(2026, 9, 18, 14), None),
    ],
)
def test_when_it_leaves(now, end, moment):
    assert leaves_at(end, end, datetime.fromisoformat(now).replace(tzinfo=timezone.utc)) == moment


def test_when_dates_are_missing():
    assert leaves_at(None, None, NOW) is None
    assert leaves_at(date(2026, 10, 20), None, NOW) == datetime(2026, 10, 20, 22)
