"""What becomes of a request when no proper answer comes: sockets that refuse, die, hang or lie."""

import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
import requests
import urllib3.exceptions as u3

from client_helpers import (
    CUSTOMER_REF,
    ScriptedServer,
    customer,
    http,
    payment_request,
    reset,
    slow,
)
from urssaf import transport
from urssaf.auth import MemoryTokenStore, Token, utcnow
from urssaf.client import UrssafClient
from urssaf.errors import Misconfigured, NotSent, OutcomeUnknown, Refused, Throttled, Unavailable

CALLS = {
    "TOKEN": lambda client: client.ensure_token(),
    "M010": lambda client: client.register_customer(customer()),
    "M020": lambda client: client.customer_status(CUSTOMER_REF),
    "M050": lambda client: client.submit_requests([payment_request()]),
    "M070": lambda client: client.search_requests(numbers=["FAC-2026-00121"]),
}
EFFECT = ("M010", "M050")


def fresh_store():
    store = MemoryTokenStore()
    store.renew(lambda: Token("JETON", utcnow() + datetime.timedelta(hours=1)))
    return store


def client_of(url, call, **options):
    """A client whose token is at hand, unless the token is what is being tried."""
    store = None if call == "TOKEN" else fresh_store()
    return UrssafClient("simulator", "ident", "secret", simulator_url=url, token_store=store, **options)


def attempt(call, *steps, timeout=5.0):
    """Play steps against one call; the exception, the server and the client."""
    with ScriptedServer(*steps, token=None) as server:
        client = client_of(server.url, call, timeout=timeout)
        with pytest.raises(Exception) as caught:
            CALLS[call](client)
        return caught.value, server, client


def dies_before_reading(connection):
    reset(connection)


def dies_within_head(connection):
    connection.sendall(b"HTTP/1.1 2")


def dies_within_body(connection):
    connection.sendall(http(200, b'{"idClient": "111"}' * 50)[:120])


def drips(connection):
    connection.sendall(http(200, b" " * 1000)[:-1000])
    for _ in range(1000):
        connection.sendall(b" ")
        threading.Event().wait(0.1)


def no_http(connection):
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


LOST = {
    "reset_after_sending": (dies_before_reading, "connection"),
    "closed_without_answer": (lambda connection: None, "connection"),
    "cut_within_head": (dies_within_head, "connection"),
    "cut_within_body": (dies_within_body, "unreadable"),
    "read_timeout": (slow(1.5), "timeout"),
    "dripping_body": (drips, "unreadable"),
    "not_http": (no_http, "connection"),
    "error_500": (http(500, [{"code": "ERREUR_TECHNIQUE"}]), "server_error"),
    "error_502": (http(502, b"<html>", "text/html"), "server_error"),
    "error_503": (http(503), "maintenance"),
    "empty_200": (http(200), "unreadable"),
    "html_200": (http(200, b"<html><body>Bonjour</body></html>", "text/html"), "unreadable"),
    "null_200": (http(200, b"null"), "unreadable"),
    "nan_200": (http(200, b"NaN"), "unreadable"),
    "deep_200": (http(200, b"[" * 100_000), "unreadable"),
    "unexpected_201": (http(201, {"idClient": "1"}), "unexpected_status"),
    "unexpected_204": (http(204), "unexpected_status"),
    "unexpected_409": (http(409), "unexpected_status"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", LOST)
def test_maybe_processed(call, fault):
    step, reason = LOST[fault]
    error, server, client = attempt(call, step, timeout=0.3 if fault in ("read_timeout", "dripping_body") else 5.0)
    assert type(error) is (OutcomeUnknown if call in EFFECT else Unavailable)
    assert error.reason == reason
    assert len(server.requests) == 1, "nothing is repeated"
    (exchange,) = client.take_exchanges()
    assert exchange.error
    assert exchange.call == call
    assert client.take_exchanges() == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, "redirect"),
        (302, "redirect"),
        (308, "redirect"),
        (403, "forbidden"),
        (404, "not_found"),
        (415, "media_type"),
    ],
)
def test_settings_are_wrong(call, status, reason):
    target = "http://127.0.0.1:9/elsewhere"
    error, server, client = attempt(call, http(status, b"<html>", "text/html", Location=target))
    assert type(error) is Misconfigured
    assert (error.reason, error.http_status) == (reason, status)
    assert len(server.requests) == 1, "no redirect is followed"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        # a day at most, whatever is asked for
        ("Wed, 24 Nov 2100 10:00:00 GMT", 86400, 86400),
        ("946080000", 86400, 86400),
        ("9" * 400, 86400, 86400),
    ],
)
def test_throttled(call, header, least, most):
    error, _, _ = attempt(call, http(429, Retry_After=header))
    assert type(error) is Throttled
    assert least <= error.retry_after <= most


