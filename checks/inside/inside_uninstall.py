"""Runs inside `odoo shell`: secrets are planted, the addon goes, and what is left of it is looked for.

Nothing of the addon is imported here: the last act runs where it is gone.
"""

from odoo import Command

MODULE = 'l10n_fr_avance_immediate'
# What may be left, by kind: names in the database's own words.
LEFT = {
    'tables': "SELECT relname FROM pg_class WHERE relkind = 'r' AND (relname LIKE 'urssaf%' OR relname LIKE 'insee%')",
    'columns': "SELECT attname FROM pg_attribute WHERE attname LIKE 'urssaf%' AND NOT attisdropped",
    'data': (
        "SELECT model || ' ' || name FROM ir_model_data "
        "WHERE module = 'l10n_fr_avance_immediate' AND name NOT LIKE 'demo%'"
    ),
    'crons': "SELECT cron_name FROM ir_cron WHERE cron_name ILIKE '%avance imm%'",
    'actions': "SELECT res_model FROM ir_act_window WHERE res_model LIKE 'urssaf%'",
    'views': "SELECT name FROM ir_ui_view WHERE arch_db::text LIKE '%urssaf%'",
    'menus': "SELECT id::text FROM ir_ui_menu WHERE name::text ILIKE '%urssaf%'",
    'messages': "SELECT model FROM mail_message WHERE model LIKE 'urssaf%'",
    'followers': "SELECT res_model FROM mail_followers WHERE res_model LIKE 'urssaf%'",
    'attachments': "SELECT res_model FROM ir_attachment WHERE res_model LIKE 'urssaf%'",
    'filters': "SELECT model_id FROM ir_filters WHERE model_id LIKE 'urssaf%'",
    'models': "SELECT model FROM ir_model WHERE model LIKE 'urssaf%' OR model LIKE 'insee%'",
}


def plant(env, secrets):
    """Documents of every kind that hold the secrets (values by name); ids of the invoices, the company, the household."""
    # Not the company of our demo data: Odoo takes apart what belongs to the module.
    demo_company = env.ref(f'{MODULE}.demo_company')
    company = env['res.company'].search([('chart_template', 'like', 'fr%'), ('id', '!=', demo_company.id)], limit=1)
    env = env(context={'allowed_company_ids': company.ids})
    company.write(
        {
            'urssaf_environment': 'simulator',
            'urssaf_client_id': secrets['client_id'],
            'urssaf_client_secret': secrets['client_secret'],
        }
    )
    env.cr.execute(
        "INSERT INTO urssaf_token (company_id, environment, client_key, value) VALUES (%s, 'simulator', %s, %s)",
        (company.id, secrets['client_id'], secrets['token']),
    )
    partner = env['res.partner'].create({'name': 'Alex Restant', 'email': 'alex.restant@example.com'})
    partner.write(
        {
            'urssaf_birth_name': secrets['birth_name'],
            'urssaf_consent_origin': secrets['consent'],
            'urssaf_iban': secrets['iban'],
        }
    )
    registration = env['urssaf.registration'].create(
        {
            'partner_id': partner.id,
            'company_id': company.id,
            'environment': 'simulator',
            'state': 'blocked',
            'customer_ref': secrets['customer_ref'],
        }
    )
    registration._notify()
    journal = env['account.journal'].search([('type', '=', 'sale'), ('company_id', '=', company.id)], limit=1)
    invoices = (
        env['account.move']
        .with_company(company)
        .create(
            [
                {
                    'move_type': 'out_invoice',
                    'partner_id': partner.id,
                    'company_id': company.id,
                    'journal_id': journal.id,
                    'invoice_line_ids': [
                        Command.create(
                            {'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [Command.clear()]}
                        )
                    ],
                }
                for _number in range(2)
            ]
        )
    )
    invoices.action_post()
    requests = env['urssaf.payment.request'].create(
        [
            {
                'name': invoice.name,
                'move_id': invoice.id,
                'partner_id': partner.id,
                'company_id': company.id,
                'environment': 'simulator',
                'date_start': '2026-11-03',
                'date_end': '2026-11-03',
                'amount_total': 94.5,
                'payload': secrets['payload'],
                'state': state,
            }
            for invoice, state in zip(invoices, ('paid', 'awaiting'), strict=True)
        ]
    )
    requests[0]._set_state('refused')
    requests._notify()
    env['urssaf.exchange'].create(
        {
            'company_id': company.id,
            'call': 'M050',
            'started_at': '2026-11-03',
            'request_body': secrets['exchange'],
            'request_ids': [Command.set(requests.ids)],
        }
    )
    env['urssaf.exchange.export'].create({'company_id': company.id, 'environment': 'simulator', 'file': b'eA=='})
    env['ir.config_parameter'].set_param(f'{MODULE}.planted', secrets['parameter'])
    env['ir.filters'].create({'name': 'Mine', 'model_id': 'urssaf.payment.request'})
    env.cr.commit()
    return {'invoices': invoices.ids, 'company': company.id}


def uninstall(env):
    """As an administrator does; the module's state afterwards."""
    module = env['ir.module.module'].search([('name', '=', MODULE)])
    module.button_immediate_uninstall()
    return env['ir.module.module'].browse(module.id).state


def look(env, invoices, company):
    """Work as one does in Odoo, in a fresh process without the addon's code; a new invoice, and what is left of us."""
    company = env['res.company'].browse(company)
    env = env(context={'allowed_company_ids': company.ids, 'lang': 'fr_FR'})
    moves = env['account.move'].browse(invoices)
    for model in ('account.move', 'res.partner', 'product.template', 'res.company', 'account.payment'):
        env[model].get_views([(False, 'form'), (False, 'list'), (False, 'search')])
    env['res.config.settings'].create({})
    for move in moves:  # those that had a request
        move.button_draft()
        move.action_post()
    new = moves[0].copy()
    new.action_post()
    new._portal_ensure_token()
    found = {}
    for what, query in LEFT.items():
        env.cr.execute(query)
        found[what] = [row[0] for row in env.cr.fetchall()]
    env.cr.commit()
    return {'states': (moves | new).mapped('state'), 'name': new.name, 'url': new.get_portal_url(), 'left': found}
