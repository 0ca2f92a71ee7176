"""Runs inside `odoo shell`: two companies under contracts of their own, and answers that a proxy spoils for the first.

Each scheduled action runs in a process of its own. Nothing is judged here: see ``test_spoilt_proxy.py``.
"""

import itertools

import requests

from odoo import Command, fields

from inside_odoo import MODULE, cron, prepare
from kill_points import MOVE, REGISTRATION, REQUEST
from service_day import day_of_services

ACTIVITY = f'{MODULE}.mail_activity_type_urssaf'
COUNT = 3  # invoices, or households, of each company in a case
TIMEOUT = '1'  # seconds; a call is over after four of them
HOUSEHOLDS = 60  # enough for all cases
ROUNDS = 3  # of the scheduled actions at most, once answers are let through again
PARK = """
UPDATE urssaf_payment_request SET next_poll_at = NULL, submit_at = NULL, next_watch_at = NULL;
UPDATE urssaf_registration SET next_poll_at = NULL;
"""


class Stand:
    """The proxy, the two companies, and one case after the other."""

    def __init__(self, play, proxy):
        self.play, self.proxy, self.made = play, proxy, 0
        prepare(play)  # the household 'menage-1'
        # Without the other side's refusal of a number it has: that nothing is sent twice must be our doing.
        play.control('switches', duplicate_check=False)
        with play.system() as env:
            for name, value in (('simulator_url', proxy), ('timeout', TIMEOUT)):
                env['ir.config_parameter'].set_param(f'{MODULE}.{name}', value)
            first, second = env['res.company'].browse(play.company_id), make_second(env)
            env['res.partner'].browse(play.partner_id).company_id = False  # a customer of both
            env[REGISTRATION].create(
                {
                    'partner_id': play.partner_id,
                    'company_id': second.id,
                    'environment': 'simulator',
                    'state': 'active',
                    'customer_ref': 'menage-1',
                    'activated_at': '2020-01-01 10:00:00',
                }
            )
            self.contracts = {company.id: company.urssaf_client_id for company in first | second}
            self.first, self.second = self.contracts
        self.households = iter(play.make_households(HOUSEHOLDS))

    # -- both sides -------------------------------------------------------------------------------

    def spoil(self, name, call, about):
        """From now on answers to the first company are spoilt: those about this number, or this household."""
        rule = {'name': name, 'call': call, 'provider': self.contracts[self.first], 'about': about}
        requests.post(f'{self.proxy}/_proxy', json=rule, timeout=30).raise_for_status()

    def heal(self):
        """How often the proxy has spoilt something."""
        return requests.delete(f'{self.proxy}/_proxy', timeout=30).json()['spoilt']

    def cron(self, *names, model=REQUEST):
        """Scheduled actions, each in a process of its own; how they ended."""
        return [self.play.ended(self.play.fork(cron, name, model)) for name in names]

    def rest(self):
        """Nothing of earlier cases is due, and no company pauses."""
        with self.play.registry.cursor() as cr:
            cr.execute(PARK)
            cr.execute('DELETE FROM urssaf_connection')

    # -- payment requests -------------------------------------------------------------------------

    def make_invoices(self):
        """Invoices of both companies, by company: the same numbers, for the same household, at the same prices."""
        today, start = day_of_services(), self.made
        self.made += COUNT
        with self.play.system() as env:
            moves = {
                company: env[MOVE]
                .with_company(company)
                .create(
                    [
                        {
                            'name': f'PROXY/{today.year}/{start + number:05}',
                            'move_type': 'out_invoice',
                            'partner_id': self.play.partner_id,
                            'invoice_date': today,
                            'company_id': company,
                            'urssaf_date_start': today,
                            'urssaf_date_end': today,
                            'urssaf_nature_id': env.ref(f'{MODULE}.nature_100').id,
                            'invoice_line_ids': [
                                Command.create(
                                    {
                                        'name': 'Cours',
                                        'quantity': 2,
                                        'price_unit': 30 + number,
                                        'tax_ids': [Command.clear()],
                                    }
                                )
                            ],
                        }
                        for number in range(COUNT)
                    ]
                )
                for company in self.contracts
            }
            for made in moves.values():
                made.action_post()
                made._urssaf_create_requests()
            return {company: made.ids for company, made in moves.items()}

    def sent(self, name):
        """The answer to the sending of one of the first company's requests is spoilt."""
        self.rest()
        moves = self.make_invoices()
        self.spoil(name, 'M050', self.number_of(moves))
        return self.facts(moves, '_cron_submit', ('_cron_sync', '_cron_submit'), 'integrated')

    def followed(self, name):
        """URSSAF has paid them all; what it says of one of the first company's is spoilt."""
        self.rest()
        moves = self.make_invoices()
        self.cron('_cron_submit')
        for request in self.there(moves):
            self.play.control(f"requests/{request['ref']}/pay")
        self.spoil(name, 'M070', self.number_of(moves))
        self.make_due(moves)
        return self.facts(moves, '_cron_sync', ('_cron_sync',), 'paid')

    def facts(self, moves, act, recovery, home):
        """What came of it: right after the spoilt answer, and at last.

        :param str act: the scheduled action that meets it
        :param tuple recovery: those that follow, until all requests are in the state ``home``
        """
        ended = self.cron(act)
        after = at_last = self.look(moves)
        spoilt = self.heal()
        for _round in range(ROUNDS):
            self.make_due(moves)
            ended += self.cron(*recovery)
            at_last = self.look(moves)
            if all(request['state'] == home for requests_ in at_last.values() for request in requests_):
                break
        return {'ended': ended, 'spoilt': spoilt, 'after': after, 'at_last': at_last}

    def number_of(self, moves):
        with self.play.system() as env:
            return env[MOVE].browse(moves[self.first][0]).name

    def there(self, moves):
        """What the simulator has of these invoices."""
        with self.play.system() as env:
            wanted = {
                (self.contracts[company], move.name) for company, ids in moves.items() for move in env[MOVE].browse(ids)
            }
        return [known for known in self.play.state()['requests'] if (known['client_id'], known['number']) in wanted]

    def make_due(self, moves):
        with self.play.system() as env:
            requests_ = env[REQUEST].search([('move_id', 'in', sum(moves.values(), []))]).ids
        self.play.make_due(requests_)

    def look(self, moves):
        """Both sides of each invoice: ``{'first': [...], 'second': [...]}``, the spoilt one before its neighbours."""
        state = self.play.state()
        there = {(known['client_id'], known['number']): known for known in state['requests']}
        found = {}
        with self.play.system() as env:
            now = fields.Datetime.now()
            for label, company in (('first', self.first), ('second', self.second)):
                contract, found[label] = self.contracts[company], []
                for move in env[MOVE].browse(moves[company]):
                    request, known = move.urssaf_request_id, there.get((contract, move.name), {})
                    found[label].append(
                        {
                            'number': move.name,
                            'requests': len(move.urssaf_request_ids),
                            'state': request.state,
                            'attention': request.attention or '',
                            'text': request.error_text or '',
                            'ref': request.request_ref or '',
                            'transfer': request.transfer_amount,
                            'total': request.amount_expected,
                            'activities': len(move.activity_search([ACTIVITY])),
                            'untold': len(request.event_ids.filtered(lambda event: not event.is_told)),
                            'waits': (request.submit_at - now).total_seconds() if request.submit_at else 0,
                            'there_ref': known.get('ref', ''),
                            'accepted': state['accepted_by_client'].get(contract, {}).get(move.name, 0),
                        }
                    )
        return found

    # -- households -------------------------------------------------------------------------------

    def make_registrations(self):
        """Two households of the first company and one of the second that wait to be registered: ``(id, e-mail)`` of each."""
        people = list(itertools.islice(self.households, COUNT))
        with self.play.system() as env:
            for (partner, _email), company in zip(people, (self.first, self.first, self.second), strict=True):
                partner, company = env['res.partner'].browse(partner), env['res.company'].browse(company)
                env[REGISTRATION]._intend(partner, company)._enqueue()
        return people

    def registered(self, name):
        """The answer to the registration of one of the first company's households is spoilt."""
        self.rest()
        people = self.make_registrations()
        self.spoil(name, 'M010', people[0][1])
        ended = self.cron('_register_queued', model=REGISTRATION)
        after = at_last = self.look_at_households(people)
        spoilt = self.heal()
        for _round in range(ROUNDS):
            self.make_households_due(people)
            ended += self.cron('_register_queued', '_sync_due', model=REGISTRATION)
            at_last = self.look_at_households(people)
            if all(household['state'] == 'pending' for household in at_last):
                break
        return {'ended': ended, 'spoilt': spoilt, 'after': after, 'at_last': at_last}

    def activated(self, name):
        """All have activated their accounts; what URSSAF says of one of the first company's is spoilt, twice."""
        self.rest()
        people = self.make_registrations()
        ended = self.cron('_register_queued', model=REGISTRATION)
        refs = [household['there_ref'] for household in self.look_at_households(people)]
        for ref in refs:
            self.play.control(f'customers/{ref}/activate', at='2020-01-01T10:00:00Z')
        self.spoil(name, 'M020', refs[0])
        looks = []
        for _time in range(2):
            self.make_households_due(people)
            ended += self.cron('_sync_due', model=REGISTRATION)
            looks.append(self.look_at_households(people))
        spoilt = self.heal()
        self.make_households_due(people)
        ended += self.cron('_sync_due', model=REGISTRATION)
        at_last = self.look_at_households(people)
        return {'ended': ended, 'spoilt': spoilt, 'after': looks[0], 'again': looks[1], 'at_last': at_last}

    def make_households_due(self, people):
        with self.play.system() as env:
            ids = env[REGISTRATION].search([('partner_id', 'in', [partner for partner, _email in people])]).ids
        self.play.make_due(registrations=ids)

    def look_at_households(self, people):
        """Both sides of each household, the spoilt one first, then its neighbour, then that of the second company."""
        there = {customer['contact'][0]: customer for customer in self.play.state()['customers']}
        found = []
        with self.play.system() as env:
            for partner, email in people:
                registration, known = env[REGISTRATION].search([('partner_id', '=', partner)]), there.get(email, {})
                found.append(
                    {
                        'email': email,
                        'registrations': len(registration),
                        'state': registration.state,
                        'text': registration.error_text or '',
                        'ref': registration.customer_ref or '',
                        'flagged': registration.needs_attention,
                        'activities': len(registration.activity_id.filtered('active')),
                        'there_ref': known.get('ref', ''),
                        'links': len(known.get('links', ())),
                    }
                )
        return found


def make_second(env):
    """Another provider, under a contract of its own."""
    second = env['res.company'].create({'name': "Deuxième Prestataire", 'currency_id': env.ref('base.EUR').id})
    # On the contact: a company created with a country installs every module of that country.
    second.partner_id.country_id = env.ref('base.fr')
    env['account.chart.template'].try_loading('fr', second, install_demo=False)
    second.write(
        {
            'urssaf_environment': 'simulator',
            'urssaf_client_id': 'deuxieme',
            'urssaf_client_secret': 'secret-deux',
            'urssaf_sap_number': 'SAP999999998',
        }
    )
    return second


def play_cases(play, proxy, cases):
    """``cases``: (call, name) of what the proxy spoils; what came of each, by ``call name``."""
    stand = Stand(play, proxy)
    acts = {'M010': stand.registered, 'M020': stand.activated, 'M050': stand.sent, 'M070': stand.followed}
    return {f'{call} {name}': acts[call](name) for call, name in cases}
