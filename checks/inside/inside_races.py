"""Runs inside `odoo shell`: several processes at once on one database, and transactions that Odoo runs again."""

import contextlib
import time
from datetime import timedelta
from functools import partial

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import retrying

from inside_odoo import prepare
from kill_points import MOVE, PARTNER, REGISTRATION, REQUEST

DUE = 200
CLICKS = 8
REMINDED = 20


# -- at once ----------------------------------------------------------------------------------------


def clicks(play):
    """Eight clicks on one invoice, then eight on the registration of one household, as Odoo runs a user's calls."""
    prepare(play)
    ((move_id, number),) = play.make_invoices(1)
    ((household, _email),) = play.make_households(1)
    for call in ('M050', 'M010'):
        play.control('faults', name='slow', call=call, seconds=1)

    def send(play):
        with play.user() as env:
            return retrying(lambda: click_in(env, [move_id]), env)

    def register(play):
        with play.user() as env:
            return retrying(lambda: bool(env[PARTNER].browse(household).action_urssaf_register()), env)

    sent = play.together(*[send] * CLICKS)
    registered = play.together(*[register] * CLICKS)
    with play.system() as env:
        registration = env[REGISTRATION].search([('partner_id', '=', household)])
        return {
            'number': number,
            'sent': sent,
            'registered': registered,
            'state': env[MOVE].browse(move_id).urssaf_state,
            'requests': len(env[MOVE].browse(move_id).urssaf_request_ids),
            'registration': registration.mapped('state'),
        }


def pays_and_clicks(play):
    """A payment registered by hand and a click on *Send* at the same moment, for each of some invoices."""
    prepare(play)
    found = []
    for move_id, number in play.make_invoices(CLICKS):
        with play.user() as env:
            register = env['account.payment.register'].with_context(active_model=MOVE, active_ids=[move_id])
            window = register.create({}).id

        def pay(play, window=window):
            with play.user() as env:
                return told(lambda: bool(env['account.payment.register'].browse(window).action_create_payments()), env)

        def send(play, move_id=move_id):
            with play.user() as env:
                return told(lambda: click_in(env, [move_id]), env)

        said = play.together(pay, send)
        with play.system() as env:
            move = env[MOVE].browse(move_id)
            found.append(
                {'number': number, 'said': said, 'payment': move.payment_state, 'request': move.urssaf_state or ''}
            )
    return found


def told(act, env):
    """What an action gives as Odoo runs a user's calls, or what the user is told."""
    try:
        return retrying(act, env)
    except UserError as error:
        return f'told: {error}'


def tries(play):
    """A household that is not recognised: six windows try other ways to write it, four of them the same one."""
    prepare(play)
    ((household, _email),) = play.make_households(1)
    with play.system() as env:
        env[PARTNER].browse(household).write({'urssaf_first_names': 'Camille Odette', 'urssaf_usage_name': 'Exemple'})
    play.control('seed', identities=[{'birth_name': 'NOBODY'}])
    with play.user() as env, contextlib.suppress(UserError):
        env[PARTNER].browse(household).action_urssaf_register()
    before = play.state()['calls']['M010']
    with play.user() as env:
        ways = {way.kind: way.id for way in env[PARTNER].browse(household).urssaf_attempt_ids}
    play.control('faults', name='slow', call='M010', seconds=1)

    def attempt(way, play):
        with play.user() as env:
            try:
                return retrying(lambda: env['urssaf.registration.attempt'].browse(way).action_try(), env)['params'][
                    'message'
                ]
            except UserError as error:
                return str(error)

    said = play.together(
        *[partial(attempt, ways['first_name_only'])] * 4, *[partial(attempt, ways['names_swapped'])] * 2
    )
    play.forget_identities()
    with play.system() as env:
        registration = env[REGISTRATION].search([('partner_id', '=', household)])
        return {
            'said': said,
            'calls': play.state()['calls']['M010'] - before,
            'state': registration.state,
            'tried': sorted(registration.attempt_ids.filtered(lambda a: a.outcome == 'refused').mapped('kind')),
        }


def click_in(env, ids):
    sent = env[MOVE].browse(ids)._urssaf_create_requests()
    sent._submit()
    return sent.mapped('state')


def queue(play):
    """Requests that are due, not yet sent; their numbers."""
    prepare(play)
    ids, numbers = zip(*play.make_invoices(DUE), strict=True)
    with play.user() as env:
        env[MOVE].browse(ids)._urssaf_create_requests()
    return numbers


