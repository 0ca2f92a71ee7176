"""What is wanted of the work's cost, and whether the rows of a run of the bench show it."""

from typing import NamedTuple

# More than this is no longer the same for each.
FLAT = 1.15
MEGABYTES = 50
DUE_MILLISECONDS = 50


class Found(NamedTuple):
    """``about``: what it is; ``wanted``: in words; ``measured``: in words, empty when its part did not run; ``is_met``;
    ``is_count``: whether it is the same on every machine."""

    about: str
    wanted: str
    measured: str
    is_met: bool
    is_count: bool


def judged(rows, latency=0.0):
    """All that is wanted, in the order of the table in the documentation.

    :param list rows: those of a run, by all its parts or by some
    :param float latency: seconds that URSSAF took in it; without any, nothing is said of times beside the bare loop
    :rtype: list[Found]
    """
    run = _Run(rows, latency)
    sent, changed = 'sent, with timeline and chatter', 'all approved'
    together, odoo = 'all together: built and sent', 'Odoo makes and posts an invoice'
    option, plain = 'Send & Print with the option, its call included', 'Send & Print'
    owed, window = 'statuses 70, asked for, booked and told', "Odoo's window registers payments"
    households = 'households, with identity and bank account'
    return [
        run.at_most("Sending: time / bare loop of calls in tens", 'ratio', sent, 1.15, '{:.2f}'),
        run.at_most("the same, with building", 'ratio', together, 1.15, '{:.2f}'),
        run.at_least("Bare loop, one call for each / ours", _slower(run, together), 7, '{:.1f}'),
        run.at_most("An invoice built and sent: queries", 'queries', together, 12, '{:.1f}', True),
        run.at_most("An invoice built and sent: CPU (ms)", 'cpu', together, 10, '{:.1f}'),
        # The 10 ms on the machine on which they were wanted, where Odoo took 24.
        run.limit(
            "the same / Odoo's own for making and posting it", run.quotient('cpu', together, odoo), 0.42, '{:.2f}'
        ),
        run.at_most("Nothing changed: time / bare loop of searches", 'ratio', 'nothing changed', 1.10, '{:.2f}'),
        run.at_most("An unchanged request: queries", 'queries', 'nothing changed', 0.5, '{:.2f}', True),
        run.at_most("A request that changed: queries", 'queries', changed, 8, '{:.1f}', True),
        run.at_most("A request that changed: CPU (ms)", 'cpu', changed, 10, '{:.1f}'),
        run.at_most(
            "Window of invoices: queries in all", 'total_queries', 'window of all invoices, opened', 60, '{:.0f}', True
        ),
        run.limit(
            "Send & Print with the option: queries added", run.difference('queries', option, plain), 40, '{:+.0f}', True
        ),
        run.limit("Send & Print with / without: CPU", run.quotient('cpu', option, plain), 1.3, '{:.2f}'),
        run.limit(
            "Invoice form: queries added",
            run.difference('total_queries', 'form, with ours', "form, Odoo's fields"),
            2,
            '{:+.0f}',
            True,
        ),
        run.at_most("Import of households: queries a row", 'queries', households, 4, '{:.1f}', True),
        run.limit(
            "Booking a status 70 / Odoo's window: queries", run.quotient('queries', owed, window), 1.2, '{:.2f}', True
        ),
        run.limit("Booking a status 70 / Odoo's window: time", run.quotient('wall', owed, window), 1.2, '{:.2f}'),
        *run.slopes(),
        run.whole_tables(),
        run.due(),
        run.workers(),
        run.memory(),
        run.install(),
    ]


