"""The least of what an answer says: enough to decide by, and always possible to keep.

The gate lets nothing through that cannot be written. Should something be in the way all the same (another module's rule,
a text that makes an index too long), what an answer *means* is kept, with as much of its words as can be.
"""

from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from .errors import Refused
from .gate import CENTURY, LONGEST_CODE

LONGEST_WORDS = 300
_LARGEST = Decimal(10) ** 9
# Words for people. Codes and references are what decisions are made by.
_WORDS = frozenset({"message", "description", "label", "reject_comment", "birth_name", "first_names"})


def _words(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text[:LONGEST_WORDS]).strip()


def least(value: Any) -> Any:
    """A ``Refused`` or a dataclass of ``answers``, its words short and plain, without what may be unfit to be kept.

    Codes and references stay when they are plain ASCII of the usual length, amounts below a milliard, days of this
    century; anything else that is not in the way stays as it is.
    """
    if isinstance(value, Refused):
        return Refused(tuple(least(error) for error in value.errors), value.http_status or 400)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{
                one.name: _words(getattr(value, one.name)) if one.name in _WORDS else least(getattr(value, one.name))
                for one in fields(value)
            },
        )
    if isinstance(value, tuple | list):
        return type(value)(least(one) for one in value)
    if isinstance(value, str):
        return value if len(value) <= LONGEST_CODE and value.isascii() and value.isprintable() else ""
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value) < _LARGEST else None
    if isinstance(value, date):
        return value if value.year in CENTURY else None
    return value
