#!/usr/bin/env python3
"""Build data/insee_communes.csv.gz, the communes of France, today's and former ones, shipped with the addon.

Sources, both under the Licence Ouverte (data: INSEE, Code officiel géographique, and La Poste, postal codes):

- the npm package @etalab/decoupage-administratif: what exists today, and which codes each commune has absorbed;
- the npm package @etalab/cog, INSEE's edition of 2018: names of what is gone, and codes that were changed.

Neither has dates: those of the law, by era, are in ``insee_history.py``. Run again with a newer version of
the package to refresh the table:

    dev/build_insee.py                       # takes the versions below from npm
    dev/build_insee.py --packages FOLDER     # uses packages already unpacked, in FOLDER/communes and FOLDER/cog

The same packages always give the same bytes, so that a rebuild without news leaves the repository untouched.
"""

import argparse
import csv
import gzip
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from insee_history import former_communes, histories  # noqa: E402

PACKAGES = {
    'communes': '@etalab/decoupage-administratif@6.0.0',  # INSEE's edition of 2026
    'cog': '@etalab/cog@0.1.0',  # INSEE's edition of 2018
}
TARGET = Path(__file__).resolve().parent.parent / 'data' / 'insee_communes.csv.gz'
COLUMNS = ('code', 'kind', 'name', 'zip_codes', 'population', 'history', 'successor', 'existed_before', 'valid_until')


def fetch(package, folder):
    """Download a package with npm and unpack it.

    :param str package: name@version
    :param Path folder: an empty folder; what is in the package goes there
    """
    folder.mkdir()
    command = ['npm', 'pack', '--silent', package]
    archive = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
    subprocess.run(['tar', '-xf', archive], cwd=folder, check=True)


def read(folder):
    return json.loads((folder / 'package' / 'data' / 'communes.json').read_text(encoding='utf-8'))


def todays_rows(communes):
    """What exists today and is needed: communes, and the districts of Paris, Lyon and Marseille.

    Civil status and addresses use the district; the three cities themselves are marked ``divided``.

    :param list communes: content of the package's communes.json
    :return: one dict per row, with the keys of COLUMNS, history apart
    :rtype: list[dict]
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
        result.append(
            {
                'code': item['code'],
                'kind': kind,
                'name': item['nom'],
                'zip_codes': ' '.join(item.get('codesPostaux', ())),
                'population': item.get('population', 0),
            }
        )
    return result


def rows(communes, cog):
    """Today's communes and former ones, sorted by kind and code.

    :rtype: list[dict]
    """
    history = histories(communes, cog)
    result = todays_rows(communes) + [
        dict(zip(('code', 'name', 'successor', 'existed_before', 'valid_until'), row, strict=True), kind='former')
        for row in former_communes(communes, cog)
    ]
    for row in result:
        row['history'] = '|'.join(history.get((row['code'], row['kind'] == 'former' and row['name']), ()))
    return sorted(result, key=lambda row: (row['kind'] == 'former', row['code'], row['name']))


def write(table, target):
    """Write the table as a gzip file that depends on nothing but its content.

    :param list table: rows with the keys of COLUMNS
    :param Path target: file to write
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator='\n')
    writer.writeheader()
    writer.writerows(table)
    with target.open('wb') as raw, gzip.GzipFile('', 'wb', compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--packages', type=Path, help="folder of the unpacked packages (default: fetched with npm)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.packages or Path(temporary)
        if not arguments.packages:
            for name, package in PACKAGES.items():
                fetch(package, folder / name)
        table = rows(*(read(folder / name) for name in PACKAGES))
    write(table, TARGET)
    former = sum(row['kind'] == 'former' for row in table)
    sys.stdout.write(
        f"{TARGET.name}: {len(table)} rows, {former} of them former, {TARGET.stat().st_size / 1e6:.2f} MB\n"
    )


if __name__ == '__main__':
    main()
