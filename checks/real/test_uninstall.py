"""Uninstalled, the addon leaves Odoo working and none of its secrets in the database."""

import subprocess
import urllib.request

import pytest

# Values that are nowhere else in the database; what was planted must be found before, so that the search is proved.
SECRETS = {
    'client_id': 'plantedclient4711',
    'client_secret': 'plantedsecret4711',
    'token': 'plantedtoken4711',
    'customer_ref': 'plantedreference4711',
    'birth_name': 'Plantedname4711',
    'consent': 'plantedconsent4711',
    'exchange': 'plantedexchange4711',
    'payload': 'plantedpayload4711',
    'iban': 'FR1420041010050500013M02606',
    'parameter': 'plantedparameter4711',
}


def found_in_dump(workshop, database):
    """Which of the planted values a dump of all data holds."""
    dump = subprocess.run(
        ['pg_dump', '--data-only', '-d', database], env=workshop.environment, capture_output=True, text=True, check=True
    )
    return {name for name, value in SECRETS.items() if value in dump.stdout}


@pytest.fixture
def facts(inside):
    return inside('inside_uninstall', 'plant', secrets=SECRETS)[0]


def test_uninstalling_leaves_odoo_working_and_no_secret(inside, odoo_process, odoo_database, workshop, facts):
    assert found_in_dump(workshop, odoo_database) == set(SECRETS)
    state, output = inside('inside_uninstall', 'uninstall')
    assert state == 'uninstalled'
    assert 'Traceback' not in output, output
    assert found_in_dump(workshop, odoo_database) == set()
    result, _output = inside('inside_uninstall', 'look', **facts)
    assert result['states'] == ['posted'] * 3
    assert {what: names for what, names in result['left'].items() if names} == {}
    _process, url = odoo_process()
    with urllib.request.urlopen(url + result['url'], timeout=60) as answer:
        page = answer.read().decode()
    assert answer.status == 200
    assert result['name'] in page, page
    assert 'avance imm' not in page.lower()
