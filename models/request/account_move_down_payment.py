from odoo import models

from .account_move_paid import Settlement
from .account_payment_method_line import DEPOSIT_MEANS


class AccountMove(models.Model):
    """Down payments of Odoo's sales: deposits of the final invoice (DESIGN §3.9).

    The final invoice shows the services and takes off the down payments; URSSAF wants the services as a whole, and what was
    paid before as the deposit.
    """

    _inherit = 'account.move'

    def _urssaf_down_payment_lines(self):
        """The lines that take off what was asked for before.

        :rtype: account.move.line
        """
        return self._urssaf_service_lines().filtered(
            lambda line: line._urssaf_is_down_payment() and line.price_total < 0
        )

    def _urssaf_down_payment(self):
        """What this invoice takes off as paid before, in euros, tax included."""
        self.ensure_one()
        return self.currency_id.round(-sum(self._urssaf_down_payment_lines().mapped('price_total')))

    def _urssaf_total(self):
        """The services as a whole, in euros, tax included: what the invoice comes to before the down payments."""
        self.ensure_one()
        return self.currency_id.round(self.amount_total + self._urssaf_down_payment())

    def _urssaf_total_untaxed(self):
        """The same without tax."""
        self.ensure_one()
        return self.currency_id.round(
            self.amount_untaxed - sum(self._urssaf_down_payment_lines().mapped('price_subtotal'))
        )

    def _urssaf_down_payment_documents(self):
        """The invoices of the down payments, and their credit notes; in sudo, for sales may be another person's.

        :rtype: account.move
        """
        moves = self.sudo()._urssaf_down_payment_lines()._get_downpayment_lines().move_id
        return moves.filtered(lambda move: move.state == 'posted' and move != self)

    def _urssaf_down_payment_settlements(self):
        """How what was asked for before has been paid: as ``_urssaf_settlements`` of the final invoice.

        :rtype: list[Settlement]
        """
        found = []
        for move in self._urssaf_down_payment_documents():
            sign = 1 if move.move_type == 'out_invoice' else -1
            found += [
                part._replace(amount=sign * part.amount)
                for part in move._urssaf_settlements()
                # A credit note of the down payment takes itself off.
                if part.kind != 'credit_note'
            ]
            if registered := move._urssaf_amount_registered():
                day = max(move._urssaf_registered_payments().mapped('date'))
                # One that is no deposit spoils the sum.
                refused = [means for means in move._urssaf_registered_means() if means not in DEPOSIT_MEANS]
                kind = 'no_deposit' if refused else 'money'
                found.append(Settlement(sign * registered, day, kind, ''.join(refused[:1])))
        return found

    def _urssaf_down_payment_blocker(self):
        """What keeps an invoice with down payments from leaving: a sentence in the user's language, or an empty text.

        :rtype: str
        """
        lines = self._urssaf_service_lines()
        down_payments = lines.filtered(lambda line: line._urssaf_is_down_payment())
        if not down_payments:
            return ''
        if down_payments == lines.filtered('price_total'):
            return self.env._(
                "This is a down payment: no service is done yet, so URSSAF is not asked for it. The customer pays it to you."
            )
        taken_off = self._urssaf_down_payment()
        if not taken_off:
            return ''
        documents = self._urssaf_down_payment_documents()
        if not documents:
            return self.env._(
                "This invoice takes off a down payment whose invoice cannot be found: make an invoice of all services without "
                "the down payment lines, and match the money of the down payment with it as the deposit."
            )
        parts = self._urssaf_down_payment_settlements()
        names = {
            'documents': ', '.join(documents.sorted('id').mapped('name')),
            'amount': self.currency_id.format(taken_off),
        }
        if refused := [part.means for part in parts if part.kind == 'no_deposit']:
            return self.env._(
                "The down payment (%(documents)s) was paid by means that URSSAF takes for no deposit (%(means)s): let the customer "
                "pay you the rest directly. If it came another way, correct the means of payment in the journal.",
                means=self._urssaf_means_words(refused),
                **names,
            )
        paid = self.currency_id.round(sum(part.amount for part in parts if part.kind == 'money'))
        if self.currency_id.compare_amounts(paid, taken_off):
            return self.env._(
                "This invoice takes off %(amount)s, and %(paid)s of the down payment (%(documents)s) is paid: both must agree "
                "before URSSAF can be told of the deposit.",
                paid=self.currency_id.format(paid),
                **names,
            )
        return ''
