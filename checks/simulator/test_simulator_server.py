"""The server itself: tokens, HTTP codes, who may reach it, its page, its command."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from sim_helpers import BASE, CLOCK, TOKEN, Caller, fixture, simulator_caller  # noqa: F401  (a pytest fixture)
from simulator.origin import NotLoopback
from simulator.page import FAULT_GROUPS
from simulator.server import start
from simulator.store import BadStateFile
from stopwatch import Stopwatch

ROOT = Path(__file__).parent.parent.parent
HOURS = fixture("m050_request_hours.json")
LATENCY = 0.3  # seconds


# --- how long it takes ---------------------------------------------------------------------------------------------


def test_latency():
    handle = start(latency=LATENCY)
    try:
        caller = Caller(handle.url)
        caller.token = caller.ask_token().json()["access_token"]
        started = time.monotonic()
        caller.call("M070", {"idDemandePaiements": ["1"]})
        assert time.monotonic() - started >= LATENCY
        with Stopwatch() as watch:
            requests.get(f"{handle.url}/_sim/state", timeout=30)
        assert watch.seconds < LATENCY, "its controls do not wait"
    finally:
        handle.stop()


# --- tokens --------------------------------------------------------------------------------------------------------


def test_token(caller):
    response = caller.ask_token()
    example = fixture("token_response_200.json")
    assert response.status_code == 200
    assert response.json() | {"access_token": ""} == example | {"access_token": ""}


def test_token_by_basic(caller):
    form = {"grant_type": "client_credentials", "scope": "homeplus.tiersprestations"}
    post = lambda *auth: requests.post(caller.url + TOKEN, data=form, auth=auth, timeout=5)  # noqa: E731
    assert post("prestataire", "secret").status_code == 200
    assert caller.ask_token().status_code == 200, "the same secret, in the body"
    assert post("prestataire", "autre").status_code == 401
    assert post("nouveau", "wrong").json() == fixture("token_response_401_invalid_client.json")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "other"}, 400, "invalid_scope"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
    ],
)
def test_refused_tokens(caller, form, status, error):
    response = caller.ask_token(**form)
    assert (response.status_code, response.json()["error"]) == (status, error)


def test_another_secret_for_a_known_client(caller):
    assert caller.ask_token().status_code == 200
    assert caller.ask_token(client_secret="other").status_code == 401


def test_calls_need_a_token(caller):
    for headers in ({}, {"Authorization": "Bearer nope"}, {"Authorization": "nope"}):
        response = requests.post(f"{caller.url}{BASE}/demandePaiement", json=HOURS, headers=headers, timeout=5)
        assert (response.status_code, response.content) == (401, b"")


def test_calls_are_counted(caller):
    caller.call("M070", {"dateDebut": "2090-01-01"})
    caller.call("M020", params={"idClient": "x"})
    assert caller.state()["calls"] == {"TOKEN": 1, "M010": 0, "M020": 1, "M050": 0, "M070": 1}


# --- HTTP ----------------------------------------------------------------------------------------------------------


def test_unknown_path(caller):
    for method, path in (("GET", "/nope"), ("POST", f"{BASE}/nope"), ("DELETE", f"{BASE}/particulier")):
        response = requests.request(method, caller.url + path, timeout=5)
        assert response.status_code == 404
        assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_content_type(caller, kind):
    headers = {"Content-Type": kind} if kind else {}
    assert caller.call("M050", data=json.dumps(HOURS).encode(), headers=headers).status_code == 415


def test_m020_without_criterion(caller):
    response = caller.call("M020")
    assert response.status_code == 400
    assert response.json()[0]["code"] == "PARAM_INVALIDE"


# --- this machine only ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "", "no-such-host.invalid"])
def test_listens_on_this_machine_only(host):
    with pytest.raises(NotLoopback):
        start(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_loopback_hosts(host):
    handle = start(host=host)
    assert requests.get(f"{handle.url}/_sim/state", timeout=5).status_code == 200
    handle.stop()


@pytest.mark.parametrize("path", ["/", "/_sim/reset", "/page/faults/off", TOKEN])
def test_foreign_pages_are_turned_away(caller, path):
    method = "GET" if path == "/" else "POST"
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        response = requests.request(method, caller.url + path, headers=headers, timeout=5)
        assert response.status_code == 403, headers


def test_pages_of_this_machine_may_use_the_controls(caller):
    headers = {"Origin": "http://localhost:8069"}
    assert requests.options(f"{caller.url}/_sim/clock", headers=headers, timeout=5).status_code == 204
    response = requests.post(f"{caller.url}/_sim/clock", json={"advance_hours": 1}, headers=headers, timeout=5)
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:8069"


def test_bad_state_file(tmp_path):
    path = tmp_path / "state.json"
    for content in ("", "[]", '{"version": 99}', '{"version": 1}'):
        path.write_text(content)
        with pytest.raises(BadStateFile):
            start(state=path)
        assert path.read_text() == content, "never overwritten"


# --- the page ------------------------------------------------------------------------------------------------------


@pytest.fixture(name="page")
def page_with_rows(caller):
    body = fixture("m010_request_france.json") | {"adresseMail": "secrete@example.com"}
    body["adressePostale"]["libelleCommune"] = "<i>TOURS</i>"
    ref = caller.call("M010", body).json()["idClient"]
    caller.control(f"customers/{ref}/activate", at="2026-08-31T14:20:00Z")
    caller.call("M050", [HOURS[0] | {"idClient": ref, "numFactureTiers": "<script>1</script>"}])
    caller.ref = ref
    caller.get = lambda: requests.get(caller.url, timeout=5).text
    caller.post = lambda path, **form: requests.post(
        f"{caller.url}/page/{path}", data=form, headers={"Origin": caller.url}, timeout=5
    )
    return caller


def test_page_shows_all_and_escapes(page):
    request = page.state()["requests"][0]["ref"]
    page.control(f"requests/{request}/contest", code="CONTEST_AUTRE", comment="<img src=x onerror=alert(1)>")
    response = requests.get(page.url, timeout=5)
    html = response.text
    assert re.search(r"<title>Simulateur", html)
    for part in ("Camille Odette Fictif", page.ref, "220,00\xa0€", "40 – Refusée", "Actif", "&lt;script&gt;1"):
        assert part in html
    for part in ("<script", "<img", "<i>TOURS"):
        assert part not in html
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_page_hides_what_nobody_needs(page):
    html = page.get() + json.dumps(page.control("journal", "GET"))
    for secret in ("secrete@example.com", "0639980001", "1984-05-17", "FR7630006000011234567890189", page.token):
        assert secret not in html
    assert "FR7630006000011234567890189" not in json.dumps(page.state())


def test_page_plays_the_other_side(page):
    request = page.state()["requests"][0]["ref"]
    response = page.post(f"requests/{request}/accept")
    assert re.fullmatch(rf"{page.url}/\?fait=\d+#demande-{request}", response.url), "redirected back to the row"
    assert f'id="demande-{request}"' in response.text
    assert "Fait : &lt;script&gt;1&lt;/script&gt;, demande validée" in response.text
    assert "30 – Validée" in response.text
    assert "Rejeter le prélèvement" in response.text
    assert "prévu" in page.post("clock", advance_hours="48").text
    assert "60 – En refus" in page.post(f"requests/{request}/bounce").text
    assert "Bloqué" in page.post(f"customers/{page.ref}/block").text
    refused = page.post(f"requests/{request}/accept")
    assert refused.status_code == 409
    assert "l’état de la demande ne le permet plus" in refused.text
    assert page.post("requests/nope/accept").status_code == 409


def test_page_sets_the_clock_in_paris_time(page):
    page.post("clock", set="2026-07-14T12:00")
    assert page.state()["clock"] == "2026-07-14T10:00:00Z"
    assert "horloge arrêtée" in page.get()
    assert "horloge arrêtée" not in page.post("clock", freeze="0").text


def test_page_switches_faults(page):
    page.post("faults", name="maintenance_503", call="M070", times="")
    assert page.call("M070", {"dateDebut": "2090-01-01"}).status_code == 503
    assert 'aria-checked="true"' in page.get()
    page.post("faults", name="maintenance_503", call="M070", times="1")
    assert page.call("M070", {"dateDebut": "2090-01-01"}).status_code == 400
    page.post("faults", name="html", times="1")
    page.post("faults/off")
    assert page.state()["faults"] == []


def test_page_tells_what_a_click_has_done_and_nothing_else(page):
    """The address names a notice of the server's own: nobody can have the page say something."""
    response = page.post(f"customers/{page.ref}/block")
    assert response.url.endswith(f"#client-{page.ref}")
    assert "Camille Odette Fictif, compte bloqué" in response.text
    for number in ("999", "-1", "abc", "<b>1"):
        assert 'role="status"' not in requests.get(page.url, params={"fait": number}, timeout=5).text
    assert 'role="status"' not in page.get()


