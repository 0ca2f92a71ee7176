"""The line builder on invoices one can follow by hand (CONTRACT §7.2, §7.3)."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from client_helpers import line, payment_request
from urssaf.builder import BuildError, build_lines
from urssaf.lines import SourceLine
from urssaf.payloads import PaymentRequest
from urssaf.wire import number, timestamp


def source(ttc, ht=None, quantity="1", is_hours=False, nature="60", rate=None, label="Ménage"):
    ttc, ht = Decimal(ttc), Decimal(ttc if ht is None else ht)
    return SourceLine(
        label, Decimal(quantity), is_hours, nature, ttc, ht, "SAP999999998", vat_rate=rate and Decimal(rate)
    )


def build(*lines, ttc=None, ht=None):
    total_ttc = sum(line.total_ttc for line in lines) if ttc is None else Decimal(ttc)
    total_ht = sum(line.total_ht for line in lines) if ht is None else Decimal(ht)
    built = build_lines(lines, total_ttc, total_ht)
    return [
        (
            made.unit,
            f"{made.quantity.normalize():f}",
            str(made.unit_ttc),
            str(made.total_ttc),
            str(made.total_ht),
            made.label,
        )
        for made in built
    ]


def refusal(*lines, **totals):
    with pytest.raises(BuildError) as caught:
        build(*lines, **totals)
    return [finding.code for finding in caught.value.findings], caught.value.findings[0].params


def test_hours():
    assert build(source("220", quantity="8", is_hours=True)) == [("HEURE", "8", "27.50", "220.00", "220.00", "Ménage")]
    assert build(source("82.80", quantity="4.5", is_hours=True))[0][:3] == ("HEURE", "4.5", "18.40")


def test_three_hours_for_a_hundred():
    assert build(source("100", quantity="3", is_hours=True)) == [
        ("FORFAIT", "1", "100.00", "100.00", "100.00", "Ménage (3 h)")
    ]


def test_minutes():
    """20 minutes are no two-decimal quantity."""
    assert build(source("10", quantity="0.333333", is_hours=True))[0][-1] == "Ménage (0,333333 h)"


def test_flat_fees():
    assert build(source("400", quantity="2"))[0][:3] == ("FORFAIT", "2", "200.00")
    assert build(source("100", quantity="3"))[0] == ("FORFAIT", "1", "100.00", "100.00", "100.00", "Ménage (× 3)")


def test_noise_of_binary_fractions():
    assert build(source("11", quantity=Decimal(1.1), is_hours=True))[0][:3] == ("HEURE", "1.1", "10.00")


def test_hours_survive_the_cut_of_a_long_label():
    label = build(source("100", quantity="3", is_hours=True, label="x" * 300))[0][-1]
    assert len(label) == 120
    assert label.endswith("x (3 h)")


def test_discount_within_a_rate():
    """The larger line bears it; the other keeps its hours; the order stays."""
    lines = [
        source("33", "30", quantity="1", is_hours=True, rate="10"),
        source("330", "300", quantity="10", is_hours=True, rate="10"),
        source("-33", "-30", rate="10", label="Remise"),
    ]
    assert build(*lines) == [
        ("HEURE", "1", "33.00", "33.00", "30.00", "Ménage"),
        ("HEURE", "10", "29.70", "297.00", "270.00", "Ménage"),
    ]


def test_discount_larger_than_any_line():
    built = build(source("60"), source("50"), source("-80"))
    assert [entry[3] for entry in built] == ["30.00"]


def test_discount_of_another_rate():
    built = build(source("120", "100", rate="20"), source("-10", "-10", rate="0"))
    assert built == [("FORFAIT", "1", "110.00", "110.00", "90.00", "Ménage")]


def test_discount_of_another_nature():
    codes, params = refusal(source("120", nature="70"), source("-20", nature="60"))
    assert codes == ["nature_negative"]
    assert params == {"nature": "60", "amount": Decimal("20.00")}


def test_discount_that_leaves_no_lawful_tax():
    lines = [source("12", "10", rate="20"), source("-11", "-11", rate="0"), source("100", nature="70")]
    assert refusal(*lines)[0] == ["discount_vat"]


def test_zero_lines_and_lines_that_cancel():
    assert len(build(source("0"), source("50", nature="70"), source("30"), source("-30"))) == 1
    assert refusal(source("0"), ttc="1", ht="1")[0] == ["nothing_to_send"]
    assert refusal(source("30"), source("-30"))[0] == ["invoice_total_not_positive"]


def test_a_cent_of_the_whole_goes_on_tax():
    """HT stays; of two lines the taxed one takes it."""
    lines = [source("50", nature="70"), source("36.30", "33", rate="10")]
    built = build_lines(lines, Decimal("86.31"), Decimal(83))
    assert [(made.total_ttc, made.total_ht, made.total_tva) for made in built] == [
        (Decimal(50), Decimal(50), Decimal(0)),
        (Decimal("36.31"), Decimal(33), Decimal("3.31")),
    ]
    built = build_lines(lines, Decimal("86.29"), Decimal(83))
    assert built[1].total_tva == Decimal("3.29")


def test_a_cent_prefers_a_line_without_exact_price():
    lines = [
        source("220", "200", quantity="8", is_hours=True, rate="10"),
        source("110", "100", quantity="3", rate="10"),
    ]
    built = build(*lines, ttc="330.01", ht="300")
    assert built[0][0] == "HEURE"
    assert built[1][3] == "110.01"


def test_more_than_cents():
    codes, params = refusal(source("50"), ttc="60", ht="60")
    assert codes == ["lines_total_differs"]
    assert params == {"amount": Decimal("10.00")}


def test_negative_tax():
    assert refusal(source("80", "100"))[0] == ["vat_negative"]
    assert refusal(source("80", "100"), source("50", "20", nature="70"))[0] == ["discount_vat"]


def test_empty_invoice():
    assert refusal()[0] == ["invoice_total_not_positive"]


# --- writing --------------------------------------------------------------------------------------------------------


def test_numbers_are_numbers_of_two_decimals():
    assert [number(Decimal(text)) for text in ("0", "220.00", "27.5", "0.1")] == [0, 220, 27.5, 0.1]
    assert isinstance(number(Decimal("220.00")), int)
    for wrong in ("0.001", "-1", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="amount"):
            number(Decimal(wrong))


def test_dates_are_calendar_dates():
    assert timestamp(date(2026, 9, 3)) == "2026-09-03T00:00:00Z"
    assert timestamp(datetime(2026, 9, 18, 12, 30)) == "2026-09-18T12:30:00Z"


def test_keys_are_omitted_when_empty():
    written = payment_request(lines=(line(label=" \n", worker=""),), deposit_date=date(2026, 9, 2)).to_dict()
    assert not written.keys() & {"mntAcompte", "dateVersementAcompte"}
    assert not written["inputPrestations"][0].keys() & {
        "complement1",
        "complement2",
        "codeActivite",
        "dateDebutEmploi",
        "dateFinEmploi",
    }


def test_the_label_is_cut():
    assert len(line(label="é" * 300).to_dict()["complement1"]) == 120


def test_the_frozen_payload_is_exact():
    request = payment_request(
        lines=(
            line(
                label=" Ménage\n« complet » ",
                date_start=datetime(2026, 9, 3, 0, 0),
                date_end=datetime(2026, 9, 18, 12, 30),
                activity="60A001",
            ),
        ),
        deposit_amount=Decimal("10.10"),
        deposit_date=date(2026, 9, 2),
    )
    text = request.to_json()
    again = PaymentRequest.from_json(text)
    assert again == request
    assert again.to_json() == text
    assert again.lines[0].unit_ttc == Decimal("27.5")
    assert "\n" not in text
    assert "«" in text


@pytest.mark.parametrize("adjusted", ["0.02", "-0.03", "0.40", "-4.00"])
def test_what_the_invoice_adjusts_itself_is_spread(adjusted):
    """A rounding to coins, or the lower tax of a discount for early payment: on the lines, to the cent."""
    sources = [source("120.00", "100.00"), source("60.00", "50.00", nature="40")]
    total = Decimal("180.00") + Decimal(adjusted)
    lines = build_lines(sources, total, Decimal("150.00"), Decimal(adjusted))
    assert sum(one.total_ttc for one in lines) == total
    assert sum(one.total_ht for one in lines) == Decimal("150.00")
    assert all(one.total_ht + one.total_tva == one.total_ttc for one in lines)


def test_what_nobody_says_is_no_rounding():
    with pytest.raises(BuildError):
        build_lines([source("120.00", "100.00")], Decimal("119.00"), Decimal("100.00"))
