"""Runs inside `odoo shell`: what a browser needs to see each page and window of ours."""

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
    env.cr.commit()
    return {
        'token': tokens[0],
        'new': partners[2].id,
        'refused': partners[1].id,
        'register': register,
        'invite': invite,
        'company': company.id,
    }
