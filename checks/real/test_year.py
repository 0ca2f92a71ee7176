"""Two months of the year that `make year` plays whole: with deposits, contests, bounces, take-backs, credit notes, lost
answers and faults, the books say at the end of each month what is true, to the cent."""

import random

import pytest

from real_odoo import open_stage
from year_table import HEADING, Table, line, problems, together

MONTHS, HOUSEHOLDS, SEED = 2, 4, 2264
STORIES = (
    'paid',
    'contested, corrected',
    'bounced, paid by the household',
    'half taken back, then paid',
    'all taken back',
    'credited, then taken back',
    'a part credited and given back',
    'more transferred',
)


@pytest.fixture(scope='module')
def played(workshop):
    # Which calls go wrong is drawn in the simulator, which runs here.
    state = random.getstate()
    random.seed(SEED)
    try:
        with open_stage(workshop) as stage:
            facts = {
                'months': MONTHS,
                'invoices': len(STORIES),
                'households': HOUSEHOLDS,
                'seed': SEED,
                'stories': STORIES,
            }
            yield stage.result(stage.start('inside_year', 'year', '--log-level=error', **facts))
    finally:
        random.setstate(state)


def test_the_books_of_each_month_are_right(played, tables):
    played, _log = played
    tables['two months of a year (the whole: make year)'] = lambda: '\n'.join(
        [HEADING, *(line(row, problems(row)) for row in played['rows'])]
    )
    assert len(played['rows']) == MONTHS
    assert [problem for row in played['rows'] for problem in problems(row)] == []


def test_nobody_had_to_wonder(played):
    """What is proposed is what is owed, what is at URSSAF is known, nothing waits longer than it should."""
    played, log = played
    assert played['troubles'] == []
    assert [said for said in log.splitlines() if ' ERROR ' in said] == []


def test_it_was_no_quiet_time(played):
    played, _log = played
    count = played['count']
    assert not count['unfinished stories']
    for what in ('contest', 'bounce', 'cancel', 'take_back', 'credit', 'household_pays', 'transfers matched'):
        assert count.get(what), what
    assert sum(played['calls'].values()) > len(STORIES)


def row(claims, truth):
    same = dict.fromkeys(('receivables', 'tax_of_month', 'bank', 'unexplained', 'list'), (0, 0))
    return {'month': '2027-01', 'invoices': 2, 'households': {}, 'tax': {}, 'claims': (claims, truth), **same}


def test_one_office_of_several_that_is_wrong(capsys):
    """The errors of two offices do not make up for each other in the sum."""
    table = Table(2)
    table.add(row(1001, 1000))
    assert capsys.readouterr().out == '', 'the month is not over everywhere'
    table.add(row(999, 1000))
    said = capsys.readouterr().out
    assert ' no\n' in said
    assert said.count('✖') == len(table.wrong) == 2
    counted = {'count': {'pay': 1}, 'states': {'paid': 2}, 'calls': {}, 'cpu': {'crons': 0.5}, 'troubles': ['late']}
    assert together([counted, counted]) == {
        'count': {'pay': 2}, 'states': {'paid': 4}, 'calls': {}, 'cpu': {'crons': 1.0}, 'troubles': ['late', 'late'],
    }  # fmt: skip
