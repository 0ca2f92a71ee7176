"""Faults: what goes wrong on purpose (CONTRACT §15). They are data; ``gateway`` plays them."""

import random
from dataclasses import dataclass

from .spoilt import ECHO_PARTS, THIRTY_YEARS
from .store import CALLS, Store

BEFORE, AFTER, CHANGE = "before", "after", "change"
# What a fault teaches, for the page: that Urssaf says no, that its answer is lost, or nothing to who is no developer.
REFUSED, LOST, DEVELOPERS = "refused", "lost", "developers"


@dataclass(frozen=True)
class Kind:
    """One sort of fault. ``when``: played instead of the work, after it, or on its answer. ``label``: for the page.

    ``calls``: the only ones that can meet it, all when empty; others do not count down its ``times``. ``group``: what it teaches.
    """

    when: str
    label: str
    seconds: float = 0
    page: bool = True
    calls: tuple[str, ...] = ()
    group: str = DEVELOPERS


KINDS = {
    "slow": Kind(CHANGE, "Lenteur (5 s)", 5, group=LOST),
    "dead_before": Kind(BEFORE, "Coupure, rien n’est fait", group=LOST),
    "dead_after": Kind(AFTER, "Coupure, pourtant fait", group=LOST),
    "reset_before": Kind(BEFORE, "Réinitialisation (RST) avant", page=False),
    "reset_after": Kind(AFTER, "Réinitialisation (RST) après"),
    "timeout_before": Kind(BEFORE, "Aucune réponse, rien n’est fait", 30, group=LOST),
    "timeout_after": Kind(AFTER, "Aucune réponse, pourtant fait", 30, group=LOST),
    "empty_400": Kind(BEFORE, "400 sans corps"),
    "errors_400": Kind(BEFORE, "Refus avec une erreur", group=REFUSED),
    "unauthorized_once": Kind(BEFORE, "401 une fois", page=False),
    "unauthorized": Kind(BEFORE, "Identifiants refusés (401)", group=REFUSED),
    "forbidden": Kind(BEFORE, "Accès interdit (403)", group=REFUSED),
    "not_found": Kind(BEFORE, "404 adresse inconnue"),
    "throttled": Kind(BEFORE, "Trop d’appels, attendre (429)", group=REFUSED),
    "error_500": Kind(BEFORE, "Erreur technique, rien n’est fait (500)", group=REFUSED),
    "error_500_after": Kind(AFTER, "Erreur technique, pourtant fait (500)", group=LOST),
    "maintenance_503": Kind(BEFORE, "Maintenance (503)", group=REFUSED),
    "maintenance_503_after": Kind(AFTER, "503 après traitement", page=False),
    "html": Kind(BEFORE, "Page d’excuses au lieu d’une réponse", group=LOST),
    "html_after": Kind(AFTER, "Page HTML après traitement", page=False),
    "redirect_302": Kind(BEFORE, "302 redirection"),
    "empty_200": Kind(AFTER, "200 sans corps", page=False),
    "truncated": Kind(CHANGE, "Réponse coupée en route", group=LOST),
    "truncated_wire": Kind(CHANGE, "Coupure au milieu de la réponse", page=False),
    # on the items of an answer
    "shuffle": Kind(CHANGE, "Réponses dans le désordre"),
    "drop_item": Kind(CHANGE, "Une réponse manque"),
    "extra_item": Kind(CHANGE, "Une réponse en trop"),
    "id_and_errors": Kind(CHANGE, "Identifiant et erreur ensemble", page=False),
    "unknown_status": Kind(CHANGE, "Statut inconnu"),
    "Errors_key": Kind(CHANGE, "Clé « Errors »"),
    # M050
    "too_many": Kind(BEFORE, "Trop de factures à la fois", group=REFUSED),
    "sink_batch": Kind(CHANGE, "Une facture fait refuser tout le lot", group=REFUSED),
    "item_error": Kind(CHANGE, "Refus d’une demande", page=False),
    # answers that hold anything (``spoilt.py``)
    "spoilt_text": Kind(CHANGE, "Demi-emoji et NUL dans les textes"),
    "spoilt_amount": Kind(CHANGE, "Montants impossibles"),
    "spoilt_date": Kind(CHANGE, "Dates impossibles"),
    "spoilt_depth": Kind(CHANGE, "100 000 niveaux imbriqués"),
    "spoilt_html": Kind(AFTER, "Page HTML avec NUL"),
    "spoilt_retry_after": Kind(BEFORE, "429, attendre 30 ans"),
    # whose request is it?
    "wrong_id": Kind(CHANGE, "Identifiant d’une autre demande", calls=("M050",)),
    "foreign_echo": Kind(CHANGE, "Demande d’un autre", calls=("M070",)),
    "silent_echo": Kind(CHANGE, "Demande sans client ni montant", calls=("M070",)),
    "double_state": Kind(CHANGE, "Deux statuts à la fois", calls=("M070",)),
    # ``seconds``: how long by the simulator's clock a new request is not found
    "lagging_search": Kind(CHANGE, "Recherche en retard d’une heure", 3600, calls=("M070",), group=LOST),
    "forgets": Kind(CHANGE, "L’URSSAF a oublié la demande", calls=("M070",), group=LOST),
}
HIDING = ("lagging_search", "forgets")
RETRY_AFTER = {"throttled": 30, "spoilt_retry_after": THIRTY_YEARS}
DEFAULT_CODE = {"errors_400": "ERREUR_TECHNIQUE", "item_error": "ERR_CMPT_BLOQUE"}


