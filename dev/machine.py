"""Where things are kept, and how a failure is told: one sentence that says what to do."""

import contextlib
import errno
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ADDON = 'l10n_fr_avance_immediate'
ROOT = Path(__file__).resolve().parent.parent
# Downloads: shared by all clones.
CACHE = Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache').absolute() / ADDON
# Databases, files and logs: each clone its own. Readable for the unprivileged user that runs PostgreSQL, and short:
# the path of a socket has at most 107 characters.
_CLONE = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
_STATE = Path(os.environ.get('AVANCE_STATE') or f'/var/tmp/{ADDON[:14]}-{os.getuid()}-{_CLONE}').absolute()
# What runs at another moment (clock.py) has databases, and a database server, of its own.
AT = os.environ.get('AT', '')
STATES = [_STATE, _STATE.with_name(f'{_STATE.name}-at')]
STATE = STATES[bool(AT)]


class Stop(Exception):
    """Something a person has to change; the message says what."""


class DiskFull(Stop):
    """Nothing else is worth trying."""


@contextlib.contextmanager
def told():
    """End a command with one sentence instead of a traceback."""
    try:
        yield
    except Stop as stop:
        sys.exit(f'✖ {stop}')
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit(f'✖ The disk is full ({error.filename or CACHE}): free some space, then start again.')
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            sys.exit(
                f'✖ {error.filename or CACHE} may not be written: set XDG_CACHE_HOME (downloads) and AVANCE_STATE '
                '(databases) to folders of yours, then start again.'
            )
        raise


@contextlib.contextmanager
def alone(name):
    """Let only one process at a time do this step; the others wait."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f'{name}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def becoming(target):
    """A folder that appears under its name only when it is complete: a second run never meets half of it.

    Only to be used by one process at a time: what a killed one has left is swept away.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f'.{target.name}-*'):
        shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f'.{target.name}-'))
    temporary.chmod(0o755)
    try:
        yield temporary
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def say(sentence):
    print(f'· {sentence}', file=sys.stderr, flush=True)


def run(command, failure, **kwargs):
    """Run a command quietly; when it fails, its last lines and ``failure`` are what the user reads."""
    # Its words are read below, so not in the user's language; the input of `dev/odoo shell < script` is not for it.
    environment = {**(kwargs.pop('env', None) or os.environ), 'LC_ALL': 'C.UTF-8', 'LANGUAGE': ''}
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors='replace',
            check=False,
            env=environment,
            **kwargs,
        )
    except subprocess.TimeoutExpired as error:
        raise Stop(failure) from error
    if done.returncode:
        if 'No space left on device' in done.stdout or 'Disk quota exceeded' in done.stdout:
            raise DiskFull('The disk is full: free some space, then start again.')
        sys.stderr.write('\n'.join(done.stdout.splitlines()[-8:]) + '\n')
        raise Stop(failure)
    return done.stdout


def as_root(wanted):
    """Prefix of a command that needs root; stops when there is no way to become root to install what is ``wanted``."""
    if os.getuid() == 0:
        return []
    if (
        shutil.which('sudo')
        and subprocess.run(['sudo', '-n', 'true'], capture_output=True, check=False).returncode == 0
    ):
        return ['sudo', '-n']
    if shutil.which('sudo') and sys.stdin.isatty():
        return ['sudo']
    raise Stop(
        f'System packages are missing and you may not install them: ask an administrator for '
        f'`apt-get install {" ".join(wanted)}`, or start again as root.'
    )


def unprivileged():
    """Prefix that runs a command as a user PostgreSQL accepts (it refuses root), and that user's id."""
    if os.getuid():
        return [], os.getuid()
    for name in ('postgres', 'nobody'):
        with contextlib.suppress(KeyError):
            return [
                'setpriv',
                '--reuid',
                name,
                '--regid',
                str(pwd.getpwnam(name).pw_gid),
                '--clear-groups',
            ], pwd.getpwnam(name).pw_uid
    raise Stop('PostgreSQL needs a user that is not root: create one called "postgres", then start again.')
