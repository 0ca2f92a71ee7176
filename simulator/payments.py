"""M050: receiving payment requests, each item judged alone (CONTRACT §7)."""

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from .customers import Refusal, link_of
from .formats import decimals, iso, parse_instant
from .lifecycle import move
from .reference import error, table
from .store import Store
from .validation import faults_of

CENT = Decimal("0.01")
WORKER = re.compile(r"SAP[0-9]{9}|SIR[0-9]{14}")
ACTIVITY = re.compile(r"([0-9]+)A[0-9]{3}")
# No source dates the launch for ERR_DATE_PAIEMENT_AVANT_EXP; the scheme opened to households in 2022.
LAUNCH = datetime(2022, 1, 1, tzinfo=UTC)
TOO_MANY = "Le nombre maximum de transmission de factures a été dépassé (limite à {})."


def line_codes(store: Store, line: dict) -> list[str]:
    """Checks of one line (CONTRACT §7.2, §7.3), in exact decimals; half a cent rounds up."""
    codes = []
    if line["codeNature"] not in table("natures"):
        codes.append("ERR_CODE_NATURE")
    if activity := line.get("codeActivite"):
        match = ACTIVITY.fullmatch(activity)
        if not match:
            codes.append("ERR_CODE_ACTIVITE")
        elif match[1] != line["codeNature"]:
            codes.append("ERR_CODE_ACTIVITE_NATURE")
    worker = line.get("complement2")
    if not worker:
        codes.append("ERR_NUMINTERVENANT_MANQUANT")
    elif not WORKER.fullmatch(worker):
        codes.append("ERR_FORMAT_NUMINTERVENANT")
    total = Decimal(line["mntPrestationTTC"])
    product = (Decimal(line["mntUnitaireTTC"]) * Decimal(line["quantite"])).quantize(CENT, ROUND_HALF_UP)
    if product != total:
        codes.append("ERR_MNT_PREST_TTC")
    if Decimal(line["mntPrestationHT"]) + Decimal(line["mntPrestationTVA"]) != total:
        codes.append("ERR_MNT_PREST_HT_TVA")
    return codes


def value_codes(store: Store, item: dict) -> list[str]:
    """No negative value, and no more decimals than allowed."""
    values = [(key, item[key], 2) for key in ("mntAcompte", "mntFactureTTC", "mntFactureHT") if key in item]
    for line in item["inputPrestations"]:
        values += [
            ("quantite", line["quantite"], store.switches["quantity_decimals"]),
            ("mntUnitaireTTC", line["mntUnitaireTTC"], store.switches["unit_price_decimals"]),
        ]
        values += [(key, line[key], 2) for key in ("mntPrestationTTC", "mntPrestationHT", "mntPrestationTVA")]
    codes = ["ERR_VALEUR_NEGATIVE"] if any(value < 0 for _key, value, _limit in values) else []
    if any(decimals(value) > limit for _key, value, limit in values):
        codes.append("ERR_FORMAT_VALEUR")
    return codes


def total_codes(store: Store, item: dict) -> list[str]:
    codes, lines = [], item["inputPrestations"]
    total = Decimal(item["mntFactureTTC"])
    wrong = sum(Decimal(line["mntPrestationTTC"]) for line in lines) != total
    if store.switches["check_net_total"]:
        wrong |= sum(Decimal(line["mntPrestationHT"]) for line in lines) != Decimal(item["mntFactureHT"])
    if wrong:
        codes.append("ERR_TOTAL_PRESTATIONS")
    if 2 * Decimal(item.get("mntAcompte", 0)) > max(total, 0):
        codes.append("ERR_MONTANT_ACOMPTE")
    return codes


def date_codes(item: dict, now: datetime) -> list[str]:
    """CONTRACT §7.4: nothing in the future, one calendar month, in order, lines inside the period."""
    codes = []
    start, end = parse_instant(item["dateDebutEmploi"]), parse_instant(item["dateFinEmploi"])
    starts, ends = [start], [end]
    for line in item["inputPrestations"]:
        starts.append(parse_instant(line.get("dateDebutEmploi", item["dateDebutEmploi"])))
        ends.append(parse_instant(line.get("dateFinEmploi", item["dateFinEmploi"])))
    if max(starts + ends) > now:
        codes.append("ERR_DATE_FUTUR")
    if any(last < first for first, last in zip(starts, ends, strict=True)):
        codes.append("ERR_DATE_FIN_AVANT_DATE_DEB")
    elif (start.year, start.month) != (end.year, end.month):
        codes.append("ERR_PERIODE_EMPLOI_MOIS_NON_UNIQUE")
    elif min(starts) < start or max(ends) > end:
        codes.append("ERREUR_VALIDATION")
    deposit_date = item.get("dateVersementAcompte")
    if deposit_date and parse_instant(deposit_date) < LAUNCH:
        codes.append("ERR_DATE_PAIEMENT_AVANT_EXP")
    return codes


