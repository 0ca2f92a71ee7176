from odoo import api, fields, models


class UrssafPaymentRequest(models.Model):
    """What URSSAF has paid of a request, what it has taken back, what it still owes; and who is told about money."""

    _inherit = 'urssaf.payment.request'

    payment_ids = fields.One2many('account.payment', 'urssaf_request_id', string="Payments by URSSAF", readonly=True)
    amount_taken_back = fields.Monetary(
        "Taken Back",
        compute='_compute_money',
        compute_sudo=True,
        help="What URSSAF has taken back of what it had paid.",
    )
    amount_due_by_urssaf = fields.Monetary(
        "Owed by URSSAF",
        compute='_compute_money',
        compute_sudo=True,
        help="What is booked, and the bank has not shown.",
    )
    is_booked = fields.Boolean("In the Books", compute='_compute_money', compute_sudo=True, exportable=False)
    can_take_back = fields.Boolean("Can Be Taken Back", compute='_compute_money', compute_sudo=True, exportable=False)
    money_note = fields.Text(
        "About the Money",
        readonly=True,
        copy=False,
        help="What somebody has to look at in what was, or was not, booked.",
    )
    # The same sentence is not told again at each try, once somebody has seen it.
    money_told = fields.Text("Told About the Money", readonly=True, copy=False, exportable=False)
    booking_retry_at = fields.Datetime("Booking Tried Again On", readonly=True, copy=False, exportable=False)

    # Paid, and not in the books yet: what the scheduled action looks for.
    _to_book = models.Index("(transfer_date) WHERE state = 'paid' AND payment_id IS NULL")

    @api.depends('payment_ids.state', 'payment_ids.amount', 'payment_ids.move_id.line_ids.amount_residual')
    def _compute_money(self):
        # Searched: `payment_ids`, once read by a user, holds what that user may see, also in sudo.
        payments = self.env['account.payment'].search([('urssaf_request_id', 'in', self.ids)])
        of_request = payments._urssaf_booked().grouped('urssaf_request_id')
        for request in self:
            booked = of_request.get(request, payments.browse())
            taken = booked.filtered(lambda payment: payment.urssaf_kind == 'taken_back')
            request.amount_taken_back = sum(taken.mapped('amount'))
            request.amount_due_by_urssaf = sum(
                sum(payment._urssaf_claim_line().mapped('amount_residual')) for payment in booked
            )
            request.is_booked = bool(booked - taken)
            request.can_take_back = (
                request.currency_id.compare_amounts(sum((booked - taken).mapped('amount')), request.amount_taken_back)
                > 0
            )

    def _booked_transfer(self):
        """What URSSAF has paid, as far as it stands in the books: one payment, or none; in sudo.

        :rtype: account.payment
        """
        return self.sudo().payment_ids._urssaf_booked().filtered(lambda payment: payment.urssaf_kind == 'transfer')

    # -- what people are told ---------------------------------------------------------------------

    def _tell_money(self, text, note=None):
        """A line in the timeline, and what somebody has to look at. Does not commit.

        :param str text: what was done
        :param str note: what to look at; an empty text when there is nothing any more; None leaves it as it is
        """
        self.ensure_one()
        values = {} if note is None else {'money_note': note or False}
        self._set_state(self.state, detail=text, **values)

    def _needs_a_person(self):
        # EXTENDS 'request'
        return bool(self.money_note) or super()._needs_a_person()

    def _activity_summary(self):
        # EXTENDS 'request'
        summary = super()._activity_summary()
        if self.money_note and not self.needs_attention and self.stage != 'to_fix':
            return self.env._(
                "Look at the money of %(customer)s (invoice %(invoice)s)",
                customer=self.partner_id.name,
                invoice=self.move_id.name,
            )
        return summary

    def _activity_note(self):
        # EXTENDS 'request'
        return '\n'.join(filter(None, (self.money_note, super()._activity_note())))

    def _tell_unmatched(self, payment, amount):
        """A person has taken what URSSAF has paid, or taken back, off the invoice. Does not commit.

        :param account.payment payment: in sudo
        :param float amount: euros
        """
        note = self.env._(
            "%(user)s has taken %(amount)s of %(payment)s off what it was matched with: match it again, else this amount is asked "
            "for once more. Odoo then dates its tax on the day of the payment; look at the tax of that month.",
            user=self.env.user.name,
            amount=self.currency_id.format(amount),
            payment=payment.display_name,
        )
        self._tell_money(note, note)

    def action_money_seen(self):
        """Somebody has looked at what was said about the money.

        :raises AccessError: for others than invoicing users
        """
        self._check_user_may_act()
        for request in self.sudo():
            if request.money_note:
                request._tell_money(request.env._("%s has looked at it.", self.env.user.name), note='')
        self.sudo()._commit()
        self.sudo()._notify()
        return True
