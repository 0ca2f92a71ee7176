"""A scripted server on raw sockets, and example values: what the client's tests share."""

import contextlib
import json
import pathlib
import re
import socket
import struct
import threading
import time
import unicodedata
from datetime import date
from decimal import Decimal

from urssaf.lines import Line
from urssaf.payloads import Address, BankAccount, BirthPlace, Customer, PaymentRequest

FIXTURES = pathlib.Path(__file__).parent.parent.parent / "tests" / "fixtures"
INDEX = json.loads((FIXTURES / "index.json").read_text())["files"]
TOKEN_BODY = (FIXTURES / "token_response_200.json").read_bytes()
TOKEN_PATH = "/api/oauth/v1/token"

# What `_known_work` takes on a free core.
KNOWN_SECONDS = 0.015


def cpu_seconds(act, most):
    """CPU seconds that an act takes; where that is more than ``most``, as it would be on a free core.

    On a busy machine the same work takes more of them: a known piece of work says how many, and the best of a few counts.
    """
    taken = _cpu_seconds(act)
    for _again in range(3):
        if taken < most:
            break
        taken = min(taken, _cpu_seconds(act) / max(1, _cpu_seconds(_known_work) / KNOWN_SECONDS))
    return taken


def _cpu_seconds(act):
    started = time.process_time()
    act()
    return time.process_time() - started


def _known_work():
    for _time in range(60):
        re.sub(r"[^a-z]+", "-", unicodedata.normalize("NFD", "12 bis, allée des Érables " * 200).casefold())


def fixture(name):
    return json.loads((FIXTURES / name).read_text())


def http(status, body=b"", content_type="application/json", **headers):
    """The bytes of an answer."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{key.replace('_', '-')}: {value}" for key, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(connection):
    """Close with RST, as a dying process or a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


GOOD_TOKEN = http(200, TOKEN_BODY)


class ScriptedServer:
    """Answers each request by the next step of its script; a token request by ``token`` unless it is scripted.

    A step is bytes to send, or a function of the connection. ``requests`` holds (method, path, headers, body).
    """

    def __init__(self, *steps, token=GOOD_TOKEN):
        self.steps, self.token = list(steps), token
        self.requests, self.connections = [], 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def calls(self):
        """The requests that are not for a token."""
        return [request for request in self.requests if request[1] != TOKEN_PATH]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        # Closed alone, its number may be another socket's before the thread that waits on it has looked.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            with contextlib.suppress(OSError), connection:
                self._answer(connection)

    def _answer(self, connection):
        request = self._receive(connection)
        self.requests.append(request)
        if request[1] == TOKEN_PATH and self.token is not None:
            step = self.token
        else:
            step = self.steps.pop(0) if self.steps else http(599)
        if callable(step):
            step(connection)
        else:
            connection.sendall(step)

    @staticmethod
    def _receive(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (chunk := connection.recv(65536)):
                raise OSError("gone")
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        method, path, _ = first.split(" ")
        return method, path, headers, body


def slow(seconds):
    def step(connection):
        time.sleep(seconds)

    return step


CUSTOMER_REF = "11111111-1111-4111-8111-111111111111"


def customer(**changes):
    """The household of m010_request_france.json."""
    values = {
        "civility": "2",
        "birth_name": "Exemple",
        "usage_name": "Fictif",
        "first_names": "Camille Odette",
        "birth_date": date(1984, 5, 17),
        "birth_place": BirthPlace("99100", "037", "261", "Tours"),
        "mobile": "06 39 98 00 01",
        "email": "camille.fictif@example.com",
        "address": address(),
        "bank_account": BankAccount("TESTFRPPXXX", "FR76 3000 6000 0112 3456 7890 189", "Mme Fictif Camille"),
    }
    return Customer(**{**values, **changes})


def address(**changes):
    values = {
        "number": "12",
        "letter": "B",
        "street_type": "R",
        "street_name": "des Exemples",
        "city_name": "TOURS",
        "commune_code": "37261",
        "zip_code": "37000",
    }
    return Address(**{**values, **changes})


def line(**changes):
    values = {
        "nature": "60",
        "quantity": Decimal(8),
        "unit": "HEURE",
        "unit_ttc": Decimal("27.50"),
        "total_ttc": Decimal("220.00"),
        "total_ht": Decimal("220.00"),
        "total_tva": Decimal(0),
        "label": "Ménage et repassage, septembre 2026",
        "worker": "SAP999999998",
    }
    return Line(**{**values, **changes})


def payment_request(number="FAC-2026-00121", **changes):
    """The request of m050_request_hours.json."""
    values = {
        "billing_party": "Exemple Services",
        "customer_ref": CUSTOMER_REF,
        "birth_date": date(1984, 5, 17),
        "number": number,
        "invoice_date": date(2026, 9, 30),
        "date_start": date(2026, 9, 3),
        "date_end": date(2026, 9, 24),
        "total_ttc": Decimal("220.00"),
        "total_ht": Decimal("220.00"),
        "lines": (line(),),
    }
    return PaymentRequest(**{**values, **changes})
