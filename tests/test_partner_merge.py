from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMerge(AvanceImmediateCommon):
    """Odoo's own tool for double contacts: what URSSAF knows of them is not lost."""

    def merge(self, kept, gone):
        self.env['base.partner.merge.automatic.wizard']._merge((kept | gone).ids, kept)
        self.env.invalidate_all()

    def test_requests_and_registration_follow_the_contact_that_is_kept(self):
        request = self.send(self.make_invoice())
        kept = self.make_household("Camille Bis", email='camille@example.com')
        kept.urssaf_iban = 'FR1420041010050500013M02606'
        self.merge(kept, self.household)
        self.assertEqual(request.partner_id, kept)
        self.assertEqual(kept.with_company(self.company).urssaf_registration_state, 'active')

    def test_of_two_registrations_the_one_that_urssaf_knows_is_kept(self):
        ref = self.household.with_company(self.company).urssaf_registration_id.customer_ref
        kept = self.make_household("Camille Ter", email='camille@example.com')
        self.env['urssaf.registration'].create(
            {'partner_id': kept.id, 'company_id': self.company.id, 'environment': 'simulator'}
        )
        self.merge(kept, self.household)
        registration = kept.with_company(self.company).urssaf_registration_id
        self.assertEqual((registration.state, registration.customer_ref), ('active', ref))
        self.assertEqual(len(kept.urssaf_registration_ids), 1)

    def test_two_people_of_urssaf_are_not_one(self):
        kept = self.make_household("Alex Fictif", email='alex@example.com')
        registration = self.activate(kept)
        with self.raises(UserError, "different numbers"):
            self.merge(kept, self.household)
        self.assertTrue(registration.exists() and self.household.exists())
