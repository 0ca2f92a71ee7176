from dataclasses import replace

from odoo import api, fields, models

from .res_partner import PERSONAL


class ResPartner(models.Model):
    """The names of a household as URSSAF will read them: without accents, with straight apostrophes."""

    _inherit = 'res.partner'

    urssaf_names_sent = fields.Char(compute='_compute_urssaf_names_sent', groups=PERSONAL)

    @api.depends('urssaf_birth_name', 'urssaf_usage_name', 'urssaf_first_names')
    @api.depends_context('lang')
    def _compute_urssaf_names_sent(self):
        for partner in self:
            partner.urssaf_names_sent = partner._urssaf_names_sentence()

    def _urssaf_names_sentence(self):
        customer = self._urssaf_customer()
        # Only the names are of interest; a date that is missing must not keep them from being shown.
        body = replace(customer, birth_date=customer.birth_date or fields.Date.today()).to_dict()
        birth_name, first_names = body.get('nomNaissance'), body.get('prenoms')
        if not birth_name or not first_names:
            return False
        if 'nomUsage' in body:
            return self.env._(
                "URSSAF will read: %(birth_name)s (name in use: %(usage_name)s) / %(first_names)s",
                birth_name=birth_name,
                usage_name=body['nomUsage'],
                first_names=first_names,
            )
        return self.env._(
            "URSSAF will read: %(birth_name)s / %(first_names)s", birth_name=birth_name, first_names=first_names
        )
