"""Reading answers: tolerant of every shape the contract has seen, and never guessing (CONTRACT §4 to §9).

Functions named ``read_*`` raise Unreadable for a body that says nothing they can rely on.
"""

import email.utils
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from .dates import PARIS
from .errors import RemoteError
from .statuses import UNKNOWN_CUSTOMER

EMPTY_SEARCH = "ERR_RECHERCHE_VIDE"
INTEGRATED = "10"

_STAMP = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})[^0-9]{1,5}([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_LONGEST_TEXT = 2000


class Unreadable(Exception):
    """The body is not an answer to this call."""


@dataclass(frozen=True)
class CustomerStatus:
    """The answer of M020. ``known`` is False when URSSAF has no such customer for this provider (any more).

    ``activated_at``: the stamp in the description read as UTC, the later reading (CONTRACT §7.4), naive.
    """

    code: str
    state: str = ""
    description: str = ""
    activated_at: datetime | None = None
    known: bool = True
    errors: tuple[RemoteError, ...] = ()
    customer_ref: str = ""
    birth_name: str = field(default="", repr=False)
    first_names: str = field(default="", repr=False)


@dataclass(frozen=True)
class ItemOutcome:
    """What became of one request of M050. ``refused``: not recorded; ``unknown``: look it up by its number."""

    number: str
    kind: Literal["accepted", "refused", "unknown"]
    request_ref: str | None = None
    status_code: str | None = None
    errors: tuple[RemoteError, ...] = ()


@dataclass(frozen=True)
class RequestStatus:
    """One request as M070 tells it. Codes are raw; amounts in euros.

    ``transfer_amount`` is None while the transfer is only scheduled; ``transfer_date`` may be in the future.
    """

    request_ref: str
    number: str
    customer_ref: str = ""
    total_ttc: Decimal | None = None
    status_code: str = ""
    label: str = ""
    reject_code: str = ""
    reject_comment: str = ""
    transfer_amount: Decimal | None = None
    transfer_date: date | None = None


@dataclass(frozen=True)
class SearchResult:
    """The answer of M070. ``skipped`` counts the entries that could not be read."""

    items: tuple[RequestStatus, ...] = ()
    errors: tuple[RemoteError, ...] = ()
    skipped: int = 0

    @property
    def complete(self) -> bool:
        """Whether what is not in ``items`` is proved absent: no entry was lost, no error but "nothing found"."""
        return not self.skipped and all(error.code == EMPTY_SEARCH for error in self.errors)


# --- common ---------------------------------------------------------------------------------------------------------


def read_json(body: bytes) -> Any:
    """The JSON of a body, numbers as Decimal."""
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            return json.loads(body.decode(encoding), parse_float=Decimal, parse_constant=_no_constant)
        except UnicodeDecodeError:
            continue
        except (ValueError, RecursionError):
            break
    raise Unreadable


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _text(value: Any) -> str:
    """A string or a whole number as text; '' for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def _block(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def to_errors(value: Any) -> tuple[RemoteError, ...]:
    """The ``Erreur`` in a value of any shape: an array, one object, an object that holds an array, nothing."""
    if isinstance(value, dict):
        for key in ("errors", "Errors"):
            if value.get(key):
                return to_errors(value[key])
        error = RemoteError(
            _text(value.get("code") or value.get("error")),
            _text(value.get("message"))[:_LONGEST_TEXT],
            _text(value.get("description") or value.get("error_description"))[:_LONGEST_TEXT],
        )
        return (error,) if error != RemoteError("") else ()
    if isinstance(value, str) and value.strip():
        return (RemoteError("", value.strip()[:_LONGEST_TEXT]),)
    if isinstance(value, list):
        return tuple(error for entry in value for error in to_errors(entry))
    return ()


def body_errors(body: bytes) -> tuple[RemoteError, ...]:
    """The errors of the body of a refusal; none when it is empty, HTML or anything else (CONTRACT §4)."""
    try:
        return to_errors(read_json(body))
    except Unreadable:
        return ()


def to_amount(value: Any) -> Decimal | None:
    """An amount in euros, also from text; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        amount = Decimal(value.strip().replace(",", ".") if isinstance(value, str) else value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def to_date(value: Any) -> date | None:
    """The calendar date of a date or date-time, with or without milliseconds and offset.

    A midnight is a date written as it is. Another time with an offset is an instant: a midnight of Paris, most likely.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", value.strip()))
    except ValueError:
        try:
            return date.fromisoformat(value.strip()[:10])
        except ValueError:
            return None
    if moment.tzinfo and moment.time() != time.min:
        moment = moment.astimezone(PARIS)
    return moment.date()


def to_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` header, in seconds or as an HTTP date (``now``: naive UTC)."""
    value = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", value):
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return max(0.0, (moment - now).total_seconds())


# --- token, M010, M020 ----------------------------------------------------------------------------------------------


def read_token(body: bytes) -> tuple[str, float | None]:
    """The access token and its life in seconds, None when not told."""
    values = _block(read_json(body))
    value = values.get("access_token")
    # It becomes a header: anything but visible ASCII would break it, or be an injection.
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]+", value):
        raise Unreadable
    lifetime = to_amount(values.get("expires_in"))
    return value, float(lifetime) if lifetime and 0 < lifetime < 10**9 else None


def read_customer_ref(body: bytes) -> str:
    """The ``idClient`` of M010."""
    values = read_json(body)
    if isinstance(values, list) and len(values) == 1:
        values = values[0]
    if ref := _text(_block(values).get("idClient")):
        return ref
    raise Unreadable


def read_customer_status(body: bytes, customer_ref: str) -> CustomerStatus:
    """The answer of M020 about this customer: an object or an array, ``statut`` or ``statutTransmission``."""
    values = read_json(body)
    entries = [entry for entry in (values if isinstance(values, list) else [values]) if isinstance(entry, dict)]
    if unknown := unknown_customer(body):
        return unknown
    # An entry about somebody else is no answer; one that does not say about whom is, if it is alone.
    own = [entry for entry in entries if not customer_ref or _text(entry.get("idClient")) == customer_ref]
    if customer_ref and not own and len(entries) == 1 and not entries[0].get("idClient"):
        own = entries
    if len(own) != 1:
        raise Unreadable
    entry = own[0]
    status = entry.get("statut") or entry.get("statutTransmission")
    status = status if isinstance(status, dict) else {"code": status}
    code = _text(status.get("code"))
    if not code:
        raise Unreadable
    description = _text(status.get("description"))[:_LONGEST_TEXT]
    return CustomerStatus(
        code=code,
        state=_text(status.get("etat")),
        description=description,
        activated_at=to_stamp(description),
        errors=to_errors(entry.get("errors") or entry.get("Errors")),
        customer_ref=_text(entry.get("idClient")) or customer_ref,
        birth_name=_text(entry.get("nomNaissance")),
        first_names=_text(entry.get("prenoms")),
    )


def unknown_customer(body: bytes) -> CustomerStatus | None:
    """The status of a customer that URSSAF says it does not know; None when it says anything else."""
    errors = body_errors(body)
    for error in errors:
        if error.code == UNKNOWN_CUSTOMER:
            return CustomerStatus(
                UNKNOWN_CUSTOMER, description=error.description or error.message, known=False, errors=errors
            )
    return None


def to_stamp(description: str) -> datetime | None:
    """The activation stamp ``dd/MM/yyyy HH:mm[:ss]`` in a sentence, naive and as it is."""
    if not (found := _STAMP.search(description)):
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


# --- M050 -----------------------------------------------------------------------------------------------------------


def read_outcomes(body: bytes, sent: Sequence[tuple[str, str]]) -> dict[str, ItemOutcome]:
    """The outcome of every request of M050, by number. ``sent``: pairs (number, customer reference)."""
    values = read_json(body)
    if isinstance(values, dict) and "numFactureTiers" in values:
        values = [values]
    if not isinstance(values, list):
        raise Unreadable
    entries: dict[str, list[dict]] = {}
    for entry in values:
        if isinstance(entry, dict):
            entries.setdefault(_text(entry.get("numFactureTiers")), []).append(entry)
    return {number: _outcome(number, customer_ref, entries.get(number, [])) for number, customer_ref in sent}


def _outcome(number: str, customer_ref: str, entries: Iterable[dict]) -> ItemOutcome:
    """What all entries of one number agree on; unknown when there is none, or when they do not."""
    readings = {_read_item(number, customer_ref, entry) for entry in entries}
    return readings.pop() if len(readings) == 1 else ItemOutcome(number, "unknown")


def _read_item(number: str, customer_ref: str, entry: dict) -> ItemOutcome:
    """CONTRACT §7.5: success and refusal are narrow, everything else is unknown."""
    request_ref = _text(entry.get("idDemandePaiement")) or None
    status = entry.get("statut")
    status_code = _text(status.get("code") if isinstance(status, dict) else status) or None
    raw_errors = entry.get("errors") or entry.get("Errors")
    errors = to_errors(raw_errors)
    about = _text(entry.get("idClient"))
    kind: Literal["accepted", "refused", "unknown"] = "unknown"
    if about in ("", customer_ref):
        if request_ref and not raw_errors and status_code == INTEGRATED:
            kind = "accepted"
        elif errors and not request_ref and (not status_code or status_code in {error.code for error in errors}):
            kind = "refused"
    return ItemOutcome(number, kind, request_ref, status_code, errors)


# --- M070 -----------------------------------------------------------------------------------------------------------


def read_search(body: bytes) -> SearchResult:
    """The answer of M070, ``errors`` or ``Errors``, with null or absent blocks."""
    values = read_json(body)
    if isinstance(values, list):  # the array alone: of requests, or of errors
        found = [entry for entry in values if isinstance(entry, dict) and "idDemandePaiement" in entry]
        values = {"infoDemandePaiements": values} if found or not values else {"errors": values}
    if not isinstance(values, dict) or not values.keys() & {"infoDemandePaiements", "errors", "Errors"}:
        raise Unreadable
    entries = values.get("infoDemandePaiements") or []
    if not isinstance(entries, list):
        raise Unreadable
    items = [item for entry in entries if (item := _read_request(entry))]
    errors = to_errors(values.get("errors")) + to_errors(values.get("Errors"))
    return SearchResult(tuple(items), errors, skipped=len(entries) - len(items))


def _read_request(entry: Any) -> RequestStatus | None:
    entry = _block(entry)
    request, status = _block(entry.get("demandePaiement")), entry.get("statut")
    status = status if isinstance(status, dict) else {"code": status}
    reject, transfer = _block(entry.get("infoRejet")), _block(entry.get("infoVirement"))
    request_ref, number = _text(entry.get("idDemandePaiement")), _text(request.get("numFactureTiers"))
    if not request_ref and not number:
        return None
    return RequestStatus(
        request_ref=request_ref,
        number=number,
        customer_ref=_text(request.get("idClient")),
        total_ttc=to_amount(request.get("mntFactureTTC")),
        status_code=_text(status.get("code")),
        label=_text(status.get("libelle")),
        reject_code=_text(reject.get("code")),
        reject_comment=_text(reject.get("commentaire")),
        transfer_amount=to_amount(transfer.get("mntVirement")),
        transfer_date=to_date(transfer.get("dateVirement")),
    )
