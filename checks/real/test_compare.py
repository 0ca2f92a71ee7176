"""A database restored to yesterday's dump comes back to the truth with a person's clicks alone, each request once."""

from demo_rpc import Odoo
from real_odoo import open_stage

COMPARE, ROW = 'urssaf.compare', 'urssaf.compare.line'
ROW_FIELDS = ('number', 'kind', 'blocker')


def click(accountant):
    """Open the window, compare, and decide on each row as its number tells: what may be this invoice is.

    Over HTTP, as the browser does it, with the rights of who accounts.

    :return: the kind of each row, by the number of its invoice
    """
    window = accountant.create(COMPARE, {})
    accountant.click(COMPARE, 'action_compare', window)
    rows = accountant.call(ROW, 'search_read', [('compare_id', '=', window)], ROW_FIELDS)
    for row in rows:
        if row['kind'] in ('unknown', 'unsent') and not row['blocker']:
            accountant.click(ROW, 'action_is_this', row['id'])
        elif row['kind'] == 'state':
            accountant.click(ROW, 'action_refresh', row['id'])
    return {row['number']: row['kind'] for row in rows}


def test_a_restored_dump(workshop, odoo_server):
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
        _process, url = odoo_server(stage.database)
        accountant = Odoo(url, stage.database, 'comptable', 'comptable')
        assert click(accountant) == {
            numbers[0]: 'state',
            numbers[2]: 'unsent',
            numbers[3]: 'unknown',
            numbers[4]: 'unknown',
        }
        stage.play('inside_compare', 'let_time_pass')
        assert click(accountant) == {}, 'nothing is left to decide'
        found, state = stage.play('inside_compare', 'what_the_books_say'), stage.state()
        assert {number: found['refs'][number] for number in numbers[:5]} == {
            number: known[number]['ref'] for number in numbers[:5]
        }
        assert found['requests'] == dict.fromkeys(numbers[:5], 1)
        assert state['calls']['M050'] == before, 'nothing left a second time'
        assert [state['attempts'].get(number, 0) for number in numbers] == [1] * 5 + [0]
