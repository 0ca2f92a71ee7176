"""What people type or paste into a field is read as they mean it; what could mean two things is left as it is."""

import sys
import unicodedata
from dataclasses import replace
from datetime import date

import pytest

from client_helpers import customer
from urssaf.dates import past_birth, typed_date
from urssaf.formats import ascii_name, compact, free_text, is_free_text, is_name, text, typed_name
from urssaf.rules import check_customer
from urssaf.signs import APOSTROPHES, BACKWARDS, BLANKS, DASHES, seen
from urssaf.street import split_street
from urssaf.typed import (
    read_bic,
    read_credential,
    read_email,
    read_iban,
    read_sap_number,
    read_worker,
    read_zip,
    same_bic,
)

TODAY = date(2026, 10, 5)
INVISIBLE = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"]
INVISIBLE.remove(BACKWARDS)
SPACES = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Zs"]
IBAN = "FR7630006000011234567890189"


# --- signs ----------------------------------------------------------------------------------------------------------


def test_no_invisible_sign_is_left_anywhere():
    assert {"\xad", "\ufeff", "\u200b", "\u200e", "\u202a", "\u2060"} < set(INVISIBLE)
    for sign in INVISIBLE:
        typed = f"{sign}Du{sign}pont {sign} Petit{sign}"
        for read in (seen, text, free_text, ascii_name, typed_name):
            assert " ".join(read(typed).split()) == "Dupont Petit", hex(ord(sign))
        assert compact(typed) == "DUPONTPETIT"


def test_what_is_read_backwards_is_refused():
    """Shown as "Exemple": without the sign nobody would have seen what is sent."""
    typed = f"{BACKWARDS}elpmexE"
    assert not is_name(ascii_name(typed)) and not is_free_text(free_text(typed))
    assert read_iban(f"{BACKWARDS}{IBAN}") != IBAN and read_email(f"{BACKWARDS}jeanne@example.com")[0] == BACKWARDS


@pytest.mark.parametrize("blank", [*SPACES, *BLANKS, "\t", "\n", "\r\n", "\x0b", "\u2028", "\x85"])
def test_every_blank_is_a_blank(blank):
    typed = f"{blank}Le{blank}{blank}Bris{blank}"
    assert text(typed) == free_text(typed) == ascii_name(typed) == typed_name(typed) == "Le Bris"
    assert compact(typed) == "LEBRIS"


@pytest.mark.parametrize("sign", APOSTROPHES)
def test_every_apostrophe_is_one(sign):
    assert ascii_name(f"L{sign}Hôte") == "L'Hote"
    assert typed_name(f"L{sign}Hôte") == "L'Hôte"
    assert is_free_text(free_text(f"Rue de l{sign}Étang"))
    street = split_street(f"12 rue de l{sign}Étang")
    assert (street.number, street.street_type, street.name.replace("’", "'").replace("‘", "'")) == (
        "12",
        "R",
        "de l'Étang",
    )


@pytest.mark.parametrize("sign", DASHES)
def test_every_dash_is_one(sign):
    assert ascii_name(f"Dupont{sign}Durand") == "Dupont-Durand"
    assert typed_name(f"Zoé{sign}Anaïs") == "Zoé-Anaïs"
    assert is_free_text(free_text(f"Bât. C {sign} 2e étage"))
    assert read_iban(f"FR76{sign}3000{sign}6000011234567890189") == IBAN


def test_signs_of_another_meaning_stay():
    """A low quotation mark is a comma for who reads it, and a dash of Japanese is a long vowel."""
    for name in ("L‚Hôte", "Dupontー", "Dupont_Durand", "Dupont.Durand", "L\"Hôte", "Dupont/Durand"):
        assert not is_name(ascii_name(name)), name


def test_what_a_letter_box_may_show_leaves_as_it_was_typed():
    assert free_text("Bât. C – l’Étang, n° 3…") == "Bât. C – l’Étang, n° 3…"
    assert free_text("Saint‑Cyr, l′Étang") == "Saint-Cyr, l'Étang"


