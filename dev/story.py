"""Play the main job once, over HTTP, as the invoicing user of the demonstration would.

    python dev/story.py --odoo http://127.0.0.1:8069 --simulator http://127.0.0.1:8090 --db NAME

Prints one line a step, in French. Exit code 0 when each step held, else 1 with the step that did not.
Each run has a household and an invoice of its own, left there to look at; what others did is not touched.

No date rule is relaxed. The simulator's clock goes back some days: the household activates the account, the services
follow, the invoice leaves, two days pass, URSSAF pays; all of it before today. Then the clock is back where it was.
"""

import argparse
import contextlib
import csv
import io
import sys
import unicodedata
from datetime import UTC, date, datetime, timedelta

from demo_rpc import CallFailed, Odoo, Simulator
from demo_states import align, prepare

COMPANY = "Exemple Services"
STATES = {
    "draft": "Non inscrit",
    "pending": "En attente d'activation",
    "active": "Actif",
    "integrated": "Intégrée",
    "awaiting": "En attente de validation",
    "validated": "Validée",
    "debited": "Prélevée",
    "paid": "Payée",
}
FIRST_NAMES = (
    "Nadia", "Inès", "Louise", "Clara", "Agathe", "Solène", "Maëlle", "Élodie", "Juliette", "Noémie",
    "Hugo", "Malo", "Lucas", "Yann", "Gabriel", "Rémi", "Arthur", "Victor", "Samuel", "Théo",
)  # fmt: skip
MEN_FROM = FIRST_NAMES.index("Hugo")
LAST_NAMES = (
    "Lambert", "Rousseau", "Prigent", "Chevalier", "Moreau", "Le Roux", "Guérin", "Blanchard", "Mercier",
    "Renaud", "Tanguy", "Besnard", "Collet", "Perrot", "Hamon", "Gautier", "Joubert", "Salaün", "Aubry",
)  # fmt: skip
LINES = (("MENAGE", "Ménage et repassage", 3.0), ("SOUTIEN", "Soutien scolaire, français", 2.0))


class StepFailed(Exception):
    """What was expected, and what came instead."""

    def __init__(self, expected: str, got: object):
        super().__init__(f"attendu : {expected} ; obtenu : {got}")


def expect(expected, got, *, shown: str = "") -> None:
    if got != expected:
        raise StepFailed(shown or STATES.get(expected, str(expected)), STATES.get(got, got))


