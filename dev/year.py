#!/usr/bin/env python3
"""`make year`: a year of a company in half an hour. 60 households, 1,500 invoices, URSSAF pays, takes back, does not answer;
at the end of each month the books must say what the simulator and a diary know, to the cent.

`MONTHS=` (12), `INVOICES=` (1500), `HOUSEHOLDS=` (60) choose the size, `SEED=` plays the same year again.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ROOT, Stop, told  # noqa: E402
from template import install_addon  # noqa: E402
from workshop import open_workshop  # noqa: E402


def main():
    workshop = open_workshop()
    template = install_addon(workshop)
    done = subprocess.run(
        [
            str(workshop.python),
            str(ROOT / 'dev' / 'year_run.py'),
            os.environ.get('MONTHS', '12'),
            os.environ.get('INVOICES', '1500'),
            os.environ.get('HOUSEHOLDS', '60'),
            os.environ.get('SEED', str(random.randrange(10**6))),
        ],
        env={**workshop.environment, 'AVANCE_TEMPLATE': template},
        check=False,
    )
    if done.returncode:
        raise Stop('The books are not what they should be: see above; SEED= plays the same year again.')


if __name__ == '__main__':
    with told():
        main()
