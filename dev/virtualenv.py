"""The Python environment that runs Odoo, the simulator and the tests; one for each set of requirements."""

import hashlib
import sys

from machine import CACHE, ROOT, Stop, alone, becoming, run, say

REQUIREMENTS = ('requirements.txt', 'requirements-dev.txt')


def ensure():
    """The interpreter of the environment, built when its requirements are new."""
    files = [ROOT / 'dev' / name for name in REQUIREMENTS]
    key = hashlib.sha256(sys.version.encode() + b''.join(file.read_bytes() for file in files)).hexdigest()[:12]
    target = CACHE / f'venv-{key}'
    python = target / 'bin' / 'python'
    if python.exists():
        return python
    if sys.version_info < (3, 10):
        raise Stop('Odoo 19 needs Python 3.10 or newer: install one, then start again.')
    with alone('venv'):
        if python.exists():
            return python
        say('Installing the Python packages (about a minute)')
        failure = 'The Python packages could not be installed: check the network connection, then start again.'
        with becoming(target) as folder:
            run([sys.executable, '-m', 'venv', folder], 'Python cannot make virtual environments: install python3-venv.')
            wanted = [part for file in files for part in ('-r', file)]
            run([folder / 'bin' / 'python', '-m', 'pip', 'install', '-q', '--disable-pip-version-check', *wanted], failure)
    return python
