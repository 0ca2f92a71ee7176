"""Where somebody was born, in the codes valid on that day (CONTRACT §5.1, §A.3, §A.4).

A household names the commune as it is called today or as its birth certificate does; what is sent is the code and the
name that INSEE used on the day of birth. ``other_birth_places`` gives the other codes under which the tax
administration may know the person, for a registration that was refused.

Births abroad are sent with the country alone, and with today's code of the country: births in Algeria, Morocco, Tunisia
and the former colonies before independence too, births in the Saar with Germany's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .departments import DEPARTMENTS, FORMER_DEPARTMENTS
from .formats import FRANCE, compact, split_commune, valid_commune_code
from .payloads import BirthPlace

_CHANGE = re.compile(r"(?P<code>[0-9AB]{5})<(?P<until>\d{4}-\d\d-\d\d)(?:=(?P<name>.+))?")

# First day on which each was a State, under today's code; births before it were in a territory of France or held by it.
INDEPENDENCE = {
    "99234": date(1953, 11, 9),  # Cambodia
    "99241": date(1953, 10, 22),  # Laos
    "99243": date(1954, 7, 21),  # Vietnam
    "99322": date(1960, 1, 1),  # Cameroon
    "99323": date(1960, 8, 13),  # Central African Republic
    "99324": date(1960, 8, 15),  # Congo
    "99326": date(1960, 8, 7),  # Côte d'Ivoire
    "99327": date(1960, 8, 1),  # Benin
    "99328": date(1960, 8, 17),  # Gabon
    "99330": date(1958, 10, 2),  # Guinea
    "99331": date(1960, 8, 5),  # Burkina Faso
    "99333": date(1960, 6, 26),  # Madagascar
    "99335": date(1960, 9, 22),  # Mali
    "99336": date(1960, 11, 28),  # Mauritania
    "99337": date(1960, 8, 3),  # Niger
    "99341": date(1960, 8, 20),  # Senegal
    "99344": date(1960, 8, 11),  # Chad
    "99345": date(1960, 4, 27),  # Togo
    "99350": date(1956, 3, 2),  # Morocco
    "99351": date(1956, 3, 20),  # Tunisia
    "99352": date(1962, 7, 5),  # Algeria
    "99397": date(1975, 7, 6),  # Comoros
    "99399": date(1977, 6, 27),  # Djibouti
    "99514": date(1980, 7, 30),  # Vanuatu
}
# Former States and territories with a code of their own: (code then, until), by the code of today.
FORMER_COUNTRIES: dict[str, tuple[tuple[str, date], ...]] = {
    "99109": (("99142", date(1990, 10, 3)), ("99141", date(1990, 10, 3))),  # West and East Germany
    "99116": (("99115", date(1993, 1, 1)),),  # Czechoslovakia
    "99117": (("99115", date(1993, 1, 1)),),
    "99208": (("99124", date(1966, 1, 1)),),  # European Turkey
    "99238": (("99237", date(1953, 7, 27)),),  # Korea
    "99239": (("99237", date(1953, 7, 27)),),
    "99243": (("99245", date(1976, 7, 2)), ("99244", date(1976, 7, 2))),  # South and North Vietnam
    "99251": (("99202", date(1990, 5, 22)), ("99233", date(1990, 5, 22))),  # North and South Yemen
    "99254": (("99143", date(1994, 1, 1)),),  # Cyprus
    "99309": (("99362", date(1964, 4, 26)),),  # Zanzibar
    "99322": (("99305", date(1961, 10, 1)),),  # British Cameroon
    "99332": (("99307", date(1963, 12, 12)),),  # Kenya
    "99350": (("99325", date(1956, 10, 29)),),  # Tangier
    "99393": (("99320", date(1975, 6, 25)),),  # Mozambique
    "99401": (("99402", date(1949, 3, 31)), ("99403", date(1949, 3, 31))),  # Newfoundland, Labrador
    "99404": (("99504", date(1959, 8, 21)),),  # Hawaii
}


@dataclass(frozen=True)
class Commune:
    """A commune as INSEE's tables have it: ``code`` of 5 characters, ``name``, ``history`` (see ``read_history``).

    ``successor``: what a former commune is part of today; ``valid_until``: a day on which it surely was.
    """

    code: str
    name: str
    history: str = ""
    successor: "Commune | None" = None
    valid_until: date | None = None


def read_history(history: str | None) -> list[tuple[str, date, str | None]]:
    """Codes (and names, where they were others) before today's, as ``(code, first day it was not any more, name)``.

    Written ``75012<1968-01-01`` or ``78228<1968-01-01=Évry``, joined by ``|``, in the order of time.

    :raises ValueError: on a text that is not written so
    """
    changes = []
    for text in filter(None, (history or "").split("|")):
        match = _CHANGE.fullmatch(text)
        if not match:
            raise ValueError("not a history of a commune")
        changes.append((match["code"], date.fromisoformat(match["until"]), match["name"]))
    return changes


def commune_on(commune: Commune, day: date | None) -> tuple[str, str]:
    """Code and name of a commune on a day; today's without a day.

    Who names a former commune is taken at their word, unless it is known to have been gone on that day.
    """
    if day and commune.successor and commune.valid_until and day >= commune.valid_until:
        return commune_on(commune.successor, day)
    for code, until, name in read_history(commune.history):
        if day and day < until:
            return code, name or commune.name
    return commune.code, commune.name


def birth_place(country_code: str | None, commune: Commune | None, birth_date: date | None) -> BirthPlace:
    """What M010 says of a birth: in France, department, code and name of the commune on that day; else the country.

    :param country_code: INSEE's, of 5 digits
    :param commune: as it is called today, or as it was called at the time; ignored for a birth abroad
    """
    if country_code != FRANCE or not commune:
        return BirthPlace(country_code=country_code or "")
    return _in_france(*commune_on(commune, birth_date))


def _in_france(code: str, name: str, *, theoretical: bool = False) -> BirthPlace:
    if not valid_commune_code(compact(code)):
        return BirthPlace(country_code=FRANCE, commune_code=code, commune_name=name)  # ``rules`` says so
    department, number = split_commune(code, theoretical=theoretical)
    return BirthPlace(country_code=FRANCE, department=department, commune_code=number, commune_name=name)


def other_birth_places(country_code: str | None, commune: Commune | None, birth_date: date | None) -> list[BirthPlace]:
    """The other codes under which this birth may be known, the likeliest first, without the one of ``birth_place``.

    In France: the three last characters overseas (CONTRACT §5.1), today's code, the one of what the commune is part of;
    abroad: codes of former States. What was sent before 1962 from Algeria as a French department needs the code of a
    commune that no list of INSEE has: it is not among them.
    """
    seen = {_key(birth_place(country_code, commune, birth_date))}
    result = []
    for place in _candidates(country_code, commune, birth_date):
        if _key(place) not in seen:
            seen.add(_key(place))
            result.append(place)
    return result


def _key(place: BirthPlace) -> tuple:
    return place.country_code, place.department, place.commune_code


def _candidates(country_code: str | None, commune: Commune | None, birth_date: date | None) -> Iterator[BirthPlace]:
    if country_code != FRANCE:
        for code, until in FORMER_COUNTRIES.get(country_code or "", ()):
            if birth_date and birth_date < until:
                yield BirthPlace(country_code=code)
        return
    if not commune:
        return
    spellings = [commune_on(commune, birth_date), (commune.code, commune.name)]
    spellings += [(code, name or commune.name) for code, _until, name in read_history(commune.history)]
    if commune.successor:
        spellings += [commune_on(commune.successor, birth_date), (commune.successor.code, commune.successor.name)]
    for code, name in spellings:
        yield _in_france(code, name)
        yield _in_france(code, name, theoretical=True)


def department_of(code: str | None) -> str:
    """The characters of an INSEE code that name the department: ``37``, ``2A``, ``974``."""
    code = code or ""
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def department_name(department: str, day: date | None = None) -> str:
    """The name of a department on a day, '' when unknown: 75 is Seine before 1968, 78 Seine-et-Oise.

    :param department: two or three characters, as ``department_of`` gives them
    """
    name, until = FORMER_DEPARTMENTS.get(department, ("", None))
    if until and (department not in DEPARTMENTS or (day and day < date.fromisoformat(until))):
        return name
    return DEPARTMENTS.get(department, "")


def was_independent(country_code: str, birth_date: date) -> bool:
    """Whether the country of birth was a State under its code of today; True when nothing else is known."""
    return birth_date >= INDEPENDENCE.get(country_code, birth_date)
