"""Views that stood beside others of ours are part of them now, and ids follow Odoo's form (``<model>_view_<type>``).

What somebody has added to a view of ours stays, on the view that took its place.
"""

MODULE = 'l10n_fr_avance_immediate'
# Old id -> the id of the view that holds its content now.
FOLDED = {
    'view_move_form_resend': 'view_move_form',
    'view_account_invoice_filter_resend': 'view_account_invoice_filter',
    'urssaf_payment_request_view_form_resend': 'urssaf_payment_request_view_form',
    'urssaf_payment_request_view_search_resend': 'urssaf_payment_request_view_search',
}
# Old id -> new id: views, actions and menus.
RENAMED = {}


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
