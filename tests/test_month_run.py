from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMonthRun(AvanceImmediateCommon):
    """*To send to URSSAF*: what is to be sent in one list, and one button for all of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stranger = cls.make_household("Paul Inconnu", email='paul@example.com')
        cls.good = cls.make_invoice() | cls.make_invoice()
        cls.other = cls.make_invoice(stranger)
        cls.draft = cls.make_invoice(post=False)

    def setUp(self):
        super().setUp()
        self.sent = self.make_invoice()
        self.send(self.sent)
        self.withdrawn = self.make_invoice()
        self.send(self.withdrawn).state = 'withdrawn'
        self.env.flush_all()
        self.ours = self.good | self.other | self.draft | self.sent | self.withdrawn

    def listed(self, env, action):
        return env['account.move'].search([*action['domain'], ('id', 'in', self.ours.ids)])

    def test_the_list_holds_what_is_to_be_sent_with_its_number(self):
        with self.as_user() as env:
            action = env['account.move'].action_urssaf_to_send()
            self.assertEqual(self.listed(env, action), self.good.with_env(env))
            self.assertIn(str(env['account.move'].search_count(action['domain'])), action['name'])
            views = env['account.move'].get_views(action['views'])['views']
            self.assertIn('action_urssaf_send_listed', views['list']['arch'])

    def test_the_filter_of_the_invoice_list_asks_for_the_same(self):
        """It is written twice: a filter knows no company, the list's switch does."""

        def conditions(domain):
            return sorted(str((one.field_expr, one.operator, one.value)) for one in Domain(domain).iter_conditions())

        arch = etree.fromstring(self.env.ref('l10n_fr_avance_immediate.account_move_view_search').arch)
        (written,) = arch.xpath("//filter[@name='urssaf_to_send']/@domain")
        ours = [
            one
            for one in self.env['account.move']._urssaf_to_send_domain().iter_conditions()
            if one.field_expr != 'company_id'
        ]
        self.assertEqual(conditions(safe_eval(written)), conditions(Domain.AND(ours)))

    def test_the_menu_leads_there(self):
        server_action = self.env.ref('l10n_fr_avance_immediate.account_move_action_urssaf_to_send')
        self.assertEqual(server_action.with_user(self.clerk).run()['res_model'], 'account.move')
        menu = self.env.ref('l10n_fr_avance_immediate.account_move_menu_urssaf_to_send')
        self.assertEqual(menu.action, server_action)
        with self.assertRaises(AccessError):
            self.env['account.move'].with_user(self.reader).sudo(False).action_urssaf_to_send()

    def test_one_button_takes_the_list_as_it_is_filtered_or_ticked(self):
        with self.as_user() as env:
            moves = env['account.move'].with_context(active_domain=[('id', 'in', self.ours.ids)])
            window = env['urssaf.send.wizard'].browse(moves.action_urssaf_send_listed()['res_id'])
            self.assertEqual(window.line_ids.move_id, self.good.with_env(env))
            ticked = self.good[0].with_env(env)
            window = env['urssaf.send.wizard'].browse(ticked.action_urssaf_send_listed()['res_id'])
            self.assertEqual(window.line_ids.move_id, ticked)
            window = moves.with_context(active_domain=[('id', '=', self.sent.id)])
            with self.raises(UserError, "Nothing to send"):
                window.action_urssaf_send_listed()

    def test_the_card_of_the_journal_counts_them(self):
        journal = self.good.journal_id
        with self.as_user() as env:
            data = journal.with_env(env)._get_journal_dashboard_data_batched()[journal.id]
            listed = env['account.move'].search_count(journal.with_env(env).action_urssaf_to_send()['domain'])
            self.assertEqual(data['urssaf_to_send'], listed)
            self.assertGreaterEqual(listed, 2)

    def test_another_company_has_a_list_of_its_own(self):
        other = self.make_provider("Voisin")
        user = self.make_user('voisine', 'account.group_account_invoice', company=other)
        theirs = self.make_invoice(company=other)
        with self.as_user(user, other) as env:
            action = env['account.move'].action_urssaf_to_send()
            found = env['account.move'].search(action['domain'])
            self.assertEqual(found & theirs.with_env(env), theirs.with_env(env))
            self.assertFalse(found & self.good.with_env(env))

    def test_who_is_registered_and_not_always_proposed_is_named_in_odoos_window(self):
        with self.as_user() as env:
            window = env['account.move.send.batch.wizard'].create({'move_ids': [Command.set(self.good.ids)]})
            self.assertIn(self.household.name, window.alerts['urssaf_left_out']['message'])
            self.household.with_env(env).with_company(self.company).sudo().urssaf_always_propose = True
            window = env['account.move.send.batch.wizard'].create({'move_ids': [Command.set(self.good.ids)]})
            self.assertNotIn('urssaf_left_out', window.alerts or {})

    def test_why_the_box_is_grey_stands_under_it(self):
        with self.as_user() as env:
            window = env['account.move.send.wizard'].create({'move_id': self.other.id})
            self.assertIn("Paul Inconnu", window.urssaf_why_not)
            self.assertEqual(window.action_urssaf_open_customer()['res_id'], self.other.partner_id.id)
            window = env['account.move.send.wizard'].create({'move_id': self.good[0].id})
            self.assertFalse(window.urssaf_why_not)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestExchangeList(AvanceImmediateCommon):
    """The list of exchanges speaks of what was done, not in the network's language."""

    def test_calls_are_named_and_their_invoices_listed(self):
        invoices = self.make_invoices(4)
        self.send(invoices)
        sent = self.env['urssaf.exchange'].search(
            [('company_id', '=', self.company.id), ('call', '=', 'M050')], limit=1
        )
        self.assertIn("M050", sent.purpose)
        self.assertNotEqual(sent.purpose, 'M050')
        self.assertEqual(sent.answer, '200')
        self.assertTrue(sent.about.endswith('+ 2'), sent.about)
        silent = self.env['urssaf.exchange'].new({'call': 'M070', 'status': 0})
        self.assertEqual(silent.answer, "no answer")
        self.assertFalse(silent.failure)
        for error, words in (('connection', "lost"), ('http_429', "Too many"), ('http_418', "No usable answer")):
            self.assertIn(words, self.env['urssaf.exchange'].new({'call': 'M070', 'error': error}).failure)
