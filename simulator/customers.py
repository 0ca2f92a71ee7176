"""M010 and M020: registering a client and reading his state (CONTRACT §5, §6)."""

import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

from . import identities
from .formats import is_iban, iso, parse_instant, plain, same_mobile
from .reference import error, table
from .store import Store
from .validation import faults_of

FRANCE = "99100"
LINK_VALIDITY = timedelta(days=7)
# Departments in which somebody can live: 01-95 with 2A and 2B in place of 20, and overseas.
DEPARTMENTS = {f"{n:02}" for n in range(1, 96)} - {"20"} | {"2A", "2B"}
OVERSEAS = {"971", "972", "973", "974", "975", "976", "977", "978", "984", "986", "987", "988", "989"}
ANY_PROVIDER = "*"  # planted customers are linked with every provider

# (path, rule or None for any rule): code that is more precise than ERREUR_VALIDATION
PRECISE = {
    ("lieuNaissance", "required"): "ERREUR_LIEU_NAISSANCE_OBLIGATOIRE",
    ("lieuNaissance.departementNaissance", None): "ERREUR_LIEU_NAISSANCE_DEPT_FORMAT",
    ("lieuNaissance.communeNaissance.codeCommune", "required"): "ERR_LIEU_NAISSANCE_COMN",
    ("lieuNaissance.communeNaissance.libelleCommune", "required"): "ERR_LIEU_NAISSANCE_OBLIGATOIRE",
    ("lieuNaissance.communeNaissance.libelleCommune", None): "ERREUR_LIEU_NAISSANCE_INVALIDE",
}
STATUS_TEXTS = {
    "APPAREILLAGE_EC": "Transmission DP impossible, appareillage en cours de traitement",
    "APPAREILLAGE_NF": "Transmission DP impossible, appareillage non finalisé",
    "PARTICULIER_BLOQUE": "Transmission DP impossible, particulier bloqué",
    "MANDAT_ECHU": "Transmission DP impossible, mandat échu",
}


class Refusal(Exception):
    """The whole call is refused: HTTP 400 with these ``Erreur`` objects."""

    def __init__(self, errors: list[dict]):
        super().__init__(", ".join(err["code"] for err in errors))
        self.errors = errors


def form_errors(body: object) -> list[dict]:
    errors = []
    for path, rule in faults_of("customer", body)[:20]:
        code = PRECISE.get((path, rule)) or PRECISE.get((path, None))
        if code:
            errors.append(error(code, "Inscription refusée"))
        else:
            name = f"inputParticulier.{path}" if path else "inputParticulier"
            reason = "obligatoire" if rule == "required" else "format invalide"
            errors.append(
                error("ERREUR_VALIDATION", f"Le champ {name} : {reason}", f"Le format du champ {name} est incorrect")
            )
    return errors


def birth_place_codes(place: dict) -> list[str]:
    department, town = place.get("departementNaissance"), place.get("communeNaissance")
    if place["codePaysNaissance"] == FRANCE:
        codes = [] if department else ["ERREUR_LIEU_NAISSANCE_DEPT"]
        return codes + ([] if town else ["ERR_LIEU_NAISSANCE_COMN"])
    if department or town:
        return ["ERREUR_LIEU_NAISSANCE_PAYS"]
    return [] if place["codePaysNaissance"] in table("countries") else ["ERR_DGFIP_R2P_INCONNU"]


def address_codes(address: dict) -> list[str]:
    codes = []
    kind, label = address.get("codeTypeVoie"), address.get("libelleVoie")
    if kind and kind.upper() not in table("street_types"):
        codes.append("ERR_CONTACT_ADRESSE_TYPE_VOIE")
    if label and not kind:
        codes.append("ERR_CONTACT_ADRESSE_TYPEVOIE")
    if not label and (kind or address.get("numeroVoie")):
        codes.append("ERR_CONTACT_ADRESSE_LIBELLEVOIE")
    if address.get("lettreVoie", "B").upper() not in "BTQC":
        codes.append("ERR_CONTACT_ADRESSE_LETTRE_VOIE")
    if not (kind or label or address.get("complement") or address.get("lieuDit")):
        codes.append("ERR_CONTACT_ADRESSE_INFORMATION_SUPPLEMENTAIRE")
    town = address["codeCommune"].upper()
    if address["codePays"] == FRANCE and town[:2] not in DEPARTMENTS and town[:3] not in OVERSEAS:
        codes.append("ERR_CONTACT_ADRESSE_COMMUNE")
    return codes


