"""The stage of each registration: computed for new ones, filled in here for those that are there.

Computed by Odoo it would be record by record, and each would look as if somebody had changed it now.
"""

from odoo.tools.sql import column_exists, create_column

# As the table of states had them when the field came (models/registration/urssaf_registration_states.py).
STAGES = {
    'new': ('draft',),
    'waiting': ('sending', 'unknown', 'pending'),
    'active': ('active',),
    'to_fix': ('rejected', 'blocked', 'mandate_expired', 'unlinked'),
}


def migrate(cr, version):
    if not version:
        return
    if not column_exists(cr, 'urssaf_registration', 'stage'):
        create_column(cr, 'urssaf_registration', 'stage', 'varchar')
    for stage, states in STAGES.items():
        cr.execute("UPDATE urssaf_registration SET stage = %s WHERE state IN %s", (stage, states))
    if column_exists(cr, 'urssaf_registration', 'queued_at'):  # the first version sent nothing in the background
        cr.execute("UPDATE urssaf_registration SET stage = 'waiting' WHERE state = 'draft' AND queued_at IS NOT NULL")