def drain(play, states, entry_point):
    """What a worker does until nothing is left: how many it was told it handled."""
    handled = 0
    limit = time.monotonic() + 300
    with play.system() as env:
        requests = env[REQUEST]
        while time.monotonic() < limit:
            handled += getattr(requests, entry_point)(limit=20)
            env.cr.rollback()
            if not requests.search_count([('state', 'in', states)]):
                return handled
    raise AssertionError('something is left for ever')


def submit_together(play):
    """Two processes send what is due."""
    play.control('faults', name='slow', call='M050', seconds=0.1)
    return play.together(*[partial(drain, states=('queued', 'sending'), entry_point='_submit_due')] * 2)


def poll_together(play):
    """URSSAF has written to the households; two processes ask about all requests at once."""
    play.control('clock', advance_hours=1)
    play.control('faults', name='slow', call='M070', seconds=0.1)
    with play.system() as env:
        env[REQUEST].search([]).next_poll_at = fields.Datetime.now()
    handled = play.together(*[partial(drain, states=('integrated',), entry_point='_sync_due')] * 2)
    with play.system() as env:
        requests = env[REQUEST].search([])
        return {'handled': handled, 'states': requests.mapped('state'), 'refs': requests.mapped('request_ref')}


# -- what the log keeps of a write that the database refuses --------------------------------------

BORN, NAME, IBAN = '1951-03-29', 'Quenouillard', 'FR1420041010050500013M02606'


def writes(play):
    """Somebody else has written the row since the snapshot: the database refuses the second write, and Odoo logs it."""
    prepare(play)
    ((household, _email),) = play.make_households(1)
    play.control('seed', identities=[{'birth_name': 'NOBODY'}])
    with play.system() as env:
        partner = env[PARTNER].browse(household)
        partner.write({'urssaf_birth_name': NAME, 'urssaf_birth_date': BORN})
    with play.user() as env, contextlib.suppress(UserError):
        env[PARTNER].browse(household).action_urssaf_register()
    play.forget_identities()
    values = {'urssaf_birth_date': BORN, 'urssaf_first_names': 'Philibertine', 'urssaf_iban': IBAN}

    def write(env):
        env[PARTNER].browse(household).write({**values, 'urssaf_birth_name': f'{NAME}-Petit'})

    def open_attempt(env):
        registration = env[REGISTRATION].search([('partner_id', '=', household)])
        registration._open_attempt('claim', registration.partner_id._urssaf_customer(), None)

    def disturb(env):
        env[PARTNER].browse(household).ref = 'somebody else'
        env[REGISTRATION].search([('partner_id', '=', household)]).attempt_ids.sequence = 77

    return {act.__name__: refused(play, act, disturb) for act in (write, open_attempt)}


def refused(play, act, disturb):
    """Whether the database refuses what is done in a snapshot from before somebody else's write."""
    with play.system() as late:
        late[PARTNER].search_count([])
        with play.system() as early:
            disturb(early)
        try:
            act(late)
            late.flush_all()
        except SerializationFailure:
            late.cr.rollback()
            return True
        late.cr.rollback()
    return False


# -- reminders --------------------------------------------------------------------------------------


def remind_together(play):
    """Twenty households have not activated their account for three days; two processes remind at once."""
    prepare(play)
    ids = []
    for partner, _email in play.make_households(REMINDED):
        with play.user() as env:
            env[PARTNER].browse(partner).action_urssaf_register()
            ids += env[PARTNER].browse(partner).urssaf_registration_id.ids
    now = fields.Datetime.now()
    with play.system() as env:
        env[REGISTRATION].browse(ids).write({'registered_at': now - timedelta(days=3), 'checked_at': now})
        env[REGISTRATION].browse(ids).company_id.urssaf_responsible_id = env.ref('base.user_admin')

    def remind(play):
        handled = 0
        for _turn in range(3):
            with play.system() as env:
                handled += env[REGISTRATION]._remind_due()
        return handled

    handled = play.together(remind, remind)
    with play.system() as env:
        mails = env['mail.mail'].search([('model', '=', REGISTRATION), ('res_id', 'in', ids)])
        return {
            'handled': handled,
            'reminded': mails.mapped('res_id'),
            'due': ids,
            'counts': env[REGISTRATION].browse(ids).mapped('reminder_count'),
        }
