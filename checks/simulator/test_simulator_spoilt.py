"""Faults that spoil an answer: what goes over the wire, byte by byte, and that the work is done as ever."""

import json
import pathlib
import re

import pytest
import requests

from sim_helpers import codes, fixture, simulator_caller  # noqa: F401  (a pytest fixture)
from simulator import spoilt
from simulator.faults import KINDS

NUMBER = "FAC-2026-00121"
HOURS = fixture("m050_request_hours.json")
BATCH = fixture("m050_request_batch.json")
NUMBERS = [item["numFactureTiers"] for item in BATCH]
REF = HOURS[0]["idClient"]
HALF, NUL = b"\\ud83d", b"\\u0000"


@pytest.fixture(name="ready")
def planted(caller):
    caller.seed()
    return caller


def seen(ready, call="M070", body=None, **fault):
    """The bytes of one answer with a fault in it."""
    ready.control("faults", call=call, times=1, **fault)
    kwargs = {"params": {"idClient": REF}} if call == "M020" else {}
    return ready.call(call, body, **kwargs).content


def search(*numbers):
    return {"numFactureTiers": list(numbers)}


def entries(content):
    return json.loads(content)["infoDemandePaiements"]


def test_texts_hold_half_an_emoji_and_a_nul(ready):
    ready.call("M050", BATCH)
    ready.control(f"requests/{NUMBERS[0]}/contest", code="CONTEST_AUTRE", comment="Trop cher")
    content = seen(ready, body=search(*NUMBERS), name="spoilt_text")
    assert content.isascii(), "half an emoji leaves as an escape, as from Java"
    assert content.count(HALF) == content.count(NUL) == 5, "three labels, a reason and its comment"
    assert b'"commentaire": "Trop cher ' + NUL + HALF + b'"' in content
    assert {entry["statut"]["code"] for entry in entries(content)} == {"40", "10"}, "the status stays"
    content = seen(ready, body=search(*NUMBERS), name="spoilt_text", number=NUMBERS[1])
    assert content.count(HALF) == 1
    # refusals, of a call and of an item
    assert seen(ready, body=search("NONE"), name="spoilt_text").count(HALF) == 3, "code, message and description"
    refused = seen(ready, "M050", HOURS, name="spoilt_text")
    assert refused.count(HALF) == 3 * len(json.loads(refused)[0]["errors"])
    assert HALF in seen(ready, "M020", name="spoilt_text")


def test_amounts_that_no_number_holds(ready):
    ready.call("M050", HOURS)
    ready.control(f"requests/{NUMBER}/pay")
    content = seen(ready, body=search(NUMBER), name="spoilt_amount")
    for amount in (b": 1e400", b": 1e99999999999", b": " + b"9" * 4000):
        assert amount in content
    assert not re.search(rb'"mnt\w+": 220', content)
    assert b"1e400" in ready_token(ready, "spoilt_amount")


def ready_token(ready, name):
    ready.control("faults", name=name, call="TOKEN", times=1)
    return ready.ask_token().content


def test_dates_out_of_the_calendar(ready):
    ready.call("M050", HOURS)
    content = seen(ready, body=search(NUMBER), name="spoilt_date")
    (entry,) = entries(content)
    assert {entry["demandePaiement"][key] for key in ("dateFacture", "dateDebutEmploi", "dateFinEmploi")} == {
        *spoilt.WRONG_DATES
    }
    assert "31/12/9999 23:59" in seen(ready, "M020", name="spoilt_date").decode()


def test_depth(ready):
    ready.call("M050", BATCH)
    content = seen(ready, body=search(*NUMBERS), name="spoilt_depth")
    assert content.endswith(b", " + b"[" * 100_000 + b"]" * 100_000 + b"]}"), "one entry more"
    content = seen(ready, body=search(*NUMBERS), name="spoilt_depth", number=NUMBERS[0])
    assert content.count(b'"autre": [[[[') == 1
    assert b'"autre": [[[[' in seen(ready, "M020", name="spoilt_depth")
    assert b'"autre": [[[[' in ready_token(ready, "spoilt_depth")
    assert content.count(b"[") > 100_000


def test_a_page_with_nul_after_the_work(ready):
    ready.control("faults", name="spoilt_html", call="M050", times=1)
    response = ready.call("M050", HOURS)
    assert response.status_code == 200
    assert b"\0" in response.content
    assert response.headers["Content-Type"].startswith("text/html")
    with pytest.raises(UnicodeDecodeError):
        response.content.decode()
    assert ready.state()["accepted"][NUMBER] == 1


@pytest.mark.parametrize("asked", [None, "Fri, 31 Dec 9999 23:59:59 -1200", 10**12])
def test_a_wait_of_thirty_years(ready, asked):
    ready.control(
        "faults", name="spoilt_retry_after", call="M050", times=1, **({"retry_after": asked} if asked else {})
    )
    response = ready.call("M050", HOURS)
    assert (response.status_code, response.headers["Retry-After"]) == (429, str(asked or 946080000))
    assert not ready.state()["requests"]


def test_the_id_of_another_request(ready):
    first = ready.call("M050", BATCH[:1]).json()[0]["idDemandePaiement"]
    content = seen(ready, "M050", BATCH[1:], name="wrong_id")
    assert [item["idDemandePaiement"] for item in json.loads(content)] == [first, first]
    refs = {request["ref"] for request in ready.state()["requests"]}
    assert len(refs) == 3, "recorded under their own"


