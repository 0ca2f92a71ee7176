from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools.notification import notification
from ...tools.sentence import filled_in, within
from .urssaf_payment_request_states import (
    CONTESTABLE_STATES,
    ENDED_STATES,
    FREE_STATES,
    LIVE_STAGES,
    ON_INVOICE_STATES,
    OWED_STATES,
    PATH_STATES,
    REFRESHABLE_STATES,
    STAGES,
    STATES,
    WITHDRAWABLE_STATES,
)


class Step(NamedTuple):
    """What becomes of one request: its state, other fields to write with it, and what its line in the timeline says
    besides, by the fields of that; None where nothing is new, so that no line is written."""

    request: object
    state: str
    values: dict
    line: dict | None


class UrssafPaymentRequest(models.Model):
    """One *demande de paiement*: what was sent for one invoice, and what became of it.

    Users read it; only actions, the send flow and the crons write it (DESIGN §4).
    """

    _name = 'urssaf.payment.request'
    _description = "URSSAF Payment Request"
    _inherit = ['urssaf.contract', 'mail.thread']
    _order = 'id desc'
    _mail_post_access = 'read'
    _path_states = PATH_STATES
    # A branch's invoice names the request that it corrects, which is its parent's where the parent has the contract.
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char("Invoice Number Sent", required=True, readonly=True, size=50, index='trigram')
    move_id = fields.Many2one(
        'account.move',
        string="Invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete='restrict',
    )
    invoice_date = fields.Date(related='move_id.invoice_date', string="Invoice Date", exportable=False)
    partner_id = fields.Many2one(
        'res.partner', string="Customer", required=True, readonly=True, index=True, ondelete='restrict'
    )
    # The company that URSSAF knows, which may be the parent of the invoice's (`_urssaf_owner`).
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    move_company_id = fields.Many2one(
        related='move_id.company_id', string="Company of the Invoice", store=True, index=True, exportable=False
    )
    currency_id = fields.Many2one('res.currency', related='company_id.currency_id')
    nature_id = fields.Many2one('urssaf.nature', string="Type of Service", readonly=True)
    date_start = fields.Date("Services From", required=True, readonly=True)
    date_end = fields.Date("Services Until", required=True, readonly=True, index=True)
    amount_total = fields.Monetary("Amount", required=True, readonly=True)
    amount_untaxed = fields.Monetary("Tax Excluded", readonly=True)
    amount_not_eligible = fields.Monetary(
        "Not Eligible", readonly=True, help="What the State pays no half of: the customer pays it as a whole."
    )
    deposit_amount = fields.Monetary("Deposit", readonly=True)
    deposit_date = fields.Date("Deposit Paid On", readonly=True)
    deposit_registered = fields.Monetary(
        "Paid in the Books",
        readonly=True,
        help="What had been registered as paid on the invoice when the request was made.",
    )
    amount_household = fields.Monetary(
        "Household Pays",
        compute='_compute_amounts',
        store=True,
        help="What URSSAF debits from the household, as long as its yearly ceiling is not reached.",
    )
    amount_expected = fields.Monetary("Transfer Expected", compute='_compute_amounts', store=True)
    amount_awaited = fields.Monetary(
        "Transfer Awaited",
        compute='_compute_amount_awaited',
        store=True,
        help="What URSSAF is still to transfer, deposits taken off: nothing once it has paid, or when it does not collect.",
    )
    is_with_customer = fields.Boolean(
        "The Customer May Object", compute='_compute_is_live', search='_search_is_with_customer', exportable=False
    )
    is_owed = fields.Boolean(
        "URSSAF Owes the Transfer", compute='_compute_is_live', search='_search_is_owed', exportable=False
    )
    # Holds a birth date: nobody reads it, the frozen text is what leaves.
    payload = fields.Text(required=True, readonly=True, groups=fields.NO_ACCESS)

    state = fields.Selection(
        [(name, state.label) for name, state in STATES.items()],
        string="Status",
        required=True,
        readonly=True,
        default='queued',
        index=True,
        help="Scheduled or being sent, then received, awaiting approval, approved, debited, paid; "
        "or what came between.",
    )
    stage = fields.Selection(
        STAGES,
        string="What to Do",
        compute='_compute_stage',
        store=True,
        index=True,
        help="The states in a few groups: what is still to send, what waits for URSSAF or the customer, what needs you.",
    )
    state_color = fields.Char("Colour of the Status", compute='_compute_state_color', exportable=False)
    is_live = fields.Boolean(
        "With URSSAF",
        compute='_compute_is_live',
        search='_search_is_live',
        help="It is on its way to URSSAF, or URSSAF deals with it: the invoice does not change meanwhile.",
    )
    request_ref = fields.Char("URSSAF Number", readonly=True, copy=False, index='btree_not_null')
    status_code = fields.Char("URSSAF Status Code", readonly=True)
    error_text = fields.Text("What Happened", readonly=True)
    reject_code = fields.Char("Reason Code", readonly=True)
    reject_label = fields.Char("Reason", compute='_compute_reject_label')
    reject_comment = fields.Text("Customer's Comment", readonly=True)
    transfer_amount = fields.Monetary("Transfer Amount", readonly=True)
    transfer_date = fields.Date("Transfer Date", readonly=True, index='btree_not_null')
    previous_id = fields.Many2one('urssaf.payment.request', string="Replaces", readonly=True, index='btree_not_null')
    payment_id = fields.Many2one(
        'account.payment', string="Payment", readonly=True, copy=False, index='btree_not_null', ondelete='restrict'
    )
    event_ids = fields.One2many('urssaf.payment.request.event', 'request_id', string="Timeline", readonly=True)
    state_since = fields.Datetime("Since", readonly=True, default=fields.Datetime.now, index=True)

    submit_at = fields.Datetime(
        "Leaves On",
        readonly=True,
        index='btree_not_null',
        help="When the request leaves by itself: after the services, or after a pause when URSSAF could not be reached.",
    )
    attempt_count = fields.Integer("Tries", readonly=True)
    send_alone = fields.Boolean(
        "Sent Alone", readonly=True, help="Its batch was refused as a whole: it is sent in a call of its own."
    )
    absent_count = fields.Integer(
        "Searches Without Result", readonly=True, help="How many searches did not find the request at URSSAF."
    )
    missed_since = fields.Datetime(
        "Not Mentioned Since", readonly=True, help="Since when URSSAF's answers have not mentioned the request."
    )

    guidance = fields.Text("What You Can Do", compute='_compute_guidance')
    environment_notice = fields.Char(
        "Notice of the Environment", compute='_compute_environment_notice', exportable=False
    )
    waits_for_contract = fields.Boolean(
        "Waits for Its Contract",
        compute='_compute_waits_for_contract',
        compute_sudo=True,
        exportable=False,
        help="It left under another contract with URSSAF than the one in the settings.",
    )
    can_withdraw = fields.Boolean("Can Be Withdrawn", compute='_compute_is_live', exportable=False)
    can_refresh = fields.Boolean("URSSAF Can Be Asked", compute='_compute_is_live', exportable=False)
    can_resend = fields.Boolean("Can Be Corrected and Resent", compute='_compute_is_live', exportable=False)
    can_send_again = fields.Boolean("Can Be Sent Again", compute='_compute_is_live', exportable=False)
    is_done_on_invoice = fields.Boolean("To Do on the Invoice", compute='_compute_is_live', exportable=False)
    is_disputed = fields.Boolean(
        "In Dispute",
        compute='_compute_is_disputed',
        help="URSSAF has the number, and it is not certain that what it has is this invoice.",
    )
    replacement_ids = fields.One2many('account.move', 'urssaf_replaces_id', string="Corrected Invoices", readonly=True)

    # The last net under every lock: one living request an invoice, one use of a number (DESIGN §2.3).
    _unique_move = models.UniqueIndex(
        f"(move_id, environment) WHERE state NOT IN {FREE_STATES}",
        "This invoice already has a request at URSSAF.",
    )
    _unique_name = models.UniqueIndex(
        f"(company_id, environment, name) WHERE state NOT IN {FREE_STATES}",
        "URSSAF already has a request with this invoice number.",
    )

    # -- computes ---------------------------------------------------------------------------------

    @api.depends('amount_total', 'amount_not_eligible', 'deposit_amount')
    def _compute_amounts(self):
        for request in self:
            credit = request.currency_id.round((request.amount_total - request.amount_not_eligible) / 2)
            request.amount_household = request.amount_total - credit - request.deposit_amount
            request.amount_expected = request.amount_total - request.deposit_amount

    @api.depends('stage', 'amount_total', 'deposit_amount')
    def _compute_amount_awaited(self):
        for request in self:
            request.amount_awaited = request.amount_expected if request.stage in LIVE_STAGES else 0.0

    def _waits_for_retry(self):
        """Whether URSSAF was not reached and the request leaves again by itself."""
        self.ensure_one()
        return self.state == 'not_sent' and bool(self.submit_at)

    def _may_be_withdrawn(self):
        """Whether nobody has claimed it yet; one whose answer was lost only after the searches of a day."""
        self.ensure_one()
        # Where nothing could be found, or no search could be used.
        is_absent = self.state == 'unknown' and (self.absent_count > 1 or self.attention == 'doubt')
        waits = self.state in WITHDRAWABLE_STATES or self._waits_for_retry() or (is_absent and not self.number_taken)
        return waits and not self._is_searched_for()

    def _was_not_taken(self):
        """Whether URSSAF has not recorded it, and somebody has to act before it leaves again."""
        self.ensure_one()
        return self.stage == 'to_fix' and self.state in FREE_STATES

    @api.depends('state', 'submit_at')
    def _compute_stage(self):
        for request in self:
            state = STATES.get(request.state)
            request.stage = 'to_send' if request._waits_for_retry() else state and state.stage

    @api.depends('state')
    def _compute_state_color(self):
        for request in self:
            state = STATES.get(request.state)
            request.state_color = state and state.color

    @api.depends('state', 'stage', 'submit_at', 'lost_at', 'number_taken', 'absent_count', 'attention', 'request_ref')
    def _compute_is_live(self):
        for request in self:
            request.is_live = request.stage in LIVE_STAGES
            request.can_withdraw = request._may_be_withdrawn()
            request.can_refresh = request.state in REFRESHABLE_STATES
            request.can_resend = request.state in ENDED_STATES
            request.is_done_on_invoice = request.state in ON_INVOICE_STATES
            request.is_with_customer = request.state in CONTESTABLE_STATES
            request.is_owed = request.state in OWED_STATES
            request.can_send_again = request._was_not_taken()

    def _search_is_with_customer(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('state', 'in', CONTESTABLE_STATES)

    def _search_is_owed(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('state', 'in', OWED_STATES)

    def _search_is_live(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('stage', 'in', LIVE_STAGES)

    @api.depends('stage', 'client_key', 'sap_number', 'company_id.urssaf_client_id', 'company_id.urssaf_sap_number')
    def _compute_waits_for_contract(self):
        others = self._of_other_contract()
        for request in self:
            request.waits_for_contract = request.stage in LIVE_STAGES and request in others

    @api.depends('environment')
    @api.depends_context('lang')
    def _compute_environment_notice(self):
        for request in self:
            request.environment_notice = request.company_id._urssaf_environment_notice(request.environment)

    @api.depends('state', 'attention')
    def _compute_is_disputed(self):
        for request in self:
            request.is_disputed = request.state == 'unknown' and request.attention in ('dispute', 'doubt')

    @api.depends('reject_code')
    @api.depends_context('lang')
    def _compute_reject_label(self):
        for request in self:
            code = request.reject_code
            request.reject_label = code and self.env['urssaf.error']._reject_label(code)

    @api.depends(
        'state',
        'submit_at',
        'attention',
        'lost_at',
        'watch_until',
        'replacement_ids.state',
        'waits_for_contract',
        'company_id.urssaf_environment',
        'event_ids.date',
        'next_poll_at',
        'transfer_date',
    )
    @api.depends_context('lang', 'tz')
    def _compute_guidance(self):
        for request in self:
            request.guidance = request._guidance()

    @api.depends('name')
    @api.depends_context('lang')
    def _compute_display_name(self):
        # OVERRIDES 'base': in the breadcrumb it stands behind the invoice of the same number
        for request in self:
            request.display_name = self.env._("Request %s", request.name)

    # -- lists ------------------------------------------------------------------------------------

    @api.model
    def get_empty_list_help(self, help_message):
        # EXTENDS 'mail': who can turn it on gets the way there, the others whom to ask; nobody once it is set up
        if not self.env.company._urssaf_owner().sudo().urssaf_environment:
            if self.env.user.has_group('base.group_system'):
                help_message = Markup(
                    '<p class="o_view_nocontent_smiling_face">%s</p><a href="%s" class="btn btn-secondary">%s</a>'
                ) % (
                    self.env._("Avance immédiate is not set up yet"),
                    self.env['res.config.settings'].action_urssaf_start()['url'],
                    self.env._("Get started"),
                )
            else:
                help_message = Markup('<p class="o_view_nocontent_smiling_face">%s</p><p>%s</p>') % (
                    self.env._("Avance immédiate is not set up yet"),
                    self.env._("Ask your administrator to turn it on in the settings of Invoicing."),
                )
        return super().get_empty_list_help(help_message)

    @api.model
    def _read_group_orderby(self, order, groupby_terms, query):
        # EXTENDS 'base': groups stand in the order of a request's life, not in that of the alphabet
        lives = {'state': list(STATES), 'stage': [stage for stage, _label in STAGES]}
        terms = {
            spec: SQL("array_position(%s::varchar[], %s)", lives[spec], sql) if spec in lives else sql
            for spec, sql in groupby_terms.items()
        }
        result = super()._read_group_orderby(order, terms, query)
        groupby_terms.update({spec: sql for spec, sql in terms.items() if spec not in lives})
        return result

    def _creation_message(self):
        # EXTENDS 'mail'
        return self.env._("The request has been made.")

    # -- sentences --------------------------------------------------------------------------------

    def _words(self, kind, **values):
        """What the table of states says of this request.

        :param str kind: see ``RequestState``
        :param values: what stands in the sentence besides ``_moments``, filled in after it is translated
        :return: in the user's language; empty when the table has no such sentence
        :rtype: str
        """
        self.ensure_one()
        sentence = STATES[self.state].words.get(kind)
        return filled_in(self.env, sentence, {**self._moments(), **values}) if sentence else ''

    def _state_label(self):
        self.ensure_one()
        return dict(self._fields['state']._description_selection(self.env))[self.state]

    def _guidance(self):
        """What the user can do now, one to three sentences in their language (SCREENS §6)."""
        self.ensure_one()
        replacement = self.state in ENDED_STATES and self.sudo()._replacement()
        if replacement:
            return self.env._("Nothing more here: %s corrects this invoice.", replacement.display_name)
        if self._waits_for_environment():
            return self._other_environment_sentence()
        if self.waits_for_contract:
            return self._other_contract_sentence()
        if self.attention:
            return self._attention_guidance()
        if self.state == 'withdrawn' and self.lost_at:
            return self.env._(
                "Nobody found the request at URSSAF: be paid directly, or send the invoice again. It is looked for until "
                "%s; if it turns up, you are told at once.",
                format_date(self.env, self.watch_until),
            )
        if self._waits_for_retry() and self._is_searched_for():
            return self.env._(
                "URSSAF's answer was lost, and its search does not show the request: it leaves again by itself, under the "
                "same number. Do not collect the invoice directly."
            )
        if self._waits_for_retry():
            return self.env._(
                "URSSAF cannot be reached for now. The request leaves by itself as soon as it can be; "
                "you can withdraw it if you prefer to be paid directly."
            )
        return self._words('overdue' if self._is_overdue() else 'guidance')

    def _waits_for_environment(self):
        """Whether URSSAF is not asked about it, nor gets it, because the settings name another environment."""
        self.ensure_one()
        return self.stage in LIVE_STAGES and self.environment != self.company_id.sudo().urssaf_environment

    def _other_environment_sentence(self):
        """Why nothing happens with it, and what to do, in the user's language.

        :rtype: str
        """
        label = dict(self._fields['environment']._description_selection(self.env))[self.environment]
        return self.env._(
            "It was made in the environment “%s”, which the settings do not name any more: it does not leave, and URSSAF is not asked "
            "about it, so that nothing is seen here of what becomes of it. Unless this is a copy of the database, an administrator "
            "chooses that environment again.",
            label,
        )

    def _alert(self):
        """The banner of the invoice (SCREENS §3): a dict for Odoo's alerts, or None when there is nothing to say."""
        self.ensure_one()
        if self.state in ENDED_STATES and not self.needs_attention:
            return self._ending_alert()
        if self._waits_for_environment() or self.waits_for_contract:
            message, level = f"{self._state_label()}. {self.guidance}", 'warning'
        elif self.attention:
            message, level = self._attention_alert(), 'warning'
        elif self._waits_for_retry():
            message = self.env._(
                "URSSAF cannot be reached: the request leaves by itself at about %s.", self._in_paris(self.submit_at)
            )
            level = 'warning'
        else:
            level = STATES[self.state].alert_level
            message = (
                self._words('overdue' if self._is_overdue() else 'alert')
                or f"{self._state_label()}. {self.error_text or ''} {self.guidance}"
            )
        return self._view_alert(level, message) if level else None

    def _ending_alert(self):
        """The banner after a refusal or a cancellation: the way out stands where the bad news stands (SCREENS §3)."""
        move, replacement = self.move_id.sudo(False), self._replacement().sudo(False)
        level, message = STATES[self.state].alert_level, f"{self._ending()}\n{self.guidance}"
        if replacement:
            return {
                'level': 'info',
                'message': message,
                'action_text': self.env._("Open the corrected invoice"),
                'action': replacement._get_records_action(),
            }
        if self._offers_resend():
            return {
                'level': level,
                'message': message,
                'action_text': self.env._("Correct and resend"),
                'action': move._urssaf_resend_action(),
            }
        return self._view_alert(level, message) if self.state == 'refused' else None

    def _view_alert(self, level, message):
        """A banner with a link to the request.

        :param str level: info, warning or danger
        :param str message: plain text
        :rtype: dict
        """
        return {
            'level': level,
            'message': message,
            'action_text': self.env._("View the request"),
            'action': self._get_records_action(name=self.env._("Avance immédiate")),
        }

    # -- after a refusal or a cancellation: the corrected invoice (account_move_resend.py) ---------

    def _replacement(self):
        """The invoice that corrects this one; empty when there is none, or only cancelled ones."""
        return self.replacement_ids.filtered(lambda move: move.state != 'cancel').sorted('id')[-1:]

    def _ending(self):
        """How the request ended, in the user's words: "Refused by the customer: wrong number of hours (“only 2 h”)"."""
        self.ensure_one()
        words = {'state': self._state_label(), 'reason': within(self.reject_label), 'comment': self.reject_comment}
        if self.reject_label and self.reject_comment:
            return self.env._("%(state)s: %(reason)s (“%(comment)s”)", **words)
        if self.reject_label:
            return self.env._("%(state)s: %(reason)s", **words)
        if self.reject_comment:
            return self.env._("%(state)s: “%(comment)s”", **words)
        return self.env._("%(state)s: %(reason)s", **{**words, 'reason': self.env._("no reason given.")})

    def _offers_resend(self):
        """Whether the reader may correct the invoice at once, without anything to clear up before."""
        move = self.move_id
        return (
            self.env.user.has_group('account.group_account_invoice')
            and not move._urssaf_is_credited()
            and not move._urssaf_resend_blocker()
        )

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
        requests.invalidate_recordset()
        return requests

    def action_withdraw(self):
        """Take back requests that nobody has claimed yet, or that the searches of a day have not found at URSSAF. Of several,
        those that can be; the rest is named.

        :return: a notice when more than one was chosen
        :raises UserError: when none of them can be withdrawn, as they may already be at URSSAF.
        """
        requests = self._locked_to_act()
        ready = requests.filtered('can_withdraw')
        stay = requests - ready
        if stay and not ready:
            raise UserError('\n'.join(dict.fromkeys(request._not_withdrawn_sentence() for request in stay)))
        for request in ready:
            request._set_state('withdrawn', submit_at=False, next_poll_at=False, claim=False, attention=False)
        requests._commit()
        # At once: until then the stored PDF says that there is nothing to pay.
        requests._notify()
        if len(requests) == 1:
            return None
        message = self.env._("Withdrawn: %s.", len(ready))
        if not stay:
            return notification(message)
        message = self.env._(
            "%(withdrawn)s Not withdrawn, as URSSAF has them or may have them: %(count)s (%(invoices)s). Have those "
            "cancelled by URSSAF: each request has the message ready.",
            withdrawn=message,
            count=len(stay),
            invoices=stay._named(),
        )
        return notification(message, 'warning', sticky=True)

    def _not_withdrawn_sentence(self):
        """Why this request cannot be withdrawn here, and what to do.

        :rtype: str
        """
        self.ensure_one()
        if self._is_searched_for():
            return self.env._(
                "Invoice %(invoice)s: URSSAF may have the request. It can be given up only when the searches of a day "
                "have not found it: from %(moment)s.",
                invoice=self.move_id.name,
                moment=self._in_paris(self._searched_until()),
            )
        return self.env._(
            "Invoice %(invoice)s: the request has already left for URSSAF, it cannot be withdrawn here. "
            "“Ask for cancellation” prepares the message to URSSAF.",
            invoice=self.move_id.name,
        )

    def action_refresh(self):
        """Ask URSSAF for the current status of these requests (M070) and show it.

        :raises UserError: when URSSAF cannot be asked about any of them
        """
        self._check_user_may_act()
        before = self._standing()
        failure = self.sudo()._sync()
        if failure and self._standing() == before:
            raise UserError(failure)
        return self._news_action(before, self.env._("Up to date"), failure)

    def action_open_invoice(self):
        self.ensure_one()
        return self.move_id._get_records_action()

    def action_send_again(self):
        """Send the invoice again under the same number: URSSAF has not recorded it; opens the window that checks it.

        :return: an action
        :raises AccessError: when the user may not change the invoice
        """
        self.ensure_one()
        self._check_user_may_act()
        return self.move_id.action_urssaf_send()

    def action_resend(self):
        """Correct the invoice and send it with a new number; opens the corrected invoice when it is there.

        :return: an action
        :raises AccessError: when the user may not change the invoice
        :raises UserError: when money or another credit note stands in the way, with what to do
        """
        self.ensure_one()
        self._check_user_may_act()
        return self.move_id.action_urssaf_resend()

    # -- transitions ------------------------------------------------------------------------------

    def _set_state(self, state, detail=False, **values):
        """Write a change of state with its line in the timeline; does not commit.

        The line is what chatter and activities are made from, later and in a transaction of their own. A step that the
        table of states does not know is logged, and taken: URSSAF decides (CONTRACT §9).

        :param str state: a key of ``STATES``
        :param detail: what the line says besides, where neither an error nor the customer's comment says it
        :param values: other fields to write with it
        """
        self._set_states([Step(request, state, values, {'detail': detail} if detail else {}) for request in self])

    @api.model
    def _set_states(self, steps):
        """``_set_state`` for requests that become different things: written together, as far as they have the same values,
        for each change of a state looks for the invoices that show it. Does not commit.

        :param list[Step] steps: one for each request
        """
        now, by_state = fields.Datetime.now(), {}
        for step in steps:
            step.request._log_unknown_steps(STATES, step.state)
            key = (step.state, step.request.state != step.state)
            by_state.setdefault(key, []).append(step)
        for (state, is_new), alike in by_state.items():
            first = alike[0].values
            common = {
                name: value
                for name, value in first.items()
                if all(name in step.values and step.values[name] == value for step in alike)
            }
            requests = self.browse([step.request.id for step in alike])
            requests.write({'state': state, **({'state_since': now} if is_new else {}), **common})
            for step in alike:
                if own := {name: value for name, value in step.values.items() if name not in common}:
                    step.request.write(own)
        self.env['urssaf.payment.request.event'].create(
            [
                {
                    'request_id': step.request.id,
                    'company_id': step.request.move_id.company_id.id,
                    'date': now,
                    'state': step.state,
                    'status_code': step.request.status_code,
                    'detail': step.values.get('error_text') or step.values.get('reject_comment') or False,
                    **step.line,
                }
                for step in steps
            ]
        )

    def _lose_answer(self, **values):
        """The request may be at URSSAF or not: it is looked up at once, and never sent again blindly (CONTRACT §10).

        :param values: other fields to write with it
        """
        now = fields.Datetime.now()
        self._watch()
        self._set_state('unknown', next_poll_at=now, absent_count=0, lost_at=now, **values)

    def _doubt_number(self):
        """URSSAF says that it has the number: from us, or not. Only a look-up can tell (CONTRACT §10.3)."""
        self._set_state('unknown', next_poll_at=fields.Datetime.now(), absent_count=0, number_taken=True, claim=False)

    def _queue_alone(self, detail=False):
        """Not recorded, and nothing is wrong with it: it leaves again at once, in a call of its own.

        :param detail: what the line in the timeline says besides
        """
        self._set_state('queued', detail, claim=False, send_alone=True)
        self._submit_later()
