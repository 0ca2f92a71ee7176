from psycopg2.extras import execute_values

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ...urssaf.formats import FRANCE, spaced_mobile
from ...urssaf.street import split_street
from .res_partner_address import STREET_PARTS

# Stored values that Odoo would compute contact by contact, field by field, when the module arrives.
COLUMNS = {
    **dict.fromkeys(STREET_PARTS, 'varchar'),
    'urssaf_mobile': 'varchar',
    'urssaf_commune_id': 'int4',
    'urssaf_birth_country_id': 'int4',
    'urssaf_birth_place_sent': 'varchar',  # nothing has been recognised yet
    'urssaf_bank_account_id': 'int4',
    'urssaf_is_complete': 'bool',  # nobody is: nobody has a birth name yet
}
# One that every version of the module has had: without it the module is only arriving.
FIRST_COLUMN = 'urssaf_birth_name'
PAGE = 1000
# Only contacts that Odoo has not computed yet: their flag is still NULL.
UNTOUCHED = 'partner.is_company IS NOT TRUE AND partner.urssaf_is_complete IS NULL'
# PostgreSQL writes the whole contact anew, and each of its indexes, however little of it changes: once for all columns.
FILL_IN = f"""
    UPDATE res_partner
       SET ({', '.join(STREET_PARTS)}, urssaf_mobile, urssaf_commune_id, urssaf_birth_country_id, urssaf_is_complete)
         = ({', '.join(f'street.{name}' for name in STREET_PARTS)}, mobile.mobile, town.commune_id, %(france)s, FALSE)
      FROM res_partner partner
      LEFT JOIN urssaf_known_street street
             ON street.line = COALESCE(partner.street, '') AND street.line2 = COALESCE(partner.street2, '')
      LEFT JOIN urssaf_known_mobile mobile ON mobile.phone = partner.phone
      LEFT JOIN urssaf_known_town town
             ON town.zip = partner.zip AND town.city = COALESCE(partner.city, '')
            AND (partner.country_id IS NULL OR partner.country_id = ANY(%(french)s))
     WHERE partner.id = res_partner.id AND {UNTOUCHED}
"""
# Few have an account, companies among them.
CHOOSE_BANK_ACCOUNTS = """
    UPDATE res_partner SET urssaf_bank_account_id = account.id
      FROM (
          SELECT DISTINCT ON (partner_id) partner_id, id FROM res_partner_bank WHERE active ORDER BY partner_id, sequence, id
      ) account
     WHERE account.partner_id = res_partner.id AND urssaf_bank_account_id IS NULL
"""


class ResPartner(models.Model):
    """The contacts that are there when the module arrives, be they a hundred thousand: filled in by the database, each street,
    each telephone number and each town read once."""

    _inherit = 'res.partner'

    def _auto_init(self):
        if not column_exists(self.env.cr, self._table, FIRST_COLUMN):
            for column, kind in COLUMNS.items():
                create_column(self.env.cr, self._table, column, kind)
        return super()._auto_init()

    @api.model
    def _urssaf_fill_in(self):
        """As the computes of these columns do; the table of communes is there."""
        self.env.flush_all()
        french = self.env['res.country'].search([('insee_code', '=', FRANCE)]).ids
        self._urssaf_know('street', ('line', 'line2', *STREET_PARTS), self._urssaf_known_streets())
        self._urssaf_know('mobile', ('phone', 'mobile'), self._urssaf_known_mobiles())
        self._urssaf_know('town', ('zip', 'city', 'commune_id'), self._urssaf_known_towns(french))
        france = self.env.ref('base.fr', raise_if_not_found=False)
        self.env.cr.execute(FILL_IN, {'france': france and france.id or None, 'french': french})
        self.env.cr.execute(CHOOSE_BANK_ACCOUNTS)
        self.env.cr.execute("DROP TABLE urssaf_known_street, urssaf_known_mobile, urssaf_known_town")
        self.env.invalidate_all()

    @api.model
    def _urssaf_know(self, what, columns, rows):
        """Make the table ``urssaf_known_…`` for this transaction.

        :param str what: end of its name
        :param tuple[str] columns: what stands in the database, then what it gives
        :param iterable[tuple] rows: texts; ids in a column so called
        """
        cr, table = self.env.cr, f'urssaf_known_{what}'
        kinds = ', '.join(f'{column} {"int4" if column.endswith("_id") else "varchar"}' for column in columns)
        cr.execute(SQL("CREATE TEMPORARY TABLE %s (%s)", SQL.identifier(table), SQL(kinds)))
        execute_values(cr._obj, f"INSERT INTO {table} VALUES %s", rows, page_size=PAGE)
        cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    @api.model
    def _urssaf_untouched(self, columns, condition, *params):
        """What differs among the contacts that are to be filled in.

        :param str columns: SQL
        :param str condition: SQL
        :param params: those of the condition
        :rtype: list[tuple]
        """
        query = f"SELECT DISTINCT {columns} FROM res_partner partner WHERE {UNTOUCHED} AND {condition}"
        self.env.cr.execute(query, params)
        return self.env.cr.fetchall()

    def _urssaf_known_streets(self):
        found = self._urssaf_untouched("COALESCE(street, ''), COALESCE(street2, '')", "CONCAT(street, street2) != ''")
        for line, line2 in found:
            parts = split_street(line, line2)
            yield line, line2, *(getattr(parts, name) or None for name in STREET_PARTS.values())

    def _urssaf_known_mobiles(self):
        for (phone,) in self._urssaf_untouched('phone', "phone != ''"):
            if mobile := spaced_mobile(phone):
                yield phone, mobile

    def _urssaf_known_towns(self, french):
        found = self._urssaf_untouched(
            "zip, COALESCE(city, '')", "zip != '' AND (country_id IS NULL OR country_id = ANY(%s))", french
        )
        for zip_code, city in found:
            commune = self.env['insee.commune']._find_by_town(zip_code, city)
            if commune:
                yield zip_code, city, commune.id
