from odoo import api, fields, models
from odoo.tools import format_date

from ...tools.sentence import filled_in
from .urssaf_payment_request_states import STATES


class UrssafPaymentRequestEvent(models.Model):
    """One line in the timeline of a request. Also the outbox for notices: a crash between the status and
    its chatter line or activity loses nothing, the line is still marked as not told."""

    _name = 'urssaf.payment.request.event'
    _description = "URSSAF Payment Request Event"
    _order = 'date desc, id desc'

    request_id = fields.Many2one(
        'urssaf.payment.request', string="Request", required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='request_id.move_company_id', store=True)
    currency_id = fields.Many2one(related='request_id.currency_id')
    date = fields.Datetime(required=True)
    state = fields.Char("Status")
    status_code = fields.Char("URSSAF Status Code")
    detail = fields.Text("Details")
    amount = fields.Monetary("Transfer Amount")
    transfer_date = fields.Date("Transfer Date")
    state_color = fields.Char("Colour of the Status", compute='_compute_state_color', exportable=False)
    description = fields.Text("What Happened", compute='_compute_description')
    is_told = fields.Boolean("Told", exportable=False)
    tell_failures = fields.Integer(
        "Failures to Tell", default=0, exportable=False, help="How often telling it failed: such events come last."
    )

    # What a crash left untold, among millions that are told.
    _untold = models.Index("(tell_failures, id) WHERE is_told IS NOT TRUE")

    @api.depends('state')
    def _compute_state_color(self):
        for event in self:
            state = STATES.get(event.state)
            event.state_color = state and state.color

    @api.depends(
        'state',
        'status_code',
        'amount',
        'transfer_date',
        'detail',
        'request_id.request_ref',
        'request_id.reject_comment',
    )
    @api.depends_context('lang')
    def _compute_description(self):
        for event in self:
            event.description = event._describe()

    def _describe(self):
        """The event as one sentence in the reader's language (SCREENS §6)."""
        self.ensure_one()
        request = self.request_id
        words = STATES[self.state].words if self.state in STATES else {}
        sentence = filled_in(self.env, words['event'], {'number': request.request_ref or ''}) if words else ''
        if self.transfer_date:
            amount = self.currency_id.format(self.amount or request.amount_expected)
            day = format_date(self.env, self.transfer_date)
            sentence = self.env._(
                "%(what)s; transfer of %(amount)s on %(date)s", what=sentence, amount=amount, date=day
            )
        detail = self.detail
        if detail and sentence and detail == request.reject_comment:  # the customer's own words
            return self.env._("%(what)s: “%(comment)s”", what=sentence, comment=detail)
        if detail and not sentence:
            return detail
        if detail:
            sentence = self.env._("%(what)s: %(detail)s", what=sentence, detail=detail)
        return sentence
