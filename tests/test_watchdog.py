from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import format_datetime

from ..models.connection import urssaf_watchdog
from .common import AvanceImmediateCommon

SUBMIT, SYNC = 'ir_cron_urssaf_submit', 'ir_cron_urssaf_sync'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestWatchdog(AvanceImmediateCommon):
    """A cron that is off or late is told to a person, once, and the word is taken back by itself."""

    def setUp(self):
        super().setUp()
        self.patch(urssaf_watchdog, 'PATIENCE', timedelta(hours=2))
        self.patch(urssaf_watchdog, 'LATEST_NEXT_RUN', timedelta(days=1))
        (self.cron(SUBMIT) | self.cron(SYNC)).write({'active': True, 'nextcall': fields.Datetime.now()})

    def cron(self, name):
        return self.env.ref(f'l10n_fr_avance_immediate.{name}')

    def look(self, cron=None, **context):
        with self.as_cron() as env:
            env['urssaf.watchdog'].with_context(**context)._watch(cron)
        self.env.invalidate_all()
        return self.company.partner_id.activity_ids

    def banner(self):
        settings = self.env['res.config.settings'].with_company(self.company).create({})
        return settings.urssaf_connection_failure

    def test_all_is_well(self):
        self.assertFalse(self.look())
        self.assertFalse(self.look(SYNC))
        self.assertFalse(self.banner())

    def test_the_other_cron_tells_that_one_is_off(self):
        self.cron(SYNC).active = False
        self.assertFalse(self.look(SYNC), "who looks runs")
        activity = self.look(SUBMIT)
        self.assertEqual((len(activity), activity.user_id), (1, self.clerk))
        self.assertIn("switched off", activity.note)
        self.assertIn("switched off", self.banner())
        self.assertEqual(self.look(SUBMIT), activity, "once")
        self.cron(SYNC).active = True
        self.assertFalse(self.look(SUBMIT))
        self.assertFalse(self.banner())

    def test_a_word_marked_as_done_does_not_come_back_until_all_was_well(self):
        self.cron(SYNC).active = False
        self.look(SUBMIT).action_feedback()
        self.assertFalse(self.look(SUBMIT))
        self.cron(SYNC).active = True
        self.look(SUBMIT)
        self.cron(SYNC).active = False
        self.assertEqual(len(self.look(SUBMIT)), 1)

    def test_late_is_what_the_other_cron_has_seen(self):
        now = fields.Datetime.now()
        self.cron(SYNC).nextcall = now - timedelta(hours=5)
        self.assertFalse(
            self.look(SUBMIT, lastcall=now - timedelta(hours=5)), "the server was stopped: all comes at once"
        )
        self.assertIn("does not run", self.look(SUBMIT, lastcall=now - timedelta(hours=1)).note)

    def test_a_clock_that_stood_in_2036(self):
        self.cron(SUBMIT).nextcall = '2036-01-01'
        moment = format_datetime(self.env, '2036-01-01 00:00:00', dt_format='short')
        self.assertIn(f"its next run is set to {moment}", self.look(SYNC).note)

    def test_where_no_cron_runs_a_user_sees_it(self):
        (self.cron(SUBMIT) | self.cron(SYNC)).nextcall = fields.Datetime.now() - timedelta(hours=5)
        self.assertEqual(self.banner().count("does not run"), 2)
        self.company.urssaf_watch_activity_id.unlink()
        self.send(self.make_invoice())
        self.assertEqual(len(self.company.partner_id.activity_ids), 1)

    def test_a_company_that_does_not_use_it_hears_nothing(self):
        self.cron(SYNC).active = False
        self.company.urssaf_environment = False
        self.assertFalse(self.look(SUBMIT))
        self.assertFalse(self.banner())

    def test_a_deleted_cron(self):
        self.cron(SYNC).unlink()
        self.assertIn("deleted", self.look(SUBMIT).note)

    def test_a_deleted_cron_stops_nobody(self):
        """What is put off is put off all the same: by a user's click, by URSSAF, by an answer that was lost."""
        (self.cron(SYNC) | self.cron(SUBMIT)).unlink()
        later = fields.Date.add(self.today, days=20)
        planned = self.send(self.make_invoice(urssaf_date_start=later, urssaf_date_end=later))
        self.assertEqual(planned.state, 'scheduled')
        self.assertIn("deleted", self.company.partner_id.activity_ids.note)
        for fault, state in (('throttled', 'not_sent'), ('dead_before', 'unknown')):
            with self.subTest(fault):
                self.fault(fault, 'M050', times=1)
                request = self.send(self.make_invoice())
                self.assertEqual(request.state, state)
                self.end_pauses()
        request.next_poll_at = '2020-01-01'
        with self.as_cron() as env:
            env['urssaf.payment.request']._sync_due()
        self.env.invalidate_all()
        self.assertEqual((request.state, request.absent_count), ('unknown', 1))
