from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...tools.notification import notification
from ...urssaf.dates import today_in_paris

JOURNAL_CODE = 'AVIM'
# Claims on third parties that are neither customers nor suppliers; the chart's own 467 is a liability, hence a sub-account.
CLAIM_CODE = '4671'
MANAGERS = 'account.group_account_manager'
TRIALS = ('simulator', 'sandbox')


class ResCompany(models.Model):
    """How what URSSAF pays is booked: the journal, its claim account, the partner, from which day on."""

    _inherit = 'res.company'

    urssaf_journal_id = fields.Many2one(
        'account.journal',
        string="Journal of URSSAF's Transfers",
        domain="[('type', '=', 'bank')]",
        copy=False,
        index='btree_not_null',
        groups='base.group_user',
        help="Of type bank; the account of its payment methods holds what URSSAF owes.",
    )
    urssaf_partner_id = fields.Many2one(
        'res.partner',
        string="URSSAF as a Partner",
        copy=False,
        index='btree_not_null',
        groups='base.group_user',
        help="On whom the claim is booked.",
    )
    urssaf_register_payments = fields.Boolean(
        "Book URSSAF's transfers",
        copy=False,
        help="A payment for each request that URSSAF has paid, on its value date.",
    )
    urssaf_payments_from = fields.Date(
        "First Value Date",
        copy=False,
        help="Transfers before this day are not booked: you have registered them yourselves.",
    )
    urssaf_book_trials = fields.Boolean(
        "Book trials too",
        copy=False,
        help="What the simulator or URSSAF's test environment says is paid: no money comes.",
    )

    # -- setup ------------------------------------------------------------------------------------

    def action_urssaf_setup_money(self):
        """Make, or find again, what the bookings need; switches nothing on.

        :return: a notice
        :raises AccessError: for others than accounting managers
        :raises UserError: when the company has no chart of accounts, another currency than the euro, or when what was chosen
            cannot be used
        """
        self.ensure_one()
        owner = self._urssaf_owner()
        owner._urssaf_check_manager()
        owner._urssaf_setup_money()
        if blocker := owner._urssaf_money_blocker():
            raise UserError(blocker)
        return notification(
            self.env._(
                "Journal %(journal)s and account %(account)s are ready. Nothing is booked until you switch it on.",
                journal=owner.sudo().urssaf_journal_id.name,
                account=owner._urssaf_claim_account().with_company(owner.root_id).display_name,
            )
        )

    def _urssaf_check_manager(self):
        if not self.env.su and not self.env.user.has_group(MANAGERS):
            raise AccessError(self.env._("Only accounting administrators decide how URSSAF's transfers are booked."))
        if not self.env.su and not self <= self.env.companies:
            raise AccessError(self.env._("This company is not among yours."))

    def _urssaf_setup_money(self):
        """See ``action_urssaf_setup_money``. Finds its own work again."""
        self.ensure_one()
        company = self.sudo()
        if blocker := self._urssaf_currency_blocker():
            raise UserError(blocker)
        root = company.root_id
        if not company.urssaf_partner_id:
            company.urssaf_partner_id = self._urssaf_find_partner()
        if not company.urssaf_journal_id:
            company.urssaf_journal_id = self._urssaf_find_journal(root) or self._urssaf_make_journal(root)
        if not company.urssaf_payments_from:
            company.urssaf_payments_from = today_in_paris()

    def _urssaf_find_partner(self):
        """The partner URSSAF of another company of this database, or a new one."""
        known = self.env['res.company'].sudo().search([('urssaf_partner_id', '!=', False)]).urssaf_partner_id
        shared = known.filtered(lambda partner: not partner.company_id)[:1]
        return shared or self.env['res.partner'].sudo().create(
            {'name': "URSSAF", 'is_company': True, 'country_id': self.env.ref('base.fr').id}
        )

    def _urssaf_find_journal(self, root):
        """The journal that an earlier setup has made, if it can be used."""
        journal = (
            self.env['account.journal']
            .sudo()
            .search(
                [
                    *self.env['account.journal']._check_company_domain(root),
                    ('code', '=', JOURNAL_CODE),
                    ('type', '=', 'bank'),
                ],
                limit=1,
            )
        )
        return journal if journal._urssaf_claim_account() and journal._urssaf_method_line('outbound') else None

    def _urssaf_make_journal(self, root):
        """A journal of type bank whose payment methods have the claim account as outstanding account."""
        account = self._urssaf_make_account(root)
        methods = self.env['account.payment.method'].sudo()
        manual_in = methods.search([('code', '=', 'manual'), ('payment_type', '=', 'inbound')], limit=1)
        manual_out = methods.search([('code', '=', 'manual'), ('payment_type', '=', 'outbound')], limit=1)

        def line(name, method):
            values = {'name': name, 'payment_method_id': method.id, 'payment_account_id': account.id}
            return [Command.clear(), Command.create(values)]

        journals = self.env['account.journal'].sudo().with_company(root).with_context(active_test=False)
        taken = set(journals.search(journals._check_company_domain(root)).mapped('code'))
        code = next(
            code for code in (JOURNAL_CODE, *(f'AVI{number}' for number in range(1, 1000))) if code not in taken
        )
        return journals.create(
            {
                'name': self.env._("Avance immédiate Urssaf"),
                'code': code,
                'type': 'bank',
                'company_id': root.id,
                'sequence': 100,
                'inbound_payment_method_line_ids': line(self.env._("URSSAF: avance immédiate"), manual_in),
                'outbound_payment_method_line_ids': line(self.env._("Taken back by URSSAF"), manual_out),
            }
        )

    def _urssaf_make_account(self, root):
        """The claim account: the first free code from 4671… on, with as many digits as the chart's.

        :param root: the company that has the chart of accounts
        :raises UserError: when it has none
        """
        accounts = self.env['account.account'].sudo().with_company(root)
        some = accounts.search([*accounts._check_company_domain(root), ('account_type', '!=', 'off_balance')], limit=1)
        if not some:
            raise UserError(
                self.env._(
                    "%s has no chart of accounts: choose one in the settings of Invoicing (Accounting › Fiscal localization) "
                    "first.",
                    root.name,
                )
            )
        # The cache holds codes that are taken: with none, the first code counts, too.
        code = accounts._search_new_account_code(CLAIM_CODE.ljust(max(len(some.code or ''), 6), '0'), cache=set())
        return accounts.create(
            {
                'name': self.env._("URSSAF: avance immédiate to be received"),
                'code': code,
                'account_type': 'asset_current',
                'reconcile': True,
            }
        )

    # -- may it be booked? ------------------------------------------------------------------------

    def _urssaf_claim_account(self):
        """Where what URSSAF owes is booked now; may be empty.

        :rtype: account.account
        """
        self.ensure_one()
        return self.sudo().urssaf_journal_id._urssaf_claim_account()

    def _urssaf_currency_blocker(self):
        """As ``_urssaf_money_blocker``, of the currency alone."""
        company = self.sudo()
        if company.currency_id.name == 'EUR':
            return ''
        return self.env._("URSSAF pays in euros, and the books of %s are in another currency.", company.name)

    def _urssaf_money_blocker(self):
        """Why nothing can be booked, as a sentence that says what to mend; empty when it can be.

        :rtype: str
        """
        self.ensure_one()
        company = self.sudo()
        journal, account = company.urssaf_journal_id, self._urssaf_claim_account()
        if blocker := self._urssaf_currency_blocker():
            return blocker
        if not journal or not company.urssaf_partner_id:
            return self.env._("Set up the booking of URSSAF's transfers in the settings of Invoicing first.")
        if not journal.active or journal.type != 'bank' or journal.company_id not in company._origin.parent_ids:
            return self.env._(
                "Journal %s of URSSAF's transfers is archived, of another company, or not of type bank: choose another one in "
                "the settings of Invoicing.",
                journal.name,
            )
        if not account or not journal._urssaf_method_line('outbound'):
            return self.env._(
                "Journal %s has no account for what URSSAF owes: give it to its payment methods, incoming and outgoing.",
                journal.name,
            )
        if not account.company_ids & journal.company_id.parent_ids:
            return self.env._(
                "The account of what URSSAF owes is of another company: give the payment methods of journal %s one of its own "
                "company.",
                journal.name,
            )
        name = account.with_company(journal.company_id).display_name
        if not account.active or not account.reconcile:
            return self.env._(
                "Account %s of what URSSAF owes is archived, or does not allow reconciliation: activate it, and tick “Allow "
                "Reconciliation”.",
                name,
            )
        if account.account_type in ('asset_receivable', 'liability_payable', 'asset_cash'):
            return self.env._(
                "Account %s holds what customers owe, or money: what URSSAF owes needs an account of its own (current assets).",
                name,
            )
        if account == journal.default_account_id:
            return self.env._(
                "Account %s is the bank account of its journal, so that nobody would see that the transfer is missing: give the "
                "payment methods another one.",
                name,
            )
        return ''

    @api.constrains('urssaf_register_payments', 'urssaf_journal_id', 'urssaf_partner_id', 'urssaf_payments_from')
    def _check_urssaf_register_payments(self):
        for company in self.filtered('urssaf_register_payments'):
            if blocker := company._urssaf_money_blocker():
                raise UserError(blocker)
            if not company.urssaf_payments_from:
                raise UserError(self.env._("Enter the first value date from which URSSAF's transfers are booked."))

    def _urssaf_books(self, environment):
        """Whether transfers that are told in this environment are booked.

        :param str environment: a key of ``ENVIRONMENTS``
        :rtype: bool
        """
        self.ensure_one()
        company = self.sudo()
        return company.urssaf_register_payments and (environment == 'production' or company.urssaf_book_trials)

    @api.model
    def _urssaf_booking_domain(self):
        """The requests whose transfers are to be booked, as far as companies decide: their environment, from which day on.

        :rtype: Domain
        """
        companies = self.sudo().with_context(active_test=False).search([('urssaf_register_payments', '=', True)])
        return Domain.OR(
            Domain('company_id', '=', company.id)
            & (
                Domain('transfer_date', '>=', company.urssaf_payments_from)
                # A day that is not named yet is one since URSSAF has said that it pays.
                | Domain([('transfer_date', '=', False), ('state_since', '>=', company.urssaf_payments_from)])
            )
            & (Domain.TRUE if company.urssaf_book_trials else Domain('environment', 'not in', TRIALS))
            for company in companies
        )

    def _urssaf_open_day(self, day, journal):
        """The first day from this one on that no fiscal or hard lock covers, for an entry of this journal.

        Odoo would move the entry to today without a word, and leave the payment's own date where it was.

        :param date day: the value date
        :rtype: date
        """
        self.ensure_one()
        while locks := self._get_violated_lock_dates(day, False, journal):
            day = fields.Date.add(locks[-1][0], days=1)
        return day
