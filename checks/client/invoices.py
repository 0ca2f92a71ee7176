"""Invoices as Odoo computes them, generated; and an independent reading of CONTRACT §7.3 and of the issue's promises.

Nothing here uses the client's own arithmetic.
"""

import json
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st

from urssaf.lines import SourceLine

CENT = Decimal("0.01")
RATES = [Decimal(0), Decimal("5.5"), Decimal(10), Decimal(20)]


def cents(value):
    return value.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Invoice:
    lines: list
    total_ttc: Decimal
    total_ht: Decimal
    kind: str


def odoo_line(price, quantity, discount, rate, included):
    """(raw HT, raw VAT) of a line before rounding."""
    amount = price * quantity * (1 - discount / 100)
    if included:
        net = amount / (1 + rate / 100)
        return net, amount - net
    return amount, amount * rate / 100


PRICES = st.one_of(
    st.integers(1, 30_000).map(lambda n: Decimal(n) / 100),
    st.integers(1, 400).map(lambda n: Decimal(n) / 2),
    st.integers(1, 3_000_000).map(lambda n: Decimal(n) / 10_000),
)
QUANTITIES = st.one_of(
    st.integers(1, 40).map(Decimal),
    st.integers(1, 160).map(lambda n: Decimal(n) / 4),
    st.integers(1, 9_999).map(lambda n: Decimal(n) / 100),
    st.integers(1, 99_999).map(lambda n: Decimal(n) / 1000),
    st.integers(1, 600).map(lambda n: Decimal(n) / 60),  # minutes: no finite number of decimals
)
DISCOUNTS = st.sampled_from([Decimal(0)] * 6 + [Decimal(5), Decimal(10), Decimal("33.33"), Decimal(50), Decimal(100)])
NATURES = st.sampled_from(["60", "70", "100"])
LABELS = st.sampled_from(["Ménage", "Cours de maths\n[avec devoirs]", "", "x" * 200, "  Jardin  et haies "])


@st.composite
def service(draw):
    return {
        "nature": draw(NATURES),
        "price": draw(PRICES),
        "quantity": draw(QUANTITIES),
        "discount": draw(DISCOUNTS),
        "rate": draw(st.sampled_from(RATES)),
        "is_hours": draw(st.booleans()),
        "label": draw(LABELS),
    }


@st.composite
def invoices(draw, with_discount_lines=True):
    """Services, discount lines, prices with or without tax, rounded per line or on the whole."""
    services = draw(st.lists(service(), min_size=1, max_size=12))
    included, globally = draw(st.booleans()), draw(st.booleans())
    rows = [
        (row, *odoo_line(row["price"], row["quantity"], row["discount"], row["rate"], included)) for row in services
    ]
    kind = "services"
    if with_discount_lines:
        for _ in range(draw(st.integers(0, 3))):
            kind = "discounts"
            target = draw(st.sampled_from(services))
            price = -draw(PRICES) if draw(st.booleans()) else -target["price"] * target["quantity"] / 10
            rate = target["rate"] if draw(st.integers(0, 3)) else draw(st.sampled_from(RATES))
            row = {**target, "price": price, "quantity": Decimal(1), "rate": rate, "label": "Remise", "is_hours": False}
            rows.append((row, *odoo_line(price, Decimal(1), Decimal(0), rate, included)))
    lines = []
    for row, net, vat in rows:
        total_ht = cents(net)
        total_ttc = cents(net + vat) if included else total_ht + cents(vat)
        lines.append(
            SourceLine(
                label=row["label"],
                quantity=row["quantity"],
                is_hours=row["is_hours"],
                nature=row["nature"],
                total_ttc=total_ttc,
                total_ht=total_ht,
                worker="SAP999999998",
                vat_rate=row["rate"],
            )
        )
    if globally:
        rates = {row["rate"] for row, _, _ in rows}
        nets = {rate: cents(sum(net for row, net, _ in rows if row["rate"] == rate)) for rate in rates}
        vats = {rate: cents(sum(vat for row, _, vat in rows if row["rate"] == rate)) for rate in rates}
        total_ht = sum(nets.values())
        total_ttc = total_ht + sum(vats.values())
    else:
        total_ht, total_ttc = sum(line.total_ht for line in lines), sum(line.total_ttc for line in lines)
    return Invoice(draw(st.permutations(lines)), total_ttc, total_ht, kind)


def check_lines(lines, total_ttc):
    """CONTRACT §7.3 on the JSON that leaves, for any rounding mode of the remote: products must be exact."""
    written = json.loads(json.dumps([line.to_dict() for line in lines]), parse_float=Decimal, parse_int=Decimal)
    assert written, "at least one line"
    for entry in written:
        numbers = {key: value for key, value in entry.items() if isinstance(value, Decimal)}
        assert numbers.keys() == {
            "quantite",
            "mntUnitaireTTC",
            "mntPrestationTTC",
            "mntPrestationHT",
            "mntPrestationTVA",
        }
        for value in numbers.values():
            assert value == value.quantize(CENT), "at most two decimals"
            assert value >= 0, "no negative value"
        assert entry["mntUnitaireTTC"] * entry["quantite"] == entry["mntPrestationTTC"] > 0
        assert entry["mntPrestationHT"] + entry["mntPrestationTVA"] == entry["mntPrestationTTC"]
        assert entry["unite"] in ("HEURE", "FORFAIT")
        assert len(entry.get("complement1", "x")) <= 120
        assert entry.get("complement1") != ""
    assert sum(entry["mntPrestationTTC"] for entry in written) == total_ttc
    return sum(entry["mntPrestationHT"] for entry in written)
