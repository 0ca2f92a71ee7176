"""The stage of each request, and of its invoice: computed for new ones, filled in here for those that are there.

Computed by Odoo it would be record by record, for all invoices of the database.
"""

from odoo.tools.sql import column_exists, create_column

# As the table of states had them when the field came (models/request/urssaf_payment_request_states.py).
STAGES = {
    'to_send': ('scheduled', 'queued', 'sending'),
    'waiting': ('unknown', 'integrated', 'awaiting', 'validated', 'debited'),
    'to_fix': ('not_sent', 'rejected', 'refused', 'debit_failed'),
    'paid': ('paid', 'recovered'),
    'closed': ('cancelled', 'cancelled_unpaid', 'cancelled_recovered', 'withdrawn'),
}


def migrate(cr, version):
    if not version:
        return
    for table, column in (('urssaf_payment_request', 'stage'), ('account_move', 'urssaf_stage')):
        if not column_exists(cr, table, column):
            create_column(cr, table, column, 'varchar')
    for stage, states in STAGES.items():
        cr.execute("UPDATE urssaf_payment_request SET stage = %s WHERE state IN %s", (stage, states))
    # It waits for its next try.
    cr.execute("UPDATE urssaf_payment_request SET stage = 'to_send' WHERE state = 'not_sent' AND submit_at IS NOT NULL")
    cr.execute("""
        UPDATE account_move m
           SET urssaf_stage = r.stage
          FROM urssaf_payment_request r
         WHERE r.id = m.urssaf_request_id
    """)
