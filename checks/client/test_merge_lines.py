"""Lines of the same kind put together: fewer lines, the same money, every check of CONTRACT §7.3 kept."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client_helpers import line
from urssaf.builder import build_lines
from urssaf.lines import SourceLine
from urssaf.merge import merge_lines


def hours(quantity, price, label="Ménage", **changes):
    total = Decimal(quantity) * Decimal(price)
    return line(
        quantity=Decimal(quantity), unit_ttc=Decimal(price), total_ttc=total, total_ht=total, label=label, **changes
    )


def taxed(ttc, ht, **changes):
    ttc, ht = Decimal(ttc), Decimal(ht)
    return line(
        quantity=Decimal(1), unit="FORFAIT", unit_ttc=ttc, total_ttc=ttc, total_ht=ht, total_tva=ttc - ht, **changes
    )


def test_hours_at_one_price_are_added_up():
    (merged,) = merge_lines([hours("2", "27.50"), hours("1.5", "27.50"), hours("4", "27.50")])
    assert (merged.unit, merged.quantity, merged.unit_ttc, merged.total_ttc) == (
        "HEURE",
        Decimal("7.5"),
        Decimal("27.50"),
        Decimal("206.25"),
    )
    assert merged.label == "Ménage"


def test_hours_whose_price_is_no_whole_cent_become_a_flat_fee_that_tells_them():
    (merged,) = merge_lines([hours("2", "27.50"), hours("1", "31.00")])
    assert (merged.unit, merged.quantity, merged.unit_ttc, merged.total_ttc) == (
        "FORFAIT",
        Decimal(1),
        Decimal("86.00"),
        Decimal("86.00"),
    )
    assert merged.label == "Ménage (3 h)"


def test_labels_are_told_once_each_and_cut():
    (merged,) = merge_lines([hours("1", "20", "Cuisine"), hours("1", "20", "Salon"), hours("1", "20", "Cuisine")])
    assert merged.label == "Cuisine, Salon"
    (merged,) = merge_lines([hours("1", "20", f"Pièce numéro {number:03} de la maison") for number in range(9)])
    assert len(merged.label) == 120
    assert merged.label.endswith("…")


@pytest.mark.parametrize(
    "other",
    [
        {"nature": "70"},
        {"worker": "SIR12345678901234"},
        {"activity": "60A001"},
        {"unit": "FORFAIT", "quantity": Decimal(1), "unit_ttc": Decimal(220)},
        {"total_ht": Decimal(200), "total_tva": Decimal(20)},
    ],
)
def test_what_is_of_another_kind_stays_apart(other):
    lines = [line(), line(**other), line()]
    merged = merge_lines(lines)
    assert [made.total_ttc for made in merged] == [Decimal(440), Decimal(220)]
    assert merged[1] == lines[1]


def test_one_vat_rate_is_recognised_through_its_rounding():
    """10 % of 9.99 is a cent more or less than a tenth; 10 % and 20 % are told apart."""
    lines = [taxed("10.99", "9.99"), taxed("110.00", "100.00"), taxed("12.00", "10.00"), taxed("5.50", "5.00")]
    assert [(made.total_ttc, made.total_tva) for made in merge_lines(lines)] == [
        (Decimal("126.49"), Decimal("11.50")),
        (Decimal("12.00"), Decimal("2.00")),
    ]


def test_dates_span_all_of_them():
    days = [date(2026, 9, 3), date(2026, 9, 10), date(2026, 9, 24)]
    (merged,) = merge_lines([line(date_start=day, date_end=day) for day in days])
    assert (merged.date_start, merged.date_end) == (days[0], days[-1])
    (merged,) = merge_lines([line(date_start=days[0], date_end=days[0]), line()])
    assert (merged.date_start, merged.date_end) == (None, None)
    moment = datetime(2026, 9, 3, 9, 30)
    (merged,) = merge_lines([line(date_start=moment, date_end=moment), line(date_start=days[1], date_end=days[1])])
    assert (merged.date_start, merged.date_end) == (None, None)


SOURCES = st.lists(
    st.builds(
        lambda cents, rate, quantity, is_hours, nature, worker: SourceLine(
            "Service",
            quantity,
            is_hours,
            nature,
            Decimal(cents) / 100,
            (Decimal(cents) / 100 / (1 + rate / 100)).quantize(Decimal("0.01")),
            worker,
            vat_rate=rate,
        ),
        st.integers(1, 100_000),
        st.sampled_from([Decimal(0), Decimal("5.5"), Decimal(10), Decimal(20)]),
        st.decimals("0.25", "40", places=2),
        st.booleans(),
        st.sampled_from(["60", "70"]),
        st.sampled_from(["SAP999999998", "SAP123456782"]),
    ),
    min_size=1,
    max_size=30,
)


@settings(deadline=None)
@given(SOURCES)
def test_money_stays_and_every_check_holds(source):
    lines = build_lines(source, sum(s.total_ttc for s in source), sum(s.total_ht for s in source))
    merged = merge_lines(lines)
    for name in ("total_ttc", "total_ht", "total_tva"):
        assert sum(getattr(made, name) for made in merged) == sum(getattr(made, name) for made in lines)
    for made in merged:
        made.to_dict()
        assert (made.unit_ttc * made.quantity).quantize(Decimal("0.01")) == made.total_ttc
        assert made.total_ht + made.total_tva == made.total_ttc
        assert min(made.total_ht, made.total_tva, made.unit_ttc) >= 0
    assert len(merged) <= len(lines)
    # For each nature and worker: two units, four rates.
    assert len(merged) <= 2 * 2 * 2 * 4
