"""The year itself; `year.py` prepares the template database and calls this in the virtual environment.

year_run.py MONTHS INVOICES HOUSEHOLDS SEED
"""

import json
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'dev'), str(ROOT / 'checks' / 'real')]

from real_odoo import open_stage, result_in  # noqa: E402
from workshop import open_workshop  # noqa: E402
from year_table import HEADING, line, problems, summary  # noqa: E402

MONTH = 'MONTH '


def main(months, invoices, households, seed):
    print(f'SEED={seed} MONTHS={months} INVOICES={invoices} HOUSEHOLDS={households}\n{HEADING}', flush=True)
    # Which calls go wrong is drawn in the simulator, which runs here.
    random.seed(seed)
    started = time.monotonic()
    with open_stage(open_workshop()) as stage:
        process = stage.start(
            'inside_year',
            'year',
            '--log-level=error',
            months=months,
            invoices=invoices,
            households=households,
            seed=seed,
        )
        # The table grows with the year.
        output = []
        for said in process.stdout:
            output.append(said)
            if said.startswith(MONTH):
                row = json.loads(said.removeprefix(MONTH))
                print(line(row), *problems(row), sep='\n  ✖ ', flush=True)
            elif said.startswith('✖'):
                print(said, end='', flush=True)
        log = process.stderr.read()
        if process.wait():
            print(''.join(output[-20:]), log[-6000:], sep='\n')
            return 1
        result = result_in(''.join(output))
    print(f'\nA year in {time.monotonic() - started:.0f} s\n{summary(result)}')
    print('CPU seconds: ' + ', '.join(f'{what} {used}' for what, used in result['cpu'].items()))
    wrong = [problem for row in result['rows'] for problem in problems(row)] + result['troubles']
    wrong += [said for said in log.splitlines() if ' ERROR ' in said]
    print('✖ ' + '\n✖ '.join(wrong) if wrong else 'At the end of each month the books say what is true, to the cent.')
    return 1 if wrong or len(result['rows']) != months else 0


if __name__ == '__main__':
    sys.exit(main(*map(int, sys.argv[1:])))