def test_page_searches(page):
    def found(words):
        html = requests.get(page.url, params={"q": words}, timeout=5).text
        return f'id="client-{page.ref}"' in html, 'id="demande-' in html

    assert found("odétte fictif") == (True, True)
    assert found("SCRIPT") == (False, True), "an invoice number"
    assert found("personne <i>") == (False, False)
    response = requests.post(
        f"{page.url}/page/customers/{page.ref}/block?q=fictif", headers={"Origin": page.url}, timeout=5
    )
    assert "q=fictif" in response.url, "what was searched for stays"


def test_page_chooses_whom_the_tax_administration_knows(page):
    def register(name):
        body = fixture("m010_request_france.json") | {"nomNaissance": name, "adresseMail": f"{name}@example.com"}
        answer = page.call("M010", body)
        return answer.json()[0]["code"] if answer.status_code == 400 else "ok"

    assert "personne n’est reconnu" in page.post("identities", who="nobody").text
    assert register("UN") == "ERR_DGFIP_R2P_INCONNU"
    response = page.post("identities", birth_name="deux", first_names="", birth_date="")
    assert "seulement ceux de la liste" in response.text
    assert (register("UN"), register("DEUX")) == ("ERR_DGFIP_R2P_INCONNU", "ok")
    page.post("identities", birth_name="trois", no_tax_return="1")
    assert register("TROIS") == "ERR_DGFIP_IMPOTPART_INCONNU"
    assert page.post("identities", first_names=" ").status_code == 409
    page.post("identities", who="everybody")
    assert page.state()["switches"] and register("UN") == "ok"


