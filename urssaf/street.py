"""A street line as people type it, split into what M010 wants (CONTRACT §5.1, §12).

The line is cut into pieces ("12 rue X", "bât. B", "Le Bourg"), each piece is read on its own, the best street becomes
the street, and the rest its complement and its lieu-dit. No word is dropped: what finds no room stays where it is, too
long, so that ``rules`` says so.
"""

import functools
import re
from dataclasses import dataclass, replace

from .formats import ascii_name, free_text, text
from .street_types import (
    ABBREVIATIONS,
    AMBIGUOUS,
    ARTICLES,
    BEFORE_A_NUMBER,
    BESIDE,
    BUILDINGS,
    COMPLEMENTS,
    COMPLEMENTS_WITH_MARK,
    GROUPS,
    HAMLETS,
    MARKED,
    OTHER_PAIRS,
    OTHER_TYPES,
    PLACES,
    STREET_LETTERS,
    STREET_TYPES,
)
from .street_words import shorten

# The most characters that URSSAF takes (CONTRACT §5.1); the locality may be as long as the complement.
STREET_NAME_LENGTH, COMPLEMENT_LENGTH = 28, 38
# What can be sent of an address has some 110 characters, maybe 250 before its words are shortened.
LONGEST_ADDRESS = 300

_FULL_WORDS = {ascii_name(label).lower(): code for code, label in STREET_TYPES.items()}
_LETTERS = {"bis": "B", "ter": "T", "quater": "Q", "quinquies": "C"}
_NUMBER = re.compile(
    r"(?P<sign>n\s?[°ºo]?\s?\.?\s?(?=\d)|num[ée]ro\s)?(?P<number>\d{1,9})"
    r"(?:(?P<range>(?:\s?(?:[-/–&]|\b(?:à|a|et|au)\b)\s?\d{1,4}(?!\d))+)|)"
    r"(?:[\s\-/]?(?P<letter>(?:bis|ter|quater|quinquies|[A-Z](?!['’°]))\b)"
    r"(?P<more>(?:\s?[-/–&]\s?|\s)(?:\d{1,4}\s?)?(?:bis\b|ter\b|quater\b|[A-Z]\b(?!['’°]))|\s?[-/–&]\s?\d{1,4}\b)?)?"
    r"(?P<end>[\s,.:;\-–]+|$)?",
    re.I,
)
_LAST_NUMBER = re.compile(
    r"(?P<name>.*\D) (?:n\s?[°º]\s?)?(?P<number>[1-9]\d{0,3})[\s,]*(?P<letter>bis|ter|quater|quinquies|[BTQC])?", re.I
)
_SIGN = re.compile(r"\s?\bn\s?[°º]$", re.I)
# "12 - 14", "12 bis – 14", "12 & 14": one house, and "Apt 12 - 8 rue X": two things.
_SPACED_RANGE = re.compile(r"((?:^|[,;]\s*)\d{1,4}(?:\s?(?:bis|ter|quater|[A-Z]))?)\s+([-–—/&])\s+(?=\d)", re.I)
_TWO_NUMBERS = re.compile(r"(\w\.?\s(?:n[°º]\s?)?\d+[A-Z]?)\s+[-–—/]+\s+(?=\d)", re.I)
_LOOSE_APOSTROPHE = re.compile(r"\b([dl]['’])\s+(?=\w)", re.I)
_TIGHT_HYPHEN = re.compile(r"(?: [-–—]|[-–—] |_)(\w+)")
_KILOMETRE = re.compile(r"\b(pk\s?\d+),(?=\d)", re.I)
_ZIP = re.compile(r"\d{5}")
_BOX = re.compile(r"(?:bp|cs|tsa)\d+")
# Alsace: the street is the end of one word.
_GERMAN_STREET = re.compile(r".*(?:strasse|stross|gasse|gass|gaessel|weg|platz)")
_SEPARATORS = re.compile(r"[,;|\n()«»“”\"]+|(?<!\d) [-–—/]+ | [-–—/]+ (?!\d)")
_GLUED = re.compile(r"\b([^\W\d_]{1,6})\.(?=[^\W_])")
_MARK = re.compile(r"(?:n[°º])?(?:\d+[a-z]?|[a-z]\d*|[a-z]\d+|[ivx]+|n[°º])|(?:droite|gauche|nord|sud|est|ouest)", re.I)
_ORDINAL = re.compile(r"(?:\d+(?:e|er|ere|eme|nd|nde|d|ieme)?|premier|deuxieme|second|troisieme|quatrieme|dernier)")
_STOREY = frozenset({"etage", "etg", "et", "etages"})
_SIDES = frozenset({"gauche", "droite", "gche", "dte"})
_LIEU_DIT = re.compile(r"(?:au\s)?(?:lieu[\s-]?dits?|l\.?d\.?(?=[\s:])|ldt)[\s:]+", re.I)


