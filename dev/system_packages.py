"""System packages that are needed and may be missing."""

import shutil
from pathlib import Path

import clock
from machine import Stop, alone, as_root, run, say

# What must be there -> the Debian package that brings it.
NEEDED = {
    'postgresql': lambda: list(Path('/usr/lib/postgresql').glob('*/bin/initdb')) or shutil.which('initdb'),
    'postgresql-client': lambda: shutil.which('psql'),
    'chromium': lambda: shutil.which('chromium') or shutil.which('google-chrome'),
    'wkhtmltopdf': lambda: shutil.which('wkhtmltopdf'),
    'gettext': lambda: shutil.which('msgfmt'),
    'faketime': clock.library,
    'python3-venv': lambda: __import__('importlib.util').util.find_spec('ensurepip'),
}


def ensure(names):
    """Install those of the packages that are missing."""
    missing = [name for name in names if not NEEDED[name]()]
    if not missing:
        return
    if not shutil.which('apt-get'):
        raise Stop(f'Install {", ".join(missing)} with your system\'s package manager, then start again.')
    prefix = as_root(missing)
    with alone('system-packages'):
        say(f'Installing system packages: {", ".join(missing)}')
        failure = 'System packages could not be installed: check the network connection, then start again.'
        # Another installation may be under way (a new machine updates itself): wait for it.
        apt = [*prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300']
        run([*apt, 'update'], failure)
        run([*apt, 'install', '-y', '--no-install-recommends', *missing], failure)
