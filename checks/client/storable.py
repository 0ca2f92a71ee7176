"""What PostgreSQL takes, said once more without the gate: what the tests hold its results against."""

import dataclasses
import math
from datetime import date
from decimal import Decimal

LONGEST = 60_000  # characters of anything that is kept


def is_storable(value):
    """Whether a value, and all there is in it, can be written to a column of its kind."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, str):
        return "\0" not in value and len(value) <= LONGEST and _is_utf8(value)
    if isinstance(value, int):
        return abs(value) < 2**31
    if isinstance(value, float):
        return math.isfinite(value) and abs(value) < 10**14
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < 10**14 - 1  # numeric(16, 2), rounded
    if isinstance(value, date):  # a datetime, too
        return 2000 <= value.year <= 2099
    if isinstance(value, tuple | frozenset | set):
        return all(map(is_storable, value))
    if dataclasses.is_dataclass(value):
        return all(is_storable(getattr(value, field.name)) for field in dataclasses.fields(value))
    return False


def _is_utf8(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
