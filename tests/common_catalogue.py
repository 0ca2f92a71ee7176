import csv

from odoo.tools import file_open

from .common import MODULE, AvanceImmediateCommon


def reference(name):
    """Rows of one of the lists that URSSAF and INSEE publish."""
    with file_open(f'l10n_fr_avance_immediate/tests/fixtures/reference/{name}.csv', 'r') as text:
        return list(csv.DictReader(text))


class CatalogueCommon(AvanceImmediateCommon):
    """What URSSAF may refuse, as French users read it."""

    context = None  # of the codes

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('fr_FR')
        cls.env['ir.module.module']._get(MODULE)._update_translations('fr_FR')
        (cls.invoicing_user | cls.clerk).lang = 'fr_FR'
        cls.codes = [row['code'] for row in reference('error_codes') if row['context'] == cls.context]

    def entry(self, code):
        """The catalogue's entry for a code, in French: its cause and its remedy are there, and translated."""
        entry = self.env['urssaf.error'].search([('code', '=', code)])
        self.assertTrue(entry, code)
        english, french = (entry.with_context(lang=lang) for lang in ('en_US', 'fr_FR'))
        for name in ('cause', 'what_to_do'):
            self.assertTrue(french[name] and french[name] != english[name], f"{code}: {name} is not in French")
        return french
