"""What URSSAF is still to transfer of each request: computed for new ones, filled in here for those that are there.

After ``pre-stage.py``, which it is made from.
"""

from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    if not version or column_exists(cr, 'urssaf_payment_request', 'amount_awaited'):
        return
    create_column(cr, 'urssaf_payment_request', 'amount_awaited', 'numeric')
    cr.execute("""
        UPDATE urssaf_payment_request
           SET amount_awaited = CASE WHEN stage IN ('to_send', 'waiting')
                                     THEN amount_total - COALESCE(deposit_amount, 0)
                                     ELSE 0 END
    """)
