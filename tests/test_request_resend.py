from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.request.urssaf_payment_request_states import ENDED_STATES as ENDED
from .common import AvanceImmediateCommon

COMMENT = "Je n'ai eu que <b>2</b> heures."


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestResend(AvanceImmediateCommon):
    """*Correct and resend*: one click, one credit note, one draft that knows what it replaces and why."""

    def refused(self, **values):
        """An invoice whose request the household has contested, with a reason and words of its own."""
        invoice = self.make_invoice(**values)
        request = self.send(invoice)
        self.control(f'requests/{request.request_ref}/contest', {'code': 'REGUL_NB_QTE_FACT', 'comment': COMMENT})
        with self.as_user() as env:
            invoice.with_env(env).action_urssaf_refresh()
        self.assertEqual(request.state, 'refused')
        return invoice

    def confirm(self, env, action):
        """Press the button of the window that an action opens."""
        self.assertEqual(action['res_model'], 'account.move.reversal')
        with Form(env['account.move.reversal'].with_context(**action['context']), view=action['views'][0][0]) as form:
            pass
        return form.save().modify_moves()

    def resend(self, invoice, user=None):
        with self.as_user(user) as env:
            action = self.confirm(env, invoice.with_env(env).action_urssaf_resend())
        self.env.invalidate_all()
        return self.env['account.move'].browse(action['res_id'])

    def test_refused_corrected_and_sent_again(self):
        self.company.urssaf_deposits_allowed = True
        invoice = self.refused(
            urssaf_deposit_amount=10.0,
            urssaf_deposit_date=self.today,
            invoice_line_ids=[
                Command.create(
                    {
                        'name': "Cours",
                        'quantity': 3,
                        'price_unit': 31.5,
                        'tax_ids': [Command.clear()],
                        'product_uom_id': self.env.ref('uom.product_uom_hour').id,
                        'urssaf_nature_id': self.other_nature.id,
                        'urssaf_date_start': self.today,
                        'urssaf_date_end': self.today,
                    }
                )
            ],
        )
        request = invoice.urssaf_request_id
        draft = self.resend(invoice)
        credit_note = invoice.reversal_move_ids
        self.assertEqual(
            (len(credit_note), credit_note.state, credit_note.amount_total), (1, 'posted', invoice.amount_total)
        )
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ('reversed', 0.0))
        self.assertIn("number of hours", credit_note.ref.lower())
        self.assertNotIn(COMMENT, credit_note.ref, "what the household wrote to URSSAF is not printed")
        self.assertEqual(
            (draft.state, draft.move_type, draft.amount_total), ('draft', 'out_invoice', invoice.amount_total)
        )
        self.assertEqual(
            (
                draft.urssaf_nature_id,
                draft.urssaf_date_start,
                draft.urssaf_date_end,
                draft.urssaf_deposit_amount,
                draft.urssaf_deposit_date,
            ),
            (self.nature, self.today, self.today, 10.0, self.today),
        )
        line = draft.invoice_line_ids
        self.assertEqual(
            (line.urssaf_nature_id, line.urssaf_date_start, line.urssaf_date_end),
            (self.other_nature, self.today, self.today),
        )
        self.assertEqual((draft.urssaf_replaces_id, invoice.urssaf_replacement_id), (request, draft))
        self.assertFalse(draft.urssaf_request_id)
        # What the household said stands on the draft until it is sent.
        alert = draft.with_user(self.invoicing_user)._get_alerts()['urssaf_replaces']
        for words in (invoice.name, "Refused by the customer", COMMENT):
            self.assertIn(words, alert['message'])
        self.assertEqual(alert['action']['res_id'], request.id)
        with self.as_user() as env:
            mine = draft.with_env(env)
            mine.invoice_line_ids.quantity = 2
            # A number that this simulator has not seen; posted, the draft takes the day in Paris.
            mine.name = self.make_number(mine.invoice_date or self.day_in_paris())
            mine.action_post()
        second = self.send(draft)
        self.assertNotEqual(draft.name, invoice.name)
        self.assertEqual((second.state, second.amount_total, second.previous_id), ('integrated', 63.0, request))
        self.assertEqual((self.accepted(invoice), self.accepted(draft)), (1, 1))
        self.assertNotIn('urssaf_replaces', draft._get_alerts())

    def test_the_next_number_of_the_sequence_is_taken(self):
        draft = self.resend(self.refused())
        self.assertFalse(draft.posted_before)
        draft.action_post()
        self.assertNotIn(draft.name, (False, '/', draft.urssaf_replaces_id.name))

    def test_the_window_to_send_is_ticked(self):
        """Whoever has pressed *Correct and resend* wants it sent, whether the household is always proposed or not."""
        draft = self.resend(self.refused())
        draft.action_post()
        for always in (False, True):
            self.household.with_company(self.company).urssaf_always_propose = always
            with self.as_user() as env:
                wizard = (
                    env['account.move.send.wizard']
                    .with_context(active_model='account.move', active_ids=draft.ids)
                    .create({})
                )
                box = wizard.extra_edi_checkboxes['urssaf']
                self.assertEqual((box['checked'], box.get('readonly', False)), (True, False))

    def test_a_second_click_opens_the_draft_that_is_there(self):
        invoice = self.refused()
        with self.as_user() as env:
            mine = invoice.with_env(env)
            action = mine.action_urssaf_resend()
            # Two windows were open, and both are confirmed.
            wizards = [
                env['account.move.reversal']
                .with_context(**action['context'])
                .create({'journal_id': invoice.journal_id.id})
                for _window in range(2)
            ]
            drafts = {wizard.modify_moves()['res_id'] for wizard in wizards}
            drafts.add(mine.action_urssaf_resend()['res_id'])
            drafts.add(mine.urssaf_request_id.action_resend()['res_id'])
        self.env.invalidate_all()
        self.assertEqual((drafts, len(invoice.reversal_move_ids)), ({invoice.urssaf_replacement_id.id}, 1))

    def test_the_banner_offers_it_and_then_leads_to_the_draft(self):
        invoice = self.refused()
        mine = invoice.with_user(self.invoicing_user)
        alert = mine._get_alerts()['urssaf_request']
        self.assertEqual((alert['level'], alert['action_text']), ('danger', "Correct and resend"))
        self.assertIn(COMMENT, alert['message'])
        self.assertNotEqual(
            invoice.with_user(self.reader)._get_alerts()['urssaf_request']['action_text'], "Correct and resend"
        )
        with self.as_user() as env:
            draft = self.confirm(env, alert['action'])['res_id']
        self.env.invalidate_all()
        alert = mine._get_alerts()['urssaf_request']
        self.assertEqual((alert['level'], alert['action']['res_id']), ('info', draft))
        self.assertIn("corrects this invoice", invoice.urssaf_request_id.guidance)

    def test_nobody_is_asked_to_act_any_more(self):
        invoice = self.refused()
        self.assertEqual(len(invoice.activity_ids), 1)
        to_fix = [('id', '=', invoice.id), ('urssaf_state', 'in', ('refused',)), ('payment_state', '!=', 'reversed')]
        self.assertTrue(invoice.search(to_fix))
        self.resend(invoice)
        self.assertFalse(invoice.activity_ids)
        self.assertFalse(invoice.search(to_fix))
        self.assertFalse(invoice.urssaf_is_collecting)

    def test_cancelled_ones_too(self):
        for state in ENDED[1:]:
            with self.subTest(state):
                invoice = self.make_invoice()
                request = self.send(invoice)
                request.state = state
                alert = invoice.with_user(self.invoicing_user)._get_alerts()['urssaf_request']
                self.assertEqual(alert['action_text'], "Correct and resend")
                draft = self.resend(invoice)
                self.assertEqual((draft.urssaf_replaces_id, invoice.payment_state), (request, 'reversed'))
                self.assertIn("Cancelled", draft._get_alerts()['urssaf_replaces']['message'])

    def test_only_what_is_over_is_corrected_this_way(self):
        invoice = self.make_invoice()
        with self.as_user() as env, self.raises(UserError, "No request has been sent"):
            invoice.with_env(env).action_urssaf_resend()
        request = self.send(invoice)
        states = [state for state, _label in request._fields['state'].selection if state not in ENDED]
        for state in states:
            with self.subTest(state):
                request.state = state
                with self.as_user() as env, self.raises(UserError, "refused or cancelled"):
                    request.with_env(env).action_resend()
                self.assertNotIn('Correct and resend', str(invoice._get_alerts()))

    def test_partly_paid_says_what_to_do_first(self):
        invoice = self.refused()
        payment = (
            self.env['account.payment.register']
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create({'amount': 30.0})
            ._create_payments()
        )
        with self.as_user() as env:
            with self.raises(UserError, f"{self.shown(30.0)} is already settled"):
                invoice.with_env(env).action_urssaf_resend()
            wizard = (
                env['account.move.reversal']
                .with_context(active_model='account.move', active_ids=invoice.ids)
                .create({'journal_id': invoice.journal_id.id})
            )
            with self.raises(UserError, "already settled"):
                wizard.modify_moves()
        self.assertFalse(invoice.reversal_move_ids)
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(self.resend(invoice).amount_total, 94.5)

    def test_a_credit_note_that_was_started_is_finished_first(self):
        invoice = self.refused()
        credit_note = invoice._reverse_moves([{'invoice_date': self.today}])
        with self.as_user() as env, self.raises(UserError, "has been started"):
            invoice.with_env(env).action_urssaf_resend()
        credit_note.action_post()
        self.assertEqual(invoice.payment_state, 'reversed')
        # Credited by hand: the draft is still wanted, a second credit note is not.
        with self.as_user() as env:
            draft = invoice.with_env(env).action_urssaf_resend()['res_id']
            self.assertEqual(invoice.with_env(env).action_urssaf_resend()['res_id'], draft)
        self.env.invalidate_all()
        self.assertEqual((invoice.reversal_move_ids, invoice.urssaf_replacement_id.id), (credit_note, draft))
        self.assertEqual(invoice.urssaf_replacement_id.urssaf_date_end, self.today)

    def test_a_draft_thrown_away_is_made_again(self):
        invoice = self.refused()
        self.resend(invoice).unlink()
        with self.as_user() as env:
            draft = env['account.move'].browse(invoice.with_env(env).action_urssaf_resend()['res_id'])
            self.assertEqual(draft.urssaf_replaces_id.id, invoice.urssaf_request_id.id)
        self.assertEqual(len(invoice.reversal_move_ids), 1)

    def test_the_credit_note_counts_at_once(self):
        invoice = self.refused()
        with self.as_user() as env:
            context = invoice.with_env(env).action_urssaf_resend()['context']
            wizard = (
                env['account.move.reversal']
                .with_context(**context)
                .create({'date': fields.Date.add(self.today, days=5), 'journal_id': invoice.journal_id.id})
            )
            with self.raises(UserError, "counts at once"):
                wizard.modify_moves()

    def test_rights(self):
        invoice = self.refused()
        for user in (self.reader, self.plain_user):
            with self.as_user(user) as env, self.raises(AccessError):
                invoice.with_env(env).action_urssaf_resend()
        # Nobody hangs an invoice on somebody else's request.
        other = self.env['res.company'].create({'name': "Autre", 'country_id': self.env.ref('base.fr').id})
        stranger = self.make_user('autre', 'account.group_account_invoice', company=other)
        with self.as_user(stranger, other) as env, self.raises(AccessError):
            invoice.urssaf_request_id.with_env(env).action_resend()

    def test_odoo_s_own_window_keeps_the_chain(self):
        """The menu of the list and other addons open the same window without ours."""
        invoice, plain = self.refused(), self.make_invoice()
        for move, replaced in ((invoice, invoice.urssaf_request_id), (plain, self.env['urssaf.payment.request'])):
            wizard = (
                self.env['account.move.reversal']
                .with_context(active_model='account.move', active_ids=move.ids)
                .create({'reason': "Erreur", 'journal_id': move.journal_id.id})
            )
            draft = self.env['account.move'].browse(wizard.modify_moves()['res_id'])
            self.assertEqual(draft.urssaf_replaces_id, replaced)
