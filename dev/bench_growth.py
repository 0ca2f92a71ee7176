"""The part *growth* of the bench: what is searched every minute, or opened every day, where a provider has a million requests.

Each statement that a search makes is explained with its real times. It is flat when no large table is read as a whole. Runs
inside `odoo shell`.
"""

import contextlib
import time
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.sql_db import Cursor
from odoo.tools.safe_eval import safe_eval

from odoo.addons.l10n_fr_avance_immediate.models.request.urssaf_payment_request_states import STATES

from bench_bulk import in_bulk, last_id, multiply, multiply_links

MODULE = 'l10n_fr_avance_immediate'
# Of each request: its exchanges, and the lines of its timeline.
EACH = 3
# Requests of one household.
OF_A_HOUSEHOLD = 20
TABLES = (
    'res_partner',
    'urssaf_registration',
    'account_move',
    'account_move_line',
    'urssaf_payment_request',
    'urssaf_payment_request_event',
    'urssaf_exchange',
    'urssaf_exchange_request_rel',
)
# Of a thousand requests; the rest is paid. Those that wait are asked about in turn, a few of them now.
SHARES = (
    ('queued', 2),
    ('scheduled', 3),
    ('unknown', 1),
    ('integrated', 1),
    ('awaiting', 10),
    ('validated', 10),
    ('debited', 13),
    ('refused', 10),
    ('cancelled', 10),
    ('rejected', 1),
    ('not_sent', 1),
)
LIVE = "('integrated', 'awaiting', 'validated', 'debited', 'unknown')"


