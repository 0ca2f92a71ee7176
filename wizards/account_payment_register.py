from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountPaymentRegister(models.TransientModel):
    """Registering a payment by hand: a warning that URSSAF collects the invoice. Money that has come can still be booked."""

    _inherit = 'account.payment.register'

    # What this window has warned of since it was opened: a request that left meanwhile is told before anything is booked.
    urssaf_told = fields.Char("Warned Of", compute='_compute_urssaf_told', store=True, readonly=False, exportable=False)

    @api.depends('line_ids')
    def _compute_urssaf_told(self):
        for wizard in self:
            wizard.urssaf_told = ','.join(map(str, wizard._urssaf_collected()._origin.ids))

    @api.depends('line_ids')
    def _compute_actionable_errors(self):
        # EXTENDS 'account'
        result = super()._compute_actionable_errors()
        for wizard in self:
            alert = wizard.line_ids.move_id._urssaf_payment_alert()
            if alert:
                wizard.actionable_errors = {**(wizard.actionable_errors or {}), 'urssaf_is_collecting': alert}
        return result

    def _get_batch_available_journals(self, batch_result):
        # EXTENDS 'account': URSSAF's transfers are booked by themselves, users pay with other journals
        journals = super()._get_batch_available_journals(batch_result)
        ours = self.env['account.journal']._urssaf_journals()
        return journals.filtered(lambda journal: journal._origin not in ours)

    def _urssaf_collected(self):
        """The invoices of this window that URSSAF collects now."""
        return self.line_ids.move_id.filtered('urssaf_is_collecting').sorted('id')

    def action_create_payments(self):
        # EXTENDS 'account'. The lock that makes a request: of a click on *Send* and one here, the second is told.
        moves = self.line_ids.move_id.filtered('urssaf_is_possible')
        if moves:
            moves.sudo()._urssaf_lock()
            told = {int(number) for number in (self.urssaf_told or '').split(',') if number}
            news = self._urssaf_collected().filtered(lambda move: move.id not in told)
            if news:
                raise UserError(
                    self.env._(
                        "%s\nThis happened while the window was open: close it. To register the payment all the same, open it "
                        "again.",
                        news._urssaf_payment_alert()['message'],
                    )
                )
        return super().action_create_payments()