@dataclass(frozen=True)
class Street:
    """The parts of an address; empty strings for what is not there."""

    number: str = ""
    letter: str = ""
    street_type: str = ""
    name: str = ""
    complement: str = ""
    locality: str = ""


@dataclass(frozen=True)
class _Piece:
    """One piece of the line. ``kind``: street, group, building, other, place or extra."""

    raw: str
    kind: str
    number: str = ""
    letter: str = ""
    note: str = ""
    street_type: str = ""
    name: str = ""


@functools.lru_cache(maxsize=4096)  # pure, and asked once for each part of the address
def split_street(street: str | None, second_line: str | None = None) -> Street:
    """Split the one or two lines of an address.

    A street whose type is not among those that may be sent goes as a whole into the complement. A name of more than 28
    characters is shortened as La Poste does; what is still too much goes on in the complement. Without a street or a
    number, a line is a lieu-dit. Two lines that no shortening could fit in are not read: they are the complement, too
    long as they are.
    """
    lines = [line for line in map(_one_line, (street, second_line)) if line]
    if sum(map(len, lines)) > LONGEST_ADDRESS:
        return Street(complement=", ".join(lines))
    pieces = [_read(piece) for piece in _pieces("\n".join(lines))]
    main = _main(pieces)
    index = pieces.index(main) if main else -1
    place = _place([piece for piece in pieces if piece is not main], main)
    extras = []
    for position, piece in enumerate(pieces):
        if position == index:
            extras += [main.note] if main.note else []
        elif piece is not place:
            extras.append(piece.raw)
    locality = place.name if place and place.kind == "place" else place.raw if place else ""
    if not main:
        return _fit(Street(complement=", ".join(extras), locality=locality))
    found = Street(main.number, main.letter, main.street_type, main.name, ", ".join(extras), locality)
    return _fit(found)


def _one_line(value: str | None) -> str:
    """What was typed in one field, with plain signs; its line breaks stay."""
    return "\n".join(filter(None, map(free_text, (value or "").split("\n"))))


# --- cutting --------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)  # pure, and half of the words of all addresses are the same few
def _plain(word: str) -> str:
    return ascii_name(word).lower().strip(".,:;()")


def _pieces(lines: str) -> list[str]:
    """The pieces of one or more lines, in their order."""
    line = _LOOSE_APOSTROPHE.sub(r"\1", _GLUED.sub(_unglue, text(lines.replace("\n", ", "))))
    line = _TIGHT_HYPHEN.sub(_separated, line)
    line = _KILOMETRE.sub(r"\1.", _TWO_NUMBERS.sub(r"\1, ", _SPACED_RANGE.sub(r"\1\2", line)))
    chunks: list[str] = []
    for chunk in _SEPARATORS.split(line):
        chunk = chunk.strip(" ,;-–—")
        if not chunk.strip("."):
            continue
        # "12, rue X", "lieu-dit « X »": what stands alone belongs to what follows.
        if len(chunks) == 1 and _two_houses(chunks[0], chunk):
            chunks[-1] = f"{chunks[-1]}/{chunk}"
        elif chunks and _waits(chunks, chunk) or chunks and _is_number(chunk) and _takes_number(chunks[-1]):
            chunks[-1] = f"{chunks[-1]} {chunk}"
        else:
            chunks.append(chunk)
    return [piece for chunk in chunks for piece in _cut(chunk.split(" "))]


