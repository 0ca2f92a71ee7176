"""Three clicks, the cron and a user who edits the invoice, at once and with real cursors: one POST."""

import json

import pytest
import requests

PREPARE = """
import json
company = env.ref('l10n_fr_avance_immediate.demo_company')
partner = env.ref('l10n_fr_avance_immediate.demo_household_camille')
user = env.ref('l10n_fr_avance_immediate.demo_user_marie')
today = __import__('datetime').date.today()
registration = env['urssaf.registration'].search([('partner_id', '=', partner.id)]) or env['urssaf.registration'].create({
    'partner_id': partner.id, 'company_id': company.id, 'environment': 'simulator'})
registration.write({'state': 'active', 'customer_ref': 'menage-1', 'activated_at': '2020-01-01 10:00:00'})
invoices = env['account.move'].with_company(company).create([{
    'move_type': 'out_invoice', 'partner_id': partner.id, 'invoice_date': today, 'company_id': company.id,
    'urssaf_date_start': today, 'urssaf_date_end': today,
    'urssaf_nature_id': env.ref('l10n_fr_avance_immediate.nature_100').id,
    'invoice_line_ids': [(0, 0, {'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [(5,)]})],
} for _number in range(%(count)s)])
invoices.action_post()
env.cr.commit()
print('FACTS', json.dumps({'ids': invoices.ids, 'names': invoices.mapped('name'), 'user': user.id, 'company': company.id,
                           'born': str(partner.urssaf_birth_date)}))
"""

# What a worker does around a click: Odoo's own retry, a cursor of its own, a real commit.
TOGETHER = """
import json, threading
from odoo import api
from odoo.service.model import retrying
facts = json.loads('''%(facts)s''')
results, barrier = {}, threading.Barrier(6)

def run(name, user, act):
    try:
        with env.registry.cursor() as cr:
            own = api.Environment(cr, user, {'allowed_company_ids': [facts['company']]})
            barrier.wait()
            results[name] = retrying(lambda: act(own), own)
    except Exception as error:
        results[name] = repr(error)

def click(own):
    requests = own['account.move'].browse(facts['ids'])._urssaf_create_requests()
    requests._submit()
    return requests.mapped('state')

def cron(own):
    return sum(own['urssaf.payment.request']._submit_due() for _round in range(20))

def edit(own):
    own['account.move'].browse(facts['ids']).ref = 'modifiée pendant l envoi'

jobs = [(f'click {n}', facts['user'], click) for n in range(3)] + [
    ('cron', 1, cron), ('cron 2', 1, cron), ('edit', facts['user'], edit)]
threads = [threading.Thread(target=run, args=job) for job in jobs]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
env.invalidate_all()
env.cr.rollback()
moves = env['account.move'].browse(facts['ids'])
print('RESULT', json.dumps({'results': results, 'states': moves.mapped('urssaf_state'),
                            'requests': len(moves.urssaf_request_ids), 'ref': moves[:1].ref}))
"""


def said(output, word):
    """What a script printed after a word, as JSON."""
    line = next(line for line in output.splitlines() if line.startswith(f"{word} "))
    return json.loads(line[len(word) + 1 :])


@pytest.fixture
def prepared(odoo_shell, simulator):
    """Invoices of a household that is active at the simulator, too."""

    def prepare(count):
        facts = said(odoo_shell(PREPARE % {"count": count}), "FACTS")

        seed = {
            "ref": "menage-1",
            "birth_date": facts["born"],
            "activated_at": "2020-01-01T10:00:00Z",
            "name": "X",
            "first_names": "Y",
            "mail": "x@example.com",
            "mobile": "0639980001",
        }
        requests.post(f"{simulator.url}/_sim/seed", json={"customers": [seed]}, timeout=30).raise_for_status()
        return facts

    return prepare


def state_of(simulator):
    return requests.get(f"{simulator.url}/_sim/state", timeout=30).json()


def slow(simulator, seconds):

    fault = {"name": "slow", "call": "M050", "seconds": seconds, "times": None}
    requests.post(f"{simulator.url}/_sim/faults", json=fault, timeout=30).raise_for_status()


def test_three_clicks_the_cron_and_an_edit_make_one_post(odoo_shell, prepared, simulator):
    facts = prepared(1)
    slow(simulator, 1)
    result = said(odoo_shell(TOGETHER % {"facts": json.dumps(facts)}), "RESULT")
    assert result["states"] == ["integrated"], result
    assert result["requests"] == 1
    assert result["ref"] == "modifiée pendant l envoi"
    state = state_of(simulator)
    assert state["attempts"] == state["accepted"] == {facts["names"][0]: 1}
    clicks = [states for name, states in result["results"].items() if name.startswith("click")]
    assert all(states in (["integrated"], ["sending"], ["queued"]) for states in clicks), result
    assert ["integrated"] in clicks or result["results"]["cron"] or result["results"]["cron 2"]
