import logging
import uuid
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import LockError
from odoo.fields import Domain
from odoo.tools import split_every

from ...urssaf.errors import Unavailable
from .res_company import ENVIRONMENTS
from .urssaf_states import may_follow

_logger = logging.getLogger(__name__)

ACTIVITY = 'l10n_fr_avance_immediate.mail_activity_type_urssaf'
WRITE_TRIES = 5
NOTICE_TRIES = 2
# Longer than any call can last: a claim older than this has lost its owner (DESIGN §3.6).
CLAIM_LIFETIME = timedelta(minutes=15)
# Nothing is put off for longer than this; what seems to be was put off by a clock that stood in another year, and is due.
LONGEST_DELAY = timedelta(days=100)
# While a worker asks URSSAF about documents, the others leave them alone.
POLL_LEASE = timedelta(minutes=5)
POLL_AGAIN_AFTER_FAILURE = timedelta(minutes=15)
# When to ask again about one whose answer cannot be used, by the number of such answers in a row.
SPOILT_PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
# So many documents in a row, each asked about alone, are no accident: it is URSSAF's state.
SPOILT_IN_A_ROW = 3


class Asked(NamedTuple):
    """What came of asking about some documents: the ``UrssafError`` or None, the documents of the call that failed, and
    those that were not asked about after it."""

    failure: object
    failed: object
    left: object


