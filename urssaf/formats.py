"""Checks and clean forms of single values (CONTRACT §5.1, §5.2).

Every check runs in time proportional to its text: the patterns published by URSSAF nest
quantifiers and are not used.
"""

import re
import unicodedata

from stdnum import bic as stdnum_bic
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from .signs import STRAIGHT, normalized, seen, text

# The letters that Unicode does not decompose.
_TRANSLITERATION = STRAIGHT | str.maketrans(
    {
        "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h", "Ħ": "H",
    }
)  # fmt: skip
_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NAME_INNER = _ASCII_LETTERS | frozenset("'- ")

# The last one turns the direction of reading: telephones put it around a number, which is read from the left all the same.
_PHONE_NOISE = re.compile(r"[\s.·•\-_/()\u202e]")
_MOBILE = re.compile(r"(?:0|\+33)[67][0-9]{8}")
# Overseas mobiles are 06/07 numbers of the French plan, dialled from abroad with a prefix of their own.
_OVERSEAS_PREFIXES = ("+262", "+590", "+594", "+596")

_EMAIL_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+")
_EMAIL_LABEL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")

_COMMUNE = re.compile(r"[0-9][0-9ABab][0-9]{3}")
_ZIP = re.compile(r"[0-9]{5}")
_COUNTRY = re.compile(r"99[0-9]{3}")
_DEPARTMENT = re.compile(r"[09][0-9][0-9ABab]")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_FRENCH_IBAN = re.compile(r"(?:FR|MC)[0-9]{12}[A-Z0-9]{11}[0-9]{2}")
_SAP = re.compile(r"SAP[0-9]{9}")
_SIRET = re.compile(r"SIR[0-9]{14}")

# Signs beyond ASCII that French addresses and bank statements have; "º" and "ª" are letters for Unicode.
_TEXT_SIGNS = frozenset("°ºª€«»’‘–—…·№²³")
_PLAIN_SIGNS = {sign: plain for sign, plain in STRAIGHT.items() if chr(sign) not in _TEXT_SIGNS}

FRANCE = "99100"


def is_storable(value: str) -> bool:
    """Whether a database can keep it: neither NUL nor half a character, which a pasted or imported text may have."""
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def free_text(value: str | None) -> str:
    """An address line or a holder as sent: single spaces, no edges, accents in one piece with their letter.

    Apostrophes and dashes that a French letter box may show stay as they were typed; the others become plain ones.
    """
    return normalized("NFC", text(value)).translate(_PLAIN_SIGNS)


def is_free_text(value: str) -> bool:
    """Whether a text has only what a French letter box may show: Latin letters, digits, usual signs.

    URSSAF publishes no alphabet for these fields (CONTRACT §5.1). Another alphabet, an emoji, a control character or
    an invisible sign (also those that turn the direction of reading) is a slip of the keyboard or a trick.
    """
    return all(map(_is_free_character, value))


def _is_free_character(char: str) -> bool:
    if char.isascii():
        return char.isprintable()
    return char in _TEXT_SIGNS or (char.isalpha() and unicodedata.name(char, "").startswith("LATIN "))


def ascii_name(value: str | None) -> str:
    """A name as it is sent: accents and ligatures resolved, straight apostrophes and hyphens, single spaces.

    What has no Latin form is left as it is, so that ``is_name`` refuses it: a name is never shortened silently.
    """
    plain = text(value)
    if plain.isascii():  # the usual case, and each word of each address asks
        return plain.translate(STRAIGHT)
    plain = normalized("NFKD", plain.translate(_TRANSLITERATION)).translate(STRAIGHT)
    return text("".join(char for char in plain if not unicodedata.combining(char)))


def typed_name(value: str | None) -> str:
    """A name with the letters that were typed, accents included; straight apostrophes and hyphens, single spaces."""
    return text(normalized("NFC", text(value)).translate(STRAIGHT))


def ascii_first_names(value: str | None) -> str:
    """First names as sent; the commas of a tax notice become spaces."""
    return ascii_name((value or "").replace(",", " "))


def is_name(value: str) -> bool:
    """ASCII letters, apostrophes, hyphens and spaces, with a letter at both ends (P1)."""
    return bool(value) and value[0] in _ASCII_LETTERS and value[-1] in _ASCII_LETTERS and _NAME_INNER.issuperset(value)


def is_first_names(value: str) -> bool:
    """Names separated by one space, each with a letter at both ends (P2)."""
    return bool(value) and all(map(is_name, value.split(" ")))


