"""Real parts: databases copied from a template that has the addon, real Odoo processes, the real simulator."""

import functools
import os
import subprocess
import sys
import time
import urllib.request
import uuid

import pytest

from machine import ADDON
from ports import free_port
from real_odoo import result_in, script
from simulator.server import start as start_simulator

STARTED_BY_HAND = "make test prepares the template database; run `make test TAGS=checks`"


@pytest.fixture
def simulator():
    """A simulator of its own on a free port."""
    handle = start_simulator(port=0)
    yield handle
    handle.stop()


@pytest.fixture(scope='session')
def workshop():
    """Commands and database server, as `make` uses them."""
    from workshop import open_workshop  # noqa: PLC0415  only real-process checks need them

    return open_workshop()


@pytest.fixture(scope='session')
def template_database():
    """The name of a database with the addon installed, to be copied."""
    return os.environ.get('AVANCE_TEMPLATE') or pytest.fail(STARTED_BY_HAND)


@pytest.fixture
def odoo_database(workshop, template_database, simulator):
    """A copy of the template with the addon installed, pointed at the simulator; dropped afterwards."""
    name = f'{ADDON}_check_{uuid.uuid4().hex[:8]}'
    workshop.copy_database(template_database, name)
    workshop.psql(
        f"INSERT INTO ir_config_parameter (key, value) VALUES ('{ADDON}.simulator_url', '{simulator.url}') "
        'ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value',
        name,
    )
    yield name
    workshop.drop_database(name)


@pytest.fixture
def odoo_shell(workshop, odoo_database):
    """Run a script in `odoo shell` on the database; its output. Several may run at once with ``wait=False``."""

    def run(script, wait=True):
        process = subprocess.Popen(
            workshop.odoo('-d', odoo_database, '--log-level=warn', '--no-http', command='shell'),
            env=workshop.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if not wait:
            process.stdin.write(script)
            process.stdin.close()
            return process
        output, _none = process.communicate(script, timeout=240)
        assert process.returncode == 0, output
        return output

    return run


@pytest.fixture
def inside(odoo_shell):
    """Call ``function(env, **facts)`` of an ``inside_*.py`` in `odoo shell`: what it returned, and all that was said."""

    def call(module, act, **facts):
        output = odoo_shell(script(module, act, **facts))
        return result_in(output), output

    return call


@pytest.fixture
def odoo_server(workshop):
    """Start real Odoo servers (no --test-enable) on free ports for a database: a factory that returns (process, url)."""
    started = []

    def start(database, *arguments):
        port = free_port()
        process = subprocess.Popen(
            workshop.odoo(
                '-d',
                database,
                '--http-port',
                port,
                '--http-interface',
                '127.0.0.1',
                '--log-level=warn',
                '--max-cron-threads=0',
                *arguments,
            ),
            env=workshop.environment,
            stdout=sys.stderr,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        url = f'http://127.0.0.1:{port}'
        for _attempt in range(120):
            assert process.poll() is None, 'Odoo did not start'
            try:
                urllib.request.urlopen(f'{url}/web/login', timeout=10).read()
                return process, url
            except OSError:
                time.sleep(0.5)
        raise AssertionError('Odoo does not answer')

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def odoo_process(odoo_server, odoo_database):
    """``odoo_server`` for the database of this check."""
    return functools.partial(odoo_server, odoo_database)


TABLES = pytest.StashKey()


@pytest.fixture(scope='session')
def tables(pytestconfig):
    """Tables printed at the end, also when all passes: title → function that gives the text."""
    return pytestconfig.stash.setdefault(TABLES, {})


def pytest_terminal_summary(terminalreporter, config):
    # `make test` shows what stands between these marks.
    for title, text in config.stash.get(TABLES, {}).items():
        terminalreporter.write_line(f'▼ {title}\n{text()}\n▲')
