from typing import NamedTuple

from odoo import fields, models
from odoo.tools import format_date

from ...tools.sentence import filled_in
from ...urssaf.dates import today_in_paris
from .res_company_words import GUARANTEE

# From this part of the limit on, there is still time to ask for a guarantee.
NEAR = 0.75


class Guarantee(NamedTuple):
    """Where a provider stands in a calendar year: euros, tax included, and a key of ``GUARANTEE``."""

    year: int
    declared: float
    limit: float
    least: float
    level: str
    # How serious it is, as in Odoo's alerts: an empty text, ``info``, ``warning`` or ``danger``.
    alert: str


class ResCompany(models.Model):
    """What has been declared for a year, and the financial guarantee it asks for (CONTRACT §13)."""

    _inherit = 'res.company'

    urssaf_guarantee_amount = fields.Monetary(
        "Financial Guarantee", copy=False, groups='base.group_user', help="What your bank or insurer vouches for."
    )
    urssaf_guarantee_until = fields.Date("Guarantee Until", copy=False, groups='base.group_user')

    def _urssaf_guarantees(self, today=None, typed=None):
        """Where these providers stand in the calendar year of a day, in one query.

        :param date today: in Paris; by default the day of the clock
        :param dict typed: companies as they stand in a form, by company: what is not saved yet counts
        :return: ``Guarantee`` by company
        :rtype: dict
        """
        today = today or today_in_paris()
        declared = self.env['urssaf.payment.request']._declared(self, today.year)
        limit = self.env['urssaf.ceiling']._amount_of_year(today.year, 'declared')
        typed = typed or {}
        return {
            company: typed.get(company, company)._urssaf_guarantee(today, declared[company], limit) for company in self
        }

    def _urssaf_guarantee(self, today, declared, limit):
        """
        :param date today: in Paris
        :param float declared: euros, for the calendar year
        :param float limit: from how many euros on a guarantee is due; nothing when the law says nothing of that year
        :rtype: Guarantee
        """
        self.ensure_one()
        company, compare = self.sudo(), self.currency_id.compare_amounts
        least = self.env['urssaf.guarantee.tier']._least(declared, today.year)
        until, amount = company.urssaf_guarantee_until, company.urssaf_guarantee_amount
        is_reached = bool(limit) and compare(declared, limit) >= 0
        # The law: from the first euro where deposits are declared, else when the limit is reached, not above it.
        is_due = company.urssaf_deposits_allowed or is_reached
        if is_due and until and until < today:
            level, alert = 'ended', 'danger'
        elif is_due and not until:
            level, alert = 'missing' if is_reached else 'missing_deposits', 'danger'
        elif until and until >= today and amount and compare(amount, least) < 0:
            level, alert = 'low', 'danger' if is_due else 'warning'
        elif until and until >= today:
            level, alert = 'held', 'info'
        elif limit and compare(declared, limit * NEAR) >= 0:
            level, alert = 'near', 'warning'
        else:
            level, alert = 'none', ''
        return Guarantee(today.year, declared, limit, least, level, alert)

    def _urssaf_guarantee_sentence(self, guarantee):
        """Where the provider stands and what to do, in the user's language.

        :param Guarantee guarantee: see ``_urssaf_guarantees``
        :rtype: str
        """
        self.ensure_one()
        company, shown = self.sudo(), self.sudo().currency_id.format
        return filled_in(
            self.env,
            GUARANTEE[guarantee.level],
            {
                'year': guarantee.year,
                'declared': shown(guarantee.declared),
                'limit': shown(guarantee.limit),
                'least': shown(guarantee.least),
                'amount': shown(company.urssaf_guarantee_amount),
                'until': format_date(self.env, company.urssaf_guarantee_until),
            },
        )
