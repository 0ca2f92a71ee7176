"""The API over HTTP: routes, headers, HTTP codes, and the faults played on them (CONTRACT §2, §4)."""

import json
import random
import threading
import time

from werkzeug.wrappers import Request, Response

from . import customers, faults, lifecycle, oauth, payments, searches, spoilt
from .masking import masked_text
from .reference import error
from .store import Store
from .validation import Unreadable, read

TOKEN_PATH = "/api/oauth/v1/token"
BASE = "/atp/v1/tiersPrestations"
ROUTES = {
    ("POST", TOKEN_PATH): "TOKEN",
    ("POST", f"{BASE}/particulier"): "M010",
    ("GET", f"{BASE}/particulier"): "M020",
    ("POST", f"{BASE}/demandePaiement"): "M050",
    ("POST", f"{BASE}/demandePaiement/rechercher"): "M070",
}
HTML = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{1}</h1></body></html>\n"


class Drop(Exception):
    """The connection must be closed without an answer: politely, or by a reset."""

    def __init__(self, reset: bool):
        super().__init__("reset" if reset else "closed")
        self.reset = reset


def as_json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")


def as_html(status: int, title: str) -> Response:
    return Response(HTML.format(status, title), status, mimetype="text/html")


def bare(status: int, **headers: str) -> Response:
    """An answer without body and without content type."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


class Gateway:
    def __init__(self, store: Store, stopping: threading.Event, latency: float = 0.0):
        self.store = store
        self.stopping = stopping
        self.latency = latency

    def __call__(self, request: Request) -> Response:
        """Answer one request of the API, and write it into the journal.

        :raises Drop: a fault cuts the connection
        """
        call = ROUTES.get((request.method, request.path))
        if not call:
            return as_html(404, "Not Found")
        started, body = time.monotonic(), request.get_data()
        with self.store.lock:
            self.store.calls[call] += 1
            provider = oauth.credentials(request)[0] if call == "TOKEN" else oauth.provider_of(self.store, request)
            fault = faults.take(self.store, call, body, provider)
            at = self.store.clock.now()
        entry = {"at": at, "call": call, "method": request.method, "path": request.path, "status": None, "answer": ""}
        entry |= {"fault": fault["name"] if fault else "", "body": masked_text(body, request.mimetype)}
        if self.latency:
            self.stopping.wait(self.latency)
        try:
            response = self.play(call, request, body, fault)
            entry["status"] = response.status_code
            entry["answer"] = masked_text(response.get_data(), response.mimetype)
            return response
        finally:
            entry["seconds"] = round(time.monotonic() - started, 3)
            with self.store.lock:
                self.store.journal.append(entry)

    def play(self, call: str, request: Request, body: bytes, fault: dict | None) -> Response:
        if not fault:
            return self.work(call, request, body)
        name, when = fault["name"], faults.KINDS[fault["name"]].when
        if when == faults.BEFORE:
            self.stopping.wait(fault["seconds"])
            return self.ruined(call, request, fault)
        if when == faults.AFTER:
            self.work(call, request, body)
            self.stopping.wait(fault["seconds"])
            return self.ruined(call, request, fault)
        if name in faults.HIDING:
            return self.work(call, request, body, hidden=fault)
        # Slowness comes before the work: the caller may be gone when it is done.
        self.stopping.wait(fault["seconds"])
        sink = "any" if name == "sink_batch" else ""
        refused = fault["code"] if name == "item_error" else ""
        response = self.work(call, request, body, sink, refused)
        return self.spoiled(request, response, fault) if is_spoiling(name) else changed(response, name)

    def spoiled(self, request: Request, response: Response, fault: dict) -> Response:
        """The true answer, or the true refusal, with something in it that nobody expects."""
        if response.mimetype != "application/json":
            return response
        data = response.get_data()
        with self.store.lock:
            provider = oauth.provider_of(self.store, request)
            others = [
                known["ref"]
                for known in self.store.requests.values()
                if known["client_id"] == provider and known["ref"].encode() not in data
            ]
        response.set_data(spoilt.spoiled(data, fault, others))
        return response

    def ruined(self, call: str, request: Request, fault: dict) -> Response:
        """The answer of a fault that hides the true one."""
        name = fault["name"].removesuffix("_once").removesuffix("_before").removesuffix("_after")
        retry = {} if fault["retry_after"] is None else {"Retry_After": str(fault["retry_after"])}
        if name in ("dead", "reset", "timeout"):
            raise Drop(reset=name == "reset")
        if name == "unauthorized":
            with self.store.change():
                oauth.revoke(self.store, request)
            if call == "TOKEN":
                body = {"error": "invalid_client", "error_description": "Client authentication failed"}
                return as_json(body, 401)
            return bare(401, WWW_Authenticate="Bearer")
        answers = {
            "empty_400": lambda: bare(400),
            "empty_200": lambda: bare(200),
            "errors_400": lambda: as_json([error(fault["code"], fault.get("message", ""))], 400),
            "too_many": lambda: as_json([error("ERR_NBRE_PREST_MAX", "", payments.TOO_MANY.format(10))], 400),
            "forbidden": lambda: bare(403),
            "not_found": lambda: as_html(404, "Not Found"),
            "throttled": lambda: bare(429, **retry),
            "error_500": lambda: as_json([error("ERREUR_TECHNIQUE", "Erreur technique")], 500),
            "maintenance_503": lambda: bare(503, **retry),
            "spoilt_html": lambda: Response(spoilt.HTML, 200, mimetype="text/html"),
            "spoilt_retry": lambda: bare(429, **retry),
            "html": lambda: as_html(200, "Service momentanément indisponible"),
            "redirect_302": lambda: bare(302, Location="/indisponible"),
        }
        return answers[name]()

    def work(
        self,
        call: str,
        request: Request,
        body: bytes,
        sink: str = "",
        refused: str = "",
        hidden: dict | None = None,
    ) -> Response:
        """The true work of one call. ``hidden``: the fault that hides requests from a search."""
        if call == "TOKEN":
            return self.token(request)
        with self.store.lock:
            provider = oauth.provider_of(self.store, request)
        if not provider:
            return bare(401, WWW_Authenticate="Bearer")
        exact = plain = None
        if request.method == "POST":
            if request.mimetype != "application/json":
                return bare(415)
            try:
                exact, plain = read(body)
            except Unreadable:
                return as_json([error("PARAM_INVALIDE", "Requête incorrecte", "Le corps est illisible")], 400)
        store = self.store
        try:
            if call in ("M010", "M050"):
                with store.change():
                    lifecycle.tick(store)
                    if call == "M010":
                        return as_json(customers.register(store, provider, exact))
                    if refused:
                        return as_json([refusal(item, refused) for item in plain])
                    return as_json(payments.submit(store, provider, exact, plain, sink))
            with store.lock:
                if lifecycle.tick(store):
                    store.save()
                if call == "M020":
                    args = request.args
                    return as_json(customers.status(store, provider, args.get("idClient"), args.get("adresseMail")))
                return as_json(searches.search(store, provider, exact, hidden))
        except customers.Refusal as exc:
            return as_json(exc.errors, 400)

    def token(self, request: Request) -> Response:
        try:
            with self.store.change():
                response = as_json(oauth.grant(self.store, request))
        except oauth.OAuthError as exc:
            response = as_json(exc.body, exc.status)
            if exc.status == 401 and "Authorization" in request.headers:
                response.headers["WWW-Authenticate"] = "Basic"
        response.headers["Cache-Control"] = "no-store"
        return response


def refusal(item: object, code: str) -> dict:
    known = item if isinstance(item, dict) else {}
    return {"idClient": known.get("idClient"), "numFactureTiers": known.get("numFactureTiers"), "errors": [error(code)]}


def is_spoiling(name: str) -> bool:
    return name.startswith("spoilt_") or name in ("wrong_id", "foreign_echo", "silent_echo", "double_state")


def changed(response: Response, name: str) -> Response:
    """The true answer with one thing wrong in it."""
    data = response.get_data()
    if name == "truncated":
        response.set_data(data[: len(data) // 2])
    elif name == "truncated_wire":
        response.set_data(data[: len(data) // 2])
        response.headers["Content-Length"] = str(len(data))
    elif name in ("slow", "sink_batch", "item_error") or response.status_code != 200:
        return response
    else:
        body = json.loads(data)
        response.set_data(json.dumps(twisted(body, name), ensure_ascii=False))
    return response


def twisted(body: object, name: str) -> object:
    """A body of M050, M070 or M020 with its items in disorder, fewer, more, or with an unknown code."""
    items = body if isinstance(body, list) else body.get("infoDemandePaiements") if isinstance(body, dict) else None
    if name == "Errors_key" and isinstance(body, dict) and "errors" in body:
        body["Errors"] = body.pop("errors")
    elif name == "unknown_status":
        for item in items if items is not None else [body]:
            if isinstance(item.get("statut"), dict):
                item["statut"] |= {"code": "999", "libelle": "Statut inconnu"} if items is not None else {"code": "XX"}
            elif "statut" in item:
                item["statut"] = "999"
    elif not items:
        return body
    elif name == "shuffle":
        order = items[:]
        while len(items) > 1 and items == order:
            random.shuffle(items)
    elif name == "drop_item":
        items.pop()
    elif name == "extra_item":
        # A request nobody asked about: another number, another reference.
        extra = json.loads(json.dumps(items[0]))
        extra.get("demandePaiement", extra)["numFactureTiers"] = "INCONNUE"
        items.append(extra | {"idDemandePaiement": "99999999999999"})
    elif name == "id_and_errors":
        for item in items:
            item.setdefault("idDemandePaiement", "0")
            item["errors"] = [error("ERREUR_TECHNIQUE")]
    return body
