"""The token: asked once, kept, renewed, refused (CONTRACT §3)."""

import base64
import threading
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from client_helpers import CUSTOMER_REF, TOKEN_PATH, ScriptedServer, customer, http, payment_request
from urssaf.auth import MemoryTokenStore, Token, utcnow
from urssaf.client import UrssafClient
from urssaf.errors import Misconfigured, NotSent, Throttled, Unavailable

EMPTY = http(200, {"infoDemandePaiements": []})


def search(client):
    return client.search_requests(numbers=["A"])


def client_of(server, **options):
    return UrssafClient("simulator", "ident", "s3cr3t&=é", simulator_url=server.url, timeout=5.0, **options)


def token(value, **fields):
    return http(200, {"access_token": value, "token_type": "Bearer", **fields})


def test_credentials_in_the_form():
    with ScriptedServer(EMPTY) as server:
        client = client_of(server)
        client.ensure_token()
        search(client)
        search_call = server.calls()[0]
        (method, path, headers, body), *others = server.requests
        assert (method, path, headers["content-type"]) == ("POST", TOKEN_PATH, "application/x-www-form-urlencoded")
        assert "authorization" not in headers
        assert parse_qs(body.decode()) == {
            "grant_type": ["client_credentials"],
            "scope": ["homeplus.tiersprestations"],
            "client_id": ["ident"],
            "client_secret": ["s3cr3t&=é"],
        }
        assert search_call[2]["authorization"] == "Bearer EXEMPLE-JETON-OPAQUE-0001"
        assert len(others) == 1, "the token is asked once"


def test_credentials_in_the_header():
    with ScriptedServer() as server:
        client_of(server, basic_auth=True).ensure_token()
        _, _, headers, body = server.requests[0]
        assert base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode() == "ident:s3cr3t&=é"
        assert b"client_" not in body.replace(b"client_credentials", b"")


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"expires_in": 3600}, 3600),
        ({"expires_in": "1800"}, 1800),
        ({}, 300),
        ({"expires_in": None}, 300),
        ({"expires_in": -1}, 300),
        ({"expires_in": "soon"}, 300),
    ],
)
def test_life_of_a_token(fields, seconds):
    store = MemoryTokenStore()
    with ScriptedServer(token=token("T", **fields)) as server:
        client_of(server, token_store=store).ensure_token()
    kept = store.get()
    assert abs((kept.expires_at - utcnow()).total_seconds() - seconds) < 5
    assert kept.is_fresh(utcnow() + timedelta(seconds=seconds - 70))
    assert not kept.is_fresh(utcnow() + timedelta(seconds=seconds - 59)), "renewed 60 s before it expires"


def test_a_token_about_to_expire_is_renewed():
    with ScriptedServer(EMPTY, EMPTY, token=token("T", expires_in=30)) as server:
        client = client_of(server)
        search(client)
        search(client)
        assert len(server.requests) - len(server.calls()) == 2


def test_renewed_once_after_401():
    with ScriptedServer(token("OLD"), http(401), token("NEW"), EMPTY, token=None) as server:
        client = client_of(server)
        search(client)
        assert [request[2].get("authorization") for request in server.calls()] == ["Bearer OLD", "Bearer NEW"]
        assert [(x.call, x.status) for x in client.take_exchanges()] == [
            ("TOKEN", 200),
            ("M070", 401),
            ("TOKEN", 200),
            ("M070", 200),
        ]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.register_customer(customer()),
        lambda client: client.customer_status(CUSTOMER_REF),
        lambda client: client.submit_requests([payment_request()]),
        search,
    ],
)
def test_401_twice(call):
    with ScriptedServer(http(401), http(401), http(401)) as server:
        with pytest.raises(Misconfigured) as caught:
            call(client_of(server))
        assert (caught.value.reason, caught.value.http_status) == ("unauthorized", 401)
        assert len(server.calls()) == 2


def test_somebody_else_renewed_meanwhile():
    store = MemoryTokenStore()
    store.renew(lambda: Token("OLD", utcnow() + timedelta(hours=1)))

    def refuse_and_renew(connection):
        store.renew(lambda: Token("OTHER", utcnow() + timedelta(hours=1)), "OLD")
        connection.sendall(http(401))

    with ScriptedServer(refuse_and_renew, EMPTY) as server:
        search(client_of(server, token_store=store))
        assert server.requests == server.calls(), "no token was asked"
        assert server.calls()[1][2]["authorization"] == "Bearer OTHER"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"error": "invalid_client", "error_description": "Client authentication failed"}, "credentials"),
        (400, {"error": "invalid_client"}, "credentials"),
        (400, {"error": "invalid_grant"}, "credentials"),
        (400, {"error": "invalid_scope"}, "forbidden"),
        (400, {"error": "unauthorized_client"}, "forbidden"),
        (401, b"", "credentials"),
        (400, b"<html>", "credentials"),
    ],
)
def test_credentials_refused(status, body, reason):
    with ScriptedServer(token=http(status, body)) as server:
        with pytest.raises(Misconfigured) as caught:
            client_of(server).submit_requests([payment_request()])
        assert caught.value.reason == reason
        assert server.calls() == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"access_token": ""}', b'{"access_token": "a\\nb"}', b"[]"])
def test_token_answer_that_cannot_be_read(body):
    with ScriptedServer(token=http(200, body)) as server:
        with pytest.raises(Unavailable) as caught:
            client_of(server).ensure_token()
        assert caught.value.reason == "unreadable"


@pytest.mark.parametrize(
    "answer", [http(503, Retry_After="60"), http(500), http(200, b"<html>"), lambda connection: None]
)
def test_no_token_means_not_sent(answer):
    """For a call with an effect nothing is unknown when its token could not be had, before it or after a 401."""
    for renewing in (False, True):
        steps = [token("OLD"), http(401), answer] if renewing else [answer]
        with ScriptedServer(*steps, token=None) as server:
            with pytest.raises(NotSent) as caught:
                client_of(server).submit_requests([payment_request()])
            assert (type(caught.value), caught.value.reason) == (NotSent, "token")
        with ScriptedServer(*steps, token=None) as server, pytest.raises(Unavailable):
            search(client_of(server))


def test_throttled_while_asking_for_a_token():
    with ScriptedServer(token=http(429, Retry_After="7")) as server:
        with pytest.raises(Throttled) as caught:
            client_of(server).submit_requests([payment_request()])
        assert caught.value.retry_after == 7


def test_the_store_makes_one_call_for_many():
    store, fetched = MemoryTokenStore(), []

    def fetch():
        fetched.append(1)
        threading.Event().wait(0.05)
        return Token(f"T{len(fetched)}", utcnow() + timedelta(hours=1))

    threads = [threading.Thread(target=store.renew, args=(fetch, None)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    assert store.renew(fetch, "T1").value == "T2"
    assert store.renew(fetch, "T1").value == "T2"


def test_a_token_does_not_show():
    assert "JETON" not in repr(Token("JETON", utcnow()))
