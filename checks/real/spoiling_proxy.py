"""A proxy that stands between Odoo and the simulator and spoils an answer on its way.

Real sockets and bytes, the standard library only. It knows neither the simulator's own faults nor the client: what goes
wrong here goes wrong on the wire, after the work was done there.

What is to be spoilt is said over HTTP, so that the Odoo process that plays a case says it itself::

    POST   /_proxy {"name": ..., "call": "M050", "provider": client id, "about": ...}
    DELETE /_proxy      answers are let through again; gives how many were spoilt

``about``: the invoice number of the entry to be spoilt, the reference of the household (M020), its e-mail (M010). What
spoils an answer as a whole does so for all calls of that kind.
"""

import contextlib
import http.client
import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HALF_EMOJI, NUL = "\ud83d", "\0"
DEEP = "[" * 100_000 + "]" * 100_000
LONG = "9" * 4000
THIRTY_YEARS = 30 * 365 * 24 * 3600
TOKEN = "/api/oauth/v1/token"
CALLS = {
    ("POST", "particulier"): "M010",
    ("GET", "particulier"): "M020",
    ("POST", "demandePaiement"): "M050",
    ("POST", "rechercher"): "M070",
}


class Raw(str):
    """JSON to be written as it is: no value of Python is written like it."""


def written(body):
    raws = []

    def marked(value):
        if isinstance(value, Raw):
            raws.append(value)
            return f"@@{len(raws) - 1}@@"
        if isinstance(value, dict):
            return {key: marked(entry) for key, entry in value.items()}
        return [marked(entry) for entry in value] if isinstance(value, list) else value

    text = json.dumps(marked(body))  # half an emoji leaves as an escape, as from Java's servers
    for number, raw in enumerate(raws):
        text = text.replace(f'"@@{number}@@"', raw)
    return text.encode()


# -- what is spoilt: one entry of an answer -------------------------------------------------------------------------
# Each gets the entry and all entries of the answer. An entry of M070 has ``demandePaiement``, one of M050 has not.


def set_in(path, value):
    """Put a value, or what a function makes of the true one, where a path leads, as far as the answer has it."""

    def spoil(entry, _entries):
        *blocks, last = path.split(".")
        for block in blocks:
            entry = entry.get(block) or {}
        if last in entry:
            entry[last] = value(entry[last]) if callable(value) else value

    return spoil


def both(*spoils):
    def spoil(entry, entries):
        for each in spoils:
            each(entry, entries)

    return spoil


def twin(entry, entries):
    """The same once more, in another state."""
    other = json.loads(json.dumps(entry))
    if isinstance(other.get("statut"), dict):
        other["statut"]["code"] = "40"
    else:
        other["statut"] = "40"
    entries.append(other)


def numbered_as_its_neighbour(entry, entries):
    others = [other["demandePaiement"]["numFactureTiers"] for other in entries if other is not entry]
    entry["demandePaiement"]["numFactureTiers"] = others[0] if others else "AUTRE-1"


STRANGER = "99999999-9999-4999-8999-999999999999"
ENTRIES = {
    "M010": {
        "half_emoji": set_in("idClient", lambda true: true + HALF_EMOJI),
        "nul": set_in("idClient", lambda true: true[:8] + NUL + true[8:]),
        "long_number": set_in("idClient", Raw(LONG)),
        "deep": set_in("idClient", Raw(DEEP)),
    },
    "M020": {
        "half_emoji": set_in("statut.code", lambda true: true + HALF_EMOJI),
        "nul": set_in("idClient", lambda true: true + NUL),
        "huge_number": set_in("statut.code", Raw("1e400")),
        "long_number": set_in("statut.code", Raw(LONG)),
        "deep": set_in("statut", Raw(DEEP)),
        "other_household": set_in("idClient", STRANGER),
    },
    "M050": {
        "half_emoji": set_in("idDemandePaiement", lambda true: true + HALF_EMOJI),
        "nul": set_in("idClient", lambda true: true + NUL),
        "huge_number": set_in("idDemandePaiement", Raw("1e400")),
        "long_number": set_in("idDemandePaiement", Raw(LONG)),
        "deep": set_in("statut", Raw(DEEP)),
        "other_number": set_in("numFactureTiers", "AUTRE-1"),
        "other_household": set_in("idClient", STRANGER),
        "two_states": twin,
    },
    "M070": {
        "half_emoji": both(
            set_in("statut.libelle", lambda true: true + HALF_EMOJI),
            set_in("demandePaiement.numFactureTiers", lambda true: true + HALF_EMOJI),
        ),
        "nul": set_in("statut.code", lambda true: true + NUL),
        "huge_number": both(
            set_in("demandePaiement.mntFactureTTC", Raw("1e400")), set_in("infoVirement.mntVirement", Raw("-1e400"))
        ),
        "long_number": set_in("infoVirement.mntVirement", Raw(LONG)),
        "year_1": set_in("infoVirement.dateVirement", "0001-01-01T00:00:00Z"),
        "year_9999": set_in("infoVirement.dateVirement", "9999-12-31T23:59:59-12:00"),
        "deep": set_in("statut", Raw(DEEP)),
        "other_number": numbered_as_its_neighbour,
        "other_household": set_in("demandePaiement.idClient", STRANGER),
        "other_amount": set_in("demandePaiement.mntFactureTTC", 9999.0),
        "two_states": twin,
    },
}