def _unglue(match: re.Match) -> str:
    """ "av.Foch" has a space too few; "J.F." has not."""
    word = _plain(match[1])
    return f"{match[1]}. " if word in ABBREVIATIONS or word in COMPLEMENTS or word in ("r", "st", "ste") else match[0]


def _separated(match: re.Match) -> str:
    """ "rue des Lilas -Bât B"."""
    return f", {match[1]}" if _plain(match[1]) in COMPLEMENTS else match[0]


def _is_number(chunk: str) -> bool:
    return bool(_NUMBER.fullmatch(chunk))


def _waits(chunks: list[str], following: str) -> bool:
    """Whether the last chunk is but the beginning of the following one."""
    last = chunks[-1]
    if _LIEU_DIT.fullmatch(f"{last} "):
        return True
    return _is_number(last) and not _is_number(following) and (len(chunks) == 1 or _opens(following))


def _two_houses(first: str, chunk: str) -> bool:
    """ "12, 14 avenue Foch"."""
    return first.isdigit() and len(first) <= 4 and bool(_number(chunk)[0]) and _read(chunk).kind == "street"


def _takes_number(chunk: str) -> bool:
    piece = _read(chunk)
    return piece.kind == "street" and not piece.number and not piece.note


def _cut(words: list[str]) -> list[str]:
    """Cut where something new begins inside words that no comma separates."""
    start, pieces = 0, []
    for index in range(1, len(words)):
        if index > start and _begins(words, start, index):
            pieces.append(" ".join(words[start:index]))
            start = index
    pieces.append(" ".join(words[start:]))
    return [piece.strip(" ,") for piece in pieces if piece.strip(" ,.")]


def _begins(words: list[str], start: int, index: int) -> bool:
    """Whether a new piece begins at this word."""
    before, word, after = _plain(words[index - 1]), _plain(words[index]), words[index + 1 :]
    # The A of "bât. A" is no article.
    is_mark = words[index - 1].isupper() and len(before) == 1 and index > 1 and _plain(words[index - 2]) in MARKED
    if (before in ARTICLES and not is_mark) or before.endswith("'"):
        return False
    if _begins_street(words, start, index):
        return True
    if not _says_something(words[start:index]):
        return False
    if _LIEU_DIT.match(" ".join(words[index : index + 3]) + " "):
        return True
    next_words = [_plain(next_word) for next_word in after[:2]]
    if _ORDINAL.fullmatch(word) and next_words and next_words[0] in _STOREY:
        return before not in MARKED
    if _ORDINAL.fullmatch(word) and not word.isdigit() and len(after) == 1 and next_words[0] in _SIDES:
        return True
    if word == "au" and len(next_words) == 2 and _ORDINAL.fullmatch(next_words[0]) and next_words[1] in _STOREY:
        return True
    if word == "face" and next_words and next_words[0].split("'")[0] in ("a", "au", "aux"):
        return True
    if word in _STOREY and _ORDINAL.fullmatch(before):
        return False
    # A postal code and its town, or a box, written behind the street
    if _ZIP.fullmatch(word) and before not in MARKED and after and after[0][:1].isalpha():
        return True
    if _BOX.fullmatch(word):
        return True
    if word in COMPLEMENTS:
        return not (word in ("bat", "batiment") and after and _plain(after[0]).startswith(("d'", "d’")))
    if word == "lot" and words[index].endswith("."):
        return True
    is_marked = bool(after) and bool(_MARK.fullmatch(after[0].strip(".,")))
    return word in COMPLEMENTS_WITH_MARK and is_marked and (before.isdigit() or not _ORDINAL.fullmatch(before))


