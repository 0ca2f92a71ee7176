from odoo import models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    def action_urssaf_compare(self):
        """Save the settings, then compare under them."""
        self.ensure_one()
        self.set_values()
        return self.env['ir.actions.act_window']._for_xml_id('l10n_fr_avance_immediate.urssaf_compare_action')
