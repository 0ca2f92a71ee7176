#!/usr/bin/env python3
"""What the work costs: calls to URSSAF, SQL queries, CPU and time for each invoice, beside the bare loop or Odoo's own cost
in the same run.

    python3 dev/bench.py [--quick] [--json FILE] [--only submit,sync] [--count 500] [--latency 0.2]

Machines are shared: compare the figures of one run, and the counts of two revisions, never the times of two machines.
"""

import argparse
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ADDON, ROOT, Stop, say, told  # noqa: E402
from template import install_addon  # noqa: E402
from workshop import open_workshop  # noqa: E402

DATABASE = f'{ADDON}_bench'
PARTS = ('submit', 'sync', 'open', 'send', 'pay', 'register', 'load')
COUNT, QUICK_COUNT, LATENCY = 500, 40, 0.2
SCRIPT = """
import sys
sys.path.insert(0, {here!r})
import bench_inside
bench_inside.main(env, {facts!r})
"""
COLUMNS = (
    ('what', '<60', 'what'),
    ('queries', '>9.1f', 'queries'),
    ('cpu', '>8.1f', 'CPU ms'),
    ('wall', '>8.1f', 'ms'),
    ('ratio', '>7', 'ratio'),
    ('calls', '>6', 'calls'),
)


def main():
    options = read_options()
    workshop = open_workshop()
    workshop.copy_database(install_addon(workshop), DATABASE)
    try:
        with simulator(workshop, options.latency) as url:
            rows = measure(workshop, {'url': url, 'count': options.count, 'parts': options.only})
    finally:
        workshop.drop_database(DATABASE)
    print(table(rows, options))
    if options.json:
        options.json.write_text(
            json.dumps({'count': options.count, 'latency': options.latency, 'rows': rows}, indent=1)
        )


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n\n')[0])
    parser.add_argument('--quick', action='store_true', help="few documents, no latency: the counts, not the times")
    parser.add_argument('--json', type=Path, metavar='FILE', help="the same figures for programs")
    parser.add_argument('--only', default=','.join(PARTS), help=f"parts, out of {', '.join(PARTS)}")
    parser.add_argument('--count', type=int, help=f"invoices of each part (default {COUNT})")
    parser.add_argument('--latency', type=float, help=f"seconds that URSSAF takes (default {LATENCY})")
    options = parser.parse_args()
    options.only = options.only.split(',')
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    options.count = options.count or (QUICK_COUNT if options.quick else COUNT)
    if options.latency is None:
        options.latency = 0.0 if options.quick else LATENCY
    return options


@contextmanager
def simulator(workshop, latency):
    """In a process of its own: its work is not ours."""
    process = subprocess.Popen(
        [str(workshop.python), '-m', 'simulator', '--port', '0', '--latency', str(latency)],
        cwd=ROOT,
        env=workshop.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait()


def measure(workshop, facts):
    """What ``bench_inside`` has found: a list of rows."""
    done = subprocess.run(
        workshop.odoo('-d', DATABASE, '--log-level=error', '--no-http', command='shell'),
        input=SCRIPT.format(here=str(Path(__file__).resolve().parent), facts=facts),
        env=workshop.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    result = [line for line in done.stdout.splitlines() if line.startswith('RESULT ')]
    if done.returncode or not result:
        raise Stop(f'The measure failed:\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}')
    if done.stderr.strip():
        say(done.stderr.strip()[-2000:])
    return json.loads(result[0].removeprefix('RESULT '))


def table(rows, options):
    """As people read it. Queries, CPU and time are for each document; the ratio is one of times."""
    head = f'{options.count} documents, a call takes {options.latency:g} s; queries, CPU and time for each document'
    lines = [head, ' '.join(format(title, form.split('.')[0]) for _key, form, title in COLUMNS)]
    part = None
    for row in rows:
        if row['part'] != part:
            part = row['part']
            lines.append(f'-- {part}')
        shown = {
            **row,
            'ratio': '' if row['ratio'] is None else f"{row['ratio']:.2f}",
            'calls': sum(row['calls'].values()),
        }
        lines.append(' '.join(format(shown[key], form) for key, form, _title in COLUMNS))
    return '\n'.join(lines)


if __name__ == '__main__':
    with told():
        main()
