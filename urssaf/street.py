"""A street line as people type it, split into what M010 wants (CONTRACT §5.1, §12)."""

import re
from dataclasses import dataclass

from .formats import ascii_name, text
from .street_types import STREET_TYPES

STREET_NAME_LENGTH, COMPLEMENT_LENGTH = 28, 38

_NUMBER = re.compile(r"(?P<number>[1-9][0-9]{0,3})\s*(?P<letter>bis|ter|quater|quinquies|[BTQC](?![A-Za-z]))?\b[\s,]*", re.I)
_LETTERS = {"bis": "B", "ter": "T", "quater": "Q", "quinquies": "C"}
_ABBREVIATIONS = {"AVE": "AV", "BLD": "BD", "BOUL": "BD", "BVD": "BD", "CH": "CHE", "CHEM": "CHE", "RT": "RTE"}
_WORDS = {ascii_name(label).lower(): code for code, label in STREET_TYPES.items()}


@dataclass(frozen=True)
class Street:
    """The parts of a street line; empty strings for what is not there."""

    number: str = ""
    letter: str = ""
    street_type: str = ""
    name: str = ""
    complement: str = ""


def split_street(street: str | None, second_line: str | None = None) -> Street:
    """Split a street line; the second line is the complement.

    A street whose type is not among those that may be sent, or whose name is too long, goes as a whole into the
    complement when there is room; what does not fit stays where it is, so that ``rules`` says so.
    """
    line, complement = text(street), text(second_line)
    match = _NUMBER.match(line)
    number, letter, rest = "", "", line
    if match and match.end() < len(line):
        number = match["number"]
        letter = (match["letter"] or "").lower()
        letter = _LETTERS.get(letter, letter.upper())
        rest = line[match.end() :]
    head, _, name = rest.partition(" ")
    code = _street_type(head)
    if code and name and len(name) <= STREET_NAME_LENGTH:
        return Street(number, letter, code, name, complement)
    if line and not complement and len(line) <= COMPLEMENT_LENGTH:
        return Street(complement=line)
    if code and name:
        return Street(number, letter, code, name, complement)
    return Street(complement=" ".join(filter(None, (line, complement))))


def _street_type(word: str) -> str:
    """The code of a street type written in full or shortened; '' when it is none that may be sent."""
    plain = ascii_name(word).lower().rstrip(".,")
    if plain in _WORDS:
        return _WORDS[plain]
    short = plain.upper()
    if word.rstrip(".").isupper() or word.endswith("."):
        short = _ABBREVIATIONS.get(short, short)
        return short if short in STREET_TYPES else ""
    return ""
