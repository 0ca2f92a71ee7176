"""100,000 answers with something wrong in them, always the same ones: no exception but ours, nothing that cannot be written."""

import json
import random
import re
from datetime import datetime

import pytest

from client_helpers import CUSTOMER_REF, FIXTURES, INDEX, payment_request
from storable import is_storable
from urssaf import answers, masking
from urssaf.answers import Unreadable
from urssaf.same import FACTS, contradictions, differences

SEED = 20261005
TIMES = 100_000
PARTS = 10  # of the work, so that a failure is found in a tenth of the time
NOW = datetime(2026, 10, 5, 10, 0)
SENT = payment_request()
PAIRS = [("FAC-2026-00121", CUSTOMER_REF), ("FAC-2026-00122", CUSTOMER_REF), ("FAC-2026-00130", "33333333")]

# As they stand in JSON, or in what calls itself JSON.
POISON = [
    *(
        '"\\ud83d"',
        '"\\ude00\\ud83d"',
        '"Bien \\u0000"',
        '"\0"',
        '"\x1b[2J\x07"',
        '"\\uffff\\ufffe"',
        '"\ufeff"',
        '"\u202e"',
    ),
    *("1e400", "-1e400", "1e99999999999", "1e-99999999999999999999", "1E+999999999999999999999", "0e400", "-0"),
    *("9" * 4000, "9" * 4400, "-" + "9" * 41, "0." + "3" * 400, "1" + "0" * 39, "99999999999999.99", "1e39"),
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "true",
        "false",
        "null",
        "{}",
        "[]",
        '""',
        '" "',
        "[[]]",
        "[null]",
        "[{}]",
        "undefined",
    ),
    *(
        '"9999-12-31T23:59:59Z"',
        '"9999-12-31T23:59:59-23:59"',
        '"0001-01-01T00:00:00+23:59"',
        '"2099-12-31T23:59:59-12:00"',
    ),
    *(
        '"2026-13-45"',
        '"2026-10-05T25:00:00Z"',
        '"20261005"',
        '"2026-W41-1"',
        '"2026-10-05T10:00:00.123456789Z"',
        '"２０２６-10-05"',
    ),
    *('"31/12/9999 23:59:59"', '"01/01/0001 00:00"', '"99/99/2026 99:99:99"', '"31/08/2026 24:00:60"'),
    *('"1e400"', '"1_000"', '"NaN"', '"' + "9" * 4000 + '"', '"12,5"', '"١٢"', '"-"', '"1e-99"'),
    *(
        '"' + "é" * 3000 + '"',
        '"' + "\\" * 201 + '"',
        '"<html>\\u0000</html>"',
        '"10"',
        '"ERR_RECHERCHE_VIDE"',
        '"FAC-2026-00121"',
    ),
    *("[" * 40 + "]" * 40, '{"a":' * 200 + "1" + "}" * 200, "[" * 1500, "]" * 50, "[" + "1," * 1100 + "1]"),
    *('"errors": [{"code": "A"}]', '"a": 1, "a": 2', '{"code": "\\ud83d", "message": "\\u0000", "description": 1e400}'),
    *(
        '{"errors": {"Errors": {"errors": "x"}}}',
        '[[[{"code": 1}]], "x"]',
        '"iban": "FR76',
        "'",
        '"',
        ",",
        ":",
        "\\",
        "\\u",
    ),
]
DEEPEST = "[" * 100_000 + "]" * 100_000
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9.eE+-]+|true|false|null|[\[\]{},:]|\s+|.', re.DOTALL)
BYTES = [
    b"\0",
    b"\xff",
    b"\xed\xa0\xbd",
    b"\xf0\x9f",
    b"\xc3",
    b'"',
    b"\\",
    b"{",
    b"]",
    b",",
    b"9" * 50,
    b"\xef\xbb\xbf",
    b"\x1a",
]

READERS = {
    "TOKEN": answers.read_token,
    "M010": answers.read_customer_ref,
    "M020": lambda body: answers.read_customer_status(body, CUSTOMER_REF),
    "M050": lambda body: answers.read_outcomes(body, PAIRS),
    "M070": answers.read_search,
    "any": answers.unknown_customer,
}


def examples():
    """(call, tokens, places of those that say something) of each example answer."""
    found = []
    for one in INDEX:
        if one["direction"] == "response" and one["file"]:
            tokens = TOKEN.findall((FIXTURES / one["file"]).read_text())
            places = [place for place, token in enumerate(tokens) if token.strip() and token not in "[]{},:"]
            found.append((one["call"] if one["call"] in READERS else "any", tokens, places))
    return found


