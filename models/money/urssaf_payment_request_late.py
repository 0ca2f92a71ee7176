from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...urssaf.dates import today_in_paris
from ..request.urssaf_payment_request_states import ENDED_STATES, PAID_STATES


class UrssafPaymentRequest(models.Model):
    """URSSAF had paid, as it said, and says otherwise before that was booked: whether the money came only the bank shows, and
    a person books it then."""

    _inherit = 'urssaf.payment.request'

    can_book_transfer = fields.Boolean(
        "Transfer Can Be Booked", compute='_compute_can_book_transfer', compute_sudo=True, exportable=False
    )

    @api.depends('state', 'event_ids.state', 'event_ids.transfer_date', 'event_ids.amount', 'payment_ids.urssaf_kind')
    def _compute_can_book_transfer(self):
        for request in self:
            amount, day = request._announced()
            request.can_book_transfer = (
                request._was_announced()
                and request.currency_id.compare_amounts(amount, 0.0) > 0
                and day <= today_in_paris()
            )

    def _announced(self):
        """The last transfer that URSSAF has told of: later answers may not name it any more.

        :return: euros, 0 where it named none, and the value date; ``(0.0, False)`` when it never told of one
        :rtype: tuple[float, date]
        """
        told = self.event_ids.filtered('transfer_date')[:1]
        return told.amount, told.transfer_date

    def _was_announced(self):
        """Whether URSSAF had paid this request, as it said, says otherwise now, and nothing of it was ever booked."""
        _amount, day = self._announced()
        return bool(
            self.state != 'paid'
            and 'paid' in self.event_ids.mapped('state')
            and not self._ever_booked()
            and day
            and self._books_transfer_of(day)
        )

    def _tell_unbooked(self):
        """URSSAF says otherwise before its transfer was booked: a person looks at the bank. Does not commit."""
        note = self._unbooked_sentence()
        self._tell_money(note, note)

    def _unbooked_sentence(self):
        amount, day = self._announced()
        words = {
            'amount': self.currency_id.format(amount),
            'day': format_date(self.env, day),
            'state': self._state_label(),
        }
        if self.currency_id.compare_amounts(amount, 0.0) <= 0 and self.state not in ENDED_STATES:
            return self.env._(
                "URSSAF had said that it pays on %(day)s, without an amount, and now says “%(state)s”; nothing is in the books. It is "
                "asked on: you are told when it names the amount, and then “Book the transfer” on the request books it. Do not "
                "register it by hand.",
                **words,
            )
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            return self.env._(
                "URSSAF had said that it pays on %(day)s, without an amount, and now says “%(state)s”; nothing is in the books. When "
                "the bank shows that transfer, register it as a payment of the invoice.",
                **words,
            )
        if self.state in PAID_STATES:
            return self.env._(
                "URSSAF had said that it pays %(amount)s on %(day)s, which is not in the books, and now says “%(state)s”. When the "
                "bank shows that transfer, press “Book the transfer” on the request; when it does not come, ask URSSAF.",
                **words,
            )
        return self.env._(
            "URSSAF had said that it pays %(amount)s on %(day)s, which is not in the books, and now says “%(state)s”. When the bank "
            "shows that transfer, press “Book the transfer” on the request, then book what URSSAF takes back. When it never comes, "
            "there is nothing to do.",
            **words,
        )

    def _nothing_booked_sentence(self):
        """Why nothing can be taken back, in the user's language."""
        if self.can_book_transfer:
            return self.env._(
                "URSSAF's transfer for invoice %s is not in the books yet: when the bank shows it, press “Book the transfer” on the "
                "request first.",
                self.move_id.name,
            )
        return self.env._("Nothing that URSSAF has paid for invoice %s is in the books.", self.move_id.name)

    def action_book_transfer(self):
        """Book the transfer that URSSAF had told of, once for ever, on its value date: the bank shows it.

        :raises AccessError: for others than invoicing users
        :raises UserError: when there is none to be booked, or something must be mended first; nothing is booked then
        """
        self.ensure_one()
        request = self._locked_to_act()._localized()
        if not request.can_book_transfer:
            raise UserError(
                self.env._(
                    "There is no transfer to be booked by hand for invoice %s: as long as URSSAF says that it has paid, that is "
                    "booked by itself.",
                    request.move_id.name,
                )
            )
        request.transfer_amount, request.transfer_date = request._announced()
        request._book()
        request._look_at_booked('paid')
        request._commit()
        request._notify()
        return True
