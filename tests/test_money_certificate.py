from datetime import date

from odoo.tests import tagged

from .common_money import MoneyCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMoneyCertificate(MoneyCommon):
    """What households have paid in a year, by type of service: the cases that were worked by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.urssaf_deposits_allowed = True
        cls.year = cls.today.year - 2
        cls.not_eligible = cls.env.ref('l10n_fr_avance_immediate.nature_270')
        cls.cash = cls.company_data['default_journal_cash']
        cls.cesu = cls.bank.copy()
        cls.cesu.name = "CESU préfinancé"
        for line in cls.cesu.inbound_payment_method_line_ids:
            line.payment_account_id = cls.cesu.default_account_id
        # The household has been a customer for years.
        registration = cls.household.with_company(cls.company).urssaf_registration_id
        registration.activated_at = f'{cls.year - 1}-01-01 10:00:00'
        cls.control(f'customers/{registration.customer_ref}/activate', {'at': f'{cls.year - 1}-01-01T10:00:00Z'})

    # -- making -----------------------------------------------------------------------------------

    def day(self, month, day=10, later=0):
        return date(self.year + later, month, day)

    def services(self, *amounts, kind='out_invoice', day=None, send=False, **values):
        """A posted document: (euros without tax, type of service) each."""
        document = self.make_invoice(
            lines=[(1, amount) for amount, _nature in amounts],
            post=False,
            move_type=kind,
            invoice_date=day or self.day(9),
            **values,
        )
        for line, (_amount, nature) in zip(document.invoice_line_ids, amounts, strict=True):
            line.urssaf_nature_id = nature
        document.action_post()
        if send:
            self.send(document)
            self.assertEqual(document.urssaf_state, 'integrated', document.urssaf_request_id.error_text)
        return document

    def paid_by_household(self, document, amount, day, journal=None):
        self.env['account.payment.register'].with_context(active_model='account.move', active_ids=document.ids).create(
            {'journal_id': (journal or self.bank).id, 'amount': amount, 'payment_date': day}
        )._create_payments()

    def rows(self, later=0):
        """The rows of a year; what always holds of them."""
        rows = self.company._urssaf_certificate_rows(self.year + later)
        for row in rows:
            self.assertEqual(row.day.year, self.year + later)
            self.assertAlmostEqual(sum(row.by_nature.values()), row.amount, 6, row)
        return rows

    def eligible(self, later=0, kinds=('urssaf', 'money', 'cesu', 'set_off')):
        """Euros of a year that count for the tax credit."""
        return round(
            sum(
                part
                for row in self.rows(later)
                if row.kind in kinds
                for nature, part in row.by_nature.items()
                if nature != self.not_eligible.id
            ),
            2,
        )

    def by_kind(self, later=0):
        found = {}
        for row in self.rows(later):
            found[row.kind] = round(found.get(row.kind, 0.0) + row.amount, 2)
        return {kind: amount for kind, amount in found.items() if amount}

    def doubled(self, later=0):
        return sorted(row.kind for row in self.rows(later) if row.is_double)

    def advanced(self, later=0):
        return round(sum(row.advanced for row in self.rows(later)), 2)

    # -- the eight cases --------------------------------------------------------------------------

    def test_paid_by_urssaf(self):
        invoice = self.services((1200.0, self.nature), send=True)
        self.pay(invoice.urssaf_request_id, day=self.day(9, 20))
        self.assertEqual((self.by_kind(), self.advanced()), ({'urssaf': 1200.0}, 600.0))
        (row,) = self.rows()
        self.assertEqual(
            (row.partner_id, row.move_id, row.day, row.by_nature),
            (self.household.id, invoice.id, self.day(9, 20), {self.nature.id: 1200.0}),
        )
        self.assertEqual(self.rows(1), [])

    def test_a_deposit(self):
        invoice = self.services((1200.0, self.nature))
        self.paid_by_household(invoice, 300.0, self.day(9, 10))
        self.send(invoice)
        self.pay(invoice.urssaf_request_id, day=self.day(9, 20))
        self.assertEqual((self.by_kind(), self.advanced()), ({'money': 300.0, 'urssaf': 900.0}, 600.0))

    def test_taken_back_then_paid(self):
        invoice = self.services((1200.0, self.nature), send=True)
        self.pay(invoice.urssaf_request_id, day=self.day(9, 20))
        self.take_back(invoice.urssaf_request_id, 600.0, self.day(11, 5))
        self.paid_by_household(invoice, 350.0, self.day(12))
        self.paid_by_household(invoice, 250.0, self.day(12), self.cash)
        self.assertEqual(self.by_kind(), {'urssaf': 600.0, 'money': 350.0, 'cash': 250.0})
        self.assertEqual((self.eligible(), self.advanced()), (950.0, 600.0))

    def test_a_bounced_debit_meets_a_credit_note(self):
        """The household's half was taken back: what of it paid a credit note back was no more the State's than the rest."""
        invoice = self.services((1200.0, self.nature), send=True)
        self.pay(invoice.urssaf_request_id, day=self.day(9, 20))
        note = invoice._reverse_moves([{'invoice_date': self.day(10), 'date': self.day(10)}])
        note.invoice_line_ids.price_unit = 300.0
        note.action_post()
        self.take_back(invoice.urssaf_request_id, 600.0, self.day(1, later=1))
        self.assertEqual((invoice.amount_residual, note.amount_residual), (300.0, 0.0))
        self.assertEqual((self.by_kind(), self.advanced()), ({'urssaf': 900.0}, 600.0))
        self.assertEqual((self.by_kind(1), self.advanced(1)), ({'urssaf': -300.0}, 0.0))

    def test_types_of_service_over_two_years(self):
        amounts = (500.0, self.nature), (300.0, self.other_nature), (400.0, self.not_eligible)
        invoice = self.services(*amounts)
        self.paid_by_household(invoice, 900.0, self.day(11))
        self.paid_by_household(invoice, 300.0, self.day(1, later=1))
        note = self.services((120.0, self.nature), kind='out_refund', day=self.day(11, 20))
        self.paid_by_household(note, 120.0, self.day(12))
        self.assertEqual((self.eligible(), self.eligible(1)), (480.0, 200.0))
        found = {}
        for row in self.rows():
            for nature, part in row.by_nature.items():
                found[nature] = found.get(nature, 0.0) + part
        self.assertEqual(found, {self.nature.id: 255.0, self.other_nature.id: 225.0, self.not_eligible.id: 300.0})

    def test_cesu_and_a_set_off(self):
        invoice = self.services((350.0, self.nature))
        self.paid_by_household(invoice, 200.0, self.day(10), self.cesu)
        self.paid_by_household(invoice, 150.0, self.day(10))
        note = self.services((100.0, self.nature), kind='out_refund', day=self.day(11))
        other = self.services((400.0, self.nature), day=self.day(11))
        (note + other)._urssaf_receivable_lines().reconcile()
        self.paid_by_household(other, 300.0, self.day(12))
        self.assertEqual((self.eligible(), self.by_kind()), (650.0, {'cesu': 200.0, 'money': 450.0}))
        self.assertEqual(sorted(row.amount for row in self.rows() if row.kind == 'set_off'), [-100.0, 100.0])

    def test_what_was_written_off_is_not_paid(self):
        """98 of 100, and the rest forgiven: the household has paid 98."""
        invoice = self.services((100.0, self.nature))
        window = self.env['account.payment.register'].with_context(active_model='account.move', active_ids=invoice.ids)
        window.create(
            {
                'journal_id': self.bank.id,
                'amount': 98.0,
                'payment_date': self.day(10),
                'payment_difference_handling': 'reconcile',
                'writeoff_account_id': self.company_data['default_account_expense'].id,
            }
        )._create_payments()
        self.assertEqual(invoice.payment_state, 'paid')
        (row,) = self.rows()
        self.assertEqual((row.amount, row.kind), (98.0, 'money'))

    def test_collected_twice(self):
        invoice = self.services((1200.0, self.nature), send=True)
        self.paid_by_household(invoice, 1000.0, self.day(9, 15))
        self.pay(invoice.urssaf_request_id, day=self.day(9, 20))
        transfer = self.transfers(invoice.urssaf_request_id)
        back = self.env['account.payment'].create(
            {
                'payment_type': 'outbound',
                'partner_type': 'customer',
                'partner_id': self.household.id,
                'journal_id': self.bank.id,
                'amount': 1000.0,
                'date': self.day(10),
            }
        )
        back.action_post()
        (transfer._urssaf_household_line() + back._urssaf_household_line()).reconcile()
        self.assertEqual((self.eligible(), self.by_kind()), (1200.0, {'money': 1000.0, 'urssaf': 200.0}))
        self.assertEqual(self.doubled(), ['money', 'urssaf'], "by means it is not what happened")

    def test_collected_twice_wholly(self):
        """All of URSSAF's money waits on the household's account; once it pays the invoice instead, nothing is doubled."""
        invoice = self.services((1200.0, self.nature), send=True)
        self.paid_by_household(invoice, 1200.0, self.day(9, 15))
        self.assertEqual(self.doubled(), [])
        self.pay(invoice.urssaf_request_id, day=self.day(9, 20))
        self.assertEqual((self.by_kind(), self.doubled()), ({'money': 1200.0}, ['money']))
        transfer = self.transfers(invoice.urssaf_request_id)
        invoice._urssaf_receivable_lines().remove_move_reconcile()
        (transfer._urssaf_household_line() + invoice._urssaf_receivable_lines()).reconcile()
        self.assertEqual((self.by_kind(), self.doubled()), ({'urssaf': 1200.0}, []))

    def test_collected_once(self):
        """A deposit, a take-back that the household then pays, and too much from URSSAF alone are no double collection."""
        deposit = self.services((1200.0, self.nature))
        self.paid_by_household(deposit, 300.0, self.day(9, 10))
        self.send(deposit)
        self.pay(deposit.urssaf_request_id, day=self.day(9, 20))
        back = self.services((1200.0, self.nature), send=True)
        self.pay(back.urssaf_request_id, day=self.day(9, 20))
        self.take_back(back.urssaf_request_id, 600.0, self.day(11, 5))
        self.paid_by_household(back, 600.0, self.day(12))
        more = self.services((1200.0, self.nature), send=True)
        self.pay(more.urssaf_request_id, amount=1205.0, day=self.day(9, 20))
        self.assertEqual(self.doubled(), [])

    def test_the_means_of_the_household_s_money(self):
        invoice = self.services((600.0, self.nature))
        self.bank.inbound_payment_method_line_ids[:1].urssaf_means = 'cheque'
        for journal in (self.bank, self.cesu, self.cash):
            self.paid_by_household(invoice, 200.0, self.day(10), journal)
        self.assertEqual(
            [(row.kind, row.means) for row in self.rows()],
            [('money', 'cheque'), ('cesu', 'cesu_prepaid'), ('cash', 'cash')],
        )
        self.cash.inbound_payment_method_line_ids.urssaf_means = 'aid'
        self.assertEqual(self.by_kind(), {'money': 200.0, 'cesu': 200.0, 'aid': 200.0})

    def test_taken_back_in_the_next_year(self):
        """The certificate of the year is made anew: less was paid in it than was said."""
        invoice = self.services((66.66, self.nature), (33.35, self.not_eligible), send=True)
        self.pay(invoice.urssaf_request_id, day=self.day(12, 20))
        self.assertEqual(self.eligible(), 66.66)
        self.take_back(invoice.urssaf_request_id, 50.01, self.day(1, later=1))
        self.assertEqual((self.eligible(), self.eligible(1)), (33.33, 0.0))

    def test_a_set_off_over_the_new_year(self):
        note = self.services((100.0, self.nature), kind='out_refund', day=self.day(12))
        other = self.services((400.0, self.nature), day=self.day(1, later=1))
        (note + other)._urssaf_receivable_lines().reconcile()
        self.paid_by_household(other, 300.0, self.day(1, 20, later=1))
        self.assertEqual((self.eligible(), self.eligible(1)), (0.0, 300.0))

    # -- and besides ------------------------------------------------------------------------------

    def test_cents_do_not_drift(self):
        """Sums that are rounded each by itself would add up to something else."""
        invoice = self.services((33.33, self.nature), (33.33, self.other_nature), (33.35, self.not_eligible))
        for number, amount in enumerate((0.01, 33.33, 16.67, 0.01, 49.99)):
            self.paid_by_household(invoice, amount, self.day(10, 1 + number))
        found = {}
        for row in self.rows():
            for nature, part in row.by_nature.items():
                found[nature] = round(found.get(nature, 0.0) + part, 2)
        self.assertEqual(found, {self.nature.id: 33.33, self.other_nature.id: 33.33, self.not_eligible.id: 33.35})

    def test_the_value_date_counts_not_the_day_of_the_entry(self):
        invoice = self.services((1200.0, self.nature), day=self.day(12), send=True)
        self.company.fiscalyear_lock_date = self.day(12, 31)
        self.pay(invoice.urssaf_request_id, day=self.day(12, 20))
        self.assertEqual(self.transfers(invoice.urssaf_request_id).date, self.day(1, 1, later=1))
        self.assertEqual((self.by_kind(), self.by_kind(1)), ({'urssaf': 1200.0}, {}))

    def test_companies_have_none(self):
        self.household.is_company = True
        invoice = self.services((100.0, self.nature))
        self.paid_by_household(invoice, 100.0, self.day(10))
        self.assertEqual(self.rows(), [])
