"""Every fault does what its name says, and no more."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sim_helpers import Caller, codes, fixture, simulator_caller, wait_until  # noqa: F401  (a pytest fixture)
from simulator.faults import KINDS

NUMBER = "FAC-2026-00121"
HOURS = fixture("m050_request_hours.json")
BATCH = fixture("m050_request_batch.json")
# fault: was the request recorded?
CUTS = {
    "dead_before": False, "dead_after": True, "reset_before": False, "reset_after": True,
    "timeout_before": False, "timeout_after": True, "truncated_wire": True,
}  # fmt: skip
STATUSES = {
    "empty_400": (400, False), "errors_400": (400, False), "unauthorized_once": (401, False),
    "unauthorized": (401, False), "forbidden": (403, False), "not_found": (404, False), "throttled": (429, False),
    "error_500": (500, False), "error_500_after": (500, True), "maintenance_503": (503, False),
    "maintenance_503_after": (503, True), "html": (200, False), "html_after": (200, True), "redirect_302": (302, False),
    "empty_200": (200, True), "truncated": (200, True), "too_many": (400, False), "slow": (200, True),
}  # fmt: skip


@pytest.fixture(name="ready")
def planted(caller):
    caller.seed()
    return caller


def recorded(caller, number=NUMBER):
    return caller.state()["accepted"].get(number, 0)


@pytest.mark.parametrize(("name", "done"), CUTS.items())
def test_no_answer(ready, name, done):
    ready.control("faults", name=name, call="M050", times=1, seconds=0.2)
    with pytest.raises(requests.exceptions.RequestException) as caught:
        ready.call("M050", HOURS)
    if name.startswith("reset"):
        assert "reset" in str(caught.value).lower()
    assert recorded(ready) == int(done)
    # afterwards all is well again
    assert ready.call("M070", {"numFactureTiers": [NUMBER]}).status_code == (200 if done else 400)


@pytest.mark.parametrize(("name", "expected"), STATUSES.items())
def test_wrong_answer(ready, name, expected):
    status, done = expected
    ready.control("faults", name=name, call="M050", times=1, seconds=0)
    response = ready.call("M050", HOURS)
    assert (response.status_code, recorded(ready)) == (status, int(done))
    if name in ("empty_400", "forbidden", "unauthorized", "maintenance_503", "empty_200"):
        assert response.content == b""
    if name in ("error_500", "error_500_after"):
        assert codes(response.json()) == ["ERREUR_TECHNIQUE"]
    if name in ("html", "html_after"):
        assert response.headers["Content-Type"].startswith("text/html")
    if name == "throttled":
        assert response.headers["Retry-After"] == "30"
    if name == "truncated":
        with pytest.raises(ValueError):
            response.json()
    if name == "too_many":
        assert codes(response.json()) == ["ERR_NBRE_PREST_MAX"]


def test_all_faults_are_tested():
    on_items = {
        "shuffle", "drop_item", "extra_item", "id_and_errors", "unknown_status", "Errors_key", "sink_batch",
        "item_error",
    }  # fmt: skip
    spoiling = {name for name in KINDS if name.startswith("spoilt_")}  # test_simulator_spoilt.py
    about_others = {"wrong_id", "foreign_echo", "silent_echo", "double_state", "lagging_search", "forgets"}
    assert {*CUTS, *STATUSES} | on_items | spoiling | about_others == set(KINDS)


def test_silence_lasts_until_the_caller_gives_up(ready):
    ready.control("faults", name="timeout_after", call="M050", times=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        ready.call("M050", HOURS, timeout=0.4)
    assert recorded(ready) == 1


@pytest.fixture(name="held")
def slowness_until_told(ready, monkeypatch):
    """What is slow takes until this event: a clock would ask for a machine that is never busy."""
    over = threading.Event()
    monkeypatch.setattr(ready.handle.simulator.stopping, "wait", lambda _seconds: over.wait(60))
    yield over
    over.set()


def test_slow_call_is_worked_after_its_caller_left(ready, held):
    ready.control("faults", name="slow", call="M050", times=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        ready.call("M050", HOURS, timeout=0.3)
    assert recorded(ready) == 0
    held.set()
    wait_until(lambda: recorded(ready), "it is not worked")
    assert recorded(ready) == 1


def test_slow_call_blocks_nobody(ready, held):
    ready.control("faults", name="slow", call="M050", times=1)
    with ThreadPoolExecutor(1) as apart:
        slow = apart.submit(ready.call, "M050", HOURS, timeout=60)
        wait_until(lambda: ready.handle.simulator.store.calls["M050"], "it has not come")
        assert ready.call("M070", {"numFactureTiers": [NUMBER]}, timeout=60).status_code == 400
        assert not slow.done()
        held.set()
        assert slow.result().status_code == 200


def test_unauthorized_also_ends_the_token(ready):
    ready.control("faults", name="unauthorized_once", call="M050")
    assert ready.call("M050", HOURS).status_code == 401
    assert ready.call("M050", HOURS).status_code == 401, "the old token must not work again"
    ready.token = None
    assert ready.call("M050", HOURS).status_code == 200


def test_fault_on_the_token(caller):
    caller.control("faults", name="unauthorized", call="TOKEN", times=1)
    assert caller.ask_token().json()["error"] == "invalid_client"
    assert caller.ask_token().status_code == 200


def test_times_skip_contains_and_off(ready):
    ready.control("faults", name="forbidden", call="M070", times=2, skip=1)
    body = {"dateDebut": "2090-01-01"}
    assert [ready.call("M070", body).status_code for _ in range(4)] == [400, 403, 403, 400]
    ready.control("faults", name="error_500", call="*", contains="FAC-X")
    assert ready.call("M070", body).status_code == 400
    assert ready.call("M070", {"numFactureTiers": ["FAC-X"]}).status_code == 500
    assert ready.call("M070", {"numFactureTiers": ["FAC-X"]}).status_code == 500, "until switched off"
    ready.control("faults", "DELETE")
    assert ready.call("M070", {"numFactureTiers": ["FAC-X"]}).status_code == 400


def test_unknown_fault_is_refused(caller):
    response = requests.post(f"{caller.url}/_sim/faults", json={"name": "earthquake"}, timeout=5)
    assert response.status_code == 400
    assert "earthquake" in response.json()["error"]


def numbers(response):
    return [answer["numFactureTiers"] for answer in response.json()]


def test_disorder(ready):
    ready.control("faults", name="shuffle", call="M050")
    sent = [item["numFactureTiers"] for item in BATCH]
    got = numbers(ready.call("M050", BATCH))
    assert got != sent
    assert sorted(got) == sorted(sent)


def test_missing_and_extra_items(ready):
    ready.control("faults", name="drop_item", call="M050", times=1)
    assert len(ready.call("M050", BATCH).json()) == 2
    assert len(ready.state()["requests"]) == 3
    ready.control("faults", name="extra_item", call="M070", times=1)
    found = ready.search(NUMBER)
    assert [item["demandePaiement"]["numFactureTiers"] for item in found] == [NUMBER, "INCONNUE"]


def test_unknown_status(ready):
    ready.control("faults", name="unknown_status")
    assert ready.call("M050", HOURS).json()[0]["statut"] == "999"
    assert ready.search(NUMBER)[0]["statut"]["code"] == "999"
    ref = HOURS[0]["idClient"]
    assert ready.call("M020", params={"idClient": ref}).json()["statut"]["code"] == "XX"


def test_errors_key_and_contradictory_answer(ready):
    ready.control("faults", name="id_and_errors", call="M050", times=1)
    [answer] = ready.call("M050", HOURS).json()
    assert answer["idDemandePaiement"]
    assert answer["errors"]
    ready.control("faults", name="Errors_key", call="M070", times=1)
    assert "Errors" in ready.call("M070", {"numFactureTiers": [NUMBER]}).json()


def test_one_bad_item_sinks_the_batch(ready):
    bad = [*BATCH[:2], BATCH[2] | {"mntFactureTTC": 61}]
    ready.control("faults", name="sink_batch", call="M050", times=1)
    response = ready.call("M050", bad)
    assert (response.status_code, codes(response.json())) == (400, ["ERR_TOTAL_PRESTATIONS"])
    assert not ready.state()["requests"]
    assert len(ready.call("M050", bad).json()) == 3
    assert len(ready.state()["requests"]) == 2


def test_chosen_refusals(ready):
    ready.control("faults", name="item_error", call="M050", times=1, code="ERR_ACOMPTE_BLOQUE")
    assert codes(ready.call("M050", HOURS).json()[0]["errors"]) == ["ERR_ACOMPTE_BLOQUE"]
    ready.control("faults", name="errors_400", call="M010", times=1, code="ERR_DGFIP_R2P_INCONNU")
    body = fixture("m010_request_france.json")
    assert codes(ready.call("M010", body).json()) == ["ERR_DGFIP_R2P_INCONNU"]
    assert ready.call("M010", body).status_code == 200


def test_a_fault_of_one_provider(ready):
    other = Caller(ready.url, "autre")
    for call in ("TOKEN", "M050"):
        ready.control("faults", name="maintenance_503", call=call, provider="autre")
    assert ready.call("M050", HOURS).status_code == 200
    assert other.ask_token().status_code == 503
    ready.control("faults", "DELETE")
    other.token = other.ask_token().json()["access_token"]
    ready.control("faults", name="maintenance_503", call="M050", provider="autre")
    assert other.call("M050", HOURS).status_code == 503
    assert ready.call("M050", BATCH).status_code == 200