class UrssafDocument(models.AbstractModel):
    """What requests, registrations and connections share: states that follow what URSSAF says, written between two calls.

    In the order of a document's life (DESIGN §3.0 to §3.6): ``_claim`` before a call that has an effect,
    ``_write_from_memory`` for its outcome, ``_notify_each`` and ``_notify_apart`` for what people are told, ``_sync_due`` and ``_lease`` for
    what became of it. A document has ``company_id``; requests and registrations also have ``state``, and the fields of
    ``urssaf.contract`` (under which contract, ``claim``, ``claimed_at``, ``next_poll_at``, ``spoilt_count``).

    Bulkheads (DESIGN §4): one document, one company, one kind of work never stops another, whatever is raised.
    ``_write_apart`` and ``_sync_apart`` halve what fails together until what spoils it stands alone; ``_due_fairly``
    gives each company its share of a run; ``_run_steps`` is what a cron does.
    """

    _name = 'urssaf.document'
    _description = "URSSAF Document"

    # The way of a document that goes well: what its status bar shows.
    _path_states = ()

    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    is_past_trial = fields.Boolean(
        "Trial That Is Over",
        compute='_compute_is_past_trial',
        search='_search_is_past_trial',
        compute_sudo=True,
        exportable=False,
    )

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
        self._trigger_cron('ir_cron_urssaf_submit', at)

    @api.model
    def _trigger_cron(self, name, at=None):
        """Let a scheduled action of ours run. One that has been deleted stops nobody: the watchdog tells.

        :param str name: its id without the module
        :param datetime at: naive UTC; at once without it
        """
        if cron := self.env.ref(f'l10n_fr_avance_immediate.{name}', raise_if_not_found=False):
            cron.sudo()._trigger(at)

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
            if user and not opened[:1].user_id.active:
                values['user_id'] = user.id
            opened[:1].write(values)
            opened[1:].unlink()
            return opened[:1]
        return target.activity_schedule(kind, user_id=user.id, **values)

    @api.model
    def _notify_each(self, records, notify):
        """Tell people about each record, in a transaction of its own, which may be repeated. Commits; never raises.

        A notice is not worth a lost status: it comes after the outcome's commit.

        :param notify: writes what people read of one record
        """
        for record in records:
            try:
                notify(record)
                self.env.flush_all()
                self._commit()
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Nobody could be told about %s", record)

    @api.model
    def _notify_apart(self, records, notify, after_failure=None):
        """``_notify_each`` for records of which many are told at once: in one transaction, as long as nothing goes wrong;
        what cannot be told is halved until it stands alone. Commits; never raises.

        :param notify: writes what people read of the records it is given; called anew at each try
        :param after_failure: called with a single record whose notice failed; commits itself
        """
        is_alone = len(records) == 1
        for _attempt in range(NOTICE_TRIES):
            try:
                notify(records)
                self.env.flush_all()
                self._commit()
                return
            except SerializationFailure:
                self.env.cr.rollback()  # a fresh snapshot shows what the other worker has done
            except Exception:
                self.env.cr.rollback()
                if is_alone:
                    _logger.exception("Nobody could be told about %s", records)
                else:
                    _logger.warning("%s are told in parts", records)
                break
        if not is_alone:
            half = len(records) // 2
            for part in (records[:half], records[half:]):
                self._notify_apart(part, notify, after_failure)
        elif after_failure:
            after_failure(records)

    # -- which environment ------------------------------------------------------------------------

    @api.depends('environment', 'company_id.urssaf_environment')
    def _compute_is_past_trial(self):
        """Neither of production nor of the environment in the settings of its company: it can be brought to no end any more,
        and keeps nobody from anything.
        """
        for document in self:
            document.is_past_trial = document.environment not in ('production', document.company_id.urssaf_environment)

    @api.model
    def _search_is_past_trial(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # Of a branch, the company that it names is its parent, which its users may not see.
        return Domain.OR(
            Domain('environment', '=', name) & Domain('company_id', 'any!', Domain('urssaf_environment', '!=', name))
            for name, _label in ENVIRONMENTS
            if name != 'production'
        )

    def _without_past_trials(self):
        """See ``_compute_is_past_trial``.

        :return: a part of ``self``
        """
        return self.filtered(lambda document: not document.is_past_trial)

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
            in the transaction of the claim; gives those that leave, when some of them may not any more
        :return: the documents claimed, and the claim; nothing when another worker has them
        :rtype: tuple
        """
        claim = uuid.uuid4().hex
        try:
            claimed = self.try_lock_for_update(allow_referencing=True)
            claimed.invalidate_recordset(['state'])
            claimed = claimed.filtered(lambda document: document.state in states)
            if claimed and (leaving := start(claimed, claim)) is not None:
                claimed = leaving
            self._commit()
        except (SerializationFailure, LockError):
            # Another worker changed a row since our snapshot, or does now: it has taken these, the next run sees the rest.
            self.env.cr.rollback()
            return self.browse(), claim
        return claimed, claim

    def _deal_alone(self, act, give_up):
        """What is to be done once about one document, such as a mail: in a transaction of its own, the document locked and read
        anew in a fresh snapshot. Commits; never raises where ``give_up`` does not.

        :param act: does it; gives False when there is nothing to do any more
        :param give_up: called when ``act`` has failed, so that it is not met again and again; commits itself
        :return: whether it has been dealt with
        :rtype: bool
        """
        self.ensure_one()
        try:
            self._commit()  # a fresh snapshot, so that the lock follows at once
            locked = self.try_lock_for_update(allow_referencing=True)
            self.env.invalidate_all()
            if not locked or act() is False:
                return False
            self.env.flush_all()
            self._commit()
            return True
        except SerializationFailure:
            self.env.cr.rollback()
            return False
        except Exception:
            self.env.cr.rollback()
            _logger.exception("What was to be done about %s has failed", self)
            return bool(give_up())

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

    def _write_apart(self, *ways):
        """Write what a call gave about these documents: all at once; what cannot be written is halved until it stands
        alone. Commits; never raises for what is to be written.

        :param ways: functions that write about the documents they are given, from all there is to say to the least: one
            that stands alone is written in the first way that can be
        :return: the documents about which nothing could be written
        """
        is_alone = len(self) == 1
        for way in ways if is_alone else ways[:1]:
            try:
                # When another worker has one of them, the others need not wait.
                if self._write_from_memory(partial(way, self), tries=WRITE_TRIES if is_alone else 1):
                    return self.browse()
                break  # the other worker would be in the way of less, too
            except Exception:
                self.env.cr.rollback()
                if is_alone:
                    _logger.exception("%s could not be written as it should", self)
                else:
                    _logger.warning("%s are written in parts", self)
        if len(self) <= 1:
            return self
        half = len(self) // 2
        return self[:half]._write_apart(*ways) | self[half:]._write_apart(*ways)

    # -- asking, so that nobody's answer spoils that of others ------------------------------------

    def _sync_apart(self, ask, size):
        """Ask URSSAF about these documents of one provider. When an answer cannot be used, it is asked in halves, until
        what spoils it stands alone: that one is told and asked about less often, the others are served. Commits.

        A failure that every call would meet, and several in a row that no answer contradicts, are URSSAF's state.

        :param ask: called with at most ``size`` documents: asks (``urssaf.connection._ask`` with ``is_apart``), writes
            what was answered, commits; returns ``Asked``
        :param int size: how many are given to it at once
        :return: the first ``UrssafError``, or None
        """
        connection, company, environment = self.env['urssaf.connection'], self.company_id, self[:1].environment
        waiting = [(chunk, False) for chunk in split_every(size, self.ids, self.browse)]
        first = answered = None
        alone, in_a_row = [], 0
        while waiting:
            chunk, is_part = waiting.pop(0)
            failure, failed, left = chunk._ask_safely(ask)
            if left:
                waiting.insert(0, (left, is_part))
            # Report progress here: Odoo counts a cron that is stopped without any as failed.
            if not self.env['ir.cron']._commit_progress(1):
                waiting.clear()  # what is left comes again when its lease is over
            if not failure:
                answered, in_a_row = True, 0
                continue
            if failed + left < chunk:
                answered, in_a_row = True, 0
            first, chunk = first or failure, failed
            if not failure.may_concern_one:
                chunk._poll_later()
                if connection._is_paused(company, environment):
                    break
            elif len(chunk) > 1:
                half = len(chunk) // 2
                waiting[:0] = [(chunk[:half], True), (chunk[half:], True)]
            else:
                alone.append((chunk, failure, is_part))
                in_a_row += 1
                if in_a_row >= SPOILT_IN_A_ROW:
                    break
        if alone and (not answered or in_a_row >= SPOILT_IN_A_ROW):
            _document, failure, _is_part = alone[0]
            connection._record_result(company, environment, failure)
        self._settle_alone(alone, answered)
        return first

    @api.model
    def _settle_alone(self, alone, answered):
        """What becomes of the documents that were asked about alone, and whose answer cannot be used. Commits.

        :param list alone: ``(document, UrssafError, whether it was asked about with others before)``
        :param bool answered: whether URSSAF has answered about others meanwhile
        """
        for document, failure, is_part in alone:
            # Blame this document only if others were answered and it has failed before; a refusal counts as an answer.
            is_its_fault = (
                answered
                and (is_part or document.spoilt_count)
                or (failure.reason == 'refused' and document.spoilt_count)
            )
            document._write_apart(
                lambda one, told=bool(is_its_fault), why=failure: one._set_spoilt(why, told),
                type(document)._poll_seldom,
            )

    def _ask_safely(self, ask):
        """Whatever is raised is a failure like another. Commits.

        :rtype: Asked
        """
        try:
            return ask(self)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("%s could not be asked about", self)
            return Asked(Unavailable('unexpected'), self, self.browse())

    def _poll_later(self):
        """URSSAF could not be asked: soon again. Commits."""
        later = fields.Datetime.now() + POLL_AGAIN_AFTER_FAILURE
        self._write_apart(lambda documents: documents.write({'next_poll_at': later}))

    def _poll_seldom(self):
        """The answer about it is of no use: ever less often. Does not commit."""
        count = self.spoilt_count + 1
        pause = SPOILT_PAUSES[min(count, len(SPOILT_PAUSES)) - 1]
        self.write({'spoilt_count': count, 'next_poll_at': fields.Datetime.now() + pause})

    def _set_spoilt(self, failure, is_told):
        """URSSAF's answer about this document cannot be used, or not be written. Does not commit.

        :param urssaf.errors.UrssafError failure: why
        :param bool is_told: whether a person has to look; else it is asked about once more before
        """
        self.ensure_one()
        self._poll_seldom()
        if is_told:
            self._localized()._ask_a_person(failure)

    def _ask_a_person(self, failure):
        """Have somebody look at URSSAF's site, once, until an answer can be used. Does not commit.

        :param urssaf.errors.UrssafError failure: why the answer cannot be used
        """
        raise NotImplementedError

    def _spoilt_sentence(self, failure):
        """What people read of an answer that cannot be used.

        :rtype: str
        """
        return self.env._(
            "URSSAF's answer about it cannot be used. %s We go on asking, less often: meanwhile look on URSSAF's site.",
            self.env['urssaf.error']._explain(failure),
        )

    # -- what a cron does -------------------------------------------------------------------------

    @api.model
    def _run_steps(self, *steps):
        """What a cron does: its steps in turn, until none has anything to do. What one raises stops no other, and never
        the cron: Odoo would switch one off that fails for a week, for all companies. Commits.

        :param steps: methods without arguments that do a part of what is due, commit, and return how much they did
        """
        cron, sound = self.env['ir.cron'], list(steps)
        while True:
            done = 0
            for step in list(sound):
                try:
                    processed = step()
                    if processed and not cron._commit_progress(processed):
                        cron._commit_progress(remaining=1)  # Odoo goes on at once, after other crons
                        return
                    done += processed
                except Exception:
                    self.env.cr.rollback()
                    _logger.exception("A part of a scheduled action failed: %s", step)
                    sound.remove(step)
            if not done:
                return

    @api.model
    def _due_fairly(self, domain, order, limit):
        """What is due, each company having its share of the run: what one has in plenty, or what takes long there, makes
        no other wait.

        :param Domain domain: what is due
        :param str order: within a company
        :param int limit: how many at most
        """
        companies = [company for (company,) in self._read_group(domain, ['company_id'])]
        share = max(1, limit // len(companies)) if companies else 0
        found = [
            self.search(domain & Domain('company_id', '=', company.id), order=order, limit=limit)
            for company in companies[:limit]
        ]
        due = self.browse().concat(*(documents[:share] for documents in found))
        # What one company leaves of its share is for those that have more.
        rest = self.browse().concat(*(documents[share:] for documents in found))
        return due + rest[: limit - len(due)]

    # -- what became of it: what is due, one worker at a time -------------------------------------

    @api.model
    def _poll_due_domain(self, now):
        """What URSSAF is to be asked about, claims without an owner included.

        :param datetime now: UTC
        :rtype: Domain
        """
        is_sending = Domain('state', '=', 'sending')
        is_to_ask = self._due_domain('next_poll_at', now)
        # A claim is never from the future, either.
        is_lost = Domain('claimed_at', '<=', now - CLAIM_LIFETIME) | Domain('claimed_at', '>', now + CLAIM_LIFETIME)
        return self._callable_domain(now) & ((~is_sending & is_to_ask) | (is_sending & is_lost))

    @api.model
    def _due_domain(self, field, now):
        """What is due at this UTC moment; also what was put off too far to be true: a server's clock may once have stood
        in another year.

        :param str field: the moment from which it is due
        :param datetime now: UTC
        :rtype: Domain
        """
        return Domain(field, '<=', now) | Domain(field, '>', now + LONGEST_DELAY)

    @api.model
    def _sync_due(self, limit=100):
        """Ask URSSAF about everything that is due. Safe from several processes at once. Commits.

        :param int limit: how many at most
        :return: number of documents handled; 0 when nothing is due
        """
        self._commit()  # a fresh snapshot, so that the lock follows at once
        due = self._due_fairly(self._poll_due_domain(fields.Datetime.now()), 'next_poll_at, id', limit)
        if not due:
            return 0
        leased = due._lease()
        if leased is None:
            return 1  # another worker is at it: search again
        leased._sync()
        return len(leased)

    def _lease(self):
        """Mark these documents as being asked about, so that no other worker asks too. Commits.

        Where that cannot be done for all at once, it is done in parts.

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
        except Exception:
            self.env.cr.rollback()
            _logger.exception("%s could not be leased", self)
            if len(self) == 1:
                return self.browse()
            half = len(self) // 2
            parts = [part._lease() for part in (self[:half], self[half:])]
            return self.browse().union(*(part for part in parts if part))

    def _lose_answer(self):
        """Nobody knows whether URSSAF has it: to be looked up. Does not commit."""
        raise NotImplementedError

    def _sync(self):
        """Ask URSSAF about these documents. Commits.

        :return: a sentence when URSSAF could not be asked, else an empty string
        """
        raise NotImplementedError
