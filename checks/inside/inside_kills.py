"""Runs inside `odoo shell`: kills a process at every point of ``kill_points``, and brings the rest home."""

import itertools

from odoo.tools import html2plaintext

from odoo.addons.l10n_fr_avance_immediate.urssaf.payloads import PaymentRequest

import kill_points as points
from inside_odoo import MODULE, click, cron, doomed, prepare, register
from kill_points import AFTER, BATCH, DOCUMENT, MOVE, REGISTRATION, REQUEST

ROUNDS = 3
ACTIVITY = f'{MODULE}.mail_activity_type_urssaf'
PARK = (
    "UPDATE urssaf_payment_request SET submit_at = now() AT TIME ZONE 'UTC' + interval '1 day' "
    "WHERE state IN ('queued', 'not_sent')"
)


class Kills:
    """One victim after the other: ``cases`` holds how each process ended."""

    def __init__(self, play):
        self.play, self.cases = play, {}

    def kill_at(self, name, point, act, *args):
        pid = self.play.fork(doomed, point, act, *args)
        self.cases[name]['codes'].append(self.play.ended(pid))

    def kill_on_the_wire(self, name, call, fault, act, *args, contains=None):
        """The simulator meets a fault in this call; the process is killed once the call has come that far."""
        before = self.play.state()
        self.play.control('faults', **fault, call=call, times=1, contains=contains)
        size = {'M010': lambda state: len(state['customers']), 'M050': lambda state: len(state['requests'])}.get(call)

        def has_come(state):
            # Counted when received; there when processed.
            processed = fault['name'] != 'timeout_after' or size(state) > size(before)
            return state['calls'][call] > before['calls'][call] and processed

        self.cases[name]['codes'].append(self.play.killed_on_the_wire(act, *args, until=has_come))


class RequestKills(Kills):
    def __init__(self, play):
        super().__init__(play)
        self.invoices = iter(play.make_invoices(340))
        self.refused = iter(play.make_invoices(len(points.REFUSED), play.blocked_id))

    def victim(self, name, count=1):
        """Invoices for a case, all earlier ones being out of its way."""
        invoices = self.refused if name.startswith('refused') else self.invoices
        with self.play.registry.cursor() as cr:
            cr.execute(PARK)
        ids, numbers = zip(*itertools.islice(invoices, count), strict=True)
        self.cases[name] = {'ids': ids, 'codes': []}
        return list(ids), list(numbers)

    def make_due(self, ids):
        with self.play.system() as env:
            requests = env[REQUEST].search([('move_id', 'in', ids)]).ids
        self.play.make_due(requests)

    def killed(self, name, point, count=1, fault=None):
        ids, numbers = self.victim(name, count)
        if fault:
            self.play.control('faults', **fault, call='M050', contains=numbers[-1])
        self.kill_at(name, point, click, ids)

    def killed_on_the_wire(self, name, fault, count=1):
        ids, numbers = self.victim(name, count)
        self.kill_on_the_wire(name, 'M050', fault, click, ids, contains=numbers[0])
        return ids

    def killed_in_recovery(self, name, point, fault):
        """Twice: in the call, and in the search for what became of it."""
        self.make_due(self.killed_on_the_wire(name, fault))
        if point:
            self.kill_at(name, point, cron, '_cron_sync')
        else:
            self.kill_on_the_wire(name, 'M070', points.WIRE[points.NOT_TAKEN], cron, '_cron_sync')

    def killed_at_the_next_try(self, name, point):
        """URSSAF asked to wait; the cron that sends it afterwards is killed."""
        ids, numbers = self.victim(name)
        self.play.control('faults', name='throttled', call='M050', times=1, contains=numbers[0])
        assert click(self.play, ids) == ['not_sent']
        self.make_due(ids)
        self.kill_at(name, point, cron, '_cron_submit')

    def delivered_late(self, name):
        """The network delivers the killed caller's call when two look-ups have found nothing."""
        ids = self.killed_on_the_wire(name, points.WIRE[points.NOT_TAKEN])
        for _look_up in range(2):
            self.make_due(ids)
            self.play.ended(self.play.fork(cron, '_cron_sync'))
        with self.play.system() as env:
            request = env[REQUEST].search([('move_id', 'in', ids)])
            assert request.state == 'not_sent', request.state
            client = request.company_id._urssaf_client()
            outcome = client.submit_requests([PaymentRequest.from_json(request.payload)])[request.name]
            assert outcome.kind == 'accepted', outcome

    def run(self):
        for label, count in points.COUNTS.items():
            self.killed(f'{label}: after the check', (MOVE, '_urssaf_prepare', AFTER, count), count)
            for step, point in points.STEPS.items():
                self.killed(f'{label}: {step}', point, count)
            for truth, fault in points.WIRE.items():
                self.killed_on_the_wire(f'{label}: on the wire, {truth}', fault, count)
        for step, point in points.RETRY.items():
            self.killed_at_the_next_try(f'retry: {step}', point)
        for step, point in points.REFUSED.items():
            self.killed(f'refused: {step}', point)
        for step, point in points.SUNK.items():
            self.killed(f'batch refused: {step}', point, BATCH, fault={'name': 'errors_400', 'times': 1})
        for truth, fault in points.TRUTHS.items():
            for step, point in {**points.RECOVERY, 'on the wire': None}.items():
                self.killed_in_recovery(f'recovery, {truth}: {step}', point, fault)
        self.delivered_late(points.LATE)
        return self.cases


