"""Uninstalled, the addon leaves Odoo working and none of its secrets in the database."""

import json
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

PREPARE = """
import json
secrets = json.loads('''%(secrets)s''')
# Not the company of our demo data: Odoo takes apart what belongs to the module.
company = env['res.company'].search([('chart_template', 'like', 'fr%%'), (
    'id', '!=', env.ref('l10n_fr_avance_immediate.demo_company').id)], limit=1)
env = env(context={'allowed_company_ids': company.ids})
company.write({'urssaf_environment': 'simulator', 'urssaf_client_id': secrets['client_id'],
               'urssaf_client_secret': secrets['client_secret']})
env.cr.execute("INSERT INTO urssaf_token (company_id, environment, client_key, value) VALUES (%%s, 'simulator', %%s, %%s)",
               (company.id, secrets['client_id'], secrets['token']))
partner = env['res.partner'].create({'name': 'Alex Restant', 'email': 'alex.restant@example.com'})
partner.write({'urssaf_birth_name': secrets['birth_name'], 'urssaf_consent_origin': secrets['consent'],
               'urssaf_iban': secrets['iban']})
registration = env['urssaf.registration'].create({
    'partner_id': partner.id, 'company_id': company.id, 'environment': 'simulator', 'state': 'blocked',
    'customer_ref': secrets['customer_ref']})
registration._notify()
journal = env['account.journal'].search([('type', '=', 'sale'), ('company_id', '=', company.id)], limit=1)
invoices = env['account.move'].with_company(company).create([{
    'move_type': 'out_invoice', 'partner_id': partner.id, 'company_id': company.id, 'journal_id': journal.id,
    'invoice_line_ids': [(0, 0, {'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [(5,)]})],
} for _number in range(2)])
invoices.action_post()
requests = env['urssaf.payment.request'].create([{
    'name': invoice.name, 'move_id': invoice.id, 'partner_id': partner.id, 'company_id': company.id,
    'environment': 'simulator', 'date_start': '2026-11-03', 'date_end': '2026-11-03', 'amount_total': 94.5,
    'payload': secrets['payload'], 'state': state} for invoice, state in zip(invoices, ('paid', 'awaiting'))])
requests[0]._set_state('refused')
requests._notify()
exchange = env['urssaf.exchange'].create({
    'company_id': company.id, 'call': 'M050', 'started_at': '2026-11-03', 'request_body': secrets['exchange'],
    'request_ids': [(6, 0, requests.ids)]})
env['urssaf.exchange.export'].create({'company_id': company.id, 'environment': 'simulator', 'file': b'eA=='})
env['ir.config_parameter'].set_param('l10n_fr_avance_immediate.planted', secrets['parameter'])
env['ir.filters'].create({'name': 'Mine', 'model_id': 'urssaf.payment.request'})
env.cr.commit()
print('FACTS', json.dumps({'invoices': invoices.ids, 'company': company.id, 'partner': partner.id}))
"""

UNINSTALL = """
import json
module = env['ir.module.module'].search([('name', '=', 'l10n_fr_avance_immediate')])
module.button_immediate_uninstall()
print('STATE', json.dumps(env['ir.module.module'].browse(module.id).state))
"""

# In a fresh process, without the addon's code loaded.
AFTER = """
import json
facts = json.loads('''%(facts)s''')
company = env['res.company'].browse(facts['company'])
env = env(context={'allowed_company_ids': company.ids, 'lang': 'fr_FR'})
moves = env['account.move'].browse(facts['invoices'])
for model in ('account.move', 'res.partner', 'product.template', 'res.company', 'account.payment'):
    env[model].get_views([(False, 'form'), (False, 'list'), (False, 'search')])
env['res.config.settings'].create({})
for move in moves:  # those that had a request
    move.button_draft()
    move.action_post()
new = moves[0].copy()
new.action_post()
new._portal_ensure_token()
left = {
    'tables': "SELECT relname FROM pg_class WHERE relkind = 'r' AND (relname LIKE 'urssaf%%' OR relname LIKE 'insee%%')",
    'columns': "SELECT attname FROM pg_attribute WHERE attname LIKE 'urssaf%%' AND NOT attisdropped",
    'data': "SELECT model || ' ' || name FROM ir_model_data WHERE module = 'l10n_fr_avance_immediate' AND name NOT LIKE 'demo%%'",
    'crons': "SELECT cron_name FROM ir_cron WHERE cron_name ILIKE '%%avance imm%%'",
    'actions': "SELECT res_model FROM ir_act_window WHERE res_model LIKE 'urssaf%%'",
    'views': "SELECT name FROM ir_ui_view WHERE arch_db::text LIKE '%%urssaf%%'",
    'menus': "SELECT id::text FROM ir_ui_menu WHERE name::text ILIKE '%%urssaf%%'",
    'messages': "SELECT model FROM mail_message WHERE model LIKE 'urssaf%%'",
    'followers': "SELECT res_model FROM mail_followers WHERE res_model LIKE 'urssaf%%'",
    'attachments': "SELECT res_model FROM ir_attachment WHERE res_model LIKE 'urssaf%%'",
    'filters': "SELECT model_id FROM ir_filters WHERE model_id LIKE 'urssaf%%'",
    'models': "SELECT model FROM ir_model WHERE model LIKE 'urssaf%%' OR model LIKE 'insee%%'",
}
found = {}
for what, query in left.items():
    env.cr.execute(query)
    found[what] = [row[0] for row in env.cr.fetchall()]
env.cr.commit()
print('RESULT', json.dumps({
    'states': (moves | new).mapped('state'), 'name': new.name, 'url': new.get_portal_url(), 'left': found}))
"""


def said(output, word):
    line = next((line for line in output.splitlines() if line.startswith(f'{word} ')), None)
    assert line, output
    return json.loads(line[len(word) + 1 :])


def found_in_dump(workshop, database):
    """Which of the planted values a dump of all data holds."""
    dump = subprocess.run(
        ['pg_dump', '--data-only', '-d', database], env=workshop.environment, capture_output=True, text=True, check=True
    )
    return {name for name, value in SECRETS.items() if value in dump.stdout}


@pytest.fixture
def facts(odoo_shell):
    return said(odoo_shell(PREPARE % {'secrets': json.dumps(SECRETS)}), 'FACTS')


def test_uninstalling_leaves_odoo_working_and_no_secret(odoo_shell, odoo_process, odoo_database, workshop, facts):
    assert found_in_dump(workshop, odoo_database) == set(SECRETS)
    output = odoo_shell(UNINSTALL)
    assert said(output, 'STATE') == 'uninstalled'
    assert 'Traceback' not in output, output
    assert found_in_dump(workshop, odoo_database) == set()
    result = said(odoo_shell(AFTER % {'facts': json.dumps(facts)}), 'RESULT')
    assert result['states'] == ['posted'] * 3
    assert {what: names for what, names in result['left'].items() if names} == {}
    _process, url = odoo_process()
    with urllib.request.urlopen(url + result['url'], timeout=60) as answer:
        page = answer.read().decode()
    assert answer.status == 200
    assert result['name'] in page, page
    assert 'avance imm' not in page.lower()
