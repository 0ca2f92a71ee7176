"""Every example body of the contract, over HTTP."""

import pytest

from sim_helpers import codes, fixture, simulator_caller  # noqa: F401  (a pytest fixture)

INDEX = fixture("index.json")["files"]
VALID = [
    (entry["call"], entry["file"])
    for entry in INDEX
    if entry.get("direction") == "request" and entry.get("file") and "expect" not in entry
    and entry["call"] in ("M010", "M050", "M070")
]  # fmt: skip
BAD_CUSTOMERS = fixture("m010_invalid_cases.json")["cases"]
BAD_REQUESTS = fixture("m050_invalid_cases.json")["cases"]


def test_there_are_examples():
    assert len(VALID) == 19
    assert len(BAD_CUSTOMERS) == 15
    assert len(BAD_REQUESTS) == 17


@pytest.mark.parametrize(("call", "name"), VALID)
def test_valid_example_is_accepted(caller, call, name):
    caller.seed()
    response = caller.call(call, fixture(name))
    if call == "M070":  # nothing there yet: that is the answer to a well-formed search
        assert codes(response.json()) == ["ERR_RECHERCHE_VIDE"]
        return
    assert response.status_code == 200, response.text
    if call == "M010":
        assert set(response.json()) == {"idClient"}
        return
    sent = {item["numFactureTiers"]: item for item in fixture(name)}
    for answer in response.json():
        assert answer["statut"] == "10"
        assert answer["idDemandePaiement"]
        assert not answer.get("errors")
        [found] = caller.search(answer["numFactureTiers"])
        assert found["demandePaiement"] == sent[answer["numFactureTiers"]]
        assert found["idDemandePaiement"] == answer["idDemandePaiement"]


@pytest.mark.parametrize("case", BAD_CUSTOMERS, ids=lambda case: case["case"])
def test_invalid_customer_gets_its_code(caller, case):
    response = caller.call("M010", case["body"])
    assert response.status_code == 400
    assert codes(response.json()) == [case["expected_code"]]
    assert not caller.state()["customers"]


@pytest.mark.parametrize("case", BAD_REQUESTS, ids=lambda case: case["case"])
def test_invalid_request_gets_its_code(caller, case):
    caller.seed()
    response = caller.call("M050", [case["item"]])
    assert response.status_code == 200
    [answer] = response.json()
    assert codes(answer["errors"]) == [case["expected_code"]]
    assert "idDemandePaiement" not in answer
    assert answer["numFactureTiers"] == case["item"]["numFactureTiers"]
    assert not caller.state()["requests"]


@pytest.mark.parametrize("kind", ["ids", "numbers", "dates"])
def test_search_examples_find(caller, kind):
    caller.seed()
    sent = caller.call("M050", fixture("m050_request_hours.json")).json()[0]
    body = fixture(f"m070_request_{kind}.json")
    if kind == "ids":
        body["idDemandePaiements"][0] = sent["idDemandePaiement"]
    [found] = caller.call("M070", body).json()["infoDemandePaiements"]
    assert found["idDemandePaiement"] == sent["idDemandePaiement"]
    assert found["statut"] == {"code": "10", "libelle": "Intégrée"}


def test_examples_of_answers_have_our_shape(caller):
    """What we answer has the keys of the contract's own examples."""
    caller.seed()
    answer = caller.call("M050", fixture("m050_request_hours.json")).json()[0]
    assert set(answer) == set(fixture("m050_response_integrated_no_errors_key.json")[0])
    caller.control("requests/FAC-2026-00121/pay")
    example = fixture("m070_response_70_paid.json")
    paid = caller.call("M070", {"numFactureTiers": ["FAC-2026-00121"]}).json()
    assert set(paid) == set(example)
    ours, theirs = paid["infoDemandePaiements"][0], example["infoDemandePaiements"][0]
    assert set(ours) == set(theirs)
    assert ours["statut"] == theirs["statut"]
    assert ours["infoVirement"] == {"mntVirement": 220.0, "dateVirement": "2026-10-05T00:00:00Z"}
