from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.request.urssaf_payment_request_states import ENDED_STATES, LIVE_STATES, PAID_STATES, STATES
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestDocumentsGuard(AvanceImmediateCommon):
    """What a request forbids, and what it allows again when it is over."""

    def set_state(self, request, state):
        request.write({'state': state})

    def test_each_live_state_keeps_the_invoice_as_it_is(self):
        self.env['ir.config_parameter'].set_param('account_payment.enable_portal_payment', 'True')
        invoice = self.make_invoice()
        request = self.send(invoice)
        for state in (*LIVE_STATES, *PAID_STATES):
            with self.subTest(state):
                self.set_state(request, state)
                for action in (invoice.button_draft, invoice.button_cancel, invoice.unlink):
                    with self.raises(UserError):
                        action()
                self.assertFalse(invoice._has_to_be_paid())
                self.assertTrue(invoice.urssaf_is_collecting)
                with self.raises(UserError):
                    invoice._urssaf_make_requests()
        for state in (name for name in STATES if name not in (*LIVE_STATES, *PAID_STATES)):
            with self.subTest(state):
                self.set_state(request, state)
                self.assertFalse(invoice.urssaf_is_collecting)
                self.assertTrue(invoice._has_to_be_paid())

    def test_a_retry_that_waits_is_live(self):
        invoice = self.make_invoice()
        self.fault('throttled', 'M050', times=1, retry_after=600)
        request = self.send(invoice)
        self.assertEqual(request.state, 'not_sent')
        with self.raises(UserError, "Withdraw the request first"):
            invoice.button_draft()
        self.assertFalse(invoice._has_to_be_paid())
        with self.as_user() as env:
            request.with_env(env).action_withdraw()
        self.assertTrue(invoice._has_to_be_paid())
        invoice.button_draft()

    def test_corrected_after_a_rejection_with_the_same_number(self):
        invoice = self.make_invoice()
        self.fault('item_error', 'M050', times=1, code='ERR_CODE_NATURE')
        self.send(invoice)
        number = invoice.name
        invoice.button_draft()
        invoice.invoice_line_ids.quantity = 4
        invoice.action_post()
        self.assertEqual(invoice.name, number)
        request = self.send(invoice)
        self.assertEqual((request.state, request.amount_total), ('integrated', 126.0))
        self.assertEqual(self.accepted(invoice), 1)

    def test_a_number_that_urssaf_took_is_used_for_ever(self):
        """Also by another invoice, and also after a refusal by the customer (DESIGN §3.7)."""
        invoice = self.make_invoice()
        request = self.send(invoice)
        for state in (*ENDED_STATES, *PAID_STATES, 'debit_failed'):
            self.set_state(request, state)
            with self.as_user() as env, self.raises(UserError, "never takes its number again"):
                invoice.with_env(env)._urssaf_create_requests()
        self.assertEqual(self.accepted(invoice), 1)

    def test_a_copy_of_the_invoice_knows_nothing_of_the_request(self):
        self.company.urssaf_deposits_allowed = True
        invoice = self.make_invoice(urssaf_deposit_amount=10.0, urssaf_deposit_date=self.today)
        self.send(invoice)
        copy = invoice.copy()
        self.assertEqual(copy.urssaf_nature_id, self.nature)
        self.assertFalse(
            copy.urssaf_request_ids
            or copy.urssaf_request_id
            or copy.urssaf_state
            or copy.urssaf_date_start
            or copy.urssaf_date_end
            or copy.urssaf_deposit_amount
            or copy.urssaf_deposit_date
        )
        self.assertFalse(copy.invoice_line_ids.filtered('urssaf_date_start'))
        invoice.urssaf_request_id.state = 'paid'  # before that there is no credit note
        refund = invoice._reverse_moves([{'invoice_date': self.today}])
        self.assertFalse(refund.urssaf_request_id or refund.urssaf_state)

    def test_the_pointer_to_the_request_cannot_be_bent_by_a_user(self):
        """``urssaf_request_id`` and the stored state are Odoo's own computed fields: writing them disarms nothing."""
        invoice = self.make_invoice()
        request = self.send(invoice)
        before = self.calls('M050')
        with self.as_user() as env:
            mine = invoice.with_env(env)
            for values in (
                {'urssaf_request_id': False},
                {'urssaf_state': 'withdrawn'},
                {'urssaf_request_id': False, 'urssaf_state': False},
            ):
                try:
                    mine.write(values)
                    env.flush_all()
                except (AccessError, UserError):
                    env.invalidate_all()
            with self.raises(UserError):
                mine.button_draft()
            self.assertFalse(mine._has_to_be_paid())
            joined = mine._urssaf_create_requests()
            joined._submit()
            self.assertEqual(joined.id, request.id)
            for commands in (
                [(2, request.id)],
                [(5,)],
                [(1, request.id, {'state': 'withdrawn'})],
                [(0, 0, {'name': 'x'})],
            ):
                with self.raises((AccessError, UserError)):
                    mine.write({'urssaf_request_ids': commands})
                    env.flush_all()
                env.invalidate_all()
        self.assertEqual((request.state, self.calls('M050'), self.accepted(invoice)), ('integrated', before, 1))

    def test_a_household_with_a_registration_or_a_request_is_not_deleted(self):
        self.send(self.make_invoice())
        with self.raises(Exception), self.cr.savepoint():
            self.household.unlink()
        self.assertTrue(self.household.exists())

    def test_a_stored_pdf_is_set_aside_as_soon_as_the_request_is_withdrawn(self):
        day = fields.Date.add(self.today, days=3)
        invoice = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        with self.as_user() as env:
            wizard = (
                env['account.move.send.wizard']
                .with_context(active_model='account.move', active_ids=invoice.ids)
                .create({})
            )
            wizard.extra_edis = ['urssaf']
            wizard.action_send_and_print()
        self.assertEqual(invoice.urssaf_state, 'scheduled')
        self.assertTrue(invoice.urssaf_pdf_has_mention)
        with self.as_user() as env:
            invoice.urssaf_request_id.with_env(env).action_withdraw()
        self.assertFalse(invoice.invoice_pdf_report_id, "it says: do not pay")
        self.assertFalse(invoice._urssaf_refresh_documents())
        self.assertEqual(invoice._get_mail_template(), self.env.ref('account.email_template_edi_invoice'))

    def test_a_stored_pdf_that_asks_for_the_states_half_is_set_aside(self):
        """Made when all was asked for; after a refused debit it is the share; when URSSAF gives up, all again."""
        invoice = self.make_invoice()

        def mailed():
            with self.as_user() as env:
                env['account.move.send.wizard'].with_context(
                    active_model='account.move', active_ids=invoice.ids
                ).create({}).action_send_and_print()
            self.env.invalidate_all()
            return invoice.urssaf_pdf_has_mention, invoice.urssaf_pdf_asks_less

        self.assertEqual(mailed(), (False, False))
        request = self.send(invoice)
        for state, says in (('debit_failed', (False, True)), ('cancelled_unpaid', (False, False))):
            with self.as_system() as env:
                request.with_env(env)._set_state(state)
                request.with_env(env)._notify()
            self.assertFalse(invoice.invoice_pdf_report_id, state)
            self.assertEqual(mailed(), says)
            self.assertTrue(invoice.invoice_pdf_report_id)

    def test_paid_meanwhile_a_waiting_request_does_not_leave(self):
        """Neither by itself nor by a script that does not want to wait."""
        self.company.urssaf_deposits_allowed = True
        day = fields.Date.add(self.today, days=3)
        scheduled = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        self.send(scheduled)
        waiting = self.make_invoice()
        self.fault('throttled', 'M050', times=1, retry_after=600)
        self.send(waiting)
        before = self.calls('M050')
        for invoice in (scheduled, waiting):
            self.pay_by_hand(invoice, amount=30.0)
        with self.as_user() as env, self.raises(UserError, "already paid"):
            waiting.with_env(env)._urssaf_create_requests()
        requests = scheduled.urssaf_request_id | waiting.urssaf_request_id
        requests.submit_at = '2020-01-01'
        self.end_pauses()
        with self.as_cron() as env:
            while env['urssaf.payment.request']._submit_due():
                pass
        for request in requests:
            self.assertEqual(request.state, 'not_sent')
            self.assertFalse(request.submit_at)
            self.assertIn("already paid", request.error_text)
        self.assertEqual(self.calls('M050'), before)
