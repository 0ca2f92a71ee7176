from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.sql import column_exists, create_column

from .urssaf_payment_request_states import COLLECTING_STAGES, FREE_STATES, REFRESHABLE_STATES, STATES


class AccountMove(models.Model):
    """The invoice as people see it: fields, buttons, banners.

    How a request is made from it stands in ``account_move_urssaf.py``, what it forbids in ``account_move_guard.py``.
    """

    _inherit = 'account.move'

    urssaf_nature_id = fields.Many2one(
        'urssaf.nature',
        string="Type of Service",
        help="Type of service declared to URSSAF for the lines that have none of their own.",
    )
    urssaf_date_start = fields.Date("Services From", copy=False)
    urssaf_date_end = fields.Date("Services Until", copy=False)
    urssaf_deposit_amount = fields.Monetary("Deposit Paid", copy=False)
    urssaf_deposit_date = fields.Date("Deposit Paid On", copy=False)
    urssaf_request_ids = fields.One2many('urssaf.payment.request', 'move_id', string="URSSAF Requests", copy=False)
    urssaf_request_id = fields.Many2one(
        'urssaf.payment.request',
        string="Latest URSSAF Request",
        compute='_compute_urssaf_request_id',
        store=True,
        copy=False,
        index='btree_not_null',
    )
    urssaf_state = fields.Selection(
        string="Avance immédiate", related='urssaf_request_id.state', store=True, index='btree_not_null', copy=False
    )
    urssaf_stage = fields.Selection(
        string="Avance immédiate: Stage",
        related='urssaf_request_id.stage',
        store=True,
        index='btree_not_null',
        copy=False,
    )
    urssaf_state_color = fields.Char(compute='_compute_urssaf_state_color', exportable=False)
    urssaf_number_is_used = fields.Boolean(
        compute='_compute_urssaf_state_color',
        exportable=False,
        help="URSSAF has the invoice's number, or may have it: the invoice is not sent again.",
    )
    urssaf_can_refresh = fields.Boolean(compute='_compute_urssaf_state_color', exportable=False)
    urssaf_request_count = fields.Integer(compute='_compute_urssaf_request_count', compute_sudo=True)
    urssaf_is_possible = fields.Boolean(
        compute='_compute_urssaf_is_possible',
        compute_sudo=True,
        help="A customer invoice for an individual, in a French company that uses the service.",
    )
    urssaf_is_collecting = fields.Boolean(
        compute='_compute_urssaf_is_collecting',
        compute_sudo=True,
        search='_search_urssaf_is_collecting',
        help="URSSAF collects this invoice, or has done so: nobody else may ask for its money.",
    )
    urssaf_amount_credit = fields.Monetary("Paid by the State", compute='_compute_urssaf_amounts')
    urssaf_amount_household = fields.Monetary("Left to the Customer", compute='_compute_urssaf_amounts')
    urssaf_environment = fields.Selection(related='company_id.urssaf_environment')
    # What the stored PDF says, so that it is made anew when that is no longer true.
    urssaf_pdf_has_mention = fields.Boolean(copy=False)

    def _auto_init(self):
        # No invoice has a request when the module arrives: nothing to compute for the millions that may be there.
        for column, kind in (('urssaf_request_id', 'int4'), ('urssaf_state', 'varchar'), ('urssaf_stage', 'varchar')):
            if not column_exists(self.env.cr, self._table, column):
                create_column(self.env.cr, self._table, column, kind)
        return super()._auto_init()

    # -- computes ---------------------------------------------------------------------------------

    def _urssaf_latest_request(self):
        """The request that counts. What forbids something asks this, not the stored pointer, which the ORM lets
        whoever may write the invoice overwrite."""
        self.ensure_one()
        return self.urssaf_request_ids.sorted('id')[-1:]

    @api.depends('urssaf_request_ids')
    def _compute_urssaf_request_id(self):
        for move in self:
            move.urssaf_request_id = move._urssaf_latest_request()

    @api.depends('urssaf_state')
    def _compute_urssaf_state_color(self):
        for move in self:
            state = move.urssaf_state
            move.urssaf_state_color = STATES[state].color if state else ''
            move.urssaf_number_is_used = bool(state) and state not in FREE_STATES
            move.urssaf_can_refresh = state in REFRESHABLE_STATES

    @api.depends('urssaf_request_ids')
    def _compute_urssaf_request_count(self):
        for move in self:
            move.urssaf_request_count = len(move.urssaf_request_ids)

    @api.depends('move_type', 'commercial_partner_id.is_company', 'company_id.urssaf_environment')
    def _compute_urssaf_is_possible(self):
        for move in self:
            move.urssaf_is_possible = bool(
                move.move_type == 'out_invoice'
                and move.commercial_partner_id
                and not move.commercial_partner_id.is_company
                and move.company_id.urssaf_environment
                and move.company_id._urssaf_is_french()
            )

    @api.depends('urssaf_request_ids.stage')
    def _compute_urssaf_is_collecting(self):
        for move in self:
            request = move._urssaf_latest_request()
            move.urssaf_is_collecting = request.stage in COLLECTING_STAGES

    def _search_urssaf_is_collecting(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # Customers of the portal ask, too: they may not read requests.
        return fields.Domain('urssaf_request_id', 'any!', fields.Domain('stage', 'in', COLLECTING_STAGES))

    @api.depends('amount_total', 'urssaf_deposit_amount')
    def _compute_urssaf_amounts(self):
        for move in self:
            currency = move.currency_id or move.company_id.currency_id
            move.urssaf_amount_credit = currency.round(move.amount_total / 2)
            move.urssaf_amount_household = move.amount_total - move.urssaf_amount_credit - move.urssaf_deposit_amount

    @api.depends('urssaf_is_collecting')
    def _compute_show_reset_to_draft_button(self):
        # EXTENDS 'account': a button that would only say no is not shown
        result = super()._compute_show_reset_to_draft_button()
        for move in self.filtered('urssaf_is_collecting'):
            move.show_reset_to_draft_button = False
        return result

    # -- banner (SCREENS §3) ----------------------------------------------------------------------

    def _get_alerts(self):
        alerts = super()._get_alerts()
        request = self.sudo().urssaf_request_id
        alert = request and request._alert()
        if alert:
            alerts['urssaf_request'] = alert
        if request and request.environment != 'production':  # also when it is said to be paid: no money has moved
            alerts['urssaf_environment'] = {
                'level': 'warning',
                'message': self.company_id._urssaf_environment_notice(request.environment),
            }
        return alerts

    # -- actions ----------------------------------------------------------------------------------

    def _urssaf_check_rights(self):
        """Whoever may write the invoice as an invoicing user may send it; nobody else.

        :raises AccessError: else
        """
        if self.env.su:
            return
        if not self.env.user.has_group('account.group_account_invoice'):
            raise AccessError(self.env._("Only invoicing users can send a request to URSSAF."))
        self.check_access('write')

    def action_urssaf_send(self):
        """Open the window that checks and sends one or many invoices."""
        self._urssaf_check_rights()
        moves = self.filtered(lambda move: move.move_type != 'entry')
        if not moves:
            raise UserError(self.env._("Choose customer invoices first."))
        wizard = self.env['urssaf.send.wizard'].with_context(active_model='account.move', active_ids=moves.ids)
        return wizard.create({})._get_records_action(
            name=self.env._("Avance immédiate"), target='new', context={'dialog_size': 'extra-large'}
        )

    def action_urssaf_refresh(self):
        """Ask URSSAF for the status of the latest request of these invoices."""
        self._urssaf_check_rights()
        requests = self.sudo().urssaf_request_id.sudo(False)
        if not requests:
            raise UserError(self.env._("No request has been sent for this invoice yet."))
        return requests.action_refresh()

    def action_urssaf_open_request(self):
        self.ensure_one()
        return self.urssaf_request_id._get_records_action(name=self.env._("Avance immédiate"))

    def action_urssaf_open_requests(self):
        return self.urssaf_request_ids._get_records_action(name=self.env._("Avance immédiate"))

    # -- online payment ---------------------------------------------------------------------------

    def _has_to_be_paid(self):
        # URSSAF debits the customer: paying here as well would be paying twice (CONTRACT §13).
        return not self.urssaf_is_collecting and super()._has_to_be_paid()

    def _get_default_payment_link_values(self):
        # EXTENDS 'account_payment'
        values = super()._get_default_payment_link_values()
        if self.urssaf_is_collecting:
            values.update(amount=0.0, amount_max=0.0, open_installments=[])
        return values

    def _get_online_payment_error(self):
        if self.urssaf_is_collecting:
            return self.env._("This invoice is collected by URSSAF: there is nothing to pay here.")
        return super()._get_online_payment_error()

    # -- documents --------------------------------------------------------------------------------

    def _get_mail_template(self):
        if self and all(move.urssaf_is_collecting for move in self):
            return self.env.ref('l10n_fr_avance_immediate.mail_template_invoice_urssaf')
        return super()._get_mail_template()

    def _urssaf_refresh_documents(self):
        """Set aside a stored PDF that asks for money URSSAF collects, or that no longer does although it should.

        The next sending or printing makes a new one; the old one stays among the attachments.
        """
        for move in self.sudo():
            if move.invoice_pdf_report_id and move.urssaf_pdf_has_mention != move.urssaf_is_collecting:
                move._detach_attachments()
