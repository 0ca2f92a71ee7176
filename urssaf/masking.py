"""Bodies as they may be kept: structure, references, amounts and codes stay, people do not.

Three nets: values under known keys; the same values wherever a free text repeats them; and whatever looks like an
e-mail address, an IBAN or a phone number. A body that is no JSON (a form, HTML, cut short) goes through them as text.

Whatever the body, nothing is raised, and the result can be stored: no NUL, no half of a pair, bounded.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from .gate import clean

MASK = "***"
MAX_LENGTH = 50_000
# Of a longer body only the beginning is read, without what may be half a personal value at its end.
LONGEST_READ = 200_000
LONGEST_PERSONAL = 400
MOST_SECRETS = 500  # of ten customers; more of them take a time that grows with the square of the body

_SECRET_KEYS = frozenset(
    (
        *("access_token", "refresh_token", "id_token", "client_id", "client_secret"),
        *("nomNaissance", "nomUsage", "prenoms", "dateNaissance", "dateNaissanceClient"),
        *("codePaysNaissance", "departementNaissance", "codeCommune", "libelleCommune"),
        *("numeroTelephonePortable", "adresseMail"),
        *("numeroVoie", "lettreVoie", "codeTypeVoie", "libelleVoie", "complement", "lieuDit", "codePostal"),
        *("bic", "iban", "titulaire"),
    )
)
# What free-text nets must not touch: references and codes are what an exchange is kept for.
_KEPT_KEYS = frozenset(
    (
        *("code", "statut", "etat", "token_type", "scope", "civilite", "codePays"),
        *("idClient", "idDemandePaiement", "idDemandePaiements", "numFactureTiers", "idTiersFacturation"),
        *("codeNature", "codeActivite", "unite", "complement2"),
    )
)

_KEYED_TEXT = re.compile(
    r'("(?:%s)"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s,}\]]+)' % "|".join(sorted(_SECRET_KEYS))  # noqa: UP031
)
_LOOKALIKES = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,255}"  # e-mail
    r"|\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,8}(?: ?[A-Z0-9]{1,4})?\b"  # IBAN
    r"|(?<![\w+])(?:\+33|0033|0)[ .]?[67](?:[ .]?[0-9]{2}){4}(?!\w)"  # mobile
)
_NAME_KEYS = frozenset(("nomNaissance", "nomUsage", "prenoms"))
# Its words are common ("rue", "bis") and stand on every letter: left in a sentence, which must stay readable.
_ADDRESS = frozenset(("adressePostale",))
_SHORTEST_REPEAT = 3  # a shorter value (a street number, a letter) says nothing out of its place


def secrets_of(body: str, but: frozenset[str] = frozenset()) -> frozenset[str]:
    """The personal values of a request's body, to find them again in its answer. ``but``: blocks to leave out."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        values = dict(parse_qsl(body))
    try:
        return frozenset(value for value in _personal_values(values, but) if len(value) >= _SHORTEST_REPEAT)
    except RecursionError:  # nested deeper than any request or answer; its keys are masked as text
        return frozenset()


def _personal_values(values: Any, but: frozenset[str]) -> Iterator[str]:
    if isinstance(values, dict):
        for key, value in values.items():
            if key in but:
                continue
            if key in _SECRET_KEYS and isinstance(value, str):
                yield value
                yield from _other_forms(key, value)
            else:
                yield from _personal_values(value, but)
    elif isinstance(values, list):
        for value in values:
            yield from _personal_values(value, but)


def _other_forms(key: str, value: str) -> Iterator[str]:
    """How a value may come back: one of several first names alone, a date as people write it, an IBAN in groups."""
    if key in _NAME_KEYS:
        yield from value.split()
    elif match := re.match(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", value):
        year, month, day = match.groups()
        yield value[:10]
        yield f"{year}{month}{day}"
        yield from (separator.join((day, month, year)) for separator in ("/", "-", ".", " ", ""))
    elif key == "iban":
        yield " ".join(re.findall(".{1,4}", value))


def mask_sentence(text: str, request_body: str, secrets: frozenset[str] = frozenset()) -> str:
    """Words of an answer that users will read: without what identifies the person whose data was sent."""
    return clean(_scrub(text, _any_of(secrets | secrets_of(request_body, but=_ADDRESS))))


def mask(body: str, secrets: frozenset[str] = frozenset()) -> str:
    """A body that may be stored and shown. ``secrets``: values to find anywhere, as ``secrets_of`` gives them."""
    if not body:
        return ""
    cut = len(body) > LONGEST_READ
    body = clean(body[:LONGEST_READ])
    known = secrets | secrets_of(body)
    if len(known) > MOST_SECRETS:
        return f"({len(body)} characters: too many personal values to mask)"
    pattern = _any_of(known)
    try:
        masked = json.dumps(_mask_values(json.loads(body), pattern), ensure_ascii=False)
    except (ValueError, RecursionError):
        masked = _mask_text(body, pattern)
    if cut:
        masked = masked[:-LONGEST_PERSONAL]
    masked = clean(masked)
    return masked if len(masked) <= MAX_LENGTH and not cut else masked[:MAX_LENGTH] + "…"


def _any_of(secrets: frozenset[str]) -> re.Pattern | None:
    """A pattern for whole words out of ``secrets``, the longest first."""
    if not secrets:
        return None
    longest_first = sorted(secrets, key=lambda value: (-len(value), value))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def _mask_values(values: Any, known: re.Pattern | None, key: str = "") -> Any:
    if key in _SECRET_KEYS and not isinstance(values, dict | list):
        return MASK if values not in (None, "") else values
    if isinstance(values, dict):
        return {name: _mask_values(value, known, name) for name, value in values.items()}
    if isinstance(values, list):
        return [_mask_values(value, known, key) for value in values]
    if isinstance(values, str) and key not in _KEPT_KEYS:
        return _scrub(values, known)
    return values


def _mask_text(body: str, known: re.Pattern | None) -> str:
    if re.match(r"\s*[{\[\"]", body):  # JSON cut short
        return _scrub(_KEYED_TEXT.sub(rf'\1"{MASK}"', body), known)
    if re.match(r"\w+=", body):  # a form
        pairs = (pair.partition("=") for pair in body.split("&"))
        body = "&".join(f"{key}={MASK if key in _SECRET_KEYS else value}" for key, _, value in pairs)
    return _scrub(body, known)


def _scrub(value: str, known: re.Pattern | None) -> str:
    if known:
        value = known.sub(MASK, value)
    return _LOOKALIKES.sub(MASK, value)
