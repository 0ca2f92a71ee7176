from odoo import api, models

from ...tools.program_fields import may_write


class ResCompany(models.Model):
    """What the program decides is not written from outside."""

    _inherit = 'res.company'

    @api.model
    def _has_field_access(self, field, operation):
        # EXTENDS 'base'
        return (operation == 'read' or may_write(self.env, field)) and super()._has_field_access(field, operation)
