"""What the work costs: calls and SQL queries, counted in the bench's own parts. Never times: machines are shared."""

import pytest

import bench_targets
from real_odoo import open_stage

FEW, MANY = 10, 30
CHUNK = 10
# SQL queries for each document more. A little above what they are: nobody adds one for each record unseen.
MOST_QUERIES = {
    'requests built, checked and frozen': 0.5,
    'sent, with timeline and chatter': 7.0,
    'all together: built and sent': 8.0,
    'nothing changed': 0.5,
    'all approved': 1.0,
    'window of all invoices, opened': 0.3,
}
MOST_OF_A_WINDOW = 60
# What is wanted and not reached yet: no more than it is (doc/performance.md says why).
NOT_MET = {'Send & Print with the option: queries added': 130}
# In the spreadsheet that is imported.
HOUSEHOLDS = 100
# Requests in the tables where the searches are explained: enough that PostgreSQL does not read them as a whole for being few.
GROWTH = 20_000


@pytest.fixture(scope='module')
def costs(workshop):
    with open_stage(workshop) as stage:
        return stage.play('inside_costs', 'costs', counts=[FEW, MANY], parts=['submit', 'sync', 'open'])


@pytest.fixture(scope='module')
def targets(workshop):
    """What is wanted, as the quick form of the bench finds it, by what it is about."""
    with open_stage(workshop) as stage:
        rows = stage.play('inside_costs', 'measured', parts=['send', 'open', 'workers'], count=FEW)
    with open_stage(workshop) as stage:
        rows += stage.play('inside_costs', 'measured', parts=['load', 'growth'], count=HOUSEHOLDS, growth=GROWTH)
    return {target.about: target for target in bench_targets.judged(rows) if target.measured and target.is_count}


def test_what_one_more_costs(costs):
    more = {}
    for what in MOST_QUERIES:
        few, many = costs[what]
        more[what] = (many['total_queries'] - few['total_queries']) / (MANY - FEW)
    assert {what: count for what, count in more.items() if count > MOST_QUERIES[what]} == {}, more
    assert costs['window of all invoices, opened'][1]['total_queries'] <= MOST_OF_A_WINDOW


def test_calls_are_made_in_tens(costs):
    few, many = costs['all together: built and sent']
    assert (few['calls'], many['calls']) == ({'M050': FEW // CHUNK}, {'M050': MANY // CHUNK})
    few, many = costs['nothing changed']
    assert (few['calls'], many['calls']) == ({'M070': FEW // CHUNK}, {'M070': MANY // CHUNK})
    assert not costs['window of all invoices, opened'][1]['calls']


def test_counts_that_are_wanted_are_kept(targets):
    assert len(targets) >= 6, targets
    missed = [target for about, target in targets.items() if not target.is_met and about not in NOT_MET]
    assert missed == []


def test_what_is_not_reached_yet_gets_no_worse(targets):
    for about, most in NOT_MET.items():
        assert float(targets[about].measured) <= most, targets[about]
