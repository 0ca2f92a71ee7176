"""What the State pays no half of, from the lines that requests have kept: so far it was told as half paid by the State."""


def migrate(cr, version):
    if not version:
        return
    cr.execute("""
        UPDATE urssaf_payment_request request
           SET amount_not_eligible = (
                   SELECT SUM((line ->> 'mntPrestationTTC')::numeric)
                     FROM json_array_elements(request.payload::json -> 'inputPrestations') line
                    WHERE line ->> 'codeNature' = '270'
               )
         WHERE request.payload LIKE '%"codeNature":"270"%'
    """)
    cr.execute("""
        UPDATE urssaf_payment_request
           SET amount_household = amount_total - ROUND((amount_total - amount_not_eligible) / 2, 2)
                                - COALESCE(deposit_amount, 0)
         WHERE amount_not_eligible > 0
    """)
