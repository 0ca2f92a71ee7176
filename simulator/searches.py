"""M070: searching payment requests (CONTRACT §8)."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from .customers import Refusal
from .formats import parse_instant
from .reference import error
from .store import Store
from .validation import faults_of

MOST = 10
# A value date is a day there.
PARIS = ZoneInfo("Europe/Paris")


def search(store: Store, provider: str, body: object, hidden: dict | None = None) -> dict:
    """M070. Returns the body of the answer.

    :param hidden: the fault that hides requests, if one is on
    :raises Refusal: no criterion, too many results, nothing found (one of the two forms), malformed
    """
    found = faults_of("search", body)
    if not found and body.get("numFactureTiers") and not store.switches["search_by_number"]:
        found = [("numFactureTiers", "additionalProperties")]
    if found:
        texts = [f"Le format du champ {path or 'recherche'} est incorrect" for path, _rule in found]
        raise Refusal([error("PARAM_INVALIDE", "Requête incorrecte", text) for text in texts])
    matching = [request for request in store.requests.values() if request["client_id"] == provider]
    if hidden:
        matching = [request for request in matching if not is_hidden(store, request, hidden)]
    refs, numbers = body.get("idDemandePaiements"), body.get("numFactureTiers")
    first, last = body.get("dateDebut"), body.get("dateFin")
    if len(refs or numbers or ()) > MOST:
        raise Refusal([error("ERR_NBRE_MAX_RESULTAT", "Trop de résultats")])
    if refs:  # takes precedence over the dates
        matching = [request for request in matching if request["ref"] in refs]
    elif numbers:
        matching = [request for request in matching if request["number"] in numbers]
    elif first:
        start, end = parse_instant(first).date(), parse_instant(last).date() if last else None
        matching = [
            request
            for request in matching
            if start <= (day := parse_instant(request["body"]["dateFacture"]).date()) and (not end or day <= end)
        ]
    else:
        raise Refusal([error("ERR_CRITERE_RECHERCHE_VIDE", "Critère de recherche vide")])
    if len(matching) > MOST:
        raise Refusal([error("ERR_NBRE_MAX_RESULTAT", "Trop de résultats")])
    if not matching and store.switches["empty_search"] == "error":
        raise Refusal([error("ERR_RECHERCHE_VIDE", "Aucun résultat")])
    answer = {"infoDemandePaiements": [shown(store, request) for request in matching]}
    key = store.switches["errors_key"]
    if key != "absent":
        answer = {"Errors" if key == "Errors" else "errors": None if key == "null" else []} | answer
    return answer


def is_hidden(store: Store, request: dict, fault: dict) -> bool:
    """Whether a search does not find a request: forgotten, or too new for a search that lags."""
    if fault["number"] not in (None, request["number"]):
        return False
    if fault["name"] == "forgets":
        return True
    return store.clock.now() < parse_instant(request["received_at"]) + timedelta(seconds=fault["seconds"])


def shown(store: Store, request: dict) -> dict:
    """One ``InfoDemandePaiement``."""
    info = {
        "idDemandePaiement": request["ref"],
        "demandePaiement": request["body"],
        "statut": {"code": request["status"], "libelle": request["label"]},
    }
    if reject := request["reject"]:
        info["infoRejet"] = {"code": reject["code"]}
        if reject["comment"]:
            info["infoRejet"]["commentaire"] = reject["comment"]
    elif store.switches["empty_blocks"] == "null":
        info["infoRejet"] = None
    form = store.switches["scheduled_transfer"]
    if (transfer := request["transfer"]) and (is_made(store, request) or form != "absent"):
        info["infoVirement"] = {"dateVirement": f"{transfer['date']}T00:00:00Z"}
        if is_made(store, request) or form == "amount":
            info["infoVirement"]["mntVirement"] = float(Decimal(transfer["amount"]))
        elif form == "null":
            info["infoVirement"]["mntVirement"] = None
    elif store.switches["empty_blocks"] == "null":
        info["infoVirement"] = None
    return info


def is_made(store: Store, request: dict) -> bool:
    """The amount of a transfer is given once its value date is reached, and not while the debit is in progress."""
    reached = parse_instant(request["transfer"]["date"]).date() <= store.clock.now().astimezone(PARIS).date()
    return reached and request["status"] != "50"
