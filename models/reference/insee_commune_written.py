import re

from odoo import api, models

from ...urssaf.birth_place import read_history
from ...urssaf.signs import seen
from .insee_commune import LONGEST_SEARCH

SUGGESTED = 6
CODE = re.compile(r'[0-9][0-9AB][0-9]{3}')
# "Tours 37", "37000 Tours": a department or a postal code beside the name.
NAME_PLACE = re.compile(r'(?P<name>\D+?)[\s,;/-]+(?P<place>[0-9][0-9ABab][0-9]{0,3})')
PLACE_NAME = re.compile(r'(?P<place>[0-9][0-9ABab][0-9]{0,3})[\s,;/-]+(?P<name>.+)')
DISTRICT = re.compile(r'(?P<city>paris|lyon|marseille)[\s-]+0?(?P<number>[0-9]{1,2})\s*(?:er|e|è|eme|ème)?', re.I)


class InseeCommune(models.Model):
    """Municipalities as people write them in a spreadsheet, beyond what a search box is given."""

    _inherit = 'insee.commune'

    @api.model
    def _find_written(self, text):
        """The municipality that a cell of a spreadsheet names: by INSEE code, or name, maybe with department or postal code.

        :param str text: what the cell holds
        :return: the one commune or an empty record set, and then those that may be meant
        """
        text = self._as_written(text)
        writings = [text]
        if district := DISTRICT.fullmatch(text):
            number = int(district['number'])
            writings = [f"{district['city']} {number}{'er' if number == 1 else 'e'} arrondissement"]
        elif match := NAME_PLACE.fullmatch(text) or PLACE_NAME.fullmatch(text):
            writings.append(f"{match['name']} ({match['place'].upper()})")
        for writing in writings:
            found = self._search_written(writing, '=')
            if found:
                return (found, found) if len(found) == 1 else (self.browse(), found)
        found = self._search_written(text, 'ilike')
        if CODE.fullmatch(text):
            # A code that only one commune ever had, and no post office has: what is sent follows the day of birth.
            earlier = found.filtered(lambda commune: text in commune._codes_before())
            return (earlier, earlier) if earlier == found and len(found) == 1 else (self.browse(), found)
        # What only looks like it is a guess: proposed, not taken, but for "Paris 75011" that can only be that district.
        return (found, found) if len(found) == 1 and found.kind == 'district' else (self.browse(), found)

    @api.model
    def _as_written(self, text):
        """What a cell holds, without what spreadsheets do to it."""
        text = ' '.join(seen(text[:LONGEST_SEARCH]).split())
        if CODE.fullmatch(text.upper()):
            return text.upper()
        return f'0{text}' if re.fullmatch(r'[0-9]{4}', text) else text  # it was taken for a number

    def _codes_before(self):
        return [code for code, _until, _name in read_history(self.history)]

    @api.model
    def _has_postal_codes(self, texts):
        """Whether one of these cells has a bare postal code that is nobody's INSEE code."""
        codes = {code for text in texts if CODE.fullmatch(code := self._as_written(text))}
        unknown = codes - set(self.search([('code', 'in', list(codes))]).mapped('code')) if codes else ()
        return any(self._of_postal_code(code) for code in unknown)

    @api.model
    def _of_postal_code(self, text):
        """The communes of today that have this postal code."""
        text = self._as_written(text)
        return self._all_of_zip(text) if CODE.fullmatch(text) else self.browse()

    @api.model
    def _search_written(self, text, operator):
        found = self.browse(id for id, _name in self.name_search(text, operator=operator, limit=SUGGESTED + 1))
        # A commune of today, and the same one as it was before.
        today = found.filtered(lambda commune: not commune.valid_until)
        return today if len(today) == 1 and len(set(found.mapped('code'))) == 1 else found
