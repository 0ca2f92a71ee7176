"""Is what URSSAF holds what was sent? (CONTRACT §10.1: adopting needs all of it; CONTRACT §8: matching.)

Fixed prices are the rule in this trade, and the first invoice of every program bears the same number: neither number nor
amount alone says whose request it is.
"""

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import NamedTuple, Protocol

from .answers import RequestStatus
from .dates import PARIS
from .wire import day, read_timestamp

NUMBER, CUSTOMER, TOTAL, INVOICE_DATE, PERIOD = FACTS = ("number", "customer", "total", "invoice_date", "period")


class Sent(Protocol):
    """What is compared of a request of ours: ``payloads.PaymentRequest`` has it, ``Facts`` too."""

    number: str
    customer_ref: str
    total_ttc: Decimal
    invoice_date: date
    date_start: date | datetime
    date_end: date | datetime


class Facts(NamedTuple):
    """What is compared, of a payload whose birth date may have been erased (``payloads.without_birth_date``)."""

    number: str
    customer_ref: str
    total_ttc: Decimal
    invoice_date: date
    date_start: date | datetime
    date_end: date | datetime


def facts_of(payload: str) -> Facts:
    """What ``PaymentRequest.to_json`` wrote, with or without its birth date.

    :raises ValueError: on a text that is no such JSON
    :raises KeyError: when a key is missing
    """
    values = json.loads(payload, parse_float=Decimal)
    if not isinstance(values, dict):
        raise ValueError("not a payment request")
    return Facts(
        number=values["numFactureTiers"],
        customer_ref=values["idClient"],
        total_ttc=Decimal(values["mntFactureTTC"]),
        invoice_date=read_timestamp(values["dateFacture"]),
        date_start=read_timestamp(values["dateDebutEmploi"]),
        date_end=read_timestamp(values["dateFinEmploi"]),
    )


def differences(sent: Sent, found: RequestStatus) -> tuple[str, ...]:
    """In what URSSAF's request is not provably the one that was sent: each of ``FACTS`` that differs or is not told.

    Empty: all agrees (CONTRACT §10.1), and it may be adopted *if* an answer of ours was lost and no other request of
    ours has its reference: both are the caller's to know.

    :param Sent sent: a ``PaymentRequest`` or ``Facts``
    :param RequestStatus found: one entry of M070's answer
    :return: names in the order of ``FACTS``
    :rtype: tuple[str, ...]
    """
    return tuple(name for name, same in _compared(sent, found) if same is not True)


def contradictions(sent: Sent, found: RequestStatus) -> tuple[str, ...]:
    """In what URSSAF says something else than was sent: each of ``FACTS`` that is told and differs.

    For a status answer about a request whose reference we know: what is not told contradicts nothing there.
    Parameters and result as for ``differences``.
    """
    return tuple(name for name, same in _compared(sent, found) if same is False)


def _compared(sent: Sent, found: RequestStatus) -> list[tuple[str, bool | None]]:
    """Each fact with True (agrees), False (differs) or None (not told, or not readable)."""
    start, end = (
        None if told is None else told == _household_day(own)
        for told, own in ((found.date_start, sent.date_start), (found.date_end, sent.date_end))
    )
    period = False if start is False or end is False else True if start and end else None
    return [
        (NUMBER, found.number == sent.number if found.number else None),
        (CUSTOMER, found.customer_ref == sent.customer_ref if found.customer_ref else None),
        (TOTAL, found.total_ttc == sent.total_ttc if found.total_ttc is not None else None),
        (INVOICE_DATE, found.date_invoice == _household_day(sent.invoice_date) if found.date_invoice else None),
        (PERIOD, period),
    ]


def _household_day(value: date | datetime) -> date:
    """The calendar date of a day or of an instant (naive UTC), as ``gate.to_date`` reads it back."""
    value = day(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc).astimezone(PARIS).date()
    return value
