import json

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..urssaf.client import UrssafClient
from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestCompare(AvanceImmediateCommon):
    """A database of yesterday comes back to the truth with a person's clicks alone, each request once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user('chef', 'account.group_account_manager')

    def setUp(self):
        super().setUp()
        self.control('reset', {})
        self.env['urssaf.token'].search([]).unlink()
        self.household.urssaf_registration_ids.unlink()
        self.activate(self.household)

    def compare(self, env, days=60):
        """The rows of a new comparison, by invoice number."""
        wizard = env['urssaf.compare'].create({'date_from': fields.Date.add(self.today, days=-days)})
        wizard.action_compare()
        return wizard, {line.number: line for line in wizard.line_ids}

    def forget(self, request):
        """The books are those of before this request."""
        request.event_ids.unlink()
        request.move_id.activity_ids.unlink()
        request.unlink()

    def accept(self, request):
        self.control(f'requests/{request.request_ref}/accept', {})

    def everything_leaves(self):
        self.end_pauses()
        requests = self.env['urssaf.payment.request'].search([])
        requests.filtered('next_poll_at').next_poll_at = '2020-01-01'
        requests.filtered('submit_at').submit_at = '2020-01-01'
        with self.as_cron() as env:
            while env['urssaf.payment.request']._submit_due():
                pass
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def test_a_restored_backup(self):
        lost, unsent, older, same, gone = self.make_invoices(5)
        self.send(lost | unsent | older | same | gone)
        refs = {invoice: invoice.urssaf_request_id.request_ref for invoice in (lost, unsent, older, same)}
        self.accept(lost.urssaf_request_id)
        self.accept(older.urssaf_request_id)
        self.forget(lost.urssaf_request_id)
        unsent.urssaf_request_id.write({'state': 'queued', 'request_ref': False, 'status_code': False})
        gone.urssaf_request_id.request_ref = 'unknown-there'
        self.env.invalidate_all()
        with self.as_user(self.manager) as env:
            wizard, lines = self.compare(env)
            self.assertEqual(
                {number: line.kind for number, line in lines.items() if line.request_ref != refs.get(same)},
                {lost.name: 'unknown', unsent.name: 'unsent', older.name: 'state', gone.name: lines[gone.name].kind},
            )
            self.assertEqual(
                set(wizard.line_ids.filtered(lambda line: line.number == gone.name).mapped('kind')),
                {'missing', 'unknown'},
            )
            self.assertNotIn(same.name, lines, "nothing to say")
            for invoice in (lost, unsent):
                lines[invoice.name].action_is_this()
            lines[older.name].action_refresh()
        self.env.invalidate_all()
        self.assertEqual(lost.urssaf_request_id.request_ref, refs[lost])
        self.assertEqual(
            (lost.urssaf_state, unsent.urssaf_state, older.urssaf_state), ('validated', 'integrated', 'validated')
        )
        self.assertEqual(unsent.urssaf_request_id.request_ref, refs[unsent])
        before = self.calls('M050')
        self.everything_leaves()
        self.assertEqual(self.calls('M050'), before, "nothing leaves a second time")
        for invoice in refs:
            self.assertEqual(self.accepted(invoice), 1)
            with self.as_user() as env:
                invoice.with_env(env)._urssaf_create_requests()._submit()
        with self.as_user(self.manager) as env:
            _wizard, lines = self.compare(env)
            self.assertFalse({lost.name, unsent.name, older.name, same.name} & set(lines), "nothing is left")

    def test_another_program_has_used_the_number(self):
        theirs = self.make_invoice()
        self.send(theirs)
        number, ref = theirs.name, theirs.urssaf_request_id.request_ref
        self.forget(theirs.urssaf_request_id)
        theirs.button_draft()
        theirs.invoice_line_ids.quantity = 2
        theirs.action_post()
        self.assertEqual(theirs.name, number)
        with self.as_user(self.manager) as env:
            _wizard, lines = self.compare(env)
            line = lines[number]
            self.assertIn("it is another one", line.blocker)
            with self.raises(UserError, "it is another one"):
                line.action_is_this()
            line.action_is_elsewhere()
        self.env.invalidate_all()
        self.assertIn("another program", theirs._urssaf_blocker())
        before = self.calls('M050')
        with self.as_user() as env, self.raises(UserError, "another program"):
            theirs.with_env(env)._urssaf_create_requests()
        self.assertEqual(self.calls('M050'), before)
        with self.as_user(self.manager) as env:
            self.assertNotIn(number, self.compare(env)[1], "decided once")
        self.assertTrue(self.env['urssaf.number'].search([('request_ref', '=', ref)]))

    def test_numbers_that_are_sent_in_another_form(self):
        """`FAC/2026/00001` left as `FAC-2026-00001`: it is this invoice all the same."""
        self.env['ir.config_parameter'].set_param('l10n_fr_avance_immediate.plain_invoice_numbers', 'True')
        invoice = self.make_invoice()
        request = self.send(invoice)
        self.assertNotEqual(request.name, invoice.name)
        ref = request.request_ref
        self.forget(request)
        with self.as_user(self.manager) as env:
            _wizard, lines = self.compare(env)
            line = lines[invoice._urssaf_number()]
            self.assertEqual((line.kind, line.move_id.id, line.blocker or ''), ('unknown', invoice.id, ''))
            line.action_is_this()
        self.env.invalidate_all()
        self.assertEqual(invoice.urssaf_request_id.request_ref, ref)

    def test_what_is_another_invoice_is_not_taken_over(self):
        """Other amount, household or day, or none of that number: each has its sentence, whatever is clicked."""
        invoice = self.make_invoice()
        self.send(invoice)
        ref = invoice.urssaf_request_id.request_ref
        self.forget(invoice.urssaf_request_id)
        requests = self.env['urssaf.payment.request']
        other = self.make_household("Jeanne Autre")
        self.activate(other)
        item = type('Item', (), {})
        for values, words in (
            ({'total_ttc': 9999.0}, "it is another one"),
            ({'customer_ref': 'somebody-else'}, "another customer"),
            ({'date_invoice': fields.Date.add(self.today, days=-7)}, "with the invoice date"),
            ({'number': 'ELSE/1'}, "bears number ELSE/1"),
        ):
            told = {
                'number': invoice.name,
                'request_ref': ref,
                'total_ttc': None,
                'customer_ref': '',
                'date_invoice': None,
            }
            found = item()
            found.__dict__.update({**told, **values})
            self.assertIn(words, requests._take_over_blocker(invoice, found), values)
        self.assertEqual(requests._take_over_blocker(invoice, type('Item', (), told)()), '')

    def test_other_values_of_a_request_that_both_have_are_shown(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        request.payload = json.dumps({**json.loads(request.payload), 'mntFactureTTC': 60})
        with self.as_user(self.manager) as env:
            _wizard, lines = self.compare(env)
            line = lines[invoice.name]
            self.assertEqual((line.kind, line.amount_there, line.request_id.id), ('facts', 94.5, request.id))
            with self.raises(UserError, "nothing to take over"):
                line.action_is_this()

    def test_what_a_person_has_confirmed_counts_instead_of_what_was_sent(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        request.payload = json.dumps({**json.loads(request.payload), 'mntFactureTTC': 60})
        request.confirmed_total = '94.50'
        with self.as_user(self.manager) as env:
            self.assertNotIn(invoice.name, self.compare(env)[1])

    def test_a_payload_that_cannot_be_read_stops_no_comparison(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        request.payload = json.dumps({**json.loads(request.payload), 'mntFactureTTC': 'much'})
        with self.as_user(self.manager) as env:
            self.assertNotIn(invoice.name, self.compare(env)[1])

    def test_more_in_a_range_than_urssaf_shows(self):
        """Halved down to a day, then asked for by number; what cannot be known is said."""
        days = [fields.Date.add(self.today, days=-day) for day in (0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 9, 9, 9)]
        spread = self.env['account.move'].union(
            *(self.make_invoice(invoice_date=day, urssaf_date_start=day, urssaf_date_end=day) for day in days)
        )
        self.send(spread)
        self.forget(spread.urssaf_request_id)
        with self.as_user(self.manager) as env:
            wizard, lines = self.compare(env)
            self.assertEqual(set(lines), set(spread.mapped('name')))
            self.assertNotIn("more requests than it shows", wizard.sentence)
        crowd = self.make_invoices(12)
        self.send(crowd)
        self.forget(crowd.urssaf_request_id)
        with self.as_user(self.manager) as env:
            wizard, lines = self.compare(env)
            self.assertEqual(set(lines), set((spread | crowd).mapped('name')))
            self.assertIn("more requests than it shows", wizard.sentence)

    def test_a_full_day_where_no_number_can_be_searched(self):
        """The other days are compared all the same, and nothing of that day is called missing."""
        self.control('switches', {'search_by_number': False})
        self.addCleanup(self.control, 'switches', {'search_by_number': True})
        day = fields.Date.add(self.today, days=-5)
        lost = self.make_invoice(invoice_date=day, urssaf_date_start=day, urssaf_date_end=day)
        crowd = self.make_invoices(12)
        self.send(lost | crowd)
        self.forget(lost.urssaf_request_id)
        with self.as_user(self.manager) as env:
            wizard, lines = self.compare(env)
            self.assertEqual({number: line.kind for number, line in lines.items()}, {lost.name: 'unknown'})
            self.assertIn("more requests than it shows", wizard.sentence)
            self.assertNotIn("stopped on the way", wizard.sentence)

    def test_urssaf_cannot_be_asked(self):
        invoice = self.make_invoice()
        self.send(invoice)
        self.fault('maintenance_503', 'M070')
        with self.as_user(self.manager) as env:
            wizard, lines = self.compare(env)
            self.assertIn("stopped on the way", wizard.sentence)
            self.assertFalse(lines, "what was not asked about is not called missing")

    def test_what_cannot_be_read_of_one_entry_calls_nothing_else_missing(self):
        """An entry of nothing but brackets, or told twice in two ways: the other days of the month are told all the same."""
        day = fields.Date.add(self.today, days=-9)
        spoilt, same_day = self.make_invoices(2, invoice_date=day, urssaf_date_start=day, urssaf_date_end=day)
        others = self.make_invoices(2)
        self.send(spoilt | same_day | others)
        lost = others[0]
        self.forget(lost.urssaf_request_id)
        for name in ('double_state', 'spoilt_depth', 'spoilt_amount', 'spoilt_date'):
            with self.subTest(name):
                self.control('faults', method='DELETE')
                self.fault(name, 'M070', number=spoilt.name)
                with self.as_user(self.manager) as env:
                    wizard, lines = self.compare(env)
                    self.assertNotIn('missing', wizard.line_ids.mapped('kind'))
                    self.assertEqual(lines[lost.name].kind, 'unknown')
                    self.assertNotIn(others[1].name, lines)
                    self.assertNotIn(same_day.name, lines)
        self.control('faults', method='DELETE')

    def test_an_answer_that_cannot_be_read_at_all_ends_it_soon(self):
        self.send(self.make_invoice())
        before = self.calls('M070')
        for name in ('html', 'truncated'):
            with self.subTest(name):
                self.fault(name, 'M070')
                with self.as_user(self.manager) as env:
                    wizard, lines = self.compare(env)
                    self.assertIn("stopped on the way", wizard.sentence)
                    self.assertFalse(lines)
                self.control('faults', method='DELETE')
                self.end_pauses()
        self.assertLess(self.calls('M070') - before, 40)

    def test_whatever_is_raised_ends_it_with_a_sentence(self):
        def search(client, **_criteria):
            raise RecursionError

        self.patch(UrssafClient, 'search_requests', search)
        with (
            self.as_user(self.manager) as env,
            self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'ERROR'),
        ):
            wizard, lines = self.compare(env)
            self.assertIn("stopped on the way", wizard.sentence)
            self.assertFalse(lines)

    def test_what_bears_no_credit_is_the_households_of_a_request_taken_over_too(self):
        invoice = self.make_invoice(lines=((2, 50.0), (1, 20.0)), post=False)
        invoice.invoice_line_ids[1].urssaf_nature_id = self.env.ref('l10n_fr_avance_immediate.nature_270')
        invoice.action_post()
        shares = []
        for _time in range(2):
            request = self.send(invoice) if not shares else invoice.urssaf_request_id
            shares.append((request.amount_household, request.amount_expected, request.amount_not_eligible))
            if len(shares) == 1:
                self.forget(request)
                self.env.invalidate_all()
                with self.as_user(self.manager) as env:
                    self.compare(env)[1][invoice.name].action_is_this()
                self.env.invalidate_all()
        self.assertEqual(shares, [(70.0, 120.0, 20.0)] * 2)

    def test_a_number_of_urssafs_in_another_environment_is_not_in_the_way(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        trial = self.send(self.make_invoice())
        ref = request.request_ref
        self.forget(request)
        trial.write({'environment': 'sandbox', 'request_ref': ref})
        with self.as_user(self.manager) as env:
            self.compare(env)[1][invoice.name].action_is_this()
        self.env.invalidate_all()
        self.assertEqual(invoice.urssaf_request_id.request_ref, ref)

    def test_who_may_compare(self):
        second = self.make_provider("Second Prestataire")
        stranger = self.make_user('voisin', 'account.group_account_manager', company=second)
        for user in (self.invoicing_user, self.reader, self.clerk):
            with self.as_user(user) as env, self.raises(AccessError):
                self.compare(env)
        with self.as_user(stranger, second) as env, self.raises(AccessError):
            env['urssaf.compare'].create({'company_id': self.company.id}).action_compare()
        with self.as_user(self.manager) as env:
            wizard, _lines = self.compare(env)
            for values in ({'kind': 'unknown', 'number': 'X', 'request_ref': 'X', 'compare_id': wizard.id},):
                with self.raises(AccessError):
                    env['urssaf.compare.line'].create(values)