def test_page_switches_variants_and_resets(page):
    page.post("switches", automatic="false", max_items="3")
    switches = page.state()["switches"]
    assert (switches["automatic"], switches["max_items"]) == (False, 3)
    assert page.post("switches", max_items="0").status_code == 409
    assert page.post("switches", nope="true").status_code == 409
    assert page.state()["customers"]
    assert "remis à zéro" in page.post("reset").text
    assert not page.state()["customers"] and page.state()["switches"]["max_items"] == 10


def test_page_groups_faults_by_what_they_teach(page):
    html = page.get()
    refused, lost, developers = (html.index(title) for title in FAULT_GROUPS.values())
    assert refused < html.index('value="maintenance_503"') < lost < html.index('value="timeout_after"') < developers
    assert developers < html.index('value="redirect_302"')
    assert '<details class="more"><summary>Pour développeurs' in html, "folded"
    page.post("faults", name="redirect_302", times="1")
    assert '<details class="more" open><summary>Pour développeurs' in page.get(), "what is on is seen"


def test_page_marks_failures_alone(page):
    """A question whose answer is "no such customer" is no failure: the test of a connection asks it."""
    page.post("faults/off")
    page.call("M070", {"dateDebut": "2090-01-01"})
    assert 'class="fail"' not in page.get()
    page.control("faults", name="maintenance_503", times=1)
    page.call("M070", {"dateDebut": "2090-01-01"})
    assert 'class="fail">503' in page.get()


def test_page_shows_every_state(page):
    request = page.state()["requests"][0]["ref"]
    for code in ("10", "15", "20", "30", "40", "50", "60", "70", "110", "111", "112", "120", "260", "270", "999"):
        page.control(f"requests/{request}/set_status", code=code)
        assert f"{code} – " in page.get()
    for action in ("expire_mandate", "renew_mandate", "unlink"):
        assert page.post(f"customers/{page.ref}/{action}").status_code == 200


def test_link_to_odoo():
    for url, shown in (("http://127.0.0.1:8069/odoo", True), ("javascript:alert(1)", False)):
        handle = start(odoo_url=url)
        assert (url in requests.get(handle.url, timeout=5).text) is shown
        handle.stop()


# --- the command ---------------------------------------------------------------------------------------------------


def command(*args):
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", *args], cwd=ROOT, env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_command_survives_a_kill(tmp_path):
    state = tmp_path / "state.json"
    process = command("--port", "0", "--state", str(state), "--clock", CLOCK)
    url = process.stdout.readline().split()[-1]
    caller = Caller(url)
    caller.seed()
    ref = caller.call("M050", HOURS).json()[0]["idDemandePaiement"]
    process.kill()
    process.communicate()
    process = command("--port", "0", "--state", str(state))
    caller.url = process.stdout.readline().split()[-1]
    assert caller.search("FAC-2026-00121")[0]["idDemandePaiement"] == ref
    assert caller.state()["clock"].startswith("2026-10-05T10:")
    process.terminate()
    assert process.wait(10) == 0
    process.communicate()


def test_command_refuses_other_hosts_and_taken_ports():
    process = command("--host", "0.0.0.0")
    _out, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "this machine only" in err
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = command("--port", str(taken.getsockname()[1]))
        _out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "cannot listen" in err


def test_stop_ends_hanging_answers():
    handle = start()
    caller = Caller(handle.url)
    caller.control("faults", name="timeout_before", call="M070", seconds=60)
    with pytest.raises(requests.exceptions.ReadTimeout):
        caller.call("M070", {"dateDebut": "2090-01-01"}, timeout=0.3)
    with Stopwatch() as watch:
        handle.stop()
    assert watch.seconds < 3


def test_simulator_stands_alone():
    """Neither Odoo nor the client it is used against."""
    for path in (ROOT / "simulator").rglob("*.py"):
        assert not re.search(r"^\s*(from|import)\s+\S*(odoo|urssaf)", path.read_text(encoding="utf-8"), re.M), path
