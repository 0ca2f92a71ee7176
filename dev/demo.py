#!/usr/bin/env python3
"""Show the whole job: a French database with demo data, the simulator, Odoo, and the story played once.

Ctrl-C stops all that was started. ``ONCE=1`` ends after the story: 0 when each step held.
"""

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

from machine import ADDON, ROOT, STATE, Stop, say, told  # noqa: E402
from ports import free_port, is_free  # noqa: E402
from template import ensure_base, quiet_odoo  # noqa: E402
from workshop import open_workshop  # noqa: E402

DATABASE = os.environ.get('DB', 'avance_demo')
ONCE = os.environ.get('ONCE') == '1'
SOURCES = ('*.py', '*.xml', '*.csv', '*.gz', '*.po', '*.js', '*.scss', '*.sql')


def main():
    odoo_port = port('PORT', 8069, 'Odoo')
    simulator_port = port('SIMULATOR_PORT', 8090, 'The simulator')
    mail_port = free_port()
    workshop = open_workshop()
    prepare_database(workshop, f'http://127.0.0.1:{simulator_port}')
    odoo_url, simulator_url = f'http://127.0.0.1:{odoo_port}', f'http://127.0.0.1:{simulator_port}'
    processes = []
    try:
        processes.append(start(
            [workshop.python, '-m', 'simulator', '--port', simulator_port, '--odoo-url', f'{odoo_url}/odoo',
             '--state', STATE / f'{DATABASE}.simulator.json'],
            'simulator.log', {**workshop.environment, 'PYTHONPATH': str(ROOT)}))
        # Without it, each e-mail of the demo would show as a failure.
        processes.append(start(
            [workshop.python, ROOT / 'dev' / 'mailbox.py', '--port', mail_port, '--folder', STATE / 'mails'],
            'mailbox.log', workshop.environment))
        processes.append(start(
            workshop.odoo('-d', DATABASE, '--http-port', odoo_port, '--http-interface', '127.0.0.1',
                          '--smtp', '127.0.0.1', '--smtp-port', mail_port,
                          '--db-filter', f'^{DATABASE}$', '--max-cron-threads', 1),
            'odoo.log', workshop.environment))
        wait_for(f'{simulator_url}/_sim/state', processes[0], 'The simulator', 'simulator.log')
        wait_for(f'{odoo_url}/web/login', processes[-1], 'Odoo', 'odoo.log')
        print(f'Odoo       {odoo_url}/web/login   marie / marie (facturation)   '
              'comptable / comptable   admin / admin', flush=True)
        print(f'Simulateur {simulator_url}/   (l\'autre côté : l\'URSSAF et les ménages)', flush=True)
        print(f'E-mails    {STATE}/mails   (aucun ne quitte cette machine)\n', flush=True)
        story = subprocess.run(
            [workshop.python, ROOT / 'dev' / 'story.py', '--odoo', odoo_url, '--simulator', simulator_url,
             '--db', DATABASE], env=workshop.environment, check=False)
        if ONCE or story.returncode:
            return story.returncode
        print('\nPrêt. Ctrl-C arrête tout.', flush=True)
        while all(process.poll() is None for process in processes):
            time.sleep(1)
        raise Stop(f'Odoo or the simulator has stopped: see {STATE}/odoo.log and simulator.log.')
    except KeyboardInterrupt:
        print('\nArrêt.')
        return 0
    finally:
        for process in reversed(processes):
            stop(process)


def port(variable, default, what):
    """The port to use; a free one when only the story is wanted."""
    number = int(os.environ.get(variable) or (free_port() if ONCE else default))
    if not is_free(number):
        raise Stop(f'{what} cannot use port {number}, which is taken: stop what uses it, or choose another with '
                   f'`make demo {variable}=…`.')
    return number


def prepare_database(workshop, simulator_url):
    """Create the database, or update it when the addon has changed since."""
    stamp = STATE / f'{DATABASE}.stamp'
    current = fingerprint()
    if not workshop.has_database(DATABASE) or not stamp.exists():
        base = ensure_base(workshop)
        say('Creating the demo database')
        stamp.unlink(missing_ok=True)
        (STATE / f'{DATABASE}.simulator.json').unlink(missing_ok=True)
        workshop.copy_database(base, DATABASE)
        quiet_odoo(workshop, '-d', DATABASE, '-i', ADDON, '--with-demo', '--stop-after-init')
    elif stamp.read_text() != current:
        say('Updating the demo database')
        quiet_odoo(workshop, '-d', DATABASE, '-u', ADDON, '--stop-after-init')
    stamp.write_text(current)
    workshop.psql(
        "INSERT INTO ir_config_parameter (key, value) "
        f"VALUES ('{ADDON}.simulator_url', '{simulator_url}') "
        'ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value', DATABASE)


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
        return subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True)


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
    # A supervisor's TERM ends the demo like Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    with told():
        sys.exit(main())
