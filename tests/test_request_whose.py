import json
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.request.urssaf_payment_request_states import FREE_STATES
from ..urssaf.answers import ItemOutcome
from ..urssaf.client import UrssafClient
from ..urssaf.gate import to_ref
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestWhoseRequest(AvanceImmediateCommon):
    """What URSSAF says is taken over only where it is provably about our request; not found is not "not received"."""

    def cron(self, *methods):
        self.end_pauses()
        with self.as_cron() as env:
            for method in methods or ('_sync_due',):
                while getattr(env['urssaf.payment.request'], method)():
                    pass
        self.env.invalidate_all()

    def look(self, requests, times=1):
        """What is due in some time is due now, and the cron asks."""
        for _time in range(times):
            requests.filtered('next_poll_at').next_poll_at = '2020-01-01'
            self.cron()

    def lose(self, invoice=None, fault='dead_after', **values):
        """A request whose answer is lost; URSSAF has it, or with `dead_before` not."""
        invoice = invoice or self.make_invoice(**values)
        self.fault(fault, 'M050', times=1, contains=invoice.name)
        request = self.send(invoice)
        self.assertEqual(request.state, 'unknown')
        return request

    def a_day_later(self, request):
        """As if what was lost had been lost a day earlier."""
        for name in ('lost_at', 'state_since', 'missed_since', 'next_watch_at'):
            if request[name]:
                request[name] -= timedelta(days=1, minutes=1)

    def change_payload(self, request, **values):
        request.payload = json.dumps({**json.loads(request.payload), **values})

    def foreign(self, invoice, **values):
        """URSSAF has the invoice's number already, from another program."""
        with self.as_user() as env:
            request = invoice.with_env(env)._urssaf_create_requests()
            payload = request._outgoing()[request.id]
            request.company_id._urssaf_client().submit_requests([payload])
        self.env.invalidate_all()
        request = invoice.urssaf_request_id
        if values:
            self.change_payload(request, **values)
        with self.as_user() as env:
            request.with_env(env).sudo()._submit()
        self.env.invalidate_all()
        return request

    def ref_at_urssaf(self, invoice):
        return next(
            request['ref']
            for request in self.control('state', method='GET')['requests']
            if request['number'] == invoice.name
        )

    # -- what URSSAF has under our number is taken over only when it is provably ours (CONTRACT §10) ---

    def test_what_another_program_has_sent_is_never_adopted_by_itself(self):
        """Next number, same price, same household, same week: a database restored from yesterday's backup."""
        invoice = self.make_invoice()
        request = self.foreign(invoice)
        self.look(request, 3)
        self.assertEqual((request.state, request.attention, request.request_ref), ('unknown', 'dispute', False))
        self.assertIn("no answer about it was lost", request.error_text)
        self.assertTrue(request.can_adopt and request.can_release and request.is_live)
        self.assertFalse(request.can_withdraw)
        self.assertIn("It is this invoice", invoice.activity_ids.note)

    def test_what_was_lost_is_adopted_only_when_everything_agrees(self):
        other_day = fields.Date.to_string(self.today - timedelta(days=31))
        for name, values, words in (
            ('amount', {'mntFactureTTC': 60}, "another amount"),
            ('household', {'idClient': 'somebody-else'}, "another customer"),
            ('invoice date', {'dateFacture': f'{other_day}T00:00:00Z'}, "another invoice date"),
            ('first day', {'dateDebutEmploi': f'{other_day}T00:00:00Z'}, "other days of service"),
            ('last day', {'dateFinEmploi': f'{other_day}T00:00:00Z'}, "other days of service"),
        ):
            with self.subTest(name):
                request = self.lose()
                self.change_payload(request, **values)
                self.look(request, 2)
                self.assertEqual((request.state, request.attention), ('unknown', 'dispute'))
                self.assertIn(words, request.error_text)
                self.assertEqual(len(request.move_id.activity_ids), 1)

    def test_an_echo_that_names_nothing_proves_nothing(self):
        request = self.lose()
        self.fault('silent_echo', 'M070')
        self.look(request)
        self.assertEqual((request.state, request.attention), ('unknown', 'dispute'))
        self.assertIn("its customer is not told, its amount is not told", request.error_text)
        self.control('faults', method='DELETE')
        self.look(request)
        self.assertEqual((request.state, request.attention), ('integrated', False), "the next answer says it")
        self.assertFalse(request.move_id.activity_ids)

    def test_an_id_belongs_to_one_request(self):
        first = self.send(self.make_invoice())
        # The simulator gives the id of the first request it has.
        first.request_ref = self.control('state', method='GET')['requests'][0]['ref']
        self.fault('wrong_id', 'M050', times=1)
        second = self.send(self.make_invoice())
        self.assertEqual((second.state, second.request_ref), ('unknown', False))
        self.look(second)
        self.assertEqual((second.state, second.request_ref), ('integrated', self.ref_at_urssaf(second.move_id)))
        self.assertNotEqual(first.request_ref, second.request_ref)
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation), self.cr.savepoint():
            second.request_ref = first.request_ref
            second.flush_recordset()

    def test_an_id_that_another_request_has_is_told(self):
        request = self.lose()
        holder = self.send(self.make_invoice())
        holder.request_ref = self.ref_at_urssaf(request.move_id)
        self.look(request)
        self.assertEqual((request.state, request.attention), ('unknown', 'dispute'))
        self.assertIn(f"that of invoice {holder.name}", request.error_text)
        with self.as_user() as env, self.raises(UserError, holder.name):
            request.with_env(env).action_is_this()

    def test_what_a_person_takes_for_this_invoice_is_followed(self):
        request = self.foreign(self.make_invoice(), mntFactureTTC=60)
        self.look(request)
        self.assertEqual(request.attention, 'dispute')
        attempts = self.calls('M050')
        with self.as_user() as env:
            request.with_env(env).action_is_this()
        self.env.invalidate_all()
        ref = self.ref_at_urssaf(request.move_id)
        self.assertEqual((request.state, request.request_ref, request.attention), ('integrated', ref, False))
        self.assertEqual((request.amount_total, self.calls('M050')), (94.5, attempts))
        self.assertFalse(request.move_id.activity_ids)
        self.control(f'requests/{ref}/accept', {})
        self.look(request)
        self.assertEqual(
            (request.state, request.attention), ('validated', False), "what was confirmed is no contradiction"
        )

    def test_nobody_takes_over_what_is_in_no_doubt_or_not_there(self):
        request = self.send(self.make_invoice())
        with self.as_user() as env, self.raises(UserError, "nothing is in doubt"):
            request.with_env(env).action_is_this()
        disputed = self.foreign(self.make_invoice())
        self.look(disputed)
        with self.as_user(self.reader) as env, self.raises(AccessError):
            disputed.with_env(env).action_is_this()
        self.fault('forgets', 'M070')
        with self.as_user() as env, self.raises(UserError, "does not tell"):
            disputed.with_env(env).action_is_this()
        self.assertEqual(disputed.state, 'unknown')

    # -- a status answer that is not about this request changes nothing, and is told ---

    def test_an_answer_about_somebody_else_is_not_applied(self):
        request = self.send(self.make_invoice())
        for what in ('number', 'customer', 'amount'):
            with self.subTest(what):
                self.fault('foreign_echo', 'M070', what=[what])
                self.control(f'requests/{request.request_ref}/set_status', {'code': '70'})
                self.look(request, 2)
                self.assertEqual((request.state, request.attention), ('integrated', 'other'))
                self.assertIn(what, request.error_text)
                self.assertEqual(len(request.move_id.activity_ids), 1)
                self.assertIn("speaks of another one", request.move_id._get_alerts()['urssaf_request']['message'])
                self.control('faults', method='DELETE')
                self.control(f'requests/{request.request_ref}/set_status', {'code': '10'})
                self.look(request)
                self.assertEqual((request.attention, request.error_text), (False, False))
                self.assertFalse(request.move_id.activity_ids)

    def test_what_an_answer_does_not_say_contradicts_nothing(self):
        request = self.send(self.make_invoice())
        self.fault('silent_echo', 'M070')
        self.control(f'requests/{request.request_ref}/accept', {})
        self.look(request)
        self.assertEqual((request.state, request.attention), ('validated', False))

    def test_what_an_answer_says_and_cannot_be_read_is_told_and_not_taken_over(self):
        """An amount of 1e400 is not "no amount": the transfer of an earlier answer would be forgotten."""
        request, other = self.send(self.make_invoice()), self.send(self.make_invoice())
        for each in (request, other):
            self.control(f'requests/{each.request_ref}/pay', {})
        self.look(request | other)
        self.assertEqual((request.state, request.transfer_amount), ('paid', request.amount_expected))
        events = len(request.event_ids)
        self.fault('spoilt_amount', 'M070', number=request.name)
        for each in (request, other):
            self.control(f'requests/{each.request_ref}/bounce', {})
        self.look(request | other, 2)
        self.assertEqual((request.state, request.attention), ('paid', 'spoilt'))
        self.assertEqual(request.transfer_amount, request.amount_expected, "what was known stays")
        self.assertIn("its amount, the amount of the transfer", request.error_text)
        self.assertEqual(len(request.event_ids), events + 1, "told once")
        self.assertEqual(len(request.move_id.activity_ids), 1)
        self.assertEqual((other.state, other.attention), ('debit_failed', False), "the others go on")
        self.control('faults', method='DELETE')
        self.look(request)
        self.assertEqual((request.state, request.attention, request.error_text), ('debit_failed', False, False))

    def test_words_and_days_that_cannot_be_read_keep_no_status_back(self):
        for name in ('spoilt_text', 'spoilt_date'):
            with self.subTest(name):
                request = self.send(self.make_invoice())
                comment = {'code': 'CONTEST_AUTRE', 'comment': "Trop cher"}
                self.control(f'requests/{request.request_ref}/contest', comment)
                self.fault(name, 'M070', times=1)
                self.look(request)
                self.assertEqual((request.state, request.attention), ('refused', False))
                self.assertIn("Trop cher", request.reject_comment)

    def test_two_states_in_one_answer_are_told(self):
        request = self.send(self.make_invoice())
        other = self.send(self.make_invoice())
        self.fault('double_state', 'M070', number=request.name)
        for each in (request, other):
            self.control(f'requests/{each.request_ref}/accept', {})
        self.look(request | other)
        self.assertEqual((request.state, request.attention), ('integrated', 'twice'))
        self.assertEqual((other.state, other.attention), ('validated', False), "the others go on")
        self.assertTrue(request.move_id.activity_ids)

    def test_two_states_in_the_search_for_a_lost_answer_are_told_and_never_not_received(self):
        """By number, and by date where URSSAF does not search by number."""
        for by_number in (True, False):
            with self.subTest(by_number=by_number):
                self.control('switches', {'search_by_number': by_number})
                self.addCleanup(self.control, 'switches', {'search_by_number': True})
                day = self.today - timedelta(days=3 + by_number)
                days = {'invoice_date': day, 'urssaf_date_start': day, 'urssaf_date_end': day}
                request, other = self.lose(**days), self.lose(**days)
                self.fault('double_state', 'M070', number=request.name)
                self.look(request | other)
                self.assertEqual((request.state, request.attention), ('unknown', 'dispute'))
                self.assertIn("two different things", request.error_text)
                self.assertTrue(request.move_id.activity_ids and request.can_adopt)
                self.assertEqual(other.state, 'integrated', "the others go on")
                self.control('faults', method='DELETE')
                self.fault('forgets', 'M070', number=request.name)
                self.look(request, 3)
                self.assertEqual(request.state, 'unknown', "it was seen there once")
                self.control('faults', method='DELETE')
                self.look(request)
                self.assertEqual((request.state, request.attention), ('integrated', False))
                self.assertFalse(request.move_id.activity_ids)

    def test_what_urssaf_no_longer_mentions_is_told_after_a_day_and_asked_less_often(self):
        request = self.send(self.make_invoice())
        self.fault('forgets', 'M070', number=request.name)
        self.look(request, 3)
        self.assertFalse(request.attention)
        self.a_day_later(request)
        self.look(request)
        self.assertEqual((request.state, request.attention), ('integrated', 'forgotten'))
        self.assertGreater(request.next_poll_at, fields.Datetime.now() + timedelta(hours=20))
        self.assertTrue(request.move_id.activity_ids)
        events = len(request.event_ids)
        self.look(request)
        self.assertEqual(len(request.event_ids), events, "told once")
        self.control('faults', method='DELETE')
        self.look(request)
        self.assertEqual((request.attention, request.missed_since), (False, False))

    # -- not found is not "not received" ---

    def test_a_search_that_lags_after_a_known_number_is_never_not_received(self):
        invoice = self.make_invoice()
        self.fault('lagging_search', 'M070')
        request = self.foreign(invoice)
        pauses = []
        for _search in range(5):
            self.look(request)
            pauses.append(request.next_poll_at - fields.Datetime.now())
        self.assertEqual((request.state, request.attention), ('unknown', 'doubt'))
        self.assertEqual(pauses, sorted(pauses), "less and less often")
        self.assertTrue(invoice.activity_ids)
        with self.as_user() as env, self.raises(UserError, "the searches of a day"):
            request.with_env(env).action_withdraw()
        with self.as_user() as env, self.raises(UserError, "stays as it is"):
            invoice.with_env(env).button_draft()
        self.control('faults', method='DELETE')
        self.look(request)
        self.assertEqual((request.state, request.attention), ('unknown', 'dispute'))

    def test_an_answer_whose_number_is_spoilt_proves_nothing_absent(self):
        """URSSAF has it: the entry that nobody has asked for, or that names no number, may be ours."""
        for number in ('AUTRE-00001', 'F\0001', None):
            with self.subTest(number=number):
                request = self.lose()

                def search(client, original=UrssafClient.search_requests, told=number, **criteria):
                    found = original(client, **criteria)
                    number = to_ref(told) if told else ''
                    return replace(found, items=tuple(replace(item, number=number) for item in found.items))

                with patch.object(UrssafClient, 'search_requests', search):
                    self.look(request, 3)
                self.assertEqual((request.state, request.absent_count), ('unknown', 0))
                self.assertEqual(self.control('state', method='GET')['accepted'][request.name], 1)
                self.look(request)
                self.assertEqual(request.state, 'integrated')

    def test_what_was_lost_is_withdrawn_only_after_the_searches_of_a_day(self):
        request = self.lose(fault='dead_before')
        self.look(request, 2)
        self.assertEqual((request.state, request.is_live), ('not_sent', True))
        with self.as_user() as env, self.raises(UserError, "the searches of a day"):
            request.with_env(env).action_withdraw()
        self.assertFalse(request.can_withdraw)
        self.assertIn("Do not collect the invoice directly", request.guidance)
        self.a_day_later(request)
        with self.as_user() as env:
            request.with_env(env).action_withdraw()
        self.env.invalidate_all()
        self.assertEqual((request.state, request.is_live), ('withdrawn', False))
        self.assertIn("looked for until", request.guidance)

    def test_what_can_not_leave_again_is_not_free_before_that_day_is_over(self):
        """A blocked household, an account that lost its right: else somebody collects directly what is at URSSAF."""
        registration = self.household.with_company(self.company).urssaf_registration_id
        request = self.lose(fault='dead_before')
        self.look(request, 2)
        registration.state = 'blocked'
        request.submit_at = '2020-01-01'
        self.cron('_submit_due')
        self.assertEqual((request.state, request.is_live), ('unknown', True))
        self.assertIn("blocked", request.error_text)
        events = len(request.event_ids)
        self.look(request, 3)
        self.assertEqual((request.state, request.can_withdraw), ('unknown', False))
        self.assertEqual(len(request.event_ids), events, "not told over and over")
        self.a_day_later(request)
        self.env.invalidate_all()
        self.assertTrue(request.can_withdraw)
        self.look(request)
        request.submit_at = '2020-01-01'
        self.cron('_submit_due')
        registration.state = 'active'
        self.assertEqual((request.state, request.is_live), ('not_sent', False))

    def turned_up(self, request):
        """The network delivers the first call after all, and the next look finds it."""
        with self.as_user() as env:
            mine = request.with_env(env).sudo()
            payload = mine._outgoing()[mine.id]
            mine.company_id._urssaf_client().submit_requests([payload])
        request.next_watch_at = '2020-01-01'
        self.cron('_watch_due')

    def withdrawn(self):
        request = self.lose(fault='dead_before')
        self.look(request, 2)
        self.a_day_later(request)
        with self.as_user() as env:
            request.with_env(env).action_withdraw()
        self.env.invalidate_all()
        return request

    def test_what_turns_up_after_it_was_withdrawn_is_followed_and_told(self):
        request = self.withdrawn()
        self.assertIn((request.watch_until - fields.Datetime.now()).days, (89, 90))
        self.turned_up(request)
        self.assertEqual((request.state, request.attention), ('integrated', 'alive'))
        self.assertIn("URSSAF collects this invoice after all", request.move_id.activity_ids.summary)
        self.look(request)
        self.assertTrue(request.move_id.activity_ids, "not closed by the next look")
        self.control(f'requests/{request.request_ref}/contest', {'code': 'CONTEST_AUTRE'})
        self.look(request)
        self.assertEqual((request.state, request.attention), ('refused', False))

    def test_what_turns_up_after_it_was_sent_again_under_another_number_is_told_at_once(self):
        request = self.withdrawn()
        invoice = request.move_id
        again = self.send_renumbered(invoice)
        self.assertEqual((again.state, again.lost_at), ('integrated', False))
        self.turned_up(request)
        self.assertEqual((request.state, request.attention), ('withdrawn', 'alive'))
        self.assertIn("after all", invoice.activity_ids.summary)
        events = len(request.event_ids)
        request.next_watch_at = '2020-01-01'
        self.cron('_watch_due')
        self.assertEqual(len(request.event_ids), events, "told once")

    def test_what_turned_up_beside_another_is_cancelled_and_done_with_when_urssaf_says_so(self):
        request = self.withdrawn()
        invoice = request.move_id
        again = self.send_renumbered(invoice)
        self.turned_up(request)
        ref = request.found_ref
        self.assertTrue(request.can_ask_cancellation and again.can_ask_cancellation)
        self.assertIn(ref, invoice._get_alerts()['urssaf_alive']['message'])
        request.write({'watch_until': fields.Datetime.now(), 'next_watch_at': '2020-01-01'})
        self.cron('_watch_due')
        self.assertTrue(request.next_watch_at, "until its end is seen")
        with self.as_user() as env:
            request.with_env(env).action_ask_cancellation()
            window = env['urssaf.cancellation'].create({'request_id': request.id, 'reason': 'duplicate'})
            self.assertIn(ref, window.body)
            self.assertNotIn("Retirée", window.body, "that is the state of ours, not of what URSSAF has")
            window.action_confirm()
        self.env.invalidate_all()
        asked = [('cancellation_is_asked', '=', True), ('id', 'in', (request | again).ids)]
        self.assertEqual(request.search(asked), request)
        self.assertFalse(request.next_poll_at)
        self.control(f'requests/{ref}/set_status', {'code': '60'})
        self.cron('_watch_due')
        self.assertEqual(request.attention, 'alive', "URSSAF may still debit")
        self.control(f'requests/{ref}/set_status', {'code': '110'})
        request.next_watch_at = '2020-01-01'
        self.cron('_watch_due')
        self.assertEqual(
            (request.state, request.attention, request.found_ref, request.cancellation_is_asked),
            ('withdrawn', False, False, False),
        )
        self.assertFalse(request.can_ask_cancellation or invoice.activity_ids)
        self.assertNotIn('urssaf_alive', invoice._get_alerts())
        self.assertEqual(again.state, 'integrated')
        self.assertIn(ref, request.event_ids.sorted('id')[-1].detail)

    def test_nothing_is_said_of_one_that_has_not_turned_up(self):
        request = self.withdrawn()
        others = [self.withdrawn() for _other in range(2)]
        for each in (request, *others):
            each.next_watch_at = '2020-01-01'
        before = self.calls('M070')
        self.cron('_watch_due')
        self.assertFalse(request.attention or request.move_id.activity_ids)
        self.assertEqual(self.calls('M070') - before, 1, "one call for all")
        self.assertAlmostEqual(
            request.next_watch_at, fields.Datetime.now() + timedelta(days=1), delta=timedelta(minutes=5)
        )
        request.lost_at -= timedelta(days=10)
        request.next_watch_at = '2020-01-01'
        self.cron('_watch_due')
        self.assertGreater(request.next_watch_at, fields.Datetime.now() + timedelta(days=6), "then weekly")
        request.watch_until = fields.Datetime.now() + timedelta(days=1)
        request.next_watch_at = '2020-01-01'
        self.cron('_watch_due')
        self.assertFalse(request.next_watch_at, "and then no more")

    def test_a_late_answer_of_the_first_caller_counts(self):
        for state in ('unknown', 'not_sent', 'queued', 'withdrawn'):
            with self.subTest(state):
                request = self.lose(fault='dead_before')
                request.write({'state': state, 'claim': 'its own'})
                outcome = ItemOutcome(request.name, 'accepted', f'late-{state}', '10')
                with self.as_cron() as env:
                    mine = request.with_env(env)
                    mine._record_outcome('its own', {request.name: outcome}, None, [], mine.company_id)
                self.env.invalidate_all()
                self.assertEqual((request.state, request.request_ref), ('integrated', f'late-{state}'))
                self.assertEqual(request.attention, 'alive' if state in FREE_STATES else False)

    # -- nothing stays in doubt without a person who knows ---

    def test_a_day_with_more_invoices_than_a_search_may_show(self):
        self.control('switches', {'search_by_number': False})
        self.addCleanup(self.control, 'switches', {'search_by_number': True})

        def on(days_ago):
            day = self.today - timedelta(days=days_ago)
            return {'invoice_date': day, 'urssaf_date_start': day, 'urssaf_date_end': day}

        self.send(self.make_invoices(11, **on(1)))
        stuck, other = self.lose(**on(1)), self.lose(**on(2))
        self.look(stuck | other)
        self.assertEqual((stuck.state, stuck.attention), ('unknown', False))
        self.assertEqual(other.state, 'integrated', "the others are looked up")
        self.a_day_later(stuck)
        self.look(stuck)
        self.assertEqual((stuck.state, stuck.attention), ('unknown', 'doubt'))
        self.assertTrue(stuck.move_id.activity_ids)
        self.assertGreater(stuck.next_poll_at, fields.Datetime.now() + timedelta(hours=3))
        self.assertTrue(stuck.can_withdraw, "a way out for who has looked")

    def test_a_search_whose_answer_can_never_be_read(self):
        """Told at once as what it is, and after a day with a way out."""
        stuck, other = self.lose(), self.lose()
        self.fault('html', 'M070', contains=stuck.name)
        self.look(stuck | other, 2)
        self.assertEqual(other.state, 'integrated', "the others are looked up")
        self.assertEqual((stuck.state, stuck.attention, stuck.can_withdraw), ('unknown', 'spoilt', False))
        self.a_day_later(stuck)
        self.look(stuck | other)
        self.assertEqual((stuck.state, stuck.attention, stuck.can_withdraw), ('unknown', 'doubt', True))
        self.assertTrue(stuck.move_id.activity_ids)
        self.control('faults', method='DELETE')
        self.look(stuck)
        self.assertEqual((stuck.state, stuck.attention), ('integrated', False))

    def test_the_trace_of_a_call_is_kept_whose_outcome_cannot_be_written(self):
        invoices = self.make_invoices(2)
        poisoned = invoices[0].id
        requests = self.env['urssaf.payment.request']
        original = type(requests)._adopted

        def adopt(request, *args, **values):
            if request.move_id.id == poisoned:
                raise ZeroDivisionError
            return original(request, *args, **values)

        self.patch(type(requests), '_adopted', adopt)
        before = self.env['urssaf.exchange'].search_count([('call', '=', 'M050')])
        with self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'ERROR'):
            requests = self.send(invoices)
        self.assertEqual(invoices.mapped('urssaf_state'), ['sending', 'integrated'])
        exchanges = self.env['urssaf.exchange'].search([('call', '=', 'M050')])
        self.assertEqual(len(exchanges) - before, 1)
        self.assertEqual(exchanges[0].request_ids, requests)

    def test_a_clock_that_once_stood_in_2036_silences_nothing(self):
        request = self.send(self.make_invoice())
        self.control(f'requests/{request.request_ref}/accept', {})
        waiting = self.lose(fault='dead_before')
        self.look(waiting, 2)
        lost = self.lose(fault='dead_before')
        claimed = self.lose()
        claimed.write({'state': 'sending', 'claimed_at': '2036-01-01'})
        (request | lost).next_poll_at = '2036-01-01'
        waiting.submit_at = '2036-01-01'
        connection = self.env['urssaf.connection'].search([('company_id', '=', self.company.id)], limit=1)
        connection = connection or connection.create({'company_id': self.company.id, 'environment': 'simulator'})
        connection.write({'paused_until': '2036-01-01', 'is_asked': True, 'failure_count': 1})
        self.assertFalse(connection._is_paused(self.company, 'simulator'))
        with self.as_cron() as env:
            for method in ('_submit_due', '_sync_due', '_sync_due'):
                getattr(env['urssaf.payment.request'], method)()
        self.env.invalidate_all()
        self.assertEqual(
            (request.state, lost.absent_count, waiting.state, claimed.state),
            ('validated', 1, 'integrated', 'integrated'),
        )

    def test_what_was_lost_in_2036_is_searched_for_during_a_day_from_now_on(self):
        """Else nobody is told, and nobody may withdraw it, for ten years."""
        absent, unasked = self.lose(fault='dead_before'), self.lose()
        (absent | unasked).write({'lost_at': '2036-01-01', 'state_since': '2036-01-01'})
        unasked.next_poll_at = fields.Datetime.now() + timedelta(hours=1)
        self.look(absent, 2)
        self.fault('maintenance_503', 'M070')
        self.look(unasked)
        soon = fields.Datetime.now() + timedelta(days=1, minutes=1)
        for request in (absent, unasked):
            self.assertLess(request._searched_until(), soon)
            self.a_day_later(request)
        self.env.invalidate_all()
        self.assertTrue(absent.can_withdraw)
        self.look(unasked)
        self.assertEqual((unasked.state, unasked.attention), ('unknown', 'doubt'))
