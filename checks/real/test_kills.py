"""The process is killed (SIGKILL) at every step of DESIGN §3.1 to §3.6: the crons bring each request home.

No debit twice, none lost: URSSAF has the number at most once, what stands here is what stands there, each line in the
chatter and each activity is there once.
"""

import pytest

from kill_points import BATCH, COMMITS_OF_A_CLICK, LATE, UNSAVED, registration_cases, request_cases
from real_odoo import open_stage

KILLED = -9
# The registration is there, its call was never claimed: *not registered yet* is all there is to say.
INTENDED = ('after commit 1', 'after the token', 'claim written, before commit 2')


@pytest.fixture(scope='module')
def killed(workshop):
    """What became of all cases: the ends of their processes, what stands here and what stands at the simulator."""
    with open_stage(workshop) as stage:
        cases = stage.play('inside_kills', 'kill')
        yield cases, stage.play('inside_kills', 'recover', cases=cases), stage.state()


def test_all_commits_of_a_click_are_known(killed):
    assert killed[0]['commits'] == COMMITS_OF_A_CLICK


@pytest.mark.parametrize('name', request_cases())
def test_a_killed_request_comes_home(killed, name):
    cases, outcomes, state = killed
    case, found = cases['requests'][name], outcomes['requests'][name]
    assert set(case['codes']) == {KILLED}
    assert len(case['codes']) == (2 if name.startswith('recovery') else 1)
    assert len(found) == (BATCH if name.startswith(('ten', 'batch')) else 1)
    if name.partition(': ')[2] in UNSAVED:
        # Nothing had been saved: nothing was sent, and the user sees that.
        assert not any(invoice['requests'] or invoice['number'] in state['attempts'] for invoice in found)
        return
    for invoice in found:
        # Sent again only what URSSAF had not taken (or, its call still being under way, was not yet seen to have).
        sent_again = name == LATE or name.startswith('refused')
        assert problems(invoice, state, attempts=2 if sent_again else 1) == []
    if name.startswith('refused'):
        assert [invoice['state'] for invoice in found] == ['rejected']
    else:
        assert {invoice['state'] for invoice in found} == {'integrated'}


def problems(invoice, state, attempts):
    """Why an invoice is not home; empty when it is.

    :param attempts: how often its number may have reached URSSAF's checks
    """
    there = [request['ref'] for request in state['requests'] if request['number'] == invoice['number']]
    checks = {
        'recorded twice': len(there) <= 1 and state['accepted'].get(invoice['number'], 0) == len(there),
        'sent twice': state['attempts'].get(invoice['number'], 0) <= attempts,
        'not one request': invoice['requests'] == 1,
        'another URSSAF number': [invoice['ref']] == (there or ['']),
        'another state': invoice['state'] == 'integrated' if there else invoice['state'] in ('not_sent', 'rejected'),
        'no sentence': there or invoice['sentence'],
        'untold': not invoice['untold'],
        'lines lost or twice': invoice['lines'] == invoice['worth_telling'],
        'received, said twice or never': invoice['received_lines'] == len(there),
        'activities': invoice['activities'] == (0 if there else 1),
    }
    return [f'{what}: {invoice}' for what, holds in checks.items() if not holds]


@pytest.mark.parametrize('name', registration_cases())
def test_a_killed_registration_comes_home(killed, name):
    cases, outcomes, state = killed
    after_crons, at_last = outcomes['registrations'][name]
    assert set(cases['registrations'][name]['codes']) == {KILLED}
    there = [customer['ref'] for customer in state['customers'] if customer['contact'][0] == after_crons['email']]
    # By itself where URSSAF had answered, or knows the household; else with a sentence that invites to click again.
    if after_crons['state'] == 'draft':
        assert after_crons['sentence'] or name in INTENDED
    else:
        assert after_crons['state'] in ('pending', '')
        assert after_crons['state'] or name in UNSAVED
    assert len(there) == 1
    assert (at_last['state'], at_last['ref']) == ('pending', *there)
    assert at_last['said'] == 1
    assert at_last['activities'] == 0
    if name.startswith('recovery, taken') or 'processed before' in name:
        assert after_crons['state'] == 'pending'


def test_the_table_of_outcomes(killed, tables):
    """Printed for the reader: each crash point and what came of it."""
    _cases, outcomes, state = killed
    rows = []
    for name, found in outcomes['requests'].items():
        taken = sum(state['accepted'].get(invoice['number'], 0) for invoice in found)
        ends = ', '.join(sorted({invoice['state'] or 'nothing saved' for invoice in found}))
        rows.append(f'M050 {name:50} {len(found):3} invoices {taken:3} recorded  {ends}')
    for name, (after_crons, at_last) in outcomes['registrations'].items():
        rows.append(f"M010 {name:50} {after_crons['state'] or 'nothing saved'} -> {at_last['state']}")
    tables['crash points'] = lambda: '\n'.join(rows)
    assert len(rows) == len(request_cases()) + len(registration_cases())
