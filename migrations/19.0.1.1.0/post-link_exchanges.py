"""Link the exchanges of the first version to all they were about.

It linked the calls for one document only, by ``res_model`` and ``res_id``; those columns are still there and go at the
end of the upgrade. Batches are found by what the masked bodies keep: invoice numbers and URSSAF's references.
"""

import json

from odoo.tools import SQL, split_every
from odoo.tools.sql import column_exists

CHUNK = 500  # bodies in memory at once
LINKS = (
    ('urssaf.payment.request', 'urssaf_payment_request', 'urssaf_exchange_request_rel', 'request_id'),
    ('urssaf.registration', 'urssaf_registration', 'urssaf_exchange_registration_rel', 'registration_id'),
)


def migrate(cr, version):
    if not version or not column_exists(cr, 'urssaf_exchange', 'res_id'):
        return
    for model, table, relation, column in LINKS:
        cr.execute(
            SQL(
                "INSERT INTO %s (exchange_id, %s) SELECT e.id, d.id FROM urssaf_exchange e JOIN %s d ON d.id = e.res_id "
                "WHERE e.res_model = %s ON CONFLICT DO NOTHING",
                SQL.identifier(relation),
                SQL.identifier(column),
                SQL.identifier(table),
                model,
            )
        )
    cr.execute("SELECT id FROM urssaf_exchange WHERE res_id IS NULL AND call IN ('M050', 'M070') ORDER BY id")
    for ids in split_every(CHUNK, [row[0] for row in cr.fetchall()]):
        cr.execute("SELECT id, request_body FROM urssaf_exchange WHERE id IN %s", [tuple(ids)])
        for exchange_id, body in cr.fetchall():
            numbers = numbers_in(body)
            if numbers:
                cr.execute(
                    "INSERT INTO urssaf_exchange_request_rel (exchange_id, request_id) "
                    "SELECT e.id, r.id FROM urssaf_exchange e JOIN urssaf_payment_request r "
                    "ON r.company_id = e.company_id AND r.environment = e.environment "
                    "WHERE e.id = %s AND (r.name = ANY(%s) OR r.request_ref = ANY(%s)) "
                    # Of several tries with one number: those that were there when the call was made.
                    "AND r.create_date <= e.started_at + interval '1 minute' ON CONFLICT DO NOTHING",
                    [exchange_id, numbers, numbers],
                )


def numbers_in(body):
    """The invoice numbers and URSSAF's references that a request's body names."""
    try:
        items = json.loads(body or 'null')
    except ValueError:
        return []  # cut short
    found = []
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict):
            for key in ('numFactureTiers', 'idDemandePaiements'):
                value = item.get(key)
                found += value if isinstance(value, list) else [value]
    return [value for value in found if isinstance(value, str)]
