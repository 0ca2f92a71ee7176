from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import models
from odoo.exceptions import LockError

WRITE_TRIES = 5
# Longer than any call can last: a claim older than this has lost its owner (DESIGN §3.6).
CLAIM_LIFETIME = timedelta(minutes=15)
# While a worker asks URSSAF about documents, the others leave them alone.
POLL_LEASE = timedelta(minutes=5)


class UrssafDocument(models.AbstractModel):
    """What requests and registrations share: states that follow what URSSAF says, written between two calls."""
    _name = 'urssaf.document'
    _description = "URSSAF Document"

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
        """What URSSAF is to be asked about at this UTC moment, claims without an owner included."""
        return [
            ('company_id.urssaf_environment', '!=', False),
            '|', '&', ('next_poll_at', '<=', now), ('state', '!=', 'sending'),
            '&', ('state', '=', 'sending'), ('claimed_at', '<=', now - CLAIM_LIFETIME),
        ]

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
                self.env['urssaf.payment.request']._commit()
                return True
            except (SerializationFailure, LockError):
                self.env.cr.rollback()
        return False
