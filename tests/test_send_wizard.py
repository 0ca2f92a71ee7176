from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestSendWizard(AvanceImmediateCommon):
    """One or many invoices: checked before, what may leave leaves, the rest stays with its reason (SCREENS §5)."""

    def setUp(self):
        super().setUp()
        first = self.today.replace(day=1)
        self.good = self.make_invoice() | self.make_invoice(lines=((2, 30.0),))
        self.bad = self.make_invoice(urssaf_date_start=first.replace(year=first.year - 1))
        self.invoices = self.good | self.bad

    def wizard(self, env, invoices=None):
        action = (invoices or self.invoices).with_env(env).action_urssaf_send()
        return env[action['res_model']].browse(action['res_id'])

    def test_three_rows_one_stays_two_leave(self):
        with self.as_user() as env:
            self.company.with_env(env)._urssaf_client().ensure_token()
        before = self.calls('M050')
        with self.as_user() as env:
            wizard = self.wizard(env)
            self.assertEqual((wizard.ready_count, wizard.to_fix_count, wizard.ready_amount), (2, 1, 154.5))
            row = wizard.line_ids.filtered(lambda line: line.move_id.id == self.bad.id)
            self.assertIn("two calendar months", row.finding)
            action = wizard.action_send()
            self.assertIn("2 received", action['params']['message'])
            self.assertEqual(wizard.line_ids, row, "what was not sent is shown again")
        self.assertEqual(self.good.mapped('urssaf_state'), ['integrated'] * 2)
        self.assertFalse(self.bad.urssaf_state)
        self.assertEqual(self.calls('M050') - before, 1)

    def test_a_row_corrected_in_the_window_leaves(self):
        with self.as_user() as env:
            wizard = self.wizard(env)
            with Form(wizard) as form:
                form.apply_date_start = self.today
                form.apply_nature_id = self.env['urssaf.nature'].browse(self.other_nature.id)
            self.assertEqual(wizard.to_fix_count, 0)
            wizard.action_send()
        self.assertEqual(set(self.invoices.mapped('urssaf_state')), {'integrated'})
        self.assertEqual(self.invoices.urssaf_request_id.nature_id, self.other_nature)
        self.assertEqual(self.bad.urssaf_date_start, self.today)

    def test_one_invoice_says_who_pays_what(self):
        with self.as_user() as env:
            wizard = self.wizard(env, self.good[0])
            self.assertTrue(wizard.is_single)
            self.assertIn(self.shown(47.25), wizard.amounts_sentence)
            self.assertFalse(self.wizard(env, self.bad).amounts_sentence, "no promise for what cannot leave")
            self.assertFalse(self.wizard(env).is_single)

    def test_one_invoice_is_a_form(self):
        with self.as_user() as env:
            wizard = self.wizard(env, self.bad)
            row = wizard.line_ids
            self.assertEqual((wizard.apply_nature_id, wizard.apply_date_end), (row.nature_id, row.date_end))
            with Form(wizard) as form:
                self.assertIn("two calendar months", form.finding)
                form.apply_date_start = self.today
                self.assertFalse(form.finding, "said at once")
                self.assertTrue(form.amounts_sentence)
                form.apply_deposit_amount = 10.0
                self.assertTrue(form.finding, "a deposit has a day")
                form.apply_deposit_date = self.today
                form.apply_deposit_amount = 0.0
            self.assertEqual((row.date_start, row.deposit_amount, row.finding), (self.today, 0.0, ''))
            wizard.action_send()
        self.assertEqual(self.bad.urssaf_state, 'integrated')

    def test_what_stays_of_many_keeps_its_row(self):
        with self.as_user() as env:
            wizard = self.wizard(env)
            wizard.action_send()
            self.assertEqual(len(wizard.line_ids), 1)
            self.assertFalse(wizard.is_single)
            self.assertFalse(wizard.finding)

    def test_nothing_ready_is_said(self):
        with self.as_user() as env, self.raises(UserError, "correct what is said"):
            self.wizard(env, self.bad).action_send()

    def test_customers_are_told_when_wanted(self):
        with self.as_user() as env:
            wizard = self.wizard(env, self.good[0])
            wizard.notify = True
            wizard.action_send()
            wizard = self.wizard(env, self.good[1])
            wizard.notify = False
            wizard.action_send()
        self.household.with_company(self.company).invoice_sending_method = 'manual'
        with self.enter_registry_test_mode():
            self.env.ref('account.ir_cron_account_move_send').method_direct_trigger()
        self.env.invalidate_all()
        told, untold = (
            invoice.message_ids.filtered(lambda message: message.message_type == 'comment') for invoice in self.good
        )
        self.assertEqual(told.partner_ids, self.household)
        self.assertIn("do not pay", told.body)
        self.assertTrue(told.attachment_ids.filtered(lambda file: file.mimetype == 'application/pdf'), "the invoice")
        self.assertFalse(untold)
        self.assertTrue(self.good[0].is_move_sent)
        self.assertEqual(self.good[0].urssaf_request_ids.mapped('state'), ['integrated'], "no second request")

    def test_the_pdfs_of_many_are_made_one_by_one(self):
        with self.as_user() as env:
            wizard = self.wizard(env, self.good)
            wizard.notify = True
            wizard.action_send()
        made, sends = [], type(self.env['ir.actions.report'])
        original = sends._pre_render_qweb_pdf

        def counted(report, name, res_ids=None, data=None):
            made.append(res_ids)
            return original(report, name, res_ids=res_ids, data=data)

        with patch.object(sends, '_pre_render_qweb_pdf', counted), self.enter_registry_test_mode():
            self.env.ref('account.ir_cron_account_move_send').method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(sorted(ids[0] for ids in made), sorted(self.good.ids))
        self.assertEqual(self.good.mapped('is_move_sent'), [True, True])

    def test_days_taken_from_an_invoice_of_the_first_days_of_a_month_are_a_guess(self):
        """December's work invoiced on 2 January: another month, and another year of the tax credit."""
        words = "taken from the invoice date"
        early, late = [fields.Date.add(self.today, months=-1, day=day) for day in (2, 11)]
        guessed, known, normal = [
            self.make_invoice(invoice_date=day, urssaf_date_start=start, urssaf_date_end=start)
            for day, start in ((early, False), (early, early), (late, False))
        ]
        for single in (False, True):
            with self.subTest(single=single), self.as_user() as env:
                if single:
                    notes = {move: self.wizard(env, move).line_ids.note for move in (guessed, known, normal)}
                else:
                    lines = self.wizard(env, guessed | known | normal).line_ids
                    notes = {line.move_id.with_env(self.env): line.note for line in lines}
                self.assertEqual([words in notes[move] for move in (guessed, known, normal)], [True, False, False])
        with self.as_user() as env:
            wizard = self.wizard(env, guessed)
            self.assertFalse(wizard.line_ids.finding, "a note, that keeps nothing here")
            self.assertIn(words, wizard.note)
            wizard.line_ids.date_start = wizard.line_ids.date_end = early
            self.assertNotIn(words, wizard.line_ids.note or '')
            window = env['account.move.send.wizard'].create({'move_id': guessed.id})
            box = window.extra_edi_checkboxes['urssaf']
            window.extra_edi_checkboxes = {'urssaf': {**box, 'checked': True}}
            self.assertIn(words, window.alerts['urssaf_warnings']['message'])

    def test_planned_services_are_scheduled_and_said(self):
        day = fields.Date.add(self.today, years=1)
        with self.as_user() as env:
            wizard = self.wizard(env, self.good[0])
            wizard.line_ids.write({'date_start': day, 'date_end': day})
            self.assertFalse(wizard.line_ids.finding)
            self.assertIn("leaves by itself", wizard.line_ids.note)
            self.assertIn("1 scheduled", wizard.action_send()['params']['message'])
        self.assertEqual(self.good[0].urssaf_state, 'scheduled')

    def test_scripts_may_give_values_at_creation(self):
        self.company.urssaf_deposits_allowed = True
        with self.as_user() as env:
            wizard = env['urssaf.send.wizard'].create(
                {
                    'line_ids': [
                        Command.create(
                            {
                                'move_id': self.bad.id,
                                'nature_id': self.other_nature.id,
                                'date_start': self.today,
                                'date_end': self.today,
                                'deposit_amount': 10.0,
                                'deposit_date': self.today,
                            }
                        )
                    ]
                }
            )
            wizard.notify = False
            wizard.action_send()
        request = self.bad.urssaf_request_id
        self.assertEqual((request.state, request.deposit_amount), ('integrated', 10.0))
        self.assertEqual((request.amount_household, request.amount_expected), (37.25, 84.5))
