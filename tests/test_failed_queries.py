import logging
import sys

import psycopg2

from odoo.tests import tagged

from ..tools.failed_queries import ADDON, LOGGER, WRITE_TRACEBACKS, RefusalInTracebackFilter, mask_failed_queries
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

    def test_what_is_in_the_row_when_the_statement_is_not_ours(self):
        self.household.urssaf_birth_name = "Secretnom"
        said = self.said("UPDATE res_partner SET name = NULL WHERE id = %s", self.household.id)
        self.assertIn('Failing row contains (***)', said)
        self.assertNotIn('Secretnom', said)

    def test_a_statement_that_is_not_ours_is_logged_as_odoo_does(self):
        said = self.said("UPDATE res_currency SET name = NULL WHERE name = 'EUR'")
        self.assertIn("'EUR'", said)

    def test_the_filter_is_there_once(self):
        mask_failed_queries()
        self.test_what_is_in_the_statement()


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestTracebacks(AvanceImmediateCommon):
    """A traceback that is logged says why the database refused, and no value of the row that it quotes."""

    def setUp(self):
        super().setUp()
        self.household.urssaf_birth_name = "Secretnom (née Autre)"
        self.env.flush_all()

    def refuse(self, records=None):
        with self.assertLogs(LOGGER, 'ERROR'):
            cr = (records or self.household).env.cr
            cr.execute("UPDATE res_partner SET name = NULL WHERE id = %s", (self.household.id,))

    def said_by(self, name, refuse):
        """What a logger says of what is raised."""
        with self.assertLogs(name, 'ERROR') as logged:
            try:
                with self.env.cr.savepoint(flush=False):
                    refuse()
            except Exception:
                logging.getLogger(name).exception("It has failed")
        return '\n'.join(logged.output)

    def assertMasked(self, said):
        self.assertIn('Traceback', said)
        self.assertIn('Failing row contains (***)', said)
        for value in ('Secretnom', 'Autre', self.household.email):
            self.assertNotIn(value, said)

    def test_where_one_of_ours_goes_on_after_it(self):
        with self.as_user() as env, self.assertLogs(f'{ADDON}.models.connection.urssaf_document', 'ERROR') as logged:
            env['urssaf.payment.request']._notify_each(env['res.partner'].browse(self.household.id), self.refuse)
        self.assertMasked('\n'.join(logged.output))

    def test_where_none_of_ours_catches_it(self):
        for name in WRITE_TRACEBACKS:
            with self.subTest(logger=name):
                self.assertMasked(self.said_by(name, self.refuse))

    def test_what_names_no_table(self):
        def refuse():
            with self.assertLogs(LOGGER, 'ERROR'):
                self.env.cr.execute("UPDATE res_partner SET urssaf_birth_date = %s", ('le 17 mai',))

        said = self.said_by(WRITE_TRACEBACKS[0], refuse)
        self.assertIn('invalid input syntax for type date: "***"', said)
        self.assertNotIn('17 mai', said.replace("('le 17 mai',))", ''))  # the line of this test, in the traceback

    def test_where_another_error_came_of_it(self):
        def refuse():
            try:
                self.refuse()
            except psycopg2.Error as error:
                raise ValueError("cannot go on") from error

        said = self.said_by(WRITE_TRACEBACKS[0], refuse)
        self.assertMasked(said)
        self.assertIn('ValueError: cannot go on', said)

    def test_what_has_no_traceback_is_logged_as_ever(self):
        for name in WRITE_TRACEBACKS:
            for has_one in (False, True, None):  # a warning about a refused access; one outside any error
                with self.subTest(logger=name, exc_info=has_one), self.assertLogs(name, 'WARNING') as logged:
                    logging.getLogger(name).warning("Nothing wrong", exc_info=has_one)
                    self.assertIn("Nothing wrong", logged.output[0])

    def test_every_logger_of_ours(self):
        modules = [module for name, module in sys.modules.items() if name.startswith(f'{ADDON}.')]
        ours = [module._logger.name for module in modules if hasattr(module, '_logger')]
        self.assertGreater(len(ours), 10)
        for name in ours:
            with self.subTest(logger=name):
                filters = [type(known) for known in logging.getLogger(name).filters]
                self.assertEqual(filters.count(RefusalInTracebackFilter), 1)

    def test_an_error_of_somebody_else_is_logged_as_it_is(self):
        def refuse():
            with self.assertLogs(LOGGER, 'ERROR'):
                self.env.cr.execute("UPDATE res_currency SET name = NULL WHERE name = 'EUR'")

        self.assertIn('Failing row contains (', said := self.said_by(WRITE_TRACEBACKS[0], refuse))
        self.assertNotIn('***', said)
