"""The fault matrix: whatever goes wrong, at most one request an invoice, and every request in a known state.

Real Odoo processes, one for each way in, each with a database and a simulator of its own, over real sockets. What is
tried and what must come of it is in ``fault_matrix.py``; ``inside_matrix.py`` plays it inside Odoo.
"""

import json
import re
import ssl
import subprocess
import threading
import uuid

import pytest
import requests

import fault_matrix
from fault_matrix import CALLS, COMBINATIONS, FAULTS, LONGEST_WAIT, WAYS, excluded
from machine import ADDON
from real_odoo import script
from simulator.server import start as start_simulator

# Status at the simulator -> our state. Written from CONTRACT §6 and §9, not from the client's table.
THERE = {
    "10": "integrated", "20": "awaiting", "30": "validated", "40": "refused", "50": "debited", "70": "paid",
    "APPAREILLAGE_EC": "pending", "APPAREILLAGE_VALIDE": "active",
}  # fmt: skip
CODE = re.compile(r"\W*[A-Z0-9]+(_[A-Z0-9]+)*\W*")
TIME_LIMIT = 1800  # seconds; a minute and a half on two free cores, many times that where others use them

# -- playing it ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls_url(tmp_path_factory):
    """Someone who answers in TLS with a certificate that nobody has signed."""
    certificate = tmp_path_factory.mktemp("tls") / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", certificate, "-out", f"{certificate}.crt"],
        check=True, capture_output=True)  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certificate}.crt", certificate)
    handle = start_simulator(port=0)
    server = handle._server
    # Once it answers, its thread has found the socket that is replaced here; before that, it would find none and end.
    requests.get(f"{handle.url}/_sim/state", timeout=60).raise_for_status()
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    yield handle.url.replace("http://", "https://")
    handle.stop()


@pytest.fixture(scope="module")
def outcomes(request, workshop, template_database, tls_url, tmp_path_factory):
    """``(facts by name of combination, log by way in)`` of what is selected; the ways in are played side by side."""
    selected = wanted(request.session.items)
    folder, facts, logs = tmp_path_factory.mktemp("matrix"), {}, {}

    def run(way):
        database, simulator = f"{ADDON}_matrix_{uuid.uuid4().hex[:8]}", start_simulator(port=0)
        workshop.copy_database(template_database, database)
        path = folder / f"{way}.json"
        play = script("inside_matrix", "play", names=selected[way], url=simulator.url, tls_url=tls_url, path=str(path))
        try:
            done = subprocess.run(
                workshop.odoo("-d", database, "--log-level=warn", "--no-http", command="shell"),
                input=play,
                env=workshop.environment,
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT,
                check=False,
            )
            logs[way] = done.stdout + done.stderr
            if path.exists():
                facts.update(json.loads(path.read_text()))
        finally:
            simulator.stop()
            workshop.drop_database(database)

    threads = [threading.Thread(target=run, args=(way,)) for way in selected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return facts, logs


def wanted(items):
    """Names of the combinations that the selected tests ask for, by way in; all for a test that asks for none."""
    items = [item for item in items if "outcomes" in getattr(item, "fixturenames", ())]
    asked = [item.callspec.params.get("combination") if hasattr(item, "callspec") else None for item in items]
    by_way = {}
    for combination in asked if all(asked) else COMBINATIONS:
        by_way.setdefault(combination.way, []).append(combination.name)
    return by_way


# -- judging it ----------------------------------------------------------------------------------------------------


def faults_of_text(text):
    """What must not be in a text that people read."""
    if not text.strip():
        return ["says nothing"]
    wrong = [f"a code alone: {line}" for line in text.splitlines() if line.strip() and CODE.fullmatch(line.strip())]
    if "Traceback" in text or 'File "' in text:
        wrong.append("a traceback")
    return wrong


def faults_of_record(record, expected):
    """What is wrong with one invoice or household, seen from both sides."""
    wrong = []
    if record["state"] != expected:
        wrong.append(f"{record['state']}, expected {expected}: {record['text']}")
    if record["accepted"] > 1:
        wrong.append(f"accepted {record['accepted']} times")
    if record["requests"] > 1:
        wrong.append("more than one record for it")
    if record["there"]:
        if record["state"] != THERE[record["there"]] or record["ref"] != record["there_ref"]:
            wrong.append(f"{record['state']} {record['ref']} here, {record['there']} {record['there_ref']} there")
        if record["flagged"] or record["activities"]:
            wrong.append("still flagged")
    elif record["state"] in ("not_sent", "rejected", "draft"):
        wrong += faults_of_text(record["text"])
    else:
        wrong.append(f"{record['state']} here, unknown there")
    return [f"{record['name']}: {fault}" for fault in wrong]


def faults_of_first_look(stage, combination):
    """What is wrong right after a spoilt answer: not told, taken over, or somebody else's wait for it."""
    first, *neighbours = stage["records"]
    wrong = []
    if combination.untouched:
        for record in [first] if combination.spoils_one else stage["records"]:
            if record["state"] != combination.untouched:
                wrong.append(f"{record['name']}: {record['state']} by an answer that cannot be taken over")
            if not record["flagged"] or not record["activities"]:
                wrong.append(f"{record['name']}: nobody is told of the answer")
            wrong += [f"{record['name']}: {fault}" for fault in faults_of_text(record["text"])]
    for neighbour, state in zip(neighbours, combination.expected[1:], strict=True):
        if combination.spoils_one and (neighbour["state"] != state or neighbour["flagged"]):
            wrong.append(f"{neighbour['name']}: {neighbour['state']}, kept waiting by its neighbour")
    return wrong


def faults_of(facts, combination):
    """All that is wrong with what came of a combination."""
    if "crash" in facts:
        return [facts["crash"]]
    wrong = [] if facts["met"] or combination.fault == "calm" else ["the fault was not met"]
    for raised in filter(None, (facts["raised"], facts.get("raised_again"))):
        wrong += [f"told: {fault}" for fault in faults_of_text(raised["text"])]
        if raised["kind"] != "sentence":
            wrong.append(f"the caller gets an error: {raised['text']}")
    wrong += faults_of_first_look(facts["stages"][0], combination)
    for stage in facts["stages"]:
        longest = max([stage["pause"], *(record["wait"] for record in stage["records"])])
        if longest > LONGEST_WAIT:
            wrong.append(f"nothing leaves for {longest:.0f} s")
        wrong += [f"{record['name']} accepted twice" for record in stage["records"] if record["accepted"] > 1]
    for moment, states in (("after", combination.expected), ("at_last", combination.at_last)):
        records = facts[moment]["records"]
        for record, state in zip(records, states, strict=True):
            wrong += [f"{moment}: {fault}" for fault in faults_of_record(record, state)]
    return wrong


@pytest.fixture(scope="session")
def cells(tables):
    """Cells of the table that is printed at the end, by name of the combination."""
    found = {}
    tables["fault matrix"] = lambda: fault_matrix.table(found)
    return found


@pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda combination: combination.name)
def test_matrix(combination, outcomes, cells):
    facts, logs = outcomes
    assert combination.name in facts, logs.get(combination.way)
    wrong = faults_of(facts[combination.name], combination)
    cells[combination.name] = cell(facts[combination.name], wrong)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("way", ["wizard", "cron"])
