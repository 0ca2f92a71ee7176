"""Runs inside `odoo shell`: work that a restored backup knows nothing of, and what a person clicks afterwards."""

from inside_odoo import prepare
from kill_points import MOVE, REQUEST


def make_books(play, count):
    """Invoices, some of them sent; ids and numbers."""
    prepare(play)
    invoices = play.make_invoices(count)
    send(play, [move_id for move_id, _number in invoices[:2]])
    return invoices


def send(play, move_ids):
    """Send these invoices, one call for all."""
    with play.user() as env:
        env[MOVE].browse(move_ids)._urssaf_create_requests()._submit()
    with play.system() as env:
        return env[MOVE].browse(move_ids).mapped('urssaf_state')


def queue(play, move_ids):
    """The intent alone: it leaves by itself."""
    with play.user() as env:
        env[MOVE].browse(move_ids)._urssaf_create_requests()._commit()
    return True


def compare(play):
    """Every button that a row of the comparison offers, then all that happens by itself."""
    with play.system() as env:
        env.ref('account.group_account_manager').user_ids |= env['res.users'].browse(play.user_id)
    with play.user() as env:
        first = click(env)
        env.cr.commit()
    with play.system() as env:
        env[REQUEST].search([('next_poll_at', '!=', False)]).next_poll_at = '2020-01-01'
        env.cr.commit()
        while env[REQUEST]._submit_due():
            pass
        env[REQUEST]._cron_sync()
    with play.user() as env:
        second = click(env)
        moves = env[REQUEST].search([]).move_id
        return {
            'first': first,
            'second': second,
            'refs': {move.name: move.urssaf_request_id.request_ref for move in moves},
            'requests': {move.name: len(move.urssaf_request_ids) for move in moves},
        }


def click(env):
    """Compare and decide on each row as its number tells: what may be this invoice is; the kinds of the rows."""
    wizard = env['urssaf.compare'].create({})
    wizard.action_compare()
    kinds = {line.number: line.kind for line in wizard.line_ids}
    for line in wizard.line_ids:
        if line.kind in ('unknown', 'unsent') and not line.blocker:
            line.action_is_this()
        elif line.kind == 'state':
            line.action_refresh()
    return kinds
