"""What a call can end in, when it does not end well.

The classes answer the one question that protects a household: *may URSSAF have processed
this?* (CONTRACT §4, §10)

    UrssafError
     ├─ Refused              no: it was read and turned down (400)
     ├─ NotSent              no: it provably never arrived, or was not looked at
     │   ├─ Throttled        too many calls (429)
     │   └─ Misconfigured    until somebody changes the settings (401 twice, 403, 404, 415, any 3xx)
     ├─ OutcomeUnknown       perhaps: every other failure of a POST that writes (M010, M050)
     └─ Unavailable          nothing to process: a read (token, M020, M070) failed, simply later

The texts of these exceptions hold reasons and codes only, never a value that was sent.
"""

from dataclasses import dataclass

from .gate import LONGEST_WAIT

# What only some of the things asked about may have brought about; of any other failure every call would be one.
_MAY_CONCERN_ONE = frozenset({"refused", "unreadable", "server_error", "unexpected"})


@dataclass(frozen=True)
class RemoteError:
    """One ``Erreur`` of an answer. Decide on ``code``; show all three (CONTRACT §4)."""

    code: str
    message: str = ""
    description: str = ""


def _bounded(seconds: float | None) -> float | None:
    """Seconds to wait, from none to a day; what is no number counts as a day."""
    if seconds is None:
        return None
    # In this order not-a-number counts as a day, too.
    return float(max(0.0, min(LONGEST_WAIT, seconds)))


class UrssafError(Exception):
    """Base of all. ``reason`` is a stable key, ``retry_after`` seconds if the remote gave them, a day at most."""

    def __init__(self, reason: str, http_status: int | None = None, retry_after: float | None = None):
        super().__init__(reason)
        self.reason = reason
        self.http_status = http_status
        self.retry_after = _bounded(retry_after)

    @property
    def may_concern_one(self) -> bool:
        """Whether one of the things asked about may have spoilt the answer for all: asked in parts, the rest is told."""
        return self.reason in _MAY_CONCERN_ONE

    def __str__(self):
        status = f" (HTTP {self.http_status})" if self.http_status else ""
        return f"{type(self).__name__}: {self.reason}{status}"


class Refused(UrssafError):
    """The remote said no to the whole call (HTTP 400). ``errors`` may be empty: so may its body."""

    def __init__(self, errors: tuple[RemoteError, ...] = (), http_status: int = 400):
        super().__init__("refused", http_status)
        self.errors = tuple(errors)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(error.code for error in self.errors)

    def __str__(self):
        return f"{super().__str__()} {', '.join(sorted(self.codes))}".rstrip()


class NotSent(UrssafError):
    """Provably never processed: sending again is safe.

    Reasons: ``dns``, ``connect``, ``connect_timeout``, ``proxy``, ``tls``, ``token``, ``unexpected`` (a failure of ours before
    the call); and those of the subclasses.
    """


class Throttled(NotSent):
    """HTTP 429: too many calls. ``retry_after`` in seconds, ``None`` when not said."""

    def __init__(self, retry_after: float | None = None, http_status: int = 429):
        super().__init__("throttled", http_status, retry_after)


class Misconfigured(NotSent):
    """It will not work until somebody changes the settings.

    Reasons: ``credentials``, ``unauthorized``, ``forbidden``, ``not_found``, ``media_type``, ``redirect``; and before any call
    ``environment``, ``settings``, ``contract``.
    """


class OutcomeUnknown(UrssafError):
    """A POST of M010 or M050 that may have been processed: look it up, never send it blindly again.

    Reasons: ``timeout``, ``connection``, ``server_error``, ``maintenance``, ``unreadable``, ``unexpected_status``, ``unexpected``
    (a failure of ours after the call).
    """


class Unavailable(UrssafError):
    """A call without effect (token, M020, M070) that failed: simply later.

    Reasons: those of ``OutcomeUnknown``.
    """

    def __init__(self, reason: str, retry_after: float | None = None, http_status: int | None = None):
        super().__init__(reason, http_status, retry_after)
