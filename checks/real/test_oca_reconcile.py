"""OCA's bank widget (account_reconcile_oca, AGPL-3: never among what we depend on) beside us: what one matches the other shows
and undoes, and what a person had begun in it is no obstacle."""

import subprocess

import pytest

from real_odoo import open_stage

PACKAGES = ('odoo-addon-account_reconcile_oca==19.0.*', 'odoo-addon-account_statement_base==19.0.*')
MODULE = 'account_reconcile_oca'


@pytest.fixture(scope='module')
def oca(workshop, tmp_path_factory):
    """The folder of its addons, from PyPI."""
    folder = tmp_path_factory.mktemp('oca')
    done = subprocess.run(
        [workshop.python, '-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, *PACKAGES],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f'not proved beside OCA: PyPI gives no {MODULE} ({done.stderr.strip().splitlines()[-1:]})')
    return folder / 'odoo' / 'addons'


@pytest.fixture(scope='module')
def found(workshop, oca, tables):
    path = f'--addons-path={",".join(map(str, [*workshop.addons, workshop.addons_folder, oca]))}'
    with open_stage(workshop) as stage:
        done = subprocess.run(
            workshop.odoo(
                '-d', stage.database, path, '-i', MODULE, '--stop-after-init', '--no-http', '--log-level=error'
            ),
            env=workshop.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.returncode, done.stderr[-4000:]
        yield stage.play('inside_oca', 'play_all', path, '--log-level=critical')


def closed(side):
    assert (side['open'], side['owed'], side['matched'], side['suspense']) == (False, 0.0, True, 0.0), side
    assert side['shown_by_oca'] == side['claims'], side
    assert not side['begun'], side


def opened(side, found):
    assert (side['open'], side['owed'], side['matched']) == (True, found['before']['owed'], False), side
    assert side['suspense'] == -found['before']['owed'], side
    assert side['of_it'] == [], side


def test_a_transfer_is_matched_and_shown_by_oca_as_its_own(found):
    opened(found['before'], found)
    closed(found['matched by us'])
    assert len(found['matched by us']['of_it']) == len(found['before']['claims']) == 2


def test_its_undo_takes_our_match_back(found):
    opened(found['undone by OCA'], found)


def test_what_a_person_had_begun_is_no_obstacle(found):
    assert found['half begun']['begun']
    closed(found['matched over it'])
    assert len(found['matched over it']['of_it']) == 2
    opened(found['undone by us'], found)


def test_what_it_matches_is_matched_for_us_and_undone_by_us(found):
    side = found['matched by OCA']
    assert (side['open'], side['owed'], side['matched'], side['suspense']) == (False, 0.0, True, 0.0), side
    opened(found['undone by us again'], found)


def test_nothing_was_booked_twice(found):
    assert found['states'] == ['paid', 'paid']
    assert len(found['payments']) == 2
