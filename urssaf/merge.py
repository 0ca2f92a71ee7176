"""Fewer lines for the same money: for an invoice whose lines URSSAF finds too many (CONTRACT §7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .builder import shape
from .lines import LABEL_LENGTH, Line, SourceLine
from .wire import to_cents

MOST_LINES = 10  # lines that URSSAF surely takes in one request

_CENT = 1  # by which rounding may have moved a VAT amount


@dataclass
class _Group:
    """Lines that become one. ``lowest`` and ``highest``: between them lies the VAT rate that explains all of them."""

    lines: list[Line]
    lowest: Fraction | None
    highest: Fraction | None

    def takes(self, line: Line) -> bool:
        kind, other = _kind(self.lines[0]), _kind(line)
        rate = _rate(line)
        if kind != other or rate is None or self.lowest is None:
            return False
        return max(self.lowest, rate[0]) <= min(self.highest, rate[1])

    def add(self, line: Line) -> None:
        lowest, highest = _rate(line)
        self.lines.append(line)
        self.lowest, self.highest = max(self.lowest, lowest), min(self.highest, highest)


def merge_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """One line for all those of the same nature, unit, VAT rate and worker, in the order in which each kind comes first.

    The sums of TTC, HT and VAT stay as they are, to the cent, and each line holds the amount checks of CONTRACT §7.3.
    Lines that stand alone are not touched.
    """
    groups: list[_Group] = []
    for line in lines:
        group = next((group for group in groups if group.takes(line)), None)
        if group:
            group.add(line)
        else:
            groups.append(_Group([line], *(_rate(line) or (None, None))))
    return tuple(group.lines[0] if len(group.lines) == 1 else _merged(group.lines) for group in groups)


def _kind(line: Line) -> tuple:
    # Who did the service is declared, too: the work of two people is never put under the name of one.
    return line.nature, line.activity, line.unit, line.worker


def _rate(line: Line) -> tuple[Fraction, Fraction] | None:
    """The VAT rates that give this line's VAT, as lowest and highest; None when no rate can be told."""
    ht, tva = to_cents(line.total_ht), to_cents(line.total_tva)
    if ht <= 0:
        return None
    return Fraction(tva - _CENT, ht), Fraction(tva + _CENT, ht)


def _merged(lines: Sequence[Line]) -> Line:
    first = lines[0]
    is_hours = first.unit == "HEURE"
    alike = len({(line.unit_ttc, line.label) for line in lines}) == 1
    return shape(
        SourceLine(
            label=_label(lines),
            quantity=sum(line.quantity for line in lines) if is_hours or alike else Decimal(1),
            is_hours=is_hours,
            nature=first.nature,
            total_ttc=sum(line.total_ttc for line in lines),
            total_ht=sum(line.total_ht for line in lines),
            worker=first.worker,
            date_start=_day(lines, "date_start", min),
            date_end=_day(lines, "date_end", max),
        ),
        first.activity,
    )


def _label(lines: Sequence[Line]) -> str:
    """What each of them is, told once; cut where the household's screen is full."""
    text = ", ".join(dict.fromkeys(line.label for line in lines if line.label))
    return text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1].rstrip(" ,") + "…"


def _day(lines: Sequence[Line], name: str, choose):
    """First or last day of all; None when one of them has none, or a moment where others have a day."""
    days = [getattr(line, name) for line in lines]
    if None in days or len({type(day) for day in days}) > 1:
        return None
    return choose(days)
