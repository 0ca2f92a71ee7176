from odoo import fields

from .common import AvanceImmediateCommon


class MoneyCommon(AvanceImmediateCommon):
    """Bookings are switched on, services bear VAT due on payment, and URSSAF pays when it is told to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.action_urssaf_setup_money()
        cls.company.write(
            {'urssaf_register_payments': True, 'urssaf_payments_from': '2020-01-01', 'urssaf_book_trials': True}
        )
        cls.journal = cls.company.urssaf_journal_id
        cls.claim = cls.company._urssaf_claim_account()
        cls.bank = cls.company_data['default_journal_bank']
        template = cls.env['account.chart.template'].with_company(cls.company)
        cls.vat = template.ref('tva_normale_encaissement')
        cls.manager = cls.make_user('responsable', 'account.group_account_manager')
        cls.accountant = cls.make_user('comptable', 'account.group_account_user')

    # -- the story ----------------------------------------------------------------------------------

    @classmethod
    def days_ago(cls, days):
        return fields.Date.subtract(cls.day_in_paris(), days=days)

    def sent(self, amount=1000.0, tax=True, **values):
        """An invoice that URSSAF has: ``amount`` without tax; its request."""
        invoice = self.make_invoice(lines=((1, amount),), post=False, **values)
        if tax:
            invoice.invoice_line_ids.tax_ids = self.vat
        invoice.action_post()
        return self.send(invoice)

    def pay(self, request, amount=None, day=None, code='70'):
        """URSSAF says that it has paid, and is asked."""
        values = {'code': code, 'date': f'{day or self.days_ago(5)}T00:00:00Z'}
        if amount is not None:
            values['amount'] = amount
        self.control(f'requests/{request.request_ref}/set_status', values)
        self.refresh(request)

    def paid_to_a_branch(self):
        """A branch under the contract of its parent, and a request of it that URSSAF has paid."""
        branch = self.env['res.company'].create({'name': "Agence", 'parent_id': self.company.id})
        self.env.cr.precommit.run()
        self.env.user.company_ids |= branch
        user = self.make_user('agence', 'account.group_account_invoice', company=branch)
        request = self.send(self.make_invoice(company=branch), user, branch)
        self.control(
            f'requests/{request.request_ref}/set_status', {'code': '70', 'date': f'{self.days_ago(3)}T00:00:00Z'}
        )
        with self.as_user(user, branch) as env:
            request.with_env(env).action_refresh()
        self.env.invalidate_all()
        return branch, request

    def refresh(self, request, user=None):
        with self.as_user(user) as env:
            request.with_env(env).action_refresh()
        self.env.invalidate_all()

    def take_back(self, request, amount, day=None, user=None):
        with self.as_user(user) as env:
            wizard = env['urssaf.take.back'].create(
                {'request_id': request.id, 'amount': amount, 'date': day or self.days_ago(1)}
            )
            wizard.action_confirm()
        self.env.invalidate_all()
        return request.payment_ids.sorted('id')[-1]

    def refund(self, request, amount, day):
        """The household gets back what was paid twice; the accountant matches that with URSSAF's transfer.

        :rtype: account.payment
        """
        transfer = self.transfers(request)
        payment = self.env['account.payment'].create(
            {
                'payment_type': 'outbound',
                'partner_type': 'customer',
                'partner_id': request.partner_id.id,
                'amount': amount,
                'date': day,
                'journal_id': self.bank.id,
                'payment_method_line_id': self.bank.outbound_payment_method_line_ids[:1].id,
                'destination_account_id': transfer.destination_account_id.id,
            }
        )
        payment.action_post()
        (payment._urssaf_household_line() + transfer._urssaf_household_line()).reconcile()
        return payment

    def bank_line(self, amount, day=None, journal=None, label="VIR URSSAF"):
        return self.env['account.bank.statement.line'].create(
            {
                'journal_id': (journal or self.bank).id,
                'date': day or self.days_ago(4),
                'amount': amount,
                'payment_ref': label,
            }
        )

    # -- what the books say -------------------------------------------------------------------------

    def balance(self, account, **where):
        """The balance of an account (or of several) in posted entries."""
        domain = [('account_id', 'in', account.ids), ('parent_state', '=', 'posted')]
        domain += [(name, '=', value) for name, value in where.items()]
        lines = self.env['account.move.line'].search(domain)
        return self.company.currency_id.round(sum(lines.mapped('balance')))

    def vat_on(self, day=None, until=None):
        """Tax collected (as a positive amount), on a day, or until one."""
        account = self.vat.invoice_repartition_line_ids.account_id
        domain = [('account_id', '=', account.id), ('parent_state', '=', 'posted')]
        if day:
            domain.append(('date', '=', day))
        if until:
            domain.append(('date', '<=', until))
        return self.company.currency_id.round(-sum(self.env['account.move.line'].search(domain).mapped('balance')))

    def vat_by_day(self):
        account = self.vat.invoice_repartition_line_ids.account_id
        found = {}
        for line in self.env['account.move.line'].search(
            [('account_id', '=', account.id), ('parent_state', '=', 'posted')]
        ):
            found[line.date] = self.company.currency_id.round(found.get(line.date, 0.0) - line.balance)
        return {day: amount for day, amount in found.items() if amount}

    def transfers(self, request):
        return request.payment_ids.filtered(lambda payment: payment.urssaf_kind == 'transfer')
