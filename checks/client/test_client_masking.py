"""Nothing about people or secrets is in what is kept of an exchange, in logs or in exceptions."""

import json
import logging
import os
import subprocess
import sys

import pytest

from client_helpers import CUSTOMER_REF, FIXTURES, INDEX, ScriptedServer, cpu_seconds, customer, http, payment_request
from urssaf.client import UrssafClient
from urssaf.errors import UrssafError
from urssaf.masking import MASK, mask, mask_sentence, secrets_of
from urssaf.transport import mask_people_in_logs

ROOT = FIXTURES.parent.parent.resolve()

SECRETS = [
    "S3CR3T-valeur",
    "JETON-SECRET-42",
    "Exemple",
    "Fictif",
    "Camille",
    "Odette",
    "1984-05-17",
    "0639980001",
    "camille.fictif@example.com",
    "des Exemples",
    "FR7630006000011234567890189",
    "TESTFRPPXXX",
    "37261",
    "37000",
    "TOURS",
]
ADDRESS = {"des Exemples", "37000", "37261", "TOURS"}  # stays in sentences, but for a place of birth
IDENTITY = [*(secret for secret in SECRETS if secret not in ADDRESS), "17/05/1984", "17051984", "06 39 98", "3000 6000"]
CHATTY = [
    {
        "code": "ERR_DATE",
        "message": "Le 17/05/1984 (17051984, 17.05.1984) n'est pas la date de naissance de Mme Fictif",
        "description": "iban fr76 3000 6000 0112 3456 7890 189",
    },
    {
        "code": "ERR_CONTACT",
        "message": "camille.fictif@example.com ou 06 39 98 00 01 invalide pour Camille FICTIF née le 1984-05-17",
        "description": "IBAN FR76 3000 6000 0112 3456 7890 189 (TESTFRPPXXX) de Odette, des Exemples, 37000 TOURS",
    },
]


def token_answer():
    return http(200, {"access_token": "JETON-SECRET-42", "expires_in": 3600})


def chatty_answers():
    text = json.dumps(CHATTY, ensure_ascii=False).encode()
    echo = json.dumps(customer().to_dict()).encode()
    return {
        "refusal": http(400, text),
        "escaped": http(400, json.dumps(CHATTY).encode()),
        "cut": http(400, text[:-30]),
        "html": http(400, b"<html>" + text + b"</html>", "text/html"),
        "echo": http(400, echo),
        "echo_cut": http(400, echo[:-100]),
        "error_500": http(500, text),
        "unreadable": http(200, text),
        "latin": http(400, json.dumps(CHATTY, ensure_ascii=False).encode("latin-1")),
        "secret_back": http(401, b'{"error": "S3CR3T-valeur of JETON-SECRET-42"}'),
    }


@pytest.mark.parametrize("name", chatty_answers())
def test_nothing_leaks(name, caplog):
    step = chatty_answers()[name]
    with ScriptedServer(step, step, token=token_answer()) as server, caplog.at_level(logging.DEBUG):
        client = UrssafClient("simulator", "ident-secret", "S3CR3T-valeur", simulator_url=server.url, timeout=5.0)
        with pytest.raises(UrssafError) as caught:
            client.register_customer(customer())
    exchanges = client.take_exchanges()
    assert [exchange.call for exchange in exchanges][:2] == ["TOKEN", "M010"]
    errors = getattr(caught.value, "errors", ())
    kept = "\n".join([*map(repr, exchanges), caplog.text, str(caught.value), repr(caught.value), repr(client)])
    for secret in IDENTITY:
        assert secret.lower() not in repr(errors).lower().replace("des exemples", ""), "what users are shown"
    for secret in SECRETS:
        assert secret.lower() not in kept.lower()
    assert "06 39 98" not in kept
    assert "3000 6000" not in kept
    assert "ident-secret" not in kept


def test_structure_and_codes_stay():
    request = mask(json.dumps(customer().to_dict()))
    assert json.loads(request).keys() == customer().to_dict().keys()
    assert json.loads(request)["civilite"] == "2"
    answer = json.loads(mask(json.dumps(CHATTY), secrets_of(json.dumps(customer().to_dict()))))
    assert [entry["code"] for entry in answer] == ["ERR_DATE", "ERR_CONTACT"]
    assert MASK in answer[1]["message"]
    assert answer[1]["message"].endswith(MASK)


def test_a_sentence_stays_readable():
    sent = json.dumps(customer().to_dict())
    assert mask_sentence("La rue est obligatoire à 37000", sent) == "La rue est obligatoire à 37000"
    assert mask_sentence("né le 17/05/1984", sent) == f"né le {MASK}"


def test_importing_the_client_changes_nobodys_log():
    script = "import logging, urssaf.client; print(logging.getLogger('urllib3.connectionpool').filters)"
    alone = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=alone, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_look_up_by_mail_is_not_in_the_log(caplog):
    mask_people_in_logs()
    mask_people_in_logs()  # a second time changes nothing
    assert len(logging.getLogger("urllib3.connectionpool").filters) == 1
    with ScriptedServer(http(404), token=token_answer()) as server, caplog.at_level(logging.DEBUG):
        client = UrssafClient("simulator", "ident-secret", "S3CR3T-valeur", simulator_url=server.url, timeout=5.0)
        with pytest.raises(UrssafError):
            client.customer_status(email="camille.fictif@example.com")
        assert "camille.fictif" in server.requests[-1][1]
    assert "adresseMail=***" in caplog.text, "urllib3 logs the path"
    assert "camille" not in caplog.text


def test_a_request_keeps_what_traces_are_for():
    masked = json.loads(mask(json.dumps([payment_request().to_dict()])))[0]
    sent = payment_request().to_dict()
    assert masked.pop("dateNaissanceClient") == MASK
    sent.pop("dateNaissanceClient")
    assert masked == sent


@pytest.mark.parametrize("entry", [entry for entry in INDEX if entry["file"]], ids=lambda entry: entry["file"])
def test_every_example_is_masked(entry):
    """No personal value of any example survives, and references and codes do."""
    text = (FIXTURES / entry["file"]).read_text()
    masked = mask(text)
    for secret in secrets_of(text):
        if not secret.isdigit() or len(secret) > 5:  # short codes also are parts of amounts and references
            assert f'"{secret}"' not in masked
    if CUSTOMER_REF in text:
        assert CUSTOMER_REF in masked
    if entry["call"] == "M070" and entry["direction"] == "response":
        assert masked.count('"codeNature"') == text.count('"codeNature"')


def test_forms_and_scraps():
    form = mask("grant_type=client_credentials&scope=s&client_id=abc&client_secret=d%26f")
    assert form == f"grant_type=client_credentials&scope=s&client_id={MASK}&client_secret={MASK}"
    assert mask("") == ""
    assert mask('{"iban": "FR76 1234') == f'{{"iban": "{MASK}"'
    assert mask('{"numeroVoie": 12, "x": [') == f'{{"numeroVoie": "{MASK}", "x": ['
    assert mask('{"adresseMail": null, "iban": ""}') == '{"adresseMail": null, "iban": ""}'
    assert len(mask("x" * 200_000)) < 60_000


def test_masking_is_linear():
    """No text makes the patterns explode."""
    for text in ("a" * 50_000, "a." * 25_000, "0" * 50_000, "FR76" + " 0000" * 10_000, '{"iban": "' + "\\" * 50_000):
        for said in (text, json.dumps({"message": text})):
            assert cpu_seconds(lambda said=said: mask(said), 1) < 1, said[:20]
