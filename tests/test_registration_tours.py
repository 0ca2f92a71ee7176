from odoo.tests import HttpCase, tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRegistrationTours(AvanceImmediateCommon, HttpCase):
    """From a refusal to a registration in a real browser, by clicks alone."""

    def test_not_recognised_then_recognised_by_two_clicks(self):
        self.control('reset')
        self.env['urssaf.token'].search([]).unlink()
        self.control('seed', {'identities': [{'first_names': 'ZOE', 'birth_name': 'LEFEVRE'}]})
        self.clerk.password = self.clerk.login
        partner = self.make_household(
            "Zoé Lefèvre",
            email='zoe@example.com',
            phone='06 39 98 00 07',
            urssaf_birth_name="Lefèvre",
            urssaf_first_names="Zoé Anaïs",
        )
        self.start_tour(
            f'/odoo/res.partner/{partner.id}', 'urssaf_registration_retry', login=self.clerk.login, timeout=120
        )
        self.env.invalidate_all()
        self.assertEqual(partner.with_company(self.company).urssaf_registration_state, 'pending')
        self.assertEqual(partner.urssaf_first_names, "Zoé")
        self.assertEqual(len(self.control('state', method='GET')['customers']), 1)
