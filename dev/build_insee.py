#!/usr/bin/env python3
"""Build data/insee_communes.csv.gz, the communes of France shipped with the addon.

Source: the npm package @etalab/decoupage-administratif (data: INSEE, Code officiel géographique, and La Poste,
postal codes; Licence Ouverte). Run again with a newer version of the package to refresh the table:

    dev/build_insee.py                       # takes the version below from npm
    dev/build_insee.py --package FOLDER      # uses a package already unpacked

The same package always gives the same bytes, so that a rebuild without news leaves the repository untouched.
"""
import argparse
import csv
import gzip
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = '@etalab/decoupage-administratif'
VERSION = '6.0.0'  # INSEE's edition of 2026
TARGET = Path(__file__).resolve().parent.parent / 'data' / 'insee_communes.csv.gz'
COLUMNS = ('code', 'kind', 'name', 'zip_codes', 'population')


def fetch(folder):
    """Download the package with npm and unpack it.

    :param Path folder: an empty folder
    :return: the folder of the unpacked package
    :rtype: Path
    """
    command = ['npm', 'pack', '--silent', f'{PACKAGE}@{VERSION}']
    archive = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
    with tarfile.open(folder / archive) as package:
        package.extractall(folder, filter='data')
    return folder / 'package'


def rows(communes):
    """Keep what exists today and is needed: communes, and the districts of Paris, Lyon and Marseille.

    Civil status and addresses use the district; the three cities themselves are marked ``divided``.

    :param list communes: content of the package's communes.json
    :return: one tuple per row, in the order of COLUMNS, sorted by code
    :rtype: list[tuple]
    """
    divided = {item['commune'] for item in communes if item['type'] == 'arrondissement-municipal'}
    result = []
    for item in communes:
        if item['type'] == 'arrondissement-municipal':
            kind = 'district'
        elif item['type'] == 'commune-actuelle':
            kind = 'divided' if item['code'] in divided else 'commune'
        else:
            continue
        zip_codes = ' '.join(item.get('codesPostaux', ()))
        result.append((item['code'], kind, item['nom'], zip_codes, item.get('population', 0)))
    return sorted(result)


def write(table, target):
    """Write the table as a gzip file that depends on nothing but its content.

    :param list table: rows in the order of COLUMNS
    :param Path target: file to write
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(COLUMNS)
    writer.writerows(table)
    with target.open('wb') as raw, gzip.GzipFile('', 'wb', compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--package', type=Path, help="folder of the unpacked package (default: fetched with npm)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = arguments.package or fetch(Path(folder))
        table = rows(json.loads((package / 'data' / 'communes.json').read_text(encoding='utf-8')))
    write(table, TARGET)
    sys.stdout.write(f"{TARGET.name}: {len(table)} rows, {TARGET.stat().st_size / 1e6:.2f} MB\n")


if __name__ == '__main__':
    main()
