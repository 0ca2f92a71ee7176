"""The Python environment that runs Odoo, the simulator and the tests; one for each set of requirements."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from machine import CACHE, ROOT, Stop, alone, becoming, run, say

REQUIREMENTS = ('requirements.txt', 'requirements-dev.txt')
VERSION = (3, 11)
# Distributions build theirs with what a profile has shown: a third faster than one that a developer has compiled.
SYSTEM = Path('/usr/bin/python3.11')


def ensure():
    """The interpreter of the environment, built when its requirements are new."""
    files = [ROOT / 'dev' / name for name in REQUIREMENTS]
    interpreter = _interpreter()
    key = hashlib.sha256(b''.join([*(file.read_bytes() for file in files), bytes(interpreter)])).hexdigest()[:12]
    target = CACHE / f'venv-{key}'
    python = target / 'bin' / 'python'
    if python.exists():
        return python
    with alone('venv'):
        if python.exists():
            return python
        say('Installing the Python packages (about a minute)')
        failure = 'The Python packages could not be installed: check the network connection, then start again.'
        with becoming(target) as folder:
            run([interpreter, '-m', 'venv', folder], 'Python cannot make virtual environments: install python3-venv.')
            wanted = [part for file in files for part in ('-r', file)]
            run(
                [folder / 'bin' / 'python', '-m', 'pip', 'install', '-q', '--disable-pip-version-check', *wanted],
                failure,
            )
            _move(folder, target)
    return python


def _interpreter():
    """The Python to build on: the system's own where it can make environments, else the running one."""
    if (
        SYSTEM.exists()
        and not subprocess.run([SYSTEM, '-c', 'import ensurepip'], capture_output=True, check=False).returncode
    ):
        return SYSTEM
    found = sys.executable if sys.version_info[:2] == VERSION else shutil.which('python3.11')
    if not found:
        raise Stop(
            f'The Python packages are pinned for Python 3.11, this is {sys.version.split()[0]}: install '
            'python3.11 beside it, then start again.'
        )
    return Path(found)


def _move(folder, target):
    """Let the commands of the environment name the folder it will have, not the one it was built in."""
    for script in (folder / 'bin').iterdir():
        if script.is_file() and not script.is_symlink():
            content = script.read_bytes()
            if bytes(folder) in content:
                script.write_bytes(content.replace(bytes(folder), bytes(target)))
