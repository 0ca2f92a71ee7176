"""From a dump of the first version's database to this version: nothing is lost, and the old exchanges get their links."""

import ast
import json
import subprocess
import uuid

import pytest

from machine import ADDON, ROOT

VERSION = ast.literal_eval((ROOT / '__manifest__.py').read_text())['version']

PREPARE = """
import json
company = env.ref('l10n_fr_avance_immediate.demo_company')
company.write({'urssaf_environment': 'simulator', 'urssaf_client_id': 'a', 'urssaf_client_secret': 'b'})
partner = env.ref('l10n_fr_avance_immediate.demo_household_camille')
env['urssaf.registration'].search([('partner_id', '=', partner.id)]).unlink()
registration = env['urssaf.registration'].create({
    'partner_id': partner.id, 'company_id': company.id, 'environment': 'simulator', 'state': 'active',
    'customer_ref': 'menage-1', 'activated_at': '2026-01-02 10:00:00'})
invoices = env['account.move'].with_company(company).create([{
    'move_type': 'out_invoice', 'partner_id': partner.id, 'company_id': company.id, 'invoice_date': '2026-11-03',
    'urssaf_date_start': '2026-11-02', 'urssaf_date_end': '2026-11-03',
    'urssaf_nature_id': env.ref('l10n_fr_avance_immediate.nature_100').id,
    'invoice_line_ids': [(0, 0, {'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [(5,)]})],
} for _number in range(3)])
invoices.action_post()
requests = env['urssaf.payment.request'].create([{
    'name': invoice.name, 'move_id': invoice.id, 'partner_id': partner.id, 'company_id': company.id,
    'environment': 'simulator', 'date_start': '2026-11-02', 'date_end': '2026-11-03', 'amount_total': 94.5,
    'payload': '{"mntFactureTTC": 94.5}', 'state': state, 'request_ref': 'ref-' + str(invoice.id)}
    for invoice, state in zip(invoices, ('awaiting', 'paid', 'refused'))])
requests[0]._set_state('awaiting')
# The first version knew an activity by its type alone.
partner.activity_schedule('l10n_fr_avance_immediate.mail_activity_type_urssaf', summary='Bloqué', user_id=env.uid)
env.cr.commit()
print('FACTS', json.dumps({'company': company.id, 'partner': partner.id, 'registration': registration.id,
                           'requests': requests.ids, 'names': requests.mapped('name'),
                           'refs': requests.mapped('request_ref')}))
"""

READ = """
import json
facts = json.loads('''%s''')
Exchange = env['urssaf.exchange']
requests = env['urssaf.payment.request'].browse(facts['requests'])
registration = env['urssaf.registration'].browse(facts['registration'])
exchanges = {exchange.path: [exchange.request_ids.sorted('id').ids, exchange.registration_ids.ids, exchange.environment]
             for exchange in Exchange.search([('path', 'like', '/first/')])}
export = env['urssaf.exchange.export'].create({
    'company_id': facts['company'], 'environment': 'simulator', 'partner_id': facts['partner'],
    'date_from': '2026-01-01', 'date_to': '2099-12-31'})
exported = Exchange.search(export._domain()).filtered(lambda e: e.path.startswith('/first/'))
print('RESULT', json.dumps({
    'states': requests.mapped('state'), 'payloads': requests.sudo().mapped('payload'), 'refs': requests.mapped('request_ref'),
    'activity': registration.activity_id.summary, 'events': len(requests[0].event_ids), 'registration': [registration.state, registration.customer_ref],
    'exchanges': exchanges, 'exported': sorted(exported.mapped('path')),
    'invoice_states': requests.move_id.sorted('id').mapped('urssaf_state'),
    'secret': env['res.company'].browse(facts['company']).urssaf_client_secret}))
"""


def said(output, word):
    line = next((line for line in output.splitlines() if line.startswith(f'{word} ')), None)
    assert line, output
    return json.loads(line[len(word) + 1 :])


