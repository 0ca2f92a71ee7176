"""What the year has shown, as a table: for each month the books, and where they are not what is true."""

import threading
from collections import Counter

COLUMNS = (
    ('month', 8),
    ('invoices', 10),
    ('URSSAF owes', 14),
    ('households owe', 16),
    ('VAT of the month', 18),
    ('bank', 16),
    ('left open', 11),
    ('books = truth', 15),
)
HEADING = ''.join(f'{name:>{width}}' for name, width in COLUMNS)


def euros(cents):
    return f'{cents / 100:,.2f}'


def problems(row):
    """Where the books of a month are not what is true, as sentences; empty when they are.

    :param dict row: of ``inside_year``; pairs are (books, truth), in cents
    """
    pairs = {
        'what URSSAF owes': row['claims'],
        'what households owe, all together': row['receivables'],
        **{f'what {name} owes': pair for name, pair in row['households'].items()},
        'VAT of the month': row['tax_of_month'],
        **{f'VAT of {month}': pair for month, pair in row['tax'].items()},
        'the bank': row['bank'],
        'left open on bank lines': row['unexplained'],
        'the list of what URSSAF owes, and the balance of its account': row['list'],
    }
    return [
        f"{row['month']}, {name}: {euros(books)} in the books, {euros(truth)} in truth ({euros(books - truth)})"
        for name, (books, truth) in pairs.items()
        if books != truth
    ]


def line(row, found):
    """One month of the table: what is in the books.

    :param list found: where they are not what is true
    """
    cells = (
        row['month'],
        row['invoices'],
        euros(row['claims'][0]),
        euros(row['receivables'][0]),
        euros(row['tax_of_month'][0]),
        euros(row['bank'][0]),
        euros(row['unexplained'][0]),
        'no' if found else 'to the cent',
    )
    return ''.join(f'{cell:>{width}}' for cell, (_name, width) in zip(cells, COLUMNS, strict=True))


class Table:
    """The months of several offices as one, printed as soon as all of them have closed one."""

    def __init__(self, offices):
        self.offices, self.waiting, self.wrong = offices, {}, []
        self._lock = threading.Lock()

    def add(self, row):
        """Take one office's month.

        :param dict row: of ``inside_year``
        """
        with self._lock:
            rows = self.waiting.setdefault(row['month'], [])
            rows.append(row)
            if len(rows) < self.offices:
                return
            found = [problem for one in self.waiting.pop(row['month']) for problem in problems(one)]
            print(line(added(rows), found), *found, sep='\n  ✖ ', flush=True)
            self.wrong += found


def added(rows):
    """What the line shows of a month, of all offices."""
    pairs = ('claims', 'receivables', 'tax_of_month', 'bank', 'unexplained')
    return {
        'month': rows[0]['month'],
        'invoices': sum(row['invoices'] for row in rows),
        **{name: [sum(row[name][0] for row in rows)] for name in pairs},
    }


def together(results):
    """The results of several offices as one; their rows are left out."""
    counts = {
        what: sum((Counter(one[what]) for one in results), Counter()) for what in ('count', 'states', 'calls', 'cpu')
    }
    return {**counts, 'troubles': [trouble for one in results for trouble in one['troubles']]}


def summary(result):
    """What happened on the way."""
    counts = {**result['count'], **{f'  {state}': number for state, number in sorted(result['states'].items())}}
    counts['calls to URSSAF'] = sum(result['calls'].values())
    return '\n'.join(f'{name:<42}{number:>8}' for name, number in counts.items())
