"""The BIC of a French IBAN, from its bank's code (data/bics.csv)."""

import csv
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stdnum.iso7064 import mod_97_10

from urssaf.bic import FILE, bank_of, bic_of
from urssaf.formats import valid_bic, valid_iban

ROOT = Path(__file__).parent.parent.parent


def iban(bank_code, country="FR", account="00001", number="00000000000"):
    """A valid IBAN of an account that nobody has: its keys are calculated, and it is all zeros."""
    basic = f"{bank_code}{account}{number}{key(bank_code, account, number)}"
    check = mod_97_10.calc_check_digits(f"{basic}{country}")
    return f"{country}{check}{basic}"


def key(bank_code, account, number):
    return f"{97 - (89 * int(bank_code) + 15 * int(account) + 3 * int(number)) % 97:02}"


def rows():
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.mark.parametrize(
    ("bank_code", "bic"),
    [
        ("30004", "BNPAFRPP"), ("30003", "SOGEFRPP"), ("20041", "PSSTFRPP"), ("10278", "CMCIFR2A"), ("18206", "AGRIFRPP882"),
        ("30006", "AGRIFRPP"), ("30002", "CRLYFRPP"), ("30066", "CMCIFRPP"), ("30056", "CCFRFRPP"), ("40618", "BOUSFRPP"),
        ("16958", "QNTOFRP1"), ("28233", "REVOFRP2"), ("42559", "CCOPFRPP"),
        # Regional banks that share the first 8 characters: the branch of this one
        ("17515", "CEPAFRPP751"), ("14505", "CEPAFRPP450"), ("10207", "CCBPFRPPMTG"), ("13507", "CCBPFRPPLIL"), ("14806", "AGRIFRPP848"),
        ("19906", "AGRIRERX"),  # La Réunion
        # The directory names two banks, or none
        ("18719", ""), ("30438", ""), ("12739", ""), ("99999", ""),
    ],
)  # fmt: skip
def test_known_banks(bank_code, bic):
    number = iban(bank_code)
    assert valid_iban(number)
    assert bic_of(number) == bic
    spaced = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
    assert bic_of(f"IBAN : {spaced.lower()}") == bic
    assert (bank_of(number) is None) == (not bic)


def test_the_bank_has_a_name():
    assert bank_of(iban("20041")).name == "LA BANQUE POSTALE"
    assert bank_of(iban("17515")).name == "CAISSE D'EPARGNE ET DE PREVOYANCE ILE-DE-FRANCE"


def test_monaco_has_its_own():
    assert bic_of(iban("30003", "MC")) == "SOGEMCM1"
    assert bic_of(iban("30004", "MC")) == "", "the code of a French bank is not that of its house in Monaco"


def test_nothing_is_said_of_what_is_no_french_iban():
    good = iban("30004")
    for typed in (
        "",
        None,
        "FR",
        good[:-1],
        good + "0",
        "FR00" + good[4:],
        "DE89370400440532013000",
        "30004",
        "X" * 50_000,
    ):
        assert bic_of(typed) == "", typed
        assert bank_of(typed) is None


def test_every_row_of_the_table_is_sane():
    table = rows()
    assert len(table) > 200
    assert len({(row["country"], row["bank_code"]) for row in table}) == len(table), "one BIC for each code"
    for row in table:
        assert row["country"] in ("FR", "MC")
        assert len(row["bank_code"]) == 5 and row["bank_code"].isdigit() and row["bank_code"].isascii(), row
        assert valid_bic(row["bic"]) and len(row["bic"]) in (8, 11) and row["bic"].isupper(), row
        assert not row["bic"].endswith("XXX"), row
        assert row["name"] == " ".join(row["name"].split()) and row["name"], row
    assert table == sorted(table, key=lambda row: (row["country"], row["bank_code"]))


def test_source_and_licence_go_with_the_table():
    head = FILE.read_text(encoding="utf-8").split("country,")[0]
    assert "schwifty" in head and "MIT" in head and "Copyright" in head


def test_the_table_is_read_once():
    bic_of(iban("30004"))
    number, started = iban("30003"), time.process_time()
    for _number in range(10_000):
        bic_of(number)
    assert time.process_time() - started < 2


def entry(bic, name, code="30004"):
    return {"country_code": "FR", "bank_code": code, "bic": bic, "name": name, "primary": True}


def test_what_is_chosen_where_a_code_has_several():
    sys.path.insert(0, str(ROOT / "dev"))
    try:
        from build_bics import choose
    finally:
        sys.path.pop(0)
    assert choose([entry("AAAAFRPPXXX", "A")]) == ("AAAAFRPP", "A")
    assert choose([entry("AAAAFRPP123", "A")]) == ("AAAAFRPP123", "A")
    assert choose([entry("AAAAFRPPLYO", "A"), entry("AAAAFRPPXXX", "A"), entry("AAAAFRPP", "A")]) == ("AAAAFRPP", "A")
    assert choose([entry("AAAAFRPPXXX", "A OUEST"), entry("AAAAFRPP751", "A EST")]) == ("AAAAFRPP751", "A EST")
    assert choose([entry("AAAAFRPP", "A"), entry("AAAAFRPP1XX", "B"), entry("AAAAFRPP2XX", "C")]) == ("AAAAFRPP", "A")
    assert choose([entry("AAAAFRPP1XX", "B"), entry("AAAAFRPP2XX", "C")]) is None
    assert choose([entry("AAAAFRPP", "A"), entry("BBBBFRPP", "B")]) is None
    assert choose([entry("AAAAFRPP", "A"), entry("AAAAFRPPXXX", "A"), entry("BBBBFRPP", "B")]) == ("AAAAFRPP", "A")


def test_the_script_says_how_it_is_called():
    done = subprocess.run(
        [sys.executable, ROOT / "dev" / "build_bics.py", "--help"], capture_output=True, text=True, check=True
    )
    assert "--registry" in done.stdout
