"""A birth place is sent in the codes of the day of birth (CONTRACT §5.1); the shipped table is sound."""

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest

from urssaf.birth_place import (
    FORMER_COUNTRIES,
    INDEPENDENCE,
    Commune,
    birth_place,
    commune_on,
    department_name,
    department_of,
    other_birth_places,
    read_history,
    was_independent,
)
from urssaf.departments import departments_named
from urssaf.formats import FRANCE, valid_commune_code
from urssaf.payloads import BirthPlace

DATA = Path(__file__).parent.parent.parent / "data"
BOULOGNE = Commune("92012", "Boulogne-Billancourt", "75012<1968-01-01")
CHATEAUFORT = Commune("78143", "Châteaufort", "78143<1968-01-01|91143<1969-11-29")


@pytest.fixture(name="table", scope="module")
def shipped_table():
    with gzip.open(DATA / "insee_communes.csv.gz", "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize(
    ("commune", "day", "expected"),
    [
        (BOULOGNE, None, "92012"),
        (BOULOGNE, date(1967, 12, 31), "75012"),
        (BOULOGNE, date(1968, 1, 1), "92012"),
        (CHATEAUFORT, date(1950, 1, 1), "78143"),
        (CHATEAUFORT, date(1969, 11, 28), "91143"),
        (CHATEAUFORT, date(1969, 11, 29), "78143"),
        (Commune("74011", "Annecy-le-Vieux", successor=Commune("74010", "Annecy")), date(2020, 1, 1), "74011"),
        (Commune("74011", "A", "", Commune("74010", "Annecy"), date(2017, 1, 1)), date(2017, 1, 1), "74010"),
        (Commune("74011", "A", "", Commune("74010", "Annecy"), date(2017, 1, 1)), date(2016, 12, 31), "74011"),
    ],
)
def test_the_code_of_a_day(commune, day, expected):
    assert commune_on(commune, day)[0] == expected


def test_the_name_of_a_day():
    evry = Commune("91228", "Évry-Courcouronnes", "78228<1968-01-01=Évry|91228<2018-01-01=Évry")
    assert commune_on(evry, date(1960, 1, 1)) == ("78228", "Évry")
    assert commune_on(evry, date(1990, 1, 1)) == ("91228", "Évry")
    assert commune_on(evry, date(2020, 1, 1)) == ("91228", "Évry-Courcouronnes")


def test_abroad_the_country_alone():
    assert birth_place("99352", BOULOGNE, date(1960, 1, 1)) == BirthPlace("99352")
    assert birth_place(None, None, None) == BirthPlace("")
    assert birth_place(FRANCE, None, date(1960, 1, 1)) == BirthPlace(FRANCE)


def test_a_code_that_cannot_be_split_is_left_to_the_rules():
    assert birth_place(FRANCE, Commune("9201", "X"), None).department is None


def test_a_history_that_cannot_be_read_is_an_error():
    for text in ("75012", "75012<1968", "75012<1968-01-01|", "7501<1968-01-01"):
        if text.endswith("|"):
            assert len(read_history(text)) == 1
            continue
        with pytest.raises(ValueError, match="history"):
            read_history(text)


def test_others_to_try_are_never_what_was_sent():
    for country, commune, day in (
        (FRANCE, BOULOGNE, date(1960, 1, 1)), (FRANCE, BOULOGNE, date(1980, 1, 1)), (FRANCE, CHATEAUFORT, None),
        (FRANCE, Commune("97411", "Saint-Denis"), date(1980, 1, 1)), ("99116", None, date(1980, 1, 1)),
        (FRANCE, None, None), ("", None, None),
    ):  # fmt: skip
        sent = birth_place(country, commune, day)
        others = other_birth_places(country, commune, day)
        assert sent not in others
        assert len(set(others)) == len(others)
    assert other_birth_places("99116", None, date(1995, 1, 1)) == []


def test_departments_have_the_name_of_the_day():
    assert department_name("75", date(1967, 1, 1)) == "Seine"
    assert department_name("75", date(1968, 1, 1)) == "Paris"
    assert department_name("78", date(1950, 1, 1)) == "Seine-et-Oise"
    assert department_name("20") == "Corse"
    assert department_name("985") == "Mayotte"
    assert department_name("00") == ""
    assert departments_named("CÔTES-DU-NORD") == ["22"]
    assert departments_named("Nulle part") == []


def test_independence():
    assert not was_independent("99352", date(1962, 7, 4))
    assert was_independent("99352", date(1962, 7, 5))
    assert was_independent("99131", date(1900, 1, 1))


def test_country_codes_of_the_tables_are_insee_s():
    with open(DATA / "insee_countries.csv", encoding="utf-8", newline="") as text:
        codes = {row["insee_code"] for row in csv.DictReader(text)}
    assert codes >= set(INDEPENDENCE) | set(FORMER_COUNTRIES)
    former = {code for changes in FORMER_COUNTRIES.values() for code, _until in changes}
    assert not former & codes, "a former code that is one of today would be no other code to try"


def test_every_row_of_the_shipped_table_can_be_sent(table):
    today = {row["code"]: row for row in table if row["kind"] != "former"}
    assert len(today) > 34900
    former = [row for row in table if row["kind"] == "former"]
    assert len(former) > 3900
    assert len({(row["code"], row["name"]) for row in former}) == len(former)
    for row in table:
        codes = [row["code"], *(code for code, _until, _name in read_history(row["history"]))]
        for code in codes:
            assert valid_commune_code(code), row
            assert department_name(department_of(code)), row
        untils = [until for _code, until, _name in read_history(row["history"])]
        assert untils == sorted(untils), row
        assert 1 <= len(row["name"]) <= 50, row
        assert ";" not in row["name"], row
        assert (row["kind"] == "former") == bool(row["successor"]) == bool(row["valid_until"]), row
        assert row["existed_before"] < (row["valid_until"] or "9999"), row
    assert all(row["successor"] in today for row in former)


def test_the_great_reforms_are_complete(table):
    """Every commune of the departments that were divided has its older code, but for those that did not change it."""
    rows = {row["code"]: read_history(row["history"]) for row in table if row["kind"] in ("commune", "district")}
    for department, older in (
        ("2A", "20"),
        ("2B", "20"),
        ("92", "7"),
        ("93", "7"),
        ("94", "7"),
        ("95", "78"),
        ("91", "78"),
    ):
        without = [
            code
            for code, history in rows.items()
            if code.startswith(department) and not any(old.startswith(older) for old, _until, _name in history)
        ]
        # A few communes were made later, out of others.
        assert len(without) <= 3, (department, without)


def test_it_weighs_little():
    assert (DATA / "insee_communes.csv.gz").stat().st_size < 1_000_000
