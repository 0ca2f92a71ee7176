"""Runs inside `odoo shell`: Odoo runs a user's transaction again, after the call to URSSAF has been made."""

from odoo import Command
from odoo.service.model import retrying

from inside_odoo import at_point, prepare
from kill_points import AFTER, MOVE, PARTNER, REGISTRATION

WIZARD, SEND = 'urssaf.send.wizard', 'account.move.send.wizard'
# PostgreSQL's own serialization failure, as another transaction would cause it.
FAILURE = "DO $$ BEGIN RAISE EXCEPTION 'another transaction was faster' USING ERRCODE = '40001'; END $$"


class Replays:
    """Each case: what every run of the transaction answered, and what stands afterwards."""

    def __init__(self, play):
        self.play, self.found = play, {}

    def run(self, name, act, move_ids=(), partner_id=None):
        runs = []
        with self.play.user() as env:

            def once():
                # Kept before the failure: the first answer is what the second run must give.
                return act(env, runs)

            try:
                result = retrying(once, env)
            except Exception as error:
                result = f'failed: {error!r}'
        with self.play.system() as env:
            # E-mails leave in the background.
            env.ref('account.ir_cron_account_move_send').method_direct_trigger()
        with self.play.system() as env:
            moves = env[MOVE].browse(move_ids)
            self.found[name] = {
                'runs': runs,
                'result': result,
                'numbers': moves.mapped('name'),
                'states': moves.mapped('urssaf_state'),
                'requests': len(moves.urssaf_request_ids),
                'refs': moves.mapped('ref'),
                'lines': [
                    len(move.message_ids.filtered(lambda message: 'Avance immédiate' in (message.body or '')))
                    for move in moves
                ],
                'mails': [
                    len(move.message_ids.filtered(lambda message: message.message_type == 'comment')) for move in moves
                ],
                'pdf': [bool(move.invoice_pdf_report_id) for move in moves],
                'registration': env[REGISTRATION].search([('partner_id', '=', partner_id)]).mapped('state'),
            }

    # -- cases --------------------------------------------------------------------------------------

    def button(self, name, partner_id=None):
        """The failure comes when all is done, as when the last write of the transaction is refused."""
        ((move_id, _number),) = self.play.make_invoices(1, partner_id)

        def act(env, runs):
            sent = env[MOVE].browse(move_id)._urssaf_create_requests()
            sent._submit()
            runs.append([sent.id, sent.state])
            fail_once(env, runs)
            return runs[-1]

        self.run(name, act, [move_id])

    def edited_meanwhile(self, name):
        """Somebody really changes the invoice between the answer and the end of the transaction."""
        ((move_id, _number),) = self.play.make_invoices(1)

        def act(env, runs):
            move = env[MOVE].browse(move_id)
            sent = move._urssaf_create_requests()
            sent._submit()
            runs.append([sent.id, sent.state])
            move.invalidate_recordset(['narration'])
            _snapshot = move.narration
            if len(runs) == 1:
                with self.play.user() as other:
                    other[MOVE].browse(move_id).ref = 'de quelqu’un d’autre'
            move.narration = 'de nous'
            return runs[-1]

        self.run(name, act, [move_id])

    def window(self, name, partner_id=None):
        """Our window, for three invoices."""
        ids = [move_id for move_id, _number in self.play.make_invoices(3, partner_id)]
        with self.play.user() as env:
            wizard_id = (
                env[WIZARD]
                .with_context(active_model=MOVE, active_ids=ids)
                .create({'line_ids': [Command.create({'move_id': move_id}) for move_id in ids], 'notify': True})
                .id
            )

        def act(env, runs):
            answer = env[WIZARD].browse(wizard_id).action_send()
            runs.append(answer['params']['message'])
            fail_once(env, runs)
            return runs[-1]

        self.run(name, act, ids)

    def send_and_print(self, name):
        """Odoo's window with our box ticked; the failure comes when the PDF is attached."""
        ((move_id, _number),) = self.play.make_invoices(1)
        at_point(self.play, (SEND, '_link_invoice_documents', AFTER, 1), lambda window: window.env.cr.execute(FAILURE))

        with self.play.user() as env:
            window = env[SEND].with_context(active_model=MOVE, active_ids=[move_id]).create({'sending_methods': []})
            window.extra_edi_checkboxes = {
                key: {**value, 'checked': True} for key, value in window.extra_edi_checkboxes.items()
            }
            window_id = window.id

        def act(env, runs):
            runs.append(bool(runs))
            env[SEND].browse(window_id).action_send_and_print()
            return env[MOVE].browse(move_id).urssaf_state

        self.run(name, act, [move_id])

    def registering(self, name):
        ((partner_id, _email),) = self.play.make_households(1)

        def act(env, runs):
            answer = env[PARTNER].browse(partner_id).action_urssaf_register()
            runs.append(answer['params']['type'])
            fail_once(env, runs)
            return runs[-1]

        self.run(name, act, partner_id=partner_id)


def fail_once(env, runs):
    if len(runs) == 1:
        env.cr.execute(FAILURE)


def replay(play):
    prepare(play)
    replays = Replays(play)
    replays.button('button')
    replays.edited_meanwhile('edited meanwhile')
    replays.window('window')
    replays.send_and_print('send and print')
    replays.registering('registering')
    replays.button('button, rejected', play.blocked_id)
    replays.window('window, rejected', play.blocked_id)
    return replays.found
