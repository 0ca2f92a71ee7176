from odoo import models


class IrActionsReport(models.Model):
    _inherit = 'ir.actions.report'

    def _get_rendering_context(self, report, docids, data):
        # EXTENDS 'account': Odoo calls an invoice pro forma as long as no PDF of it is kept
        data = super()._get_rendering_context(report, docids, data)
        if data.get('proforma') and report.model == 'account.move':
            moves = self.env['account.move'].browse(docids)
            if moves and all(move._urssaf_is_issued() for move in moves):
                data['proforma'] = False
        return data
