from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime

from ...tools.notification import notification

# DESIGN §2.4: what blocks changes to the invoice and any online payment of it.
LIVE_STATES = ('scheduled', 'queued', 'sending', 'unknown', 'integrated', 'awaiting', 'validated', 'debited')
# URSSAF never took the invoice number: it may be sent again. In any other state it is used for ever (CONTRACT §1.12).
FREE_STATES = ('rejected', 'not_sent', 'withdrawn')
# A person has to do something.
TO_FIX_STATES = ('not_sent', 'rejected', 'refused', 'debit_failed')
PAID_STATES = ('paid', 'recovered')
CANCELLED_STATES = ('cancelled', 'cancelled_unpaid', 'cancelled_recovered')
# Over, and the number is used up: what is still owed goes out under a new one (*Correct and resend*).
ENDED_STATES = ('refused', *CANCELLED_STATES)


class UrssafPaymentRequest(models.Model):
    """One *demande de paiement*: what was sent for one invoice, and what became of it.

    Users read it; only actions, the send flow and the crons write it (DESIGN §4).
    """

    _name = 'urssaf.payment.request'
    _description = "URSSAF Payment Request"
    _inherit = ['urssaf.document', 'mail.thread', 'mail.activity.mixin']
    _order = 'id desc'
    _mail_post_access = 'read'
    _check_company_auto = True

    name = fields.Char("Invoice Number Sent", required=True, readonly=True, size=50, index='trigram')
    move_id = fields.Many2one(
        'account.move',
        string="Invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete='restrict',
        check_company=True,
    )
    partner_id = fields.Many2one(
        'res.partner', string="Customer", required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    currency_id = fields.Many2one('res.currency', related='company_id.currency_id')
    environment = fields.Selection(
        [('simulator', "Simulator"), ('sandbox', "URSSAF test"), ('production', "Production")],
        required=True,
        readonly=True,
    )
    nature_id = fields.Many2one('urssaf.nature', string="Type of Service", readonly=True)
    date_start = fields.Date("Services From", required=True, readonly=True)
    date_end = fields.Date("Services Until", required=True, readonly=True)
    amount_total = fields.Monetary("Amount", required=True, readonly=True)
    amount_untaxed = fields.Monetary("Tax Excluded", readonly=True)
    deposit_amount = fields.Monetary("Deposit", readonly=True)
    deposit_date = fields.Date("Deposit Paid On", readonly=True)
    amount_household = fields.Monetary(
        "Household Pays",
        compute='_compute_amounts',
        help="What URSSAF debits from the household, as long as its yearly ceiling is not reached.",
    )
    amount_expected = fields.Monetary("Transfer Expected", compute='_compute_amounts')
    # Holds a birth date: nobody reads it, the frozen text is what leaves.
    payload = fields.Text(required=True, readonly=True, groups=fields.NO_ACCESS)

    state = fields.Selection(
        [
            ('scheduled', "Scheduled"),
            ('queued', "Being sent"),
            ('sending', "Sending in progress"),
            ('unknown', "Answer to check"),
            ('not_sent', "Not sent"),
            ('rejected', "Rejected by URSSAF"),
            ('integrated', "Received"),
            ('awaiting', "Awaiting approval"),
            ('validated', "Approved"),
            ('debited', "Debited"),
            ('paid', "Paid"),
            ('refused', "Refused by the customer"),
            ('debit_failed', "Debit refused"),
            ('recovered', "Recovered"),
            ('cancelled', "Cancelled"),
            ('cancelled_unpaid', "Cancelled after default"),
            ('cancelled_recovered', "Cancelled after recovery"),
            ('withdrawn', "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default='queued',
        index=True,
        tracking=True,
    )
    is_live = fields.Boolean(compute='_compute_is_live', search='_search_is_live')
    request_ref = fields.Char("URSSAF Number", readonly=True, copy=False, index='btree_not_null')
    status_code = fields.Char("URSSAF Status Code", readonly=True)
    needs_attention = fields.Boolean(
        "Unusual Answer",
        readonly=True,
        help="URSSAF answered something this version does not know: the last known status is kept.",
    )
    error_text = fields.Text("What Happened", readonly=True)
    reject_code = fields.Char("Reason Code", readonly=True)
    reject_label = fields.Char("Reason", compute='_compute_reject_label')
    reject_comment = fields.Text("Customer's Comment", readonly=True)
    transfer_amount = fields.Monetary("Transfer Amount", readonly=True)
    transfer_date = fields.Date("Transfer Date", readonly=True, index='btree_not_null')
    previous_id = fields.Many2one('urssaf.payment.request', string="Replaces", readonly=True, index='btree_not_null')
    payment_id = fields.Many2one('account.payment', string="Payment", readonly=True, index='btree_not_null')
    event_ids = fields.One2many('urssaf.payment.request.event', 'request_id', string="Timeline", readonly=True)
    state_since = fields.Datetime("Since", readonly=True, default=fields.Datetime.now)

    submit_at = fields.Datetime(
        "Leaves On",
        readonly=True,
        index='btree_not_null',
        help="When the request leaves by itself: after the services, or after a pause when URSSAF could not be reached.",
    )
    attempt_count = fields.Integer(readonly=True)
    send_alone = fields.Boolean(
        readonly=True, help="Its batch was refused as a whole: it is sent in a call of its own."
    )
    claim = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    claimed_at = fields.Datetime(readonly=True)
    absent_count = fields.Integer(readonly=True, help="How many searches did not find the request at URSSAF.")
    next_poll_at = fields.Datetime("Next Check", readonly=True, index='btree_not_null')

    guidance = fields.Text("What You Can Do", compute='_compute_guidance')
    can_withdraw = fields.Boolean(compute='_compute_is_live')
    is_disputed = fields.Boolean(
        compute='_compute_is_disputed', help="URSSAF has the number, but for another customer or another amount."
    )

    # The last net under every lock: one living request an invoice, one use of a number (DESIGN §2.3).
    _unique_move = models.UniqueIndex(
        "(move_id, environment) WHERE state NOT IN ('rejected', 'not_sent', 'withdrawn')",
        "This invoice already has a request at URSSAF.",
    )
    _unique_name = models.UniqueIndex(
        "(company_id, environment, name) WHERE state NOT IN ('rejected', 'not_sent', 'withdrawn')",
        "URSSAF already has a request with this invoice number.",
    )

    # -- computes ---------------------------------------------------------------------------------

    @api.depends('amount_total', 'deposit_amount')
    def _compute_amounts(self):
        for request in self:
            credit = request.currency_id.round(request.amount_total / 2)
            request.amount_household = request.amount_total - credit - request.deposit_amount
            request.amount_expected = request.amount_total - request.deposit_amount

    @api.depends('state', 'submit_at')
    def _compute_is_live(self):
        for request in self:
            waits_for_retry = request.state == 'not_sent' and bool(request.submit_at)
            request.is_live = request.state in LIVE_STATES or waits_for_retry
            request.can_withdraw = request.state in ('scheduled', 'queued') or waits_for_retry

    @api.depends('state', 'needs_attention')
    def _compute_is_disputed(self):
        for request in self:
            request.is_disputed = request.state == 'unknown' and request.needs_attention

    def _search_is_live(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return fields.Domain('state', 'in', LIVE_STATES) | fields.Domain(
            [('state', '=', 'not_sent'), ('submit_at', '!=', False)]
        )

    @api.depends('reject_code')
    @api.depends_context('lang')
    def _compute_reject_label(self):
        for request in self:
            code = request.reject_code
            request.reject_label = code and self.env['urssaf.error']._reject_label(code)

    @api.depends('state', 'submit_at', 'needs_attention')
    @api.depends_context('lang')
    def _compute_guidance(self):
        for request in self:
            request.guidance = request._guidance()

    def _guidance(self):
        """What the user can do now, one to three sentences in their language (SCREENS §6)."""
        self.ensure_one()
        if self.is_disputed:
            return self.env._(
                "If what stands there is this invoice with another amount, ask URSSAF to cancel it first. Then press "
                "“It is another request”: the invoice is free again, and leaves under a new number."
            )
        if self.needs_attention:
            return self.env._(
                "URSSAF gave a status that is not known here. Look at the request on URSSAF's site; "
                "the next answer is read by itself."
            )
        if self.state == 'not_sent' and self.submit_at:
            return self.env._(
                "URSSAF cannot be reached for now. The request leaves by itself as soon as it can be; "
                "you can withdraw it if you prefer to be paid directly."
            )
        return {
            'scheduled': self.env._(
                "The request leaves by itself when the services are over. Until then you can withdraw it."
            ),
            'queued': self.env._("The request leaves within a few minutes. Until then you can withdraw it."),
            'sending': self.env._("Nothing: the request is on its way."),
            'unknown': self.env._(
                "Nothing: we look the request up at URSSAF by ourselves. Do not send anything again."
            ),
            'not_sent': self.env._(
                "URSSAF did not receive the request. Correct what is said above, then send the invoice "
                "again: the same invoice number is used."
            ),
            'rejected': self.env._(
                "Correct what is said above, then send the invoice again. "
                "URSSAF did not record it: the same invoice number may be used."
            ),
            'integrated': self.env._("Nothing: URSSAF now writes to the customer."),
            'awaiting': self.env._("Nothing: the customer has about 48 h to object; silence is consent."),
            'validated': self.env._("Nothing: URSSAF now debits the customer's share."),
            'debited': self.env._("Nothing: URSSAF transfers the full amount to you within a few days."),
            'paid': self.env._("Match the transfer with your bank statement."),
            'refused': self.env._(
                "Correct the invoice and send it again: a credit note and a new invoice are made for you. "
                "Or be paid directly by the customer. This invoice number cannot be sent again."
            ),
            'debit_failed': self.env._(
                "The bank refused the customer's debit. Collect the customer's share directly if URSSAF asks you to."
            ),
            'recovered': self.env._("Nothing: URSSAF has settled this request."),
            'cancelled': self.env._(
                "This request is closed. To be paid, ask the customer directly, or correct the invoice and "
                "send it again."
            ),
            'cancelled_unpaid': self.env._("This request is closed. Ask the customer directly for what is still due."),
            'cancelled_recovered': self.env._("This request is closed."),
            'withdrawn': self.env._("The request never left. Send the invoice again whenever you want."),
        }[self.state]

    # -- actions ----------------------------------------------------------------------------------

    def _check_user_may_act(self):
        """Rights are those on the invoice: the request itself is read-only for everybody.

        :raises AccessError: when the user may not change the invoices.
        """
        self.check_access('read')
        self.move_id._urssaf_check_rights()

    def _locked_to_act(self):
        """These requests in the system's name, locked and read anew, for a user who may act on them.

        :raises AccessError: when the user may not change the invoices.
        """
        self._check_user_may_act()
        requests = self.sudo()
        requests.lock_for_update(allow_referencing=True)
        requests.invalidate_recordset(['state', 'submit_at', 'needs_attention'])
        return requests

    def action_withdraw(self):
        """Take back requests that nobody has claimed yet.

        :raises UserError: when one of them may already be at URSSAF.
        """
        requests = self._locked_to_act()
        for request in requests:
            if not request.can_withdraw:
                raise UserError(
                    self.env._(
                        "Invoice %(invoice)s: the request has already left for URSSAF, it cannot be withdrawn here. "
                        "Ask URSSAF to cancel it, giving the reason.",
                        invoice=request.move_id.name,
                    )
                )
            request._set_state('withdrawn', submit_at=False, next_poll_at=False)
        requests._commit()
        # At once: until then the stored PDF says that there is nothing to pay.
        requests._tell()

    def action_is_another(self):
        """A person has looked: what URSSAF holds under this number is not this invoice. Ours was not recorded then, for
        URSSAF takes a number once (CONTRACT §1.12). The invoice is released.

        :raises UserError: when the request is in no such doubt
        """
        requests = self._locked_to_act()
        for request in requests:
            if not request.is_disputed:
                raise UserError(self.env._("Invoice %s: nothing is in doubt about its request.", request.move_id.name))
            request._localized()._set_state(
                'rejected',
                needs_attention=False,
                claim=False,
                error_text=request._localized().env._(
                    "URSSAF already uses number %(number)s for another request, and never takes it again: give the invoice "
                    "another number (reset it to draft), or make a credit note and a new invoice.",
                    number=request.name,
                ),
            )
        requests._commit()
        requests._tell()

    def action_refresh(self):
        """Ask URSSAF for the current status of these requests (M070) and show it."""
        self._check_user_may_act()
        failure = self.sudo()._sync()
        if failure:
            raise UserError(failure)
        return self._notify_user(
            self.env._("Up to date"),
            "\n".join(f"{request.move_id.name}: {request._state_label()}" for request in self),
            'success',
        )

    def action_open_invoice(self):
        self.ensure_one()
        return self.move_id._get_records_action()

    def _notify_user(self, title, message, kind):
        """A toast; the screen behind it is read again."""
        return notification(message, kind, title, sticky=kind != 'success')

    def _alert(self):
        """The banner of the invoice (SCREENS §3): a dict for Odoo's alerts, or None when there is nothing to say."""
        self.ensure_one()
        since = format_datetime(self.env, self.state_since, dt_format='short')
        if self.is_disputed:
            message, level = f"{self.error_text} {self.guidance}", 'warning'
        elif self.needs_attention:
            message, level = self.env._("URSSAF gave an unusual answer to the request. %s", self.guidance), 'warning'
        elif self.state == 'scheduled':
            message, level = (
                self.env._(
                    "Request scheduled: it leaves by itself on %s, when the services are over.",
                    format_date(self.env, self.submit_at),
                ),
                'info',
            )
        elif self.state in ('queued', 'sending'):
            message, level = self.env._("The request to URSSAF is leaving."), 'info'
        elif self.state in ('integrated', 'awaiting'):
            message, level = (
                self.env._(
                    "Request received by URSSAF on %s: waiting for your customer's approval (about 48 h).", since
                ),
                'info',
            )
        elif self.state == 'validated':
            message, level = self.env._("Approved by your customer: URSSAF debits their share."), 'info'
        elif self.state == 'debited':
            message, level = (
                self.env._(
                    "Your customer is being debited: URSSAF will transfer %s to you.",
                    self.currency_id.format(self.amount_expected),
                ),
                'info',
            )
        elif self.state == 'unknown':
            message, level = (
                self.env._("URSSAF's answer did not arrive. We check by ourselves; do not send anything again."),
                'warning',
            )
        elif self.state == 'not_sent' and self.submit_at:
            message, level = (
                self.env._(
                    "URSSAF cannot be reached: the request leaves by itself at %s.",
                    format_datetime(self.env, self.submit_at, dt_format='short'),
                ),
                'warning',
            )
        elif self.state in ('not_sent', 'rejected'):
            message, level = f"{self._state_label()}. {self.error_text or ''} {self.guidance}", 'danger'
        elif self.state == 'debit_failed':
            message, level = self.guidance, 'danger'
        else:
            return None
        return {
            'level': level,
            'message': message,
            'action_text': self.env._("View the request"),
            'action': self._get_records_action(name=self.env._("Avance immédiate")),
        }

    # -- helpers ----------------------------------------------------------------------------------

    def _state_label(self):
        self.ensure_one()
        return dict(self._fields['state']._description_selection(self.env))[self.state]

    def _set_state(self, state, detail=False, **values):
        """Write a change of state with its line in the timeline; does not commit.

        The line is what chatter and activities are made from, later and in a transaction of their own.

        :param detail: what the line says besides, where neither an error nor the customer's comment says it
        """
        now = fields.Datetime.now()
        for request in self:
            news = {'state_since': now} if request.state != state else {}
            request.write({'state': state, **news, **values})
        self.env['urssaf.payment.request.event'].create(
            [
                {
                    'request_id': request.id,
                    'date': now,
                    'state': state,
                    'status_code': request.status_code,
                    'detail': detail or values.get('error_text') or values.get('reject_comment') or False,
                }
                for request in self
            ]
        )
