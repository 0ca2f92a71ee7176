from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools.euros import CENT

# Who may match a bank line: in Odoo, those who may write one.
BANK_MODEL = 'account.bank.statement.line'
NEAR_DAYS = 10
# How many bank lines near the day are looked at, besides those of just the amount.
LOOKED_AT = 200
GAPS = [
    ('owed', "Still to come: the rest stays open with URSSAF"),
    ('rounding', "A difference of cents"),
    ('contributions', "Kept by URSSAF against contributions due"),
    ('open', "Left open on the bank line"),
]
CENTS = 1.0
CONTRIBUTIONS_CODE = '431'


class UrssafTransfer(models.Model):
    """One line of the bank statement to come: what URSSAF transfers to a company on one day, or takes back.

    URSSAF groups the requests of a day into one transfer. What is expected stands in the payments, what has come in their
    claims: nothing is kept twice.
    """

    _name = 'urssaf.transfer'
    _description = "Transfer by URSSAF"
    _order = 'value_date desc, id desc'

    name = fields.Char("Transfer", compute='_compute_name')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    value_date = fields.Date("Value Date", required=True, readonly=True)
    kind = fields.Selection(
        [('transfer', "Transfer"), ('taken_back', "Taken back")], required=True, readonly=True, default='transfer'
    )
    payment_ids = fields.One2many('account.payment', 'urssaf_transfer_id', string="Payments", readonly=True)
    request_count = fields.Integer("Requests", compute='_compute_amounts', compute_sudo=True)
    amount_expected = fields.Monetary("Expected", compute='_compute_amounts', compute_sudo=True)
    amount_received = fields.Monetary(
        "Received",
        compute='_compute_amounts',
        compute_sudo=True,
        help="What was matched with bank lines, differences that were explained included.",
    )
    amount_open = fields.Monetary("Still Open", compute='_compute_amounts', compute_sudo=True)
    is_open = fields.Boolean("Is Open", compute='_compute_amounts', search='_search_is_open', compute_sudo=True)
    candidate_ids = fields.Many2many(
        BANK_MODEL, string="Bank Lines That May Be It", compute='_compute_candidate_ids', compute_sudo=True
    )

    _unique_day = models.Constraint(
        'UNIQUE (company_id, value_date, kind)', "There is one transfer for a company, a day and a kind."
    )

    @api.depends('value_date', 'kind')
    @api.depends_context('lang')
    def _compute_name(self):
        for transfer in self:
            day = format_date(self.env, transfer.value_date)
            transfer.name = (
                self.env._("URSSAF, %s", day)
                if transfer.kind == 'transfer'
                else self.env._("Taken back by URSSAF, %s", day)
            )

    def _claims(self):
        """The booked claims of these transfers, in sudo.

        :rtype: account.move.line
        """
        # Searched: `payment_ids`, once read by a user, holds what that user may see, also in sudo.
        payments = self.env['account.payment'].sudo().search([('urssaf_transfer_id', 'in', self.ids)])
        claims = self.env['account.move.line'].sudo()
        return claims.union(*(payment._urssaf_claim_line() for payment in payments._urssaf_booked()))

    @api.depends('payment_ids.state', 'payment_ids.amount', 'payment_ids.move_id.line_ids.amount_residual')
    def _compute_amounts(self):
        of_transfer = self._claims().grouped('urssaf_transfer_id')
        for transfer in self:
            claims = of_transfer.get(transfer, self.env['account.move.line'])
            transfer.request_count = len(claims.payment_id.urssaf_request_id)
            transfer.amount_expected = sum(claims.mapped('balance'))
            transfer.amount_open = sum(claims.mapped('amount_residual'))
            transfer.amount_received = transfer.amount_expected - transfer.amount_open
            transfer.is_open = any(not claim.reconciled for claim in claims)

    def _search_is_open(self, operator, value):
        if operator != 'in':
            return NotImplemented
        accounts = self.env['account.payment'].sudo()._urssaf_claim_accounts()
        claims = (
            self.env['account.move.line']
            .sudo()
            ._search([('account_id', 'in', accounts.ids), ('reconciled', '=', False), ('parent_state', '=', 'posted')])
        )
        return Domain('payment_ids.move_id.line_ids', 'in', claims)

    @api.model
    def _of(self, company, value_date, kind):
        """The transfer of a day, made where it is not there yet.

        Two workers may book the first payments of a day at once: one of them makes it, the other's transaction is run again.

        :param res.company company: the provider
        :param date value_date: in Paris
        :param str kind: ``transfer`` or ``taken_back``
        :raises psycopg2.errors.SerializationFailure: when another worker has just made it
        """
        key = [('company_id', '=', company.id), ('value_date', '=', value_date), ('kind', '=', kind)]
        transfers = self.sudo()
        if found := transfers.search(key):
            return found
        self.env.cr.execute(
            SQL(
                "INSERT INTO urssaf_transfer (company_id, value_date, kind, create_uid, write_uid, create_date, write_date) "
                "VALUES (%s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC') ON CONFLICT DO NOTHING",
                company.id,
                value_date,
                kind,
                self.env.uid,
                self.env.uid,
            )
        )
        return transfers.search(key)

    # -- the bank line ----------------------------------------------------------------------------

    @api.depends('value_date', 'payment_ids.move_id.line_ids.amount_residual')
    def _compute_candidate_ids(self):
        for transfer in self:
            transfer.candidate_ids = transfer._find_candidates() if transfer.is_open else False

    def _bank_companies(self):
        """Whose bank lines may be this transfer: the provider's, those of the branches that it serves, and the root's.

        :return: in sudo
        """
        served = self.company_id.sudo()._urssaf_served()
        return served | served.root_id

    def _find_candidates(self, days=NEAR_DAYS):
        """Bank lines near the value date of which something is not matched: those of just the amount first, then the nearest.

        :param int days: how far from the value date
        :rtype: account.bank.statement.line
        """
        self.ensure_one()
        around = max(days or 0, 0)
        wanted, day = self.amount_open, self.value_date
        lines = self.env[BANK_MODEL].sudo()
        near = [
            ('company_id', 'in', self._bank_companies().ids),
            ('is_reconciled', '=', False),
            ('currency_id', '=', self.currency_id.id),
            ('move_id.state', '=', 'posted'),
            # What is not matched yet, with the sign opposite to that of the bank line's amount.
            ('amount_residual', '<' if wanted > 0 else '>', 0),
            ('date', '>=', fields.Date.subtract(day, days=around)),
            ('date', '<=', fields.Date.add(day, days=around)),
        ]
        # Where nobody matches bank lines otherwise there are more than one reads: those of just the amount in any case.
        just = [('amount_residual', '>', -wanted - CENT / 2), ('amount_residual', '<', -wanted + CENT / 2)]
        found = lines.search(near + just, limit=20) | lines.search(near, limit=LOOKED_AT)
        left = {line: line._urssaf_open_amount() for line in found}
        return found.sorted(
            lambda line: (
                self.currency_id.compare_amounts(left[line], wanted) != 0,
                abs(left[line] - wanted),
                abs((line.date - day).days),
                line.id,
            )
        )[:20]

    def _check_rights(self):
        """:raises AccessError: for who may not match bank lines, or has no access to the company"""
        if self.env.su:
            return
        if not self.env[BANK_MODEL].has_access('write'):
            raise AccessError(self.env._("Only accountants match bank lines."))
        if not self.company_id <= self.env.companies:
            raise AccessError(self.env._("This transfer is of another company."))

    def _check_line(self, line):
        """Why a bank line cannot be this transfer.

        :param account.bank.statement.line line: in sudo
        :raises UserError: saying why
        """
        if line.company_id not in self._bank_companies():
            raise UserError(self.env._("This bank line is of another company."))
        if line.currency_id != self.currency_id or line.foreign_currency_id:
            raise UserError(self.env._("This bank line is in another currency."))
        if line.move_id.state != 'posted':
            raise UserError(self.env._("The entry of this bank line is not posted: post it first."))
        left, (_liquidity, suspense, _other) = line._urssaf_open_amount(), line._seek_for_lines()
        is_matched = suspense.matched_debit_ids | suspense.matched_credit_ids
        if line.is_reconciled or is_matched or self.currency_id.is_zero(left):
            raise UserError(self.env._("This bank line is matched already: undo that first."))
        if not self._claims().filtered(lambda claim: not claim.reconciled):
            raise UserError(self.env._("Everything of this transfer is matched with the bank already."))
        if (left > 0) != (self.amount_open > 0):
            raise UserError(self.env._("The bank line goes the other way: money in for money out."))

    def action_match(self, statement_line, gap=None):
        """Match the open claims of this transfer with a bank line, or with what is left of one that is matched in part.

        :param statement_line: record or id of ``account.bank.statement.line``
        :param str gap: what the difference is, a key of ``GAPS``; needed when there is one
        :return: True
        :raises AccessError: for who may not match bank lines
        :raises UserError: when the line cannot be it, or the gap is not explained
        """
        self.ensure_one()
        self._check_rights()
        line_id = statement_line if isinstance(statement_line, int) else statement_line.id
        line = self.env[BANK_MODEL].sudo().browse(line_id).exists()
        line.lock_for_update(allow_referencing=True)
        self.sudo().lock_for_update(allow_referencing=True)
        self._check_line(line)
        claims = self._claims().filtered(lambda claim: not claim.reconciled).sorted('id')
        money = line._urssaf_open_amount()
        difference = self.currency_id.round(money - sum(claims.mapped('amount_residual')))
        if difference and gap not in dict(GAPS):
            raise UserError(
                self.env._(
                    "The bank line is of %(bank)s, and %(open)s is open: a difference of %(gap)s. Say what it is.",
                    bank=self.currency_id.format(money),
                    open=self.currency_id.format(self.amount_open),
                    gap=self.currency_id.format(difference),
                )
            )
        shares = {claim: claim.amount_residual for claim in claims}
        if difference and gap == 'owed':
            if (difference > 0) == (money > 0):
                raise UserError(
                    self.env._(
                        "The bank line has %s more than is open: choose another reason for the difference, such as “Left open on the "
                        "bank line”.",
                        self.currency_id.format(abs(difference)),
                    )
                )
            shares, difference = self._share(claims, money), 0.0
        self._match(line, shares, difference, gap)
        return True

    def _share(self, claims, money):
        """How much of too little money each claim gets: the one of just that amount, else in turn, as long as there is some.

        :param account.move.line claims: the open ones
        :param float money: euros, of the sign of the claims
        :rtype: dict[account.move.line, float]
        """
        just = claims.filtered(lambda claim: not self.currency_id.compare_amounts(claim.amount_residual, money))[:1]
        shares = {}
        for claim in just | claims:
            if self.currency_id.is_zero(money):
                break
            share = min(claim.amount_residual, money, key=abs)
            shares[claim] = share
            money = self.currency_id.round(money - share)
        return shares

    def _match(self, line, shares, difference, gap):
        """Replace what is not known of the bank line by one line for each claim, and match both. What somebody has said of
        another part of the bank line stays.

        :param account.bank.statement.line line: in sudo
        :param dict shares: euros by claim
        :param float difference: what the bank line has more, euros
        :param str gap: what that is
        """
        _liquidity, suspense, _other = line._seek_for_lines()
        rows = [
            {
                'name': claim.name,
                'account_id': claim.account_id.id,
                'partner_id': claim.partner_id.id,
                'currency_id': self.currency_id.id,
                'balance': -share,
                'amount_currency': -share,
            }
            for claim, share in shares.items()
        ]
        if difference:
            rows.append(self._gap_row(line, suspense, difference, gap))
        if 'reconcile_data' in line._fields:
            # The draft that OCA's widget for bank lines may hold of this one.
            line.write({'reconcile_data': False, 'reconcile_mode': 'edit'})
        before = line.line_ids
        line.with_context(force_delete=True, skip_readonly_check=True).write(
            {
                'checked': True,
                'line_ids': [
                    *(Command.delete(row.id) for row in suspense),
                    *(Command.create(row) for row in rows),
                ],
            }
        )
        new = (line.line_ids - before).sorted('id')[: len(shares)]
        self.env['account.move.line'].sudo()._reconcile_plan(
            [claim + row for claim, row in zip(shares, new, strict=True)]
        )

    def _gap_row(self, line, suspense, difference, gap):
        """The line for a difference, by what it is said to be.

        :param account.bank.statement.line line: in sudo
        :param suspense: its journal items on the suspense account
        :param float difference: what the bank line has more, euros
        :param str gap: what that is
        :raises UserError: when its account cannot be found
        """
        company = line.company_id.sudo()
        if gap == 'open':
            account, label = suspense.account_id[:1] or line.journal_id.suspense_account_id, line.payment_ref
        elif gap == 'rounding':
            if abs(difference) > CENTS:
                raise UserError(
                    self.env._("%s is more than a difference of cents.", self.currency_id.format(abs(difference)))
                )
            loss, gain = (
                company.l10n_fr_rounding_difference_loss_account_id,
                company.l10n_fr_rounding_difference_profit_account_id,
            )
            account, label = (gain if difference > 0 else loss), self.env._("Difference with URSSAF's transfer")
        else:
            accounts = self.env['account.account'].sudo().with_company(company)
            account = accounts.search(
                [*accounts._check_company_domain(company), ('code', '=like', f'{CONTRIBUTIONS_CODE}%')],
                order='code',
                limit=1,
            )
            label = self.env._("Contributions kept by URSSAF")
        if not account:
            raise UserError(
                self.env._("%s has no account for such a difference: leave it open on the bank line.", company.name)
            )
        return {
            'name': label,
            'account_id': account.id,
            'partner_id': self.company_id.sudo().urssaf_partner_id.id,
            'currency_id': self.currency_id.id,
            'balance': -difference,
            'amount_currency': -difference,
        }

    def _bank_lines(self):
        """The bank lines matched with this transfer, in sudo."""
        partials = self._claims().matched_debit_ids | self._claims().matched_credit_ids
        return (partials.debit_move_id | partials.credit_move_id).statement_line_id

    def action_open_match(self):
        """Open the window in which a person says which bank line it is.

        :return: the action of the window
        :raises AccessError: for who may not match bank lines
        """
        self.ensure_one()
        self._check_rights()
        wizard = self.env['urssaf.transfer.match'].create({'transfer_id': self.id})
        return wizard._get_records_action(name=self.env._("Match with the bank"), target='new')

    def action_undo(self):
        """Open the match with the bank again.

        :raises AccessError: for who may not match bank lines
        """
        self.ensure_one()
        self._check_rights()
        claims = self._claims()
        if not claims.matched_debit_ids | claims.matched_credit_ids:
            raise UserError(self.env._("Nothing of this transfer is matched with the bank."))
        self._bank_lines().action_undo_reconciliation()
        claims.remove_move_reconcile()  # what was matched with another entry than a bank line's
        return True

    def action_view_requests(self):
        """The requests that this transfer pays, as a list."""
        self.ensure_one()
        return self.payment_ids.urssaf_request_id._get_records_action(name=self.env._("Requests"))