def _begins_street(words: list[str], start: int, index: int) -> bool:
    """A number and a street type, or a street type after a group, a building or a complement."""
    before, rest = _plain(words[index - 1]), words[index:]
    match = _NUMBER.match(" ".join(rest))
    if match and match["end"]:
        left = " ".join(rest)[match.end() :].split(" ")
        if match["letter"] and not _type_of(left, numbered=True)[1]:
            left = " ".join(rest)[match.start("letter") :].split(" ")  # "12 R DES LILAS"
        code, width = _type_of(left, numbered=True)
        is_taken = before in MARKED and not (before in _STOREY and index - start > 1)  # "apt 12"; but "3e étage, 12"
        if width and code not in BUILDINGS and len(left) > width and not is_taken:
            return before not in BEFORE_A_NUMBER
    code, width = _type_of(rest, numbered=False)
    full = _plain(rest[0]) in _FULL_WORDS
    if not code or not full or code in GROUPS | BUILDINGS or len(rest) <= width or index - start < 2:
        return False
    head = words[start:index]
    if len(head) == 2 and _plain(head[0]) == "pk":  # "PK 12 route de l'Est"
        return True
    return (
        not _is_street(head)
        and not _NUMBER.fullmatch(" ".join(head))
        and (
            _plain(head[0]) in COMPLEMENTS | COMPLEMENTS_WITH_MARK
            or _type_of(head, numbered=False)[0] in GROUPS | BUILDINGS
        )
    )


def _is_street(words: list[str]) -> bool:
    piece = _read(" ".join(words))
    return piece.kind == "street"


def _says_something(words: list[str]) -> bool:
    """Whether these words are a piece by themselves: a type or a number alone is not."""
    line = " ".join(words)
    match = _NUMBER.match(line)
    rest = line[match.end() :] if match and match["end"] is not None else line
    if not rest:
        return False
    left = rest.split(" ")
    width = _type_of(left, numbered=bool(match))[1]
    return len(left) > width


# --- reading --------------------------------------------------------------------------------------------------------


def _read(raw: str) -> _Piece:
    """What one piece is."""
    match = _LIEU_DIT.match(raw)
    if match and raw[match.end() :]:
        return _Piece(raw, "place", note="lieu-dit", name=raw[match.end() :])
    number, letter, note, rest = _number(raw)
    words = rest.split(" ")
    code, width = _type_of(words, numbered=bool(number or note))
    name = _without_stop(" ".join(words[width:]))
    first = _plain(words[0])
    if code and name:
        # "porte B", "lot n° 12"; but "Lot. A Torra"
        mark = name.split(" ")[0].strip(".") if code in BUILDINGS else name.replace(" ", "") if first == "lot" else ""
        if not number and not note and _MARK.fullmatch(mark):
            return _Piece(raw, "extra")
        kind = "building" if code in BUILDINGS else "group" if code in GROUPS else "street"
        piece = _Piece(raw, kind, number, letter, note, code, name)
        return piece if number or note else _with_last_number(piece)
    if number or note:
        if not number or width or first in OTHER_TYPES or not _is_place(rest):
            return _Piece(raw, "other" if rest else "extra")
        match = _LIEU_DIT.match(rest)
        return _Piece(raw, "place", number, name=raw.removesuffix(rest) + rest[match.end() if match else 0 :])
    if width or first in OTHER_TYPES or _ORDINAL.match(first) and any(_plain(word) in _STOREY for word in words):
        return _Piece(raw, "other" if width else "extra")
    if first in COMPLEMENTS or (
        first in COMPLEMENTS_WITH_MARK and len(words) > 1 and _MARK.fullmatch(words[1].strip("."))
    ):
        return _Piece(raw, "extra")
    if any(char.isdigit() for char in raw) or not any(char.isalpha() for char in raw):
        return _Piece(raw, "extra")
    if first in BESIDE:
        return _Piece(raw, "extra")
    return _Piece(raw, "place", name=raw)


