"""Branches use what their parent company has: record rules are loaded once only (noupdate), so these are written anew."""

DOMAINS = {
    'rule_urssaf_payment_request_company': "[('move_company_id', 'in', company_ids)]",
    'rule_urssaf_registration_company': "[('company_id', 'parent_of', company_ids)]",
    'rule_urssaf_registration_attempt_company': "[('company_id', 'parent_of', company_ids)]",
}


def migrate(cr, version):
    if not version:
        return
    for name, domain in DOMAINS.items():
        cr.execute(
            "UPDATE ir_rule SET domain_force = %s FROM ir_model_data d WHERE d.module = 'l10n_fr_avance_immediate' "
            "AND d.model = 'ir.rule' AND d.name = %s AND d.res_id = ir_rule.id",
            [domain, name],
        )
