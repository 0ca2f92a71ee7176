"""How a payment request moves (CONTRACT §9, §13): by the clock, or because somebody decides."""

from datetime import datetime, timedelta
from decimal import Decimal

from .formats import iso, parse_instant
from .reference import status_label, table
from .store import Store

# status: (next status, delay, counted from the receipt rather than from the last step)
STEPS = {
    "10": ("20", timedelta(minutes=1), True),
    "20": ("30", timedelta(hours=48), True),
    "30": ("50", timedelta(days=1), False),
    "50": ("70", timedelta(days=3), False),
}
# action: (statuses it is possible in, status it leads to)
ACTIONS = {
    "accept": (("10", "20"), "30"),
    "contest": (("10", "20"), "40"),
    "bounce": (("30", "50", "70"), "60"),
    "pay": (("10", "20", "30", "50", "60"), "70"),
    "take_back": (("60", "70"), None),
    "cancel": (("10", "20", "30", "50", "60", "70", "120"), None),
    "recover": (("60", "260"), None),
}
# Where an action leads depends on where the request stands.
LEADS = {
    "take_back": {"70": "60", "60": "111"},
    "cancel": {"60": "111", "120": "112"},
    "recover": {"60": "120", "260": "270"},
}
STEPS_SHOWN = ("10", "20", "30", "50", "70")


class NotPossible(ValueError):
    """The request does not stand where the action is possible."""


def move(request: dict, code: str, at: str, by: str, label: str = "") -> None:
    """Write one step into a request's history. ``at`` is an ISO instant in UTC."""
    request["status"] = code
    request["label"] = label or status_label(code)
    request["since"] = at
    request["history"].append({"code": code, "label": request["label"], "at": at, "by": by})


def tick(store: Store) -> bool:
    """Make every step whose time has come; each is dated at the moment it was due, not at the moment it is noticed."""
    now, moved = store.clock.now(), False
    for request in store.requests.values():
        while (step := next_step(store, request)) and step[1] <= now:
            arrive(store, request, step[0], iso(step[1]), "horloge")
            moved = True
    return moved


def next_step(store: Store, request: dict) -> tuple[str, datetime] | None:
    """The status that the clock will bring, and when; None when only somebody's act can move the request."""
    if not store.switches["automatic"] or not request["automatic"] or request["status"] not in STEPS:
        return None
    code, delay, from_receipt = STEPS[request["status"]]
    due = parse_instant(request["received_at" if from_receipt else "since"]) + delay
    return code, max(due, parse_instant(request["since"]))


def arrive(store: Store, request: dict, code: str, at: str, by: str, **details) -> None:
    """Bring a request to a status, with what comes with it: the transfer, or the reason of the refusal."""
    if request["status"] == "50" and code != "70":
        request["transfer"] = None  # it was only announced
    move(request, code, at, by, details.get("label", ""))
    if code == "50":
        _, delay, _ = STEPS["50"]
        request["transfer"] = transfer(store, request, iso(parse_instant(at) + delay))
    elif code == "70":
        request["transfer"] = transfer(store, request, at, details.get("amount"), details.get("date"))
    if details.get("reason"):
        request["reject"] = {"code": details["reason"], "comment": details.get("comment") or ""}
    request["automatic"] = code in STEPS


def transfer(store: Store, request: dict, at: str, amount=None, date=None) -> dict:
    """The transfer to the provider: the whole amount less the deposit, in euros (CONTRACT §8), and its value date."""
    body = request["body"]
    due = Decimal(str(body["mntFactureTTC"])) - Decimal(str(body.get("mntAcompte") or 0))
    delay = timedelta(days=store.switches["transfer_delay_days"])
    moment = parse_instant(date) if date else parse_instant(at) + delay
    return {
        "amount": str(due.quantize(Decimal("0.01")) if amount is None else Decimal(str(amount))),
        "date": moment.date().isoformat(),
    }


def act(store: Store, request: dict, action: str, values: dict) -> None:
    """What the household, Urssaf or a test decides.

    :param values: ``code`` and ``comment`` of a refusal or cancellation; ``amount`` (euros) and ``date`` of a transfer;
        ``code`` (any), ``label``, and the ``reason`` code for ``set_status``; ``code`` of the status for ``take_back``
    :raises NotPossible: the request stands elsewhere
    :raises ValueError: a value is wrong
    """
    at = iso(store.clock.now())
    status = request["status"]
    if action == "set_status":
        code = str(values.get("code") or "")
        if not code.isdigit() or len(code) > 4:
            raise ValueError("set_status needs the code of a status, in digits.")
        keys = ("amount", "date", "label", "reason", "comment")
        details = {key: values[key] for key in keys if values.get(key) is not None}
        arrive(store, request, code, at, "commande", **details)
        return
    allowed, target = ACTIONS[action]
    if status not in allowed:
        raise NotPossible(f"{action}: not possible for a request that is {status} ({request['label']}).")
    target = target or LEADS[action].get(status, "110")
    details = {}
    if action in ("contest", "cancel"):
        default = "CONTEST_AUTRE" if action == "contest" else "ANNUL_AUTRE"
        details = {"reason": str(values.get("code") or default), "comment": str(values.get("comment") or "")}
        # 111 and 112 carry no reason of the client (CONTRACT §9)
        if target in ("111", "112"):
            details = {}
    elif action == "pay":
        details = {key: values[key] for key in ("amount", "date") if values.get(key) not in (None, "")}
        for code in STEPS_SHOWN[STEPS_SHOWN.index(status) + 1 : -1] if status in STEPS_SHOWN else ():
            arrive(store, request, code, at, "commande")
    elif action == "take_back":
        target = str(values.get("code") or target)
        if target not in table("statuses"):
            raise ValueError("take_back needs the code of a status.")
    arrive(store, request, target, at, "client" if action in ("accept", "contest") else "commande", **details)
