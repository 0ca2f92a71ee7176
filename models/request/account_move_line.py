from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_round
from odoo.tools.sql import column_exists, create_column

from ...urssaf import formats
from ...urssaf.lines import SourceLine
from ...urssaf.typed import read_sap_number, read_worker


def to_decimal(amount):
    """A float that Odoo has rounded, as the decimal people read.

    :param float amount: 0.1 gives 0.1, not 0.1000000000000000055
    :rtype: Decimal
    """
    return Decimal(str(amount))


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    urssaf_nature_id = fields.Many2one(
        'urssaf.nature',
        string="Type of Service",
        compute='_compute_urssaf_nature_id',
        store=True,
        readonly=False,
        copy=True,
        help="Type of service declared to URSSAF. Without one, the invoice's applies.",
    )
    # With it a type that a person has chosen is told from one that came with the product, which goes with it.
    urssaf_product_nature_id = fields.Many2one(
        'urssaf.nature',
        string="Product's Type of Service",
        compute='_compute_urssaf_nature_id',
        store=True,
        exportable=False,
    )
    urssaf_date_start = fields.Date("Service From", copy=False)
    urssaf_date_end = fields.Date("Service Until", copy=False)
    urssaf_worker_number = fields.Char(
        "Worker Number",
        copy=True,
        help="Who did the service: SAP followed by 9 digits, or SIR followed by the 14 digits of a SIRET. "
        "Empty: your company.",
    )

    def _auto_init(self):
        # No product has a type of service when the module arrives: nothing to compute for the lines that are there.
        for name in ('urssaf_nature_id', 'urssaf_product_nature_id'):
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, 'int4')
        return super()._auto_init()

    @api.depends('product_id')
    def _compute_urssaf_nature_id(self):
        for line in self:
            # A line that is older than this field knows its product of before only while it is edited in a form.
            before = line.urssaf_product_nature_id or line._origin.product_id.urssaf_nature_id
            nature = line.product_id.urssaf_nature_id
            if line.urssaf_nature_id == before or not line.urssaf_nature_id:
                line.urssaf_nature_id = nature
            line.urssaf_product_nature_id = nature

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS 'account': a credit note and the invoice that replaces it are about the same services
        result = super()._copy_data_extend_business_fields(values)
        values.update(urssaf_date_start=self.urssaf_date_start, urssaf_date_end=self.urssaf_date_end)
        return result

    @api.constrains('urssaf_worker_number')
    def _check_urssaf_worker_number(self):
        for line in self:
            if line.urssaf_worker_number and not formats.valid_worker(read_worker(line.urssaf_worker_number)):
                raise ValidationError(
                    self.env._(
                        "Worker number %(number)s: write SAP and 9 digits, or SIR and the 14 digits of the SIRET, "
                        "without spaces.",
                        number=line.urssaf_worker_number,
                    )
                )

    def _urssaf_nature(self):
        """The type of service that counts for this line: its own, its product's, the invoice's, the company's."""
        self.ensure_one()
        return (
            self.urssaf_nature_id
            or self.product_id.urssaf_nature_id
            or self.move_id.urssaf_nature_id
            or self.company_id._urssaf_owner().urssaf_default_nature_id
        )

    def _urssaf_hours(self, nature):
        """The quantity in hours, or None when the line does not count time.

        :param nature: its type of service, a record of ``urssaf.nature``: a line typed by hand has no unit, and counts as
            that type usually does
        :rtype: float
        """
        self.ensure_one()
        if not self.product_uom_id:
            return self.quantity if nature.unit == 'HEURE' else None
        hour = self.env.ref('uom.product_uom_hour', raise_if_not_found=False)
        if not hour or not self.product_uom_id._has_common_reference(hour):
            return None
        return self.product_uom_id._compute_quantity(self.quantity, hour, round=False)

    def _urssaf_is_down_payment(self):
        """Whether this line is Odoo's down payment, asked for or taken off; its application *Sales* has the field."""
        self.ensure_one()
        return 'is_downpayment' in self._fields and self.is_downpayment

    def _urssaf_label(self):
        """What the household reads at URSSAF: the line's text, without the product's code in brackets."""
        self.ensure_one()
        label = ' '.join((self.name or self.product_id.display_name or '').split())
        code = self.product_id.default_code
        if code and label.startswith(f'[{code}]'):
            label = label.removeprefix(f'[{code}]').strip() or label
        return label

    def _urssaf_source_line(self, nature):
        """This line as the cent-exact builder wants it; amounts in euros, tax included and excluded.

        :param nature: the type of service to declare, a record of ``urssaf.nature``; may be empty
        :rtype: urssaf.lines.SourceLine
        """
        self.ensure_one()
        hours = self._urssaf_hours(nature)
        quantity = self.quantity if hours is None else hours
        rates = self.tax_ids.flatten_taxes_hierarchy().filtered(lambda tax: tax.amount_type == 'percent')
        return SourceLine(
            label=self._urssaf_label(),
            quantity=to_decimal(float_round(quantity, precision_digits=6)),
            is_hours=hours is not None,
            nature=nature.code or '',
            total_ttc=to_decimal(self.currency_id.round(self.price_total)),
            total_ht=to_decimal(self.currency_id.round(self.price_subtotal)),
            worker=read_worker(self.urssaf_worker_number)
            or read_sap_number(self.company_id._urssaf_owner().urssaf_sap_number),
            date_start=self.urssaf_date_start or None,
            date_end=self.urssaf_date_end or None,
            vat_rate=to_decimal(sum(rates.mapped('amount'))),
        )
