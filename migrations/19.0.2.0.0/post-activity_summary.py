"""Lists show the summary of an activity, where its type has no decoration: else a bare "Warning"."""


def migrate(cr, version):
    if not version:
        return
    cr.execute("""
        UPDATE mail_activity_type
           SET decoration_type = NULL
         WHERE decoration_type = 'warning'
           AND id = (SELECT res_id FROM ir_model_data
                      WHERE module = 'l10n_fr_avance_immediate' AND name = 'mail_activity_type_urssaf')
    """)
