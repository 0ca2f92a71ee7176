"""The bank widget of OCA's accountants, for one check (`checks/real/test_oca_reconcile.py`). AGPL-3: nothing of it is part of the
addon, nor among what it depends on."""

from machine import CACHE, alone, becoming, run, say

PACKAGES = {'account_reconcile_oca': '19.0.1.1.1', 'account_statement_base': '19.0.1.0.1'}
WIDGET = 'account_reconcile_oca'


def ensure(workshop):
    """The folder of its addons, got from PyPI when it is not there yet."""
    target = CACHE / f'{WIDGET}-{PACKAGES[WIDGET]}'
    with alone(WIDGET):
        if not target.exists():
            say("Getting OCA's bank widget")
            with becoming(target) as folder:
                # Without what they depend on: that is Odoo, which is there.
                run(
                    [
                        workshop.python,
                        '-m',
                        'pip',
                        'install',
                        '--quiet',
                        '--no-deps',
                        '--no-compile',
                        '--target',
                        folder,
                        *(f'odoo-addon-{name}=={version}' for name, version in PACKAGES.items()),
                    ],
                    "OCA's bank widget could not be got: check the network connection, then start again.",
                )
    return target / 'odoo' / 'addons'
