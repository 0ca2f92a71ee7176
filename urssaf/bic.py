"""The BIC that goes with a French IBAN: its bank's code says it, so that nobody has to type both.

Known for two hundred codes (``data/bics.csv``, built by ``dev/build_bics.py``). It is a proposal, shown and correctable: a bank may
give its customers the BIC of one of its branches.
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .formats import valid_iban
from .typed import read_iban

FILE = Path(__file__).resolve().parent.parent / "data" / "bics.csv"


class Bank(NamedTuple):
    """A bank as its directory has it: BIC of 8 or 11 characters, name in capitals."""

    bic: str
    name: str


@cache
def _banks() -> dict[tuple[str, str], Bank]:
    """All known banks, by country of the IBAN and bank code. Read once."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {(row["country"], row["bank_code"]): Bank(row["bic"], row["name"]) for row in rows}


def bank_of(iban: str | None) -> Bank | None:
    """The bank that holds an account; None when it is not known, or the IBAN is not a valid one of France or Monaco.

    :param iban: as people type it
    """
    number = read_iban(iban)
    return _banks().get((number[:2], number[4:9])) if valid_iban(number) else None


def bic_of(iban: str | None) -> str:
    """The BIC of the bank that holds an account, '' when it is not known.

    >>> bic_of("FR76 3000 3000 0000 0000 0000 032"), bic_of("DE89 3704 0044 0532 0130 00")
    ('SOGEFRPP', '')
    """
    bank = bank_of(iban)
    return bank.bic if bank else ""
