"""Whoever sees badly, or has a keyboard alone, can use every page and window of ours: axe-core finds nothing (WCAG AA)."""

import contextlib
import time

import pytest
import requests

import axe
from browser import Browser
from simulator.server import start as start_simulator


@pytest.fixture(scope="module", name="program")
def axe_program(workshop):
    return axe.ensure(workshop)


@pytest.fixture(name="browser")
def chromium():
    browser = Browser()
    yield browser
    browser.close()


def patiently(step, *arguments):
    """The first page of a new database waits for its scripts and styles to be made: minutes on a busy machine."""
    for _attempt in range(6):
        with contextlib.suppress(TimeoutError):
            return step(*arguments)
    return step(*arguments)


def opened(browser, address, clicks):
    """A screen, from its address on: what a busy server did not give the page the first time, it gives the next."""
    browser.go(address)
    for click in clicks:
        browser.click(click)


def seen(browser, program, part, apart=None):
    """What axe says of a part of the page, when all of it is drawn."""
    patiently(browser.see, part)
    time.sleep(1)
    return axe.violations(browser, program, part, apart)


def test_what_is_wrong_is_found(browser, program):
    """An empty list means something."""
    browser.go("data:text/html,<html lang=fr><title>x</title><main><input><p style='color:%23bbb'>pale</p></main>")
    lines = seen(browser, program, "main")
    assert [line.split(":")[0] for line in lines] == ["color-contrast", "label"]


def test_the_simulator(browser, program):
    handle = start_simulator(port=0)
    try:
        people = [{"ref": "aaaa", "birth_date": "1984-05-17", "activated_at": "2026-01-01T00:00:00Z"}]
        requests.post(f"{handle.url}/_sim/seed", json={"customers": people}, timeout=10).raise_for_status()
        faults = {"name": "throttled", "call": "M050"}
        requests.post(f"{handle.url}/_sim/faults", json=faults, timeout=10).raise_for_status()
        requests.post(f"{handle.url}/api/oauth/v1/token", timeout=10)
        blocked = requests.post(f"{handle.url}/page/customers/aaaa/block", headers={"Origin": handle.url}, timeout=10)
        browser.go(blocked.url)
        browser.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        assert seen(browser, program, "body") == []
    finally:
        handle.stop()


# What Odoo's own widgets get wrong, wherever they stand, whatever the view says.
NOT_OURS = {
    'aria-allowed-attr': '.o_field_selection .o-dropdown, .o_progress, .o_tag',
    'aria-required-parent': '.o_notebook_headers .nav-link',
    'autocomplete-valid': '.o_select_menu_input',
    'button-name': '.o_btn_char_copy',
    'color-contrast': '.badge, .o_setting_box span[searchabletext]',
    'label': '.o_list_record_selector input, .o_data_row .form-check-input',
}
# Whose screen, its name, its address, what is clicked until it shows, and the parts of it that are ours.
FORM = '.o_form_renderer'
SHEET = '.o_form_sheet'
ROWS = '.o_list_renderer tbody'
ACTION = '/odoo/action-l10n_fr_avance_immediate.'
TAB = ".o_notebook_headers a[name='urssaf']"
SCREENS = (
    ('marie', 'customer, new', '/odoo/res.partner/{new}', (TAB,), ('.tab-pane.active',)),
    ('marie', 'customer, refused', '/odoo/res.partner/{refused}', (TAB,), ('.tab-pane.active',)),
    ('marie', 'customer, active', '/odoo/res.partner/{customer_active}', (TAB,), ('.tab-pane.active',)),
    ('marie', 'customer, pending', '/odoo/res.partner/{customer_pending}', (TAB,), ('.tab-pane.active',)),
    ('marie', 'window, register', '/odoo/urssaf.register.wizard/{register}', (), (FORM,)),
    ('marie', 'window, invite', '/odoo/urssaf.invite.wizard/{invite}', (), (FORM,)),
    ('marie', 'window, many', '/odoo/urssaf.send.wizard/{many}', (), (FORM,)),
    ('marie', 'window, one', '/odoo/urssaf.send.wizard/{one}', (), (FORM,)),
    (
        'marie',
        'window, cancellation',
        '/odoo/urssaf.payment.request/{request_awaiting}',
        ("button[name='action_ask_cancellation']",),
        ('.modal .o_form_renderer',),
    ),
    ('marie', 'window, mail', '/odoo/urssaf.activation.help/{mail_never_came}', (), (FORM,)),
    (
        'marie',
        'invoice, refused',
        '/odoo/account.move/{invoice_refused}',
        (TAB,),
        (
            ".alert:has(> [name^='urssaf_'])",
            "button[name^='action_urssaf_']",
            "[name='urssaf_state']",
            '.tab-pane.active',
        ),
    ),
    (
        'marie',
        'Send',
        '/odoo/account.move/{invoice_to_send}',
        ("button[name='action_invoice_sent']", '.modal #urssaf'),
        (".modal [name='urssaf']",),
    ),
    ('marie', 'request, refused', '/odoo/urssaf.payment.request/{request_refused}', (), (SHEET,)),
    ('marie', 'request, paid', '/odoo/urssaf.payment.request/{request_paid}', (), (SHEET,)),
    ('marie', 'requests', ACTION + 'urssaf_payment_request_action', (), (ROWS,)),
    ('marie', 'registrations', ACTION + 'urssaf_registration_action', (), (ROWS,)),
    ('marie', 'to send', ACTION + 'account_move_action_urssaf_to_send', (), (ROWS,)),
    ('marie', 'registration', '/odoo/urssaf.registration/{registration}', (), (SHEET,)),
    ('marie', 'window, customer number', '/odoo/urssaf.customer.number/{customer_number}', (), (FORM,)),
    (
        'comptable',
        'window, credit note',
        '/odoo/account.move/{invoice_paid}',
        ("button[name='action_reverse']",),
        ('.modal .alert',),
    ),
    ('comptable', 'window, taken back', '/odoo/urssaf.take.back/{take_back}', (), (FORM,)),
    ('comptable', 'window, match', '/odoo/urssaf.transfer.match/{match}', (), (FORM,)),
    ('comptable', 'transfer', '/odoo/urssaf.transfer/{transfer}', (), (SHEET,)),
    ('comptable', 'transfers', ACTION + 'urssaf_transfer_action', (), (ROWS,)),
    ('comptable', 'owed by URSSAF', ACTION + 'account_move_line_action_claim', (), (ROWS,)),
    ('admin', 'ceilings', ACTION + 'urssaf_ceiling_action', (), (ROWS,)),
    ('admin', 'guarantees', ACTION + 'urssaf_guarantee_tier_action', (), (ROWS,)),
    ('admin', 'errors', ACTION + 'urssaf_error_action', (), (ROWS,)),
    ('admin', 'exchange', '/odoo/urssaf.exchange/{exchange}', (), (SHEET,)),
    ('admin', 'exchanges', ACTION + 'urssaf_exchange_action', (), (ROWS,)),
    ('admin', 'types', ACTION + 'urssaf_nature_action', (), (ROWS,)),
    ('admin', 'window, compare', ACTION + 'urssaf_compare_action', (), ('.modal .o_form_renderer',)),
    ('admin', 'window, export', ACTION + 'urssaf_exchange_export_action', (), ('.modal .o_form_renderer',)),
    ('admin', 'settings', ACTION + 'res_config_settings_action', (), ('.o_settings_container:has(#urssaf_card)',)),
)

