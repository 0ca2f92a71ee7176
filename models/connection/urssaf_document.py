from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import LockError

ACTIVITY = 'l10n_fr_avance_immediate.mail_activity_type_urssaf'
WRITE_TRIES = 5
# Longer than any call can last: a claim older than this has lost its owner (DESIGN §3.6).
CLAIM_LIFETIME = timedelta(minutes=15)
# While a worker asks URSSAF about documents, the others leave them alone.
POLL_LEASE = timedelta(minutes=5)


class UrssafDocument(models.AbstractModel):
    """What requests and registrations share: states that follow what URSSAF says, written between two calls."""

    _name = 'urssaf.document'
    _description = "URSSAF Document"

    def _commit(self):
        """The one place of this module that commits: the network is only called between two commits (DESIGN §3).

        Not guarded by ``_can_commit()``, never called inside a savepoint; only buttons, the send hook and crons.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _submit_later(self, at=None):
        """Let ``ir_cron_urssaf_submit`` run: it sends requests, and registrations that wait in the background.

        :param datetime at: naive UTC; at once without it
        """
        self.env.ref('l10n_fr_avance_immediate.ir_cron_urssaf_submit').sudo()._trigger(at)

    def _responsible(self):
        """Who acts on this document, and in whose language it is written when nobody is looking."""
        raise NotImplementedError

    def _localized(self):
        """The document in the language of who follows it when nobody is looking: a cron has no language, and what it
        writes down (``error_text``) is read by people."""
        self.ensure_one()
        if self.env.context.get('lang'):
            return self
        return self.with_context(lang=self._responsible().lang or self.company_id.partner_id.lang)

    def _poll_due_domain(self, now):
        """What URSSAF is to be asked about at this UTC moment, claims without an owner included.

        In the environments that the settings name now: elsewhere nobody could be asked.
        """
        companies = self.env['res.company'].sudo().search([('urssaf_environment', '!=', False)])
        callable_now = fields.Domain.OR(
            fields.Domain([('environment', '=', environment), ('company_id', 'in', owners.ids)])
            for environment, owners in companies.grouped('urssaf_environment').items()
        )
        return (
            callable_now
            & ~self.env['urssaf.connection']._paused_domain(now)
            & fields.Domain(
                [
                    '|',
                    '&',
                    ('next_poll_at', '<=', now),
                    ('state', '!=', 'sending'),
                    '&',
                    ('state', '=', 'sending'),
                    ('claimed_at', '<=', now - CLAIM_LIFETIME),
                ]
            )
        )

    def _write_from_memory(self, apply, tries=WRITE_TRIES):
        """Lock and read again, apply, commit; when another worker interferes, the same once more.

        :param apply: writes what a call gave; called anew at each try, never calls URSSAF
        :return: whether it could be written
        """
        for _attempt in range(tries):
            try:
                self.lock_for_update(allow_referencing=True)
                self.invalidate_recordset()
                apply()
                self.env.flush_all()
                self._commit()
                return True
            except (SerializationFailure, LockError):
                self.env.cr.rollback()
        return False
