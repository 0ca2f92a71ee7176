from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.notification import CLOSE, notification
from ..tools.sentence import filled_in
from .urssaf_send_wizard_words import RESULTS

# More than this leaves in the background: nobody waits in front of a window for more than four calls of ten.
SUBMIT_NOW = 40


class UrssafSendWizard(models.TransientModel):
    """One or many invoices to URSSAF: checked row by row before anything leaves (SCREENS §5)."""

    _name = 'urssaf.send.wizard'
    _description = "Send Invoices to URSSAF"

    line_ids = fields.One2many('urssaf.send.wizard.line', 'wizard_id', string="Invoices")
    company_id = fields.Many2one('res.company', compute='_compute_summary')
    currency_id = fields.Many2one(related='company_id.currency_id')
    ready_count = fields.Integer("Ready", compute='_compute_summary')
    ready_amount = fields.Monetary("Amount Ready", compute='_compute_summary')
    to_fix_count = fields.Integer("To correct", compute='_compute_summary')
    only_to_fix = fields.Boolean("Only to correct", help="Hides the rows that are ready; they leave all the same.")
    # One invoice is a form, as in Send & Print: no totals, no rows, but who pays what. When several were chosen and one is left, the list stays.
    is_single = fields.Boolean("One Invoice", compute='_compute_summary')
    finding = fields.Text("Blocker", compute='_compute_summary', help="What keeps the one invoice here.")
    note = fields.Text("Note", compute='_compute_summary', help="What to know about the one invoice.")
    amounts_sentence = fields.Char("Who Pays What", compute='_compute_summary')
    has_deposit = fields.Boolean("Some Have a Deposit", compute='_compute_summary')
    environment_notice = fields.Text("Notice of the Environment", compute='_compute_summary')
    result = fields.Text(
        "What Was Sent", readonly=True, help="What became of the last click: it stays until the window is closed."
    )
    has_failures = fields.Boolean("Not All Went Well", readonly=True)
    # For all rows; of one invoice, what stands in its row.
    apply_nature_id = fields.Many2one(
        'urssaf.nature', string="Type for All", compute='_compute_apply_nature_id', store=True, readonly=False
    )
    apply_date_start = fields.Date("From for All", compute='_compute_apply_date_start', store=True, readonly=False)
    apply_date_end = fields.Date("Until for All", compute='_compute_apply_date_end', store=True, readonly=False)
    apply_deposit_amount = fields.Monetary(
        "Deposit", compute='_compute_apply_deposit_amount', store=True, readonly=False
    )
    apply_deposit_date = fields.Date(
        "Deposit Paid On", compute='_compute_apply_deposit_date', store=True, readonly=False
    )
    notify = fields.Boolean(
        "Send the invoices by e-mail, too",
        default=True,
        help="In the background, with the PDF. The e-mail says what URSSAF will debit and asks for no payment. "
        "These invoices may already have been mailed with a request to pay.",
    )

    @api.model
    def default_get(self, fields):
        # EXTENDS 'base'
        values = super().default_get(fields)
        if 'line_ids' in fields and self.env.context.get('active_model') == 'account.move':
            moves = self.env['account.move'].browse(self.env.context.get('active_ids', [])).exists()
            values.setdefault('line_ids', [Command.create({'move_id': move.id}) for move in moves])
        return values

    @api.depends('line_ids.finding', 'line_ids.note', 'line_ids.amount', 'line_ids.deposit_amount', 'result')
    def _compute_summary(self):
        for wizard in self:
            ready = wizard.line_ids.filtered(lambda line: not line.finding)
            wizard.company_id = wizard.line_ids.move_id.company_id[:1] or self.env.company
            wizard.ready_count = len(ready)
            wizard.ready_amount = sum(ready.mapped('amount'))
            wizard.to_fix_count = len(wizard.line_ids) - len(ready)
            wizard.is_single = len(wizard.line_ids) == 1 and not wizard.result
            single = wizard.line_ids if wizard.is_single else wizard.line_ids[:0]
            wizard.finding = single.finding
            wizard.note = '' if single.finding else (single.note or '').removeprefix('✔').strip()
            wizard.amounts_sentence = (
                ready.move_id._urssaf_amounts_sentence(ready.deposit_amount) if wizard.is_single and ready else False
            )
            wizard.has_deposit = any(wizard.line_ids.mapped('deposit_amount'))
            companies = wizard.line_ids.move_id.company_id or wizard.company_id
            wizard.environment_notice = companies._urssaf_environment_notices()

    def _show_row(self, name):
        """What stands in the row of the one invoice; of many, what was typed.

        :param str name: a field of the row
        """
        for wizard in self:
            own = f'apply_{name}'
            wizard[own] = wizard.line_ids[name] if wizard.is_single else wizard[own]

    # One compute method per field: what is typed in one must not be lost when another is computed.

    @api.depends('is_single', 'line_ids.nature_id')
    def _compute_apply_nature_id(self):
        self._show_row('nature_id')

    @api.depends('is_single', 'line_ids.date_start')
    def _compute_apply_date_start(self):
        self._show_row('date_start')

    @api.depends('is_single', 'line_ids.date_end')
    def _compute_apply_date_end(self):
        self._show_row('date_end')

    @api.depends('is_single', 'line_ids.deposit_amount')
    def _compute_apply_deposit_amount(self):
        self._show_row('deposit_amount')

    @api.depends('is_single', 'line_ids.deposit_date')
    def _compute_apply_deposit_date(self):
        self._show_row('deposit_date')

    @api.onchange('apply_nature_id')
    def _onchange_apply_nature_id(self):
        self._fill_rows('nature_id')

    @api.onchange('apply_date_start')
    def _onchange_apply_date_start(self):
        self._fill_rows('date_start')

    @api.onchange('apply_date_end')
    def _onchange_apply_date_end(self):
        self._fill_rows('date_end')

    @api.onchange('apply_deposit_amount')
    def _onchange_apply_deposit_amount(self):
        self._fill_rows('deposit_amount')

    @api.onchange('apply_deposit_date')
    def _onchange_apply_deposit_date(self):
        self._fill_rows('deposit_date')

    def _fill_rows(self, name):
        """What was typed goes into all rows; an empty field only into that of the one invoice.

        :param str name: a field of the row
        """
        typed = self[f'apply_{name}']
        if typed or self.is_single:
            self.line_ids[name] = typed

    def action_send(self):
        """Send the rows that nothing blocks; the others stay here with their reason.

        :return: a notice that says what left, and this window again when something stays
        :raises UserError: when no row may leave
        """
        self.ensure_one()
        self.line_ids.move_id._urssaf_check_rights()
        # What was refused at the last click may leave now: it is looked at anew.
        self.line_ids.refusal = False
        self.line_ids.invalidate_recordset(['finding'])
        # Odoo runs a transaction again when the database refuses its end, and people click twice: what has left is joined.
        left = self.line_ids.filtered(lambda line: line._has_left())
        ready = (self.line_ids - left).filtered(lambda line: not line.finding)
        if not ready and not left:
            raise UserError(self.env._("No invoice can be sent yet: correct what is said in the column Note."))
        requests = left.request_id.sudo()
        made, refusals = ready.move_id._urssaf_create_each(ready._apply_choices)
        for line in ready:
            line.refusal = refusals.get(line.move_id)
            if request := made.get(line.move_id):
                line.request_id = request
                requests |= request
        now, later = requests[:SUBMIT_NOW], requests[SUBMIT_NOW:]
        if later:
            later._submit_later()
        now._submit()
        if self.notify:
            (left | ready.filtered('request_id'))._notify_customers()
        return self._result_action(requests)

    def _result_action(self, requests):
        """What happened, in one notice; of many it stays in this window, with the rows that were not sent.

        :param requests: what was sent, or created to be sent
        :return: an action
        :rtype: dict
        """
        received = requests.filtered('request_ref')
        scheduled = requests.filtered(lambda request: request.state == 'scheduled')
        failed = requests.filtered(lambda request: request._was_not_taken())
        on_the_way = requests - received - scheduled - failed
        groups = {'received': received, 'scheduled': scheduled, 'on_the_way': on_the_way, 'failed': failed}
        parts = [filled_in(self.env, RESULTS[key], (len(group),)) for key, group in groups.items() if group]
        stays = self.line_ids.filtered(lambda line: line.finding and not line.request_id)
        if stays:
            parts.append(filled_in(self.env, RESULTS['to_fix'], (len(stays),)))
        message = ' '.join(parts)
        has_failures = bool(failed or stays)
        kind = 'warning' if has_failures else 'info' if on_the_way else 'success'
        if len(self.line_ids) == 1 and not stays:
            return notification(message, kind, sticky=has_failures, then=CLOSE)
        (self.line_ids - stays).unlink()
        self.write({'result': message, 'has_failures': has_failures, 'only_to_fix': False})
        window = self._get_records_action(
            target='new', name=self.env._("Avance immédiate"), context={'dialog_size': 'extra-large'}
        )
        return notification(message, kind, then=window)
