"""ESLint, for Odoo's own JavaScript rules. Node comes with the Python packages."""

from machine import CACHE, alone, becoming, run, say

# The last series that reads the form of configuration Odoo's rules are written in.
VERSION = '8.57.1'


def ensure(workshop):
    """The command, installed when it is not there yet."""
    target = CACHE / f'eslint-{VERSION}'
    with alone('eslint'):
        if not target.exists():
            say('Installing ESLint')
            with becoming(target) as folder:
                run(
                    [
                        workshop.python.parent / 'npm',
                        'install',
                        '--prefix',
                        folder,
                        '--cache',
                        folder / 'cache',
                        '--no-save',
                        '--no-audit',
                        '--no-fund',
                        '--ignore-scripts',
                        f'eslint@{VERSION}',
                    ],
                    'ESLint could not be installed: check the network connection, then start again.',
                )
                run(['rm', '-rf', folder / 'cache'], 'The download of ESLint could not be cleaned up.')
    return target / 'node_modules' / '.bin' / 'eslint'
