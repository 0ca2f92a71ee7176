"""Distinctive values are planted, the main flows are run with their failures, and then the values are looked for: in the
DEBUG log, in every table, in every answer, in what each kind of user reads and exports.

What may be found where is the table ``ALLOWED``; the table of what was found is printed.
"""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from demo_rpc import CallFailed, Odoo
from machine import ADDON
from service_day import day_of_services

SECRET, TOKEN = "plante-secret-9X7", "plante-jeton-5Z3"
IBAN = "FR7630006000019876543210173"
BIRTH = {"1951-03-29", "29/03/1951", "29-03-1951", "29.03.1951", "29031951", "19510329"}
# What is planted, in the forms it may take.
VALUES = {
    "client secret": {SECRET},
    "token": {TOKEN},  # and those of the simulator, once they are known
    "IBAN": {IBAN, " ".join(IBAN[at : at + 4] for at in range(0, len(IBAN), 4))},
    "BIC": {"PLANFRPPXXX"},
    "account holder": {"Titularissime"},
    "birth date": BIRTH,
    "birth name": {"Quenouillard"},
    "first names": {"Philibertine", "Aldegonde"},
    "birth town": {"Camaret-sur-Mer"},
    "e-mail": {"plante.mail@example.com"},
    "mobile": {"0639984477", "06 39 98 44 77", "+33639984477", "+33 6 39 98 44 77"},
}
# Odoo's own fields: in its tables and mails and on the household's own pages, but never in logs and exchanges.
CONTACT = {"e-mail", "mobile"}
COLUMNS = {
    "client secret": {"res_company.urssaf_client_secret"},
    "token": {"urssaf_token.value"},
    "IBAN": {"res_partner_bank.acc_number", "res_partner_bank.sanitized_acc_number"},
    "BIC": {"res_bank.bic", "res_bank.name", "mail_tracking_value.new_value_char"},
    "account holder": {"res_partner_bank.acc_holder_name", "mail_tracking_value.new_value_char"},
    # The frozen payload is what leaves; nobody reads it.
    "birth date": {"res_partner.urssaf_birth_date", "urssaf_payment_request.payload"},
    # What was sent is kept while its answer is out, to recognise the household in it; nobody reads it.
    "birth name": {"res_partner.urssaf_birth_name", "urssaf_registration_attempt.sent_values"},
    "first names": {"res_partner.urssaf_first_names", "urssaf_registration_attempt.sent_values"},
    "birth town": {"insee_commune.name"},  # and not on anybody's record but by reference
    "e-mail": {"urssaf_registration.email_sent"},  # where URSSAF writes to, whatever the contact says later
}
# Not of our making: `res.partner.bank` is open to internal users in Odoo, and keeps a chatter of its own.
BANK = dict.fromkeys(("res.partner.bank", "mail.message"), {"IBAN", "account holder", "BIC"}) | {"res.bank": {"BIC"}}
PERSONAL = {"IBAN", "BIC", "account holder", "birth date", "birth name", "first names", "birth town"}
# Who reads and exports what, by model.
READERS = {
    "marie": {**BANK, "res.partner": PERSONAL, "res.users": PERSONAL, "urssaf.registration": {"e-mail"}},
    "plante_lecteur": {**BANK, "res.partner": PERSONAL, "res.users": PERSONAL, "urssaf.registration": {"e-mail"}},
    "plante_employe": BANK,
    "plante_portail": {},
    "plante_voisin": BANK,
}
FAULTS_M010 = (
    "errors_400",
    "empty_400",
    "html",
    "error_500",
    "forbidden",
    "throttled",
    "dead_before",
    "dead_after",
    "truncated",
    "unauthorized",
)
FAULTS_M050 = (*FAULTS_M010, "item_error", "drop_item", "unknown_status")


