"""The company of a request's invoice is kept with the request: filled in here, so that nobody's change is dated anew."""

from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    if not version or column_exists(cr, 'urssaf_payment_request', 'move_company_id'):
        return
    create_column(cr, 'urssaf_payment_request', 'move_company_id', 'int4')
    cr.execute("""
        UPDATE urssaf_payment_request r
           SET move_company_id = m.company_id
          FROM account_move m
         WHERE m.id = r.move_id
    """)
