from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestClock(AvanceImmediateCommon):
    """URSSAF speaks of days in Paris, Odoo stores UTC: the days on which the two differ (CONTRACT §7.4, §13)."""

    def invoice(self, start, end=None):
        return self.make_invoice(
            invoice_date=end or start,
            urssaf_date_start=start,
            urssaf_date_end=end or start,
        )

    def run_submit(self):
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
        self.env.invalidate_all()

    def run_sync(self):
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def assert_leaves_at(self, request, moment):
        """Not a minute before, and then by itself, once."""
        self.assertEqual(request.state, 'scheduled')
        self.assertEqual(request.submit_at, moment)
        with freeze_time(moment - timedelta(minutes=1)):
            self.run_submit()
            self.assertEqual(request.state, 'scheduled')
        with freeze_time(moment + timedelta(minutes=1)):
            self.run_submit()
            self.assertEqual(request.state, 'integrated', request.error_text)
            self.run_submit()
        self.assertEqual(self.accepted(request.move_id), 1)

    def test_a_service_on_the_day_the_clocks_go_back(self):
        """25 October 2026 has 25 hours in Paris: the next day begins at 23:00 UTC."""
        with self.at('2026-10-24 10:00:00'):
            request = self.send(self.invoice('2026-10-25'))
        self.assert_leaves_at(request, datetime(2026, 10, 25, 23, 0))

    def test_a_service_on_the_day_the_clocks_go_forward(self):
        """28 March 2027 has 23 hours in Paris: the next day begins at 22:00 UTC."""
        with self.at('2027-03-27 10:00:00'):
            request = self.send(self.invoice('2027-03-28'))
        self.assert_leaves_at(request, datetime(2027, 3, 28, 22, 0))

    def test_the_last_day_of_a_month_in_summer(self):
        """A whole month, sent on its last evening: in UTC the day after begins two hours late."""
        with self.at('2026-08-30 21:30:00'):
            request = self.send(self.invoice('2026-08-01', '2026-08-31'))
        self.assert_leaves_at(request, datetime(2026, 8, 31, 22, 0))

    def test_a_month_that_has_just_ended_in_paris_leaves_at_once(self):
        """31 August, 22:30 UTC, is 1 September, 00:30, in Paris: the month is over, and URSSAF counts likewise."""
        with self.at('2026-08-31 22:30:00'):
            self.assertEqual(self.send(self.invoice('2026-08-01', '2026-08-31')).state, 'integrated')

    def test_a_day_that_has_begun_in_paris_only(self):
        """At half past midnight in Paris the day is today, but its midnight in UTC is still to come: it waits for it."""
        with self.at('2026-08-31 22:30:00'):
            request = self.send(self.invoice('2026-09-01'))
        self.assert_leaves_at(request, datetime(2026, 9, 1, 0, 10))

    def test_a_period_over_two_months_is_refused_whatever_the_hour(self):
        with self.at('2026-09-30 22:30:00'), self.raises(UserError, "two calendar months"):
            self.send(self.invoice('2026-09-30', '2026-10-01'))

    def test_48_hours_are_urssafs_to_count(self):
        """Nothing is concluded from the time that has passed: the state is what URSSAF says (CONTRACT §13)."""
        with self.at('2026-11-02 09:00:00') as clock:
            request = self.send(self.invoice('2026-10-30'))
            clock.move_to('2026-11-04 10:00:00')  # 49 h
            self.control('faults', {'name': 'maintenance_503', 'call': 'M070', 'times': 1})
            self.run_sync()
            self.assertEqual(request.state, 'integrated', "URSSAF could not be asked, so nothing is known")
            self.end_pauses()
            self.control('clock', {'set': '2026-11-04T11:00:00Z'})
            clock.move_to('2026-11-04 11:00:00')
            self.run_sync()
            self.assertEqual(request.state, 'validated')

    def test_a_refusal_on_the_last_hour_is_seen_within_the_hour(self):
        with self.at('2026-11-02 09:00:00') as clock:
            request = self.send(self.invoice('2026-10-30'))
            clock.move_to('2026-11-04 08:30:00')
            self.run_sync()
            self.control(f'requests/{request.request_ref}/contest', {'code': 'CONTEST_AUTRE', 'comment': "Trop cher"})
            refused_at = datetime(2026, 11, 4, 8, 31)
            clock.move_to(refused_at)
            while request.state != 'refused':
                clock.tick(timedelta(minutes=15))  # the cron's own rhythm
                self.run_sync()
                self.assertLessEqual(datetime.now() - refused_at, timedelta(hours=1))
