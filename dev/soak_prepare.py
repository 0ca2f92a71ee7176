"""Read by `odoo shell` for the stress run: two providers, households that are active, invoices that may leave.

``SOAK`` (JSON in the environment): the simulator's URL, the day of the services, the number of invoices, and how many each
company has of its own for the comparison after the storm.
"""
# ruff: noqa: F821  `env` is the shell's

import datetime
import json
import os

import requests

from odoo import Command

PARAMETER = 'l10n_fr_avance_immediate.'
HOUSEHOLDS = 20  # for each company
facts = json.loads(os.environ['SOAK'])
today = datetime.date.fromisoformat(facts['day'])
parameters = env['ir.config_parameter']
parameters.set_param(f'{PARAMETER}simulator_url', facts['simulator'])
# A call that hangs is given up soon, so that there are many of them.
parameters.set_param(f'{PARAMETER}timeout', '3')
first = env.ref('l10n_fr_avance_immediate.demo_company')
second = env['res.company'].create({'name': "Deuxième Prestataire", 'currency_id': env.ref('base.EUR').id})
# On the contact: a company created with a country installs every module of that country.
second.partner_id.country_id = env.ref('base.fr')
env['account.chart.template'].try_loading('fr', second, install_demo=False)
second.write(
    {
        'urssaf_environment': 'simulator',
        'urssaf_client_id': 'deuxieme',
        'urssaf_client_secret': 'secret-deux',
        'urssaf_sap_number': 'SAP999999998',
    }
)
groups = ('base.group_user', 'account.group_account_invoice', 'base.group_partner_manager')
logins, compared = {}, {}


def make(company, partners, name, count):
    """Confirmed invoices with numbers of their own for each company: what came of an invoice is told by its number."""
    moves = env['account.move'].with_company(company)
    made = moves.create(
        [
            {
                'name': f'{name}/{today.year}/{number:05}',
                'move_type': 'out_invoice',
                'partner_id': partners[number % HOUSEHOLDS].id,
                'company_id': company.id,
                'invoice_date': today,
                'urssaf_date_start': today,
                'urssaf_date_end': today,
                'urssaf_nature_id': env.ref('l10n_fr_avance_immediate.nature_100').id,
                'invoice_line_ids': [
                    Command.create(
                        {'name': 'Cours', 'quantity': 1, 'price_unit': 30 + number % 100, 'tax_ids': [Command.clear()]}
                    )
                ],
            }
            for number in count
        ]
    )
    made.action_post()
    return made


for number, company in enumerate(first | second):
    login = f'soak{number}'
    env['res.users'].with_context(no_reset_password=True).create(
        {
            'name': login,
            'login': login,
            'password': login,
            'email': f'{login}@example.com',
            'company_id': company.id,
            'company_ids': [Command.set(company.ids)],
            'group_ids': [Command.set([env.ref(group).id for group in groups])],
        }
    )
    partners = env['res.partner'].create(
        [
            {
                'name': f"Foyer {number}-{count}",
                'email': f'foyer{number}.{count}@example.com',
                'lang': 'fr_FR',
                'urssaf_birth_date': '1984-05-17',
                'country_id': env.ref('base.fr').id,
            }
            for count in range(HOUSEHOLDS)
        ]
    )
    seeds = [
        {
            'ref': f'foyer-{partner.id}',
            'birth_date': '1984-05-17',
            'activated_at': '2020-01-01T10:00:00Z',
            'name': 'X',
            'first_names': 'Y',
            'mail': partner.email,
            'mobile': '0639980001',
        }
        for partner in partners
    ]
    requests.post(f"{facts['simulator']}/_sim/seed", json={'customers': seeds}, timeout=60).raise_for_status()
    env['urssaf.registration'].create(
        [
            {
                'partner_id': partner.id,
                'company_id': company.id,
                'environment': 'simulator',
                'state': 'active',
                'customer_ref': f'foyer-{partner.id}',
                'activated_at': '2020-01-01 10:00:00',
            }
            for partner in partners
        ]
    )
    for kind in facts['compared']:
        made = make(company, partners, f'{kind.upper()}{number}', range(facts['reserve']))
        compared.setdefault(kind, []).append(made.ids)
    # One is there before anything goes wrong: "the id of another request" is one that is known here.
    make(company, partners, f'FIRST{number}', range(1))._urssaf_create_requests()._submit()
    wanted = facts['invoices'] // 2
    for start in range(0, wanted, 100):
        invoices = make(company, partners, f'SOAK{number}', range(start, min(start + 100, wanted)))
        logins.setdefault(login, []).extend(invoices.ids)
        env.cr.commit()
        env.invalidate_all()
print(
    'FACTS',
    json.dumps({'logins': logins, 'compared': compared, 'clients': (first | second).mapped('urssaf_client_id')}),
)
