"""Runs inside `odoo shell`: three clicks, two crons and a user who edits the invoice, in threads of one process."""

import threading

from odoo import Command, api
from odoo.service.model import retrying

from service_day import day_of_services

MODULE = 'l10n_fr_avance_immediate'
RUNNERS = 6


def prepare(env, count):
    """Posted invoices of a household that is active here; what the simulator has to know of it."""
    company = env.ref(f'{MODULE}.demo_company')
    partner = env.ref(f'{MODULE}.demo_household_camille')
    today = day_of_services()
    registration = env['urssaf.registration'].search([('partner_id', '=', partner.id)]) or env[
        'urssaf.registration'
    ].create({'partner_id': partner.id, 'company_id': company.id, 'environment': 'simulator'})
    registration.write({'state': 'active', 'customer_ref': 'menage-1', 'activated_at': '2020-01-01 10:00:00'})
    invoices = (
        env['account.move']
        .with_company(company)
        .create(
            [
                {
                    'move_type': 'out_invoice',
                    'partner_id': partner.id,
                    'invoice_date': today,
                    'company_id': company.id,
                    'urssaf_date_start': today,
                    'urssaf_date_end': today,
                    'urssaf_nature_id': env.ref(f'{MODULE}.nature_100').id,
                    'invoice_line_ids': [
                        Command.create(
                            {'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [Command.clear()]}
                        )
                    ],
                }
                for _number in range(count)
            ]
        )
    )
    invoices.action_post()
    env.cr.commit()
    return {
        'ids': invoices.ids,
        'names': invoices.mapped('name'),
        'user': env.ref(f'{MODULE}.demo_user_marie').id,
        'company': company.id,
        'born': str(partner.urssaf_birth_date),
    }


def together(env, ids, user, company):
    """All of them at the same moment; what each got, and what became of the invoices."""
    results, barrier = {}, threading.Barrier(RUNNERS)

    def run(name, uid, act):
        # What a worker does around a click: Odoo's own retry, a cursor of its own, a real commit.
        try:
            with env.registry.cursor() as cr:
                own = api.Environment(cr, uid, {'allowed_company_ids': [company]})
                barrier.wait()
                results[name] = retrying(lambda: act(own), own)
        except Exception as error:
            results[name] = repr(error)

    def click(own):
        requests = own['account.move'].browse(ids)._urssaf_create_requests()
        requests._submit()
        return requests.mapped('state')

    def cron(own):
        return sum(own['urssaf.payment.request']._submit_due() for _round in range(20))

    def edit(own):
        own['account.move'].browse(ids).ref = 'modifiée pendant l envoi'

    jobs = [
        *((f'click {number}', user, click) for number in range(3)),
        ('cron', api.SUPERUSER_ID, cron),
        ('cron 2', api.SUPERUSER_ID, cron),
        ('edit', user, edit),
    ]
    threads = [threading.Thread(target=run, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    env.invalidate_all()
    env.cr.rollback()
    moves = env['account.move'].browse(ids)
    return {
        'results': results,
        'states': moves.mapped('urssaf_state'),
        'requests': len(moves.urssaf_request_ids),
        'ref': moves[:1].ref,
    }
