"""Odoo runs a transaction again when the database refuses its end (`odoo.service.model.retrying`): when that comes after
the call to URSSAF, the second run makes none and gives the first one's answer."""

import pytest

from real_odoo import open_stage

# By case: how many invoices, and what becomes of them.
CASES = {
    'button': (1, 'integrated'),
    'edited meanwhile': (1, 'integrated'),
    'button, rejected': (1, 'rejected'),
    'window': (3, 'integrated'),
    'window, rejected': (3, 'rejected'),
    'send and print': (1, 'integrated'),
}


@pytest.fixture(scope='module')
def replayed(workshop):
    """What became of each case, and the simulator's state."""
    with open_stage(workshop) as stage:
        yield stage.play('inside_replay', 'replay'), stage.state()


@pytest.mark.parametrize('name', CASES)
def test_the_second_run_sends_nothing_and_answers_as_the_first(replayed, name):
    cases, state = replayed
    found, (count, end) = cases[name], CASES[name]
    assert len(found['runs']) == 2, found
    assert found['states'] == [end] * count
    assert found['requests'] == count
    assert [state['attempts'].get(number, 0) for number in found['numbers']] == [1] * count
    assert found['lines'] == [1] * count, 'each invoice tells its outcome once'
    if name == 'send and print':
        assert (found['result'], found['pdf']) == ('integrated', [True])
    else:
        assert found['runs'][0] == found['runs'][1] == found['result']


def test_one_call_for_each_transaction(replayed):
    assert replayed[1]['calls']['M050'] == len(CASES)


def test_the_edit_of_somebody_else_is_kept(replayed):
    assert replayed[0]['edited meanwhile']['refs'] == ['de quelqu’un d’autre']


def test_customers_are_mailed_once(replayed):
    assert replayed[0]['window']['mails'] == [1, 1, 1]
    assert replayed[0]['window, rejected']['mails'] == [0, 0, 0]


def test_a_household_is_registered_once(replayed):
    found = replayed[0]['registering']
    assert found['runs'] == ['success', 'success']
    assert found['registration'] == ['pending']
    assert replayed[1]['calls']['M010'] == 1
