"""Other ways to write the same person, for an identity that the tax administration does not recognise.

The tax administration compares what is sent with its own files, in which names and birth places are written in the
ways of several eras (CONTRACT §5.1, §14). Nothing here is sent: a person chooses which to try.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .formats import FRANCE, ascii_first_names, text, typed_name
from .payloads import BirthPlace, Customer
from .refusals import FORMAT_REFUSAL
from .signs import LONGEST

# The tax administration does not find the person: another spelling may help (CONTRACT §5.3).
IDENTITY_UNKNOWN = "ERR_DGFIP_R2P_INCONNU"
# The tax administration knows the person but finds no income-tax return: no spelling helps.
NO_TAX_RETURN = "ERR_DGFIP_IMPOTPART_INCONNU"
# The person is known, and somebody else has to act first.
_HOPELESS = {NO_TAX_RETURN, "ERR_ECV_PARTICULIERS_EXISTENT", "ERR_COMPTE_BLOQUE"}
# The codes of the birth place are refused: another code may help (CONTRACT §5.1: overseas `011`, "if refused" `411`).
_BIRTH_PLACE_REFUSED = {"ERREUR_LIEU_NAISSANCE_DEPT", "ERREUR_LIEU_NAISSANCE_DEPT_FORMAT", "ERR_LIEU_NAISSANCE_COMN"}

# What a refusal leaves to try: every variant, those of the birth place, none.
ALL, BIRTH_PLACE, NONE = "all", "birth_place", ""

_OVERSEAS = ("97", "98")
_CORSICA = ("02A", "02B")
_CORSICA_UNTIL = 1976  # department 20 was divided on 1 January 1976

# Words that belong to the name behind them: "de La Tour", "Le Goff".
_PARTICLES = frozenset(("d", "da", "de", "del", "della", "des", "di", "du", "el", "la", "le", "les", "van", "von"))
_PARTICLE_BEFORE = re.compile(r"\b((?:(?:de|du|des|le|la|les)[ \-])+|[a-z]')([^\W\d_]{2,})", re.I)
# "Legoff", "Delacroix": a particle before what may begin a word by itself; not "Lambert", "Laurent".
_PARTICLE_INSIDE = re.compile(
    r"(dela|des|du|de|le|la)((?:[bcdfgkpt][rl]|ch|gu|ph|qu|[bcdfghjklmnprstvwz])[aeiouyàâäéèêëîïôöûüœ][^\W\d_]+)", re.I
)


@dataclass(frozen=True)
class Variant:
    """One way to write a person. ``kind`` names it, ``changes`` holds the attributes of ``Customer`` that differ."""

    kind: str
    customer: Customer
    changes: dict[str, Any]


def worth_trying(codes: Iterable[str], names_birth_place: bool, before: str = NONE) -> str:
    """Which variants may help after a refusal: ``ALL``, ``BIRTH_PLACE`` or ``NONE``.

    :param codes: of the refusal
    :param names_birth_place: whether a format refusal among them names the code of the birth place
    :param before: what was worth trying before, when a variant of it met this refusal: refused for something else than
        the identity, it may still be the right one
    """
    codes = set(codes)
    if IDENTITY_UNKNOWN in codes:
        return ALL
    if codes & _HOPELESS:
        return NONE
    if codes & _BIRTH_PLACE_REFUSED or names_birth_place:
        return before or BIRTH_PLACE
    return before


def is_ruled_out(codes: Iterable[str]) -> bool:
    """Whether a way of writing that was refused with these codes need not be tried again."""
    return bool(set(codes) & {IDENTITY_UNKNOWN, FORMAT_REFUSAL, *_HOPELESS, *_BIRTH_PLACE_REFUSED})


def variants(customer: Customer, birth_places: Iterable[BirthPlace] = ()) -> list[Variant]:
    """The ways worth trying, the most promising first; none that would send what is sent anyway, none twice.

    :param customer: the person as entered
    :param birth_places: other codes of the birth commune, best first: before or after a merger, of another department
    """
    found, seen = [], {identity(customer)}
    for kind, changes in _ideas(customer, birth_places):
        other = replace(customer, **changes)
        if (sent := identity(other)) not in seen:
            seen.add(sent)
            found.append(Variant(kind, other, changes))
    return found


def identity(customer: Customer) -> tuple[str, ...]:
    """What the tax administration compares, as it would be sent. Equal persons give equal tuples.

    The name of the commune is not compared: its code is (CONTRACT §5.1).
    """
    sent = customer.to_dict()
    place = sent.get("lieuNaissance", {})
    commune = place.get("communeNaissance", {})
    return (
        *(sent.get(key, "") for key in ("civilite", "nomNaissance", "nomUsage", "prenoms", "dateNaissance")),
        *(place.get(key, "") for key in ("codePaysNaissance", "departementNaissance")),
        commune.get("codeCommune", ""),
    )


def _ideas(customer, birth_places):
    yield from _other_first_names(_plainly_typed(customer.first_names.replace(",", " ")))
    birth_name = _plainly_typed(customer.birth_name)
    yield from _other_birth_names(birth_name)
    if customer.usage_name:
        yield "usage_name_left_out", {"usage_name": None}
        yield "names_swapped", {"birth_name": customer.usage_name, "usage_name": customer.birth_name}
    for place in (*birth_places, *_other_codes(customer)):
        yield "birth_place", {"birth_place": place}
    kind = "accents_dropped" if customer.keep_accents else "accents_kept"
    yield kind, {"keep_accents": not customer.keep_accents}
    if match := _PARTICLE_INSIDE.fullmatch(birth_name):  # the last: in "Durand" it is no particle
        yield "birth_particle_apart", {"birth_name": _set_apart(match)}


def _plainly_typed(name):
    """A name as it was typed, with plain signs; '' for one that is far too long to be sent."""
    name = typed_name(name)
    return name if len(name) <= LONGEST else ""


def _other_first_names(first_names):
    names = re.sub(r" ?- ?", "-", first_names).split(" ")
    words = "-".join(names).split("-")
    yield "first_names_spaces", {"first_names": " ".join(words)}
    yield "first_names_hyphens", {"first_names": "-".join(words)}
    if len(names) > 2 and not any("-" in name for name in names[:2]):
        # "Anne Marie Josèphe": in civil status often two first names, of which the first has a hyphen
        compound = "-".join(names[:2])
        yield "first_names_compound", {"first_names": " ".join((compound, *names[2:]))}
        yield "first_name_compound_only", {"first_names": compound}
    yield "first_name_only", {"first_names": names[0]}


def _other_birth_names(name):
    """A name of two: with a hyphen, a space, the two hyphens of the law of 2002; and its particles joined to it."""
    parts, held = [], []
    for word in re.split(r"[ \-]+", name):
        held.append(word)
        if word.lower() not in _PARTICLES:
            parts.append(" ".join(held))
            held = []
    parts += [" ".join(held)] if held else []
    if len(parts) > 1:
        yield "birth_name_hyphen", {"birth_name": "-".join(parts)}
        yield "birth_name_double_hyphen", {"birth_name": "--".join(parts)}
    yield "birth_name_spaces", {"birth_name": " ".join(parts)}
    yield "birth_particle_joined", {"birth_name": _PARTICLE_BEFORE.sub(_joined, name)}


def _joined(match):
    whole = re.sub(r"[ '\-]", "", match[0])
    return whole if whole.isupper() else whole.capitalize()


def _set_apart(match):
    """ "Legoff" as "Le Goff", "DELACROIX" as "DE LA CROIX"."""
    particle, name = match.groups()
    if not particle.islower():
        name = name[0].upper() + name[1:]
    if particle.lower() == "dela":
        article = particle[2:] if particle.islower() else particle[2].upper() + particle[3:]
        particle = f"{particle[:2]} {article}"
    return f"{particle} {name}"


def _other_codes(customer):
    """Codes that follow from the one that is sent (CONTRACT §5.1)."""
    place = customer.birth_place
    department, code = place.department or "", place.commune_code or ""
    if place.country_code != FRANCE or len(code) != 3:
        return
    if department.startswith(_OVERSEAS):
        # `0` and the last two digits is a work-around; in theory the last three characters of INSEE's code.
        first = department[2] if code[0] == "0" else "0"
        yield replace(place, commune_code=first + code[1:])
    elif department in _CORSICA and customer.birth_date and customer.birth_date.year < _CORSICA_UNTIL:
        yield replace(place, department="020")


def same_person(birth_name: str, first_names: str, customer: Customer) -> bool:
    """Whether these names, as URSSAF tells them, are those of this person: accents, case and punctuation apart."""
    pairs = ((birth_name, customer.birth_name), (first_names, customer.first_names))
    return all(_plain(theirs) == _plain(mine) != "" for theirs, mine in pairs)


def _plain(name: str) -> str:
    return text(re.sub(r"[\-']", " ", ascii_first_names(name).lower()))
