from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.sentence import filled_in
from .urssaf_payment_request_attention_words import ATTENTION
from .urssaf_payment_request_states import MONEY_BACK_STATES, UNCOLLECTED_STATES

# Nothing is open on an invoice in one of these states of payment.
SETTLED = ('reversed', 'paid', 'in_payment')


class UrssafPaymentRequest(models.Model):
    """What a person has to look at, because URSSAF's answers leave it open."""

    _inherit = 'urssaf.payment.request'

    attention = fields.Selection(
        [(name, cause.label) for name, cause in ATTENTION.items()], string="To Look At", readonly=True, copy=False
    )
    needs_attention = fields.Boolean(
        "Unusual Answer",
        compute='_compute_needs_attention',
        store=True,
        help="URSSAF's answers leave something open that a person has to look at: the last known status is kept.",
    )

    is_to_fix = fields.Boolean("To correct", compute='_compute_is_to_fix', search='_search_is_to_fix', exportable=False)

    # Few of a million, opened every day.
    _attention = models.Index("(id) WHERE needs_attention IS TRUE")

    @api.depends('attention')
    def _compute_needs_attention(self):
        for request in self:
            request.needs_attention = bool(request.attention)

    @api.depends(
        'needs_attention',
        'stage',
        'state',
        'move_id.state',
        'move_id.payment_state',
        'event_ids.state',
        'replacement_ids.state',
    )
    def _compute_is_to_fix(self):
        """Whether somebody has to act. What did not leave is shown while it waits for its next try, too; an invoice that is
        credited, or paid by the household, needs nothing any more."""
        for request in self:
            is_stuck = request.stage == 'to_fix' or request.state == 'not_sent'
            request.is_to_fix = (
                request.needs_attention or (is_stuck and not request._is_settled()) or request._is_left_open()
            )

    def _is_settled(self):
        """Whether the invoice is credited, or the household has paid it."""
        return self.move_id.payment_state == 'reversed' or self._is_paid_directly()

    def _is_left_open(self):
        """Whether URSSAF has cancelled it, and the invoice is neither paid nor credited nor corrected by another one: its money
        is asked of nobody."""
        move = self.move_id.sudo()
        is_open = self.state in UNCOLLECTED_STATES and move.state != 'cancel' and move.payment_state not in SETTLED
        return is_open and not self.sudo()._replacement()

    def _search_is_to_fix(self, operator, value):
        if operator != 'in':
            return NotImplemented
        is_stuck = Domain('stage', '=', 'to_fix') | Domain('state', '=', 'not_sent')
        is_settled = self._invoice_is_domain(*SETTLED)
        # Paid by URSSAF itself, which may take it back: few, and more than the invoice says.
        may_be_taken_back = Domain('state', 'in', MONEY_BACK_STATES)
        paid = self.sudo().search(is_stuck & may_be_taken_back & is_settled)
        waiting = Domain('id', 'in', paid.filtered(lambda request: not request._is_settled()).ids)
        cancelled = self.sudo().search(Domain('state', 'in', UNCOLLECTED_STATES) & ~is_settled)
        left_open = Domain('id', 'in', cancelled.filtered(lambda request: request._is_left_open()).ids)
        return Domain('needs_attention', '=', True) | (is_stuck & (~is_settled | waiting)) | left_open

    @api.model
    def _invoice_is_domain(self, *payment_states):
        """Requests whose invoice is in one of these states of payment. Odoo would read all invoices, and so would PostgreSQL
        for an `EXISTS` within an `OR`: here the invoice of each request that is found is looked up.

        :rtype: Domain
        """
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "COALESCE((SELECT payment_state FROM account_move WHERE account_move.id = %s), '') IN %s",
                model._field_to_sql(alias, 'move_id', query),
                payment_states,
            )
        )

    def _flag(self, attention, text, **values):
        """A person has to look at it; the state stays as it is. Told once. Does not commit.

        :param str attention: a key of ``ATTENTION``
        :param str text: what has happened, in the language of who follows the matter
        :param values: other fields to write with it
        """
        self.ensure_one()
        is_news = (self.attention, self.error_text) != (attention, text)
        self.write({'attention': attention, 'error_text': text, **values})
        if is_news:
            self._tell(text)

    def _attention_guidance(self):
        """What to do about it, in the user's language."""
        self.ensure_one()
        return filled_in(self.env, ATTENTION[self.attention].guidance)

    def _attention_alert(self):
        """What has happened and what to do, in the user's language."""
        self.ensure_one()
        text = self.error_text or filled_in(self.env, ATTENTION[self.attention].fallback)
        return ' '.join(filter(None, (text, self.guidance)))

    def _attention_summary(self):
        """One line for the activity, in the user's language."""
        self.ensure_one()
        names = {'customer': self.partner_id.name, 'invoice': self.move_id.name}
        return filled_in(self.env, ATTENTION[self.attention].activity, names)
