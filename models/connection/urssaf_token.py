from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import api, fields, models
from odoo.tools import SQL

from ...urssaf.auth import Token

RENEW_TRIES = 5
NO_LOCK = SQL("")


class UrssafToken(models.Model):
    """A cached access token for one company, environment and client ID. No user has access."""

    _name = 'urssaf.token'
    _description = "URSSAF Token"
    _log_access = False

    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    environment = fields.Char(required=True)
    client_key = fields.Char("Client ID", required=True)
    value = fields.Char(groups=fields.NO_ACCESS)
    expires_at = fields.Datetime()

    _unique_owner = models.Constraint(
        'UNIQUE (company_id, environment, client_key)', "There is one token for one client ID."
    )

    @api.model
    def _store(self, company_id, environment, client_id):
        """The token store of one provider, for ``UrssafClient``."""
        return DatabaseTokenStore(self.env.registry, (company_id, environment, client_id))


class DatabaseTokenStore:
    """``urssaf.auth.TokenStore`` in the database, in cursors of its own.

    The only part of the module with a second cursor: a token is renewed before any claim, and its row is written by
    nobody else. Of two workers that renew at once, one calls URSSAF; the other waits for the row and finds it fresh.
    """

    def __init__(self, registry, owner):
        self._registry = registry
        self._owner = owner

    def get(self):
        with self._registry.cursor() as cr:
            return self._read(cr)

    def renew(self, fetch, rejected=None):
        """The token of the cache if it is fresh by now, else a new one, which is kept. Commits in its own cursor.

        :param fetch: asks URSSAF for a token; called at most once
        :param str rejected: the value that URSSAF has just refused: not to be returned again
        :rtype: urssaf.auth.Token
        :raises SerializationFailure: when other workers interfere in each of ``RENEW_TRIES`` tries
        """
        self._ensure_row()
        for attempt in range(RENEW_TRIES):
            with self._registry.cursor() as cr:
                try:
                    token = self._read(cr, lock=SQL("FOR UPDATE"))
                except SerializationFailure:
                    # Another worker has just renewed it: read again, with a snapshot that shows it.
                    cr.rollback()
                    if attempt == RENEW_TRIES - 1:
                        raise
                    continue
                if token and token.is_fresh() and token.value != rejected:
                    return token
                token = fetch()
                cr.execute(
                    SQL(
                        "UPDATE urssaf_token SET value = %s, expires_at = %s WHERE %s",
                        token.value,
                        token.expires_at,
                        self._is_owner(),
                    )
                )
                return token  # leaving the block commits

    def _ensure_row(self):
        with self._registry.cursor() as cr:
            cr.execute(SQL("SELECT 1 FROM urssaf_token WHERE %s", self._is_owner()))
            if cr.rowcount:
                return
            try:
                cr.execute(
                    SQL(
                        "INSERT INTO urssaf_token (company_id, environment, client_key) VALUES (%s, %s, %s) "
                        "ON CONFLICT DO NOTHING",
                        *self._owner,
                    )
                )
            except (SerializationFailure, UniqueViolation):
                cr.rollback()  # another worker has made it

    def _read(self, cr, lock=NO_LOCK):
        cr.execute(SQL("SELECT value, expires_at FROM urssaf_token WHERE %s %s", self._is_owner(), lock))
        row = cr.fetchone()
        return Token(*row) if row and row[0] and row[1] else None

    def _is_owner(self):
        return SQL("company_id = %s AND environment = %s AND client_key = %s", *self._owner)
