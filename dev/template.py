"""Warm template databases: what every run needs is installed once and then copied in a second."""

import subprocess

from machine import ADDON, STATE, Stop, alone, say
from workshop import TEMPLATE_MODULES

BASE = f'{ADDON}_base'
WITH_ADDON = f'{ADDON}_addon'


def ensure_base(workshop):
    """A French database with demo data and the modules the addon stands on."""
    with alone(f'template-{STATE.name}'):
        made_by = workshop.psql(
            f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{BASE}'"
        )
        if made_by != source_of(workshop) or not workshop.files_of(BASE).exists():
            _make_base(workshop)
    return BASE


def install_addon(workshop):
    """A database with the addon and its demo data, made anew; its name."""
    workshop.copy_database(ensure_base(workshop), WITH_ADDON)
    quiet_odoo(workshop, '-d', WITH_ADDON, '-i', ADDON, '--with-demo', '--stop-after-init')
    return WITH_ADDON


def source_of(workshop):
    """Names the Odoo that makes a database: the tables of another one may differ."""
    release = workshop.path / 'odoo' / 'release.py'
    return f'{release} {int(release.stat().st_mtime)}'.replace("'", '')


def _make_base(workshop):
    say('Preparing the template database (about a minute, once)')
    draft = f'{BASE}_draft'
    workshop.drop_database(draft)
    # French first: what is installed after it is loaded in French, demo data included.
    for arguments in (['-i', 'base', '--load-language', 'fr_FR'], ['-i', TEMPLATE_MODULES]):
        quiet_odoo(workshop, '-d', draft, *arguments, '--with-demo', '--stop-after-init')
    workshop.psql(f'COMMENT ON DATABASE "{draft}" IS \'{source_of(workshop)}\'')
    workshop.rename_database(draft, BASE)


def quiet_odoo(workshop, *arguments, log='install.log'):
    """Run Odoo to its end; when it fails, the log says why."""
    path = STATE / log
    with open(path, 'w') as file:
        line = workshop.odoo(*arguments, '--no-http')
        done = subprocess.run(line, env=workshop.environment, stdout=file, stderr=subprocess.STDOUT, check=False)
    text = path.read_text(errors='replace')
    if done.returncode or ' CRITICAL ' in text or 'Failed to load registry' in text:
        if 'No space left on device' in text:
            raise Stop(f'The disk is full: free some space, then start again ({path}).')
        print('\n'.join(text.splitlines()[-40:]))
        raise Stop(f'Odoo could not install the modules: see {path}.')
    return text
