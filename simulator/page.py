"""The web page: a person plays the household and Urssaf. Plain forms, no script."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from . import control, customers, faults, lifecycle
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


class Page:
    def __init__(self, store: Store, odoo_url: str):
        self.store = store
        self.odoo_url = odoo_url if odoo_url.startswith(("http://", "https://")) else ""
        folder = Path(__file__).parent / "templates"
        self.env = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self.env.filters |= {"moment": moment, "day": day, "euros": euros}

    def serves(self, path: str) -> bool:
        return path == "/" or path.startswith("/page/")

    def answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return self.shown() if request.path == "/" else redirect("/", 303)
        if request.method != "POST" or request.path == "/":
            return Response(status=405)
        try:
            with self.store.change():
                self.apply(request.path.removeprefix("/page/").split("/"), request.form.to_dict())
        except lifecycle.NotPossible:
            return self.shown(problem="l’état de la demande ne le permet plus.", status=409)
        except control.NotFound:
            return self.shown(problem="cet élément n’existe plus.", status=409)
        except (ValueError, TypeError, ArithmeticError, KeyError):
            return self.shown(problem="une valeur n’est pas reconnue.", status=409)
        return redirect("/", 303)

    def apply(self, parts: list[str], form: dict) -> None:
        """One form of the page."""
        if parts == ["clock"]:
            if form.get("set"):
                # The field shows and takes Paris time.
                form["set"] = datetime.fromisoformat(form["set"]).replace(tzinfo=PARIS).isoformat()
            if "freeze" in form:
                form["freeze"] = form["freeze"] == "1"
            control.run(self.store, "POST", ["clock"], form)
        elif parts == ["faults"]:
            active = [fault for fault in self.store.faults if fault["name"] == form.get("name")]
            if active:
                self.store.faults = [fault for fault in self.store.faults if fault not in active]
            else:
                faults.add(self.store, {key: form[key] for key in ("name", "call", "times") if form.get(key)})
        elif parts == ["faults", "off"]:
            self.store.faults = []
        elif parts[0] in ("customers", "requests"):
            control.run(self.store, "POST", parts, form)
        else:
            raise control.NotFound("Page inconnue.")

    def shown(self, problem: str = "", status: int = 200) -> Response:
        with self.store.lock:
            if lifecycle.tick(self.store):
                self.store.save()
            html = self.env.get_template("page.html").render(self.content(), problem=problem)
        response = Response(html, status, mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    def content(self) -> dict:
        store, now = self.store, self.store.clock.now()
        active = {fault["name"]: fault for fault in store.faults}
        return {
            "odoo_url": self.odoo_url,
            "now": now,
            "now_field": now.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M"),
            "frozen": store.clock.frozen,
            "customers": [
                self.customer(customer) for customer in reversed(list(store.customers.values())[-MOST_ROWS:])
            ],
            "requests": [self.request(request) for request in reversed(list(store.requests.values())[-MOST_ROWS:])],
            "totals": (len(store.customers), len(store.requests)),
            "most": MOST_ROWS,
            "several_providers": len(store.providers) > 1,
            "faults": [
                {"name": name, "label": kind.label, "active": active.get(name)}
                for name, kind in faults.KINDS.items()
                if kind.page or name in active
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
            actions.append(("activate", "Activer"))
        actions.append(("unblock", "Débloquer") if customer["blocked"] else ("block", "Bloquer"))
        if "active" in states:
            expired = customer["mandate_expired"]
            actions.append(
                ("renew_mandate", "Renouveler le mandat") if expired else ("expire_mandate", "Expirer le mandat")
            )
        if states - {"broken"}:
            actions.append(("unlink", "Rompre l’association"))
        return {"data": customer, "links": rows, "actions": actions}

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
            "customer": f"{customer['first_names']} {customer['usage_name'] or customer['name']}" if customer else "",
            "colour": GROUP_COLOURS.get(group, "orange"),
            "actions": actions,
            "next": (status_label(step[0]), step[1]) if step else None,
            "reason": table("reject_codes").get(reject["code"], {}).get("label_fr", reject["code"]) if reject else "",
            "transfer_made": bool(request["transfer"]) and request["status"] != "50",
        }
