"""The simulated tax administration recognises the identities it was given, and them alone (CONTRACT §5.3)."""

import copy

import pytest

from client_helpers import fixture
from simulator import control, identities
from simulator.customers import Refusal, register
from simulator.store import Store

BODY = fixture("m010_request_france.json")


def codes(store, body):
    try:
        register(store, "provider", copy.deepcopy(body))
    except Refusal as refusal:
        return [error["code"] for error in refusal.errors]
    return []


@pytest.fixture
def store():
    return Store()


def test_everybody_is_recognised_until_identities_are_given(store):
    assert codes(store, BODY) == []


def test_letter_for_letter_but_for_case(store):
    store.identities = [
        identities.checked(
            {
                "birth_name": BODY["nomNaissance"].lower(),
                "first_names": BODY["prenoms"],
                "birth_date": BODY["dateNaissance"],
            }
        )
    ]
    for other in (BODY["prenoms"] + "-Marie", BODY["prenoms"] + " Marie", "É" + BODY["prenoms"]):
        assert codes(store, BODY | {"prenoms": other}) == ["ERR_DGFIP_R2P_INCONNU"], other
    assert codes(store, BODY | {"dateNaissance": "1901-01-01T00:00:00.000Z"}) == ["ERR_DGFIP_R2P_INCONNU"]
    assert codes(store, BODY) == []


def test_birth_place_and_usage_name(store):
    place = BODY["lieuNaissance"]
    store.identities = [
        identities.checked(
            {
                "birth_department": place["departementNaissance"],
                "birth_commune": place["communeNaissance"]["codeCommune"],
                "usage_name": "",
            }
        )
    ]
    without = {key: value for key, value in BODY.items() if key != "nomUsage"}
    assert codes(store, without | {"nomUsage": "Autre"}) == ["ERR_DGFIP_R2P_INCONNU"]
    abroad = without | {"lieuNaissance": {"codePaysNaissance": "99352"}}
    assert codes(store, abroad) == ["ERR_DGFIP_R2P_INCONNU"]
    assert codes(store, without) == []


def test_known_without_a_tax_return(store):
    identity = {"birth_name": BODY["nomNaissance"]}
    store.identities = [identities.checked(identity | {"no_tax_return": True})]
    assert codes(store, BODY) == ["ERR_DGFIP_IMPOTPART_INCONNU"]
    store.identities.append(identities.checked(identity))
    assert codes(store, BODY) == []


@pytest.mark.parametrize("wrong", [{}, {"no_tax_return": True}, {"shoe_size": 42}, {"birth_date": "hier"}])
def test_a_wrong_identity_is_said(wrong):
    with pytest.raises(ValueError):
        identities.checked(wrong)


def test_kept_in_the_file_and_an_older_file_is_read(tmp_path):
    path = tmp_path / "state.json"
    store = Store(path)
    store.identities = [identities.checked({"birth_name": "Exemple"})]
    store.save()
    assert Store(path).identities == store.identities
    path.write_text(path.read_text().replace('"identities"', '"something_else"'))
    assert Store(path).identities == []


def test_everybody_is_recognised_again_when_they_are_forgotten(store):
    store.identities = [identities.checked({"birth_name": "NOBODY"})]
    assert codes(store, BODY) == ["ERR_DGFIP_R2P_INCONNU"]
    control.run(store, "DELETE", ["identities"], {})
    assert codes(store, BODY) == []
