"""The control interface ``/_sim``: tests, tours and demonstrations play the other side through it."""

import json

from werkzeug.wrappers import Request, Response

from . import customers, faults, identities, lifecycle, switches
from .formats import iso, parse_instant
from .gateway import as_json
from .store import Store


class NotFound(LookupError):
    """No such customer, request or route."""


def snapshot(store: Store) -> dict:
    """Everything, for ``GET /_sim/state``. ``accepted``: the most times one provider had this number recorded."""
    lifecycle.tick(store)
    accepted, attempts = {}, {}
    for source, flat in ((store.accepted, accepted), (store.attempts, attempts)):
        for counts in source.values():
            for number, times in counts.items():
                flat[number] = max(flat.get(number, 0), times)
    return {
        "clock": iso(store.clock.now()),
        "frozen": store.clock.frozen,
        "customers": [shown(store, customer) for customer in store.customers.values()],
        "requests": list(store.requests.values()),
        "faults": store.faults,
        "switches": store.switches,
        "calls": store.calls,
        "accepted": accepted,
        "attempts": attempts,
        "accepted_by_client": store.accepted,
    }


def shown(store: Store, customer: dict) -> dict:
    links = [
        {"client_id": provider, **link, "code": customers.status_code(store, customer, link)}
        for provider, link in customer["links"].items()
    ]
    return customer | {"links": links, "code": links[0]["code"] if links else None}


def find_request(store: Store, name: str) -> dict:
    """By reference, else by invoice number (the last one recorded)."""
    if name in store.requests:
        return store.requests[name]
    found = [request for request in store.requests.values() if request["number"] == name]
    if not found:
        raise NotFound(f"No payment request {name!r}.")
    return found[-1]


def find_customer(store: Store, ref: str) -> dict:
    if ref not in store.customers:
        raise NotFound(f"No customer {ref!r}.")
    return store.customers[ref]


def set_clock(store: Store, values: dict) -> None:
    if values.get("set"):
        store.clock.set(parse_instant(values["set"]))
    if values.get("advance_hours"):
        store.clock.advance(float(values["advance_hours"]))
    if values.get("freeze") is not None:
        store.clock.freeze(bool(values["freeze"]))


def run(store: Store, method: str, parts: list[str], values: dict) -> object:
    """One command; the caller holds the lock.

    :raises NotFound: no such route, customer or request
    :raises ValueError: wrong value, or (``lifecycle.NotPossible``) not possible in this state
    """
    lifecycle.tick(store)
    match [method, *parts]:
        case ["GET", "state"]:
            pass
        case ["POST", "reset"]:
            store.clear()
        case ["POST", "clock"]:
            set_clock(store, values)
        case ["POST", "seed"]:
            # All or nothing: what is wrong with the second is said before anything is known.
            known = [identities.checked(identity) for identity in values.get("identities", ())]
            planted = [customers.plant(store, planted) for planted in values.get("customers", ())]
            store.identities += known
            return {"customers": planted, "identities": store.identities}
        case ["DELETE", "identities"]:
            store.identities.clear()
        case ["POST", "customers", ref, action] if action in customers.ACTIONS:
            customer = find_customer(store, ref)
            customers.act(store, customer, action, values)
            return shown(store, customer)
        # An invoice number may contain slashes.
        case ["POST", "requests", *name, action] if action in (*lifecycle.ACTIONS, "set_status"):
            request = find_request(store, "/".join(name))
            lifecycle.act(store, request, action, values)
            return request
        case ["POST", "faults"]:
            return faults.add(store, values)
        case ["DELETE", "faults"]:
            store.faults.clear()
        case ["GET", "faults"]:
            return {name: kind.label for name, kind in faults.KINDS.items()}
        case ["POST", "switches"]:
            store.switches |= switches.checked(values)
            return store.switches
        case ["GET", "journal"]:
            return [entry | {"at": iso(entry["at"])} for entry in store.journal]
        case _:
            raise NotFound("No such command.")
    return snapshot(store)


def answer(store: Store, request: Request) -> Response:
    """``/_sim/…``: JSON in, JSON out; a mistake is answered with ``{"error": sentence}``.

    A page of this machine (Odoo in a guided tour) may call it from the browser; others were turned away before.
    """
    response = Response(status=204) if request.method == "OPTIONS" else executed(store, request)
    if origin := request.headers.get("Origin"):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Vary"] = "Origin"
    return response


def executed(store: Store, request: Request) -> Response:
    try:
        values = json.loads(request.get_data() or b"{}")
        if not isinstance(values, dict):
            raise ValueError("A JSON object is expected.")
        parts = request.path.removeprefix("/_sim/").split("/")
        with store.lock:
            result = run(store, request.method, parts, values)
            if request.method != "GET":
                store.save()
            return as_json(result)
    except NotFound as exc:
        return as_json({"error": str(exc)}, 404)
    except lifecycle.NotPossible as exc:
        return as_json({"error": str(exc)}, 409)
    except KeyError as exc:
        return as_json({"error": f"Missing value: {exc}."}, 400)
    except (ValueError, TypeError, ArithmeticError, AttributeError) as exc:
        return as_json({"error": str(exc) or "Wrong value."}, 400)
