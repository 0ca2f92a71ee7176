"""Runs inside `odoo shell`: parts of the bench with few documents, then with more, so that what one more costs shows."""

import bench_inside


def costs(play, counts, parts):
    """The rows of the bench by what they are about: a list of one for each count.

    :param list counts: how many invoices, the fewest first: they also fill the caches
    """
    found = {}
    for count in counts:
        for row in measured(play, parts, count=count):
            found.setdefault(row['what'], []).append(row)
    return found


def measured(play, parts, **sizes):
    """The rows of some parts of the bench.

    :param sizes: of the documents, as ``bench_inside.Bench`` has them
    """
    with play.system() as env:
        bench = bench_inside.Bench(env, play.url, **sizes)
        for part in parts:
            bench.play(part)
        return bench.rows
