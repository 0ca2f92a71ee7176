"""What people type or paste into a field, read as they mean it (the cleaned value), field by field.

A reader takes away what cannot mean anything (invisible signs, blanks and points in a number, the word "IBAN" before
it) and completes what can only be one thing. Whatever it does not recognise for sure comes back as it was typed, on one
line, for ``rules`` to say what is wrong. Every reader is linear in its text.
"""

import re

from .formats import FRANCE, compact, valid_bic, valid_email, valid_iban, valid_sap_number, valid_worker
from .signs import LONGEST, STRAIGHT, seen, text

_SEPARATORS = str.maketrans("", "", "-.·•/_")
_LABEL = r"(?:code|n°|no|numéro|numero|num)?\s?"
_BIC_LABEL = re.compile(rf"{_LABEL}(?:bic|swift)(?:\s?[-/(]\s?(?:bic|swift)\)?)?(?:\s?[:=]\s?|\s)", re.I)
_IBAN_LABEL = re.compile(r"(?:CODE|N°|NO|NUMERO|NUMÉRO|NUM)?IBAN(?:N°)?[:=]*")
_SAP = re.compile(r"(?:N°|NO|NUMERO|NUMÉRO)?SAP(?:N°)?:?([0-9]{9})")
_WORKER = re.compile(r"(SAP|SIR)(?:ET)?(?:N°)?:?([0-9]{9}(?:[0-9]{5})?)")
_FRENCH_ZIP = re.compile(r"(?:FR?-?)?([0-9]{5})(?:CEDEX[0-9]{0,2})?")
_SHORT_ZIP = re.compile(r"[1-9][0-9]{3}")


def _joined(value: str) -> str:
    """A code in one piece: upper case, without blanks, hyphens, points and strokes."""
    return compact(value).translate(STRAIGHT).translate(_SEPARATORS)


def read_iban(value: str | None) -> str:
    """An IBAN without blanks, points, hyphens and the word before it, in upper case.

    >>> read_iban("IBAN : fr76-3000.6000 0112 3456 7890 189")
    'FR7630006000011234567890189'
    """
    if len(value or "") > LONGEST:
        return compact(value)
    joined = _joined(value)
    label = _IBAN_LABEL.match(joined)
    number = (joined[label.end() :] if label else joined).strip(",;")
    return number if number.isascii() and number.isalnum() or valid_iban(number) else compact(value)


def read_bic(value: str | None) -> str:
    """A BIC without blanks, hyphens and the word before it, in upper case; its last three characters stay.

    >>> read_bic("BIC/SWIFT : agri fr pp 882")
    'AGRIFRPP882'
    """
    if len(value or "") > LONGEST:
        return compact(value)
    typed = text(value)
    label = _BIC_LABEL.match(typed)
    for written in (typed[label.end() :] if label else typed, typed):
        # An underscore may stand for a letter that is missing; an IBAN has its key against that.
        if "_" not in written and valid_bic(bic := _joined(written).strip(",;")):
            return bic
    return compact(value)


def same_bic(one: str | None, other: str | None) -> bool:
    """Whether two BICs name the same office: ``XXX`` behind one of 8 characters only says that it is the head office."""
    first, second = (read_bic(bic).removesuffix("XXX") for bic in (one, other))
    return bool(first) and first == second


def read_email(value: str | None) -> str:
    """The address of ``Name <a@b>``, of a link or of the end of a sentence.

    Two addresses come back as they are: which of them is meant is not known.

    >>> read_email("Jeanne Exemple <jeanne@example.com>")
    'jeanne@example.com'
    """
    typed = text(value)
    if len(typed) > LONGEST or valid_email(typed):
        return typed
    head, opened, rest = typed.partition("<")
    inner, closed, tail = rest.partition(">")
    address = typed
    if opened and closed and not tail.strip(" .,;"):
        named = head.strip(" '\"(),;")
        if "@" not in named or named.lower() == inner.strip().lower():
            address = inner
    address = address.strip(" .,;:'\"")
    if address[:7].lower() == "mailto:":
        address = address[7:].strip()
    local, at, domain = (part.strip() for part in address.partition("@"))
    address = f"{local}{at}{domain}"
    return address if valid_email(address) else typed


def read_zip(value: str | None, country_code: str = FRANCE) -> str:
    """A postal code; a French one in 5 digits, with the zero that a spreadsheet has taken for a number's.

    :param country_code: INSEE's. Elsewhere a code of four digits is whole ("1000" in Brussels)

    >>> read_zip("1000"), read_zip("F-37 000"), read_zip("75008 CEDEX 08")
    ('01000', '37000', '75008')
    """
    typed = text(value)
    if country_code != FRANCE or len(typed) > LONGEST:
        return typed
    code = compact(typed).translate(STRAIGHT)
    if found := _FRENCH_ZIP.fullmatch(code):
        return found[1]
    digits = code.translate(_SEPARATORS)
    if _FRENCH_ZIP.fullmatch(digits):
        return digits
    return f"0{digits}" if _SHORT_ZIP.fullmatch(digits) else typed


def read_sap_number(value: str | None) -> str:
    """The declaration's number of a provider, ``SAP`` and 9 digits. Digits alone may be any number of the company.

    >>> read_sap_number("sap 123 456 782"), read_sap_number("N° SAP/123456782")
    ('SAP123456782', 'SAP123456782')
    """
    if len(value or "") > LONGEST:
        return text(value)
    found = _SAP.fullmatch(_joined(value))
    number = f"SAP{found[1]}" if found else ""
    return number if valid_sap_number(number) else text(value)


def read_worker(value: str | None) -> str:
    """Who has done the work: ``SAP`` and 9 digits, or ``SIR`` and 14 (CONTRACT §7.2, complement2).

    >>> read_worker("SIRET 123 456 782 00018")
    'SIR12345678200018'
    """
    if len(value or "") > LONGEST:
        return text(value)
    found = _WORKER.fullmatch(_joined(value))
    number = f"{found[1]}{found[2]}" if found else ""
    return number if valid_worker(number) else text(value)


def read_credential(value: str | None) -> str:
    """A client ID or a secret as it was given: without blanks around and without what nobody sees.

    What stands between its characters stays, also a blank: only who has made it knows.
    """
    return seen(value).strip()
