"""Several processes at once, each with Odoo's own connections: nothing is sent or asked twice, nothing is left."""

import json

import pytest
import requests

from real_odoo import open_stage

CLICKS, DUE = 8, 200


@pytest.fixture(scope='module')
def stage(workshop):
    with open_stage(workshop) as stage:
        yield stage


def test_eight_clicks_make_one_call(stage):
    found = stage.play('inside_races', 'clicks')
    state = stage.state()
    assert state['attempts'][found['number']] == state['accepted'][found['number']] == 1
    assert (found['state'], found['requests']) == ('integrated', 1)
    # Every click is answered: the others are told that it is on its way, or there.
    assert len(found['sent']) == CLICKS
    assert all(states in (['queued'], ['sending'], ['integrated']) for states in found['sent']), found
    assert ['integrated'] in found['sent']
    # The same for a household.
    assert state['calls']['M010'] == 1
    assert found['registration'] == ['pending']
    assert found['registered'] == [True] * CLICKS


def test_a_payment_and_a_click_at_once(stage):
    """Sent or paid, never both; whoever comes second is told."""
    found = stage.play('inside_races', 'pays_and_clicks')
    assert len(found) == CLICKS
    accepted = stage.state()['accepted']
    for case in found:
        paid, sent = case['payment'] == 'paid', case['number'] in accepted
        assert paid != sent, case
        pay, click = case['said']
        assert ('told: ' in str(pay)) == sent, case
        assert ('told: ' in str(click) or click == ['not_sent']) == paid, case


def test_six_windows_try_each_way_once(stage):
    stage.clear_faults()
    found = stage.play('inside_races', 'tries')
    tried = set(found['tried']) - {'as_entered'}
    assert found['calls'] == len(tried) and found['calls'] in (1, 2), found
    assert found['state'] == 'rejected'
    # Everybody is told something: the answer, that it is on its way, or that somebody was faster.
    assert len(found['said']) == 6 and not [text for text in found['said'] if not text or text.startswith('failed')], (
        found
    )


def test_what_the_database_refuses_leaves_nothing_of_a_household_in_the_log(stage):
    """Odoo logs the statement with its values."""
    stage.clear_faults()
    found, log = stage.result(stage.start('inside_races', 'writes', '--log-level=error'))
    assert found == {'write': True, 'open_attempt': True}
    assert 'bad query' in log and 'serialize' in log
    for personal in ('1951', 'uenouillard', 'UENOUILLARD', 'hilibertine', '20041010', '3M02'):
        assert personal not in log, personal


def test_two_processes_drain_what_is_due(stage):
    stage.clear_faults()
    numbers = stage.play('inside_races', 'queue')
    assert len(numbers) == DUE
    # -- sending
    handled = stage.play('inside_races', 'submit_together')
    state = stage.state()
    assert {number: state['attempts'].get(number) for number in numbers} == dict.fromkeys(numbers, 1)
    assert all(isinstance(count, int) and count > 0 for count in handled), f'one of the two did nothing: {handled}'
    # -- asking
    stage.clear_faults()
    found = stage.play('inside_races', 'poll_together')
    assert set(found['states']) == {'awaiting'}
    assert all(isinstance(count, int) and count > 0 for count in found['handled']), found['handled']
    asked = sorted(ref for search in searches(stage) for ref in search.get('idDemandePaiements', ()))
    assert asked == sorted(found['refs'])


def searches(stage):
    """The bodies of all M070 calls."""
    journal = requests.get(f'{stage.simulator.url}/_sim/journal', timeout=30).json()
    return [json.loads(entry['body']) for entry in journal if entry['call'] == 'M070']


def test_two_processes_remind_each_household_once(stage):
    stage.clear_faults()
    found = stage.play('inside_races', 'remind_together')
    assert sorted(found['reminded']) == sorted(found['due'])
    assert set(found['counts']) == {1}
    assert sum(found['handled']) == len(found['due'])
    assert all(count > 0 for count in found['handled']), f'one of the two did nothing: {found["handled"]}'
