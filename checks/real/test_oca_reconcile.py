"""OCA's bank widget beside us, in a database of its own: what one matches the other shows as matched, and undoes. It is AGPL-3: never
among what we depend on, and none of it is here."""

import subprocess

import pytest

import oca
from real_odoo import open_stage


@pytest.fixture(scope='module')
def found(workshop):
    with open_stage(workshop) as stage:
        folders = [*workshop.addons, workshop.addons_folder, oca.ensure(workshop)]
        path = f'--addons-path={",".join(map(str, folders))}'
        done = subprocess.run(
            workshop.odoo(
                '-d', stage.database, path, '-i', oca.WIDGET, '--stop-after-init', '--no-http', '--log-level=error'
            ),
            env=workshop.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.returncode and ' ERROR ' not in done.stderr, done.stderr[-4000:]
        yield stage.play('inside_oca', 'play_all', path, '--log-level=critical')


def received(side, found):
    owed = found['at first']['owed']
    assert (side['is_open'], side['expected'], side['received']) == (False, owed, owed), side
    assert (side['owed'], side['payments'], side['matched'], side['begun']) == (0.0, [True], True, False), side


def awaited(side, found):
    owed = found['at first']['owed']
    assert (side['is_open'], side['expected'], side['received']) == (True, owed, 0.0), side
    assert (side['owed'], side['payments'], side['matched']) == (owed, [False], False), side


def test_a_transfer_that_we_match_is_shown_by_it_as_its_own_and_undone(found):
    assert found['at first']['owed'] > 0
    awaited(found['at first'], found)
    received(found['matched by us'], found)
    assert found['matched by us']['shown by it'] == 3
    awaited(found['undone in the widget'], found)


def test_what_a_person_has_begun_in_it_is_no_obstacle(found):
    awaited(found['begun in the widget'], found)
    assert found['begun in the widget']['begun'] and found['begun in the widget']['shown by it']
    received(found['matched by us over it'], found)
    assert found['matched by us over it']['shown by it'] == 3
    awaited(found['undone by us'], found)


def test_what_it_matches_we_say_is_received_and_undo(found):
    received(found['matched in the widget'], found)
    awaited(found['undone by us, of the widget'], found)


def test_what_it_books_beside_the_bank_s_entry_is_received_too(found):
    received(found['matched beside'], found)
    awaited(found['undone beside'], found)
    received(found['matched in the end'], found)


def test_nothing_was_booked_twice(found):
    assert found['books'] == {'states': ['paid'], 'invoices': ['paid'], 'payments': 3}
