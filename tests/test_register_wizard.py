from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..wizards import urssaf_register_wizard
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRegisterWizard(AvanceImmediateCommon):
    """Many households at once: all looked at before, the complete ones registered, the rest kept with its reason."""

    def setUp(self):
        super().setUp()
        self.control('reset')
        self.good = self.make_household("Ada Prête", email='ada@example.com') | self.make_household(
            "Boris Prêt", email='boris@example.com'
        )
        self.bad = self.make_household("Chloé Incomplète", email='chloe@example.com', urssaf_birth_date=False)
        self.firm = self.env['res.partner'].create({'name': "Une société", 'is_company': True})
        self.chosen = self.good | self.bad | self.firm | self.household

    def wizard(self, env, partners=None):
        action = (self.chosen if partners is None else partners).with_env(env).action_urssaf_register_many()
        return env[action['res_model']].browse(action['res_id'])

    def rows(self, wizard):
        return {line.partner_id.id: line for line in wizard.line_ids}

    def states(self, partners):
        self.env.invalidate_all()
        return partners.with_company(self.company).mapped('urssaf_registration_state')

    def test_each_row_says_what_it_is(self):
        with self.as_user() as env:
            wizard = self.wizard(env)
            self.assertEqual((wizard.ready_count, wizard.to_fix_count, wizard.done_count), (2, 1, 2))
            rows = self.rows(wizard)
            self.assertEqual(rows[self.bad.id].status, 'missing')
            self.assertIn("birth date is missing", rows[self.bad.id].note)
            self.assertEqual(rows[self.firm.id].status, 'skipped')
            self.assertIn("individuals", rows[self.firm.id].note)
            self.assertEqual(rows[self.household.id].status, 'registered')
            self.assertIn("Active since", rows[self.household.id].note)
        self.assertEqual(self.calls('M010'), 0, "opening the window calls nobody")

    def test_the_complete_ones_are_registered_the_others_stay(self):
        with self.as_user() as env:
            wizard = self.wizard(env)
            action = wizard.action_register()
            for words in (
                "URSSAF writes to them: 2",
                "Registered already: 1",
                "Left out, not individuals: 1",
                "To correct first: 1",
            ):
                self.assertIn(words, action['params']['message'])
            self.assertEqual(wizard.line_ids.partner_id.ids, self.bad.ids)
            self.assertEqual(action['params']['next']['res_id'], wizard.id, "the window comes back")
        self.assertEqual(self.states(self.good), ['pending'] * 2)
        self.assertEqual(self.states(self.bad), ['draft'])
        self.assertEqual(self.calls('M010'), 2)

    def test_a_row_corrected_meanwhile_leaves_from_the_same_window(self):
        with self.as_user() as env:
            wizard = self.wizard(env)
            wizard.action_register()
            self.bad.with_env(env).sudo().urssaf_birth_date = '1984-05-17'
            env.invalidate_all()
            self.assertEqual(wizard.ready_count, 1)
            self.assertEqual(wizard.action_register()['params']['next']['type'], 'ir.actions.act_window_close')
        self.assertEqual(self.states(self.bad), ['pending'])
        self.assertEqual(self.calls('M010'), 3)

    def test_what_is_to_be_corrected_comes_first(self):
        with self.as_user() as env:
            self.assertEqual(
                self.wizard(env).line_ids.mapped('status'), ['missing', 'ready', 'ready', 'registered', 'skipped']
            )

    def test_nobody_complete_is_said(self):
        with self.as_user() as env, self.raises(UserError, "correct what is said"):
            self.wizard(env, self.bad | self.firm).action_register()

    def test_a_refused_household_does_not_stop_the_others_and_is_not_sent_again_unchanged(self):
        self.fault('errors_400', 'M010', times=1, code='ERR_DGFIP_R2P_INCONNU')
        with self.as_user() as env:
            wizard = self.wizard(env)
            action = wizard.action_register()
            self.assertIn("writes to them: 1", action['params']['message'])
            self.assertIn("Refused by URSSAF: 1", action['params']['message'])
            refused = self.rows(wizard)[self.good[0].id]
            self.assertEqual(refused.status, 'refused')
            self.assertTrue(refused.note)
            with self.raises(UserError, "correct what is said"):
                wizard.action_register()
            self.good[0].with_env(env).sudo().urssaf_first_names = "Ada Marie"
            env.invalidate_all()
            self.assertEqual(refused.status, 'ready', "corrected: worth another try")
            wizard.action_register()
        self.assertEqual(self.states(self.good), ['pending'] * 2)
        self.assertEqual(self.calls('M010'), 3)

    def test_who_is_not_recognised_is_not_asked_about_again_from_a_new_window(self):
        """What was tried is remembered: the same person would get the same answer."""
        self.fault('errors_400', 'M010', times=1, code='ERR_DGFIP_R2P_INCONNU')
        with self.as_user() as env:
            self.wizard(env, self.good).action_register()
        with self.as_user() as env:
            (line,) = self.wizard(env, self.good[0]).line_ids
            self.assertEqual(line.status, 'refused')
            self.assertIn("does not find your customer", line.note)
            self.good[0].with_env(env).sudo().urssaf_first_names = "Ada Marie"
            env.invalidate_all()
            self.assertEqual(line.status, 'ready')

    def test_when_urssaf_is_down_it_stops_and_says_so(self):
        self.fault('maintenance_503', 'TOKEN')
        self.env['urssaf.token'].search([]).unlink()
        with self.as_user() as env:
            wizard = self.wizard(env)
            action = wizard.action_register()
            self.assertIn("No call has reached URSSAF", action['params']['message'])
            self.assertIn("No call has reached URSSAF", wizard.outage)
            self.assertEqual(wizard.ready_count, 2, "they are still there")
        self.assertEqual(self.calls('M010'), 0)
        self.control('faults', method='DELETE')
        self.end_pauses()
        with self.as_user() as env:
            wizard = wizard.with_env(env)
            wizard.action_register()
            self.assertFalse(wizard.outage)
        self.assertEqual(self.states(self.good), ['pending'] * 2)

    def test_after_lost_calls_nobody_is_registered_twice(self):
        self.control('switches', {'m020_by_mail': True})
        more = self.make_household("Dora", email='dora@example.com') | self.make_household(
            "Emil", email='emil@example.com'
        )
        self.fault('dead_before', 'M010')
        with self.as_user() as env:
            action = self.wizard(env, self.good | more).action_register()
            self.assertEqual(action['params']['type'], 'warning')
            self.assertIn("see the reason: 4", action['params']['message'])
            self.assertIn(
                "did not arrive",
                self.rows(env[action['params']['next']['res_model']].browse(action['params']['next']['res_id']))[
                    self.good[0].id
                ].note,
            )
        self.control('faults', method='DELETE')
        self.end_pauses()
        for _click in range(3):
            with self.as_user() as env:
                env['urssaf.registration'].sudo().search([('state', '=', 'unknown')])._sync()
                wizard = self.wizard(env, self.good | more)
                if wizard.ready_count:
                    wizard.action_register()
        self.assertEqual(self.states(self.good | more), ['pending'] * 4)
        customers = self.control('state', method='GET')['customers']
        self.assertEqual(len(customers), 4)

    def test_a_lost_answer_is_looked_up_and_not_sent_again(self):
        self.fault('dead_after', 'M010', times=1)
        with self.as_user() as env:
            self.wizard(env).action_register()
        self.assertEqual(self.states(self.good), ['pending'] * 2)
        self.assertEqual(self.calls('M010'), 2)

    def test_two_clicks_register_once(self):
        with self.as_user() as env:
            first, second = self.wizard(env), self.wizard(env)
            self.assertEqual(second.ready_count, 2)
            first.action_register()
            message = second.action_register()['params']['message']
            self.assertIn("Registered already: 3", message)
        self.assertEqual(self.calls('M010'), 2)

    def test_a_replayed_click_registers_once(self):
        """Odoo runs a click again when the database refuses its end: what was committed before is there."""
        with self.as_user() as env:
            wizard = self.wizard(env)
        with self.as_user() as env:
            wizard.with_env(env).action_register()
            env.cr.rollback()
        with self.as_user() as env:
            message = wizard.with_env(env).action_register()['params']['message']
        self.assertIn("Registered already: 3", message)
        self.assertEqual(self.states(self.good), ['pending'] * 2)
        self.assertEqual(self.calls('M010'), 2)

    def test_a_click_that_dies_in_the_middle_is_taken_up_again(self):
        """Nothing is lost and nobody is registered twice: the window is still there, and says who is registered."""
        with self.as_user() as env:
            wizard = self.wizard(env)
        registrations = self.registry['urssaf.registration']
        usual = registrations._register_each

        def dies(registration):
            if registration.partner_id == self.good[1]:
                raise KeyboardInterrupt
            return usual(registration)

        self.patch(registrations, '_register_each', dies)
        with self.as_user() as env, self.raises(KeyboardInterrupt):
            try:
                wizard.with_env(env).action_register()
            finally:
                env.cr.rollback()
        self.assertEqual(self.states(self.good), ['pending', 'draft'])
        self.patch(registrations, '_register_each', usual)
        with self.as_user() as env:
            wizard = wizard.with_env(env)
            self.assertEqual((wizard.ready_count, wizard.done_count), (1, 3))
            wizard.action_register()
        self.assertEqual(self.states(self.good), ['pending'] * 2)
        self.assertEqual(self.calls('M010'), 2)

    def test_an_error_of_ours_for_one_household_does_not_stop_the_others(self):
        # What nobody has thought of: here, a customer that cannot be put into words for URSSAF.
        def broken(partner):
            if partner.id == self.good[0].id:
                raise ZeroDivisionError
            return usual(partner)

        Partner = self.registry['res.partner']
        with self.as_user() as env:
            wizard = self.wizard(env)
            registrations = self.registry['urssaf.registration']
            usual, self_register = Partner._urssaf_customer, registrations._register_one

            def register_one(registration, *args, **kwargs):
                self.patch(Partner, '_urssaf_customer', broken)
                try:
                    return self_register(registration, *args, **kwargs)
                finally:
                    self.patch(Partner, '_urssaf_customer', usual)

            self.patch(registrations, '_register_one', register_one)
            with self.assertLogs('odoo.addons.l10n_fr_avance_immediate', level='ERROR'):
                wizard.action_register()
            self.assertIn("on our side", self.rows(wizard)[self.good[0].id].note)
        self.assertEqual(self.states(self.good), ['draft', 'pending'])

    def test_more_than_a_click_can_take_leave_in_the_background(self):
        self.patch(urssaf_register_wizard, 'REGISTER_NOW', 1)
        with self.as_user() as env:
            wizard = self.wizard(env)
            self.assertEqual(wizard.later_count, 1)
            message = wizard.action_register()['params']['message']
            self.assertIn("writes to them: 1", message)
            self.assertIn("in the next minutes: 1", message)
        self.assertEqual(self.calls('M010'), 1)
        self.assertEqual(self.states(self.good), ['pending', 'queued'])
        with self.as_user() as env:
            row = self.rows(self.wizard(env))[self.good[1].id]
            self.assertEqual(row.status, 'registered', "not asked twice")
            self.assertIn("in the background", row.note)
            self.assertEqual(self.good[1].with_env(env).urssaf_sentence, row.note, "the form says so, too")
            for state, found in (('queued', self.good[1]), ('draft', self.bad), ('pending', self.good[0])):
                domain = [('id', 'in', (self.good | self.bad).ids), ('urssaf_registration_state', '=', state)]
                self.assertEqual(env['res.partner'].search(domain).ids, found.ids, state)
            self.assertEqual(
                env['res.partner'].search_count(
                    [('id', 'in', (self.good | self.bad).ids), ('urssaf_registration_state', 'in', ('draft', 'queued'))]
                ),
                2,
            )
            self.assertEqual(
                env['res.partner'].search_count(
                    [('id', 'in', (self.good | self.bad).ids), ('urssaf_registration_state', '!=', 'queued')]
                ),
                2,
            )
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
        self.assertEqual(self.states(self.good), ['pending'] * 2)
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
        self.assertEqual(self.calls('M010'), 2)

    def queue_all(self):
        self.patch(urssaf_register_wizard, 'LONGEST_CLICK', 0)
        with self.as_user() as env:
            self.wizard(env, self.good).action_register()
        self.env.invalidate_all()
        return self.good.with_company(self.company).urssaf_registration_id

    def test_who_asked_is_told_when_the_last_one_has_left(self):
        registrations = self.queue_all()
        self.assertEqual(registrations.queued_by_id, self.invoicing_user)
        self.fault('errors_400', 'M010', times=1, code='ERR_DGFIP_R2P_INCONNU')
        notices = []
        self.patch(
            self.registry['res.users'], '_bus_send', lambda user, *args, **_kwargs: notices.append((user.id, *args))
        )
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
            env['urssaf.payment.request']._cron_submit()
        (notice,) = [notice for notice in notices if notice[1] == 'simple_notification']
        self.assertEqual(notice[0], self.invoicing_user.id)
        self.assertIn("writes to them: 1", notice[2]['message'])
        self.assertIn("Refused by URSSAF: 1", notice[2]['message'])
        self.env.invalidate_all()
        self.assertFalse(registrations.queued_by_id)

    def test_a_slow_urssaf_does_not_hold_the_window(self):
        self.assertTrue(all(self.queue_all().mapped('queued_at')))
        self.assertEqual(self.calls('M010'), 0)

    def test_the_background_waits_while_urssaf_is_down_and_then_goes_on(self):
        self.queue_all()
        self.fault('maintenance_503')
        for _run in range(3):
            with self.as_cron() as env:
                env['urssaf.payment.request']._cron_submit()
        self.assertLessEqual(self.calls('M010'), 1, "one call, then silence")
        self.control('faults', method='DELETE')
        self.end_pauses()
        with self.as_cron() as env:
            env['urssaf.registration'].search([('state', '=', 'unknown')])._sync()
            env['urssaf.payment.request']._cron_submit()
        self.assertIn('pending', self.states(self.good))

    def test_the_background_does_not_send_a_refused_one_again(self):
        registrations = self.queue_all()
        self.fault('errors_400', 'M010', code='ERR_DGFIP_R2P_INCONNU')
        for _run in range(2):
            with self.as_cron() as env:
                env['urssaf.payment.request']._cron_submit()
        self.assertEqual(self.states(self.good), ['rejected'] * 2)
        self.assertFalse(registrations.filtered('queued_at'))
        self.assertEqual(self.calls('M010'), 2)

    def test_the_background_checks_again(self):
        registrations = self.queue_all()
        self.good[0].urssaf_bank_holder = "Ж"
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
        self.assertEqual(self.states(self.good), ['draft', 'pending'])
        self.assertIn("holder", registrations.filtered(lambda r: r.partner_id == self.good[0]).error_text)
        self.assertFalse(registrations.filtered('queued_at'))
        # Who asked may have logged off: the notice on the screen is not the only word.
        activity = self.good.activity_ids
        self.assertEqual((activity.user_id, activity.res_id), (self.clerk, self.good[0].id))
        self.assertIn("holder", activity.note)
        self.good[0].urssaf_bank_holder = "Mme Fictif"
        self.queue_all()
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
        self.env.invalidate_all()
        self.assertEqual(self.states(self.good), ['pending'] * 2)
        self.assertFalse(activity.exists(), "closed by itself when it is registered")

    def test_who_was_archived_meanwhile_does_not_leave(self):
        registrations = self.queue_all()
        self.good[0].active = False
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
        self.env.invalidate_all()
        self.assertEqual(self.states(self.good), ['draft', 'pending'])
        self.assertIn("is archived", registrations.filtered(lambda r: r.partner_id == self.good[0]).error_text)
        self.assertFalse(registrations.filtered('queued_at'))
        self.assertEqual(self.calls('M010'), 1)

    def test_what_breaks_in_the_background_is_told_to_a_person(self):
        registrations = self.queue_all()
        self.company.urssaf_responsible_id = False
        usual = self.registry['res.partner']._urssaf_customer

        def broken(partner):
            if partner.id == self.good[0].id:
                raise ZeroDivisionError
            return usual(partner)

        self.patch(self.registry['urssaf.registration'], '_drop_incomplete', lambda registration: None)
        self.patch(self.registry['res.partner'], '_urssaf_customer', broken)
        with self.as_cron() as env, self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'ERROR'):
            env['urssaf.payment.request']._cron_submit()
        self.env.invalidate_all()
        self.assertEqual(self.states(self.good), ['draft', 'pending'])
        self.assertFalse(registrations.filtered('queued_at'))
        activity = self.good.activity_ids
        self.assertEqual((activity.user_id, activity.res_id), (self.invoicing_user, self.good[0].id))
        self.assertIn("wrong on our side", activity.note)

    def test_another_company_has_its_own_registrations(self):
        second = self.make_provider("Seconde société")
        self.invoicing_user.company_ids |= second
        with self.as_user(company=second) as env:
            wizard = self.wizard(env, self.good | self.household)
            self.assertEqual((wizard.ready_count, wizard.done_count), (2, 1))
            wizard.action_register()
        self.assertEqual(self.states(self.good), ['draft'] * 2)
        self.assertEqual(self.good.with_company(second).mapped('urssaf_registration_state'), ['pending'] * 2)

    def test_rights(self):
        for user in (self.reader, self.plain_user):
            with self.as_user(user) as env, self.raises(AccessError):
                self.wizard(env)
        with self.as_user() as env:
            wizard = self.wizard(env, self.good)
        with self.as_user(self.clerk) as env, self.raises(AccessError):
            wizard.with_env(env).action_register()
        hidden = self.make_household("Cachée", company_id=self.make_provider("Ailleurs", 'ailleurs').id)
        with self.as_user() as env, self.raises(AccessError):
            env['urssaf.register.wizard'].create(
                {'line_ids': [Command.create({'partner_id': hidden.id})]}
            ).action_register()
        self.assertEqual(self.calls('M010'), 0)

    def test_a_company_that_is_not_set_up_is_told_where(self):
        self.company.urssaf_client_id = False
        with self.as_user() as env, self.raises(UserError, "in the settings of Invoicing"):
            self.wizard(env).action_register()

    def test_a_contact_of_a_household_stands_for_it(self):
        contact = self.env['res.partner'].create({'name': "Chez", 'parent_id': self.good[0].id, 'type': 'delivery'})
        with self.as_user() as env:
            self.assertEqual(self.wizard(env, contact | self.good[0]).line_ids.partner_id.ids, self.good[0].ids)

    def test_fifty_rows_take_few_queries(self):
        def queries(partners):
            with self.as_user() as env:
                partners = partners.with_env(env)
                action = partners.action_urssaf_register_many()
                env.flush_all()
                env.invalidate_all()
                before = env.cr.sql_log_count
                wizard = env[action['res_model']].browse(action['res_id'])
                self.assertEqual(wizard.ready_count, len(partners))
                wizard.web_read(
                    {
                        'ready_count': {},
                        'environment_notice': {},
                        'line_ids': {
                            'fields': {'partner_id': {'fields': {'display_name': {}}}, 'status': {}, 'note': {}}
                        },
                    }
                )
                return env.cr.sql_log_count - before

        many = self.many(50)
        few, all_of_them = queries(many[:5]), queries(many)
        self.assertLess(all_of_them, 60)
        self.assertLess(all_of_them - few, 15, "the number of queries does not grow with the rows")

    def many(self, count):
        letters = 'abcdefghij'
        return self.env['res.partner'].union(
            *(
                self.make_household(
                    f"Foyer {letters[number // 10]}{letters[number % 10]}", email=f'foyer{number}@example.com'
                )
                for number in range(count)
            )
        )

    def test_sending_many_to_the_background_takes_few_queries(self):
        """What a click costs beyond the calls it makes itself."""
        self.patch(urssaf_register_wizard, 'LONGEST_CLICK', 0)

        def queries(partners):
            with self.as_user() as env:
                wizard = self.wizard(env, partners)
                env.flush_all()
                env.invalidate_all()
                before = env.cr.sql_log_count
                wizard.action_register()
                return env.cr.sql_log_count - before

        many = self.many(60)
        few, more = queries(many[:10]), queries(many[10:])
        self.assertLess(more - few, 40, "not one for each household")
        self.assertEqual(self.calls('M010'), 0)
