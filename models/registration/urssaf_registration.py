import logging
import uuid
from datetime import timedelta

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, plaintext2html

from ...tools.notification import notification
from ...urssaf.errors import OutcomeUnknown, Refused, Unavailable, UrssafError
from ...urssaf.statuses import ACTIVATION_LINK_LIFETIME, REGISTRATION_STATUSES, next_pending_look
from ..connection.urssaf_document import ACTIVITY, POLL_LEASE, WRITE_TRIES

_logger = logging.getLogger(__name__)

LINK_EXISTS = 'ERR_LIEN_TIERS_PRESTATION_PARTICULIER_EXISTE'
# How often URSSAF is asked (M020), by state; 'pending' ever less (`next_pending_look`), the others not by themselves.
POLL_DELAYS = {
    'active': timedelta(days=7),
    'blocked': timedelta(days=1),
    'mandate_expired': timedelta(days=1),
    'unknown': timedelta(minutes=30),
}
# From these an M010 may leave.
REGISTRABLE = ('draft', 'rejected', 'unlinked')
UNTOLD_STATES = ('draft', 'sending')
PROBLEM_STATES = ('rejected', 'blocked', 'mandate_expired', 'unlinked')


class UrssafRegistration(models.Model):
    """The link between a household and a provider in one environment (M010, M020)."""

    _name = 'urssaf.registration'
    _description = "URSSAF Registration"
    _inherit = ['urssaf.document', 'mail.thread']
    _order = 'id desc'
    _rec_name = 'partner_id'
    _mail_post_access = 'read'

    partner_id = fields.Many2one(
        'res.partner', string="Customer", required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    environment = fields.Selection(
        [('simulator', "Simulator"), ('sandbox', "URSSAF test"), ('production', "Production")],
        required=True,
        readonly=True,
    )
    customer_ref = fields.Char("URSSAF Customer Number", readonly=True, index='btree_not_null', copy=False)
    state = fields.Selection(
        lambda self: self._state_selection(), required=True, readonly=True, default='draft', index=True, tracking=True
    )
    status_code = fields.Char("URSSAF Status Code", readonly=True)
    needs_attention = fields.Boolean("Unusual Answer", readonly=True)
    error_text = fields.Text("What Happened", readonly=True)
    registered_at = fields.Datetime("Registered On", readonly=True)
    activated_at = fields.Datetime(
        "Activated On", readonly=True, help="URSSAF's stamp read as UTC: only services after that day can be sent."
    )
    told_state = fields.Char(readonly=True, help="The state the chatter of the customer knows.")
    claim = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    claimed_at = fields.Datetime(readonly=True)
    next_poll_at = fields.Datetime("Next Check", readonly=True, index='btree_not_null')
    activity_id = fields.Many2one(
        'mail.activity',
        string="Activity",
        readonly=True,
        copy=False,
        ondelete='set null',
        help="A customer may be that of several companies: each registration closes its own activity only.",
    )

    _unique_link = models.Constraint(
        'UNIQUE (partner_id, company_id, environment)', "This customer has a registration already."
    )

    @api.model
    def _state_selection(self):
        return [
            ('draft', self.env._("Not registered")),
            ('sending', self.env._("Registration to check")),
            ('unknown', self.env._("Registration under check")),
            ('rejected', self.env._("Registration refused")),
            ('pending', self.env._("Waiting for activation")),
            ('active', self.env._("Active")),
            ('blocked', self.env._("Blocked")),
            ('mandate_expired', self.env._("Mandate expired")),
            ('unlinked', self.env._("Link ended")),
        ]

    # -- what people read -------------------------------------------------------------------------

    def _sentence(self):
        """The state as one sentence: what is going on, who must do what (SCREENS §2)."""
        self.ensure_one()
        names = {'customer': self.partner_id.name}
        if self.state == 'pending':
            return self._pending_sentence()
        if self.state == 'active':
            if not self.activated_at:
                return self.env._("Active: requests can be sent.")
            first_day = fields.Date.add(self.activated_at.date(), days=1)
            return self.env._(
                "Active since %(date)s: services from %(first_day)s on can be sent.",
                date=format_date(self.env, self.activated_at.date()),
                first_day=format_date(self.env, first_day),
            )
        return {
            'draft': self.error_text or self.env._("Not registered yet."),
            'sending': self.env._("The registration is on its way; we look up by ourselves what became of it."),
            'unknown': self.error_text or self.env._("URSSAF's answer did not arrive; we look it up by ourselves."),
            'rejected': self.error_text or self.env._("URSSAF refused the registration."),
            'blocked': self.env._(
                "URSSAF has blocked the account of %(customer)s, who settles this with URSSAF. "
                "Until then they pay you directly.",
                **names,
            ),
            'mandate_expired': self.env._(
                "The debit mandate has expired: %(customer)s renews it on URSSAF's site. "
                "Until then they pay you directly.",
                **names,
            ),
            'unlinked': self.env._(
                "%(customer)s has ended the link with your company. To go on, register them again.", **names
            ),
        }[self.state]

    def _pending_sentence(self):
        written = self.registered_at or self.create_date
        limit = written + ACTIVATION_LINK_LIFETIME
        values = {
            'customer': self.partner_id.name,
            'date': format_date(self.env, written),
            'limit': format_date(self.env, limit),
        }
        if fields.Datetime.now() < limit:
            return self.env._(
                "URSSAF wrote to %(customer)s on %(date)s. They activate their account before %(limit)s.", **values
            )
        sentence = self.env._(
            "The link that URSSAF sent to %(customer)s on %(date)s has expired: they ask URSSAF for a new one, on its "
            "site, and activate their account with it.",
            **values,
        )
        if not self.next_poll_at:
            sentence += ' ' + self.env._(
                "URSSAF is not asked about it by itself any more: refresh when they have done so."
            )
        return sentence

    def _notify_user(self, just_registered=False):
        """The notice after registering or refreshing.

        :raises UserError: when the only one is refused; with ``urssaf_form_tells`` in the context that is a notice, too
        """
        # A click that came second may not see the first one's claim yet: there is nothing wrong, and nothing to do.
        joined = self.filtered(
            lambda registration: just_registered and registration.state == 'draft' and not registration.error_text
        )
        bad = (self - joined).filtered(lambda registration: registration.state in ('draft', 'rejected'))
        if joined and joined == self:
            message = self.env._("The registration is on its way; we look up by ourselves what became of it.")
        elif bad:
            message = '\n'.join(registration._sentence() for registration in bad)
            # A form that shows the refusal itself wants to be loaded again, which it is not after an error.
            if len(self) == 1 and not self.env.context.get('urssaf_form_tells'):
                raise UserError(message)
        elif just_registered and len(self) == 1 and self.state == 'pending':
            message = self.env._(
                "Registration received. URSSAF sends %(email)s a message to activate the account "
                "(link valid 7 days). You will be told.",
                email=self.partner_id.email,
            )
        else:
            message = '\n'.join(f"{registration.partner_id.name}: {registration._sentence()}" for registration in self)
        return notification(message, 'warning' if bad else 'success', sticky=True)

    # -- M010: intent, claim, call, outcome (DESIGN §3) -------------------------------------------

    @api.model
    def _intend(self, partners, company):
        """The registrations of these households, made where they are not there yet. Commits (1: the intent).

        Somebody who makes the same one at this moment is joined: the unique constraint stops the second, a new
        snapshot shows the first.
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

    def _register_customers(self):
        """Send M010 for those of ``self`` that may be sent. Commits.

        Who is registered, or may be, is left alone: no person is registered twice.

        :return: a sentence when URSSAF could not be reached, so that nothing was sent; else an empty string
        """
        sentence = ''
        for registration in self:
            if registration.state in REGISTRABLE:
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
        """
        company = self.company_id
        connection = self.env['urssaf.connection']
        client = company._urssaf_client()
        try:
            connection._check_wait(company, self.environment)
            client.ensure_token()
        except UrssafError as failure:
            # Nothing was claimed, so nothing of the registration is ours to write: another worker may have it.
            exchanges = client.take_exchanges()
            if exchanges:
                self.env['urssaf.exchange']._record_now(company, exchanges, self)
                connection._note(company, self.environment, failure)
            return self.env['urssaf.error']._explain(failure)
        customer = variant.customer if variant else self.partner_id._urssaf_customer()
        claim = uuid.uuid4().hex
        try:
            claimed = self.try_lock_for_update(allow_referencing=True)
            claimed.invalidate_recordset(['state'])
            claimed = claimed.filtered(lambda r: r.state in REGISTRABLE)
            before = {'state': claimed.state, 'customer_ref': claimed.customer_ref}
            # A number of a link that has ended says nothing about this call.
            claimed.write(
                {
                    'state': 'sending',
                    'claim': claim,
                    'claimed_at': fields.Datetime.now(),
                    'error_text': False,
                    'customer_ref': False,
                }
            )
            claimed._open_attempt(claim, customer, variant)
            self._commit()  # commit 2: the claim
        except SerializationFailure:
            self.env.cr.rollback()
            return ''  # somebody else is registering this household
        if not claimed:
            return ''
        customer_ref, failure = None, None
        try:
            customer_ref = client.register_customer(customer)
        except UrssafError as error:
            failure = error
        except Exception:
            _logger.exception("Unexpected error while registration %s was sent", self.id)
            failure = OutcomeUnknown('unexpected')
        self._write_outcome(claim, before, customer_ref, failure, client.take_exchanges())
        connection._note(company, self.environment, failure)
        if isinstance(failure, OutcomeUnknown) or (isinstance(failure, Refused) and LINK_EXISTS in failure.codes):
            self._sync()
        return ''

    def _write_outcome(self, claim, before, customer_ref, failure, exchanges):
        """Commit 3, from memory, as often as it takes."""

        def apply():
            ours = self.state == 'sending' and self.sudo().claim == claim
            # A number is true however late it comes, also after a recovery that did not find it (DESIGN §3.6).
            late = customer_ref and not self.customer_ref and self.state in ('sending', 'unknown', 'draft')
            if ours or late:
                self._apply_outcome(claim, before, customer_ref, failure)

        self._write_safely(apply, exchanges)

    def _write_safely(self, apply, exchanges):
        """Write what a call gave, with its exchanges, as often as it takes; then tell people. Commits."""

        def apply_and_record():
            apply()
            self.env['urssaf.exchange']._record(self.company_id, exchanges, self)

        self._write_from_memory(apply_and_record)
        self._tell()

    def _apply_outcome(self, claim, before, customer_ref, failure):
        now = fields.Datetime.now()
        if customer_ref:
            self._set_state('pending', customer_ref=customer_ref, registered_at=now, claim=False, error_text=False)
        elif isinstance(failure, Refused) and LINK_EXISTS in failure.codes:
            # An earlier call succeeded and its answer was lost (CONTRACT §10.4).
            self._set_state('unknown', error_text=self.env['urssaf.error']._sentence(failure.errors))
        elif isinstance(failure, Refused):
            self.env['urssaf.error']._learn(failure.errors)
            self._set_state('rejected', claim=False, error_text=self.env['urssaf.error']._sentence(failure.errors))
        elif isinstance(failure, OutcomeUnknown):
            self._set_state('unknown')
        else:  # NotSent and its kind: nothing happened
            self._set_state(
                before['state'],
                customer_ref=before['customer_ref'],
                claim=False,
                error_text=self.env['urssaf.error']._explain(failure),
            )

    def _set_state(self, state, **values):
        now, delay = fields.Datetime.now(), POLL_DELAYS.get(state)
        next_poll_at = delay and now + delay
        if state == 'pending':
            next_poll_at = next_pending_look(values.get('registered_at') or self.registered_at or self.create_date, now)
        self.write({'state': state, 'next_poll_at': next_poll_at, **values})

    # -- M020: how far is it ----------------------------------------------------------------------

    @api.model
    def _sync_due(self, limit=100):
        """Ask about the registrations that are due. Safe from several processes at once. Commits.

        :return: number of registrations handled; 0 when nothing is due
        """
        self._commit()  # a fresh snapshot, so that the lock follows at once
        now = fields.Datetime.now()
        due = self.search(self._poll_due_domain(now), order='next_poll_at, id', limit=limit)
        if not due:
            return 0
        try:
            leased = due.try_lock_for_update(allow_referencing=True)
            leased.filtered(lambda r: r.state == 'sending')._set_state('unknown')
            leased.next_poll_at = now + POLL_LEASE
            self._commit()
        except SerializationFailure:
            self.env.cr.rollback()
            return 1  # another worker is at it: search again
        leased._sync()
        return len(leased)

    def _sync(self):
        """Ask URSSAF how far these registrations are. Commits.

        :return: a sentence when URSSAF could not be asked, else an empty string
        """
        sentence = ''
        for registration in self:
            try:
                failure = registration._localized()._sync_one()
                sentence = sentence or failure
                if failure and self.env['urssaf.connection']._is_paused(
                    registration.company_id, registration.environment
                ):
                    break  # the others come again when their lease is over
            except Exception:
                # The others go on; this one comes again when its lease is over.
                self.env.cr.rollback()
                _logger.exception("Registration %s could not be refreshed", registration.id)
        return sentence

    def _sync_one(self):
        company = self.company_id
        if company.urssaf_environment != self.environment:
            return self.env._("This registration belongs to another environment than the one in the settings.")
        client, status, found, error, failure = None, None, None, None, ''
        try:
            self.env['urssaf.connection']._check_wait(company, self.environment)
            client = company._urssaf_client()
            if self.customer_ref:
                status = client.customer_status(self.customer_ref)
            elif self.state == 'unknown':
                found = self._sync_lookup(client)
        except UserError as exception:
            failure = str(exception)
        except UrssafError as exception:
            error, failure = exception, self.env['urssaf.error']._explain(exception)

        def apply():
            if status:
                self._apply_status(status)
            elif found and not self.customer_ref and self.state == 'unknown':
                self._adopt(found)
            elif self.state == 'unknown' and not self.customer_ref and not failure:
                self._conclude_lost_answer()
            else:
                self.next_poll_at = fields.Datetime.now() + POLL_DELAYS['unknown']

        exchanges = client.take_exchanges() if client else []
        self._write_safely(apply, exchanges)
        if exchanges:
            self.env['urssaf.connection']._note(company, self.environment, error)
        return failure

    def _sync_lookup(self, client):
        """The status of a household whose number was lost, looked up by e-mail (CONTRACT §10.4).

        Two people may share an e-mail address: the names must be those that were sent.

        :return: a ``CustomerStatus`` with its number, or None when URSSAF names nobody that fits
        :raises UrssafError: when URSSAF could not be asked
        """
        partner = self.partner_id.sudo()
        try:
            status = client.customer_status(email=partner.email)
        except (Refused, Unavailable) as failure:
            is_no_answer = isinstance(failure, Refused) or failure.reason == 'unreadable'
            # Once may be a fault of the moment; later it is a version of the service that does not look up by e-mail.
            is_late = not self.claimed_at or self.claimed_at <= fields.Datetime.now() - POLL_DELAYS['unknown']
            if is_no_answer and is_late:
                return None
            raise
        return status if status.known and status.customer_ref and self._is_ours(status) else None

    def _adopt(self, status):
        """Take over the number of a registration whose answer was lost, and its state."""
        self._set_state(
            'pending',
            customer_ref=status.customer_ref,
            claim=False,
            registered_at=self.claimed_at or fields.Datetime.now(),
        )
        self._apply_status(status)

    def _conclude_lost_answer(self):
        """Without a number nothing can be looked up: sending again is safe in effect (CONTRACT §10.4).

        When URSSAF says that the link exists, the first call succeeded and only its number is missing.
        """
        if self.error_text:
            self.write({'next_poll_at': False, 'needs_attention': True})
        else:
            self._set_state(
                'draft',
                claim=False,
                error_text=self.env._(
                    "URSSAF's answer to the registration did not arrive. Register again: nobody is registered twice."
                ),
            )

    def _apply_status(self, status):
        """Take over one M020 result (CONTRACT §6). An unknown code keeps the state, is stored raw and flagged."""
        state = REGISTRATION_STATUSES.get(status.code)
        if not status.known:
            state = 'unlinked'
        values = {'status_code': status.code, 'needs_attention': not state, 'error_text': False}
        if state == 'active' and status.activated_at:
            values['activated_at'] = status.activated_at
        self._set_state(state or self.state, **values)
        if not state:
            self.next_poll_at = fields.Datetime.now() + timedelta(days=1)

    # -- notices ----------------------------------------------------------------------------------

    def _tell(self):
        """Chatter and activity on the customer, in a transaction of their own. Commits; never raises."""
        for registration in self:
            try:
                registration._tell_one()
                self.env.flush_all()
                self._commit()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Registration %s could not be told", registration.id)

    def _responsible(self):
        return self.company_id.urssaf_responsible_id or self.create_uid

    def _tell_one(self):
        partner = self.partner_id
        responsible = self._responsible()
        localized = self.with_context(lang=responsible.lang or self.company_id.partner_id.lang)
        if self.told_state != self.state:
            self.told_state = self.state
            if self.state not in UNTOLD_STATES:
                partner.message_post(
                    body=localized.env._("Avance immédiate: %s", localized._sentence()),
                    message_type='notification',
                    subtype_xmlid='mail.mt_note',
                )
        localized._update_activity(responsible)

    def _needs_a_person(self):
        return self.state in PROBLEM_STATES or self.needs_attention

    def _update_activity(self, responsible):
        """One activity on the customer while somebody has to act, closed by itself when the cause is gone."""
        open_activity = self.sudo().activity_id.filtered('active')
        if not self._needs_a_person():
            open_activity.unlink()
            return
        values = {
            'summary': f"{dict(self._state_selection())[self.state]}: {self.partner_id.name}",
            'note': plaintext2html(self._sentence()),
        }
        if open_activity:
            open_activity.write(values)
        else:
            self.activity_id = self.partner_id.activity_schedule(ACTIVITY, user_id=responsible.id, **values)
