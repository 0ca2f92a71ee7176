"""Whatever is typed into a field of M010: a finding that points at it, or nothing of it is sent (CONTRACT §5)."""

import csv
import gzip
import json
import time
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from client_helpers import customer
from urssaf.formats import free_text, is_free_text
from urssaf.rules import check_customer

TODAY = date(2026, 10, 5)
COMMUNES = Path(__file__).parent.parent.parent / "data" / "insee_communes.csv.gz"

# Where a value goes, the field that its finding must point at, and whether it may be empty.
FIELDS = {
    "civility": ("urssaf_civility", False),
    "birth_name": ("urssaf_birth_name", False),
    "usage_name": ("urssaf_usage_name", True),
    "first_names": ("urssaf_first_names", False),
    "mobile": ("urssaf_mobile", False),
    "email": ("email", False),
    "birth_place.country_code": ("urssaf_birth_country_id", False),
    "birth_place.department": ("urssaf_birth_commune_id", False),
    "birth_place.commune_code": ("urssaf_birth_commune_id", False),
    "birth_place.commune_name": ("urssaf_birth_commune_id", False),
    "address.number": ("urssaf_street_number", True),
    "address.letter": ("urssaf_street_letter", True),
    "address.street_type": ("urssaf_street_type", False),
    "address.street_name": ("urssaf_street_name", False),
    "address.complement": ("urssaf_address_complement", True),
    "address.locality": ("urssaf_address_locality", True),
    "address.city_name": ("urssaf_commune_id", False),
    "address.commune_code": ("urssaf_commune_id", False),
    "address.zip_code": ("zip", False),
    "bank_account.iban": ("urssaf_iban", False),
    "bank_account.bic": ("urssaf_bic", False),
    "bank_account.holder": ("urssaf_bank_holder", False),
}
EMPTY = {"none": None, "empty": "", "spaces": "   ", "no-break spaces": "\u00a0\u2003\u202f"}
BAD = {
    "too long": "A" * 300,
    "endless": "A" * 100_000,
    "cyrillic": "Иван",
    "look-alike": "Pаris",  # its second letter is Cyrillic
    "greek": "Αθήνα",
    "chinese": "巴黎",
    "arabic": "محمد",
    "hebrew": "ישראל",
    "arabic digits": "٠٦٣٩٩٨٠٠٠١",
    "full width": "Ｐａｒｉｓ",
    "nul": "Ab\x00cd",
    "bell": "Ab\x07cd",
    "escape": "\x1b[31mAb",
    "delete": "Ab\x7fcd",
    "c1 control": "Ab\x9bcd",
    "emoji": "Ab 🏠",
    "joined emoji": "👩‍👩‍👧 Ab",
    "flag": "Ab 🇫🇷",
    "right-to-left override": "Ab\u202ecd",  # shown as "Abdc"
    "variation selector": "Ab\ufe0f",
    "private use": "Ab\ue000",
    "not a character": "Ab\uffff",
    "lone surrogate": "Ab\ud800",
    "replacement character": "Ab\ufffd",
}
# What comes along when a text is copied, and nobody sees.
INVISIBLE = {
    "left-to-right embedding": "\u202a",
    "isolate": "\u2067",
    "right-to-left mark": "\u200f",
    "left-to-right mark": "\u200e",
    "arabic letter mark": "\u061c",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "tag": "\U000e0041",
}
CHOSEN = {"civility", "birth_place.country_code", "birth_place.department", "birth_place.commune_code"}  # from lists
GOOD = {"usage_name": "Modèle", "address.number": "12", "address.letter": "B", "address.locality": "Le Bourg",
        "address.complement": "Bât. C"}  # fmt: skip


def with_value(path, value):
    subject, *inner = path.split(".")
    if inner:
        return customer(**{subject: replace(getattr(customer(), subject), **{inner[0]: value})})
    return customer(**{subject: value})


def is_unseen(char):
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def errors(subject):
    found = [finding for finding in check_customer(subject, TODAY) if finding.level == "error"]
    return {finding.field for finding in found}


