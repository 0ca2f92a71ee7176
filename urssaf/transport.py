"""One HTTP exchange, and the proof of what became of it when no answer came.

Whether a request was *never sent* is read from the cause inside the exception, never from its class: a connection
refused and a connection reset after the request was sent are the same ``requests.ConnectionError``.
"""

import http.client
import logging
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import requests
import urllib3.exceptions as u3
from requests.structures import CaseInsensitiveDict

from .deadline import Session

MAX_BODY = 5_000_000  # bytes; an answer of ten requests has some ten thousand
# An exchange, from connecting to the last byte of its answer, is over after this many time-outs.
DEADLINE = 4
# What a path of ours may hold of a person (CONTRACT §10.4: the look-up by e-mail).
_PERSON_IN_PATH = re.compile(r"(adresseMail=)[^&\s]+")


@dataclass(frozen=True)
class Exchange:
    """One HTTP exchange as it may be kept: bodies are masked.

    ``call``: TOKEN, M010, M020, M050 or M070; ``status``: None when no answer came; ``duration``: seconds;
    ``error``: '' or a reason as in ``errors``; ``started_at``: naive UTC.
    """

    call: str
    method: str
    path: str
    status: int | None
    duration: float
    request_body: str
    response_body: str
    error: str
    started_at: datetime


@dataclass(frozen=True)
class Answer:
    """An answer whose status line arrived; ``complete`` is False when its body was cut."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=CaseInsensitiveDict)
    complete: bool = True


class _NoPersonInPath(logging.Filter):
    """urllib3 logs the path of each call at DEBUG, query included."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(
                _PERSON_IN_PATH.sub(r"\1***", value) if isinstance(value, str) else value for value in record.args
            )
        return True


def filter_once(names: tuple[str, ...], kind: type[logging.Filter]) -> None:
    """Put a filter of this kind on these loggers, unless it is there: a process may load the addon more than once."""
    for name in names:
        logger = logging.getLogger(name)
        if not any(isinstance(known, kind) for known in logger.filters):
            logger.addFilter(kind())


def mask_people_in_logs() -> None:
    """Keep e-mail addresses of households out of urllib3's log; called once per process."""
    # The second one logs the address of an answer whose headers it does not understand.
    filter_once(("urllib3.connectionpool", "urllib3.connection"), _NoPersonInPath)


class NoAnswer(Exception):
    """No status line came back. ``sent`` is False only when the request provably never left."""

    def __init__(self, reason: str, *, sent: bool):
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class BearerAuth(requests.auth.AuthBase):
    """The token, given as an auth object: a header alone would be overwritten by an entry of ``~/.netrc``."""

    def __init__(self, token: str):
        self._header = f"Bearer {token}"

    def __call__(self, request):
        request.headers["Authorization"] = self._header
        return request


class BasicAuth(BearerAuth):
    """Client credentials in the header (CONTRACT §3, the technical switch)."""

    def __init__(self, user: str, password: str):
        self._header = "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class NoAuth(requests.auth.AuthBase):
    """No Authorization header, and none from ``~/.netrc`` either."""

    def __call__(self, request):
        return request


def exchange(
    method: str,
    url: str,
    *,
    auth: requests.auth.AuthBase,
    headers: Mapping[str, str],
    body: bytes | None,
    timeout: float,
    trust_env: bool,
) -> Answer:
    """Send one request on a connection of its own and read its answer.

    Nothing is repeated and no redirect is followed. A new connection each time: a kept-alive one may turn out dead
    only after the request was written, and its outcome would be unknown. ``trust_env``: use the machine's proxies and
    certificate authorities. ``timeout``: seconds for connecting and for each wait for data; ``DEADLINE`` times as many
    for the whole exchange.

    :raises NoAnswer: when there is none; it says whether the request may have been written
    """
    limit = time.monotonic() + timeout * DEADLINE
    with Session(limit) as session:
        session.trust_env = trust_env
        try:
            response = session.request(
                method,
                url,
                data=body,
                headers={**headers, "Connection": "close"},
                auth=auth,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, u3.HTTPError, http.client.HTTPException, OSError, ValueError) as exc:
            raise _no_answer(exc) from None  # the exception holds the request, with the token and the bank account
        with response:
            content, complete = _read(response, limit, session.get_adapter(url).step)
            return Answer(response.status_code, content, response.headers, complete)


def _read(response: requests.Response, limit: float, step: int) -> tuple[bytes, bool]:
    content = bytearray()
    if "," in response.headers.get("Content-Encoding", ""):
        return b"", False  # packed in a pack: a few bytes of it may become gigabytes
    try:
        for chunk in response.iter_content(step):
            content += chunk
            if len(content) > MAX_BODY or time.monotonic() > limit:
                return bytes(content), False
    except (requests.RequestException, u3.HTTPError, http.client.HTTPException, OSError, ValueError):
        return bytes(content), False
    return bytes(content), True


def _no_answer(exc: Exception) -> NoAnswer:
    causes = list(_causes(exc))
    for cause in causes:
        if reason := _never_sent(cause, causes):
            return NoAnswer(reason, sent=False)
    timed_out = any(isinstance(cause, requests.Timeout | u3.TimeoutError | TimeoutError) for cause in causes)
    return NoAnswer("timeout" if timed_out else "connection", sent=True)


def _never_sent(cause: BaseException, causes: list[BaseException]) -> str | None:
    """The reason when this cause proves that no byte of the request left."""
    # NewConnectionError first: in urllib3 it is a ConnectTimeoutError, and name resolution is one of it.
    if isinstance(cause, u3.NewConnectionError):
        return "dns" if _is_resolution(cause) else _through_proxy(causes) or "connect"
    if isinstance(cause, u3.ConnectTimeoutError):
        return _through_proxy(causes) or "connect_timeout"
    # We refuse the certificate within the handshake; any other SSLError may come while reading an answer.
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "tls"
    # A proxy that refuses the tunnel: the request would have gone through the tunnel.
    if isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed"):
        return "proxy"
    return None


def _is_resolution(cause: u3.NewConnectionError) -> bool:
    # urllib3 1.26 has no class of its own for it, but says so by the socket error that it wraps.
    named = getattr(u3, "NameResolutionError", ())
    return isinstance(cause, named) or isinstance(cause.__cause__ or cause.__context__, socket.gaierror)


def _through_proxy(causes: list[BaseException]) -> str | None:
    return "proxy" if any(isinstance(cause, u3.ProxyError) for cause in causes) else None


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception and those it carries.

    Neither ``__context__`` nor ``__cause__`` is followed: when the caller tries again inside an ``except`` block, the
    context holds the failure of the first attempt.
    """
    seen: set[int] = set()
    waiting = [exc]
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = [getattr(cause, "reason", None), getattr(cause, "original_error", None), *cause.args]
        waiting += [item for item in inner if isinstance(item, BaseException)]
