"""What the household pays and what URSSAF is to transfer are kept with each request: computed for new ones, filled in here.

What the State pays no half of was not kept so far: ``post-not_eligible.py`` finds it and mends the household's part.
"""

from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    if not version or column_exists(cr, 'urssaf_payment_request', 'amount_household'):
        return
    for column in ('amount_household', 'amount_expected'):
        create_column(cr, 'urssaf_payment_request', column, 'numeric')
    cr.execute("""
        UPDATE urssaf_payment_request
           SET amount_household = amount_total - ROUND(amount_total / 2, 2) - COALESCE(deposit_amount, 0),
               amount_expected = amount_total - COALESCE(deposit_amount, 0)
    """)
