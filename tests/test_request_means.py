from odoo.tests import Form, tagged

from ..models.request.account_payment_method_line import DEPOSIT_MEANS
from .common import AvanceImmediateCommon

# As people name a journal and a method: (type of the journal, journal, method, what it is).
NAMES = (
    ('bank', "Banque", "Manuel", 'transfer'),
    ('bank', "Banque", "Virement SEPA", 'transfer'),
    ('bank', "Banque", "Prélèvement SEPA", 'debit'),
    ('bank', "Banque", "Direct Debit", 'debit'),
    ('bank', "Banque", "Carte bancaire", 'card'),
    ('bank', "Terminal CB", "Manuel", 'card'),
    ('bank', "Terminal CB", "Chèque", 'cheque'),
    ('bank', "Banque", "Chèques", 'cheque'),
    ('bank', "Banque", "Checks", 'cheque'),
    ('bank', "Chèques à remettre", "Manuel", 'cheque'),
    ('bank', "CESU", "Manuel", 'cesu'),
    ('bank', "Banque", "Chèque emploi service", 'cesu'),
    ('bank', "Banque", "Chèques emploi-service universels préfinancés", 'cesu_prepaid'),
    ('bank', "CESU préfinancé", "Manuel", 'cesu_prepaid'),
    ('bank', "Pré-payé (e-CESU)", "Manuel", 'cesu_prepaid'),
    ('cash', "Caisse", "CESU", 'cesu'),
    ('cash', "Caisse", "Manuel", 'cash'),
    ('cash', "Caisse", "Chèque", 'cash'),
    ('bank', "Banque", "Espèces", 'cash'),
    ('bank', "APA du département", "Manuel", 'aid'),
    ('bank', "Banque", "PCH", 'aid'),
    # Words that only look like one.
    ('bank', "Aide à domicile – Crédit agricole", "Manuel", 'transfer'),
    ('bank', "Encaissements", "Manuel", 'transfer'),
    ('bank', "Capacité", "Scarto", 'transfer'),
)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestMeansOfPayment(AvanceImmediateCommon):
    """How money comes: guessed from the names of journal and method, corrected by who knows it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.urssaf_deposits_allowed = True
        cls.bank = cls.company_data['default_journal_bank']
        cls.cash = cls.company_data['default_journal_cash']
        cls.boss = cls.make_user('patron', 'account.group_account_manager')

    def pay(self, journal, method=None):
        invoice = self.make_invoice(lines=((4, 25.0),))
        method = method or journal.inbound_payment_method_line_ids[:1]
        self.env['account.payment.register'].with_context(active_model='account.move', active_ids=invoice.ids).create(
            {'amount': 20.0, 'journal_id': journal.id, 'payment_method_line_id': method.id}
        )._create_payments()
        return invoice

    def refused(self, invoice):
        return "URSSAF takes for no deposit" in invoice._urssaf_settled_blocker()

    def test_guessed_from_the_names(self):
        for kind, journal_name, method_name, means in NAMES:
            with self.subTest(journal=journal_name, method=method_name):
                journal = self.cash if kind == 'cash' else self.bank
                journal.name = journal_name
                line = journal.inbound_payment_method_line_ids[:1]
                line.name = method_name
                self.assertEqual(line.urssaf_means, means)

    def test_a_name_in_another_language(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.bank.with_context(lang='fr_FR').name = "CESU préfinancé"
        self.bank.with_context(lang='en_US').name = "Vouchers"
        for lang in ('fr_FR', 'en_US'):
            self.env.invalidate_all()
            line = self.bank.inbound_payment_method_line_ids[:1].with_context(lang=lang)
            self.assertEqual(line.urssaf_means, 'cesu_prepaid', lang)

    def test_what_is_chosen_holds(self):
        """In the form of the journal; what was guessed goes on being guessed."""
        with Form(self.bank.with_user(self.boss)) as form:
            with form.inbound_payment_method_line_ids.edit(0) as line:
                line.urssaf_means = 'cesu'
            with form.inbound_payment_method_line_ids.new() as line:
                line.payment_method_id = self.env.ref('account.account_payment_method_manual_in')
                line.name = "Carte"
        ways = self.bank.inbound_payment_method_line_ids.sorted('id')
        chosen, guessed = ways[0], ways[-1]
        self.assertEqual((chosen.urssaf_means, guessed.urssaf_means), ('cesu', 'card'))
        guessed.name, chosen.name = "Chèque", "Virement"
        self.assertEqual((chosen.urssaf_means, guessed.urssaf_means), ('cesu', 'cheque'))
        self.assertTrue(self.refused(self.pay(self.bank, chosen)))
        self.assertFalse(self.refused(self.pay(self.bank, guessed)))
        chosen.urssaf_means = 'transfer'
        self.assertFalse(chosen.urssaf_means_chosen, "as guessed")
        self.assertFalse(self.refused(self.pay(self.bank, chosen)))

    def test_what_is_no_deposit_is_named(self):
        for means, name in (('cash', "Cash"), ('cesu_prepaid', "Pre-funded CESU"), ('aid', "Aid (APA, PCH…)")):
            self.bank.inbound_payment_method_line_ids[:1].urssaf_means = means
            invoice = self.pay(self.bank)
            self.assertIn(f"no deposit ({name})", invoice._urssaf_settled_blocker())
        for means in DEPOSIT_MEANS:
            self.bank.inbound_payment_method_line_ids[:1].urssaf_means = means
            self.assertFalse(self.refused(self.pay(self.bank)), means)

    def test_a_method_that_was_taken_from_its_journal(self):
        """Payments keep it; what they are is seen from their journal."""
        line = self.cash.inbound_payment_method_line_ids[:1].copy({'name': "Main à main"})
        invoice = self.pay(self.cash, line)
        line.unlink()
        self.assertTrue(line.exists() and not line.journal_id)
        self.assertTrue(self.refused(invoice))

    def test_a_bank_line_without_a_payment(self):
        """Is what all ways into its journal are."""
        self.assertEqual((self.bank._urssaf_means(), self.cash._urssaf_means()), ('transfer', 'cash'))
        first = self.bank.inbound_payment_method_line_ids[:1]
        first.urssaf_means = 'cheque'
        other = first.copy({'name': "Virement", 'urssaf_means_chosen': False})
        self.assertEqual(self.bank._urssaf_means(), 'transfer')
        other.unlink()
        self.bank.invalidate_recordset()
        self.assertEqual(self.bank._urssaf_means(), 'cheque')
