import csv
import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, file_open, remove_accents

from ...urssaf.formats import FRANCE, text

LONGEST_NAME = 100
FILE = 'l10n_fr_avance_immediate/data/insee_countries.csv'


# What people call a country or a territory beside its name in Odoo. French Guiana is "Guyane" for everybody in France, and
# so is Guyana in Odoo's French.
ALSO_CALLED = {
    'guyane': 'GF',
    'guyane france': 'GF',
    'guyana': 'GY',
    'ile de la reunion': 'RE',
    'polynesie': 'PF',
    'tahiti': 'PF',
}


# Where most households that were not born in France were born: offered first.
USUAL = ('DZ', 'MA', 'PT', 'TN', 'IT', 'ES')
# Nobody's country of birth: without inhabitants, or named twice in Odoo.
NO_BIRTHPLACE = ('AQ', 'BV', 'HM', 'XI')


class ResCountry(models.Model):
    """Countries with the codes that French administrations expect, as people born there call them."""

    _inherit = 'res.country'

    insee_code = fields.Char(
        string="INSEE code",
        size=5,
        help="Code of the country in INSEE's list, expected by French administrations. France and its overseas "
        "territories share 99100; some other territories have the code of their State.",
    )

    @api.depends_context('urssaf_birth')
    def _compute_display_name(self):
        # EXTENDS 'base': where a country of birth is chosen
        result = super()._compute_display_name()
        if self.env.context.get('urssaf_birth'):
            for country in self:
                country.display_name = country._birth_label()
        return result

    @api.model
    def _search_display_name(self, operator, value):
        # EXTENDS 'base': where a country of birth is chosen, Guyana is found by that name in French, too
        domain = super()._search_display_name(operator, value)
        wanted = self._plain(value) if isinstance(value, str) else ''
        if self.env.context.get('urssaf_birth') and operator == 'ilike' and len(wanted) > 2:
            codes = [code for name, code in ALSO_CALLED.items() if name.startswith(wanted)]
            domain = Domain(domain) | Domain('code', 'in', codes)
        return domain

    @api.model
    def _birth_countries(self):
        """The countries in which people are born, as a list is read: France, the usual ones, then all in the order of the
        alphabet, É beside E.

        :return: three groups of countries
        :rtype: tuple
        """
        countries = self.sudo().search([('insee_code', '!=', False), ('code', 'not in', NO_BIRTHPLACE)])
        ordered = countries.sorted(lambda country: (self._plain(country._birth_label()), country.id))
        france = ordered.filtered(lambda country: country.code == 'FR')
        usual = ordered.filtered(lambda country: country.code in USUAL)
        return france, usual, ordered - france - usual

    def _birth_label(self):
        """The country's name; those of Guyana and French Guiana so that nobody takes one for the other.

        :rtype: str
        """
        labels = {'GY': self.env._("Guyana"), 'GF': self.env._("French Guiana (France)")}
        return labels.get(self.code) or self.name or ''

    @api.model
    def _load_insee_codes(self):
        """Give each country its INSEE code (CONTRACT §5.1). Runs at installation and at each update.

        Countries are found by ISO code, and a code that a user has changed is kept: lists of different years
        disagree on some small territories.
        """
        with file_open(FILE, 'r') as text:
            codes = [(row['country_code'], row['insee_code']) for row in csv.DictReader(text)]
        self.flush_model(['code', 'insee_code'])
        # One statement instead of 250 writes, each of which would empty Odoo's caches
        self.env.cr.execute(
            SQL(
                """
            UPDATE res_country SET insee_code = list.insee_code
              FROM unnest(%s, %s) AS list(country_code, insee_code)
             WHERE res_country.code = list.country_code
               AND COALESCE(res_country.insee_code, '') = ''
            """,
                [country for country, _code in codes],
                [code for _country, code in codes],
            )
        )
        self.invalidate_model(['insee_code'])

    @api.model
    def _find_written(self, written):
        """The country that a cell of a spreadsheet names: by ISO code, INSEE code, or name, whatever its capitals and accents.

        :param str written: a name in the user's language, in English, or in another language that is installed
        :return: the country; empty when it is not sure
        """
        written = text(written)
        if re.fullmatch(r'99[0-9]{3}', written):
            if written == FRANCE:
                return self.env.ref('base.fr')
            found = self.search([('insee_code', '=', written)])
            return found if len(found) == 1 else self.browse()
        if re.fullmatch(r'[A-Za-z]{2}', written):
            return self.search([('code', '=', written.upper())])
        wanted = self._plain(written)
        if wanted in ALSO_CALLED:
            return self.search([('code', '=', ALSO_CALLED[wanted])])
        languages = {self.env.lang or 'en_US', 'en_US', *(code for code, _name in self.env['res.lang'].get_installed())}
        for lang in sorted(languages, key=lambda code: (code != self.env.lang, code)):
            countries = self.with_context(lang=lang).search([('insee_code', '!=', False)])
            found = countries.filtered(lambda country: self._plain(country.name) == wanted)
            if len(found) == 1:
                return found.with_env(self.env)
        return self.browse()

    @api.model
    def _plain(self, name):
        # Cut first: to take the accents off an endless text takes for ever.
        return ' '.join(re.findall(r'[a-z0-9]+', remove_accents((name or '')[:LONGEST_NAME]).lower()))
