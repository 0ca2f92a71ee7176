"""Every example answer is read over HTTP, and the shapes that no example has."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from client_helpers import CUSTOMER_REF, FIXTURES, INDEX, TOKEN_BODY, ScriptedServer, customer, http, payment_request
from test_client_transport import CALLS, EFFECT, client_of
from urssaf import answers
from urssaf.answers import RequestStatus, Unreadable
from urssaf.errors import Misconfigured, OutcomeUnknown, Refused, RemoteError, Unavailable
from urssaf.statuses import request_status

RESPONSES = {entry["file"] or entry["name"]: entry for entry in INDEX if entry["direction"] == "response"}


def answer_of(entry):
    body = (FIXTURES / entry["file"]).read_bytes() if entry["file"] else b""
    return http(entry["http_status"], body, entry.get("content_type", "application/json"))


def play(name, call=None, act=None):
    """The result of a call answered by an example, or the exception it raises."""
    entry = RESPONSES[name]
    call = call or entry["call"]
    step = answer_of(entry)
    # A token refused is asked for again: the example is the answer to both attempts.
    with ScriptedServer(step, step, token=step if call == "TOKEN" else http(200, TOKEN_BODY)) as server:
        client = client_of(server.url, call)
        try:
            return (act or CALLS[call])(client)
        except Exception as exc:
            return exc


def refused(*codes):
    return lambda result: type(result) is Refused and result.codes == set(codes)


def customer_is(code, known=True, activated_at=None, state=None):
    def check(result):
        return (result.code, result.known, result.activated_at) == (code, known, activated_at) and (
            state is None or result.state == state
        )

    return check


def outcome_is(kind, request_ref=None, status_code=None, *codes):
    def check(result):
        (outcome,) = result.values()
        found = (outcome.kind, outcome.request_ref, outcome.status_code)
        return found == (kind, request_ref, status_code) and tuple(e.code for e in outcome.errors) == codes

    return check


PLAIN = RequestStatus(
    "20261005000121",
    "FAC-2026-00121",
    CUSTOMER_REF,
    Decimal(220),
    transfer_amount=None,
    transfer_date=None,
    date_invoice=date(2026, 9, 30),
    date_start=date(2026, 9, 3),
    date_end=date(2026, 9, 24),
)
PAID = {"transfer_amount": Decimal(220), "transfer_date": date(2026, 10, 13)}


def found(status_code, label, **fields):
    expected = RequestStatus(**{**PLAIN.__dict__, "status_code": status_code, "label": label, **fields})
    return lambda result: result.items == (expected,) and result.complete


ACTIVATED = datetime(2026, 8, 31, 14, 20)
VALID = customer_is("APPAREILLAGE_VALIDE", True, ACTIVATED, "OK")

EXPECTED = {
    "token_response_200.json": lambda result: result is None,
    "token_response_401_invalid_client.json": lambda r: type(r) is Misconfigured and r.reason == "credentials",
    "m010_response_200.json": lambda result: result == CUSTOMER_REF,
    "m010_response_400_identity.json": refused("ERR_DGFIP_R2P_INCONNU"),
    "m010_response_400_several.json": refused("ERR_CONTACT_ADRESSE_COMMUNE", "ERR_COORDONNEES_BANCAIRES"),
    "m010_response_400_validation.json": refused("ERREUR_VALIDATION"),
    "m010_response_400_link_exists.json": refused("ERR_LIEN_TIERS_PRESTATION_PARTICULIER_EXISTE"),
    "m020_response_valide.json": VALID,
    "m020_response_valide_no_seconds.json": VALID,
    "m020_response_variant_statutTransmission.json": VALID,
    "m020_response_variant_array.json": VALID,
    "m020_response_ec.json": customer_is("APPAREILLAGE_EC", state="KO"),
    "m020_response_nf.json": customer_is("APPAREILLAGE_NF", state="KO"),
    "m020_response_bloque.json": customer_is("PARTICULIER_BLOQUE", state="KO"),
    "m020_response_mandat_echu.json": customer_is("MANDAT_ECHU", state="KO"),
    "m020_response_unknown_code.json": customer_is("APPAREILLAGE_XX", state="INCONNU"),
    "m020_response_400_unknown_client.json": customer_is("ERR_RECHERCHE_PARTICULIER", known=False),
    "m050_response_integrated.json": outcome_is("accepted", "20261005000121", "10"),
    "m050_response_integrated_no_errors_key.json": outcome_is("accepted", "20261005000121", "10"),
    "m050_response_refused_item.json": outcome_is("refused", None, None, "ERR_LIEN_PARTICULIER_PRESTATAIRE"),
    "m050_response_refused_item_statut_code.json": outcome_is(
        "refused", None, "ERR_FACTURE_DOUBLON", "ERR_FACTURE_DOUBLON"
    ),
    # The next two are about other numbers than the one request that CALLS sends: nothing is said about it.
    "m050_response_refused_several_errors.json": outcome_is("unknown"),
    "m050_response_batch_mixed.json": outcome_is("accepted", "20261005000121", "10"),
    "m050_response_400_param.json": refused("PARAM_INVALIDE"),
    "m050_response_400_too_many.json": refused("ERR_NBRE_PREST_MAX"),
    "m070_response_10_integrated.json": found("10", "Intégrée"),
    "m070_response_20_waiting.json": found("20", "En attente de validation"),
    "m070_response_30_validated.json": found("30", "Validée"),
    "m070_response_40_refused.json": lambda r: r.items[0].reject_code and r.items[0].reject_comment,
    "m070_response_40_refused_unknown_reason.json": lambda r: r.items[0].reject_code and not r.items[0].reject_comment,
    "m070_response_50_debited.json": found("50", "Prélevée"),
    "m070_response_50_transfer_scheduled_null.json": found("50", "Prélevée", transfer_date=date(2026, 10, 13)),
    "m070_response_60_unpaid.json": found("60", "En refus de prélèvement"),
    "m070_response_60_unpaid_after_payment.json": found("60", "En refus de prélèvement", **PAID),
    "m070_response_70_paid.json": found("70", "Payée", **PAID),
    "m070_response_70_paid_deposit.json": lambda r: r.items[0].transfer_amount == Decimal(250),
    "m070_response_70_transfer_scheduled.json": found("70", "Payée", transfer_date=date(2026, 10, 13)),
    "m070_response_110_cancelled.json": found(
        "110", "Annulée", reject_code="ANNUL_ERR_MNT", reject_comment="Annulation demandée par le prestataire"
    ),
    "m070_response_111_cancelled_after_default.json": found("111", "Annulée après impayé"),
    "m070_response_112_cancelled_after_recovery.json": found("112", "Annulée après recouvrement", **PAID),
    "m070_response_120_recovered.json": found("120", "Recouvrée", **PAID),
    "m070_response_260_provider_debt.json": found("260", "Impayé prestataire", **PAID),
    "m070_response_270_provider_settled.json": found("270", "Régularisée prestataire", **PAID),
    "m070_response_999_unknown_status.json": found("999", "Statut inconnu"),
    "m070_response_Errors_key.json": found("20", "En attente de validation"),
    "m070_response_Errors_key_nonblocking.json": lambda r: (
        len(r.items) == 1 and r.complete and [e.code for e in r.errors] == ["ERR_RECHERCHE_VIDE"]
    ),
    "m070_response_null_blocks.json": found("20", "En attente de validation"),
    "m070_response_200_empty.json": lambda r: r.items == () and r.complete,
    "m070_response_400_empty_search.json": lambda r: r.items == () and r.complete,
    "m070_response_400_no_criterion.json": refused("ERR_CRITERE_RECHERCHE_VIDE"),
    "m070_response_400_too_many.json": refused("ERR_NBRE_MAX_RESULTAT"),
    "m070_response_several.json": lambda r: (
        {i.number: i.status_code for i in r.items}
        == {"FAC-2026-00121": "70", "FAC-2026-00130": "20", "FAC-2026-00125": "40"}
    ),
}

# The same for every call; a function of the call's name.
EXPECTED_OF_ANY = {
    "response_400_empty_body": lambda call, r: type(r) is (Misconfigured if call == "TOKEN" else Refused),
    "response_401_empty_body": lambda call, r: type(r) is Misconfigured and r.http_status == 401,
    "response_403_empty_body": lambda call, r: type(r) is Misconfigured and r.reason == "forbidden",
    "response_503_empty_body": lambda call, r: type(r) is (OutcomeUnknown if call in EFFECT else Unavailable),
    "response_500_technical.json": lambda call, r: type(r) is (OutcomeUnknown if call in EFFECT else Unavailable),
    "gateway_response_404.html": lambda call, r: type(r) is Misconfigured and r.reason == "not_found",
}


def test_no_example_is_forgotten():
    assert RESPONSES.keys() == EXPECTED.keys() | EXPECTED_OF_ANY.keys()
    listed = {entry["file"] for entry in INDEX if entry["file"]} | {"index.json"}
    assert {path.name for path in FIXTURES.iterdir() if path.is_file()} == listed


@pytest.mark.parametrize("name", EXPECTED)
def test_example(name):
    result = play(name)
    assert EXPECTED[name](result), result


@pytest.mark.parametrize("name", EXPECTED_OF_ANY)
@pytest.mark.parametrize("call", CALLS)
def test_example_of_any_call(name, call):
    result = play(name, call)
    assert EXPECTED_OF_ANY[name](call, result), result


def test_a_batch_is_matched_by_number():
    numbers = ["FAC-2026-00121", "FAC-2026-00122", "FAC-2026-00130"]
    others = {"FAC-2026-00130": "33333333-3333-4333-8333-333333333333"}
    batch = [payment_request(number, customer_ref=others.get(number, CUSTOMER_REF)) for number in numbers]
    result = play("m050_response_batch_mixed.json", "M050", lambda client: client.submit_requests(batch))
    assert list(result) == numbers
    assert [outcome.kind for outcome in result.values()] == ["accepted", "refused", "accepted"]
    assert result["FAC-2026-00130"].request_ref == "20261005000130"


def test_several_errors_on_an_item():
    sent = [payment_request("FAC-2026-00124")]
    result = play("m050_response_refused_several_errors.json", "M050", lambda client: client.submit_requests(sent))
    (outcome,) = result.values()
    assert [error.code for error in outcome.errors] == ["ERR_MNT_PREST_TTC", "ERR_TOTAL_PRESTATIONS"]
    assert all(error.message and error.description for error in outcome.errors)


# --- shapes without an example --------------------------------------------------------------------------------------

ERROR = {"code": "ERR_X", "message": "m", "description": "d"}
GOOD = {"numFactureTiers": "A", "idDemandePaiement": "1", "statut": "10"}
BAD = {"numFactureTiers": "A", "errors": [ERROR]}


def outcome(values):
    return answers.read_outcomes(json.dumps(values).encode(), [("A", "client")])["A"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([GOOD], "accepted"),
        (GOOD, "accepted"),
        ([{**GOOD, "statut": 10}], "accepted"),
        ([{**GOOD, "statut": {"code": "10"}}], "accepted"),
        ([{**GOOD, "errors": None, "idClient": "client"}], "accepted"),
        ([{**GOOD, "idDemandePaiement": 11000000000104}], "accepted"),
        ([GOOD, GOOD], "accepted"),
        ([{**GOOD, "numFactureTiers": "B", "idDemandePaiement": "2"}, GOOD], "accepted"),
        ([BAD], "refused"),
        ([{**BAD, "statut": "ERR_X"}], "refused"),
        ([{**BAD, "statut": None, "idDemandePaiement": ""}], "refused"),
        ([{**BAD, "errors": ERROR}], "refused"),
        ([{"numFactureTiers": "A", "Errors": [ERROR]}], "refused"),
        ([], "unknown"),
        ([{**GOOD, "numFactureTiers": "a"}], "unknown"),
        ([{**GOOD, "statut": "20"}], "unknown"),
        ([{**GOOD, "statut": None}], "unknown"),
        ([{**GOOD, "statut": True}], "unknown"),
        ([{**GOOD, "idDemandePaiement": None}], "unknown"),
        ([{**GOOD, "errors": [ERROR]}], "unknown"),
        ([{**GOOD, "errors": [{}]}], "unknown"),
        ([{**BAD, "statut": "10"}], "unknown"),
        ([{**BAD, "statut": "20"}], "unknown"),
        ([{**BAD, "errors": [None]}], "unknown"),
        ([GOOD, BAD], "unknown"),
        ([GOOD, {**GOOD, "idDemandePaiement": "2"}], "unknown"),
        ([{**GOOD, "idClient": "somebody else"}], "unknown"),
        ([{**BAD, "idClient": "somebody else"}], "unknown"),
        ([ERROR], "unknown"),
        (["A", None, 3], "unknown"),
        # a reference belongs to one request
        ([{**GOOD, "numFactureTiers": "B"}, GOOD], "unknown"),
        ([{**GOOD, "numFactureTiers": None}, GOOD], "unknown"),
        # what was said but cannot be read is no absence
        ([{**GOOD, "idClient": {}}], "unknown"),
        ([{**GOOD, "idClient": "client\ud83d"}], "unknown"),
        ([{**GOOD, "statut": "10\0"}], "unknown"),
        ([{**GOOD, "idDemandePaiement": "1\ud83d"}], "unknown"),
        ([{**GOOD, "idDemandePaiement": "1" * 101}], "unknown"),
        ([{**GOOD, "errors": float("nan")}], "unknown"),
        ([{**BAD, "idDemandePaiement": "\0"}], "unknown"),
        ([{**BAD, "idDemandePaiement": 10**50}], "unknown"),
        ([{**BAD, "statut": float("inf")}], "unknown"),
    ],
)
def test_outcome_of_an_item(values, kind):
    result = outcome(values)
    assert (result.number, result.kind) == ("A", kind)


@pytest.mark.parametrize("values", [{}, "A", None, 12, {"errors": [ERROR]}])
def test_an_answer_that_is_no_list_of_outcomes(values):
    with pytest.raises(Unreadable):
        outcome(values)


def test_arguments_of_a_submission():
    client = client_of("http://127.0.0.1:9", "M050")
    for batch in ([], [payment_request(str(n)) for n in range(11)], [payment_request(), payment_request()]):
        with pytest.raises(ValueError, match="call"):
            client.submit_requests(batch)


def test_a_reference_that_two_numbers_are_given():
    body = json.dumps(
        [GOOD, {**GOOD, "numFactureTiers": "B"}, {**GOOD, "numFactureTiers": "C", "idDemandePaiement": 2}]
    )
    read = answers.read_outcomes(body.encode(), [("A", "x"), ("B", "y"), ("C", "z")])
    assert [(outcome.kind, outcome.request_ref) for outcome in read.values()] == [
        ("unknown", None),
        ("unknown", None),
        ("accepted", "2"),
    ]


def search(values):
    return answers.read_search(json.dumps(values).encode())


def test_search_envelopes():
    entry = {"idDemandePaiement": 7, "statut": "20"}
    assert search({"infoDemandePaiements": [entry]}).items == (RequestStatus("7", "", status_code="20"),)
    assert search([entry]).items == (RequestStatus("7", "", status_code="20"),)
    assert search([]).complete
    assert search({"errors": None, "infoDemandePaiements": None}).complete
    assert search({"Errors": [{"code": "ERR_RECHERCHE_VIDE"}]}).complete
    assert not search({"errors": [{"code": "ERREUR_TECHNIQUE"}]}).complete, "an error proves nothing absent"
    assert not search([{"code": "ERREUR_TECHNIQUE"}]).complete
    lost = search({"infoDemandePaiements": [entry, {"statut": "20"}, None]})
    assert (len(lost.items), lost.skipped, lost.complete) == (1, 2, False)
    for values in (
        {},
        {"autre": []},
        "x",
        *({"infoDemandePaiements": value} for value in ({"a": 1}, {}, "", 0, False)),
    ):
        with pytest.raises(Unreadable):
            search(values)


def entry_of(ref, number="A", status="20", **request):
    return {"idDemandePaiement": ref, "demandePaiement": {"numFactureTiers": number, **request}, "statut": status}


def test_a_reference_told_twice():
    result = search([entry_of("1"), entry_of("2"), entry_of("1"), entry_of("3", "B")])
    assert [item.request_ref for item in result.items] == ["1", "2", "3"], "identical twins count once"
    assert result.complete
    assert result.contradictions == ()
    result = search([entry_of("1"), entry_of("2"), entry_of("1", status="70"), entry_of("1")])
    assert [item.request_ref for item in result.items] == ["2"], "a contradiction is told, not applied"
    assert result.contradictions == ("1",)
    assert [item.status_code for item in result.contradictory] == ["20", "70"]
    assert not result.complete, "what is contradicted is not proved absent"


def test_the_echo_is_told():
    (item,) = play("m070_response_10_integrated.json").items
    assert (item.customer_ref, item.total_ttc) == (CUSTOMER_REF, Decimal(220))
    assert (item.date_invoice, item.date_start, item.date_end) == (
        date(2026, 9, 30),
        date(2026, 9, 3),
        date(2026, 9, 24),
    )
    (item,) = search([entry_of("1")]).items
    assert (item.customer_ref, item.total_ttc, item.unread) == ("", None, ())
    assert (item.date_invoice, item.date_start, item.date_end) == (None, None, None)


def test_an_error_that_says_nothing_proves_nothing():
    assert search({"infoDemandePaiements": [], "errors": []}).complete
    assert not search({"infoDemandePaiements": [], "errors": [{}]}).complete
    assert not search({"infoDemandePaiements": [], "Errors": float("nan")}).complete


def test_search_criteria():
    with ScriptedServer(*[http(200, {"infoDemandePaiements": []})] * 4) as server:
        client = client_of(server.url, "M070")
        client.search_requests(refs=["20261005000121", "20261005000130"])
        client.search_requests(numbers=["FAC-2026-00121"])
        client.search_requests(date_from=date(2026, 9, 1), date_to=date(2026, 9, 30))
        client.search_requests(date_from=date(9999, 12, 31))
        bodies = [json.loads(request[3]) for request in server.calls()]
    for body, name in zip(bodies[:3], ("ids", "numbers", "dates"), strict=True):
        assert body == json.loads((FIXTURES / f"m070_request_{name}.json").read_text())
    assert bodies[3] == {"dateDebut": "9999-12-31T00:00:00Z"}


@pytest.mark.parametrize(
    "criterion",
    [
        {},
        {"refs": []},
        {"refs": ["1"] * 11},
        {"numbers": [str(n) for n in range(11)]},
        {"numbers": "ABC"},
        {"numbers": [""]},
        {"refs": ["1"], "numbers": ["A"]},
        {"refs": ["1"], "date_from": date(2026, 1, 1)},
        {"date_to": date(2026, 1, 1)},
    ],
)
def test_search_criteria_that_make_no_sense(criterion):
    with pytest.raises(ValueError, match="search"):
        client_of("http://127.0.0.1:9", "M070").search_requests(**criterion)


def status_of(values):
    return answers.read_customer_status(json.dumps(values).encode(), "client")


def test_customer_status_shapes():
    assert status_of({"statut": "APPAREILLAGE_EC"}).code == "APPAREILLAGE_EC"
    assert status_of([{"idClient": "x", "statut": "A"}, {"idClient": "client", "statut": "B"}]).code == "B"
    assert status_of({"errors": [{"code": "ERR_RECHERCHE_PARTICULIER"}]}).known is False
    for values in (
        {},
        [],
        "x",
        {"idClient": "somebody else", "statut": {"code": "APPAREILLAGE_VALIDE"}},
        {"idClient": "client", "statut": None},
        {"idClient": "client", "statut": {"code": None}},
        [{"statut": "A"}, {"statut": "B"}],
    ):
        with pytest.raises(Unreadable):
            status_of(values)


def test_unknown_customer_as_404():
    with ScriptedServer(http(404, [{"code": "ERR_RECHERCHE_PARTICULIER"}])) as server:
        status = client_of(server.url, "M020").customer_status("x&y")
        assert server.calls()[0][1].endswith("/particulier?idClient=x%26y")
    assert (status.known, status.code) == (False, "ERR_RECHERCHE_PARTICULIER")


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("à partir du 31/08/2026 14:20:00", ACTIVATED),
        ("depuis le 31/08/2026 à 14:20, possible", ACTIVATED),
        ("31/08/202614:20", None),
        ("31/02/2026 14:20:00", None),
        ("31/08/2026", None),
        ("", None),
    ],
)
def test_activation_stamp(text, stamp):
    assert answers.to_stamp(text) == stamp


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-10-13", date(2026, 10, 13)),
        ("2026-10-13T00:00:00Z", date(2026, 10, 13)),
        ("2026-10-13T00:00:00.000Z", date(2026, 10, 13)),
        ("2026-10-13T00:00:00+02:00", date(2026, 10, 13)),
        ("2026-10-12T22:00:00Z", date(2026, 10, 13)),
        ("2026-12-31T23:00:00.000+00:00", date(2027, 1, 1)),
        ("2026-10-13T10:30:00", date(2026, 10, 13)),
        ("2026-10-13T00:00:00 quelque chose", date(2026, 10, 13)),
        ("13/10/2026", None),
        ("", None),
        (None, None),
        (20261013, None),
    ],
)
def test_dates_of_answers(text, day):
    assert answers.to_date(text) == day


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (Decimal("220.10"), Decimal("220.1")),
        (220, Decimal(220)),
        ("220.10", Decimal("220.1")),
        ("220,10", Decimal("220.1")),
        (0, Decimal(0)),
        (None, None),
        (True, None),
        ("", None),
        ("NaN", None),
        ("Infinity", None),
        ({}, None),
    ],
)
def test_amounts_of_answers(value, amount):
    assert answers.to_amount(value) == amount


@pytest.mark.parametrize(
    ("value", "ref"),
    [
        ({"idClient": " abc "}, "abc"),
        ({"idClient": 11000000000104}, "11000000000104"),
        ([{"idClient": "abc"}], "abc"),
        ({"idClient": None}, None),
        ({"idClient": ""}, None),
        ({"idClient": True}, None),
        ({"id": "abc"}, None),
        ([], None),
        ([{"code": "X"}], None),
    ],
)
def test_customer_reference(value, ref):
    body = json.dumps(value).encode()
    if ref:
        assert answers.read_customer_ref(body) == ref
    else:
        with pytest.raises(Unreadable):
            answers.read_customer_ref(body)


def test_errors_of_any_shape():
    error = RemoteError("ERR_X", "m", "d")
    assert answers.to_errors([ERROR, "texte", None, 7, {"code": 12}]) == (
        error,
        RemoteError("", "texte"),
        RemoteError("12"),
    )
    assert answers.to_errors({"errors": [ERROR], "code": "outer"}) == (error,)
    assert answers.to_errors({"error": "invalid_client", "error_description": "d"}) == (
        RemoteError("invalid_client", "", "d"),
    )
    assert len(answers.to_errors({"code": "X", "message": "é" * 10_000})[0].message) == 2000


def test_byte_order_mark_and_latin_1():
    assert answers.read_json(b"\xef\xbb\xbf[1]") == [1]
    assert answers.read_json("[\"Intégrée\"]".encode("latin-1")) == ["Intégrée"]


def test_unknown_status_code_is_kept_raw():
    item = play("m070_response_999_unknown_status.json").items[0]
    info = request_status(item.status_code)
    assert (info.code, info.state, info.final) == ("999", None, False)


def test_register_sends_the_example():
    with ScriptedServer(http(200, {"idClient": "x"})) as server:
        client_of(server.url, "M010").register_customer(customer())
        method, path, headers, body = server.calls()[0]
    assert (method, path) == ("POST", "/atp/v1/tiersPrestations/particulier")
    assert (headers["content-type"], headers["accept"]) == ("application/json", "application/json")
    assert json.loads(body) == json.loads((FIXTURES / "m010_request_france.json").read_text())


def test_submit_sends_an_array():
    with ScriptedServer(http(200, [])) as server:
        client_of(server.url, "M050").submit_requests([payment_request()])
        _, path, _, body = server.calls()[0]
    assert path == "/atp/v1/tiersPrestations/demandePaiement"
    assert json.loads(body) == json.loads((FIXTURES / "m050_request_hours.json").read_text())
    assert "Ménage".encode() in body