def add(store: Store, values: dict) -> dict:
    """Switch a fault on.

    :param values: ``name``; ``call`` (default all); ``times`` (null: until switched off; ``unauthorized_once``: 1);
        ``seconds`` to wait or to hang; ``code`` and ``message`` of the error; ``retry_after`` (seconds or a text) for 429 and 503;
        ``skip``: calls to leave alone first; ``probability`` (0 to 1) of each call; ``contains``: only calls with this
        text in their body (an invoice number); ``provider``: only calls of this client id; ``number``: only what the answer says about this invoice (spoilt answers
        and echoes, ``double_state``, ``lagging_search``, ``forgets``); ``what``: parts of a ``foreign_echo`` that are
        another's, out of ``number``, ``customer``, ``amount`` (these three by default) and ``dates``
    :raises ValueError: says what is wrong
    """
    name, call = values.get("name"), values.get("call") or "*"
    if name not in KINDS:
        raise ValueError(f"Unknown fault {name!r}. Known: {', '.join(KINDS)}.")
    if call not in (*CALLS, "*"):
        raise ValueError(f"call is one of {', '.join(CALLS)} or *.")
    if KINDS[name].calls and call not in (*KINDS[name].calls, "*"):
        raise ValueError(f"{name} is a fault of {', '.join(KINDS[name].calls)}.")
    what = list(values.get("what") or ())
    if not set(what) <= ECHO_PARTS.keys():
        raise ValueError(f"what is out of {', '.join(ECHO_PARTS)}.")
    times = values.get("times", 1 if name.endswith("_once") else None)
    seconds = values.get("seconds")
    fault = {
        "name": name,
        "call": call,
        "times": None if times is None else int(times),
        "seconds": KINDS[name].seconds if seconds is None else float(seconds),
        "code": values.get("code") or DEFAULT_CODE.get(name),
        "message": values.get("message") or "",
        "retry_after": values.get("retry_after", RETRY_AFTER.get(name)),
        "skip": int(values.get("skip") or 0),
        "probability": float(values.get("probability", 1)),
        "contains": values.get("contains"),
        "provider": values.get("provider"),
        "number": values.get("number"),
        "what": what,
    }
    store.faults.append(fault)
    return fault


def take(store: Store, call: str, body: bytes, provider: str | None = None) -> dict | None:
    """The fault that this call meets, counted down; the first that fits.

    :param provider: the client id that calls, as far as it is known
    """
    for fault in store.faults:
        if fault["call"] not in (call, "*") or fault["times"] == 0:
            continue
        if KINDS[fault["name"]].calls and call not in KINDS[fault["name"]].calls:
            continue
        if fault["contains"] and fault["contains"].encode() not in body:
            continue
        if fault.get("provider") not in (None, provider):
            continue
        if fault["skip"]:
            fault["skip"] -= 1
            continue
        if random.random() >= fault["probability"]:
            continue
        if fault["times"] is not None:
            fault["times"] -= 1
            store.faults = [other for other in store.faults if other["times"] != 0]
        return fault
    return None