def rule_codes(store: Store, body: dict) -> list[str]:
    """Every rule that needs nobody else's data."""
    codes = []
    if parse_instant(body["dateNaissance"]) > store.clock.now():
        codes.append("ERR_DATE_NAISSANCE_FUTUR")
    codes += birth_place_codes(body["lieuNaissance"]) + address_codes(body["adressePostale"])
    iban = body["coordonneeBancaire"]["iban"]
    # "account domiciled in France": overseas and Monaco accounts are held to the same check by their country letters
    if not is_iban(iban) or iban[:2].upper() not in ("FR", "MC"):
        codes.append("ERR_COORDONNEES_BANCAIRES")
    return codes


def identity(body: dict) -> list[str]:
    """What makes two registrations the same person: birth name, first of the first names, birth date."""
    return [plain(body["nomNaissance"]), plain(body["prenoms"].split(" ")[0]), body["dateNaissance"][:10]]


def contact(body: dict) -> list[str]:
    return [body["adresseMail"].lower(), same_mobile(body["numeroTelephonePortable"])]


def register(store: Store, provider: str, body: object) -> dict:
    """M010. Returns the body of the answer.

    :raises Refusal: with all errors found (CONTRACT §11)
    """
    errors = form_errors(body)
    if not errors:
        errors = [error(code, "Inscription refusée") for code in rule_codes(store, body)]
        if not store.switches["mail_plus"] and "+" in body["adresseMail"]:
            errors.append(error("ERREUR_VALIDATION", "Le champ inputParticulier.adresseMail : format invalide"))
    if errors:
        raise Refusal(errors)
    person, reach = identity(body), contact(body)
    known = next((c for c in store.customers.values() if c["identity"] == person), None)
    if code := identities.refusal(store.identities, body):
        raise Refusal([error(code, "Inscription refusée")])
    if any(c["contact"] == reach for c in store.customers.values() if c is not known):
        raise Refusal([error("ERREUR_REFERENCE_PARTICULIER_EXISTANTE_TYPE", "Inscription refusée")])
    if known:
        if known["contact"] != reach:
            raise Refusal([error("ERR_CONTACT", "Inscription refusée")])
        if link_of(known, provider):
            code = "ERR_LIEN_TIERS_PRESTATION_PARTICULIER_EXISTE"
            raise Refusal([error(code, "Lien déjà existant")])
        if known["blocked"]:
            raise Refusal([error("ERR_COMPTE_BLOQUE", "Inscription refusée")])
    else:
        known = {
            "ref": str(uuid.uuid4()),
            "identity": person,
            "contact": reach,
            "name": body["nomNaissance"],
            "usage_name": body.get("nomUsage"),
            "first_names": body["prenoms"],
            "civility": body["civilite"],
            "birth_date": body["dateNaissance"][:10],
            "city": body["adressePostale"]["libelleCommune"],
            "blocked": False,
            "mandate_expired": False,
            "links": {},
        }
        store.customers[known["ref"]] = known
    known["links"][provider] = {"state": "pending", "registered_at": iso(store.clock.now()), "activated_at": None}
    return {"idClient": known["ref"]}


def link_of(customer: dict, provider: str) -> dict | None:
    """The customer's link with this provider; a broken one is none."""
    link = customer["links"].get(provider) or customer["links"].get(ANY_PROVIDER)
    return link if link and link["state"] != "broken" else None


def status_code(store: Store, customer: dict, link: dict) -> str:
    if customer["blocked"]:
        return "PARTICULIER_BLOQUE"
    if link["state"] != "active":
        late = store.clock.now() > parse_instant(link["registered_at"]) + LINK_VALIDITY
        return "APPAREILLAGE_NF" if late else "APPAREILLAGE_EC"
    return "MANDAT_ECHU" if customer["mandate_expired"] else "APPAREILLAGE_VALIDE"


def stamp(store: Store, activated_at: str) -> str:
    zone = ZoneInfo(store.switches["stamp_zone"])
    form = "%d/%m/%Y %H:%M:%S" if store.switches["stamp_seconds"] else "%d/%m/%Y %H:%M"
    return parse_instant(activated_at).astimezone(zone).strftime(form)


