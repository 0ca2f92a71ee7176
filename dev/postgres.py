"""A private PostgreSQL on a socket of its own, or the server that PGHOST names."""

import os
import shutil
import subprocess
from pathlib import Path

from machine import STATE, Stop, alone, run, say, unprivileged

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
max_connections = 120
# A test database may be lost with the power: speed counts.
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 256MB
"""


def ensure():
    """Environment variables that reach a running server."""
    if os.environ.get('PGHOST'):
        return {name: value for name, value in os.environ.items() if name.startswith('PG')}
    cluster, sockets = STATE / 'pg' / 'data', STATE / 'pg'
    prefix, uid = unprivileged()
    with alone(f'postgres-{STATE.name}'):
        if not (cluster / 'PG_VERSION').exists():
            _create(cluster, sockets, prefix, uid)
        if not _answers(sockets):
            run([*prefix, _program('pg_ctl'), '-D', cluster, '-l', sockets / 'log', '-w', '-t', '60', 'start'],
                f'PostgreSQL does not start: see {sockets}/log, or set PGHOST to a server of yours.', cwd='/',
                stdin=subprocess.DEVNULL, close_fds=True)
        return {'PGHOST': str(sockets), 'PGPORT': '5432', 'PGUSER': 'odoo'}


def _create(cluster, sockets, prefix, uid):
    say('Creating a private PostgreSQL')
    shutil.rmtree(cluster, ignore_errors=True)
    sockets.mkdir(parents=True, exist_ok=True)
    STATE.chmod(0o755)
    os.chown(sockets, uid, -1)
    run([*prefix, _program('initdb'), '-D', cluster, '-A', 'trust', '-U', 'odoo', '-E', 'UTF8', '--locale=C.UTF-8'],
        'PostgreSQL could not create its files: check the free disk space, then start again.', cwd='/')
    with open(cluster / 'postgresql.conf', 'a') as file:
        file.write(SETTINGS.format(sockets=sockets))


def _answers(sockets):
    return subprocess.run([_program('pg_isready'), '-q', '-h', sockets], check=False).returncode == 0


def _program(name):
    found = sorted(Path('/usr/lib/postgresql').glob(f'*/bin/{name}'), key=lambda path: -int(path.parts[4]))
    program = str(found[0]) if found else shutil.which(name)
    if not program:
        raise Stop('PostgreSQL is not installed: install the package postgresql, or set PGHOST to a server of yours.')
    return program


def stop():
    """Stop the private server of this clone."""
    cluster = STATE / 'pg' / 'data'
    if (cluster / 'postmaster.pid').exists():
        prefix, _uid = unprivileged()
        subprocess.run([*prefix, _program('pg_ctl'), '-D', cluster, '-m', 'fast', 'stop'], cwd='/', check=False)
