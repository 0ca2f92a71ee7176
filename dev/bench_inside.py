"""Runs inside `odoo shell`: the parts of the bench (see ``bench.py``). Also used by the checks, which assert the counts."""

import datetime
import io
import json
import sys
import time
from contextlib import contextmanager

import requests
from lxml import etree

from odoo import Command, sql_db
from odoo.tools.pdf import PdfFileWriter

from odoo.addons.base.models.ir_actions_report import IrActionsReport
from odoo.addons.l10n_fr_avance_immediate.urssaf.payloads import PaymentRequest

import bench_growth
import bench_workers
from service_day import day_of_services

MODULE = 'l10n_fr_avance_immediate'
HOUSEHOLDS = 20
BASE = '/atp/v1/tiersPrestations/demandePaiement'
CHUNK = 10


def main(env, facts):
    """Run the parts, and print their rows as JSON."""
    bench = Bench(env, facts['url'], facts['count'], facts['run'], facts['growth'])
    for part in facts['parts']:
        bench.play(part)
    print('RESULT', json.dumps(bench.rows))


class Bench:
    """A company, its households, who works, and what was measured."""

    def __init__(self, env, url, count, run=0, growth=0):
        self.env, self.url, self.count, self.run, self.growth = env, url, count, run, growth
        self.part, self.rows = '', []
        self.company = env.ref(f'{MODULE}.demo_company')
        self.marie = env.ref(f'{MODULE}.demo_user_marie')
        env['ir.config_parameter'].set_param(f'{MODULE}.simulator_url', url)
        self.households = self.make_households(HOUSEHOLDS, 'Foyer')
        self.activate(self.households)
        self.bare_number = 0

    def play(self, part):
        """Measure one part."""
        self.part = part
        homes = (bench_workers, bench_growth, sys.modules[__name__])
        act = next(vars(home)[f'bench_{part}'] for home in homes if f'bench_{part}' in vars(home))
        act(self)

    @staticmethod
    def note(sentence):
        print(f'· {sentence}', file=sys.stderr, flush=True)

    # -- what is there ----------------------------------------------------------------------------

    def make_households(self, count, name):
        model = self.env.ref(f'{MODULE}.demo_household_jeanne')
        names = [
            name
            for name, field in model._fields.items()
            if name.startswith('urssaf_') and field.store and not field.readonly and name != 'urssaf_bank_account_id'
        ]
        values = {**model.copy_data()[0], **model._convert_to_write({name: model[name] for name in names})}
        letters = [chr(65 + number // 26 % 26) + chr(65 + number % 26) for number in range(count)]
        made = (
            self.env['res.partner']
            .with_company(self.company)
            .create(
                [
                    {**values, 'name': f'{name} {word}', 'email': f'{name}{word}@example.com'.lower()}
                    | {'urssaf_birth_name': f'{name} {word}'}
                    for word in letters
                ]
            )
        )
        made.write({'urssaf_bank_account_id': model.urssaf_bank_account_id.id})
        return made

    def activate(self, partners):
        """Registered and active, at the simulator and here."""
        self.control(
            'seed',
            customers=[
                {
                    'ref': f'menage-{partner.id}',
                    'birth_date': str(partner.urssaf_birth_date),
                    'activated_at': '2020-01-01T10:00:00Z',
                    'name': 'X',
                    'first_names': 'Y',
                    'mail': partner.email,
                    'mobile': '0639980001',
                }
                for partner in partners
            ],
        )
        self.env['urssaf.registration'].create(
            [
                {
                    'partner_id': partner.id,
                    'company_id': self.company.id,
                    'environment': 'simulator',
                    'state': 'active',
                    'customer_ref': f'menage-{partner.id}',
                    'activated_at': '2020-01-01 10:00:00',
                }
                for partner in partners
            ]
        )
        self.env.cr.commit()

    def make_invoices(self, count=None, **values):
        """Posted invoices of two lines, each household having its share; as Marie sees them."""
        today = day_of_services()
        moves = (
            self.env['account.move']
            .with_company(self.company)
            .create(
                [
                    {
                        'move_type': 'out_invoice',
                        'partner_id': self.households[number % len(self.households)].id,
                        'invoice_date': today,
                        'company_id': self.company.id,
                        'urssaf_date_start': today,
                        'urssaf_date_end': today,
                        'urssaf_nature_id': self.env.ref(f'{MODULE}.nature_100').id,
                        'invoice_line_ids': [
                            Command.create(
                                {'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': [Command.clear()]}
                            )
                        ]
                        * 2,
                        **values,
                    }
                    for number in range(count or self.count)
                ]
            )
        )
        moves.action_post()
        self.env.cr.commit()
        return self.as_marie(moves)

    def as_marie(self, records):
        return records.with_user(self.marie).with_context(allowed_company_ids=self.company.ids, lang='fr_FR')

    # -- the other side ---------------------------------------------------------------------------

    def control(self, path, **values):
        answer = requests.post(f'{self.url}/_sim/{path}', json=values, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def state(self):
        return requests.get(f'{self.url}/_sim/state', timeout=60).json()

    def token(self):
        company = self.company.sudo()
        form = {'grant_type': 'client_credentials', 'scope': 'homeplus.tiersprestations'}
        form |= {'client_id': company.urssaf_client_id, 'client_secret': company.urssaf_client_secret}
        return requests.post(f'{self.url}/api/oauth/v1/token', data=form, timeout=60).json()['access_token']

    def bare_posts(self, payloads, size=CHUNK):
        """The bare loop: the same payloads under numbers of their own, in tens, nothing kept."""
        bodies = []
        for payload in payloads:
            self.bare_number += 1
            bodies.append({**PaymentRequest.from_json(payload).to_dict(), 'numFactureTiers': f'NU{self.bare_number}'})
        self.bare_loop('', [bodies[at : at + size] for at in range(0, len(bodies), size)])

    def bare_searches(self, refs):
        """The bare loop: the same questions, in tens."""
        chunks = [refs[at : at + CHUNK] for at in range(0, len(refs), CHUNK)]
        self.bare_loop('/rechercher', [{'idDemandePaiements': chunk} for chunk in chunks])

    def bare_loop(self, path, bodies):
        headers = {'Authorization': f'Bearer {self.token()}'}
        for body in bodies:
            answer = requests.post(f'{self.url}{BASE}{path}', json=body, headers=headers, timeout=60)
            answer.raise_for_status()
            answer.json()

    # -- measuring --------------------------------------------------------------------------------

    def measure(self, what, act, count=None, beside=None, sizes=1):
        """Run something and keep what it took for each of ``count`` documents.

        :param beside: an earlier row: the ratio is that of the times
        :return: what ``act`` returned, and the row
        """
        self.env.invalidate_all()
        called = self.state()['calls']
        queries, cpu, wall = sql_db.sql_counter, time.process_time(), time.monotonic()
        result = act()
        self.env.flush_all()
        queries, cpu, wall = sql_db.sql_counter - queries, time.process_time() - cpu, time.monotonic() - wall
        after, count = self.state()['calls'], count or self.count
        row = {
            'part': self.part,
            'what': what,
            'count': count,
            'total_queries': queries,
            'queries': queries / count,
            'cpu': 1000 * cpu / count,
            'wall': 1000 * wall / count,
            'ratio': None,
            'calls': {kind: after[kind] - called[kind] for kind in after if after[kind] != called[kind]},
        }
        if beside:
            row['ratio'] = row['wall'] / beside['wall']
        self.rows.append(row)
        return result, row

    def sent(self, invoices):
        """Invoices that URSSAF has; their requests, in the system's name, as a cron has them."""
        invoices._urssaf_create_requests()._submit()
        self.env.invalidate_all()
        assert set(invoices.mapped('urssaf_state')) == {'integrated'}, invoices.mapped('urssaf_state')
        return self.env['urssaf.payment.request'].browse(invoices.urssaf_request_id.ids)

    def advance(self, hours):
        self.control('clock', advance_hours=hours)


# -- the parts ------------------------------------------------------------------------------------


def bench_submit(bench):
    invoices = bench.make_invoices()
    bench.measure(
        'Odoo makes and posts an invoice', lambda: bench.make_invoices(min(bench.count, 50)), min(bench.count, 50)
    )
    created, _row = bench.measure('requests built, checked and frozen', invoices._urssaf_create_requests)
    payloads = created.sudo().mapped('payload')
    _none, bare = bench.measure('bare loop of calls in tens', lambda: bench.bare_posts(payloads))
    bench.measure('sent, with timeline and chatter', lambda: created._submit(), beside=bare)
    assert set(invoices.mapped('urssaf_state')) == {'integrated'}
    few = min(bench.count, 50)
    bench.measure('bare loop of calls, one for each', lambda: bench.bare_posts(payloads[:few], 1), few, beside=bare)
    invoices = bench.make_invoices()
    _none, _row = bench.measure(
        'all together: built and sent', lambda: invoices._urssaf_create_requests()._submit(), beside=bare
    )


def bench_sync(bench):
    requests_ = bench.sent(bench.make_invoices())
    refs = requests_.mapped('request_ref')
    bench.advance(1)
    requests_._sync()  # from received to waiting

    def due(hours=0):
        bench.advance(hours)
        bench.env.cr.execute(
            "UPDATE urssaf_payment_request SET next_poll_at = '2020-01-01' WHERE id = ANY(%s)", [requests_.ids]
        )
        bench.env.cr.commit()
        bench.env.invalidate_all()

    def cron():
        while bench.env['urssaf.payment.request']._sync_due():
            pass

    _none, bare = bench.measure('bare loop of searches in tens', lambda: bench.bare_searches(refs))
    due()
    bench.measure('nothing changed', cron, beside=bare)
    due(49)
    bench.measure('all approved', cron, beside=bare)
    bench.env.invalidate_all()
    assert set(requests_.mapped('state')) == {'validated'}, set(requests_.mapped('state'))


def bench_open(bench):
    count = bench.count
    invoices = bench.make_invoices()

    def opened():
        wizard = bench.as_marie(bench.env['urssaf.send.wizard']).browse(invoices.action_urssaf_send()['res_id'])
        return wizard.line_ids.mapped(lambda line: (line.finding, line.note)), wizard.ready_count

    (found, ready), _row = bench.measure('window of all invoices, opened', opened)
    assert ready == count, found[:1]
    sent = bench.sent(bench.make_invoices(80)).move_id
    bench.env.invalidate_all()
    sent = bench.as_marie(sent)
    names = {'name': {}, 'partner_id': {}, 'amount_total': {}, 'payment_state': {}, 'state': {}}
    ours = {'urssaf_state': {}, 'urssaf_state_color': {}, 'urssaf_request_id': {}}
    _none, bare = bench.measure("list of 80, Odoo's columns", lambda: sent.web_read(names), 1)
    bench.measure('list of 80, with ours', lambda: sent.web_read({**names, **ours}), 1, beside=bare)
    form = bench.as_marie(bench.env['account.move']).get_view(view_type='form')
    # In the form's order: in another, other fields are read together.
    in_order = dict.fromkeys(etree.fromstring(form['arch']).xpath('//field[not(ancestor::field)]/@name'))
    fields = {name: {} for name in in_order if name in sent._fields}
    plain = {name: spec for name, spec in fields.items() if not name.startswith('urssaf_')}
    for names in (fields, plain):
        sent[:1].web_read(names)  # what is read once for all forms
        bench.env.invalidate_all()
    _none, bare = bench.measure("form, Odoo's fields", lambda: sent[:1].web_read(plain), 1)
    bench.measure('form, with ours', lambda: sent[:1].web_read(fields), 1, beside=bare)


def bench_send(bench):
    count = min(bench.count, 20)
    bench.company.partner_id.sudo().bank_ids = [Command.create({'acc_number': 'FR1420041010050500013M02606'})]

    def send(invoice, **values):
        window = bench.as_marie(bench.env['account.move.send.wizard'])
        wizard = window.with_context(active_model='account.move', active_ids=invoice.ids).create({})
        if values:
            wizard.extra_edis = ['urssaf']
        wizard.action_send_and_print()
        bench.env.cr.commit()

    with without_wkhtmltopdf():
        invoices = bench.make_invoices(2 * count + 1)
        send(invoices[-1:])
        _none, bare = bench.measure('Send & Print', lambda: [send(invoice) for invoice in invoices[:count]], count)
        bench.measure(
            'Send & Print with the option, its call included',
            lambda: [send(invoice, option=True) for invoice in invoices[count : 2 * count]],
            count,
            beside=bare,
        )
    assert set(invoices[count : 2 * count].mapped('urssaf_state')) == {'integrated'}


@contextmanager
def without_wkhtmltopdf():
    """The program that prints takes longer than all else."""
    writer, file = PdfFileWriter(), io.BytesIO()
    writer.addBlankPage(595, 842)
    writer.write(file)
    original = IrActionsReport._run_wkhtmltopdf
    IrActionsReport._run_wkhtmltopdf = lambda *_arguments, **_options: file.getvalue()
    try:
        yield
    finally:
        IrActionsReport._run_wkhtmltopdf = original


def bench_pay(bench):
    count = min(bench.count, 200)
    company = bench.company.sudo()
    company.action_urssaf_setup_money()
    company.write({'urssaf_register_payments': True, 'urssaf_payments_from': '2020-01-01', 'urssaf_book_trials': True})
    vat = bench.env['account.chart.template'].with_company(company).ref('tva_normale_encaissement')
    line = Command.create({'name': 'Cours', 'quantity': 3, 'price_unit': 31.5, 'tax_ids': vat.ids})
    invoices = bench.make_invoices(2 * count, invoice_line_ids=[line] * 2)
    theirs, ours = invoices[:count], invoices[count:]

    def register():
        window = bench.env['account.payment.register'].with_company(company)
        window = window.with_context(active_model='account.move', active_ids=theirs.ids)
        window.create({'group_payment': False})._create_payments()
        bench.env.cr.commit()

    _none, bare = bench.measure("Odoo's window registers payments", register, count)
    requests_ = bench.sent(ours)
    for request in requests_:
        day = datetime.date.today() - datetime.timedelta(days=1)
        bench.control(
            f'requests/{request.request_ref}/set_status',
            code='70',
            date=f'{day}T00:00:00Z',
            amount=request.amount_total,
        )
    bench.env.cr.commit()
    bench.measure('statuses 70, asked for, booked and told', requests_._sync, count, beside=bare)
    assert all(requests_.mapped('payment_id')), requests_.mapped('money_note')


def bench_register(bench):
    count = min(bench.count, 50)
    households = bench.as_marie(bench.make_households(count, 'Nouveau'))
    bench.env.cr.commit()
    wizards = bench.as_marie(bench.env['urssaf.register.wizard'])
    wizard = wizards.browse(households.action_urssaf_register_many()['res_id'])
    ready, _row = bench.measure('window of households, each checked', lambda: wizard.ready_count, count)
    assert ready == count, ready
    bench.measure('registered: 20 at once, the others queued', wizard.action_register, count)
    queue = bench.env['urssaf.registration'].sudo()
    bench.measure('those in the background', lambda: queue._register_queued(limit=count), count)
    bench.env.invalidate_all()
    assert set(households.mapped('urssaf_registration_state')) == {'pending'}
    columns = {'name': {}, 'urssaf_registration_state': {}, 'urssaf_registration_color': {}}
    _none, bare = bench.measure('list of customers, names only', lambda: households.web_read({'name': {}}), 1)
    bench.measure('list of customers, with badges', lambda: households.web_read(columns), 1, beside=bare)


def bench_load(bench):
    """A spreadsheet of households through Odoo's own import."""
    count = min(bench.count, 100)
    row = {
        'street': "12 bis rue des Exemples",
        'zip': '37000',
        'city': "Tours",
        'phone': '06 39 98 00 01',
    }
    ours = {
        'urssaf_civility': 'Madame',
        'urssaf_birth_name': "Exemple",
        'urssaf_first_names': "Camille Odette",
        'urssaf_birth_date': '1984-05-17',
        'urssaf_birth_country_id': 'France',
        'urssaf_birth_commune_id': 'Tours',
        'urssaf_bic': 'TESTFRPPXXX',
        'urssaf_bank_holder': "Mme Exemple Camille",
        'urssaf_iban': 'FR76 3000 6000 0112 3456 7890 189',
    }
    partners = bench.env['res.partner'].with_company(bench.company).with_context(lang='fr_FR')

    def load(prefix, values):
        rows = [[f'{prefix} {number}', f'{prefix}{number}@example.com', *values.values()] for number in range(count)]
        result = partners.load(['name', 'email', *values], rows)
        assert result['ids'], result['messages'][:2]

    _none, bare = bench.measure("customers, Odoo's columns only", lambda: load('simple', row), count)
    bench.measure(
        'households, with identity and bank account', lambda: load('foyer', {**row, **ours}), count, beside=bare
    )
    bench.env.cr.rollback()


def bench_slope(bench):
    """A few and ten times as many: what each costs stays the same. The first few fill the caches."""
    most = bench.count
    few = max(10, most // 10)
    for size, count in (('', few), ('few', few), ('many', 10 * few)):
        bench.count, rows = count, bench.rows
        bench.rows = []
        slope(bench)
        if size:
            rows += [{**row, 'kind': row['what'], 'what': f"{row['what']}: {count}"} for row in bench.rows]
        bench.rows = rows
    bench.count = most


def slope(bench):
    """The whole life of ``bench.count`` requests."""
    model, invoices = bench.env['urssaf.payment.request'], bench.make_invoices()
    bench.measure('built and sent', lambda: invoices._urssaf_create_requests()._submit())
    requests_ = invoices.urssaf_request_id
    for what, hours in (('received', 1), ('nothing changed', 0), ('approved', 49)):
        bench_workers.due(bench, requests_.ids, hours)
        bench.measure(f'asked about, {what}', model._cron_sync)
