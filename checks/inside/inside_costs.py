"""Runs inside `odoo shell`: parts of the bench with few documents, then with more, so that what one more costs shows."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'dev'))

import bench_inside


def costs(play, counts, parts):
    """The rows of the bench by what they are about: a list of one for each count.

    :param list counts: how many invoices, the fewest first: they also fill the caches
    """
    found = {}
    for count in counts:
        with play.system() as env:
            bench = bench_inside.Bench(env, play.url, count)
            for part in parts:
                bench.part = part
                getattr(bench_inside, f'bench_{part}')(bench)
        for row in bench.rows:
            found.setdefault(row['what'], []).append(row)
    return found
