"""The signs that keyboards, telephones and word processors put where people mean a plain one, and those nobody sees."""

import unicodedata

# What people put for ' and -. None of them can mean anything else in a name or a number.
APOSTROPHES = "’‘ʼ‛′‵`´ʹʻʽˈˊˋ՚ꞌ＇᾽᾿"
DASHES = "‐‑‒–—―−⁃˗﹘﹣－➖"
# Blank to the eye, and no blank for Python: of Braille and of Korean.
BLANKS = "\u2800\u3164\uffa0\u115f\u1160"
# Nothing that is typed into a field is longer; and to bring the accents of endless texts into one order takes for ever.
LONGEST = 1_000

STRAIGHT = str.maketrans({**dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys(DASHES, "-")})
# It makes the letters behind it read backwards: without it a text would say another thing than what was seen.
BACKWARDS = "\u202e"
_BLANK = str.maketrans(dict.fromkeys(BLANKS, " "))


def seen(value: str | None) -> str:
    """A value without its invisible signs, all blanks as plain ones; '' for None.

    Invisible: Unicode's category Cf, of which are the soft hyphen, the mark that opens a file, spaces of no width and
    what turns the direction of reading. They come along when a text is copied, and nobody could find them. One of them is
    left, for ``rules`` to refuse: see ``BACKWARDS``.
    """
    if not value or value.isascii():
        return value or ""
    return "".join(char for char in value.translate(_BLANK) if unicodedata.category(char) != "Cf" or char == BACKWARDS)


def text(value: str | None) -> str:
    """A value with single spaces and no edges, without what nobody sees; '' for None."""
    return " ".join(seen(value).split())


def normalized(form: str, value: str) -> str:
    """The text in one of Unicode's normal forms (``NFC``, ``NFKD``); one too long for any field stays as it is."""
    return unicodedata.normalize(form, value) if len(value) <= LONGEST else value
