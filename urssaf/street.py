"""A street line as people type it, split into what M010 wants (CONTRACT §5.1, §12).

The line is cut into pieces ("12 rue X", "bât. B", "Le Bourg"), each piece is read on its own, the best street becomes
the street, and the rest its complement and its lieu-dit. No word is dropped: what finds no room stays where it is, too
long, so that ``rules`` says so.
"""

import re
from dataclasses import dataclass, replace

from .formats import ascii_name, text
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
    MARKED,
    OTHER_PAIRS,
    OTHER_TYPES,
    PLACES,
    STREET_LETTERS,
    STREET_TYPES,
)
from .street_words import shorten

STREET_NAME_LENGTH, COMPLEMENT_LENGTH = 28, 38

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
    r"(?P<name>.*\D) (?P<number>[1-9]\d{0,3})[\s,]*(?P<letter>bis|ter|quater|quinquies|[BTQC])?", re.I
)
_SEPARATORS = re.compile(r"[,;|\n()«»“”\"]+|(?<!\d) [-–—/]+ | [-–—/]+ (?!\d)")
_GLUED = re.compile(r"\b([^\W\d_]{1,6})\.(?=[^\W_])")
_MARK = re.compile(r"(?:n[°º])?(?:\d+[a-z]?|[a-z]\d*|[a-z]\d+|[ivx]+|n[°º])|(?:droite|gauche|nord|sud|est|ouest)", re.I)
_ORDINAL = re.compile(r"(?:\d+(?:e|er|ere|eme|nd|nde|d|ieme)?|premier|deuxieme|second|troisieme|quatrieme|dernier)")
_STOREY = frozenset({"etage", "etg", "et", "etages"})
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


def split_street(street: str | None, second_line: str | None = None) -> Street:
    """Split the one or two lines of an address.

    A street whose type is not among those that may be sent goes as a whole into the complement. A name of more than 28
    characters is shortened as La Poste does; what is still too much goes on in the complement. Without a street or a
    number, a line is a lieu-dit.
    """
    pieces = [_read(piece) for piece in _pieces("\n".join(filter(None, (street, second_line))))]
    main = _main(pieces)
    index = pieces.index(main) if main else -1
    extras, places = [], []
    for position, piece in enumerate(pieces):
        if position == index:
            extras += [main.note] if main.note else []
        elif piece.kind == "place" and not places:
            places.append(piece.name)
        elif piece.street_type in PLACES and not piece.number and main and not places:
            places.append(piece.raw)
        else:
            extras.append(piece.raw)
    locality = "".join(places)
    if not main:
        return _fit(Street(complement=", ".join(extras), locality=locality))
    found = Street(main.number, main.letter, main.street_type, main.name, ", ".join(extras), locality)
    return _fit(found)


# --- cutting --------------------------------------------------------------------------------------------------------


def _plain(word: str) -> str:
    return ascii_name(word).lower().strip(".,:;()")


def _pieces(lines: str) -> list[str]:
    """The pieces of one or more lines, in their order."""
    line = _GLUED.sub(_unglue, text(lines.replace("\n", ", ")))
    chunks: list[str] = []
    for chunk in _SEPARATORS.split(line):
        chunk = chunk.strip(" ,;-–—")
        if not chunk.strip("."):
            continue
        # "12, rue X", "lieu-dit « X »": what stands alone belongs to what follows.
        if chunks and _waits(chunks, chunk) or chunks and _is_number(chunk) and _takes_number(chunks[-1]):
            chunks[-1] = f"{chunks[-1]} {chunk}"
        else:
            chunks.append(chunk)
    return [piece for chunk in chunks for piece in _cut(chunk.split(" "))]


def _unglue(match: re.Match) -> str:
    """ "av.Foch" has a space too few; "J.F." has not."""
    word = _plain(match[1])
    return f"{match[1]}. " if word in ABBREVIATIONS or word in COMPLEMENTS or word in ("r", "st", "ste") else match[0]


