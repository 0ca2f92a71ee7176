from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date


class AccountMove(models.Model):
    """An invoice that URSSAF has paid, or of which it has taken money back."""

    _inherit = 'account.move'

    urssaf_tax_payment_id = fields.Many2one(
        'account.payment',
        string="URSSAF's Transfer of This Tax",
        readonly=True,
        copy=False,
        index='btree_not_null',
        exportable=False,
        help="Tax entries that what URSSAF has taken back of this transfer has moved to another day.",
    )

    def _urssaf_receivable_lines(self):
        """What the household owes on this document, by due date.

        :rtype: account.move.line
        """
        return self.line_ids.filtered(lambda line: line.account_id.account_type == 'asset_receivable').sorted(
            lambda line: (line.date_maturity or line.date, line.id)
        )

    def _urssaf_payments(self):
        """What URSSAF has paid and taken back of this invoice, as far as it stands in the books, in sudo.

        :rtype: account.payment
        """
        return self.sudo().urssaf_request_ids.payment_ids._urssaf_booked()

    def _urssaf_was_taken_back(self):
        """Whether URSSAF has taken money of this invoice back: nobody but the household pays that part."""
        self.ensure_one()
        return any(payment.urssaf_kind == 'taken_back' for payment in self._urssaf_payments())

    @api.depends('urssaf_request_ids.payment_ids.state')
    def _compute_urssaf_is_collecting(self):
        # EXTENDS 'request': what was taken back is paid by the household
        result = super()._compute_urssaf_is_collecting()
        for move in self.filtered('urssaf_is_collecting'):
            if move._urssaf_latest_request().stage == 'paid' and move._urssaf_was_taken_back():
                move.urssaf_is_collecting = False
        return result

    def _search_urssaf_is_collecting(self, operator, value):
        # EXTENDS 'request'
        domain = super()._search_urssaf_is_collecting(operator, value)
        if domain is NotImplemented:
            return domain
        taken = (
            self.env['account.payment']
            .sudo()
            ._search([('urssaf_kind', '=', 'taken_back'), ('move_id.state', '=', 'posted')])
        )
        requests = (
            self.env['urssaf.payment.request'].sudo()._search([('stage', '=', 'paid'), ('payment_ids', 'in', taken)])
        )
        return domain & ~Domain('urssaf_request_id', 'in', requests)

    def _urssaf_check_not_live(self):
        # EXTENDS 'request': also when URSSAF has let go of it, as long as its money pays the invoice
        result = super()._urssaf_check_not_live()
        for move in self:
            left, payments = move._urssaf_left_by_urssaf()
            if payments:
                raise UserError(
                    self.env._(
                        "Invoice %(invoice)s stays as it is: %(amount)s of what URSSAF has paid for it is in the books "
                        "(%(payments)s). Book first what URSSAF has taken back, or correct it with a credit note.",
                        invoice=move.name,
                        amount=left,
                        payments=payments,
                    )
                )
        return result

    def _urssaf_left_by_urssaf(self):
        """What URSSAF has paid for this invoice and not taken back, as the books have it.

        :return: the amount and the names of its payments, in the user's language; empty texts when there is nothing
        :rtype: tuple[str, str]
        """
        payments = self._urssaf_payments().filtered(lambda one: one.urssaf_kind == 'transfer')
        left = sum(request._amount_left() for request in payments.urssaf_request_id)
        if self.currency_id.compare_amounts(left, 0.0) <= 0:
            return '', ''
        return self.currency_id.format(left), ', '.join(payments.mapped('display_name'))

    def _urssaf_settled_sentence(self, settled):
        # EXTENDS 'request': URSSAF takes its money back, nobody takes it off the invoice
        left, payments = self._urssaf_left_by_urssaf()
        if not payments:
            return super()._urssaf_settled_sentence(settled)
        return self.env._(
            "%(amount)s of what URSSAF has paid for invoice %(invoice)s is in the books (%(payments)s). Book first what URSSAF has taken "
            "back (“Taken back by URSSAF” on the request): then the invoice can be corrected and sent again.",
            amount=left,
            invoice=self.name,
            payments=payments,
        )

    def _urssaf_payment_warning(self):
        # EXTENDS 'request': who registers URSSAF's transfer by hand would book it twice
        request = self.sudo()._urssaf_latest_request()
        if request.state == 'paid' and request.is_booked:
            return 'info', self.env._(
                "URSSAF has paid invoice %(invoice)s, and that is in the books (%(payments)s). Register only money that has come "
                "besides.",
                invoice=self.name,
                payments=', '.join(self._urssaf_payments().mapped('display_name')),
            )
        if request.state == 'paid' and request._ever_booked():
            return 'warning', self.env._(
                "URSSAF has paid invoice %(invoice)s, and somebody has taken that out of the books (%(payments)s): an accounting "
                "administrator uses “Book again” on it. Register only money that has come besides.",
                invoice=self.name,
                payments=', '.join(request.payment_ids.mapped('display_name')),
            )
        if request.state == 'paid' and request._books_transfer_of(request.transfer_date):
            return 'warning', self.env._(
                "URSSAF pays invoice %(invoice)s, and its transfer is booked by itself%(day)s: do not register it here.",
                invoice=self.name,
                day=request.transfer_date and self.env._(" on %s", format_date(self.env, request.transfer_date)) or '',
            )
        return super()._urssaf_payment_warning()
