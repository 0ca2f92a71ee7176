"""Runs inside `odoo shell`: what URSSAF pays is booked once, whoever comes at the same moment, or dies on the way."""

from functools import partial

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import retrying

from inside_odoo import doomed, prepare
from kill_points import AFTER, BEFORE, REQUEST

PAID = 20
WINDOWS = 4
DEATHS = ((REQUEST, '_book', BEFORE, 1), (REQUEST, '_match_transfer', BEFORE, 1), (REQUEST, '_book', AFTER, 1))


def keep_books(play):
    """The company books what URSSAF pays, trials too."""
    prepare(play)
    with play.system() as env:
        company = env['res.company'].browse(play.company_id)
        company.action_urssaf_setup_money()
        company.write(
            {'urssaf_register_payments': True, 'urssaf_payments_from': '2020-01-01', 'urssaf_book_trials': True}
        )


def sent(play, count):
    """Requests that URSSAF has: their ids."""
    ids = [move_id for move_id, _number in play.make_invoices(count)]
    with play.user() as env:
        requests = env['account.move'].browse(ids)._urssaf_create_requests()
        requests._submit()
        return requests.ids


def pays(play, ids):
    """URSSAF has transferred yesterday, and is asked now."""
    with play.system() as env:
        requests = env[REQUEST].browse(ids)
        yesterday = fields.Date.subtract(fields.Date.today(), days=1)
        for request in requests:
            play.control(f'requests/{request.request_ref}/set_status', code='70', date=f'{yesterday}T00:00:00Z')
        requests.next_poll_at = fields.Datetime.now()


def sync(play):
    """A worker that asks until nothing is left."""
    handled = 0
    with play.system() as env:
        for _turn in range(20):
            handled += env[REQUEST]._sync_due(limit=10) + env[REQUEST]._book_due()
            env.cr.rollback()
    return handled


def refresh(play, ids):
    """A user who refreshes all of them."""
    with play.user() as env:
        return told(lambda: bool(env[REQUEST].browse(ids).action_refresh()), env)


def told(act, env):
    try:
        return retrying(act, env)
    except UserError as error:
        return f'told: {error}'


def books(play, ids):
    """What stands in the books of these requests."""
    with play.system() as env:
        requests = env[REQUEST].browse(ids)
        payments = env['account.payment'].search([('urssaf_request_id', 'in', ids)])
        owed = env['account.move.line'].search([('urssaf_is_claim', '=', True), ('company_id', '=', play.company_id)])
        return {
            'states': sorted(set(requests.mapped('state'))),
            'invoices': sorted(set(requests.move_id.mapped('payment_state'))),
            'open': [
                [one.id, one.transfer_amount, one.payment_id.id, one.money_note, one.move_id.amount_residual]
                for one in requests
                if one.move_id.payment_state != 'paid'
            ],
            'payments': [[one.urssaf_request_id.id, one.urssaf_kind, one.amount] for one in payments],
            'owed': round(sum(owed.mapped('amount_residual')), 2),
            'expected': round(sum(requests.mapped('amount_expected')), 2),
        }


def book_together(play):
    """Two workers and a user ask about the same requests, all paid, at the same moment."""
    keep_books(play)
    ids = sent(play, PAID)
    pays(play, ids)
    handled = play.together(sync, sync, partial(refresh, ids=ids))
    sync(play)
    return {'handled': handled, **books(play, ids)}


def take_back_together(play):
    """Four windows confirm the same debit."""
    ids = sent(play, 1)
    pays(play, ids)
    sync(play)
    with play.user() as env:
        wizards = env['urssaf.take.back']
        half = env[REQUEST].browse(ids).amount_expected / 2
        windows = [
            wizards.create({'request_id': ids[0], 'amount': half, 'date': fields.Date.today()}).id
            for _window in range(WINDOWS)
        ]

    def confirm(play, window):
        with play.user() as env:
            return told(lambda: bool(env['urssaf.take.back'].browse(window).action_confirm()), env)

    said = play.together(*[partial(confirm, window=window) for window in windows])
    return {'said': said, **books(play, ids)}


def die_while_booking(play):
    """A worker is killed at a point of the booking; the next one goes on."""
    found = []
    for point in DEATHS:
        ids = sent(play, 1)
        pays(play, ids)
        ended = play.ended(play.fork(doomed, point, sync))
        between = books(play, ids)
        play.make_due(ids)
        sync(play)
        found.append({'ended': ended, 'between': between, 'after': books(play, ids)})
    return found
