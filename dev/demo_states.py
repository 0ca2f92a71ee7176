"""Bring the demonstration's households and invoices to where their names say: registered, paid, refused, scheduled…

Nothing is written behind anybody's back: the invoicing user registers and sends in Odoo, the households answer at the
simulator. What has been done already is left alone, so that this may run at each start.
"""

from collections import Counter
from datetime import UTC, datetime, time, timedelta

from demo_rpc import CallFailed, Odoo, Simulator

MODULE = "l10n_fr_avance_immediate"
SHOWN = {
    "paid": ("payée", "payées"),
    "refused": ("refusée", "refusées"),
    "awaiting": ("en attente", "en attente"),
    "scheduled": ("planifiée", "planifiées"),
    "to_send": ("à envoyer", "à envoyer"),
    "draft": ("brouillon", "brouillons"),
}
COMMENT = "Je n'ai eu que 3 heures de ménage."


class Demo:
    """The records of the demonstration, by the last part of their external id."""

    def __init__(self, marie: Odoo, admin: Odoo, simulator: Simulator):
        self.marie = marie
        self.simulator = simulator
        self.now = datetime.now(UTC)
        # External ids are the administrator's business.
        found = admin.call(
            "ir.model.data", "search_read", [["module", "=", MODULE], ["name", "=like", "demo_%"]], ["name", "res_id"]
        )
        self.ids = {row["name"].removeprefix("demo_"): row["res_id"] for row in found}
        self.invoices = [name.removeprefix("invoice_") for name in self.ids if name.startswith("invoice_")]

    # -- households -------------------------------------------------------------------------------

    def state_of(self, household: str) -> str:
        partner = self.marie.read("res.partner", self.ids[f"household_{household}"], "urssaf_registration_state")
        return partner["urssaf_registration_state"] or "draft"

    def register(self, household: str, at: datetime) -> None:
        if self.state_of(household) != "draft":
            return
        self.simulator.set_clock(at)
        self.marie.call("res.partner", "action_urssaf_register", [self.ids[f"household_{household}"]])

    def activate(self, household: str, at: datetime) -> None:
        if self.state_of(household) != "pending":
            return
        partner = self.ids[f"household_{household}"]
        registration = self.marie.read("res.partner", partner, "urssaf_registration_id")["urssaf_registration_id"]
        ref = self.marie.read("urssaf.registration", registration[0], "customer_ref")["customer_ref"]
        self.simulator.set_clock(at)
        self.simulator.post(f"customers/{ref}/activate", at=at.isoformat())
        self.marie.call("res.partner", "action_urssaf_refresh", [partner])

    # -- invoices ---------------------------------------------------------------------------------

    def invoice(self, name: str) -> dict:
        return self.marie.read(
            "account.move", self.ids[f"invoice_{name}"],
            "name", "state", "invoice_date", "urssaf_date_end", "urssaf_state", "urssaf_request_id",
        )  # fmt: skip

    def send(self, name: str, at: datetime) -> bool:
        """Send an invoice through the window for many, unless it has been sent before."""
        invoice = self.invoice(name)
        if invoice["urssaf_state"]:
            return False
        self.simulator.set_clock(at)
        context = {"active_model": "account.move", "active_ids": [invoice["id"]]}
        wizard = self.marie.create("urssaf.send.wizard", {"notify": False}, context=context)
        rows = self.marie.call("urssaf.send.wizard.line", "search_read", [["wizard_id", "=", wizard]], ["finding"])
        if findings := [row["finding"] for row in rows if row["finding"]]:
            raise CallFailed(f"la facture {invoice['name']} ne peut pas partir : {' '.join(findings)}")
        self.marie.call("urssaf.send.wizard", "action_send", [wizard])
        return True

    def evening_of(self, name: str) -> datetime:
        """When an invoice leaves: the evening of its date, after the last of its services."""
        invoice = self.invoice(name)
        day = max(invoice["invoice_date"], invoice["urssaf_date_end"])
        return datetime.combine(datetime.fromisoformat(day), time(18, 30), UTC)

    def refresh(self) -> None:
        invoices = map(self.invoice, self.invoices)
        sent = [invoice["id"] for invoice in invoices if invoice["urssaf_request_id"]]
        if sent:
            self.marie.call("account.move", "action_urssaf_refresh", sent)


def align(marie: Odoo, simulator: Simulator) -> None:
    """Make database and simulator agree when one of them is new and the other is not.

    A new database meets an old state file: the simulator forgets, else its invoice numbers would be taken already.
    A new state file meets an old database: the simulator learns the households again.
    """
    known = {customer["ref"] for customer in simulator.state()["customers"]}
    registrations = marie.call(
        "urssaf.registration", "search_read", [["customer_ref", "!=", False]],
        ["customer_ref", "partner_id", "activated_at"],
    )  # fmt: skip
    if known and not registrations:
        simulator.post("reset")
    for registration in registrations:
        if registration["customer_ref"] in known:
            continue
        partner = marie.read(
            "res.partner", registration["partner_id"][0],
            "urssaf_birth_name", "urssaf_first_names", "urssaf_birth_date", "email", "urssaf_mobile", "city",
        )  # fmt: skip
        simulator.post("seed", customers=[{
            "ref": registration["customer_ref"],
            "name": partner["urssaf_birth_name"],
            "first_names": partner["urssaf_first_names"],
            "birth_date": partner["urssaf_birth_date"],
            "mail": partner["email"],
            "mobile": (partner["urssaf_mobile"] or "").replace(" ", ""),
            "city": partner["city"],
            "activated_at": (registration["activated_at"] or "").replace(" ", "T") or None,
        }])  # fmt: skip


def prepare(marie: Odoo, admin: Odoo, simulator: Simulator) -> str:
    """Play everybody's part. The simulator's clock is set on the way and ends near today: the caller puts it right.

    :return: a short sentence on what stands in the lists
    :raises CallFailed: with the sentence of Odoo or of the simulator
    """
    demo = Demo(marie, admin, simulator)
    # The administrator works in the French company too, or its settings would be those of Odoo's American one.
    admin.call("res.users", "write", [admin.uid], {"company_id": admin.company_id})
    first = datetime.combine(demo.now.date().replace(day=1), time(9, 0), UTC)
    two_months_ago = (first - timedelta(days=32)).replace(day=1)
    long_ago = two_months_ago - timedelta(days=6)
    for household in ("camille", "helene"):
        demo.register(household, long_ago)
        demo.activate(household, long_ago + timedelta(days=2))
    for name in ("camille_paid", "helene_paid"):
        demo.send(name, demo.evening_of(name))
    at = demo.evening_of("camille_refused")
    if demo.send("camille_refused", at):
        number = demo.invoice("camille_refused")["name"]
        simulator.set_clock(at + timedelta(hours=20))
        simulator.post(f"requests/{number}/contest", code="REGUL_NB_QTE_FACT", comment=COMMENT)
    demo.register("paul", demo.now - timedelta(days=2))
    demo.send("camille_awaiting", demo.now - timedelta(hours=3))
    simulator.set_clock(datetime.now(UTC))
    demo.send("helene_scheduled", demo.now)
    demo.refresh()
    counts = Counter(
        "draft" if invoice["state"] == "draft" else invoice["urssaf_state"] or "to_send"
        for invoice in map(demo.invoice, demo.invoices)
    )
    return ", ".join(f"{counts[state]} {words[counts[state] > 1]}" for state, words in SHOWN.items() if counts[state])
