"""Warm template databases: what every run needs is installed once and then copied in a second."""

import subprocess
from pathlib import Path

from machine import ADDON, STATE, Stop, alone, say

BASE = f'{ADDON}_base'
WITH_ADDON = f'{ADDON}_addon'
WITH_NEIGHBOURS = f'{ADDON}_neighbours'
TESTED = f'{ADDON}_tested'

STANDS_ON = ('l10n_fr_account', 'account_payment', 'phone_validation')
# The one comes with `l10n_fr_account`, the other Odoo installs by itself with the first French company.
IN_EVERY_FRENCH_DATABASE = ('account_edi_ubl_cii', 'account_peppol')
# With which a household pays online in the tests.
TO_PAY_WITH = ('payment_demo',)
# Odoo's own apps that a provider of home services has beside us: each of them extends what we extend.
NEIGHBOURS = (
    'account_check_printing',
    'account_debit_note',
    'auth_signup',
    'contacts',
    'crm',
    'event',
    'hr',
    'hr_expense',
    'hr_holidays',
    'hr_timesheet',
    'l10n_fr_facturx_chorus_pro',
    'loyalty',
    'mass_mailing',
    'point_of_sale',
    'project',
    'purchase',
    'sale_management',
    'sale_project',
    'sale_timesheet',
    'sms',
    'snailmail_account',
    'stock',
    'survey',
    'website',
    'website_sale',
)

HERE = str(Path(__file__).resolve().parent)
# `odoo shell` ends with 0 whatever happens in it.
PREPARE = """
import os, sys, traceback
sys.path.insert(0, {here!r})
import prepare_inside
try:
    prepare_inside.prepare(env)
except Exception:
    traceback.print_exc()
    os._exit(1)
"""

MODULES = {
    BASE: (*STANDS_ON, *IN_EVERY_FRENCH_DATABASE, *TO_PAY_WITH),
    WITH_NEIGHBOURS: (*STANDS_ON, *IN_EVERY_FRENCH_DATABASE, *TO_PAY_WITH, *NEIGHBOURS),
}


def ensure_base(workshop):
    """A French database with demo data, the modules the addon stands on and those that are always there."""
    with alone(f'template-{STATE.name}'):
        return _ensure(workshop, BASE, _fill_base)


def ensure_neighbours(workshop):
    """The same with Odoo's own apps; kept, for it takes minutes."""
    with alone(f'template-{STATE.name}'):
        _ensure(workshop, BASE, _fill_base)
        return _ensure(workshop, WITH_NEIGHBOURS, _fill_neighbours)


def install_addon(workshop, base=BASE, name=WITH_ADDON):
    """A database with the addon and its demo data, made anew; its name."""
    ensure_base(workshop)
    workshop.copy_database(base, name)
    log = quiet_odoo(workshop, '-d', name, '-i', ADDON, '--with-demo', '--stop-after-init')
    if ' ERROR ' in log:
        print(log)
        raise Stop('The addon was installed with an error.')
    return name


def prepare_tests(workshop, base):
    """Of a database with the addon, the one that the test classes start from, made anew; its name."""
    workshop.copy_database(base, TESTED)
    quiet_odoo(workshop, '-d', TESTED, command='shell', log='prepare.log', script=PREPARE.format(here=HERE))
    return TESTED


def source_of(workshop, name=BASE):
    """Names the Odoo and the modules that make a template: the tables of another one may differ."""
    release = workshop.path / 'odoo' / 'release.py'
    return f'{release} {int(release.stat().st_mtime)} {",".join(MODULES[name])}'.replace("'", '')


def _ensure(workshop, name, fill):
    """Make a template when there is none, or when it was made of something else; its name."""
    made_of = workshop.psql(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'")
    if made_of != source_of(workshop, name) or not workshop.files_of(name).exists():
        draft = f'{name}_draft'
        workshop.drop_database(draft)
        fill(workshop, draft)
        workshop.psql(f'COMMENT ON DATABASE "{draft}" IS \'{source_of(workshop, name)}\'')
        workshop.rename_database(draft, name)
    return name


def _fill_base(workshop, draft):
    say('Preparing the template database (about a minute, once)')
    # French first: what is installed after it is loaded in French, demo data included.
    for arguments in (['-i', 'base', '--load-language', 'fr_FR'], ['-i', ','.join(MODULES[BASE])]):
        quiet_odoo(workshop, '-d', draft, *arguments, '--with-demo', '--stop-after-init')


def _fill_neighbours(workshop, draft):
    say("Preparing the template database with Odoo's own apps (some minutes, once)")
    # Without their demo data, which take most of the time: it is their code that meets ours.
    workshop.copy_database(BASE, draft)
    quiet_odoo(workshop, '-d', draft, '-i', ','.join(NEIGHBOURS), '--stop-after-init')


def quiet_odoo(workshop, *arguments, log='install.log', command='server', script=None):
    """Run Odoo to its end; when it fails, the log says why."""
    path = STATE / log
    with open(path, 'w') as file:
        line = workshop.odoo(*arguments, '--no-http', command=command)
        done = subprocess.run(
            line, env=workshop.environment, input=script, text=True, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    text = path.read_text(errors='replace')
    if done.returncode or ' CRITICAL ' in text or 'Failed to load registry' in text:
        if 'No space left on device' in text:
            raise Stop(f'The disk is full: free some space, then start again ({path}).')
        print('\n'.join(text.splitlines()[-40:]))
        raise Stop(f'Odoo could not install the modules: see {path}.')
    return text
