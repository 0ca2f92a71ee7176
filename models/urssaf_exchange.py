from odoo import api, fields, models
from odoo.exceptions import UserError

RETENTION_PARAMETER = 'l10n_fr_avance_immediate.exchange_retention_days'
RETENTION_DAYS = 400


class UrssafExchange(models.Model):
    """One HTTP exchange with URSSAF, bodies masked by the client. Append-only (CONTRACT §13: traces)."""
    _name = 'urssaf.exchange'
    _description = "Exchange with URSSAF"
    _order = 'id desc'
    _rec_name = 'call'

    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    environment = fields.Char(readonly=True)
    call = fields.Char(readonly=True)
    method = fields.Char(readonly=True)
    path = fields.Char(readonly=True)
    status = fields.Integer("HTTP Status", readonly=True)
    duration = fields.Float("Duration (s)", digits=(8, 3), readonly=True)
    error = fields.Char(readonly=True)
    started_at = fields.Datetime(readonly=True, index=True)
    request_body = fields.Text(readonly=True)
    response_body = fields.Text(readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field='res_model', readonly=True)

    @api.model
    def _record(self, company, exchanges, document=None):
        """Keep what the client has done; does not commit.

        :param exchanges: ``urssaf.client.Exchange``, already masked
        :param document: the request or registration they were about, when it is one
        """
        self.sudo().create([
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
                'res_model': document._name if document else False,
                'res_id': document.id if document else False,
            } for exchange in exchanges
        ])

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("An exchange with URSSAF is kept as it was: it cannot be changed."))

    @api.autovacuum
    def _gc_exchanges(self):
        days = int(self.env['ir.config_parameter'].sudo().get_param(RETENTION_PARAMETER, RETENTION_DAYS))
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        self.sudo().search([('started_at', '<', limit)], limit=10000).unlink()
