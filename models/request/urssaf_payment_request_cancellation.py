from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from .urssaf_payment_request_states import CANCELLABLE_STATES, HALF_BACK_STATES, PAID_STATES


class UrssafPaymentRequest(models.Model):
    """URSSAF cancels on a reasoned request by mail, and its API shows nothing of that before status 110 (CONTRACT §9): the mark
    is ours. What a credit note leaves of the State's money is given back the same way."""

    _inherit = 'urssaf.payment.request'

    cancellation_asked_at = fields.Datetime("Cancellation Asked On", readonly=True, copy=False, index='btree_not_null')
    cancellation_reason = fields.Text("Why It Should Be Cancelled", readonly=True, copy=False)
    cancellation_is_asked = fields.Boolean(
        "Cancellation Asked",
        compute='_compute_cancellation_is_asked',
        search='_search_cancellation_is_asked',
        exportable=False,
        help="URSSAF was asked to cancel the request, and has not done so yet.",
    )
    can_ask_cancellation = fields.Boolean(
        "URSSAF Can Be Asked to Cancel", compute='_compute_cancellation_is_asked', exportable=False
    )
    credit_settled = fields.Monetary(
        "State's Half Settled",
        readonly=True,
        copy=False,
        help="What a person has said to be settled with URSSAF of the State's half of credit notes.",
    )
    amount_state_half = fields.Monetary(
        "State's Half to Give Back",
        compute='_compute_amount_state_half',
        compute_sudo=True,
        help="Of what was credited after URSSAF had paid: the half that is the State's, as far as it was not given back.",
    )

    @api.depends('state', 'request_ref', 'attention', 'found_ref', 'cancellation_asked_at')
    def _compute_cancellation_is_asked(self):
        for request in self:
            request.can_ask_cancellation = bool(request._ref_to_cancel())
            request.cancellation_is_asked = request.can_ask_cancellation and bool(request.cancellation_asked_at)

    def _ref_to_cancel(self):
        """The id of what URSSAF may be asked to cancel: what has turned up beside another request, else this request's; or
        False."""
        self.ensure_one()
        return self._ref_beside() or (self.state in CANCELLABLE_STATES and self.request_ref)

    def _search_cancellation_is_asked(self, operator, value):
        if operator != 'in':
            return NotImplemented
        is_there = Domain('state', 'in', CANCELLABLE_STATES) | Domain('attention', '=', 'alive')
        return is_there & Domain('cancellation_asked_at', '!=', False)

    @api.depends(
        'state',
        'event_ids.state',
        'credit_settled',
        'move_id.reversal_move_ids.state',
        'move_id.reversal_move_ids.amount_total',
    )
    def _compute_amount_state_half(self):
        for request in self:
            request.amount_state_half = 0.0
            if request._keeps_state_half():
                _credited, eligible = request.move_id._urssaf_credited()
                half = min(eligible, request.amount_total - request.amount_not_eligible) / 2
                rest = half - request._state_half_given_back() - request.credit_settled
                request.amount_state_half = max(0.0, request.currency_id.round(rest))

    def _keeps_state_half(self):
        """Whether the State's half is still ours: URSSAF has paid, and takes back no more than the household's half."""
        return self.state in PAID_STATES or (self.state in HALF_BACK_STATES and self._was_paid())

    def _state_half_given_back(self):
        """What URSSAF has taken back of the State's half, in euros; only books know."""
        return 0.0

    def _amount_given_back(self):
        """What URSSAF has taken back already, in euros; only books know."""
        return 0.0

    # -- sentences --------------------------------------------------------------------------------

    def _waits_for_state_half(self):
        """Whether somebody has to give the State's half of a credit note back, and has not begun to."""
        self.ensure_one()
        return not self.cancellation_is_asked and self.currency_id.compare_amounts(self.amount_state_half, 0.0) > 0

    def _state_half_sentence(self):
        """What is left to give back, and how, in the user's language."""
        self.ensure_one()
        credited, _eligible = self.move_id._urssaf_credited()
        values = {
            'credited': self.currency_id.format(credited),
            'half': self.currency_id.format(self.amount_state_half),
            'customer': self.partner_id.name,
        }
        if not self.can_ask_cancellation:
            return self.env._(
                "%(credited)s was credited after URSSAF had paid the invoice, and URSSAF knows no credit notes: %(half)s of it is the "
                "State's. Write to URSSAF; when that is settled, press “State's half settled” on the request.",
                **values,
            )
        if self.currency_id.compare_amounts(credited, self.amount_total) >= 0:
            return self.env._(
                "The whole invoice was credited after URSSAF had paid it (%(credited)s), and URSSAF knows no credit notes: %(half)s of "
                "it is the State's. Press “Ask for cancellation”: URSSAF takes back what it has paid. Pay %(customer)s nothing "
                "back before its answer.",
                **values,
            )
        return self.env._(
            "%(credited)s was credited after URSSAF had paid the invoice, and URSSAF knows no credit notes: %(half)s of it is the "
            "State's. Press “Ask for cancellation”: the message tells URSSAF what is to be taken back. Pay %(customer)s only "
            "their own share back.",
            **values,
        )

    def _asked_sentence(self):
        """That URSSAF was asked, when and why, in the user's language."""
        self.ensure_one()
        return self.env._(
            "URSSAF was asked on %(day)s to cancel the request (%(reason)s). Its API says nothing before that is done: we go on "
            "asking for the status.",
            day=format_date(self.env, self.cancellation_asked_at),
            reason=self.cancellation_reason,
        )

    def _cancellation_alert(self):
        """The banner of the invoice: that URSSAF was asked to cancel, or that the State's half is left; None without either.

        :rtype: dict
        """
        self.ensure_one()
        if self.cancellation_is_asked:
            return self._view_alert('info', self._asked_sentence())
        if not self._waits_for_state_half():
            return None
        alert = self._view_alert('warning', self._state_half_sentence())
        if self.can_ask_cancellation and self.env.user.has_group('account.group_account_invoice'):
            alert |= {'action_text': self.env._("Ask for cancellation"), 'action': self._cancellation_action()}
        return alert

    # -- actions ----------------------------------------------------------------------------------

    def _cancellation_action(self):
        """The window that prepares the message to URSSAF; it is made when the window opens."""
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Ask for cancellation"),
            'res_model': 'urssaf.cancellation',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_request_id': self.id},
        }

    def _check_cancellable(self):
        """:raises UserError: when URSSAF does not have it, or has done with it"""
        self.ensure_one()
        if not self.can_ask_cancellation:
            raise UserError(
                self.env._(
                    "Invoice %(invoice)s: there is nothing for URSSAF to cancel (%(state)s).",
                    invoice=self.move_id.name,
                    state=self._state_label(),
                )
            )

    def action_ask_cancellation(self):
        """Open the window that prepares the message by which URSSAF is asked to cancel.

        :raises AccessError: when the user may not change the invoice
        :raises UserError: when there is nothing to cancel
        """
        self.ensure_one()
        self._check_user_may_act()
        self._check_cancellable()
        return self._cancellation_action()

    def _ask_cancellation(self, reason):
        """URSSAF is asked: marked until the request has ended. Does not commit.

        :param str reason: what is told to URSSAF
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        self._check_cancellable()
        now = fields.Datetime.now()
        values = {'cancellation_asked_at': now, 'cancellation_reason': reason}
        if self._ref_beside():
            values['next_watch_at'] = now
        elif not self.next_poll_at:  # paid for long, and no longer asked about: its end must be seen
            values['next_poll_at'] = now
        self.write(values)
        self._tell(self.env._("URSSAF asked to cancel the request: %s", reason))
        self._update_activities()

    def _message_post_after_hook(self, message, msg_values):
        # EXTENDS 'mail': the message that asks URSSAF to cancel has left Odoo's window, which anybody may close without sending it
        asked = self.env.context.get('urssaf_asks_cancellation') or {}
        if asked.get('request_id') == self.id:
            request = self.with_context(urssaf_asks_cancellation=None)
            request._check_user_may_act()
            request.sudo()._localized()._ask_cancellation(asked['reason'])
        return super()._message_post_after_hook(message, msg_values)

    def action_cancellation_not_asked(self):
        """URSSAF was not asked after all, or has said no: the mark is taken off.

        :raises AccessError: when the user may not change the invoice
        """
        for request in self._locked_to_act().filtered('cancellation_asked_at'):
            request.write({'cancellation_asked_at': False, 'cancellation_reason': False})
            request._tell(request.env._("The mark that URSSAF was asked to cancel the request was taken off."))
            request._update_activities()
        return True

    def action_state_half_settled(self):
        """The State's half of the credit notes is settled with URSSAF, in whatever way: nothing is left to be said.

        :raises AccessError: when the user may not change the invoice
        """
        for request in self._locked_to_act().filtered('amount_state_half'):
            amount = request.amount_state_half
            request.write(
                {
                    'credit_settled': request.credit_settled + amount,
                    'cancellation_asked_at': False,
                    'cancellation_reason': False,
                }
            )
            request._tell(
                request.env._(
                    "%(user)s: the State's half of the credit note (%(amount)s) is settled with URSSAF.",
                    user=request.env.user.name,
                    amount=request.currency_id.format(amount),
                )
            )
            request._update_activities()
        return True

    # -- what happens meanwhile -------------------------------------------------------------------

    def _look_at_credit(self, notes):
        """A credit note of the paid invoice was posted, reset or cancelled. Does not commit.

        :param account.move notes: the credit notes
        """
        self.ensure_one()
        posted = notes.filtered(lambda note: note.state == 'posted')
        if posted:
            self._tell(
                self.env._(
                    "Credit note %(notes)s after URSSAF had paid: %(half)s is the State's and is to be given back.",
                    notes=', '.join(posted.mapped('name')),
                    half=self.currency_id.format(self.amount_state_half),
                )
            )
        self._update_activities()

    def _watched_since(self):
        """From when on a paid request is looked at for a while (UTC): URSSAF may still cancel it."""
        return max(self.state_since, self.cancellation_asked_at or self.state_since)