def grow(bench, count):
    """The company has ``count`` requests of as many invoices, and what belongs to them. It books what URSSAF pays. Commits."""
    cr, company = bench.env.cr, bench.company.sudo()
    company.action_urssaf_setup_money()
    company.write({'urssaf_register_payments': True, 'urssaf_payments_from': '2020-01-01', 'urssaf_book_trials': True})
    request = bench.sent(bench.make_invoices(1))
    registration = bench.env['urssaf.registration'].search([('partner_id', '=', request.partner_id.id)], limit=1)
    event, exchange = (
        request.event_ids[:1],
        bench.env['urssaf.exchange'].search([('request_ids', 'in', request.ids)])[:1],
    )
    bench.env.cr.commit()
    households = max(1, count // OF_A_HOUSEHOLD)
    # Mixed, as in life: neighbours in the table are in different states.
    share = '((n::bigint * 7919) % 1000)'
    state, stage, until = '', '', 0
    for name, part in SHARES:
        until += part
        state += f" WHEN {share} < {until} THEN '{name}'"
        stage += f" WHEN {share} < {until} THEN '{STATES[name].stage}'"
    state, stage = f"(CASE{state} ELSE 'paid' END)", f"(CASE{stage} ELSE 'paid' END)"
    with in_bulk(cr, *TABLES):
        partners = multiply(
            cr,
            'res_partner',
            request.partner_id.id,
            households,
            name="'Foyer ' || n",
            complete_name="'Foyer ' || n",
            email="'foyer' || n || '@example.com'",
            email_normalized="'foyer' || n || '@example.com'",
            commercial_partner_id=f'{last_id(cr, "res_partner")} + n',
        )
        multiply(
            cr,
            'urssaf_registration',
            registration.id,
            households,
            partner_id=f'{partners} + n',
            customer_ref="'bulk-' || n",
        )
        partner = f'{partners} + 1 + n % {households}'
        moves = multiply(
            cr,
            'account_move',
            request.move_id.id,
            count,
            name="'MANY/' || n",
            sequence_prefix="'MANY/'",
            sequence_number='n',
            partner_id=partner,
            commercial_partner_id=partner,
            partner_shipping_id=partner,
            invoice_date=f'm.invoice_date - {age(count)}',
            date=f'm.date - {age(count)}',
            payment_state=f"(CASE WHEN {stage} = 'paid' THEN 'paid' WHEN {state} = 'refused' THEN 'reversed' ELSE 'not_paid' END)",
            urssaf_stage=stage,
            urssaf_state=state,
            urssaf_request_id=f'{last_id(cr, "urssaf_payment_request")} + n',
            access_token='NULL',
        )
        open_line = request.move_id.sudo().line_ids.filtered(lambda line: line.account_type == 'asset_receivable')[:1]
        multiply(
            cr,
            'account_move_line',
            open_line.id,
            count,
            move_id=f'{moves} + n',
            move_name="'MANY/' || n",
            partner_id=partner,
            reconciled=f"{stage} = 'paid'",
        )
        requests = multiply(
            cr,
            'urssaf_payment_request',
            request.id,
            count,
            name="'MANY-' || n",
            move_id=f'{moves} + n',
            partner_id=partner,
            state=state,
            stage=stage,
            request_ref=f"(CASE WHEN {state} IN ('queued', 'scheduled', 'unknown', 'rejected', 'not_sent') THEN NULL ELSE md5(n::text) END)",
            amount_awaited=f"(CASE WHEN {stage} = 'paid' THEN 0 ELSE m.amount_total END)",
            date_start=f'm.date_start - {age(count)}',
            date_end=f'm.date_end - {age(count)}',
            transfer_date=f"(CASE WHEN {stage} = 'paid' THEN m.date_end - {age(count)} END)",
            # No money is booked here: what is to be booked would be all of it.
            transfer_amount='NULL',
            next_poll_at=f"(CASE WHEN {state} IN {LIVE} THEN now() at time zone 'utc' + (n % 1440 - 15) * interval '1 minute' END)",
            submit_at=f"(CASE WHEN {state} = 'scheduled' THEN now() at time zone 'utc' + (n % 1440 - 15) * interval '1 minute' END)",
            # One in five hundred was lost once, and is looked for.
            next_watch_at=f"(CASE WHEN n % 500 = 0 AND {age(count)} < 90 THEN now() at time zone 'utc' + (n % 1440 - 15) * interval '1 minute' END)",
            state_since=f"m.state_since - {age(count)} * interval '1 day'",
            payment_id=f"(CASE WHEN {stage} = 'paid' THEN n END)",
        )
        multiply(
            cr,
            'urssaf_payment_request_event',
            event.id,
            EACH * count,
            request_id=f'{requests} + 1 + n % {count}',
            is_told='n % 20000 != 0',
        )
        exchanges = multiply(
            cr,
            'urssaf_exchange',
            exchange.id,
            EACH * count,
            started_at=f"m.started_at - {age(EACH * count)} * interval '1 day'",
            status='(CASE WHEN n % 200 = 0 THEN 500 ELSE 200 END)',
            error="(CASE WHEN n % 200 = 0 THEN 'unavailable' END)",
            request_body="'[]'",
            response_body="'[]'",
        )
        multiply_links(
            cr,
            'urssaf_exchange_request_rel',
            count=EACH * count,
            exchange_id=f'{exchanges} + n',
            request_id=f'{requests} + 1 + n % {count}',
        )
    bench.env.invalidate_all()
    return requests


def age(count):
    """SQL: how many days ago the n-th of ``count`` was, the last one being of today; four years in all."""
    return f'(1460 - n * 1460.0 / {count})::int'


# -- what is searched ---------------------------------------------------------------------------------


def searches(bench, first):
    """What is searched, by name: functions without arguments, whose statements are explained."""
    env = bench.env
    marie = bench.as_marie
    requests, registrations = env['urssaf.payment.request'], env['urssaf.registration']
    exchanges, moves = env['urssaf.exchange'], env['account.move']
    found = {
        'cron: what is to be sent': requests._submit_due,
        'cron: what is to be asked about': requests._sync_due,
        'cron: what was lost and may turn up': requests._watch_due,
        'cron: what is to be told': requests._notify_due,
        'cron: households to ask to pay': requests._collect_due,
        'cron: registrations to ask about': registrations._sync_due,
        'cron: registrations to send': registrations._register_queued,
        'cron: registrations to remind of': registrations._remind_due,
        'vacuum of exchanges': exchanges._gc_exchanges,
        'cron: transfers to book': requests._book_due,
    }
    search = env.ref(f'{MODULE}.urssaf_payment_request_view_search').arch
    for name, domain in filters(search):
        found[f'list of requests: {name}'] = listed(marie(requests), domain, ['name', 'partner_id', 'amount_awaited'])
    found['list of requests: no filter'] = listed(marie(requests), [], ['name', 'partner_id', 'amount_awaited'])
    found['list of requests: an invoice number'] = listed(marie(requests), [('name', 'ilike', 'MANY-777')], ['name'])
    found['list of requests: a customer'] = listed(
        marie(requests), [('partner_id', 'child_of', requests.browse(first + 5).partner_id.id)], ['name']
    )
    for state in ('validated', 'refused'):
        found[f'list of invoices: {state}'] = listed(marie(moves), [('urssaf_state', '=', state)], ['name'])
    found['list of invoices to send'] = listed(marie(moves), list(marie(moves)._urssaf_to_send_domain()), ['name'])
    found['look-up: the number of a new request'] = lambda: requests.search(
        [('company_id', '=', bench.company.id), ('environment', '=', 'simulator'), ('name', 'in', ['MANY-3', 'MANY-X'])]
    )
    found['look-up: ids that URSSAF has given'] = lambda: requests.browse(first + 1)._held_refs(['a', 'b', 'c'])
    found["look-up: what a customer's invoices became"] = lambda: moves.browse(
        requests.browse(first + 5).move_id.id
    ).urssaf_request_ids.mapped('state')
    found["what a household has used of its ceiling"] = lambda: requests._used_by_households(
        bench.company, requests.browse(first + 5).partner_id, [fields.Date.today().year]
    )
    claims = env.ref(f'{MODULE}.account_move_line_action_claim')
    found['URSSAF owes us'] = listed(
        env['account.move.line'], safe_eval(claims.domain or '[]', {'uid': 1}), ['name', 'amount_residual']
    )
    columns = ['started_at', 'call', 'about', 'status', 'error']
    found['audit list'] = listed(exchanges, [], columns)
    found['audit list: without success'] = listed(exchanges, [('error', 'not in', (False, ''))], columns)
    found['audit list: an invoice'] = listed(exchanges, [('request_ids.name', 'ilike', 'MANY-777')], columns)
    found['audit list: this month'] = listed(
        exchanges, [('started_at', '>=', fields.Date.today().replace(day=1))], columns
    )
    return found


def filters(arch):
    """The filters of a search view with a domain: ``[(name, domain)]``."""
    return [
        (node.get('name'), safe_eval(node.get('domain'), {'uid': 1}))
        for node in etree.fromstring(arch).iterfind('.//filter[@domain]')
    ]


def listed(model, domain, names):
    """What a list of Odoo's reads: the first 80, and how many there are."""
    specification = {name: {} for name in names}
    return lambda: model.web_search_read(domain, specification, limit=80, count_limit=10001)


@contextlib.contextmanager
def nothing_done(env):
    """What was searched is not dealt with."""
    requests, registrations = type(env['urssaf.payment.request']), type(env['urssaf.registration'])
    events, exchanges = type(env['urssaf.payment.request.event']), type(env['urssaf.exchange'])
    with contextlib.ExitStack() as stack:
        for model, name, result in (
            (requests, '_release', None),
            (requests, '_notify', None),
            (requests, '_submit', None),
            (requests, '_sync', ''),
            (requests, '_sync_watched', None),
            (events, '_notify', None),
            (registrations, '_sync', ''),
            (registrations, '_drop_all_incomplete', None),
            (registrations, '_register_each', {}),
            (exchanges, 'unlink', True),
            (type(env['urssaf.document']), '_commit', None),
        ):
            stack.enter_context(patch.object(model, name, lambda *_arguments, result=result: result))
        yield


@contextlib.contextmanager
def statements(kept):
    """Keep what is selected meanwhile."""
    execute = Cursor.execute

    def watched(cursor, query, *arguments, **options):
        result = execute(cursor, query, *arguments, **options)
        text = cursor._obj.query.decode()
        if text.lstrip().startswith(('SELECT', 'WITH', 'UPDATE')) and any(f'"{table}"' in text for table in TABLES):
            kept.append(text)
        return result

    with patch.object(Cursor, 'execute', watched):
        yield


def explain(cr, text):
    """How PostgreSQL runs a statement: ``(milliseconds, large tables it reads as a whole)``."""
    cr._obj.execute('EXPLAIN (ANALYZE, FORMAT JSON) ' + text)
    (plan,) = cr.fetchone()[0]
    read, waiting = [], [plan['Plan']]
    while waiting:
        node = waiting.pop()
        waiting += node.get('Plans', [])
        if node['Node Type'].endswith('Seq Scan') and node.get('Relation Name') in TABLES:
            # One that ends after the first rows has not read it all.
            rows = (node['Actual Rows'] + node.get('Rows Removed by Filter', 0)) * node['Actual Loops']
            read.append((node['Relation Name'], int(rows)))
    return plan['Execution Time'] + plan['Planning Time'], read


def bench_growth(bench):
    """A row for each search: how long all its statements take, and which large tables are read as a whole."""
    count = bench.growth
    begun = time.monotonic()
    first = grow(bench, count)
    cr = bench.env.cr
    cr.execute("SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)", [list(TABLES)])
    sizes = dict(cr.fetchall())
    bench.note(f'{count:,} requests and {EACH * count:,} exchanges were made in {time.monotonic() - begun:.0f} s')
    for what, search in searches(bench, first).items():
        kept = []
        bench.env.invalidate_all()
        with nothing_done(bench.env), statements(kept):
            search()
        took, whole, culprits = 0.0, {}, []
        for text in dict.fromkeys(kept):
            milliseconds, read = explain(cr, text)
            took += milliseconds
            seen = {table: rows for table, rows in read if rows > 0.9 * sizes[table] > count / 100}
            whole |= seen
            if seen:
                culprits.append((milliseconds, text))
        cr.rollback()
        bench.rows.append(
            {
                'part': bench.part,
                'what': what,
                'count': count,
                'total_queries': len(kept),
                'queries': float(len(kept)),
                'cpu': 0.0,
                'wall': took,
                'ratio': None,
                'calls': {},
                'whole': whole,
                'culprits': culprits,
            }
        )