# --- IBAN and BIC ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "FR76 3000 6000 0112 3456 7890 189", "fr7630006000011234567890189", "FR76.3000.6000.0112.3456.7890.189",
        "FR76-3000-6000-0112-3456-7890-189", "FR76–3000–6000 0112 3456 7890 189", "IBAN : FR76 3000 6000 0112 3456 7890 189",
        "IBAN FR76 3000 6000 0112 3456 7890 189", "iban:FR7630006000011234567890189", "IBANFR7630006000011234567890189",
        "Code IBAN : FR76 3000 6000 0112 3456 7890 189", "N° IBAN FR76 3000 6000 0112 3456 7890 189",
        "IBAN n° FR76 3000 6000 0112 3456 7890 189", "FR76\u00a03000\u202f6000\u20090112 3456 7890 189",
        "\ufeffFR76 3000 6000 0112 3456 7890 189\u200b", "FR76 3000 6000 0112 3456 7890 189.", "FR76_3000_6000_0112_3456_7890_189",
        "FR76/3000/6000/0112/3456/7890/189", "FR76\t3000\n6000 0112 3456 7890 189,",
    ],
)  # fmt: skip
def test_an_iban_as_it_is_pasted(typed):
    assert read_iban(typed) == IBAN
    account = replace(customer().bank_account, iban=typed)
    subject = customer(bank_account=account)
    assert not check_customer(subject, TODAY)
    assert subject.to_dict()["coordonneeBancaire"]["iban"] == IBAN


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("FR76 3000 6000 0112 3456 7890", "FR7630006000011234567890"),  # three are missing: nothing is made up
        ("FR76 3000 6000 O112 3456 7890 189", "FR7630006000O11234567890189"),  # the letter O is told, not guessed
        ("30006 00001 12345678901 89", "30006000011234567890189"),  # a RIB
        ("FR76 3000 6000 0112 3456 7890 189 FR76", "FR7630006000011234567890189FR76"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("FR76 * 189", "FR76*189"),
        ("FR76-3000.*-189", "FR76-3000.*-189"),  # what stands there cannot be read: all of it stays as it was typed
        ("", ""),
        (None, ""),
    ],
)  # fmt: skip
def test_no_iban_is_made_up(typed, read):
    assert read_iban(typed) == read


@pytest.mark.parametrize(
    ("typed", "bic"),
    [
        ("AGRIFRPP882", "AGRIFRPP882"), ("agri fr pp 882", "AGRIFRPP882"), ("AGRI-FR-PP-882", "AGRIFRPP882"),
        ("AGRIFRPP", "AGRIFRPP"), ("AGRIFRPPXXX", "AGRIFRPPXXX"), ("BIC : AGRIFRPP882", "AGRIFRPP882"),
        ("BIC AGRIFRPP", "AGRIFRPP"), ("Code BIC : AGRI FRPP", "AGRIFRPP"), ("BIC/SWIFT : AGRIFRPP882", "AGRIFRPP882"),
        ("BIC (SWIFT) : AGRIFRPP882", "AGRIFRPP882"), ("swift: agrifrpp882", "AGRIFRPP882"), ("AGRIFRPP882.", "AGRIFRPP882"),
        ("\u200eAGRIFRPP882", "AGRIFRPP882"),
        # Banks that are called so
        ("BICIGNGX", "BICIGNGX"), ("BICICIAB", "BICICIAB"), ("BICI SN DX XXX", "BICISNDXXXX"),
        ("BIC", "BIC"), ("AGRIFRP", "AGRIFRP"), ("AGRIFRPP___", "AGRIFRPP___"), ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_bic_as_it_is_pasted(typed, bic):
    assert read_bic(typed) == bic


def test_the_head_office_has_two_writings():
    assert same_bic("AGRIFRPPXXX", "agrifrpp") and same_bic("AGRIFRPP882", "AGRI FRPP 882")
    assert not same_bic("AGRIFRPP", "AGRIFRPP882") and not same_bic("", "") and not same_bic(None, "AGRIFRPP")


# --- e-mail ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "jeanne@example.com", " jeanne@example.com\u00a0", "Jeanne Exemple <jeanne@example.com>", "<jeanne@example.com>",
        '"Exemple, Jeanne" <jeanne@example.com>', "jeanne@example.com <jeanne@example.com>", "mailto:jeanne@example.com",
        "Jeanne <mailto:jeanne@example.com>", "jeanne@example.com.", "jeanne@example.com;", "jeanne @ example.com",
        "\ufeffjeanne@exam\u00adple.com", "Jeanne< jeanne@example.com >;", "'jeanne@example.com'",
    ],
)  # fmt: skip
def test_the_address_in_what_is_pasted(typed):
    assert read_email(typed) == "jeanne@example.com"
    subject = customer(email=typed)
    assert not check_customer(subject, TODAY)
    assert subject.to_dict()["adresseMail"] == "jeanne@example.com"


