#!/usr/bin/env python3
"""`make soak`: hours of trouble in minutes. 4 Odoo workers, 2 companies, 2,000 invoices, every fifth call to URSSAF goes
wrong and every tenth is answered with what nobody expects, a worker is killed every few seconds; then everything must come
home by itself. At last it is shown that one company does not wait for spoilt answers to the other.

`SECONDS=` (300) and `INVOICES=` (2000) choose the size; making the invoices comes before that and is not counted.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ADDON, ROOT, Stop, told  # noqa: E402
from template import install_addon  # noqa: E402
from workshop import open_workshop  # noqa: E402

DATABASE = f'{ADDON}_soak'


def main():
    workshop = open_workshop()
    workshop.copy_database(install_addon(workshop), DATABASE)
    done = subprocess.run(
        [
            str(workshop.python),
            str(ROOT / 'dev' / 'soak_run.py'),
            DATABASE,
            os.environ.get('SECONDS', '300'),
            os.environ.get('INVOICES', '2000'),
        ],
        env=workshop.environment,
        check=False,
    )
    workshop.drop_database(DATABASE)
    if done.returncode:
        raise Stop('Something was sent twice, got lost or did not come home: see above.')


if __name__ == '__main__':
    with told():
        main()