def test_throttled_without_a_time():
    out_of_time = "Fri, 31 Dec 9999 23:59:59 -1200"
    for headers in ({}, *({"Retry_After": value} for value in ("soon", "-5", out_of_time, "1e400"))):
        error, _, _ = attempt("M050", http(429, **headers))
        assert type(error) is Throttled
        assert error.retry_after is None


@pytest.mark.parametrize("call", ["M010", "M070"])
def test_maintenance_says_when(call):
    error, _, _ = attempt(call, http(503, Retry_After="3600"))
    assert error.retry_after == 3600


@pytest.mark.parametrize("call", [call for call in CALLS if call != "TOKEN"])
@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (b"", set()),
        (b"<html><h1>Bad Request</h1></html>", set()),
        (b'[{"code": "A", "message": "m"}, {"code": "B"}]', {"A", "B"}),
        (b'{"code": "A", "message": "m", "description": "d"}', {"A"}),
        (b'{"errors": [{"code": "A"}]}', {"A"}),
        (b'[{"code": "A"', set()),
        (b"[null, {}, 7]", set()),
        ('[{"code": "A", "message": "Donnée refusée"}]'.encode("latin-1"), {"A"}),
    ],
)
def test_refused(call, body, codes):
    error, server, _ = attempt(call, http(400, body))
    assert type(error) is Refused
    assert error.codes == codes
    assert len(server.requests) == 1


def test_refused_though_the_body_was_cut():
    error, _, _ = attempt("M050", http(400, b'[{"code": "ERR_FORMAT"}]' * 20)[:-100])
    assert type(error) is Refused


# --- never sent -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
def test_connection_refused(call):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    client = client_of(f"http://127.0.0.1:{port}", call)
    with pytest.raises(NotSent) as caught:
        CALLS[call](client)
    assert (type(caught.value), caught.value.reason) == (NotSent, "connect")
    assert [exchange.status for exchange in client.take_exchanges()] == [None]


@pytest.mark.parametrize("call", CALLS)
def test_connect_timeout(call):
    # A full backlog leaves the handshake of TCP unanswered.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            waiting.append(filler)
        client = client_of(f"http://127.0.0.1:{listener.getsockname()[1]}", call, timeout=0.3)
        try:
            with pytest.raises(NotSent) as caught:
                CALLS[call](client)
        finally:
            for filler in waiting:
                filler.close()
    assert (type(caught.value), caught.value.reason) == (NotSent, "connect_timeout")


@pytest.mark.parametrize("call", CALLS)
def test_unknown_host(call, monkeypatch):
    def no_such_host(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_host)
    store = None if call == "TOKEN" else fresh_store()
    client = UrssafClient("production", "ident", "secret", token_store=store)
    with pytest.raises(NotSent) as caught:
        CALLS[call](client)
    assert (type(caught.value), caught.value.reason) == (NotSent, "dns")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost that nobody has signed."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        cert.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return path


