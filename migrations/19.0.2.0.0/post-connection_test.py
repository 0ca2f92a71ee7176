"""What a test of the connection came to stands with the connection: that of each environment by itself."""

from odoo.tools.sql import column_exists


def migrate(cr, version):
    if not version or not column_exists(cr, 'res_company', 'urssaf_test_at'):
        return
    cr.execute("""
        INSERT INTO urssaf_connection (company_id, environment, failure_count, tested_at, test_failure)
             SELECT id, urssaf_environment, 0, urssaf_test_at, urssaf_test_failure
               FROM res_company
              WHERE urssaf_environment IS NOT NULL AND urssaf_test_at IS NOT NULL
        ON CONFLICT (company_id, environment) DO UPDATE
                SET tested_at = EXCLUDED.tested_at, test_failure = EXCLUDED.test_failure
    """)
    cr.execute("ALTER TABLE res_company DROP COLUMN urssaf_test_at, DROP COLUMN urssaf_test_failure")
