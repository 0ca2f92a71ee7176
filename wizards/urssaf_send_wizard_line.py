from odoo import api, fields, models

from ..models.request.account_move_send import BY_EMAIL


class UrssafSendWizardLine(models.TransientModel):
    """One invoice in the window: what will be declared, and what keeps it from leaving."""

    _name = 'urssaf.send.wizard.line'
    _description = "Invoice to Send to URSSAF"
    _order = 'is_ready, id'  # rows to correct first

    wizard_id = fields.Many2one('urssaf.send.wizard', required=True, ondelete='cascade')
    move_id = fields.Many2one('account.move', string="Invoice", required=True, ondelete='cascade')
    # Never in sudo: whoever names an invoice of another company here must not read it.
    partner_id = fields.Many2one(related='move_id.commercial_partner_id', related_sudo=False, string="Customer")
    currency_id = fields.Many2one(related='move_id.currency_id', related_sudo=False)
    amount = fields.Monetary(related='move_id.amount_total', related_sudo=False, string="Amount")
    nature_id = fields.Many2one(
        'urssaf.nature',
        string="Type of Service",
        compute='_compute_nature_id',
        store=True,
        readonly=False,
        compute_sudo=False,
    )
    date_start = fields.Date("From", compute='_compute_date_start', store=True, readonly=False, compute_sudo=False)
    date_end = fields.Date("Until", compute='_compute_date_end', store=True, readonly=False, compute_sudo=False)
    deposit_amount = fields.Monetary(
        "Deposit", compute='_compute_deposit_amount', store=True, readonly=False, compute_sudo=False
    )
    deposit_date = fields.Date(
        "Deposit Paid On", compute='_compute_deposit_date', store=True, readonly=False, compute_sudo=False
    )
    finding = fields.Text("Blocker", compute='_compute_finding', help="Empty when the invoice may leave.")
    note = fields.Text(
        "Note", compute='_compute_finding', help="What keeps the invoice here, or what to know about it."
    )
    is_ready = fields.Boolean("May Leave", compute='_compute_is_ready', store=True, compute_sudo=False)
    refusal = fields.Text("Why It Stays", readonly=True, help="What was raised when the request was to be made.")
    request_id = fields.Many2one('urssaf.payment.request', readonly=True)
    is_notified = fields.Boolean("Customer Told", readonly=True)

    # One compute method per field: with a shared one, giving one field at creation would leave the others empty.

    @api.depends('move_id')
    def _compute_nature_id(self):
        for line in self:
            line.nature_id = line.move_id._urssaf_main_nature()

    @api.depends('move_id')
    def _compute_date_start(self):
        for line in self:
            line.date_start = line.move_id._urssaf_default_period()[0]

    @api.depends('move_id')
    def _compute_date_end(self):
        for line in self:
            line.date_end = line.move_id._urssaf_default_period()[1]

    @api.depends('move_id')
    def _compute_deposit_amount(self):
        for line in self:
            line.deposit_amount = line.move_id._urssaf_default_deposit()[0]

    @api.depends('move_id')
    def _compute_deposit_date(self):
        for line in self:
            line.deposit_date = line.move_id._urssaf_default_deposit()[1]

    @api.depends('move_id', 'nature_id', 'date_start', 'date_end', 'deposit_amount', 'deposit_date', 'refusal')
    def _compute_finding(self):
        number_blockers = self.move_id._urssaf_number_blockers()
        # In the order in which they were chosen: the first with a number leaves, whatever stands on top.
        same_numbers = {
            wizard: wizard.line_ids.sorted(lambda line: line._origin.id).move_id._urssaf_same_numbers()
            for wizard in self.wizard_id
        }
        prepared = {line: line._prepare(number_blockers) for line in self}
        exceeded = self._ceiling_warnings(prepared)
        for line in self:
            _payload, errors, warnings, leaves_at = prepared[line]
            earlier = same_numbers.get(line.wizard_id, {}).get(line.move_id.id)
            if not errors and earlier:
                errors = [line.move_id._urssaf_number_sentence(earlier)]
            if not errors and line.refusal:
                errors = [line.refusal]
            warnings = warnings + exceeded.get(line, [])
            if leaves_at and not errors:
                warnings.insert(0, line.move_id._urssaf_leaves_sentence(line.date_end, leaves_at))
            line.finding = '\n'.join(errors)
            line.note = line.finding or '\n'.join(['✔', *warnings])

    def _prepare(self, number_blockers=None):
        """What would leave with what stands in this row: see ``_urssaf_prepare``.

        :param dict number_blockers: as in ``_urssaf_blocker``
        :rtype: tuple
        """
        self.ensure_one()
        return self.move_id._urssaf_prepare(
            self.nature_id, self.date_start, self.date_end, self.deposit_amount, self.deposit_date, number_blockers
        )

    def _ceiling_warnings(self, prepared):
        """Which yearly ceilings these rows exceed, on top of the rows above for the same household. One query for all.

        :param dict prepared: what ``_prepare`` gives, by row
        :return: sentences by row
        :rtype: dict
        """
        households = self.partner_id
        leaving = {}
        for line in self.wizard_id.line_ids | self:
            if line not in prepared and line.partner_id not in households:
                continue
            payload, errors, _warnings, _leaves_at = prepared.get(line) or line._prepare()
            leaving[line] = (line.move_id, payload if not errors else None)
        return dict(
            zip(leaving, self.env['account.move']._urssaf_ceiling_warnings(list(leaving.values())), strict=True)
        )

    @api.depends('finding')
    def _compute_is_ready(self):
        for line in self:
            line.is_ready = not line.finding

    def action_open_invoice(self):
        """Open the invoice beside this window, whose rows are kept.

        :return: an action
        """
        self.ensure_one()
        self.move_id.check_access('read')
        return {'type': 'ir.actions.act_url', 'url': f'/odoo/account.move/{self.move_id.id}', 'target': 'new'}

    def _has_left(self):
        """Whether this row has its request already, made by an earlier run of the same click."""
        self.ensure_one()
        request = self.sudo().request_id
        return bool(request) and request.move_id == self.move_id and request.state != 'withdrawn'

    def _apply_choices(self, moves):
        """Write on invoices what was chosen in their rows.

        :param moves: invoices of these rows
        """
        rows = {row.move_id: row for row in reversed(self)}
        names = ('nature_id', 'date_start', 'date_end', 'deposit_amount', 'deposit_date')
        for choices, some in moves.grouped(lambda move: tuple(rows[move][name] for name in names)).items():
            some._urssaf_apply_choices(*choices)

    def _notify_customers(self):
        """Send the invoice with our words, for what URSSAF has or will get: in the background, where Odoo makes the PDF, mails it
        and marks the invoice as sent.
        """
        lines = self.filtered(
            lambda row: row.request_id.is_live and row.move_id.partner_id.email and not row.is_notified
        )
        if not lines:
            return
        lines.is_notified = True
        lines.move_id.sending_data = {
            'author_user_id': self.env.user.id,
            'author_partner_id': self.env.user.partner_id.id,
            BY_EMAIL: True,
        }
        self.env.ref('account.ir_cron_account_move_send')._trigger()
