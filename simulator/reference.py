"""Code lists of the contract (CONTRACT §9, §12), read from ``data/``."""

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict[str, dict[str, str]]:
    """One list as ``{code: row}``, in the order of the file; the code is the first column."""
    with open(FOLDER / f"{name}.csv", encoding="utf-8", newline="") as file:
        return {next(iter(row.values())): row for row in csv.DictReader(file)}


def status_label(code: str) -> str:
    return table("statuses").get(code, {}).get("label_fr", "Statut inconnu")


def error(code: str, message: str = "", description: str = "") -> dict[str, str]:
    """One ``Erreur`` of an answer (CONTRACT §4). Only the code is contractual; the wording is ours."""
    description = description or table("errors").get(code, {}).get("description", "Erreur simulée.")
    return {"code": code, "message": message or "Requête refusée", "description": description}
