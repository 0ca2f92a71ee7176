from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRegistrationEdges(AvanceImmediateCommon):
    """A household is registered once, whatever happens, and its state is never guessed."""

    def setUp(self):
        super().setUp()
        self.control('reset')
        self.partner = self.make_household("Jeanne Nouvelle", email='jeanne@example.com', phone='06 39 98 00 09')

    def register(self, user=None, partner=None, company=None):
        with self.as_user(user, company) as env:
            return (partner or self.partner).with_env(env).action_urssaf_register()

    def refresh(self):
        with self.as_user() as env:
            return self.partner.with_env(env).action_urssaf_refresh()

    @property
    def registration(self):
        return self.partner.with_company(self.company).urssaf_registration_id

    def test_a_code_that_nobody_knows_keeps_the_state_and_is_kept_raw(self):
        self.register()
        self.control(f'customers/{self.registration.customer_ref}/activate', {'at': '2020-01-01T10:00:00Z'})
        self.refresh()
        self.fault('unknown_status', 'M020', times=1)
        self.refresh()
        self.assertEqual(self.registration.state, 'active')
        self.assertNotIn(self.registration.status_code, (False, 'APPAREILLAGE_VALIDE'))
        self.assertTrue(self.registration.needs_attention)
        self.assertEqual(self.partner.activity_ids.user_id, self.clerk)
        self.refresh()
        self.assertFalse(self.registration.needs_attention)
        self.assertFalse(self.partner.activity_ids)

    def test_a_failed_refresh_says_why_and_changes_nothing(self):
        self.register()
        for fault in ('maintenance_503', 'dead_before', 'html', 'forbidden', 'throttled', 'truncated', 'error_500'):
            with self.subTest(fault):
                self.fault(fault, 'M020', times=1)
                with self.raises(UserError):
                    self.refresh()
                self.assertEqual(self.registration.state, 'pending')
                self.control('faults', method='DELETE')

    def test_each_bad_answer_to_the_registration_is_told_and_registers_nobody_twice(self):
        """Refused, never received, lost: each its own sentence, at most one customer at URSSAF."""
        for number, fault in enumerate(
            (
                'empty_400',
                'errors_400',
                'forbidden',
                'not_found',
                'throttled',
                'error_500',
                'maintenance_503',
                'html',
                'dead_before',
                'redirect_302',
                'error_500_after',
                'maintenance_503_after',
                'html_after',
                'truncated',
                'empty_200',
                'reset_after',
            )
        ):
            with self.subTest(fault):
                partner = self.make_household(
                    "Jeanne Nouvelle",
                    email=f'jeanne{number}@example.com',
                    phone=f'06 39 98 01 {number:02}',
                    urssaf_birth_date=f'1980-01-{number + 1:02}',
                )
                self.fault(fault, 'M010', times=1)
                try:
                    self.register(partner=partner)
                except UserError as error:
                    self.assertTrue(str(error).strip())
                    self.assertNotIn('ERR', str(error))
                self.control('faults', method='DELETE')
                self.end_pauses()
                registration = partner.with_company(self.company).urssaf_registration_id
                if registration.state in ('draft', 'rejected'):
                    self.register(partner=partner)
                self.assertIn(registration.state, ('pending', 'unknown'))
                customers = [
                    c for c in self.control('state', method='GET')['customers'] if f'jeanne{number}@' in str(c)
                ]
                self.assertEqual(len(customers), 1)

    def test_what_was_sent_is_what_stands_on_the_form(self):
        self.register()
        [customer] = self.control('state', method='GET')['customers']
        text = str(customer)
        for value in ('jeanne@example.com', '1984-05-17'):
            self.assertIn(value, text)

    def test_an_address_of_the_household_registers_the_household(self):
        child = self.env['res.partner'].create({'name': "Chantier", 'parent_id': self.partner.id, 'type': 'delivery'})
        self.register(partner=child)
        self.assertEqual(self.registration.state, 'pending')
        self.assertFalse(child.urssaf_registration_ids)

    def test_several_at_once(self):
        other = self.make_household(
            "Paul Aussi", email='paul@example.com', phone='06 39 98 00 08', urssaf_birth_date='1970-02-03'
        )
        self.register(partner=self.partner | other)
        self.assertEqual(
            (self.partner | other).with_company(self.company).mapped('urssaf_registration_state'), ['pending'] * 2
        )
        other.urssaf_birth_name = False
        third = self.make_household("Luc Encore", email='luc@example.com', urssaf_birth_date='1971-02-03')
        with self.raises(UserError, other.name):
            self.register(partner=third | other)
        self.assertEqual(third.with_company(self.company).urssaf_registration_state, 'draft')

    def test_not_set_up_is_said_before_anything(self):
        self.company.urssaf_sap_number = False
        with self.raises(UserError, "not set up"):
            self.register()
        self.assertEqual(self.calls('M010'), 0)

    def test_a_claim_whose_owner_died_is_found_again(self):
        self.register()
        ref = self.registration.customer_ref
        self.registration.write(
            {
                'state': 'sending',
                'customer_ref': False,
                'claim': 'x',
                'claimed_at': fields.Datetime.now() - timedelta(minutes=5),
            }
        )
        with self.as_cron() as env:
            env['urssaf.registration']._sync_due()
        self.assertEqual(self.registration.state, 'sending', "its owner may still be at it")
        self.register()
        self.assertEqual(self.calls('M010'), 1)
        self.registration.claimed_at = fields.Datetime.now() - timedelta(minutes=16)
        with self.as_cron() as env:
            env['urssaf.registration']._sync_due()
        self.assertEqual((self.registration.state, self.registration.customer_ref), ('pending', ref))

    def test_after_the_link_has_ended_it_can_be_registered_again(self):
        self.register()
        self.control(f'customers/{self.registration.customer_ref}/activate', {})
        self.control(f'customers/{self.registration.customer_ref}/unlink', {})
        self.refresh()
        self.assertEqual(self.registration.state, 'unlinked')
        self.register()
        self.assertEqual(self.registration.state, 'pending')

    def test_the_form_is_filled_in_by_the_clerk_and_sent_by_the_invoicing_user(self):
        partner = (
            self.env['res.partner'].with_user(self.clerk).with_company(self.company).create({'name': "Nina Saisie"})
        )
        with Form(partner) as form:
            form.email = 'nina@example.com'
            form.phone = '+33 6 39 98 00 11'
            form.street = "4 allée des Tests"
            form.zip = '37000'
            form.city = "Tours"
            form.urssaf_civility = '2'
            form.urssaf_birth_name = "Saisie"
            form.urssaf_first_names = "Nina Louise"
            form.urssaf_birth_date = '1990-03-04'
            form.urssaf_birth_commune_id = self.env['insee.commune'].search([('code', '=', '37261')])
            form.urssaf_iban = "FR76 3000 6000 0112 3456 7890 189"
            form.urssaf_bic = "TESTFRPPXXX"
            form.urssaf_bank_holder = "Mme Nina Saisie"
            form.urssaf_consent_date = '2026-01-05'
            form.urssaf_consent_origin = "E-mail"
        self.assertFalse(partner.urssaf_missing, partner.urssaf_missing)
        self.assertEqual(partner.bank_ids.sanitized_acc_number, 'FR7630006000011234567890189')
        with self.raises(AccessError):
            partner.with_user(self.invoicing_user).write({'urssaf_birth_name': "Autre"})
        self.register(partner=partner)
        self.assertEqual(partner.urssaf_registration_state, 'pending')

    def test_each_missing_thing_is_named(self):
        words = {
            'urssaf_civility': "title",
            'urssaf_birth_name': "birth name",
            'urssaf_first_names': "first name",
            'urssaf_birth_date': "birth date",
            'urssaf_birth_commune_id': "municipality of birth",
            'email': "email",
            'urssaf_mobile': "mobile",
            'urssaf_bank_account_id': "IBAN",
            'zip': "postal code",
            'urssaf_commune_id': "municipality",
        }
        for name, word in words.items():
            with self.subTest(name):
                before = self.partner[name]
                self.partner[name] = False
                missing = self.partner.with_company(self.company).urssaf_missing
                self.assertIn(word.lower(), missing.lower())
                self.assertNotIn('urssaf_', missing)
                with self.raises(UserError):
                    self.register()
                self.partner[name] = before
        self.assertEqual(self.calls('M010'), 0)

    def test_the_state_of_another_environment_does_not_count(self):
        self.register()
        self.company.urssaf_environment = 'sandbox'
        self.assertEqual(self.partner.with_company(self.company).urssaf_registration_state, 'draft')
        self.assertFalse(self.registration, "a registration of the simulator is not one of the sandbox")
        with self.as_cron() as env:
            env['urssaf.registration'].search([]).next_poll_at = '2020-01-01'
            env['urssaf.registration']._sync_due()
        self.assertEqual(self.calls('M020'), 0)
