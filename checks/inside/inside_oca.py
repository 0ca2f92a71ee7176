"""Runs inside `odoo shell` where OCA's bank widget is installed: transfers of URSSAF matched by us, by it, and undone by it."""

import contextlib

from odoo import api, fields

from inside_odoo import MODULE, click, prepare
from kill_points import MOVE, REQUEST

LINE, TRANSFER = 'account.bank.statement.line', 'urssaf.transfer'


@contextlib.contextmanager
def accountant(play):
    with play.registry.cursor() as cr:
        yield api.Environment(
            cr, play.accountant_id, {'allowed_company_ids': [play.company_id], 'lang': 'fr_FR', 'tz': 'Europe/Paris'}
        )


def pay(play, count=2):
    """So many invoices of one household are paid by URSSAF today: the transfer, and what is open of it."""
    invoices = play.make_invoices(count)
    click(play, [move_id for move_id, _number in invoices])
    for _move_id, number in invoices:
        play.control(f'requests/{number}/pay')
    with play.user() as env:
        requests = env[MOVE].browse([move_id for move_id, _number in invoices]).urssaf_request_ids
        requests.action_refresh()
        return requests.sudo().payment_ids.urssaf_transfer_id.ids, requests.sudo().payment_ids.ids


def bank_line(env, journal_id, amount):
    return env[LINE].create(
        {
            'journal_id': journal_id,
            'date': fields.Date.today(),
            'amount': amount,
            'payment_ref': "VIR URSSAF",
        }
    )


def look(env, transfer, line):
    """What a person sees of both."""
    env.invalidate_all()
    claims = transfer._claims()
    return {
        'open': transfer.is_open,
        'owed': round(sum(claims.mapped('amount_residual')), 2),
        'matched': line.is_reconciled,
        'of_it': sorted(line.line_ids.filtered(lambda one: one.account_id in claims.account_id).mapped('balance')),
        'suspense': round(
            sum(
                line.line_ids.filtered(lambda one: one.account_id == line.journal_id.suspense_account_id).mapped(
                    'balance'
                )
            ),
            2,
        ),
        'begun': bool(line.reconcile_data),
        'shown_by_oca': sorted(
            {
                counterpart
                for part in line.reconcile_data_info['data']
                for counterpart in part.get('counterpart_line_ids') or ()
            }
            & set(claims.ids)
        ),
        'claims': sorted(claims.ids),
    }


def play_all(play):
    """Each step, and what both sides say of it afterwards."""
    prepare(play)
    with play.system() as env:
        company = env['res.company'].browse(play.company_id)
        company.action_urssaf_setup_money()
        company.write(
            {'urssaf_register_payments': True, 'urssaf_payments_from': '2020-01-01', 'urssaf_book_trials': True}
        )
        user = env.ref(f'{MODULE}.demo_user_comptable')
        user.group_ids |= env.ref('account.group_account_user')
        play.accountant_id = user.id
        journal_id = (
            env['account.journal']
            .with_company(company)
            .create({'name': "Banque", 'code': 'BNKO', 'type': 'bank', 'company_id': company.id})
            .id
        )
    found = {}
    (transfer_id,), payment_ids = pay(play)
    with accountant(play) as env:
        transfer = env[TRANSFER].browse(transfer_id)
        line = bank_line(env, journal_id, transfer.amount_open)
        found['before'] = look(env, transfer, line)
        transfer.action_match(line)
        found['matched by us'] = look(env, transfer, line)
        line.unreconcile_bank_line()
        found['undone by OCA'] = look(env, transfer, line)
        # A person begins in the widget, and leaves it there.
        line._add_account_move_line(transfer._claims()[:1].with_env(env))
        found['half begun'] = look(env, transfer, line)
        env.cr.commit()
        transfer.action_match(line)
        found['matched over it'] = look(env, transfer, line)
        transfer.action_undo()
        found['undone by us'] = look(env, transfer, line)
        for claim in transfer._claims().with_env(env):
            line._add_account_move_line(claim, keep_current=True)
        line.reconcile_bank_line()
        found['matched by OCA'] = look(env, transfer, line)
        transfer.action_undo()
        found['undone by us again'] = look(env, transfer, line)
    with play.system() as env:
        found['payments'] = env['account.payment'].browse(payment_ids).mapped('state')
        found['states'] = env[REQUEST].search([('payment_ids', 'in', payment_ids)]).mapped('state')
    return found
