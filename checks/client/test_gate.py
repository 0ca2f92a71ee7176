"""An answer may hold anything: it stops nobody, costs no neighbour, and what is left of it can be written."""

import contextlib
import json
import logging
import sys
from datetime import date, datetime
from decimal import Decimal

import pytest

from client_helpers import TOKEN_BODY, ScriptedServer, http, payment_request
from storable import is_storable
from test_client_transport import CALLS, EFFECT, attempt, client_of
from urssaf import answers, gate, masking
from urssaf.errors import OutcomeUnknown, Refused, Throttled, Unavailable
from urssaf.gate import SPOILT, Unreadable, clean, read_json, to_amount, to_date, to_ref, to_retry_after
from urssaf.transport import mask_people_in_logs

NOW = datetime(2026, 10, 5, 10, 0)
HALF = "\\ud83d"  # half an emoji, as it stands in JSON
DEEP = "[" * 100_000 + "]" * 100_000
DIGITS = "9" * 4000


def short(value):
    """A parameter's name in the list of tests: some are long, and Python writes no number of 5,000 digits."""
    try:
        return ascii(value)[:20]
    except ValueError:
        return "digits"


def entry(ref, comment='"Bien"', amount="220.0", day='"2026-10-13T00:00:00Z"', **more):
    """One entry of M070 as text."""
    more = "".join(f', "{key}": {value}' for key, value in more.items())
    return (
        f'{{"idDemandePaiement": "{ref}", "demandePaiement": {{"numFactureTiers": "F{ref}"}}, '
        f'"statut": {{"code": "70", "libelle": "Payée"}}, "infoRejet": {{"code": "X", "commentaire": {comment}}}, '
        f'"infoVirement": {{"mntVirement": {amount}, "dateVirement": {day}}}{more}}}'
    )


def search(*entries):
    body = '{"infoDemandePaiements": [' + ",".join(entries) + "]}"
    return answers.read_search(body.encode("utf-8", "surrogatepass"))


SPOILT_ENTRIES = {
    "half_emoji": ({"comment": f'"Bien {HALF}"'}, ()),
    "raw_half_emoji": ({"comment": '"Bien \ud83d"'}, ()),
    "nul": ({"comment": '"Bien \\u0000 fait"'}, ()),
    "raw_nul": ({"comment": '"Bien \0 fait"'}, ()),
    "raw_line": ({"comment": '"Bien\nfait \x07"'}, ()),
    "long_text": ({"comment": '"' + "é" * 1_000_000 + '"'}, ()),
    "nested_text": ({"comment": DEEP}, ("reject_comment",)),
    "nested_beside": ({"autre": DEEP}, ()),
    "infinite_amount": ({"amount": "1e400"}, ("transfer_amount",)),
    "endless_exponent": ({"amount": "1e99999999999"}, ("transfer_amount",)),
    "endless_negative_exponent": ({"amount": "1e-99999999999999999999"}, ("transfer_amount",)),
    "digits": ({"amount": DIGITS}, ("transfer_amount",)),
    "more_digits_than_python_reads": ({"amount": "9" * 50_000}, ("transfer_amount",)),
    "digits_as_text": ({"amount": f'"{DIGITS}"'}, ("transfer_amount",)),
    "decimals": ({"amount": "0." + DIGITS}, ("transfer_amount",)),
    "nan": ({"amount": "NaN"}, ("transfer_amount",)),
    "infinity": ({"amount": "-Infinity"}, ("transfer_amount",)),
    "true_amount": ({"amount": "true"}, ("transfer_amount",)),
    "year_9999": ({"day": '"9999-12-31T23:59:59Z"'}, ("transfer_date",)),
    "year_9999_offset": ({"day": '"9999-12-31T23:59:59-12:00"'}, ("transfer_date",)),
    "year_1": ({"day": '"0001-01-01T00:00:01+14:00"'}, ("transfer_date",)),
    "year_1900": ({"day": '"1900-01-01"'}, ("transfer_date",)),
    "next_century": ({"day": '"2099-12-31T23:30:00Z"'}, ("transfer_date",)),
    "half_emoji_date": ({"day": f'"2026-10-13T00:00:00{HALF}x"'}, ()),
    "number_as_date": ({"day": "20261013"}, ("transfer_date",)),
    "twice": ({"amount": '1.0, "mntVirement": 2.0'}, ("transfer_amount",)),
}