def mutated(chance, tokens, places):
    """One answer with one to three things wrong in it."""
    tokens = tokens.copy()
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.choice(places)
        kind = chance.random()
        if kind < 0.8:
            tokens[place] = chance.choice(POISON)
        elif kind < 0.9:
            tokens[place] = tokens[chance.choice(places)]
        else:
            tokens[chance.randrange(len(tokens))] = ""
    body = "".join(tokens).encode("utf-8", "surrogatepass")
    if chance.random() < 0.15:
        place = chance.randrange(len(body) + 1)
        kind = chance.random()
        if kind < 0.5:
            body = body[:place] + chance.choice(BYTES) + body[place:]
        elif kind < 0.8:
            body = body[:place] + body[place + chance.randrange(1, 9) :]
        else:
            body = body[:place]
    return body


def read(reader, body):
    """What a reader makes of a body; None when it says that it can make nothing of it."""
    try:
        return reader(body)
    except Unreadable:
        return None


def check(result):
    """Raises AssertionError for what cannot be written, or is told as a success without being one."""
    told = tuple(result.items()) if isinstance(result, dict) else result
    assert is_storable(told), "cannot be written"
    if isinstance(result, answers.SearchResult):
        assert is_storable((result.contradictions, result.spoilt, result.complete))
        refs = [item.request_ref for item in result.items if item.request_ref]
        assert len(refs) == len(set(refs)), "a reference twice"
        for item in result.items:
            assert set(contradictions(SENT, item)) <= set(differences(SENT, item)) <= set(FACTS)
    elif isinstance(result, dict):
        accepted = [outcome.request_ref for outcome in result.values() if outcome.kind == "accepted"]
        assert all(accepted), "accepted without a reference"
        assert len(accepted) == len(set(accepted)), "one reference for two"
        assert not any(outcome.errors for outcome in result.values() if outcome.kind == "accepted")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_hundred_thousand_answers(part):
    chance = random.Random(SEED + part)
    known = examples()
    names = list(READERS)
    readable = 0
    for turn in range(TIMES // PARTS):
        call, tokens, places = known[turn % len(known)]
        body = mutated(chance, tokens, places)
        try:
            result = read(READERS[call], body)
            readable += result is not None
            check(result)
            # the readers of the other calls, each in its turn, and that of refusals
            check(read(READERS[names[turn % len(names)]], body))
            if turn % 3 == 0:
                check(answers.body_errors(body))
            if turn % 10 == 0:
                text = body.decode("utf-8", "replace")
                assert is_storable((masking.mask(text, masking.secrets_of(text)), masking.mask_sentence(text, text)))
        except Exception as exc:
            raise AssertionError(f"seed {SEED + part}, turn {turn}, {call}: {exc!r}\n{body[:3000]!r}") from exc
    assert readable > TIMES // PARTS // 4, "most of them must reach the readers"


def test_the_deepest_in_every_place():
    for call, tokens, places in examples()[::6]:
        for place in places[::6]:
            body = "".join([*tokens[:place], DEEPEST, *tokens[place + 1 :]]).encode()
            check(read(READERS[call], body))


WORDS = [
    *"0123456789",
    "Mon, ",
    "05 ",
    "Oct ",
    "2026 ",
    "9999 ",
    "0001 ",
    "10:00:00 ",
    "99:99:99 ",
    "GMT",
    "-1200",
    "+9999",
]
WORDS += ["\0", "\xff", "\ud83d", " ", ",", ";", "-", "1e400", "9" * 500, "Feb 30 ", "2056 ", "Z"]


def test_waits_of_any_kind():
    chance = random.Random(SEED)
    for _ in range(10_000):
        header = "".join(chance.choices(WORDS, k=chance.randrange(1, 9)))
        seconds = answers.to_retry_after(header, NOW)
        assert seconds is None or 0 <= seconds <= 86_400, header


def test_the_predicate_refuses():
    """What the results are held against lets none of these pass."""
    for value in ("a\0", "\ud83d", "x" * 100_000, float("inf"), 10**50, json, object(), ("a", "\0")):
        assert not is_storable(value)
    for text in ("1e400", "NaN", "-Infinity", "100000000000000"):
        assert not is_storable(answers.Decimal(text))
    assert not is_storable(NOW.replace(year=9999))
    assert is_storable(("é🏠\n", 1, 1.5, None, True, NOW, NOW.date(), answers.Decimal("-12.50"), frozenset("a")))
