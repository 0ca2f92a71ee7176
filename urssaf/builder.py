"""From the lines of an invoice to lines that hold every amount check of CONTRACT §7.3, to the cent.

All arithmetic is done on whole cents. The steps:

1. *net*: discounts are taken off lines of the same nature, of the same VAT rate first;
2. *fit*: the few cents between the lines and the invoice (tax rounded on the whole) go on one line;
3. *shape*: hours keep quantity and unit price when their product is exact, else the line becomes one flat fee.

What cannot be made to fit without changing what the household pays is refused with a finding.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .findings import Finding, error
from .formats import text
from .lines import LABEL_LENGTH, Line, SourceLine
from .wire import from_cents, to_cents

_FIELD = "invoice_line_ids"
_NOISE = Decimal("0.000001")


class BuildError(ValueError):
    """The invoice cannot be told to URSSAF; ``findings`` say why."""

    def __init__(self, findings: Iterable[Finding]):
        self.findings = tuple(findings)
        super().__init__(", ".join(finding.code for finding in self.findings))


@dataclass
class _Item:
    """A line being worked on: cents, 0 <= ht <= ttc once it is settled."""

    source: SourceLine
    ttc: int
    ht: int

    @property
    def tva(self) -> int:
        return self.ttc - self.ht

    @property
    def rank(self) -> int:
        """How much of the source's detail survives with the present total: see ``_quantity``."""
        return 0 if _quantity(self.source, self.ttc) is None else 1


def build_lines(
    source: Sequence[SourceLine], total_ttc: Decimal, total_ht: Decimal, adjusted: Decimal = Decimal(0)
) -> tuple[Line, ...]:
    """The lines to send for an invoice of ``total_ttc`` and ``total_ht`` euros.

    ``adjusted``: euros by which the invoice says itself that its total is another one than that of its lines: a rounding to
    coins, the tax of a discount for early payment.

    Their TTC and HT sum up to these totals exactly.

    :raises BuildError: when that cannot be: a discount larger than the services of its nature, a tax that is negative, a total
        that is not made of these lines, nothing to send
    """
    ttc, ht = to_cents(total_ttc), to_cents(total_ht)
    if ttc <= 0:
        raise BuildError([error("invoice_total_not_positive", _FIELD, amount=from_cents(ttc))])
    if not 0 <= ht <= ttc:
        raise BuildError([error("vat_negative", _FIELD)])
    items = [_Item(line, to_cents(line.total_ttc), to_cents(line.total_ht)) for line in source]
    items = [item for item in items if item.ttc or item.ht]
    tolerance = max(1, len(items)) + abs(to_cents(adjusted))
    items = _net(items)
    _fit(items, ttc, ht, tolerance)
    return tuple(_shape(item) for item in items if item.ttc)


# --- 1. net ---------------------------------------------------------------------------------------------------------


def _net(items: list[_Item]) -> list[_Item]:
    """The positive lines, with what the others take off. Order is kept."""
    findings: list[Finding] = []
    natures: dict[str, list[_Item]] = {}
    for item in items:
        natures.setdefault(item.source.nature, []).append(item)
    for nature, members in natures.items():
        if all(0 <= item.ht <= item.ttc for item in members):
            continue
        if (total := sum(item.ttc for item in members)) < 0:
            findings.append(error("nature_negative", _FIELD, nature=nature, amount=from_cents(-total)))
        elif not _net_nature(members):
            findings.append(error("discount_vat", _FIELD, nature=nature))
    if findings:
        raise BuildError(findings)
    return [item for item in items if item.ttc > 0]


def _net_nature(members: list[_Item]) -> bool:
    """Net one nature in place; False when its amounts cannot be told without a negative HT or VAT."""
    rates: dict[Decimal | None, list[_Item]] = {}
    for item in members:
        rates.setdefault(item.source.vat_rate, []).append(item)
    sums = [[sum(i.ttc for i in group), sum(i.ht for i in group), group] for group in rates.values()]
    for debt in sums:
        if debt[0] < 0 or (debt[0] == 0 and debt[1] != 0):
            _share_debt(debt, sums)
    if all(0 <= ht <= ttc for ttc, ht, _ in sums):
        return all(_settle(group, ttc, ht) for ttc, ht, group in sums)
    # Not possible rate by rate: the nature as a whole, if its sums allow it.
    return _settle(members, sum(item.ttc for item in members), sum(item.ht for item in members))


def _share_debt(debt: list, sums: list[list]) -> None:
    """Move a discount that exceeds the lines of its VAT rate to those of other rates, the largest first."""
    for other in sorted(sums, key=lambda entry: -entry[0]):
        if other is debt or other[0] <= 0:
            continue
        ttc = min(-debt[0], other[0])
        ht = debt[1] if ttc == -debt[0] else round(debt[1] * ttc / -debt[0])
        other[0] -= ttc
        other[1] += ht
        debt[0] += ttc
        debt[1] -= ht
        if not debt[0]:
            break


def _settle(group: list[_Item], ttc: int, ht: int) -> bool:
    """Make the lines of a group sum up to ``ttc`` and ``ht`` by reducing them; the discounts become zero."""
    if not 0 <= ht <= ttc:
        return False
    lines = [item for item in group if item.ttc > 0]
    for item in group:
        if item.ttc <= 0:
            item.ttc = item.ht = 0
    left = sum(item.ttc for item in lines) - ttc
    reduced = []
    while left:
        item = _to_reduce(lines, left)
        taken = min(left, item.ttc)
        item.ht = item.ht * (item.ttc - taken) // item.ttc
        item.ttc -= taken
        left -= taken
        reduced.append(item)
    # The lines touched take what HT is left to place; those untouched keep theirs if they can.
    return _place_ht(reduced + [item for item in lines if item not in reduced], ht)


