"""Runs inside `odoo shell`: work that a restored backup knows nothing of, and what the books say afterwards."""

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


def let_time_pass(play):
    """All that happens by itself until the next day."""
    with play.system() as env:
        env[REQUEST].search([('next_poll_at', '!=', False)]).next_poll_at = '2020-01-01'
        env.cr.commit()
        while env[REQUEST]._submit_due():
            pass
        env[REQUEST]._cron_sync()
    return True


def what_the_books_say(play):
    """URSSAF's id of each invoice, and how many requests each has."""
    with play.user() as env:
        moves = env[REQUEST].search([]).move_id
        return {
            'refs': {move.name: move.urssaf_request_id.request_ref for move in moves},
            'requests': {move.name: len(move.urssaf_request_ids) for move in moves},
        }
