"""Read by `odoo shell` after the storm of the stress run: does one company wait for the other's spoilt answers?

Each company has as many invoices as the other. They are sent, then paid by URSSAF, and followed round by round by the
scheduled actions alone: once while every answer is sound, once while each answer to the first company is spoilt in one way
or another. The second company must be no round later.

``SOAK`` (JSON in the environment): the simulator's URL, the ids of the invoices by kind (the first company's, the second's)
and the faults of the first company, by kind.
"""
# ruff: noqa: F821  `env` is the shell's

import json
import os
import time

import requests

ROUNDS = 4  # for each half of a request's life
facts = json.loads(os.environ['SOAK'])
PARK = """
UPDATE urssaf_payment_request SET next_poll_at = NULL, submit_at = NULL, next_watch_at = NULL;
UPDATE urssaf_registration SET next_poll_at = NULL;
DELETE FROM urssaf_connection;
"""
DUE = """
UPDATE urssaf_payment_request SET submit_at = submit_at - interval '1 month' WHERE state = 'not_sent' AND move_id = ANY(%(moves)s);
UPDATE urssaf_payment_request SET next_poll_at = next_poll_at - interval '1 month' WHERE move_id = ANY(%(moves)s);
UPDATE urssaf_connection SET paused_until = NULL, is_asked = false;
"""


def control(route, body=None, method='POST'):
    answer = requests.request(method, f"{facts['simulator']}/_sim/{route}", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def execute(statement, **values):
    env.cr.execute(statement, values)
    env.cr.commit()
    env.invalidate_all()


def follow(moves, wanted):
    """The round in which each request came to that state, in the order of the invoices; and seconds."""
    started, came = time.monotonic(), {}
    for number in range(1, ROUNDS + 1):
        execute(DUE, moves=moves)
        env['urssaf.payment.request']._cron_submit()
        env['urssaf.payment.request']._cron_sync()
        env.cr.commit()
        env.invalidate_all()
        for move in env['account.move'].browse(moves):
            if move.urssaf_state == wanted:
                came.setdefault(move.id, (number, round(time.monotonic() - started, 1)))
        if len(came) == len(moves):
            break
    return [came.get(move, (ROUNDS + 1, None)) for move in moves]


found = {}
for kind, (first, second) in facts['compared'].items():
    execute(PARK)
    env['account.move'].browse(first + second)._urssaf_create_requests()
    env.cr.commit()
    for fault in facts['faults'][kind]:
        control('faults', fault)
    sent = follow(first + second, 'integrated')
    refs = {request['number']: request['ref'] for request in control('state', method='GET')['requests']}
    for move in env['account.move'].browse(first + second):
        if move.name in refs:
            control(f'requests/{refs[move.name]}/pay')
    paid = follow(first + second, 'paid')
    control('faults', method='DELETE')
    # What is spoilt comes home as soon as an answer can be read.
    follow(first + second, 'paid')
    states = env['account.move'].browse(first + second).mapped('urssaf_state')
    found[kind] = {
        'sent': sent[len(first) :],
        'paid': paid[len(first) :],
        'first': [came for came, _seconds in paid[: len(first)]],
        'states': states,
    }
print('COMPARED', json.dumps(found))
