from datetime import timedelta
from urllib.parse import urlencode

from lxml import html

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.payment import utils as payment_utils

from ..models.request.urssaf_payment_request_states import LIVE_STATES, PAID_STATES, STATES
from .common import AvanceImmediateCommon

COLLECTED = "collected by URSSAF"
# Pages are in the language of the site, whatever languages the database has.
NOTICES = (COLLECTED, "URSSAF encaisse cette facture")
COLLECTING = (*LIVE_STATES, *PAID_STATES)
RELEASED = tuple(name for name in STATES if name not in COLLECTING)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPaymentLinks(AvanceImmediateCommon, HttpCase):
    """While URSSAF collects, no link pays: neither a new one, nor one mailed before, nor a page left open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['ir.config_parameter'].set_param('account_payment.enable_portal_payment', 'True')
        cls.method = cls.env.ref('payment.payment_method_unknown')
        cls.provider = cls.env['payment.provider'].create(
            {
                'name': "En ligne",
                'code': 'none',
                'state': 'test',
                'is_published': True,
                'company_id': cls.company.id,
                'payment_method_ids': [Command.set(cls.method.ids)],
            }
        )
        cls._create_dummy_payment_method_for_provider(
            provider=cls.provider, journal=cls.company_data['default_journal_bank']
        )
        cls.method.active = True
        cls.portal_user = (
            cls.env['res.users']
            .with_context(no_reset_password=True)
            .create(
                {
                    'name': "Camille",
                    'login': 'camille_liens',
                    'password': 'camille_liens',
                    'lang': 'en_US',
                    'partner_id': cls.household.id,
                    'company_id': cls.company.id,
                    'company_ids': [Command.set(cls.company.ids)],
                    'group_ids': [Command.set(cls.env.ref('base.group_portal').ids)],
                }
            )
        )

    # -- what the household does ------------------------------------------------------------------

    def old_link(self, invoice, with_invoice=True):
        """A link as it was mailed before the request left."""
        values = {
            'reference': invoice.name,
            'amount': invoice.amount_total,
            'currency_id': invoice.currency_id.id,
            'partner_id': self.household.id,
            'company_id': self.company.id,
            'access_token': payment_utils.generate_access_token(
                self.household.id, invoice.amount_total, invoice.currency_id.id, env=self.env
            ),
        }
        if with_invoice:
            values['invoice_id'] = invoice.id
        return f'/payment/pay?{urlencode(values)}'

    def page(self, link):
        """What a page says in its boxes, and what its form would send (nothing without a form)."""
        answer = self.url_open(link)
        self.assertEqual(answer.status_code, 200)
        tree = html.fromstring(answer.text)
        form = next(iter(tree.xpath("//form[@id='o_payment_form']")), None)
        return (
            ' '.join(box.text_content().strip() for box in tree.find_class('alert')),
            dict(form.attrib) if form is not None else {},
        )

    def pay(self, form, **values):
        """Press *Pay* on a form; the transaction that comes of it."""
        data = {
            'provider_id': self.provider.id,
            'payment_method_id': self.method.id,
            'token_id': None,
            'amount': float(form['data-amount']) if 'data-amount' in form else None,
            'flow': 'direct',
            'tokenization_requested': False,
            'landing_route': form['data-landing-route'],
            'access_token': form['data-access-token'],
            **values,
        }
        if form['data-transaction-route'] == '/payment/transaction':
            data.update(
                partner_id=self.household.id,
                currency_id=self.company.currency_id.id,
                reference_prefix=form['data-reference-prefix'],
            )
        return self.transaction(form['data-transaction-route'], data)

    def pay_overdue(self, amount):
        return self.transaction(
            '/invoice/transaction/overdue',
            {
                'provider_id': self.provider.id,
                'payment_method_id': self.method.id,
                'token_id': None,
                'amount': amount,
                'flow': 'direct',
                'tokenization_requested': False,
                'landing_route': '/my/invoices/',
                'payment_reference': 'LOT',
            },
        )

    def transaction(self, route, data):
        with mute_logger('odoo.addons.payment.models.payment_transaction', 'odoo.http'):
            answer = self.url_open(route, json={'params': data}).json()
        if 'error' in answer:
            self.assertEqual(answer['error']['data']['name'], 'odoo.exceptions.ValidationError')
            raise ValidationError(answer['error']['data']['message'])
        return self.env['payment.transaction'].search([('reference', '=', answer['result']['reference'])])

    def refused(self, form, **values):
        with self.raises(ValidationError, "URSSAF") as refused:
            self.pay(form, **values)
        self.assert_collected(str(refused.exception))

    def assert_collected(self, text):
        self.assertTrue(any(notice in text for notice in NOTICES), text)

    def set_state(self, request, state):
        request.write({'state': state, 'submit_at': False})
        self.env.flush_all()

    # -- tests ------------------------------------------------------------------------------------

    def test_a_link_mailed_before_pays_nothing(self):
        for user in (None, 'camille_liens'):
            self.authenticate(user, user)
            with self.subTest(user=user):
                invoice = self.make_invoice()
                link = self.old_link(invoice)
                text, left_open = self.page(link)
                self.assertEqual(float(left_open['data-amount']), 94.5)
                request = self.send(invoice)
                for state in COLLECTING:
                    self.set_state(request, state)
                    text, form = self.page(link)
                    self.assert_collected(text)
                    self.assertFalse(form, state)
                    self.refused(left_open)
                self.assertFalse(invoice.transaction_ids)
                for state in RELEASED:
                    self.set_state(request, state)
                    asked = 47.25 if request._owes_share_only() else 94.5
                    self.assertEqual(float(self.page(link)[1]['data-amount']), asked, state)
                self.assertEqual(self.pay(left_open).invoice_ids, invoice)

    def test_a_link_that_only_names_the_invoice(self):
        """Older still: number and amount, no document. Money for something else is taken as ever."""
        invoice = self.make_invoice()
        form = self.page(self.old_link(invoice, with_invoice=False))[1]
        self.assertEqual(form['data-transaction-route'], '/payment/transaction')
        request = self.send(invoice)
        self.refused(form)
        other = {**form, 'data-reference-prefix': f'{invoice.name}9'}
        self.assertTrue(self.pay(other))
        self.set_state(request, 'refused')
        self.assertTrue(self.pay(form))

    def test_the_page_of_the_invoice(self):
        """Links of today lead to the portal, with an amount that may be a part."""
        self.authenticate('camille_liens', 'camille_liens')
        invoice = self.make_invoice()
        link = (
            self.env['payment.link.wizard']
            .with_context(active_model='account.move', active_id=invoice.id)
            .create({'amount': 40.0, 'amount_max': 94.5, 'res_model': 'account.move', 'res_id': invoice.id})
            .link
        )
        form = self.page(link.replace(f'{self.base_url()}/', '', 1).replace('//', '/'))[1]
        self.assertTrue(form)
        request = self.send(invoice)
        text, nothing = self.page(link.replace(f'{self.base_url()}/', '', 1).replace('//', '/'))
        self.assert_collected(text)
        self.assertFalse(nothing)
        self.refused(form, amount=40.0)
        self.set_state(request, 'withdrawn')
        self.assertEqual(self.pay(form, amount=40.0).invoice_ids, invoice)

    def test_overdue_page_left_open(self):
        """It adds up all invoices: those that went to URSSAF are not paid with the others, nor is their amount."""
        self.authenticate('camille_liens', 'camille_liens')
        day = self.today - timedelta(days=10)
        first, second = self.make_invoices(2, invoice_date=day, invoice_date_due=day)
        (first | second).message_subscribe(self.household.ids)
        self.assertEqual(float(self.page('/my/invoices/overdue')[1]['data-amount']), 189.0)
        request = self.send(first)
        with self.raises(ValidationError):
            self.pay_overdue(189.0)
        self.assertEqual(self.pay_overdue(94.5).invoice_ids, second)
        self.send(second)
        with self.raises(ValidationError):
            self.pay_overdue(94.5)
        self.set_state(request, 'refused')
        self.assertEqual(self.pay_overdue(94.5).invoice_ids, first)

    def test_after_a_refused_debit_the_household_pays_its_share_and_no_more(self):
        for user in (None, 'camille_liens'):
            self.authenticate(user, user)
            with self.subTest(user=user):
                invoice = self.make_invoice()
                invoice.message_subscribe(self.household.ids)
                link = self.old_link(invoice)
                left_open = self.page(link)[1]
                self.set_state(self.send(invoice), 'debit_failed')
                # A link made in Odoo's window, or printed as a QR code, before the request left.
                made_before = (
                    invoice._get_portal_payment_link().replace(f'{self.base_url()}/', '', 1).replace('//', '/')
                )
                for page in (link, invoice.get_portal_url(), made_before):
                    self.assertEqual(float(self.page(page)[1]['data-amount']), 47.25, page)
                for amount in (94.5, 47.26):
                    with self.raises(ValidationError):
                        self.pay(left_open, amount=amount)
                self.assertFalse(invoice.transaction_ids)
                self.assertEqual(self.pay(left_open, amount=47.25).invoice_ids, invoice)
                self.assertTrue(self.pay(left_open, amount=20.0), "a part of it")
                self.pay_by_hand(invoice, amount=20.0)
                self.env.flush_all()
                self.assertEqual(float(self.page(invoice.get_portal_url())[1]['data-amount']), 27.25)
                self.pay_by_hand(invoice, amount=27.25)
                self.env.flush_all()
                self.assertEqual(invoice.amount_residual, 47.25, "what URSSAF may still pay")
                for page in (link, invoice.get_portal_url()):
                    self.assertFalse(self.page(page)[1], page)
                with self.raises(ValidationError):
                    self.pay(left_open, amount=20.0)

    def test_the_deposit_of_a_refused_request_is_not_asked_for_again(self):
        """Declared, and not in the books: what the mail with the link asks for, the page asks for."""
        invoice = self.make_invoice(lines=((1, 100.0),))
        request = self.send(invoice)
        request.deposit_amount = 10.0
        self.set_state(request, 'refused')
        self.assertEqual(float(self.page(invoice.get_portal_url())[1]['data-amount']), 90.0)
        self.set_state(request, 'debit_failed')
        self.assertEqual(float(self.page(invoice.get_portal_url())[1]['data-amount']), 40.0)

    def test_the_overdue_page_never_asks_for_the_states_half(self):
        self.authenticate('camille_liens', 'camille_liens')
        day = self.today - timedelta(days=10)
        first, second = self.make_invoices(2, invoice_date=day, invoice_date_due=day)
        (first | second).message_subscribe(self.household.ids)
        self.set_state(self.send(first), 'debit_failed')
        # Odoo would match one payment of both with the whole of the first.
        self.assertEqual(float(self.page('/my/invoices/overdue')[1]['data-amount']), 94.5)
        with self.raises(ValidationError):
            self.pay_overdue(141.75)
        self.assertEqual(self.pay_overdue(94.5).invoice_ids, second)
        self.pay_by_hand(second)
        self.env.flush_all()
        self.assertEqual(float(self.page('/my/invoices/overdue')[1]['data-amount']), 47.25)
        with self.raises(ValidationError):
            self.pay_overdue(94.5)
        self.assertEqual(self.pay_overdue(47.25).invoice_ids, first)
        self.pay_by_hand(first, amount=47.25)
        self.env.flush_all()
        self.assertFalse(self.page('/my/invoices/overdue')[1])
        self.assertNotIn(first.name, self.url_open('/my/invoices?filterby=overdue_invoices').text)

    def test_the_window_makes_no_link(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        for state in (*COLLECTING, *RELEASED):
            with self.subTest(state):
                self.set_state(request, state)
                Wizard = (
                    self.env['payment.link.wizard']
                    .with_user(self.invoicing_user)
                    .with_context(active_model='account.move', active_id=invoice.id)
                )
                form = Form(Wizard.with_company(self.company))
                link = Wizard.create({'amount': 94.5, 'res_model': 'account.move', 'res_id': invoice.id}).link
                if state in COLLECTING:
                    self.assertIn(COLLECTED, form.warning_message)
                    self.assertFalse(form.amount or form.link or link)
                else:
                    self.assertFalse(form.warning_message)
                    asked = 47.25 if request._owes_share_only() else 94.5
                    self.assertEqual((form.amount, form.amount_max), (asked, asked))
                    self.assertIn('/my/invoices/', form.link)
                    self.assertTrue(link)

    def test_no_request_while_an_online_payment_is_under_way(self):
        for step in ('_set_pending', '_set_authorized', '_set_done'):
            with self.subTest(step):
                invoice = self.make_invoice()
                transaction = self.pay(self.page(self.old_link(invoice))[1])
                # What a provider that authorises first says of itself; computed, kept in the cache only.
                transaction.provider_id.support_manual_capture = 'full_only'
                getattr(transaction, step)()
                self.env.flush_all()
                before = self.calls('M050')
                with self.as_user() as env:
                    with self.raises(UserError, "online payment of this invoice is under way"):
                        invoice.with_env(env)._urssaf_create_requests()
                    wizard = (
                        env['account.move.send.wizard']
                        .with_context(active_model='account.move', active_ids=invoice.ids)
                        .create({})
                    )
                    self.assertTrue(wizard.extra_edi_checkboxes['urssaf']['readonly'])
                self.assertEqual(self.calls('M050'), before)
                self.assertFalse(invoice.urssaf_request_ids)

    def test_a_cancelled_online_payment_is_no_obstacle(self):
        invoice = self.make_invoice()
        transaction = self.pay(self.page(self.old_link(invoice))[1])
        transaction._set_pending()
        transaction._set_canceled()
        self.env.flush_all()
        self.assertEqual(self.send(invoice).state, 'integrated')

    def test_money_that_came_all_the_same_is_seen(self):
        """The household was on the provider's page when the request left: nobody can refuse its money any more."""
        for step in ('_set_pending', '_set_done'):
            with self.subTest(step):
                invoice = self.make_invoice()
                transaction = self.pay(self.page(self.old_link(invoice))[1])
                self.assertEqual(self.send(invoice).state, 'integrated')
                # By the provider's call, that is by nobody.
                getattr(transaction.with_user(self.env.ref('base.public_user')).sudo(), step)()
                warning = invoice.activity_ids
                self.assertEqual((len(warning), warning.user_id), (1, self.clerk))
                self.assertIn("Camille pays online", warning.summary)
        spared = self.make_invoice()
        self.pay(self.page(self.old_link(spared))[1])._set_pending()
        self.assertFalse(spared.activity_ids)

    def test_a_waiting_request_does_not_leave_when_the_household_pays(self):
        """Paid online between the plan and the departure: said, not sent."""
        day = self.today + timedelta(days=3)
        invoice = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        transaction = self.pay(self.page(self.old_link(invoice))[1])
        request = self.send(invoice)
        self.assertEqual(request.state, 'scheduled')
        transaction._set_pending()
        request.submit_at = '2020-01-01'
        self.env.flush_all()
        with self.as_cron() as env:
            while env['urssaf.payment.request']._submit_due():
                pass
        self.env.invalidate_all()
        self.assertEqual(request.state, 'not_sent')
        self.assertIn("online payment", request.error_text)
        self.assertFalse(self.accepted(invoice))
