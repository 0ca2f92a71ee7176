"""Invoices that URSSAF has taken are sent, as Odoo's own flag says it: its e-reporting leaves out the others."""


def migrate(cr, version):
    if not version:
        return
    cr.execute("""
        UPDATE account_move
           SET is_move_sent = true
         WHERE is_move_sent IS NOT TRUE
           AND id IN (SELECT move_id FROM urssaf_payment_request WHERE request_ref IS NOT NULL)
    """)
