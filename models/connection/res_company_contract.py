from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import plaintext2html


class ResCompany(models.Model):
    """The contract with URSSAF: one client ID, one SAP number. What left under another one waits (``urssaf.contract``)."""

    _inherit = 'res.company'

    urssaf_contract_activity_id = fields.Many2one(
        'mail.activity',
        string="Activity About the Contract",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups=fields.NO_ACCESS,
    )

    def _urssaf_contract(self):
        """What a document remembers of the contract it leaves under: values of its columns.

        :rtype: dict
        """
        self.ensure_one()
        company = self.sudo()
        return {'client_key': company.urssaf_client_id, 'sap_number': company.urssaf_sap_number}

    def _urssaf_contract_sharers(self):
        """The other companies that use the same client ID in the same environment, archived ones included; in sudo."""
        self.ensure_one()
        companies = self.sudo().with_context(active_test=False)
        return companies.search(companies._urssaf_sharers_domain())

    def _urssaf_sharers_domain(self):
        """As ``_urssaf_contract_sharers``; to be searched with archived companies.

        :rtype: Domain
        """
        if not self.urssaf_client_id:
            return Domain.FALSE
        return Domain(
            [
                ('id', '!=', self.id),
                ('urssaf_client_id', '=', self.urssaf_client_id),
                ('urssaf_environment', '=', self.urssaf_environment),
            ]
        )

    def _urssaf_other_contract_domains(self):
        """Where to look for what waits because it left under another contract than the one in the settings.

        :return: ``(model in sudo, Domain)`` of requests and of registrations
        :rtype: list[tuple]
        """
        self.ensure_one()
        company = self.sudo()
        models = [
            self.env[name].sudo()
            for name in self.env.registry.descendants(['urssaf.contract'], '_inherit')
            if not self.env[name]._abstract
        ]
        here = Domain([('company_id', '=', company.id), ('environment', '=', company.urssaf_environment)])
        return [(model, here & model._waiting_domain() & ~model._contract_domain(company)) for model in models]

    def _urssaf_other_contract_documents(self):
        """Requests and registrations that wait, because they left under another contract than the one in the settings.

        :return: recordsets in sudo, one for each model
        :rtype: list
        """
        return [model.search(domain) for model, domain in self._urssaf_other_contract_domains()]

    def _urssaf_contract_sentence(self):
        """What waits for another contract, and what to do; empty when nothing does.

        :rtype: str
        """
        self.ensure_one()
        waiting = [documents for documents in self._urssaf_other_contract_documents() if documents]
        if not waiting:
            return ''
        numbers = sorted({number or '–' for documents in waiting for number in documents.mapped('sap_number')})
        return self.env._(
            "%(count)s requests or registrations left under another contract with URSSAF (%(numbers)s): they are neither "
            "followed nor sent again under this one. Enter that contract's client ID, secret and SAP number again; or, when "
            "URSSAF has only given you new ones for the same contract, say so in the settings.",
            count=sum(map(len, waiting)),
            numbers=', '.join(numbers),
        )

    def _urssaf_tell_contract(self):
        """One activity of the responsible user as long as something waits for another contract. Does not commit."""
        for company in self.sudo():
            company = company._urssaf_for_responsible()
            company._urssaf_keep_told(
                'urssaf_contract_activity_id',
                company.env._("Requests to URSSAF wait for another contract"),
                company._urssaf_contract_sentence() if company.urssaf_environment else '',
            )

    def _urssaf_for_responsible(self):
        """This company in the language of who is told about it.

        :rtype: res.company
        """
        user = self._urssaf_administrator()
        return self.with_context(lang=user.lang or self.env.lang)

    def _urssaf_keep_told(self, name, summary, sentence):
        """One activity of the responsible user on the company's contact, closed by itself. Does not commit.

        :param str name: the field that remembers the activity
        :param str sentence: what to do; empty when nothing is left
        """
        self.ensure_one()
        if not sentence and not self[name]:
            return
        self[name] = self.env['urssaf.document']._keep_activity(
            self.partner_id,
            self[name],
            bool(sentence),
            summary=summary,
            note=plaintext2html(sentence),
            user=self._urssaf_administrator(),
        )

    @api.model
    def _urssaf_tell_contracts(self):
        """``_urssaf_tell_contract`` for all companies that use the service, each by itself. Commits; never raises."""
        companies = self._urssaf_in_use()
        self.env['urssaf.document']._notify_each(companies, type(companies)._urssaf_tell_contract)

    def _urssaf_confirm_same_contract(self):
        """A person says that the client ID or the SAP number in the settings is a new one of the same contract: what has
        left under the old ones is followed and sent again under these. Does not commit.

        :raises AccessError: for those who may not change the credentials
        """
        if not self.env.user.has_group('base.group_system'):
            raise AccessError(self.env._("Only administrators can say under which contract requests were sent."))
        for company in self:
            for documents in company._urssaf_other_contract_documents():
                documents.write(company._urssaf_contract())
        self._urssaf_tell_contract()
