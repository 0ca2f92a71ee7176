import logging
from datetime import timedelta
from functools import partial

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ...urssaf.errors import LONGEST_WAIT, Misconfigured, NotSent, Refused, Throttled, Unavailable, UrssafError
from .urssaf_document import WRITE_TRIES

_logger = logging.getLogger(__name__)

# How long nothing is called by itself, by number of failures in a row; the last one is the ceiling, so that a refusal
# by the household is still seen within the hour once URSSAF is back.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
# No pause is longer: one that seems to be was written by a clock that went wrong.
LONGEST_ASKED_PAUSE = timedelta(seconds=LONGEST_WAIT)
FAILURES_BEFORE_NOTICE = 3
CRONS = ('ir_cron_urssaf_submit', 'ir_cron_urssaf_sync')


class UrssafConnection(models.Model):
    """Whether URSSAF can be reached by one company in one environment, and the one way to ask it. No user has access.

    ``_open`` before a call, ``_close`` after it; ``_ask`` does both for what only reads, ``_ask_about_none`` where no document is
    meant.

    A failure that every call would meet (no network, too many calls, maintenance, refused credentials) stops the company's
    run at once, any other one the second time in a row. When three tries in a row have failed, one person is told,
    once; the first call that gets through ends it all.
    """

    _name = 'urssaf.connection'
    _description = "Connection to URSSAF"
    _inherit = ['urssaf.document']
    _log_access = False

    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    failure_count = fields.Integer(help="Failures in a row; those within a pause do not count.")
    failing_since = fields.Datetime()
    failure_text = fields.Char()
    paused_until = fields.Datetime()
    is_asked = fields.Boolean(help="URSSAF itself asked for the pause: it also holds for a click.")
    activity_id = fields.Many2one('mail.activity', ondelete='set null')
    is_told = fields.Boolean(help="Somebody has been told of this series of failures.")

    tested_at = fields.Datetime(help="When somebody has last tried it with the credentials of the settings.")
    test_failure = fields.Char()

    # While another environment is chosen; those in use stand on the company.
    kept_client_id = fields.Char("Kept Client ID", copy=False, exportable=False, groups=fields.NO_ACCESS)
    kept_client_secret = fields.Char("Kept Client Secret", copy=False, exportable=False, groups=fields.NO_ACCESS)

    _unique_owner = models.Constraint(
        'UNIQUE (company_id, environment)', "There is one connection for one environment."
    )

    @api.model
    def _find_for(self, company, environment):
        """What is known of the connection of a company to an environment; may be empty.

        :param res.company company: whose connection
        :param str environment: a key of ``ENVIRONMENTS``; may be empty
        """
        return self.sudo().search([('company_id', '=', company.id), ('environment', '=', environment)])

    # -- asking URSSAF ----------------------------------------------------------------------------

    @api.model
    def _open(self, company, environment, with_new_token=False):
        """Everything that a call needs, its token included: nothing is left to be read when the call begins.

        The token is renewed in a cursor of its own. Never raises. Whatever comes, ``_close`` follows.

        :param res.company company: who calls
        :param str environment: that of the documents the call is about
        :param bool with_new_token: ask for a token whatever is cached, so that the secret itself is tried
        :return: a ``UrssafClient``, or None when nobody was called, and the ``UrssafError`` that keeps the call from
            being made, or None
        :rtype: tuple
        """
        client = failure = None
        try:
            if company.urssaf_environment != environment:
                raise Misconfigured('environment')
            self._check_wait(company, environment)
            client = company._urssaf_client(with_new_token)
            client.ensure_token()
        except UserError as error:
            failure = Misconfigured('settings')
            failure.__cause__ = error
        except UrssafError as error:
            failure = error
        except Exception:
            # One broken company never stops the others.
            _logger.exception("No client for company %s", company.id)
            failure = NotSent('unexpected')
        return client, failure

    @api.model
    def _close(self, client, company, environment, failure, documents=None, is_counted=True):
        """After a call, or after ``_open`` has failed: keep the traces that are not kept yet, and what the call came to.
        Commits; never raises.

        :param client: as ``_open`` returned it
        :param failure: the ``UrssafError`` of the call, or None
        :param documents: the requests or the registrations that the call was about
        :param bool is_counted: whether the failure, if any, is one of the connection
        :return: whether calls may go on
        :rtype: bool
        """
        if not client:
            return not failure
        if exchanges := client.take_exchanges():
            self.env['urssaf.exchange']._record_now(company, exchanges, documents)
        return self._record_result(company, environment, failure) if is_counted else True

    @api.model
    def _ask(self, documents, call, is_apart=False):
        """A call that only reads (M020, M070) about documents of one company and environment. Commits; never raises.

        :param documents: the requests or the registrations it is about
        :param call: what to ask of the ``UrssafClient``
        :param bool is_apart: asked by ``urssaf.document._sync_apart``, which finds out whether an answer that cannot be
            used is the fault of one document, and counts it as a failure of the connection if not
        :return: the answer, or None, and the ``UrssafError``, or None
        :rtype: tuple
        """
        answers, failure = self._ask_each([documents], lambda client, _documents: call(client), is_apart)
        return next(iter(answers), None), failure

    @api.model
    def _ask_each(self, parts, call, is_apart=False):
        """``_ask`` for documents of one company and environment that need several calls: made one after the other, until
        one fails. Commits; never raises.

        :param parts: recordsets, one for each call
        :param call: what to ask of the ``UrssafClient`` about one of them
        :param bool is_apart: see ``_ask``
        :return: the answers, as far as there are any, and the ``UrssafError`` that ended them, or None
        :rtype: tuple
        """
        documents = parts[0].union(*parts)
        company, environment = documents.company_id, documents[:1].environment
        client, failure = self._open(company, environment)
        answers, traces = [], []
        if not failure and documents._of_other_contract():
            # The settings have changed since these were chosen: under another contract URSSAF would say that it has nothing.
            self._close(client, company, environment, None, documents, is_counted=False)
            return [], Misconfigured('contract')
        for part in parts if not failure else ():
            answer, failure = self._call_safely(partial(call, client, part), part)
            traces.append((client.take_exchanges(), part))
            if failure:
                break
            answers.append(answer)
        self.env['urssaf.exchange']._record_traces_now(company, traces)
        self._close(client, company, environment, failure, documents, self._is_counted(failure, is_apart))
        return answers, failure

    @api.model
    def _ask_about_none(self, company, environment, call, is_apart=False, with_new_token=False):
        """A call that only reads and is about no document in particular. Commits; never raises.

        :param res.company company: who calls
        :param str environment: a key of ``ENVIRONMENTS``
        :param call: what to ask of the ``UrssafClient``
        :param bool is_apart: asked in parts where one entry spoils the answer, which is no failure of the connection then
        :param bool with_new_token: see ``_open``
        :return: the answer, or None, and the ``UrssafError``, or None
        :rtype: tuple
        """
        client, failure = self._open(company, environment, with_new_token)
        answer = None
        if not failure:
            answer, failure = self._call_safely(partial(call, client), company)
        self._close(client, company, environment, failure, is_counted=self._is_counted(failure, is_apart))
        return answer, failure

    @api.model
    def _is_counted(self, failure, is_apart):
        """Whether what came of a call is about the connection: what was asked apart may be about one document only."""
        return not (is_apart and failure and failure.may_concern_one)

    @api.model
    def _call_safely(self, call, subject):
        """Whatever is raised is a failure like another.

        :param call: without arguments
        :param subject: the records it is about, for the log
        :return: the answer, or None, and the ``UrssafError``, or None
        :rtype: tuple
        """
        try:
            return call(), None
        except UrssafError as error:
            return None, error
        except Exception:
            _logger.exception("Unexpected error while URSSAF was asked about %s", subject)
            return None, Unavailable('unexpected')

    # -- may something be called? -----------------------------------------------------------------

    @api.model
    def _is_paused(self, company, environment):
        """Whether nothing is to be called by itself now."""
        return self._find_for(company, environment)._is_waiting(fields.Datetime.now())

    def _is_waiting(self, now):
        """Whether a pause runs.

        :param datetime now: UTC
        :rtype: bool
        """
        return bool(self.paused_until) and now < self.paused_until <= now + LONGEST_ASKED_PAUSE

    @api.model
    def _check_wait(self, company, environment):
        """For every call, also one that a user asks for.

        :raises Throttled: when URSSAF has asked to wait and the time is not over
        """
        connection = self._find_for(company, environment)
        now = fields.Datetime.now()
        if connection and connection.is_asked and connection._is_waiting(now):
            raise Throttled(retry_after=(connection.paused_until - now).total_seconds())

    @api.model
    def _paused_domain(self, now):
        """Requests and registrations of companies that call nobody at this UTC moment."""
        paused = self.sudo().search([('paused_until', '>', now), ('paused_until', '<=', now + LONGEST_ASKED_PAUSE)])
        return Domain.OR(
            Domain([('environment', '=', connection.environment), ('company_id', '=', connection.company_id.id)])
            for connection in paused
        )

    # -- what calls came to -----------------------------------------------------------------------

    @api.model
    def _record_result(self, company, environment, failure):
        """Count a failed call, or end the series. Commits; never raises.

        :param failure: the ``UrssafError`` of the call, or None; a refusal shows that URSSAF can be reached
        :return: whether calls may go on
        :rtype: bool
        """
        works = not failure or isinstance(failure, Refused)
        try:
            connection = self._find_for(company, environment)
            if works and not connection.failure_count:
                return True
            connection = connection or self._create_once(company, environment)
            connection = connection._localized()
            connection._write_from_memory(
                lambda: connection._end_failures() if works else connection._count_failure(failure)
            )
            connection._notify_responsible()
            self.env.flush_all()
            self._commit()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The state of the connection of company %s could not be kept", company.id)
        return works or not self._is_paused(company, environment)

    @api.model
    def _create_once(self, company, environment):
        """The record of a company and an environment, made where another worker has not made it meanwhile. Commits.

        :param res.company company: whose connection
        :param str environment: a key of ``ENVIRONMENTS``
        :rtype: urssaf.connection
        """
        for _attempt in range(WRITE_TRIES):
            try:
                connection = self.sudo().create({'company_id': company.id, 'environment': environment})
                self._commit()
                return connection
            except (UniqueViolation, SerializationFailure):
                self.env.cr.rollback()  # another worker has made it
                if connection := self._find_for(company, environment):
                    return connection
        return self.sudo()

    def _end_failures(self):
        """A call got through. Does not commit."""
        self.write(
            {
                'failure_count': 0,
                'failing_since': False,
                'failure_text': False,
                'paused_until': False,
                'is_asked': False,
            }
        )

    def _count_failure(self, failure):
        """A call did not get through. Does not commit.

        :param urssaf.errors.UrssafError failure: how; its ``retry_after`` is in seconds
        """
        for connection in self:
            now = fields.Datetime.now()
            within_pause = connection._is_waiting(now)
            count = connection.failure_count + (not within_pause)
            connection.write(
                {
                    'failure_count': count,
                    'failing_since': connection.failing_since or now,
                    'failure_text': connection.env['urssaf.error']._explain(failure),
                }
            )
            asked = timedelta(seconds=failure.retry_after or 0)
            meets_every_call = isinstance(failure, NotSent) or failure.reason == 'maintenance'
            if not meets_every_call and count < 2 and not asked:
                continue
            pause = max(PAUSES[min(count, len(PAUSES)) - 1], asked)
            connection._pause_until(max(now + pause, connection.paused_until if within_pause else now), bool(asked))

    def _pause_until(self, moment, is_asked):
        self.write({'paused_until': moment, 'is_asked': self.is_asked or is_asked})
        for name in CRONS:
            self._trigger_cron(name, moment)

    # -- what people are told ---------------------------------------------------------------------

    def _responsible(self):
        """Who acts on the settings: the responsible user, else the administrator."""
        return self.company_id._urssaf_administrator()

    def _sentence(self):
        """Since when, why, and when the next try is; empty when URSSAF can be reached."""
        if not self.failure_count:
            return ''
        moments = {
            'since': format_datetime(self.env, self.failing_since, dt_format='short'),
            'reason': self.failure_text,
        }
        if not self.paused_until or self.paused_until <= fields.Datetime.now():
            return self.env._("No call has reached URSSAF since %(since)s. %(reason)s", **moments)
        return self.env._(
            "No call has reached URSSAF since %(since)s. %(reason)s The next try is at %(next)s; nothing is lost meanwhile.",
            next=format_datetime(self.env, self.paused_until, dt_format='short'),
            **moments,
        )

    def _notify_responsible(self):
        """One activity for one series of failures, closed by itself. Does not commit."""
        for connection in self:
            is_lasting, is_over = connection.failure_count >= FAILURES_BEFORE_NOTICE, not connection.failure_count
            if not (is_over if connection.is_told else is_lasting):
                continue
            connection.activity_id = connection._keep_activity(
                connection.company_id.partner_id,
                connection.activity_id,
                is_lasting,
                summary=self.env._("URSSAF cannot be reached for %s", connection.company_id.name),
                note=connection._sentence(),
                user=connection._responsible(),
            )
            connection.is_told = is_lasting
