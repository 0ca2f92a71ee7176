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
            f'/odoo/res.partner/{partner.id}', 'urssaf_registration_variants', login=self.clerk.login, timeout=120
        )
        self.env.invalidate_all()
        self.assertEqual(partner.with_company(self.company).urssaf_registration_state, 'pending')
        self.assertEqual(partner.urssaf_first_names, "Zoé")
        self.assertEqual(len(self.control('state', method='GET')['customers']), 1)

    def test_an_activity_opens_the_page_it_speaks_of(self):
        self.clerk.password = self.clerk.login
        partner = self.make_household("Zoé Lefèvre", email='zoe@example.com')
        partner.activity_schedule('l10n_fr_avance_immediate.mail_activity_type_urssaf', user_id=self.clerk.id)
        self.start_tour(
            f'/odoo/res.partner/{partner.id}', 'urssaf_registration_activity', login=self.clerk.login, timeout=60
        )

    def test_rows_of_the_window_are_reached_by_keyboard(self):
        self.clerk.password = self.clerk.login
        partners = self.make_household("Zoé Lefèvre") + self.make_household("Alex Voisin")
        with self.as_user(self.clerk) as env:
            window = partners.with_env(env).action_urssaf_register_many()['res_id']
        self.start_tour(
            f'/odoo/urssaf.register.wizard/{window}',
            'urssaf_rows_by_keyboard',
            login=self.clerk.login,
            timeout=60,
        )
