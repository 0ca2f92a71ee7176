from odoo import api, models
from odoo.exceptions import ValidationError

from ...tools.program_fields import may_write

# Filled in by *Correct and resend* in the user's name, while the copy is made; its value is checked instead.
CHECKED = ('urssaf_replaces_id',)


class AccountMove(models.Model):
    """What comes from outside never decides what URSSAF is said to have said."""

    _inherit = 'account.move'

    @api.model
    def _has_field_access(self, field, operation):
        # EXTENDS 'base'
        allowed = operation == 'read' or field.name in CHECKED or may_write(self.env, field)
        return allowed and super()._has_field_access(field, operation)

    @api.constrains('urssaf_replaces_id')
    def _check_urssaf_replaces_id(self):
        for move in self:
            replaced = move.sudo().urssaf_replaces_id
            if replaced and (not replaced.can_resend or replaced.partner_id != move.commercial_partner_id):
                raise ValidationError(
                    self.env._(
                        "Only a refused or cancelled request of the same customer is replaced by another invoice."
                    )
                )


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @api.model
    def _has_field_access(self, field, operation):
        # EXTENDS 'base'
        return (operation == 'read' or may_write(self.env, field)) and super()._has_field_access(field, operation)
