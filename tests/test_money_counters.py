from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..models.request.urssaf_payment_request_states import FREE_STATES, STATES, WITHDRAWABLE_STATES
from ..tools.euros import compare_euros, euros
from .common_counters import CountersCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyCounters(CountersCommon):
    """What is declared for a calendar year, the guarantee it asks for, and the proofs that end (CONTRACT §13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = cls.day_in_paris().year
        cls.requests = cls.env['urssaf.payment.request']

    def declared(self, company=None, year=None):
        company = company or self.company
        return self.requests._declared(company, year or self.year)[company]

    def guarantee(self, company=None):
        company = company or self.company
        return company._urssaf_guarantees()[company]

    # -- what counts --------------------------------------------------------------------------------

    def test_what_has_left_counts_whatever_became_of_it(self):
        request = self.declare(1000.0)
        counting = set()
        for state in STATES:
            request.state = state
            if self.declared():
                self.assertEqual(self.declared(), 1000.0, state)
                counting.add(state)
        self.assertEqual(set(STATES) - counting, {*FREE_STATES, *WITHDRAWABLE_STATES})

    def test_the_year_of_the_services_counts(self):
        self.declare(10.0, date_start=f'{self.year}-01-01', date_end=f'{self.year}-01-01')
        self.declare(20.0, date_start=f'{self.year}-12-01', date_end=f'{self.year}-12-31')
        self.declare(40.0, date_start=f'{self.year - 1}-12-31', date_end=f'{self.year - 1}-12-31')
        self.assertEqual((self.declared(), self.declared(year=self.year - 1)), (30.0, 40.0))

    def test_trials_do_not_count_in_production(self):
        self.declare(10.0)
        self.declare(20.0, environment='sandbox')
        self.declare(40.0, environment='production')
        for environment, expected in (('simulator', 10.0), ('sandbox', 20.0), ('production', 40.0), (False, 0.0)):
            self.company.urssaf_environment = environment
            self.assertEqual(self.declared(), expected, environment)

    def test_each_company_for_itself_and_branches_with_their_parent(self):
        second = self.make_provider("Deuxième")
        branch = self.env['res.company'].create({'name': "Agence", 'parent_id': self.company.id})
        self.env.cr.precommit.run()
        self.env.user.company_ids |= branch
        self.declare(10.0)
        self.declare(20.0, company=branch)
        self.declare(40.0, company=second)
        self.assertEqual(self.requests._declared(self.company | second, self.year), {self.company: 30.0, second: 40.0})
        settings = self.env['res.config.settings'].with_company(branch).create({'company_id': branch.id})
        self.assertEqual(settings.urssaf_declared_amount, 30.0)
        self.assertTrue(settings.urssaf_owner_notice)

    def test_one_query_for_all_companies(self):
        companies = self.company
        counts = []
        for name in ("Deuxième", "Troisième"):
            companies |= self.make_provider(name, client_id=name)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.requests._declared(companies, self.year)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # -- the guarantee ------------------------------------------------------------------------------

    def test_from_75_percent_on_and_when_the_limit_is_reached(self):
        request = self.declare(149_999.99)
        for amount, level, alert in (
            (149_999.99, 'none', ''),
            (150_000.0, 'near', 'warning'),
            (199_999.99, 'near', 'warning'),
            (200_000.0, 'missing', 'danger'),
            (200_000.01, 'missing', 'danger'),
        ):
            request.amount_total = amount
            found = self.guarantee()
            self.assertEqual((found.declared, found.level, found.alert), (amount, level, alert))
        sentence = self.company._urssaf_guarantee_sentence(found)
        self.assertIn(self.shown(15_000.0), sentence)
        self.assertIn(self.shown(200_000.01), sentence)

    def test_december_is_declared_in_january(self):
        """It counts for the year in which it was done, which is not forgotten at New Year."""
        day = fields.Date.to_date(f'{self.year}-12-15')
        self.declare(215_000.0, date_start=day, date_end=day)
        for today, expected in (
            (f'{self.year + 1}-01-05', (self.year, 'missing')),
            (f'{self.year + 1}-03-31', (self.year, 'missing')),
            (f'{self.year + 1}-04-01', (self.year + 1, 'none')),
        ):
            found = self.company._urssaf_guarantees(fields.Date.to_date(today))[self.company]
            self.assertEqual((found.year, found.level), expected, today)
        with freeze_time(f'{self.year + 1}-01-05 12:00:00'):
            settings = self.env['res.config.settings'].with_company(self.company).create({})
            self.assertIn(str(self.year), settings.urssaf_declared_text)
            self.assertEqual(settings.urssaf_guarantee_alert, 'danger')

    def test_with_deposits_from_the_first_euro(self):
        self.assertEqual(self.guarantee().level, 'none')
        self.company.urssaf_deposits_allowed = True
        found = self.guarantee()
        self.assertEqual((found.level, found.alert, found.least), ('missing_deposits', 'danger', 15_000.0))
        self.assertIn("from the first euro", self.company._urssaf_guarantee_sentence(found))
        self.company.urssaf_deposits_allowed = False
        self.assertEqual(self.guarantee().level, 'none')
        self.declare(500.0).deposit_amount = 100.0
        self.assertEqual(self.guarantee().level, 'missing_deposits', "what was declared this year counts")

    def test_a_guarantee_that_runs_is_too_low_or_has_ended(self):
        request, today = self.declare(600_000.0), self.day_in_paris()
        self.company.write({'urssaf_guarantee_until': today, 'urssaf_guarantee_amount': 20_000.0})
        self.assertEqual((self.guarantee().level, self.guarantee().alert), ('held', 'info'))
        self.company.urssaf_guarantee_amount = 15_000.0
        self.assertEqual((self.guarantee().level, self.guarantee().alert), ('low', 'danger'))
        request.amount_total = 500.0
        self.assertEqual(self.guarantee().level, 'held', "it was needed for more only")
        self.company.urssaf_guarantee_until = fields.Date.subtract(today, days=1)
        self.assertEqual(self.guarantee().level, 'none', "nothing is due")
        request.amount_total = 200_000.0
        self.assertEqual((self.guarantee().level, self.guarantee().alert), ('ended', 'danger'))

    def test_the_least_guarantee_by_what_is_declared(self):
        least = self.env['urssaf.guarantee.tier']._least
        for declared, expected in (
            (0, 15_000),
            (499_999.99, 15_000),
            (500_000, 20_000),
            (999_999.99, 20_000),
            (1_000_000, 50_000),
            (5_000_000, 150_000),
            (20_000_000, 300_000),
            (40_000_000, 600_000),
            (99_999_999.99, 600_000),
            (100_000_000, 1_200_000),
        ):
            self.assertEqual(least(declared, 2026), expected, declared)
        self.assertEqual(least(1_000_000, 2024), 0, "before the law")

    def test_a_new_law(self):
        self.env['urssaf.guarantee.tier'].create({'year_from': 2040, 'declared_from': 0, 'amount': 99_000})
        self.assertEqual(self.env['urssaf.guarantee.tier']._least(600_000, 2039), 20_000)
        self.assertEqual(self.env['urssaf.guarantee.tier']._least(600_000, 2040), 99_000)
        old = self.env.ref('l10n_fr_avance_immediate.ceiling_declared')
        old.copy({'year_from': 2040, 'amount': 1.0})
        amounts = [self.env['urssaf.ceiling']._of_year(year, 'declared').amount for year in (2024, 2039, 2040)]
        self.assertEqual(amounts, [0.0, 200_000.0, 1.0])
        old.year_to = 2030
        self.assertFalse(self.env['urssaf.ceiling']._of_year(2035, 'declared'))

    def test_the_settings_say_it(self):
        self.declare(150_000.0)
        settings = self.env['res.config.settings'].with_company(self.company).create({})
        self.assertEqual((settings.urssaf_declared_amount, settings.urssaf_declared_limit), (150_000.0, 200_000.0))
        self.assertEqual(settings.urssaf_guarantee_alert, 'warning')
        self.assertIn(self.shown(150_000.0), settings.urssaf_guarantee_text)
        self.assertFalse(settings.urssaf_proofs_text)
        settings.urssaf_vigilance_until = self.day_in_paris()
        settings.set_values()
        self.assertIn("attestation de vigilance", settings.urssaf_proofs_text)
        self.assertEqual(self.company.urssaf_vigilance_until, self.day_in_paris())

    def test_euros_are_shown_and_compared_as_odoo_does(self):
        currency = self.env.ref('base.EUR')
        for lang in ('en_US', 'fr_FR'):
            env = self.env(context={'lang': lang})
            for amount in (0.0, 0.005, 12.345, 1234.5, 200_000.0, -0.004, -1234.5):
                self.assertEqual(euros(env, amount), currency.with_env(env).format(amount), lang)
        for one, other in ((0.1 + 0.2, 0.3), (1.0, 1.004), (1.0, 1.01), (2.0, 1.0)):
            self.assertEqual(compare_euros(one, other), currency.compare_amounts(one, other))

    # -- who is told --------------------------------------------------------------------------------

    def remind(self):
        with self.as_system() as env:
            news = env['res.company']._urssaf_remind_due()
        self.env.invalidate_all()
        return news

    def activities(self, company=None):
        return (company or self.company).partner_id.activity_ids

    def test_a_proof_that_ends_is_told_a_month_before_and_once(self):
        today = self.day_in_paris()
        month = fields.Date.add(today, months=1)
        for name in ('urssaf_guarantee_until', 'urssaf_vigilance_until', 'urssaf_tax_proof_until', 'urssaf_sap_until'):
            with self.subTest(name):
                self.company[name] = fields.Date.add(month, days=5)
                self.assertFalse(self.remind())
                self.company[name] = fields.Date.subtract(month, days=1)
                self.assertEqual((self.remind(), self.remind()), (1, 0))
                activity = self.activities()
                self.assertEqual((len(activity), activity.user_id), (1, self.clerk))
                self.assertIn("ends on", activity.summary)
                activity.action_feedback()
                self.assertFalse(self.remind() or self.activities(), "done is done")
                self.company[name] = fields.Date.subtract(today, days=1)
                self.assertEqual(self.remind(), 1, "another date")
                self.assertIn("ended on", self.activities().summary)
                self.company[name] = fields.Date.add(today, years=1)
                self.assertFalse(self.remind() or self.activities(), "the new one is there")

    def test_the_guarantee_is_told_in_production_only(self):
        self.declare(150_000.0)
        self.assertFalse(self.remind())
        real = self.declare(150_000.0, environment='production')
        self.company.urssaf_environment = 'production'
        self.assertEqual((self.remind(), self.remind()), (1, 0))
        self.assertIn(self.shown(150_000.0), html2plaintext(self.activities().note))
        real.amount_total = 160_000.0
        self.assertFalse(self.remind(), "the same matter")
        real.amount_total = 200_000.0
        self.assertEqual(self.remind(), 1)
        self.assertIn("is due", self.activities().note)
        self.company.write(
            {'urssaf_guarantee_until': fields.Date.add(self.day_in_paris(), years=1), 'urssaf_guarantee_amount': 15_000}
        )
        self.assertFalse(self.remind() or self.activities())

    def test_a_guarantee_that_ended_long_ago_silences_nothing(self):
        today = self.day_in_paris()
        self.company.urssaf_environment = 'production'
        self.company.urssaf_guarantee_until = fields.Date.subtract(today, months=5)
        self.assertEqual(self.remind(), 1, "it has ended")
        self.activities().action_feedback()
        request = self.declare(150_000.0, environment='production')
        self.assertEqual((self.remind(), self.remind()), (1, 0))
        self.assertIn(self.shown(150_000.0), html2plaintext(self.activities().note))
        request.amount_total = 200_000.0
        self.assertEqual((self.remind(), self.remind()), (1, 0))
        self.assertEqual(len(self.activities()), 1, "said once: it has ended, and one is due")

    def test_one_company_stops_no_other(self):
        second = self.make_provider("Deuxième")
        (self.company | second).urssaf_sap_until = self.day_in_paris()
        self.company.urssaf_told = {'urssaf_sap_until': "not what we write"}
        with self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'ERROR'):
            self.assertEqual(self.remind(), 1)
        self.assertTrue(self.activities(second))

    def test_the_scheduled_action_tells(self):
        self.company.urssaf_sap_until = self.day_in_paris()
        with self.as_system() as env:
            env['urssaf.payment.request']._cron_sync()
        self.assertIn("SAP", self.activities().summary)