class Echo(BaseHTTPRequestHandler):
    """A service that refuses everything and quotes what it was sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path.endswith("/token"):
            self.say(200, {"access_token": TOKEN, "expires_in": 3600})
        else:
            born = "né le 29/03/1951" if "1951-03-29" in body else ""
            account = " ".join(IBAN[at : at + 4] for at in range(0, len(IBAN), 4)) if IBAN in body else ""
            self.say(
                400,
                [
                    {
                        "code": "ERR_ECHO",
                        "message": f"{born} {account} {self.headers['Authorization']} {SECRET}",
                        "description": f"Refusé : {body}"[:1900],
                    }
                ],
            )

    do_GET = do_POST

    def say(self, status, values):
        body = json.dumps(values, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """No log."""


@pytest.fixture
def echo():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Person(Odoo):
    """A user whose every answer is kept; a refusal is an answer, too."""

    def __init__(self, url, db, login, answers, company=""):
        self.answers = answers
        super().__init__(url, db, login, login, company)
        self.http.hooks["response"].append(lambda answer, *_args, **_more: answers.append((login, answer.text)))

    def tries(self, *args, **more):
        try:
            return self.call(*args, **more)
        except CallFailed:
            return None


class Visitor(Person):
    """A user of the portal: its session names no companies."""

    def __init__(self, url, db, login, answers):
        self.url, self.answers, self.context, self.http = url, answers, {}, requests.Session()
        self._post("/web/session/authenticate", {"db": db, "login": login, "password": login})
        self.http.hooks["response"].append(lambda answer, *_args, **_more: answers.append((login, answer.text)))


class Flows:
    """The main job, with everything that goes wrong on purpose."""

    def __init__(self, url, db, simulator, facts, answers):
        self.url, self.db, self.simulator, self.facts, self.answers = url, db, simulator, facts, answers
        self.admin = Person(url, db, "admin", answers, company="Exemple Services")
        self.marie = Person(url, db, "marie", answers)

    def control(self, route, method="POST", **body):
        requests.request(method, f"{self.simulator.url}/_sim/{route}", json=body, timeout=30).raise_for_status()

    def settings(self, client_id):
        """Entered as an administrator does, and tried."""
        new = self.admin.create(
            "res.config.settings",
            {
                "company_id": self.facts["company"],
                "urssaf_environment": "simulator",
                "urssaf_client_id": client_id,
                "urssaf_new_secret": SECRET,
            },
        )
        self.admin.tries("res.config.settings", "action_urssaf_test_connection", [new])

    def identity(self):
        return {
            "street": "12 rue des Exemples",
            "zip": "37000",
            "city": "Tours",
            "country_id": self.facts["france"],
            "phone": "06 39 98 44 77",
            "email": "plante.mail@example.com",
            "urssaf_civility": "2",
            "urssaf_birth_name": "Quenouillard",
            "urssaf_first_names": "Philibertine Aldegonde",
            "urssaf_birth_date": "1951-03-29",
            "urssaf_birth_commune_id": self.facts["town"],
            "urssaf_consent_date": "2026-01-05",
            "urssaf_consent_origin": "Accord signé",
        }

    def household(self, partner_id=None):
        partner_id = partner_id or self.marie.create(
            "res.partner", {"name": "Madame Testeuse", "company_id": self.facts["company"]}
        )
        self.marie.call("res.partner", "write", [partner_id], self.identity())
        for name, value in (("iban", IBAN), ("bic", "PLANFRPPXXX"), ("bank_holder", "Mme Titularissime Plante")):
            self.marie.call("res.partner", "write", [partner_id], {f"urssaf_{name}": value})
        return partner_id

    def register(self, partner_id):
        self.marie.tries("res.partner", "action_urssaf_register", [partner_id])
        self.marie.tries("res.partner", "action_urssaf_refresh", [partner_id])

    def invoice(self):
        today = day_of_services().isoformat()
        move = self.marie.create(
            "account.move",
            {
                "move_type": "out_invoice",
                "partner_id": self.facts["household"],
                "invoice_date": today,
                "urssaf_date_start": today,
                "urssaf_date_end": today,
                "urssaf_nature_id": self.facts["nature"],
                "invoice_line_ids": [
                    [
                        0,
                        0,
                        {
                            "name": "Cours",
                            "quantity": 3,
                            "price_unit": 30,
                            "tax_ids": [[5]],
                            "product_uom_id": self.facts["hour"],
                        },
                    ]
                ],
            },
        )
        self.marie.call("account.move", "action_post", [move])
        return move

    def send(self, move):
        wizard = self.marie.tries("urssaf.send.wizard", "create", [{"line_ids": [[0, 0, {"move_id": move}]]}])
        if wizard:
            self.marie.tries("urssaf.send.wizard", "action_send", wizard)
        self.marie.tries("account.move", "action_urssaf_refresh", [move])

    def run(self, echo):
        self.settings("plante-ident")
        household = self.household(self.facts["household"])
        for fault in FAULTS_M010:
            self.control("faults", name=fault, call="M010", times=3, retry_after=1)
            other = self.household()
            self.register(other)
            self.forget_number(other)
            self.all_is_well()
        self.register(household)
        reference = self.marie.read("res.partner", household, "urssaf_registration_id")["urssaf_registration_id"]
        reference = self.marie.read("urssaf.registration", reference[0], "customer_ref")["customer_ref"]
        self.control(f"customers/{reference}/activate", at="2026-01-05T10:00:00Z")
        self.register(household)
        for fault in FAULTS_M050:
            self.control("faults", name=fault, call="M050", times=3, retry_after=1)
            self.send(self.invoice())
            self.all_is_well()
        sent = self.invoice()
        self.send(sent)
        self.crons()
        self.pages(sent)
        self.quoted(echo)
        self.crons()
        return sent

    def all_is_well(self):
        self.control("faults", method="DELETE")
        self.end_pauses()

    def crons(self):
        for cron in self.facts["crons"]:
            self.admin.tries("ir.cron", "method_direct_trigger", [cron])

    def quoted(self, echo):
        """URSSAF refuses and quotes what it was sent."""
        self.admin.call("ir.config_parameter", "set_param", f"{ADDON}.simulator_url", echo)
        self.settings("plante-ident-2")
        self.register(self.household())
        self.send(self.invoice())

    def pages(self, move):
        """The household's own pages, and pages that fail."""
        portal = Visitor(self.url, self.db, "plante_portail", self.answers)
        self.marie.call("account.move", "message_subscribe", [move], [self.facts["household"]])
        for path in (
            "/my",
            "/my/invoices",
            f"/my/invoices/{move}",
            f"/my/invoices/{move}?report_type=html",
            "/my/account",
            "/my/invoices/99999999",
            "/nulle-part",
            "/web/content/99999999",
            "/report/html/account.report_invoice/x",
        ):
            portal.http.get(self.url + path, timeout=120)
        for method in ("action_urssaf_register", "action_urssaf_refresh", "jamais"):
            portal.tries("res.partner", method, [self.facts["household"]])
        # A failure with data in its arguments: what a traceback shows.
        self.marie.tries("res.partner", "write", [self.facts["household"]], {"urssaf_birth_date": "pas une date"})