def euros(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"


def day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


class Story:
    """The steps, in order. Each returns what to print, and the amount of the line when it has one (euros).

    It raises StepFailed or CallFailed when it does not hold.
    """

    def __init__(self, odoo_url: str, simulator_url: str, db: str, admin: tuple[str, str]):
        self.admin_login = admin
        self.open_session = lambda login, password: Odoo(odoo_url, db, login, password, COMPANY)
        self.simulator = Simulator(simulator_url)
        self.ahead = None
        self.now = datetime.now(UTC)
        today = self.now.date()
        self.registered_at = self.now - timedelta(days=13)
        self.activated_at = self.now - timedelta(days=12)
        # Two to three days of services in one month, whatever today is; then the invoice leaves a week before today.
        self.date_end = today - timedelta(days=8)
        self.date_start = max(today - timedelta(days=10), self.date_end.replace(day=1))
        self.sent_at = self.now - timedelta(days=7)

    def steps(self):
        """Title, what is expected of it, and the step."""
        return (
            ("Connexion testée", "une connexion établie", self.test_connection),
            ("Comptabilité prête", "un journal et un compte", self.keep_books),
            ("Client créé", "une fiche complète", self.create_household),
            ("Inscription transmise", STATES["pending"], self.register),
            ("Compte activé", "une activation au simulateur", self.activate),
            ("Statut actualisé", STATES["active"], self.refresh_household),
            ("Facture confirmée", "une facture confirmée", self.create_invoice),
            ("Facture envoyée", STATES["integrated"], self.send),
            ("48 h plus tard", STATES["validated"], self.approved),
            ("Le lendemain", STATES["debited"], self.debited),
            ("Trois jours plus tard", STATES["paid"], self.paid),
            ("Relevé bancaire importé", "une ligne de banque", self.import_statement),
            ("Virement rapproché", "plus rien n'est dû pour cette facture", self.match),
            # The households and invoices of the demonstration, each brought to a state of its own.
            ("Listes de démonstration", "des demandes dans chaque état", self.prepare),
        )

    def prepare(self) -> str:
        return prepare(self.marie, self.admin, self.simulator)

    # -- the settings -----------------------------------------------------------------------------

    def test_connection(self) -> str:
        """The only step of an administrator: an invoicing user has no access to the settings."""
        admin = self.admin = self.open_session(*self.admin_login)
        self.marie = self.open_session("marie", "marie")
        self.begin()
        settings = admin.create("res.config.settings", {})
        notice = admin.call("res.config.settings", "action_urssaf_test_connection", [settings])["params"]
        if notice["type"] != "success":
            raise StepFailed("une connexion établie", notice["message"])
        return f"{COMPANY} (par l'administrateur ; la suite par Marie)"

    def keep_books(self) -> str:
        """One click makes journal and account; what the simulator pays is booked here, for it is a demonstration."""
        settings = self.admin.create("res.config.settings", {})
        self.admin.call("res.config.settings", "action_urssaf_setup_money", [settings])
        company = self.admin.company_id
        values = {"urssaf_register_payments": True, "urssaf_book_trials": True}
        before = self.admin.read("res.company", company, "urssaf_journal_id", "urssaf_payments_from")
        # What the demonstration's other invoices were paid, too.
        first = f"{self.now - timedelta(days=120):%Y-%m-%d}"
        if before["urssaf_payments_from"] > first:
            values["urssaf_payments_from"] = first
        self.admin.call("res.company", "write", [company], values)
        return before["urssaf_journal_id"][1]

    def begin(self) -> None:
        """Bring the simulator to where the story starts."""
        state = self.simulator.state()
        # Where the clock goes back to: today, or further when somebody had advanced it.
        self.ahead = max(datetime.fromisoformat(state["clock"]) - datetime.now(UTC), timedelta(0))
        if state["faults"]:
            self.simulator.clear_faults()
        align(self.marie, self.simulator)
        self.simulator.set_clock(self.registered_at)

    def end(self) -> None:
        """Put the clock back, when it was moved and the simulator is still there."""
        if self.ahead is not None:
            with contextlib.suppress(CallFailed):
                self.simulator.set_clock(datetime.now(UTC) + self.ahead)

    # -- the household ----------------------------------------------------------------------------

    def choose_person(self) -> tuple[int, str, str]:
        """The first name and last name that nobody has yet, and their rank."""
        partners = self.marie.call("res.partner", "search_read", [["is_company", "=", False]], ["email"])
        taken = {partner["email"] for partner in partners}
        taken |= {customer["contact"][0] for customer in self.simulator.state()["customers"]}
        for rank in range(len(FIRST_NAMES) * len(LAST_NAMES)):
            first = FIRST_NAMES[rank % len(FIRST_NAMES)]
            last = LAST_NAMES[rank % len(LAST_NAMES)]
            if email_of(first, last) not in taken:
                return rank, first, last
        raise StepFailed("un nom encore libre", "tous les noms de l'histoire sont pris : créez une base neuve")

    def create_household(self) -> str:
        rank, first, last = self.choose_person()
        man = rank % len(FIRST_NAMES) >= MEN_FROM
        odoo = self.marie
        france = odoo.find_one("res.country", ["code", "=", "FR"])
        mobile = f"06 39 98 {20 + rank // 100:02} {rank % 100:02}"
        self.name = f"{first} {last}"
        self.household = odoo.create("res.partner", {
            "name": self.name,
            "customer_rank": 1,
            "lang": "fr_FR",
            "company_id": odoo.company_id,
            "street": f"{5 + rank} rue des Lilas",
            "zip": "35000",
            "city": "Rennes",
            "country_id": france,
            "email": email_of(first, last),
            "phone": mobile,
            "urssaf_civility": "1" if man else "2",
            "urssaf_birth_name": last,
            "urssaf_first_names": first,
            "urssaf_birth_date": str(date(1974, 3, 8) + timedelta(days=97 * rank)),
            "urssaf_birth_country_id": france,
            "urssaf_birth_commune_id": odoo.find_one("insee.commune", ["code", "=", "35238"]),
            "urssaf_mobile": mobile,
            "urssaf_consent_date": str(self.registered_at.date()),
            "urssaf_consent_origin": "Accord signé au premier rendez-vous",
        })  # fmt: skip
        account = odoo.create("res.partner.bank", {
            "partner_id": self.household,
            "acc_number": french_iban("20041", "01005", 7_000_000 + rank),
            "acc_holder_name": f"{'M.' if man else 'Mme'} {last} {first}",
            "bank_id": odoo.find_one("res.bank", ["bic", "=", "PSSTFRPP"]),
        })  # fmt: skip
        odoo.call("res.partner", "write", [self.household], {"urssaf_bank_account_id": account})
        state = odoo.read("res.partner", self.household, "urssaf_registration_state")["urssaf_registration_state"]
        if state:
            expect("draft", state)
        return f"{self.name}, 35000 Rennes"

    def registration(self) -> dict:
        partner = self.marie.read("res.partner", self.household, "urssaf_registration_id", "urssaf_registration_state")
        if not partner["urssaf_registration_id"]:
            raise StepFailed("une inscription", "aucune")
        return self.marie.read(
            "urssaf.registration", partner["urssaf_registration_id"][0], "customer_ref", "state", "activated_at"
        )

    def register(self) -> str:
        self.marie.call("res.partner", "action_urssaf_register", [self.household])
        registration = self.registration()
        expect("pending", registration["state"])
        self.customer_ref = registration["customer_ref"]
        return STATES["pending"]

    def activate(self) -> str:
        """The household follows the link of URSSAF's message: at the simulator, some days back."""
        self.simulator.set_clock(self.activated_at)
        self.simulator.post(f"customers/{self.customer_ref}/activate", at=self.activated_at.isoformat())
        return f"par {self.name}, le {day(self.activated_at)}"

    def refresh_household(self) -> str:
        self.marie.call("res.partner", "action_urssaf_refresh", [self.household])
        registration = self.registration()
        expect("active", registration["state"])
        activated_at = datetime.fromisoformat(registration["activated_at"]).replace(tzinfo=UTC)
        if abs(activated_at - self.activated_at) > timedelta(hours=3):
            raise StepFailed(f"une activation le {self.activated_at:%d/%m/%Y %H:%M}", f"{activated_at:%d/%m/%Y %H:%M}")
        return f"{STATES['active']} depuis le {day(activated_at)}"

    # -- the invoice ------------------------------------------------------------------------------

    def create_invoice(self) -> str:
        odoo = self.marie
        lines = [
            [0, 0, {
                "product_id": odoo.find_one("product.product", ["default_code", "=", code]),
                "name": label,
                "quantity": hours,
            }]
            for code, label, hours in LINES
        ]  # fmt: skip
        self.invoice = odoo.create("account.move", {
            "move_type": "out_invoice",
            "partner_id": self.household,
            "invoice_date": str(self.sent_at.date()),
            "invoice_date_due": str(self.sent_at.date()),
            "invoice_line_ids": lines,
        })  # fmt: skip
        odoo.call("account.move", "action_post", [self.invoice])
        invoice = odoo.read("account.move", self.invoice, "name", "amount_total", "state")
        expect("posted", invoice["state"], shown="une facture confirmée")
        self.number, self.total = invoice["name"], invoice["amount_total"]
        services = ", ".join(f"{label.split(',')[0].lower()} {hours:g} h" for _code, label, hours in LINES)
        return f"{self.number} : {services}", self.total

    def send(self) -> str:
        """Odoo's own Send & Print window, with our option ticked and an e-mail to the household."""
        self.simulator.set_clock(self.sent_at)
        odoo = self.marie
        nature = odoo.find_one("urssaf.nature", ["code", "=", "60"])
        wizard = odoo.create("account.move.send.wizard", {
            "move_id": self.invoice,
            "sending_methods": ["email"],
            "extra_edis": ["urssaf"],
            "urssaf_nature_id": nature,
            "urssaf_date_start": str(self.date_start),
            "urssaf_date_end": str(self.date_end),
        }, context={"active_model": "account.move", "active_ids": [self.invoice]})  # fmt: skip
        alerts = odoo.read("account.move.send.wizard", wizard, "alerts")["alerts"] or {}
        refused = [alert["message"] for alert in alerts.values() if alert.get("level") == "danger"]
        if refused:
            raise StepFailed("une facture qui peut partir", " ".join(refused))
        odoo.call("account.move.send.wizard", "action_send_and_print", [wizard])
        request = self.request("integrated")
        received = self.simulator.state()["accepted"].get(self.number, 0)
        expect(1, received, shown="une seule demande reçue par l'URSSAF")
        return f"{STATES['integrated']}, n° {request['request_ref']}", request["amount_total"]

    def request(self, state: str) -> dict:
        """The invoice's request, which must stand in this state."""
        invoice = self.marie.read("account.move", self.invoice, "urssaf_request_id", "urssaf_state")
        if not invoice["urssaf_request_id"]:
            raise StepFailed(f"une demande {STATES[state]}", "aucune demande sur la facture")
        request = self.marie.read(
            "urssaf.payment.request", invoice["urssaf_request_id"][0],
            "state", "request_ref", "amount_total", "amount_household", "transfer_amount", "transfer_date", "error_text",
        )  # fmt: skip
        if request["state"] != state:
            got = STATES.get(request["state"], request["state"])
            raise StepFailed(STATES[state], f"{got} {request['error_text'] or ''}".strip())
        expect(state, invoice["urssaf_state"])
        return request

    def after(self, hours: float, state: str) -> dict:
        """Let time pass at the simulator, then ask for news as the button of the invoice does."""
        self.simulator.advance(hours)
        self.marie.call("account.move", "action_urssaf_refresh", [self.invoice])
        return self.request(state)

    def approved(self) -> str:
        request = self.after(48, "validated")
        return f"{STATES['validated']} : le client paiera", request["amount_household"]

    def debited(self) -> str:
        request = self.after(24, "debited")
        return f"{STATES['debited']} sur le compte du client", request["amount_household"]

    def paid(self) -> str:
        request = self.after(72, "paid")
        expect(round(self.total, 2), round(request["transfer_amount"], 2), shown=f"un virement de {euros(self.total)}")
        self.transfer_date = date.fromisoformat(request["transfer_date"])
        invoice = self.marie.read("account.move", self.invoice, "payment_state", "amount_residual")
        expect(0.0, invoice["amount_residual"], shown="une facture réglée dans les comptes")
        return f"{STATES['paid']} : virement de l'URSSAF le {day(self.transfer_date)}", request["transfer_amount"]

    # -- the accountant -----------------------------------------------------------------------------

    def import_statement(self) -> str:
        """A file of the bank, through Odoo's own import."""
        self.accountant = self.open_session("comptable", "comptable")
        self.transfer = self.accountant.find_one(
            "urssaf.transfer", ["value_date", "=", str(self.transfer_date)], ["kind", "=", "transfer"]
        )
        transfer = self.accountant.read("urssaf.transfer", self.transfer, "amount_open")
        journal = self.accountant.read(
            "account.journal",
            self.accountant.find_one(
                "account.journal", ["type", "=", "bank"], ["company_id", "=", self.accountant.company_id]
            ),
            "name",
        )
        columns = ("date", "payment_ref", "amount", "journal_id")
        row = (str(self.transfer_date), f"VIR URSSAF {self.number}", transfer["amount_open"], journal["name"])
        file = io.StringIO()
        csv.writer(file).writerows((columns, row))
        options = {"quoting": '"', "separator": ",", "has_headers": True, "date_format": "%Y-%m-%d"}
        wizard = self.accountant.create(
            "base_import.import",
            {
                "res_model": "account.bank.statement.line",
                "file": file.getvalue(),
                "file_type": "text/csv",
            },
        )
        done = self.accountant.call("base_import.import", "execute_import", [wizard], columns, columns, options)
        if errors := [message["message"] for message in done.get("messages", ())]:
            raise StepFailed("une ligne de banque", " ".join(errors))
        (self.bank_line,) = done["ids"]
        return f"{journal['name']}, par le comptable", transfer["amount_open"]

    def match(self) -> str:
        """The window proposes the line; the accountant confirms."""
        window = self.accountant.create("urssaf.transfer.match", {"transfer_id": self.transfer})
        proposed = self.accountant.read("urssaf.transfer.match", window, "statement_line_id")["statement_line_id"]
        expect(self.bank_line, proposed and proposed[0], shown="la ligne importée, proposée")
        self.accountant.call("urssaf.transfer.match", "action_confirm", [window])
        transfer = self.accountant.read("urssaf.transfer", self.transfer, "amount_open", "amount_received")
        expect(0.0, transfer["amount_open"], shown="un virement reçu en entier")
        return "reçu par la banque", transfer["amount_received"]


def email_of(first: str, last: str) -> str:
    plain = unicodedata.normalize("NFD", f"{first}.{last}".lower().replace(" ", "-"))
    return "".join(char for char in plain if not unicodedata.combining(char)) + "@example.com"


def french_iban(bank: str, branch: str, number: int) -> str:
    """An account that exists nowhere, with the keys a bank would have given it."""
    account = f"{number:011}"
    rib_key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    body = f"{bank}{branch}{account}{rib_key:02}"
    # F is 15 and R is 27 in the international key
    return f"FR{98 - int(f'{body}152700') % 97:02}{body}"


def tell(title: str, expected: str, play) -> bool:
    """Play one step and print its line. False when it did not hold."""
    try:
        result = play()
    except (StepFailed, CallFailed) as exc:
        got = exc if isinstance(exc, StepFailed) else f"attendu : {expected} ; obtenu : {exc}"
        print(f"  ✖  {title:<26}{got}", flush=True)
        return False
    text, amount = result if isinstance(result, tuple) else (result, None)
    print(f"  ✔  {title:<26}{text:<66}{euros(amount) if amount else '':>12}".rstrip(), flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description="Play the main job once, over HTTP.")
    parser.add_argument("--odoo", required=True, metavar="URL")
    parser.add_argument("--simulator", required=True, metavar="URL")
    parser.add_argument("--db", required=True, metavar="NAME")
    parser.add_argument("--admin", default="admin:admin", metavar="LOGIN:PASSWORD", help="default admin:admin")
    args = parser.parse_args()
    story = Story(args.odoo, args.simulator, args.db, tuple(args.admin.split(":", 1)))
    print("\nAvance immédiate, de l'inscription au paiement. Simulateur : rien ne part à l'URSSAF.\n", flush=True)
    try:
        held = all(tell(*step) for step in story.steps())
    finally:
        story.end()
    if not held:
        print("\nL'histoire s'arrête à cette étape.\n", flush=True)
        return 1
    print(f"\nÀ voir dans Odoo : le client {story.name} et la facture {story.number}.\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
