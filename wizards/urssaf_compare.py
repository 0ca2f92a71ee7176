from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..models.request.urssaf_payment_request_compare import ADOPTABLE_STATES
from ..urssaf.same import contradictions
from ..urssaf.statuses import request_status

GROUP = 'account.group_account_manager'


class UrssafCompare(models.TransientModel):
    """*Compare with URSSAF*: what URSSAF has and the books don't, and the other way round.

    After a backup was restored, or for who comes from another program. Nothing is changed but by a click on a row.
    """

    _name = 'urssaf.compare'
    _description = "Comparison With URSSAF"

    company_id = fields.Many2one(
        'res.company',
        required=True,
        readonly=True,
        default=lambda self: self.env.company._urssaf_owner(),
        ondelete='cascade',
    )
    date_from = fields.Date(
        "Invoices From",
        required=True,
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=-30),
        help="After a backup was restored: a few days before it was made.",
    )
    date_to = fields.Date("Until", required=True, default=fields.Date.context_today)
    line_ids = fields.One2many('urssaf.compare.line', 'compare_id', string="Differences", readonly=True)
    is_compared = fields.Boolean("Compared", readonly=True)
    sentence = fields.Text("What Was Found", readonly=True)

    def _check_rights(self):
        """:raises AccessError: for others than accounting managers of the company"""
        allowed = self.env.su or self.env.user.has_group(GROUP)
        if not allowed or not self.company_id <= self.env.companies:
            raise AccessError(self.env._("Only accounting managers of the company compare with URSSAF."))

    def action_compare(self):
        """Ask URSSAF what it has of invoices of these days (M070), and show what differs.

        :return: an action that opens this window again
        :raises AccessError: for others than accounting managers of the company
        :raises UserError: when the company is not set up, or the days are in the wrong order
        """
        self.ensure_one()
        self._check_rights()
        company = self.company_id
        company._urssaf_check_ready()
        if self.date_from > self.date_to:
            raise UserError(self.env._("The first day is after the last one."))
        requests = self.env['urssaf.payment.request'].sudo()
        found, partial, failure = requests._sync_since(company, self.date_from, self.date_to)
        rows = self._rows(found, partial, bool(failure))
        # Rows are the program's: nobody makes one that says what URSSAF has.
        self.sudo().write(
            {
                'line_ids': [Command.clear(), *(Command.create(row) for row in rows)],
                'is_compared': True,
                'sentence': self._conclusion(found, partial, failure, rows),
            }
        )
        return self._reopen()

    def _reopen(self):
        action = self._get_records_action(name=self.env._("Compare with URSSAF"), target='new')
        return {**action, 'views': [(False, 'form')], 'context': {'dialog_size': 'extra-large'}}

    def _conclusion(self, found, partial, failure, rows):
        """What the comparison came to, in the user's words; parameters as ``_sync_since`` returns them, and the rows."""
        parts = []
        if failure:
            explained = self.env['urssaf.error']._explain(failure)
            parts.append(self.env._("The comparison stopped on the way: %s Compare again later.", explained))
        parts.append(self.env._("URSSAF has %(there)s requests, %(rows)s differ.", there=len(found), rows=len(rows)))
        if partial:
            days = ', '.join(format_date(self.env, day) for day in partial[:10])
            parts.append(
                self.env._(
                    "Of %s URSSAF has more requests than it shows, or shows some that cannot be read: only the numbers of "
                    "invoices known here were asked for.",
                    days,
                )
            )
        return ' '.join(parts)

    # -- the rows -----------------------------------------------------------------------------------

    def _rows(self, found, partial, is_stopped):
        """The values of a row for each difference.

        :param dict found: ``urssaf.answers.RequestStatus`` by URSSAF's number
        :param list partial: days of which there may be more
        :param bool is_stopped: whether not all days were asked about: then nothing is called missing
        """
        here = self._requests_here()
        by_ref, by_number = here.grouped('request_ref'), here.grouped('name')
        rows = []
        for ref, item in found.items():
            request = by_ref.get(ref)
            row = (
                self._compared(request[:1], item)
                if request
                else self._unknown_here(by_number.get(item.number, here.browse())[-1:], item)
            )
            if row:
                rows.append(
                    {
                        'request_ref': ref,
                        'number': item.number,
                        'amount_there': float(item.total_ttc or 0.0),
                        'date_there': item.date_invoice,
                        'state_there': self._label_of(item),
                        **row,
                    }
                )
        return rows + ([] if is_stopped else self._missing_there(here, found, partial))

    def _requests_here(self):
        """All that was ever made for this company, the oldest first; what was sent is read of those that URSSAF names only."""
        company = self.company_id.sudo()
        return (
            self.env['urssaf.payment.request']
            .sudo()
            .search_fetch(
                [('company_id', '=', company.id), ('environment', '=', company.urssaf_environment)],
                ['name', 'request_ref', 'state', 'status_code', 'move_id'],
                order='id',
            )
        )

    def _label_of(self, item):
        """What URSSAF says of a request, in the words of the states here."""
        state = request_status(item.status_code).state
        labels = dict(self.env['urssaf.payment.request']._fields['state']._description_selection(self.env))
        return labels.get(state) or item.label or item.status_code

    def _compared(self, request, item):
        """The row of a request that both have: nothing when they agree."""
        row = {'request_id': request.id, 'move_id': request.move_id.id}
        facts = request._facts()
        if facts and contradictions(facts, item):
            return {**row, 'kind': 'facts'}
        if item.status_code != request.status_code:
            return {**row, 'kind': 'state'}
        return None

    def _unknown_here(self, request, item):
        """The row of a request that only URSSAF has: nothing when a person has marked its number already.

        :param urssaf.payment.request request: the latest of its number here; may be empty
        :param urssaf.answers.RequestStatus item: what URSSAF has
        """
        company = self.company_id
        used = self.env['urssaf.number'].sudo()
        marked = [
            ('company_id', '=', company.id),
            ('environment', '=', company.urssaf_environment),
            ('request_ref', '=', item.request_ref),
        ]
        if used.search_count(marked, limit=1):
            return None
        move = request.move_id or self._invoice_of(item)
        return {
            'kind': 'unsent' if request and request.state in ADOPTABLE_STATES else 'unknown',
            'request_id': request.id,
            'move_id': move.id,
            'blocker': request._take_over_blocker(move, item)
            if move
            else self.env._("No confirmed invoice here bears number %s.", item.number),
        }

    def _invoice_of(self, item):
        """The confirmed invoice that bears a number of URSSAF's; may be empty.

        :param urssaf.answers.RequestStatus item: what URSSAF has
        :rtype: account.move
        """
        served = [
            ('company_id', 'in', self.company_id._urssaf_served().ids),
            ('move_type', '=', 'out_invoice'),
            ('state', '=', 'posted'),
        ]
        moves = self.env['account.move']
        found = moves.search([*served, ('name', '=', item.number)], limit=1)
        if found or not item.date_invoice:
            return found
        # Numbers may be sent in another form than the invoice shows (`plain_invoice_numbers`).
        of_the_day = moves.search([*served, ('invoice_date', '=', item.date_invoice)])
        return of_the_day.filtered(lambda move: move._urssaf_number() == item.number)[:1]

    def _missing_there(self, here, found, partial):
        """The rows of requests that should be at URSSAF, and that it does not show."""
        return [
            {
                'kind': 'missing',
                'request_id': request.id,
                'move_id': request.move_id.id,
                'request_ref': request.request_ref,
                'number': request.name,
            }
            for request in here - here._of_other_contract()
            if request.request_ref
            and request.request_ref not in found
            and request.move_id.invoice_date
            and self.date_from <= request.move_id.invoice_date <= self.date_to
            and request.move_id.invoice_date not in partial
        ]


