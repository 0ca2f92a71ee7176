from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPortal(AvanceImmediateCommon, HttpCase):
    """The household's own pages: nobody is asked twice for the money there either, and nobody can pay twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['ir.config_parameter'].set_param('account_payment.enable_portal_payment', 'True')
        cls.company.partner_id.bank_ids = [Command.create({'acc_number': 'FR1420041010050500013M02606'})]
        cls.provider = cls.env['payment.provider'].search([('company_id', '=', cls.company.id)], limit=1) or cls.env[
            'payment.provider'
        ].create({'name': "En ligne", 'code': 'none', 'company_id': cls.company.id})
        cls.portal_user = (
            cls.env['res.users']
            .with_context(no_reset_password=True)
            .create(
                {
                    'name': "Camille",
                    'login': 'camille_portail',
                    'password': 'camille_portail',
                    'lang': 'en_US',
                    'partner_id': cls.household.id,
                    'company_id': cls.company.id,
                    'company_ids': [Command.set(cls.company.ids)],
                    'group_ids': [Command.set(cls.env.ref('base.group_portal').ids)],
                }
            )
        )

    def page(self, invoice, **query):
        answer = self.url_open(
            invoice.get_portal_url(query_string=''.join(f'&{key}={value}' for key, value in query.items()))
        )
        self.assertEqual(answer.status_code, 200)
        return answer.text

    def pay_online(self, invoice, **values):
        return self.env['payment.transaction'].create(
            {
                'provider_id': self.provider.id,
                'reference': f'test-{invoice.ids}',
                'amount': 94.5,
                'payment_method_id': self.env['payment.method'].with_context(active_test=False).search([], limit=1).id,
                'currency_id': self.company.currency_id.id,
                'partner_id': self.household.id,
                'invoice_ids': [Command.set(invoice.ids)],
                **values,
            }
        )

    def test_the_page_asks_for_money_only_when_urssaf_does_not(self):
        invoice = self.make_invoice()
        self.assertIn('id="pay_with"', self.page(invoice, payment=True))
        self.assertIn('payment_communication', self.page(invoice, report_type='html'))
        self.send(invoice)
        page = self.page(invoice, payment=True)
        self.assertIn('alert-warning', page, "says why there is nothing to pay")
        self.assertNotIn('o_payment_form', page)
        document = self.page(invoice, report_type='html')
        self.assertIn('urssaf_mention', document)
        for word in ('payment_communication', 'FR14'):
            self.assertNotIn(word, document)
        invoice.urssaf_request_id.state = 'refused'
        self.env.flush_all()
        self.assertIn('payment_communication', self.page(invoice, report_type='html'))

    def test_an_invoice_that_urssaf_has_is_no_pro_forma(self):
        """Its PDF was set aside, or never made: what the household downloads and sees is the invoice all the same."""
        plain, invoice = self.make_invoice(), self.make_invoice()
        self.send(invoice)
        for move, is_proforma in ((plain, True), (invoice, False)):
            (document,) = move._get_invoice_legal_documents_all(allow_fallback=True)
            self.assertEqual('roforma' in document['filename'], is_proforma, document['filename'])
            self.assertEqual(b'Proforma' in document['content'], is_proforma)
            self.assertEqual('Proforma' in self.page(move, report_type='html'), is_proforma)

    def test_a_page_left_open_takes_no_money(self):
        """Every way to pay online ends in a transaction on the invoice."""
        invoice, other = self.make_invoice(), self.make_invoice()
        request = self.send(invoice)
        for state in (
            'scheduled',
            'queued',
            'sending',
            'unknown',
            'integrated',
            'awaiting',
            'validated',
            'debited',
            'paid',
        ):
            request.state = state
            with self.assertRaises(ValidationError, msg=state) as refused:
                self.pay_online(invoice | other)
            self.assertIn("collected by URSSAF", str(refused.exception))
        request.state = 'refused'
        self.assertTrue(self.pay_online(invoice))
        self.assertTrue(self.pay_online(other))

    def test_paper_and_list_ask_for_the_share_after_a_refused_debit(self):
        invoice = self.make_invoice()
        invoice.message_subscribe(self.household.ids)
        self.authenticate('camille_portail', 'camille_portail')
        self.send(invoice).state = 'debit_failed'
        self.env.flush_all()
        document = self.page(invoice, report_type='html')
        self.assertIn('name="urssaf_asked"', document)
        self.assertNotIn('urssaf_mention', document)
        for word in ('payment_communication', 'FR14'):
            self.assertIn(word, document)
        self.assertIn(self.shown(47.25), invoice._urssaf_portal_sentence())
        self.assertIn('name="urssaf_notice"', self.page(invoice))
        listed = self.url_open('/my/invoices').text
        self.assertIn('name="urssaf_amount"', listed)
        self.pay_by_hand(invoice, amount=47.25)
        self.env.flush_all()
        document = self.page(invoice, report_type='html')
        self.assertNotIn('payment_communication', document)
        self.assertIn("Nothing is left", invoice._urssaf_portal_sentence())
        self.assertIn("Nothing is left", invoice._get_online_payment_error())
        # Given up by URSSAF: all of it is the household's.
        invoice.urssaf_request_id.state = 'cancelled_unpaid'
        self.env.flush_all()
        self.assertFalse(invoice._urssaf_portal_sentence())
        self.assertIn('payment_communication', self.page(invoice, report_type='html'))

    def test_money_can_always_be_given_back(self):
        invoice = self.make_invoice()
        self.send(invoice)
        self.assertTrue(self.pay_online(invoice, operation='refund', amount=-10))

    def test_what_urssaf_collects_is_never_overdue(self):
        """The portal adds up overdue invoices and asks for all of them at once."""
        day = self.today - timedelta(days=10)
        owed, collected, retried = self.make_invoices(3, invoice_date=day, invoice_date_due=day)
        self.send(collected)
        self.fault('throttled', 'M050', times=1, retry_after=600)
        self.send(retried)
        self.assertEqual(retried.urssaf_state, 'not_sent')
        (owed | collected | retried).message_subscribe(self.household.ids)
        Move = self.env['account.move'].with_user(self.portal_user)
        mine = [('id', 'in', (owed | collected | retried).ids)]
        self.assertEqual(Move.search([*mine, ('urssaf_is_collecting', '=', False)]).ids, owed.ids)
        self.assertEqual(set(Move.search([*mine, ('urssaf_is_collecting', '=', True)]).ids), {collected.id, retried.id})
        self.authenticate('camille_portail', 'camille_portail')
        self.env.flush_all()
        listed = self.url_open('/my/invoices?filterby=overdue_invoices').text
        self.assertIn(owed.name, listed)
        self.assertNotIn(collected.name, listed)
        self.assertNotIn(retried.name, listed)
        due = self.url_open('/my/invoices/overdue').text
        self.assertIn(owed.name, due)
        counters = self.opener.post(
            f'{self.base_url()}/my/counters', json={'params': {'counters': ['overdue_invoice_count']}}
        ).json()
        self.assertEqual(counters['result']['overdue_invoice_count'], 1)

    def test_the_household_reads_its_invoices_as_before(self):
        invoice = self.make_invoice()
        self.send(invoice)
        invoice.message_subscribe(self.household.ids)
        self.authenticate('camille_portail', 'camille_portail')
        self.assertIn(invoice.name, self.url_open('/my/invoices').text)
        self.assertEqual(self.url_open('/my').status_code, 200)
        self.assertEqual(self.url_open('/my/account').status_code, 200)

    def test_the_half_that_the_state_does_not_pay(self):
        """A line of a type that bears no credit is the household's as a whole: on its page, in the PDF, in the mail."""
        invoice = self.make_invoice(lines=((2, 50.0), (1, 20.0)), post=False)
        invoice.invoice_line_ids[1].urssaf_nature_id = self.env.ref('l10n_fr_avance_immediate.nature_270')
        invoice.action_post()
        self.env.flush_all()
        request = self.send(invoice)
        self.assertEqual(request.amount_household, 70.0)
        self.assertIn(self.shown(70.0), invoice._urssaf_portal_sentence())
        texts = {
            'page': self.page(invoice),
            'pdf': self.page(invoice, report_type='html'),
            'mail': self.env.ref('l10n_fr_avance_immediate.mail_template_invoice_urssaf')._render_field(
                'body_html', invoice.ids
            )[invoice.id],
        }
        for name, text in texts.items():
            plain = text.replace('&nbsp;', ' ').replace('\xa0', ' ').replace('\u202f', ' ')
            self.assertIn('70', plain, name)
            self.assertNotRegex(plain, r'60[.,]00', name)

    def test_neither_a_sum_nor_a_day_where_urssaf_collects(self):
        """UX 3: the page that our own mail links to asked for the whole amount, "60 days late"."""
        day = fields.Date.subtract(self.today, days=60)
        invoice = self.make_invoice(invoice_date_due=day)
        self.assertIn('o_portal_sidebar_timeago', self.page(invoice))
        request = self.send(invoice)
        page = self.page(invoice)
        # In whatever language the visitor's browser has.
        self.assertIn('name="urssaf_notice"', page)
        self.assertNotIn('o_portal_sidebar_timeago', page)
        self.assertIn(self.shown(47.25), invoice._urssaf_portal_sentence())
        request.write({'state': 'paid', 'transfer_date': self.today})
        self.assertIn("Settled by URSSAF on", invoice._urssaf_portal_sentence())
        later = fields.Date.add(self.today, days=20)
        planned = self.make_invoice(urssaf_date_start=later, urssaf_date_end=later)
        self.send(planned)
        self.assertIn("the request leaves on", planned._urssaf_portal_sentence())
        self.env.flush_all()
        self.assertIn('name="urssaf_notice"', self.page(planned))
        self.authenticate('camille_portail', 'camille_portail')
        listed = self.url_open('/my/invoices').text
        self.assertIn('name="urssaf_status"', listed)
        self.assertNotIn(self.shown(94.5), listed)
