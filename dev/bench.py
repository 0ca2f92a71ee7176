#!/usr/bin/env python3
"""What the work costs, as counts and ratios of one run: calls to URSSAF, SQL queries and CPU for each invoice, household.

Nothing here is a time limit: machines are shared. Compare the figures of two revisions, not of two machines.
"""

import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ADDON, ROOT, Stop, told  # noqa: E402
from template import install_addon  # noqa: E402
from workshop import open_workshop  # noqa: E402

DATABASE = f'{ADDON}_bench'
SCRIPT = """
import datetime, sys, time
import requests
sys.path.insert(0, %(root)r)
from simulator.server import start

COUNT = 50
sim = start(port=0)
company = env.ref('l10n_fr_avance_immediate.demo_company')
partner = env.ref('l10n_fr_avance_immediate.demo_household_camille')
today = datetime.date.today()
env['ir.config_parameter'].set_param('l10n_fr_avance_immediate.simulator_url', sim.url)
requests.post(sim.url + '/_sim/seed', timeout=30, json={'customers': [{
    'ref': 'menage', 'birth_date': str(partner.urssaf_birth_date), 'activated_at': '2020-01-01T10:00:00Z', 'name': 'X',
    'first_names': 'Y', 'mail': 'x@example.com', 'mobile': '0639980001'}]}).raise_for_status()
env['urssaf.registration'].create({
    'partner_id': partner.id, 'company_id': company.id, 'environment': 'simulator', 'state': 'active',
    'customer_ref': 'menage', 'activated_at': '2020-01-01 10:00:00'})
invoices = env['account.move'].with_company(company).create([{
    'move_type': 'out_invoice', 'partner_id': partner.id, 'invoice_date': today, 'company_id': company.id,
    'urssaf_date_start': today, 'urssaf_date_end': today,
    'urssaf_nature_id': env.ref('l10n_fr_avance_immediate.nature_100').id,
    'invoice_line_ids': [(0, 0, {'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [(5,)]})] * 2,
} for _number in range(COUNT)])
invoices.action_post()
env.cr.commit()
marie = env.ref('l10n_fr_avance_immediate.demo_user_marie')
invoices = invoices.with_user(marie).with_context(allowed_company_ids=company.ids)

def calls():
    return requests.get(sim.url + '/_sim/state', timeout=30).json()['calls']

def measure(what, act):
    env.invalidate_all()
    before, queries, cpu = calls(), env.cr.sql_log_count, time.process_time()
    result = act()
    env.flush_all()
    queries, cpu = env.cr.sql_log_count - queries, time.process_time() - cpu
    after = calls()
    made = {kind: after[kind] - before[kind] for kind in after if after[kind] != before[kind]}
    print(f'{what:<46}{queries / COUNT:>8.1f} queries  {1000 * cpu / COUNT:>7.1f} ms CPU   calls: {made or "none"}')
    return result

print(f'{COUNT} invoices of two lines; queries and CPU for each invoice (simulator included in CPU)')
wizard = measure('window opened, every row checked', lambda: env['urssaf.send.wizard'].browse(
    invoices.action_urssaf_send()['res_id']).line_ids.mapped('finding'))
created = measure('requests built, checked and frozen', lambda: invoices._urssaf_create_requests())
measure('sent, with timeline and chatter', lambda: created._submit())
assert set(invoices.mapped('urssaf_state')) == {'integrated'}
measure('asked again, nothing new', lambda: created._sync())
requests.post(sim.url + '/_sim/clock', json={'advance_hours': 49}, timeout=30)
measure('asked again, all approved', lambda: created._sync())
assert set(invoices.mapped('urssaf_state')) == {'validated'}
env.cr.rollback()

print(f'\\n{COUNT} households; queries and CPU for each household')
jeanne = env.ref('l10n_fr_avance_immediate.demo_household_jeanne')
names = [name for name in jeanne._fields if name.startswith('urssaf_') and jeanne._fields[name].store
         and not jeanne._fields[name].readonly and name != 'urssaf_bank_account_id']
values = {**jeanne.copy_data()[0], **jeanne._convert_to_write({name: jeanne[name] for name in names})}
households = env['res.partner'].with_company(company).create([{
    **values, 'name': f'Jeanne {number}', 'email': f'jeanne{number}@example.com',
    'urssaf_birth_name': 'Le Goff ' + chr(65 + number // 26) + chr(65 + number %% 26)} for number in range(COUNT)])
households.write({'urssaf_bank_account_id': jeanne.urssaf_bank_account_id.id})
env.cr.commit()
households = households.with_user(marie).with_context(allowed_company_ids=company.ids)
wizards = env['urssaf.register.wizard'].with_user(marie).with_context(allowed_company_ids=company.ids)
wizard = wizards.browse(households.action_urssaf_register_many()['res_id'])
assert measure('window opened, every household checked', lambda: wizard.ready_count) == COUNT
measure('registered: 20 at once, the others queued', lambda: wizard.action_register())
measure('those in the background', lambda: env['urssaf.registration'].sudo()._register_queued(limit=COUNT))
env.invalidate_all()
states = households.mapped('urssaf_registration_state')
assert set(states) == {'pending'}, states
measure('the list of customers, with badges', lambda: households.web_read({
    'name': {}, 'urssaf_registration_state': {}}))
"""


def main():
    workshop = open_workshop()
    workshop.copy_database(install_addon(workshop), DATABASE)
    done = subprocess.run(
        workshop.odoo('-d', DATABASE, '--log-level=error', '--log-handler=odoo.sql_db:ERROR', command='shell'),
        input=SCRIPT % {'root': str(ROOT)},
        env=workshop.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    workshop.drop_database(DATABASE)
    print(done.stdout)
    if done.returncode:
        raise Stop(f'The measure failed:\n{done.stderr[-2000:]}')


if __name__ == '__main__':
    with told():
        main()
