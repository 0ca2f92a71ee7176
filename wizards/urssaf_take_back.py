from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..tools.notification import CLOSE, notification
from ..urssaf.dates import today_in_paris


class UrssafTakeBack(models.TransientModel):
    """Money that URSSAF takes back from us: how much, and on which day."""

    _name = 'urssaf.take.back'
    _description = "Taken Back by URSSAF"

    request_id = fields.Many2one(
        'urssaf.payment.request', string="Request", required=True, readonly=True, ondelete='cascade'
    )
    move_id = fields.Many2one(related='request_id.move_id', string="Invoice")
    partner_id = fields.Many2one(related='request_id.partner_id', string="Customer")
    currency_id = fields.Many2one(related='request_id.currency_id')
    amount_left = fields.Monetary("Paid and Not Taken Back", compute='_compute_amount_left')
    amount = fields.Monetary(
        "Taken Back", compute='_compute_amount', store=True, readonly=False, precompute=True, required=True
    )
    date = fields.Date(
        "On",
        required=True,
        default=lambda self: today_in_paris(),
        help="The day of the debit, as the bank shows it: the tax of this part is no longer due from that day on.",
    )

    # What was left when the window was opened: of two windows for one debit, the second is told.
    amount_left_before = fields.Float(
        "Left When Opened", compute='_compute_amount_left_before', store=True, precompute=True, exportable=False
    )
    taken_back = fields.Char("Taken Back So Far", compute='_compute_taken_back')

    @api.constrains('request_id')
    def _check_request_id(self):
        """The window shows its request in sudo: its user must be allowed to act on it."""
        for wizard in self:
            wizard.request_id.with_user(self.env.user)._check_user_may_act()  # constraints run in sudo

    @api.depends('request_id')
    def _compute_amount_left_before(self):
        for wizard in self:
            wizard.amount_left_before = wizard.amount_left

    @api.depends('request_id')
    @api.depends_context('lang')
    def _compute_taken_back(self):
        for wizard in self:
            payments = wizard.request_id.sudo().payment_ids._urssaf_booked()
            wizard.taken_back = ', '.join(
                wizard.env._(
                    "%(amount)s on %(day)s (%(payment)s)",
                    amount=wizard.currency_id.format(payment.amount),
                    day=format_date(wizard.env, payment.urssaf_value_date),
                    payment=payment.name,
                )
                for payment in payments.sorted('id')
                if payment.urssaf_kind == 'taken_back'
            )

    @api.depends('request_id')
    def _compute_amount_left(self):
        for wizard in self:
            request = wizard.request_id.sudo()
            wizard.amount_left = request._amount_left() if request else 0.0

    @api.depends('request_id')
    def _compute_amount(self):
        for wizard in self:
            request = wizard.request_id.sudo()
            wizard.amount = request._amount_to_take_back() if request else 0.0

    def action_confirm(self):
        """Book it: that part of the invoice is open again.

        :return: a notice
        :raises AccessError: for others than users who register payments
        :raises UserError: when URSSAF cannot have taken back this amount on this day; nothing is booked then
        """
        self.ensure_one()
        if not self.env.su and not self.env.user.has_group('account.group_account_invoice'):
            raise AccessError(self.env._("Only invoicing users book what URSSAF has taken back."))
        self.request_id.move_id.check_access('write')
        request = self.request_id.sudo()._localized()
        request.lock_for_update(allow_referencing=True)
        if self.currency_id.compare_amounts(request._amount_left(), self.amount_left_before):
            raise UserError(
                self.env._(
                    "Something was booked for this invoice since this window was opened (taken back so far: %s). Close it; if "
                    "URSSAF has taken back more, open it again.",
                    self.taken_back or self.currency_id.format(0.0),
                )
            )
        before = request.move_id.amount_residual
        request._take_back(self.currency_id.round(self.amount), self.date)
        reopened = self.currency_id.round(request.move_id.amount_residual - before)
        return notification(self._booked_sentence(reopened), kind='warning', then=CLOSE)

    def _booked_sentence(self, reopened):
        """What has become of the invoice.

        :param float reopened: by how much it is open again, euros: less than what was taken back where that meets what was too
            much, or a credit note
        """
        words = {
            'amount': self.currency_id.format(self.amount),
            'invoice': self.move_id.name,
            'reopened': self.currency_id.format(reopened),
        }
        if not self.currency_id.compare_amounts(reopened, self.amount):
            return self.env._(
                "Booked: %(amount)s of invoice %(invoice)s is open again, for the customer to pay.", **words
            )
        if self.currency_id.compare_amounts(reopened, 0.0) > 0:
            return self.env._(
                "Booked: %(amount)s taken back. Of invoice %(invoice)s %(reopened)s is open again, for the customer to pay: the rest "
                "was too much, or was credited.",
                **words,
            )
        return self.env._(
            "Booked: %(amount)s taken back. Nothing more of invoice %(invoice)s is open for that: it was too much, or was credited.",
            **words,
        )
