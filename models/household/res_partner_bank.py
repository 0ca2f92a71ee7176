from odoo import fields, models
from odoo.tools import SQL

MASK = '***'


class ResPartnerBank(models.Model):
    """A household's bank account: ours when it was entered for avance immédiate, else the company's business."""

    _inherit = 'res.partner.bank'

    urssaf_is_ours = fields.Boolean(
        "Entered for Avance Immédiate",
        readonly=True,
        copy=False,
        help="Deleted when URSSAF has it and nothing else uses it.",
    )

    def _urssaf_forgettable(self):
        """Of these accounts, those that we have made and that nothing else uses: no document, no trust to pay to it."""
        ours = self.sudo().filtered(lambda account: account.urssaf_is_ours and not account.allow_out_payment)
        if not ours:
            return ours
        self.env.flush_all()
        used = set()
        for table, column in self.env['base.partner.merge.automatic.wizard']._get_fk_on('res_partner_bank'):
            if column != 'urssaf_bank_account_id':
                self.env.cr.execute(
                    SQL(
                        "SELECT DISTINCT %(column)s FROM %(table)s WHERE %(column)s IN %(ids)s",
                        column=SQL.identifier(column),
                        table=SQL.identifier(table),
                        ids=tuple(ours.ids),
                    )
                )
                used.update(row[0] for row in self.env.cr.fetchall())
        return ours.filtered(lambda account: account.id not in used)

    def _urssaf_forget(self):
        """Really delete these accounts, which must be forgettable. Odoo's own way archives them and writes the number
        into the contact's chatter."""
        accounts = self.sudo()
        for account in accounts:
            account._urssaf_forget_traces()
        of_accounts = [('model', '=', self._name), ('res_id', 'in', accounts.ids)]
        self.env['mail.message'].sudo().search(of_accounts).unlink()
        self.env['mail.followers'].sudo().search(
            [('res_model', '=', self._name), ('res_id', 'in', accounts.ids)]
        ).unlink()
        models.BaseModel.unlink(accounts)

    def _urssaf_forget_traces(self):
        """What Odoo has written of the account in the contact's chatter: values before and after a change, the number."""
        messages = (
            self.env['mail.message'].sudo().search([('model', '=', 'res.partner'), ('res_id', '=', self.partner_id.id)])
        )
        link = f'data-oe-model="{self._name}" data-oe-id="{self.id}"'
        messages.filtered(lambda message: link in (message.body or '')).tracking_value_ids.unlink()
        for number in {self.acc_number, self.sanitized_acc_number} - {False, ''}:
            for message in messages.filtered(lambda message, number=number: number in (message.body or '')):
                message.body = message.body.replace(number, MASK)
