import logging
from datetime import timedelta

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import api, fields, models
from odoo.tools import format_datetime

from ...urssaf.errors import NotSent, Refused, Throttled
from .urssaf_document import ACTIVITY, WRITE_TRIES

_logger = logging.getLogger(__name__)

# How long nothing is called by itself, by number of failures in a row; the last one is the ceiling, so that a refusal
# by the household is still seen within the hour once URSSAF is back.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
# What URSSAF may ask for at most: a slip there must not silence a company for weeks.
LONGEST_WAIT = timedelta(hours=24)
FAILURES_BEFORE_NOTICE = 3
CRONS = ('ir_cron_urssaf_submit', 'ir_cron_urssaf_sync')


class UrssafConnection(models.Model):
    """How the line from one company to one environment of URSSAF is. No user has access.

    A failure that every call would meet (no line, too many calls, maintenance, refused credentials) stops the company's
    run at once, any other one the second time in a row. When three tries in a row have failed, one person is told,
    once; the first call that gets through ends it all.
    """

    _name = 'urssaf.connection'
    _description = "Line to URSSAF"
    _inherit = ['urssaf.document']
    _log_access = False

    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    environment = fields.Char(required=True)
    failure_count = fields.Integer(help="Failures in a row; those within a pause do not count.")
    failing_since = fields.Datetime()
    failure_text = fields.Char()
    paused_until = fields.Datetime()
    is_asked = fields.Boolean(help="URSSAF itself asked for the pause: it also holds for a click.")
    activity_id = fields.Many2one('mail.activity', ondelete='set null')
    is_told = fields.Boolean(help="Somebody has been told of this series of failures.")

    _unique_owner = models.Constraint('UNIQUE (company_id, environment)', "There is one line for one environment.")

    # -- may something be called? -----------------------------------------------------------------

    @api.model
    def _of(self, company, environment):
        return self.sudo().search([('company_id', '=', company.id), ('environment', '=', environment)])

    @api.model
    def _is_paused(self, company, environment):
        """Whether nothing is to be called by itself now."""
        paused_until = self._of(company, environment).paused_until
        return bool(paused_until) and paused_until > fields.Datetime.now()

    @api.model
    def _check_wait(self, company, environment):
        """For every call, also one that a user asks for.

        :raises Throttled: when URSSAF has asked to wait and the time is not over
        """
        connection = self._of(company, environment)
        now = fields.Datetime.now()
        if connection.is_asked and connection.paused_until > now:
            raise Throttled(retry_after=(connection.paused_until - now).total_seconds())

    @api.model
    def _paused_domain(self, now):
        """Requests and registrations of companies that call nobody at this UTC moment."""
        paused = self.sudo().search([('paused_until', '>', now)])
        return fields.Domain.OR(
            fields.Domain([('environment', '=', line.environment), ('company_id', '=', line.company_id.id)])
            for line in paused
        )

    # -- what calls came to -----------------------------------------------------------------------

    @api.model
    def _note(self, company, environment, failure):
        """Count a failed call, or end the series. Commits; never raises.

        :param failure: the ``UrssafError`` of the call, or None; a refusal shows that the line works
        :return: whether calls may go on
        """
        works = not failure or isinstance(failure, Refused)
        try:
            connection = self._of(company, environment)
            if works and not connection.failure_count:
                return True
            connection = connection or self._make(company, environment)
            connection = connection._localized()
            connection._write_from_memory(lambda: connection._recover() if works else connection._fail(failure))
            connection._tell()
            self.env.flush_all()
            self.env['urssaf.document']._commit()
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The state of the line of company %s could not be kept", company.id)
        return works or not self._is_paused(company, environment)

    @api.model
    def _make(self, company, environment):
        for _attempt in range(WRITE_TRIES):
            try:
                connection = self.sudo().create({'company_id': company.id, 'environment': environment})
                self.env['urssaf.document']._commit()
                return connection
            except (UniqueViolation, SerializationFailure):
                self.env.cr.rollback()  # another worker has made it
                if connection := self._of(company, environment):
                    return connection
        return self.sudo()

    def _recover(self):
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

    def _fail(self, failure):
        """A call did not get through. Does not commit."""
        for connection in self:
            now = fields.Datetime.now()
            within_pause = connection.paused_until and connection.paused_until > now
            count = connection.failure_count + (not within_pause)
            connection.write(
                {
                    'failure_count': count,
                    'failing_since': connection.failing_since or now,
                    'failure_text': connection.env['urssaf.error']._explain(failure),
                }
            )
            asked = min(timedelta(seconds=failure.retry_after or 0), LONGEST_WAIT)
            meets_every_call = isinstance(failure, NotSent) or failure.reason == 'maintenance'
            if not meets_every_call and count < 2 and not asked:
                continue
            pause = max(PAUSES[min(count, len(PAUSES)) - 1], asked)
            connection._pause_until(max(now + pause, connection.paused_until or now), bool(asked))

    def _pause_until(self, moment, is_asked):
        self.write({'paused_until': moment, 'is_asked': self.is_asked or is_asked})
        for name in CRONS:
            self.env.ref(f'l10n_fr_avance_immediate.{name}')._trigger(moment)

    # -- what people are told ---------------------------------------------------------------------

    def _responsible(self):
        """Who acts on the settings: the responsible user, else the administrator."""
        return self.company_id.urssaf_responsible_id or self.env.ref('base.user_admin')

    def _sentence(self):
        """Since when, why, and when the next try is; empty when the line works."""
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

    def _tell(self):
        """One activity for one series of failures, closed by itself. Does not commit."""
        for connection in self:
            if connection.failure_count >= FAILURES_BEFORE_NOTICE and not connection.is_told:
                responsible = connection._responsible()
                connection.activity_id = connection.company_id.partner_id.activity_schedule(
                    ACTIVITY,
                    user_id=responsible.id,
                    note=connection._sentence(),
                    summary=self.env._("URSSAF cannot be reached for %s", connection.company_id.name),
                )
                connection.is_told = True
            elif not connection.failure_count and connection.is_told:
                connection.activity_id.unlink()
                connection.is_told = False
