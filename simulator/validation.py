"""Reading of bodies and the check against our JSON Schemas (``schemas/``, written from CONTRACT §5, §7 and §8)."""

import json
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

from . import formats

FOLDER = Path(__file__).parent / "schemas"
# Newer pattern of the e-mail address (P4n), rewritten so that it cannot backtrack; the older one (P4) refuses the plus.
MAIL_NAME = re.compile(r"[A-Za-z0-9+._-]+")
MAIL_DOMAIN = re.compile(r"[A-Za-z0-9-]*[A-Za-z0-9]")

checker = FormatChecker(formats=())


def is_mail(text: str) -> bool:
    name, _, domain = text.partition("@")
    labels = domain.split(".")
    return bool(
        MAIL_NAME.fullmatch(name)
        and len(labels) > 1
        and all(MAIL_DOMAIN.fullmatch(label) for label in labels)
        and len(labels[-1]) > 1
        and labels[-1][0] != "-"
    )


def is_any_date(text: str) -> bool:
    try:
        formats.parse_instant(text)
    except ValueError:
        return False
    return True


for name, check in (
    ("last-name", formats.is_last_name),
    ("first-names", formats.is_first_names),
    ("instant", formats.is_instant),
    ("e-mail", is_mail),
    ("any-date", is_any_date),
):
    # A format says nothing about values that are not strings: "type" does.
    checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=checker)


class Unreadable(ValueError):
    """The body is not JSON."""


def read(body: bytes) -> tuple[object, object]:
    """Read a body twice: with exact decimals for the checks, with plain floats to be stored and echoed.

    :raises Unreadable: not JSON, or not JSON that a Java server reads (NaN, endless nesting)
    """

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        text = body.decode("utf-8")
        exact = json.loads(text, parse_float=Decimal, parse_constant=refuse)
        return exact, json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise Unreadable("body") from exc


def faults_of(schema: str, body: object) -> list[tuple[str, str]]:
    """What is wrong with the form of a body: ``[(dotted path, rule)]``, where rule is a keyword of JSON Schema.

    A missing or superfluous key is reported under its own path, and each path once. Never contains a value of the body.
    """
    found: dict[str, str] = {}
    for err in validator(schema).iter_errors(body):
        path = ""
        for part in err.absolute_path:
            path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
        if err.validator == "required":
            keys = [key for key in err.validator_value if key not in err.instance]
        elif err.validator == "dependentRequired":
            keys = [key for keys in err.validator_value.values() for key in keys if key not in err.instance]
        elif err.validator == "additionalProperties":
            keys = [key for key in err.instance if key not in err.schema["properties"]]
        else:
            keys = [""]
        for key in keys:
            found.setdefault(".".join(filter(None, (path, key))), str(err.validator))
    return list(found.items())
