"""Runs inside `odoo shell` where OCA's bank widget is installed: transfers of URSSAF matched by us, by it, and undone by either.

What a person does in the widget is done through its form, as the browser would.
"""

import contextlib

from odoo import api, fields
from odoo.tests import Form

from inside_money import keep_books, pays, sent, sync
from inside_odoo import MODULE
from kill_points import REQUEST

LINE, TRANSFER = 'account.bank.statement.line', 'urssaf.transfer'
WIDGET = 'account_reconcile_oca.bank_statement_line_form_reconcile_view'
COUNT = 3
# How the widget books: into the bank's own entry, or into one beside it.
MODES = ('edit', 'keep')


@contextlib.contextmanager
def accountant(play, user_id):
    with play.registry.cursor() as cr:
        yield api.Environment(cr, user_id, {'allowed_company_ids': [play.company_id], 'lang': 'fr_FR'})


def an_office(play):
    """The accountant who matches the bank, and a bank journal for each way of the widget: their ids."""
    keep_books(play)
    with play.system() as env:
        user = env.ref(f'{MODULE}.demo_user_comptable')
        user.group_ids |= env.ref('account.group_account_user')
        journals = env['account.journal'].with_company(play.company_id)
        banks = journals.create(
            [
                {
                    'name': f'Banque {mode}',
                    'code': f'OCA{number}',
                    'type': 'bank',
                    'company_id': play.company_id,
                    'reconcile_mode': mode,
                }
                for number, mode in enumerate(MODES)
            ]
        )
        return user.id, dict(zip(MODES, banks.ids, strict=True))


def paid(play):
    """Three invoices that URSSAF pays in one transfer: the ids of requests and transfer."""
    ids = sent(play, COUNT)
    pays(play, ids)
    sync(play)
    with play.system() as env:
        return ids, env[REQUEST].browse(ids).payment_ids.urssaf_transfer_id.ids


def bank_line(env, journal_id, amount):
    return env[LINE].create(
        {
            'journal_id': journal_id,
            'date': fields.Date.today(),
            'amount': amount,
            'payment_ref': 'VIR SEPA RECU',
        }
    )


def widget(line, claims):
    """A person takes these claims in the widget, and saves."""
    with Form(line, view=WIDGET) as form:
        for claim in claims:
            form.add_account_move_line_id = claim


def look(env, transfer, line):
    """What a person sees on both sides."""
    env.invalidate_all()
    claims = transfer._claims()
    known = {'is_open': transfer.is_open, 'expected': transfer.amount_expected, 'received': transfer.amount_received}
    owed = env['account.move.line'].search([('id', 'in', claims.ids), ('urssaf_is_claim', '=', True)])
    shown = set()
    for part in line.reconcile_data_info['data']:
        shown.update([part.get('id'), *(part.get('counterpart_line_ids') or ())])
    return {
        **known,
        'payments': sorted(set(transfer.payment_ids.mapped('is_matched'))),
        'owed': round(sum(owed.mapped('amount_residual')), 2),
        'matched': line.is_reconciled,
        'begun': bool(line.reconcile_data),
        'shown by it': len(shown & set(claims.ids)),
    }


def play_all(play):
    """Each step, and what both sides say of it afterwards."""
    user_id, banks = an_office(play)
    ids, (transfer_id,) = paid(play)
    found = {}
    with accountant(play, user_id) as env:
        transfer = env[TRANSFER].browse(transfer_id)
        claims = transfer._claims().with_env(env)
        line = bank_line(env, banks['edit'], transfer.amount_open)

        def after(step):
            found[step] = look(env, transfer, line)

        after('at first')
        transfer.action_match(line)
        after('matched by us')
        line.unreconcile_bank_line()
        after('undone in the widget')
        widget(line, claims[:1])
        after('begun in the widget')
        transfer.action_match(line)
        after('matched by us over it')
        transfer.action_undo()
        after('undone by us')
        widget(line, claims)
        line.reconcile_bank_line()
        after('matched in the widget')
        transfer.action_undo()
        after('undone by us, of the widget')
        other = bank_line(env, banks['keep'], transfer.amount_open)
        line, before = other, line
        widget(line, claims)
        line.reconcile_bank_line()
        after('matched beside')
        line.unreconcile_bank_line()
        after('undone beside')
        line = before
        transfer.action_match(line)
        after('matched in the end')
    with play.system() as env:
        requests = env[REQUEST].browse(ids)
        found['books'] = {
            'states': sorted(set(requests.mapped('state'))),
            'invoices': sorted(set(requests.move_id.mapped('payment_state'))),
            'payments': len(requests.payment_ids),
        }
    return found
