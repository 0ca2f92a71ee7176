import csv
import gzip
import io
import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, file_open, remove_accents

from ...urssaf.birth_place import department_of, read_history
from ...urssaf.departments import departments_named
from ...urssaf.formats import compact
from ...urssaf.signs import seen
from ...urssaf.typed import read_zip

FILE = 'l10n_fr_avance_immediate/data/insee_communes.csv.gz'
LOADED = (
    'code',
    'kind',
    'name',
    'department',
    'zip_codes',
    'population',
    'history',
    'successor_name',
    'existed_before',
    'valid_until',
    'search_name',
    'search_words',
)
ABBREVIATIONS = {
    'st': 'saint',
    'ste': 'sainte',
    'ardt': 'arrondissement',
    'arrdt': 'arrondissement',
    'arrt': 'arrondissement',
}
LIGATURES = str.maketrans({'œ': 'oe', 'Œ': 'oe', 'æ': 'ae', 'Æ': 'ae'})
CEDEX = re.compile(r'\bcedex\b.*')
LONGEST_SEARCH = 120  # no name is longer than 50, none shown longer than 110; PostgreSQL refuses endless words
ORDINAL = re.compile(r'(\d{1,2})(?:er|e|eme|ieme)')
SPACED_ORDINAL = re.compile(r'\b(\d{1,2})\s+(?=(?:er|e|eme|ieme)\b)')  # "12 ème"
# "Paris XIVe", on older certificates
ROMAN = re.compile(r'\b(paris|lyon|marseille)\W+(x{0,2}(?:ix|iv|v?i{0,3}))(?:er|e|eme|ieme)?\b(?![^\W\d])')
# Brackets behind a name: "Tours (37000)" and "Seynod (74, now Annecy)" as shown, "Évry (Essonne)" as on certificates.
DISPLAYED = re.compile(r'\s*(?P<name>.*?)\s*\((?P<place>[0-9AB]{2,5})(?P<former>,.*)?\)\s*')
CERTIFICATE = re.compile(r'\s*(?P<name>.+?)\s*\((?P<department>[^()0-9]+)\)\s*')


