"""Reading answers: tolerant of every shape the contract has seen, and never guessing (CONTRACT §4 to §9).

Functions named ``read_*`` raise Unreadable for a body that says nothing they can rely on.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Literal

from .errors import RemoteError
from .gate import (
    CENTURY,
    LONGEST_NAME,
    Unreadable,
    read_json,
    to_amount,
    to_code,
    to_date,
    to_ref,
    to_retry_after,
    to_text,
)
from .statuses import UNKNOWN_CUSTOMER

__all__ = [
    "CustomerStatus",
    "ItemOutcome",
    "RequestStatus",
    "SearchResult",
    "Unreadable",
    "body_errors",
    "read_customer_ref",
    "read_customer_status",
    "read_json",
    "read_outcomes",
    "read_search",
    "read_token",
    "to_amount",
    "to_date",
    "to_errors",
    "to_retry_after",
    "to_stamp",
    "unknown_customer",
]

EMPTY_SEARCH = "ERR_RECHERCHE_VIDE"
INTEGRATED = "10"
MOST_ERRORS = 50
LONGEST_TOKEN = 8_000  # characters: more is no header
LONGEST_LIFE = 86_400.0  # seconds that a token is trusted for, whatever it says

_STAMP = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})[^0-9]{1,5}([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")


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
    """One request as M070 tells it. Codes are raw; amounts in euros; dates are calendar dates of the household.

    ``transfer_amount`` is None while the transfer is only scheduled; ``transfer_date`` may be in the future.
    ``date_invoice``, ``date_start`` and ``date_end``, as ``customer_ref`` and ``total_ttc``, are those of the request
    that URSSAF holds; None or '' when it does not say (``same.differences`` compares all of them with what was sent).
    ``unread`` names the fields (and blocks of the answer) about which something was said that cannot be read: that they
    are empty here means nothing.
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
    date_invoice: date | None = None
    date_start: date | None = None
    date_end: date | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchResult:
    """The answer of M070.

    ``skipped`` counts the entries that could not be read and do not say whose they are. ``contradictory``: the entries
    of a reference of which the same answer tells different things; they are not among ``items``. What it tells twice in
    the same way is there once.
    """

    items: tuple[RequestStatus, ...] = ()
    errors: tuple[RemoteError, ...] = ()
    skipped: int = 0
    contradictory: tuple[RequestStatus, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether what is not in ``items`` is proved absent: no entry was lost, no error but "nothing found"."""
        lost = self.skipped or self.contradictory
        return not lost and all(error.code == EMPTY_SEARCH for error in self.errors)

    @property
    def contradictions(self) -> tuple[str, ...]:
        """The references of which the answer tells different things, each once."""
        return tuple(dict.fromkeys(item.request_ref for item in self.contradictory))

    @property
    def spoilt(self) -> tuple[str, ...]:
        """The references (without one: the numbers) of the items of which something could not be read."""
        found = self.items + self.contradictory
        return tuple(dict.fromkeys(item.request_ref or item.number for item in found if item.unread))


# --- common ---------------------------------------------------------------------------------------------------------


def _block(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def to_errors(value: Any) -> tuple[RemoteError, ...]:
    """The ``Erreur`` in a value of any shape: an array, one object, an object that holds an array, nothing.

    After ``MOST_ERRORS`` of them the last one, without a code, says that there are more.
    """
    found = list(islice(_errors(value), MOST_ERRORS + 1))
    if len(found) > MOST_ERRORS:
        found[MOST_ERRORS:] = [RemoteError("", "…")]
    return tuple(found)


def _errors(value: Any) -> Iterator[RemoteError]:
    if isinstance(value, dict):
        for key in ("errors", "Errors"):
            if value.get(key):
                yield from _errors(value[key])
                return
        error = RemoteError(
            to_code(value.get("code") or value.get("error")),
            to_text(value.get("message")),
            to_text(value.get("description") or value.get("error_description")),
        )
        if error != RemoteError(""):
            yield error
    elif isinstance(value, str) and value.strip():
        yield RemoteError("", to_text(value))
    elif isinstance(value, list):
        for entry in value:
            yield from _errors(entry)


def body_errors(body: bytes) -> tuple[RemoteError, ...]:
    """The errors of the body of a refusal; none when it is empty, HTML or anything else (CONTRACT §4)."""
    try:
        return to_errors(read_json(body))
    except Unreadable:
        return ()


# --- token, M010, M020 ----------------------------------------------------------------------------------------------


def read_token(body: bytes) -> tuple[str, float | None]:
    """The access token and its life in seconds, a day at most; None when not told."""
    values = _block(read_json(body))
    value = values.get("access_token")
    # It becomes a header: anything but visible ASCII would break it, or be an injection.
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]+", value) or len(value) > LONGEST_TOKEN:
        raise Unreadable
    lifetime = to_amount(values.get("expires_in"))
    return value, min(float(lifetime), LONGEST_LIFE) if lifetime and lifetime > 0 else None


def read_customer_ref(body: bytes) -> str:
    """The ``idClient`` of M010."""
    values = read_json(body)
    if isinstance(values, list) and len(values) == 1:
        values = values[0]
    if ref := to_ref(_block(values).get("idClient")):
        return ref
    raise Unreadable


def read_customer_status(body: bytes, customer_ref: str) -> CustomerStatus:
    """The answer of M020 about this customer: an object or an array, ``statut`` or ``statutTransmission``."""
    values = read_json(body)
    entries = [entry for entry in (values if isinstance(values, list) else [values]) if isinstance(entry, dict)]
    if unknown := unknown_customer(body):
        return unknown
    # An entry about somebody else is no answer; one that does not say about whom is, if it is alone.
    own = [entry for entry in entries if not customer_ref or to_ref(entry.get("idClient")) == customer_ref]
    if customer_ref and not own and len(entries) == 1 and not entries[0].get("idClient"):
        own = entries
    if len(own) != 1:
        raise Unreadable
    entry = own[0]
    status = entry.get("statut") or entry.get("statutTransmission")
    status = status if isinstance(status, dict) else {"code": status}
    code = to_code(status.get("code"))
    if not code:
        raise Unreadable
    description = to_text(status.get("description"))
    return CustomerStatus(
        code=code,
        state=to_code(status.get("etat")),
        description=description,
        activated_at=to_stamp(description),
        errors=to_errors(entry.get("errors") or entry.get("Errors")),
        customer_ref=to_ref(entry.get("idClient")) or customer_ref,
        birth_name=to_text(entry.get("nomNaissance"), LONGEST_NAME),
        first_names=to_text(entry.get("prenoms"), LONGEST_NAME),
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
    """The activation stamp ``dd/MM/yyyy HH:mm[:ss]`` of this century in a sentence, naive and as it is."""
    if not (found := _STAMP.search(description)):
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    if year not in CENTURY:
        return None
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
    owners: dict[str, set[str]] = {}
    for entry in values:
        if isinstance(entry, dict):
            number = to_ref(entry.get("numFactureTiers"))
            entries.setdefault(number, []).append(entry)
            owners.setdefault(to_ref(entry.get("idDemandePaiement")), set()).add(number)
    shared = {ref for ref, numbers in owners.items() if ref and len(numbers) > 1}
    return {number: _outcome(number, customer_ref, entries.get(number, []), shared) for number, customer_ref in sent}


def _outcome(number: str, customer_ref: str, entries: Iterable[dict], shared: set[str]) -> ItemOutcome:
    """What all entries of one number agree on; unknown when there is none, or when they do not.

    Unknown as well when its reference is told of another number too: a reference belongs to one request.
    """
    readings = {_read_item(number, customer_ref, entry) for entry in entries}
    if len(readings) != 1 or any(reading.request_ref in shared for reading in readings):
        return ItemOutcome(number, "unknown")
    return readings.pop()


def _read_item(number: str, customer_ref: str, entry: dict) -> ItemOutcome:
    """CONTRACT §7.5: success and refusal are narrow, everything else is unknown."""
    raw_ref, raw_customer, status = (entry.get(key) for key in ("idDemandePaiement", "idClient", "statut"))
    raw_code = status.get("code") if isinstance(status, dict) else status
    request_ref, status_code = to_ref(raw_ref) or None, to_code(raw_code) or None
    raw_errors = entry.get("errors") or entry.get("Errors")
    errors = to_errors(raw_errors)
    kind: Literal["accepted", "refused", "unknown"] = "unknown"
    if _is_empty(raw_customer) or to_ref(raw_customer) == customer_ref:
        if request_ref and not raw_errors and status_code == INTEGRATED:
            kind = "accepted"
        # What was said but cannot be read is no absence: of a reference, of a status.
        elif errors and _is_empty(raw_ref) and (_is_empty(raw_code) or status_code in {error.code for error in errors}):
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
    entries = values.get("infoDemandePaiements")
    entries = [] if entries is None else entries
    if not isinstance(entries, list):
        raise Unreadable
    items = [item for entry in entries if (item := _read_request(entry))]
    skipped = len(entries) - len(items)
    errors: tuple[RemoteError, ...] = ()
    for key in ("errors", "Errors"):
        told = to_errors(values.get(key))
        errors += told
        skipped += bool(values.get(key) and not told)  # an error that says nothing proves nothing absent either
    once = list(dict.fromkeys(items))  # twins count once
    refs = [item.request_ref for item in once if item.request_ref]
    twice = {ref for ref in refs if refs.count(ref) > 1}
    return SearchResult(
        items=tuple(item for item in once if item.request_ref not in twice),
        errors=errors,
        skipped=skipped,
        contradictory=tuple(item for item in once if item.request_ref in twice),
    )


def _read_request(entry: Any) -> RequestStatus | None:
    """One entry; None when it does not say which request it is about."""
    entry = _block(entry)
    request, status = _block(entry.get("demandePaiement")), entry.get("statut")
    status = status if isinstance(status, dict) else {"code": status}
    reject, transfer = _block(entry.get("infoRejet")), _block(entry.get("infoVirement"))
    told = {
        "request_ref": (to_ref, entry.get("idDemandePaiement")),
        "number": (to_ref, request.get("numFactureTiers")),
        "customer_ref": (to_ref, request.get("idClient")),
        "total_ttc": (to_amount, request.get("mntFactureTTC")),
        "status_code": (to_code, status.get("code")),
        "label": (to_text, status.get("libelle")),
        "reject_code": (to_code, reject.get("code")),
        "reject_comment": (to_text, reject.get("commentaire")),
        "transfer_amount": (to_amount, transfer.get("mntVirement")),
        "transfer_date": (to_date, transfer.get("dateVirement")),
        "date_invoice": (to_date, request.get("dateFacture")),
        "date_start": (to_date, request.get("dateDebutEmploi")),
        "date_end": (to_date, request.get("dateFinEmploi")),
    }
    values = {name: read(raw) for name, (read, raw) in told.items()}
    if not values["request_ref"] and not values["number"]:
        return None
    unread = [name for name, (_read, raw) in told.items() if values[name] in (None, "") and not _is_empty(raw)]
    unread += [key for key in ("demandePaiement", "infoRejet", "infoVirement") if not _is_block(entry.get(key))]
    return RequestStatus(**values, unread=tuple(unread))


def _is_empty(raw: Any) -> bool:
    return raw is None or isinstance(raw, str) and not raw.strip()


def _is_block(raw: Any) -> bool:
    return not raw or isinstance(raw, dict)
