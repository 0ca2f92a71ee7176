from odoo import api, models
from odoo.exceptions import ValidationError


def is_storable(text):
    """Whether PostgreSQL can keep it: neither NUL nor half a character, which a pasted or imported text may have."""
    try:
        return b'\0' not in text.encode()
    except UnicodeEncodeError:
        return False


class ResPartner(models.Model):
    """What scripts and spreadsheets write: no order of fields, and signs that no database can keep, said in words
    and not as a traceback. All the rest is a matter for ``urssaf.rules``."""

    _inherit = 'res.partner'

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._urssaf_prepared(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._urssaf_prepared(vals))

    @api.model
    def _urssaf_prepared(self, vals):
        """These values with the IBAN first: BIC and holder belong to the account it makes, and a script or a
        spreadsheet may name them in any order.

        :raises ValidationError: when a text cannot be stored
        """
        for name, value in vals.items():
            if isinstance(value, str) and not is_storable(value) and name in self._fields:
                raise ValidationError(
                    self.env._(
                        "%(field)s: there is a sign in it that cannot be kept. Empty the field and type the text again.",
                        field=self._fields[name]._description_string(self.env),
                    )
                )
        return {'urssaf_iban': vals['urssaf_iban'], **vals} if 'urssaf_iban' in vals else vals
