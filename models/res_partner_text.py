from odoo import api, models
from odoo.exceptions import ValidationError


def is_storable(text):
    """Whether PostgreSQL can keep it: neither NUL nor half a character, which a pasted or imported text may have."""
    try:
        return b'\0' not in text.encode()
    except UnicodeEncodeError:
        return False


class ResPartner(models.Model):
    """What no database can keep is said in words, not as a traceback. All the rest is a matter for ``urssaf.rules``."""
    _inherit = 'res.partner'

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._urssaf_check_storable(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._urssaf_check_storable(vals)
        return super().write(vals)

    @api.model
    def _urssaf_check_storable(self, vals):
        for name, value in vals.items():
            if isinstance(value, str) and not is_storable(value) and name in self._fields:
                raise ValidationError(self.env._(
                    "%(field)s: there is a sign in it that cannot be kept. Empty the field and type the text again.",
                    field=self._fields[name]._description_string(self.env)))
