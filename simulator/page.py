"""The web page: a person plays the household and Urssaf. Plain forms, no script."""

import json
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from unicodedata import combining, normalize
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from . import control, customers, faults, identities, lifecycle, switches
from .formats import parse_instant
from .reference import status_label, table
from .store import CALLS, Store

PARIS = ZoneInfo("Europe/Paris")
NBSP = "\N{NO-BREAK SPACE}"
MOST_ROWS = 100
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
CUSTOMER_STATES = {  # M020 code: (words, colour)
    "APPAREILLAGE_VALIDE": ("Actif", "green"),
    "APPAREILLAGE_EC": ("En attente d’activation", "blue"),
    "APPAREILLAGE_NF": ("Non finalisé", "orange"),
    "PARTICULIER_BLOQUE": ("Bloqué", "red"),
    "MANDAT_ECHU": ("Mandat échu", "orange"),
}
GROUP_COLOURS = {
    "waiting": "blue", "paid": "green", "recovered": "green", "refused": "red", "unpaid": "red", "cancelled": "grey",
}  # fmt: skip
ACTION_WORDS = {
    "accept": "Valider",
    "contest": "Contester",
    "bounce": "Rejeter le prélèvement",
    "pay": "Payer",
    "take_back": "Reprendre",
    "cancel": "Annuler",
    "recover": "Recouvrer",
}
CUSTOMER_WORDS = {
    "activate": "Activer",
    "unblock": "Débloquer",
    "block": "Bloquer",
    "renew_mandate": "Renouveler le mandat",
    "expire_mandate": "Expirer le mandat",
    "unlink": "Rompre l’association",
}
# What a click has done, after the name of its row.
DONE_WORDS = {
    "accept": "demande validée",
    "contest": "demande contestée",
    "bounce": "prélèvement rejeté",
    "pay": "demande payée",
    "take_back": "virement repris",
    "cancel": "demande annulée",
    "recover": "demande recouvrée",
    "activate": "compte activé",
    "unblock": "compte débloqué",
    "block": "compte bloqué",
    "renew_mandate": "mandat renouvelé",
    "expire_mandate": "mandat expiré",
    "unlink": "association rompue",
}
FAULT_GROUPS = {
    faults.REFUSED: "L’URSSAF refuse",
    faults.LOST: "La réponse se perd",
    faults.DEVELOPERS: "Pour développeurs",
}
# An identity that nobody has: with it alone, nobody is recognised.
NOBODY = {"birth_name": "(PERSONNE)"}
IDENTITY_WORDS = {"birth_name": "nom de naissance", "first_names": "prénoms", "birth_date": "né(e) le"}
NOTICES_KEPT = 50
SEARCHED = ("first_names", "name", "usage_name", "city", "ref", "number")
REASONS = {"contest": ("Régularisation", "Contestation"), "cancel": ("Annulation",)}
CALL_WORDS = {
    "*": "tous les appels", "TOKEN": "jeton", "M010": "inscription (M010)", "M020": "statut du client (M020)",
    "M050": "demande de paiement (M050)", "M070": "recherche (M070)",
}  # fmt: skip


def moment(value: datetime | str | None) -> str:
    """A date and time in Paris, in French order."""
    if not value:
        return ""
    value = parse_instant(value) if isinstance(value, str) else value
    return value.astimezone(PARIS).strftime("%d/%m/%Y %H:%M")


def day(value: str) -> str:
    return "/".join(reversed(value[:10].split("-")))


def euros(value: object) -> str:
    text = f"{Decimal(str(value)):,.2f}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")
    return f"{text}{NBSP}€"


def plain(value: str) -> str:
    """A text for comparing: accents and case apart."""
    return "".join(sign for sign in normalize("NFKD", value) if not combining(sign)).casefold()


def named(customer: dict) -> str:
    return f"{customer['first_names']} {customer['usage_name'] or customer['name']}"


