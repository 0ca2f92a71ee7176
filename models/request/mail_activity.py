from odoo import api, models

from .payment_transaction import PAID_TWICE


class MailActivity(models.Model):
    _inherit = 'mail.activity'

    @api.model
    def _urssaf_open(self):
        # EXTENDS 'connection': who pays twice is told under a type of Odoo's
        warnings = self.sudo().search(
            [
                ('activity_type_id', '=', self.env['ir.model.data']._xmlid_to_res_id(PAID_TWICE)),
                ('automated', '=', True),
                ('res_model', '=', 'account.move'),
            ]
        )
        asked = self.env['urssaf.payment.request'].sudo().search([('move_id', 'in', warnings.mapped('res_id'))])
        moves = set(asked.move_id.ids)
        return super()._urssaf_open() | warnings.filtered(lambda activity: activity.res_id in moves)

    def _urssaf_people(self):
        # EXTENDS 'connection', 'registration': what is to be done about an invoice at URSSAF
        people = super()._urssaf_people()
        on_moves = self.filtered(lambda activity: activity.res_model == 'account.move')
        moves = self.env['account.move'].sudo().browse(set(on_moves.mapped('res_id'))).exists()
        latest = {move.id: move.urssaf_request_id or move.urssaf_request_ids.sorted('id')[-1:] for move in moves}
        return people | {
            activity.id: latest[activity.res_id]._responsible() for activity in on_moves if latest.get(activity.res_id)
        }
