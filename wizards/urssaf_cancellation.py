from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, format_date, plaintext2html

from ..tools.french import URSSAF_EMAIL, in_french
from ..tools.notification import CLOSE, notification

REASONS = [
    ('duplicate', "Asked twice"),
    ('amount', "Wrong amount"),
    ('credit_note', "Credited, in whole or in part"),
    ('paid', "Paid directly by the customer"),
    ('technical', "Technical error"),
    ('other', "Other"),
]


class UrssafCancellation(models.TransientModel):
    """URSSAF is asked by mail to cancel a request, giving the reason (CONTRACT §1.15): the message, ready to be sent."""

    _name = 'urssaf.cancellation'
    _description = "Ask URSSAF to Cancel a Request"

    request_id = fields.Many2one('urssaf.payment.request', required=True, readonly=True, ondelete='cascade')
    environment = fields.Selection(related='request_id.environment')
    move_id = fields.Many2one(related='request_id.move_id', string="Invoice")
    state = fields.Selection(related='request_id.state')
    asked_sentence = fields.Char("Asked Already", compute='_compute_asked_sentence')
    reason = fields.Selection(REASONS, compute='_compute_reason', store=True, readonly=False, precompute=True)
    explanation = fields.Char(help="What happened, in a few words. URSSAF reads it: in French.")
    email_to = fields.Char("To", compute='_compute_email_to', compute_sudo=True)
    has_address = fields.Boolean(compute='_compute_email_to', compute_sudo=True, exportable=False)
    subject = fields.Char(compute='_compute_message', store=True, precompute=True)
    body = fields.Text("Message", compute='_compute_message', store=True, readonly=False, precompute=True)

    @api.constrains('request_id')
    def _check_request_id(self):
        """The window shows its request: its user must be allowed to act on it."""
        for window in self:
            window.request_id.with_user(self.env.user)._check_user_may_act()  # constraints run in sudo

    @api.depends('request_id')
    def _compute_reason(self):
        for window in self:
            window.reason = 'credit_note' if window.request_id.amount_state_half else False

    @api.depends('request_id')
    @api.depends_context('lang')
    def _compute_asked_sentence(self):
        for window in self:
            request = window.request_id
            window.asked_sentence = request.cancellation_is_asked and request._asked_sentence()

    @api.depends('request_id')
    def _compute_email_to(self):
        for window in self:
            address = window.request_id.company_id.urssaf_cancellation_email
            window.has_address = bool(address)
            window.email_to = address or URSSAF_EMAIL

    @api.depends('request_id', 'reason', 'explanation')
    def _compute_message(self):
        for window in self:
            window.subject, window.body = window._message()

    def _reason_text(self):
        """The reason as URSSAF reads it.

        :rtype: str
        """
        label = dict(self._fields['reason']._description_selection(self.env)).get(self.reason)
        return ': '.join(filter(None, (label, (self.explanation or '').strip())))

    def _message(self):
        """Subject and text for URSSAF: all that it wants to know (CONTRACT §9).

        :rtype: tuple[str, str]
        """
        if not self.request_id:
            return '', ''
        french = in_french(self)
        env, request = french.env, french.request_id
        owner = request.company_id.sudo()
        status = request._state_label()
        if request.status_code:
            status = f'{request.status_code}, {status}'
        values = {
            'company': owner.name,
            'sap': owner.urssaf_sap_number or '',
            'invoice': request.name,
            'number': request._ref_to_cancel() or '',
            # What has turned up beside another request is not followed.
            'status': '' if request._ref_beside() else status,
            'amount': request.currency_id.format(request.amount_total),
            'start': format_date(env, request.date_start),
            'end': format_date(env, request.date_end),
            'reason': french._reason_text(),
            'credit': french._credit_text(),
        }
        subject = env._("Avance immédiate: cancellation of request %(number)s (invoice %(invoice)s)", **values)
        return subject, env._(
            "Hello,\n\n"
            "Please cancel the following payment request.\n\n"
            "Provider: %(company)s\n"
            "SAP number: %(sap)s\n"
            "Invoice number: %(invoice)s\n"
            "Request number (idDemandePaiement): %(number)s\n"
            "Status: %(status)s\n"
            "Amount: %(amount)s\n"
            "Services from %(start)s to %(end)s\n"
            "Reason: %(reason)s\n"
            "%(credit)s\n"
            "Could you confirm, and tell us which sums will be taken back and when?\n\n"
            "Kind regards,\n%(company)s",
            **values,
        )

    def _credit_text(self):
        """What was credited since URSSAF has paid: a line of the message, or an empty text."""
        request = self.request_id
        credited, _eligible = request.move_id._urssaf_credited()
        if not request.sudo()._keeps_state_half() or not credited:
            return ''
        return self.env._(
            "Credited since: %(credited)s of %(amount)s (credit note %(notes)s), of which the advance to give back: %(half)s\n",
            credited=request.currency_id.format(credited),
            amount=request.currency_id.format(request.amount_total),
            half=request.currency_id.format(request.amount_state_half),
            notes=', '.join(
                request.move_id.sudo().reversal_move_ids.filtered(lambda note: note.state == 'posted').mapped('name')
            ),
        )

    # -- actions ----------------------------------------------------------------------------------

    def _check_may_ask(self):
        """:raises UserError: without a reason, or when there is nothing to cancel"""
        self.ensure_one()
        self.request_id._check_user_may_act()
        if not self.reason:
            raise UserError(self.env._("Choose the reason: URSSAF wants one."))
        self.request_id.sudo()._localized()._check_cancellable()

    def action_confirm(self):
        """The user has sent the message: mark the request.

        :return: a notice
        :raises AccessError: for who may not change the invoice
        :raises UserError: without a reason, or when there is nothing to cancel
        """
        self._check_may_ask()
        self.request_id.sudo()._localized()._ask_cancellation(self._reason_text())
        return notification(
            self.env._("Invoice %s is marked: its status is followed until URSSAF has cancelled.", self.move_id.name),
            then=CLOSE,
        )

    def action_write(self):
        """Open Odoo's own window with the message to the address in the settings; the request is marked when it is sent there.

        :return: an action
        :raises AccessError: for who may not change the invoice
        :raises UserError: for a trial of the simulator, without an address or a reason, or when there is nothing to cancel
        """
        self._check_may_ask()
        request = self.request_id
        if self.environment == 'simulator':
            raise UserError(self.env._("This is a trial with the simulator: URSSAF knows nothing of it."))
        if not self.has_address:
            raise UserError(
                self.env._("Enter the address for cancellations in the settings first, or copy the message.")
            )
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Ask for cancellation"),
            'res_model': 'mail.compose.message',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {
                'default_model': request._name,
                'default_res_ids': request.ids,
                'default_composition_mode': 'comment',
                # A note: who follows the request, perhaps the household, gets none of it.
                'default_subtype_xmlid': 'mail.mt_note',
                'default_partner_ids': self._contact().ids,
                'default_subject': self.subject,
                'default_body': plaintext2html(self.body),
                'urssaf_asks_cancellation': {'request_id': request.id, 'reason': self._reason_text()},
            },
        }

    def _contact(self):
        """The contact that bears the address in the settings, made where there is none.

        :rtype: res.partner
        :raises UserError: when that is no e-mail address
        """
        partners = self.env['res.partner'].sudo()
        address = email_normalize(self.email_to)
        if not address:
            raise UserError(
                self.env._("“%s” is no e-mail address: correct it in the settings of Invoicing.", self.email_to)
            )
        own = self.request_id.company_id.sudo().urssaf_partner_id
        if own.email_normalized == address:
            return own
        found = partners.search(
            [
                ('email_normalized', '=', address),
                ('company_id', 'in', (False, self.request_id.move_company_id.id)),
            ],
            limit=1,
        )
        return found or partners.create({'name': "URSSAF", 'email': address, 'is_company': True})