def party_codes(store: Store, provider: str, item: dict) -> list[str]:
    """The client: known, linked with this provider since before the services, not blocked."""
    customer = store.customers.get(item["idClient"])
    if not customer or customer["birth_date"] != item["dateNaissanceClient"][:10]:
        return ["ERR_PARTICULIER_INCONNU"]
    if customer["blocked"]:
        return ["ERR_CMPT_BLOQUE"]
    link = link_of(customer, provider)
    if not link or link["state"] != "active":
        return ["ERR_LIEN_PARTICULIER_PRESTATAIRE"]
    starts = [item["dateDebutEmploi"]] + [line.get("dateDebutEmploi") for line in item["inputPrestations"]]
    if min(parse_instant(start) for start in starts if start) < parse_instant(link["activated_at"]):
        return ["ERR_LIEN_PARTICULIER_PRESTATAIRE"]
    return ["ERR_MANDAT_ECHU"] if customer["mandate_expired"] else []


def malformed(item: object) -> list[dict]:
    return [
        error("PARAM_INVALIDE", "Requête incorrecte", f"Le format du champ {path or 'demandePaiement'} est incorrect")
        for path, _rule in faults_of("payment_request", item)[:20]
    ]


def judge(store: Store, provider: str, item: dict) -> list[dict]:
    """All that is wrong with one well-formed item; empty when it can be recorded."""
    codes = value_codes(store, item)
    for line in item["inputPrestations"]:
        codes += line_codes(store, line)
    codes += total_codes(store, item) + date_codes(item, store.clock.now()) + party_codes(store, provider, item)
    if store.switches["ten_means"] in ("lines", "both") and len(item["inputPrestations"]) > 10:
        codes.append("ERR_NBRE_PREST_MAX")
    if store.switches["duplicate_check"] and f"{provider}/{item['numFactureTiers']}" in store.numbers:
        codes.append("ERR_FACTURE_DOUBLON")
    return [error(code, "Demande refusée") for code in dict.fromkeys(codes)]


def record(store: Store, provider: str, item: dict) -> str:
    """Write one accepted request. ``item`` is the plain body, echoed by M070 as it came."""
    now, number = store.clock.now(), item["numFactureTiers"]
    store.sequence += 1
    ref = f"{now:%Y%m%d}{store.sequence:09}"
    request = {
        "ref": ref,
        "client_id": provider,
        "number": number,
        "customer_ref": item["idClient"],
        "body": item,
        "received_at": iso(now),
        "automatic": True,
        "reject": None,
        "transfer": None,
        "history": [],
    }
    move(request, "10", iso(now), "urssaf")
    store.requests[ref] = request
    store.numbers[f"{provider}/{number}"] = ref
    count(store.accepted, provider, number)
    return ref


def count(counts: dict, provider: str, number: str) -> None:
    of_provider = counts.setdefault(provider, {})
    of_provider[number] = of_provider.get(number, 0) + 1


def submit(store: Store, provider: str, body: object, plain: object, sink: str = "") -> list[dict]:
    """M050. Returns the array of the answer.

    :param body: the items with exact decimals
    :param plain: the same items with floats, to be stored and echoed
    :param sink: what sinks the batch, in place of the switch ``sink_batch``
    :raises Refusal: the whole call is refused and nothing was recorded
    """
    sink = sink or store.switches["sink_batch"]
    if not isinstance(body, list) or not body:
        raise Refusal([error("PARAM_INVALIDE", "Requête incorrecte", "Une liste de demandes est attendue")])
    limit = store.switches["max_items"]
    if len(body) > limit and store.switches["ten_means"] in ("invoices", "both"):
        raise Refusal([error("ERR_NBRE_PREST_MAX", "Nombre maximum dépassé", TOO_MANY.format(limit))])
    forms = [malformed(item) for item in body]
    if sink in ("malformed", "any") and any(forms):
        raise Refusal([err for errors in forms for err in errors][:20])
    if sink == "any":
        found = [err for item in body for err in judge(store, provider, item)]
        if found:
            raise Refusal(found[:20])
    answers = []
    for item, stored, form in zip(body, plain, forms, strict=True):
        errors, known = form, item if isinstance(item, dict) else {}
        answer = {key: known[key] for key in ("idClient", "numFactureTiers") if isinstance(known.get(key), str)}
        if not errors:
            count(store.attempts, provider, item["numFactureTiers"])
            # Judged one after the other: a number that comes twice in one batch is a duplicate the second time.
            errors = judge(store, provider, item)
        if errors:
            if store.switches["refusal_status"] == "code":
                answer["statut"] = errors[0]["code"]
            answer["errors"] = errors
        else:
            answer |= {"idDemandePaiement": record(store, provider, stored), "statut": "10"}
            if (shape := store.switches["success_errors"]) != "absent":
                answer["errors"] = [] if shape == "empty" else None
        answers.append(answer)
    return answers
