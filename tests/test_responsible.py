from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.request.payment_transaction import PAID_TWICE
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestResponsible(AvanceImmediateCommon):
    """Somebody leaves, or somebody else is responsible: what is open is still asked of a person, who is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user('chef', 'account.group_account_manager', 'base.group_partner_manager')
        # Who sees to users and settings need not be an accountant.
        cls.admin = cls.make_user('admin_systeme', 'base.group_system')
        cls.registration = cls.household.with_company(cls.company).urssaf_registration_id

    def open_matters(self):
        """One of each kind: an invoice, a registration, an invitation, the company; and one of a person, on a customer."""
        self.invoice = self.make_invoice()
        request = self.send(self.invoice)
        self.control(f'requests/{request.request_ref}/contest', {'code': 'CONTEST_AUTRE'})
        with self.as_user() as env:
            self.invoice.with_env(env).action_urssaf_refresh()
        self.env.invalidate_all()
        self.registration._set_state('blocked')
        self.registration._notify_one()
        guest = self.make_household("Alex Invité", email='alex@example.com')
        with self.as_user() as env:
            invitation = (
                env['urssaf.invitation'].sudo()._invite(guest.with_env(env), self.company.with_env(env), env.user)
            )
            invitation._record_finished()
        self.env.invalidate_all()
        self.company.urssaf_vigilance_until = self.today
        with self.as_cron() as env:
            env['res.company']._urssaf_remind_due()
        self.env.invalidate_all()
        twice = self.invoice.activity_schedule(PAID_TWICE, user_id=self.clerk.id, summary="Paid twice")
        activities = (
            self.invoice.activity_ids
            | self.household.activity_ids
            | guest.activity_ids
            | self.company.partner_id.activity_ids
            | twice
        )
        self.assertEqual(len(activities), 5)
        self.assertEqual(activities.user_id, self.clerk)
        return activities

    def test_who_leaves_hands_over_what_is_open(self):
        activities = self.open_matters()
        mine = self.household.activity_schedule('mail.mail_activity_data_todo', user_id=self.clerk.id)
        self.clerk.with_user(self.admin).action_archive()
        self.env.invalidate_all()
        self.assertFalse(mine.exists(), "what is Odoo's is as ever")
        self.assertEqual(activities.exists(), activities)
        for activity in activities:
            self.assertTrue(activity.user_id.active, activity.summary)
            self.assertTrue(activity.user_id.has_group('account.group_account_invoice'), activity.summary)

    def test_whoever_is_archived_or_deleted_in_another_way_hands_over_too(self):
        activities = self.open_matters()
        self.clerk.write({'active': False})
        self.assertTrue(all(activities.user_id.mapped('active')))
        self.clerk.write({'active': True})
        self.company.urssaf_responsible_id = self.manager
        self.company.urssaf_responsible_id = self.clerk
        activities.user_id = self.clerk
        self.clerk.unlink()
        self.assertEqual(activities.exists(), activities)

    def test_only_who_may_archive_moves_anything(self):
        activities = self.open_matters()
        with self.raises(AccessError):
            self.clerk.with_user(self.invoicing_user).action_archive()
        self.assertEqual(activities.user_id, self.clerk)

    def test_another_responsible_user_gets_what_is_open(self):
        activities = self.open_matters()
        given = self.household.activity_ids
        given.user_id = self.reader  # by a person
        self.company.with_user(self.admin).urssaf_responsible_id = self.manager
        self.env.invalidate_all()
        self.assertEqual((activities - given).user_id, self.manager)
        self.assertEqual(given.user_id, self.reader)
        self.company.urssaf_responsible_id = False
        self.assertTrue(all(activities.user_id.mapped('active')))

    def test_another_company_keeps_its_own(self):
        second = self.make_provider("Voisin")
        second.urssaf_responsible_id = self.clerk
        registration = self.household.with_company(second).urssaf_registration_id
        registration._set_state('blocked')
        registration._notify_one()
        self.company.urssaf_responsible_id = self.manager
        self.assertEqual(registration.activity_id.user_id, self.clerk)

    def test_what_comes_later_is_asked_of_somebody_who_is_there(self):
        self.clerk.active = False
        self.registration.create_uid = self.clerk
        people = [
            self.registration._responsible(),
            self.company._urssaf_administrator(),
            self.env['urssaf.connection'].new({'company_id': self.company.id})._responsible(),
            self.env['urssaf.invitation'].new({'company_id': self.company.id, 'user_id': self.clerk.id})._responsible(),
        ]
        invoice = self.make_invoice(invoice_user_id=self.clerk.id)
        people.append(self.send(invoice)._responsible())
        for user in people:
            self.assertTrue(user.active and user.has_group('account.group_account_invoice'), user.login)

    def test_without_anybody_else_an_accounting_administrator_acts(self):
        self.clerk.active = False
        person = self.company._urssaf_person(self.clerk)
        self.assertTrue(person.has_group('account.group_account_manager'))
        self.assertIn(self.company, person.company_ids)
        leaving = self.env['res.users'].search([('id', '!=', self.manager.id)])
        self.assertEqual(self.company.with_context(urssaf_leaving=leaving.ids)._urssaf_person(), self.manager)

    def test_an_activity_of_somebody_who_has_left_moves_with_the_next_news(self):
        self.registration._set_state('blocked')
        self.registration._notify_one()
        activity = self.registration.activity_id
        self.env.flush_all()
        self.cr.execute("UPDATE res_users SET active = false WHERE id = %s", [self.clerk.id])
        self.env.invalidate_all()
        self.registration._notify_one()
        self.assertTrue(activity.user_id.active)

    def test_a_reminder_is_not_answered_to_somebody_who_has_left(self):
        self.registration.write({'state': 'pending', 'registered_at': fields.Datetime.now() - timedelta(days=3)})
        template = self.env.ref('l10n_fr_avance_immediate.mail_template_activation_reminder')
        sender = template._render_field('email_from', self.registration.ids)[self.registration.id]
        self.assertIn(self.clerk.email, sender)
        self.clerk.active = False
        sender = template._render_field('email_from', self.registration.ids)[self.registration.id]
        self.assertNotIn(self.clerk.email, sender)
        self.assertTrue(sender)
