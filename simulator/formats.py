"""Reading and checking of single values. Every check is linear in the length of its input (CONTRACT §5.2, warning)."""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z")


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date or date-time of any usual form as an aware UTC datetime; without a zone it is UTC.

    :raises ValueError: not a date
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_instant(text: str) -> bool:
    """The one form of date the API's inputs have: date, time, optional milliseconds, final ``Z`` (CONTRACT §7.4)."""
    if not INSTANT.fullmatch(text):
        return False
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_last_name(text: str) -> bool:
    """Letters, apostrophes, hyphens and spaces, with a letter at both ends (pattern P1)."""
    return bool(text) and text[0].isalpha() and text[-1].isalpha() and all(c.isalpha() or c in "' -" for c in text)


def is_first_names(text: str) -> bool:
    """Names separated by exactly one space, each with a letter at both ends (pattern P2)."""
    return all(
        name and name[0].isalpha() and name[-1].isalpha() and all(c.isalpha() or c in "'-" for c in name)
        for name in text.split(" ")
    )


def is_iban(text: str) -> bool:
    """Check the two check digits (ISO 7064, mod 97-10) of an upper or lower case IBAN without spaces."""
    moved = (text[4:] + text[:4]).upper()
    if not moved.isascii() or not moved.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def plain(text: str) -> str:
    """Fold a name for comparison: no accents, upper case, single spaces in place of punctuation."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", ascii_text.upper()).split())


def same_mobile(text: str) -> str:
    """The national form of a French mobile number: ``+336…`` and ``06…`` are one number."""
    return "0" + text[3:] if text.startswith("+33") else text


def decimals(value: Decimal | int) -> int:
    """How many digits after the point a number needs (``20.50`` needs one)."""
    if isinstance(value, int):
        return 0
    return max(0, -value.normalize().as_tuple().exponent)