@pytest.mark.parametrize("name", SPOILT_ENTRIES)
def test_a_spoilt_entry_costs_no_neighbour(name):
    values, unread = SPOILT_ENTRIES[name]
    result = search(entry("1"), entry("2", **values), entry("3"))
    assert [item.request_ref for item in result.items] == ["1", "2", "3"]
    first, spoilt, third = result.items
    assert (first.reject_comment, first.transfer_amount, first.transfer_date, first.unread) == (
        "Bien",
        Decimal(220),
        date(2026, 10, 13),
        (),
    )
    assert (third.number, third.label) == ("F3", "Payée")
    assert spoilt.unread == unread
    assert result.spoilt == (("2",) if unread else ()), "named"
    assert is_storable(result)


@pytest.mark.parametrize(
    "spoilt",
    [DEEP, '"x"', "NaN", "null", "1e400", "{}", '{"statut": "70"}', '{"a": ' * 90_000 + "1" + "}" * 90_000],
    ids=short,
)
def test_an_entry_that_says_nothing_costs_no_neighbour(spoilt):
    result = search(entry("1"), spoilt, entry("3"))
    assert [item.request_ref for item in result.items] == ["1", "3"]
    assert (result.skipped, result.complete) == (1, False)


@pytest.mark.parametrize("ref", [HALF, "\\u0000", "1" * 101, "1" * 5000], ids=short)
def test_a_reference_is_there_whole_or_not_at_all(ref):
    result = search(entry("1"), entry("2").replace('"2"', f'"{ref}"'), entry("3"))
    assert [item.request_ref for item in result.items] == ["1", "", "3"]
    assert result.items[1].number == "F2", "its number still says whose it is"
    assert result.spoilt == ("F2",)


def test_one_spoilt_outcome_costs_no_neighbour():
    good = '{"numFactureTiers": "%s", "idDemandePaiement": "%s", "statut": "10"%s}'.replace("%s", "{}")
    good = good.replace('{"num', '{{"num').replace('{}}', "{}}}")
    for more in (
        f', "errors": {DEEP}',
        ', "errors": NaN',
        f', "errors": [{{"code": "X{HALF}"}}]',
        f', "idClient": {DIGITS}',
    ):
        body = "[" + ",".join((good.format("A", 1, ""), good.format("B", 2, more), good.format("C", 3, ""))) + "]"
        read = answers.read_outcomes(body.encode(), [(number, "client") for number in "ABC"])
        assert [outcome.kind for outcome in read.values()] == ["accepted", "unknown", "accepted"], more[:40]
        assert all(map(is_storable, read.values()))


def test_a_refusal_keeps_its_reason():
    body = '[{"code": "ERR_X", "message": "cl\\u0000é %s", "description": "%s"}]'.replace("%s", HALF)
    error, _server, client = attempt("M010", http(400, body.encode()))
    assert type(error) is Refused
    assert error.errors == (answers.RemoteError("ERR_X", "cl�é �", "�"),)
    assert is_storable(error.errors)
    assert all(map(is_storable, client.take_exchanges()))


def test_a_spoilt_code_is_not_another_code():
    (error,) = answers.to_errors(read_json(b'[{"code": "ERR_RECHERCHE_VIDE\\u0000"}]'))
    assert error.code != answers.EMPTY_SEARCH
    assert answers.to_errors([{"code": "C" * 200}])[0].code == "C" * 99 + "…"


def test_more_errors_than_anybody_reads():
    found = answers.to_errors([{"code": answers.EMPTY_SEARCH}] * 500)
    assert len(found) == answers.MOST_ERRORS + 1
    assert found[-1] == answers.RemoteError("", "…")
    assert not answers.SearchResult(errors=found).complete
    assert answers.to_errors(read_json(b"[" + b'{"code": "A"},' * 2000 + b"{}]")) == (), (
        "no list of ours has 1,000 entries"
    )


@pytest.mark.parametrize("depth", [33, 500, 900, 999, 2000, 100_000])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_no_depth_reaches_the_parser(depth, pair):
    opening = "[" if pair == "[]" else '{"a": '
    text = opening * depth + "1" + pair[1] * depth
    value, levels = read_json(text.encode()), 0
    while value is not SPOILT:
        value, levels = (value[0] if isinstance(value, list) else value["a"]), levels + 1
    assert levels == gate.DEEPEST
    with pytest.raises(Unreadable):
        read_json((opening * depth).encode())
    assert is_storable(masking.mask(text, masking.secrets_of(text)))


def test_brackets_in_texts_are_no_depth():
    body = json.dumps([{"a": "[" * 100 + '"\\' + "{" * 100, "b": [1]}, 2])
    assert read_json(body.encode()) == json.loads(body)


