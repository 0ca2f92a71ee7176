from datetime import timedelta

from odoo import api, fields, models

from .urssaf_registration_states import BANK_KNOWN_STATES, UNANSWERED_STATES

BANK_DAYS = 30  # unless the system parameter bank_retention_days says otherwise
# How many accounts a run of the vacuum deletes at once.
VACUUM_LIMIT = 1000


class ResPartner(models.Model):
    """How long a registration needs the data of its household, and when URSSAF has its bank account (doc/privacy.md)."""

    _inherit = 'res.partner'

    def _urssaf_erase_blocker(self):
        # EXTENDS 'household': the answer of URSSAF is compared with what was sent. What has a number is followed by it.
        unanswered = [('partner_id', '=', self.id), ('state', 'in', UNANSWERED_STATES)]
        if self.env['urssaf.registration'].sudo().search(unanswered)._without_past_trials():
            return self.env._(
                "%s: URSSAF's answer to the registration is not known yet. Their data can be erased when it is.",
                self.name,
            )
        return super()._urssaf_erase_blocker()

    def _urssaf_erase(self):
        # EXTENDS 'household': what was tried says how the person was written, and what was sent where they are written to
        result = super()._urssaf_erase()
        registrations = self.env['urssaf.registration'].sudo().search([('partner_id', '=', self.id)])
        registrations.write({'email_sent': False, 'worth_trying': False})
        registrations.filtered(lambda r: r.state == 'pending')._stop_reminding()
        attempts = self.env['urssaf.registration.attempt'].sudo()
        attempts.search([('registration_id.partner_id', '=', self.id)]).unlink()
        return result

    # -- in the background ------------------------------------------------------------------------

    @api.model
    def _urssaf_bank_days(self):
        """Days after the activation for which bank details are kept; 0: for ever."""
        return self.env['ir.config_parameter']._urssaf_days('bank_retention_days', BANK_DAYS)

    @api.autovacuum
    def _gc_urssaf_bank_accounts(self):
        """Delete the bank accounts that were entered for a registration which has been active for some time."""
        days = self._urssaf_bank_days()
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
        """Households with an account of ours that URSSAF has since this UTC moment, with no registration left to do.

        A trial gives URSSAF nothing: what was entered for it is needed in production.
        """
        # Whoever removes an account in Odoo archives it: it is here as before.
        registrations = (
            self.env['urssaf.registration']
            .sudo()
            .with_context(active_test=False)
            .search([('partner_id.bank_ids.urssaf_is_ours', '=', True)])
        )
        # Those of an environment that is no longer used say nothing.
        registrations = registrations.filtered(lambda r: r.environment == r.company_id.urssaf_environment)
        done = registrations.filtered(
            lambda r: (
                r.environment == 'production'
                and (r.state in BANK_KNOWN_STATES or r._is_given_up())
                and (r.activated_at or r.registered_at or r.create_date) <= limit
            )
        )
        return done.partner_id - (registrations - done).partner_id