# By screen: what has the focus at first (empty: what the screen gives it), the keys, and where they lead, by field or button.
KEYS = {
    'Send': (
        '',
        ('Tab',) * 9,
        [
            'extra_edi_checkboxes',
            'sending_method_checkboxes',
            'urssaf_nature_id',
            'urssaf_date_start',
            'urssaf_date_end',
            'urssaf_deposit_amount',
            'mail_partner_ids',
            'subject',
        ],
    ),
    'window, many': (
        "[name='notify'] input",
        ('Tab', 'Tab', 'Tab', 'Enter', 'Tab', 'Tab', 'Tab'),
        [
            'notify',
            'move_id',
            'action_open_invoice',
            'move_id',
            'nature_id',
            'date_start',
            'date_end',
            'deposit_amount',
        ],
    ),
}
FOCUS = "(document.activeElement.closest('[name]')?.getAttribute('name') || '')"


def astray(browser, first, keys, stops):
    """Where the keys lead elsewhere, as a line to read: several stops in one field count as one."""
    if first:
        browser.run(f'document.querySelector({first!r}).focus()')
    names = [browser.run(FOCUS)]
    for key in keys:
        browser.press(key)
        name = browser.run(FOCUS)
        if name != names[-1]:
            names.append(name)
    return [] if names == stops else [f'the keys lead to {names} instead of {stops}']


def test_pages_and_windows(browser, program, odoo_process, inside, simulator):
    facts, _output = inside("inside_accessibility", "prepare", url=simulator.url)
    _process, url = odoo_process()
    found = {}

    # The household's pages, on a phone.
    browser.resize(390, 844)
    link = f"{url}/avance-immediate/{facts['token']}"
    for step in ("1", "2", "3", "1?check=1", "2?check=1", "3?check=1"):
        browser.go(f"{link}/{step}")
        found[f"household, step {step}"] = seen(browser, program, ".o_urssaf_household")
    browser.go(f"{url}/avance-immediate/wrong")
    found["household, wrong link"] = seen(browser, program, ".o_urssaf_household")

    # What those who work with it see.
    browser.resize(1366, 2400)
    who = None
    for login, name, address, clicks, parts in SCREENS:
        if login != who:
            who = login
            patiently(browser.login, url, login, login)
        patiently(opened, browser, f"{url}{address.format(**facts)}?cids={facts['company']}", clicks)
        for part in parts:
            found[f"{name}, {part}"] = seen(browser, program, part, NOT_OURS)
        if name in KEYS:
            found[f"{name}, by keyboard"] = astray(browser, *KEYS[name])
    wrong = [f"{page}: {line}" for page, lines in found.items() for line in lines]
    assert not wrong, "\n" + "\n".join(wrong)
