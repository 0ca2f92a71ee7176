from odoo import models

# One of them entered: the company has a contract of its own with URSSAF.
OWN = ('urssaf_environment', 'urssaf_client_id', 'urssaf_client_secret', 'urssaf_sap_number')


class ResCompany(models.Model):
    """Branches: URSSAF knows the company that has the contract, and so do tokens, registrations and requests."""

    _inherit = 'res.company'

    def _urssaf_owner(self):
        """Whose settings, registrations and tokens serve this company: the nearest of itself and its parents that has
        entered anything; itself when none has (DESIGN §3.9).

        :return: one company, with the rights of ``self``
        :rtype: res.company
        """
        if not self:
            return self
        self.ensure_one()
        for company in reversed(self.sudo().parent_ids):
            if any(company[name] for name in OWN):
                return company.with_env(self.env)
        return self

    def _urssaf_served(self):
        """The companies that these settings serve: this one, and its branches that have none of their own.

        :rtype: res.company
        """
        self.ensure_one()
        branches = self.sudo().with_context(active_test=False).search([('id', 'child_of', self.id)])
        return (self | branches.filtered(lambda branch: branch._urssaf_owner() == self)).with_env(self.env)
