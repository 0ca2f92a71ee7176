"""OCA's queue of jobs, for the check that our entry points are jobs as they are. Development only: nothing here depends on it."""

from machine import CACHE, alone, becoming, run, say

VERSION = '19.0.2.4.0.1'
# What it asks for besides, imported by its upgrades only.
LIBRARY = 'openupgradelib==3.13.7'


def ensure(workshop):
    """The folders that hold the addon, and the library it asks for; installed when they are not there yet.

    :rtype: tuple[pathlib.Path, pathlib.Path]
    """
    target = CACHE / f'queue_job-{VERSION}'
    with alone('queue_job'):
        if not target.exists():
            say("Installing OCA's queue_job")
            with becoming(target) as folder:
                for name, package in (('addon', f'odoo-addon-queue_job=={VERSION}'), ('library', LIBRARY)):
                    run(
                        [
                            workshop.python,
                            '-m',
                            'pip',
                            'install',
                            '-q',
                            '--disable-pip-version-check',
                            '--no-deps',
                            '--target',
                            folder / name,
                            package,
                        ],
                        "OCA's queue_job could not be installed: check the network connection, then start again.",
                    )
    return target / 'addon' / 'odoo' / 'addons', target / 'library'
