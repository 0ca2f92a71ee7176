#!/usr/bin/env python3
"""Take the pictures of static/description from a running demo, in French.

make demo                            (in another terminal)
dev/screenshots.py [--odoo http://127.0.0.1:8069] [--folder static/description]
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ROOT  # noqa: E402

INVOICES = '/odoo/action-account.action_move_out_invoice_type'
REQUESTS = '/odoo/action-l10n_fr_avance_immediate.urssaf_payment_request_action'
SETTINGS = '/odoo/action-account.action_account_config'
TRANSFERS = '/odoo/action-l10n_fr_avance_immediate.urssaf_transfer_action'
OWED = '/odoo/action-l10n_fr_avance_immediate.account_move_line_action_claim'
CUSTOMERS = '/odoo/action-account.res_partner_action_customer'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--odoo', default='http://127.0.0.1:8069')
    parser.add_argument('--folder', type=Path, default=ROOT / 'static' / 'description')
    options = parser.parse_args()
    from browser import Browser  # noqa: PLC0415

    browser = Browser()
    try:
        take(browser, options.odoo, options.folder)
    finally:
        browser.close()


def take(browser, url, folder):
    browser.login(url, 'marie', 'marie')
    customer(browser, url, 'Jeanne', folder / 'customer.png')
    invoice(browser, url, 'FAC/2026/00007')
    browser.click('button[name=action_invoice_sent]')
    browser.click('.modal #urssaf')
    browser.see('.modal [name=urssaf_summary]')
    browser.picture(folder / 'send_and_print.png')
    browser.go(url + INVOICES)
    browser.see('.o_data_row')
    browser.picture(folder / 'invoices.png')
    for number in ('00005', '00006', '00007'):
        browser.run(f"""[...document.querySelectorAll('.o_data_row')].find(r => r.textContent.includes({number!r}))
            .querySelector('input[type=checkbox]').click()""")
    browser.click('.o_control_panel .o_cp_action_menus .dropdown-toggle:has(.fa-cog)')
    browser.click('.o-dropdown--menu .o_menu_item', 'URSSAF')
    browser.see('.modal .o_data_row')
    browser.picture(folder / 'wizard.png')
    browser.resize(1366, 1000)
    invoice(browser, url, 'FAC/2026/00010')
    browser.picture(folder / 'invoice_paid.png')
    browser.resize(1366, 768)
    invoice(browser, url, 'FAC/2026/00003')
    browser.picture(folder / 'invoice_refused.png')
    browser.click('button[name=action_urssaf_open_request]')
    browser.see(".o_field_widget[name='event_ids']")
    browser.picture(folder / 'request.png')
    browser.go(url + REQUESTS)
    browser.see('.o_data_row')
    browser.picture(folder / 'requests.png')
    browser.login(url, 'admin', 'admin')
    browser.go(url + SETTINGS)
    browser.see('#urssaf_card')
    browser.run("[...document.querySelectorAll('h2')].find(h => h.textContent.includes('URSSAF')).scrollIntoView()")
    browser.picture(folder / 'settings.png')
    browser.run("document.querySelector('#urssaf_money').scrollIntoView()")
    browser.picture(folder / 'settings_money.png')
    accountant(browser, url, folder)


def accountant(browser, url, folder):
    """What URSSAF has paid: a transfer on its way to the bank, and what is owed."""
    browser.login(url, 'comptable', 'comptable')
    browser.go(url + TRANSFERS)
    browser.see('.o_data_row')
    browser.click('.o_data_row .o_data_cell')
    browser.see(".o_field_widget[name='payment_ids'] .o_data_row")
    browser.picture(folder / 'transfer.png')
    browser.go(url + OWED)
    browser.see('.o_data_row')
    browser.picture(folder / 'urssaf_owes_us.png')


def customer(browser, url, name, path):
    browser.go(url + CUSTOMERS)
    browser.see('.o_kanban_record, .o_data_row')
    browser.click('.o_kanban_record:not(.o_kanban_ghost), .o_data_row .o_data_cell', name)
    browser.click(".o_notebook_headers a[name='urssaf']")
    browser.resize(1366, 1640)
    browser.picture(path)
    browser.resize(1366, 768)


def invoice(browser, url, number):
    browser.go(url + INVOICES)
    browser.see('.o_data_row')
    browser.click('.o_data_row .o_data_cell', number)
    browser.see('.o_form_view')


def in_the_environment():
    """Run again with the interpreter that has the DevTools library."""
    from workshop import open_workshop  # noqa: PLC0415

    workshop = open_workshop(with_browser=True)
    return subprocess.run(
        [workshop.python, __file__, *sys.argv[1:]], env={**os.environ, 'AVANCE_INSIDE': '1'}, check=False
    ).returncode


if __name__ == '__main__':
    sys.exit(main() if os.environ.get('AVANCE_INSIDE') else in_the_environment())
