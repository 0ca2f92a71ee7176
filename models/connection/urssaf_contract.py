from odoo import api, fields, models
from odoo.fields import Domain


class UrssafContract(models.AbstractModel):
    """A document that has left under one contract with URSSAF: one client ID, one SAP number.

    URSSAF answers only who asks under the contract that a call was made under. Under another one it would say "unknown" of
    what it has, and what was held for absent would be sent a second time. So a document is asked about and sent again
    under its own contract alone; when the settings name another one, it stays as it is until a person decides.
    """

    _name = 'urssaf.contract'
    _description = "Document of a Contract With URSSAF"
    _inherit = ['urssaf.document']

    # Empty as long as nothing has left. Readable for those who may read the settings.
    client_key = fields.Char("Client ID", readonly=True, copy=False, groups='base.group_system', exportable=False)
    sap_number = fields.Char("SAP Number at Departure", readonly=True, copy=False, groups='base.group_system')

    # Who calls, and when it is asked about again: ``urssaf.document`` writes these.
    claim = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    claimed_at = fields.Datetime("Call Started On", readonly=True)
    next_poll_at = fields.Datetime("Next Check", readonly=True, index='btree_not_null')
    spoilt_count = fields.Integer(
        "Answers of No Use",
        readonly=True,
        copy=False,
        exportable=False,
        help="How often in a row URSSAF's answer about it could not be used: then it is asked about less often.",
    )

    # -- whose is it? -----------------------------------------------------------------------------

    def _of_other_contract(self):
        """Those of ``self`` that have left under another contract than the one in the settings.

        :return: a part of ``self``
        """

        def is_other(document):
            document = document.sudo()
            mine = document.company_id._urssaf_contract()
            # Without credentials nobody is called: they may be entered again.
            return any(document[name] and value and document[name] != value for name, value in mine.items())

        return self.filtered(is_other)

    def _forget_contract(self):
        """What has provably not left may leave under any contract. Does not commit."""
        self.sudo().write({'client_key': False, 'sap_number': False})

    def _other_contract_sentence(self):
        """Why nothing happens with it, and what to do, in the user's language.

        :rtype: str
        """
        self.ensure_one()
        return self.env._(
            "It left under another contract with URSSAF (%s) and waits: an administrator enters that contract's client ID, "
            "secret and SAP number again, or says in the settings that the new ones are those of the same contract.",
            self.sudo().sap_number or '–',
        )

    @api.model
    def _waiting_domain(self):
        """Documents about which URSSAF has not said the last word.

        :rtype: Domain
        """
        raise NotImplementedError

    # -- what may be called about -----------------------------------------------------------------

    @api.model
    def _contract_domain(self, companies):
        """What has not left yet, or has under the contract in the settings of these companies.

        :param res.company companies: in sudo
        :rtype: Domain
        """
        return Domain.OR(
            Domain(
                [
                    ('company_id', '=', company.id),
                    *((name, 'in', (False, value)) for name, value in company._urssaf_contract().items() if value),
                ]
            )
            for company in companies
        )

    @api.model
    def _callable_domain(self, now):
        """What URSSAF may be called about at this UTC moment: in the environments and under the contracts that the settings
        name, of companies whose calls get through; also of archived ones, whose requests are followed to their end."""
        here = Domain.OR(
            Domain('environment', '=', environment) & self._contract_domain(owners)
            for environment, owners in self.env['res.company']._urssaf_in_use().grouped('urssaf_environment').items()
        )
        return here & ~self.env['urssaf.connection']._paused_domain(now)