@pytest.mark.parametrize(
    "typed",
    [
        "jeanne@example.com, paul@example.com", "Jeanne <jeanne@example.com>, Paul <paul@example.com>", "jeanne exemple@example.com",
        "jeanne@example", "jeanne", "Jeanne <jeanne>", "paul@example.com <jeanne@example.com>", "jeanne@example,com",
        "jeanne@exa mple.com", "jeanne@example.com (bureau)", "jeanne@@example.com",
    ],
)  # fmt: skip
def test_what_is_no_single_address_stays(typed):
    assert read_email(typed) == typed
    assert [finding.code for finding in check_customer(customer(email=typed), TODAY)] == ["email_invalid"]


def test_the_letters_of_an_address_keep_their_case():
    assert read_email("Jeanne.EXEMPLE@Example.com") == "Jeanne.EXEMPLE@Example.com"


# --- postal codes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("37000", "37000"), ("37 000", "37000"), ("37\u00a0000", "37000"), ("F-37000", "37000"), ("FR-37000", "37000"),
        ("F 37000", "37000"), ("1000", "01000"), ("1 000", "01000"), ("1.000", "01000"), ("9800", "09800"), ("01000", "01000"),
        ("75008 CEDEX 08", "75008"), ("37000 Cedex", "37000"), ("\u200b37000", "37000"), ("97411", "97411"),
        # Not one thing for sure
        ("100", "100"), ("0100", "0100"), ("370000", "370000"), ("2A004", "2A004"), ("37000 Tours", "37000 Tours"),
        ("D-37073", "D-37073"), ("B-1000", "B-1000"), ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_postal_code(typed, code):
    assert read_zip(typed) == code


def test_elsewhere_four_digits_are_a_whole_code():
    for country in ("99131", "99140", ""):  # Belgium, Switzerland
        assert read_zip("1000", country) == "1000"
    assert read_zip(" L-1234 ", "99137") == "L-1234"


def test_the_zero_is_sent_where_the_commune_says_so():
    """3700 may also be 37000 cut short: without a commune of that department it is told."""
    ain = replace(customer().address, zip_code="1000", commune_code="01053", city_name="Bourg-en-Bresse")
    assert customer(address=ain).to_dict()["adressePostale"]["codePostal"] == "01000"
    assert not check_customer(customer(address=ain), TODAY)
    tours = replace(ain, zip_code="3700", commune_code="37261", city_name="Tours")
    assert [finding.code for finding in check_customer(customer(address=tours), TODAY)] == ["zip_invalid"]


# --- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("SAP123456782", "SAP123456782"), ("sap 123 456 782", "SAP123456782"), ("SAP\u00a0123\u202f456\u00a0782", "SAP123456782"),
        ("SAP/123456782", "SAP123456782"), ("SAP-123456782", "SAP123456782"), ("N° SAP123456782", "SAP123456782"),
        ("SAP n° 123 456 782", "SAP123456782"), ("SAP : 123456782", "SAP123456782"), ("123 456 782", "123 456 782"),
        ("\ufeffSAP123456782", "SAP123456782"), ("SAP.123.456.782", "SAP123456782"),
        ("SAP12345678", "SAP12345678"), ("SAP1234567820", "SAP1234567820"), ("SIR12345678200018", "SIR12345678200018"),
        ("SAP12345678O", "SAP12345678O"), ("N/250113/F/054/S/012", "N/250113/F/054/S/012"), ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_sap_number(typed, number):
    assert read_sap_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("sap 123 456 782", "SAP123456782"), ("SIR 123 456 782 00018", "SIR12345678200018"),
        ("SIRET 123 456 782 00018", "SIR12345678200018"), ("SIRET : 12345678200018", "SIR12345678200018"),
        # Digits alone may be either, and SAP has no 14
        ("123456782", "123456782"), ("12345678200018", "12345678200018"), ("SAP12345678200018", "SAP12345678200018"),
        ("SIR123456782", "SIR123456782"), ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_worker(typed, number):
    assert read_worker(typed) == number


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 3f2a-11 ", "3f2a-11"), ("\ufeff3f2a-11\u200b", "3f2a-11"), ("3f2a-11\r\n", "3f2a-11"), ("\u00a03f2a\u00ad-11", "3f2a-11"),
        ("3f2a 11", "3f2a 11"), ("a  b", "a  b"), ("é'–\"", "é'–\""), ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_credential_loses_nothing_but_what_is_around(typed, read):
    assert read_credential(typed) == read


