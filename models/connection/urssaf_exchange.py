import logging
from dataclasses import replace
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...tools.sentence import filled_in
from .res_company import ENVIRONMENTS
from .urssaf_exchange_words import FAILURES, OTHER_FAILURE, PURPOSES

_logger = logging.getLogger(__name__)

RETENTION_DAYS = 400  # unless the system parameter exchange_retention_days says otherwise
# How many a run of the vacuum deletes at once.
VACUUM_LIMIT = 10000
# So many documents are named in a row of the list.
NAMED = 2


class UrssafExchange(models.Model):
    """One HTTP exchange with URSSAF, bodies masked by the client. Append-only (CONTRACT §13: traces).

    A call is about any number of documents (ten invoices in one M050): they are linked, so that all exchanges of one
    customer can be found and exported. Each subject that has documents adds its link.
    """

    _name = 'urssaf.exchange'
    _description = "Exchange with URSSAF"
    _order = 'id desc'
    _rec_name = 'call'

    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    environment = fields.Selection(ENVIRONMENTS, readonly=True)
    call = fields.Char(readonly=True)
    method = fields.Char(readonly=True)
    path = fields.Char(readonly=True)
    status = fields.Integer("HTTP Status", readonly=True)
    duration = fields.Float("Duration (s)", digits=(8, 3), readonly=True)
    error = fields.Char("Technical Reason", readonly=True)
    started_at = fields.Datetime("Started On", readonly=True, index=True)
    request_body = fields.Text(readonly=True)
    response_body = fields.Text(readonly=True)
    # Few are, and people look for them.
    _failed = models.Index("(id) WHERE error <> ''")

    purpose = fields.Char("What It Was", compute='_compute_purpose', exportable=False)
    answer = fields.Char("Answer", compute='_compute_answer', exportable=False)
    failure = fields.Char("What Went Wrong", compute='_compute_failure', exportable=False)
    about = fields.Char("About", compute='_compute_about', exportable=False)

    @api.depends('call')
    @api.depends_context('lang')
    def _compute_purpose(self):
        for exchange in self:
            sentence = PURPOSES.get(exchange.call)
            exchange.purpose = filled_in(self.env, sentence) if sentence else exchange.call

    @api.depends('status')
    @api.depends_context('lang')
    def _compute_answer(self):
        for exchange in self:
            exchange.answer = str(exchange.status) if exchange.status else self.env._("no answer")

    @api.depends('error')
    @api.depends_context('lang')
    def _compute_failure(self):
        for exchange in self:
            sentence = exchange.error and FAILURES.get(exchange.error, OTHER_FAILURE)
            exchange.failure = sentence and filled_in(self.env, sentence)

    def _compute_about(self):
        for exchange in self:
            names = exchange._documents_named()
            exchange.about = ', '.join(names[:NAMED]) + (f' + {len(names) - NAMED}' if len(names) > NAMED else '')

    def _documents_named(self):
        """What the call was about, by name: each subject that links its documents adds them.

        :rtype: list[str]
        """
        return []

    @api.model
    def _record(self, company, exchanges, documents=None):
        """Keep what the client has done; does not commit.

        The links wait for nobody and fail for nobody: a document that another worker is writing, or has just written,
        can be referred to all the same.

        :param res.company company: whose client it was
        :param exchanges: iterable of ``urssaf.client.Exchange``, already masked
        :param documents: all requests or all registrations they were about
        """
        self._record_traces(company, [(exchanges, documents)])

    @api.model
    def _record_traces(self, company, traces):
        """``_record`` for calls about different documents, written together.

        :param res.company company: whose client it was
        :param traces: pairs of ``exchanges`` and ``documents``, as in ``_record``
        """
        self.sudo().create(
            [
                {
                    'company_id': company.id,
                    'environment': company.urssaf_environment,
                    'call': exchange.call,
                    'method': exchange.method,
                    'path': exchange.path,
                    'status': exchange.status or 0,
                    'duration': exchange.duration,
                    'error': exchange.error,
                    'started_at': exchange.started_at,
                    'request_body': exchange.request_body,
                    'response_body': exchange.response_body,
                    **({self._link_to(documents): [Command.set(documents.ids)]} if documents else {}),
                }
                for exchanges, documents in traces
                for exchange in exchanges
            ]
        )

    @api.model
    def _link_to(self, documents):
        """The name of the field that links an exchange to documents of this kind; their subject has added it."""
        return next(
            name
            for name, field in self._fields.items()
            if field.type == 'many2many' and field.comodel_name == documents._name
        )

    @api.model
    def _record_now(self, company, exchanges, documents=None):
        """Keep what the client has done, and commit: the trace stays whatever becomes of the rest. Never raises."""
        self._record_traces_now(company, [(exchanges, documents)])

    @api.model
    def _record_traces_now(self, company, traces):
        """``_record_now`` for calls about different documents; see ``_record_traces``."""
        if not any(exchanges for exchanges, _documents in traces):
            return
        try:
            with self.env.cr.savepoint():
                self._record_traces(company, traces)
        except Exception:
            _logger.warning("The traces of some calls of company %s are kept one by one", company.id)
            for exchanges, documents in traces:
                self._record_apart(company, exchanges, documents)
        self.env['urssaf.document']._commit()

    @api.model
    def _record_apart(self, company, exchanges, documents=None):
        """``_record`` that never raises: a trace that cannot be kept as it is stays without its bodies. Does not commit."""
        for exchange in exchanges:
            for kept in (exchange, replace(exchange, request_body='', response_body='')):
                try:
                    with self.env.cr.savepoint():
                        self._record(company, [kept], documents)
                    break
                except Exception:
                    _logger.exception("The trace of a call of company %s could not be kept as it is", company.id)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("An exchange with URSSAF is kept as it was: it cannot be changed."))

    # -- how long ---------------------------------------------------------------------------------

    @api.model
    def _kept_since(self):
        """The UTC moment from which exchanges are kept; None when they are kept for ever (parameter 0)."""
        days = self.env['ir.config_parameter']._urssaf_days('exchange_retention_days', RETENTION_DAYS)
        return fields.Datetime.now() - timedelta(days=days) if days else None

    @api.ondelete(at_uninstall=False)
    def _unlink_only_when_over(self):
        """Not even the system deletes one before its time."""
        limit = self._kept_since()
        if any(not limit or not exchange.started_at or exchange.started_at >= limit for exchange in self):
            raise UserError(self.env._("An exchange with URSSAF is kept until its time is over: it cannot be deleted."))

    @api.autovacuum
    def _gc_exchanges(self):
        limit = self._kept_since()
        if not limit:
            return None
        over = self.sudo().search([('started_at', '<', limit)], limit=VACUUM_LIMIT, order='id')
        over.unlink()
        return len(over), len(over) == VACUUM_LIMIT