def normalize_mobile(value: str | None) -> str | None:
    """A French mobile number as URSSAF takes it, ``06…``/``07…`` or ``+336…``/``+337…``; None when it is not one."""
    number = _PHONE_NOISE.sub("", seen(value).translate(STRAIGHT))
    if number.startswith("00"):
        number = "+" + number[2:]
    if len(number) == 9 and number[0] in "67":  # a spreadsheet has taken the zero for a number's
        number = "0" + number
    if len(number) == 11 and number.startswith(("336", "337")):
        number = "+" + number
    if number.startswith("+330"):  # written "+33 (0)6"
        number = "+33" + number[4:]
    if len(number) == 12 and f"+{number[:3]}" in _OVERSEAS_PREFIXES:
        number = "+" + number
    if number.startswith(_OVERSEAS_PREFIXES):
        number = "0" + number[4:].removeprefix("0")  # also "+590 (0)690"
    return number if _MOBILE.fullmatch(number) else None


def spaced_mobile(value: str | None) -> str | None:
    """The same as people read it in France, ``06 39 98 00 01``; None when it is not one."""
    number = normalize_mobile(value)
    return number and " ".join(re.findall("..", number.replace("+33", "0")))


def valid_email(value: str) -> bool:
    """An address that both published patterns take (P4, P4n), ``+`` apart."""
    local, at, domain = value.partition("@")
    labels = domain.split(".")
    return bool(
        at
        and len(value) <= 254
        and all(part and _EMAIL_LOCAL.issuperset(part) for part in local.split("."))
        and len(labels) >= 2
        and all(label and _EMAIL_LABEL.issuperset(label) and label[0] != "-" != label[-1] for label in labels)
        and len(labels[-1]) >= 2
        and _ASCII_LETTERS.issuperset(labels[-1])
    )


def compact(value: str | None) -> str:
    """An IBAN, a BIC or a code: upper case, without any space."""
    return "".join(seen(value).split()).upper()


def valid_iban(value: str | None) -> bool:
    """Structure (in full for French and Monegasque accounts) and mod 97. P7 refuses good French accounts: not applied.

    ``stdnum.iban`` would be the natural choice, but its table of countries cannot be read inside Odoo, whose import
    hook hides the data files of ``stdnum``; only French accounts are accepted anyway.
    """
    iban = compact(value)
    if not (_FRENCH_IBAN if iban[:2] in ("FR", "MC") else _IBAN).fullmatch(iban):
        return False
    return mod_97_10.is_valid(iban[4:] + iban[:4])


def valid_bic(value: str | None) -> bool:
    """8 or 11 characters."""
    return stdnum_bic.is_valid(compact(value))


def valid_zip(value: str) -> bool:
    return bool(_ZIP.fullmatch(value))


def valid_commune_code(value: str) -> bool:
    """INSEE code of 5 characters (P6)."""
    return bool(_COMMUNE.fullmatch(value))


def valid_country_code(value: str) -> bool:
    """``99`` and three digits. Any of them: people are known under codes of former States too."""
    return bool(_COUNTRY.fullmatch(value))


def valid_department(value: str) -> bool:
    """Three characters (P5)."""
    return bool(_DEPARTMENT.fullmatch(value))


def valid_sap_number(value: str | None) -> bool:
    """``SAP`` and 9 digits. The key of the digits is not required: ``number_key_is_right`` tells for a warning."""
    return bool(_SAP.fullmatch(value or ""))


def valid_worker(value: str | None) -> bool:
    """``SAP`` and 9 digits or ``SIR`` and 14, no space (CONTRACT §7.2, complement2)."""
    return valid_sap_number(value) or bool(_SIRET.fullmatch(value or ""))


def number_key_is_right(value: str) -> bool:
    """Whether the digits of a SAP number or SIRET have the key of a SIREN or SIRET. Those of La Poste have not."""
    digits = value[3:]
    return luhn.is_valid(digits) or digits.startswith("356000000")


def split_commune(code: str, *, theoretical: bool = False) -> tuple[str, str]:
    """An INSEE commune code as the pair (department, commune) of a birth place (CONTRACT §5.1).

    ``77288`` -> ``077``, ``288``; ``2A004`` -> ``02A``, ``004``. Overseas ``97411`` -> ``974``, ``011``: the
    work-around given by URSSAF's support, or ``411`` when ``theoretical``.

    :raises ValueError: when it is no code of a commune
    """
    code = compact(code)
    if not valid_commune_code(code):
        raise ValueError("not a commune code of 5 characters")
    if code[:2] in ("97", "98"):
        return code[:3], code[2:] if theoretical else "0" + code[3:]
    return "0" + code[:2], code[2:]
