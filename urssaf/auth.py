"""The OAuth2 token: how long it is good, and who keeps it (CONTRACT §3)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Protocol

EXPIRY_MARGIN = timedelta(seconds=60)
DEFAULT_LIFETIME = timedelta(seconds=300)  # when the answer does not say


def utcnow() -> datetime:
    """Now, naive UTC."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


@dataclass(frozen=True)
class Token:
    """An access token. Its value stays out of ``repr`` so that no traceback shows it."""

    value: str = field(repr=False)
    expires_at: datetime  # naive UTC, as announced: the margin is taken in is_fresh()

    def is_fresh(self, now: datetime | None = None) -> bool:
        """Whether it is still good for a call started now (naive UTC)."""
        return self.expires_at - EXPIRY_MARGIN > (now or utcnow())


class TokenStore(Protocol):
    """Where tokens live. One store serves one pair (environment, client id)."""

    def get(self) -> Token | None:
        """The stored token, fresh or not."""

    def renew(self, fetch: Callable[[], Token], rejected: str | None = None) -> Token:
        """Return a usable token, calling ``fetch`` at most once.

        Callers wait for each other. A fresh stored token whose value is not ``rejected`` was
        renewed by somebody else meanwhile: it is returned without a call.
        """


class MemoryTokenStore:
    """Tokens of one process."""

    def __init__(self):
        self._lock = threading.Lock()
        self._token: Token | None = None

    def get(self) -> Token | None:
        return self._token

    def renew(self, fetch: Callable[[], Token], rejected: str | None = None) -> Token:
        with self._lock:
            token = self._token
            if token and token.is_fresh() and token.value != rejected:
                return token
            self._token = fetch()
            return self._token
