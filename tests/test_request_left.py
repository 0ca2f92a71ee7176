from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestProductionLeft(AvanceImmediateCommon):
    """Production is left while real requests are open: somebody knows, nothing is released, and nothing untrue is said."""

    def real(self, state='awaiting', company=None, **values):
        """A request as if it had been made in production."""
        chosen, user = self.company.urssaf_environment, None
        self.chosen('simulator')
        if company:
            user = self.make_user('autre', 'account.group_account_invoice', company=company)
        request = self.send(self.make_invoice(company=company), user, company)
        request.write({'state': state, 'environment': 'production', **values})
        self.chosen(chosen)
        return request

    def chosen(self, environment, company=None):
        (company or self.company).urssaf_environment = environment
        self.env.flush_all()
        self.env.invalidate_all()

    def activities(self, company=None):
        return (company or self.company).partner_id.activity_ids.filtered(
            lambda activity: activity.summary == "Real requests to URSSAF are not followed"
        )

    def cron(self):
        self.end_pauses()
        with self.as_cron() as env:
            while env['urssaf.payment.request']._submit_due():
                pass
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def test_the_settings_say_it_before_and_after_it_is_saved(self):
        self.chosen('production')
        request = self.real()
        settings = self.env['res.config.settings'].with_company(self.company)
        with Form(settings) as form:
            self.assertFalse(form.urssaf_left_notice)
            for environment, words in (('simulator', "Simulator"), (False, "Without an environment")):
                form.urssaf_environment = environment
                self.assertIn("1 requests made in production are not over", form.urssaf_left_notice)
                self.assertIn(request.name, form.urssaf_left_notice)
                self.assertIn(words, form.urssaf_left_notice)
            form.urssaf_environment = 'production'
            self.assertFalse(form.urssaf_left_notice)
            form.urssaf_environment = 'simulator'
        self.assertEqual(self.company.urssaf_environment, 'simulator', "a sentence, no refusal")
        self.assertIn(request.name, settings.create({}).urssaf_left_notice)
        self.chosen(False)
        self.assertIn(request.name, settings.create({}).urssaf_left_notice)
        request.state = 'refused'
        self.env.flush_all()
        self.assertFalse(settings.create({}).urssaf_left_notice)

    def test_one_activity_until_production_is_back_or_none_is_open(self):
        self.chosen('production')
        requests = self.real() + self.real('debited')
        self.assertFalse(self.activities())
        for environment in ('simulator', 'sandbox', False):
            self.chosen(environment)
            self.assertEqual((len(self.activities()), self.activities().user_id), (1, self.clerk))
            self.assertIn(requests[0].name, self.activities().note)
            self.cron()
            self.assertEqual(len(self.activities()), 1)
        self.chosen('production')
        self.assertFalse(self.activities())
        self.chosen('simulator')
        requests.state = 'refused'
        self.env.flush_all()
        self.cron()
        self.assertFalse(self.activities())

    def test_of_what_was_left_before_somebody_is_told_too(self):
        self.real()
        self.assertFalse(self.activities())
        self.cron()
        self.assertEqual(len(self.activities()), 1)

    def test_a_trial_and_another_company_say_nothing(self):
        self.env.ref('base.user_admin').lang = 'en_US'  # who is told where a company has named nobody
        second = self.make_provider("Seconde")
        trial = self.send(self.make_invoice())
        self.real(company=second)
        self.chosen('sandbox')
        self.chosen(False, second)
        self.assertFalse(self.activities())
        self.assertEqual(len(self.activities(second)), 1)
        self.assertEqual(trial.state, 'integrated')

    def test_nothing_real_is_released_or_set_aside_in_another_environment(self):
        due = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        requests = self.real('scheduled', submit_at=due) + self.real('not_sent', submit_at=due) + self.real('queued')
        states, calls = requests.mapped('state'), self.calls('M050')
        self.household.urssaf_registration_ids.state = 'blocked'
        for environment in ('sandbox', 'simulator', False):
            self.chosen(environment)
            self.cron()
            self.assertEqual((requests.mapped('state'), self.calls('M050')), (states, calls))
        self.assertFalse(any(requests.mapped('error_text')))

    def test_a_planned_trial_stays_planned_in_production(self):
        request = self.send(self.make_invoice())
        request.write({'state': 'scheduled', 'submit_at': fields.Datetime.subtract(fields.Datetime.now(), hours=1)})
        self.chosen('production')
        self.cron()
        self.assertEqual((request.state, request.error_text), ('scheduled', False))
        self.assertIn("does not leave", request.guidance)

    def test_the_invoice_promises_no_look_that_nobody_takes(self):
        self.chosen('production')
        request = self.real()
        request.state_since = fields.Datetime.subtract(fields.Datetime.now(), days=4)
        words = "URSSAF is not asked about it"
        for environment in ('simulator', False):
            self.chosen(environment)
            with self.as_user() as env:
                alert = request.move_id.with_env(env)._get_alerts()['urssaf_request']
                self.assertIn(words, alert['message'])
                self.assertIn("Production", alert['message'])
                self.assertNotIn("We look again", alert['message'])
                self.assertIn(words, request.with_env(env).guidance)
        self.chosen('production')
        with self.as_user() as env:
            self.assertNotIn(words, request.move_id.with_env(env)._get_alerts()['urssaf_request']['message'])

    def test_a_person_may_withdraw_what_has_not_left(self):
        request = self.real('scheduled', submit_at=fields.Datetime.add(fields.Datetime.now(), days=3))
        with self.as_user() as env:
            request.with_env(env).action_withdraw()
        self.env.invalidate_all()
        self.assertEqual(request.state, 'withdrawn')

    def test_refreshing_says_why_nothing_comes(self):
        request = self.real()
        with self.as_user() as env, self.raises(UserError):
            request.with_env(env).action_refresh()
        self.assertEqual(request.state, 'awaiting')
