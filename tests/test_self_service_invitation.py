import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_household import IBAN, HouseholdCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestInvitation(HouseholdCommon):
    """The company invites; the secret is in the e-mail alone; the company checks and registers."""

    def test_who_may_invite(self):
        creator = self.make_user('createur', 'base.group_partner_manager')
        for user in (self.invoicing_user, self.clerk, creator):
            self.assertTrue(self.invite(user=user))
        for user in (self.reader, self.make_user('ouvrier')):
            with self.raises(AccessError):
                self.guest.with_user(user).with_company(self.company).action_urssaf_invite()

    def test_who_cannot_be_invited_and_why(self):
        def refused(partner, words):
            with self.raises(UserError, words):
                partner.with_user(self.invoicing_user).with_company(self.company).action_urssaf_invite()

        refused(
            self.env['res.partner'].create({'name': "Mairie", 'is_company': True, 'email': 'a@example.com'}), "company"
        )
        refused(self.env['res.partner'].create({'name': "Sans adresse"}), "e-mail address")
        refused(self.household, "registered already")
        self.company.urssaf_environment = False
        refused(self.guest, "not set up")
        self.assertFalse(self.env['urssaf.invitation'].search([]))

    def test_the_secret_is_in_the_email_alone(self):
        token = self.invite()
        self.assertEqual(len(token), 43)
        self.env.cr.execute("SELECT * FROM urssaf_invitation")
        self.assertNotIn(token, str(self.env.cr.fetchall()))
        for message in self.guest.message_ids:
            self.assertNotIn(token, message.body)
        self.assertTrue(self.mail.auto_delete)
        for user in (self.invoicing_user, self.clerk, self.plain_user):
            self.assertFalse(
                self.env['mail.message'].with_user(user).search([('id', '=', self.mail.mail_message_id.id)])
            )

    def test_the_email_holds_nothing_of_the_household_but_its_name(self):
        self.guest.write({'urssaf_birth_name': "Secrète", 'urssaf_mobile': '0639980077', 'street': "3 rue Cachée"})
        self.invite()
        content = f"{self.mail.subject} {self.mail.body_html}"
        for word in ("Secrète", "0639980077", "06 39 98 00 77", "Cachée", "jeanne@"):
            self.assertNotIn(word, content)
        self.assertIn("Hello Jeanne Invitée,", re.sub(r'<[^>]*>', '', content))

    def test_the_email_says_who_writes(self):
        self.invite()
        self.assertIn(self.company.name, self.mail.subject)
        self.assertRegex(self.mail.body_html, rf'<img [^>]*src="[^"]*/logo.png\?company={self.company.id}" alt="')
        self.assertIn(self.invoicing_user.name, self.mail.body_html)

    def test_the_chatter_knows_of_the_invitation(self):
        self.invite()
        note = self.guest.message_ids[0]
        self.assertIn("invitation sent to jeanne@example.com, link valid until", note.body)
        self.assertEqual(note.author_id, self.invoicing_user.partner_id)

    def test_an_address_that_bounces_is_told(self):
        """By an answer of its mail server, days later or at once."""
        with self.enter_registry_test_mode():
            for bounce, said in (
                (lambda: self.guest._message_receive_bounce('jeanne@example.com', self.guest), ''),
                (lambda: self.mail._postprocess_sent_message([], [], 'no such user', 'mail_smtp'), 'no such user'),
            ):
                token = self.invite()
                self.guest._message_receive_bounce('other@example.com', self.guest)
                self.assertFalse(self.guest.activity_ids)
                bounce()
                self.env.invalidate_all()
                self.assertIn("has not arrived", self.guest.activity_ids.summary)
                self.assertEqual(self.guest.activity_ids.user_id, self.invoicing_user)
                self.assertIn(said, self.guest.activity_ids.note or '')
                form = Form(self.guest.with_user(self.clerk).with_company(self.company))
                self.assertIn("has not arrived at jeanne@example.com", form.urssaf_household_sentence)
                bounced = self.guest.message_ids[0].body
                self.assertIn("has not arrived", bounced)
                self.assertNotIn(token, bounced)
                self.invite()
                self.assertFalse(self.guest.activity_ids, "a new link, a new chance")

    def test_the_household_is_told_that_its_data_have_arrived(self):
        token = self.invite()
        known = self.env['mail.mail'].search([])
        self.post(token, 1, birth_country=self.france.id, **self.IDENTITY)
        self.post(token, 2, **{**self.CONTACT, 'email': 'another@example.com'})
        self.post(token, 3, **self.BANK)
        mail = (self.env['mail.mail'].search([]) - known).filtered(lambda mail: mail.model == 'urssaf.invitation')
        self.assertEqual(mail.recipient_ids, self.guest)
        self.assertEqual(mail.email_to, 'jeanne@example.com', "where the invitation went, too")
        content = f"{mail.subject} {mail.body_html}"
        self.assertIn("It was not you?", content)
        for word in ("Jeanne", "Exemple", "1984", "Tours", IBAN[-4:], "0639980007", "39 98", token):
            self.assertNotIn(word, content.replace(self.company.name, ''))

    def test_a_trial_is_marked(self):
        """Whoever gets an invitation to try things out knows it; a real one says nothing of trials."""
        self.invite()
        self.assertTrue(self.mail.subject.startswith("[TEST]"))
        self.assertIn("This is a trial", self.mail.body_html)
        self.company.urssaf_environment = 'production'
        self.invite()
        self.assertNotIn("TEST", self.mail.subject)
        self.assertNotIn("trial", self.mail.body_html)

    def test_who_has_no_language_gets_the_company_s(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.company.partner_id.lang = 'fr_FR'
        self.env.ref('l10n_fr_avance_immediate.mail_template_invitation').with_context(
            lang='fr_FR'
        ).subject = "Trois étapes"
        self.guest.lang = False
        token = self.invite()
        self.assertEqual(self.mail.subject, "Trois étapes")
        self.assertIn('lang="fr-FR"', self.page(token))

    def test_a_link_lives_fourteen_days_or_what_the_parameter_says(self):
        self.invite()
        days = self.invitation().expires_at - fields.Datetime.now()
        self.assertAlmostEqual(days.total_seconds(), 14 * 86400, delta=60)
        self.env['ir.config_parameter'].set_param('l10n_fr_avance_immediate.invitation_days', '3')
        self.invite()
        self.assertAlmostEqual(
            (self.invitation().expires_at - fields.Datetime.now()).total_seconds(), 3 * 86400, delta=60
        )

    def test_the_form_tells_how_far_the_household_is(self):
        def sentence():
            self.env.invalidate_all()
            return Form(self.guest.with_user(self.clerk).with_company(self.company)).urssaf_household_sentence

        self.assertFalse(sentence())
        token = self.invite()
        self.assertIn("invited", sentence())
        self.fill_in(token)
        self.assertIn("Filled in by the household on", sentence())
        self.invitation().write({'finished_at': False, 'expires_at': fields.Datetime.now() - timedelta(days=1)})
        self.assertIn("expired", sentence())

    def test_the_company_is_told_once_and_registers(self):
        token = self.invite()
        self.fill_in(token)
        self.fill_in(token)
        activity = self.guest.activity_ids
        self.assertEqual(activity.mapped('user_id'), self.clerk)
        self.assertEqual(activity.mapped('summary'), ["Jeanne Invitée has filled in their data: check and register"])
        # What the form shows of an activity must be readable: its author, too.
        creator = activity.create_uid.with_user(self.clerk).with_context(allowed_company_ids=self.company.ids)
        self.assertTrue(creator.mapped('name'))
        self.assertFalse(self.guest.urssaf_registration_ids, "nothing is sent by the household")
        self.assertEqual(self.calls('M010'), 0)
        with self.as_user(self.clerk) as env:
            self.guest.with_env(env).action_urssaf_register()
        self.env.invalidate_all()
        self.assertEqual(self.guest.urssaf_registration_ids.state, 'pending')
        self.assertFalse(self.guest.activity_ids)

    def test_what_was_filled_in_is_what_is_sent(self):
        self.fill_in(self.invite())
        guest = self.guest
        self.assertEqual(
            (guest.urssaf_civility, guest.urssaf_birth_name, guest.urssaf_usage_name, guest.urssaf_first_names),
            ('2', "Exemple", "Invitée", "Jeanne Marie"),
        )
        self.assertEqual(guest.urssaf_birth_date, fields.Date.to_date('1984-05-17'))
        self.assertEqual(guest.urssaf_birth_commune_id.code, '37261')
        self.assertEqual(
            (guest.urssaf_street_number, guest.urssaf_street_letter, guest.urssaf_street_name),
            ('12', 'B', "des Exemples"),
        )
        self.assertEqual((guest.zip, guest.city, guest.urssaf_commune_id.code), ('37000', "Tours", '37261'))
        self.assertEqual((guest.urssaf_mobile, guest.email), ('06 39 98 00 07', 'jeanne@example.com'))
        account = guest.urssaf_bank_account_id
        self.assertEqual(
            (account.sanitized_acc_number, account.bank_id.bic, account.acc_holder_name, account.urssaf_is_ours),
            (IBAN, 'TESTFRPPXXX', "Mme Invitée Jeanne", True),
        )
        self.assertEqual(guest.urssaf_consent_date, fields.Date.context_today(guest.with_context(tz='Europe/Paris')))
        self.assertRegex(guest.urssaf_consent_origin, "private link|lien personnel")
        self.assertFalse(guest.with_company(self.company).urssaf_missing_count)
