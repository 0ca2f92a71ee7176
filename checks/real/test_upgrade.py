"""From each earlier version to this one: nothing is lost, and the exchanges of the first one get their links.

The earlier versions stand in ``versions/`` (``dev/pack_version.py``) and are really installed: their databases are what
people have. What is named in GONE_* is lost on purpose.
"""

import ast
import json
import subprocess
import uuid
from pathlib import Path

import pytest

from machine import ADDON, ROOT
from snapshot import Snapshot, lost
from template import BASE

VERSION = ast.literal_eval((ROOT / '__manifest__.py').read_text())['version']
HERE = Path(__file__).resolve().parent
EARLIER = {path.name.removesuffix('.tar.xz'): path for path in sorted(HERE.glob('versions/*.tar.xz'))}
FIRST = '19.0.1.0.0'

# Stored fields and records of data that are given up on purpose, each with its reason.
GONE_FIELDS = {
    'insee.commune.valid_from',  # always empty: the sources have no such day
    # They stand with the connection of each environment.
    'res.company.urssaf_test_at',
    'res.company.urssaf_test_failure',
    'urssaf.exchange.res_model',  # an exchange may be about several documents: linked since 19.0.1.1.0
    'urssaf.exchange.res_id',
    'urssaf.payment.request.activity_ids',  # activities stand on the invoice or the customer, never on a request
    'urssaf.registration.refused_codes',  # written and never read: each attempt keeps its own error_codes
}
# Exchanges are exported from their own list.
GONE_DATA = {'menu_urssaf_exchange_export'}

INSIDE = """
import json, sys
sys.path.insert(0, {inside!r})
import inside_upgrade
print('RESULT', json.dumps(inside_upgrade.{act}(env{facts})))
"""


def run(environment, *command, **options):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


def inside(workshop, environment, database, act, facts=None):
    """Run a function of ``inside_upgrade`` in `odoo shell`; what it returns."""
    script = INSIDE.format(inside=str(HERE.parent / 'inside'), act=act, facts=f', {facts!r}' if facts else '')
    shell = workshop.odoo('-d', database, '--log-level=warn', '--no-http', command='shell')
    output = run(environment, *shell, input=script)
    line = next((line for line in output.splitlines() if line.startswith('RESULT ')), None)
    assert line, output
    return json.loads(line.removeprefix('RESULT '))


def without_errors(log):
    assert not [line for line in log.splitlines() if ' ERROR ' in line or ' CRITICAL ' in line], log


@pytest.fixture(params=EARLIER)
def earlier(workshop, template_database, request, tmp_path):
    """A database of an earlier version, made by that version, with what people had in it: ``(version, name, facts)``."""
    version, name = request.param, f'{ADDON}_check_{uuid.uuid4().hex[:8]}'
    (tmp_path / 'addons' / ADDON).mkdir(parents=True)
    subprocess.run(['tar', '-xf', EARLIER[version], '-C', tmp_path / 'addons' / ADDON], check=True)
    configuration = tmp_path / 'odoo.conf'
    today = Path(workshop.environment['ODOO_RC']).read_text()
    configuration.write_text(today.replace(f'{workshop.addons_folder}\n', f'{tmp_path / "addons"}\n'))
    then = {**workshop.environment, 'ODOO_RC': str(configuration)}
    workshop.copy_database(BASE, name)
    try:
        without_errors(
            run(then, *workshop.odoo('-d', name, '-i', ADDON, '--with-demo', '--stop-after-init', '--no-http'))
        )
        assert installed(workshop, name) == version
        facts = inside(workshop, then, name, 'prepare')
        add_exchanges(workshop, name, version, facts)
        yield version, name, facts
    finally:
        workshop.drop_database(name)


def installed(workshop, name):
    return workshop.psql(f"SELECT latest_version FROM ir_module_module WHERE name = '{ADDON}'", name)


