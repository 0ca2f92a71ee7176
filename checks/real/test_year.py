"""Two months of the year that `make year` plays whole: with deposits, contests, bounces, take-backs, credit notes, lost
answers and faults, the books say at the end of each month what is true, to the cent."""

import random

import pytest

from real_odoo import open_stage
from year_table import HEADING, line, problems

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
        [HEADING, *(line(row) for row in played['rows'])]
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
