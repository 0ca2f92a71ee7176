from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.notification import notification
from ...urssaf import payloads

BANK_DAYS = 30  # unless the system parameter bank_retention_days says otherwise
# How many accounts a run of the vacuum deletes at once.
VACUUM_LIMIT = 1000
# URSSAF has the bank account (M010 was taken), or will be given it anew: ours is of no more use.
BANK_KNOWN_STATES = ('active', 'blocked', 'mandate_expired', 'unlinked')
# Something is under way with URSSAF: an answer is to be compared with what was sent.
UNSETTLED_STATES = ('sending', 'unknown', 'pending')
ERASED_FIELDS = (
    'urssaf_civility',
    'urssaf_birth_name',
    'urssaf_usage_name',
    'urssaf_first_names',
    'urssaf_birth_date',
    'urssaf_birth_country_id',
    'urssaf_birth_commune_id',
    'urssaf_mobile',
    'urssaf_street_number',
    'urssaf_street_letter',
    'urssaf_street_type',
    'urssaf_street_name',
    'urssaf_address_complement',
    'urssaf_address_locality',
    'urssaf_commune_id',
    'urssaf_bank_account_id',
    'urssaf_consent_date',
    'urssaf_consent_origin',
    'urssaf_keep_accents',
    'urssaf_birth_place_sent',
)


class ResPartner(models.Model):
    """What we hold of a household is erased on request, and its bank account as soon as URSSAF has it (doc/privacy.md)."""

    _inherit = 'res.partner'

    # -- on request -------------------------------------------------------------------------------

    def action_urssaf_erase(self):
        """Erase what was entered for avance immédiate about these households.

        :raises AccessError: for others than accounting administrators who may write the customers
        :raises UserError: while something is under way at URSSAF; nothing is erased then
        """
        if not self.env.su and not self.env.user.has_group('account.group_account_manager'):
            raise AccessError(self.env._("Only an accounting administrator can erase a customer's data."))
        self.check_access('write')
        for partner in self:
            sentence = partner._urssaf_erase_blocker()
            if sentence:
                raise UserError(sentence)
        for partner in self:
            partner._urssaf_erase()
        return notification(self.env._("The identity and bank data have been erased."))

    def _urssaf_erase_blocker(self):
        """Why the data are still needed, as a sentence; empty when they may go. Looks at all companies."""
        self.ensure_one()
        live = self.env['urssaf.payment.request'].sudo().search([('partner_id', '=', self.id), ('is_live', '=', True)])
        if live:
            ours = live.filtered(lambda request: request.company_id in self.env.companies)
            return self.env._(
                "%(customer)s: a request is still under way at URSSAF (%(invoices)s). Their data can be erased when it "
                "is settled or withdrawn.",
                customer=self.name,
                invoices=', '.join(ours.mapped('name')) or self.env._("in another company"),
            )
        if (
            self.env['urssaf.registration']
            .sudo()
            .search_count([('partner_id', '=', self.id), ('state', 'in', UNSETTLED_STATES)], limit=1)
        ):
            return self.env._(
                "%s: the registration with URSSAF is not settled yet. Their data can be erased when it is active, "
                "refused or ended.",
                self.name,
            )
        return ''

    def _urssaf_erase(self):
        partner = self.sudo()
        partner.with_context(active_test=False).bank_ids._urssaf_forgettable()._urssaf_forget()
        partner.flush_recordset()  # the link to another account that Odoo has chosen meanwhile goes, too
        partner.write(dict.fromkeys(ERASED_FIELDS, False))
        self.env['urssaf.registration.attempt'].sudo().search(
            [('registration_id.partner_id', '=', partner.id)]
        ).unlink()
        # One value a company, in one column: it goes for all of them.
        partner.flush_recordset()
        self.env.cr.execute("UPDATE res_partner SET urssaf_always_propose = NULL WHERE id = %s", [partner.id])
        partner.invalidate_recordset()
        # Frozen texts of what has been sent: amounts and numbers prove what was asked, the birth date does not.
        for request in self.env['urssaf.payment.request'].sudo().search([('partner_id', '=', self.id)]):
            request.payload = payloads.without_birth_date(request.payload)
        self._message_log(
            body=self.env._(
                "Avance immédiate: the identity and bank data of this customer have been erased. The masked exchanges with "
                "URSSAF are kept for their time."
            )
        )

    # -- by itself --------------------------------------------------------------------------------

    @api.autovacuum
    def _gc_urssaf_bank_accounts(self):
        """Delete the bank accounts that were entered for a registration which has been active for some time."""
        days = self.env['ir.config_parameter']._urssaf_days('bank_retention_days', BANK_DAYS)
        if not days:
            return None
        limit = fields.Datetime.now() - timedelta(days=days)
        partners = self._urssaf_bank_known_since(limit)
        accounts = (
            self.env['res.partner.bank']
            .sudo()
            .with_context(active_test=False)
            .search([('partner_id', 'in', partners.ids), ('urssaf_is_ours', '=', True), ('create_date', '<=', limit)])
        )
        accounts = accounts._urssaf_forgettable()
        for partner, theirs in accounts[:VACUUM_LIMIT].grouped('partner_id').items():
            theirs._urssaf_forget()
            localized = partner.urssaf_registration_ids[:1]._localized()
            partner._message_log(
                body=localized.env._(
                    "Avance immédiate: the bank account entered for the registration has been deleted here; URSSAF has it."
                )
            )
        return min(len(accounts), VACUUM_LIMIT), len(accounts) > VACUUM_LIMIT

    @api.model
    def _urssaf_bank_known_since(self, limit):
        """Households with an account of ours whose registrations are all done since this UTC moment, and none to do."""
        registrations = (
            self.env['urssaf.registration'].sudo().search([('partner_id.bank_ids.urssaf_is_ours', '=', True)])
        )
        # Those of an environment that is no longer used say nothing.
        registrations = registrations.filtered(lambda r: r.environment == r.company_id.urssaf_environment)
        done = registrations.filtered(
            lambda r: r.state in BANK_KNOWN_STATES and (r.activated_at or r.registered_at or r.create_date) <= limit
        )
        return done.partner_id - (registrations - done).partner_id