@pytest.mark.parametrize("path", FIELDS)
def test_every_bad_value_is_a_finding_at_its_field(path):
    field, may_be_empty = FIELDS[path]
    assert errors(customer()) == set(), "the example itself is good"
    for name, value in BAD.items():
        if name == "full width" and path in ("birth_name", "usage_name", "first_names"):
            continue  # names have a Latin form, which is sent: see below
        assert field in errors(with_value(path, value)), name
    for name, value in EMPTY.items():
        if may_be_empty:
            subject = with_value(path, value)
            assert errors(subject) == set(), name
            assert "" not in json.loads(json.dumps(subject.to_dict())).values(), name
        elif path.startswith("address.street_"):
            assert errors(with_value(path, value)) & {"urssaf_street_type", "urssaf_street_name"}, name
        else:
            assert field in errors(with_value(path, value)), name


def good_value(path):
    subject, *inner = path.split(".")
    good = getattr(customer(), subject)
    return (getattr(good, inner[0]) if inner else good) or GOOD.get(path, "12")


@pytest.mark.parametrize("path", sorted(FIELDS.keys() - CHOSEN))
def test_what_nobody_sees_is_left_out(path):
    """At the beginning, the end and within a value: it is sent as if it had not been there."""
    good = good_value(path)
    expected = with_value(path, good).to_dict()
    assert not errors(with_value(path, good)), "the example itself is good"
    for name, sign in INVISIBLE.items():
        for value in (sign + good, good + sign, good[:1] + sign + good[1:], f" \u00a0{sign} {good}\u202f\u2800"):
            assert not errors(with_value(path, value)), (name, value)
            assert with_value(path, value).to_dict() == expected, (name, value)


@pytest.mark.parametrize("path", FIELDS)
def test_no_unseen_character_is_ever_sent(path):
    """One at a time, at every place of a good value: refused, or nothing of it is left in what is sent."""
    unseen = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x61C, *range(0x200B, 0x2010),
                                     *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xE0001)]  # fmt: skip
    subject, *inner = path.split(".")
    good = getattr(customer(), subject)
    good = (getattr(good, inner[0]) if inner else good) or "12"
    for char in unseen:
        for value in (char + good, good[:1] + char + good[1:], good + char):
            tried = with_value(path, value)
            if not errors(tried):
                sent = json.dumps(tried.to_dict(), ensure_ascii=False)
                assert not any(map(is_unseen, sent)), (path, hex(ord(char)))


def test_dates_nobody_is_born_on():
    for day in (date(2026, 10, 6), date(9999, 12, 31), date(1896, 10, 5), date(1, 1, 1)):
        assert errors(customer(birth_date=day)) == {"urssaf_birth_date"}, day
    for day in (date(2026, 10, 5), date(1896, 10, 6)):
        assert not errors(customer(birth_date=day)), day


def test_a_name_of_full_width_letters_is_sent_in_plain_ones():
    assert customer(birth_name="Ｐａｒｉｓ").to_dict()["nomNaissance"] == "Paris"


def test_what_french_addresses_have_is_accepted():
    for value in ("Bât. C – 2e étage", "n° 3, l’Étang (gauche)", "Cœur d'Ÿ & Cie / B:2", "Zuñiga-Łuk"):
        assert is_free_text(value), value
        assert not errors(with_value("address.complement", value)), value
    decomposed = unicodedata.normalize("NFD", "Résidence Été")
    subject = with_value("address.complement", decomposed)
    assert not errors(subject)
    assert subject.to_dict()["adressePostale"]["complement"] == "Résidence Été", "accents leave in one piece"


def test_the_names_of_all_communes_are_accepted():
    with gzip.open(COMMUNES, "rt", encoding="utf-8", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file)}
    assert len(names) > 30_000
    assert [name for name in names if not is_free_text(free_text(name))] == []


def test_checks_take_time_in_proportion_to_the_text():
    def seconds(length):
        started = time.process_time()
        for path in FIELDS:
            for piece in ("A", "' ", "é", "\u202e", "a.", "0"):
                errors(with_value(path, piece * length))
        return time.process_time() - started

    short, long = seconds(20_000), seconds(200_000)
    assert long < 40 * max(short, 0.05), (short, long)
