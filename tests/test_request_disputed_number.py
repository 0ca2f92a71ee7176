from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestDisputedNumber(AvanceImmediateCommon):
    """URSSAF holds an invoice's number for something else: from another program, another database, another environment."""

    def disputed(self):
        """An invoice whose number URSSAF has already: the same in everything, but not sent from here."""
        invoice = self.make_invoice()
        with self.as_user() as env:
            foreign = invoice.with_env(env)._urssaf_create_requests()
            client = foreign.company_id._urssaf_client()
            payload = foreign.env['urssaf.payment.request'].browse(foreign.id)._outgoing()[foreign.id]
            client.submit_requests([payload])
        self.env.invalidate_all()
        request = invoice.urssaf_request_id
        with self.as_user() as env:
            request.with_env(env).sudo()._submit()
        for _search in range(2):
            request.next_poll_at = request.next_poll_at and '2020-01-01'
            with self.as_cron() as env:
                env['urssaf.payment.request']._sync_due()
        self.env.invalidate_all()
        return invoice

    def test_it_is_left_to_a_person_who_finds_a_way_out(self):
        invoice = self.disputed()
        request = invoice.urssaf_request_id
        self.assertEqual((request.state, request.is_disputed, request.is_live), ('unknown', True, True))
        self.assertIn("It is another request", request.guidance)
        self.assertIn("It is another request", invoice._get_alerts()['urssaf_request']['message'])
        self.assertTrue(invoice.activity_ids)
        with self.as_user() as env, self.raises(UserError):
            invoice.with_env(env).button_draft()
        with self.as_user() as env:
            request.with_env(env).action_release_number()
        self.env.invalidate_all()
        self.assertEqual((request.state, request.is_disputed, request.is_live), ('rejected', False, False))
        self.assertIn("give the invoice another number", request.error_text)
        self.assertEqual(len(invoice.activity_ids), 1)
        again = self.send_renumbered(invoice)
        self.assertEqual((again.state, again.previous_id, self.accepted(invoice)), ('integrated', request, 1))
        self.assertFalse(invoice.activity_ids)

    def test_only_what_is_in_doubt_is_closed_this_way(self):
        request = self.send(self.make_invoice())
        for state in ('scheduled', 'sending', 'unknown', 'integrated', 'paid', 'refused'):
            request.state = state
            with self.subTest(state), self.as_user() as env, self.raises(UserError, "nothing is in doubt"):
                request.with_env(env).action_release_number()

    def test_a_household_registered_anew_since_then_is_still_the_one_it_was_sent_for(self):
        """Else its own request would look like somebody else's, and somebody might be told to send it again."""
        self.fault('dead_after', 'M050', times=1)
        invoice = self.make_invoice()
        request = self.send(invoice)
        self.assertEqual(request.state, 'unknown')
        self.household.with_company(self.company).urssaf_registration_id.customer_ref = 'a-new-number'
        with self.as_cron() as env:
            env['urssaf.payment.request']._sync_due()
        self.env.invalidate_all()
        self.assertEqual((request.state, self.accepted(invoice)), ('integrated', 1))

    def test_what_is_really_with_urssaf_is_not_sent_again_from_a_training_environment(self):
        """Back from the simulator, nobody could tell any more which of the two counts."""
        invoice = self.make_invoice()
        request = self.send(invoice)
        before = self.calls('M050')
        for state, words in (('awaiting', "already with URSSAF"), ('refused', "never takes its number again")):
            request.write({'environment': 'production', 'state': state})
            with self.subTest(state), self.as_user() as env, self.raises(UserError, words):
                invoice.with_env(env)._urssaf_create_requests()
        self.assertEqual(self.calls('M050'), before)
        request.write({'environment': 'sandbox', 'state': 'awaiting'})
        self.assertEqual(self.send(invoice).sorted('id')[-1:].state, 'unknown', "the simulator has the number already")
