"""Real processes on one database: a transfer of URSSAF's is booked once for ever, a debit once."""

import pytest

from real_odoo import open_stage


@pytest.fixture(scope='module')
def stage(workshop):
    with open_stage(workshop) as stage:
        yield stage


@pytest.fixture(scope='module')
def together(stage):
    return stage.play('inside_money', 'book_together')


def test_two_workers_and_a_user_book_each_transfer_once(together):
    assert together['states'] == ['paid'] and together['invoices'] == ['paid'], together
    booked = [request for request, _kind, _amount in together['payments']]
    assert len(booked) == len(set(booked)) == 20
    assert together['owed'] == together['expected'] == round(sum(amount for *_other, amount in together['payments']), 2)
    assert not [said for said in together['handled'] if 'failed' in str(said)], together['handled']


def test_four_windows_book_one_debit_once(stage, together):
    found = stage.play('inside_money', 'take_back_together')
    kinds = sorted(kind for _request, kind, _amount in found['payments'])
    assert kinds == ['taken_back', 'transfer'], found
    assert found['invoices'] == ['partial']
    assert sum(said is True for said in found['said']) == 1, found['said']
    assert all(said is True or str(said).startswith('told: ') for said in found['said']), found['said']


def test_a_worker_that_dies_while_it_books(stage, together):
    for case in stage.play('inside_money', 'die_while_booking'):
        assert case['ended'] == -9
        # The status and its payment are one transaction: both are there, or none.
        assert (case['between']['states'] == ['paid']) == bool(case['between']['payments']), case
        assert [kind for _request, kind, _amount in case['after']['payments']] == ['transfer'], case
        assert (case['after']['states'], case['after']['invoices']) == (['paid'], ['paid']), case
