import csv

from odoo import api, models
from odoo.tools import file_open

from .res_partner_checklist import GROUPS

# Nobody has these columns for companies.
ONLY_OF_PEOPLE = {*GROUPS['identity'], 'urssaf_birth_commune_id'}
COMMUNES = ('urssaf_birth_commune_id', 'urssaf_commune_id')
FILE = 'l10n_fr_avance_immediate/data/import_headings.csv'


class ResPartner(models.Model):
    """A spreadsheet of households through Odoo's own import: what is offered before, and the headings it knows."""

    _inherit = 'res.partner'

    @api.model
    def get_import_templates(self):
        # EXTENDS 'base': ours too, for those who may see these fields. French headings or English ones, as Odoo knows them.
        templates = super().get_import_templates()
        if self.env.user.has_group('account.group_account_invoice'):
            language = 'fr' if (self.env.lang or '').startswith('fr') else 'en'
            templates.append(
                {
                    'label': self.env._("Import Template for Avance Immédiate"),
                    'template': f'/l10n_fr_avance_immediate/static/xls/households_{language}.xlsx',
                }
            )
        return templates

    @api.model
    def load(self, fields, data):
        # EXTENDS 'base': what a column says about all its rows is known before the first one is read
        self = self.with_context(**self._urssaf_import_context(fields, data))
        return super().load(fields, data)

    @api.model
    def _urssaf_import_context(self, fields, data):
        """What the columns of a spreadsheet say about all its rows."""
        # What a cell says is looked up once: a column of countries says the same in most rows.
        context = {'urssaf_is_import': True, 'urssaf_cells_known': {}}
        if ONLY_OF_PEOPLE & set(fields) and not {'is_company', 'company_type'} & set(fields):
            # Households: the list of customers, from which they are imported, would make companies of them.
            context['default_is_company'] = False
        # Bare numbers are INSEE codes, unless their column shows that it has postal codes: many are both.
        context['urssaf_postal_codes_in'] = [
            name
            for index, name in enumerate(fields)
            if name in COMMUNES and self.env['insee.commune']._has_postal_codes(str(row[index] or '') for row in data)
        ]
        return context

    @api.model
    def _urssaf_load_import_headings(self):
        """Teach Odoo's import the headings that French spreadsheets have, where it remembers those of earlier imports.

        Runs at installation and at each update. What somebody has chosen for a heading stays.
        """
        if 'base_import.mapping' not in self.env:
            return
        Mapping = self.env['base_import.mapping'].sudo()
        known = {
            name.lower() for name in Mapping.search([('res_model', '=', self._name)]).mapped('column_name') if name
        }
        with file_open(FILE, 'r') as text:
            Mapping.create(
                [
                    {'res_model': self._name, 'column_name': row['heading'], 'field_name': row['field']}
                    for row in csv.DictReader(text)
                    if row['heading'] not in known
                ]
            )
