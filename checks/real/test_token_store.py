"""The access token in the database, wanted by several real processes: one call renews it for all, and nobody reads it."""

import pytest

from real_odoo import open_stage


@pytest.fixture(scope='module')
def stage(workshop):
    with open_stage(workshop) as stage:
        yield stage


@pytest.fixture(scope='module')
def scenes(stage):
    return stage.play('inside_tokens', 'scenes')


def test_processes_that_renew_at_once_make_one_call(scenes):
    assert scenes['renew_together'] == {
        'first': 1,
        'expired': 1,
        'within the margin': 1,
        'before the margin': 0,
        'rows': 1,
        'values': 3,
    }


def test_a_refused_token_is_renewed_once_and_the_call_made_once_more(scenes, stage):
    found = scenes['refused_tokens']
    assert found['M050'] == found['M070'] == {'tokens': 1, 'calls': 2}
    assert found['state'] == 'integrated'
    assert stage.state()['accepted'][found['number']] == 1
    assert (found['refused at once'], found['renewed']) == (1, True)


def test_providers_share_no_token(scenes):
    assert scenes['owners'] == {
        'sandbox': True,
        'simulator': True,
        'other company': 1,
        'other client ID': 1,
        'first client ID again': 0,
        'untouched': True,
        'different': True,
    }


def test_no_token_and_no_secret_in_a_cache_or_in_the_log(stage):
    found, log = stage.result(stage.start('inside_tokens', 'secrets', '--log-level=debug', '--log-handler=:DEBUG'))
    assert len(found['values']) >= 2
    assert found['cached'] == []
    assert 'URSSAF M050 POST' in log
    assert 'DEBUG' in log
    assert [value for value in found['values'] if value in log] == []
