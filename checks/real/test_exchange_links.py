"""A trace never spoils a call: another worker may be changing the documents while an exchange about them is being kept."""

import json

SCRIPT = """
import json
from odoo import api, fields
partner = env.ref('l10n_fr_avance_immediate.demo_household_camille')
company = env.ref('l10n_fr_avance_immediate.demo_company')
company.urssaf_environment = 'simulator'
env['urssaf.registration'].search([('partner_id', '=', partner.id)]).unlink()
registration = env['urssaf.registration'].create({
    'partner_id': partner.id, 'company_id': company.id, 'environment': 'simulator', 'state': 'active'})
env.cr.commit()
Exchange = type('Exchange', (), {
    'call': 'M020', 'method': 'GET', 'path': '/kept', 'status': 200, 'duration': 0.1, 'error': '',
    'started_at': fields.Datetime.now(), 'request_body': '', 'response_body': ''})

def keep():
    env['urssaf.exchange']._record(company, [Exchange], registration)
    env.flush_all()
    env.cr.commit()

# Our snapshot is taken before another worker writes.
env.cr.execute("SELECT pg_current_snapshot(), state FROM urssaf_registration")
with env.registry.cursor() as cr:
    other = api.Environment(cr, 1, {})['urssaf.registration'].browse(registration.id)
    other.try_lock_for_update(allow_referencing=True)
    other.status_code = 'X'
    other.flush_recordset()
    env.cr.execute("SET LOCAL lock_timeout = '2s'")
    keep()  # while it writes
    env.cr.execute("SELECT pg_current_snapshot(), state FROM urssaf_registration")
env.cr.execute("SET LOCAL lock_timeout = '2s'")
keep()  # after it has committed
kept = env['urssaf.exchange'].search([('path', '=', '/kept')])
registration.invalidate_recordset()
print('RESULT', json.dumps([len(kept), kept.registration_ids.ids == registration.ids, registration.status_code]))
"""


def test_an_exchange_is_kept_whatever_another_worker_does_with_its_document(odoo_shell):
    output = odoo_shell(SCRIPT)
    line = next((line for line in output.splitlines() if line.startswith('RESULT ')), output)
    assert json.loads(line.removeprefix('RESULT ')) == [2, True, 'X']
