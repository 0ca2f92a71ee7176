import json
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.request.urssaf_payment_request_states import LIVE_STATES
from .common import AvanceImmediateCommon

IBAN = 'FR7630006000011234567890189'
OTHER_IBAN = 'FR1420041010050500013M02606'
DAYS = 'l10n_fr_avance_immediate.bank_retention_days'
IDENTITY = (
    'urssaf_civility',
    'urssaf_birth_name',
    'urssaf_usage_name',
    'urssaf_first_names',
    'urssaf_birth_date',
    'urssaf_birth_country_id',
    'urssaf_birth_commune_id',
    'urssaf_mobile',
    'urssaf_street_name',
    'urssaf_commune_id',
    'urssaf_consent_date',
    'urssaf_consent_origin',
    'urssaf_always_propose',
    'urssaf_iban',
    'urssaf_bic',
    'urssaf_bank_holder',
)


class PurgeCommon(AvanceImmediateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user('chef', 'account.group_account_manager', 'base.group_partner_manager')
        cls.registration = cls.household.with_company(cls.company).urssaf_registration_id

    def accounts(self, partner=None):
        """Also archived ones: an IBAN that is only hidden is not erased."""
        return (
            self.env['res.partner.bank']
            .with_context(active_test=False)
            .search([('partner_id', '=', (partner or self.household).id)])
        )

    def chatter(self, partner=None):
        messages = (partner or self.household).message_ids
        values = messages.sudo().tracking_value_ids
        return ' '.join([*messages.mapped('body'), *(f'{v.old_value_char} {v.new_value_char}' for v in values)])

    def age(self, accounts, days):
        """As if these had been entered some days ago."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE res_partner_bank SET create_date = %s WHERE id IN %s",
            (fields.Datetime.now() - timedelta(days=days), tuple(accounts.ids)),
        )
        accounts.invalidate_recordset()


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestEraseOnRequest(PurgeCommon):
    """A household asks to be forgotten: what we hold goes once nothing is under way, and only then."""

    def erase(self, user=None):
        return self.household.with_user(user or self.manager).with_company(self.company).action_urssaf_erase()

    def settle(self, invoice, state='paid'):
        request = self.send(invoice)
        request._set_state(state, next_poll_at=False)
        return request

    def test_identity_and_bank_data_are_erased_and_a_note_without_values_stays(self):
        self.household.write({'urssaf_consent_date': '2026-01-02', 'urssaf_consent_origin': "Bulletin d'adhésion"})
        self.household.with_company(self.company).urssaf_always_propose = True
        self.settle(self.make_invoice())
        self.erase()
        self.env.invalidate_all()
        household = self.household.with_company(self.company)
        self.assertEqual({name: household[name] for name in IDENTITY if household[name]}, {})
        self.assertFalse(self.accounts())
        self.assertIn("have been erased", household.message_ids[:1].body)
        for value in ('Exemple', '1984', IBAN, 'TESTFRPP', 'adhésion', '0639980001', '06 39 98 00 01'):
            self.assertNotIn(value, self.chatter())
        # What Odoo itself knows of a customer is Odoo's.
        self.assertEqual((household.name, household.email), ("Camille Fictif", "camille@example.com"))

    def test_the_address_that_urssaf_was_given_goes(self):
        self.registration.email_sent = 'autrefois@example.com'
        self.erase()
        self.env.invalidate_all()
        self.assertFalse(self.registration.email_sent)

    def test_amounts_are_still_proved_but_no_birth_date(self):
        request = self.settle(self.make_invoice())
        before = json.loads(request.payload)
        self.erase()
        after = json.loads(request.payload)
        self.assertEqual(before.pop('dateNaissanceClient')[:10], '1984-05-17')
        self.assertEqual(after, before)
        self.assertEqual(after['mntFactureTTC'], 94.5)

    def test_exchanges_stay_as_they_were(self):
        self.settle(self.make_invoice())
        exchanges = self.env['urssaf.exchange'].search([('company_id', '=', self.company.id)])
        before = exchanges.read(['request_body', 'response_body'])
        self.erase()
        self.assertEqual(exchanges.read(['request_body', 'response_body']), before)

    def test_the_invoice_stays_usable_and_URSSAF_is_still_asked(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        request._set_state('paid')
        self.erase()
        with self.as_cron() as env:
            self.assertFalse(request.with_env(env)._sync())
        with Form(invoice.with_user(self.invoicing_user).with_company(self.company)):
            pass
        with self.as_user() as env, self.raises(UserError):
            self.make_invoice().with_env(env)._urssaf_create_requests()

    def test_nothing_is_erased_while_a_request_is_under_way(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        for state in LIVE_STATES:
            request.state = state
            with self.raises(UserError, invoice.name):
                self.erase()
        request.write({'state': 'not_sent', 'submit_at': fields.Datetime.now()})
        with self.raises(UserError, "still under way"):
            self.erase()
        self.assertEqual(self.household.urssaf_birth_name, 'Exemple')
        request.submit_at = False
        self.erase()

    def test_nothing_is_erased_while_the_answer_to_a_registration_is_awaited(self):
        for state in ('sending', 'unknown'):
            self.registration.state = state
            with self.raises(UserError, "not known yet"):
                self.erase()
        self.registration.state = 'rejected'
        self.erase()
        self.assertFalse(self.household.urssaf_birth_date)

    def test_who_never_activates_can_be_erased_and_is_asked_for_nothing_any_more(self):
        now = fields.Datetime.now()
        self.registration.write(
            {'state': 'pending', 'registered_at': now - timedelta(days=7), 'checked_at': now, 'activated_at': False}
        )
        with self.as_cron() as env:
            self.assertTrue(env['urssaf.registration']._remind_due())
        self.env.invalidate_all()
        self.assertTrue(self.registration.activity_id)
        self.erase()
        self.env.invalidate_all()
        self.assertFalse(self.household.urssaf_birth_date or self.accounts() or self.registration.activity_id)
        self.registration.reminder_count = 1
        self.erase()
        with self.as_cron() as env:
            self.assertFalse(env['urssaf.registration']._remind_due())
        # Followed by its number alone: an activation that comes late is seen.
        with self.as_user() as env:
            self.household.with_env(env).action_urssaf_refresh()
        self.env.invalidate_all()
        self.assertEqual(self.registration.state, 'active')

    def test_a_trial_that_is_over_keeps_nobody_from_being_erased(self):
        request = self.send(self.make_invoice())
        self.registration.state = 'unknown'
        self.company.urssaf_environment = 'production'
        self.erase()
        self.env.invalidate_all()
        self.assertEqual((request.state, request.environment), ('integrated', 'simulator'))
        self.assertFalse(self.household.urssaf_birth_date or self.accounts())

    def test_what_is_real_counts_whatever_the_settings_say_now(self):
        request = self.send(self.make_invoice())
        request.environment = self.registration.environment = 'production'
        with self.raises(UserError, "still under way"):
            self.erase()
        request.state = 'paid'
        self.registration.state = 'unknown'
        with self.raises(UserError, "not known yet"):
            self.erase()

    def test_another_company_counts_and_its_invoices_are_not_named(self):
        second = self.setup_other_company()['company']
        second.partner_id.country_id = self.env.ref('base.fr')
        self.setup_provider(second, 'autre-prestataire')
        self.activate(self.household, second)
        request = self.send(
            self.make_invoice(company=second),
            self.make_user('autre', 'account.group_account_invoice', company=second),
            second,
        )
        self.assertEqual(request.state, 'integrated')
        with self.raises(UserError, "in another company") as refused:
            self.erase()
        self.assertNotIn(request.name, str(refused.exception))

    def test_who_may_erase(self):
        for user in (
            self.invoicing_user,
            self.clerk,
            self.reader,
            self.plain_user,
            self.make_user('chef_sans_contacts', 'account.group_account_manager'),
        ):
            with self.raises(AccessError):
                self.erase(user)
        self.assertEqual(self.household.urssaf_birth_name, 'Exemple')

    def test_an_account_the_company_uses_is_left_alone(self):
        refund = (
            self.env['account.move']
            .with_company(self.company)
            .create(
                {
                    'move_type': 'out_refund',
                    'partner_id': self.household.id,
                    'partner_bank_id': self.accounts().id,
                    'invoice_line_ids': [Command.create({'name': "Avoir", 'price_unit': 10.0})],
                }
            )
        )
        theirs = self.env['res.partner.bank'].create({'partner_id': self.household.id, 'acc_number': OTHER_IBAN})
        self.erase()
        self.env.invalidate_all()
        self.assertEqual(set(self.accounts().mapped('sanitized_acc_number')), {IBAN, OTHER_IBAN})
        self.assertTrue(refund.partner_bank_id and theirs.active)
        self.assertFalse(self.household.urssaf_bank_account_id)

    def test_what_Odoo_wrote_about_the_account_goes_too(self):
        account = self.accounts()
        account.acc_number = OTHER_IBAN  # tracked: the chatter of the contact shows both numbers
        self.env.flush_all()
        self.household._message_log(body=f"Bank Account with number {OTHER_IBAN} archived")
        self.assertIn(OTHER_IBAN, self.chatter())
        self.erase()
        self.env.invalidate_all()
        self.assertNotIn(OTHER_IBAN, self.chatter())
        self.assertFalse(
            self.env['mail.message'].search([('model', '=', 'res.partner.bank'), ('res_id', '=', account.id)])
        )

    def test_the_household_can_come_back(self):
        self.erase()
        self.env.invalidate_all()
        self.household.with_user(self.clerk).write({'urssaf_birth_name': 'Exemple', 'urssaf_iban': IBAN})
        self.assertEqual(self.accounts().sanitized_acc_number, IBAN)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestBankPurge(PurgeCommon):
    """URSSAF has the bank account since the registration: ours goes thirty days later, by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registration.activated_at = fields.Datetime.now() - timedelta(days=31)
        cls.live_in(cls.registration, 'production')

    @staticmethod
    def live_in(registration, environment):
        """As if the registration had been made there. The vacuum calls nobody."""
        registration.environment = environment
        registration.company_id.urssaf_environment = environment

    def setUp(self):
        super().setUp()
        self.age(self.accounts(), 40)

    def vacuum(self):
        self.env['res.partner']._gc_urssaf_bank_accounts()
        self.env.invalidate_all()

    def test_thirty_days_after_the_registration_the_account_is_deleted(self):
        self.vacuum()
        self.assertFalse(self.accounts())
        self.assertFalse(self.household.urssaf_iban or self.household.urssaf_bic or self.household.urssaf_bank_holder)
        self.assertIn("URSSAF has it", self.household.message_ids[:1].body)
        self.assertNotIn(IBAN, self.chatter())
        self.assertEqual(self.household.urssaf_birth_name, 'Exemple')

    def test_an_account_that_was_archived_goes_as_well(self):
        """Odoo's bin beside an account takes it off the list, and keeps its number."""
        accounts = self.accounts()
        accounts.action_archive()
        self.vacuum()
        self.assertFalse(accounts.exists())
        self.assertIn("URSSAF has it", self.household.message_ids[:1].body)

    def test_requests_are_sent_as_before(self):
        self.vacuum()
        self.live_in(self.registration, 'simulator')
        self.assertEqual(self.send(self.make_invoice()).state, 'integrated')

    def test_a_trial_takes_no_account(self):
        """What URSSAF is said to have was given to a simulator, and is needed in production."""
        for environment in ('simulator', 'sandbox'):
            self.live_in(self.registration, environment)
            self.vacuum()
            self.assertEqual(self.household.urssaf_iban.replace(' ', ''), IBAN, environment)
            self.assertEqual(self.household.urssaf_bic, 'TESTFRPPXXX')

    def test_who_never_activates_and_is_not_asked_about_any_more_leaves_no_account_here(self):
        self.registration.write({'activated_at': False, 'registered_at': fields.Datetime.now() - timedelta(days=61)})
        self.registration._set_state('pending')
        self.assertFalse(self.registration.next_poll_at)
        self.vacuum()
        self.assertFalse(self.accounts())
        self.assertEqual(self.household.urssaf_birth_name, 'Exemple')

    def test_not_before(self):
        self.registration.activated_at = fields.Datetime.now() - timedelta(days=29)
        self.vacuum()
        self.assertTrue(self.accounts())

    def test_an_account_just_entered_anew_is_kept(self):
        self.age(self.accounts(), 5)
        self.vacuum()
        self.assertTrue(self.accounts())

    def test_the_days_are_a_setting_and_zero_is_never(self):
        self.env['ir.config_parameter'].set_param(DAYS, '0')
        self.vacuum()
        self.env['ir.config_parameter'].set_param(DAYS, '35')
        self.vacuum()
        self.assertTrue(self.accounts())
        self.registration.activated_at = fields.Datetime.now() - timedelta(days=36)
        self.vacuum()
        self.assertFalse(self.accounts())

    def test_it_stays_as_long_as_a_registration_is_to_be_made(self):
        self.registration.next_poll_at = fields.Datetime.now()
        for state in ('draft', 'sending', 'unknown', 'rejected', 'pending'):
            self.registration.state = state
            self.vacuum()
            self.assertTrue(self.accounts(), state)
        self.registration.state = 'active'
        second = self.setup_other_company()['company']
        self.setup_provider(second, 'autre-prestataire')
        other = self.env['urssaf.registration'].create(
            {
                'partner_id': self.household.id,
                'company_id': second.id,
                'environment': 'simulator',
                'state': 'pending',
                'next_poll_at': fields.Datetime.now(),
            }
        )
        self.vacuum()
        self.assertTrue(self.accounts(), "another company that is still on trial needs it")
        self.live_in(other, 'production')
        self.vacuum()
        self.assertTrue(self.accounts())
        other.state = 'unlinked'
        other.registered_at = fields.Datetime.now() - timedelta(days=60)
        self.vacuum()
        self.assertFalse(self.accounts())

    def test_an_account_that_was_there_before_is_the_companys(self):
        self.accounts().urssaf_is_ours = False
        self.vacuum()
        self.assertTrue(self.accounts())

    def test_an_account_trusted_for_payments_is_the_companys(self):
        self.accounts().allow_out_payment = True
        self.vacuum()
        self.assertTrue(self.accounts())

    def test_an_account_used_by_a_document_is_kept_and_the_others_go(self):
        neighbour = self.make_household("Alex Voisin", email='alex@example.com')
        self.activate(neighbour).environment = 'production'
        self.age(self.accounts(neighbour), 40)
        self.env['account.move'].with_company(self.company).create(
            {
                'move_type': 'out_refund',
                'partner_id': self.household.id,
                'partner_bank_id': self.accounts().id,
                'invoice_line_ids': [Command.create({'name': "Avoir", 'price_unit': 10.0})],
            }
        )
        self.vacuum()
        self.assertTrue(self.accounts())
        self.assertFalse(self.accounts(neighbour))

    def test_an_account_entered_in_Odoo_first_is_not_ours(self):
        partner = self.env['res.partner'].create({'name': "Paul Exemple"})
        self.env['res.partner.bank'].create({'partner_id': partner.id, 'acc_number': IBAN})
        partner.urssaf_iban = IBAN
        self.assertEqual(self.accounts(partner).mapped('urssaf_is_ours'), [False])
        partner.urssaf_iban = OTHER_IBAN
        self.assertEqual(set(self.accounts(partner).mapped('urssaf_is_ours')), {False, True})
