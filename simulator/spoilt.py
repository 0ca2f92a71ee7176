"""Answers that hold anything: texts, numbers, dates and depths that break who trusts them (CONTRACT §15).

They leave as bytes that the JSON of the standard allows, so nothing between here and the reader repairs them.
"""

import json
import re
from collections.abc import Iterator
from itertools import cycle

from .reference import status_label

HALF_EMOJI, NUL = "\ud83d", "\0"
TEXTS = {"message", "description", "libelle", "commentaire"}
# A spoilt status code is another fault (unknown_status): here the request is still what it is.
CODES_IN = ("errors", "Errors", "infoRejet")
DATES = {"dateVirement", "dateFacture", "dateDebutEmploi", "dateFinEmploi"}
WRONG_DATES = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00")
STAMP = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4} [0-9]{2}:[0-9]{2}")
DEPTH = 100_000
DEEP = "[" * DEPTH + "]" * DEPTH
# As JSON text: no number of Python is written like these.
WRONG_AMOUNTS = ("1e400", "1e99999999999", "9" * 4000)
AMOUNTS = re.compile(r"mnt[A-Z]\w*|expires_in")
HTML = f"<html><body><h1>Service{NUL} indisponible</h1>{NUL}\x07</body></html>".encode() + b"\xed\xa0\xbd\xff"
THIRTY_YEARS = 30 * 365 * 24 * 3600
ECHO_PARTS = {
    "number": {"numFactureTiers": "AUTRE-00001"},
    "customer": {"idClient": "99999999-9999-4999-8999-999999999999"},
    "amount": {"mntFactureTTC": 9999.0, "mntFactureHT": 9999.0},
    "dates": {
        "dateFacture": "2024-02-29T00:00:00Z",
        "dateDebutEmploi": "2024-02-01T00:00:00Z",
        "dateFinEmploi": "2024-02-28T00:00:00Z",
    },
}
FOREIGN = ("number", "customer", "amount")


class Raw:
    """JSON text to be written as it is."""

    def __init__(self, text: str):
        self.text = text


def written(body: object) -> bytes:
    """The JSON of a body, half characters escaped as Java's servers do, ``Raw`` as it is."""
    raws: list[str] = []

    def marked(value: Raw) -> str:
        raws.append(value.text)
        return f"\x01{len(raws) - 1}\x01"

    text = json.dumps(body, default=marked)
    return re.sub(r'"\\u0001([0-9]+)\\u0001"', lambda found: raws[int(found[1])], text).encode()


def entries(body: object) -> list | None:
    """The items of an answer of M050, M020 or M070, or the errors of a refusal; None when it has none."""
    if isinstance(body, dict) and isinstance(body.get("infoDemandePaiements"), list):
        return body["infoDemandePaiements"]
    return body if isinstance(body, list) else None


def number_of(entry: dict) -> str | None:
    return entry.get("demandePaiement", entry).get("numFactureTiers")


def chosen(body: object, number: str | None) -> list[dict]:
    """The parts of an answer that are spoilt: the items about this invoice number, or all of it."""
    if number is None:
        return [body] if isinstance(body, dict) else [entry for entry in entries(body) or () if isinstance(entry, dict)]
    return [entry for entry in entries(body) or () if isinstance(entry, dict) and number_of(entry) == number]


def walk(value: object, inside: str = "") -> Iterator[tuple[dict, str, str]]:
    """Each (object, key, key of the block it stands in) of a body."""
    if isinstance(value, dict):
        for key in list(value):
            yield value, key, inside
            yield from walk(value[key], key)
    elif isinstance(value, list):
        for entry in value:
            yield from walk(entry, inside or "errors")


def spoil_text(parts: list[dict]) -> None:
    for part in parts:
        for owner, key, inside in walk(part):
            if isinstance(owner[key], str) and (
                key in TEXTS or key == "code" and (inside in CODES_IN or owner is part)
            ):
                owner[key] += f" {NUL}{HALF_EMOJI}"


def spoil_amounts(parts: list[dict]) -> None:
    wrong = cycle(WRONG_AMOUNTS)
    for part in parts:
        for owner, key, _inside in walk(part):
            if AMOUNTS.fullmatch(key) and isinstance(owner[key], int | float):
                owner[key] = Raw(next(wrong))


def spoil_dates(parts: list[dict]) -> None:
    wrong = cycle(WRONG_DATES)
    for part in parts:
        for owner, key, _inside in walk(part):
            if key in DATES:
                owner[key] = next(wrong)
            elif key == "description" and isinstance(owner[key], str):
                owner[key] = STAMP.sub("31/12/9999 23:59", owner[key])


def spoil_depth(body: object, number: str | None) -> None:
    """One entry more, of nothing but brackets; in the chosen item, or in an answer without items, under a key."""
    items = entries(body)
    if number is None and items is not None:
        items.append(Raw(DEEP))
    else:
        for part in chosen(body, number):
            part["autre"] = Raw(DEEP)


def spoil_echoes(body: object, fault: dict) -> None:
    """M070 tells of somebody else's request, or does not say whose it is."""
    for item in chosen_items(body, fault["number"]):
        echo = item.get("demandePaiement") or {}
        if fault["name"] == "silent_echo":
            for part in ("customer", "amount", "dates"):
                for key in ECHO_PARTS[part]:
                    echo.pop(key, None)
        else:
            for part in fault["what"] or FOREIGN:
                echo |= ECHO_PARTS[part]


def double_states(body: object, number: str | None) -> None:
    """Each item once more, in another status."""
    for item in chosen_items(body, number):
        if not isinstance(item.get("statut"), dict):  # a refusal of the whole search
            continue
        code = "20" if item["statut"]["code"] == "70" else "70"
        twin = json.loads(json.dumps(item)) | {"statut": {"code": code, "libelle": status_label(code)}}
        entries(body).append(twin)


def chosen_items(body: object, number: str | None) -> list[dict]:
    return [item for item in entries(body) or () if isinstance(item, dict) and number in (None, number_of(item))]


def swap_ids(body: object, others: list[str]) -> None:
    """M050 gives the id of another request: of one that was there before, else of the first of the batch."""
    accepted = [item for item in body if "idDemandePaiement" in item] if isinstance(body, list) else []
    borrowed = others[:1] or [item["idDemandePaiement"] for item in accepted[:1]]
    for item in accepted:
        item["idDemandePaiement"] = borrowed[0]


def spoiled(data: bytes, fault: dict, others: list[str]) -> bytes:
    """A true answer with something in it that nobody expects.

    :param others: ids of requests of this provider that the answer is not about
    """
    body, name, number = json.loads(data), fault["name"], fault["number"]
    if name == "spoilt_text":
        spoil_text(chosen(body, number))
    elif name == "spoilt_amount":
        spoil_amounts(chosen(body, number))
    elif name == "spoilt_date":
        spoil_dates(chosen(body, number))
    elif name == "spoilt_depth":
        spoil_depth(body, number)
    elif name in ("foreign_echo", "silent_echo"):
        spoil_echoes(body, fault)
    elif name == "double_state":
        double_states(body, number)
    elif name == "wrong_id":
        swap_ids(body, others)
    return written(body)
