from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from .res_company import MANAGERS

KINDS = [('transfer', "Transfer by URSSAF"), ('taken_back', "Taken back by URSSAF")]


class AccountPayment(models.Model):
    """What URSSAF has paid for one request, or has taken back: the household's payment, a claim on URSSAF."""

    _inherit = 'account.payment'

    urssaf_request_id = fields.Many2one(
        'urssaf.payment.request',
        string="URSSAF Request",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
    )
    urssaf_kind = fields.Selection(KINDS, string="URSSAF", readonly=True, copy=False)
    urssaf_value_date = fields.Date(
        "Value Date",
        readonly=True,
        copy=False,
        help="The day on which the money moved, as URSSAF says. The entry may be later, where the period was closed.",
    )
    # What a take-back is of; the rest of it is what URSSAF had paid too much.
    urssaf_household_part = fields.Monetary("Of the Household's Half", readonly=True, copy=False, exportable=False)
    urssaf_state_part = fields.Monetary("Of the State's Half", readonly=True, copy=False, exportable=False)
    urssaf_transfer_id = fields.Many2one(
        'urssaf.transfer',
        string="URSSAF's Transfer",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
    )

    # The last net under the lock on the request: booked once for ever, cancelled payments included.
    _urssaf_unique_transfer = models.UniqueIndex(
        "(urssaf_request_id) WHERE urssaf_kind = 'transfer'", "The transfer for this request is booked already."
    )

    @api.depends('payment_type')
    def _compute_available_journal_ids(self):
        # EXTENDS 'account': what users pay with; transfers of URSSAF are booked by themselves
        result = super()._compute_available_journal_ids()
        ours = self.env['account.journal']._urssaf_journals()
        for payment in self.filtered(lambda payment: not payment.urssaf_kind):
            payment.available_journal_ids = payment.available_journal_ids.filtered(
                lambda journal: journal._origin not in ours
            )
        return result

    def _prepare_move_line_default_vals(self, write_off_line_vals=None, force_balance=None):
        # EXTENDS 'account': the claim is on URSSAF, the household is paid for
        lines = super()._prepare_move_line_default_vals(write_off_line_vals, force_balance)
        owner = self.company_id._urssaf_owner().sudo()
        if self.urssaf_kind and owner.urssaf_partner_id:
            # In the ledger its label alone tells one claim from another.
            label = ' – '.join(filter(None, (self.memo, self.partner_id.name)))
            lines[0].update(partner_id=owner.urssaf_partner_id.id, name=label)
        return lines

    def _urssaf_claim_line(self):
        """The line that says what URSSAF owes (or, taken back, is owed).

        :rtype: account.move.line
        """
        self.ensure_one()
        return self.move_id.line_ids.filtered(lambda line: line.account_id == self.outstanding_account_id)

    def _urssaf_household_line(self):
        """The line on the household's receivable account.

        :rtype: account.move.line
        """
        self.ensure_one()
        return self.move_id.line_ids.filtered(lambda line: line.account_id.account_type == 'asset_receivable')

    def _urssaf_booked(self):
        """Those that stand in the books."""
        return self.filtered(lambda payment: payment.move_id.state == 'posted')

    # -- a person corrects ------------------------------------------------------------------------

    def _urssaf_check_may_correct(self):
        """:raises AccessError: for others than accounting managers; :raises UserError: for a payment that is none of ours"""
        if not self.env.su and not self.env.user.has_group(MANAGERS):
            raise AccessError(self.env._("Only accounting administrators undo what was booked for URSSAF."))
        self.check_access('write')
        if not all(payment.urssaf_kind for payment in self):
            raise UserError(self.env._("This payment does not come from URSSAF."))

    def action_urssaf_undo(self):
        """Take this booking out of the books: the invoice is open again, its tax too. The request is not booked anew by itself;
        *Book again* posts this same payment.

        :raises AccessError: for others than accounting managers
        :raises UserError: when it is matched with the bank, money was taken back since, the period is closed, or the journal
            is secured
        """
        self._urssaf_check_may_correct()
        for payment in self:
            request = payment.urssaf_request_id.sudo()
            request.lock_for_update(allow_referencing=True)
            if payment.state == 'canceled':
                continue
            payment._urssaf_check_may_undo(request)
            if payment.urssaf_kind == 'taken_back':
                note = request._localized()._undo_take_back(payment.sudo())
                undone = self.env._("Undone: URSSAF's transfer pays the invoice again.")
            else:
                note = ''
                request._undo_transfer(payment.sudo())
                undone = self.env._("Undone: the invoice is open again.")
            payment._urssaf_unguarded().action_cancel()
            request._tell_money(
                request.env._(
                    "Payment %(payment)s was taken out of the books by %(user)s.",
                    payment=payment.display_name,
                    user=self.env.user.name,
                ),
                note or None,
            )
            payment.message_post(
                body=plaintext2html(undone),
                message_type='notification',
                subtype_xmlid='mail.mt_note',
            )

    def _urssaf_check_may_undo(self, request):
        """:raises UserError: for a booking that others stand on, or that Odoo keeps in the books

        :param urssaf.payment.request request: what it was paid for, in sudo
        """
        self.ensure_one()
        later = request.payment_ids._urssaf_booked().filtered(
            lambda other: other.urssaf_kind == 'taken_back' and other.id > self.id
        )
        if later:
            raise UserError(
                self.env._("Undo first what was taken back since (%s).", ', '.join(later.mapped('display_name')))
            )
        claim = self._urssaf_claim_line()
        is_matched = claim.currency_id.compare_amounts(abs(claim.amount_residual), abs(claim.balance))
        if is_matched and self.urssaf_transfer_id:
            raise UserError(
                self.env._(
                    "Payment %s is matched with the bank: undo that match first (on the transfer).", self.display_name
                )
            )
        self._urssaf_check_alone()
        self._urssaf_check_may_leave()

    def _urssaf_check_alone(self):
        """:raises UserError: when something else is matched with a transfer than the invoice that it pays: a refund of what was
        paid twice would stay behind, and be asked for once more
        """
        self.ensure_one()
        if self.urssaf_kind != 'transfer':
            return
        line = self.sudo()._urssaf_household_line()
        matched = (line.matched_debit_ids.debit_move_id | line.matched_credit_ids.credit_move_id).move_id
        if others := matched - self.urssaf_request_id.sudo().move_id:
            raise UserError(
                self.env._(
                    "Payment %(payment)s is matched with %(others)s as well: undo that match first.",
                    payment=self.display_name,
                    others=', '.join(others.mapped('display_name')),
                )
            )

    def _urssaf_check_may_leave(self):
        """:raises UserError: for what Odoo keeps in the books, saying what to do instead"""
        self.ensure_one()
        entry = self.move_id.sudo()
        if entry.inalterable_hash:
            raise UserError(
                self.env._(
                    "Payment %s stays in the books: its entry is secured, so that nobody changes it any more. Your accountant "
                    "corrects it with an entry; what URSSAF has really debited is booked with “Taken back by URSSAF”.",
                    self.display_name,
                )
            )
        if entry.company_id._urssaf_open_day(entry.date, entry.journal_id) != entry.date:
            raise UserError(
                self.env._(
                    "Payment %s stays in the books: its period is closed. Have it opened for you (an exception to the lock date), then "
                    "undo the booking; what URSSAF has really debited is booked with “Taken back by URSSAF”.",
                    self.display_name,
                )
            )

    def action_urssaf_book_again(self):
        """Post this same payment again, on the first open day from its value date on, and match it with the invoice: with the
        amount and the value date that URSSAF says now, which may be others than when it was booked first.

        :raises AccessError: for others than accounting managers
        :raises UserError: when it is in the books, or what it needs is not there any more
        """
        self._urssaf_check_may_correct()
        for payment in self:
            request = payment.urssaf_request_id.sudo()
            request.lock_for_update(allow_referencing=True)
            if payment.state != 'canceled':
                raise UserError(self.env._("Payment %s is in the books.", payment.display_name))
            if payment.urssaf_kind == 'taken_back':
                raise UserError(self.env._("Book what was taken back anew, from the request."))
            if blocker := request.company_id._urssaf_money_blocker():
                raise UserError(blocker)
            mine, before = payment._urssaf_unguarded(), request.move_id.amount_residual
            mine.action_draft()
            former = mine.urssaf_transfer_id
            mine.write(request._told_now())
            former.filtered(lambda transfer: not transfer.payment_ids).unlink()
            mine.date = mine.company_id._urssaf_open_day(mine.urssaf_value_date, mine.journal_id)
            if not mine.move_id._sequence_matches_date():
                mine.move_id.name = False  # a number of the year in which it stands now
            mine.action_post()
            request._match_transfer(payment.sudo())
            request._tell_money(
                request.env._("Payment %s was booked again.", payment.display_name),
                request._localized()._difference_note(mine, before),
            )

    @api.model
    def _urssaf_claim_accounts(self):
        """The accounts that hold what URSSAF owes, or have held it: a company may have chosen another one since.

        :rtype: account.account
        """
        groups = self.sudo()._read_group([('urssaf_kind', '!=', False)], ['outstanding_account_id'])
        used = self.env['account.account'].sudo().union(*(account for (account,) in groups))
        journals = self.env['account.journal']._urssaf_journals()
        return used | journals.inbound_payment_method_line_ids.payment_account_id
