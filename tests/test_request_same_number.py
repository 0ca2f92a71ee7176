import logging
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestSameNumber(AvanceImmediateCommon):
    """One number in two journals, or given again by hand; and whatever else is raised: it concerns its row, no other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.urssaf_deposits_allowed = True
        cls.journal = cls.company_data['default_journal_sale'].copy({'name': "Second", 'code': 'SEC'})

    def setUp(self):
        super().setUp()
        self.first = self.make_invoice()
        self.second = self.make_invoice(name=self.first.name, journal_id=self.journal.id)
        self.other = self.make_invoice()
        self.assertEqual(self.first.name, self.second.name)
        self.env.flush_all()

    def window(self, env, invoices):
        return env['urssaf.send.wizard'].create(
            {'notify': False, 'line_ids': [Command.create({'move_id': invoice.id}) for invoice in invoices]}
        )

    def test_a_number_that_urssaf_has(self):
        self.send(self.first)
        words = "is that of another invoice, too"
        self.assertIn(words, self.second._urssaf_blocker())
        with self.as_user() as env:
            row = self.window(env, self.second).line_ids
            self.assertIn(words, row.finding)
            box = env['account.move.send.wizard'].create({'move_id': self.second.id}).extra_edi_checkboxes['urssaf']
            self.assertIn(words, box['question_circle'])
            with self.raises(UserError, words):
                self.second.with_env(env)._urssaf_create_requests()
        self.first.urssaf_request_id.state = 'rejected'
        self.assertFalse(self.second._urssaf_blocker(), "URSSAF has not taken the number")

    def test_two_rows_of_one_window(self):
        with self.as_user() as env:
            window = self.window(env, self.first | self.second | self.other)
            self.assertEqual(window.line_ids.mapped(lambda row: bool(row.finding)), [False, True, False])
            window.action_send()
            self.assertEqual(len(window.line_ids), 1)
        self.env.invalidate_all()
        self.assertEqual(self.first.urssaf_state, 'integrated')
        self.assertFalse(self.second.urssaf_request_ids)
        self.assertEqual(self.other.urssaf_state, 'integrated')

    def test_the_others_are_mailed(self):
        with self.as_user() as env:
            window = self.window(env, self.first | self.second | self.other)
            window.notify = True
            window.action_send()
        self.env.invalidate_all()
        moves = self.first | self.second | self.other
        self.assertEqual([bool(move.sending_data) for move in moves], [True, False, True])

    def test_what_the_database_refuses_concerns_its_row_and_logs_no_birth_date(self):
        """The last net, when somebody else takes the number between the look and the intent.

        Whether the log masks values is another net: here the statement itself has none.
        """
        self.patch(logging.getLogger('odoo.sql_db'), 'filters', [])
        with (
            self.assertLogs('odoo.sql_db', 'ERROR') as log,
            self.as_user() as env,
        ):
            for name in ('_urssaf_number_blockers', '_urssaf_same_numbers'):
                self.patch(type(self.env['account.move']), name, lambda moves: {})
            window = self.window(env, self.first | self.second | self.other)
            window.action_send()
            self.assertIn("invoice number", window.line_ids.finding)
        self.env.invalidate_all()
        self.assertEqual(self.first.urssaf_state, 'integrated')
        self.assertEqual(self.other.urssaf_state, 'integrated')
        self.assertFalse(self.second.urssaf_request_ids)
        text = '\n'.join(log.output)
        self.assertIn('bad query', text)
        for personal in ('1984', 'dateNaissance', self.household.name, self.household.email):
            self.assertNotIn(personal, text)

    @mute_logger('odoo.addons.l10n_fr_avance_immediate.models.request.account_move_request')
    def test_whatever_is_raised_concerns_its_row(self):
        create = type(self.env['account.move'])._urssaf_make_requests
        for error in (ValueError("unexpected"), UserError("told")):
            good, bad, last = self.make_invoice(), self.make_invoice(), self.make_invoice()
            self.env.flush_all()

            def refuse(moves, bad=bad, error=error):
                if bad.id in moves.ids:
                    raise error
                return create(moves)

            with (
                self.subTest(type(error).__name__),
                patch.object(type(self.env['account.move']), '_urssaf_make_requests', refuse),
                self.as_user() as env,
            ):
                window = self.window(env, good | bad | last)
                window.line_ids[1].write({'deposit_amount': 10.0, 'deposit_date': self.today})
                window.action_send()
                self.assertEqual(window.line_ids.move_id.ids, bad.ids)
                self.assertTrue(window.line_ids.finding)
            self.env.invalidate_all()
            self.assertEqual((good | last).mapped('urssaf_state'), ['integrated', 'integrated'])
            self.assertFalse(bad.urssaf_request_ids)
            self.assertEqual(bad.urssaf_deposit_amount, 0.0, "what was chosen in the row is undone")
