"""Runs inside `odoo shell`: what a browser needs to see each page and window of ours."""

from datetime import date, datetime, timedelta

from odoo import Command

MODULE = 'l10n_fr_avance_immediate'


def prepare(env, url):
    """A household with a link, one that URSSAF has refused, one that has filled in, and an invoice to send.

    :param str url: of the simulator
    :return: ids and the link's secret
    """
    env['ir.config_parameter'].set_param(f'{MODULE}.simulator_url', url)
    company = env.ref(f'{MODULE}.demo_company')
    company.urssaf_environment = 'simulator'
    env = env(context={'allowed_company_ids': company.ids, 'lang': 'fr_FR', 'tz': 'Europe/Paris'})
    marie = env['res.users'].search([('login', '=', 'marie')])
    partners = env['res.partner'].create(
        [{'name': f"Foyer {n}", 'email': f'foyer{n}@example.com', 'lang': 'fr_FR'} for n in range(3)]
    )
    tokens = []
    type(env['urssaf.invitation'])._send_link = lambda self, token, later: tokens.append(token)
    env['urssaf.invitation'].sudo()._invite(partners[0], company, marie)
    refused = env['urssaf.registration'].create(
        {
            'partner_id': partners[1].id,
            'company_id': company.id,
            'environment': 'simulator',
            'state': 'rejected',
            'error_text': "L'administration fiscale ne reconnaît pas cette personne.",
            'refused_fields': 'urssaf_birth_name,urssaf_first_names',
        }
    )
    refused.partner_id.urssaf_birth_name = "Martin"
    as_marie = partners.with_user(marie).with_company(company)
    register = as_marie.action_urssaf_register_many()['res_id']
    invite = as_marie.action_urssaf_invite_many()['res_id']
    env.ref('base.user_admin').write({'company_ids': [Command.link(company.id)], 'company_id': company.id})
    facts = documents(env, company, marie)
    facts |= money(env, company, facts['request_paid'])
    env.cr.commit()
    return facts | {
        'token': tokens[0],
        'new': partners[2].id,
        'refused': partners[1].id,
        'register': register,
        'invite': invite,
        'company': company.id,
    }


def documents(env, company, marie):
    """Invoices of the demo in several states, without a call to anybody, and the windows about them.

    :return: ids by what they are
    """
    camille, paul = (env.ref(f'{MODULE}.demo_household_{name}') for name in ('camille', 'paul'))
    states = {camille: 'active', env.ref(f'{MODULE}.demo_household_helene'): 'active', paul: 'pending'}
    activated = datetime.now() - timedelta(days=100)
    env['urssaf.registration'].create(
        [
            {
                'partner_id': partner.id,
                'company_id': company.id,
                'environment': 'simulator',
                'state': state,
                'customer_ref': f'menage-{partner.id}',
                'activated_at': state == 'active' and activated,
            }
            for partner, state in states.items()
        ]
    )
    moves = {
        name: env.ref(f'{MODULE}.demo_invoice_{name}').with_user(marie).with_company(company)
        for name in ('helene_paid', 'camille_refused', 'camille_awaiting', 'camille_to_send', 'helene_to_send')
    }
    requests = {}
    for name, state in (('camille_refused', 'refused'), ('camille_awaiting', 'awaiting'), ('helene_paid', 'paid')):
        request = requests[name] = moves[name]._urssaf_create_requests().sudo()
        request._set_state('sending')
        request._set_state('integrated', request_ref=f'demande-{request.id}')
        request._set_state(state, reject_comment=state == 'refused' and "Je n'ai eu que 2 heures.")
    both = moves['camille_to_send'] | moves['helene_to_send']
    asked = requests['camille_awaiting'].with_user(marie).with_company(company)
    exchange = {'company_id': company.id, 'environment': 'simulator', 'started_at': datetime.now()}
    exchanges = env['urssaf.exchange'].create(
        [
            {**exchange, 'call': 'M050', 'method': 'POST', 'path': '/x', 'status': 200, 'request_ids': asked.ids},
            {**exchange, 'call': 'M070', 'method': 'POST', 'path': '/x', 'error': 'connection'},
        ]
    )
    by_marie = paul.with_user(marie).with_company(company)
    return {
        'many': both.action_urssaf_send()['res_id'],
        'one': moves['camille_to_send'].action_urssaf_send()['res_id'],
        'mail_never_came': by_marie.action_urssaf_mail_never_came()['res_id'],
        'customer_number': by_marie.action_urssaf_enter_number()['res_id'],
        'registration': by_marie.urssaf_registration_id.id,
        'exchange': exchanges[0].id,
        'invoice_paid': moves['helene_paid'].id,
        'invoice_refused': moves['camille_refused'].id,
        'invoice_to_send': moves['camille_to_send'].id,
        'request_refused': requests['camille_refused'].id,
        'request_paid': requests['helene_paid'].id,
        'request_awaiting': asked.id,
        'customer_active': camille.id,
        'customer_pending': paul.id,
    }


def money(env, company, request_id):
    """A request whose transfer is booked, a bank line that differs from it by cents, and the windows about them.

    :return: ids by what they are
    """
    company.action_urssaf_setup_money()
    company.write({'urssaf_register_payments': True, 'urssaf_payments_from': '2020-01-01', 'urssaf_book_trials': True})
    request = env['urssaf.payment.request'].browse(request_id)
    yesterday = date.today() - timedelta(days=1)
    request.write({'transfer_date': yesterday, 'transfer_amount': request.amount_expected})
    request._book()
    bank = env['account.journal'].search([('type', '=', 'bank'), ('company_id', '=', company.id)], limit=1)
    env['account.bank.statement.line'].create(
        {
            'journal_id': bank.id,
            'date': yesterday,
            'payment_ref': 'VIR URSSAF',
            'amount': request.transfer_amount - 0.02,
        }
    )
    accountant = env['res.users'].search([('login', '=', 'comptable')])
    transfer = env['urssaf.transfer'].search([], limit=1).with_user(accountant).with_company(company)
    match = transfer.action_open_match()['res_id']
    lines = env['account.bank.statement.line'].search([('payment_ref', '=', 'VIR URSSAF')])
    env['urssaf.transfer.match'].browse(match).statement_line_id = lines[:1]
    return {
        'transfer': transfer.id,
        'match': match,
        'take_back': request.with_user(accountant).with_company(company).action_take_back()['res_id'],
    }