def test_near_the_end_of_the_stack():
    """Called from deep inside, a parser gives up earlier: unreadable, nothing else."""
    body = ("[" * 30 + "]" * 30).encode()

    def down(levels):
        return read_json(body) if not levels else down(levels - 1)

    for levels in range(sys.getrecursionlimit() - 120, sys.getrecursionlimit() - 10, 5):
        try:
            down(levels)
        except (Unreadable, RecursionError) as exc:
            assert isinstance(exc, Unreadable) or levels > sys.getrecursionlimit() - 100


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("12.50", Decimal("12.5")),
        (" -3,20 ", Decimal("-3.2")),
        ("2.2E+2", Decimal(220)),
        (10**12 - 1, Decimal(10**12 - 1)),
        (10**12, None),
        (10**5000, None),
        (Decimal("1e400"), None),
        (Decimal("NaN"), None),
        ("1_000", None),
        ("１２", None),
        ("1e400", None),
        ("1" * 4000, None),
        ("-", None),
        ("12 €", None),
        (SPOILT, None),
    ],
    ids=short,
)
def test_amounts_are_bounded(value, amount):
    assert to_amount(value) == amount
    assert is_storable(to_amount(value))


@pytest.mark.parametrize(
    "value",
    [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "0000-00-00",
        "1999-12-31",
        "2100-01-01",
        "2099-12-31T23:59:59-12:00",
        "2026-10-13" * 1000 + "\0",
        "२०२६-१०-१३",
        "\ud83d" * 10,
        "-999999999-01-01",
    ],
    ids=short,
)
def test_dates_are_of_this_century(value):
    assert to_date(value) in (None, date(2026, 10, 13))
    assert is_storable(to_date(value))


def test_the_ends_of_the_century():
    assert to_date("2000-01-01T00:00:00Z") == date(2000, 1, 1)
    assert to_date("2099-12-31T00:00:00Z") == date(2099, 12, 31)
    assert answers.to_stamp("depuis le 31/12/9999 23:59:59") is None
    assert answers.to_stamp("depuis le 01/01/0001 00:00:00") is None
    assert answers.to_stamp("depuis le 31/08/2026 14:20:00") == datetime(2026, 8, 31, 14, 20)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("0.5", 0.5),
        ("946080000", gate.LONGEST_WAIT),
        ("9" * 5000, gate.LONGEST_WAIT),
        ("Mon, 05 Oct 2026 10:01:00 GMT", 60.0),
        ("Sat, 05 Oct 2056 10:00:00 GMT", gate.LONGEST_WAIT),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Mon, 01 Jan 0001 00:00:00 +1200", 0.0),
        ("Mon, 05 Oct 2026 10:01:00 -1200", 43260.0),
        ("Mon, 05 Oct 2026 10:01:00 +99999999999", None),
        ("Mon, 99 Oct 2026 99:99:99 GMT", None),
        ("\0\ud83d", None),
        ("", None),
        (None, None),
    ],
    ids=short,
)
def test_waits_are_a_day_at_most(value, seconds):
    assert to_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("life", "read"),
    [
        ("3600", 3600.0),
        ("1e400", None),
        ("1e99999999999", None),
        (DIGITS, None),
        ("-5", None),
        ("0", None),
        ("NaN", None),
        ("946080000", answers.LONGEST_LIFE),
        ('"3600"', 3600.0),
    ],
    ids=short,
)
def test_life_of_a_token(life, read):
    assert answers.read_token(f'{{"access_token": "abc", "expires_in": {life}}}'.encode()) == ("abc", read)


@pytest.mark.parametrize(
    "token", ["é", "a\\u0000", HALF, "a b", "a\\r\\nX: y", "x" * 8001, "x" * 100_000, ""], ids=short
)
def test_no_token_that_is_no_header(token):
    with pytest.raises(Unreadable):
        answers.read_token(f'{{"access_token": "{token}"}}'.encode())
    assert answers.read_token(json.dumps({"access_token": "x" * 8000}).encode())[0] == "x" * 8000


def test_bytes_that_are_no_utf_8():
    body = '["Intégrée", "cœur’s"]'
    assert read_json(body.encode("cp1252")) == ["Intégrée", "cœur’s"]
    half = body.encode().replace("’".encode(), b"\xe2\x80")
    assert read_json(half)[0] == "Intégrée", "one cut character spoils no other text"
    assert is_storable(read_json(b'["' + bytes(range(128, 256)) + b'"]')[0])


