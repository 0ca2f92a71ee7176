"""Runs inside `odoo shell`: an exchange is kept while another worker writes the document that it is about."""

from odoo import api, fields

MODULE = 'l10n_fr_avance_immediate'


def exchange():
    """What the client hands over after a call."""
    values = {
        'call': 'M020',
        'method': 'GET',
        'path': '/kept',
        'status': 200,
        'duration': 0.1,
        'error': '',
        'started_at': fields.Datetime.now(),
        'request_body': '',
        'response_body': '',
    }
    return type('Exchange', (), values)


def keep_while_written(env):
    """``[number of exchanges kept, whether they name the document, what the other worker wrote]``."""
    partner = env.ref(f'{MODULE}.demo_household_camille')
    company = env.ref(f'{MODULE}.demo_company')
    company.urssaf_environment = 'simulator'
    env['urssaf.registration'].search([('partner_id', '=', partner.id)]).unlink()
    registration = env['urssaf.registration'].create(
        {'partner_id': partner.id, 'company_id': company.id, 'environment': 'simulator', 'state': 'active'}
    )
    env.cr.commit()

    def keep():
        env['urssaf.exchange']._record(company, [exchange()], registration)
        env.flush_all()
        env.cr.commit()

    # Our snapshot is taken before another worker writes.
    env.cr.execute("SELECT pg_current_snapshot(), state FROM urssaf_registration")
    with env.registry.cursor() as cr:
        other = api.Environment(cr, api.SUPERUSER_ID, {})['urssaf.registration'].browse(registration.id)
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
    return [len(kept), kept.registration_ids.ids == registration.ids, registration.status_code]
