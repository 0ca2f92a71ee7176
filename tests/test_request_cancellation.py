import html

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.request.urssaf_payment_request_states import CANCELLABLE_STATES, STATES
from .common_money import MoneyCommon

ADDRESS = 'avance-immediate@example.com'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestCancellation(MoneyCommon):
    """URSSAF knows no credit notes, and cancels on a mail alone: what to do is said, prepared, and marked."""

    def credit(self, invoice, env, quantity=None):
        """A posted credit note, of all or of a part."""
        wizard = (
            env['account.move.reversal']
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create({'journal_id': invoice.journal_id.id})
        )
        note = env['account.move'].browse(wizard.refund_moves()['res_id'])
        if quantity:
            note.invoice_line_ids.quantity = quantity
        note.action_post()
        return note.with_env(self.env)

    def note(self, invoice):
        """What the invoice's activity says, as people read it."""
        return html.unescape(invoice.activity_ids.note)

    def ask(self, request, user=None, **values):
        with self.as_user(user) as env:
            action = request.with_env(env).action_ask_cancellation()
            window = env['urssaf.cancellation'].with_context(**action['context']).create({'reason': 'amount', **values})
            window.action_confirm()
        self.env.invalidate_all()

    # -- asking -----------------------------------------------------------------------------------

    def test_the_message_holds_all_that_urssaf_wants(self):
        request = self.send(self.make_invoice())
        with self.as_user() as env:
            action = request.with_env(env).action_ask_cancellation()
            with Form(env['urssaf.cancellation'].with_context(**action['context'])) as form:
                form.reason = 'duplicate'
                form.explanation = "Facture faite deux fois"
            window = form.record
            for part in (
                request.name,
                request.request_ref,
                request.status_code,
                '94',
                'SAP999999998',
                "Facture faite deux fois",
            ):
                self.assertIn(part, window.body)
            self.assertIn(request.request_ref, window.subject)
            self.assertNotIn(self.household.name, window.body)
            window.action_confirm()
        self.env.invalidate_all()
        self.assertTrue(request.cancellation_is_asked)
        self.assertIn("Facture faite deux fois", request.cancellation_reason)
        self.assertIn("Facture faite deux fois", request.event_ids.sorted('id')[-1].description)

    def test_a_reason_is_wanted(self):
        request = self.send(self.make_invoice())
        with self.as_user() as env:
            window = env['urssaf.cancellation'].create({'request_id': request.id})
            with self.raises(UserError, "Choose the reason"):
                window.action_confirm()
        self.assertFalse(request.cancellation_asked_at)

    def test_only_what_urssaf_has_can_be_cancelled(self):
        request = self.send(self.make_invoice())
        for state in STATES:
            request.state = state
            with self.subTest(state), self.as_user() as env:
                mine = request.with_env(env)
                self.assertEqual(mine.can_ask_cancellation, state in CANCELLABLE_STATES)
                if state not in CANCELLABLE_STATES:
                    with self.raises(UserError, "nothing for URSSAF to cancel"):
                        mine.action_ask_cancellation()
                    window = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'other'})
                    with self.raises(UserError, "nothing for URSSAF to cancel"):
                        window.action_confirm()

    def test_marked_until_it_has_ended(self):
        request = self.send(self.make_invoice())
        invoice = request.move_id
        self.ask(request)
        moves, requests = self.env['account.move'], self.env['urssaf.payment.request']
        asked = [('urssaf_cancellation_asked_at', '!=', False)]
        self.assertIn(invoice, moves.search(asked))
        self.assertIn(request, requests.search([('cancellation_is_asked', '=', True)]))
        self.assertEqual(invoice.urssaf_cancellation_asked_at, request.cancellation_asked_at)
        self.assertFalse(invoice.urssaf_can_ask_cancellation)
        with self.as_user() as env:
            self.assertIn("was asked", invoice.with_env(env)._get_alerts()['urssaf_cancellation']['message'])
            with self.raises(UserError, "You have asked URSSAF"):
                invoice.with_env(env).action_reverse()
        self.control(f'requests/{request.request_ref}/set_status', {'code': '110'})
        self.refresh(request)
        self.assertEqual(request.state, 'cancelled')
        self.assertFalse(request.cancellation_is_asked or invoice.urssaf_cancellation_asked_at)
        self.assertNotIn(invoice, moves.search(asked))
        self.assertIn(invoice, moves.search([('urssaf_cancellation_asked_at', '=', False)]))
        self.assertTrue(request.cancellation_asked_at, "that it was asked is kept")
        with self.as_user() as env:
            self.assertNotIn('urssaf_cancellation', invoice.with_env(env)._get_alerts())

    def test_not_asked_after_all(self):
        request = self.send(self.make_invoice())
        self.ask(request)
        with self.as_user() as env:
            request.with_env(env).action_cancellation_not_asked()
        self.env.invalidate_all()
        self.assertFalse(request.cancellation_is_asked or request.cancellation_asked_at or request.cancellation_reason)

    def test_paid_for_long_it_is_asked_about_again(self):
        request = self.sent()
        self.pay(request)
        long_ago = fields.Datetime.subtract(fields.Datetime.now(), days=200)
        request.write({'state_since': long_ago, 'next_poll_at': False})
        self.ask(request)
        self.assertTrue(request.next_poll_at)
        self.refresh(request)
        self.assertTrue(request.next_poll_at, "URSSAF may still cancel it")
        request.cancellation_asked_at = False
        self.refresh(request)
        self.assertFalse(request.next_poll_at)

    def test_recovered_and_asked_to_be_cancelled_its_end_is_seen(self):
        """120 is the last word, unless URSSAF was asked: then 112 may come, for a while (CONTRACT §9)."""
        request = self.sent()
        self.pay(request, code='120')
        self.assertEqual((request.state, request.next_poll_at), ('recovered', False))
        self.ask(request)
        self.assertTrue(request.next_poll_at)
        for _look in range(3):
            self.refresh(request)
            hours = (request.next_poll_at - fields.Datetime.now()).total_seconds() / 3600
            self.assertTrue(1 < hours < 49, f"the next day, not in {hours} h")
        long_ago = fields.Datetime.subtract(fields.Datetime.now(), days=100)
        request.write({'cancellation_asked_at': long_ago, 'state_since': long_ago})
        self.refresh(request)
        self.assertFalse(request.next_poll_at, "not for ever")
        request.write({'cancellation_asked_at': fields.Datetime.now(), 'next_poll_at': '2020-01-01'})
        self.control(f'requests/{request.request_ref}/set_status', {'code': '112'})
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()
        self.assertEqual((request.state, request.next_poll_at), ('cancelled_recovered', False))

    def test_asked_before_it_was_recovered_its_end_is_seen_too(self):
        request = self.sent()
        self.ask(request)
        self.pay(request, code='120')
        self.assertEqual(request.state, 'recovered')
        self.assertTrue(request.next_poll_at)
        with self.as_user() as env:
            request.with_env(env).action_cancellation_not_asked()
        self.refresh(request)
        self.assertFalse(request.next_poll_at)

    def test_the_composer_where_the_company_has_an_address(self):
        request = self.send(self.make_invoice())
        request.environment = self.company.urssaf_environment = 'production'
        with self.as_user() as env:
            window = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'amount'})
            self.assertFalse(window.has_address)
            with self.raises(UserError, "Enter the address"), env.cr.savepoint():
                window.action_write()
        self.company.urssaf_cancellation_email = ADDRESS
        self.env.invalidate_all()
        self.assertFalse(request.cancellation_asked_at)
        request.message_subscribe(self.household.ids)
        with self.as_user() as env:
            window = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'amount'})
            action = window.action_write()
            composer = env['mail.compose.message'].with_context(**action['context']).create({})
            self.assertIn(request.request_ref, composer.body)
            self.assertEqual(composer.partner_ids.email, ADDRESS)
            composer.action_send_mail()
        self.env.invalidate_all()
        self.assertTrue(request.cancellation_is_asked)
        message = request.message_ids.sorted('id')[-1]
        self.assertEqual(message.notified_partner_ids.mapped('email'), [ADDRESS], "the household gets none of it")
        with self.as_user() as env:  # the same contact the next time
            again = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'amount'})
            self.assertEqual(again._contact().id, message.notified_partner_ids.id)
            for typed in (f'URSSAF <{ADDRESS}>', f' {ADDRESS.upper()}'):
                self.company.urssaf_cancellation_email = typed
                self.env.flush_all()
                env.invalidate_all()
                self.assertEqual(again._contact().id, message.notified_partner_ids.id, typed)
            self.company.urssaf_cancellation_email = 'at URSSAF'
            self.env.flush_all()
            env.invalidate_all()
            with self.raises(UserError, "is no e-mail address"):
                again._contact()

    def test_a_composer_that_is_closed_marks_nothing(self):
        """Nobody was asked: the button stays."""
        request, other = self.send(self.make_invoice()), self.send(self.make_invoice())
        request.environment = self.company.urssaf_environment = 'production'
        self.company.urssaf_cancellation_email = ADDRESS
        self.env.flush_all()
        with self.as_user() as env:
            window = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'amount'})
            context = window.action_write()['context']
        self.env.invalidate_all()
        self.assertFalse(request.cancellation_asked_at or request.cancellation_is_asked)
        self.assertTrue(request.move_id.urssaf_can_ask_cancellation)
        with self.as_user() as env:
            other.with_env(env).with_context(**context).message_post(body="about another one")
        with self.as_user(self.reader) as env, self.raises(AccessError), env.cr.savepoint():
            request.with_env(env).with_context(**context).message_post(body="from who may not")
        self.env.invalidate_all()
        self.assertFalse(request.cancellation_asked_at or other.cancellation_asked_at)

    def test_a_message_that_leaves_later_marks_when_it_leaves(self):
        request = self.send(self.make_invoice())
        request.environment = self.company.urssaf_environment = 'production'
        self.company.urssaf_cancellation_email = ADDRESS
        self.env.flush_all()
        with self.as_user() as env:
            window = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'amount'})
            composer = env['mail.compose.message'].with_context(**window.action_write()['context']).create({})
            composer.scheduled_date = fields.Datetime.add(fields.Datetime.now(), hours=1)
            composer.action_schedule_message()
            self.assertFalse(request.with_env(env).cancellation_asked_at)
            env['mail.scheduled.message'].search([('res_id', '=', request.id)])._post_message()
        self.env.invalidate_all()
        self.assertTrue(request.cancellation_is_asked)
        self.assertIn("Wrong amount", request.cancellation_reason)

    def test_nothing_is_written_about_the_simulator(self):
        request = self.send(self.make_invoice())
        self.company.urssaf_cancellation_email = ADDRESS
        with self.as_user() as env:
            window = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'amount'})
            with self.raises(UserError, "trial"), env.cr.savepoint():
                window.action_write()

    def test_who_may_not(self):
        request = self.send(self.make_invoice())
        stranger = self.make_user('etrangere', 'account.group_account_invoice', company=self.make_provider("Autre"))
        with self.as_user(self.reader) as env, self.raises(AccessError):
            request.with_env(env).action_ask_cancellation()
        with self.as_user(stranger, stranger.company_id) as env:
            for ask in (
                lambda: request.with_env(env).action_ask_cancellation(),
                lambda: env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'other'}),
                lambda: request.with_env(env).action_cancellation_not_asked(),
                lambda: request.with_env(env).action_state_half_settled(),
            ):
                with self.raises(AccessError):
                    ask()

    def test_in_a_second_company(self):
        second = self.make_provider("Seconde")
        user = self.make_user('seconde', 'account.group_account_invoice', company=second)
        request = self.send(self.make_invoice(company=second), user, second)
        with self.as_user(user, second) as env:
            window = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'other'})
            self.assertIn(second.name, window.body)
            window.action_confirm()
        self.env.invalidate_all()
        self.assertTrue(request.cancellation_is_asked)

    # -- credit notes -----------------------------------------------------------------------------

    def test_said_before_a_credit_note_is_made(self):
        request = self.sent()
        invoice = request.move_id
        with self.as_user() as env, self.raises(UserError, "knows no credit notes"):
            invoice.with_env(env).action_reverse()
        self.pay(request)
        with self.as_user() as env:
            window = (
                env['account.move.reversal']
                .with_context(active_model='account.move', active_ids=invoice.ids)
                .create({'journal_id': invoice.journal_id.id})
            )
            self.assertIn("knows no credit notes", window.urssaf_notice)
            self.assertIn("Ask for cancellation", window.urssaf_notice)
            other = self.make_invoice()
            plain = (
                env['account.move.reversal']
                .with_context(active_model='account.move', active_ids=other.ids)
                .create({'journal_id': other.journal_id.id})
            )
            self.assertFalse(plain.urssaf_notice)

    def test_what_is_left_of_the_states_half_is_said(self):
        request = self.sent()  # 1,200
        invoice = request.move_id
        self.pay(request)
        self.assertFalse(invoice.activity_ids)
        with self.as_user() as env:
            note = self.credit(invoice, env)
        self.env.invalidate_all()
        self.assertEqual(request.amount_state_half, 600.0)
        self.assertIn("State's half", invoice.activity_ids.summary)
        self.assertIn(self.shown(600.0), self.note(invoice))
        with self.as_user() as env:
            alert = invoice.with_env(env)._get_alerts()['urssaf_cancellation']
            self.assertIn(self.shown(600.0), alert['message'])
            window = env['urssaf.cancellation'].with_context(**alert['action']['context']).create({})
            self.assertEqual(window.reason, 'credit_note')
            self.assertIn(note.name, window.body)
            window.action_confirm()
        self.env.invalidate_all()
        self.assertFalse(invoice.activity_ids, "somebody has begun")
        with self.as_user() as env:
            self.assertIn("was asked", invoice.with_env(env)._get_alerts()['urssaf_cancellation']['message'])
        self.take_back(request, 1200.0)
        self.assertEqual(request.amount_state_half, 0.0)

    def test_of_a_part(self):
        request = self.sent(tax=False)  # 1,000
        invoice = request.move_id
        self.pay(request)
        with self.as_user() as env:
            note = self.credit(invoice, env, 0.25)
        self.env.invalidate_all()
        self.assertEqual((note.amount_total, request.amount_state_half), (250.0, 125.0))
        self.take_back(request, 25.0)
        self.assertEqual(request.amount_state_half, 100.0)
        self.assertTrue(request._waits_for_state_half())
        with self.as_user() as env:
            request.with_env(env).action_state_half_settled()
        self.env.invalidate_all()
        self.assertEqual(request.amount_state_half, 0.0)
        self.assertFalse(invoice.activity_ids)

    def test_a_credit_note_that_is_reset_leaves_nothing_to_give_back(self):
        request = self.sent()
        self.pay(request)
        with self.as_user() as env:
            note = self.credit(request.move_id, env)
        self.env.invalidate_all()
        self.assertTrue(request.move_id.activity_ids)
        with self.as_user() as env:
            note.with_env(env).button_draft()
        self.env.invalidate_all()
        self.assertEqual(request.amount_state_half, 0.0)
        self.assertFalse(request.move_id.activity_ids)

    def test_what_the_state_pays_no_half_of(self):
        """The type of service that is not eligible is paid by the customer alone."""
        request = self.sent(tax=False, urssaf_nature_id=self.env.ref('l10n_fr_avance_immediate.nature_270').id)
        self.assertEqual(request.amount_not_eligible, 1000.0)
        self.pay(request)
        with self.as_user() as env:
            self.credit(request.move_id, env)
        self.env.invalidate_all()
        self.assertEqual(request.amount_state_half, 0.0)
