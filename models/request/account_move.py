from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.sql import column_exists, create_column

from ..connection.res_company import ENVIRONMENTS
from .urssaf_payment_request_states import COLLECTING_STAGES, FREE_STATES, REFRESHABLE_STATES, STATES


class AccountMove(models.Model):
    """The invoice as people see it: fields, buttons, banners.

    How a request is made from it stands in ``account_move_request.py``, what it forbids in ``account_move_guard.py``, who asks for
    its money in ``account_move_collected.py``.
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
    urssaf_request_ids = fields.One2many(
        'urssaf.payment.request', 'move_id', string="URSSAF Requests", readonly=True, copy=False
    )
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
        string="Avance immédiate: What to Do",
        related='urssaf_request_id.stage',
        store=True,
        index='btree_not_null',
        copy=False,
    )
    urssaf_state_color = fields.Char("Colour of the Status", compute='_compute_urssaf_state_color', exportable=False)
    urssaf_number_is_used = fields.Boolean(
        "Number Used at URSSAF",
        compute='_compute_urssaf_state_color',
        exportable=False,
        help="URSSAF has the invoice's number, or may have it: the invoice is not sent again.",
    )
    urssaf_can_refresh = fields.Boolean("URSSAF Can Be Asked", compute='_compute_urssaf_state_color', exportable=False)
    urssaf_request_count = fields.Integer(
        "Number of URSSAF Requests", compute='_compute_urssaf_request_count', compute_sudo=True
    )
    urssaf_is_possible = fields.Boolean(
        "Avance immédiate Is Possible",
        compute='_compute_urssaf_is_possible',
        compute_sudo=True,
        help="A customer invoice for an individual, in a French company that uses the service.",
    )
    urssaf_is_collecting = fields.Boolean(
        "Collected by URSSAF",
        compute='_compute_urssaf_is_collecting',
        compute_sudo=True,
        search='_search_urssaf_is_collecting',
        help="URSSAF collects this invoice, or has done so: nobody else may ask for its money.",
    )
    # In sudo: the household reads them on the portal, and may not read the products.
    urssaf_amount_credit = fields.Monetary("Paid by the State", compute='_compute_urssaf_amounts', compute_sudo=True)
    urssaf_amount_household = fields.Monetary(
        "Left to the Customer", compute='_compute_urssaf_amounts', compute_sudo=True
    )
    urssaf_environment = fields.Selection(
        ENVIRONMENTS, string="URSSAF Environment", compute='_compute_urssaf_is_possible', compute_sudo=True
    )
    # What the stored PDF says, so that it is made anew when that is no longer true.
    urssaf_pdf_has_mention = fields.Boolean(
        "PDF Says That URSSAF Collects", readonly=True, copy=False, exportable=False
    )

    def _auto_init(self):
        # No invoice has a request when the module arrives: nothing to compute for the millions that may be there.
        for column, kind in (('urssaf_request_id', 'int4'), ('urssaf_state', 'varchar'), ('urssaf_stage', 'varchar')):
            if not column_exists(self.env.cr, self._table, column):
                create_column(self.env.cr, self._table, column, kind)
        return super()._auto_init()

    # -- computes ---------------------------------------------------------------------------------

    def _urssaf_latest_request(self):
        """The latest request that counts. A trial counts only in its own environment, a request of production in every one.
        Without an environment (a copied database) all count."""
        self.ensure_one()
        environment = self._urssaf_owner().urssaf_environment
        counts = (environment, 'production')
        requests = self.urssaf_request_ids.filtered(lambda request: not environment or request.environment in counts)
        return requests.sorted('id')[-1:]

    @api.depends('urssaf_request_ids')
    def _compute_urssaf_request_id(self):
        for move in self:
            move.urssaf_request_id = move._urssaf_latest_request()

    @api.depends('urssaf_state')
    def _compute_urssaf_state_color(self):
        for move in self:
            state = STATES.get(move.urssaf_state)
            move.urssaf_state_color = state and state.color
            move.urssaf_number_is_used = bool(state) and move.urssaf_state not in FREE_STATES
            move.urssaf_can_refresh = move.urssaf_state in REFRESHABLE_STATES

    @api.depends('urssaf_request_ids')
    def _compute_urssaf_request_count(self):
        for move in self:
            move.urssaf_request_count = len(move.urssaf_request_ids)

    @api.depends('move_type', 'commercial_partner_id.is_company', 'company_id.urssaf_environment')
    def _compute_urssaf_is_possible(self):
        for move in self:
            move.urssaf_environment = move._urssaf_owner().urssaf_environment
            move.urssaf_is_possible = bool(
                move.move_type == 'out_invoice'
                and move.commercial_partner_id
                and not move.commercial_partner_id.is_company
                and move.urssaf_environment
                and move.company_id._urssaf_is_french()
            )

    @api.depends('urssaf_request_ids.stage', 'company_id.urssaf_environment')
    def _compute_urssaf_is_collecting(self):
        for move in self:
            request = move._urssaf_latest_request()
            move.urssaf_is_collecting = request.stage in COLLECTING_STAGES

    def _search_urssaf_is_collecting(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # Customers of the portal ask, too: they may not read requests.
        return Domain('urssaf_request_id', 'any!', Domain('stage', 'in', COLLECTING_STAGES))

    @api.depends(
        'amount_total',
        'amount_residual',
        'payment_state',
        'urssaf_request_id.deposit_amount',
        'urssaf_deposit_amount',
        'urssaf_nature_id',
        'invoice_line_ids.urssaf_nature_id',
        'invoice_line_ids.price_total',
    )
    def _compute_urssaf_amounts(self):
        for move in self:
            currency = move.currency_id or move.company_id.currency_id
            total = move._urssaf_total()
            move.urssaf_amount_credit = currency.round((total - move._urssaf_amount_not_eligible()) / 2)
            share = total - move.urssaf_amount_credit
            # A deposit that is too large is refused with the reason: no negative promise meanwhile.
            move.urssaf_amount_household = max(0.0, currency.round(share - move._urssaf_deposit_told()))

    def _urssaf_deposit_told(self):
        """What is taken off the household's share, wherever it is told: what the request declares, else what it would.

        :return: euros
        :rtype: float
        """
        self.ensure_one()
        move = self.sudo()
        if move.urssaf_is_collecting:
            return move.urssaf_request_id.deposit_amount
        if move.urssaf_deposit_amount:
            return move.urssaf_deposit_amount
        if move.payment_state == 'not_paid' or move.urssaf_request_ids:
            return move._urssaf_down_payment()  # what came after a request is no deposit of it
        return move._urssaf_default_deposit()[0]

    # -- what it consists of ------------------------------------------------------------------------

    def _urssaf_owner(self):
        """The company that URSSAF knows: whose settings and registrations serve this invoice, and which its requests bear.

        :rtype: res.company
        """
        self.ensure_one()
        return self.company_id._urssaf_owner()

    def _urssaf_service_lines(self):
        """The invoice lines that carry money."""
        lines = self.invoice_line_ids
        # What is read of them is read for the lines of all invoices at hand: ``filtered`` would forget the others.
        return lines.filtered(
            lambda line: line.display_type not in ('line_section', 'line_subsection', 'line_note')
        ).with_prefetch(lines._prefetch_ids)

    def _urssaf_amount_not_eligible(self):
        """Euros of this invoice, tax included, of which the State pays no half (CONTRACT §12)."""
        self.ensure_one()
        not_eligible = self.env['urssaf.nature']._not_eligible_ids()
        lines = self._urssaf_service_lines().filtered(lambda line: line._urssaf_nature().id in not_eligible)
        return sum(lines.mapped('price_total'))

    def _urssaf_registration(self):
        """The link of this invoice's household with its company at URSSAF, in sudo; may be empty."""
        self.ensure_one()
        return self.commercial_partner_id.sudo().with_company(self.company_id).urssaf_registration_id

    # -- banner (SCREENS §3) ----------------------------------------------------------------------

    def _get_alerts(self):
        # EXTENDS 'account'
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
        if request and (alert := request._cancellation_alert()):
            alerts['urssaf_cancellation'] = alert
        # What has turned up beside it, to be cancelled on its own form.
        for other in self.sudo().urssaf_request_ids.filtered(lambda one: one._ref_beside()) - request:
            alerts['urssaf_alive'] = other._alert()
        # Why there is this draft, until it is sent.
        replaced = self.sudo().urssaf_replaces_id
        if replaced and self.move_type == 'out_invoice' and not self.urssaf_request_id:
            alerts['urssaf_replaces'] = {
                'level': 'warning',
                'message': self.env._(
                    "Replaces %(invoice)s. %(reason)s", invoice=replaced.name, reason=replaced._ending()
                ),
                'action_text': self.env._("View the request"),
                'action': replaced._get_records_action(name=self.env._("Avance immédiate")),
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
        """Open the window that checks and sends one or many invoices.

        :return: an action
        :raises AccessError: for others than invoicing users who may change the invoices
        :raises UserError: when there is no invoice among them
        """
        self._urssaf_check_rights()
        moves = self.filtered(lambda move: move.move_type != 'entry')
        if not moves:
            raise UserError(self.env._("Choose customer invoices first."))
        wizard = self.env['urssaf.send.wizard'].with_context(active_model='account.move', active_ids=moves.ids)
        size = 'extra-large' if len(moves) > 1 else 'large'
        return wizard.create({})._get_records_action(
            name=self.env._("Avance immédiate"), target='new', context={'dialog_size': size}
        )

    def action_urssaf_refresh(self):
        """Ask URSSAF for the status of the latest request of these invoices (M070).

        :return: an action that says what came
        :raises AccessError: for others than invoicing users who may change the invoices
        :raises UserError: when none of them has a request, or URSSAF cannot be asked
        """
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
