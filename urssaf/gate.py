"""The gate: an answer may hold anything; what leaves here can always be written to the database.

Half an emoji, a NUL, an amount of 4,000 digits, a date of the year 1, a value nested 100,000 deep: each of them once
stopped all that was asked about in the same call. So nothing of an answer reaches a reader but through here. Texts are
clean and cut, numbers finite and bounded, dates of this century, and what was said but cannot be read is ``SPOILT``: it
is not the same as nothing said, and never a success (CONTRACT §7.5).
"""

import email.utils
import json
import re
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any

from .dates import PARIS

DEEPEST = 32  # levels; the deepest answer of the API has six
MOST_ENTRIES = 1_000  # of one list or object; the API gives ten requests at most
LONGEST_STRING = 10_000  # characters of any string, an access token included
LONGEST_TEXT = 2_000  # characters of words for people
LONGEST_NAME = 200
LONGEST_CODE = 100
LONGEST_REF = 100  # references are indexed, and PostgreSQL's index takes some 2,700 bytes
LONGEST_NUMBER = 40  # characters
LARGEST_AMOUNT = Decimal(10) ** 12  # euros, exclusive: a numeric(16, 2) holds it
CENTURY = range(2000, 2100)
LONGEST_WAIT = 86_400.0  # seconds: what the remote asks to wait counts at most a day

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# What PostgreSQL (NUL, half a pair) or the parser of Odoo's messages (the others) refuses, and what nobody can see.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# A byte that is no UTF-8, as ``surrogateescape`` gives it: what it is in Windows' Latin-1.
_WINDOWS = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_STRUCTURE = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_AMOUNT = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?")


class Unreadable(Exception):
    """The body is not an answer to this call."""


class _Spoilt:
    """Something was said here, and it cannot be read."""

    def __repr__(self):
        return "SPOILT"


SPOILT = _Spoilt()


# --- texts ----------------------------------------------------------------------------------------------------------


def clean(text: str, longest: int | None = None) -> str:
    """The text as it can be stored and shown: what cannot becomes ``U+FFFD``, what is too long ends in ``…``.

    Replaced rather than dropped: a spoilt code must not become another code.
    """
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return _UNFIT.sub(REPLACEMENT, text)


def decode(body: bytes) -> str:
    """The text of a body: UTF-8, with what is none of it read as Windows' Latin-1. It may still hold a NUL."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("utf-8", "surrogateescape").translate(_WINDOWS).removeprefix("\ufeff")


def to_text(value: Any, longest: int = LONGEST_TEXT) -> str:
    """A string or a whole number as text; '' for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    try:
        return clean(str(value).strip(), longest)
    except ValueError:  # a whole number of more than 4,300 digits
        return ""


def to_code(value: Any) -> str:
    """A code, as it is if it has the length of one."""
    return to_text(value, LONGEST_CODE)


def to_ref(value: Any) -> str:
    """A reference or an invoice number; '' when it is not there whole: a part of one is another one."""
    ref = to_text(value, LONGEST_REF + 1)
    return "" if len(ref) > LONGEST_REF or REPLACEMENT in ref else ref


# --- JSON -----------------------------------------------------------------------------------------------------------


def read_json(body: bytes) -> Any:
    """The JSON of a body: numbers as int or Decimal, texts clean, ``SPOILT`` in place of what cannot be read.

    :raises Unreadable: when it is no JSON
    """
    try:
        return _cleaned(_DECODER.decode(_shallow(decode(body))))
    except (ValueError, RecursionError):
        raise Unreadable from None


def _shallow(text: str) -> str:
    """The text with NaN, which is read as SPOILT, in place of what is nested too deep.

    It has to be cut out before it is parsed: a parser that gives up loses the neighbours, too.
    """
    if text.count("[") + text.count("{") <= DEEPEST:
        return text
    kept, kept_to, depth, quoted = [], 0, 0, False
    for found in _STRUCTURE.finditer(text):
        sign = found[0]
        if sign == '"':
            quoted = not quoted
        elif quoted or sign[0] == "\\":
            continue
        elif sign in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                kept += (text[kept_to : found.start()], "NaN")
                kept_to = len(text)
        else:
            if depth == DEEPEST + 1:
                kept_to = found.end()
            depth -= 1
    kept.append(text[kept_to:])
    return "".join(kept)


def _whole(text: str) -> Any:
    return int(text) if len(text) <= LONGEST_NUMBER else SPOILT


def _decimal(text: str) -> Any:
    if len(text) > LONGEST_NUMBER:
        return SPOILT
    try:
        value = Decimal(text)
    except ArithmeticError:  # an exponent of twenty digits
        return SPOILT
    return value if value.is_finite() and abs(value.adjusted()) <= LONGEST_NUMBER else SPOILT


def _object(pairs: list[tuple[str, Any]]) -> Any:
    """An object; what one of its keys says twice, and differently, is not said."""
    if len(pairs) > MOST_ENTRIES:
        return SPOILT
    values: dict[str, Any] = {}
    for key, value in pairs:
        values[key] = SPOILT if key in values and values[key] != value else value
    return values


# Not strict: a raw control character in one text makes no other text unreadable.
_DECODER = json.JSONDecoder(
    strict=False,
    parse_int=_whole,
    parse_float=_decimal,
    parse_constant=lambda _name: SPOILT,  # NaN, Infinity
    object_pairs_hook=_object,
)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, LONGEST_STRING)
    if isinstance(value, list):
        return SPOILT if len(value) > MOST_ENTRIES else [_cleaned(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _cleaned(entry) for key, entry in value.items()}
    return value


# --- amounts and moments --------------------------------------------------------------------------------------------


def to_amount(value: Any) -> Decimal | None:
    """An amount in euros, also from text; None when there is none, or none that can be."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip().replace(",", ".")
        value = Decimal(value) if _AMOUNT.fullmatch(value) else None
    if not isinstance(value, int | Decimal):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return Decimal(value) if abs(value) < LARGEST_AMOUNT else None


def to_date(value: Any) -> date | None:
    """The calendar date of a date or date-time of this century, with or without milliseconds and offset; else None.

    A midnight is a date written as it is. Another time with an offset is an instant: a midnight of Paris, most likely.
    """
    if not isinstance(value, str):
        return None
    value = clean(value.strip()[:64])
    try:
        moment = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", value))
    except ValueError:
        try:
            day = date.fromisoformat(value[:10])
        except ValueError:
            return None
        return day if day.year in CENTURY else None
    if moment.year not in CENTURY:
        return None
    if moment.tzinfo and moment.time() != time.min:
        moment = moment.astimezone(PARIS)
    return moment.date() if moment.year in CENTURY else None


def to_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` header, a day at most, in seconds or as an HTTP date (``now``: naive UTC)."""
    value = (value or "").strip()[:100]
    if found := re.fullmatch(r"0*([0-9]+)(\.[0-9]+)?", value):
        return LONGEST_WAIT if len(found[1]) > 9 else min(float(value), LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(value)
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
        return min(max(0.0, (moment - now).total_seconds()), LONGEST_WAIT)
    except (ValueError, TypeError, IndexError, ArithmeticError):  # an offset may lead out of the years there are
        return None
