"""Plays the fault matrix inside a real Odoo process: ``odoo shell`` runs ``play``, see ``test_fault_matrix.py``.

Here nothing is judged: what came of each combination is written down as it is, from both sides.
"""

import contextlib
import datetime
import io
import json
import socket
import time
import traceback
from unittest.mock import patch

import requests

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools.pdf import PdfFileWriter

from fault_matrix import AFTER_ANOTHER, COMBINATIONS, FIRST, LIMIT, NOTED, ROUNDS, WAYS_OF_CALL, kind, simulated
from service_day import day_of_services

MODULE = "l10n_fr_avance_immediate"
CLIENT_PATIENCE = 0.6  # seconds, in the cases where the other side hangs
ACTIVATED = "2020-01-01T10:00:00Z"
ABOUT_HOUSEHOLDS = ("M010", "M020", "M020lost")
CLIENT = {"GOOD": "menage-matrice", "BAD": "menage-bloque", "SLOW": "menage-en-cours"}


class Player:
    def __init__(self, env, combinations, url, tls_url):
        self.registry = env.registry
        self.combinations, self.url, self.tls_url = combinations, url, tls_url
        self.closed = socket.socket()
        self.closed.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        with self.environment() as own:
            self.company = own.ref(f"{MODULE}.demo_company").id
            self.marie = own.ref(f"{MODULE}.demo_user_marie").id
            good, bad, slow = (own.ref(f"{MODULE}.demo_household_{name}") for name in ("camille", "paul", "helene"))
            self.good, self.bad, self.slow = good.id, bad.id, slow.id
            self.mail = slow.email
            self.born = {partner.id: str(partner.urssaf_birth_date) for partner in (good, bad, slow)}
            own.cr.execute("UPDATE urssaf_payment_request SET next_poll_at = NULL, submit_at = NULL")
            own["urssaf.registration"].search([]).unlink()
            for partner, ref in ((good, CLIENT["GOOD"]), (bad, CLIENT["BAD"])):
                own["urssaf.registration"].create(
                    {
                        "partner_id": partner.id,
                        "company_id": self.company,
                        "environment": "simulator",
                        "customer_ref": ref,
                        "state": "active",
                        "activated_at": "2020-01-01 10:00:00",
                    }
                )
        self.invoices = self.make_invoices()

    # -- our side ---------------------------------------------------------------------------------

    @contextlib.contextmanager
    def environment(self, user=SUPERUSER_ID, **context):
        """An environment of its own, committed at the end: as the system without a language, or as a user."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, user, context)

    def as_marie(self):
        return self.environment(self.marie, allowed_company_ids=[self.company], lang="fr_FR", tz="Europe/Paris")

    def make_invoices(self):
        """All that is needed, at once; ids by name of the combination. The tenth is that of the bad household."""
        wanted = [
            (combination.name, number)
            for combination in self.combinations
            if combination.call not in ABOUT_HOUSEHOLDS
            for number in range(self.count(combination))
        ]
        today = day_of_services()
        with self.as_marie() as env:
            nature = env.ref(f"{MODULE}.nature_100").id
            # Nobody reads their chatter.
            moves = (
                env["account.move"]
                .with_context(tracking_disable=True)
                .create(
                    [
                        {
                            "move_type": "out_invoice",
                            "invoice_date": today,
                            "urssaf_nature_id": nature,
                            "partner_id": self.bad if name.startswith("bad_item") and number == 9 else self.good,
                            "urssaf_date_start": today,
                            "urssaf_date_end": today,
                            "invoice_line_ids": [
                                Command.create(
                                    {"name": "Cours", "quantity": 2, "price_unit": 30.25, "tax_ids": [Command.clear()]}
                                )
                            ],
                        }
                        for name, number in wanted
                    ]
                )
            )
            moves.action_post()
            by_name = {}
            for (name, _number), move in zip(wanted, moves, strict=True):
                by_name.setdefault(name, []).append(move.id)
            return by_name

    @staticmethod
    def count(combination):
        count = WAYS_OF_CALL[combination.call][combination.way]
        if "max_items" in simulated(combination.fault, combination.call)[1]:
            return 2 * count
        return count + (combination.fault in AFTER_ANOTHER)

    def set_parameter(self, name, value):
        with self.environment() as env:
            env["ir.config_parameter"].set_param(f"{MODULE}.{name}", value)

    def set_url(self, url):
        self.set_parameter("simulator_url", url)

    def make_due(self, everything_else_rests=False):
        """What would be due in some hours is due now, for the records of this combination; this replaces waiting."""
        with self.environment() as env:
            ago = "(now() AT TIME ZONE 'UTC') - interval '1 hour'"
            for table, ids in (
                ("urssaf_payment_request", self.request_ids(env)),
                ("urssaf_registration", self.registration(env).ids),
            ):
                columns = ["next_poll_at", *(["submit_at"] if table.endswith("request") else [])]
                for column in columns:
                    env.cr.execute(
                        f"UPDATE {table} SET {column} = {ago} WHERE {column} IS NOT NULL AND id = ANY(%s)", [ids]
                    )
                    if everything_else_rests:
                        env.cr.execute(f"UPDATE {table} SET {column} = NULL WHERE {column} IS NOT NULL")
                env.cr.execute(
                    f"UPDATE {table} SET claimed_at = {ago} WHERE claimed_at IS NOT NULL AND id = ANY(%s)", [ids]
                )
            env.cr.execute(f"UPDATE urssaf_connection SET paused_until = {ago} WHERE paused_until IS NOT NULL")
            if everything_else_rests:
                env.cr.execute("DELETE FROM urssaf_connection")

    def request_ids(self, env):
        return env["urssaf.payment.request"].search([("move_id", "in", self.moves)]).ids

    def registration(self, env):
        return env["urssaf.registration"].search([("partner_id", "=", self.slow)])

    def forget_token(self):
        with self.environment() as env:
            env.cr.execute("DELETE FROM urssaf_token")

    def warm_token(self):
        self.forget_token()
        with self.environment() as env:
            env["res.company"].browse(self.company)._urssaf_client().ensure_token()

    # -- the other side ---------------------------------------------------------------------------

    def control(self, route, method="POST", **values):
        answer = requests.request(method, f"{self.url}/_sim/{route}", json=values or None, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def reset(self):
        self.control("reset")
        # Without the other side's refusal of a number it has: that nothing is sent twice must be our doing.
        self.control("switches", automatic=False, duplicate_check=False)
        self.control(
            "seed",
            customers=[
                {
                    "ref": CLIENT[key],
                    "birth_date": self.born[partner],
                    "activated_at": ACTIVATED,
                    "blocked": key == "BAD",
                    "name": f"Nom {key}",
                    "mail": f"{key}@example.com",
                    "mobile": f"063998000{number}",
                }
                for number, (key, partner) in enumerate((("GOOD", self.good), ("BAD", self.bad)))
            ],
        )

    # -- one combination --------------------------------------------------------------------------

    def play(self, combination):
        """What came of it, as plain data."""
        started = time.monotonic()
        fault, call, way = combination.fault, combination.call, combination.way
        count = WAYS_OF_CALL[call][way]
        moves = self.invoices.get(combination.name, [])
        self.moves, reserve = moves[:count], moves[count:]
        self.reset()
        with self.environment() as env:
            company = env["res.company"].browse(self.company)
            company.urssaf_batch_size = 10
        self.make_due(everything_else_rests=True)
        self.warm_token()
        if fault in AFTER_ANOTHER:
            self.send(reserve)
        self.arrange(call, way)
        raised = self.suffer(combination)
        met = self.met(fault, call)
        stages = [self.look()]
        while len(stages) <= ROUNDS and not self.is_settled(stages[-1], combination):
            self.cron_round()
            stages.append(self.look())
        facts = {"raised": raised, "met": met, "rounds": len(stages) - 1, "stages": stages, "after": stages[-1]}
        if call == "M010" and combination.at_last != combination.expected:
            self.make_due()  # a pause that URSSAF asked for is over
            facts["raised_again"] = self.act("M010", "window")
        self.cron_round()
        facts["at_last"] = self.look()
        if reserve and fault not in AFTER_ANOTHER:
            facts["next_calls"] = self.calls_for(reserve)
        facts["seconds"] = round(time.monotonic() - started, 2)
        return facts

    @staticmethod
    def is_settled(stage, combination):
        records = stage["records"]
        states = tuple(record["state"] for record in records)
        return states == combination.expected and not any(record["flagged"] for record in records)

    def arrange(self, call, way):
        """Up to the moment before the call."""
        if call in ABOUT_HOUSEHOLDS:
            with self.environment() as env:
                self.registration(env).unlink()
                if call == "M020":
                    self.control(
                        "seed",
                        customers=[
                            {
                                "ref": CLIENT["SLOW"],
                                "birth_date": self.born[self.slow],
                                "mail": self.mail,
                                "mobile": "0639980009",
                            }
                        ],
                    )
                    env["urssaf.registration"].create(
                        {
                            "partner_id": self.slow,
                            "company_id": self.company,
                            "environment": "simulator",
                            "state": "pending",
                            "customer_ref": CLIENT["SLOW"],
                            "next_poll_at": datetime.datetime(2020, 1, 1),
                        }
                    )
                elif way == "cron":
                    partner = env["res.partner"].browse(self.slow)
                    env["urssaf.registration"]._intend(partner, env["res.company"].browse(self.company))._enqueue()
            if call == "M020":
                self.control(f"customers/{CLIENT['SLOW']}/activate", at=ACTIVATED)
        elif call in ("M070", "M070lost") and way != "wizard":
            if (call, way) in FIRST:
                self.control("faults", **FIRST[call, way])
            names = self.send(self.moves)
            for name in names if call == "M070" else ():
                self.control(f"requests/{name}/accept")
            self.make_due()
        elif way == "cron":
            with self.as_marie() as env:
                env["account.move"].browse(self.moves)._urssaf_create_requests()

    def send(self, moves):
        """Send these invoices, one call for all; their numbers."""
        with self.as_marie() as env:
            env["account.move"].browse(moves)._urssaf_create_requests()._submit()
            return env["account.move"].browse(moves).mapped("name")

    def suffer(self, combination):
        """Act while things go wrong; what reached the caller, None when nothing did."""
        fault, call, way = combination.fault, combination.call, combination.way
        played, switches = simulated(fault, call)
        if combination.spoils_one:
            with self.environment() as env:
                played["number"] = env["account.move"].browse(self.moves[0]).name
        if switches:
            self.control("switches", **switches)
        if call != "M070lost" and (call, way) in FIRST:
            self.control("faults", **FIRST[call, way])
        if played:
            self.control("faults", **played)
        if call == "TOKEN":
            self.forget_token()
        with contextlib.ExitStack() as stack:
            if fault.startswith("timeout"):
                self.set_parameter("timeout", CLIENT_PATIENCE)
            elif fault == "connection_refused":
                self.set_url(f"http://127.0.0.1:{self.closed.getsockname()[1]}")
            elif fault == "tls":
                self.set_url(self.tls_url)
            elif fault == "dns":
                self.set_url(self.url.replace("127.0.0.1", "localhost"))
                stack.enter_context(patch("socket.getaddrinfo", unresolvable))
            raised = self.act(call, way)
        self.set_url(self.url)
        if fault.startswith("timeout"):
            self.set_parameter("timeout", False)  # the default again
        self.control("faults", "DELETE")
        if "max_items" not in switches:
            self.control("switches", sink_batch="malformed")
        return raised

    def met(self, fault, call):
        """Whether this call has really met this fault."""
        kind_ = kind(call)
        if fault in NOTED:
            with self.environment() as env:
                last = env["urssaf.exchange"].search([("call", "=", kind_)], limit=1)
                return last.error == NOTED[fault]
        played, _switches = simulated(fault, call)
        calls = [entry for entry in self.control("journal", "GET") if entry["call"] == kind_]
        if played:
            return any(entry["fault"] == fault for entry in calls)
        return any(entry["status"] == 400 for entry in calls)

    def act(self, call, way):
        """The button or the entry point, around it what Odoo itself does: a cursor, its retries, a commit."""
        if way == "cron":
            context, action = self.environment(), CRON_ACTS[call]
        else:
            context, action = self.as_marie(), ACTS.get((call, way)) or ACTS["M050", way]
        try:
            with context as env:
                retrying(lambda: action(self, env), env)
        except UserError as error:
            return {"kind": "sentence", "text": str(error)}
        except Exception:
            return {"kind": "error", "text": traceback.format_exc()}
        return None

    def cron_round(self):
        self.make_due()
        with self.environment() as env:
            requests_, registrations = env["urssaf.payment.request"], env["urssaf.registration"]
            for step in (
                requests_._submit_due,
                registrations._register_queued,
                requests_._sync_due,
                registrations._sync_due,
                requests_._notify_due,
            ):
                for _time in range(20):
                    if not step(limit=100):
                        break
                else:
                    raise AssertionError(f"{step} never ends")

    def look(self):
        """Both sides at this moment."""
        state = self.control("state", "GET")
        known = {request["number"]: request for request in state["requests"]}
        with self.environment() as env:
            if self.moves:
                records = [self.told_request(move, known, state) for move in env["account.move"].browse(self.moves)]
            else:
                records = [self.told_registration(env, state)]
            env.cr.execute("SELECT max(paused_until) FROM urssaf_connection")
            ((paused_until,),) = env.cr.fetchall()
            return {
                "records": records,
                "batch_size": env["res.company"].browse(self.company).urssaf_batch_size,
                "pause": seconds_until(paused_until),
            }

    @staticmethod
    def told_request(move, known, state):
        request, there = move.urssaf_request_id, known.get(move.name, {})
        return {
            "name": move.name,
            "state": request.state or "",
            "ref": request.request_ref or "",
            "text": request.error_text or "",
            "waits": bool(request.submit_at),
            "wait": seconds_until(request.submit_at),
            "activities": len(move.activity_ids),
            "flagged": request.needs_attention,
            "there": there.get("status", ""),
            "there_ref": there.get("ref", ""),
            "accepted": state["accepted"].get(move.name, 0),
            "requests": len(move.urssaf_request_ids),
        }

    def told_registration(self, env, state):
        registration = self.registration(env)
        there = [customer for customer in state["customers"] if customer["contact"][0] == self.mail.lower()]
        return {
            "name": self.mail,
            "state": registration.state or "",
            "ref": registration.customer_ref or "",
            "text": registration.error_text or "",
            "waits": False,
            "wait": 0,
            "activities": len(registration.activity_id),
            "flagged": registration.needs_attention,
            "there": there[0]["code"] if there else "",
            "there_ref": there[0]["ref"] if there else "",
            "accepted": len(there),
            "requests": len(registration),
        }

    def calls_for(self, moves):
        """How many calls the next invoices take, now that the company knows the limit; and whether they got there."""
        before = self.control("state", "GET")["calls"]["M050"]
        with self.as_marie() as env:
            env["account.move"].browse(moves)._urssaf_create_requests()
        self.act("M050", "cron")
        state = self.control("state", "GET")
        with self.environment() as env:
            names = env["account.move"].browse(moves).mapped("name")
        return {
            "calls": state["calls"]["M050"] - before,
            "expected": -(-len(moves) // LIMIT),
            "accepted": [state["accepted"].get(name, 0) for name in names],
        }


# -- what people and crons do ---------------------------------------------------------------------


def send_and_print(player, env):
    wizard = (
        env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=player.moves).create({})
    )
    wizard.sending_methods = []
    wizard.extra_edis = ["urssaf"]
    wizard.action_send_and_print()


def send_many(player, env):
    wizard = (
        env["urssaf.send.wizard"]
        .with_context(active_model="account.move", active_ids=player.moves)
        .create({"notify": False})
    )
    wizard.action_send()


def register_many(player, env):
    window = env["res.partner"].browse(player.slow).action_urssaf_register_many()["res_id"]
    env["urssaf.register.wizard"].browse(window).action_register()


ACTS = {
    ("M050", "window"): send_and_print,
    ("M050", "wizard"): send_many,
    ("M010", "window"): lambda player, env: env["res.partner"].browse(player.slow).action_urssaf_register(),
    ("M010", "wizard"): register_many,
    ("M020", "window"): lambda player, env: env["res.partner"].browse(player.slow).action_urssaf_refresh(),
    ("M070", "window"): lambda player, env: env["account.move"].browse(player.moves).action_urssaf_refresh(),
}
ACTS["M070lost", "window"] = ACTS["M070", "window"]
ACTS["M020lost", "window"] = ACTS["M010", "window"]
ACTS["M020lost", "wizard"] = register_many
CRON_ACTS = {
    "TOKEN": lambda player, env: env["urssaf.payment.request"]._submit_due(),
    "M050": lambda player, env: env["urssaf.payment.request"]._submit_due(),
    "M050x10": lambda player, env: env["urssaf.payment.request"]._submit_due(),
    "M070": lambda player, env: env["urssaf.payment.request"]._sync_due(),
    "M070lost": lambda player, env: env["urssaf.payment.request"]._sync_due(),
    "M010": lambda player, env: env["urssaf.registration"]._register_queued(),
    "M020": lambda player, env: env["urssaf.registration"]._sync_due(),
    "M020lost": lambda player, env: env["urssaf.registration"]._register_queued(),
}


def seconds_until(moment):
    return (moment - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)).total_seconds() if moment else 0


def unresolvable(host, *_arguments, **_options):
    """Name resolution as on a server whose DNS is down."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def blank_page():
    writer, page = PdfFileWriter(), io.BytesIO()
    writer.addBlankPage(width=595, height=842)
    writer.write(page)
    return page.getvalue()


def play(env, names, url, tls_url, path):
    """Play these combinations; what came of them is written to ``path`` as JSON, by name."""
    combinations = [combination for combination in COMBINATIONS if combination.name in names]
    page = blank_page()
    report = type(env["ir.actions.report"])
    # The PDF is not what is tried here, and takes longer than everything else together.
    with patch.object(report, "_run_wkhtmltopdf", lambda *_arguments, **_options: page):
        player = Player(env, combinations, url, tls_url)
        player.set_url(url)
        facts = {}
        for combination in combinations:
            try:
                facts[combination.name] = player.play(combination)
            except Exception:
                facts[combination.name] = {"crash": traceback.format_exc()}
    with open(path, "w") as file:
        json.dump(facts, file)