class RegistrationKills(Kills):
    def __init__(self, play):
        super().__init__(play)
        names = points.registration_cases()
        self.households = dict(zip(names, play.make_households(len(names)), strict=True))

    def victim(self, name):
        partner_id, email = self.households[name]
        self.cases[name] = {'ids': [partner_id], 'codes': []}
        return partner_id, email

    def make_due(self, partner_id):
        with self.play.system() as env:
            registrations = env[REGISTRATION].search([('partner_id', '=', partner_id)]).ids
        self.play.make_due(registrations=registrations)

    def killed(self, name, point):
        partner_id, _email = self.victim(name)
        self.kill_at(name, point, register, partner_id)

    def killed_on_the_wire(self, name, fault):
        partner_id, email = self.victim(name)
        self.kill_on_the_wire(name, 'M010', fault, register, partner_id, contains=email)
        return partner_id

    def run(self):
        for step, point in points.REGISTRATION_STEPS.items():
            self.killed(step, point)
        for truth, fault in points.WIRE.items():
            self.killed_on_the_wire(f'on the wire, {truth}', fault)
        for truth, fault in points.TRUTHS.items():
            for step, point in points.REGISTRATION_RECOVERY.items():
                name = f'recovery, {truth}: {step}'
                self.make_due(self.killed_on_the_wire(name, fault))
                self.kill_at(name, point, cron, '_sync_due', REGISTRATION)
        self.delivered_late()
        return self.cases

    def delivered_late(self):
        partner_id = self.killed_on_the_wire(points.LATE, points.WIRE[points.NOT_TAKEN])
        for _look_up in range(2):
            self.make_due(partner_id)
            self.play.ended(self.play.fork(cron, '_sync_due', REGISTRATION))
        with self.play.system() as env:
            partner = env['res.partner'].browse(partner_id).with_company(self.play.company_id)
            assert partner.urssaf_registration_id.state == 'draft', partner.urssaf_registration_id.state
            partner.urssaf_registration_id.company_id._urssaf_client().register_customer(partner._urssaf_customer())


def kill(play):
    prepare(play)
    return {
        'requests': RequestKills(play).run(),
        'registrations': RegistrationKills(play).run(),
        'commits': count_commits(play),
    }


def count_commits(play):
    """How often a click commits that nobody disturbs."""
    made = []
    cls = play.registry[DOCUMENT]
    original = cls._commit
    cls._commit = lambda self: (made.append(1), original(self))
    click(play, [play.make_invoices(1)[0][0]])
    return len(made)


# -- after the restart ------------------------------------------------------------------------------


def recover(play, cases):
    """A new process: all waiting times over, the crons at most three times; who is told to, registers again."""
    for _round in range(ROUNDS):
        play.make_all_due()
        for name in ('_cron_submit', '_cron_sync'):
            cron(play, name)
    return {
        'requests': {name: request_outcomes(play, case['ids']) for name, case in cases['requests'].items()},
        'registrations': {name: register_again(play, *case['ids']) for name, case in cases['registrations'].items()},
    }


def request_outcomes(play, ids):
    """What stands here about these invoices, one dict for each."""
    with play.system() as env:
        found = []
        for move in env[MOVE].browse(ids):
            requests, events = move.urssaf_request_ids, move.urssaf_request_ids.event_ids
            ref = requests[:1].request_ref
            lines = move.message_ids.filtered(lambda message: 'Avance immédiate' in (message.body or ''))
            found.append(
                {
                    'number': move.name,
                    'requests': len(requests),
                    'state': move.urssaf_state or '',
                    'ref': ref or '',
                    'sentence': requests[:1].error_text or '',
                    'untold': len(events.filtered(lambda event: not event.is_told)),
                    'worth_telling': len(events.filtered(lambda event: event.state not in ('queued', 'sending'))),
                    'lines': len(lines),
                    'received_lines': len(lines.filtered(lambda message, ref=ref: ref and ref in message.body)),
                    'activities': len(move.activity_search([ACTIVITY])),
                }
            )
        return found


def register_again(play, partner_id):
    """Two dicts: after the crons, and after the click to which a draft invites."""
    found = [registration_outcome(play, partner_id)]
    if found[0]['state'] in ('', 'draft'):
        register(play, partner_id)
    return [*found, registration_outcome(play, partner_id)]


def registration_outcome(play, partner_id):
    with play.system() as env:
        partner = env['res.partner'].browse(partner_id)
        registration = env[REGISTRATION].search([('partner_id', '=', partner_id)])
        lang = registration and registration._responsible().lang
        said = [html2plaintext(message.body) for message in partner.message_ids]
        sentence = registration.with_context(lang=lang)._sentence() if registration else ''
        return {
            'email': partner.email,
            'state': registration.state or '',
            'ref': registration.customer_ref or '',
            'sentence': registration.error_text or '',
            'said': len([text for text in said if sentence and sentence in text]),
            'activities': len(partner.activity_search([ACTIVITY])),
        }
