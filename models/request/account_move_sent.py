from odoo import models


class AccountMove(models.Model):
    """An invoice that has come to the household counts as sent, whichever way: by our mail, or by URSSAF, which shows it.

    Odoo itself says so only where Send & Print has made a PDF, and its e-reporting leaves out what is not sent.
    """

    _inherit = 'account.move'

    def _urssaf_mark_sent(self):
        """Say that these invoices are sent. Does not commit."""
        unmarked = self.sudo().filtered(lambda move: not move.is_move_sent)
        if unmarked:
            unmarked._urssaf_write_flag('is_move_sent', True)

    def _urssaf_write_flag(self, name, value):
        """Write a field that neither the lines nor the balance depend on: Odoo would read and reckon all of them anew.
        Does not commit.

        :param str name: the field
        :param bool value: what to write
        """
        self.with_context(skip_invoice_sync=True, check_move_validity=False).write({name: value})
