"""Record rules of models that nobody may read go; kept by Odoo because their file is loaded once only (noupdate)."""

NAMES = ('rule_urssaf_invitation_company', 'rule_urssaf_token_company', 'rule_urssaf_connection_company')


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        "DELETE FROM ir_model_data WHERE module = 'l10n_fr_avance_immediate' AND model = 'ir.rule' AND name IN %s "
        "RETURNING res_id",
        [NAMES],
    )
    rules = [row[0] for row in cr.fetchall()]
    cr.execute("DELETE FROM ir_rule WHERE id = ANY(%s)", [rules])
