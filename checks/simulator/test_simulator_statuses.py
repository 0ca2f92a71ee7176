"""Statuses move by the simulator's clock and by what the other side decides."""

import pytest
import requests

from sim_helpers import CLOCK, Caller, codes, fixture, simulator_caller  # noqa: F401  (a pytest fixture)
from simulator.server import start

NUMBER = "FAC-2026-00121"
HOURS = fixture("m050_request_hours.json")
REF = HOURS[0]["idClient"]


@pytest.fixture(name="sent")
def one_request(caller):
    caller.seed()
    assert caller.call("M050", HOURS).json()[0]["statut"] == "10"
    return caller


def status(caller, number=NUMBER):
    return caller.search(number)[0]["statut"]["code"]


def act(caller, action, **values):
    return caller.control(f"requests/{NUMBER}/{action}", **values)


def test_the_normal_path_by_the_clock(sent):
    seen = []
    for hours in (0, 0.02, 47.9, 0.1, 24, 72):
        sent.control("clock", advance_hours=hours)
        seen.append(status(sent))
    assert seen == ["10", "20", "20", "30", "50", "70"]
    [request] = sent.state()["requests"]
    assert [(step["code"], step["at"]) for step in request["history"]] == [
        ("10", CLOCK),
        ("20", "2026-10-05T10:01:00Z"),
        ("30", "2026-10-07T10:00:00Z"),
        ("50", "2026-10-08T10:00:00Z"),
        ("70", "2026-10-11T10:00:00Z"),
    ]


def test_a_long_jump_makes_every_step(sent):
    sent.control("clock", advance_hours=24 * 30)
    assert status(sent) == "70"
    assert len(sent.state()["requests"][0]["history"]) == 5
    assert sent.search(NUMBER)[0]["infoVirement"] == {"mntVirement": 220.0, "dateVirement": "2026-10-11T00:00:00Z"}


def test_transfer_is_announced_before_its_amount(sent):
    sent.control("switches", transfer_delay_days=2)
    act(sent, "accept")
    sent.control("clock", advance_hours=24)
    assert sent.search(NUMBER)[0]["infoVirement"] == {"dateVirement": "2026-10-11T00:00:00Z"}
    sent.control("clock", advance_hours=72)
    assert status(sent) == "70"
    assert "mntVirement" not in sent.search(NUMBER)[0]["infoVirement"]
    sent.control("clock", advance_hours=48)
    assert sent.search(NUMBER)[0]["infoVirement"]["mntVirement"] == 220


def test_a_value_date_is_reached_when_its_day_begins_in_paris(sent):
    sent.control(f"requests/{NUMBER}/set_status", code="70", date="2026-10-13T00:00:00Z")
    for moment, is_reached in (("2026-10-12T21:59:00Z", False), ("2026-10-12T22:01:00Z", True)):
        sent.control("clock", set=moment)
        assert ("mntVirement" in sent.search(NUMBER)[0]["infoVirement"]) == is_reached


def test_deposit_is_deducted_from_the_transfer(caller):
    caller.seed()
    caller.call("M050", fixture("m050_request_deposit.json"))
    caller.control("requests/FAC-2026-00125/pay")
    assert caller.search("FAC-2026-00125")[0]["infoVirement"]["mntVirement"] == 250


@pytest.mark.parametrize("form", ["omitted", "null", "amount", "absent"])
def test_forms_of_a_scheduled_transfer(sent, form):
    sent.control("switches", scheduled_transfer=form)
    act(sent, "pay", date="2026-10-13")
    expected = {
        "omitted": {"dateVirement": "2026-10-13T00:00:00Z"},
        "null": {"dateVirement": "2026-10-13T00:00:00Z", "mntVirement": None},
        "amount": {"dateVirement": "2026-10-13T00:00:00Z", "mntVirement": 220},
        "absent": None,
    }
    assert sent.search(NUMBER)[0].get("infoVirement") == expected[form]


def test_contested_stays_contested(sent):
    act(sent, "contest", code="REGUL_NB_QTE_FACT", comment="Il y a eu 6 heures et non 8.")
    sent.control("clock", advance_hours=500)
    [found] = sent.search(NUMBER)
    example = fixture("m070_response_40_refused.json")["infoDemandePaiements"][0]
    assert (found["statut"], found["infoRejet"]) == (example["statut"], example["infoRejet"])
    assert codes(sent.call("M050", HOURS).json()[0]["errors"]) == ["ERR_FACTURE_DOUBLON"], "the number is used for ever"


