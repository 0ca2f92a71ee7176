"""An id at URSSAF belongs to one request, and whose answer was lost is known.

Where two requests follow one id, nobody can tell here which of them it is: the first keeps it, the others are left to a
person. A request in doubt counts as one whose answer was lost.
"""

from odoo.tools.sql import column_exists, create_column

COLUMNS = {
    'attention': 'varchar',
    'found_ref': 'varchar',
    'lost_at': 'timestamp',
    'number_taken': 'bool',
    'watch_until': 'timestamp',
    'next_watch_at': 'timestamp',
}
FREE = ('rejected', 'not_sent', 'withdrawn')


def migrate(cr, version):
    if not version:
        return
    for column, kind in COLUMNS.items():
        if not column_exists(cr, 'urssaf_payment_request', column):
            create_column(cr, 'urssaf_payment_request', column, kind)
    cr.execute("""
        UPDATE urssaf_payment_request
           SET attention = CASE WHEN state = 'unknown' THEN 'dispute' ELSE 'status' END,
               number_taken = (state = 'unknown')
         WHERE needs_attention
    """)
    cr.execute("""
        UPDATE urssaf_payment_request
           SET lost_at = coalesce(claimed_at, state_since, write_date),
               watch_until = now() AT TIME ZONE 'UTC' + interval '90 days',
               next_watch_at = now() AT TIME ZONE 'UTC' + interval '1 day'
         WHERE state = 'unknown' AND NOT coalesce(needs_attention, false)
    """)
    cr.execute(
        """
        WITH twins AS (
            SELECT id, row_number() OVER (
                       PARTITION BY company_id, environment, request_ref ORDER BY state IN %(free)s, id
                   ) AS place
              FROM urssaf_payment_request
             WHERE request_ref IS NOT NULL
        ), doubled AS (
            UPDATE urssaf_payment_request r
               SET found_ref = CASE WHEN r.state IN %(free)s THEN NULL ELSE r.request_ref END,
                   request_ref = NULL,
                   number_taken = r.state NOT IN %(free)s,
                   attention = CASE WHEN r.state IN %(free)s THEN r.attention ELSE 'dispute' END,
                   needs_attention = r.state NOT IN %(free)s,
                   stage = CASE WHEN r.state IN %(free)s THEN r.stage ELSE 'waiting' END,
                   next_poll_at = CASE WHEN r.state IN %(free)s THEN NULL ELSE now() AT TIME ZONE 'UTC' END,
                   state = CASE WHEN r.state IN %(free)s THEN r.state ELSE 'unknown' END
              FROM twins t
             WHERE t.id = r.id AND t.place > 1
         RETURNING r.id, r.state, r.stage
        )
        UPDATE account_move m
           SET urssaf_state = d.state, urssaf_stage = d.stage
          FROM doubled d
         WHERE m.urssaf_request_id = d.id
        """,
        {'free': FREE},
    )
