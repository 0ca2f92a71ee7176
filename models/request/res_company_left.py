from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.sentence import some_of
from .urssaf_payment_request_states import LIVE_STAGES

REAL_AND_LIVE = Domain([('environment', '=', 'production'), ('stage', 'in', LIVE_STAGES)])


class ResCompany(models.Model):
    """Production is left while real requests are not over: nobody asks URSSAF about them then, and a person has to know."""

    _inherit = 'res.company'

    urssaf_left_activity_id = fields.Many2one(
        'mail.activity',
        string="Activity About Production",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups=fields.NO_ACCESS,
    )

    def _urssaf_open_domain(self):
        """Real requests of these companies that are not over.

        :rtype: Domain
        """
        return REAL_AND_LIVE & Domain('company_id', 'in', self.ids)

    def _urssaf_questions(self):
        # EXTENDS 'connection': also where production was left for nothing at all
        questions = super()._urssaf_questions()
        if self.urssaf_environment or self.urssaf_left_activity_id:
            open_ones = self.env['urssaf.payment.request']._search(self._urssaf_open_domain())
            questions['open_in_production'] = SQL('EXISTS(%s)', open_ones.select())
        return questions

    def _urssaf_left_sentence(self, environment):
        """What is not seen any more of real requests in another environment, and what to do.

        :param str environment: the one that is chosen, or about to be; may be empty
        :return: in the user's language; empty in production, and when no real request is open
        :rtype: str
        """
        self.ensure_one()
        requests = self.env['urssaf.payment.request'].sudo()
        open_ones = requests if environment == 'production' else requests.search(self._urssaf_open_domain())
        if not open_ones:
            return ''
        words = {'count': len(open_ones), 'invoices': some_of(open_ones.mapped('name'))}
        if not environment:
            return self.env._(
                "%(count)s requests made in production are not over (%(invoices)s). Without an environment URSSAF is not asked about "
                "them: what a customer or a bank refuses, what is cancelled and what is paid is not seen, and what is scheduled does "
                "not leave. Choose Production until they are over.",
                **words,
            )
        label = dict(self._fields['urssaf_environment']._description_selection(self.env))[environment]
        return self.env._(
            "%(count)s requests made in production are not over (%(invoices)s). With the environment “%(environment)s” URSSAF is not "
            "asked about them: what a customer or a bank refuses, what is cancelled and what is paid is not seen, and what is "
            "scheduled does not leave. Choose Production until they are over.",
            environment=label,
            **words,
        )

    def _urssaf_tell_left(self):
        """One activity of the responsible user as long as real requests are open and production is not chosen. Does not
        commit."""
        for company in self.sudo():
            company = company._urssaf_for_responsible()
            company._urssaf_keep_told(
                'urssaf_left_activity_id',
                company.env._("Real requests to URSSAF are not followed"),
                company._urssaf_left_sentence(company.urssaf_environment),
            )

    @api.model
    def _urssaf_tell_all_left(self):
        """``_urssaf_tell_left`` for all companies that have left production, or had, each by itself. Commits; never raises."""
        companies = self.sudo().with_context(active_test=False)
        elsewhere = Domain('company_id.urssaf_environment', '!=', 'production')
        left = self.env['urssaf.payment.request'].sudo()._read_group(REAL_AND_LIVE & elsewhere, ['company_id'])
        companies = companies.search([('urssaf_left_activity_id', '!=', False)]).union(
            *(company for (company,) in left)
        )
        self.env['urssaf.document']._notify_each(companies, type(companies)._urssaf_tell_left)