class InseeCommune(models.Model):
    """A commune of France, today's or a former one, or a district of Paris, Lyon or Marseille, with its INSEE code.

    Births and addresses are declared to URSSAF with this code, which is not the postal code (CONTRACT §5.1).
    The table is read-only for everybody: it comes from ``dev/build_insee.py``.
    """

    _name = 'insee.commune'
    _description = "Commune (INSEE)"
    _order = 'population desc, name, id'
    _log_access = False  # some 39,000 rows, written only by the addon's own updates

    code = fields.Char(string="INSEE code", required=True, size=5)
    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ('commune', "Commune"),
            ('district', "District of Paris, Lyon or Marseille"),
            ('divided', "Divided city"),
            ('former', "Former commune"),
        ],
        required=True,
        default='commune',
        help="Births and addresses in a divided city are declared with the code of the district.",
    )
    department = fields.Char(required=True, size=3)
    zip_codes = fields.Char(string="Postal codes", help="Separated by spaces.")
    population = fields.Integer(
        help="Orders the search results: the largest communes first. Of a former one: that of what it became."
    )
    # Both as `_normalize` returns them: what is stored and what is typed are always compared in the same form.
    search_name = fields.Char("Name to Search", required=True, exportable=False)
    search_words = fields.Char(
        "Words to Search",
        required=True,
        exportable=False,
        help="Name, INSEE code and postal codes, separated by single spaces.",
    )

    _current_code = models.UniqueIndex(
        "(code) WHERE valid_until IS NULL",
        "Only one commune can have this INSEE code today.",
    )
    _search_name = models.Index("(search_name)")
    # Word by word and by the beginning of words, with what every PostgreSQL has (no extension is needed).
    _words = models.Index("USING gin (array_to_tsvector(string_to_array(search_words, ' '))) WITH (fastupdate = off)")

    @api.model
    def _search_display_name(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return ~Domain(self._search_display_name(Domain.NEGATIVE_OPERATORS[operator], value))
        if operator.endswith('like') and not operator.startswith('='):
            return self._words_domain(value) if value else Domain.TRUE
        values = [value] if isinstance(value, str) else [item for item in value or () if isinstance(item, str)]
        return Domain.OR(self._exact_domain(item) for item in values)

    @api.model
    def name_search(self, name='', domain=None, operator='ilike', limit=100):
        """Suggest communes: those of today with exactly that name first, then districts by number, then the most populous.

        A former one of exactly that name counts with the people of what it became: "Lomme" (Lille) is found at once, but
        "Boulogne" does not mean a village in Vendée that is no more. One query, answered with the index on words.
        """
        # EXTENDS 'base'
        found = Domain('display_name', operator, name) & Domain(domain or Domain.TRUE)
        if operator in Domain.NEGATIVE_OPERATORS or not name:
            return super().name_search(name, domain, operator, limit)
        query = self._search(found & Domain('kind', '!=', 'divided'), limit=limit, order=self._order)
        if query.is_empty():
            return []
        columns = {
            column: SQL.identifier(query.table, column) for column in ('kind', 'code', 'population', 'search_name')
        }
        exact = SQL("(%s = %s)", columns['search_name'], self._normalize(self._split_brackets(name)[0]))
        query.order = SQL(
            """
            (%(exact)s AND %(kind)s != 'former') DESC, CASE WHEN %(kind)s = 'district' THEN %(code)s END,
            CASE WHEN %(exact)s OR %(kind)s != 'former' THEN %(population)s ELSE 0 END DESC, %(exact)s DESC, %(usual)s
            """,
            exact=exact,
            usual=query.order,
            **columns,
        )
        communes = self._fetch_query(query, self._determine_fields_to_fetch(['display_name']))
        return [(commune.id, commune.display_name) for commune in communes.sudo()]

    def _is_named(self, text):
        """Whether a text says this commune by its whole name, by one of its codes, or by both: not by the beginning of
        words. Of a district of Paris, Lyon or Marseille the city is enough.

        :param str text: as typed
        :rtype: bool
        """
        codes = self.search_words.removeprefix(self.search_name).split()
        words = self._normalize(self._split_brackets(text)[0]).split()
        name = [word for word in words if word not in codes]
        whole = self.search_name.split()
        return name in ([], whole) or (self.kind == 'district' and name[0] == whole[0])

    @api.model
    def _find_by_address(self, zip_code, city):
        """Find the commune (or district) of a postal address as people write it.

        :param str zip_code: 5 digits, or 4 where a spreadsheet has taken the zero
        :param str city: name of the town, in any case, with or without accents, hyphens, "CEDEX", "St"
        :return: the commune, or an empty record set when there is none or when several fit
        """
        candidates = self._all_of_zip(compact(read_zip(zip_code)))
        if not candidates:
            return candidates
        wanted = self._normalize((city or '')[:LONGEST_SEARCH])
        same_name = candidates.filtered(lambda commune: commune.search_name == wanted)
        if not same_name:
            # "Paris 11" and "Lyon 03": the postal code tells the district, the number is of no use
            words = {word for word in wanted.split() if not word.isdigit()} or {''}
            same_name = candidates.filtered(lambda commune: words <= set(commune.search_name.split(' ')))
        if not same_name:
            # "74940 Annecy-le-Vieux": many still write the name of before the merger
            same_name = (
                self.sudo()
                .search(
                    Domain('search_name', '=', wanted) & Domain('successor_id', 'in', candidates.ids),
                )
                .successor_id.with_env(self.env)
            )
        return same_name if len(same_name) == 1 else self.browse()

    @api.model
    def _all_of_zip(self, zip_code):
        """The communes and districts of today that have a postal code.

        :param str zip_code: 5 digits
        """
        if not (zip_code.isascii() and zip_code.isdigit()):
            return self.browse()
        # `sudo`: reference data, needed by whoever writes an address (portal included)
        return (
            self.sudo()
            .search(
                self._words_domain(zip_code) & Domain('kind', '!=', 'divided') & Domain('valid_until', '=', False),
            )
            .filtered(lambda commune: zip_code in (commune.zip_codes or '').split(' '))
            .with_env(self.env)
        )

    @api.model
    def _find_by_town(self, zip_code, city):
        """As ``_find_by_address``; without a town, the one commune of the postal code, empty where there are several.

        :param str zip_code: as typed; one of 4 digits may also be one that was cut short, and gives nothing by itself
        :param str city: as typed, may be empty
        """
        if seen(city or '').strip():
            return self._find_by_address(zip_code, city)
        code = compact(zip_code)
        communes = self._all_of_zip(compact(read_zip(code))) if len(code) > 4 else self.browse()
        return communes if len(communes) == 1 else self.browse()

    @api.model
    def _sure_zip(self, zip_code, city):
        """A postal code of 5 digits; as it was typed where a missing digit may be another than the first.

        :param str zip_code: as typed
        :param str city: as typed
        :rtype: str
        """
        typed = compact(zip_code)
        code = compact(read_zip(zip_code))
        return code if len(typed) > 4 or (city and self._find_by_address(code, city)) else typed

    @api.model
    def _normalize(self, text):
        """Bring a name or a search to plain words: no accent, hyphen, apostrophe or capital; "St" is "saint".

        >>> _normalize("St-Étienne-lès-Œillets CEDEX 2")
        'saint etienne les oeillets'

        :param str text: may be empty
        :rtype: str
        """
        text = remove_accents(seen(text).translate(LIGATURES)).lower()
        text = CEDEX.sub('', text).replace(' s/', ' sur ')
        text = SPACED_ORDINAL.sub(r'\1', text)
        text = ROMAN.sub(lambda match: f'{match[1]} {self._roman(match[2])}', text)
        words = []
        for word in re.findall(r'[a-z0-9]+', text):
            if match := ORDINAL.fullmatch(word):
                number = int(match[1])
                word = '1er' if number == 1 else f'{number}e'
            words.append(ABBREVIATIONS.get(word, word))
        return ' '.join(words)

    @staticmethod
    def _roman(numeral):
        """The number of a district, up to XX, in digits; '' for ''."""
        values = [{'x': 10, 'v': 5, 'i': 1}[letter] for letter in numeral]
        total = sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))
        return str(total or '')

    @api.model
    def _split_brackets(self, text):
        """What is typed or shown, as name and beginnings of codes.

        >>> _split_brackets("Seynod (74, now Annecy)"), _split_brackets("Puteaux (Seine)")
        ('Seynod', ['74']), ('Puteaux', ['75', '92', '93', '94'])

        :param str text: at most LONGEST_SEARCH characters of it count
        :rtype: tuple[str, list[str]]
        """
        text = (text or '')[:LONGEST_SEARCH]
        if match := DISPLAYED.fullmatch(text):
            return match['name'], [match['place']]
        if (match := CERTIFICATE.fullmatch(text)) and (places := departments_named(match['department'])):
            return match['name'], places
        return text, []

    @api.model
    def _words_domain(self, text):
        """Domain of the communes that have, for each word of the text, a word that begins with it.

        :param str text: a name, a code, or both, as people type them
        """
        name, places = self._split_brackets(text)
        words = self._normalize(name).split()
        if not words:
            return Domain.FALSE
        # "Lyon 03" is the third district; but a code may begin with 0 too
        terms = [f"('{word}':* | '{word[1:]}':*)" if re.fullmatch(r'0\d', word) else f"'{word}':*" for word in words]
        if places:
            # The beginning of a code, also of one that the commune had before: "Saint-Priest (Isère)" is in Rhône today
            codes = ' | '.join(f"'{place.lower()}':*" for place in places)
            terms.append(f'({codes})')
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "array_to_tsvector(string_to_array(%s, ' ')) @@ %s::tsquery",
                model._field_to_sql(alias, 'search_words', query),
                ' & '.join(terms),
            )
        )

    @api.model
    def _exact_domain(self, text):
        """Domain of the communes of exactly this INSEE code, name, or displayed name ("Tours (37000)").

        A code of today means today's commune, also where a former one had it; a code that is no more, the former one.

        :param str text: at most LONGEST_SEARCH characters of it count
        """
        text = text[:LONGEST_SEARCH]
        if match := DISPLAYED.fullmatch(text):
            former = Domain('valid_until', '!=', False)
            return (
                Domain('search_name', '=', self._normalize(match['name']))
                & (self._words_domain(match['place']) | Domain('department', '=', match['place']))
                & (former if match['former'] else ~former & Domain('kind', '!=', 'divided'))
            )
        code = text.strip().upper()
        return (
            Domain('code', '=', code) & (Domain('valid_until', '=', False) | Domain('successor_id.code', '!=', code))
        ) | Domain('search_name', '=', self._normalize(text))

    @api.model
    def _load_communes(self):
        """Bring the table to the state of the shipped file. Runs at installation and at each update.

        Rows keep their id, since customers refer to them; a code that the file no longer has stays.
        """
        cr = self.env.cr
        self.env.flush_all()
        columns = SQL(', ').join(map(SQL.identifier, LOADED))
        cr.execute(
            SQL(
                """
            CREATE TEMPORARY TABLE insee_commune_new ON COMMIT DROP
                AS SELECT %s, code AS successor FROM insee_commune WITH NO DATA
            """,
                columns,
            )
        )
        cr.copy_expert(
            f"COPY insee_commune_new ({', '.join(LOADED)}, successor) FROM STDIN WITH (FORMAT csv)", self._read_file()
        )
        # Today's first: former communes refer to them.
        for key, which in (
            ('(code) WHERE valid_until IS NULL', 'IS NULL'),
            ('(code, name) WHERE valid_until IS NOT NULL', 'IS NOT NULL'),
        ):
            cr.execute(
                SQL(
                    """
                INSERT INTO insee_commune AS old (%(columns)s, successor_id)
                     SELECT %(selected)s, today.id
                       FROM insee_commune_new AS new
                  LEFT JOIN insee_commune AS today ON today.code = new.successor AND today.valid_until IS NULL
                      WHERE new.valid_until %(which)s
                   ORDER BY new.code
                ON CONFLICT %(key)s DO UPDATE SET (%(columns)s, successor_id) = ROW (%(excluded)s, excluded.successor_id)
                      WHERE (%(old)s, old.successor_id) IS DISTINCT FROM (%(excluded)s, excluded.successor_id)
                """,
                    columns=columns,
                    key=SQL(key),
                    which=SQL(which),
                    selected=SQL(', ').join(SQL.identifier('new', name) for name in LOADED),
                    old=SQL(', ').join(SQL.identifier('old', name) for name in LOADED),
                    excluded=SQL(', ').join(SQL.identifier('excluded', name) for name in LOADED),
                )
            )
        cr.execute(SQL("DROP TABLE insee_commune_new"))
        cr.execute(SQL("ANALYZE insee_commune"))  # else the first searches would not know that the index pays
        self.invalidate_model()

    @api.model
    def _read_file(self):
        """Read the shipped file and add the columns that follow from the others. Today's communes come first in it.

        :return: CSV without header, columns in the order of LOADED, then the code of what a former commune became
        :rtype: io.StringIO
        """
        result = io.StringIO()
        writer = csv.writer(result)
        today = {}
        with file_open(FILE, 'rb') as packed, gzip.open(packed, 'rt', encoding='utf-8', newline='') as text:
            for row in csv.DictReader(text):
                code = row['code']
                successor = today.get(row['successor'])
                if row['kind'] != 'former':
                    today[code] = row
                row['department'] = department_of(code)
                row['population'] = (successor or row)['population'] or 0
                row['successor_name'] = successor and successor['name']
                row['search_name'] = self._normalize(row['name'])
                # Older codes too; the postal codes of a former commune are those of what it became.
                codes = dict.fromkeys([code, *(older for older, _until, _name in read_history(row['history']))])
                zip_codes = (successor or row)['zip_codes']
                row['search_words'] = ' '.join(filter(None, (row['search_name'], *map(str.lower, codes), zip_codes)))
                writer.writerow([*(row[name] for name in LOADED), row['successor']])
        result.seek(0)
        return result
