from odoo import models
from odoo.exceptions import AccessError, UserError

from ...tools.notification import notification
from .res_partner import HOUSEHOLD, HOUSEHOLD_FIELDS

# What Odoo itself has of a contact stays; of the account the link goes, and the account itself when it is ours.
ERASED_FIELDS = (
    *(name for name in HOUSEHOLD_FIELDS if name.startswith('urssaf_') and name not in HOUSEHOLD['bank']),
    'urssaf_bank_account_id',
)


class ResPartner(models.Model):
    """What we hold of a household is erased on request (doc/privacy.md)."""

    _inherit = 'res.partner'

    def action_urssaf_erase(self):
        """Erase what was entered for avance immédiate about these households.

        :return: a notice
        :raises AccessError: for others than accounting administrators who may write the customers
        :raises UserError: while something is under way at URSSAF; nothing is erased then
        """
        if not self.env.su and not self.env.user.has_group('account.group_account_manager'):
            raise AccessError(self.env._("Only an accounting administrator can erase a customer's data."))
        self.check_access('write')
        for partner in self:
            sentence = partner._urssaf_erase_blocker()
            if sentence:
                raise UserError(sentence)
        for partner in self:
            partner._urssaf_erase()
        return notification(self.env._("The identity and bank data have been erased."))

    def _urssaf_erase_blocker(self):
        """Why the data are still needed, as a sentence; empty when they may go.

        Each subject that needs them says so by extending this. Looks at all companies.
        """
        self.ensure_one()
        return ''

    def _urssaf_erase(self):
        """Erase the data of one household, in all companies. Subjects that hold more of it extend this.

        The caller has checked the rights, and ``_urssaf_erase_blocker``.
        """
        partner = self.sudo()
        partner.with_context(active_test=False).bank_ids._urssaf_forgettable()._urssaf_forget()
        partner.flush_recordset()  # the link to another account that Odoo has chosen meanwhile goes, too
        partner.write(dict.fromkeys(ERASED_FIELDS, False))
        # One value a company, in one column: it goes for all of them.
        partner.flush_recordset()
        self.env.cr.execute("UPDATE res_partner SET urssaf_always_propose = NULL WHERE id = %s", [partner.id])
        partner.invalidate_recordset()
        self._message_log(
            body=self.env._(
                "Avance immédiate: the identity and bank data of this customer have been erased. The masked exchanges with "
                "URSSAF are kept for their time."
            )
        )
