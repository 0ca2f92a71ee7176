from odoo import api, models

from odoo.addons.base.models.ir_fields import ImportWarning

from ..urssaf.findings import error
from ..urssaf.formats import (
    ascii_first_names,
    ascii_name,
    compact,
    is_first_names,
    is_name,
    normalize_mobile,
    valid_bic,
    valid_iban,
)
from .insee_commune_written import SUGGESTED
from .res_partner import IBAN_TYPED
from .res_partner_text import is_storable

CIVILITIES = {
    '1': '1', 'm': '1', 'mr': '1', 'monsieur': '1', 'homme': '1', 'masculin': '1', 'mister': '1',
    '2': '2', 'mme': '2', 'mrs': '2', 'ms': '2', 'madame': '2', 'mlle': '2', 'melle': '2', 'mademoiselle': '2',
    'femme': '2', 'feminin': '2', 'féminin': '2',
}
# Told at once, with the number of the row, but imported all the same: they are corrected on the customer's form.
CHECKS = {
    'urssaf_birth_name': ('birth_name_characters', lambda value: is_name(ascii_name(value))),
    'urssaf_usage_name': ('usage_name_characters', lambda value: is_name(ascii_name(value))),
    'urssaf_first_names': ('first_names_characters', lambda value: is_first_names(ascii_first_names(value))),
    'urssaf_mobile': ('mobile_invalid', normalize_mobile),
    'urssaf_iban': ('iban_invalid', valid_iban),
    'urssaf_bic': ('bic_invalid', valid_bic),
}


class IrFieldsConverter(models.AbstractModel):
    """A spreadsheet of households through Odoo's own import: titles and municipalities as people write them."""
    _inherit = 'ir.fields.converter'

    @api.model
    def _str_to_selection(self, model, field, value, savepoint):
        if field.name == 'urssaf_civility' and model._name == 'res.partner':
            civility = CIVILITIES.get(value.strip().rstrip('.').lower())
            if civility:
                return civility, []
        return super()._str_to_selection(model, field, value, savepoint)

    @api.model
    def _str_to_char(self, model, field, value, savepoint):
        converted, warnings = super()._str_to_char(model, field, value, savepoint)
        if model._name != 'res.partner' or not value:
            return converted, warnings
        if not is_storable(value) or (field.name == 'urssaf_iban' and not IBAN_TYPED.fullmatch(compact(value))):
            raise self._format_import_error(ValueError, self.env._(
                "%%(field)s: there is a sign in it that cannot be imported. Type the text again."))
        code, is_right = CHECKS.get(field.name, (None, None))
        if code and value.strip() and not is_right(value):
            sentence = self.env['urssaf.finding']._sentence(error(code, field.name))
            warnings = [*warnings, ImportWarning(sentence.replace('%', '%%'))]
        return converted, warnings

    @api.model
    def db_id_for(self, model, field, subfield, value, savepoint):
        if subfield is not None or field.comodel_name != 'insee.commune' or not str(value).strip():
            return super().db_id_for(model, field, subfield, value, savepoint)
        commune, candidates = self.env['insee.commune']._find_written(str(value))
        if commune:
            return commune.id, []
        ignored = (self.env.context.get('import_set_empty_fields') or []) + (
            self.env.context.get('import_skip_records') or [])
        if field.name in ignored:
            return None, []
        raise self._format_import_error(
            ValueError, '%(sentence)s', {'sentence': self._urssaf_commune_error(str(value), candidates)})

    def _urssaf_commune_error(self, value, candidates):
        names = {'value': value.strip()[:50], 'candidates': ', '.join(
            f"{commune.name} ({commune.department}, INSEE {commune.code})" for commune in candidates[:SUGGESTED])}
        if len(candidates) > SUGGESTED:
            names['candidates'] += '…'
        if not candidates and value.strip().isdigit():
            return self.env._(
                "%(value)s is not the INSEE code of a municipality, and a postal code is not enough: "
                "write the name of the municipality, with its department if there are several.", **names)
        if not candidates:
            return self.env._(
                "No municipality is called “%(value)s”: write its INSEE code, or its name as INSEE has it.", **names)
        return self.env._(
            "Several municipalities may be meant by “%(value)s”: %(candidates)s. "
            "Write the INSEE code, or the department behind the name.", **names)
