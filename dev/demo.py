#!/usr/bin/env python3
"""Show the whole job: a French database with demo data, the simulator, Odoo, and the story played once.

Ctrl-C stops all that was started. ``ONCE=1`` ends after the story: 0 when each step held.
"""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import clock  # noqa: E402
import postgres  # noqa: E402
from machine import ADDON, ROOT, STATE, Stop, say, told  # noqa: E402
from ports import free_port, is_free  # noqa: E402
from template import ensure_base, quiet_odoo, source_of  # noqa: E402
from workshop import open_workshop  # noqa: E402

DATABASE = os.environ.get('DB', 'avance_demo')
ONCE = os.environ.get('ONCE') == '1'
SOURCES = ('*.py', '*.xml', '*.csv', '*.gz', '*.po', '*.js', '*.scss', '*.sql')


def main():
    odoo_port = port('PORT', 8069, 'Odoo')
    simulator_port = port('SIMULATOR_PORT', 8090, 'The simulator')
    workshop = open_workshop()
    with open(STATE / f'{DATABASE}.lock', 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(
                f'A demo already runs on the database {DATABASE}: stop it, or choose another database with '
                '`make demo DB=…`.'
            ) from None
        try:
            return show(workshop, odoo_port, simulator_port)
        except KeyboardInterrupt:
            print('\nArrêt.')
            return 130 if ONCE else 0
        finally:
            postgres.leave(workshop)


def show(workshop, odoo_port, simulator_port):
    """Start all, play the story, wait; the exit code."""
    prepare_database(workshop, f'http://127.0.0.1:{simulator_port}')
    mail_port = free_port()  # not before: preparing takes long enough for somebody else to take it
    odoo_url, simulator_url = f'http://127.0.0.1:{odoo_port}', f'http://127.0.0.1:{simulator_port}'
    processes = []
    try:
        processes.append(
            start(
                [
                    workshop.python,
                    '-m',
                    'simulator',
                    '--port',
                    simulator_port,
                    '--odoo-url',
                    f'{odoo_url}/odoo',
                    '--state',
                    STATE / f'{DATABASE}.simulator.json',
                ],
                'simulator.log',
                {**workshop.environment, 'PYTHONPATH': clock.search_path(ROOT)},
            )
        )
        # Without it, each e-mail of the demo would show as a failure.
        processes.append(
            start(
                [workshop.python, ROOT / 'dev' / 'mailbox.py', '--port', mail_port, '--folder', STATE / 'mails'],
                'mailbox.log',
                workshop.environment,
            )
        )
        processes.append(
            start(
                workshop.odoo(
                    '-d',
                    DATABASE,
                    '--http-port',
                    odoo_port,
                    '--http-interface',
                    '127.0.0.1',
                    '--smtp',
                    '127.0.0.1',
                    '--smtp-port',
                    mail_port,
                    '--db-filter',
                    f'^{DATABASE}$',
                    '--max-cron-threads',
                    1,
                ),
                'odoo.log',
                workshop.environment,
            )
        )
        wait_for(f'{simulator_url}/_sim/state', processes[0], 'The simulator', 'simulator.log')
        wait_for(f'{odoo_url}/web/login', processes[-1], 'Odoo', 'odoo.log')
        print(
            f'Odoo       {odoo_url}/web/login   marie / marie (facturation)   comptable / comptable   admin / admin',
            flush=True,
        )
        print(f'Simulateur {simulator_url}/   (l\'autre côté : l\'URSSAF et les ménages)', flush=True)
        print(f'E-mails    {STATE}/mails   (aucun ne quitte cette machine)\n', flush=True)
        story = subprocess.run(
            [
                workshop.python,
                ROOT / 'dev' / 'story.py',
                '--odoo',
                odoo_url,
                '--simulator',
                simulator_url,
                '--db',
                DATABASE,
            ],
            env=workshop.environment,
            check=False,
        )
        if ONCE or story.returncode:
            return story.returncode
        print('\nPrêt. Ctrl-C arrête tout.', flush=True)
        while all(process.poll() is None for process in processes):
            time.sleep(1)
        raise Stop(f'Odoo or the simulator has stopped: see {STATE}/odoo.log and simulator.log.')
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second Ctrl-C would leave some of them running
        for process in reversed(processes):
            stop(process)


def port(variable, default, what):
    """The port to use; a free one when only the story is wanted."""
    given = os.environ.get(variable) or str(free_port() if ONCE else default)
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise Stop(f'{variable}={given} is no port: give a number from 1 to 65535.')
    number = int(given)
    if not is_free(number):
        raise Stop(
            f'{what} cannot use port {number}, which is taken: stop what uses it, or choose another with '
            f'`make demo {variable}=…`.'
        )
    return number


def prepare_database(workshop, simulator_url):
    """Create the database, or update it when the addon has changed since."""
    stamp = STATE / f'{DATABASE}.stamp'
    source, current = source_of(workshop), fingerprint()
    known = stamp.read_text().split('\n') if stamp.exists() else ['']
    if not workshop.has_database(DATABASE) or known[0] != source:
        base = ensure_base(workshop)
        say('Creating the demo database')
        stamp.unlink(missing_ok=True)
        (STATE / f'{DATABASE}.simulator.json').unlink(missing_ok=True)
        workshop.copy_database(base, DATABASE)
        quiet_odoo(workshop, '-d', DATABASE, '-i', ADDON, '--with-demo', '--stop-after-init')
    elif known[1:] != [current]:
        say('Updating the demo database')
        quiet_odoo(workshop, '-d', DATABASE, '-u', ADDON, '--stop-after-init')
    stamp.write_text(f'{source}\n{current}')
    workshop.psql(
        "INSERT INTO ir_config_parameter (key, value) "
        f"VALUES ('{ADDON}.simulator_url', '{simulator_url}') "
        'ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value',
        DATABASE,
    )


def fingerprint():
    """Changes when a file changes that an update would load."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for file in sorted(ROOT.rglob(pattern)):
            if file.relative_to(ROOT).parts[0] not in ('checks', 'dev', 'tests', 'simulator', '.git'):
                digest.update(f'{file.relative_to(ROOT)}'.encode() + file.read_bytes())
    return digest.hexdigest()


def start(command, log, environment):
    with open(STATE / log, 'w') as file:
        # It ends with us, even if we are killed: a second run finds the ports free.
        return subprocess.Popen(
            ['setpriv', '--pdeathsig', 'TERM', *map(str, command)],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def wait_for(url, process, what, log):
    for _attempt in range(240):
        if process.poll() is not None:
            raise Stop(f'{what} did not start: see {STATE / log}.')
        try:
            urllib.request.urlopen(url, timeout=10).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise Stop(f'{what} does not answer: see {STATE / log}.')


def stop(process):
    """End the process and all it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            try:
                os.killpg(process.pid, sign)
                process.wait(timeout=10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


if __name__ == '__main__':
    # A supervisor's TERM and a closed terminal end the demo like Ctrl-C does; a shell that starts it in the background
    # has INT ignored.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.default_int_handler)
    with told():
        sys.exit(main())
