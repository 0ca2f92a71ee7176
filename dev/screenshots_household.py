#!/usr/bin/env python3
"""Take the pictures of the household's own pages, on a phone and in French, from a running demo.

make demo                            (in another terminal)
dev/screenshots_household.py [--odoo http://127.0.0.1:8069] [--db avance_demo] [--folder static/description]
"""

import argparse
import email
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ROOT, STATE  # noqa: E402

PHONE = (390, 844)
TALLEST = 2400
LINK = re.compile(r'/avance-immediate/[\w-]+')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--odoo', default='http://127.0.0.1:8069')
    parser.add_argument('--db', default='avance_demo')
    parser.add_argument('--folder', type=Path, default=ROOT / 'static' / 'description')
    options = parser.parse_args()
    from browser import Browser  # noqa: PLC0415

    browser = Browser()
    try:
        take(browser, options.odoo + invited(options.odoo, options.db), options.folder)
    finally:
        browser.close()


def invited(url, database):
    """Make a customer and press the button; the link, from the demo's letter box."""
    from demo_rpc import Odoo  # noqa: PLC0415

    known = set((STATE / 'mails').glob('*'))
    odoo = Odoo(url, database, 'marie', 'marie')
    customer = odoo.create(
        'res.partner',
        {'name': "Jeanne Moreau", 'email': 'jeanne.moreau@example.com', 'lang': 'fr_FR', 'country_id': False},
    )
    odoo.call('res.partner', 'action_urssaf_invite', [customer])
    for _attempt in range(60):
        for path in set((STATE / 'mails').glob('*')) - known:
            for part in email.message_from_bytes(path.read_bytes()).walk():
                found = LINK.search(str(part.get_payload(decode=True) or b'', 'utf-8'))
                if found:
                    return found[0]
        time.sleep(0.5)
    raise TimeoutError("no e-mail has come")


def take(browser, link, folder):
    browser.resize(*PHONE)
    browser.go(link)
    browser.see("[data-step='1']")
    browser.click("label[for='civility_2']")
    for name, text in (
        ('birth_name', "Kervella"),
        ('usage_name', "Moreau"),
        ('first_names', "Jeanne Anne"),
        ('birth_date', '17/05/1984'),
        ('birth_commune', "Saint-Malo"),
    ):
        fill(browser, f'#{name}', text)
    browser.see('.o_urssaf_suggestions')
    browser.run("document.querySelector('.o_urssaf_suggestions button').click()")
    whole(browser, folder / 'household_identity.png')
    browser.click('button[type=submit]')
    browser.see("[data-step='2']")
    for name, text in (
        ('street', "12 bis rue des Tilleuls"),
        ('zip', '35000'),
        ('city', "Rennes"),
        ('mobile', '06 39 98 10 55'),
    ):
        fill(browser, f'#{name}', text)
    browser.click('button[type=submit]')
    browser.see("[data-step='3']")
    for name, text in (('iban', 'FR76 2004 1010 0500 0002 3456 778'), ('bic', 'PSSTFRPPXXX')):
        fill(browser, f'#{name}', text)
    browser.run("document.querySelector('#consent').click()")
    whole(browser, folder / 'household_bank.png')
    browser.click('button[type=submit]')
    browser.see('.o_urssaf_state')
    browser.picture(folder / 'household_state.png')


def fill(browser, selector, text):
    browser.run(f"""(() => {{
        const input = document.querySelector({selector!r});
        input.value = {text!r};
        for (const name of ['input', 'change']) input.dispatchEvent(new Event(name, {{bubbles: true}}));
    }})()""")


def whole(browser, path):
    """The page from top to bottom, however long it is."""
    height = browser.run('document.documentElement.scrollHeight')
    browser.resize(PHONE[0], min(max(height, PHONE[1]), TALLEST))
    browser.picture(path)
    browser.resize(*PHONE)


def in_the_environment():
    """Run again with the interpreter that has the DevTools library."""
    from workshop import open_workshop  # noqa: PLC0415

    workshop = open_workshop(with_browser=True)
    return subprocess.run(
        [workshop.python, __file__, *sys.argv[1:]], env={**os.environ, 'AVANCE_INSIDE': '1'}, check=False
    ).returncode


if __name__ == '__main__':
    sys.exit(main() if os.environ.get('AVANCE_INSIDE') else in_the_environment())