def entries_of(body):
    return body if isinstance(body, list) else body.get("infoDemandePaiements") or [body]


def is_about(entry, about):
    """Whether an entry of an answer is about an invoice number, or about a household's reference."""
    echo = entry.get("demandePaiement") or entry
    return about in (echo.get("numFactureTiers"), echo.get("idClient"))


# -- what is spoilt: the answer as a whole ---------------------------------------------------------------------------


def endless_continue(_head, _body):
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        time.sleep(0.05)


def dripping_headers(head, _body):
    yield head
    for number in itertools.count():
        yield b"X-%d: 1\r\n" % number
        time.sleep(0.05)


WHOLE = {"endless_continue": endless_continue, "dripping_headers": dripping_headers}
# Not even asked: URSSAF has done nothing.
BEFORE = {"retry_after"}
NAMES = {call: [*names, *WHOLE, *BEFORE] for call, names in ENTRIES.items()}


# -- the proxy -------------------------------------------------------------------------------------------------------


class Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_proxy":
            self.server.spoil(json.loads(body))
            return self.pass_on(200, {}, b"{}")
        return self.relay(body)

    do_GET = do_POST

    def do_DELETE(self):
        self.pass_on(200, {}, json.dumps({"spoilt": self.server.heal()}).encode())

    def relay(self, body):
        path = urlsplit(self.path).path
        call = CALLS.get((self.command, path.rpartition("/")[2]))
        fault = self.server.fault_of(call, self.headers.get("Authorization"))
        if fault and call == "M010" and fault["about"].encode() not in body:
            fault = None
        if fault and fault["name"] in BEFORE:
            self.server.spoilt += 1
            return self.pass_on(429, {"Retry-After": THIRTY_YEARS}, b"")
        connection = http.client.HTTPConnection(self.server.target, timeout=30)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        with contextlib.closing(connection):
            connection.request(self.command, self.path, body or None, kept)
            answer = connection.getresponse()
            content = answer.read()
        if path == TOKEN:
            self.server.know(body, content)
        headers = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
        if fault and fault["name"] in WHOLE:
            self.server.spoilt += 1
            return self.drip(WHOLE[fault["name"]](b"HTTP/1.1 200 OK\r\n", content))
        if fault and answer.status == 200:
            content = self.spoiled(call, fault, content)
        return self.pass_on(answer.status, headers, content)

    def spoiled(self, call, fault, content):
        body = json.loads(content)
        entries = entries_of(body)
        for entry in [entry for entry in entries if call == "M010" or is_about(entry, fault["about"])]:
            ENTRIES[call][fault["name"]](entry, entries)
            self.server.spoilt += 1
        return written(body)

    def pass_on(self, status, headers, content):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(content), "Connection": "close"}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    def drip(self, pieces):
        self.close_connection = True
        with contextlib.suppress(OSError):  # the caller has had enough
            for piece in pieces:
                if self.server.is_closing.is_set():
                    return
                self.wfile.write(piece)

    def log_message(self, *_arguments):
        """No access log."""


class Proxy(ThreadingHTTPServer):
    """One rule at a time. ``spoilt``: how many answers, or entries of answers, it has met."""

    daemon_threads = True

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), Relay)
        self.target, self.rule, self.spoilt = urlsplit(target).netloc, None, 0
        self.providers, self.is_closing = {}, threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.is_closing.set()
        self.shutdown()
        self.thread.join()
        self.server_close()

    def spoil(self, rule):
        if rule["name"] not in NAMES[rule["call"]]:
            raise ValueError(rule)
        self.rule, self.spoilt = rule, 0

    def heal(self):
        self.rule = None
        return self.spoilt

    def know(self, form, answer):
        """Whose a token is: the form of the request for it, and the answer."""
        with contextlib.suppress(ValueError, KeyError):
            token = json.loads(answer)["access_token"]
            self.providers[f"Bearer {token}"] = parse_qs(form.decode())["client_id"][0]

    def fault_of(self, call, authorization):
        rule = self.rule
        if rule and rule["call"] == call and rule["provider"] in (None, self.providers.get(authorization)):
            return rule
        return None
