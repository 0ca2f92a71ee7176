"""Runs inside `odoo shell`: plays a year of invoices day by day, as the people of a company do, and compares at the end of
each month what the books say with what the simulator and a diary know.

Time is moved by freezegun, here and at the simulator; what is written is committed, as in any office.
"""

import contextlib
import json
import time
from collections import Counter
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command, api, fields, sql_db
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.l10n_fr_avance_immediate.models.request.urssaf_payment_request_states import (
    IN_DOUBT_STATES,
    TIMED_STATES,
)

import year_truth
from inside_odoo import MODULE
from kill_points import REGISTRATION, REQUEST
from year_plan import AT_URSSAF, faults, first_day, month_end, plan
from year_truth import Diary, Document, cents

ACTIVE_SINCE = '2026-01-01'
BIRTH_DATE = '1984-05-17'
# Moments of a day (UTC): the office opens, invoices leave, what failed is tried again.
MORNING, NOON, EVENING = '06:30', '09:00', '15:00'
# A month is closed some days later: by then what belongs to it is in the books.
CLOSED_AFTER = 8
# How long people wait for what has to come by itself before they call it a fault.
PATIENCE = timedelta(days=6)


class Year:
    """A company, its people, and what they did."""

    def __init__(self, play, months, invoices, households, seed, stories=()):
        self.play, self.months, self.seed = play, months, seed
        self.plan = plan(seed, months, invoices, households, stories)
        self.cases, self.diary, self.state = {}, Diary(), {}
        self.banked, self.troubles, self.count = set(), [], Counter()
        self.waiting = {}  # what an accountant waits for, since when
        self.to_book = []  # take-backs that the bank shows: (day, number, cents)
        self.ends = {month_end(month) + timedelta(days=CLOSED_AFTER): month for month in range(1, months + 1)}
        self.rows = []
        self.pace = Counter()
        self.prepare(households)
        for fault in faults():
            play.control('faults', **fault)

    # -- who and with what --------------------------------------------------------------------------

    def prepare(self, households):
        with self.play.system() as env:
            company = env['res.company'].browse(self.play.company_id)
            self.last_move = max(env['account.move'].search([]).ids, default=0)
            company.action_urssaf_setup_money()
            company.write(
                {
                    'urssaf_register_payments': True,
                    'urssaf_payments_from': first_day(0),
                    'urssaf_book_trials': True,
                    'urssaf_deposits_allowed': True,
                }
            )
            charts = env['account.chart.template'].with_company(company)
            taxes = {
                name: charts.ref(name, raise_if_not_found=False)
                for cases in self.plan.values()
                for case in cases
                for _quantity, _price, name, _nature in case.lines
                if name
            }
            for tax in taxes.values():
                tax.active = True
            self.taxes = {name: tax.id for name, tax in taxes.items()}
            self.tax_names = {tax.id: name for name, tax in taxes.items()}
            self.tax_accounts = env['account.tax'].browse(self.taxes.values()).invoice_repartition_line_ids.account_id
            self.tax_accounts = self.tax_accounts.ids
            journals = env['account.journal'].with_company(company)
            urssaf, own = journals.create(
                [
                    {'name': name, 'code': code, 'type': 'bank', 'company_id': company.id}
                    for name, code in (("Banque, virements Urssaf", 'BNKU'), ("Banque, clients", 'BNKC'))
                ]
            )
            # Without the accounting application what households pay is on the account at once.
            for line in own.inbound_payment_method_line_ids | own.outbound_payment_method_line_ids:
                line.payment_account_id = own.default_account_id
            self.bank_journal, self.own_journal = urssaf.id, own.id
            self.bank_accounts = (urssaf | own).default_account_id.ids
            self.suspense = urssaf.suspense_account_id.ids
            self.claim = company._urssaf_claim_account().ids
            accountant = env.ref(f'{MODULE}.demo_user_comptable')
            # Who may write bank lines: with an accounting application, everybody who keeps the books.
            accountant.group_ids |= env.ref('account.group_account_user')
            self.accountant_id = accountant.id
            self.natures = {name: env.ref(f'{MODULE}.{name}').id for name in ('nature_100', 'nature_70', 'nature_60')}
            self.make_households(env, households)

    def make_households(self, env, count):
        partners = env['res.partner'].create(
            [
                {
                    'name': f"Foyer {number:02}",
                    'email': f'foyer{number}@example.com',
                    'lang': 'fr_FR',
                    'country_id': env.ref('base.fr').id,
                    'urssaf_birth_date': BIRTH_DATE,
                }
                for number in range(count)
            ]
        )
        self.households = partners.ids
        self.play.control(
            'seed',
            customers=[
                {
                    'ref': f'foyer-{partner.id}',
                    'birth_date': BIRTH_DATE,
                    'activated_at': f'{ACTIVE_SINCE}T10:00:00Z',
                    'name': 'X',
                    'first_names': 'Y',
                    'mail': partner.email,
                    'mobile': '0639980001',
                }
                for partner in partners
            ],
        )
        env[REGISTRATION].create(
            [
                {
                    'partner_id': partner.id,
                    'company_id': self.play.company_id,
                    'environment': 'simulator',
                    'state': 'active',
                    'customer_ref': f'foyer-{partner.id}',
                    'activated_at': f'{ACTIVE_SINCE} 10:00:00',
                }
                for partner in partners
            ]
        )

    @contextlib.contextmanager
    def accountant(self):
        """Philippe, who matches the bank."""
        with self.play.registry.cursor() as cr:
            yield api.Environment(
                cr, self.accountant_id, {'allowed_company_ids': [self.play.company_id], 'lang': 'fr_FR'}
            )

    # -- time ---------------------------------------------------------------------------------------

    def run(self):
        self.day, end = first_day(0), max(self.ends)
        with freeze_time(f'{self.day} {MORNING}:00') as clock:
            self.clock = clock
            self.play.control('clock', freeze=True)
            while self.day <= end:
                self.one_day()
                self.day += timedelta(days=1)
        return self.verdict()

    def one_day(self):
        self.at(MORNING)
        self.timed('crons', self.crons)
        self.look()
        self.timed('stories', self.go_on_with_stories)
        self.timed('bank', self.import_bank_lines)
        self.timed('take-backs', self.book_take_backs)
        self.timed('matches', self.match)
        self.at(NOON)
        self.timed('invoices', self.invoice)
        self.timed('invoices', self.send_again)
        self.timed('crons', self.crons, False)
        self.at(EVENING)
        self.timed('crons', self.crons, False)
        if month := self.ends.get(self.day):
            self.timed('closing', self.close, month)

    def timed(self, what, act, *args):
        # The machine's own clock: freezegun leaves this one alone.
        started = time.process_time_ns()
        act(*args)
        self.pace[what] += time.process_time_ns() - started

    def at(self, hour):
        moment = datetime.combine(self.day, datetime.strptime(hour, '%H:%M').time())
        # URSSAF's clock first: what is over here is over there.
        self.play.control('clock', set=f'{moment.isoformat()}Z')
        self.clock.move_to(moment)

    def crons(self, is_all=True):
        """Odoo runs them every few minutes; here where they find something to do.

        :param bool is_all: also what only waits for news of URSSAF, which comes once a day here
        """
        now = fields.Datetime.now()
        news = Domain('next_poll_at', '<=', now) & (Domain.TRUE if is_all else Domain('state', 'in', IN_DOUBT_STATES))
        due = {
            '_cron_submit': Domain('state', '=', 'queued')
            | (Domain('submit_at', '<=', now) & Domain('state', 'in', TIMED_STATES)),
            '_cron_sync': news
            | Domain('next_watch_at', '<=', now)
            | Domain([('state', '=', 'paid'), ('payment_id', '=', False), ('transfer_date', '<=', self.day)]),
        }
        for name, domain in due.items():
            with self.play.system() as env:
                if env[REQUEST].search_count(domain, limit=1):
                    getattr(env[REQUEST], name)()
                    self.count[f'runs of {name}'] += 1

    def look(self):
        """What stands at URSSAF now, by invoice number, and what its bank lines are."""
        self.requests = self.play.state()['requests']
        self.state = {request['number']: request for request in self.requests}
        self.bank_lines = year_truth.bank_lines(self.requests, self.seed)

    def trouble(self, what):
        self.troubles.append(f'{self.day} {what}')
        print(f'✖ {self.troubles[-1]}', flush=True)

    # -- invoices -----------------------------------------------------------------------------------

    def invoice(self):
        cases = self.plan.pop(self.day, [])
        if not cases:
            return
        with self.play.user() as env:
            moves = env['account.move'].create([self.invoice_values(case) for case in cases])
            moves.action_post()
            for case, move in zip(cases, moves, strict=True):
                self.enter(case, move)
        for case in cases:
            if case.deposit:
                self.register(case, int(self.diary.invoices[case.number].total * case.deposit))
        self.send(cases)

    def invoice_values(self, case):
        return {
            'move_type': 'out_invoice',
            'partner_id': self.households[case.household],
            'company_id': self.play.company_id,
            'invoice_date': self.day,
            'urssaf_date_start': self.day,
            'urssaf_date_end': case.until,
            'urssaf_nature_id': self.natures[case.lines[0][3]],
            'invoice_line_ids': [
                Command.create(
                    {
                        'name': 'Prestation à domicile',
                        'quantity': quantity,
                        'price_unit': price,
                        'urssaf_nature_id': self.natures[nature],
                        'tax_ids': [Command.set([self.taxes[tax]] if tax else [])],
                    }
                )
                for quantity, price, tax, nature in case.lines
            ],
        }

    def enter(self, case, move):
        """An invoice goes out: into the diary."""
        case.number, case.move_id, case.waits_since = move.name, move.id, self.day
        self.cases[move.name] = case
        self.diary.invoices[move.name] = self.document(case, move)
        self.count['invoices'] += 1

    def document(self, case, move):
        taxes = Counter()
        for line in move.line_ids.filtered('tax_line_id'):
            taxes[self.tax_names[line.tax_line_id.id]] += abs(cents(line.balance))
        return Document(move.name, case.household, move.invoice_date, cents(move.amount_total), dict(taxes))

    def send(self, cases):
        for case in cases:
            if case.is_lost:
                self.play.control('faults', name='dead_after', call='M050', times=1, contains=case.number)
                self.count['answers lost on purpose'] += 1
        with self.play.user() as env:
            wizard = env['urssaf.send.wizard'].create(
                {'notify': False, 'line_ids': [Command.create({'move_id': case.move_id}) for case in cases]}
            )
            for line in wizard.line_ids.filtered('finding'):
                self.trouble(f'{line.move_id.name} may not leave: {line.finding}')
            wizard.action_send()

    def send_again(self):
        """What URSSAF has refused without saying why, and what does not leave again by itself, is sent again by who is told."""
        refused = []
        with self.play.user() as env:
            for number, case in self.cases.items():
                if number not in self.state:
                    request = env['account.move'].browse(case.move_id).urssaf_request_id
                    if request.state == 'rejected' or (request.state == 'not_sent' and not request.submit_at):
                        refused.append(case)
        if refused:
            self.send(refused)
            self.count['sent again'] += len(refused)

    # -- what becomes of them -----------------------------------------------------------------------

    def go_on_with_stories(self):
        """One step of each story whose time has come."""
        is_changed = False
        for case in list(self.cases.values()):
            if not case.steps:
                continue
            code, wait, what = case.steps[0]
            request = self.state.get(case.number)
            if not request or request['status'] != code:
                continue
            since = max(case.waits_since, year_truth.day_of(request['since']))
            if self.day < since + timedelta(days=wait):
                continue
            act = self.at_urssaf if what in AT_URSSAF else getattr(self, what)
            if act(case, what) is not False:
                case.steps = case.steps[1:]
                case.waits_since = self.day
                self.count[what] += 1
                is_changed = True
        if is_changed:
            self.look()

    def at_urssaf(self, case, what):
        values = {}
        if what in ('pay_less', 'pay_more'):
            due = cents(self.state[case.number]['body']['mntFactureTTC'])
            due -= cents(self.state[case.number]['body'].get('mntAcompte') or 0)
            due += -7 if what == 'pay_less' else 500
            what, values = 'pay', {'amount': f'{due / 100:.2f}'}
        self.play.control(f"requests/{self.state[case.number]['ref']}/{what}", **values)

    def household_pays(self, case, _what):
        """All that is open, to the company's own account."""
        self.register(case, year_truth.open_amount(self.diary, self.requests, case.number), is_all=True)

    def register(self, case, amount, is_all=False):
        """Money of a household has come.

        :param int amount: cents
        :param bool is_all: whether it is what Odoo's window should propose
        """
        with self.play.user() as env:
            window = self.payment_window(env, case.move_id)
            if is_all and cents(window.amount) != amount:
                self.trouble(f'{case.number}: {window.amount} is asked for, {amount / 100} is owed')
            window.amount = amount / 100
            window._create_payments()
        self.diary.money.append((self.day, case.number, amount))

    def payment_window(self, env, move_id):
        return (
            env['account.payment.register']
            .with_context(active_model='account.move', active_ids=[move_id])
            .create({'journal_id': self.own_journal, 'payment_date': self.day})
        )

    def correct(self, case, _what):
        """*Correct and resend*: a full credit note, and a new invoice that is sent."""
        with self.play.user() as env:
            move = env['account.move'].browse(case.move_id)
            if move.urssaf_state != 'refused':
                self.ask(move)
            action = move.action_urssaf_resend()
            window = (
                env['account.move.reversal']
                .with_context(**action['context'])
                .create({'journal_id': move.journal_id.id})
            )
            new = env['account.move'].browse(window.reverse_moves(is_modify=True)['res_id'])
            new.invoice_date = self.day
            new.action_post()
            note = move.reversal_move_ids
            self.note(case, note)
            again = type(case)(self.day, case.household, case.lines, 'paid', until=case.until)
            self.enter(again, new)
        self.send([again])

    def ask(self, move):
        """The button *Refresh*; a fault of the day may be in the way."""
        try:
            move.urssaf_request_id.action_refresh()
        except UserError:
            self.count['asked in vain'] += 1

    def note(self, case, note):
        self.diary.notes[case.number] = self.document(case, note)
        self.diary.notes[case.number].credits = case.number

    def credit(self, case, _what, part=None):
        """A credit note for the whole, or for its first line."""
        with self.play.user() as env:
            move = env['account.move'].browse(case.move_id)
            if move.urssaf_state != 'paid':
                return False  # URSSAF's word has not come yet
            note = move._reverse_moves([{'invoice_date': self.day, 'date': self.day}])
            if part:
                note.invoice_line_ids[1:].unlink()
                note.invoice_line_ids.quantity = round(note.invoice_line_ids.quantity / 2, 2)
            note.action_post()
            self.note(case, note)

    def credit_part(self, case, what):
        return self.credit(case, what, part=True)

    def give_back(self, case, _what):
        """The company pays the credit note."""
        note = self.diary.notes[case.number]
        with self.play.user() as env:
            move = env['account.move'].search([('name', '=', note.number), ('company_id', '=', self.play.company_id)])
            window = self.payment_window(env, move.id)
            if cents(window.amount) != note.total:
                self.trouble(f'{note.number}: {window.amount} is given back of {note.total / 100}')
            window._create_payments()
        self.diary.money.append((self.day, case.number, -note.total))

    def take_back(self, case, _what):
        """The bank shows it: to be booked, from today on until URSSAF has said why."""
        found = [one for one in year_truth.taken_back(self.requests) if one[1] == case.number]
        self.to_book.append(max(found))

    def book_take_backs(self):
        left = []
        for day, number, amount in self.to_book:
            case = self.cases[number]
            with self.play.user() as env:
                request = env['account.move'].browse(case.move_id).urssaf_request_id
                if request.state in ('paid', 'debited'):
                    self.ask(request.move_id)
                    request.invalidate_recordset()
                if request.state in ('paid', 'debited'):
                    left.append((day, number, amount))
                    self.check_patience('URSSAF does not say why it takes back', number)
                    continue
                window = env['urssaf.take.back'].browse(request.action_take_back()['res_id'])
                if cents(window.amount) != amount:
                    self.trouble(f'{number}: {window.amount} is proposed, {amount / 100} was taken back')
                window.write({'amount': amount / 100, 'date': day})
                window.action_confirm()
        self.to_book = left

    def check_patience(self, what, key):
        since = self.waiting.setdefault((what, key), self.day)
        if self.day - since == PATIENCE:
            self.trouble(f'{what}: {key}, since {since}')

    # -- the bank -----------------------------------------------------------------------------------

    def import_bank_lines(self):
        """The bank's file of the day, as an import makes lines of it."""
        lines = [
            line
            for line in self.bank_lines
            if line[0] <= self.day and (line[0], line[2], line[1] > 0) not in self.banked
        ]
        if not lines:
            return
        with self.accountant() as env:
            env['account.bank.statement.line'].create(
                [
                    {
                        'journal_id': self.bank_journal,
                        'date': day,
                        'amount': amount / 100,
                        'payment_ref': f'{"VIR" if amount > 0 else "PRLV"} URSSAF {value_date}',
                    }
                    for day, amount, value_date, _gap, _kind in lines
                ]
            )
        for day, amount, value_date, _gap, _kind in lines:
            self.banked.add((day, value_date, amount > 0))
            self.count['bank lines'] += 1

    def match(self):
        """Open transfers whose money the bank shows are matched, each with its line."""
        with self.accountant() as env:
            known = {(line[2], line[1] > 0): line for line in self.bank_lines if line[0] <= self.day}
            domain = Domain('is_open', 'in', [True]) & Domain('company_id', '=', self.play.company_id)
            for transfer in env['urssaf.transfer'].search(domain, order='value_date, id'):
                line = known.get((transfer.value_date, transfer.kind == 'transfer'))
                if not line:
                    self.check_patience('the bank has not shown', transfer.display_name)
                    continue
                _day, amount, value_date, gap, kind = line
                if cents(transfer.amount_open) != amount - gap:
                    # One of its requests is not in the books yet.
                    self.check_patience('not all of it is booked', transfer.display_name)
                    continue
                self.match_one(env, transfer, value_date, gap, kind)

    def match_one(self, env, transfer, value_date, gap, kind):
        window = env['urssaf.transfer.match'].browse(transfer.action_open_match()['res_id'])
        label = f'URSSAF {value_date}'
        if label not in (window.statement_line_id.payment_ref or ''):
            # Proposed is a line of just this sum; where the bank shows another one, a person finds it by its label.
            if not gap and not window.statement_line_id:
                self.trouble(f'{transfer.display_name}: no bank line is proposed')
            right = window.candidate_ids.filtered(lambda line: line.payment_ref.endswith(label))
            if len(right) != 1:
                self.trouble(f'{transfer.display_name}: {len(right)} of the lines proposed bear its label')
                return
            self.count['bank lines chosen by hand'] += 1
            window.statement_line_id = right
        if cents(window.difference) != gap:
            self.trouble(
                f'{transfer.display_name}: a difference of {window.difference} is shown, of {gap / 100} expected'
            )
        window.gap = kind
        window.action_confirm()
        self.count['transfers matched'] += 1

    # -- the end of a month -------------------------------------------------------------------------

    def close(self, month):
        """Compare all that the books say up to the end of a month."""
        self.look()
        until = month_end(month)
        truth = year_truth.books(self.diary, self.requests, self.seed, until)
        with self.play.system() as env:
            found = self.read_books(env, until)
            owed = env['account.move.line'].search([('urssaf_is_claim', '=', True), ('move_id', '>', self.last_move)])
            owed = sum(map(cents, owed.mapped('amount_residual')))
            now = self.balance(env, self.claim)
        row = {'month': f'{until:%Y-%m}', 'households': {}, 'tax': {}}
        for name in ('claims', 'bank', 'unexplained'):
            row[name] = (getattr(found, name), getattr(truth, name))
        row['receivables'] = (found.households.total(), truth.households.total())
        row['households'] = {
            f'Foyer {number:02}': (found.households[number], truth.households[number])
            for number in range(len(self.households))
            if found.households[number] != truth.households[number]
        }
        key = (until.year, until.month)
        row['tax_of_month'] = (found.tax[key], truth.tax[key])
        row['tax'] = {
            f'{year}-{number:02}': (found.tax[year, number], truth.tax[year, number])
            for year, number in sorted({*found.tax, *truth.tax})
            if found.tax[year, number] != truth.tax[year, number]
        }
        row['list'] = (owed, now)
        row['invoices'] = sum(document.day <= until for document in self.diary.invoices.values())
        self.rows.append(row)
        print('MONTH', json.dumps(row), flush=True)

    def balance(self, env, accounts, until=None, by=None):
        """The balance of accounts in what was posted since the beginning, in cents; by a field where one is given."""
        domain = [('account_id', 'in', accounts), ('parent_state', '=', 'posted'), ('move_id', '>', self.last_move)]
        if until:
            domain.append(('date', '<=', until))
        sums = env['account.move.line']._read_group(domain, [by] if by else [], ['balance:sum'])
        if by:
            return {key: cents(amount) for key, amount in sums}
        return cents(sums[0][0] or 0)

    def read_books(self, env, until):
        found = year_truth.Books()
        found.claims = self.balance(env, self.claim, until)
        found.bank = self.balance(env, self.bank_accounts, until)
        found.unexplained = -self.balance(env, self.suspense, until)
        receivable = env['account.account'].search([('account_type', '=', 'asset_receivable')]).ids
        partners = {partner_id: number for number, partner_id in enumerate(self.households)}
        for partner, amount in self.balance(env, receivable, until, by='partner_id').items():
            if partner.id in partners:
                found.households[partners[partner.id]] += amount
        for start, amount in self.balance(env, self.tax_accounts, until, by='date:month').items():
            if amount:
                found.tax[start.year, start.month] = -amount
        return found

    # -- the end ------------------------------------------------------------------------------------

    def verdict(self):
        state = self.play.state()
        with self.play.system() as env:
            moves = env['account.move'].browse([case.move_id for case in self.cases.values()])
            requests = moves.urssaf_request_ids
            here = {request.name: request for request in requests.filtered('request_ref')}
            self.count['requests at URSSAF'] = len(state['requests'])
            for number, times in state['accepted'].items():
                if times > 1:
                    self.trouble(f'{number} was taken twice')
            for request in state['requests']:
                if request['number'] not in here or here[request['number']].request_ref != request['ref']:
                    self.trouble(f"{request['number']} is at URSSAF and not known here")
            for case in list(self.cases.values()):
                if case.number not in self.state:
                    last = env['account.move'].browse(case.move_id).urssaf_request_id
                    self.trouble(f'{case.number} never came to URSSAF: {last.state} {last.error_text}')
            self.count['unfinished stories'] = sum(bool(case.steps) for case in self.cases.values())
            states = Counter(moves.mapped('urssaf_state'))
        return {
            'rows': self.rows,
            'troubles': self.troubles,
            'count': dict(self.count),
            'states': dict(states),
            'calls': state['calls'],
            'cpu': {what: round(used / 1e9, 1) for what, used in self.pace.items()},
        }


def year(play, **facts):
    """Play it; ``facts`` as ``year_plan.plan`` has them.

    :return: the rows of the table, what went wrong, counts
    :rtype: dict
    """
    # Each step of the clock would look like an idle night, after which Odoo opens its connections anew.
    sql_db.MAX_IDLE_TIMEOUT = float('inf')
    return Year(play, **facts).run()
