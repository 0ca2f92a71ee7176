"""Listening: werkzeug's threaded server on a loopback address, in its own thread when started from a test."""

import os
import socket
import struct
import threading

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from . import control, page
from .clock import Clock
from .formats import parse_instant
from .gateway import Drop, Gateway
from .origin import is_foreign, loopback_address
from .store import Store


class Handler(WSGIRequestHandler):
    """Gives the application a way to cut its connection, and logs nothing (a query may hold an e-mail address)."""

    def make_environ(self) -> dict:
        return super().make_environ() | {"simulator.cut": self.cut}

    def cut(self, reset: bool) -> None:
        if reset:
            # Lingering for zero seconds turns the close into a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
        else:
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """No access log."""

    def log_error(self, format: str, *args) -> None:
        """No log of bad request lines."""


class Simulator:
    """The application: API, control interface and page on one port."""

    def __init__(self, state=None, clock: str | None = None, odoo_url: str = "", latency: float = 0.0):
        """:param state: path of the file to keep the state in; :param clock: ISO instant a new state starts at;
        :param latency: seconds that each call takes"""
        self.store = Store(state, Clock(parse_instant(clock) if clock else None))
        self.stopping = threading.Event()
        self.gateway = Gateway(self.store, self.stopping, latency)
        self.page = page.Page(self.store, odoo_url)

    def dispatch(self, request: Request) -> Response:
        if is_foreign(request):
            return Response("Accès refusé : le simulateur ne répond qu'à cette machine.\n", 403)
        if request.path.startswith("/_sim/"):
            return control.answer(self.store, request)
        if self.page.serves(request.path):
            return self.page.answer(request)
        return self.gateway(request)

    def __call__(self, environ: dict, start_response):
        request = Request(environ)
        try:
            response = self.dispatch(request)
        except Drop as drop:
            environ["simulator.cut"](drop.reset)
            raise ConnectionAbortedError from drop
        except HTTPException as exc:
            response = exc.get_response(environ)
        return response(environ, start_response)


class Handle:
    """A running simulator."""

    def __init__(self, simulator: Simulator, server):
        self.simulator = simulator
        self._server = server
        host = f"[{server.host}]" if ":" in server.host else server.host
        self.url = f"http://{host}:{server.port}"
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="simulator", daemon=True)

    def run(self) -> None:
        """Start serving, without waiting."""
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def stop(self) -> None:
        """End it: hanging answers are cut, the state is written."""
        self.simulator.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self.simulator.store.lock:
            self.simulator.store.save()


def start(
    port: int = 0,
    state=None,
    clock: str | None = None,
    host: str = "127.0.0.1",
    odoo_url: str = "",
    latency: float = 0.0,
) -> Handle:
    """Start a simulator in this process.

    :param port: 0 for any free one
    :param state: path of the file that keeps the state; without it nothing is kept
    :param clock: ISO instant that a new state starts at (a state read from the file keeps its own)
    :param latency: seconds that each call to the API takes, as over a network
    :return: a handle with ``url``, ``simulator`` and ``stop()``
    :raises origin.NotLoopback: the host is not this machine
    :raises store.BadStateFile: the file is not ours
    :raises OSError: the port is taken
    """
    simulator = Simulator(state, clock, odoo_url, latency)
    handle = Handle(
        simulator, make_server(loopback_address(host), port, simulator, threaded=True, request_handler=Handler)
    )
    handle.run()
    return handle
