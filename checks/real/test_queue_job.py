"""Our entry points as jobs of OCA's queue_job, as they are: the addon itself knows nothing of it."""

from dataclasses import replace

import pytest

import queue_job
from real_odoo import open_stage
from template import STANDS_ON

INVOICES = 12


@pytest.fixture(scope='module')
def found(workshop):
    addons, library = queue_job.ensure(workshop)
    path = workshop.environment['PYTHONPATH']
    beside = replace(workshop, environment={**workshop.environment, 'PYTHONPATH': f'{path}:{library}'})
    with open_stage(beside) as stage:
        folders = ','.join(map(str, [*workshop.addons, workshop.addons_folder, addons]))
        options = ['--log-level=error', f'--addons-path={folders}']
        stage.play('inside_queue_job', 'install', *options)
        yield {**stage.play('inside_queue_job', 'perform', *options, count=INVOICES), 'seen': stage.state()}


def test_each_entry_point_ends_well_as_a_job(found):
    assert found['jobs'] == {
        'urssaf.payment.request._cron_submit': 'done',
        'urssaf.payment.request._submit_due': 'done',
        'urssaf.payment.request._sync_due': 'done',
        'urssaf.payment.request._cron_sync': 'done',
        'urssaf.registration._sync_due': 'done',
    }, found


def test_each_request_left_once_and_was_followed(found):
    assert found['states'] == ['awaiting'] * INVOICES
    assert found['seen']['attempts'] == dict.fromkeys(found['numbers'], 1)


def test_the_addon_does_not_depend_on_it(found):
    assert 'queue_job' not in STANDS_ON
    assert 'queue_job' not in found['depends']
