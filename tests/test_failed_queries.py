import psycopg2

from odoo.tests import tagged

from ..tools.failed_queries import LOGGER, mask_failed_queries
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestFailedQueries(AvanceImmediateCommon):
    """A statement that the database refuses is logged, and no value of a household with it."""

    def said(self, query, *values):
        """What the log says of a statement that is refused."""
        self.env.flush_all()
        with (
            self.assertLogs(LOGGER, 'ERROR') as logged,
            self.assertRaises(psycopg2.Error),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(query, values)
        return '\n'.join(logged.output)

    def test_what_is_in_the_statement(self):
        said = self.said(
            "UPDATE res_partner SET urssaf_birth_name = %s, urssaf_birth_date = %s WHERE id = %s",
            "D'Artagnan",
            'le 17 mai',
            self.household.id,
        )
        self.assertIn('UPDATE res_partner SET urssaf_birth_name', said)
        self.assertIn('invalid input syntax for type date', said)
        for value in ('Artagnan', '17 mai'):
            self.assertNotIn(value, said)

    def test_what_is_in_the_row_that_fails(self):
        self.household.urssaf_birth_name = "Secretnom (née Autre)"
        self.env.flush_all()
        said = self.said(
            "UPDATE res_partner SET name = NULL, type = 'contact', urssaf_mobile = '06 39 98 00 77' WHERE id = %s",
            self.household.id,
        )
        self.assertIn('violates check constraint', said)
        self.assertIn('Failing row contains (***)', said)
        for value in ('Secretnom', 'Autre', '39 98', self.household.email):
            self.assertNotIn(value, said)

    def test_what_is_in_a_key(self):
        registration = self.household.with_company(self.company).urssaf_registration_id
        columns = 'partner_id, company_id, environment, customer_ref, state'
        said = self.said(
            f"INSERT INTO urssaf_registration ({columns}) SELECT partner_id, company_id, environment, %s, state "
            "FROM urssaf_registration WHERE id = %s",
            'menage-secret',
            registration.id,
        )
        self.assertIn('duplicate key', said)
        self.assertIn('=(***)', said)
        self.assertNotIn('menage-secret', said)

    def test_a_statement_that_is_not_ours_is_logged_as_odoo_does(self):
        said = self.said("UPDATE res_currency SET name = NULL WHERE name = 'EUR'")
        self.assertIn("'EUR'", said)

    def test_the_filter_is_there_once(self):
        mask_failed_queries()
        self.test_what_is_in_the_statement()
