#!/usr/bin/env python3
"""What the work costs: calls to URSSAF, SQL queries, CPU, time and memory, beside the bare loop or Odoo's own cost in the same
run; then all that is wanted, and whether it is met.

    python3 dev/bench.py [--quick] [--json FILE] [--doc] [--only submit,sync] [--count 500] [--latency 0.2]

Machines are shared: compare the figures of one run, and the counts of two revisions, never the times of two machines.
"""

import argparse
import datetime
import json
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import bench_targets  # noqa: E402
from bench_install import measure_install  # noqa: E402
from machine import ADDON, ROOT, Stop, say, told  # noqa: E402
from template import install_addon  # noqa: E402
from workshop import open_workshop  # noqa: E402

DATABASE = f'{ADDON}_bench'
# What is measured one after the other in one database, and what has one of its own.
SHARED = ('submit', 'sync', 'open', 'send', 'pay', 'register', 'load')
APART = ('slope', 'workers', 'memory', 'growth')
PARTS = (*SHARED, *APART, 'install')
LATENCY = 0.2
# Whole, and quick: ``count`` invoices of most parts; ``run`` requests of one run of the scheduled actions (memory); ``growth``
# requests in the database; individuals and invoices where the addon is installed.
SIZES = {
    False: {'count': 500, 'run': 10_000, 'growth': 1_000_000, 'install': (100_000, 300_000)},
    True: {'count': 40, 'run': 100, 'growth': 20_000, 'install': (1_000, 3_000)},
}
DOC = ROOT / 'doc' / 'performance.md'
MARKS = ('<!-- made by make bench DOC=1 -->', '<!-- end -->')
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
    ('more', '<10', ''),
)


def main():
    options = read_options()
    workshop = open_workshop()
    template = install_addon(workshop)
    rows = []
    shared = [part for part in options.only if part in SHARED]
    for parts in filter(None, [shared, *([part] for part in options.only if part in APART)]):
        workshop.copy_database(template, DATABASE)
        try:
            # Where only counts and statements matter, nobody waits.
            latency = 0.0 if parts[0] in ('memory', 'growth', 'slope') else options.latency
            with simulator(workshop, latency) as url:
                sizes = {name: size for name, size in options.sizes.items() if name != 'install'}
                rows += measure(workshop, {'url': url, 'parts': parts, **sizes})
        finally:
            workshop.drop_database(DATABASE)
    if 'install' in options.only:
        rows += measure_install(workshop, *options.sizes['install'])
    if options.also:
        earlier = json.loads(options.also.read_text())['rows']
        rows = [row for row in earlier if row['part'] not in options.only] + rows
    found = bench_targets.judged(rows, options.latency)
    print(table(rows, options))
    print()
    print(bench_targets.as_text(found))
    if options.json:
        targets = [target._asdict() for target in found]
        facts = {'sizes': options.sizes, 'latency': options.latency, 'rows': rows, 'targets': targets}
        options.json.write_text(json.dumps(facts, indent=1))
    if options.doc:
        write_doc(found, options)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n\n')[0])
    parser.add_argument('--quick', action='store_true', help="few documents, no latency: the counts, not the times")
    parser.add_argument('--json', type=Path, metavar='FILE', help="the same figures for programs")
    parser.add_argument(
        '--also', type=Path, metavar='FILE', help="rows of an earlier run's JSON: a whole made in parts"
    )
    parser.add_argument('--doc', action='store_true', help=f"write the table of targets into {DOC.relative_to(ROOT)}")
    parser.add_argument('--only', default=','.join(PARTS), help=f"parts, out of {', '.join(PARTS)}")
    parser.add_argument('--count', type=int, help="invoices of most parts")
    parser.add_argument('--growth', type=int, help="requests in the database of the part growth")
    parser.add_argument('--run', type=int, help="requests of a run in the part memory")
    parser.add_argument('--latency', type=float, help=f"seconds that URSSAF takes (default {LATENCY})")
    options = parser.parse_args()
    options.only = options.only.split(',')
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    options.sizes = dict(SIZES[options.quick])
    options.sizes |= {name: size for name in options.sizes if (size := getattr(options, name, None))}
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
    head = f'{options.sizes["count"]} documents, a call takes {options.latency:g} s; queries, CPU and time for each document'
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
            'more': ' '.join(
                filter(
                    None,
                    (
                        f"{row['megabytes']:.0f} MB" if 'megabytes' in row else '',
                        f"reads all of {', '.join(row['whole'])}" if row.get('whole') else '',
                    ),
                )
            ),
        }
        lines.append(' '.join(format(shown[key], form) for key, form, _title in COLUMNS).rstrip())
    return '\n'.join(lines)


def write_doc(found, options):
    """The table of targets into the documentation, between its two marks."""
    revision = subprocess.run(
        ['git', 'describe', '--always', '--dirty'], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    sizes = options.sizes
    facts = (
        f"Made by `make bench DOC=1` on {datetime.date.today():%d/%m/%Y} at `{revision}`: {sizes['count']:,} invoices of two "
        f"lines, {options.latency:g} s a call, {sizes['growth']:,} requests in the tables, {sizes['install'][1]:,} invoices "
        "at the installation."
    )
    begin, end = MARKS
    made = '\n'.join([begin, facts, '', bench_targets.as_markdown(found), end])
    text = DOC.read_text()
    if begin not in text or end not in text:
        raise Stop(f"{DOC} has not the two lines between which the table stands: {begin} and {end}")
    DOC.write_text(re.sub(f'{re.escape(begin)}.*?{re.escape(end)}', lambda _match: made, text, flags=re.DOTALL))


if __name__ == '__main__':
    with told():
        main()
