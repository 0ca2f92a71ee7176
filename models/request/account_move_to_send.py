from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class AccountMove(models.Model):
    """The month's run: invoices of active households that have not been sent yet, in one list, three clicks from the dashboard (SCREENS §6)."""

    _inherit = 'account.move'

    # The few that are open and were never sent, among all of many years: `_urssaf_to_send_domain`.
    _urssaf_to_send = models.Index(
        "(company_id, commercial_partner_id) WHERE move_type = 'out_invoice' AND state = 'posted' "
        "AND payment_state IN ('not_paid', 'partial') AND urssaf_state IS NULL"
    )

    @api.model
    def _urssaf_to_send_domain(self):
        """Posted, not paid, of a household that is active with the company of the user, and never sent.

        What was withdrawn is left out: somebody wants it to be paid directly.

        :rtype: Domain
        """
        return Domain(
            [
                ('state', '=', 'posted'),
                ('move_type', '=', 'out_invoice'),
                ('payment_state', 'in', ('not_paid', 'partial')),
                ('urssaf_state', '=', False),
                ('commercial_partner_id.urssaf_registration_state', '=', 'active'),
                ('company_id', 'in', self.env.company._urssaf_owner()._urssaf_served().ids),
            ]
        )

    @api.model
    def action_urssaf_to_send(self, domain=None):
        """The list of what is to be sent, with its number in the title.

        :param domain: a narrower choice, such as a journal's
        :return: an action
        :raises AccessError: for others than invoicing users
        """
        self.browse()._urssaf_check_rights()
        chosen = self._urssaf_to_send_domain() & Domain(domain or [])
        view = self.env.ref('l10n_fr_avance_immediate.account_move_view_list_to_send')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("To send to URSSAF (%s)", self.search_count(chosen)),
            'res_model': 'account.move',
            'views': [(view.id, 'list'), (False, 'form')],
            'search_view_id': [self.env.ref('account.view_account_invoice_filter').id],
            'domain': list(chosen),
            'context': {'default_move_type': 'out_invoice', 'create': False},
            'help': self._urssaf_nothing_to_send(),
        }

    def action_urssaf_send_listed(self):
        """Open the window for many, with the invoices that are ticked; without any, with all that the list shows.

        :return: an action
        :raises AccessError: for others than invoicing users who may change the invoices
        :raises UserError: when there is nothing to send
        """
        moves = self
        if not moves:
            listed = Domain(self.env.context.get('active_domain') or [])
            moves = self.search(self._urssaf_to_send_domain() & listed)
        if not moves:
            raise UserError(self._urssaf_nothing_to_send())
        return moves.action_urssaf_send()

    @api.model
    def _urssaf_nothing_to_send(self):
        return self.env._("Nothing to send: the invoices of your active customers are with URSSAF, or paid.")
