from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.registration.urssaf_registration_reminder import UrssafRegistration
from ..models.registration.urssaf_registration_states import FAILED_STATES
from .common import AvanceImmediateCommon

TEMPLATE = 'l10n_fr_avance_immediate.mail_template_activation_reminder'


class RemindersCommon(AvanceImmediateCommon):
    def setUp(self):
        super().setUp()
        self.control('reset')
        self.partner = self.make_household("Jeanne Nouvelle", email='jeanne@example.com', phone='06 39 98 00 09')

    def register(self):
        with self.as_user() as env:
            return self.partner.with_env(env).action_urssaf_register()

    def refresh(self):
        with self.as_user() as env:
            self.partner.with_env(env).action_urssaf_refresh()
        self.env.invalidate_all()

    @property
    def form(self):
        """The customer as the invoicing user sees it."""
        return self.partner.with_user(self.invoicing_user).with_company(self.company)

    @property
    def registration(self):
        return self.partner.with_company(self.company).urssaf_registration_id


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestReminders(RemindersCommon):
    """A household that does not click is reminded twice, then a person is asked; never one that has clicked."""

    def setUp(self):
        super().setUp()
        self.register()

    def age(self, **delta):
        """As if the registration had been made some time ago, and URSSAF been asked since."""
        self.registration.write(
            {
                'registered_at': fields.Datetime.now() - timedelta(**delta),
                'checked_at': fields.Datetime.now(),
                'next_poll_at': fields.Datetime.now() + timedelta(hours=1),
            }
        )

    def cron(self):
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def mails(self, recipient=None):
        """The reminders; of a trial they go to the responsible user."""
        return self.env['mail.mail'].search(
            [('recipient_ids', 'in', (recipient or self.clerk.partner_id).ids), ('model', '=', 'urssaf.registration')]
        )

    def live_in(self, environment):
        """As if the registration had been made there. No reminder calls anybody."""
        registration = self.registration
        registration.write({'environment': environment, 'reminder_count': 0})
        self.company.urssaf_environment = environment
        self.env.invalidate_all()

    def remind(self):
        with self.as_cron() as env:
            env['urssaf.registration']._remind_due()
        self.env.invalidate_all()

    def test_twice_by_mail_then_the_user_by_an_activity(self):
        self.age(days=2, hours=23)
        self.cron()
        self.assertFalse(self.mails())
        self.age(days=3)
        self.cron()
        self.cron()
        mail = self.mails()
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.state, 'outgoing', "Odoo's own queue sends it")
        self.assertIn("valid for 7 days", mail.body_html)
        self.assertIn("particulier.urssaf.fr", mail.body_html)
        self.assertIn(self.company.name, mail.subject)
        self.assertFalse(self.partner.activity_ids)
        self.age(days=6)
        self.cron()
        self.cron()
        self.assertEqual(len(self.mails()), 2)
        self.assertEqual(self.partner.activity_ids.user_id, self.clerk)
        self.assertIn("not activated", self.partner.activity_ids.summary)

    def test_an_archived_household_is_not_written_to_and_nobody_is_asked_to_call_it(self):
        self.live_in('production')
        self.partner.action_archive()
        for days in (3, 6):
            self.age(days=days)
            self.remind()
        self.assertFalse(self.mails(self.partner) or self.mails() or self.partner.activity_ids)
        self.partner.action_unarchive()
        self.remind()
        self.assertEqual(len(self.mails(self.partner)), 1)

    def test_only_a_real_registration_writes_to_a_household_by_itself(self):
        """In the simulator and in URSSAF's test the reminder goes to the responsible user, marked as a trial."""
        self.age(days=3)
        for environment in ('simulator', 'sandbox'):
            self.live_in(environment)
            self.remind()
            self.assertFalse(self.mails(self.partner))
            mail = self.mails()[:1]
            self.assertEqual(mail.recipient_ids, self.clerk.partner_id)
            self.assertTrue(mail.subject.startswith("[TEST]"))
            self.assertIn("This is a trial", mail.body_html)
            self.assertRegex(self.partner.message_ids[0].body, r"trial, .*not to jeanne@example\.com")
        self.assertEqual(len(self.mails()), 2)
        self.live_in('production')
        self.remind()
        self.assertEqual(len(self.mails()), 2)
        mail = self.mails(self.partner)
        self.assertEqual(mail.recipient_ids, self.partner)
        self.assertNotIn("TEST", mail.subject)
        self.assertNotIn("trial", mail.body_html)
        self.assertIn("reminder sent to jeanne@example.com", self.partner.message_ids[0].body)

    def test_the_activity_is_made_once_and_closed_by_the_activation(self):
        self.age(days=6)
        self.cron()
        self.refresh()
        self.assertEqual(len(self.partner.activity_ids), 1, "asking URSSAF closes nothing while nothing has changed")
        self.partner.activity_ids.action_feedback()
        self.refresh()
        self.cron()
        self.assertFalse(self.partner.activity_ids, "done is done")
        self.registration.reminder_count = 1
        self.cron()
        self.assertTrue(self.partner.activity_ids)
        self.control(f'customers/{self.registration.customer_ref}/activate', {})
        self.refresh()
        self.assertEqual(self.registration.state, 'active')
        self.assertFalse(self.partner.activity_ids)

    def test_off_by_the_company_s_switch_but_for_the_activity(self):
        self.company.urssaf_remind_households = False
        for days in (3, 6):
            self.age(days=days)
            self.cron()
        self.assertFalse(self.mails())
        self.assertEqual(len(self.partner.activity_ids), 1)

    def test_nobody_is_reminded_of_what_is_done_already(self):
        """Just before a reminder URSSAF is asked; without a fresh answer nothing leaves."""
        self.age(days=6)
        self.control(f'customers/{self.registration.customer_ref}/activate', {})
        self.registration.next_poll_at = '2020-01-01'
        self.cron()
        self.assertEqual(self.registration.state, 'active')
        self.assertFalse(self.mails() or self.partner.activity_ids)

    def test_while_urssaf_cannot_be_asked_nobody_is_reminded(self):
        self.age(days=6)
        self.registration.write({'checked_at': fields.Datetime.now() - timedelta(days=2), 'next_poll_at': '2020-01-01'})
        self.fault('maintenance_503', 'M020')
        self.cron()
        self.assertFalse(self.mails() or self.partner.activity_ids)
        self.control('faults', method='DELETE')
        self.end_pauses()
        self.registration.next_poll_at = '2020-01-01'
        self.cron()
        self.assertEqual((len(self.mails()), len(self.partner.activity_ids)), (1, 1), "two missed ones are one")

    def test_old_registrations_get_no_late_mail(self):
        self.age(days=40)
        self.cron()
        self.assertFalse(self.mails())
        self.assertEqual(len(self.partner.activity_ids), 1)

    def test_a_registration_of_another_environment_reminds_nobody(self):
        self.age(days=6)
        self.company.urssaf_environment = 'sandbox'
        self.cron()
        self.assertFalse(self.mails() or self.partner.activity_ids)

    def test_registered_again_is_reminded_again(self):
        self.age(days=6)
        self.cron()
        self.control(f'customers/{self.registration.customer_ref}/unlink', {})
        self.refresh()
        self.register()
        self.env.invalidate_all()
        self.assertEqual((self.registration.state, self.registration.reminder_count), ('pending', 0))

    def test_one_that_cannot_be_made_stops_nobody_else_and_is_not_met_for_ever(self):
        other = self.make_household(
            "Paul Aussi", email='paul@example.com', phone='06 39 98 00 08', urssaf_birth_date='1970-02-03'
        )
        with self.as_user() as env:
            other.with_env(env).action_urssaf_register()
        self.age(days=3)
        other.with_company(self.company).urssaf_registration_id.write(
            {'registered_at': fields.Datetime.now() - timedelta(days=3), 'checked_at': fields.Datetime.now()}
        )
        remind = UrssafRegistration._remind

        def failing(registration, *args, **more):
            if registration.partner_id == self.partner:
                raise ValueError("broken template")
            return remind(registration, *args, **more)

        logger = 'odoo.addons.l10n_fr_avance_immediate.models.registration.urssaf_registration_reminder'
        with patch.object(type(self.env['urssaf.registration']), '_remind', failing), mute_logger(logger):
            self.cron()
        self.assertEqual(self.mails().mapped('res_id'), other.with_company(self.company).urssaf_registration_id.ids)
        self.cron()
        self.assertEqual(len(self.mails()), 1)

    def test_in_the_language_of_who_reads_it(self):
        self.env['res.lang']._activate_lang('fr_FR')
        template = self.env.ref(TEMPLATE)
        template.with_context(lang='fr_FR').subject = "Un clic suffit"
        self.partner.lang = 'fr_FR'
        self.age(days=3)
        self.live_in('production')
        self.remind()
        self.assertEqual(self.mails(self.partner).subject, "Un clic suffit")

    def test_the_switch_stands_in_the_settings(self):
        admin = self.env.ref('base.user_admin')
        admin.write({'company_ids': [Command.link(self.company.id)], 'company_id': self.company.id})
        with Form(self.env['res.config.settings'].with_user(admin).with_company(self.company)) as settings:
            self.assertTrue(settings.urssaf_remind_households)
            settings.urssaf_remind_households = False
        settings.record.execute()
        self.assertFalse(self.company.urssaf_remind_households)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRegistrationProgress(RemindersCommon):
    """How far a registration is, in sentences that say who must do what, until services can be sent."""

    def test_the_delay_grows_with_the_age(self):
        self.register()
        for age, expected in (
            (timedelta(0), timedelta(hours=1)),
            (timedelta(hours=30), timedelta(hours=4)),
            (timedelta(days=8), timedelta(days=1)),
            (timedelta(days=61), None),
        ):
            with self.subTest(age):
                self.registration.registered_at = fields.Datetime.now() - age
                self.refresh()
                delay = self.registration.next_poll_at and self.registration.next_poll_at - fields.Datetime.now()
                self.assertAlmostEqual(
                    (delay or timedelta(0)) / timedelta(hours=1),
                    (expected or timedelta(0)) / timedelta(hours=1),
                    delta=0.05,
                )
        self.assertIn("not asked about it by itself", self.form.urssaf_sentence)

    def test_an_expired_link_is_said_with_what_to_do(self):
        self.register()
        self.assertIn("before", self.form.urssaf_sentence)
        self.registration.registered_at = fields.Datetime.now() - timedelta(days=7, minutes=1)
        self.env.invalidate_all()
        self.assertIn("has expired", self.form.urssaf_sentence)
        self.assertIn("new one", self.form.urssaf_sentence)

    def test_the_activation_is_kept_and_services_before_it_are_not_sent(self):
        self.register()
        at = fields.Datetime.now().replace(microsecond=0) - timedelta(hours=1)
        self.control(f'customers/{self.registration.customer_ref}/activate', {'at': f'{at.isoformat()}Z'})
        self.refresh()
        self.assertEqual(self.registration.activated_at, at)
        day = at.date()  # the stamp is read as UTC, the later reading (CONTRACT §7.4)
        _payload, errors, _warnings, _leaves_at = self.make_invoice(self.partner)._urssaf_prepare(
            self.nature, day.replace(day=1), day
        )
        self.assertTrue(any("was activated on" in sentence for sentence in errors), errors)

    def test_each_state_says_why_nothing_can_be_sent(self):
        self.register()
        ref = self.registration.customer_ref
        self.control(f'customers/{ref}/activate', {'at': '2020-01-01T10:00:00Z'})
        self.refresh()
        invoice = self.make_invoice(self.partner).with_user(self.invoicing_user).with_company(self.company)
        self.assertFalse(invoice._urssaf_customer_blocker())
        for action, words, reason in (
            ('block', "settles this with URSSAF", "be paid directly"),
            ('expire_mandate', "renews it on URSSAF's site. Until then they pay you directly", "they renew it"),
            ('unlink', "register them again", "has ended the link with your company at URSSAF: register them again"),
        ):
            with self.subTest(action):
                self.control(f'customers/{ref}/{action}', {})
                self.refresh()
                self.assertIn(words, self.form.urssaf_sentence)
                self.assertIn("Jeanne Nouvelle", self.form.urssaf_sentence)
                blocker = invoice._urssaf_blocker()
                self.assertIn(reason, blocker)
                with self.as_user() as env, self.raises(UserError, blocker):
                    invoice.with_env(env)._urssaf_create_requests()
                self.assertTrue(self.partner.activity_ids)
                if action == 'block':
                    self.control(f'customers/{ref}/unblock', {})
        self.assertEqual(self.calls('M050'), 0)

    def test_the_mail_never_came(self):
        self.register()
        with self.as_user() as env:
            action = self.partner.with_env(env).action_urssaf_mail_never_came()
            window = env[action['res_model']].browse(action['res_id'])
            self.assertEqual(window.email_to, 'avance-immediate@urssaf.fr')
            for reference in ('SAP999999998', self.registration.customer_ref, 'jeanne@example.com', self.company.name):
                self.assertIn(reference, window.body)
            self.assertNotIn('1984', window.body, "no more of the household than URSSAF needs")
            link = window.action_write()['url']
            self.assertTrue(link.startswith('mailto:avance-immediate@urssaf.fr?subject='))
            self.assertIn('jeanne%40example.com', link)
            self.assertNotIn('\n', link)
            with Form(window):
                pass
        self.control(f'customers/{self.registration.customer_ref}/activate', {})
        self.refresh()
        with self.raises(UserError, "nothing waits"):
            self.form.action_urssaf_mail_never_came()
        with self.raises(AccessError):
            self.partner.with_user(self.plain_user).action_urssaf_mail_never_came()

    def test_the_address_urssaf_was_given_is_told_whatever_the_form_says_later(self):
        self.partner.email = 'Jeanne Nouvelle <jeanne@example.com>'
        self.register()
        self.assertEqual(self.registration.email_sent, 'jeanne@example.com')
        self.partner.email = 'corrigee@example.com'
        self.assertEqual(self.registration.email_at_urssaf, 'jeanne@example.com')
        with self.as_user() as env:
            action = self.partner.with_env(env).action_urssaf_mail_never_came()
            window = env[action['res_model']].browse(action['res_id'])
            self.assertEqual((window.email, window.email_today), ('jeanne@example.com', 'corrigee@example.com'))
            for address in ('jeanne@example.com', 'corrigee@example.com'):
                self.assertIn(address, window.body)
            with Form(window):
                pass
        body = self.env.ref(TEMPLATE)._render_field('body_html', self.registration.ids)[self.registration.id]
        self.assertIn('jeanne@example.com', body)
        self.assertNotIn('corrigee', body)
        shown = self.env['urssaf.household.page']._registration_shown(
            self.partner, self.company, self.registration, True
        )
        self.assertIn('jeanne@example.com', shown['sentence'])

    def test_without_an_address_that_was_kept_it_is_today_s(self):
        self.register()
        self.registration.email_sent = False
        self.partner.email = 'corrigee@example.com'
        self.assertEqual(self.registration.email_at_urssaf, 'corrigee@example.com')

    def test_what_urssaf_has_refused_is_not_where_it_writes_to(self):
        self.register()
        for state in FAILED_STATES:
            self.registration.state = state
            self.partner.email = 'corrigee@example.com'
            self.assertEqual(self.registration.email_at_urssaf, 'corrigee@example.com')

    def test_the_windows_tell_a_stranger_nothing(self):
        self.register()
        other = self.setup_other_company()['company']
        stranger = self.make_user('etranger', 'account.group_account_invoice', company=other)
        for model in ('urssaf.activation.help', 'urssaf.customer.number'):
            with self.assertRaises(AccessError):
                self.env[model].with_user(stranger).with_company(other).with_context(
                    allowed_company_ids=other.ids
                ).create({'registration_id': self.registration.id})

    def test_the_message_to_urssaf_is_in_french_whoever_writes_it(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.register()
        with self.as_user() as env:
            action = self.partner.with_env(env).action_urssaf_mail_never_came()
            body = env[action['res_model']].browse(action['res_id']).body
        self.assertIn("Bonjour", body)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestCustomerNumber(RemindersCommon):
    """An answer was lost for good: the number that URSSAF gives on request is taken when it is this household's."""

    def setUp(self):
        super().setUp()
        self.control('switches', {'m020_by_mail': False})
        self.fault('dead_after', 'M010', times=1)
        with self.raises(UserError):
            self.register()
        self.assertFalse(self.form.urssaf_needs_number)
        self.register()
        self.env.invalidate_all()
        [customer] = self.control('state', method='GET')['customers']
        self.number = customer['ref']

    def enter(self, number, user=None):
        with self.as_user(user) as env:
            action = self.partner.with_env(env).action_urssaf_enter_number()
            window = env[action['res_model']].browse(action['res_id'])
            with Form(window) as form:
                form.number = number
            window.action_check()
        self.env.invalidate_all()

    def test_taken_when_the_names_are_those_of_the_household(self):
        self.assertTrue(self.form.urssaf_needs_number)
        self.enter(f"  {self.number} ")
        self.assertEqual((self.registration.state, self.registration.customer_ref), ('pending', self.number))
        self.assertFalse(self.registration.needs_attention or self.registration.error_text or self.partner.activity_ids)
        self.assertFalse(self.form.urssaf_needs_number)
        self.assertEqual(self.calls('M010'), 2)
        self.control(f'customers/{self.number}/activate', {})
        self.refresh()
        self.assertEqual(self.registration.state, 'active')

    def test_not_taken_when_it_is_another_person_s(self):
        self.control(
            'seed',
            {
                'customers': [
                    {'ref': 'other-number', 'birth_date': '1984-05-17', 'name': 'AUTRE', 'first_names': 'JEANNE'}
                ]
            },
        )
        with self.raises(UserError, "another person"):
            self.enter('other-number')
        self.assertEqual((self.registration.state, self.registration.customer_ref), ('unknown', False))

    def test_not_taken_when_urssaf_does_not_know_it_or_nothing_was_entered(self):
        with self.raises(UserError, "does not know"):
            self.enter('no-such-number')
        with self.raises(UserError, "Enter the customer number"):
            self.enter(' ')
        self.assertEqual(self.registration.state, 'unknown')

    def test_not_taken_when_another_customer_of_ours_has_it(self):
        twin = self.make_household("Jeanne Nouvelle", email='twin@example.com')
        self.env['urssaf.registration'].create(
            {
                'partner_id': twin.id,
                'company_id': self.company.id,
                'environment': 'simulator',
                'customer_ref': self.number,
                'state': 'pending',
            }
        )
        with self.raises(UserError, "merge the two contacts"):
            self.enter(self.number)

    def test_a_failed_check_says_why_and_changes_nothing(self):
        for fault in ('maintenance_503', 'html', 'error_500', 'dead_before'):
            with self.subTest(fault):
                self.fault(fault, 'M020', times=1)
                with self.raises(UserError):
                    self.enter(self.number)
                self.assertEqual((self.registration.state, self.registration.customer_ref), ('unknown', False))
                self.control('faults', method='DELETE')
                self.end_pauses()
        self.enter(self.number)
        self.assertEqual(self.registration.state, 'pending')

    def test_not_for_a_registration_that_waits_for_no_number(self):
        self.enter(self.number)
        with self.raises(UserError, "not waiting"):
            self.enter('another')
        self.assertEqual(self.registration.customer_ref, self.number)
