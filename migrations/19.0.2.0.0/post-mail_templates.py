"""The e-mails are ``noupdate``: nobody's words are overwritten. One that nobody has edited gets the words of this version;
for an edited one there is Odoo's own *Reset Template*, which has to find the file where it stands now."""

from odoo import SUPERUSER_ID, api

MODULE = 'l10n_fr_avance_immediate'
MOVED = {f'{MODULE}/data/household.xml': f'{MODULE}/data/mail_template_invitation.xml'}


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    ours = env['ir.model.data'].search([('module', '=', MODULE), ('model', '=', 'mail.template')])
    # Those of this version are made by this very transaction.
    earlier = env['mail.template'].browse(ours.mapped('res_id')).filtered(lambda one: one.create_date < cr.now())
    untouched = earlier.filtered(lambda one: one.write_date == one.create_date)
    for template in earlier.filtered(lambda one: one.template_fs in MOVED):
        template.template_fs = MOVED[template.template_fs]
    untouched.reset_template()
