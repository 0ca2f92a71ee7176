"""One office's year itself; `year.py` prepares the template database and calls this in the virtual environment.

year_run.py MONTHS INVOICES HOUSEHOLDS SEED: says ``MONTH {…}`` at the end of each month, ``✖ …`` at once, and ``END {…}``.
"""

import json
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'dev'), str(ROOT / 'checks' / 'real')]

from real_odoo import open_stage, result_in  # noqa: E402
from workshop import open_workshop  # noqa: E402


def main(months, invoices, households, seed):
    # Which calls go wrong is drawn in the simulator, which runs here.
    random.seed(seed)
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
        output = []
        for said in process.stdout:
            output.append(said)
            if said.startswith(('MONTH ', '✖')):
                print(said, end='', flush=True)
        log = process.stderr.read()
        if process.wait():
            print(''.join(output[-20:]), log[-6000:], sep='\n', file=sys.stderr)
            return 1
        result = result_in(''.join(output))
    result['troubles'] += [said for said in log.splitlines() if ' ERROR ' in said]
    print('END', json.dumps(result))
    return 0


if __name__ == '__main__':
    sys.exit(main(*map(int, sys.argv[1:])))
