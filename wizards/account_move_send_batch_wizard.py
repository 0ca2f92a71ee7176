from odoo import models
from odoo.tools import format_date

from ..models.request.account_move_send import URSSAF_EDI
from ..tools.sentence import some_of

# More sentences than this are read by nobody.
MOST_WARNINGS = 10


class AccountMoveSendBatchWizard(models.TransientModel):
    """Send & Print of many invoices: only households set to *always propose* get a request (DESIGN §4).

    A plain mass e-mail must never debit people. The requests are only created here; the submit cron sends them in tens.
    """

    _inherit = 'account.move.send.batch.wizard'

    def action_send_and_print(self, force_synchronous=False, allow_fallback_pdf=False):
        # EXTENDS 'account'
        self.ensure_one()
        moves = self.move_ids._urssaf_always_proposed()
        if moves:
            moves._urssaf_check_rights()
            requests, refusals = moves._urssaf_create_each()
            for move, sentence in refusals.items():
                # The invoice is mailed all the same; the reason is posted on it.
                move.message_post(body=self.env._("Not sent to URSSAF: %s", sentence), message_type='notification')
            if requests:
                self.env['urssaf.payment.request']._submit_later()
        return super().action_send_and_print(force_synchronous=force_synchronous, allow_fallback_pdf=allow_fallback_pdf)

    def _compute_alerts(self):
        # EXTENDS 'account'
        result = super()._compute_alerts()
        for wizard in self:
            moves = wizard.move_ids._origin
            proposed = moves._urssaf_always_proposed()
            sentences = {
                'urssaf_left_out': self._left_out_sentence(moves - proposed),
                'urssaf_ceilings': self._ceilings_sentence(proposed),
            }
            alerts = {key: {'level': 'warning', 'message': text} for key, text in sentences.items() if text}
            guessed = proposed.filtered(lambda move: move._urssaf_period_is_guessed())
            if guessed:
                alerts['urssaf_days'] = {
                    'level': 'warning',
                    'message': self._days_sentence(guessed),
                    'action_text': self.env._("View the invoices"),
                    'action': guessed._get_records_action(name=self.env._("Avance immédiate")),
                }
            if alerts:
                wizard.alerts = {**(wizard.alerts or {}), **alerts}
        return result

    def _left_out_sentence(self, moves):
        """Without "always propose" the plain mail asks a registered customer for everything.

        :param account.move moves: those that are only mailed
        :rtype: str
        """
        left_out = moves.filtered('urssaf_is_possible')._urssaf_without_blocker()
        return left_out and self.env._(
            "Registered customers who are asked for the whole amount here, as they are not set to “Always propose”: %s. "
            "To send their invoices to URSSAF, choose “Send to URSSAF” in the list.",
            some_of(dict.fromkeys(left_out.commercial_partner_id.mapped('name'))),
        )

    def _days_sentence(self, moves):
        """Which days leave for invoices on which nobody has entered any.

        :param account.move moves: those that get a request
        :rtype: str
        """
        days = [
            f"{move.name} ({' - '.join(format_date(self.env, day) for day in move._urssaf_default_period())})"
            for move in moves
        ]
        return self.env._(
            "No days of service are entered on these invoices. They leave with days taken from the invoice date: %s. If the "
            "services were on other days, enter them first (tab “Avance immédiate” of the invoice).",
            some_of(days),
        )

    def _ceilings_sentence(self, moves):
        """Whose yearly ceilings are reached is known before, though nothing is refused.

        :param account.move moves: those that get a request
        :rtype: str
        """
        sentences = moves._urssaf_ceiling_sentences()
        if len(sentences) > MOST_WARNINGS:
            sentences = [*sentences[:MOST_WARNINGS], self.env._("… and %s more.", len(sentences) - MOST_WARNINGS)]
        return '\n'.join(sentences)

    def _compute_summary_data(self):
        # EXTENDS 'account'
        result = super()._compute_summary_data()
        label = self.env['account.move.send']._get_all_extra_edis()[URSSAF_EDI]['label']
        for wizard in self:
            count = len(wizard.move_ids._origin._urssaf_always_proposed())
            if count:
                wizard.summary_data = {**wizard.summary_data, URSSAF_EDI: {'count': count, 'label': label}}
        return result
