"""What has left before documents knew their contract is taken for that of the company's settings."""

TABLES = {
    'urssaf_payment_request': ('scheduled', 'queued', 'withdrawn', 'rejected'),
    'urssaf_registration': ('draft', 'rejected'),
}


def migrate(cr, version):
    if not version:
        return
    for table, not_left in TABLES.items():
        cr.execute(
            f"""
            UPDATE {table} d
               SET client_key = c.urssaf_client_id, sap_number = c.urssaf_sap_number
              FROM res_company c
             WHERE c.id = d.company_id
               AND c.urssaf_environment = d.environment
               AND d.client_key IS NULL
               AND d.state NOT IN %s
            """,
            [not_left],
        )
