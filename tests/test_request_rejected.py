from html import unescape

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_catalogue import CatalogueCommon

# Not an error to correct: URSSAF has the number, from us or not, so that only a look-up can tell (CONTRACT §10.3).
DUPLICATE = 'ERR_FACTURE_DOUBLON'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRejected(CatalogueCommon):
    """Every code that URSSAF may answer to a request: its cause and its remedy in French, and a way out of it."""

    context = 'payment'

    def correct(self, invoice):
        """What a user does: back to draft, correct, confirm. The number stays."""
        number = invoice.name
        with self.as_user() as env:
            mine = invoice.with_env(env)
            mine.button_draft()
            mine.invoice_line_ids.quantity = 4
            mine.action_post()
        self.env.invalidate_all()
        self.assertEqual(invoice.name, number)

    def test_each_code_is_explained_then_corrected_and_sent_with_the_same_number(self):
        self.assertEqual(len(self.codes), 26)
        for code in self.codes:
            if code == DUPLICATE:
                continue
            with self.subTest(code):
                entry = self.entry(code)
                invoice = self.make_invoice()
                self.fault('item_error', 'M050', times=1, code=code)
                rejected = self.send(invoice)
                self.assertEqual((rejected.state, self.accepted(invoice)), ('rejected', 0))
                banner = (
                    invoice.with_user(self.invoicing_user).with_context(lang='fr_FR')._get_alerts()['urssaf_request']
                )
                for text in (rejected.error_text, banner['message']):
                    self.assertIn(entry.cause, text)
                    self.assertIn(entry.what_to_do, text)
                    self.assertNotIn(code, text, "never a code alone")
                self.assertEqual(banner['level'], 'danger')
                self.assertIn(entry.cause, unescape(invoice.activity_ids.note))
                self.correct(invoice)
                request = self.send(invoice)
                self.assertEqual(
                    (request.state, request.name, request.amount_total, request.previous_id),
                    ('integrated', rejected.name, 126.0, rejected),
                )
                self.assertEqual(self.accepted(invoice), 1)
                self.assertFalse(invoice.activity_ids)

    def test_a_number_said_to_be_known_is_never_held_for_absent(self):
        self.entry(DUPLICATE)
        invoice = self.make_invoice()
        self.fault('item_error', 'M050', times=1, code=DUPLICATE)
        request = self.send(invoice)
        self.assertEqual(request.state, 'unknown')
        for _search in range(4):
            request.next_poll_at = '2020-01-01'
            with self.as_cron() as env:
                while env['urssaf.payment.request']._sync_due():
                    pass
            self.env.invalidate_all()
        self.assertEqual((request.state, request.attention, self.accepted(invoice)), ('unknown', 'doubt', 0))
        self.assertIn("sa recherche ne montre pas", invoice.activity_ids.note)
        for release in ('action_withdraw', 'action_release_number'):
            with self.as_user() as env, self.raises(UserError, "journée"):
                getattr(request.with_env(env), release)()
        request.state_since = '2020-01-01'
        with self.as_user() as env:
            request.with_env(env).action_release_number()
        self.env.invalidate_all()
        self.assertEqual((request.state, request.is_live), ('rejected', False))