def test_what_is_clean_stays_as_it_is():
    text = "Ligne 1\r\n\tÉté 🏠 « à 5 € » \u202f\ud7ff\ue000"
    assert clean(text) == text
    assert clean("a\0b\ud83dc\x1bd\x85e\uffff") == "a�b�c�d�e�"
    assert clean("abcdef", 4) == "abc…"
    assert to_ref(" FAC/2026/00001 ") == "FAC/2026/00001"
    assert to_ref(11000000000104) == "11000000000104"
    assert (to_ref(10**50), to_ref(10**5000), to_ref(10**200)) == (str(10**50), "", "")


# --- what is kept of an exchange --------------------------------------------------------------------------------------

BODIES = {
    "half_emoji": f'[{{"code": "X", "message": "{HALF}"}}]'.encode(),
    "half_emoji_in_a_key": f'{{"{HALF}": 1}}'.encode(),
    "half_emoji_bytes": b'[{"message": "\xed\xa0\xbd"}]',
    "nul": b'[{"message": "a\\u0000b"}]',
    "raw_nul": b'[{"message": "a\0b"}]',
    "html_nul": b"<html>\0\x07<body>\xff\xfe</body></html>",
    "utf_16": '[{"code": "X"}]'.encode("utf-16"),
    "deep": ("[" * 20_000 + "]" * 20_000).encode(),
    "digits": f"[{DIGITS}, {'9' * 10_000}, 1e400, NaN]".encode(),
    "names": b"[" + b",".join(b'{"nomNaissance": "x%d"}' % number for number in range(20_000)) + b"]",
    "long": b'"' + "é".encode() * 100_000 + b'"',
    "empty_names": b'{"nomNaissance": "\\u0000", "prenoms": "\\ud83d\\ud83d\\ud83d"}',
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [200, 400, 404, 503])
@pytest.mark.parametrize("name", BODIES)
def test_the_trace_can_be_written(call, status, name):
    step = http(status, BODIES[name], Retry_After="946080000")
    with ScriptedServer(step, step, token=step if call == "TOKEN" else http(200, TOKEN_BODY)) as server:
        client = client_of(server.url, call)
        try:
            result = CALLS[call](client)
        except (OutcomeUnknown, Unavailable, Refused, gate.Unreadable) as exc:
            result = getattr(exc, "errors", ())
            assert not isinstance(exc, gate.Unreadable)
            assert exc.retry_after in (None, 86400)
        except Exception as exc:
            assert type(exc).__module__ == "urssaf.errors"
            result = ()
        assert is_storable(result if not isinstance(result, dict) else tuple(result.values()))
        exchanges = client.take_exchanges()
        assert exchanges
        assert all(map(is_storable, exchanges))


def test_a_long_body_shows_no_half_of_a_name():
    iban = "FR7630006000011234567890189"
    for start in range(masking.LONGEST_READ - 40, masking.LONGEST_READ + 2, 7):
        kept = masking.mask("x" * 160_000 + " " + "0639980001 " * ((start - 160_001) // 11) + " " + iban + " fin")
        assert "FR76" not in kept
    assert masking.mask("a" * 300_000).endswith("a…")


def test_no_address_in_the_log_of_headers_that_make_no_sense(caplog):
    mask_people_in_logs()
    caplog.set_level(logging.DEBUG)
    answer = b"HTTP/1.1 200 OK\r\nno header at all\r\nContent-Length: 2\r\n\r\n[]"
    with ScriptedServer(answer) as server, contextlib.suppress(Unavailable):
        client_of(server.url, "M020").customer_status(email="camille@example.com")
    assert "camille" not in caplog.text


@pytest.mark.parametrize("call", CALLS)
def test_a_wait_of_thirty_years(call):
    for header in ("946080000", "Thu, 05 Oct 2056 10:00:00 GMT"):
        error, _server, _client = attempt(call, http(429, Retry_After=header))
        assert (type(error), error.retry_after) == (Throttled, 86400)
        error, _server, _client = attempt(call, http(503, Retry_After=header))
        assert (type(error), error.retry_after) == (OutcomeUnknown if call in EFFECT else Unavailable, 86400)


def test_a_batch_through_the_wire():
    body = (
        '[{"numFactureTiers": "FAC-2026-00121", "idDemandePaiement": "1", "statut": "10", "mntFactureTTC": 1e400},'
        f' {{"numFactureTiers": "B", "errors": [{{"code": "ERR_Y", "message": "{HALF}"}}]}}, {DEEP}]'
    )
    with ScriptedServer(http(200, body.encode())) as server:
        batch = [payment_request(), payment_request("B"), payment_request("C")]
        result = client_of(server.url, "M050").submit_requests(batch)
    assert {number: outcome.kind for number, outcome in result.items()} == {
        "FAC-2026-00121": "accepted",
        "B": "refused",
        "C": "unknown",
    }
    assert is_storable(tuple(result.values()))
