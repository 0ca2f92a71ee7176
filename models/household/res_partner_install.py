from psycopg2.extras import execute_values

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ...urssaf.formats import spaced_mobile
from ...urssaf.street import split_street
from .res_partner_address import STREET_PARTS

# Stored values that Odoo would compute contact by contact, field by field, when the module arrives.
COLUMNS = {
    **dict.fromkeys(STREET_PARTS, 'varchar'),
    'urssaf_mobile': 'varchar',
    'urssaf_birth_country_id': 'int4',
    'urssaf_birth_place_sent': 'varchar',  # nothing has been recognised yet
    'urssaf_commune_id': 'int4',
    'urssaf_bank_account_id': 'int4',
    'urssaf_is_complete': 'bool',  # nobody is: nobody has a birth name yet
}
# One that every version of the module has had: without it the module is only arriving.
FIRST_COLUMN = 'urssaf_birth_name'
PAGE = 1000
UPDATE_STREETS = f"""
    UPDATE res_partner SET ({', '.join(STREET_PARTS)}) = ({', '.join(f'part.{name}' for name in STREET_PARTS)})
      FROM urssaf_known AS part (street, street2, {', '.join(STREET_PARTS)})
     WHERE COALESCE(res_partner.street, '') = part.street AND COALESCE(res_partner.street2, '') = part.street2
       AND is_company IS NOT TRUE
"""
UPDATE_MOBILES = """
    UPDATE res_partner SET urssaf_mobile = known.mobile FROM urssaf_known AS known (phone, mobile)
     WHERE res_partner.phone = known.phone AND is_company IS NOT TRUE
"""


class ResPartner(models.Model):
    """The contacts that are there when the module arrives, be they a hundred thousand: filled in by the database, each street
    and each telephone number read once."""

    _inherit = 'res.partner'

    def _auto_init(self):
        is_arriving = not column_exists(self.env.cr, self._table, FIRST_COLUMN)
        if is_arriving:
            for column, kind in COLUMNS.items():
                create_column(self.env.cr, self._table, column, kind)
        result = super()._auto_init()
        if is_arriving:
            self._urssaf_fill_in_streets()
            self._urssaf_fill_in_mobiles()
            self._urssaf_fill_in_links()
        return result

    @api.model
    def _urssaf_fill_in_streets(self):
        """As the computes of ``res_partner_address.py`` do."""
        self.env.cr.execute(
            "SELECT DISTINCT COALESCE(street, ''), COALESCE(street2, '') FROM res_partner "
            "WHERE is_company IS NOT TRUE AND CONCAT(street, street2) != ''"
        )
        rows = []
        for street, street2 in self.env.cr.fetchall():
            parts = split_street(street, street2)
            rows.append((street, street2, *(getattr(parts, name) or None for name in STREET_PARTS.values())))
        self._urssaf_update_by_value(UPDATE_STREETS, rows)

    @api.model
    def _urssaf_fill_in_mobiles(self):
        """As ``_compute_urssaf_mobile`` does."""
        self.env.cr.execute("SELECT DISTINCT phone FROM res_partner WHERE is_company IS NOT TRUE AND phone != ''")
        known = ((phone, spaced_mobile(phone)) for (phone,) in self.env.cr.fetchall())
        self._urssaf_update_by_value(UPDATE_MOBILES, [row for row in known if row[1]])

    @api.model
    def _urssaf_update_by_value(self, query, rows):
        """Run an update with these rows in the table ``urssaf_known``: once for all of them, for each run reads all contacts.

        :param str query: without parameters
        :param list[tuple] rows: what stands in the database, then what it gives: texts
        """
        if not rows:
            return
        cr = self.env.cr
        columns = SQL(', ').join(SQL("%s varchar", SQL.identifier(f'c{number}')) for number in range(len(rows[0])))
        cr.execute(SQL("CREATE TEMPORARY TABLE urssaf_known (%s)", columns))
        execute_values(cr._obj, "INSERT INTO urssaf_known VALUES %s", rows, page_size=PAGE)
        cr.execute("ANALYZE urssaf_known")
        cr.execute(query)
        cr.execute("DROP TABLE urssaf_known")

    @api.model
    def _urssaf_fill_in_links(self):
        """Country of birth and bank account, as their computes choose them."""
        france = self.env.ref('base.fr', raise_if_not_found=False)
        if france:
            self.env.cr.execute(
                "UPDATE res_partner SET urssaf_birth_country_id = %s WHERE is_company IS NOT TRUE", [france.id]
            )
        self.env.cr.execute(
            "UPDATE res_partner SET urssaf_bank_account_id = account.id FROM (SELECT DISTINCT ON (partner_id) partner_id, id "
            "FROM res_partner_bank WHERE active ORDER BY partner_id, sequence, id) AS account "
            "WHERE account.partner_id = res_partner.id"
        )

    @api.model
    def _urssaf_find_communes(self):
        """Municipalities of the contacts that have none, as soon as the table of communes is there. One search for each town."""
        partners = self.with_context(active_test=False).search(
            [('is_company', '=', False), ('zip', '!=', False), ('urssaf_commune_id', '=', False)],
            order='zip, city, id',  # computed in this order, a thousand at a time
        )
        self.env.add_to_compute(self._fields['urssaf_commune_id'], partners)
        self.env.flush_all()
