"""Small HTTP clients for the demonstration: Odoo as a browser calls it, and the other side at the simulator."""

from datetime import UTC, datetime

import requests

TIMEOUT = 120  # seconds; the first call after a start builds Odoo's caches


class CallFailed(Exception):
    """Odoo or the simulator answered with an error; the text is meant for a person."""


class Odoo:
    """One user's session.

    :param company: name of the company to work in; empty: the user's own
    :raises CallFailed: wrong login, or Odoo cannot be reached
    """

    def __init__(self, url: str, db: str, login: str, password: str, company: str = ""):
        self.url = url.rstrip("/")
        self.http = requests.Session()
        self.context = {}
        session = self._post("/web/session/authenticate", {"db": db, "login": login, "password": password})
        self.uid = session["uid"]
        companies = session["user_companies"]
        company_id = companies["current_company"]
        if company:
            names = {item["name"]: item["id"] for item in companies["allowed_companies"].values()}
            if company not in names:
                raise CallFailed(f"L'utilisateur « {login} » n'a pas accès à la société {company}.")
            company_id = names[company]
        self.context = session["user_context"] | {"lang": "fr_FR", "allowed_company_ids": [company_id]}
        self.company_id = company_id

    def call(self, model: str, method: str, *args, context: dict | None = None, **kwargs):
        """``model.method(*args, **kwargs)`` as this user.

        :raises CallFailed: with Odoo's own sentence
        """
        kwargs["context"] = self.context | (context or {})
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", params)

    def click(self, model: str, method: str, record_id: int):
        """Click a button of a record's form or row; the action that it opens, if any."""
        params = {"model": model, "method": method, "args": [[record_id]], "kwargs": {"context": self.context}}
        return self._post(f"/web/dataset/call_button/{model}/{method}", params)

    def create(self, model: str, values: dict, context: dict | None = None) -> int:
        return self.call(model, "create", [values], context=context)[0]

    def read(self, model: str, record_id: int, *names: str) -> dict:
        return self.call(model, "read", [record_id], list(names))[0]

    def find(self, model: str, *domain) -> list[int]:
        return self.call(model, "search", list(domain))

    def find_one(self, model: str, *domain) -> int:
        found = self.find(model, *domain)
        if not found:
            raise CallFailed(f"{model} : rien ne répond à {list(domain)}. Les données de démonstration y sont-elles ?")
        return found[0]

    def _post(self, path: str, params: dict):
        try:
            answer = self.http.post(
                self.url + path, json={"jsonrpc": "2.0", "method": "call", "params": params}, timeout=TIMEOUT
            )
            body = answer.json()
        except requests.RequestException as exc:
            raise CallFailed(f"Odoo ne répond pas à l'adresse {self.url} ({type(exc).__name__}).") from exc
        if "error" in body:
            error = body["error"]
            if (error.get("data") or {}).get("name") == "odoo.exceptions.AccessDenied":
                raise CallFailed(f"Odoo refuse le mot de passe de « {params.get('login')} ».")
            raise CallFailed((error.get("data") or {}).get("message") or error.get("message") or "erreur inconnue")
        return body["result"]


class Simulator:
    """The control routes of the simulator: its clock, and what households decide."""

    def __init__(self, url: str):
        self.url = url.rstrip("/")

    def get(self, path: str):
        return self._call("GET", path)

    def post(self, path: str, **values):
        return self._call("POST", path, values)

    def state(self) -> dict:
        return self.get("state")

    def set_clock(self, moment: datetime) -> None:
        self.post("clock", set=moment.astimezone(UTC).isoformat())

    def advance(self, hours: float) -> None:
        self.post("clock", advance_hours=hours)

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def _call(self, verb: str, path: str, values: dict | None = None):
        try:
            answer = requests.request(verb, f"{self.url}/_sim/{path}", json=values, timeout=TIMEOUT)
            body = answer.json()
        except requests.RequestException as exc:
            raise CallFailed(f"Le simulateur ne répond pas à l'adresse {self.url} ({type(exc).__name__}).") from exc
        if answer.status_code >= 400:
            raise CallFailed(f"Le simulateur refuse « {path} » : {body.get('error', answer.status_code)}")
        return body
