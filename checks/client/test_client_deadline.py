"""No exchange outlasts its deadline, wherever the other side stands still, drips or floods."""

import gzip
import socket
import ssl
import threading
import time

import pytest

from client_helpers import ScriptedServer, http, payment_request
from stopwatch import Stopwatch
from test_client_transport import CALLS, EFFECT, attempt, certificate, client_of, fresh_store  # noqa: F401  (a fixture)
from urssaf import transport
from urssaf.client import UrssafClient
from urssaf.errors import Misconfigured, NotSent, OutcomeUnknown, Unavailable

TIMEOUT = 0.25
LONG = 5.0  # for what ends by its size: the machine may stand still for a while
DEADLINE = TIMEOUT * transport.DEADLINE
SPARE = 1.5  # seconds that a busy machine may lose


def dripping(head):
    """Sends a head byte by byte, each well within the time-out, and again and again."""

    def step(connection):
        while True:
            for position in range(len(head)):
                connection.sendall(head[position : position + 1])
                time.sleep(TIMEOUT / 5)

    return step


def flood(start, piece):
    def step(connection):
        connection.sendall(start)
        while True:
            connection.sendall(piece * 50)

    return step


def slowly(start, piece):
    def step(connection):
        connection.sendall(start)
        while True:
            connection.sendall(piece)
            time.sleep(TIMEOUT / 5)

    return step


ENDLESS = {
    "status_line_drips": dripping(b"HTTP/1.1 200 " + b"O" * 60_000),
    "headers_drip": slowly(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "headers_without_end": slowly(b"HTTP/1.1 200 OK\r\n", b"X-One: 1\r\n"),
    "continue_without_end": slowly(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "flood_of_continue": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "flood_of_headers": flood(b"HTTP/1.1 200 OK\r\n", b"X-One: 1\r\n"),
    "flood_of_a_status_line": flood(b"HTTP/1.1 200 ", b"OOOOOOOO"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ENDLESS)
def test_a_head_without_end(call, name):
    ends_by_size = name in ("flood_of_headers", "flood_of_a_status_line")
    with Stopwatch() as watch:
        error, server, client = attempt(call, ENDLESS[name], timeout=LONG if ends_by_size else TIMEOUT)
    assert watch.seconds < DEADLINE + SPARE
    assert type(error) is (OutcomeUnknown if call in EFFECT else Unavailable)
    assert error.reason == ("connection" if ends_by_size else "timeout")
    assert len(server.requests) == 1, "nothing is repeated"
    (exchange,) = client.take_exchanges()
    assert (exchange.status, exchange.error) == (None, error.reason)


def test_a_slow_answer_within_its_time():
    """Neither the deadline nor its reader changes an answer that comes in pieces."""
    answer = http(200, {"infoDemandePaiements": []})

    def step(connection):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        for position in range(0, len(answer), 20):
            connection.sendall(answer[position : position + 20])
            time.sleep(0.01)

    with ScriptedServer(step) as server:
        assert client_of(server.url, "M070", timeout=5.0).search_requests(numbers=["A"]).complete


@pytest.mark.parametrize("call", EFFECT)
def test_a_pack_in_a_pack_is_not_opened(call):
    packed = gzip.compress(gzip.compress(b"[" * 10_000_000))
    error, _server, _client = attempt(call, http(200, packed, Content_Encoding="gzip, gzip"))
    assert (type(error), error.reason) == (OutcomeUnknown, "unreadable")


@pytest.mark.parametrize("call", EFFECT)
def test_a_pack_that_grows_is_cut(call):
    error, _server, client = attempt(call, http(200, gzip.compress(b"[" * 50_000_000), Content_Encoding="gzip"))
    assert (type(error), error.reason) == (OutcomeUnknown, "unreadable")
    assert len(client._last_body) < transport.MAX_BODY + 100_000


@pytest.mark.parametrize("call", EFFECT)
def test_a_redirect_with_a_body_without_end(call):
    step = flood(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/x\r\n\r\n", b"x" * 1000)
    with Stopwatch() as watch:
        error, server, _client = attempt(call, step, timeout=LONG)
    assert watch.seconds < DEADLINE + SPARE
    assert (type(error), error.reason, len(server.requests)) == (Misconfigured, "redirect", 1)


def test_the_deadline_holds_under_tls(certificate, monkeypatch):  # noqa: F811
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            plain, _address = listener.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as secured:
                    secured.recv(65536)
                    slowly(b"", b"HTTP/1.1 100 Continue\r\n\r\n")(secured)
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        with Stopwatch() as watch, pytest.raises(transport.NoAnswer) as caught:
            transport.exchange(
                "POST",
                f"https://127.0.0.1:{listener.getsockname()[1]}/x",
                auth=transport.NoAuth(),
                headers={},
                body=b"{}",
                timeout=TIMEOUT,
                trust_env=True,
            )
    assert watch.seconds < DEADLINE + SPARE
    assert (caught.value.reason, caught.value.sent) == ("timeout", True)


def test_a_proxy_that_drips(monkeypatch):
    with ScriptedServer(slowly(b"HTTP/1.1 200 ", b"O"), token=None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        client = UrssafClient("production", "ident", "secret", token_store=fresh_store(), timeout=TIMEOUT)
        with Stopwatch() as watch, pytest.raises((NotSent, OutcomeUnknown)):
            client.submit_requests([payment_request()])
        assert watch.seconds < DEADLINE + SPARE


@pytest.mark.parametrize("call", CALLS)
def test_what_took_too_long_to_connect_is_not_sent(call, monkeypatch):
    """Names that resolve slowly, many addresses: without time left for an answer, nothing is asked."""
    resolve = socket.getaddrinfo

    def slowly_resolved(*args, **kwargs):
        time.sleep(DEADLINE)
        return resolve(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slowly_resolved)
    with ScriptedServer(token=None) as server:
        with pytest.raises(NotSent if call in EFFECT else (NotSent, Unavailable)) as caught:
            CALLS[call](client_of(server.url, call, timeout=TIMEOUT))
        time.sleep(0.1)
        assert (caught.value.reason, server.requests) == ("connect_timeout", [])
