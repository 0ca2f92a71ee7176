"""Runs inside `odoo shell`: the token of one provider, wanted by several processes."""

from odoo.addons.l10n_fr_avance_immediate.urssaf.auth import EXPIRY_MARGIN

from inside_odoo import click, cron, prepare
from kill_points import REQUEST

WORKERS = 4


def token_calls(play):
    return play.state()['calls']['TOKEN']


def during(play, act):
    """Token calls made while acting."""
    before = token_calls(play)
    act()
    return token_calls(play) - before


def ensure_token(play):
    with play.system() as env:
        client = env['res.company'].browse(play.company_id)._urssaf_client()
        client.ensure_token()
        return [exchange.call for exchange in client.take_exchanges()]


def stored(play):
    """``[(company id, environment, client id, value)]``"""
    with play.registry.cursor() as cr:
        cr.execute('SELECT company_id, environment, client_key, value FROM urssaf_token ORDER BY id')
        return cr.fetchall()


def expire(play, seconds):
    """The stored token is good for so many seconds more."""
    with play.registry.cursor() as cr:
        cr.execute(
            "UPDATE urssaf_token SET expires_at = now() AT TIME ZONE 'UTC' + %s * interval '1 second'", [seconds]
        )


def renew_together(play):
    """Several processes at once: without any token, then with one that has expired; then their first calls."""
    prepare(play)
    play.control('faults', name='slow', call='TOKEN', seconds=0.5)
    found = {'first': during(play, lambda: play.together(*[ensure_token] * WORKERS))}
    values = {stored(play)[0][3]}
    expire(play, -1)
    found['expired'] = during(play, lambda: play.together(*[ensure_token] * WORKERS))
    values.add(stored(play)[0][3])
    margin = EXPIRY_MARGIN.total_seconds()
    for name, seconds in (('within the margin', margin - 5), ('before the margin', margin + 30)):
        expire(play, seconds)
        found[name] = during(play, lambda: play.together(*[ensure_token] * WORKERS))
        values.add(stored(play)[0][3])
    found['rows'], found['values'] = len(stored(play)), len(values)
    return found


def refused_tokens(play):
    """A token that URSSAF refuses although it looks fresh: renewed once, and the call made once more."""
    found = {}
    ensure_token(play)
    ((move_id, number),) = play.make_invoices(1)
    for name, fault in (('M050', 'unauthorized_once'), ('M070', 'unauthorized_once')):
        calls = play.state()['calls'][name]
        play.control('faults', name=fault, call=name)
        if name == 'M070':
            with play.system() as env:
                requests = env[REQUEST].search([])
                play.make_due(requests.ids)
        act = (lambda: click(play, [move_id])) if name == 'M050' else lambda: cron(play, '_sync_due')
        found[name] = {'tokens': during(play, act), 'calls': play.state()['calls'][name] - calls}
    with play.system() as env:
        found['state'] = env[REQUEST].search([('move_id', '=', move_id)]).state
    # Processes whose token is refused at the same moment: the others take what the first has got.
    before = stored(play)[0][3]
    play.control('faults', name='slow', call='TOKEN', seconds=0.5)

    def renew(play):
        with play.system() as env:
            client = env['res.company'].browse(play.company_id)._urssaf_client()
            client._tokens.renew(client._fetch_token, rejected=before)

    found['refused at once'] = during(play, lambda: play.together(*[renew] * WORKERS))
    found['renewed'] = stored(play)[0][3] != before
    found['number'] = number
    return found


def owners(play):
    """Another client ID, another company, another environment: none uses the token of the other."""
    ensure_token(play)
    first = stored(play)
    found = {}
    with play.system() as env:
        company = env['res.company'].browse(play.company_id)
        other = env['res.company'].create({'name': 'Autre'})
        other.write(
            {
                'urssaf_environment': 'simulator',
                'urssaf_client_id': company.urssaf_client_id,
                'urssaf_client_secret': company.urssaf_client_secret,
                'urssaf_sap_number': 'SAP999999998',
            }
        )
        store = env['urssaf.token']._store
        found['sandbox'] = store(company.id, 'sandbox', company.urssaf_client_id).get() is None
        found['simulator'] = store(company.id, 'simulator', company.urssaf_client_id).get() is not None
    with play.system() as env:
        other = env['res.company'].search([('name', '=', 'Autre')])
        found['other company'] = during(play, lambda: other._urssaf_client().ensure_token())
        company = env['res.company'].browse(play.company_id)
        old = company.urssaf_client_id
        company.urssaf_client_id = 'un-autre'
        found['other client ID'] = during(play, lambda: company._urssaf_client().ensure_token())
        company.urssaf_client_id = old
        found['first client ID again'] = during(play, lambda: company._urssaf_client().ensure_token())
    rows = stored(play)
    found['untouched'] = rows[:1] == first[:1]
    found['different'] = len({row[3] for row in rows}) == len(rows) == 3
    return found


def scenes(play):
    """One after the other, in one process."""
    found = {}
    for scene in (renew_together, refused_tokens, owners):
        found[scene.__name__] = scene(play)
        play.clear_faults()
    return found


def secrets(play):
    """All tokens that there are, the client secret, and whether one of them lies in a cache of the registry."""
    prepare(play)
    ((move_id, _number),) = play.make_invoices(1)
    click(play, [move_id])
    with play.system() as env:
        company = env['res.company'].browse(play.company_id)
        company._urssaf_test_connection()
        values = [company.urssaf_client_secret, *(row[3] for row in stored(play))]
        play.make_due(env[REQUEST].search([]).ids)
    cron(play, '_cron_sync')
    caches = play.registry._Registry__caches
    assert any(len(cache) for cache in caches.values())
    text = repr([(key, value) for cache in caches.values() for key, value in cache.items()])
    return {'values': values, 'cached': [value for value in values if value in text]}
