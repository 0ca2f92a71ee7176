#!/usr/bin/env python3
"""Build data/bics.csv, the BICs of French and Monegasque banks by the bank's code, shipped with the addon.

Source: the bank registry in schwifty, a package of PyPI (https://github.com/mdomke/schwifty, Martin Domke, licence MIT). It lists
the entries of a directory of the banks, several for many codes. Run again with a newer version to refresh the table:

    dev/build_bics.py                        # takes the version below from PyPI
    dev/build_bics.py --registry FOLDER      # uses the folder ``bank_registry`` of one already unpacked

The same version always gives the same bytes. What is chosen where a code has several BICs: see ``choose``.
"""

import argparse
import csv
import io
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

PACKAGE = 'schwifty==2026.10.1'
FILES = ('manual_fr.json', 'manual_mc.json')
TARGET = Path(__file__).resolve().parent.parent / 'data' / 'bics.csv'
COLUMNS = ('country', 'bank_code', 'bic', 'name')
HEAD = f"""\
# Built by dev/build_bics.py from the bank registry of {PACKAGE}, https://github.com/mdomke/schwifty:
#
# The MIT License (MIT)
#
# Copyright (c) 2021 Martin Domke
#
# Permission is hereby granted, free of charge, to any person obtaining a copy
# of this software and associated documentation files (the "Software"), to deal
# in the Software without restriction, including without limitation the rights
# to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
# copies of the Software, and to permit persons to whom the Software is
# furnished to do so, subject to the following conditions:
#
# The above copyright notice and this permission notice shall be included in all
# copies or substantial portions of the Software.
#
# THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
# IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
# FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
# AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
# LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
# OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
# SOFTWARE.
"""


def fetch(folder):
    """Download the package and unpack it, without what it depends on: only its data are read.

    :param Path folder: an empty folder
    :return: the folder of its bank registry
    :rtype: Path
    """
    command = [sys.executable, '-m', 'pip', 'install', '-q', '--no-deps', '--disable-pip-version-check']
    subprocess.run([*command, '--target', str(folder), PACKAGE], check=True)
    return folder / 'schwifty' / 'bank_registry'


def choose(entries):
    """The one BIC of a bank code, with the name it bears; None where the directory does not say which.

    XXX names the head office, as 8 characters alone do. Of several banks, the one that is listed most often. Of one bank: its
    head office; but the branch where that alone bears a name of its own ("Banque Populaire Rives de Paris"), since the regional
    banks of a group share their first 8 characters.

    :param list entries: of one code, as schwifty has them
    :rtype: tuple[str, str] | None
    """
    names = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: (len(entry['bic']), entry['bic'])):
        names[entry['bic'].removesuffix('XXX')].append(' '.join(entry['name'].split()))
    counted = Counter(entry['bic'][:8] for entry in entries).most_common(2)
    if len(counted) > 1 and counted[0][1] == counted[1][1]:
        return None
    head = counted[0][0]
    branches = [bic for bic in names if bic.startswith(head) and bic != head]
    own = [bic for bic in branches if not set(names[bic]) & set(names.get(head, ()))]
    if head in names and len(own) != 1:
        return head, names[head][0]
    return (own[0], names[own[0]][0]) if len(own) == 1 else None


def table(registry):
    """One row for each bank code whose BIC is sure, sorted.

    :param Path registry: the folder of schwifty's JSON files
    :rtype: list[tuple]
    """
    by_code = defaultdict(list)
    for name in FILES:
        for entry in json.loads((registry / name).read_text(encoding='utf-8')):
            by_code[entry['country_code'], entry['bank_code']].append(entry)
    chosen = ((key, choose(entries)) for key, entries in by_code.items())
    return sorted((*key, *found) for key, found in chosen if found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--registry', type=Path, help="folder of an unpacked registry (default: fetched with pip)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        rows = table(arguments.registry or fetch(Path(temporary)))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    TARGET.write_text(HEAD + text.getvalue(), encoding='utf-8')
    sys.stdout.write(f"{TARGET.name}: {len(rows)} bank codes\n")


if __name__ == '__main__':
    main()
