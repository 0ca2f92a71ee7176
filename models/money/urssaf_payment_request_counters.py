from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain

from ...urssaf.payloads import amounts_by_nature
from ..request.urssaf_payment_request_states import COLLECTING_STAGES, DECLARED_STATES, HALF_BACK_STATES


class UrssafPaymentRequest(models.Model):
    """What has been declared in a calendar year: by a provider, and for a household. Counted in one query, whoever asks."""

    _inherit = 'urssaf.payment.request'

    @api.model
    def _cron_sync(self):
        # EXTENDS 'request': once a run, when all else is done
        result = super()._cron_sync()
        self._run_steps(self.env['res.company']._urssaf_remind_due)
        return result

    @api.model
    def _counted_domain(self, companies, years):
        """The requests of these providers for services of these calendar years, in the environment of their settings: what
        was tried in another one is nothing.

        The period of a request lies within one month (CONTRACT §7.4), hence within one year. That of the services counts,
        not that of the sending: a guarantee is due for what is declared *for* a calendar year (CSS D133-22).

        :param res.company companies: the providers (``_urssaf_owner``)
        :param years: calendar years
        :rtype: Domain
        """
        owners = Domain.OR(
            Domain([('company_id', '=', company.id), ('environment', '=', company.urssaf_environment)])
            for company in companies.sudo()
            if company.urssaf_environment
        )
        days = Domain.OR(
            Domain([('date_end', '>=', f'{year}-01-01'), ('date_end', '<=', f'{year}-12-31')]) for year in years
        )
        return owners & days

    @api.model
    def _declared(self, companies, year):
        """What these providers have declared for a calendar year: euros, tax included, deposits included.

        What has left counts, and what may have (``unknown``), whatever became of it: refused and cancelled requests have
        been declared, and whether URSSAF takes them off is not known. A guarantee too early costs little; one that is
        missing excludes the provider. What URSSAF never took (rejected, not sent, withdrawn) and what still waits here
        (scheduled, being sent) does not count.

        :param res.company companies: the providers
        :param int year: a calendar year
        :return: euros by provider
        :rtype: dict
        """
        return self._sum_declared(companies, year, 'amount_total')

    @api.model
    def _deposits_declared(self, companies, year):
        """Of ``_declared``, what was declared as deposits.

        :return: euros by provider
        :rtype: dict
        """
        return self._sum_declared(companies, year, 'deposit_amount')

    @api.model
    def _sum_declared(self, companies, year, field):
        domain = self._declared_domain(companies, year)
        groups = self.sudo()._read_group(domain, ['company_id'], [f'{field}:sum'])
        amounts = {company.id: amount for company, amount in groups}
        return {company: amounts.get(company.id, 0.0) for company in companies}

    @api.model
    def _declared_domain(self, companies, year):
        """The requests that ``_declared`` adds up.

        :rtype: Domain
        """
        return self._counted_domain(companies, [year]) & Domain('state', 'in', DECLARED_STATES)

    @api.model
    def _used_by_households(self, companies, partners, years, without=None):
        """What households have used, or are about to use, of their ceilings through these providers.

        What URSSAF collects or has collected counts, and what waits here to leave; and where URSSAF has taken back the
        household's half only: the State's half stays advanced. What was refused, cancelled or never taken does not.

        :param res.company companies: the providers
        :param res.partner partners: the households
        :param years: calendar years
        :param account.move without: invoices that are about to be sent: what they have already does not count twice
        :return: by id of the provider, id of the household and year: euros, tax included, by code of the type of service
        :rtype: dict[tuple, dict[str, Decimal]]
        """
        domain = self._counted_domain(companies, years) & Domain('partner_id', 'in', partners.ids)
        domain &= Domain('stage', 'in', COLLECTING_STAGES) | Domain('state', 'in', HALF_BACK_STATES)
        if without:
            domain &= Domain('move_id', 'not in', without.ids)
        used = {}
        names = ['company_id', 'partner_id', 'date_end', 'payload', 'amount_total', 'nature_id']
        for request in self.sudo().search_fetch(domain, names, order='id'):
            # Taken over from another program, it has no lines: all of it is of its main type.
            amounts = amounts_by_nature(request.payload) or {
                request.nature_id.code or '': Decimal(str(request.amount_total))
            }
            key = (request.company_id.id, request.partner_id.id, request.date_end.year)
            sums = used.setdefault(key, {})
            for code, amount in amounts.items():
                sums[code] = sums.get(code, Decimal(0)) + amount
        return used
