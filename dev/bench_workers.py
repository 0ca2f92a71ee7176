"""The parts *workers* and *memory* of the bench: several processes on one queue, and what a long run holds. Runs inside `odoo shell`."""

import gc
import json
import os
import sys
import time
import traceback
from pathlib import Path

import odoo
from odoo import api

from bench_bulk import in_bulk, multiply

REQUEST = 'urssaf.payment.request'
WORKERS = (1, 2, 4)
# Requests made in one transaction.
MADE_TOGETHER = 500


def bench_workers(bench):
    """As many invoices for one, two and four processes: each request leaves once."""
    for workers in WORKERS:
        created = bench.make_invoices()._urssaf_create_requests()
        numbers = created.mapped('name')
        bench.env.cr.commit()
        before, begun = bench.state(), time.monotonic()
        handled = together(bench, workers, send_all)
        wall, after = time.monotonic() - begun, bench.state()
        bench.env.invalidate_all()
        times = {after['attempts'].get(number, 0) for number in numbers}
        assert times == {1}, f'sent so many times: {times}'
        assert set(created.mapped('state')) == {'integrated'}, created.mapped('state')
        bench.rows.append(
            {
                'part': bench.part,
                'what': f"{workers} process{'es' if workers > 1 else ''} on one queue, each request once",
                'count': bench.count,
                'total_queries': sum(one['queries'] for one in handled),
                'queries': sum(one['queries'] for one in handled) / bench.count,
                'cpu': 1000 * sum(one['cpu'] for one in handled) / bench.count,
                'wall': 1000 * wall / bench.count,
                'ratio': None,
                'calls': {'M050': after['calls']['M050'] - before['calls']['M050']},
                'workers': workers,
                'times': max(times),
            }
        )


def send_all(env):
    """What a worker does: the scheduled action, until nothing is due."""
    env[REQUEST]._cron_submit()


def together(bench, workers, act):
    """Fork processes with connections of their own, and let all act; what each took.

    :param act: gets an environment as a cron has it
    """
    bench.env.cr.commit()
    sys.stdout.flush()
    children = []
    for _number in range(workers):
        answer, say = os.pipe()
        if not (pid := os.fork()):
            code = 1
            try:
                took = work(bench.env.registry, act)
                os.write(say, json.dumps(took).encode())
                code = 0
            except BaseException:
                traceback.print_exc()
            os._exit(code)
        os.close(say)
        children.append((pid, answer))
    found = []
    for pid, answer in children:
        with os.fdopen(answer) as file:
            text = file.read()
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, 'a worker failed'
        found.append(json.loads(text))
    return found


def work(registry, act):
    """In the child: the parent's connections are the parent's. What it took."""
    odoo.sql_db._Pool = odoo.sql_db._Pool_readonly = None
    registry._db = odoo.sql_db.db_connect(registry.db_name)
    queries, cpu = odoo.sql_db.sql_counter, time.process_time()
    with registry.cursor() as cr:
        act(api.Environment(cr, api.SUPERUSER_ID, {}))
    return {'queries': odoo.sql_db.sql_counter - queries, 'cpu': time.process_time() - cpu}


# -- memory -----------------------------------------------------------------------------------------


def bench_memory(bench):
    """What the scheduled actions hold, at their highest, above what the process held when it had just begun: for a tenth, and
    for all."""
    idle = megabytes('VmRSS')
    for count in (max(10, bench.run // 10), bench.run):
        begun = time.monotonic()
        requests = many_requests(bench, count)
        bench.note(f'{count:,} requests were made in {time.monotonic() - begun:.0f} s')
        hold(bench, f'{count:,} requests sent by the scheduled action', count, idle, bench.env[REQUEST]._cron_submit)
        assert states(bench, requests) == {'integrated'}, states(bench, requests)
        for hours, what in ((1, 'received'), (0, 'nothing changed'), (49, 'approved')):
            due(bench, requests, hours)
            hold(bench, f'{count:,} requests asked about: {what}', count, idle, bench.env[REQUEST]._cron_sync)
        assert states(bench, requests) == {'validated'}, states(bench, requests)


def states(bench, requests):
    bench.env.cr.execute('SELECT DISTINCT state FROM urssaf_payment_request WHERE id = ANY(%s)', [requests])
    return {state for (state,) in bench.env.cr.fetchall()}


def due(bench, requests, hours):
    """All of them are to be asked about, so many hours later."""
    bench.advance(hours)
    bench.env.cr.execute("UPDATE urssaf_payment_request SET next_poll_at = '2020-01-01' WHERE id = ANY(%s)", [requests])
    bench.env.cr.commit()
    bench.env.invalidate_all()


def many_requests(bench, count):
    """Requests of as many invoices, which are copies made by SQL: ids. Commits."""
    model, cr = bench.make_invoices(1), bench.env.cr
    prefix = (
        f"'{bench.part.upper()}{'A' * len(bench.rows)}/{model.date.year}/'"  # a number that says the year of its day
    )
    with in_bulk(cr, 'account_move', 'account_move_line'):
        name = f'{prefix} || n'
        moves = multiply(
            cr,
            'account_move',
            model.id,
            count,
            name=name,
            payment_reference=name,
            sequence_prefix=prefix,
            sequence_number='n',
            access_token='NULL',
        )
        for line in model.sudo().line_ids:
            multiply(cr, 'account_move_line', line.id, count, move_id=f'{moves} + n', move_name=name)

    def make(env):
        for at in range(0, count, MADE_TOGETHER):
            ids = range(moves + 1 + at, moves + 1 + min(at + MADE_TOGETHER, count))
            bench.as_marie(env['account.move'].browse(ids))._urssaf_create_requests()
            env.cr.commit()
            env.invalidate_all()

    # In a process of its own: what this one holds is to be that of the scheduled actions alone.
    together(bench, 1, make)
    cr.execute('SELECT id FROM urssaf_payment_request WHERE move_id > %s ORDER BY id', [moves])
    return [request_id for (request_id,) in cr.fetchall()]


def hold(bench, what, count, idle, act):
    """A row for what ``act`` holds at its highest, in megabytes.

    :param float idle: what the process held at first, in megabytes
    """
    bench.env.invalidate_all()
    gc.collect()
    Path('/proc/self/clear_refs').write_text('5')  # the peak begins here
    queries, cpu, begun = odoo.sql_db.sql_counter, time.process_time(), time.monotonic()
    act()
    bench.env.cr.commit()
    row = {
        'part': bench.part,
        'what': what,
        'count': count,
        'total_queries': odoo.sql_db.sql_counter - queries,
        'queries': (odoo.sql_db.sql_counter - queries) / count,
        'cpu': 1000 * (time.process_time() - cpu) / count,
        'wall': 1000 * (time.monotonic() - begun) / count,
        'ratio': None,
        'calls': {},
        'megabytes': megabytes('VmHWM') - idle,
    }
    bench.rows.append(row)


def megabytes(name):
    """What the kernel says of this process."""
    line = next(line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith(f'{name}:'))
    return int(line.split()[1]) / 1024
