from odoo import models

# What URSSAF gives for each environment by itself, and where it is kept while another one is chosen.
KEPT = {'urssaf_client_id': 'kept_client_id', 'urssaf_client_secret': 'kept_client_secret'}


class ResCompany(models.Model):
    """One pair of credentials for each environment: what was typed for one is there again when it is chosen again."""

    _inherit = 'res.company'

    def _urssaf_kept_credentials(self, environment):
        """The pair that was in use the last time this environment was left.

        :param str environment: a key of ``ENVIRONMENTS``; may be empty
        :return: values of the company's fields; empty when none is kept
        :rtype: dict
        """
        self.ensure_one()
        connection = self.env['urssaf.connection']._find_for(self, environment)
        values = {name: connection[kept] for name, kept in KEPT.items()}
        return values if all(values.values()) else {}

    def _urssaf_change_environment(self, environment, given):
        """Keep the pair of the environment that is left, and find that of the one that is chosen. Before it is written.

        :param str environment: the new one; may be empty
        :param given: names of the fields that are written at the same time
        :return: what is to be written besides, by company, in sudo
        :rtype: dict
        """
        restored = {}
        connections = self.env['urssaf.connection'].sudo()
        for company in self.sudo():
            left = company.urssaf_environment
            if left == environment:
                continue
            pair = {kept: company[name] for name, kept in KEPT.items()}
            if left and all(pair.values()):
                connection = connections._find_for(company, left) or connections.create(
                    {'company_id': company.id, 'environment': left}
                )
                connection.write(pair)
            values = company._urssaf_kept_credentials(environment)
            values = {name: value for name, value in values.items() if name not in given and company[name] != value}
            if values:
                restored[company] = values
        return restored
