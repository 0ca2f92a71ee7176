import html
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from ..models.request.urssaf_payment_request_collect import UrssafPaymentRequest
from ..models.request.urssaf_payment_request_states import COLLECTABLE_STATES, STATES, TO_FIX_STATES
from .common_money import MoneyCommon

LOGGER = 'odoo.addons.l10n_fr_avance_immediate.models.request.urssaf_payment_request_collect'


class CollectCommon(MoneyCommon):
    """Mails to households are switched on, and what the simulator says is taken for real."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.urssaf_mail_when_failed = True
        cls.company.urssaf_mail_when_failed_since = fields.Datetime.now() - timedelta(days=30)

    def fails(self, request, code='40', environment='production', **values):
        """URSSAF says so; afterwards it is as if all had been real."""
        self.control(f'requests/{request.request_ref}/set_status', {'code': code, **values})
        self.refresh(request)
        self.live_in(request, environment)
        return request

    def live_in(self, request, environment):
        request.environment = self.company.urssaf_environment = environment
        request.company_id.urssaf_environment = environment
        self.env.flush_all()
        self.env.invalidate_all()

    def cron(self, times=1):
        self.env.flush_all()
        for _time in range(times):
            with self.as_cron() as env:
                env['urssaf.payment.request']._collect_due()
                env['urssaf.payment.request']._notify_due()
        self.env.invalidate_all()

    def note(self, invoice):
        """What the invoice's activity says, as people read it."""
        return html.unescape(invoice.activity_ids.note)

    def mails(self, request):
        return self.env['mail.mail'].search(
            [('model', '=', 'urssaf.payment.request'), ('res_id', '=', request.id), ('recipient_ids', '!=', False)]
        )


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestCollect(CollectCommon):
    """Refused or failed: the household pays itself what is still due, and is asked once, where the company wants it."""

    def test_refused(self):
        request = self.fails(self.send(self.make_invoice()), reason='CONTEST_ERR_FACT')
        self.assertFalse(request.move_id.urssaf_is_collecting)
        self.assertIn(self.shown(94.5), self.note(request.move_id))
        self.cron(times=2)
        mail = self.mails(request)
        self.assertEqual((len(mail), mail.recipient_ids), (1, self.household))
        self.assertIn(self.shown(94.5), mail.subject)
        self.assertIn(self.shown(94.5), mail.body_html)
        self.assertIn("Is there a mistake", mail.body_html)
        self.assertNotIn("[TEST]", mail.subject)
        self.assertIn(request.move_id.access_token, mail.body_html)
        self.assertIn('payment=True', mail.body_html)
        self.assertTrue(request.collect_mailed_at)
        self.assertIn("sent by e-mail", self.note(request.move_id))
        self.assertIn("camille@example.com", request.move_id.message_ids[0].body)

    def test_an_archived_contact_is_not_written_to(self):
        """The customer may have died: somebody else is written to, if the invoice has another contact, or nobody."""
        heir = self.household.copy({'name': "Alix Fictif", 'parent_id': self.household.id, 'email': 'alix@example.com'})
        request, other = self.send(self.make_invoice()), self.send(self.make_invoice(partner=heir))
        for one in (request, other):
            self.live_in(one, 'simulator')
            self.fails(one)
        self.household.active = False
        self.cron(times=2)
        self.assertFalse(self.mails(request))
        self.assertIn("Camille Fictif is archived", request._collect_sentence())
        self.assertEqual(self.mails(other).recipient_ids, heir)

    def test_every_state_that_is_the_households_and_no_other(self):
        for state in STATES:
            invoice = self.make_invoice()
            request = self.send(invoice)
            request.state = state
            self.live_in(request, 'production')
            self.cron()
            with self.subTest(state):
                self.assertEqual(len(self.mails(request)), int(state in COLLECTABLE_STATES))
            self.live_in(request, 'simulator')

    def test_once_whatever_comes_then(self):
        request = self.fails(self.send(self.make_invoice()), '60')
        self.cron()
        self.assertIn(self.shown(47.25), self.mails(request).subject, "its share: URSSAF may still pay the rest")
        self.live_in(request, 'simulator')
        self.fails(request, '111')
        self.cron()
        self.assertEqual(len(self.mails(request)), 1)
        self.assertIn(self.shown(94.5), self.note(request.move_id), "a person is told that all is due")

    def test_never_about_a_trial(self):
        request = self.fails(self.send(self.make_invoice()), environment='simulator')
        for environment in ('simulator', 'sandbox'):
            self.live_in(request, environment)
            self.cron()
        # What was really sent, in a database whose environment was emptied or is a trial now.
        for environment in ('sandbox', False):
            request.environment = 'production'
            self.company.urssaf_environment = environment
            self.cron()
        self.assertFalse(self.mails(request) or request.collect_mailed_at)

    def test_off_at_first_and_never_for_what_failed_before(self):
        self.assertFalse(self.make_provider("Autre").urssaf_mail_when_failed)
        self.company.urssaf_mail_when_failed = False
        request = self.fails(self.send(self.make_invoice()))
        self.cron()
        self.assertFalse(self.mails(request))
        self.assertTrue(request.move_id.activity_ids)
        request.state_since = fields.Datetime.now() - timedelta(hours=1)
        self.company.urssaf_mail_when_failed = True
        since = self.company.urssaf_mail_when_failed_since
        self.assertTrue(since)
        self.cron()
        self.assertFalse(self.mails(request))
        self.company.urssaf_mail_when_failed = True
        self.assertEqual(self.company.urssaf_mail_when_failed_since, since)

    def test_nobody_is_asked_late(self):
        request = self.fails(self.send(self.make_invoice()))
        request.state_since = fields.Datetime.now() - timedelta(days=8)
        self.cron()
        self.assertFalse(self.mails(request))

    def test_what_is_paid_or_corrected_or_said_to_be_paid(self):
        paid = self.fails(self.send(self.make_invoice()))
        self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=paid.move_id.ids
        ).create({'journal_id': self.bank.id})._create_payments()
        self.live_in(paid, 'simulator')
        credited = self.fails(self.send(self.make_invoice()))
        credited.move_id._reverse_moves([{}])
        self.live_in(paid, 'simulator')
        says_paid = self.fails(self.send(self.make_invoice()))
        says_paid.reject_code = 'CONTEST_FACT_REGLEE'
        self.live_in(paid, 'production')
        self.cron()
        for request in (paid, credited, says_paid):
            self.assertFalse(self.mails(request), request)

    def test_a_part_paid_and_a_deposit(self):
        invoice = self.make_invoice(lines=((1, 100.0),))
        request = self.fails(self.send(invoice))
        # Declared, and not in the books.
        request.write({'deposit_amount': 10.0})
        self.assertEqual(request._amount_to_collect(), 90.0)
        self.env['account.payment.register'].with_context(active_model='account.move', active_ids=invoice.ids).create(
            {'journal_id': self.bank.id, 'amount': 10.0, 'payment_difference_handling': 'open'}
        )._create_payments()
        self.assertEqual(request._amount_to_collect(), 90.0, "the deposit itself")
        self.env['account.payment.register'].with_context(active_model='account.move', active_ids=invoice.ids).create(
            {'journal_id': self.bank.id, 'amount': 25.0, 'payment_difference_handling': 'open'}
        )._create_payments()
        self.assertEqual(request._amount_to_collect(), 65.0)
        self.cron()
        self.assertIn(self.shown(65.0), self.mails(request).subject)
        request.state = 'debit_failed'
        self.assertEqual(request._amount_to_collect(), 15.0, "50 of its own, of which 35 are paid")

    def test_paid_then_taken_back(self):
        for code in ('60', '111'):
            with self.subTest(code):
                request = self.sent()  # 1,200
                self.pay(request)
                self.fails(request, code)
                self.cron()
                self.assertFalse(self.mails(request), "nothing is open before the take-back is booked")
                self.take_back(request, 600.0)
                self.assertEqual(request._amount_to_collect(), 600.0)
                self.assertEqual(request.move_id._get_default_payment_link_values()['amount_max'], 600.0)
                self.cron(times=2)
                self.assertEqual(len(self.mails(request)), 1)
                self.assertIn(self.shown(600.0), self.mails(request).subject)
                self.live_in(request, 'simulator')

    def test_taken_back_long_after(self):
        request = self.sent()
        self.pay(request)
        self.fails(request, '60')
        request.state_since = fields.Datetime.now() - timedelta(days=20)
        self.take_back(request, 600.0)
        self.cron()
        self.assertEqual(len(self.mails(request)), 1)

    def test_paid_outside_the_books_only_its_share(self):
        self.company.urssaf_register_payments = False
        request = self.sent(tax=False)  # 1,000
        self.pay(request)
        self.fails(request, '111')
        self.assertEqual(request.move_id.amount_residual, 1000.0)
        self.assertEqual(request._amount_to_collect(), 500.0)
        self.assertEqual(request.move_id._get_default_payment_link_values()['amount_max'], 500.0, "as in the books")

    def test_a_household_without_an_address(self):
        request = self.send(self.make_invoice())
        self.live_in(request, 'production')
        self.household.email = False
        with self.as_system() as env:
            request.with_env(env)._set_state('refused')
            request.with_env(env)._notify()
        self.cron()
        self.assertFalse(self.mails(request))
        self.assertIn("no e-mail address", self.note(request.move_id))
        self.assertIn(self.shown(94.5), self.note(request.move_id))

    def test_one_that_cannot_be_made_stops_nobody_else(self):
        first, second = self.send(self.make_invoice()), self.send(self.make_invoice())
        (first + second).state = 'refused'
        self.live_in(first + second, 'production')
        mail_link = UrssafPaymentRequest._mail_link

        def failing(request, now):
            if request.id == first.id:
                raise ValueError("broken template")
            return mail_link(request, now)

        with patch.object(type(self.env['urssaf.payment.request']), '_mail_link', failing), mute_logger(LOGGER):
            self.cron()
        self.assertEqual((len(self.mails(first)), len(self.mails(second))), (0, 1))
        self.cron()
        self.assertFalse(self.mails(first), "a person has been told")
        self.assertIn("could not be made", self.note(first.move_id))

    def test_in_a_second_company(self):
        second = self.make_provider("Seconde")
        second.urssaf_mail_when_failed = True
        second.urssaf_mail_when_failed_since = fields.Datetime.now() - timedelta(days=1)
        user = self.make_user('seconde', 'account.group_account_invoice', company=second)
        request = self.send(self.make_invoice(company=second), user, second)
        other = self.send(self.make_invoice())
        (request + other).state = 'refused'
        for one in (request, other):
            self.live_in(one, 'production')
        self.company.urssaf_mail_when_failed = False
        self.cron()
        self.assertEqual((len(self.mails(request)), len(self.mails(other))), (1, 0))
        self.assertIn("Seconde", self.mails(request).subject)

    def test_in_the_language_of_the_household(self):
        self.env['res.lang']._activate_lang('fr_FR')
        template = self.env.ref('l10n_fr_avance_immediate.mail_template_collect')
        template.with_context(lang='fr_FR').subject = "À payer"
        self.household.lang = 'fr_FR'
        request = self.fails(self.send(self.make_invoice()))
        self.cron()
        self.assertEqual(self.mails(request).subject, "À payer")

    def test_the_activity_is_closed_when_the_household_has_paid(self):
        request = self.fails(self.send(self.make_invoice()))
        self.assertTrue(request.move_id.activity_ids)
        with self.as_user() as env:
            env['account.payment.register'].with_context(
                active_model='account.move', active_ids=request.move_id.ids
            ).create({'journal_id': self.bank.id})._create_payments()
        self.env.invalidate_all()
        self.assertFalse(request.move_id.activity_ids)

    def test_it_is_closed_after_a_take_back_too_and_not_before(self):
        request = self.sent()
        self.pay(request)
        self.fails(request, '60')
        with self.as_user() as env:
            request.move_id.with_env(env)._invoice_paid_hook()
        self.assertTrue(request.move_id.activity_ids, "paid by URSSAF, which takes it back")
        self.take_back(request, 600.0)
        self.assertIn(self.shown(600.0), self.note(request.move_id))
        with self.as_user() as env:
            env['account.payment.register'].with_context(
                active_model='account.move', active_ids=request.move_id.ids
            ).create({'journal_id': self.bank.id})._create_payments()
        self.env.invalidate_all()
        self.assertFalse(request.move_id.activity_ids)

    def test_what_was_not_taken_is_done_with_when_it_is_paid_or_credited(self):
        for state in TO_FIX_STATES:
            for settle in (self.pay_by_hand, self.credit):
                with self.subTest(state=state, settle=settle.__name__):
                    invoice = self.make_invoice()
                    request = self.send(invoice)
                    with self.as_system() as env:
                        request.with_env(env)._set_state(state)
                        request.with_env(env)._notify()
                    self.assertTrue(invoice.activity_ids and self.is_to_fix(request))
                    settle(invoice)
                    self.env.flush_all()
                    self.assertFalse(invoice.activity_ids or self.is_to_fix(request))

    def test_what_was_not_taken_stays_to_do_while_a_part_is_open(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        with self.as_system() as env:
            request.with_env(env)._set_state('rejected')
            request.with_env(env)._notify()
        self.pay_by_hand(invoice, amount=50.0)
        self.assertTrue(invoice.activity_ids and self.is_to_fix(request))

    def test_what_urssaf_has_paid_and_takes_back_stays_to_correct_until_the_household_has_paid(self):
        request = self.sent()
        self.pay(request)
        self.fails(request, '60')
        self.assertEqual(request.move_id.payment_state, 'paid')
        self.assertTrue(self.is_to_fix(request), "URSSAF takes it back")
        self.take_back(request, 600.0)
        self.assertTrue(self.is_to_fix(request))
        self.pay_by_hand(request.move_id, journal=self.bank)
        self.env.flush_all()
        self.assertFalse(self.is_to_fix(request))

    def test_what_urssaf_has_cancelled_is_somebodys_to_do_until_its_invoice_is_settled(self):
        """Asked for by the company: the household is not mailed, but the money is not forgotten."""
        for settle in (self.pay_by_hand, self.credit, self.correct, self.cancel):
            for code in ('110', '113'):
                with self.subTest(settle=settle.__name__, code=code):
                    invoice = self.make_invoice()
                    request = self.fails(self.send(invoice), code)
                    self.assertIn("still to be paid, or corrected", invoice.activity_ids.summary)
                    self.assertIn("ask the customer directly", self.note(invoice))
                    self.assertTrue(self.is_to_fix(request) and self.is_listed(invoice))
                    self.cron()
                    self.assertFalse(self.mails(request))
                    settle(invoice)
                    self.env.flush_all()
                    self.assertFalse(invoice.activity_ids or self.is_to_fix(request) or self.is_listed(invoice))
                    self.live_in(request, 'simulator')

    def test_cancelled_after_it_was_paid_the_money_comes_first(self):
        request = self.sent()
        self.pay(request)
        self.fails(request, '110')
        invoice = request.move_id
        self.assertIn("Look at the money", invoice.activity_ids.summary)
        self.assertFalse(self.is_to_fix(request), "paid, as the books say")
        self.take_back(request, 1200.0)
        with self.as_user() as env:
            request.with_env(env).action_money_seen()
        self.env.invalidate_all()
        self.assertIn("still to be paid, or corrected", invoice.activity_ids.summary)
        self.assertTrue(self.is_to_fix(request))
        self.pay_by_hand(invoice, journal=self.bank)
        self.env.flush_all()
        self.assertFalse(invoice.activity_ids or self.is_to_fix(request))

    def correct(self, invoice):
        """*Correct and resend*."""
        with self.as_user() as env:
            action = invoice.with_env(env).action_urssaf_resend()
            window = (
                env[action['res_model']].with_context(**action['context']).create({'journal_id': invoice.journal_id.id})
            )
            window.modify_moves()
        self.env.invalidate_all()
        self.assertTrue(invoice.urssaf_replacement_id)

    def cancel(self, invoice):
        invoice.button_cancel()

    def is_listed(self, invoice):
        moves = self.env['account.move'].with_user(self.reader)
        return bool(moves.search([('urssaf_request_id', 'any', [('is_to_fix', '=', True)]), ('id', '=', invoice.id)]))

    def credit(self, invoice):
        """Odoo's own *Reverse*, posted."""
        invoice._reverse_moves([{'invoice_date': invoice.invoice_date}]).action_post()
        self.assertEqual(invoice.payment_state, 'reversed')

    def is_to_fix(self, request):
        """What the request says of itself, and both lists with it."""
        self.env.invalidate_all()
        ours = [('is_to_fix', '=', True), ('id', '=', request.id)]
        found = bool(self.env['urssaf.payment.request'].with_user(self.reader).search(ours))
        self.assertEqual(request.is_to_fix, found)
        return found

    def test_the_switch_stands_in_the_settings(self):
        admin = self.env.ref('base.user_admin')
        admin.write({'company_ids': [Command.link(self.company.id)], 'company_id': self.company.id})
        self.company.urssaf_mail_when_failed = False
        with Form(self.env['res.config.settings'].with_user(admin).with_company(self.company)) as settings:
            self.assertFalse(settings.urssaf_mail_when_failed)
            settings.urssaf_mail_when_failed = True
            settings.urssaf_cancellation_email = 'urssaf@example.com'
        settings.record.execute()
        self.assertTrue(self.company.urssaf_mail_when_failed and self.company.urssaf_mail_when_failed_since)
        self.assertEqual(self.company.urssaf_cancellation_email, 'urssaf@example.com')


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestCollectLink(CollectCommon, HttpCase):
    """Where the link of the mail leads."""

    def test_the_link_opens_the_page_that_pays_what_is_due(self):
        self.env['ir.config_parameter'].set_param('account_payment.enable_portal_payment', 'True')
        method = self.env.ref('payment.payment_method_unknown')
        provider = self.env['payment.provider'].create(
            {
                'name': "En ligne",
                'code': 'none',
                'state': 'test',
                'is_published': True,
                'company_id': self.company.id,
                'payment_method_ids': [Command.set(method.ids)],
            }
        )
        self._create_dummy_payment_method_for_provider(provider=provider, journal=self.bank)
        method.active = True
        for code, amount in (('40', 94.5), ('60', 47.25)):
            request = self.fails(self.send(self.make_invoice()), code)
            link = request._collect_link()
            self.assertTrue(link.startswith(request.move_id.get_base_url() + '/my/invoices/'))
            self.env.flush_all()
            page = self.url_open(link.removeprefix(request.move_id.get_base_url()))
            self.assertEqual(page.status_code, 200)
            self.assertIn('o_payment_form', page.text)
            is_all = amount == request.move_id.amount_residual
            self.assertIn(f'data-amount="{amount}"', page.text)
            # Whoever changes the amount in the link is sent away.
            if not is_all:
                forged = link.replace(f'amount={amount}', 'amount=1.0').removeprefix(request.move_id.get_base_url())
                self.assertNotIn('o_payment_form', self.url_open(forged).text)
            self.live_in(request, 'simulator')
