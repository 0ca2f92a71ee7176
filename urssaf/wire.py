"""How single values are written in a request: numbers and dates (CONTRACT §7.2, §7.4)."""

from datetime import date, datetime, time, timezone
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> int:
    """An amount in euros as whole cents, half up."""
    return int((Decimal(amount) * 100).to_integral_value(ROUND_HALF_UP))


def from_cents(cents: int) -> Decimal:
    """Whole cents as euros with two decimals."""
    return Decimal(cents) * CENT


def number(value: Decimal) -> int | float:
    """A JSON number with two decimals at most, never negative.

    Two decimals survive the float of JSON exactly.

    :raises ValueError: when ``value`` may not be sent: rounding here, behind the back of the amount checks, would only
        move the refusal to the remote
    """
    value = Decimal(value)
    if not value.is_finite() or value < 0 or value != value.quantize(CENT):
        raise ValueError("not an amount of two decimals")
    return int(value) if value == value.to_integral_value() else float(value)


def day(value: date | datetime) -> date | datetime:
    """A day, or an instant (naive UTC) when it has a time of its own: midnight UTC is written like a day."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    value = value.replace(microsecond=0)
    return value.date() if value.time() == time.min else value


def timestamp(value: date | datetime) -> str:
    """``YYYY-MM-DDT00:00:00Z``: the calendar date as it is, never shifted; a naive datetime is UTC."""
    value = day(value)
    clock = value.time() if isinstance(value, datetime) else time.min
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}T{clock:%H:%M:%S}Z"


def birth_timestamp(value: date) -> str:
    """The form of M010's birth date, with milliseconds (CONTRACT §5.1)."""
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}T00:00:00.000Z"


def read_timestamp(text: str) -> date | datetime:
    """The inverse of ``timestamp``.

    :raises ValueError: on a text that it does not write
    """
    return day(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
