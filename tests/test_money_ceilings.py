from odoo.tests import Form, tagged

from .common import MODULE
from .common_counters import CountersCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyCeilings(CountersCommon):
    """Yearly ceilings of a household: warned in the windows before sending, never refused (CONTRACT §13)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = cls.day_in_paris().year
        cls.works, cls.it, cls.garden = (cls.env.ref(f'{MODULE}.nature_{code}') for code in (80, 160, 70))
        cls.rest = cls.env.ref(f'{MODULE}.nature_270')

    def warnings(self, invoices, user=None, company=None):
        """What the window for many says of each invoice, without the tick."""
        with self.as_user(user, company) as env:
            action = invoices.with_env(env).action_urssaf_send()
            lines = env[action['res_model']].browse(action['res_id']).line_ids
            self.assertFalse(any(lines.mapped('finding')), lines.mapped('finding'))
            notes = {line.move_id.id: line.note.removeprefix('✔').strip() for line in lines}
        return [notes[invoice.id] for invoice in invoices]

    def invoice(self, amount=100.0, nature=None, hours=1.0, **values):
        nature = nature or self.nature
        return self.make_invoice(lines=((hours, amount / hours),), urssaf_nature_id=nature.id, **values)

    # -- the advance and the tax credit ---------------------------------------------------------------

    def test_the_advance_is_half_of_what_goes_through_us(self):
        self.declare(11_900.0)
        self.assertEqual(self.warnings(self.invoice(100.0)), [""], "just reached")
        (note,) = self.warnings(self.invoice(100.02))
        self.assertIn(f"comes to {self.shown(6000.01)} for {self.year}", note)
        self.assertIn(self.shown(6000.0), note)
        self.assertIn("beyond", note)

    def test_disability_and_members_raise_them(self):
        self.declare(14_000.0)
        (note,) = self.warnings(self.invoice())
        self.assertIn("the advance", note)
        self.assertIn("tax credit", note)
        self.household.urssaf_ceiling_rank = 5
        (note,) = self.warnings(self.invoice())
        self.assertIn("the advance", note)
        self.assertNotIn("tax credit", note, "up to 15,000 €")
        self.household.urssaf_has_disability = True
        self.assertEqual(self.warnings(self.invoice()), [""])

    def test_the_amounts_of_the_law(self):
        found = self.env['urssaf.ceiling']._of_year(2026, 'tax')
        for rank, disability, expected in (
            (0, False, 12_000),
            (1, False, 13_500),
            (2, False, 15_000),
            (7, False, 15_000),
            (-3, False, 12_000),
            (0, True, 20_000),
        ):
            self.household.write({'urssaf_ceiling_rank': rank, 'urssaf_has_disability': disability})
            self.assertEqual(found._amount_for(self.household), expected)

    def test_what_is_corrected_counts_at_once(self):
        Ceiling, Nature = self.env['urssaf.ceiling'], self.env['urssaf.nature']
        ceiling = Ceiling._of_year(2026, 'tax')
        ceiling.year_to = 2025
        self.assertFalse(Ceiling._of_year(2026, 'tax') & ceiling)
        other = ceiling.copy({'year_from': 2026, 'year_to': False})
        self.assertEqual(Ceiling._of_year(2026, 'tax'), other)
        other.unlink()
        self.assertFalse(Ceiling._of_year(2026, 'tax'))
        nature = Nature.browse(Nature._not_eligible_ids())
        self.assertEqual(nature.code, '270')
        nature.code = '271'
        self.assertFalse(Nature._not_eligible_ids())
        nature.code = '270'
        self.assertEqual(set(nature.ids), Nature._not_eligible_ids())

    def test_what_counts(self):
        request = self.declare(11_950.0)
        for state, expected in (
            ('scheduled', True),
            ('awaiting', True),
            ('paid', True),
            ('unknown', True),
            ('recovered', True),
            ('debit_failed', True),  # the State's half stays advanced
            ('refused', False),
            ('rejected', False),
            ('withdrawn', False),
            ('cancelled', False),
        ):
            request.state = state
            self.assertEqual(bool(self.warnings(self.invoice())[0]), expected, state)

    def test_another_year_household_environment_or_company(self):
        other = self.make_household("Lise Autre", email='lise@example.com')
        second = self.make_provider("Deuxième")
        self.declare(12_000.0, date_start=f'{self.year - 1}-12-01', date_end=f'{self.year - 1}-12-31')
        self.declare(12_000.0, partner=other)
        self.declare(12_000.0, environment='production')
        self.declare(12_000.0, company=second)
        self.assertEqual(self.warnings(self.invoice()), [""])
        user = self.make_user('deuxieme', 'account.group_account_invoice', company=second)
        self.assertIn("the advance", self.warnings(self.invoice(company=second), user, second)[0])

    def test_a_branch_counts_with_its_parent(self):
        branch = self.env['res.company'].create({'name': "Agence", 'parent_id': self.company.id})
        self.env.cr.precommit.run()
        self.env.user.company_ids |= branch
        self.declare(12_000.0)
        user = self.make_user('agence', 'account.group_account_invoice', company=branch)
        self.assertIn("the advance", self.warnings(self.invoice(company=branch), user, branch)[0])

    def test_what_is_not_eligible_counts_for_nothing(self):
        self.declare(12_000.0, nature=self.rest)
        self.assertEqual(self.warnings(self.invoice()), [""])
        self.declare(12_000.0)
        self.assertNotIn("the advance", self.warnings(self.invoice(nature=self.rest))[0])

    def test_an_invoice_does_not_count_twice(self):
        invoice = self.invoice()
        self.declare(11_950.0, move=invoice, state='not_sent')
        invoice.urssaf_request_id.submit_at = '2030-01-01'
        self.assertEqual(invoice.urssaf_request_id.stage, 'to_send')
        found = self.env['account.move']._urssaf_ceiling_warnings([(invoice, self.payload(invoice))])
        self.assertEqual(found, [[]])

    def payload(self, invoice):
        return invoice._urssaf_payload(self.nature, self.today, self.today, 0.0, False)

    def test_texts_that_cannot_be_read_stop_nobody(self):
        for text in ('{', '[]', '{}', '{"inputPrestations": [{"codeNature": "100"}]}', '{"inputPrestations": 3}'):
            self.declare(6_000.0, payload=text)
        self.assertIn(f"comes to {self.shown(15_050.0)}", self.warnings(self.invoice())[0], "taken as of the main type")

    # -- types of service -----------------------------------------------------------------------------

    def test_types_of_service_with_a_ceiling_of_their_own(self):
        for nature, limit in ((self.works, 500.0), (self.it, 3000.0), (self.garden, 5000.0)):
            self.declare(limit - 50.0, nature=nature)
            self.assertEqual(self.warnings(self.invoice(50.0, nature)), [""], nature.name)
            (note,) = self.warnings(self.invoice(50.01, nature))
            self.assertIn(f"{nature.name}: with this invoice", note)
            self.assertIn(self.shown(limit), note)
            self.assertEqual(self.warnings(self.invoice(1000.0)), [""], "nothing of that type in it")

    def test_several_types_in_one_invoice(self):
        invoice = self.make_invoice(lines=((1, 100.0), (1, 501.0)))
        invoice.invoice_line_ids[1].urssaf_nature_id = self.works
        (note,) = self.warnings(invoice)
        self.assertIn(f"spent {self.shown(501.0)}", note)

    def test_small_works_last_two_hours_at_most(self):
        self.assertEqual(self.warnings(self.invoice(100.0, self.works, hours=2.0)), [""])
        (note,) = self.warnings(self.invoice(100.0, self.works, hours=2.5))
        self.assertIn("2 h at most", note)
        self.assertIn("2.5 h", note)
        self.assertEqual(self.warnings(self.invoice(100.0, self.garden, hours=8.0)), [""])

    # -- the windows ----------------------------------------------------------------------------------

    def test_rows_of_one_household_count_together(self):
        self.declare(11_800.0)
        invoices = self.invoice(150.0) | self.invoice(150.0)
        first, second = self.warnings(invoices)
        self.assertEqual(first, "")
        self.assertIn("the advance", second)

    def test_a_row_that_changes_alone_still_counts_those_above(self):
        self.declare(11_800.0)
        invoices = self.invoice(150.0) | self.invoice(150.0)
        with self.as_user() as env:
            wizard = env['urssaf.send.wizard'].browse(invoices.with_env(env).action_urssaf_send()['res_id'])
            with Form(wizard) as form, form.line_ids.edit(1) as row:
                row.nature_id = env['urssaf.nature'].browse(self.garden.id)
                self.assertIn("the advance", row.note)

    def test_warned_and_sent_all_the_same(self):
        self.declare(30_000.0)
        invoices = self.invoice() | self.invoice()
        with self.as_user() as env:
            wizard = env['urssaf.send.wizard'].browse(invoices.with_env(env).action_urssaf_send()['res_id'])
            self.assertEqual((wizard.ready_count, wizard.to_fix_count), (2, 0))
            self.assertTrue(all("the advance" in note for note in wizard.line_ids.mapped('note')))
            wizard.action_send()
        self.assertEqual(set(invoices.mapped('urssaf_state')), {'integrated'})

    def test_the_window_for_one(self):
        self.declare(12_000.0)
        with self.as_user() as env:
            wizard = env['account.move.send.wizard'].create({'move_id': self.invoice().id, 'extra_edis': ['urssaf']})
            alert = wizard.alerts['urssaf_warnings']
        self.assertEqual(alert['level'], 'warning')
        self.assertIn("the advance", alert['message'])

    def test_the_window_of_odoo_for_many(self):
        self.household.with_company(self.company).urssaf_always_propose = True
        invoices = self.invoice() | self.invoice()
        with self.as_user() as env:
            wizard = env['account.move.send.batch.wizard'].create({'move_ids': invoices.ids})
            self.assertNotIn('urssaf_ceilings', wizard.alerts or {})
        self.declare(12_000.0)
        with self.as_user() as env:
            wizard = env['account.move.send.batch.wizard'].create({'move_ids': invoices.ids})
            alert = wizard.alerts['urssaf_ceilings']
        self.assertEqual(alert['level'], 'warning')
        for invoice in invoices:
            self.assertIn(f"{invoice.name}: With this invoice", alert['message'])

    def test_one_query_for_all_rows(self):
        prepared, counts = [], []
        for name in ("Un Foyer", "Deux Foyer", "Trois Foyer", "Quatre Foyer"):
            partner = self.make_household(name, email=f'{name.split()[0].lower()}@example.com')
            self.declare(12_000.0, partner=partner)
            invoice = self.make_invoice(partner)
            self.activate(partner)
            prepared.append((invoice, self.payload(invoice)))
        for number in (1, 4):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self.env['account.move']._urssaf_ceiling_warnings(prepared[:number])
            counts.append(self.env.cr.sql_log_count - before)
            self.assertTrue(all(found))
        # What Odoo reads of more households is read together, too.
        self.assertLessEqual(counts[1], counts[0] + 1)

    # -- the customer's page --------------------------------------------------------------------------

    def test_the_page_tells_what_is_used(self):
        self.declare(1000.0, nature=self.garden)
        self.declare(500.0, nature=self.rest)
        with self.as_user() as env:
            text = self.household.with_env(env).urssaf_ceiling_text
        self.assertIn(f"{self.shown(500.0)} of {self.shown(6000.0)}", text)
        self.assertIn(f"{self.shown(1000.0)} of {self.shown(12000.0)}", text)
        self.assertIn(f"Gardening: {self.shown(1000.0)} of {self.shown(5000.0)}", text)
        self.assertNotIn("IT assistance", text)
        second = self.make_provider("Deuxième")
        user = self.make_user('deuxieme', 'account.group_account_invoice', company=second)
        with self.as_user(user, second) as env:
            text = self.household.with_env(env).urssaf_ceiling_text
        self.assertNotIn("Gardening", text)
        self.assertIn(f"{self.shown(0.0)} of {self.shown(6000.0)}", text)

    def test_what_is_known_of_the_household_is_erased_and_not_copied(self):
        self.household.write({'urssaf_has_disability': True, 'urssaf_ceiling_rank': 2})
        copy = self.household.copy()
        self.assertFalse(copy.urssaf_has_disability or copy.urssaf_ceiling_rank)
        self.household.action_urssaf_erase()
        self.assertFalse(self.household.urssaf_has_disability or self.household.urssaf_ceiling_rank)