def test_too_many_halves_the_batch_and_the_company_remembers(outcomes, way):
    facts = outcomes[0][f"too_many-M050x10-{way}"]
    assert facts["stages"][0]["batch_size"] == facts["at_last"]["batch_size"] == 5
    count = len(facts["next_calls"]["accepted"])
    assert facts["next_calls"] == {"calls": 2, "expected": 2, "accepted": [1] * count}


@pytest.mark.parametrize("way", ["wizard", "cron"])
def test_a_batch_without_fault_is_one_call(outcomes, way):
    assert outcomes[0][f"calm-M050x10-{way}"]["rounds"] == 0


@pytest.mark.parametrize("way", WAYS)
def test_no_traceback_in_the_log(outcomes, way):
    assert "Traceback" not in outcomes[1][way]


def test_what_is_left_out_has_its_reason():
    for fault in FAULTS:
        for call in CALLS:
            for way in WAYS:
                played = any((c.fault, c.call, c.way) == (fault, call, way) for c in COMBINATIONS)
                assert played != bool(excluded(fault, call, way))
    assert set(fault_matrix.REASONS.values()) == {
        excluded(fault, call, way) for fault in FAULTS for call in CALLS for way in WAYS
    } - {None}


# -- showing it ----------------------------------------------------------------------------------------------------


def cell(facts, wrong):
    """``0× not_sent r2 → 1× integrated``: most often accepted, state, rounds that took; and what comes later, if any.

    ``!``: a person was told in between.
    """
    if "crash" in facts:
        return "✖ crash"
    after, at_last = (told(facts[moment]["records"]) for moment in ("after", "at_last"))
    was_told = "!" if any(record["flagged"] for record in facts["stages"][0]["records"]) else ""
    return f"{'✖ ' if wrong else ''}{after} r{facts['rounds']}{was_told}{f' → {at_last}' if at_last != after else ''}"


def told(records):
    states = dict.fromkeys(record["state"] for record in records)
    return f"{max(record['accepted'] for record in records)}× {'+'.join(states)}"