class UrssafCompareLine(models.TransientModel):
    """One difference, and what a person may do about it."""

    _name = 'urssaf.compare.line'
    _description = "Difference From URSSAF"
    _order = 'kind, number, id'

    compare_id = fields.Many2one('urssaf.compare', required=True, readonly=True, ondelete='cascade', index=True)
    company_id = fields.Many2one(related='compare_id.company_id')
    currency_id = fields.Many2one(related='company_id.currency_id')
    kind = fields.Selection(
        [
            ('unknown', "Only URSSAF has it"),
            ('unsent', "URSSAF has it, here it was not sent"),
            ('facts', "URSSAF has other values"),
            ('state', "Another status"),
            ('missing', "URSSAF does not show it"),
        ],
        string="Difference",
        required=True,
        readonly=True,
    )
    number = fields.Char("Invoice Number", readonly=True)
    request_ref = fields.Char("URSSAF Number", readonly=True)
    move_id = fields.Many2one('account.move', string="Invoice", readonly=True, ondelete='cascade')
    request_id = fields.Many2one('urssaf.payment.request', string="Request", readonly=True, ondelete='cascade')
    date_there = fields.Date("Invoice Date at URSSAF", readonly=True)
    amount_there = fields.Monetary("Amount at URSSAF", readonly=True)
    amount_here = fields.Monetary("Amount Here", related='move_id.amount_total')
    state_there = fields.Char("Status at URSSAF", readonly=True)
    state_here = fields.Selection(string="Status Here", related='request_id.state')
    blocker = fields.Char("Why It Is Not This Invoice", readonly=True)
    is_done = fields.Boolean("Done", readonly=True)

    def action_is_this(self):
        """It is the invoice of that number: its request is followed here from now on, and never sent again.

        :return: an action that opens this window again
        :raises AccessError: for others than accounting managers who may change the invoice
        :raises UserError: when there is no such invoice, or what URSSAF has is not it, with the reason
        """
        self.ensure_one()
        self.compare_id._check_rights()
        self.move_id._urssaf_check_rights()
        if self.blocker or not self.move_id or self.kind not in ('unknown', 'unsent'):
            raise UserError(self.blocker or self.env._("There is nothing to take over here."))
        request = self.env['urssaf.payment.request'].sudo()._take_over(self.move_id, self.request_ref)
        self.sudo().write({'is_done': True, 'request_id': request.id})
        return self.compare_id._reopen()

    def action_is_elsewhere(self):
        """Another program sent it: the number is never used for an invoice sent from here.

        :return: an action that opens this window again
        :raises AccessError: for others than accounting managers of the company
        :raises UserError: when the request was made here
        """
        self.ensure_one()
        self.compare_id._check_rights()
        if self.kind != 'unknown':
            raise UserError(self.env._("This request was made here."))
        company = self.company_id
        values = {
            'name': self.number,
            'request_ref': self.request_ref,
            'company_id': company.id,
            'environment': company.urssaf_environment,
        }
        used = self.env['urssaf.number'].sudo()
        if not used.search_count([(name, '=', value) for name, value in values.items()], limit=1):
            used.create(values)
        self.sudo().is_done = True
        return self.compare_id._reopen()

    def action_refresh(self):
        """Take over what URSSAF says of the request now.

        :return: an action that opens this window again
        :raises AccessError: for others than accounting managers who may change the invoice
        :raises UserError: when URSSAF cannot be asked
        """
        self.ensure_one()
        self.compare_id._check_rights()
        self.request_id.action_refresh()
        self.sudo().is_done = self.kind == 'state'
        return self.compare_id._reopen()