def count_in(text, where, values, found):
    text = text.lower()
    for name, forms in values.items():
        found[name, where] += sum(text.count(form.lower()) for form in forms)


def test_planted_values_are_where_they_belong_and_nowhere_else(
    inside, odoo_process, odoo_database, workshop, simulator, echo, tmp_path, tables
):
    facts, _output = inside("inside_leaks", "people")
    log = tmp_path / "odoo.log"
    # SQL and calls with their values are what Odoo logs when it is asked to: not ours.
    _process, url = odoo_process(
        f"--logfile={log}",
        "--log-level=debug",
        "--log-handler=:DEBUG",
        "--log-handler=odoo.sql_db:INFO",
        "--log-handler=odoo.service.model:INFO",
        f"--log-db={odoo_database}",
        "--log-db-level=info",
    )
    answers = []
    flows = Flows(url, odoo_database, simulator, facts, answers)
    flows.end_pauses = lambda: workshop.psql(
        "UPDATE urssaf_connection SET paused_until = NULL, is_asked = FALSE", odoo_database
    )
    # All of them are one person, and the number that URSSAF gives is one household's.
    flows.forget_number = lambda partner: workshop.psql(
        f"UPDATE urssaf_registration SET customer_ref = NULL, state = 'draft' WHERE partner_id = {partner}",
        odoo_database,
    )
    flows.run(echo)

    tokens = workshop.psql("SELECT value FROM urssaf_token WHERE value IS NOT NULL", odoo_database).split()
    assert TOKEN in tokens
    assert len(tokens) > 1
    values = {**VALUES, "token": {TOKEN, *tokens}}
    readers = sorted(READERS)
    looked_for = {name: sorted(forms) for name, forms in values.items()}
    result, _output = inside("inside_leaks", "look", values=looked_for, logins=readers)

    found = Counter()
    text = log.read_text(errors="replace")
    assert '"POST /atp/v1/tiersPrestations/particulier' in text, "urllib3 was at DEBUG"
    count_in(text, "DEBUG log", values, found)
    for login, answer in answers:
        count_in(answer, f"answers to {login}", values, found)
    for place, name, count in result["columns"]:
        found[name, place] += count
    for login, model, field, name, count in result["readings"]:
        found[name, f"{login} reads {model}.{field}"] += count

    for login in readers:
        assert result["exported"][login] > 300 or login == "plante_portail", (
            "nothing was exported, and nothing looked at"
        )

    rows = [
        f"{name:15} {count:6}  {where}{'' if is_allowed(name, where) else '   ← LEAK'}"
        for (name, where), count in sorted(found.items())
        if count
    ]
    tables["planted values, and where they were found"] = lambda: "\n".join(["value            count  where", *rows])
    assert not [(name, where, count) for (name, where), count in found.items() if count and not is_allowed(name, where)]
    # The search finds what is there.
    for name, places in COLUMNS.items():
        assert any(found[name, place] for place in places), name


def is_allowed(name, where):
    if " reads " in where:
        login, _reads, field = where.split(" ", 2)
        model, _dot, name_of_field = field.rpartition(".")
        if name_of_field == "bank_ids":  # a contact's accounts by their names, of which Odoo makes no secret either
            model = "res.partner.bank"
        return name in READERS[login].get(model, ()) or (name in CONTACT and not model.startswith("urssaf."))
    if where == "DEBUG log":
        return False
    if where.startswith("answers"):
        return name in CONTACT
    if where in COLUMNS.get(name, ()):
        return True
    return name in CONTACT and not where.startswith(("urssaf_", "ir_logging"))
