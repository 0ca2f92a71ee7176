import base64
import csv
import io
import json
import tempfile
import zipfile
from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ..models.connection.res_company import ENVIRONMENTS
from ..urssaf import masking
from ..urssaf.dates import PARIS, today_in_paris

# The traces that URSSAF asks for (CONTRACT §13); asking for a token is none of them.
CALLS = ('M010', 'M020', 'M050', 'M070')
CHUNK = 500  # exchanges in memory at once
# What a spreadsheet would take for a formula.
FORMULA_STARTS = ('=', '+', '-', '@', '\t', '\r')


class UrssafExchangeExport(models.TransientModel):
    """The exchanges of a period, or of one customer, as one file: what URSSAF asks at certification (CONTRACT §13)."""

    _name = 'urssaf.exchange.export'
    _description = "Export of Exchanges With URSSAF"

    company_id = fields.Many2one('res.company', required=True, default=lambda self: self._default_company())
    environment = fields.Selection(
        ENVIRONMENTS,
        required=True,
        compute='_compute_environment',
        store=True,
        readonly=False,
        precompute=True,
    )
    date_from = fields.Date("From", required=True, default=lambda self: today_in_paris().replace(day=1))
    date_to = fields.Date("Until", required=True, default=lambda self: today_in_paris(), help="This day included.")
    partner_id = fields.Many2one(
        'res.partner',
        string="Customer",
        domain="[('is_company', '=', False)]",
        help="Empty: all customers. Calls that were also about others are exported whole, without naming them.",
    )
    file_name = fields.Char("File Name", readonly=True)
    file = fields.Binary("File", readonly=True)

    def _default_company(self):
        """Whose exchanges they are: of a branch, the company's whose contract serves it."""
        return (self.env.company._urssaf_owner() & self.env.companies) or self.env.company

    @api.depends('company_id')
    def _compute_environment(self):
        for export in self:
            export.environment = export.company_id.urssaf_environment or 'sandbox'

    def action_export(self):
        """Write the file and hand it to the browser.

        :return: an action that downloads it
        :raises UserError: when there is nothing to export
        """
        self.ensure_one()
        exchanges = self.env['urssaf.exchange'].search(self._domain(), order='started_at, id')
        if not exchanges:
            raise UserError(
                self.env._(
                    "No exchange with URSSAF was found: choose another period, customer or environment. "
                    "Exchanges are only kept for a set time."
                )
            )
        self.write(
            {
                'file': base64.b64encode(self._archive(exchanges)),
                'file_name': f'URSSAF_{self.environment}_{self.date_from}_{self.date_to}.zip',
            }
        )
        return {
            'type': 'ir.actions.act_url',
            'url': f'/web/content/{self._name}/{self.id}/file?filename_field=file_name&download=true',
            'target': 'download',
        }

    def _domain(self):
        """What is exported: exchanges the user may read, whose start lies within these days in Paris."""
        first = datetime.combine(self.date_from, time.min, PARIS)
        end = datetime.combine(self.date_to + timedelta(days=1), time.min, PARIS)
        domain = Domain(
            [
                ('company_id', '=', self.company_id.id),
                ('environment', '=', self.environment),
                ('call', 'in', CALLS),
                ('started_at', '>=', first.astimezone(timezone.utc).replace(tzinfo=None)),
                ('started_at', '<', end.astimezone(timezone.utc).replace(tzinfo=None)),
            ]
        )
        if self.partner_id:
            household = self.partner_id.commercial_partner_id
            domain &= Domain('request_ids.partner_id', '=', household.id) | Domain(
                'registration_ids.partner_id', '=', household.id
            )
        return domain

    # -- the file ---------------------------------------------------------------------------------

    def _archive(self, exchanges):
        """A zip: a folder for each kind of call, two files for each exchange, and an index.

        :param urssaf.exchange exchanges: in the order of the index
        :rtype: bytes
        """
        index = io.StringIO()
        rows = csv.writer(index, delimiter=';')
        rows.writerow(self._index_header())
        with tempfile.TemporaryFile() as file:
            with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
                for ids in split_every(CHUNK, exchanges.ids):
                    chunk = exchanges.browse(ids)
                    for exchange in chunk:
                        rows.writerow(list(map(self._cell, self._index_row(exchange))))
                        for kind, content in self._traces(exchange).items():
                            archive.writestr(
                                f'{self._stem(exchange)}_{kind}.json', json.dumps(content, ensure_ascii=False, indent=2)
                            )
                    chunk.invalidate_recordset()
                # The byte order mark tells spreadsheets that this is UTF-8.
                archive.writestr('index.csv', '\ufeff' + index.getvalue())
            file.seek(0)
            return file.read()

    def _stem(self, exchange):
        return f'{exchange.call}/{self._in_paris(exchange):%Y-%m-%d_%H%M%S}_{exchange.id:08}'

    def _in_paris(self, exchange):
        return exchange.started_at.replace(tzinfo=timezone.utc).astimezone(PARIS)

    def _traces(self, exchange):
        """Request and answer of one exchange, masked again: the masks may be better than when it was kept.

        :return: ``{'request': …, 'response': …}``, ready for JSON
        :rtype: dict
        """
        return {
            'request': {'method': exchange.method, 'path': exchange.path, 'body': self._body(exchange.request_body)},
            'response': {
                'status': exchange.status or None,
                'error': exchange.error or None,
                'body': self._body(exchange.response_body),
            },
        }

    def _body(self, text):
        """A JSON body as data; any other (HTML, truncated) as text."""
        masked = masking.mask(text or '')
        try:
            return json.loads(masked) if masked else None
        except ValueError:
            return masked

    def _index_header(self):
        return [
            self.env._("Date (Paris)"),
            self.env._("Date (UTC)"),
            self.env._("Call"),
            self.env._("Method"),
            self.env._("Path"),
            self.env._("HTTP Status"),
            self.env._("Duration (s)"),
            self.env._("What Went Wrong"),
            self.env._("Invoices"),
            self.env._("Customers"),
            self.env._("Files"),
        ]

    def _index_row(self, exchange):
        """One exchange in the index; of its documents, those of the chosen customer only.

        :param urssaf.exchange exchange: one of those exported
        :rtype: list
        """
        requests, registrations = exchange.sudo().request_ids, exchange.sudo().registration_ids
        if self.partner_id:
            # A file about one customer names no other.
            household = self.partner_id.commercial_partner_id
            requests = requests.filtered(lambda r: r.partner_id == household)
            registrations = registrations.filtered(lambda r: r.partner_id == household)
        customers = requests.partner_id | registrations.partner_id
        return [
            f'{self._in_paris(exchange):%Y-%m-%d %H:%M:%S}',
            f'{exchange.started_at:%Y-%m-%d %H:%M:%S}',
            exchange.call,
            exchange.method,
            exchange.path,
            exchange.status or '',
            f'{exchange.duration:.3f}',
            exchange.error or '',
            ', '.join(requests.sorted('name').mapped('name')),
            ', '.join(customers.sorted('name').mapped('name')),
            self._stem(exchange),
        ]

    def _cell(self, value):
        text = str(value)
        return f"'{text}" if text.startswith(FORMULA_STARTS) else text
