#!/usr/bin/env python3
"""Bring i18n/ up to date: export the terms, merge into fr.po, count what is missing.

Uses a database of its own without demo data, whose records would be exported, too.
"""

import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ADDON, ROOT, STATE, Stop, run, told  # noqa: E402
from template import quiet_odoo  # noqa: E402
from workshop import open_workshop  # noqa: E402

DATABASE = f'{ADDON}_terms'
PLAIN = f'{DATABASE}_plain'
DEPENDS = 'l10n_fr_account,account_payment,phone_validation'
TEMPLATE = ROOT / 'i18n' / f'{ADDON}.pot'
FRENCH = ROOT / 'i18n' / 'fr.po'


def main():
    workshop = open_workshop()
    if not workshop.has_database(PLAIN):
        quiet_odoo(workshop, '-d', PLAIN, '-i', DEPENDS, '--without-demo', '--stop-after-init')
    # Installed anew, not updated: an update leaves the mail templates (noupdate) as they were.
    workshop.copy_database(PLAIN, DATABASE)
    quiet_odoo(workshop, '-d', DATABASE, '-i', ADDON, '--without-demo', '--stop-after-init')
    exported = STATE / 'terms.pot'
    run(
        workshop.odoo('export', '-d', DATABASE, '-o', exported, ADDON, command='i18n'),
        'The terms could not be exported.',
        env=workshop.environment,
    )
    TEMPLATE.parent.mkdir(exist_ok=True)
    run(['msgcat', '--use-first', '--sort-output', '--no-wrap', '-o', TEMPLATE, exported], 'msgcat failed.')
    if FRENCH.exists():
        run(
            ['msgmerge', '--quiet', '--no-fuzzy-matching', '--no-wrap', '--update', '--backup=none', FRENCH, TEMPLATE],
            'msgmerge failed.',
        )
        run(['msgattrib', '--no-obsolete', '--no-wrap', '-o', FRENCH, FRENCH], 'msgattrib failed.')
        done = subprocess.run(
            ['msgfmt', '--check-format', '--statistics', '-o', '/dev/null', FRENCH],
            capture_output=True,
            text=True,
            check=False,
        )
        print(done.stderr.strip())
        if done.returncode or 'untranslated' in done.stderr:
            raise Stop('i18n/fr.po is not complete: translate what is empty in it, then start again.')


if __name__ == '__main__':
    with told():
        main()
