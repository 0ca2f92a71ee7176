from odoo.tests import tagged

from .common_household import IBAN, HouseholdCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestHouseholdTour(HouseholdCommon):
    """From the link in the e-mail to the end, on a phone, in French."""

    browser_size = '390x844'
    touch_enabled = True

    def test_three_steps_on_a_phone(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.guest.write({'lang': 'fr_FR', 'phone': False})
        token = self.invite()
        self.start_tour(self.path(token), 'urssaf_household', timeout=120)
        self.env.invalidate_all()
        self.assertTrue(self.invitation().finished_at)
        self.assertEqual(self.guest.urssaf_birth_commune_id.code, '37261')
        self.assertEqual(self.guest.urssaf_commune_id.code, '37261')
        self.assertEqual(self.guest.urssaf_bank_account_id.sanitized_acc_number, IBAN)
        self.assertFalse(self.guest.with_company(self.company).urssaf_missing_count)
        self.assertEqual(len(self.guest.activity_ids), 1)
