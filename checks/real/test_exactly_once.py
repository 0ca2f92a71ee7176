"""Three clicks, the cron and a user who edits the invoice, at once and with real cursors: one POST."""

import pytest
import requests


@pytest.fixture
def prepared(inside, simulator):
    """Invoices of a household that is active at the simulator, too."""

    def prepare(count):
        facts, _output = inside("inside_together", "prepare", count=count)
        seed = {
            "ref": "menage-1",
            "birth_date": facts["born"],
            "activated_at": "2020-01-01T10:00:00Z",
            "name": "X",
            "first_names": "Y",
            "mail": "x@example.com",
            "mobile": "0639980001",
        }
        requests.post(f"{simulator.url}/_sim/seed", json={"customers": [seed]}, timeout=30).raise_for_status()
        return facts

    return prepare


def state_of(simulator):
    return requests.get(f"{simulator.url}/_sim/state", timeout=30).json()


def slow(simulator, seconds):

    fault = {"name": "slow", "call": "M050", "seconds": seconds, "times": None}
    requests.post(f"{simulator.url}/_sim/faults", json=fault, timeout=30).raise_for_status()


def test_three_clicks_the_cron_and_an_edit_make_one_post(inside, prepared, simulator):
    facts = prepared(1)
    slow(simulator, 1)
    result, _output = inside(
        "inside_together", "together", ids=facts["ids"], user=facts["user"], company=facts["company"]
    )
    assert result["states"] == ["integrated"], result
    assert result["requests"] == 1
    assert result["ref"] == "modifiée pendant l envoi"
    state = state_of(simulator)
    assert state["attempts"] == state["accepted"] == {facts["names"][0]: 1}
    clicks = [states for name, states in result["results"].items() if name.startswith("click")]
    assert all(states in (["integrated"], ["sending"], ["queued"]) for states in clicks), result
    assert ["integrated"] in clicks or result["results"]["cron"] or result["results"]["cron 2"]