@pytest.mark.parametrize("call", CALLS)
def test_certificate_refused(call, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    received = []

    def handshake(connection):
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                received.append(secured.recv(100))
        except (ssl.SSLError, OSError):
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            handshake(listener.accept()[0])

        threading.Thread(target=serve, daemon=True).start()
        client = client_of(f"https://127.0.0.1:{listener.getsockname()[1]}", call)
        with pytest.raises(NotSent) as caught:
            CALLS[call](client)
    assert (type(caught.value), caught.value.reason) == (NotSent, "tls")
    assert not any(received)


@pytest.mark.parametrize("call", EFFECT)
def test_tls_error_that_may_come_while_reading(call, monkeypatch):
    def cut(*args, **kwargs):
        inner = ssl.SSLError(1, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]")
        raise requests.exceptions.SSLError(u3.MaxRetryError(None, "/", u3.SSLError(inner)))

    monkeypatch.setattr(requests.Session, "request", cut)
    with pytest.raises(OutcomeUnknown):
        CALLS[call](client_of("http://127.0.0.1:9", call))


def test_proxy_refuses_the_tunnel(monkeypatch):
    def forbidden(connection):
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with ScriptedServer(forbidden, token=None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        client = UrssafClient("production", "ident", "secret", token_store=fresh_store())
        with pytest.raises(NotSent) as caught:
            client.submit_requests([payment_request()])
        assert caught.value.reason == "proxy"
        assert proxy.requests[0][0] == "CONNECT"


def test_no_proxy_stands_before_the_simulator(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with ScriptedServer() as server:
        client_of(server.url, "TOKEN").ensure_token()


def test_an_earlier_failure_is_no_proof():
    """Sent again within an except block, the new failure carries the old one as its context."""
    with ScriptedServer(dies_before_reading) as server:
        try:
            client_of("http://127.0.0.1:9", "M050").submit_requests([payment_request()])
        except NotSent:
            with pytest.raises(OutcomeUnknown):
                client_of(server.url, "M050").submit_requests([payment_request()])


# --- the request itself ---------------------------------------------------------------------------------------------


def test_netrc_does_not_replace_the_token(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login intruder password intruder\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with ScriptedServer(http(200, {"infoDemandePaiements": []})) as server:
        for auth in (transport.BearerAuth("JETON"), transport.NoAuth()):
            transport.exchange(
                "POST", server.url + "/x", auth=auth, headers={}, body=b"{}", timeout=5.0, trust_env=True
            )
        assert [request[2].get("authorization") for request in server.requests] == ["Bearer JETON", None]


def test_every_call_has_a_connection_of_its_own():
    answer = http(200, {"infoDemandePaiements": []})
    with ScriptedServer(answer, answer) as server:
        client = client_of(server.url, "M070")
        for _ in range(2):
            client.search_requests(numbers=["A"])
        assert server.connections == 2
        assert {request[2]["connection"] for request in server.requests} == {"close"}


@pytest.mark.parametrize("call", CALLS)
def test_the_time_limit_is_one_number(call, monkeypatch):
    seen = []

    def request(session, method, url, **options):
        seen.append((session.get_adapter(url).max_retries.total, options))
        raise requests.ConnectionError("no network in this test")

    monkeypatch.setattr(requests.Session, "request", request)
    with pytest.raises((OutcomeUnknown, Unavailable)):
        CALLS[call](client_of("http://127.0.0.1:9", call))
    ((retries, options),) = seen
    assert options["timeout"] == 15.0
    assert options["allow_redirects"] is False
    assert retries == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://10.0.0.1:8090",
        "http://127.0.0.1@example.com",
        "http://example.com#127.0.0.1",
        "http://[::ffff:10.0.0.1]",
        "ftp://127.0.0.1",
        "127.0.0.1:8090",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0:8090",
    ],
)
def test_the_simulator_is_on_this_machine(url):
    with pytest.raises(ValueError, match="this machine"):
        UrssafClient("simulator", "a", "b", simulator_url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8090/", "http://localhost", "http://[::1]:8090", "http://127.1.2.3"])
def test_loopback_is_accepted(url):
    UrssafClient("simulator", "a", "b", simulator_url=url)


def test_wrong_arguments():
    for environment in ("", None, "staging"):
        with pytest.raises(ValueError, match="environment"):
            UrssafClient(environment, "a", "b")
    with pytest.raises(ValueError, match="required"):
        UrssafClient("sandbox", "a", "")