def add_exchanges(workshop, name, version, facts):
    """Exchanges as that version kept them: the first one knew one document, or none when a call was about several."""
    one, two, three = facts['requests']
    batch = json.dumps([{'numFactureTiers': number, 'mntFactureTTC': 94.5} for number in facts['names'][:2]])
    by_reference = json.dumps({'idDemandePaiements': [facts['refs'][2]]})
    by_number = json.dumps({'numFactureTiers': facts['names']})
    request, registration = 'urssaf.payment.request', 'urssaf.registration'
    rows = [
        ('M050', '/first/single', batch, request, [one]),
        ('M050', '/first/batch', batch, request, [one, two]),
        ('M070', '/first/by-reference', by_reference, request, [three]),
        ('M070', '/first/by-number', by_number, request, [one, two, three]),
        ('M070', '/first/by-date', '{"dateDebut": "2026-11-03T00:00:00Z"}', None, []),
        ('M050', '/first/cut-short', batch[:30], None, []),
        ('M020', '/first/registration', '', registration, [facts['registration']]),
        ('M020', '/first/gone', '', registration, [999999] if version == FIRST else []),
    ]
    for number, (call, path, body, model, ids) in enumerate(rows, start=900001):
        values = {
            'id': number,
            'company_id': facts['company'],
            'environment': "'simulator'",
            'call': f"'{call}'",
            'path': f"'{path}'",
            'request_body': f"'{body}'",
            'started_at': "now() AT TIME ZONE 'UTC'",
        }
        # It linked the calls about one document only, and those that read by reference or number not at all.
        if version == FIRST and len(ids) == 1 and not path.startswith('/first/by-'):
            values.update(res_model=f"'{model}'", res_id=ids[0])
        workshop.psql(
            f'INSERT INTO urssaf_exchange ({", ".join(values)}) VALUES ({", ".join(map(str, values.values()))})', name
        )
        if version != FIRST:
            short = 'request' if model == request else 'registration'
            for document in ids:
                workshop.psql(
                    f'INSERT INTO urssaf_exchange_{short}_rel (exchange_id, {short}_id) VALUES ({number}, {document})',
                    name,
                )


def test_each_earlier_version_is_there():
    folders = {path.name for path in (ROOT / 'migrations').iterdir() if path.is_dir()}
    assert set(EARLIER) == {FIRST, *folders} - {VERSION}


def test_upgrading_keeps_everything_and_links_the_exchanges(workshop, earlier):
    version, name, facts = earlier
    before = Snapshot(workshop, name)
    has_documents = workshop.psql("SELECT to_regclass('urssaf_exchange_request_rel')", name)
    assert has_documents == ('' if version == FIRST else 'urssaf_exchange_request_rel')
    for _again in range(2 if version == FIRST else 1):  # a second upgrade changes nothing
        upgrade = workshop.odoo('-d', name, '-u', ADDON, '--stop-after-init', '--no-http')
        without_errors(run(workshop.environment, *upgrade))
        assert installed(workshop, name) == VERSION
        assert not lost(before, Snapshot(workshop, name), GONE_FIELDS, GONE_DATA)
        check_what_is_there(workshop, name, version, facts)


def check_what_is_there(workshop, name, version, facts):
    result = inside(workshop, workshop.environment, name, 'read', facts)
    one, two, three = facts['requests']
    assert result['states'] == ['awaiting', 'paid', 'refused']
    assert result['invoice_states'] == ['awaiting', 'paid', 'refused']
    assert result['stages'] == result['invoice_stages'] == ['waiting', 'paid', 'to_fix']
    assert result['payloads'] == facts['payloads']
    assert result['amounts'] == [[47.25, 94.5], [47.25, 94.5], [63.0, 94.5]]
    assert result['refs'] == facts['refs']
    assert result['events'] == 1
    assert result['activity'] == 'Bloqué'
    assert result['registration'] == ['active', 'menage-1']
    assert result['secret'] == 'b'
    # Whose words nobody has touched has those of today; edited ones stay, and Odoo's own button brings the new ones.
    body, subject = result['mails']
    assert '_urssaf_deposit_told()' in body
    assert "Elle annule et remplace la facture" in body
    assert (subject == 'Notre rappel') is (version != FIRST), subject
    assert result['mails reset'][0] == body
    assert result['mails reset'][1] != 'Notre rappel'
    linked = {
        '/first/single': [[one], []],
        '/first/batch': [[one, two], []],
        '/first/by-reference': [[three], []],
        '/first/by-number': [[one, two, three], []],
        '/first/by-date': [[], []],
        '/first/cut-short': [[], []],
        '/first/registration': [[], [facts['registration']]],
        '/first/gone': [[], []],
    }
    assert result['exchanges'] == {path: [*links, 'simulator'] for path, links in linked.items()}
    assert result['exported'] == sorted(path for path, links in linked.items() if any(links))
    assert (
        workshop.psql(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'urssaf_exchange'::regclass "
            "AND attname IN ('res_model', 'res_id') AND NOT attisdropped",
            name,
        )
        == '0'
    )
