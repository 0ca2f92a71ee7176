"""The Python environment that runs Odoo, the simulator and the tests; one for each set of requirements."""

import hashlib
import shutil
import sys

from machine import CACHE, ROOT, Stop, alone, becoming, run, say

REQUIREMENTS = ('requirements.txt', 'requirements-dev.txt')


def ensure():
    """The interpreter of the environment, built when its requirements are new."""
    files = [ROOT / 'dev' / name for name in REQUIREMENTS]
    key = hashlib.sha256(b''.join(file.read_bytes() for file in files)).hexdigest()[:12]
    target = CACHE / f'venv-{key}'
    python = target / 'bin' / 'python'
    if python.exists():
        return python
    interpreter = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which('python3.11')
    if not interpreter:
        raise Stop(
            f'The Python packages are pinned for Python 3.11, this is {sys.version.split()[0]}: install '
            'python3.11 beside it, then start again.'
        )
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


def _move(folder, target):
    """Let the commands of the environment name the folder it will have, not the one it was built in."""
    for script in (folder / 'bin').iterdir():
        if script.is_file() and not script.is_symlink():
            content = script.read_bytes()
            if bytes(folder) in content:
                script.write_bytes(content.replace(bytes(folder), bytes(target)))
