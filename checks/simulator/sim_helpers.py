"""Shared by the simulator's tests: a simulator of their own, and a small caller that is not the addon's client."""

import json
import time
from pathlib import Path

import pytest
import requests

from simulator.server import start

FIXTURES = Path(__file__).parent.parent.parent / "tests" / "fixtures"
CLOCK = "2026-10-05T10:00:00Z"
BASE = "/atp/v1/tiersPrestations"
TOKEN = "/api/oauth/v1/token"
ROUTES = {
    "M010": ("POST", f"{BASE}/particulier"),
    "M020": ("GET", f"{BASE}/particulier"),
    "M050": ("POST", f"{BASE}/demandePaiement"),
    "M070": ("POST", f"{BASE}/demandePaiement/rechercher"),
}
BIRTH_DATES = {
    "11111111-1111-4111-8111-111111111111": "1984-05-17",
    "22222222-2222-4222-8222-222222222222": "1979-11-02",
    "33333333-3333-4333-8333-333333333333": "1990-02-11",
}


def fixture(name):
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def iso_stamp(text):
    """``31/08/2026 14:20:00`` as ISO, UTC."""
    day, time = text.split(" ")
    return "-".join(reversed(day.split("/"))) + f"T{time}Z"


class Caller:
    """One provider."""

    def __init__(self, url, client_id="prestataire", secret="secret"):
        self.url, self.client_id, self.secret = url, client_id, secret
        self.token = None

    def ask_token(self, **form):
        data = {
            "grant_type": "client_credentials",
            "scope": "homeplus.tiersprestations",
            "client_id": self.client_id,
            "client_secret": self.secret,
        } | form
        return requests.post(self.url + TOKEN, data=data, timeout=10)

    def call(self, name, body=None, timeout=10, **kwargs):
        if not self.token:
            self.token = self.ask_token().json()["access_token"]
        method, path = ROUTES[name]
        headers = {"Authorization": f"Bearer {self.token}"} | kwargs.pop("headers", {})
        kwargs |= {"json": body} if body is not None else {}
        return requests.request(
            method, self.url + path, headers=headers, timeout=timeout, allow_redirects=False, **kwargs
        )

    def control(self, path, method="POST", **values):
        response = requests.request(method, f"{self.url}/_sim/{path}", json=values or None, timeout=10)
        response.raise_for_status()
        return response.json()

    def state(self):
        return self.control("state", "GET")

    def seed(self):
        """Plant the fixtures' clients, activated as in m050_invalid_cases.json."""
        stamps = fixture("m050_invalid_cases.json")["activation"]
        self.control(
            "seed",
            customers=[
                {"ref": ref, "birth_date": BIRTH_DATES[ref], "activated_at": iso_stamp(stamp)}
                for ref, stamp in stamps.items()
            ],
        )

    def search(self, *numbers):
        return self.call("M070", {"numFactureTiers": list(numbers)}).json()["infoDemandePaiements"]


def wait_until(condition, what, seconds=30):
    """Look until it is so; ``what`` is said when it is not within so many seconds."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def codes(errors):
    return [error["code"] for error in errors]


@pytest.fixture(name="caller")
def simulator_caller():
    handle = start(clock=CLOCK)
    caller = Caller(handle.url)
    caller.handle = handle
    caller.control("clock", freeze=True)
    yield caller
    handle.stop()
