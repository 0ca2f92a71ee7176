"""Runs inside `odoo shell`: the people of a check, and children that may be killed.

The registry is loaded once; each child is a fork of it with database connections of its own, so that a process to be
killed costs a tenth of a second instead of a start of Odoo.
"""

import contextlib
import functools
import importlib
import itertools
import json
import os
import signal
import sys
import time
import traceback

import requests

import odoo
from odoo import Command, api
from odoo.tools import SQL

from odoo.addons.l10n_fr_avance_immediate.urssaf.client import UrssafClient

from kill_points import BEFORE, REGISTRATION, REQUEST
from service_day import day_of_services

MODULE = 'l10n_fr_avance_immediate'


def main(env, module, act, facts):
    """Call ``module.act(play, ...)``, print what it returns, and end without a word to the database."""
    code = 0
    try:
        registry = env.registry
        env.cr.close()
        facts = json.loads(facts)
        play = Play(registry, facts.pop('url'))
        print('RESULT', json.dumps(getattr(importlib.import_module(module), act)(play, **facts)))
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Play:
    """Who acts, and on what."""

    def __init__(self, registry, url):
        self.registry, self.url = registry, url
        with registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            self.user_id = env.ref(f'{MODULE}.demo_user_marie').id
            self.company_id = env.ref(f'{MODULE}.demo_company').id
            self.partner_id = env.ref(f'{MODULE}.demo_household_camille').id
            self.blocked_id = env.ref(f'{MODULE}.demo_household_helene').id

    @contextlib.contextmanager
    def user(self):
        """Marie, who invoices."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, self.user_id, {'allowed_company_ids': [self.company_id], 'lang': 'fr_FR'})

    @contextlib.contextmanager
    def system(self):
        """As a cron."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, api.SUPERUSER_ID, {})

    # -- children ---------------------------------------------------------------------------------

    def fork(self, act, *args):
        """Start a process that calls ``act(self, *args)``; its id. It ends with 0, with 1 after an exception, or killed."""
        odoo.sql_db.close_all()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        code = 0
        try:
            act(self, *args)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            code = 1
        os._exit(code)

    @staticmethod
    def ended(pid):
        """How a process ended: its code, or minus the signal that killed it."""
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def together(self, *acts):
        """Processes that begin at the same moment; what each returned, or a text that says how it failed."""
        wait, go = os.pipe()
        children = []
        for act in acts:
            answer, say = os.pipe()
            children.append((self.fork(at_the_start, act, wait, go, say), answer))
            os.close(say)
        os.close(go)
        results = []
        for pid, answer in children:
            with os.fdopen(answer) as file:
                text = file.read()
            self.ended(pid)
            results.append(json.loads(text))
        os.close(wait)
        return results

    def killed_on_the_wire(self, act, *args, until):
        """Start a process and kill it from outside as soon as the simulator's state satisfies ``until``."""
        pid = self.fork(act, *args)
        limit = time.monotonic() + 30
        while not until(self.state()):
            if time.monotonic() > limit or os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                raise AssertionError('the call did not arrive, or was answered')
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
        return self.ended(pid)

    # -- the simulator ----------------------------------------------------------------------------

    def state(self):
        return requests.get(f'{self.url}/_sim/state', timeout=30).json()

    def control(self, path, **values):
        response = requests.post(f'{self.url}/_sim/{path}', json=values, timeout=30)
        response.raise_for_status()
        return response.json()

    def clear_faults(self):
        requests.delete(f'{self.url}/_sim/faults', timeout=30).raise_for_status()

    def forget_identities(self):
        requests.delete(f'{self.url}/_sim/identities', timeout=30).raise_for_status()

    # -- documents --------------------------------------------------------------------------------

    def make_invoices(self, count, partner_id=None):
        """Posted invoices of a household, the active one by default: ``[(id, number)]``."""
        today = day_of_services()
        with self.system() as env:
            moves = (
                env['account.move']
                .with_company(self.company_id)
                .create(
                    [
                        {
                            'move_type': 'out_invoice',
                            'partner_id': partner_id or self.partner_id,
                            'invoice_date': today,
                            'company_id': self.company_id,
                            'urssaf_date_start': today,
                            'urssaf_date_end': today,
                            'urssaf_nature_id': env.ref(f'{MODULE}.nature_100').id,
                            'invoice_line_ids': [
                                Command.create(
                                    {'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [Command.clear()]}
                                )
                            ],
                        }
                        for _number in range(count)
                    ]
                )
            )
            moves.action_post()
            return list(zip(moves.ids, moves.mapped('name'), strict=True))

    def make_households(self, count):
        """People who may be registered, each somebody else for URSSAF: ``[(id, e-mail)]``."""
        with self.system() as env:
            made = env['res.partner'].search_count([('name', '=like', 'Ménage Fictif%')])
            partners = env['res.partner'].create([household(env, made + number) for number in range(count)])
            for partner in partners:
                partner.write(
                    {
                        'urssaf_iban': 'FR7630006000011234567890189',
                        'urssaf_bic': 'TESTFRPPXXX',
                        'urssaf_bank_holder': partner.name,
                    }
                )
            return [(partner.id, partner.email) for partner in partners]

    def make_due(self, requests=(), registrations=()):
        """All waiting times of these documents (ids) are over; claims are a little older than any call can be."""
        with self.registry.cursor() as cr:
            for table, ids in (('urssaf_payment_request', requests), ('urssaf_registration', registrations)):
                cr.execute(
                    SQL(
                        "UPDATE %s SET claimed_at = claimed_at - interval '2 hours', next_poll_at = next_poll_at - interval '1 month' "
                        "WHERE id = ANY(%s)",
                        SQL.identifier(table),
                        list(ids),
                    )
                )
            cr.execute(
                "UPDATE urssaf_payment_request SET submit_at = submit_at - interval '1 month' "
                "WHERE state IN ('queued', 'not_sent') AND id = ANY(%s)",
                [list(requests)],
            )
            cr.execute('UPDATE urssaf_connection SET paused_until = NULL, is_asked = false')

    def make_all_due(self):
        with self.system() as env:
            requests, registrations = (env[name].search([]).ids for name in (REQUEST, REGISTRATION))
        self.make_due(requests, registrations)


def household(env, number):
    letters = chr(ord('A') + number // 26) + chr(ord('A') + number % 26)
    return {
        'name': f'Ménage Fictif{letters}',
        'email': f'menage{number}@example.com',
        'street': "12 bis rue des Exemples",
        'zip': '37000',
        'city': 'Tours',
        'country_id': env.ref('base.fr').id,
        'phone': f'06 39 98 01 {number:02}',
        'urssaf_civility': '2',
        'urssaf_birth_name': f'Fictif{letters}',
        'urssaf_first_names': 'Camille',
        'urssaf_birth_date': '1984-05-17',
        'urssaf_birth_commune_id': env['insee.commune'].search([('code', '=', '37261')], limit=1).id,
        'urssaf_consent_date': '2026-01-05',
        'urssaf_consent_origin': 'Accord signé',
    }


def prepare(play):
    """Two households that are active here: one that URSSAF takes, and one it has blocked, unknown to us.

    The simulator's clock stands still: a status is what we make it.
    """
    for partner_id, name in ((play.partner_id, 'menage-1'), (play.blocked_id, 'menage-2')):
        with play.system() as env:
            partner = env['res.partner'].browse(partner_id)
            registration = env[REGISTRATION].search([('partner_id', '=', partner_id)]) or env[REGISTRATION].create(
                {'partner_id': partner_id, 'company_id': play.company_id, 'environment': 'simulator'}
            )
            registration.write({'state': 'active', 'customer_ref': name, 'activated_at': '2020-01-01 10:00:00'})
            play.control(
                'seed',
                customers=[
                    {
                        'ref': name,
                        'birth_date': str(partner.urssaf_birth_date),
                        'activated_at': '2020-01-01T10:00:00Z',
                        'mail': f'{name}@example.com',
                        'name': name,
                    }
                ],
            )
    play.control('customers/menage-2/block')
    play.control('clock', freeze=True)


def at_the_start(play, act, wait, go, say):
    """In a child: act when the parent closes its end of the pipe."""
    os.close(go)
    os.read(wait, 1)
    with os.fdopen(say, 'w') as file:
        try:
            result = act(play)
        except Exception as error:
            traceback.print_exc()
            result = f'failed: {error!r}'
        json.dump(result, file)


# -- what people do -------------------------------------------------------------------------------


def click(play, ids):
    """The button on these invoices; their requests' states."""
    with play.user() as env:
        sent = env['account.move'].browse(ids)._urssaf_create_requests()
        sent._submit()
        return sent.mapped('state')


def cron(play, name, model=REQUEST):
    with play.system() as env:
        getattr(env[model], name)()


def register(play, partner_id):
    """The button on a household."""
    with play.user() as env:
        env['res.partner'].browse(partner_id).action_urssaf_register()


# -- points in the code -----------------------------------------------------------------------------


def owner(play, name):
    """A class by the name of its model, or the client."""
    return UrssafClient if name == 'client' else play.registry[name]


def at_point(play, point, do):
    """Call ``do`` when the n-th call of a method begins or has returned.

    :param point: see ``kill_points``
    """
    name, method, when, nth = point
    cls, numbers = owner(play, name), itertools.count(1)
    original = getattr(cls, method)

    @functools.wraps(original)
    def wrapped(self, *args, **kwargs):
        number = next(numbers)
        if number == nth and when == BEFORE:
            do(self)
        result = original(self, *args, **kwargs)
        if number == nth and when != BEFORE:
            do(self)
        return result

    setattr(cls, method, wrapped)


def die(document):
    """SIGKILL, with all that was written so far at the database, uncommitted."""
    if hasattr(document, 'env'):
        document.env.flush_all()
    os.kill(os.getpid(), signal.SIGKILL)


def doomed(play, point, act, *args):
    """Act, and be killed at a point."""
    at_point(play, point, die)
    act(play, *args)
