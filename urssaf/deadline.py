"""One deadline for a whole HTTP exchange.

A time-out of ``requests`` counts from one received packet to the next: a status line that drips, an endless stream of
``100 Continue`` or of headers ends never. Here each wait for the socket is as long as what is left, at most. No signal,
no thread: it works in every worker of Odoo.
"""

import http.client
import io
import time

import requests
import urllib3.exceptions as u3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

MOST_RECEIVED = 12_000_000  # bytes of head and body; a flood ends before its deadline
# Bytes of a body between two looks at the clock. What came of the last step before the deadline is not kept.
STEP, STEP_WITHOUT_DEADLINE = 512, 16


class _TimedReader(io.RawIOBase):
    """The raw stream of a socket, each read of which waits for ``limit`` (monotonic seconds) at most."""

    def __init__(self, sock, limit: float):
        super().__init__()
        # The buffer that makefile() lays around it is ours: below, around the clock.
        self._raw = sock.makefile("rb").detach()
        self._sock, self._limit, self._received = sock, limit, 0

    def readable(self):
        return True

    def fileno(self):
        return self._raw.fileno()

    def readinto(self, buffer):
        left = self._limit - time.monotonic()
        if left <= 0 or self._received > MOST_RECEIVED:
            raise TimeoutError("the deadline of the exchange has passed")
        if (timeout := self._sock.gettimeout()) is None or timeout > left:
            self._sock.settimeout(left)
        count = self._raw.readinto(buffer)
        self._received += count or 0
        return count

    def close(self):
        self._raw.close()
        return super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock, *args, limit: float, **options):
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock, limit))


class _Timed:
    """A connection whose answers, those of a proxy included, are read until ``limit``.

    It is not used when there is not one time-out left for an answer: nothing was sent then.
    """

    limit: float

    def connect(self):
        connected = super().connect()
        if time.monotonic() > self.limit - (self.timeout or 0):
            self.close()
            raise u3.ConnectTimeoutError(self, "connecting took the time of the whole exchange")
        return connected

    def response_class(self, sock, *args, **options):
        return _TimedResponse(sock, *args, limit=self.limit, **options)


class _Connection(_Timed, HTTPConnection):
    pass


class _SecureConnection(_Timed, HTTPSConnection):
    pass


def _pool(base, connection_class, limit):
    class Pool(base):
        ConnectionCls = connection_class

        def _new_conn(self):
            connection = super()._new_conn()
            connection.limit = limit
            return connection

    return Pool


class DeadlineAdapter(HTTPAdapter):
    """An adapter for one exchange that is over at ``limit`` (monotonic seconds).

    ``step``: so many bytes of the body are to be read at once.
    """

    step = STEP

    def __init__(self, limit: float):
        self._pools = {
            "http": _pool(HTTPConnectionPool, _Connection, limit),
            "https": _pool(HTTPSConnectionPool, _SecureConnection, limit),
        }
        super().__init__()

    def init_poolmanager(self, *args, **options):
        done = super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools
        return done

    def proxy_manager_for(self, *args, **options):
        manager = super().proxy_manager_for(*args, **options)
        if manager.pool_classes_by_scheme["https"] is HTTPSConnectionPool:
            manager.pool_classes_by_scheme = self._pools
        elif manager.pool_classes_by_scheme is not self._pools:
            # A SOCKS proxy has connections of its own: they keep the time-out between packets alone, so that each step may
            # take as many of them as it has bytes.
            self.step = STEP_WITHOUT_DEADLINE
        return manager


class Session(requests.Session):
    """A session for one exchange until ``limit`` (monotonic seconds), without a look at where a redirect leads.

    Without redirects allowed, ``requests`` still reads the whole body of one, however long.
    """

    def __init__(self, limit: float):
        super().__init__()
        for prefix in ("https://", "http://"):
            self.mount(prefix, DeadlineAdapter(limit))

    def get_redirect_target(self, response):
        return None