def _to_reduce(lines: list[_Item], amount: int) -> _Item:
    """The line to take ``amount`` off: one that can bear it all, keeps its hours exact, and is large."""

    def merit(item: _Item) -> tuple[bool, int, int]:
        after = _Item(item.source, item.ttc - amount, 0)
        return item.ttc >= amount, after.rank - item.rank if after.ttc > 0 else -1, item.ttc

    return max((item for item in lines if item.ttc), key=merit)


def _place_ht(lines: list[_Item], ht: int) -> bool:
    """Correct the HT of lines, in their order, until it sums up to ``ht`` with 0 <= HT <= TTC everywhere."""
    for item in lines:
        item.ht = max(0, min(item.ht, item.ttc))
    left = ht - sum(item.ht for item in lines)
    for item in lines:
        step = max(-item.ht, min(left, item.tva))
        item.ht += step
        left -= step
    return not left


# --- 2. fit ---------------------------------------------------------------------------------------------------------


def _fit(items: list[_Item], ttc: int, ht: int, tolerance: int) -> None:
    """Put the cents between lines and invoice on a line: TTC and VAT together, HT only as far as its own sum asks.

    More than a cent a line, of HT or of VAT, is no rounding: something of the invoice is not among these lines.
    """
    if not items:
        raise BuildError([error("nothing_to_send", _FIELD)])
    more_ttc = ttc - sum(item.ttc for item in items)
    more_ht = ht - sum(item.ht for item in items)
    if abs(more_ht) > tolerance or abs(more_ttc - more_ht) > tolerance:
        raise BuildError([error("lines_total_differs", _FIELD, amount=from_cents(more_ttc or more_ht))])
    if not more_ttc and not more_ht:
        return
    able = [item for item in items if 0 <= item.ht + more_ht <= item.ttc + more_ttc > 0]
    if able:
        item = max(able, key=lambda candidate: _fit_merit(candidate, more_ttc))
        item.ttc += more_ttc
        item.ht += more_ht
        return
    # No single line can bear it (many small ones): each gives or takes what it can.
    for item in sorted(items, key=lambda candidate: -candidate.ttc):
        step = max(-item.ttc, more_ttc)
        item.ttc += step
        more_ttc -= step
    if not _place_ht(items, ht):  # pragma: no cover - 0 <= ht <= ttc always leaves a place
        raise BuildError([error("lines_total_differs", _FIELD, amount=from_cents(more_ht))])


def _fit_merit(item: _Item, more_ttc: int) -> tuple[bool, int, int]:
    """A taxed line rather than an untaxed one, one that keeps its detail, a large one."""
    return item.tva > 0, _Item(item.source, item.ttc + more_ttc, 0).rank - item.rank, item.ttc


# --- 3. shape -------------------------------------------------------------------------------------------------------


def _quantity(source: SourceLine, ttc: int) -> Decimal | None:
    """The quantity of the source if it may be sent with this total: two decimals, and an exact unit price of two."""
    hundredths = _plain(source.quantity) * 100
    if hundredths <= 0 or hundredths != hundredths.to_integral_value() or ttc * 100 % int(hundredths):
        return None
    return hundredths / 100


def _plain(quantity: Decimal) -> Decimal:
    """A quantity without the noise of a binary fraction (1.1 hours is not 1.10000000000000008…)."""
    return Decimal(quantity).quantize(_NOISE)


def shape(source: SourceLine, activity: str | None = None) -> Line:
    """A line that holds the checks for totals that are settled, as ``urssaf.merge`` has them."""
    line = _shape(_Item(source, to_cents(source.total_ttc), to_cents(source.total_ht)))
    return replace(line, activity=activity)


def _shape(item: _Item) -> Line:
    source, total = item.source, from_cents(item.ttc)
    quantity = _quantity(source, item.ttc)
    label = text(source.label)
    hides_quantity = False
    if quantity is None:
        quantity_sent, unit, unit_ttc = Decimal(1), "FORFAIT", total
        hides_quantity = _with_quantity("", source) != ""
        label = _with_quantity(label, source)
    else:
        quantity_sent, unit = quantity, "HEURE" if source.is_hours else "FORFAIT"
        unit_ttc = from_cents(item.ttc * 100 // int(quantity * 100))
    return Line(
        nature=source.nature,
        quantity=quantity_sent,
        unit=unit,
        unit_ttc=unit_ttc,
        total_ttc=total,
        total_ht=from_cents(item.ht),
        total_tva=from_cents(item.tva),
        label=label,
        worker=source.worker,
        date_start=source.date_start,
        date_end=source.date_end,
        hides_quantity=hides_quantity,
    )


def _with_quantity(label: str, source: SourceLine) -> str:
    """The label a household reads, with the quantity that a flat fee hides: ``Ménage (2,75 h)``."""
    quantity = _plain(source.quantity)
    if quantity <= 0 or (quantity == 1 and not source.is_hours):
        return label
    figure = f"{quantity.normalize():f}".replace(".", ",")
    suffix = f"({figure} h)" if source.is_hours else f"(× {figure})"
    return f"{label[: LABEL_LENGTH - len(suffix) - 1].rstrip()} {suffix}".strip()
