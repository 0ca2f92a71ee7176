from odoo import models
from odoo.fields import Domain


class AccountJournal(models.Model):
    """The card of a sales journal says how many invoices are to be sent to URSSAF, and leads there."""

    _inherit = 'account.journal'

    def _fill_sale_purchase_dashboard_data(self, dashboard_data):
        # EXTENDS 'account'
        result = super()._fill_sale_purchase_dashboard_data(dashboard_data)
        sales = self.filtered(lambda journal: journal.type == 'sale')
        if not sales or not self.env.company._urssaf_is_ready():
            return result
        moves = self.env['account.move']
        domain = moves._urssaf_to_send_domain() & Domain('journal_id', 'in', sales.ids)
        for journal, count in moves._read_group(domain, ['journal_id'], ['__count']):
            dashboard_data[journal.id]['urssaf_to_send'] = count
        return result

    def action_urssaf_to_send(self):
        """The list of this journal's invoices that are to be sent.

        :return: an action
        """
        self.check_access('read')
        return self.env['account.move'].action_urssaf_to_send([('journal_id', 'in', self.ids)])