# --- dates ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("17/05/84", date(1984, 5, 17)), ("17.5.84", date(1984, 5, 17)), ("170584", date(1984, 5, 17)), ("17 mai 84", date(1984, 5, 17)),
        ("050151", date(1951, 1, 5)), ("5/1/51", date(1951, 1, 5)), ("le 1er janv. 51", date(1951, 1, 1)), ("née le 5-1-51", date(1951, 1, 5)),
        ("06/10/26", date(1926, 10, 6)),  # tomorrow, or ninety-nine years old
        ("05/10/08", date(2008, 10, 5)),  # of age today
        ("01/01/00", date(2000, 1, 1)), ("29/02/52", date(1952, 2, 29)), ("29/02/00", date(2000, 2, 29)),
        ("17‑05‑84", date(1984, 5, 17)), ("\u200e17/05/84", date(1984, 5, 17)), ("１７/０５/８４", date(1984, 5, 17)),
        ("17/05/1984", date(1984, 5, 17)), ("17051984", date(1984, 5, 17)), ("1984-05-17", date(1984, 5, 17)),
        ("05/01/1921", date(1921, 1, 5)), ("05/01/2051", date(2051, 1, 5)),  # four digits are taken as they are, and told
        # A child or somebody of more than a hundred: nobody knows
        ("06/10/08", None), ("17/05/12", None), ("05/10/26", None), ("01/01/26", None), ("17/05/20", None),
        # No day
        ("31/02/84", None), ("84-05-17", None), ("05/17/84", None), ("1/1/151", None), ("17/05", None), ("17/05/8", None),
        ("0501511", None), ("05015", None), ("", None), ("demain", None), ("29/02/51", None),
    ],
)  # fmt: skip
def test_a_day_of_birth(typed, day):
    assert typed_date(typed, TODAY) == day


def test_a_year_of_two_digits_is_never_to_come():
    for year in range(100):
        for month, number in ((1, 1), (10, 4), (10, 5), (10, 6), (12, 31)):
            day = typed_date(f"{number:02}/{month:02}/{year:02}", TODAY)
            if day:
                age = TODAY.year - day.year - ((TODAY.month, TODAY.day) < (day.month, day.day))
                assert 18 <= age <= 99 and day.year % 100 == year
    assert typed_date("05/01/51") == date(1951, 1, 5), "by default the day of the clock"


def test_a_calendar_that_completes_a_year_the_wrong_way_is_corrected():
    assert past_birth(date(2051, 1, 5), TODAY) == date(1951, 1, 5)
    assert past_birth(date(2026, 10, 6), TODAY) == date(1926, 10, 6)
    for day in (date(1951, 1, 5), TODAY, date(2012, 5, 17), date(2126, 10, 6), date(9999, 12, 31), date(1, 1, 1)):
        assert past_birth(day, TODAY) == day


# --- five that nobody gave us ----------------------------------------------------------------------------------------


def test_five_more():
    """As they come out of a word processor, an address book, a bank's page, a spreadsheet and a scanned form."""
    assert ascii_name("\u2066N´Guyen\u2069\u00a0–\u00a0LE\u202fGOFF") == "N'Guyen - LE GOFF"
    assert read_email("\u201cExemple Jeanne\u201d <Jeanne.Exemple@example.com>;") == "Jeanne.Exemple@example.com"
    assert read_iban("Iban\u00a0:\u202fFR76\u20073000\u20076000\u20070112\u20073456\u20077890\u2007189") == IBAN
    assert typed_date("17 / 05 / 84", TODAY) == typed_date("17 MAI 84", TODAY) == date(1984, 5, 17)
    street = split_street("\ufeff12\u202fbis,\u00a0rue de l\u02bcÉglise\u200b\u00a0‑\u00a0Bât\u00ad. B")
    assert (street.number, street.letter, street.street_type, street.name, street.complement) == (
        "12", "B", "R", "de l'Église", "Bât. B")  # fmt: skip
