"""Views that stood beside others of ours are part of them now, and ids follow Odoo's form (``<model>_view_<type>``).

What somebody has added to a view of ours stays, on the view that took its place.
"""

MODULE = 'l10n_fr_avance_immediate'
# Old id -> the id of the view that holds its content now.
FOLDED = {
    'view_partner_form_birth': 'view_partner_form',
    'view_partner_form_household': 'view_partner_form',
    'view_partner_form_urssaf_follow_up': 'view_partner_form',
    'view_partner_form_urssaf_retry': 'view_partner_form',
    'res_partner_view_form_requests': 'view_partner_form',
    'view_move_form_resend': 'view_move_form',
    'view_account_invoice_filter_resend': 'view_account_invoice_filter',
    'urssaf_payment_request_view_form_resend': 'urssaf_payment_request_view_form',
    'urssaf_payment_request_view_search_resend': 'urssaf_payment_request_view_search',
}
# Old id -> new id: views, actions and menus.
RENAMED = {
    'view_move_form': 'account_move_view_form',
    'view_invoice_tree': 'account_move_view_list',
    'view_account_invoice_filter': 'account_move_view_search',
    'action_account_move_urssaf_send': 'account_move_action_urssaf_send',
    'product_template_form_view': 'product_template_view_form',
    'view_country_form': 'res_country_view_form',
    'account_move_send_wizard_form': 'account_move_send_wizard_view_form',
    'view_account_move_reversal_urssaf': 'account_move_reversal_view_form',
    'action_urssaf_settings': 'res_config_settings_action',
    'action_partner_urssaf_register': 'res_partner_action_urssaf_register',
    'menu_urssaf_payment_request': 'urssaf_payment_request_menu',
    'menu_urssaf_registration': 'urssaf_registration_menu',
    'menu_urssaf_exchange': 'urssaf_exchange_menu',
    'menu_urssaf_exchange_export': 'urssaf_exchange_export_menu',
    'view_partner_form': 'res_partner_view_form',
}


def migrate(cr, version):
    if not version:
        return
    for old, new in FOLDED.items():
        old_id, new_id = view_id(cr, old), view_id(cr, new)
        if old_id:
            cr.execute("UPDATE ir_ui_view SET inherit_id = %s WHERE inherit_id = %s", (new_id, old_id))
            cr.execute("DELETE FROM ir_ui_view WHERE id = %s", (old_id,))
            cr.execute("DELETE FROM ir_model_data WHERE module = %s AND name = %s", (MODULE, old))
    for old, new in RENAMED.items():
        cr.execute("UPDATE ir_model_data SET name = %s WHERE module = %s AND name = %s", (new, MODULE, old))


def view_id(cr, name):
    """The database id of a view of ours, by its old XML id; None when it is not there."""
    cr.execute("SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s", (MODULE, name))
    row = cr.fetchone()
    return row and row[0]
