"""Many thousands of generated invoices: every amount check of the contract holds, or a reason is given."""

import tempfile
from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, configuration, given, settings
from hypothesis import strategies as st

from invoices import Invoice, cents, check_lines, invoices
from urssaf.builder import BuildError, build_lines
from urssaf.lines import SourceLine

configuration.set_hypothesis_home_dir(tempfile.gettempdir() + "/hypothesis")  # nothing generated in the repository
thorough = settings(
    max_examples=2500, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def build(invoice):
    """The lines, or the codes of the refusal."""
    try:
        return build_lines(invoice.lines, invoice.total_ttc, invoice.total_ht), None
    except BuildError as exc:
        assert exc.findings, "a refusal has a reason"
        for finding in exc.findings:
            assert finding.level == "error"
        return None, {finding.code for finding in exc.findings}


def nature_sums(lines):
    sums = defaultdict(Decimal)
    for line in lines:
        sums[line.nature] += line.total_ttc
    return sums


@thorough
@given(invoices())
def test_every_check_holds_or_a_reason_is_given(invoice):
    lines, refusal = build(invoice)
    if refusal:
        sums = nature_sums(invoice.lines)
        assert refusal <= {"nature_negative", "discount_vat", "invoice_total_not_positive", "vat_negative"} | {
            "nothing_to_send",
            "lines_total_differs",
        }
        if "nature_negative" in refusal:
            assert min(sums.values()) < 0
        if "invoice_total_not_positive" in refusal:
            assert invoice.total_ttc <= 0
        return
    assert check_lines(lines, invoice.total_ttc) == invoice.total_ht
    assert min(nature_sums(invoice.lines).values()) >= 0
    # What each type of service costs is told right, up to the cents that rounding on the whole moves.
    told = nature_sums(lines)
    tolerance = Decimal(len(invoice.lines) * 2) / 100
    for nature, amount in nature_sums(invoice.lines).items():
        assert abs(told[nature] - amount) <= tolerance


@thorough
@given(invoices(with_discount_lines=False))
def test_services_alone_are_never_refused(invoice):
    """Odd quantities, discounts in percent, prices with or without tax, rounding on the whole: all ordinary."""
    lines, refusal = build(invoice)
    if invoice.total_ttc <= 0:
        assert refusal == {"invoice_total_not_positive"}
        return
    if not any(line.total_ttc for line in invoice.lines):  # a cent made of lines of less than half a cent each
        assert refusal == {"nothing_to_send"}
        return
    assert not refusal
    assert check_lines(lines, invoice.total_ttc) == invoice.total_ht


@thorough
@given(invoices(with_discount_lines=False), st.data())
def test_a_discount_on_one_service_is_never_refused(invoice, data):
    """A discount line of the type and VAT rate of a service that is worth more."""
    target = data.draw(st.sampled_from(invoice.lines))
    if target.total_ttc < Decimal("0.10"):
        return
    share = Decimal(data.draw(st.integers(1, 90))) / 100
    taken_ttc = cents(target.total_ttc * share)
    taken_ht = min(cents(target.total_ht * share), taken_ttc)
    discount = SourceLine(
        "Remise", Decimal(1), False, target.nature, -taken_ttc, -taken_ht, "SAP999999998", vat_rate=target.vat_rate
    )
    reduced = Invoice(
        [*invoice.lines, discount], invoice.total_ttc - taken_ttc, invoice.total_ht - taken_ht, "discounts"
    )
    lines, refusal = build(reduced)
    assert not refusal
    assert check_lines(lines, reduced.total_ttc) == reduced.total_ht


@thorough
@given(invoices())
def test_hours_stay_hours_when_they_can(invoice):
    """An hours line that no discount or cent touched is sent as hours exactly when its unit price has two decimals."""
    lines, refusal = build(invoice)
    untouched = all(line.total_ttc > 0 for line in invoice.lines)
    untouched = untouched and sum(line.total_ttc for line in invoice.lines) == invoice.total_ttc
    untouched = untouched and sum(line.total_ht for line in invoice.lines) == invoice.total_ht
    if refusal or not untouched:
        return
    for source, line in zip(invoice.lines, lines, strict=True):
        assert line.total_ttc == source.total_ttc
        quantity = source.quantity
        price = source.total_ttc / quantity
        exact = quantity == cents(quantity) and price == cents(price)
        if exact:
            assert (line.quantity, line.unit_ttc) == (quantity, price)
            assert line.unit == ("HEURE" if source.is_hours else "FORFAIT")
        else:
            assert (line.quantity, line.unit, line.unit_ttc) == (1, "FORFAIT", source.total_ttc)


AMOUNTS = st.integers(-30_000, 30_000).map(lambda n: Decimal(n) / 100)
WILD = st.builds(
    SourceLine,
    label=st.text(max_size=150),
    quantity=st.decimals(min_value=-100, max_value=1000, places=4),
    is_hours=st.booleans(),
    nature=st.sampled_from(["60", "70", ""]),
    total_ttc=AMOUNTS,
    total_ht=AMOUNTS,
    worker=st.just("SAP999999998"),
    vat_rate=st.sampled_from([None, Decimal(0), Decimal(20)]),
)


@thorough
@given(st.lists(WILD, max_size=8), st.integers(-3, 3), st.integers(-3, 3))
def test_whatever_comes_is_right_or_refused(lines, more_ttc, more_ht):
    """Lines that no invoice has: amounts of any sign, tax larger than the price, totals that do not match."""
    total_ttc = sum((line.total_ttc for line in lines), Decimal(0)) + Decimal(more_ttc) / 100
    total_ht = sum((line.total_ht for line in lines), Decimal(0)) + Decimal(more_ht) / 100
    built, refusal = build(Invoice(lines, total_ttc, total_ht, "wild"))
    if not refusal:
        assert check_lines(built, total_ttc) == total_ht


def can_be_told(invoice):
    """No type of service ends with a negative price or a negative tax: no other reason to refuse is a good one."""
    gross, net = defaultdict(int), defaultdict(int)
    for line in invoice.lines:
        gross[line.nature] += line.total_ttc
        net[line.nature] += line.total_ht
    return all(0 <= net[nature] <= gross[nature] for nature in gross) and 0 <= invoice.total_ht <= invoice.total_ttc


@thorough
@given(invoices())
def test_discounts_are_refused_for_a_good_reason_only(invoice):
    """Discounted invoices leave unless a type of service would be told with a negative price or tax."""
    _, refusal = build(invoice)
    if invoice.kind == "discounts" and can_be_told(invoice) and min(nature_sums(invoice.lines).values()) > 0:
        assert not refusal
