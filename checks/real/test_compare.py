"""A database restored to yesterday's dump comes back to the truth with a person's clicks alone, each request once."""

from real_odoo import open_stage


def test_a_restored_dump(workshop):
    with open_stage(workshop) as stage:
        invoices = stage.play('inside_compare', 'make_books', count=6)
        ids, numbers = [move_id for move_id, _number in invoices], [number for _move_id, number in invoices]
        stage.play('inside_compare', 'queue', move_ids=ids[2:3])
        dump = f'{stage.database}_dump'
        workshop.copy_database(stage.database, dump)
        try:
            # Today's work: what was queued leaves, two more are sent, a household accepts.
            stage.play('inside_compare', 'send', move_ids=ids[2:5])
            known = {request['number']: request for request in stage.state()['requests']}
            stage.control(f'requests/{known[numbers[0]]["ref"]}/accept')
            workshop.copy_database(dump, stage.database)
        finally:
            workshop.drop_database(dump)
        before = stage.state()['calls']['M050']
        found = stage.play('inside_compare', 'compare')
        state = stage.state()
        assert found['first'] == {
            numbers[0]: 'state',
            numbers[2]: 'unsent',
            numbers[3]: 'unknown',
            numbers[4]: 'unknown',
        }
        assert found['second'] == {}, 'nothing is left to decide'
        assert {number: found['refs'][number] for number in numbers[:5]} == {
            number: known[number]['ref'] for number in numbers[:5]
        }
        assert found['requests'] == dict.fromkeys(numbers[:5], 1)
        assert state['calls']['M050'] == before, 'nothing left a second time'
        assert [state['attempts'].get(number, 0) for number in numbers] == [1] * 5 + [0]
