from odoo import api, fields, models


class UrssafSendWizardLine(models.TransientModel):
    """One invoice in the window: what will be declared, and what keeps it from leaving."""

    _name = 'urssaf.send.wizard.line'
    _description = "Invoice to Send to URSSAF"

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
        same_numbers = {wizard: wizard.line_ids.move_id._urssaf_same_numbers() for wizard in self.wizard_id}
        for line in self:
            _payload, errors, warnings, leaves_at = line.move_id._urssaf_prepare(
                line.nature_id,
                line.date_start,
                line.date_end,
                line.deposit_amount,
                line.deposit_date,
                number_blockers,
            )
            earlier = same_numbers.get(line.wizard_id, {}).get(line.move_id.id)
            if not errors and earlier:
                errors = [line.move_id._urssaf_number_sentence(earlier)]
            if not errors and line.refusal:
                errors = [line.refusal]
            if leaves_at and not errors:
                warnings.insert(0, line.move_id._urssaf_leaves_sentence(line.date_end, leaves_at))
            line.finding = '\n'.join(errors)
            line.note = line.finding or '\n'.join(['✔', *warnings])

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
        """Mail our template, in the background queue, for what URSSAF has or will get."""
        template = self.env.ref('l10n_fr_avance_immediate.mail_template_invoice_urssaf')
        for line in self.filtered(
            lambda row: row.request_id.is_live and row.move_id.partner_id.email and not row.is_notified
        ):
            line.is_notified = True
            line.move_id.message_post_with_source(
                template,
                message_type='comment',
                subtype_xmlid='mail.mt_comment',
                partner_ids=line.move_id.partner_id.ids,
            )
