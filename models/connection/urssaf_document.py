import logging
import uuid
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import LockError

from .res_company import ENVIRONMENTS
from .urssaf_states import may_follow

_logger = logging.getLogger(__name__)

ACTIVITY = 'l10n_fr_avance_immediate.mail_activity_type_urssaf'
WRITE_TRIES = 5
# Longer than any call can last: a claim older than this has lost its owner (DESIGN §3.6).
CLAIM_LIFETIME = timedelta(minutes=15)
# Nothing is put off for longer than this; what seems to be was put off by a clock that stood in another year, and is due.
LONGEST_PAUSE = timedelta(days=100)
# While a worker asks URSSAF about documents, the others leave them alone.
POLL_LEASE = timedelta(minutes=5)


class UrssafDocument(models.AbstractModel):
    """What requests and registrations share: states that follow what URSSAF says, written between two calls.

    In the order of a document's life (DESIGN §3.0 to §3.6): ``_claim`` before a call that has an effect,
    ``_write_from_memory`` for its outcome, ``_notify_each`` for what people are told, ``_sync_due`` and ``_lease`` for
    what became of it. A document has ``company_id``, ``state``, ``claim``, ``claimed_at`` and ``next_poll_at``.
    """

    _name = 'urssaf.document'
    _description = "URSSAF Document"

    # The way of a document that goes well: what its status bar shows.
    _path_states = ()

    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)

    @api.model
    def _commit(self):
        """The one place of this module that commits: the network is only called between two commits (DESIGN §3).

        Not guarded by ``_can_commit()``, never called inside a savepoint; only buttons, the send hook and crons.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _submit_later(self, at=None):
        """Let ``ir_cron_urssaf_submit`` run: it sends requests, and registrations that wait in the background.

        :param datetime at: naive UTC; at once without it
        """
        self.env.ref('l10n_fr_avance_immediate.ir_cron_urssaf_submit').sudo()._trigger(at)

    # -- people -----------------------------------------------------------------------------------

    def _responsible(self):
        """Who acts on this document, and in whose language it is written when nobody is looking.

        :rtype: res.users
        """
        raise NotImplementedError

    def _localized(self):
        """The document in the language of who follows it when nobody is looking: a cron has no language, and what it
        writes down (``error_text``) is read by people."""
        self.ensure_one()
        if self.env.context.get('lang'):
            return self
        return self.with_context(lang=self._responsible().lang or self.company_id.partner_id.lang)

    @api.model
    def _keep_activity(self, target, current, needed, *, summary='', note=None, user=None, kind=ACTIVITY):
        """One activity for one cause: made when it arises, its words kept up to date, closed when it is gone.

        Does not commit.

        :param target: the record that it stands on: a customer, an invoice, a company's contact
        :param mail.activity current: what has been made for this cause before; may be empty, or done by now
        :param bool needed: whether somebody has to act
        :param note: text or markup; None: that of the activity stays
        :param res.users user: who has to act
        :param str kind: XML id of the activity's type
        :return: the open activity; empty when there is none
        :rtype: mail.activity
        """
        opened = current.sudo().filtered('active')
        if not needed:
            opened.unlink()
            return opened.browse()
        values = {'summary': summary, **({} if note is None else {'note': note})}
        if opened:
            opened[:1].write(values)
            opened[1:].unlink()
            return opened[:1]
        return target.activity_schedule(kind, user_id=user.id, **values)

    @api.model
    def _notify_each(self, records, notify, after_failure=None):
        """Tell people about each record, in a transaction of its own, which may be repeated. Commits; never raises.

        A notice is not worth a lost status: it comes after the outcome's commit.

        :param notify: writes what people read of one record
        :param after_failure: called with a record whose notice failed; commits itself
        """
        for record in records:
            try:
                notify(record)
                self.env.flush_all()
                self._commit()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Nobody could be told about %s", record)
                if after_failure:
                    after_failure(record)

    # -- states -----------------------------------------------------------------------------------

    def _log_unknown_steps(self, states, state):
        """Log a change of state that the table does not know. It is applied all the same (CONTRACT §9).

        :param dict states: the document's table, ``urssaf_states.State`` by key
        :param str state: what the documents are about to become
        """
        for document in self:
            if not may_follow(states, document.state, state):
                _logger.warning(
                    "%s goes from %s to %s: a step that is not in its table", document, document.state, state
                )

    @api.model
    def _get_view(self, view_id=None, view_type='form', **options):
        # EXTENDS 'base': a view cannot name what the table of states knows
        arch, view = super()._get_view(view_id, view_type, **options)
        for node in arch.iterfind(".//field[@widget='statusbar']"):
            node.set('statusbar_visible', ','.join(self._path_states))
        return arch, view

    # -- a call that has an effect: claim before, outcome after -----------------------------------

    def _claim(self, states, start):
        """Commit 2: from here on only the holder of the claim may POST.

        :param tuple states: the states from which the call may leave
        :param start: called with the documents claimed and the claim: writes ``sending``, ``claim`` and ``claimed_at``,
            in the transaction of the claim
        :return: the documents claimed, and the claim; nothing when another worker has them
        :rtype: tuple
        """
        claim = uuid.uuid4().hex
        try:
            claimed = self.try_lock_for_update(allow_referencing=True)
            claimed.invalidate_recordset(['state'])
            claimed = claimed.filtered(lambda document: document.state in states)
            if claimed:
                start(claimed, claim)
            self._commit()
        except SerializationFailure:
            # Another worker changed a row since our snapshot: it has taken these, the next run sees the rest.
            self.env.cr.rollback()
            return self.browse(), claim
        return claimed, claim

    def _write_from_memory(self, apply, tries=WRITE_TRIES):
        """Lock and read again, apply, commit; when another worker interferes, the same once more.

        :param apply: writes what a call gave; called anew at each try, never calls URSSAF
        :return: whether it could be written
        """
        for _attempt in range(tries):
            try:
                self.lock_for_update(allow_referencing=True)
                self.invalidate_recordset()
                apply()
                self.env.flush_all()
                self._commit()
                return True
            except (SerializationFailure, LockError):
                self.env.cr.rollback()
        return False

    # -- what became of it: what is due, one worker at a time -------------------------------------

    @api.model
    def _callable_domain(self, now):
        """What URSSAF may be called about: in the environments that the settings name, of companies whose calls get
        through.

        :param datetime now: UTC
        :rtype: fields.Domain
        """
        companies = self.env['res.company'].sudo().search([('urssaf_environment', '!=', False)])
        here = fields.Domain.OR(
            fields.Domain([('environment', '=', environment), ('company_id', 'in', owners.ids)])
            for environment, owners in companies.grouped('urssaf_environment').items()
        )
        return here & ~self.env['urssaf.connection']._paused_domain(now)

    @api.model
    def _poll_due_domain(self, now):
        """What URSSAF is to be asked about, claims without an owner included.

        :param datetime now: UTC
        :rtype: fields.Domain
        """
        is_sending = fields.Domain('state', '=', 'sending')
        is_to_ask = self._due_domain('next_poll_at', now)
        # A claim is never from the future, either.
        is_lost = fields.Domain('claimed_at', '<=', now - CLAIM_LIFETIME) | fields.Domain(
            'claimed_at', '>', now + CLAIM_LIFETIME
        )
        return self._callable_domain(now) & ((~is_sending & is_to_ask) | (is_sending & is_lost))

    @api.model
    def _due_domain(self, field, now, longest=LONGEST_PAUSE):
        """What is due at this UTC moment; also what was put off too far to be true: a server's clock may once have stood
        in another year.

        :param str field: the moment from which it is due
        :param datetime now: UTC
        :param timedelta longest: how far it can be put off
        :rtype: fields.Domain
        """
        return fields.Domain(field, '<=', now) | fields.Domain(field, '>', now + longest)

    @api.model
    def _sync_due(self, limit=100):
        """Ask URSSAF about everything that is due. Safe from several processes at once. Commits.

        :param int limit: how many at most
        :return: number of documents handled; 0 when nothing is due
        """
        self._commit()  # a fresh snapshot, so that the lock follows at once
        due = self.search(self._poll_due_domain(fields.Datetime.now()), order='next_poll_at, id', limit=limit)
        if not due:
            return 0
        leased = due._lease()
        if leased is None:
            return 1  # another worker is at it: search again
        leased._sync()
        return len(leased)

    def _lease(self):
        """Mark these documents as being asked about, so that no other worker asks too. Commits.

        :return: those that nobody holds; None when another worker has changed one since they were searched
        """
        try:
            leased = self.try_lock_for_update(allow_referencing=True)
            # Their owner died after the claim: whether the POST went out, only URSSAF knows (DESIGN §3.6).
            leased.filtered(lambda document: document.state == 'sending')._lose_answer()
            leased.next_poll_at = fields.Datetime.now() + POLL_LEASE
            self._commit()
            return leased
        except SerializationFailure:
            self.env.cr.rollback()
            return None

    def _lose_answer(self):
        """Nobody knows whether URSSAF has it: to be looked up. Does not commit."""
        raise NotImplementedError

    def _sync(self):
        """Ask URSSAF about these documents. Commits.

        :return: a sentence when URSSAF could not be asked, else an empty string
        """
        raise NotImplementedError