def _is_place(rest: str) -> bool:
    """Whether what follows a number, and is no street, is a hamlet: "Le Bourg", "Kerguelen"; not "RD 906", "Hauptgass"."""
    first, *more = (_plain(word) for word in rest.split(" "))
    if (
        any(char.isdigit() for char in rest)
        or not rest[:1].isalpha()
        or first in _STOREY
        or _GERMAN_STREET.fullmatch(first)
    ):
        return False
    return (
        not more
        or first in ("le", "la", "les", "au", "aux")
        or first.startswith("l'")
        or first in HAMLETS
        or bool(_LIEU_DIT.match(rest))
    )


def _number(raw: str) -> tuple[str, str, str, str]:
    """Number, letter, a note on what cannot be sent of them, and what follows."""
    match = _NUMBER.match(raw)
    if not match:
        return "", "", "", raw
    letter, more, end = match["letter"] or "", match["more"] or "", match["end"]
    rest = raw[match.end() :]
    stop = match.end()
    if letter and len(letter) == 1 and not _opens(rest):
        # "12 R Gambetta", "12 a": not a letter, but the next word.
        alone = raw[match.start("letter") :]
        if rest and _opens(alone):
            letter, more, rest, stop, end = "", "", alone, match.start("letter"), " "
        elif rest and letter.islower():
            return "", "", "", raw
    if end is None and not (rest and _glued_type(rest)):
        return "", "", "", raw
    if not rest and not letter and not match["sign"] and not match["range"]:
        return "", "", "", raw
    number, code = match["number"].lstrip("0"), _LETTERS.get(letter.lower(), letter.upper())
    is_plain = 0 < len(number) <= 4
    shown = text(raw[match.start("number") : stop].strip(" ,.:;-–"))
    if is_plain and not match["range"] and not more and (not code or code in STREET_LETTERS):
        return number, code, "", rest
    return (number if is_plain else ""), "", f"N° {shown}", rest


def _without_stop(name: str) -> str:
    """Without the full stop of a sentence, which is not the point of "D.B."."""
    last = name.split(" ")[-1]
    return name[:-1] if last.endswith(".") and len(last) > 4 and "." not in last[:-1] else name


def _opens(rest: str) -> bool:
    return bool(_type_of(rest.split(" "), numbered=True)[1])


def _glued_type(rest: str) -> bool:
    return _plain(rest.split(" ")[0]) in _FULL_WORDS


def _type_of(words: list[str], *, numbered: bool) -> tuple[str, int]:
    """The code of the street type these words begin with, and how many words it takes.

    A type that may not be sent gives no code, but its width; no type at all gives ``('', 0)``.
    """
    first = _plain(words[0])
    pair = f"{first} {_plain(words[1])}" if len(words) > 1 else ""
    if pair in OTHER_PAIRS:
        return "", 2
    if first in _FULL_WORDS:
        return _FULL_WORDS[first], 1
    if first in OTHER_TYPES:
        return "", 1
    if first in ABBREVIATIONS:
        return ABBREVIATIONS[first], 1
    code = first.upper()
    if code in STREET_TYPES:
        dotted, upper = words[0].endswith("."), words[0].isupper()
        if code not in AMBIGUOUS or (numbered and (upper or dotted)) or dotted or (numbered and code == "R"):
            return code, 1
    return "", 0


def _with_last_number(piece: _Piece) -> _Piece:
    """ "rue de la Paix 12": a number behind the name, if it is no date and no number of a road."""
    match = _LAST_NUMBER.fullmatch(piece.name)
    if not match:
        return piece
    name = _SIGN.sub("", match["name"].strip(" ,"))
    last = _plain(name.split(" ")[-1])
    if not name or last in BEFORE_A_NUMBER | ARTICLES or not any(char.isalpha() for char in name):
        return piece
    letter = (match["letter"] or "").lower()
    return replace(piece, name=name, number=match["number"], letter=_LETTERS.get(letter, letter.upper()))


# --- putting together -----------------------------------------------------------------------------------------------


