from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...tools.euros import compare_euros, euros
from ...tools.sentence import filled_in
from ...urssaf.dates import today_in_paris
from .res_company_words import GUARANTEE

# From this part of the limit on, there is still time to ask for a guarantee.
NEAR = 0.75
# Up to this month the services of the year before are still being declared.
DECLARED_UP_TO = 3
SERIOUS = ('', 'info', 'warning', 'danger')


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

    def _urssaf_questions(self):
        # EXTENDS 'connection': of a branch, what the company has declared whose contract serves it
        questions = super()._urssaf_questions()
        owner, requests = self._urssaf_owner(), self.env['urssaf.payment.request'].sudo()
        for year in self._urssaf_years_declared() if owner.urssaf_environment else ():
            query = requests._search(requests._declared_domain(owner, year))
            for name, field in (('declared', 'amount_total'), ('deposits', 'deposit_amount')):
                total = SQL('SUM(%s)', requests._field_to_sql(query.table, field, query))
                questions[f'{name}_{year}'] = query.select(total)
        return questions

    @api.model
    def _urssaf_years_declared(self, today=None):
        """The calendar years whose guarantee is looked at: what was done in December is declared in January, and counts for the
        year in which it was done.

        :param date today: in Paris; by default the day of the clock
        :rtype: list[int]
        """
        today = today or today_in_paris()
        return [today.year, today.year - 1] if today.month <= DECLARED_UP_TO else [today.year]

    def _urssaf_guarantees(self, today=None):
        """Where these providers stand in the calendar year of a day, or in the one before where that is more serious and still
        being declared; in two queries a year.

        :param date today: in Paris; by default the day of the clock
        :return: ``Guarantee`` by company
        :rtype: dict
        """
        today = today or today_in_paris()
        requests = self.env['urssaf.payment.request']
        sums = {
            year: (requests._declared(self, year), requests._deposits_declared(self, year))
            for year in self._urssaf_years_declared(today)
        }
        return {
            company: company._urssaf_guarantee_of(
                {year: (declared[company], deposits[company]) for year, (declared, deposits) in sums.items()}, today
            )
            for company in self
        }

    def _urssaf_guarantee_of(self, sums, today=None):
        """The most serious of some years; of two that are alike, the first.

        :param dict sums: by calendar year, euros declared for it, and euros of deposits in it
        :param date today: in Paris; by default the day of the clock
        :rtype: Guarantee
        """
        found = [self._urssaf_guarantee(year, *amounts, today) for year, amounts in sums.items()]
        return max(found, key=lambda guarantee: SERIOUS.index(guarantee.alert))

    def _urssaf_guarantee(self, year, declared, deposits, today=None):
        """Where the provider stands in one calendar year.

        :param int year: of the services
        :param float declared: euros for it
        :param float deposits: euros of deposits in it; they count, also when no more are allowed since
        :param date today: in Paris; by default the day of the clock
        :rtype: Guarantee
        """
        self.ensure_one()
        company, today = self.sudo(), today or today_in_paris()
        # From how many euros on a guarantee is due; nothing when the law says nothing of that year.
        limit = self.env['urssaf.ceiling']._amount_of_year(year, 'declared')
        least = self.env['urssaf.guarantee.tier']._least(declared, year)
        until, amount = company.urssaf_guarantee_until, company.urssaf_guarantee_amount
        is_reached = bool(limit) and compare_euros(declared, limit) >= 0
        # The law: from the first euro where deposits are declared, else when the limit is reached, not above it.
        is_due = company.urssaf_deposits_allowed or is_reached or compare_euros(deposits, 0.0) > 0
        if is_due and until and until < today:
            level, alert = 'ended', 'danger'
        elif is_due and not until:
            level, alert = 'missing' if is_reached else 'missing_deposits', 'danger'
        elif until and until >= today and amount and compare_euros(amount, least) < 0:
            level, alert = 'low', 'danger' if is_due else 'warning'
        elif until and until >= today:
            level, alert = 'held', 'info'
        elif limit and compare_euros(declared, limit * NEAR) >= 0:
            level, alert = 'near', 'warning'
        else:
            level, alert = 'none', ''
        return Guarantee(year, declared, limit, least, level, alert)

    def _urssaf_guarantee_sentence(self, guarantee):
        """Where the provider stands and what to do, in the user's language.

        :param Guarantee guarantee: see ``_urssaf_guarantees``
        :rtype: str
        """
        self.ensure_one()
        company = self.sudo()
        return filled_in(
            self.env,
            GUARANTEE[guarantee.level],
            {
                'year': guarantee.year,
                'declared': euros(self.env, guarantee.declared),
                'limit': euros(self.env, guarantee.limit),
                'least': euros(self.env, guarantee.least),
                'amount': euros(self.env, company.urssaf_guarantee_amount),
                'until': format_date(self.env, company.urssaf_guarantee_until),
            },
        )
