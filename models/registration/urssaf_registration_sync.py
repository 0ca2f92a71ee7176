from datetime import timedelta

from odoo import fields, models

from ...urssaf.errors import Refused, Unavailable
from ...urssaf.least import least
from ...urssaf.statuses import REGISTRATION_STATUSES
from ..connection.urssaf_document import Asked
from .urssaf_registration_states import POLL_DELAYS


class UrssafRegistration(models.Model):
    """M020: how far a registration is, and the search for one whose answer was lost."""

    _inherit = 'urssaf.registration'

    # -- asking -----------------------------------------------------------------------------------

    def _sync(self):
        """Ask URSSAF how far these registrations are. Commits.

        :return: a sentence when URSSAF could not be asked, else an empty string
        :rtype: str
        """
        others = self._of_other_contract()
        failures = [
            registrations._sync_apart(lambda one: Asked(one._localized()._sync_one(), one, one.browse()), 1)
            for registrations in (self - others).grouped(lambda one: (one.company_id, one.environment)).values()
        ]
        self.filtered('spoilt_count')._notify()
        failure = next(filter(None, failures), None)
        if not failure and others:
            return others[:1]._other_contract_sentence()
        return self.env['urssaf.error']._explain(failure) if failure else ''

    def _sync_one(self):
        """``_sync`` for one registration, in the language of who follows it. Commits.

        :return: the ``UrssafError`` when URSSAF could not be asked, or None
        """
        connection, status, found, failure = self.env['urssaf.connection'], None, None, None
        number = self.customer_ref
        if number:
            status, failure = connection._ask(self, lambda client: client.customer_status(number), is_apart=True)
        elif self.state == 'unknown':
            found, failure = connection._ask(self, self._sync_lookup, is_apart=True)
        if failure:
            return failure

        def apply(registration, status, found):
            if registration.spoilt_count:
                registration.write({'spoilt_count': 0, 'needs_attention': False})
            if status:
                # Of a number that is no longer theirs (they are being registered again) it says nothing.
                if registration.customer_ref == number:
                    registration._apply_status(status)
            elif found and not registration.customer_ref and registration.state == 'unknown':
                registration._adopt(found)
            elif registration.state == 'unknown' and not registration.customer_ref:
                registration._conclude_lost_answer()
            else:
                registration.next_poll_at = fields.Datetime.now() + POLL_DELAYS['unknown']

        self._write_safely(
            lambda registration: apply(registration, status, found),
            lambda registration: apply(registration, least(status), least(found)),
            lambda registration: registration._set_spoilt(Unavailable('unreadable'), True),
            type(self)._poll_seldom,
        )
        return None

    def _ask_a_person(self, failure):
        if not self.needs_attention:
            self.write({'needs_attention': True, 'error_text': self._spoilt_sentence(failure)})

    def _sync_lookup(self, client):
        """The status of a household whose number was lost, looked up by e-mail (CONTRACT §10.4).

        Two people may share an e-mail address: the names must be those that were sent.

        :param urssaf.client.UrssafClient client: opened for this call
        :return: a ``CustomerStatus`` with its number, or None when URSSAF names nobody that fits
        :raises UrssafError: when URSSAF could not be asked
        """
        try:
            status = client.customer_status(email=self.sudo().email_at_urssaf)
        except (Refused, Unavailable) as failure:
            is_no_answer = isinstance(failure, Refused) or failure.reason == 'unreadable'
            # The first failure may be a passing one; later we take it that URSSAF does not look up by e-mail.
            is_late = not self.claimed_at or self.claimed_at <= fields.Datetime.now() - POLL_DELAYS['unknown']
            if is_no_answer and is_late:
                return None
            raise
        return status if status.known and status.customer_ref and self._is_this_household(status) else None

    # -- concluding; none of these commits --------------------------------------------------------

    def _adopt(self, status):
        """Take over the number of a registration whose answer was lost, its state, and what was sent for it.

        :param urssaf.answers.CustomerStatus status: what URSSAF says of the household
        """
        if holder := self._holder_of_number(status.customer_ref):
            self._lose_attempts()
            held = self._held_sentence(status.customer_ref, holder)
            self.write({'next_poll_at': False, 'needs_attention': True, 'error_text': held})
            return
        self._set_state(
            'pending',
            customer_ref=status.customer_ref,
            claim=False,
            registered_at=self.claimed_at or fields.Datetime.now(),
        )
        self._apply_status(status)
        self._adopt_attempt(status)

    def _conclude_lost_answer(self):
        """Without a number nothing can be looked up: sending again is safe in effect (CONTRACT §10.4).

        When URSSAF says that the link exists, the first call succeeded and only its number is missing.
        """
        self._lose_attempts()
        if self.error_text:
            self.write({'next_poll_at': False, 'needs_attention': True})
        else:
            self._set_state('draft', claim=False)
            self._ask_to_register_again(
                self.env._(
                    "URSSAF's answer to the registration did not arrive. Register again: nobody is registered twice."
                )
            )

    def _apply_status(self, status):
        """Take over one M020 result (CONTRACT §6). An unknown code keeps the state, is stored raw and flagged.

        :param urssaf.answers.CustomerStatus status: what URSSAF says of the household
        """
        state = REGISTRATION_STATUSES.get(status.code)
        if not status.known:
            state = 'unlinked'
        now = fields.Datetime.now()
        values = {'status_code': status.code, 'needs_attention': not state, 'error_text': False, 'checked_at': now}
        if not self.sudo().client_key:
            values.update(self.company_id._urssaf_contract())  # URSSAF knows the household under this one
        if state == 'active' and status.activated_at:
            values['activated_at'] = status.activated_at
        self._set_state(state or self.state, **values)
        if not state:
            self.next_poll_at = now + timedelta(days=1)
