"""The client meets the simulator's spoilt answers: each of them, on each call, over the wire."""

import pytest

from client_helpers import CUSTOMER_REF, payment_request
from sim_helpers import Caller
from simulator.faults import KINDS
from storable import is_storable
from test_client_transport import CALLS, EFFECT
from urssaf.client import UrssafClient
from urssaf.errors import OutcomeUnknown, Refused, Throttled, Unavailable, UrssafError
from urssaf.same import differences

SPOILT = [name for name in KINDS if name.startswith("spoilt_")]
NUMBERS = ["FAC-2026-00121", "FAC-2026-00122", "FAC-2026-00123"]
BATCH = [payment_request(number) for number in NUMBERS]


@pytest.fixture(name="ready")
def planted(simulator):
    caller = Caller(simulator.url, "ident")
    caller.control("clock", set="2026-10-05T10:00:00Z", freeze=True)
    caller.seed()
    return caller


def client_of(caller):
    return UrssafClient("simulator", "ident", "secret", simulator_url=caller.url)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", SPOILT)
def test_every_call(ready, call, name):
    client = client_of(ready)
    if call != "TOKEN":
        client.ensure_token()
        client.submit_requests(BATCH[1:])
    ready.control("faults", name=name, call=call)
    try:
        result = CALLS[call](client)
    except UrssafError as exc:
        expected = {
            "spoilt_html": OutcomeUnknown if call in EFFECT else Unavailable,
            "spoilt_retry_after": Throttled,
        }.get(name, Refused)
        assert type(exc) is expected
        assert exc.retry_after in (None, 86400)
        result = getattr(exc, "errors", ())
    else:
        assert name not in ("spoilt_html", "spoilt_retry_after")
    assert is_storable(tuple(result.values()) if isinstance(result, dict) else result)
    assert all(map(is_storable, client.take_exchanges()))


@pytest.mark.parametrize("name", ["spoilt_text", "spoilt_amount", "spoilt_date", "spoilt_depth"])
def test_neighbours_are_read(ready, name):
    client = client_of(ready)
    client.submit_requests(BATCH)
    ready.control("faults", name=name, call="M070", number=NUMBERS[1])
    found = client.search_requests(numbers=NUMBERS)
    assert [item.number for item in found.items] == NUMBERS
    assert found.complete
    first, spoilt, third = found.items
    assert differences(BATCH[0], first) == differences(BATCH[2], third) == ()
    assert found.spoilt == ((spoilt.request_ref,) if name in ("spoilt_amount", "spoilt_date") else ())
    assert bool(differences(BATCH[1], spoilt)) == bool(found.spoilt)


def test_nothing_is_lost_with_an_entry_too_deep(ready):
    client = client_of(ready)
    client.submit_requests(BATCH)
    ready.control("faults", name="spoilt_depth", call="M070")
    found = client.search_requests(numbers=NUMBERS)
    assert [item.number for item in found.items] == NUMBERS
    assert (found.skipped, found.complete) == (1, False)


def test_whose_request_is_it(ready):
    client = client_of(ready)
    first = client.submit_requests(BATCH[:1])[NUMBERS[0]].request_ref
    ready.control("faults", name="wrong_id", call="M050")
    outcomes = client.submit_requests(BATCH[1:])
    assert {outcome.kind for outcome in outcomes.values()} == {"unknown"}, "one id for two"
    alone = client.submit_requests([payment_request("FAC-2026-00124")])["FAC-2026-00124"]
    assert (alone.kind, alone.request_ref) == ("accepted", first), "only who knows all ids can tell"
    ready.control("faults", "DELETE")
    for name, names in (
        ("foreign_echo", ("number", "customer", "total")),
        ("silent_echo", ("customer", "total", "invoice_date", "period")),
    ):
        ready.control("faults", name=name, times=1)
        (found,) = client.search_requests(refs=[first]).items
        assert differences(BATCH[0], found) == names
    ready.control("faults", name="double_state", times=1)
    result = client.search_requests(numbers=NUMBERS)
    assert (result.items, len(result.contradictions), result.complete) == ((), 3, False)
    ready.control("faults", name="forgets", number=NUMBERS[0])
    assert client.search_requests(refs=[first]).items == ()
    assert client.customer_status(CUSTOMER_REF).known