class Page:
    def __init__(self, store: Store, odoo_url: str):
        self.store = store
        self.odoo_url = odoo_url if odoo_url.startswith(("http://", "https://")) else ""
        folder = Path(__file__).parent / "templates"
        self.env = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self.env.filters |= {"moment": moment, "day": day, "euros": euros, "json": json.dumps}
        # What the last clicks have done, by number: an address can only name one, and says nothing itself.
        self.notices: dict[int, str] = {}
        self.numbers = count(1)

    def serves(self, path: str) -> bool:
        return path == "/" or path.startswith("/page/")

    def answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            if request.path != "/":
                return redirect("/", 303)
            number = request.args.get("fait", type=int)
            return self.shown(notice=self.notices.get(number, ""), words=request.args.get("q", ""))
        if request.method != "POST" or request.path == "/":
            return Response(status=405)
        words = request.args.get("q", "")
        try:
            with self.store.change():
                notice, anchor = self.apply(request.path.removeprefix("/page/").split("/"), request.form.to_dict())
        except lifecycle.NotPossible:
            return self.shown(problem="l’état de la demande ne le permet plus.", status=409, words=words)
        except control.NotFound:
            return self.shown(problem="cet élément n’existe plus.", status=409, words=words)
        except (ValueError, TypeError, ArithmeticError, KeyError):
            return self.shown(problem="une valeur n’est pas reconnue.", status=409, words=words)
        return redirect(self.address(notice, anchor, words), 303)

    def address(self, notice: str, anchor: str, words: str) -> str:
        """Where a click leads back to: its row, with a word on what it has done, among what was searched for."""
        number = next(self.numbers)
        self.notices[number] = notice
        self.notices.pop(number - NOTICES_KEPT, None)
        query = {"q": words} if words else {}
        return f"/?{urlencode(query | {'fait': number})}#{quote(anchor)}"

    def apply(self, parts: list[str], form: dict) -> tuple[str, str]:
        """One form of the page: what it has done, and the place on the page that it is about."""
        match parts:
            case ["clock"]:
                return self.set_clock(form), "horloge"
            case ["faults"]:
                return self.switch_fault(form), "pannes"
            case ["faults", "off"]:
                self.store.faults = []
                return "Fait : tout est rétabli", "pannes"
            case ["identities"]:
                return self.set_identities(form), "identites"
            case ["switches"]:
                chosen = {name: json.loads(value) for name, value in form.items()}
                self.store.switches |= switches.checked(chosen)
                return "Fait : variantes enregistrées", "variantes"
            case ["reset"]:
                self.store.clear()
                return "Fait : tout est remis à zéro, sauf l’horloge", "horloge"
            case ["customers", ref, action]:
                control.run(self.store, "POST", parts, form)
                return f"Fait : {named(self.store.customers[ref])}, {DONE_WORDS[action]}", f"client-{ref}"
            case ["requests", ref, action]:
                done = control.run(self.store, "POST", parts, form)
                return f"Fait : {done['number']}, {DONE_WORDS[action]}", f"demande-{done['ref']}"
        raise control.NotFound("Page inconnue.")

    def set_clock(self, form: dict) -> str:
        if form.get("set"):
            # The field shows and takes Paris time.
            form["set"] = datetime.fromisoformat(form["set"]).replace(tzinfo=PARIS).isoformat()
        if "freeze" in form:
            form["freeze"] = form["freeze"] == "1"
        control.run(self.store, "POST", ["clock"], form)
        return f"Fait : il est {moment(self.store.clock.now())}"

    def switch_fault(self, form: dict) -> str:
        active = [fault for fault in self.store.faults if fault["name"] == form.get("name")]
        if active:
            self.store.faults = [fault for fault in self.store.faults if fault not in active]
            return f"Fait : panne arrêtée, {faults.KINDS[form['name']].label}"
        faults.add(self.store, {key: form[key] for key in ("name", "call", "times") if form.get(key)})
        return f"Fait : panne en marche, {faults.KINDS[form['name']].label}"

    def set_identities(self, form: dict) -> str:
        """Whom the tax administration recognises: everybody, nobody, or those that are named one by one."""
        who = form.pop("who", "")
        if who == "everybody":
            self.store.identities.clear()
            return "Fait : tout le monde est reconnu"
        if who == "nobody":
            self.store.identities[:] = [identities.checked(NOBODY)]
            return "Fait : personne n’est reconnu"
        words = {word: form[word].strip() for word in IDENTITY_WORDS if form.get(word, "").strip()}
        if "birth_date" in words:
            words["birth_date"] += "T00:00:00Z"
        known = identities.checked(words | {identities.NO_RETURN: bool(form.get(identities.NO_RETURN))})
        nobody = identities.checked(NOBODY)
        self.store.identities[:] = [*(other for other in self.store.identities if other != nobody), known]
        return "Fait : cette identité est reconnue"

    def shown(self, problem: str = "", status: int = 200, notice: str = "", words: str = "") -> Response:
        with self.store.lock:
            if lifecycle.tick(self.store):
                self.store.save()
            html = self.env.get_template("page.html").render(self.content(words), problem=problem, notice=notice)
        response = Response(html, status, mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    def content(self, words: str = "") -> dict:
        """All that the page shows.

        :param words: only rows that hold them: a name, an invoice number, an identifier
        """
        store, now = self.store, self.store.clock.now()
        customers_found = [item for item in store.customers.values() if self.is_found(words, item)]
        requests_found = [
            item
            for item in store.requests.values()
            if self.is_found(words, store.customers.get(item["customer_ref"]), item)
        ]
        active = {fault["name"]: fault for fault in store.faults}
        return {
            "odoo_url": self.odoo_url,
            "now": now,
            "now_field": now.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M"),
            "frozen": store.clock.frozen,
            "customers": [self.customer(customer) for customer in reversed(customers_found[-MOST_ROWS:])],
            "requests": [self.request(request) for request in reversed(requests_found[-MOST_ROWS:])],
            "totals": (len(customers_found), len(requests_found)),
            "words": words,
            "query": f"?{urlencode({'q': words})}" if words else "",
            "most": MOST_ROWS,
            "several_providers": len(store.providers) > 1,
            "fault_groups": [
                {
                    "name": group,
                    "title": title,
                    "faults": [
                        {"name": name, "label": kind.label, "active": active.get(name)}
                        for name, kind in faults.KINDS.items()
                        if kind.group == group and (kind.page or name in active)
                    ],
                    "is_folded": group == faults.DEVELOPERS
                    and not any(faults.KINDS[name].group == group for name in active),
                }
                for group, title in FAULT_GROUPS.items()
            ],
            "identities": [
                " ".join(
                    f"{IDENTITY_WORDS.get(word, word)} {value or '–'}"
                    for word, value in identity.items()
                    if word in identities.PATHS
                )
                + (" (sans déclaration de revenus)" if identity[identities.NO_RETURN] else "")
                for identity in store.identities
            ],
            "nobody": store.identities == [identities.checked(NOBODY)],
            "identity_words": IDENTITY_WORDS,
            "switches": [
                {"name": name, "value": store.switches[name], "default": default, "allowed": list(allowed)}
                for name, (default, allowed) in switches.SWITCHES.items()
            ],
            "calls": {call: CALL_WORDS[call] for call in ("*", *CALLS)},
            "counts": store.calls,
            "reasons": {
                action: [
                    (code, row["label_fr"]) for code, row in table("reject_codes").items() if row["family"] in wanted
                ]
                for action, wanted in REASONS.items()
            },
            "journal": list(reversed(store.journal))[:40],
        }

    def customer(self, customer: dict) -> dict:
        rows = []
        for provider, link in customer["links"].items():
            code = customers.status_code(self.store, customer, link)
            words = ("Association rompue", "grey") if link["state"] == "broken" else CUSTOMER_STATES[code]
            rows.append({"provider": provider, "words": words, **link})
        states = {row["state"] for row in rows}
        actions = []
        if "pending" in states:
            actions.append("activate")
        actions.append("unblock" if customer["blocked"] else "block")
        if "active" in states:
            actions.append("renew_mandate" if customer["mandate_expired"] else "expire_mandate")
        if states - {"broken"}:
            actions.append("unlink")
        return {"data": customer, "links": rows, "actions": [(action, CUSTOMER_WORDS[action]) for action in actions]}

    @staticmethod
    def is_found(words: str, *items: dict | None) -> bool:
        """Whether each of these words stands somewhere in what the page shows of a row."""
        shown = plain(" ".join(str((item or {}).get(key) or "") for item in items for key in SEARCHED))
        return all(word in shown for word in plain(words).split())

    def request(self, request: dict) -> dict:
        actions = [
            (action, ACTION_WORDS[action])
            for action, (allowed, _target) in lifecycle.ACTIONS.items()
            # taking back a paid request is the same act under its own name
            if request["status"] in allowed and not (action == "bounce" and request["status"] == "70")
        ]
        group = table("statuses").get(request["status"], {}).get("group", "unknown")
        step = lifecycle.next_step(self.store, request)
        customer = self.store.customers.get(request["customer_ref"])
        reject = request["reject"]
        return {
            "data": request,
            "customer": named(customer) if customer else "",
            "colour": GROUP_COLOURS.get(group, "orange"),
            "actions": actions,
            "next": (status_label(step[0]), step[1]) if step else None,
            "reason": table("reject_codes").get(reject["code"], {}).get("label_fr", reject["code"]) if reject else "",
            "transfer_made": bool(request["transfer"]) and request["status"] != "50",
        }