class _Run:
    """The rows of a run by what they are about."""

    def __init__(self, rows, latency):
        self.rows, self.latency = rows, latency
        self.by_name = {row['what']: row for row in rows}

    def limit(self, about, value, most, form, is_count=False):
        """:param value: None when it was not measured"""
        return self._found(about, f'≤ {form.format(most)}', value, form, value is not None and value <= most, is_count)

    def at_most(self, about, key, what, most, form, is_count=False):
        is_told = key != 'ratio' or self.latency
        return self.limit(about, self.by_name.get(what, {}).get(key) if is_told else None, most, form, is_count)

    def at_least(self, about, value, least, form, is_count=False):
        return self._found(
            about, f'≥ {form.format(least)}', value, form, value is not None and value >= least, is_count
        )

    @staticmethod
    def _found(about, wanted, value, form, is_met, is_count):
        return Found(about, wanted, '' if value is None else form.format(value), is_met, is_count)

    def difference(self, key, what, other):
        if what in self.by_name and other in self.by_name:
            return self.by_name[what][key] - self.by_name[other][key]
        return None

    def quotient(self, key, what, other):
        if what in self.by_name and other in self.by_name and self.by_name[other][key]:
            return self.by_name[what][key] / self.by_name[other][key]
        return None

    def of(self, part):
        return [row for row in self.rows if row['part'] == part]

    def slopes(self):
        """Ten times as many cost the same for each."""
        found = []
        for key, words, is_count in (('queries', "queries", True), ('cpu', "CPU", False)):
            worst = None
            pairs = {}
            for row in self.of('slope'):
                pairs.setdefault(row['kind'], []).append(row)
            for few, many in pairs.values():
                worst = max(worst or 0.0, many[key] / few[key])
            found.append(
                self.limit(f"Ten times as many: {words} for each, against few", worst, FLAT, '{:.2f}', is_count)
            )
        return found

    def whole_tables(self):
        rows = self.of('growth')
        names = [f"{row['what']} ({', '.join(row['whole'])})" for row in rows if row['whole']]
        about = "Searches that read a large table as a whole"
        if not rows:
            return Found(about, 'none', '', False, True)
        measured = f"{len(names)} of {len(rows)}, {rows[0]['count']:,} requests"
        return Found(about, 'none', '; '.join([measured, *names]), not names, True)

    def due(self):
        rows = [row for row in self.of('growth') if row['what'].startswith('cron: ')]
        slowest = max((row['wall'] for row in rows), default=None)
        return self.limit("Slowest search of a scheduled action (ms)", slowest, DUE_MILLISECONDS, '{:.0f}')

    def workers(self):
        rows = self.of('workers')
        about, wanted = "1, 2 and 4 processes on one queue: times that each request left", '1'
        if not rows:
            return Found(about, wanted, '', False, True)
        one = rows[0]['wall']
        speeds = ', '.join(f"{one / row['wall']:.1f} × with {row['workers']}" for row in rows[1:])
        times = max(row['times'] for row in rows)
        return Found(about, wanted, f'{times} ({speeds})', times == 1, True)

    def memory(self):
        """The highest of a run of many, and of one of few beside: it must not grow with them."""
        rows = self.of('memory')
        about, wanted = "Memory of a run of the scheduled actions, above idle (MB)", f'≤ {MEGABYTES}'
        if not rows:
            return Found(about, wanted, '', False, False)
        counts = sorted({row['count'] for row in rows})
        few, many = (
            max(row['megabytes'] for row in rows if row['count'] == count) for count in (counts[0], counts[-1])
        )
        measured = f'{many:.0f} with {counts[-1]:,} requests, {few:.0f} with {counts[0]:,}'
        return Found(about, wanted, measured, many <= MEGABYTES, False)

    def install(self):
        rows = {(row['is_full'], row['is_ours']): row['wall'] for row in self.of('install')}
        ratio = rows[True, True] / rows[True, False] if rows else None
        return self.limit("Installation on many invoices / addon with the columns only", ratio, 2, '{:.2f}')


def _slower(run, what):
    return run.quotient('wall', 'bare loop of calls, one for each', what) if run.latency else None


def as_text(found):
    """The table of all targets, as people read it."""
    lines = [f"{'target':<66} {'wanted':>8} {'measured':>10}"]
    for one in found:
        mark = ('✓' if one.is_met else '✗') if one.measured else '–'
        lines.append(f'{one.about:<66} {one.wanted:>8} {one.measured or "not run":>10} {mark}')
    return '\n'.join(lines)


def as_markdown(found):
    """The same for the documentation."""
    lines = ['| | wanted | measured | |', '|---|---|---|---|']
    for one in found:
        mark = ('met' if one.is_met else '**not met**') if one.measured else 'not run'
        lines.append(f'| {one.about} | {one.wanted} | {one.measured} | {mark} |')
    return '\n'.join(lines)
