"""Every reader of what people type takes time in proportion to it, or looks at its beginning: 50,000 characters at most a second.

The pieces repeat what each reader looks for: separators, digits, words of an address, accents without a letter.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from client_helpers import cpu_seconds, customer
from urssaf import formats, signs, typed
from urssaf.birth_place import department_of
from urssaf.builder import build_lines
from urssaf.dates import typed_date
from urssaf.departments import departments_named
from urssaf.lines import SourceLine
from urssaf.rules import check_agreement, check_customer
from urssaf.street import LONGEST_ADDRESS, split_street
from urssaf.street_words import shorten
from urssaf.variants import same_person, variants

LENGTH = 50_000
FEW = ("a", "-", "\u0300\u0316", "le ", "d'", "é ", "\u00ad", "a-")  # for what is many readers in one
PIECES = (
    "a", "1", " ", "-", "'", ",", ".", "é", "\u0300\u0316", "\u00ad", "\u202e", "\u2800", "١", "\ud800", "\n", "(", "<", "@",
    "a ", "1 ", "a-", "a'", "a.", "a@", "<a", "1/", "1-", "0 ", "12 bis ", "rue ", "12 rue X, ", "1 - ", "n° ", "lieu-dit ", "apt 12 ",
    "3e étage ", "chez ", "av.", "l' ", " -bat", "pk 1,", "(a", "afrique du ", "notre-dame ", "grand-", "de la ", "le ", "d'", "née ",
    "IBAN", "BIC ", "BIC/", "FR76", "mailto:", "SAP", "SIR", "CEDEX", "n°:", "+33(0)", "06 ", "17/05/", "mai ", "nee ", "75012<", "|",
    "saint-", "st ", "«", "– ", "_a", "J.F.", "et 1", "1 à ",
)  # fmt: skip
READERS = {
    "seen": signs.seen,
    "text": formats.text,
    "free_text": lambda value: formats.is_free_text(formats.free_text(value)),
    "ascii_name": lambda value: formats.is_name(formats.ascii_name(value)),
    "ascii_first_names": lambda value: formats.is_first_names(formats.ascii_first_names(value)),
    "typed_name": formats.typed_name,
    "compact": formats.compact,
    "mobile": formats.normalize_mobile,
    "valid_email": formats.valid_email,
    "valid_iban": formats.valid_iban,
    "valid_bic": formats.valid_bic,
    "valid_sap_number": formats.valid_sap_number,
    "valid_worker": formats.valid_worker,
    "email": typed.read_email,
    "iban": typed.read_iban,
    "bic": typed.read_bic,
    "same_bic": lambda value: typed.same_bic(value, value),
    "zip": typed.read_zip,
    "sap_number": typed.read_sap_number,
    "worker": typed.read_worker,
    "credential": typed.read_credential,
    "date": lambda value: typed_date(value, date(2026, 10, 5)),
    "department": lambda value: (departments_named(value), department_of(value)),
    "street": split_street,
    "complement": lambda value: split_street("12 rue de la Paix", value),
    "both lines": lambda value: split_street(value, value),
    "shorten": lambda value: shorten(value, 38),
    "agreement": lambda value: check_agreement(date(2026, 10, 5), value, date(2026, 10, 5)),
    "label": lambda value: build_lines([source(value)], Decimal(100), Decimal(100)),
    "variants": lambda value: variants(replace(customer(), birth_name=value, usage_name=value, first_names=value)),
    "same_person": lambda value: same_person(value, value, replace(customer(), birth_name=value, first_names=value)),
}


def source(label):
    return SourceLine(label, Decimal(1), False, "010", Decimal(100), Decimal(100), "SAP123456782")


def is_read_within(most, name, value):
    return cpu_seconds(lambda: READERS[name](value), most) < most


@pytest.mark.parametrize("name", READERS)
def test_fifty_thousand_characters_are_read_within_a_second(name):
    for piece in FEW if name in ("variants", "same_person") else PIECES:
        assert is_read_within(1, name, (piece * LENGTH)[:LENGTH]), piece
    for head, piece, tail in (("12 rue ", "1", " 12"), ("Jeanne <", "a", "@example.com>"), ("de ", "la ", "1")):
        assert is_read_within(1, name, head + (piece * LENGTH)[:LENGTH] + tail), (head, piece)


@pytest.mark.parametrize("name", ["street", "email", "iban", "bic", "zip", "mobile", "date"])
def test_what_is_just_short_enough_to_be_read_is_read_at_once(name):
    """Pairs of pieces, below the length at which the reader stops to look."""
    length = LONGEST_ADDRESS if name == "street" else 100 if name == "date" else signs.LONGEST
    for number, piece in enumerate(PIECES):
        for other in PIECES[number % 7 :: 7]:
            assert is_read_within(0.5, name, ((piece + other) * length)[:length]), (piece, other)


def test_no_word_of_an_endless_address_is_dropped():
    found = split_street("12 rue de la Paix", "Bât. C, " * 5_000)
    assert found.complement.startswith("12 rue de la Paix, Bât. C, Bât. C") and len(found.complement) > 35_000
    assert not (found.number or found.name or found.locality)
    address = replace(
        customer().address, number="", letter="", street_type="", street_name="", complement=found.complement
    )
    codes = [finding.code for finding in check_customer(customer(address=address), date(2026, 10, 5))]
    assert codes == ["address_complement_too_long"]


def test_the_name_of_a_church_at_the_end_is_shortened():
    """Its hyphen is gone then: what is left is no compound word."""
    assert shorten("notre-dame " * 3 + "notre-dame", 10) == "ND ND ND ND"


def test_an_address_of_the_greatest_length_is_still_read():
    street = "12 bis avenue du Général de Gaulle"
    second = ", ".join(["Résidence des Grands Pins", "Bâtiment C", "Escalier B", "3e étage", "Appartement 12"] * 3)
    line = f"{street}\n{second}"[: LONGEST_ADDRESS - 1]
    assert split_street(*line.split("\n")).number == "12"
