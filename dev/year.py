#!/usr/bin/env python3
"""`make year`: a year of a company. 60 households, 1,500 invoices, URSSAF pays, takes back, does not answer;
at the end of each month the books must say what the simulator and a diary know, to the cent.

`MONTHS=` (12), `INVOICES=` (1500), `HOUSEHOLDS=` (60) choose the size. Its offices (`OFFICES=`, one for each core) share the
households and work side by side, each with books and a simulator of its own. `SEED=` plays the same year again
in as many offices.
"""

import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / 'checks' / 'real')]

from machine import ROOT, Stop, told  # noqa: E402
from template import install_addon  # noqa: E402
from workshop import open_workshop  # noqa: E402
from year_table import HEADING, Table, summary, together  # noqa: E402


def main():
    months, invoices, households, offices, seed = (
        int(os.environ.get(name) or default)
        for name, default in (
            ('MONTHS', 12),
            ('INVOICES', 1500),
            ('HOUSEHOLDS', 60),
            ('OFFICES', len(os.sched_getaffinity(0))),
            ('SEED', random.randrange(10**6)),
        )
    )
    workshop = open_workshop()
    environment = {**workshop.environment, 'AVANCE_TEMPLATE': install_addon(workshop)}
    print(
        f'SEED={seed} OFFICES={offices} MONTHS={months} INVOICES={invoices} HOUSEHOLDS={households}\n{HEADING}',
        flush=True,
    )
    table, started = Table(offices), time.monotonic()

    def play(number):
        facts = (months, share(invoices, number, offices), share(households, number, offices), seed + number)
        return office(workshop, environment, facts, table)

    with ThreadPoolExecutor(offices) as pool:
        results = list(pool.map(play, range(offices)))
    print(f'\nA year in {time.monotonic() - started:.0f} s')
    if None in results:
        raise Stop('The year was not played to its end: see above; SEED= and OFFICES= play the same year again.')
    result = together(results)
    print(summary(result))
    print('CPU seconds: ' + ', '.join(f'{what} {used:.1f}' for what, used in result['cpu'].items()))
    if table.wrong or result['troubles'] or any(len(one['rows']) != months for one in results):
        print(*(f'✖ {wrong}' for wrong in (*table.wrong, *result['troubles'])), sep='\n')
        raise Stop('The books are not what they should be: see above; SEED= and OFFICES= play the same year again.')
    print('At the end of each month the books say what is true, to the cent.')


def share(whole, number, parts):
    return whole // parts + (number < whole % parts)


def office(workshop, environment, facts, table):
    """Play one office's year, its months into the table: its result, or None when it did not come to its end."""
    process = subprocess.Popen(
        [str(workshop.python), str(ROOT / 'dev' / 'year_run.py'), *map(str, facts)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    result = None
    for said in process.stdout:
        word, _space, rest = said.partition(' ')
        if word == 'MONTH':
            table.add(json.loads(rest))
        elif word == 'END':
            result = json.loads(rest)
        else:
            print(said, end='', flush=True)
    return None if process.wait() else result


if __name__ == '__main__':
    with told():
        main()
