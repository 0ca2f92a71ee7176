"""Runs inside `odoo shell`, on a database without the addon: a French company that has worked with Odoo for years."""

import csv
import datetime
import gzip
from pathlib import Path

from odoo import Command

from bench_bulk import in_bulk, multiply

COMMUNES = Path(__file__).resolve().parent.parent / 'data' / 'insee_communes.csv.gz'
# Where the customers live.
TOWNS = 1000


def fill(env, individuals, invoices):
    """Customers who are people, and their posted invoices of two lines. Commits.

    :param int individuals: how many customers
    :param int invoices: how many invoices
    """
    company = env['res.company'].search(
        [('account_fiscal_country_id.code', '=', 'FR'), ('chart_template', '!=', False)]
    )
    env = env(context={**env.context, 'allowed_company_ids': company[:1].ids})
    partner = env['res.partner'].create(
        {
            'name': "Camille Exemple",
            'email': 'camille@example.com',
            'street': "12 bis rue des Exemples",
            'zip': '37000',
            'city': 'Tours',
            'country_id': env.ref('base.fr').id,
        }
    )
    line = Command.create({'name': 'Cours', 'quantity': 3, 'price_unit': 31.5})
    move = env['account.move'].create(
        {
            'move_type': 'out_invoice',
            'partner_id': partner.id,
            'invoice_date': datetime.date.today(),
            'invoice_line_ids': [line, line],
        }
    )
    move.action_post()
    env.flush_all()
    cr = env.cr
    cr.execute('CREATE TEMPORARY TABLE bench_town (id int PRIMARY KEY, zip varchar, city varchar)')
    for number, (zip_code, city) in enumerate(towns()):
        cr.execute('INSERT INTO bench_town VALUES (%s, %s, %s)', [number, zip_code, city])
    town = f'FROM bench_town WHERE bench_town.id = n % {TOWNS})'
    with in_bulk(cr, 'res_partner', 'account_move', 'account_move_line'):
        name = "'Foyer ' || n"
        partners = multiply(
            cr,
            'res_partner',
            partner.id,
            individuals,
            name=name,
            complete_name=name,
            commercial_partner_id='NULL',
            street="n % 300 || ' bis rue ' || n",
            zip=f'(SELECT zip {town}',
            city=f'(SELECT city {town}',
            phone="'06' || lpad(n::text, 8, '0')",
        )
        cr.execute('UPDATE res_partner SET commercial_partner_id = id WHERE id > %s', [partners])
        customer = f'{partners} + 1 + n % {individuals}'
        name = "'MANY/' || n"
        moves = multiply(
            cr,
            'account_move',
            move.id,
            invoices,
            name=name,
            payment_reference=name,
            sequence_prefix="'MANY/'",
            sequence_number='n',
            partner_id=customer,
            commercial_partner_id=customer,
            partner_shipping_id=customer,
            access_token='NULL',
        )
        for line_id in move.line_ids.ids:
            multiply(
                cr,
                'account_move_line',
                line_id,
                invoices,
                move_id=f'{moves} + n',
                move_name=name,
                partner_id=customer,
            )
    cr.commit()


def towns():
    """Some of France: ``[(postal code, name)]``."""
    with gzip.open(COMMUNES, 'rt', encoding='utf-8', newline='') as file:
        rows = [row for row in csv.DictReader(file) if row['kind'] == 'commune' and row['zip_codes']]
    step = len(rows) // TOWNS
    return [(row['zip_codes'].split()[0], row['name']) for row in rows[: step * TOWNS : step]]