def run(workshop, *command, **options):
    done = subprocess.run(command, env=workshop.environment, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


@pytest.fixture
def first_version(workshop, odoo_shell, odoo_database, tmp_path):
    """A database restored from a dump of the first version, with what people had in it: ``(name, facts)``."""
    facts = said(odoo_shell(PREPARE), 'FACTS')
    run(workshop, 'psql', '-qX', '-d', odoo_database, '-f', 'first_version.sql', cwd=ROOT / 'checks' / 'real')
    one, two, three = facts['requests']
    batch = json.dumps([{'numFactureTiers': name, 'mntFactureTTC': 94.5} for name in facts['names'][:2]])
    rows = [
        ('M050', '/first/single', batch, 'urssaf.payment.request', one),
        ('M050', '/first/batch', batch, None, None),
        ('M070', '/first/by-reference', json.dumps({'idDemandePaiements': [facts['refs'][2]]}), None, None),
        ('M070', '/first/by-number', json.dumps({'numFactureTiers': facts['names']}), None, None),
        ('M070', '/first/by-date', '{"dateDebut": "2026-11-03T00:00:00Z"}', None, None),
        ('M050', '/first/cut-short', batch[:30], None, None),
        ('M020', '/first/registration', '', 'urssaf.registration', facts['registration']),
        ('M020', '/first/gone', '', 'urssaf.registration', 999999),
    ]
    for call, path, body, model, res_id in rows:
        workshop.psql(
            'INSERT INTO urssaf_exchange (company_id, environment, call, path, request_body, res_model, res_id, started_at) '
            f"VALUES ({facts['company']}, 'simulator', '{call}', '{path}', '{body}', "
            f"{f'{model!r}' if model else 'NULL'}, {res_id or 'NULL'}, now() AT TIME ZONE 'UTC')",
            odoo_database,
        )
    dump, name = tmp_path / 'first.dump', f'{ADDON}_check_{uuid.uuid4().hex[:8]}'
    run(workshop, 'pg_dump', '-Fc', '-f', str(dump), '-d', odoo_database)
    run(workshop, 'createdb', name)
    try:
        run(workshop, 'pg_restore', '--no-owner', '-d', name, str(dump))
        yield name, facts
    finally:
        workshop.drop_database(name)


def check_first_version(workshop, name):
    columns = workshop.psql(
        "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = 'urssaf_exchange'::regclass AND attnum > 0 AND NOT attisdropped",
        name,
    ).split()
    assert set(columns) == {
        'id',
        'company_id',
        'status',
        'res_id',
        'create_uid',
        'write_uid',
        'environment',
        'call',
        'method',
        'path',
        'error',
        'res_model',
        'request_body',
        'response_body',
        'duration',
        'started_at',
        'create_date',
        'write_date',
    }
    assert workshop.psql("SELECT to_regclass('urssaf_exchange_request_rel')", name) == ''
    assert workshop.psql("SELECT to_regclass('urssaf_exchange_export')", name) == ''


def test_upgrading_keeps_everything_and_links_the_exchanges(workshop, first_version):
    name, facts = first_version
    check_first_version(workshop, name)
    for _again in range(2):  # a second upgrade changes nothing
        log = run(workshop, *workshop.odoo('-d', name, '-u', ADDON, '--stop-after-init', '--no-http'))
        assert not [line for line in log.splitlines() if ' ERROR ' in line or ' CRITICAL ' in line], log
        version = workshop.psql(f"SELECT latest_version FROM ir_module_module WHERE name = '{ADDON}'", name)
        assert version == VERSION
        check_what_is_there(workshop, name, facts)


def check_what_is_there(workshop, name, facts):
    script = READ % json.dumps(facts)
    shell = workshop.odoo('-d', name, '--log-level=warn', '--no-http', command='shell')
    result = said(run(workshop, *shell, input=script), 'RESULT')
    one, two, three = facts['requests']
    assert result['states'] == ['awaiting', 'paid', 'refused']
    assert result['invoice_states'] == ['awaiting', 'paid', 'refused']
    assert result['payloads'] == ['{"mntFactureTTC": 94.5}'] * 3
    assert result['refs'] == facts['refs']
    assert result['events'] == 1
    assert result['activity'] == 'Bloqué'
    assert result['registration'] == ['active', 'menage-1']
    assert result['secret'] == 'b'
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
