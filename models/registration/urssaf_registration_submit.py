import logging

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import api, fields, models

from ...urssaf.errors import OutcomeUnknown, Refused, UrssafError
from ...urssaf.least import least
from ...urssaf.typed import read_email
from ..connection.urssaf_document import WRITE_TRIES
from .urssaf_registration_states import KNOWN_TO_URSSAF, NUMBERLESS_STATES, REGISTRABLE

_logger = logging.getLogger(__name__)

# What a registration has again when its call was provably not processed.
BEFORE_CALL = ('state', 'customer_ref', 'email_sent', 'client_key', 'sap_number', 'needs_attention')
LINK_EXISTS = 'ERR_LIEN_TIERS_PRESTATION_PARTICULIER_EXISTE'


class UrssafRegistration(models.Model):
    """M010: intent, claim, call, outcome, in three transactions (DESIGN §3.7)."""

    _inherit = 'urssaf.registration'

    # -- intent -----------------------------------------------------------------------------------

    @api.model
    def _intend(self, partners, company):
        """The registrations of these households, made where they are not there yet. Commits (1: the intent).

        Somebody who makes the same one at this moment is joined: the unique constraint stops the second, a new
        snapshot shows the first.

        :param res.partner partners: the households
        :param res.company company: the provider, in the environment of its settings
        """
        link = {'company_id': company.id, 'environment': company.urssaf_environment}
        for attempt in range(WRITE_TRIES):
            found = self.search(
                [('partner_id', 'in', partners.ids), *((key, '=', value) for key, value in link.items())]
            )
            try:
                found |= self.create([{'partner_id': partner.id, **link} for partner in partners - found.partner_id])
                self._commit()
                return found
            except (UniqueViolation, SerializationFailure):
                self.env.cr.rollback()
                if attempt == WRITE_TRIES - 1:
                    raise
        return self.browse()

    # -- claim and call ---------------------------------------------------------------------------

    def _register_customers(self):
        """Send M010 for those of ``self`` that may be sent. Commits.

        Who is registered, or may be, is left alone: no person is registered twice.

        :return: a sentence when URSSAF could not be reached, so that nothing was sent; else an empty string
        :rtype: str
        """
        sentence = ''
        for registration in self:
            if registration.state in REGISTRABLE or registration._may_change_contract():
                sentence = registration._register_one(registration._lost_variant())
                if sentence or self.env['urssaf.connection']._is_paused(
                    registration.company_id, registration.environment
                ):
                    break  # the others would meet the same
        return sentence

    def _register_one(self, variant=None):
        """Send M010 for one household: claim, call, outcome. Commits.

        :param urssaf.variants.Variant variant: another way to write the person than the one on the form
        :return: a sentence when URSSAF could not be reached, so that nothing was sent; else an empty string
        :rtype: str
        """
        company, environment, connection = self.company_id, self.environment, self.env['urssaf.connection']
        client, failure = connection._open(company, environment)
        if failure:
            # Nothing was claimed, so nothing of the registration is ours to write: another worker may have it.
            connection._close(client, company, environment, failure, self)
            return self.env['urssaf.error']._explain(failure)
        customer, before = variant.customer if variant else self.partner_id._urssaf_customer(), {}

        def start(registration, claim):
            before.update({name: registration[name] for name in BEFORE_CALL})
            registration._set_state(
                'sending',
                claim=claim,
                claimed_at=fields.Datetime.now(),
                error_text=False,
                needs_attention=False,
                # A number of a link that has ended says nothing about this call.
                customer_ref=False,
                email_sent=read_email(customer.email),
                **company._urssaf_contract(),
            )
            registration._open_attempt(claim, customer, variant)

        states = (*REGISTRABLE, *KNOWN_TO_URSSAF) if self._may_change_contract() else REGISTRABLE
        claimed, claim = self._claim(states, start)  # commit 2: the claim
        if not claimed:
            # A token may have been asked for.
            connection._close(client, company, environment, None, self, is_counted=False)
            return ''  # somebody else is registering this household
        customer_ref, failure = None, None
        try:
            customer_ref = client.register_customer(customer)
        except UrssafError as error:
            failure = error
        except Exception:
            _logger.exception("Unexpected error while registration %s was sent", self.id)
            failure = OutcomeUnknown('unexpected')
        self._write_outcome(claim, before, customer_ref, failure, client.take_exchanges())
        connection._close(client, company, environment, failure, self)
        if isinstance(failure, OutcomeUnknown) or (isinstance(failure, Refused) and LINK_EXISTS in failure.codes):
            self._sync()
        return ''

    # -- outcome ----------------------------------------------------------------------------------

    def _write_outcome(self, claim, before, customer_ref, failure, exchanges):
        """Commit 3, from memory, as often as it takes.

        :param str claim: that of our call
        :param dict before: what ``BEFORE_CALL`` names, as it was before the claim
        :param str customer_ref: the number that URSSAF gave, or None
        :param failure: the ``UrssafError`` of the call, or None
        :param exchanges: the traces of the call
        """

        def apply(registration, failure):
            ours = registration.state == 'sending' and registration.sudo().claim == claim
            # Also after a recovery that did not find it (DESIGN §3.6).
            late = customer_ref and not registration.customer_ref and registration.state in NUMBERLESS_STATES
            if ours or late:
                registration._apply_outcome(claim, before, customer_ref, failure)

        def apply_and_record(registration):
            apply(registration, failure)
            self.env['urssaf.exchange']._record(registration.company_id, exchanges, registration)

        def apply_least(registration):
            apply(registration, least(failure))
            self.env['urssaf.exchange']._record_apart(registration.company_id, exchanges, registration)

        if unwritten := self._write_safely(apply_and_record, apply_least):
            # What went over the network stays told, whatever becomes of the rest.
            self.env['urssaf.exchange']._record_now(self.company_id, exchanges, unwritten)

    def _write_safely(self, *ways):
        """Write what a call gave, as often as it takes, in the first way that can be; then tell people. Commits; never
        raises.

        :param ways: as in ``_write_apart``
        :return: the registrations about which nothing could be written
        """
        unwritten = self._write_apart(*ways)
        self._notify()
        return unwritten

    def _apply_outcome(self, claim, before, customer_ref, failure):
        """Turn what M010 gave into a state, and keep what is to be learned from a refusal. Does not commit.

        The parameters are those of ``_write_outcome``.
        """
        if holder := self._holder_of_number(customer_ref):
            # A number is one household's: requests with it would be debited from the other one.
            self._set_state('unknown', needs_attention=True, error_text=self._held_sentence(customer_ref, holder))
            customer_ref, failure = None, OutcomeUnknown('unreadable')
        elif customer_ref:
            self._set_state(
                'pending',
                customer_ref=customer_ref,
                registered_at=fields.Datetime.now(),
                claim=False,
                error_text=False,
                needs_attention=False,
            )
        elif isinstance(failure, Refused) and LINK_EXISTS in failure.codes:
            # An earlier call succeeded and its answer was lost (CONTRACT §10.4).
            self._set_state('unknown', error_text=self.env['urssaf.error']._sentence(failure.errors))
        elif isinstance(failure, Refused):
            self.env['urssaf.error']._learn(failure.errors)
            self._set_state('rejected', claim=False, error_text=self.env['urssaf.error']._sentence(failure.errors))
        elif isinstance(failure, OutcomeUnknown):
            self._lose_answer()
        else:  # NotSent and its kind: nothing happened
            self._set_state(
                claim=False,
                error_text=self.env['urssaf.error']._explain(failure),
                **before,
            )
        self._close_attempt(claim, customer_ref, failure)
