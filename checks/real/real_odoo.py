"""One database, one simulator and real Odoo processes for a whole file of checks: what is costly is started once."""

import contextlib
import json
import os
import subprocess
import uuid
from pathlib import Path

import requests

from machine import ADDON
from simulator.server import start as start_simulator

CHECKS = Path(__file__).resolve().parent.parent
FOLDERS = [str(CHECKS / 'inside'), str(CHECKS.parent / 'dev')]
SCRIPT = """
import sys
sys.path[:0] = {folders!r}
import {entry}
{entry}.main(env, {module!r}, {act!r}, {facts!r})
"""


def script(module, act, entry='inside_env', **facts):
    """What `odoo shell` reads to call a function of ``inside_*.py``; ``result_in`` finds what that returned.

    :param str entry: ``inside_env`` gives the function the shell's environment, ``inside_odoo`` a ``Play``
    :param facts: what the function gets besides, as JSON can carry it
    """
    return SCRIPT.format(folders=FOLDERS, entry=entry, module=module, act=act, facts=json.dumps(facts))


def result_in(output):
    line = next((line for line in output.splitlines() if line.startswith('RESULT ')), None)
    assert line, output
    return json.loads(line.removeprefix('RESULT '))


class Stage:
    """A copy of the template database that talks to a simulator of its own."""

    def __init__(self, workshop, simulator, database):
        self.workshop, self.simulator, self.database = workshop, simulator, database

    def start(self, module, act, *options, **facts):
        """Run a function of ``inside_*.py`` in `odoo shell`, without waiting; ``result`` of it waits."""
        process = subprocess.Popen(
            self.workshop.odoo(
                '-d', self.database, '--no-http', *(options or ['--log-level=critical']), command='shell'
            ),
            env=self.workshop.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        facts = {'url': self.simulator.url, **facts}
        process.stdin.write(script(module, act, 'inside_odoo', **facts))
        process.stdin.close()
        process.stdin = None
        return process

    def play(self, module, act, *options, **facts):
        return self.result(self.start(module, act, *options, **facts))[0]

    @staticmethod
    def result(process, seconds=600):
        """What the function returned, and the log."""
        output, log = process.communicate(timeout=seconds)
        assert process.returncode == 0, output + log
        return result_in(output), log

    def state(self):
        return requests.get(f'{self.simulator.url}/_sim/state', timeout=30).json()

    def control(self, path, **values):
        response = requests.post(f'{self.simulator.url}/_sim/{path}', json=values, timeout=30)
        response.raise_for_status()
        return response.json()

    def clear_faults(self):
        requests.delete(f'{self.simulator.url}/_sim/faults', timeout=30).raise_for_status()


@contextlib.contextmanager
def open_stage(workshop):
    """A stage whose simulator knows the household that ``inside_odoo.prepare`` makes active; forgotten afterwards."""
    template = os.environ.get('AVANCE_TEMPLATE')
    assert template, 'make test prepares the template database; run `make test TAGS=checks`'
    name = f'{ADDON}_check_{uuid.uuid4().hex[:8]}'
    simulator = start_simulator(port=0)
    try:
        workshop.copy_database(template, name)
        workshop.psql(
            f"INSERT INTO ir_config_parameter (key, value) VALUES ('{ADDON}.simulator_url', '{simulator.url}') "
            'ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value',
            name,
        )
        yield Stage(workshop, simulator, name)
    finally:
        simulator.stop()
        workshop.drop_database(name)