def test_the_id_of_the_first_in_the_batch(ready):
    content = seen(ready, "M050", BATCH, name="wrong_id")
    assert len({item["idDemandePaiement"] for item in json.loads(content)}) == 1


def test_an_echo_of_somebody_else(ready):
    ready.call("M050", BATCH)
    for item in entries(seen(ready, body=search(*NUMBERS), name="foreign_echo")):
        echo = item["demandePaiement"]
        assert (echo["numFactureTiers"], echo["mntFactureTTC"]) == ("AUTRE-00001", 9999.0)
        assert echo["idClient"] not in {own["idClient"] for own in BATCH}
        assert echo["dateFacture"] in {own["dateFacture"] for own in BATCH}
    first, *others = entries(
        seen(ready, body=search(*NUMBERS), name="foreign_echo", number=NUMBERS[0], what=["amount", "dates"])
    )
    assert first["demandePaiement"]["numFactureTiers"] == NUMBERS[0]
    assert (first["demandePaiement"]["mntFactureTTC"], first["demandePaiement"]["dateFacture"][:4]) == (9999.0, "2024")
    assert [other["demandePaiement"] for other in others] == BATCH[1:]
    assert entries(ready.call("M070", search(*NUMBERS)).content)[0]["demandePaiement"] == BATCH[0], "nothing stays"


def test_an_echo_that_says_little(ready):
    ready.call("M050", HOURS)
    ((entry),) = entries(seen(ready, body=search(NUMBER), name="silent_echo"))
    kept = {"idTiersFacturation", "dateNaissanceClient", "numFactureTiers", "inputPrestations"}
    assert set(entry["demandePaiement"]) == kept


def test_one_id_in_two_states(ready):
    ready.call("M050", BATCH)
    ready.control(f"requests/{NUMBERS[0]}/pay")
    found = entries(seen(ready, body=search(*NUMBERS), name="double_state"))
    assert len(found) == 6
    states = {}
    for entry in found:
        states.setdefault(entry["demandePaiement"]["numFactureTiers"], []).append(entry["statut"]["code"])
    assert states == {NUMBERS[0]: ["70", "20"], NUMBERS[1]: ["10", "70"], NUMBERS[2]: ["10", "70"]}
    assert len(entries(seen(ready, body=search(*NUMBERS), name="double_state", number=NUMBERS[1]))) == 4


def test_a_search_that_lags(ready):
    ready.control("faults", name="lagging_search", seconds=600)
    ready.call("M050", HOURS)
    assert codes(ready.call("M070", search(NUMBER)).json()) == ["ERR_RECHERCHE_VIDE"]
    assert codes(ready.call("M050", HOURS).json()[0]["errors"]) == ["ERR_FACTURE_DOUBLON"], "the number is taken"
    ready.control("clock", advance_hours=0.5)
    assert len(ready.search(NUMBER)) == 1
    # by calls rather than by time
    ready.control("faults", "DELETE")
    ready.control("faults", name="lagging_search", seconds=10**9, times=2)
    assert [ready.call("M070", search(NUMBER)).status_code for _ in range(3)] == [400, 400, 200]


def test_a_request_that_is_forgotten(ready):
    refs = [item["idDemandePaiement"] for item in ready.call("M050", BATCH).json()]
    ready.control("faults", name="forgets", number=NUMBERS[0])
    found = ready.call("M070", {"idDemandePaiements": refs}).json()["infoDemandePaiements"]
    assert [entry["idDemandePaiement"] for entry in found] == refs[1:]
    assert ready.call("M070", {"idDemandePaiements": refs[:1]}).status_code == 400
    assert ready.call("M050", BATCH[:1]).json()[0]["errors"]
    ready.control("faults", "DELETE")
    assert len(ready.search(*NUMBERS)) == 3


def test_a_fault_of_one_call_waits_for_it(ready):
    ready.control("faults", name="foreign_echo", times=1)
    ready.call("M050", HOURS)
    ready.call("M020", params={"idClient": REF})
    assert ready.search(NUMBER)[0]["demandePaiement"]["numFactureTiers"] == "AUTRE-00001"
    response = requests.post(f"{ready.url}/_sim/faults", json={"name": "wrong_id", "call": "M070"}, timeout=5)
    assert (response.status_code, "M050" in response.json()["error"]) == (400, True)
    response = requests.post(f"{ready.url}/_sim/faults", json={"name": "foreign_echo", "what": ["age"]}, timeout=5)
    assert response.status_code == 400


@pytest.mark.parametrize("name", [name for name in KINDS if name.startswith("spoilt_")])
def test_journal_and_page_survive_every_one(ready, name):
    ready.call("M050", HOURS)
    for call, body in (("M050", BATCH[1:]), ("M070", search(NUMBER)), ("M020", None), ("M070", search("NONE"))):
        seen(ready, call, body, name=name)
    ready.control("journal", "GET")
    assert requests.get(ready.url, timeout=5).status_code == 200


def test_each_is_in_the_readme():
    text = (pathlib.Path(spoilt.__file__).parent / "README.md").read_text()
    listed = list(KINDS)[list(KINDS).index("spoilt_text") :]
    assert all(f"`{name}`" in text for name in listed)
