"""The stress run itself; `soak.py` prepares the database and calls this in the virtual environment.

soak_run.py DATABASE SECONDS INVOICES
"""

import collections
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import psycopg2
import requests

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / 'dev')]

from demo_rpc import CallFailed, Odoo  # noqa: E402
from fault_shares import drawn  # noqa: E402
from ports import free_port  # noqa: E402
from service_day import day_of_services  # noqa: E402
from simulator.faults import KINDS  # noqa: E402
from simulator.server import start as start_simulator  # noqa: E402

CLICKERS, WORKERS, CRONS = 6, 4, 2
FAULTY, SPOILT = 0.2, 0.1  # of the calls
KILL_EVERY = 4  # seconds
# (fault, share of the faults, options); those that hang are given up after 3 s
FAULTS = [
    ('dead_before', 3, {}),
    ('dead_after', 3, {}),
    ('reset_after', 3, {}),
    ('error_500', 2, {}),
    ('error_500_after', 3, {}),
    ('maintenance_503', 1, {}),
    ('maintenance_503_after', 1, {}),
    ('throttled', 1, {'retry_after': 1}),
    ('html_after', 2, {}),
    ('truncated', 2, {}),
    ('empty_400', 1, {}),
    ('unauthorized_once', 2, {'times': None}),
    ('timeout_after', 1, {'seconds': 4}),
    ('timeout_before', 1, {'seconds': 4}),
    ('shuffle', 1, {}),
    ('drop_item', 2, {}),
    ('extra_item', 1, {}),
    ('sink_batch', 1, {}),
    ('slow', 1, {'seconds': 1}),
]
# Answers that hold what nobody expects.
SPOILT_FAULTS = [
    ('spoilt_text', 2, {}),
    ('spoilt_amount', 2, {}),
    ('spoilt_date', 2, {}),
    ('spoilt_depth', 2, {}),
    ('spoilt_html', 1, {}),
    ('spoilt_retry_after', 1, {}),
    ('wrong_id', 2, {}),
    ('foreign_echo', 2, {}),
    ('silent_echo', 2, {}),
    ('double_state', 2, {}),
    # A search lags for some minutes at most, and two that find nothing are further apart: here less than CALL_IS_OVER.
    ('lagging_search', 1, {'seconds': 15}),
    ('forgets', 1, {'contains': 'idDemandePaiements'}),
]
SPOILT_NAMES = {name for name, _share, _options in SPOILT_FAULTS}
# The comparison: invoices of each company without and with spoilt answers to the first one.
COMPARED, RESERVE = ('sound', 'spoilt'), 20
# Time passes faster, but never faster than a call may last (12 s at a time-out of 3 s) or hang at the simulator.
CALL_IS_OVER = 20
HURRY = f"""
UPDATE urssaf_connection SET paused_until = now() at time zone 'utc' WHERE paused_until > now() at time zone 'utc';
UPDATE urssaf_payment_request SET submit_at = now() at time zone 'utc' WHERE id IN (
    SELECT id FROM urssaf_payment_request WHERE state = 'not_sent' AND submit_at > now() at time zone 'utc' FOR UPDATE SKIP LOCKED);
UPDATE urssaf_payment_request SET next_poll_at = now() at time zone 'utc' WHERE id IN (
    SELECT id FROM urssaf_payment_request WHERE state != 'sending' AND next_poll_at > now() at time zone 'utc'
       AND write_date < now() at time zone 'utc' - interval '{CALL_IS_OVER} s' FOR UPDATE SKIP LOCKED);
UPDATE urssaf_payment_request SET claimed_at = claimed_at - interval '20 min' WHERE id IN (
    SELECT id FROM urssaf_payment_request WHERE state = 'sending'
       AND claimed_at < now() at time zone 'utc' - interval '{CALL_IS_OVER} s' FOR UPDATE SKIP LOCKED);
"""
RECOVERY = 240  # seconds at most
WATCHED = ('integrated', 'awaiting', 'validated', 'debited', 'paid')
IN_THE_AIR = ('queued', 'sending', 'unknown')


