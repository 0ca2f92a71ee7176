"""Give each registration the activity that stands on its customer: the first version found it by its type alone.

A customer of several companies keeps its activities as they are: nothing says whose they were.
"""


def migrate(cr, version):
    if not version:
        return
    cr.execute("""
        UPDATE urssaf_registration r
           SET activity_id = a.id
          FROM mail_activity a
          JOIN ir_model_data d ON d.model = 'mail.activity.type' AND d.res_id = a.activity_type_id
         WHERE d.module = 'l10n_fr_avance_immediate' AND d.name = 'mail_activity_type_urssaf'
           AND a.res_model = 'res.partner' AND a.res_id = r.partner_id AND a.active AND r.activity_id IS NULL
           AND NOT EXISTS (
               SELECT 1 FROM urssaf_registration o WHERE o.partner_id = r.partner_id AND o.id != r.id)
    """)
