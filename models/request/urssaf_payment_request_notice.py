from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.tools import plaintext2html, split_every

from ...tools.sentence import within
from ..connection.urssaf_document import ACTIVITY
from .urssaf_payment_request_states import UNTOLD_STATES

# More in one transaction would keep rows locked for long.
TOLD_TOGETHER = 100


class UrssafPaymentRequest(models.Model):
    """What people are told: a line in the invoice's chatter, an activity when somebody has to act (SCREENS §7).

    Always after the outcome is committed, in a transaction of its own that may be repeated: the timeline knows
    which of its lines have been told.
    """

    _inherit = 'urssaf.payment.request'

    def _notify(self):
        """Tell people what is new about these requests. Commits; never raises."""
        if self:
            untold = [('request_id', 'in', self.ids), ('is_told', '=', False)]
            self.env['urssaf.payment.request.event'].search(untold, order='id')._notify()

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
        return self.company_id._urssaf_person(self.move_id.invoice_user_id, self.create_uid)

    def _needs_a_person(self):
        self.ensure_one()
        if self.needs_attention or self._waits_for_state_half():
            return True
        if self._amount_to_collect() > 0 or self._is_left_open():
            return True
        return self.stage == 'to_fix' and not self._is_settled()

    def _tell(self, text):
        """A line in the timeline that is no change of state. Does not commit.

        :param str text: in the language of who follows the matter
        """
        self.ensure_one()
        self.env['urssaf.payment.request.event'].create(
            {'request_id': self.id, 'date': fields.Datetime.now(), 'detail': text}
        )

    def _update_activities(self):
        """One activity for one cause, on each invoice, closed by itself when the cause is gone. Does not commit."""
        moves = self.move_id
        made = moves.activity_search([ACTIVITY]).grouped('res_id')
        for move in moves:
            # The latest counts, unless an earlier one has turned up alive.
            about = (
                move.urssaf_request_ids.filtered(lambda request: request.attention == 'alive')[:1]
                or move.urssaf_request_id
            )
            if not about:  # of another environment than the settings': nothing is to be done about it
                made.get(move.id, self.env['mail.activity']).unlink()
                continue
            responsible = about._responsible()
            about = about._for_reader(responsible)
            needed = about._needs_a_person()
            self._keep_activity(
                about.move_id,
                made.get(move.id, self.env['mail.activity']),
                needed,
                summary=needed and about._activity_summary(),
                note=needed and plaintext2html(about._activity_note()),
                user=responsible,
            )

    def _for_reader(self, responsible):
        """The request in the language of who follows the matter, in its own company.

        :param res.users responsible: who that is
        """
        lang = responsible.lang or self.company_id.partner_id.lang
        return self.with_context(lang=lang).with_company(self.company_id)

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
        reason = within(self.reject_label)
        if self.state == 'refused' and reason:
            return self.env._(
                "Request refused by %(customer)s (invoice %(invoice)s): %(reason)s", reason=reason, **names
            )
        return self._words('activity', **names)


class UrssafPaymentRequestEvent(models.Model):
    _inherit = 'urssaf.payment.request.event'

    def _notify(self):
        """Tell people about these events, many in one transaction. Commits; never raises."""
        for chunk in split_every(TOLD_TOGETHER, self.ids, self.browse):
            # The cron tries again.
            self.env['urssaf.document']._notify_apart(chunk, type(self)._notify_together, type(self)._notify_later)

    def _notify_later(self):
        """Behind those that never failed: one that always fails must not keep them from being told. Commits."""
        try:
            self.tell_failures += 1
            self.env.flush_all()
            self.env['urssaf.document']._commit()
        except SerializationFailure:
            self.env.cr.rollback()

    def _notify_together(self):
        """Chatter lines and activities for these events, but for those that another worker tells. Does not commit."""
        events = self.try_lock_for_update(allow_referencing=True)
        events.invalidate_recordset(['is_told'])
        events = events.filtered(lambda event: not event.is_told).sorted('id')
        events.is_told = True
        # URSSAF shows the household what it has.
        events.request_id.filtered('request_ref').move_id._urssaf_mark_sent()
        events._log_lines()
        # Only the latest word counts for what is left to do.
        latest = events.filtered(lambda event: event == event.request_id.event_ids.sorted('id')[-1:]).request_id
        latest._update_activities()
        latest.filtered(
            lambda request: request.move_id.urssaf_request_id == request
        ).move_id._urssaf_refresh_documents()

    def _log_lines(self):
        """A line in the chatter of the invoice for each of these events. Does not commit."""
        lines = [
            (event.request_id.move_id, event._line())
            for event in self
            if event.state not in UNTOLD_STATES or event.detail
        ]
        while lines:
            bodies, later = {}, []
            for move, line in lines:
                if move.id in bodies:
                    later.append((move, line))
                else:
                    bodies[move.id] = line
            self.env['account.move'].browse(bodies)._urssaf_log(bodies)
            lines = later

    def _line(self):
        """What the chatter says, in the language of the person who follows the matter.

        :rtype: str
        """
        request = self.request_id._for_reader(self.request_id._responsible())
        event = self.with_env(request.env)
        is_refusal = self.state == 'refused' and request.state == self.state
        sentence = request._ending() if is_refusal else event._describe()
        return event.env._("Avance immédiate: %s", sentence)


class AccountMove(models.Model):
    _inherit = 'account.move'

    def _urssaf_log(self, bodies):
        """A note in the chatter of each of these invoices; who follows their notes is told. Does not commit.

        :param dict bodies: a text by the invoice's id
        """
        note = self.env.ref('mail.mt_note')
        followed = (
            self.env['mail.followers']
            .sudo()
            .search([('res_model', '=', self._name), ('res_id', 'in', self.ids), ('subtype_ids', 'in', note.ids)])
        )
        heard = self.browse(set(followed.mapped('res_id')))
        for move in heard:
            move.message_post(body=bodies[move.id], message_type='notification', subtype_id=note.id)
        if silent := self - heard:
            silent._message_log_batch(bodies=bodies)
