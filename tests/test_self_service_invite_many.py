from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common_household import LINK, HouseholdCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestInviteMany(HouseholdCommon):
    """Eighty customers at once: each gets a link of its own, and whoever cannot is named."""

    def window(self, partners, user=None, company=None):
        company = company or self.company
        partners = partners.with_user(user or self.invoicing_user).with_company(company)
        action = partners.with_context(allowed_company_ids=company.ids).action_urssaf_invite_many()
        return (
            partners.env['urssaf.invite.wizard'].with_context(allowed_company_ids=company.ids).browse(action['res_id'])
        )

    def new_households(self, count):
        return self.env['res.partner'].create(
            [{'name': f"Foyer {n}", 'email': f'foyer{n}@example.com', 'lang': 'en_US'} for n in range(count)]
        )

    def test_eighty_links_for_eighty_households(self):
        partners = self.new_households(80)
        window = self.window(partners)
        self.assertEqual((window.ready_count, window.blocked_count, window.invited_count), (80, 0, 0))
        notice = window.action_invite()
        self.assertIn("80", notice['params']['message'])
        mails = self.env['mail.mail'].search([('recipient_ids', 'in', partners.ids)])
        self.assertEqual(mails.recipient_ids, partners)
        tokens = {LINK.search(mail.body_html)[1] for mail in mails}
        self.assertEqual((len(mails), len(tokens)), (80, 80))
        self.assertEqual(set(mails.mapped('state')), {'outgoing'}, "the mail queue sends them: nobody waits")
        for mail in mails[:3]:
            found = self.env['urssaf.invitation']._find_by_token(LINK.search(mail.body_html)[1])
            self.assertEqual(found.partner_id, mail.recipient_ids)
        self.assertIn("invitation sent to", partners[-1].message_ids[0].body)
        trigger = self.env['ir.cron.trigger'].search(
            [('cron_id', '=', self.env.ref('mail.ir_cron_mail_scheduler_action').id)]
        )
        self.assertTrue(trigger)

    def test_who_cannot_be_invited_is_named_and_the_others_are_invited(self):
        town = self.env['res.partner'].create({'name': "Mairie", 'is_company': True, 'email': 'a@example.com'})
        mute = self.env['res.partner'].create({'name': "Sans adresse"})
        window = self.window(self.guest + town + mute + self.household)
        self.assertEqual((window.ready_count, window.blocked_count), (1, 3))
        for words in ("Mairie is a company", "e-mail address of Sans adresse", "is registered already"):
            self.assertIn(words, window.blocked_text)
        window.action_invite()
        self.assertTrue(self.invitation())
        self.assertEqual(len(self.env['urssaf.invitation'].search([])), 1)

    def test_a_link_that_is_good_stays_good(self):
        """Unless a new one is asked for, has expired or never arrived."""
        token = self.invite()
        window = self.window(self.guest)
        self.assertEqual((window.ready_count, window.invited_count), (0, 1))
        with self.raises(UserError):
            window.action_invite()
        self.assertTrue(self.env['urssaf.invitation']._find_by_token(token))
        with Form(window) as form:
            form.again = True
            self.assertEqual(form.ready_count, 1)
        window.action_invite()
        self.assertFalse(self.env['urssaf.invitation']._find_by_token(token))
        self.invitation().expires_at = fields.Datetime.now() - timedelta(days=1)
        self.assertEqual(self.window(self.guest).ready_count, 1)
        self.invitation().expires_at = fields.Datetime.now() + timedelta(days=1)
        self.invitation()._record_bounce()
        self.assertEqual(self.window(self.guest).ready_count, 1)
        self.invitation().write({'bounced_at': False, 'finished_at': fields.Datetime.now()})
        self.assertEqual(self.window(self.guest).ready_count, 0, "nobody fills in twice")

    def test_each_company_invites_for_itself(self):
        second = self.setup_other_company(name="Voisin")['company'].with_env(self.env)
        self.invoicing_user.company_ids += second
        window = self.window(self.guest, company=second)
        self.assertEqual((window.ready_count, window.blocked_count), (0, 1), "not set up there")
        self.setup_provider(second, 'voisin')
        self.env.invalidate_all()
        self.window(self.guest, company=second).action_invite()
        self.assertEqual(self.env['urssaf.invitation'].search([]).company_id, second)
        self.assertEqual(self.window(self.guest).ready_count, 1)

    def test_who_may_not(self):
        for user in (self.reader, self.make_user('ouvrier')):
            with self.raises(AccessError):
                self.window(self.guest, user=user)
        window = self.window(self.guest)
        with self.raises(AccessError):
            window.with_user(self.clerk).read(['ready_count'])