def _is_number(chunk: str) -> bool:
    return bool(_NUMBER.fullmatch(chunk))


def _waits(chunks: list[str], following: str) -> bool:
    """Whether the last chunk is but the beginning of the following one."""
    last = chunks[-1]
    if _LIEU_DIT.fullmatch(f"{last} "):
        return True
    return _is_number(last) and not _is_number(following) and (len(chunks) == 1 or _opens(following))


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
    if _ORDINAL.fullmatch(word) and after and _plain(after[0]) in _STOREY:
        return before not in MARKED
    if word in _STOREY and _ORDINAL.fullmatch(before):
        return False
    if word in COMPLEMENTS:
        return not (word in ("bat", "batiment") and after and _plain(after[0]).startswith(("d'", "d’")))
    if word == "lot" and words[index].endswith("."):
        return True
    is_marked = bool(after) and bool(_MARK.fullmatch(after[0].strip(".,")))
    return word in COMPLEMENTS_WITH_MARK and is_marked and not _ORDINAL.fullmatch(before)


def _begins_street(words: list[str], start: int, index: int) -> bool:
    """A number and a street type, or a street type after a group, a building or a complement."""
    before, rest = _plain(words[index - 1]), words[index:]
    match = _NUMBER.match(" ".join(rest))
    if match and match["end"]:
        left = " ".join(rest)[match.end() :].split(" ")
        code, width = _type_of(left, numbered=True)
        is_taken = before in MARKED and not (before in _STOREY and index - start > 1)  # "apt 12"; but "3e étage, 12"
        if width and code not in BUILDINGS and len(left) > width and not is_taken:
            return before not in BEFORE_A_NUMBER
    code, width = _type_of(rest, numbered=False)
    full = _plain(rest[0]) in _FULL_WORDS
    if not code or not full or code in GROUPS | BUILDINGS or len(rest) <= width or index - start < 2:
        return False
    head = words[start:index]
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
        return _Piece(raw, "place", name=raw[match.end() :])
    number, letter, note, rest = _number(raw)
    words = rest.split(" ")
    code, width = _type_of(words, numbered=bool(number or note))
    name = _without_stop(" ".join(words[width:]))
    first = _plain(words[0])
    if code and name:
        if not number and not note and code in BUILDINGS and _MARK.fullmatch(name.split(" ")[0].strip(".")):
            return _Piece(raw, "extra")
        kind = "building" if code in BUILDINGS else "group" if code in GROUPS else "street"
        piece = _Piece(raw, kind, number, letter, note, code, name)
        return piece if number or note else _with_last_number(piece)
    if number or note:
        return _Piece(raw, "extra" if not rest else "other")
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
    name = match["name"].strip(" ,")
    last = _plain(name.split(" ")[-1])
    if not name or last in BEFORE_A_NUMBER | ARTICLES or not any(char.isalpha() for char in name) or name.endswith("°"):
        return piece
    letter = (match["letter"] or "").lower()
    return replace(piece, name=name, number=match["number"], letter=_LETTERS.get(letter, letter.upper()))


# --- putting together -----------------------------------------------------------------------------------------------


def _main(pieces: list[_Piece]) -> _Piece | None:
    """The piece that is the street: a numbered one before others, a street before a group of houses, before a house."""
    ranks = {"street": 0, "group": 2, "building": 4}
    streets = [piece for piece in pieces if piece.kind in ranks]
    others = [piece for piece in pieces if piece.kind == "other"]
    streets = [piece for piece in streets if piece.kind != "building" or not (others or len(streets) > 1)] or streets
    if not streets:
        return None
    return min(streets, key=lambda piece: ranks[piece.kind] - (1.5 if piece.number else 0))


def _fit(found: Street) -> Street:
    """Within the limits where that can be done without losing a word."""
    name, complement, locality = found.name, found.complement, found.locality
    if len(name) > STREET_NAME_LENGTH:
        name = shorten(name, STREET_NAME_LENGTH)
    if len(name) > STREET_NAME_LENGTH:
        whole = _whole(found)
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
