#!/usr/bin/env python3
"""Make the spreadsheets offered for the import of households: ``static/xls/households_<language>.xlsx``.

All cells are text, so that no spreadsheet program eats the 0 of a code or turns a date around. Headings are the labels
of the fields, which Odoo's import knows (``tests/test_partner_import.py`` compares).
"""

import datetime
import sys
from pathlib import Path

import openpyxl
from openpyxl.styles import Font

FOLDER = Path(__file__).resolve().parent.parent / 'static' / 'xls'
ROWS = 100
HEADINGS = {
    'fr': [
        "Nom",
        "E-mail",
        "Portable",
        "Rue",
        "Code postal",
        "Ville",
        "Pays",
        "Civilité",
        "Nom de naissance",
        "Nom d'usage",
        "Prénoms",
        "Date de naissance",
        "Pays de naissance",
        "Commune de naissance",
        "IBAN",
        "BIC",
        "Titulaire",
        "Accord donné le",
        "Preuve de l'accord",
    ],
    'en': [
        "Name",
        "Email",
        "Mobile",
        "Street",
        "Zip",
        "City",
        "Country",
        "Civility",
        "Birth Name",
        "Married or Used Name",
        "First Names",
        "Birth Date",
        "Country of Birth",
        "Municipality of Birth",
        "IBAN",
        "BIC",
        "Account Holder",
        "Agreement Given On",
        "Proof of the Agreement",
    ],
}
EXAMPLES = [
    [
        "Camille Fictif",
        "camille.fictif@example.com",
        "06 39 98 00 01",
        "12 bis rue des Exemples",
        "37000",
        "Tours",
        "France",
        "Madame",
        "Exemple",
        "Fictif",
        "Camille Odette",
        "17/05/1984",
        "France",
        "Tours",
        "FR76 3000 6000 0112 3456 7890 189",
        "TESTFRPPXXX",
        "Mme Fictif Camille",
        "02/11/2026",
        "Formulaire signé",
    ],
    [
        "Jean Modèle",
        "jean.modele@example.com",
        "06 39 98 00 02",
        "3 place du Modèle",
        "93200",
        "Saint-Denis",
        "France",
        "M.",
        "Modèle",
        "",
        "Jean Paul",
        "03/02/1951",
        "France",
        "Saint-Denis (93)",
        "FR76 3000 6000 0112 3456 7890 189",
        "TESTFRPPXXX",
        "M. Modèle Jean",
        "02/11/2026",
        "E-mail",
    ],
]


def build(language):
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = datetime.datetime(2026, 11, 1)
    sheet = book.active
    for column, heading in enumerate(HEADINGS[language], start=1):
        texts = [heading, *(example[column - 1] for example in EXAMPLES)]
        for row in range(1, ROWS):
            cell = sheet.cell(row, column, texts[row - 1] if row <= len(texts) else None)
            cell.number_format = '@'
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = max(map(len, texts)) + 3
    sheet.freeze_panes = 'A2'
    book.save(FOLDER / f'households_{language}.xlsx')


if __name__ == '__main__':
    for name in sys.argv[1:] or HEADINGS:
        build(name)
