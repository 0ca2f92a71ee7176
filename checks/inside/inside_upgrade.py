"""Runs inside `odoo shell`: what people had before an upgrade (in the earlier version's Odoo), and what they find after it."""

from odoo import Command

MODULE = 'l10n_fr_avance_immediate'
ACTIVITY = f'{MODULE}.mail_activity_type_urssaf'
INVOICE_MAIL, REMINDER = f'{MODULE}.mail_template_invoice_urssaf', f'{MODULE}.mail_template_activation_reminder'
# Of one, the State pays no half of a third.
PAYLOADS = {
    **dict.fromkeys(('awaiting', 'paid'), '{"mntFactureTTC": 94.5}'),
    'refused': '{"inputPrestations":[{"codeNature":"270","mntPrestationTTC":31.5}],"mntFactureTTC":94.5}',
}


def prepare(env):
    """A company at work in an earlier version, made with the names that all earlier versions have."""
    company = env.ref(f'{MODULE}.demo_company')
    company.write({'urssaf_environment': 'simulator', 'urssaf_client_id': 'a', 'urssaf_client_secret': 'b'})
    partner = env.ref(f'{MODULE}.demo_household_camille')
    env['urssaf.registration'].search([('partner_id', '=', partner.id)]).unlink()
    registration = env['urssaf.registration'].create(
        {
            'partner_id': partner.id,
            'company_id': company.id,
            'environment': 'simulator',
            'state': 'active',
            'customer_ref': 'menage-1',
            'activated_at': '2026-01-02 10:00:00',
        }
    )
    nature = env.ref(f'{MODULE}.nature_100')
    invoice = {
        'move_type': 'out_invoice',
        'partner_id': partner.id,
        'company_id': company.id,
        'invoice_date': '2026-11-03',
        'urssaf_date_start': '2026-11-02',
        'urssaf_date_end': '2026-11-03',
        'urssaf_nature_id': nature.id,
        'invoice_line_ids': [
            Command.create({'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [Command.clear()]})
        ],
    }
    invoices = env['account.move'].with_company(company).create([dict(invoice) for _number in range(3)])
    invoices.action_post()
    requests = env['urssaf.payment.request'].create(
        [
            {
                'name': invoice.name,
                'move_id': invoice.id,
                'partner_id': partner.id,
                'company_id': company.id,
                'environment': 'simulator',
                'date_start': '2026-11-02',
                'date_end': '2026-11-03',
                'amount_total': 94.5,
                'payload': PAYLOADS[state],
                'state': state,
                'request_ref': f'ref-{invoice.id}',
            }
            for invoice, state in zip(invoices, PAYLOADS, strict=True)
        ]
    )
    requests[0]._set_state('awaiting')
    activity = partner.activity_schedule(ACTIVITY, summary='Bloqué', user_id=env.uid)
    if 'activity_id' in registration:  # the first version knew an activity by its type alone
        registration.activity_id = activity
    if 'urssaf.registration.attempt' in env:
        env['urssaf.registration.attempt'].create(
            {'registration_id': registration.id, 'kind': 'first_name_only', 'fingerprint': 'f', 'claim': 'c'}
        )
    if 'urssaf.invitation' in env:
        env['urssaf.invitation'].create(
            {'partner_id': partner.id, 'company_id': company.id, 'token_hash': 'h', 'expires_at': '2030-01-01 00:00:00'}
        )
    if 'urssaf.connection' in env:
        env['urssaf.connection'].create(
            {'company_id': company.id, 'environment': 'simulator', 'failure_count': 4, 'is_told': True}
        )
    env['urssaf.token'].create({'company_id': company.id, 'environment': 'simulator', 'client_key': 'a', 'value': 't'})
    # Words that people made their own.
    french = env(context={**env.context, 'lang': 'fr_FR'})
    french['urssaf.nature'].browse(nature.id).name = 'Nos cours'
    french.ref(f'{MODULE}.action_urssaf_settings').name = 'Nos réglages'
    if 'urssaf.invitation' in env:
        french.ref(REMINDER).subject = 'Notre rappel'
    french['ir.model.fields']._get('urssaf.payment.request', 'name').field_description = 'Notre numéro'
    french['ir.model.fields']._get('res.partner', 'urssaf_birth_name').field_description = 'Nom de famille'
    env.cr.commit()
    return {
        'company': company.id,
        'partner': partner.id,
        'registration': registration.id,
        'requests': requests.ids,
        'names': requests.mapped('name'),
        'refs': requests.mapped('request_ref'),
        'payloads': requests.sudo().mapped('payload'),
    }


def read(env, facts):
    """The same through the names of today."""
    Exchange = env['urssaf.exchange']
    requests = env['urssaf.payment.request'].browse(facts['requests'])
    registration = env['urssaf.registration'].browse(facts['registration'])
    export = env['urssaf.exchange.export'].create(
        {
            'company_id': facts['company'],
            'environment': 'simulator',
            'partner_id': facts['partner'],
            'date_from': '2026-01-01',
            'date_to': '2099-12-31',
        }
    )
    exported = Exchange.search(export._domain()).filtered(lambda exchange: exchange.path.startswith('/first/'))
    return {
        'states': requests.mapped('state'),
        'payloads': requests.sudo().mapped('payload'),
        'amounts': [(request.amount_household, request.amount_expected) for request in requests],
        'refs': requests.mapped('request_ref'),
        'activity': registration.activity_id.summary,
        'events': len(requests[0].event_ids),
        'registration': [registration.state, registration.customer_ref],
        'exchanges': {
            exchange.path: [
                exchange.request_ids.sorted('id').ids,
                exchange.registration_ids.ids,
                exchange.environment,
            ]
            for exchange in Exchange.search([('path', 'like', '/first/')])
        },
        'exported': sorted(exported.mapped('path')),
        'invoice_states': requests.move_id.sorted('id').mapped('urssaf_state'),
        'stages': requests.mapped('stage'),
        'invoice_stages': requests.move_id.sorted('id').mapped('urssaf_stage'),
        'secret': env['res.company'].browse(facts['company']).urssaf_client_secret,
        'mails': mails(env),
        'mails reset': mails_reset(env),
    }


def mails(env):
    french = env(context={**env.context, 'lang': 'fr_FR'})
    return [french.ref(INVOICE_MAIL).body_html, french.ref(REMINDER).subject]


def mails_reset(env):
    """The same after Odoo's button *Reset Template* on each of ours."""
    names = env['ir.model.data'].search([('module', '=', MODULE), ('model', '=', 'mail.template')])
    env['mail.template'].browse(names.mapped('res_id')).reset_template()
    found = mails(env)
    env.cr.rollback()
    return found