@pytest.mark.parametrize(
    ("path", "codes_seen"),
    [
        (["accept", "bounce", "recover"], ["30", "60", "120"]),
        (["accept", "bounce", "take_back"], ["30", "60", "111"]),
        (["accept", "bounce", "recover", "cancel"], ["30", "60", "120", "112"]),
        (["pay", "take_back", "recover"], ["70", "60", "120"]),
        (["cancel"], ["110"]),
        (["pay", "cancel"], ["70", "110"]),
    ],
)
def test_what_the_other_side_decides(sent, path, codes_seen):
    seen = []
    for action in path:
        act(sent, action)
        sent.control("clock", advance_hours=1)
        seen.append(status(sent))
    assert seen == codes_seen


def test_payment_taken_back_keeps_its_transfer(sent):
    act(sent, "pay")
    act(sent, "take_back")
    assert sent.search(NUMBER)[0]["infoVirement"]["mntVirement"] == 220


def test_announced_transfer_goes_with_the_bounced_debit(sent):
    act(sent, "accept")
    sent.control("clock", advance_hours=24)
    act(sent, "bounce")
    assert "infoVirement" not in sent.search(NUMBER)[0]


def test_impossible_and_unknown(sent):
    post = lambda path: requests.post(f"{sent.url}/_sim/{path}", json={}, timeout=5)  # noqa: E731
    assert post(f"requests/{NUMBER}/recover").status_code == 409
    assert post("requests/NOPE/pay").status_code == 404
    assert post(f"requests/{NUMBER}/explode").status_code == 404
    assert post("customers/NOPE/activate").status_code == 404


def test_any_status_can_be_set(sent):
    act(sent, "set_status", code="999")
    sent.control("clock", advance_hours=500)
    assert sent.search(NUMBER)[0]["statut"] == {"code": "999", "libelle": "Statut inconnu"}
    act(sent, "set_status", code="70", amount="219.50", date="2026-10-01")
    assert sent.search(NUMBER)[0]["infoVirement"] == {"mntVirement": 219.5, "dateVirement": "2026-10-01T00:00:00Z"}


def test_nothing_moves_when_switched_off(sent):
    sent.control("switches", automatic=False)
    sent.control("clock", advance_hours=500)
    assert status(sent) == "10"


def test_invoice_number_with_slashes(caller):
    caller.seed()
    number = "FAC/2026/00121"
    caller.call("M050", [HOURS[0] | {"numFactureTiers": number}])
    caller.control(f"requests/{number}/pay")
    assert status(caller, number) == "70"


def test_customer_from_registration_to_activation(caller):
    ref = caller.call("M010", fixture("m010_request_france.json")).json()["idClient"]
    state = lambda: caller.call("M020", params={"idClient": ref}).json()["statut"]  # noqa: E731
    assert state() == fixture("m020_response_ec.json")["statut"]
    caller.control("clock", advance_hours=8 * 24)
    assert state() == fixture("m020_response_nf.json")["statut"]
    caller.control(f"customers/{ref}/activate", at="2026-08-31T14:20:00Z")
    assert state() == fixture("m020_response_valide.json")["statut"]
    item = HOURS[0] | {"idClient": ref}
    assert caller.call("M050", [item]).json()[0]["statut"] == "10"
    caller.control(f"customers/{ref}/expire_mandate")
    assert state() == fixture("m020_response_mandat_echu.json")["statut"]
    caller.control(f"customers/{ref}/block")
    assert state() == fixture("m020_response_bloque.json")["statut"]
    item["numFactureTiers"] = "F2"
    assert codes(caller.call("M050", [item]).json()[0]["errors"]) == ["ERR_CMPT_BLOQUE"]
    caller.control(f"customers/{ref}/unlink")
    response = caller.call("M020", params={"idClient": ref})
    assert (response.status_code, codes(response.json())) == (400, ["ERR_RECHERCHE_PARTICULIER"])


def test_default_activation_is_now(caller):
    ref = caller.call("M010", fixture("m010_request_france.json")).json()["idClient"]
    caller.control(f"customers/{ref}/activate")
    text = caller.call("M020", params={"idClient": ref}).json()["statut"]["description"]
    assert text.endswith("05/10/2026 10:00:00")
    assert codes(caller.call("M050", [HOURS[0] | {"idClient": ref}]).json()[0]["errors"]) == [
        "ERR_LIEN_PARTICULIER_PRESTATAIRE"
    ]


def test_state_survives_a_restart(tmp_path):
    path = tmp_path / "state.json"
    handle = start(state=path, clock=CLOCK)
    caller = Caller(handle.url)
    caller.control("clock", freeze=True)
    caller.seed()
    caller.call("M050", HOURS)
    caller.control("faults", name="html", call="M020")
    caller.control("switches", errors_key="Errors")
    caller.control("clock", advance_hours=48)
    before = caller.state()
    handle.stop()
    assert path.stat().st_mode & 0o077 == 0, "only its owner may read it"
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]
    # The clock asked for at the start counts for a new state only.
    again = start(state=path, clock="2001-01-01")
    caller.url = again.url
    assert caller.state() == before
    assert status(caller) == "30", "the token still works too"
    again.stop()
