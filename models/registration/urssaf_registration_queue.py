import logging

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.fields import Domain

from .urssaf_registration_states import IN_QUEUE_STATES, RECEIVED_STATES, REGISTRABLE

_logger = logging.getLogger(__name__)

QUEUE_LIMIT = 20


class UrssafRegistration(models.Model):
    """Registrations that a user has asked for and that leave in the background, so that nobody waits for fifty calls.

    Queued are those with ``queued_at`` that are still a draft. What URSSAF has answered, or may have received, leaves
    the queue: nothing is sent a second time without a person.
    """

    _inherit = 'urssaf.registration'

    queued_at = fields.Datetime("To Be Sent Since", readonly=True, index='btree_not_null', copy=False)
    queued_by_id = fields.Many2one(
        'res.users',
        string="Asked For By",
        readonly=True,
        index='btree_not_null',
        copy=False,
        help="Who is told when all that they have asked for has left.",
    )

    def write(self, vals):
        # EXTENDS 'base'
        if vals.get('state') and vals['state'] not in IN_QUEUE_STATES:
            vals = {'queued_at': False, **vals}
        return super().write(vals)

    def _is_queued(self):
        """Whether it leaves by itself in the next minutes."""
        return self.state == 'draft' and bool(self.queued_at)

    def _enqueue(self):
        """Have these leave in the background, those that may. Commits."""
        waiting = self.filtered(lambda registration: registration.state in REGISTRABLE)
        # What is not sent goes back to the state it had: from a refusal it would not be tried again.
        waiting._set_state(
            'draft',
            queued_at=fields.Datetime.now(),
            queued_by_id=self.env.uid,
            error_text=False,
            needs_attention=False,
        )
        self._submit_later()
        self._commit()

    def _register_each(self):
        """Send M010 for each of these, whatever happens to the others. Commits.

        :return: a dict of sentences by id, for those that could not be sent; after URSSAF could not be reached the
            rest is not tried, and not in it
        """
        sentences = {}
        for registration in self:
            try:
                failure = registration._localized()._register_customers()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Registration %s could not be sent", registration.id)
                sentences[registration.id] = registration._localized()._broken_sentence()
                continue
            if failure:
                sentences[registration.id] = failure
            if failure or self.env['urssaf.connection']._is_paused(registration.company_id, registration.environment):
                break
        return sentences

    @api.model
    def _queue_domain(self):
        """What is to leave now, in the environments that the settings name and where URSSAF can be reached."""
        return self._callable_domain(fields.Datetime.now()) & Domain(
            [('queued_at', '!=', False), ('state', '=', 'draft')]
        )

    @api.model
    def _register_queued(self, limit=QUEUE_LIMIT):
        """Send the registrations that wait, oldest first. Safe from several processes at once. Commits.

        :param int limit: how many at most
        :return: number of registrations handled; 0 when nothing is left to do now
        """
        self._commit()  # a fresh snapshot
        queued = self._due_fairly(self._queue_domain(), 'queued_at, id', limit)
        try:
            queued._drop_all_incomplete()
        except SerializationFailure:
            self.env.cr.rollback()
            return 0
        queued.filtered('needs_attention')._notify()
        for registrations in queued.filtered('queued_at').grouped('company_id').values():
            try:
                sentences = registrations._register_each()
                # One that fails for a reason of ours must not come first for ever.
                broken = self.browse(id for id in sentences).filtered('queued_at')
                if broken and not self.env['urssaf.connection']._is_paused(
                    broken.company_id[:1], broken[:1].environment
                ):
                    broken._leave_queue(sentences)
            except Exception:
                self.env.cr.rollback()
                _logger.exception("The registrations %s that wait could not be sent", registrations._ids)
        self._notify_who_asked(queued.queued_by_id)
        return len(queued)

    def _drop_all_incomplete(self):
        """Each for itself where they cannot be looked at together: one that breaks leaves the queue. Commits.

        :raises SerializationFailure: when another worker is at it
        """
        try:
            for registration in self:
                registration._drop_incomplete()
            self._commit()
        except SerializationFailure:
            raise
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Registrations %s cannot be checked before they leave", self._ids)
            for registration in self:
                registration._write_apart(type(self)._drop_incomplete, type(self)._leave_queue)

    def _broken_sentence(self):
        return self.env._("Something went wrong on our side: try again, and tell your administrator if it lasts.")

    def _leave_queue(self, sentences=None):
        """A person registers them anew, when what is in the way has been cleared up, and is told so. Commits.

        :param dict sentences: what is in the way, by id; without it something is wrong on our side
        """
        for registration in self.filtered(lambda registration: registration.state == 'draft'):
            sentence = (sentences or {}).get(registration.id) or registration._localized()._broken_sentence()
            registration._ask_to_register_again(sentence)
        self.write({'queued_at': False})
        self._commit()
        self._notify()

    def _ask_to_register_again(self, sentence):
        """It is a draft once more, and nobody has asked for that: a person is told, and does it anew. Does not commit.

        :param str sentence: why, and what to do, in the language of who follows it
        """
        self.write({'queued_at': False, 'needs_attention': True, 'error_text': sentence})

    @api.model
    def _notify_who_asked(self, users):
        """A notice on the screen of those whose last one has left: what became of all of them. Commits; never raises.

        :param res.users users: who has asked for registrations that have just been handled
        """
        for user in users:
            asked = self.search([('queued_by_id', '=', user.id)])
            if any(registration._is_queued() for registration in asked):
                continue

            def notify(user, asked=asked):
                asked.queued_by_id = False
                asked.with_context(lang=user.lang)._send_final_notice(user)

            self._notify_each(user, notify)

    def _send_final_notice(self, user):
        """On the screen of a user: all that they have asked for has left.

        :param res.users user: who has asked for the registrations of ``self``
        """
        received = self.filtered(lambda registration: registration.state in RECEIVED_STATES)
        refused = self.filtered(lambda registration: registration.state == 'rejected')
        rest = self - received - refused
        parts = [
            sentence
            for group, sentence in (
                (received, self.env._("Registered, URSSAF writes to them: %s.", len(received))),
                (refused, self.env._("Refused by URSSAF: %s.", len(refused))),
                (rest, self.env._("Not registered, see the reason: %s.", len(rest))),
            )
            if group
        ]
        user._bus_send(
            'simple_notification',
            {
                'title': self.env._("Avance immédiate: the registrations have left"),
                'message': ' '.join(parts),
                'type': 'warning' if refused or rest else 'success',
                'sticky': True,
            },
        )

    def _drop_incomplete(self):
        """Somebody has changed the customer meanwhile, or archived it. Does not commit."""
        registration = self._localized()
        customer = registration.partner_id
        if customer.active:
            missing = customer._urssaf_missing_sentences()
        else:
            missing = [
                registration.env._(
                    "%s is archived: nobody is registered who may not be a customer any more. Unarchive the contact and register "
                    "again, if that is still wanted.",
                    customer.name,
                )
            ]
        if missing:
            registration._ask_to_register_again('\n'.join(missing))