def status(store: Store, provider: str, ref: str | None, mail: str | None) -> object:
    """M020. Returns the body of the answer.

    :raises Refusal: unknown to this provider, association broken, or no criterion
    """
    if not ref and not mail:
        raise Refusal([error("PARAM_INVALIDE", "Requête incorrecte", "Le paramètre idClient est obligatoire")])
    if ref:
        customer = store.customers.get(ref)
    elif store.switches["m020_by_mail"]:
        found = (c for c in store.customers.values() if c["contact"][0] == mail.lower() and link_of(c, provider))
        customer = next(found, None)
    else:
        customer = None
    link = link_of(customer, provider) if customer else None
    if not link:
        raise Refusal([error("ERR_RECHERCHE_PARTICULIER", "Particulier inconnu")])
    code = status_code(store, customer, link)
    description = STATUS_TEXTS.get(code) or f"Transmission DP possible à partir du {stamp(store, link['activated_at'])}"
    answer = {
        "idClient": customer["ref"],
        "nomNaissance": customer["name"],
        "nomUsage": customer["usage_name"],
        "prenoms": customer["first_names"],
        store.switches["m020_key"]: {
            "code": code,
            "description": description,
            "etat": "OK" if code == "APPAREILLAGE_VALIDE" else "KO",
        },
    }
    if not customer["usage_name"]:
        del answer["nomUsage"]
    return [answer] if store.switches["m020_array"] else answer


def act(store: Store, customer: dict, action: str, values: dict) -> None:
    """What the person or Urssaf does with the account.

    :param values: ``at`` (ISO, default now) for ``activate``; ``client_id`` to touch one provider's link only
    :raises ValueError: nothing to activate or to break
    """
    wanted = values.get("client_id")
    links = [link for provider, link in customer["links"].items() if wanted in (None, "", provider)]
    if action == "activate":
        links = [link for link in links if link["state"] != "broken"]
        if not links:
            raise ValueError("This customer has no registration to activate.")
        at = values.get("at")
        for link in links:
            # A link that is active already moves only when a date-time is asked for.
            if link["state"] != "active" or at:
                link["activated_at"] = iso(parse_instant(at) if at else store.clock.now())
                link["state"] = "active"
    elif action == "unlink":
        for link in links:
            link["state"] = "broken"
    elif action in ("block", "unblock"):
        customer["blocked"] = action == "block"
    elif action in ("expire_mandate", "renew_mandate"):
        customer["mandate_expired"] = action == "expire_mandate"


ACTIONS = ("activate", "block", "unblock", "expire_mandate", "renew_mandate", "unlink")


def plant(store: Store, values: dict) -> dict:
    """Make a customer without a call, for tests and demonstrations.

    :param values: ``ref`` and ``birth_date`` (needed), ``activated_at`` (ISO; without it the link is pending),
        ``name``, ``first_names``, ``mail``, ``mobile``, ``city``, ``client_id`` (default: linked with every provider)
    """
    ref, birth_date = str(values["ref"]), parse_instant(values["birth_date"]).date().isoformat()
    name, first_names = values.get("name", "Planté"), values.get("first_names", f"Client {ref[:4]}")
    activated = values.get("activated_at")
    link = {
        "state": "active" if activated else "pending",
        "registered_at": iso(parse_instant(values.get("registered_at") or activated or iso(store.clock.now()))),
        "activated_at": iso(parse_instant(activated)) if activated else None,
    }
    store.customers[ref] = {
        "ref": ref,
        "identity": [plain(name), plain(first_names.split(" ")[0]), birth_date],
        "contact": [values.get("mail", f"{ref}@example.com").lower(), same_mobile(values.get("mobile", ref))],
        "name": name,
        "usage_name": values.get("usage_name"),
        "first_names": first_names,
        "civility": values.get("civility", "2"),
        "birth_date": birth_date,
        "city": values.get("city", ""),
        "blocked": bool(values.get("blocked")),
        "mandate_expired": bool(values.get("mandate_expired")),
        "links": {values.get("client_id") or ANY_PROVIDER: link},
    }
    return store.customers[ref]
