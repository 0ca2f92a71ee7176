from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import format_date, format_datetime

from ..models.request.urssaf_payment_request_states import CONTESTABLE_STATES, STATES
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestNews(AvanceImmediateCommon):
    """What a click says afterwards: counted, green for good news only, orange when somebody has to act."""

    def play(self, request, code):
        self.control(f'requests/{request.request_ref}/set_status', {'code': code})

    def refresh(self, invoices):
        """The notice of the button *Refresh*."""
        with self.as_user() as env:
            return invoices.with_env(env).action_urssaf_refresh()['params']

    def test_one_request_is_told_in_the_colour_of_its_news(self):
        for code, kind, words in (
            ('40', 'warning', "Refused by the customer"),
            ('60', 'warning', "Debit refused"),
            ('70', 'success', "Paid"),
            ('30', 'info', "Approved"),
        ):
            with self.subTest(code):
                invoice = self.make_invoice()
                self.play(self.send(invoice), code)
                notice = self.refresh(invoice)
                self.assertEqual(notice['type'], kind)
                self.assertEqual(notice['message'], f"{invoice.name}: {words}")

    def test_bad_news_stays_orange_when_nothing_is_new(self):
        invoice = self.make_invoice()
        self.play(self.send(invoice), '60')
        self.refresh(invoice)
        self.assertEqual(self.refresh(invoice)['type'], 'warning')

    def test_many_requests_are_counted_and_those_that_need_somebody_named(self):
        paid, bad, same = self.make_invoices(2), self.make_invoice(), self.make_invoice()
        requests = self.send(paid | bad | same)
        for request in requests:
            self.play(request, '70' if request.move_id in paid else '60' if request.move_id == bad else '10')
        notice = self.refresh(paid | bad | same)
        self.assertEqual(notice['type'], 'warning')
        self.assertTrue(notice['sticky'])
        self.assertIn("Paid: 2.", notice['message'])
        self.assertIn(f"Debit refused: 1 ({bad.name}).", notice['message'])
        self.assertIn("Unchanged: 1.", notice['message'])
        self.assertNotIn(paid[0].name, notice['message'])

    def test_many_without_a_hitch_are_green_and_go_away(self):
        invoices = self.make_invoices(2)
        for request in self.send(invoices):
            self.play(request, '70')
        notice = self.refresh(invoices)
        self.assertEqual((notice['type'], notice['sticky']), ('success', False))
        self.assertEqual(self.refresh(invoices)['message'], "Unchanged: 2.")

    def test_at_most_five_invoices_are_named(self):
        invoices = self.make_invoices(7)
        for request in self.send(invoices):
            self.play(request, '60')
        message = self.refresh(invoices)['message']
        self.assertIn("Debit refused: 7", message)
        self.assertEqual(sum(invoice.name in message for invoice in invoices), 5)
        self.assertIn("…", message)

    def test_a_failure_of_urssaf_is_an_error_not_news(self):
        invoice = self.make_invoice()
        self.send(invoice)
        self.fault('forbidden', 'M070')
        with self.raises(UserError, "no right"):
            self.refresh(invoice)

    def test_what_can_be_withdrawn_is_and_the_rest_is_named(self):
        day = fields.Date.add(self.today, days=3)
        planned, gone = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day), self.make_invoice()
        requests = self.send(planned | gone)
        with self.as_user() as env:
            notice = requests.with_env(env).action_withdraw()['params']
        self.env.invalidate_all()
        self.assertEqual(planned.urssaf_state, 'withdrawn')
        self.assertEqual(gone.urssaf_state, 'integrated')
        self.assertEqual(notice['type'], 'warning')
        self.assertIn(gone.name, notice['message'])
        with self.as_user() as env, self.raises(UserError, "already left"):
            gone.urssaf_request_id.with_env(env).action_withdraw()

    def test_registrations_say_the_name_once_and_green_only_for_good_news(self):
        registration = self.household.with_company(self.company).urssaf_registration_id
        for state, kind in (
            ('active', 'success'),
            ('pending', 'info'),
            ('unlinked', 'warning'),
            ('blocked', 'warning'),
        ):
            with self.subTest(state):
                registration.write({'state': state, 'registered_at': fields.Datetime.now()})
                notice = registration._notify_user()['params']
                self.assertEqual(notice['type'], kind)
                self.assertEqual(notice['message'].count(self.household.name), 1)
                self.assertEqual(notice['sticky'], kind == 'warning')


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestMoments(AvanceImmediateCommon):
    """Each wait says its end, in Paris time."""

    def test_until_when_the_customer_may_object(self):
        with self.at('2026-11-28 22:48:00'):
            day = fields.Date.today()
            invoice = self.make_invoice(invoice_date=day, urssaf_date_start='2026-11-20', urssaf_date_end='2026-11-20')
            request = self.send(invoice)
            self.assertEqual(request.state, 'integrated')
            seen = request.with_context(tz='Europe/Paris', lang='en_US')
            message = seen._alert()['message']
            until = format_datetime(seen.env, '2026-11-30 22:48:00', tz='Europe/Paris', dt_format='short')
            self.assertIn(f"until about {until}", message)
            self.assertNotIn("Paris time", message)
            self.assertIn("Paris time", request.with_context(tz='America/Martinique')._alert()['message'])
            self.assertIn(f"until about {until}", seen.guidance)

    def test_a_later_step_does_not_prolong_the_time_to_object(self):
        with self.at('2026-11-26 09:00:00') as clock:
            invoice = self.make_invoice(
                invoice_date='2026-11-26', urssaf_date_start='2026-11-20', urssaf_date_end='2026-11-20'
            )
            request = self.send(invoice)
            before = request._contest_until()
            clock.tick(timedelta(hours=20))
            request._set_state('awaiting')
            self.assertEqual(request._contest_until(), before)
            clock.tick(timedelta(hours=40))
            request.invalidate_recordset(['guidance'])
            self.assertIn("ended", request.guidance)
            self.assertIn("ended", request._alert()['message'])

    def test_when_the_transfer_is_expected(self):
        with self.at('2026-11-26 09:00:00'):
            invoice = self.make_invoice(
                invoice_date='2026-11-26', urssaf_date_start='2026-11-20', urssaf_date_end='2026-11-20'
            )
            request = self.send(invoice)
            request._set_state('validated')  # a Thursday: four working days later is Wednesday
            self.assertEqual(request._transfer_expected_on(), fields.Date.to_date('2026-12-02'))
            self.assertIn(format_date(request.env, '2026-12-02'), request._alert()['message'])
            request.transfer_date = '2026-12-04'
            self.assertEqual(request._transfer_expected_on(), fields.Date.to_date('2026-12-04'))

    def test_every_sentence_of_the_table_can_be_filled_in(self):
        request = self.send(self.make_invoice())
        for name in STATES:
            request.write({'state': name, 'submit_at': fields.Datetime.now()})
            for kind in STATES[name].words:
                self.assertNotIn('%(', request._words(kind, customer="C", invoice="I", number="N"), (name, kind))
        self.assertTrue(CONTESTABLE_STATES)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestLists(AvanceImmediateCommon):
    """What URSSAF owes can be read from the list; groups stand in the order of a request's life."""

    def test_what_is_awaited_follows_the_state(self):
        request = self.send(self.make_invoice())
        self.assertEqual(request.amount_awaited, 94.5)
        for state, amount in (('validated', 94.5), ('refused', 0.0), ('paid', 0.0)):
            request.state = state
            self.assertEqual(request.amount_awaited, amount, state)

    def test_groups_are_in_the_order_of_life(self):
        for state in ('withdrawn', 'paid', 'awaiting', 'refused', 'integrated'):
            self.send(self.make_invoice()).state = state
        Request = self.env['urssaf.payment.request'].with_user(self.reader).with_company(self.company)
        domain = [('company_id', '=', self.company.id)]
        for field, order in (
            ('state', ['integrated', 'awaiting', 'paid', 'refused', 'withdrawn']),
            ('stage', ['waiting', 'to_fix', 'paid', 'closed']),
        ):
            self.assertEqual([value for value, _count in Request._read_group(domain, [field], ['__count'])], order)
            groups = Request.formatted_read_group(domain, [field], ['__count', 'amount_awaited:sum'])
            self.assertEqual([group[field] for group in groups], order)

    def test_filters_by_who_is_awaited(self):
        waits, owed = self.send(self.make_invoice()), self.send(self.make_invoice())
        owed.state = 'debited'
        Request = self.env['urssaf.payment.request'].with_user(self.reader)
        ours = ('id', 'in', (waits | owed).ids)
        self.assertEqual(Request.search([('is_with_customer', '=', True), ours]), waits.with_user(self.reader))
        self.assertEqual(Request.search([('is_owed', '=', True), ours]), owed.with_user(self.reader))

    def test_what_is_to_correct_is_found_until_it_is_credited(self):
        fine, asked, stuck, refused, credited = requests = self.send(self.make_invoices(5))
        asked.attention = 'status'
        stuck.state = 'not_sent'
        (refused | credited).state = 'refused'
        credited.move_id.payment_state = 'reversed'
        self.env.flush_all()
        Request = self.env['urssaf.payment.request'].with_user(self.reader)
        found = Request.search([('is_to_fix', '=', True), ('id', 'in', requests.ids)])
        self.assertEqual(found, (asked | stuck | refused).with_user(self.reader).sorted('id', reverse=True))
        for request in requests:
            self.assertEqual(request.is_to_fix, request.with_user(self.reader) in found, request.state)
        self.assertFalse(fine.is_to_fix)

    def test_the_empty_list_helps_whoever_reads_it(self):
        Request = self.env['urssaf.payment.request'].with_company(self.company)
        chief = self.make_user('chef_vide', 'base.group_system', 'account.group_account_manager')
        self.assertEqual(Request.with_user(self.clerk).get_empty_list_help('plain'), 'plain')
        self.company.urssaf_environment = False
        self.assertIn("res_config_settings_action", Request.with_user(chief).get_empty_list_help('plain'))
        told = Request.with_user(self.clerk).get_empty_list_help('plain')
        self.assertNotIn("href", told)
        self.assertIn("administrator", told)

    def test_what_urssaf_has_not_taken_is_sent_again_from_its_form(self):
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE')
        request = self.send(self.make_invoice())
        self.assertTrue(request.can_send_again)
        with self.as_user() as env:
            self.assertEqual(request.with_env(env).action_send_again()['res_model'], 'urssaf.send.wizard')


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestSendWindowAfterwards(AvanceImmediateCommon):
    """The window for many after the click: what was sent is said for good, what was not stays."""

    def window(self, env, invoices):
        action = invoices.with_env(env).action_urssaf_send()
        return env[action['res_model']].browse(action['res_id'])

    def test_the_summary_of_many_stays(self):
        invoices = self.make_invoices(2)
        with self.as_user() as env:
            window = self.window(env, invoices)
            action = window.action_send()
            self.assertEqual(action['params']['type'], 'success')
            self.assertEqual(action['params']['next']['res_id'], window.id, "it is shown again")
            self.assertIn("2 received", window.result)
            self.assertFalse(window.has_failures)
            self.assertFalse(window.line_ids)

    def test_one_that_leaves_closes_the_window(self):
        with self.as_user() as env:
            action = self.window(env, self.make_invoice()).action_send()
        self.assertEqual(action['params']['next']['type'], 'ir.actions.act_window_close')

    def test_what_stays_is_no_good_news(self):
        first = self.today.replace(day=1)
        bad = self.make_invoice(urssaf_date_start=first.replace(year=first.year - 1))
        with self.as_user() as env:
            window = self.window(env, self.make_invoice() | bad)
            action = window.action_send()
            self.assertEqual(action['params']['type'], 'warning')
            self.assertTrue(window.has_failures)

    def test_rows_to_correct_come_first(self):
        first = self.today.replace(day=1)
        good = self.make_invoice()
        bad = self.make_invoice(urssaf_date_start=first.replace(year=first.year - 1))
        with self.as_user() as env:
            window = self.window(env, good | bad)
            env.flush_all()
            env.invalidate_all()
            self.assertEqual(window.line_ids.move_id.ids, [bad.id, good.id])

    def test_the_day_of_the_deposit_is_asked_for_where_there_is_one(self):
        self.company.urssaf_deposits_allowed = True
        with self.as_user() as env:
            window = self.window(env, self.make_invoices(2))
            self.assertFalse(window.has_deposit)
            window.line_ids[0].deposit_amount = 10.0
            self.assertTrue(window.has_deposit)

    def test_the_invoice_opens_beside_the_window(self):
        invoice = self.make_invoice()
        with self.as_user() as env:
            action = self.window(env, invoice).line_ids.action_open_invoice()
        self.assertEqual((action['url'], action['target']), (f'/odoo/account.move/{invoice.id}', 'new'))
