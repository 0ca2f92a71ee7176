"""A private PostgreSQL on a socket of its own, or the server that PGHOST names."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import clock
from machine import AT, STATE, Stop, alone, run, say, unprivileged

LONGEST_SOCKET = 107
SETTINGS = """
listen_addresses = ''
port = 5432
unix_socket_directories = '{sockets}'
max_connections = 120
# A test database may be lost with the power: speed counts.
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 256MB
"""

_users = []


def ensure():
    """Environment variables that reach a running server."""
    if is_given():
        _refuse_another_clock()
        if subprocess.run(['pg_isready', '-q'], check=False).returncode:
            raise Stop(
                'The PostgreSQL server that PGHOST and PGPORT name does not answer: start it, or unset them to have '
                'a private one.'
            )
        return {}
    cluster, sockets = STATE / 'pg' / 'data', STATE / 'pg'
    if len(f'{sockets}/.s.PGSQL.5432') > LONGEST_SOCKET:
        raise Stop(f'{STATE} is too long a path for the socket of PostgreSQL: set AVANCE_STATE to a shorter one.')
    prefix, uid = unprivileged()
    STATE.mkdir(parents=True, exist_ok=True)
    with alone(f'postgres-{STATE.name}'):
        if AT:
            _stop_unless_used()
        _use()
        if not (cluster / 'PG_VERSION').exists():
            _create(cluster, sockets, prefix, uid)
        if not _answers(sockets):
            made_by = (cluster / 'PG_VERSION').read_text().strip()
            if f'/{made_by}/' not in _program('pg_ctl', made_by) and Path('/usr/lib/postgresql').exists():
                raise Stop(
                    f'The databases of this clone were made by PostgreSQL {made_by}, which is no longer here: '
                    'forget them with `make clean`, then start again.'
                )
            start = ['-D', cluster, '-l', sockets / 'log', '-w', '-t', '60', 'start']
            run(
                # The clock comes after the change of user: its shared memory belongs to who begins it.
                [*prefix, *clock.prefix(), _program('pg_ctl', made_by), *start],
                f'PostgreSQL does not start: see {sockets}/log, or set PGHOST to a server of yours.',
                cwd='/',
                env=others_removed(),
            )
        return {'PGHOST': str(sockets), 'PGPORT': '5432', 'PGUSER': 'odoo'}


def _refuse_another_clock():
    """Stop at a server whose clock is not ours: ``now()`` in SQL would be another moment than in Python.

    A process that was started by a command at that moment has found the right one in its environment.
    """
    if AT and 'FAKETIME' not in os.environ:
        raise Stop('AT needs a PostgreSQL of its own: unset PGHOST and PGPORT, then start again.')


def _stop_unless_used():
    """A server that an earlier run has left keeps its moment: it must start anew."""
    with open(STATE / 'postgres.users', 'w') as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop('Another command of this clone runs at a moment of its own: wait for its end.') from None
        stop()


def is_given():
    """Whether the environment names a server."""
    return bool(os.environ.get('PGHOST') or os.environ.get('PGPORT'))


def others_removed():
    """The environment, without what would lead away from the private server."""
    return {name: value for name, value in os.environ.items() if is_given() or not name.startswith('PG')}


def _create(cluster, sockets, prefix, uid):
    say('Creating a private PostgreSQL')
    shutil.rmtree(cluster, ignore_errors=True)
    sockets.mkdir(parents=True, exist_ok=True)
    STATE.chmod(0o755)
    os.chown(sockets, uid, -1)
    run(
        [*prefix, 'test', '-w', sockets],
        f'The user that runs PostgreSQL cannot enter {STATE}: set AVANCE_STATE to a folder that everybody can enter.',
        cwd='/',
    )
    # It gets its name when it is complete: what a killed run leaves is begun again.
    draft = sockets / 'draft'
    shutil.rmtree(draft, ignore_errors=True)
    run(
        [*prefix, _program('initdb'), '-D', draft, '-A', 'trust', '-U', 'odoo', '-E', 'UTF8', '--locale=C.UTF-8'],
        'PostgreSQL could not create its files: check the free disk space, then start again.',
        cwd='/',
    )
    with open(draft / 'postgresql.conf', 'a') as file:
        file.write(SETTINGS.format(sockets=sockets))
    draft.rename(cluster)


def _answers(sockets):
    return (
        subprocess.run([_program('pg_isready'), '-q', '-h', sockets], check=False, env=others_removed()).returncode == 0
    )


def _program(name, version=None):
    """Of the version asked for, else of the newest."""
    found = sorted(
        Path('/usr/lib/postgresql').glob(f'*/bin/{name}'),
        key=lambda path: (path.parts[4] != version, -int(path.parts[4])),
    )
    program = str(found[0]) if found else shutil.which(name)
    if not program:
        raise Stop('PostgreSQL is not installed: install the package postgresql, or set PGHOST to a server of yours.')
    return program


def _use():
    """Tell other commands of this clone, and Odoo started in the place of this one, that the server is in use."""
    if not _users:
        _users.append(open(STATE / 'postgres.users', 'w'))  # noqa: SIM115  held until the process ends
        os.set_inheritable(_users[0].fileno(), True)
    fcntl.flock(_users[0], fcntl.LOCK_SH)


def leave(workshop):
    """Stop the private server when nothing else uses it."""
    if not _users:
        return
    with alone(f'postgres-{STATE.name}'):
        try:
            fcntl.flock(_users[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if workshop.psql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") == '1':
            stop()


def stop(state=STATE):
    """Stop the private server of this clone."""
    cluster = state / 'pg' / 'data'
    if (cluster / 'postmaster.pid').exists():
        prefix, _uid = unprivileged()
        subprocess.run(
            [*prefix, _program('pg_ctl'), '-s', '-D', str(cluster), '-m', 'fast', 'stop'], cwd='/', check=False
        )
