"""Real Odoo processes and a proxy that spoils an answer on its way (``spoiling_proxy.py``).

Two companies under contracts of their own, whose invoices bear the same numbers. Whatever an answer to the first company
holds: the request it is about is told and not taken over, its neighbours in the same call and the second company go on,
nothing is sent twice, and the next answer that can be read settles it.
"""

import pytest

from real_odoo import open_stage
from spoiling_proxy import BEFORE, NAMES, WHOLE, Proxy

CASES = [(call, name) for call, names in NAMES.items() for name in names]
TIME_LIMIT = 1800  # seconds; two minutes on two free cores
DAY = 86_400  # seconds: the longest pause that the other side can ask for
# What a person is told of a status answer, by ``attention`` of the request.
TOLD = {
    'half_emoji': 'spoilt',
    'nul': 'status',
    'huge_number': 'spoilt',
    'long_number': 'spoilt',
    'year_1': 'spoilt',
    'year_9999': 'spoilt',
    'deep': 'spoilt',
    'other_number': 'other',
    'other_household': 'other',
    'other_amount': 'other',
    'two_states': 'twice',
}


@pytest.fixture(scope='module')
def outcomes(request, workshop):
    """What came of the cases that the selected tests ask for."""
    asked = {item.callspec.id for item in request.session.items if 'outcomes' in getattr(item, 'fixturenames', ())}
    cases = [(call, name) for call, name in CASES if f'{call}-{name}' in asked]
    with open_stage(workshop) as stage, Proxy(stage.simulator.url) as proxy:
        yield stage.result(stage.start('inside_spoilt', 'play_cases', proxy=proxy.url, cases=cases), TIME_LIMIT)[0]


def cases_of(*calls):
    return pytest.mark.parametrize(('call', 'name'), [case for case in CASES if case[0] in calls])


def seen(outcomes, call, name):
    facts = outcomes[f'{call} {name}']
    assert set(facts['ended']) == {0}, 'a process failed'
    assert facts['spoilt'], 'no answer was spoilt'
    return facts


def states(records):
    return {record['state'] for record in records}


@cases_of('M050')
def test_the_answer_to_a_sending(outcomes, call, name):
    after = seen(outcomes, call, name)['after']
    first, *neighbours = after['first']
    assert states(after['second']) == {'integrated'}, 'the other company goes on, in the same run'
    if name in BEFORE:
        assert states(after['first']) == {'not_sent'}
        assert all(0 < record['waits'] <= DAY and record['text'] for record in after['first'])
        assert not any(record['there_ref'] for record in after['first'])
        return
    # It may be there: never "not received", never an id that was not read whole.
    assert (first['state'], first['ref'], first['untold']) == ('unknown', '', 0)
    assert first['there_ref']
    assert states(neighbours) == ({'unknown'} if name in WHOLE else {'integrated'})


@cases_of('M070')
def test_what_is_said_of_a_request(outcomes, call, name):
    after = seen(outcomes, call, name)['after']
    first, *neighbours = after['first']
    assert states(after['second']) == {'paid'}, 'the other company goes on, in the same run'
    assert first['state'] == 'integrated', 'nothing is taken over'
    # Beside a status that nobody knows, what is said of the transfer is as good as ever; it books nothing.
    assert not first['transfer'] or TOLD.get(name) == 'status'
    if name in WHOLE or name in BEFORE:
        assert states(neighbours) == {'integrated'}
        return
    assert states(neighbours) == {'paid'}
    assert (first['attention'], first['activities']) == (TOLD[name], 1)
    assert ' ' in first['text'] or first['attention'] == 'status', 'a sentence'
    assert not any(record['attention'] or record['activities'] for record in (*neighbours, *after['second']))


@cases_of('M010')
def test_the_answer_to_a_registration(outcomes, call, name):
    facts = seen(outcomes, call, name)
    first, neighbour, second = facts['after']
    assert second['state'] == 'pending', 'the other company goes on'
    if name in BEFORE:
        assert (first['state'], neighbour['state'], first['ref']) == ('draft', 'draft', '')
    else:
        # Looked up at once by its e-mail.
        assert (first['state'], first['ref'], neighbour['state']) == ('pending', first['there_ref'], 'pending')
    for household in facts['at_last']:
        assert (household['state'], household['ref']) == ('pending', household['there_ref']), household
        assert (household['registrations'], household['links'], household['flagged']) == (1, 1, False), household


@cases_of('M020')
def test_what_is_said_of_a_household(outcomes, call, name):
    facts = seen(outcomes, call, name)
    is_whole = name in WHOLE or name in BEFORE
    for moment in ('after', 'again'):
        first, neighbour, second = facts[moment]
        assert second['state'] == 'active', 'the other company goes on'
        assert (first['state'], first['ref']) == ('pending', first['there_ref']), 'nothing is taken over'
        assert neighbour['state'] == ('pending' if is_whole else 'active')
    if not is_whole:
        # The first time may be chance.
        assert (first['flagged'], first['activities']) == (True, 1)
        assert not neighbour['flagged'] and not second['flagged']
    for household in facts['at_last']:
        assert (household['state'], household['flagged'], household['activities']) == ('active', False, 0), household
        assert (household['registrations'], household['links']) == (1, 1), household


@cases_of('M050', 'M070')
def test_all_come_home_once(outcomes, call, name):
    facts = seen(outcomes, call, name)
    for moment in ('after', 'at_last'):
        for record in (*facts[moment]['first'], *facts[moment]['second']):
            assert record['accepted'] <= 1, record
            assert record['requests'] == 1, record
            assert record['ref'] in ('', record['there_ref']), record
    for record in (*facts['at_last']['first'], *facts['at_last']['second']):
        assert record['state'] == ('integrated' if call == 'M050' else 'paid'), record
        assert record['accepted'] == 1, record
        assert record['ref'] == record['there_ref'], record
        assert not record['attention'] and not record['activities'] and not record['untold'], record
        assert record['transfer'] == (0 if call == 'M050' else record['total']), record
