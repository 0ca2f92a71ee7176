from odoo import Command, fields
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestNotices(AvanceImmediateCommon):
    """A line in the chatter for each change, one activity for one cause, closed by itself (SCREENS §7)."""

    def lines(self, invoice):
        """What the chatter of the invoice says of the request, oldest first."""
        return [
            message.preview
            for message in invoice.message_ids.sorted('id')
            if message.message_type == 'notification' and "Avance immédiate:" in (message.body or '')
        ]

    def play(self, request, action, body=None):
        self.control(f'requests/{request.request_ref}/{action}', body or {})
        with self.as_user() as env:
            request.move_id.with_env(env).action_urssaf_refresh()

    def test_each_change_is_one_line_of_the_chatter(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        for code in ('20', '30', '50', '70'):
            self.play(request, 'set_status', {'code': code})
        lines = self.lines(invoice)
        self.assertEqual(len(lines), 5, lines)
        for line, words in zip(
            lines, ("Received by URSSAF", "asked to approve", "Approved", "debited", "Paid by URSSAF"), strict=True
        ):
            self.assertIn(words, line)
        self.assertFalse(invoice.activity_ids, "nobody has to do anything")

    def test_the_line_is_a_note_for_the_house_not_a_mail_to_the_customer(self):
        invoice = self.make_invoice()
        invoice.message_subscribe(self.household.ids)
        self.send(invoice)
        lines = invoice.message_ids.filtered(lambda message: "Avance immédiate:" in (message.body or ''))
        self.assertTrue(lines)
        self.assertTrue(all(line.subtype_id.internal for line in lines))
        self.assertNotIn(self.household, lines.notified_partner_ids)

    def test_what_needs_a_person_is_one_activity_that_says_what_to_do(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        self.play(request, 'set_status', {'code': '999'})
        self.play(request, 'set_status', {'code': '60'})
        activity = invoice.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.clerk)
        self.assertIn(self.household.name, activity.summary)
        self.assertIn(invoice.name, activity.summary)
        self.assertIn("refused by the bank", activity.summary)
        self.assertIn("Collect", activity.note)
        self.play(request, 'set_status', {'code': '120'})
        self.assertFalse(invoice.activity_ids, "closed by itself when the cause is gone")

    def test_an_activity_made_by_a_person_is_left_alone(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        mine = invoice.activity_schedule('mail.mail_activity_data_todo', summary="Call Camille", user_id=self.clerk.id)
        self.play(request, 'contest', {'code': 'CONTEST_AUTRE'})
        self.play(request, 'set_status', {'code': '70'})
        self.assertEqual(invoice.activity_ids, mine)

    def test_without_a_responsible_the_salesperson_then_the_sender_is_told(self):
        self.company.urssaf_responsible_id = False
        for invoice, user in (
            (self.make_invoice(invoice_user_id=self.reader.id), self.reader),
            (self.make_invoice(invoice_user_id=False), self.invoicing_user),
        ):
            self.fault('forbidden', 'M050', times=1)
            self.send(invoice)
            self.assertEqual(invoice.activity_ids.user_id, user)

    def test_a_responsible_who_has_left_does_not_swallow_the_notice(self):
        for values in (
            {'active': False},
            {'group_ids': [Command.clear(), Command.link(self.env.ref('base.group_user').id)]},
        ):
            self.clerk.write(values)
            invoice = self.make_invoice()
            request = self.send(invoice)
            self.play(request, 'contest', {'code': 'CONTEST_AUTRE'})
            self.assertTrue(all(request.event_ids.mapped('is_told')))
            self.assertTrue(invoice.activity_ids)

    def test_a_notice_that_cannot_be_told_stops_neither_the_status_nor_the_others(self):
        invoices = self.make_invoices(2)
        requests = self.send(invoices)
        Event = self.env['urssaf.payment.request.event']
        original = type(Event)._notify_together

        def poisoned(events):
            if requests[0].id in events.request_id.ids:
                raise ZeroDivisionError
            return original(events)

        for request in requests:
            self.control(f'requests/{request.request_ref}/accept', {})
        self.patch(type(Event), '_notify_together', poisoned)
        with self.as_user() as env, self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'ERROR'):
            invoices.with_env(env).action_urssaf_refresh()
        self.assertEqual(requests.mapped('state'), ['validated', 'validated'])
        self.assertIn("Approved", self.lines(requests[1].move_id)[-1])
        self.assertFalse(all(requests[0].event_ids.mapped('is_told')), "the cron tries again")

    def test_old_notices_that_cannot_be_told_do_not_starve_new_ones(self):
        old, new = self.send(self.make_invoice()), self.send(self.make_invoice())
        self.env['urssaf.payment.request.event'].search([]).is_told = True
        old.event_ids.is_told = False
        new.event_ids.sorted('id')[-1:].is_told = False
        Event = self.env['urssaf.payment.request.event']
        original = type(Event)._notify_together

        def poisoned(events):
            if old.id in events.request_id.ids:
                raise ZeroDivisionError
            return original(events)

        self.patch(type(Event), '_notify_together', poisoned)
        limit = len(old.event_ids)
        with self.as_cron() as env, self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'ERROR'):
            for _run in range(3):
                env['urssaf.payment.request']._notify_due(limit=limit)
        self.assertTrue(all(new.event_ids.mapped('is_told')))

    def test_withdrawn_is_told_at_once(self):
        day = fields.Date.add(self.today, days=3)
        invoice = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        request = self.send(invoice)
        with self.as_user() as env:
            request.with_env(env).action_withdraw()
        self.assertIn("Withdrawn", self.lines(invoice)[-1])

    def test_scheduled_is_told_at_once(self):
        day = fields.Date.add(self.today, days=3)
        invoice = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        self.send(invoice)
        self.assertIn("Scheduled", self.lines(invoice)[-1])

    def test_the_activity_of_an_old_request_goes_when_a_new_one_leaves(self):
        invoice = self.make_invoice()
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE')
        self.send(invoice)
        self.assertEqual(len(invoice.activity_ids), 1)
        self.send(invoice)
        self.assertEqual(invoice.urssaf_state, 'integrated')
        self.assertFalse(invoice.activity_ids)

    def test_the_banner_says_what_to_do_in_each_state(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        levels = {
            'scheduled': 'info',
            'queued': 'info',
            'sending': 'info',
            'integrated': 'info',
            'awaiting': 'info',
            'validated': 'info',
            'debited': 'info',
            'unknown': 'warning',
            'not_sent': 'danger',
            'rejected': 'danger',
            'refused': 'danger',
            'debit_failed': 'danger',
            'paid': None,
            'recovered': None,
            'cancelled': None,
            'cancelled_unpaid': None,
            'cancelled_recovered': None,
            'withdrawn': None,
        }
        self.assertEqual(set(levels), set(dict(request._fields['state'].selection)))
        for state, level in levels.items():
            with self.subTest(state):
                request.write({'state': state, 'submit_at': state == 'scheduled' and '2030-01-01'})
                alert = invoice.with_user(self.reader)._get_alerts().get('urssaf_request')
                self.assertEqual(alert and alert['level'], level)
                self.assertTrue(request.guidance)
                self.assertTrue(request.event_ids[:1].description)
                if alert:
                    self.assertNotIn('..', alert['message'])
        for state in ('integrated', 'paid'):
            request.state = state
            self.assertIn("Simulator", invoice._get_alerts()['urssaf_environment']['message'], "no money has moved")

    def test_what_a_cron_finds_is_said_in_the_language_of_the_house(self):
        """A cron has no language of its own: English sentences would stand on French screens."""
        self.env['res.lang']._activate_lang('fr_FR')
        self.clerk.lang = 'fr_FR'
        day = fields.Date.add(self.today, days=3)
        blocked = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        throttled = self.make_invoice(urssaf_date_start=day, urssaf_date_end=day)
        requests = self.send(blocked | throttled)
        requests.submit_at = '2020-01-01'
        refused = self.make_invoice()
        with self.as_user() as env:
            refused.with_env(env)._urssaf_create_requests()
            env['urssaf.document']._commit()
        lost = self.send(self.make_invoice())
        lost.write({'state': 'unknown', 'request_ref': False, 'amount_total': 10.0, 'next_poll_at': '2020-01-01'})
        self.pay_by_hand(blocked, amount=30.0)
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE', contains=refused.name)
        with self.as_cron() as env:
            self.patch(self.registry['urssaf.payment.request'], '_departure_blocker', self._only_for(blocked))
            while env['urssaf.payment.request']._submit_due():
                pass
            while env['urssaf.payment.request']._sync_due():
                pass
        self.assertIn("déjà payés", blocked.urssaf_request_id.error_text)
        self.assertIn("compte", refused.urssaf_request_id.error_text)
        self.assertIn("L'URSSAF détient déjà une demande", lost.error_text)

    def _only_for(self, invoice):
        original = self.registry['urssaf.payment.request']._departure_blocker

        def finding(request):
            return original(request) if request.move_id.id == invoice.id else ''

        return finding
