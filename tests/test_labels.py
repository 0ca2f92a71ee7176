from odoo.tests import TransactionCase, tagged

MODULE = 'l10n_fr_avance_immediate'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestLabels(TransactionCase):
    """What people read when they export, filter or group is written by us, not made of the field's technical name."""

    def our_fields(self):
        """The module's fields as Odoo lists them: ``ir.model.fields``, in English."""
        found = self.env['ir.model.fields'].with_context(lang='en_US').search([])
        return found.filtered(lambda field: MODULE in (field.modules or '').split(', '))

    def test_no_field_has_a_label_made_by_the_machine(self):
        fields = self.our_fields()
        self.assertGreater(len(fields), 300)
        made = {
            f'{field.model}.{field.name}'
            for field in fields
            if field.field_description.startswith('Urssaf ') or field.name == field.field_description
        }
        self.assertFalse(made)
