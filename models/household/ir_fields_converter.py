from odoo import api, fields, models

from ...urssaf.dates import past_birth, today_in_paris
from ...urssaf.findings import error
from ...urssaf.formats import (
    ascii_first_names,
    ascii_name,
    is_first_names,
    is_name,
    is_storable,
    normalize_mobile,
    text,
    valid_bic,
    valid_iban,
)
from ...urssaf.typed import read_bic, read_iban
from ..reference.insee_commune_written import SUGGESTED
from .res_partner_bank_details import IBAN_TYPED

CIVILITIES = {
    '1': '1',
    'm': '1',
    'mr': '1',
    'monsieur': '1',
    'homme': '1',
    'h': '1',
    'masculin': '1',
    'mister': '1',
    '2': '2',
    'mme': '2',
    'mrs': '2',
    'ms': '2',
    'madame': '2',
    'mlle': '2',
    'melle': '2',
    'mademoiselle': '2',
    'femme': '2',
    'f': '2',
    'feminin': '2',
    'féminin': '2',
}
# What URSSAF would refuse is told at once, with the number of the row. It is no warning: after one Odoo's window says that
# the file has blocking errors although it has been imported, and people import it a second time.
CHECKS = {
    'urssaf_birth_name': ('birth_name_characters', lambda value: is_name(ascii_name(value))),
    'urssaf_usage_name': ('usage_name_characters', lambda value: is_name(ascii_name(value))),
    'urssaf_first_names': ('first_names_characters', lambda value: is_first_names(ascii_first_names(value))),
    'urssaf_mobile': ('mobile_invalid', normalize_mobile),
    'urssaf_iban': ('iban_invalid', lambda value: valid_iban(read_iban(value))),
    'urssaf_bic': ('bic_invalid', lambda value: valid_bic(read_bic(value))),
}


class IrFieldsConverter(models.AbstractModel):
    """A spreadsheet of households through Odoo's own import: titles and municipalities as people write them."""

    _inherit = 'ir.fields.converter'

    @api.model
    def _str_to_selection(self, model, field, value, savepoint):
        # EXTENDS 'base': titles as people write them
        if field.name == 'urssaf_civility' and model._name == 'res.partner':
            civility = CIVILITIES.get(text(value).rstrip('.').lower())
            if civility:
                return civility, []
        return super()._str_to_selection(model, field, value, savepoint)

    @api.model
    def _str_to_char(self, model, field, value, savepoint):
        # EXTENDS 'base': what cannot be stored or sent is said with the row, before anything is written
        converted, warnings = super()._str_to_char(model, field, value, savepoint)
        if model._name != 'res.partner' or not value:
            return converted, warnings
        if not is_storable(value) or (field.name == 'urssaf_iban' and not IBAN_TYPED.fullmatch(read_iban(value))):
            raise self._format_import_error(
                ValueError,
                self.env._("%%(field)s: there is a sign in it that cannot be imported. Type the text again."),
            )
        code, is_right = CHECKS.get(field.name, (None, None))
        if code and text(value) and not is_right(value):
            raise self._urssaf_import_error(
                self.env._(
                    "“%(value)s”: %(sentence)s Correct the cell, or empty it: then the customer is imported without it, to be "
                    "completed later.",
                    value=value.strip()[:50],
                    sentence=self.env['urssaf.finding']._sentence(error(code, field.name)),
                )
            )
        return converted, warnings

    @api.model
    def _str_to_date(self, model, field, value, savepoint):
        # EXTENDS 'base': a spreadsheet makes 2051 of a year that was typed as 51
        converted, warnings = super()._str_to_date(model, field, value, savepoint)
        if converted and field.name == 'urssaf_birth_date' and model._name == 'res.partner':
            day = fields.Date.to_date(converted)
            converted = fields.Date.to_string(past_birth(day, today_in_paris()))
        return converted, warnings

    @api.model
    def db_id_for(self, model, field, subfield, value, savepoint):
        # EXTENDS 'base': municipalities and countries as people write them
        written = text(str(value)) if subfield is None else ''
        known = self.env.context.get('urssaf_cells_known', {})
        if written and field.comodel_name == 'insee.commune':
            if (field.name, written) not in known:
                found = self._urssaf_commune(field, written)
                if not found[0]:
                    return found
                known[field.name, written] = found[0]
            return known[field.name, written], []
        if written and field.comodel_name == 'res.country' and model._name == 'res.partner':
            if written not in known:
                known[written] = self.env['res.country']._find_written(written).id
            if known[written]:
                return known[written], []
        return super().db_id_for(model, field, subfield, value, savepoint)

    def _urssaf_commune(self, field, written):
        """The municipality that a cell names.

        :return: (its id, warnings); (None, []) where the user wants such cells left out
        :raises ValueError: as Odoo's import tells it, when none or several may be meant
        """
        Commune = self.env['insee.commune']
        commune, candidates = Commune._find_written(written)
        if commune and field.name in self.env.context.get('urssaf_postal_codes_in', ()):
            others = Commune._of_postal_code(written) - commune
            if others:
                raise self._urssaf_import_error(self._urssaf_postal_code_error(written, commune, others))
        if commune:
            return commune.id, []
        ignored = (self.env.context.get('import_set_empty_fields') or []) + (
            self.env.context.get('import_skip_records') or []
        )
        if field.name in ignored:
            return None, []
        raise self._urssaf_import_error(self._urssaf_commune_error(written, candidates))

    def _urssaf_import_error(self, sentence):
        """What stops the import of a row, as Odoo's import tells it.

        Where several rows of a column are wrong, its window shows their values instead of the sentences; and equal
        sentences once, without their rows: each one names what stands in its cell.
        """
        return self._format_import_error(ValueError, '%(sentence)s', {'sentence': sentence}, {'value': sentence})

    def _urssaf_postal_code_error(self, written, commune, others):
        """Why a number is not taken for an INSEE code in a column that has postal codes."""
        return self.env._(
            "%(code)s is the INSEE code of %(commune)s, but this column also has postal codes, and as one it means "
            "%(others)s. Write the name.",
            code=written,
            commune=self._urssaf_candidates(commune),
            others=self._urssaf_candidates(others),
        )

    def _urssaf_candidates(self, communes):
        """The first of these municipalities, with department and code."""
        names = ', '.join(
            f"{commune.name} ({commune.department}, INSEE {commune.code})" for commune in communes[:SUGGESTED]
        )
        return f'{names}…' if len(communes) > SUGGESTED else names

    def _urssaf_commune_error(self, written, candidates):
        """Why a cell names no municipality, and what to write instead.

        :param str written: the cell
        :param insee.commune candidates: those that may be meant; may be empty
        """
        names = {'value': written[:50], 'candidates': self._urssaf_candidates(candidates)}
        if written.isdigit() and candidates:
            return self.env._(
                "%(value)s is not the INSEE code of a municipality of today. As a postal code, or as a code of former "
                "times, it may mean %(candidates)s. Write the name or the INSEE code.",
                **names,
            )
        if written.isdigit():
            return self.env._(
                "%(value)s is not the INSEE code of a municipality, and a postal code is not enough: "
                "write the name of the municipality, with its department if there are several.",
                **names,
            )
        if not candidates:
            return self.env._(
                "No municipality is called “%(value)s”: write its INSEE code, or its name as INSEE has it.", **names
            )
        return self.env._(
            "Several municipalities may be meant by “%(value)s”: %(candidates)s. "
            "Write the INSEE code, or the department behind the name.",
            **names,
        )
