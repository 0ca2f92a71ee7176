from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.household.res_partner import PERSON_FIELDS
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMerge(AvanceImmediateCommon):
    """Odoo's own tool for double contacts: what URSSAF knows of them is not lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Who may merge contacts and read nothing of ours, and who does both.
        groups = {'sans_compta': (), 'avec_compta': ('account.group_account_invoice',)}
        cls.mergers = [cls.make_user(login, 'base.group_partner_manager', *more) for login, more in groups.items()]

    def merge(self, kept, gone, user=None):
        wizard = self.env['base.partner.merge.automatic.wizard'].with_user(user or self.env.user)
        wizard = wizard.with_company(self.company)
        wizard._merge((kept | gone).ids, kept.with_env(wizard.env))
        self.env.invalidate_all()

    def make_pair(self, number, **values):
        """A contact that URSSAF knows, and one that says otherwise."""
        gone = self.make_household(f"Alix{number} Fictif", email=f'alix{number}@example.com', lang=False)
        gone.write(
            {
                'urssaf_birth_place_sent': '037 261 TOURS',
                'urssaf_keep_accents': True,
                'urssaf_has_disability': True,
            }
        )
        self.activate(gone)
        return gone, self.env['res.partner'].create(
            {'name': gone.name, 'email': gone.email, 'is_company': False, **values}
        )

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

    def test_two_numbers_of_a_trial_that_is_over_are_no_obstacle(self):
        kept = self.make_household("Alex Fictif", email=self.household.email)
        self.activate(kept)
        self.send(self.make_invoice())  # the exchanges of a registration that goes stay
        self.company.urssaf_environment = 'production'
        merger = self.mergers[0]
        self.merge(kept, self.household, merger)
        self.assertEqual(len(kept.urssaf_registration_ids), 1)
        other = self.make_household("Alex Ter", email=kept.email)
        link = {'company_id': self.company.id, 'environment': 'production', 'state': 'active'}
        for partner, ref in ((kept, 'un'), (other, 'deux')):
            self.env['urssaf.registration'].create({'partner_id': partner.id, 'customer_ref': ref, **link})
        self.company.urssaf_environment = 'simulator'
        with self.raises(UserError, "different numbers"):
            self.merge(kept, other, merger)

    def test_a_person_known_in_production_weighs_more_than_one_of_a_trial(self):
        gone, kept = self.make_pair(8, urssaf_birth_name="Essai", urssaf_birth_date='1951-05-17')
        gone.urssaf_registration_ids.environment = 'production'
        self.env['urssaf.registration'].create(
            {
                'partner_id': kept.id,
                'company_id': self.company.id,
                'environment': 'simulator',
                'customer_ref': 'essai',
                'state': 'pending',
            }
        )
        self.merge(kept, gone)
        self.assertEqual((kept.urssaf_birth_name, str(kept.urssaf_birth_date)), ('Exemple', '1984-05-17'))

    def test_the_person_whom_urssaf_knows_stays_whoever_merges(self):
        names = (*PERSON_FIELDS, 'urssaf_mobile', 'urssaf_consent_date', 'urssaf_consent_origin', 'urssaf_iban')
        other = {
            'urssaf_civility': '1',
            'urssaf_birth_name': "Autre",
            'urssaf_first_names': "Alix, Zoé",
            'urssaf_birth_date': '1951-05-17',
            'urssaf_mobile': '06 39 98 00 77',
            'urssaf_consent_date': '2026-02-02',
            'urssaf_iban': 'FR1420041010050500013M02606',
        }
        for number, user in enumerate(self.mergers):
            for values in ({}, other):
                with self.subTest(user=user.login, values=values):
                    gone, kept = self.make_pair(number * 2 + bool(values), **values)
                    expected = {name: gone[name] for name in names}
                    self.merge(kept, gone, user)
                    self.assertEqual({name: kept[name] for name in names}, expected)
                    self.assertTrue(kept.urssaf_has_disability, "what only one of them has is not lost")
                    self.assertEqual(kept.with_company(self.company).urssaf_registration_state, 'active')

    def test_the_person_whom_urssaf_knows_stays_when_it_is_the_one_that_remains(self):
        for number, user in enumerate(self.mergers):
            with self.subTest(user.login):
                known, other = self.make_pair(number, urssaf_birth_name="Autre", urssaf_birth_date='1951-05-17')
                known.urssaf_usage_name = False
                other.urssaf_usage_name = "Tiers"
                expected = {name: known[name] for name in PERSON_FIELDS}
                self.merge(known, other, user)
                self.assertEqual({name: known[name] for name in PERSON_FIELDS}, expected)

    def test_without_a_registration_what_is_missing_is_filled_in(self):
        for user in self.mergers:
            with self.subTest(user.login):
                gone = self.make_household("Lou Fictif", email='lou@example.com', lang=False)
                kept = self.env['res.partner'].create(
                    {'name': "Lou", 'email': gone.email, 'is_company': False, 'urssaf_birth_date': '1951-05-17'}
                )
                self.merge(kept, gone, user)
                self.assertEqual(str(kept.urssaf_birth_date), '1951-05-17')
                self.assertEqual((kept.urssaf_birth_name, kept.urssaf_consent_origin), ("Exemple", "Signed form"))

    def test_an_erased_person_does_not_empty_the_other_one(self):
        gone, kept = self.make_pair(9, urssaf_birth_name="Autre", urssaf_birth_date='1951-05-17')
        gone._urssaf_erase()
        self.merge(kept, gone)
        self.assertEqual((kept.urssaf_birth_name, str(kept.urssaf_birth_date)), ("Autre", '1951-05-17'))

    def test_of_two_registrations_without_a_number_the_one_under_way_is_kept(self):
        gone = self.make_household("Eden Fictif")
        kept = self.make_household("Eden Bis", email=gone.email)
        link = {'company_id': self.company.id, 'environment': 'simulator'}
        lost = self.env['urssaf.registration'].create({'partner_id': gone.id, 'state': 'unknown', **link})
        self.env['urssaf.registration'].create({'partner_id': kept.id, 'state': 'rejected', **link})
        self.merge(kept, gone)
        self.assertEqual(kept.urssaf_registration_ids, lost)
        self.assertEqual(kept.urssaf_usage_name, "Fictif")

    def test_no_activity_stays_that_nothing_would_close(self):
        """The text of a number that two contacts have says: merge them. After that nothing is to be done."""
        gone = self.make_household("Camille Bis", email='camille@example.com')
        registration = self.env['urssaf.registration'].create(
            {'partner_id': gone.id, 'company_id': self.company.id, 'environment': 'simulator', 'state': 'rejected'}
        )
        with self.as_user() as env:
            registration.with_env(env).sudo()._notify()
        self.env.invalidate_all()
        self.assertEqual(gone.activity_ids, registration.activity_id)
        self.assertTrue(registration.activity_id)
        self.merge(self.household, gone)
        self.assertFalse(registration.exists() or self.household.activity_ids)

    def test_of_two_links_the_one_that_was_used_is_kept(self):
        gone = self.make_household("Camille Bis", email='camille@example.com')
        other_company = self.setup_other_company()['company']
        Invitation = self.env['urssaf.invitation']
        links = {'company_id': self.company.id, 'expires_at': '2030-01-01'}
        lost, used, elsewhere = Invitation.create(
            [
                {**links, 'partner_id': self.household.id, 'token_hash': 'lost', 'expires_at': '2031-01-01'},
                {**links, 'partner_id': gone.id, 'token_hash': 'used', 'finished_at': '2026-01-01'},
                {**links, 'partner_id': gone.id, 'token_hash': 'elsewhere', 'company_id': other_company.id},
            ]
        )
        lost.activity_id = self.household.activity_schedule(
            'l10n_fr_avance_immediate.mail_activity_type_urssaf_household', user_id=self.env.user.id
        )
        self.merge(self.household, gone)
        self.assertEqual(Invitation.search([('partner_id', '=', self.household.id)]), used | elsewhere)
        self.assertFalse(self.household.activity_ids)

    def test_companies_are_merged_as_ever(self):
        kept, gone = self.env['res.partner'].create([{'name': name, 'is_company': True} for name in ("Une", "Deux")])
        self.env['base.partner.merge.automatic.wizard']._merge((kept | gone).ids)
        self.assertEqual(len((kept | gone).exists()), 1)
