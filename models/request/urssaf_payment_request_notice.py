from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import plaintext2html

from ..connection.urssaf_document import ACTIVITY
from .urssaf_payment_request_states import UNTOLD_STATES


class UrssafPaymentRequest(models.Model):
    """What people are told: a line in the invoice's chatter, an activity when somebody has to act (SCREENS §7).

    Always after the outcome is committed, in a transaction of its own that may be repeated: the timeline knows
    which of its lines have been told.
    """

    _inherit = 'urssaf.payment.request'

    def _notify(self):
        """Tell people what is new about these requests. Commits; never raises."""
        self.env['urssaf.payment.request.event'].search(
            [('request_id', 'in', self.ids), ('is_told', '=', False)], order='id'
        )._notify()

    @api.model
    def _notify_due(self, limit=100):
        """Tell what a crash left untold.

        :return: number of events handled
        """
        events = self.env['urssaf.payment.request.event'].search(
            [('is_told', '=', False)], order='tell_failures, id', limit=limit
        )
        events._notify()
        return len(events.filtered('is_told'))

    def _responsible(self):
        """Who acts on these requests: the company's responsible user, else the salesperson, else who sent it."""
        self.ensure_one()
        return self.company_id.urssaf_responsible_id or self.move_id.invoice_user_id or self.create_uid

    def _needs_a_person(self):
        self.ensure_one()
        if self.needs_attention or self._waits_for_state_half():
            return True
        return self._amount_to_collect() > 0 or (
            self.stage == 'to_fix' and self.move_id.payment_state != 'reversed' and not self._is_paid_directly()
        )

    def _tell(self, text):
        """A line in the timeline that is no change of state. Does not commit.

        :param str text: in the language of who follows the matter
        """
        self.ensure_one()
        self.env['urssaf.payment.request.event'].create(
            {'request_id': self.id, 'date': fields.Datetime.now(), 'detail': text}
        )

    def _update_activity(self, responsible):
        """One activity for one cause, on the invoice, closed by itself when the cause is gone.

        :param responsible: the user who gets it
        """
        self.ensure_one()
        move = self.move_id
        # The latest counts, unless an earlier one has turned up alive.
        about = (
            move.urssaf_request_ids.filtered(lambda request: request.attention == 'alive')[:1] or move.urssaf_request_id
        )
        needed = about._needs_a_person()
        self._keep_activity(
            move,
            move.activity_search([ACTIVITY]),
            needed,
            summary=needed and about._activity_summary(),
            note=needed and plaintext2html(about._activity_note()),
            user=responsible,
        )

    def _activity_note(self):
        """What has happened, and what to do, below that line.

        :rtype: str
        """
        self.ensure_one()
        if self._waits_for_state_half():
            return self._state_half_sentence()
        return '\n'.join(filter(None, (self.error_text, self.guidance, self._collect_sentence())))

    def _activity_summary(self):
        """One line that says what happened, to whom, and why (SCREENS §7)."""
        self.ensure_one()
        names = {'customer': self.partner_id.name, 'invoice': self.move_id.name}
        if self.attention:
            return self._attention_summary()
        if self._waits_for_state_half():
            return self.env._("Give back the State's half: credit note for %(customer)s (invoice %(invoice)s)", **names)
        reason = self.reject_label
        if self.state == 'refused' and reason:
            return self.env._(
                "Request refused by %(customer)s (invoice %(invoice)s): %(reason)s", reason=reason, **names
            )
        return self._words('activity', **names)


class UrssafPaymentRequestEvent(models.Model):
    _inherit = 'urssaf.payment.request.event'

    def _notify(self):
        """Tell people about these events, each in a transaction of its own. Commits; never raises."""
        # The cron tries again.
        self.env['urssaf.document']._notify_each(self, type(self)._notify_one, type(self)._notify_later)

    def _notify_later(self):
        """Behind those that never failed: one that always fails must not keep them from being told. Commits."""
        try:
            self.tell_failures += 1
            self.env.flush_all()
            self.env['urssaf.document']._commit()
        except SerializationFailure:
            self.env.cr.rollback()

    def _notify_one(self):
        """Chatter line and activity for one event, in the language of the person who follows the matter."""
        self.ensure_one()
        request = self.request_id
        responsible = request._responsible()
        lang = responsible.lang or request.company_id.partner_id.lang
        event = self.with_context(lang=lang).with_company(request.company_id)
        self.is_told = True
        if request.request_ref:
            # URSSAF shows the household the invoice.
            request.move_id._urssaf_mark_sent()
        if self.state not in UNTOLD_STATES or self.detail:
            is_refusal = self.state == 'refused' and event.request_id.state == self.state
            sentence = event.request_id._ending() if is_refusal else event._describe()
            event.request_id.move_id.message_post(
                body=self.with_context(lang=lang).env._("Avance immédiate: %s", sentence),
                message_type='notification',
                subtype_xmlid='mail.mt_note',
            )
        # Only the latest word counts for what is left to do.
        if event == event.request_id.event_ids.sorted('id')[-1:]:
            event.request_id._update_activity(responsible)
            if event.request_id.move_id.urssaf_request_id == event.request_id:
                event.request_id.move_id._urssaf_refresh_documents()