class Soak:
    def __init__(self, database, seconds, invoices):
        self.database, self.seconds, self.invoices = database, seconds, invoices
        self.simulator = start_simulator(port=0)
        self.count = collections.Counter()
        self.stopping = threading.Event()

    # -- parts ------------------------------------------------------------------------------------

    def prepare(self):
        sizes = {'invoices': self.invoices, 'compared': COMPARED, 'reserve': RESERVE}
        made = self.shell('soak_prepare', 'FACTS', day=day_of_services().isoformat(), **sizes)
        self.logins, self.compared, self.clients = made['logins'], made['compared'], made['clients']
        # With its own refusal of a number already used, the simulator would hide that we send twice.
        self.control('switches', {'duplicate_check': False})

    def shell(self, script, mark, **facts):
        """What a script printed that `odoo shell` has read, after its mark."""
        done = subprocess.run(
            [sys.executable, '-m', 'odoo', 'shell', '-d', self.database, '--log-level=critical', '--no-http'],
            input=(ROOT / 'dev' / f'{script}.py').read_text(),
            env={**os.environ, 'SOAK': json.dumps({'simulator': self.simulator.url, **facts})},
            text=True,
            capture_output=True,
            check=False,
        )
        line = next((line for line in done.stdout.splitlines() if line.startswith(f'{mark} ')), None)
        if not line:
            sys.exit(f'{script} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}')
        return json.loads(line.removeprefix(mark))

    def control(self, route, body=None, method='POST'):
        answer = requests.request(method, f'{self.simulator.url}/_sim/{route}', json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def sql(self, statement, database=None):
        with psycopg2.connect(dbname=database or self.database) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def start_odoo(self):
        self.port = free_port()
        folder = Path(tempfile.mkdtemp(prefix='soak-'))
        # The server starts its process for live updates by the name it was started with. Nobody looks here: it sleeps.
        command = folder / 'odoo-bin'
        command.write_text(
            "import signal, sys\nif 'gevent' in sys.argv:\n    signal.pause()\nfrom odoo.cli import main\nmain()\n"
        )
        self.log = (folder / 'odoo.log').open('w')
        self.server = subprocess.Popen(
            [
                sys.executable,
                str(command),
                '-d',
                self.database,
                '--http-interface',
                '127.0.0.1',
                '--http-port',
                str(self.port),
                '--gevent-port',
                str(free_port()),
                '--workers',
                str(WORKERS),
                '--max-cron-threads',
                str(CRONS),
                '--db-filter',
                f'^{self.database}$',
                '--log-level=warn',
                '--limit-time-real=120',
                '--limit-time-cpu=120',
            ],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.url = f'http://127.0.0.1:{self.port}'
        for _attempt in range(240):
            try:
                requests.get(f'{self.url}/web/login', timeout=30).raise_for_status()
                return
            except requests.RequestException:
                time.sleep(0.5)
        sys.exit(f'Odoo does not answer: {self.log.name}')

    def switch_faults_on(self):
        for call in ('TOKEN', 'M050', 'M070'):
            shares = [
                (name, rate * share / sum(share for _name, share, _options in faults), options)
                for rate, faults in ((FAULTY, FAULTS), (SPOILT, faults_of(call)))
                for name, share, options in faults
            ]
            for fault in drawn(shares):
                self.control('faults', {'call': call, **fault})

    # -- trouble ----------------------------------------------------------------------------------

    def workers(self):
        """Processes that serve or run crons: children of the server, without the one for live updates."""
        return [child for child in psutil.Process(self.server.pid).children() if 'gevent' not in child.cmdline()]

    def killer(self):
        while not self.stopping.wait(random.uniform(0.5, 1.5) * KILL_EVERY):
            try:
                victim = random.choice(self.workers())
                victim.send_signal(signal.SIGKILL)
                self.count['workers killed'] += 1
            except (psutil.NoSuchProcess, IndexError):
                continue

    def hurrier(self):
        while not self.stopping.wait(3):
            self.hurry()

    def hurry(self):
        try:
            self.sql(HURRY)
            self.sql(
                "UPDATE ir_cron SET nextcall = now() at time zone 'utc' WHERE id IN (SELECT id FROM ir_cron WHERE id IN ("
                "SELECT res_id FROM ir_model_data WHERE module = 'l10n_fr_avance_immediate' AND model = 'ir.cron') "
                "FOR UPDATE SKIP LOCKED)"
            )
            self.sql(f"NOTIFY cron_trigger, '{self.database}'", 'postgres')  # where Odoo listens
        except psycopg2.Error:
            self.count['hurry in vain'] += 1

    def clicker(self, login, queue, lock):
        """An invoicing user in a hurry: sends up to 120 invoices, sometimes twice, and asks how things are."""
        session, mine = None, []
        while not self.stopping.is_set():
            try:
                session = session or Odoo(self.url, self.database, login, login)
                if not mine or random.random() < 0.7:
                    with lock:
                        mine = [queue.pop() for _number in range(min(len(queue), random.choice((1, 10, 40, 80, 120))))]
                    if not mine:
                        mine = random.sample(self.logins[login], 5)
                twice = random.random() < 0.2
                jobs = [threading.Thread(target=self.click, args=(session, mine)) for _click in range(1 + twice)]
                for job in jobs:
                    job.start()
                for job in jobs:
                    job.join()
                if random.random() < 0.3:
                    self.count['clicks on refresh'] += 1
                    session.call('account.move', 'action_urssaf_refresh', random.sample(self.logins[login], 3))
            except CallFailed:
                self.count['answers not received or refused'] += 1
            except requests.RequestException:
                session = None

    def click(self, session, invoices):
        self.count['clicks on send'] += 1
        try:
            wizard = session.create(
                'urssaf.send.wizard',
                {'notify': random.random() < 0.2, 'line_ids': [(0, 0, {'move_id': move}) for move in invoices]},
            )
            session.call('urssaf.send.wizard', 'action_send', [wizard])
        except CallFailed:
            self.count['answers not received or refused'] += 1

    # -- the run ----------------------------------------------------------------------------------

    def run(self):
        started = time.monotonic()
        self.prepare()
        print(f'{self.invoices} invoices of 2 companies made in {time.monotonic() - started:.0f} s')
        self.start_odoo()
        self.switch_faults_on()
        threads = [threading.Thread(target=self.killer), threading.Thread(target=self.hurrier)]
        for login, invoices in self.logins.items():
            queue, lock = random.sample(invoices, len(invoices)), threading.Lock()
            threads += [threading.Thread(target=self.clicker, args=(login, queue, lock)) for _n in range(CLICKERS // 2)]
        for thread in threads:
            thread.start()
        time.sleep(self.seconds)
        self.stopping.set()
        for thread in threads:
            thread.join()
        self.in_the_air = self.states(IN_THE_AIR)
        self.to_look_at = self.sql('SELECT count(*) FROM urssaf_payment_request WHERE needs_attention')[0][0]
        self.journal = self.control('journal', method='GET')
        self.recover()
        return self.verdict() | self.compare()

    def states(self, wanted):
        return sum(
            number
            for state, number in self.sql('SELECT state, count(*) FROM urssaf_payment_request GROUP BY state')
            if state in wanted
        )

    def recover(self):
        """URSSAF is well again, nobody is killed, nobody clicks: the crons alone bring everything home."""
        self.control('faults', method='DELETE')
        started = time.monotonic()
        while time.monotonic() - started < RECOVERY:
            waiting = self.sql(
                "SELECT count(*) FROM urssaf_payment_request WHERE state IN ('queued', 'sending', 'unknown') "
                "OR (state = 'not_sent' AND submit_at IS NOT NULL) OR (needs_attention AND next_poll_at IS NOT NULL)"
            )[0][0]
            if not waiting:
                break
            time.sleep(2)
            self.hurry()
        self.recovery = time.monotonic() - started
        os.killpg(self.server.pid, signal.SIGTERM)
        try:
            self.server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.server.pid, signal.SIGKILL)
        self.log.close()

    def verdict(self):
        state = self.control('state', method='GET')
        accepted = state['accepted']
        spoilt = len([entry for entry in self.journal if entry['fault'] in SPOILT_NAMES])
        rows = self.sql(
            'SELECT name, state, request_ref, submit_at, error_text, attention FROM urssaf_payment_request ORDER BY id'
        )
        rows = [row for row in rows if row[0].startswith(('SOAK', 'FIRST'))]
        asked = [name for name, *_values, attention in rows if attention]
        latest = {name: (status, ref, submit_at, text) for name, status, ref, submit_at, text, _attention in rows}
        twice = [name for name, times in accepted.items() if times > 1]
        lost = [name for name in accepted if latest.get(name, ('none',))[0] not in WATCHED]
        imagined = [name for name, (status, *_rest) in latest.items() if status in WATCHED and name not in accepted]
        unknown = [name for name, (status, *_rest) in latest.items() if status in IN_THE_AIR]
        silent = [
            name
            for name, (status, _ref, submit_at, text) in latest.items()
            if status in ('rejected', 'not_sent') and not submit_at and not text
        ]
        states = collections.Counter(status for status, *_rest in latest.values())
        print(f'\n{self.seconds} s of trouble; then home in {self.recovery:.0f} s without anybody')
        for label, number in [
            *sorted(self.count.items()),
            ('calls to URSSAF', sum(state['calls'].values())),
            (f'  spoilt answers, of the last {len(self.journal)} in the storm', spoilt),
            ('requests in the air when the trouble ended', self.in_the_air),
            ('requests somebody was asked about then', self.to_look_at),
            ('invoices sent', len(latest)),
            ('requests taken by URSSAF', sum(accepted.values())),
            *((f'  {status}', number) for status, number in sorted(states.items())),
            ('taken twice', len(twice)),
            ('lost: URSSAF has it, we do not know', len(lost)),
            ('imagined: we believe it, URSSAF does not have it', len(imagined)),
            ('in an unknown state', len(unknown)),
            ('given up without a word', len(silent)),
            ('a person is still asked about', len(asked)),
        ]:
            print(f'{label:<52}{number:>8}')
        bad = [*twice, *lost, *imagined, *unknown, *silent, *asked]
        for name in bad[:20]:
            print('✖', name, accepted.get(name), latest.get(name))
        if not latest:
            print('✖ nothing was sent')
        return 1 if bad or not latest else 0

    def compare(self):
        """Whether the second company waits for spoilt answers to the first: see `soak_compare.py`."""
        # One after the other, so that each kind is met by each call as soon as there is one.
        spoilt = [
            {'name': name, 'call': call, 'times': 1, 'provider': self.clients[0], **options}
            for _time in range(3)
            for call in ('M050', 'M070')
            for name, _share, options in faults_of(call)
        ]
        faults = dict(zip(COMPARED, ([], spoilt), strict=True))
        found = self.shell('soak_compare', 'COMPARED', compared=self.compared, faults=faults)
        sound, ill = (found[kind] for kind in COMPARED)
        later = [
            (step, number)
            for step in ('sent', 'paid')
            for number, (before, after) in enumerate(zip(sound[step], ill[step], strict=True))
            if after[0] > before[0]
        ]
        away = [state for kind in COMPARED for state in found[kind]['states'] if state != 'paid']
        twice = [name for name, times in self.control('state', method='GET')['accepted'].items() if times > 1]
        print(
            '\nThe second company, while each answer to the first is spoilt (rounds of the scheduled actions; seconds)'
        )
        for step in ('sent', 'paid'):
            for kind in COMPARED:
                came = found[kind][step]
                rounds, seconds = max(number for number, _s in came), max(s or 0 for _number, s in came)
                print(f'  {step}, answers {kind:<39}{rounds:>8}{seconds:>8}')
        print(f"{'the first company meanwhile: rounds':<52}{max(sound['first']):>8}{max(ill['first']):>8}")
        for label, bad in (('later than without', later), ('not home', away), ('taken twice', twice)):
            print(f'{label:<52}{len(bad):>8}')
        return 1 if later or away or twice else 0


def faults_of(call):
    """The spoilt answers that a call can meet."""
    return [fault for fault in SPOILT_FAULTS if not KINDS[fault[0]].calls or call in KINDS[fault[0]].calls]


if __name__ == '__main__':
    soak = Soak(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    try:
        code = soak.run()
    finally:
        soak.stopping.set()
        if getattr(soak, 'server', None) and soak.server.poll() is None:
            os.killpg(soak.server.pid, signal.SIGKILL)
        soak.simulator.stop()
    sys.exit(code)
