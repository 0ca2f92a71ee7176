"""Companies that have declared deposits go on: the setting, off at first, is on where a request has one."""


def migrate(cr, version):
    if not version:
        return
    cr.execute("""
        UPDATE res_company
           SET urssaf_deposits_allowed = true
         WHERE id IN (SELECT company_id FROM urssaf_payment_request WHERE deposit_amount > 0)
    """)