def _main(pieces: list[_Piece]) -> _Piece | None:
    """The piece that is the street: a numbered one before others, a street before a group of houses, before a house."""
    ranks = {"street": 0, "group": 2, "building": 4}
    streets = [piece for piece in pieces if piece.kind in ranks]
    others = [piece for piece in pieces if piece.kind == "other" or piece.kind == "place" and piece.number]
    streets = [piece for piece in streets if piece.kind != "building" or not (others or len(streets) > 1)] or streets
    if not streets:
        return None
    return min(streets, key=lambda piece: ranks[piece.kind] - (1.5 if piece.number else 0))


def _place(pieces: list[_Piece], main: _Piece | None) -> _Piece | None:
    """The piece for the line of the lieu-dit: one that says so or has a number, a hamlet or quarter, any other name."""
    named = [piece for piece in pieces if piece.kind == "place"]
    candidates = [piece for piece in named if piece.note or piece.number]
    candidates += [piece for piece in pieces if main and piece.street_type in PLACES and not piece.number]
    candidates += [piece for piece in pieces if _plain(piece.raw.split(" ")[0]) == "section"]
    candidates += named
    candidates += [piece for piece in pieces if _is_named_after_people(piece, pieces, main)]
    return candidates[0] if candidates else None


def _is_named_after_people(piece: _Piece, pieces: list[_Piece], main: _Piece | None) -> bool:
    """ "Chez Bouchet", all alone, is a hamlet; "chez M. Martin" is not."""
    words = [_plain(word) for word in piece.raw.split(" ")]
    return not main and len(pieces) == 1 and words[0] == "chez" and len(words) == 2


def _fit(found: Street) -> Street:
    """Within the limits where that can be done without losing a word."""
    name, complement, locality = found.name, found.complement, found.locality
    if len(name) > STREET_NAME_LENGTH:
        name = shorten(name, STREET_NAME_LENGTH)
    if len(name) > STREET_NAME_LENGTH:
        whole = _whole(replace(found, name=name))
        if not complement and len(whole) <= COMPLEMENT_LENGTH:
            return _fit(Street(complement=whole, locality=locality))
        kept, overflow = _divide(name)
        longer = ", ".join(filter(None, (overflow, complement)))
        if kept and len(_compressed(longer)) <= COMPLEMENT_LENGTH:
            name, complement = kept, longer
    complement = _compressed(complement)
    if len(complement) > COMPLEMENT_LENGTH and not locality:
        complement, locality = _two_lines(complement)
    locality = shorten(locality, COMPLEMENT_LENGTH)
    return replace(found, name=name, complement=complement, locality=locality)


def _whole(found: Street) -> str:
    letters = {code: word for word, code in _LETTERS.items()}
    words = (found.number, letters.get(found.letter, ""), STREET_TYPES[found.street_type].lower(), found.name)
    return " ".join(filter(None, words))


def _divide(name: str) -> tuple[str, str]:
    """As many whole words as the label takes, and the rest."""
    words = name.split(" ")
    kept = 0
    while kept < len(words) and len(" ".join(words[: kept + 1])) <= STREET_NAME_LENGTH:
        kept += 1
    while kept and _plain(words[kept - 1]) in ARTICLES:  # "rue de la | Paix" reads badly
        kept -= 1
    return " ".join(words[:kept]), " ".join(words[kept:])


def _compressed(complement: str) -> str:
    """The complement without its commas, then in shorter words, if it is too long."""
    if len(complement) > COMPLEMENT_LENGTH:
        complement = complement.replace(", ", " ")
    return shorten(complement, COMPLEMENT_LENGTH)


def _two_lines(complement: str) -> tuple[str, str]:
    """A complement that is too long, its end carried over to the line of the lieu-dit when both then fit."""
    words = complement.split(" ")
    for count in range(len(words) - 1, 0, -1):
        first, second = " ".join(words[:count]), " ".join(words[count:])
        if len(first) <= COMPLEMENT_LENGTH and len(second) <= COMPLEMENT_LENGTH:
            return first, second
        if len(second) > COMPLEMENT_LENGTH:
            break
    return complement, ""
