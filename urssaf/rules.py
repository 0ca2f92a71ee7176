"""Everything that can be known to be refused before a call (CONTRACT §5, §7), as findings.

Fields may be missing (None or ''): that is a finding too. Field names are those of the Odoo models, so that a
screen can point at them. Nothing here looks at the network, and every check is linear in its text.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from .dates import PARIS
from .findings import Finding, error, warning
from .formats import (
    FRANCE,
    ascii_first_names,
    ascii_name,
    compact,
    free_text,
    is_first_names,
    is_free_text,
    is_name,
    normalize_mobile,
    number_key_is_right,
    text,
    valid_bic,
    valid_commune_code,
    valid_country_code,
    valid_department,
    valid_email,
    valid_iban,
    valid_worker,
    valid_zip,
)
from .lines import Line
from .payloads import Address, BankAccount, BirthPlace, Customer, PaymentRequest
from .street import COMPLEMENT_LENGTH, STREET_NAME_LENGTH
from .street_types import STREET_LETTERS, STREET_TYPES
from .typed import read_bic, read_email, read_iban
from .wire import CENT

# "Today at 00:00Z" is still to come for URSSAF between midnight and 02:00 in Paris; clocks differ a little, too.
DATE_MARGIN = timedelta(minutes=10)
ACTIVATION_MARGIN = timedelta(minutes=5)
OLDEST_BIRTH = 130  # years

# Words that identity papers put between two names or before one: "Durand née Martin", "Mme Durand".
NO_NAME = re.compile(
    r"^(?:mme|mlle|monsieur|madame|mademoiselle)(?: |$)|(?<!\ble) (?:nee?|epouse|epoux|ep|veuve|vve|divorcee)(?: |$)",
    re.I,
)

NAME_LENGTH, HOLDER_LENGTH, CITY_LENGTH = 80, 100, 50
STREET_NUMBER_LENGTH = 4
FRENCH_IBAN_LENGTH = 27
INVOICE_NUMBER_LENGTH = 50
USUAL_LINES = 10


# --- customer -------------------------------------------------------------------------------------------------------


def check_customer(customer: Customer, today: date) -> list[Finding]:
    """What M010 would refuse (CONTRACT §5). ``today``: the day in Paris."""
    return [
        *_check_identity(customer, today),
        *_check_birth_place(customer.birth_place),
        *_check_contact(customer),
        *_check_address(customer.address),
        *_check_bank_account(customer.bank_account),
    ]


def _check_identity(customer: Customer, today: date) -> Iterator[Finding]:
    if not customer.civility:
        yield error("civility_missing", "urssaf_civility")
    elif customer.civility not in ("1", "2"):
        yield error("civility_invalid", "urssaf_civility")
    for name, field in (("birth_name", "urssaf_birth_name"), ("usage_name", "urssaf_usage_name")):
        sent = ascii_name(getattr(customer, name))
        if not sent:
            if name == "birth_name":
                yield error("birth_name_missing", field)
        elif not is_name(sent):
            yield error(f"{name}_characters", field)
        elif len(sent) > NAME_LENGTH:
            yield error(f"{name}_too_long", field, limit=NAME_LENGTH)
        elif NO_NAME.search(sent):
            yield warning(f"{name}_words", field)
    first_names = ascii_first_names(customer.first_names)
    if not first_names:
        yield error("first_names_missing", "urssaf_first_names")
    elif not is_first_names(first_names):
        yield error("first_names_characters", "urssaf_first_names")
    elif len(first_names) > NAME_LENGTH:
        yield error("first_names_too_long", "urssaf_first_names", limit=NAME_LENGTH)
    if not customer.birth_date:
        yield error("birth_date_missing", "urssaf_birth_date")
    elif customer.birth_date > today:
        yield error("birth_date_future", "urssaf_birth_date")
    elif _years_between(customer.birth_date, today) >= OLDEST_BIRTH:
        yield error("birth_date_too_old", "urssaf_birth_date", limit=OLDEST_BIRTH)


def _years_between(birth: date, today: date) -> int:
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _check_birth_place(place: BirthPlace | None) -> Iterator[Finding]:
    country = place.country_code if place else None
    if not country:
        yield error("birth_country_missing", "urssaf_birth_country_id")
        return
    if not valid_country_code(country):
        yield error("birth_country_invalid", "urssaf_birth_country_id", code=country)
        return
    field = "urssaf_birth_commune_id"
    name = free_text(place.commune_name)
    if country != FRANCE:
        if place.department or place.commune_code or name:
            yield error("birth_commune_abroad", field)
    elif not (place.department or place.commune_code or name):
        yield error("birth_commune_missing", field)
    elif not valid_department(compact(place.department)) or not _is_three_digits(place.commune_code):
        yield error("birth_commune_invalid", field)
    elif not name or len(name) > CITY_LENGTH or ";" in name or not is_free_text(name):
        yield error("birth_commune_name_invalid", field, limit=CITY_LENGTH)


def _is_three_digits(code: str | None) -> bool:
    return bool(code) and len(code) == 3 and code.isascii() and code.isdigit()


def _check_contact(customer: Customer) -> Iterator[Finding]:
    if not text(customer.mobile):
        yield error("mobile_missing", "urssaf_mobile")
    elif not normalize_mobile(customer.mobile):
        yield error("mobile_invalid", "urssaf_mobile")
    email = read_email(customer.email)
    if not email:
        yield error("email_missing", "email")
    elif not valid_email(email):
        yield error("email_invalid", "email")
    elif "+" in email:
        yield warning("email_plus", "email")


def _check_address(address: Address | None) -> Iterator[Finding]:
    if not address:
        yield error("address_missing", "urssaf_address_complement")
        yield error("zip_missing", "zip")
        yield error("commune_missing", "urssaf_commune_id")
        return
    yield from _check_street(address)
    for name, field in (
        ("complement", "urssaf_address_complement"),
        ("locality", "urssaf_address_locality"),
    ):
        yield from _check_free_text(getattr(address, name), f"address_{name}", field, COMPLEMENT_LENGTH)
    zip_code, commune, city = address.sent_zip(), compact(address.commune_code), free_text(address.city_name)
    if not zip_code:
        yield error("zip_missing", "zip")
    elif not valid_zip(zip_code):
        yield error("zip_invalid", "zip")
    if not commune or not city:
        yield error("commune_missing", "urssaf_commune_id")
    elif not valid_commune_code(commune):
        yield error("commune_invalid", "urssaf_commune_id", code=commune)
    else:
        yield from _check_free_text(city, "city", "urssaf_commune_id", CITY_LENGTH)
    if address.country_code != FRANCE:
        yield error("address_abroad", "country_id")


def _check_free_text(value: str | None, name: str, field: str, limit: int) -> Iterator[Finding]:
    sent = free_text(value)
    if len(sent) > limit:
        yield error(f"{name}_too_long", field, limit=limit)
    elif not is_free_text(sent):
        yield error(f"{name}_characters", field)


def _check_street(address: Address) -> Iterator[Finding]:
    number, letter = compact(address.number), compact(address.letter)
    street_type, street_name = compact(address.street_type), text(address.street_name)
    if not (street_type or street_name or text(address.complement) or text(address.locality)):
        yield error("address_missing", "urssaf_address_complement")
    elif street_type and not street_name:
        yield error("street_name_missing", "urssaf_street_name")
    elif street_name and not street_type:
        yield error("street_type_missing", "urssaf_street_type")
    elif number and not street_name:
        yield error("street_number_without_street", "urssaf_street_number")
    if street_type and street_type not in STREET_TYPES:
        yield error("street_type_unknown", "urssaf_street_type", code=street_type)
    yield from _check_free_text(street_name, "street_name", "urssaf_street_name", STREET_NAME_LENGTH)
    if number and not (number.isascii() and number.isdigit() and len(number) <= STREET_NUMBER_LENGTH and int(number)):
        yield error("street_number_invalid", "urssaf_street_number", limit=STREET_NUMBER_LENGTH)
    if letter and letter not in STREET_LETTERS:
        yield error("street_letter_unknown", "urssaf_street_letter", letter=letter)


def _check_bank_account(account: BankAccount | None) -> Iterator[Finding]:
    iban, bic, holder = ("",) * 3
    if account:
        iban, bic, holder = read_iban(account.iban), read_bic(account.bic), text(account.holder)
    if not iban:
        yield error("iban_missing", "urssaf_iban")
    elif not valid_iban(iban):
        yield _wrong_iban(iban)
    elif iban[:2] == "MC":
        # Debited through the French banking system, but not "domiciled in France" to the letter: let URSSAF decide.
        yield warning("iban_monaco", "urssaf_iban")
    elif iban[:2] != "FR":
        yield error("iban_not_french", "urssaf_iban")
    if not bic:
        yield error("bic_missing", "urssaf_bic")
    elif not valid_bic(bic):
        yield error("bic_invalid", "urssaf_bic")
    if not holder:
        yield error("holder_missing", "urssaf_bank_holder")
    else:
        yield from _check_free_text(holder, "holder", "urssaf_bank_holder", HOLDER_LENGTH)


def _wrong_iban(iban: str) -> Finding:
    """What is wrong with an IBAN: a French one of another length is best told by how many characters it lacks."""
    if iban[:2] == "FR" and iban.isascii() and iban.isalnum() and len(iban) != FRENCH_IBAN_LENGTH:
        lacking = FRENCH_IBAN_LENGTH - len(iban)
        if lacking > 0:
            return error("iban_too_short", "urssaf_iban", count=lacking, length=FRENCH_IBAN_LENGTH)
        return error("iban_too_long", "urssaf_iban", count=-lacking, length=FRENCH_IBAN_LENGTH)
    return error("iban_invalid", "urssaf_iban")


def check_agreement(given_on: date | None, origin: str | None, today: date) -> list[Finding]:
    """Whether the household's agreement is on record: without it nothing may be sent of it.

    It never leaves: it is not part of M010. ``origin``: how it was given, in the user's words.
    """
    findings = []
    if not given_on:
        findings.append(error("consent_date_missing", "urssaf_consent_date"))
    elif given_on > today:
        findings.append(error("consent_date_future", "urssaf_consent_date"))
    if not text(origin):
        findings.append(error("consent_origin_missing", "urssaf_consent_origin"))
    return findings


# --- payment request ------------------------------------------------------------------------------------------------


def check_request(request: PaymentRequest, *, now: datetime, activated_at: datetime | None) -> list[Finding]:
    """What M050 would refuse (CONTRACT §7), employment dates to come apart: ``leaves_at`` says when they may leave.

    ``now``: aware UTC. ``activated_at``: the stamp of M020 read as UTC, naive; None when not known.
    """
    return [
        *_check_parties(request),
        *_check_period(request),
        *_check_activation(request, activated_at),
        *_check_deposit(request, now),
        *_check_lines(request),
        *_check_shape(request),
        *_check_amounts(request),
    ]


def _check_parties(request: PaymentRequest) -> Iterator[Finding]:
    if not request.billing_party:
        yield error("billing_party_missing", "urssaf_billing_party")
    if not request.customer_ref:
        yield error("customer_ref_missing", "urssaf_registration_id")
    if not request.birth_date:
        yield error("customer_birth_date_missing", "urssaf_birth_date")
    if not request.number:
        yield error("number_missing", "name")
    elif len(request.number) > INVOICE_NUMBER_LENGTH:
        yield error("number_too_long", "name", limit=INVOICE_NUMBER_LENGTH)
    elif text(request.number) != request.number or not request.number.isprintable():
        yield error("number_characters", "name")
    if not request.invoice_date:
        yield error("invoice_date_missing", "invoice_date")


def _as_date(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _as_instant(value: date | datetime) -> datetime:
    """The instant as it is written: a day is its midnight UTC."""
    return value if isinstance(value, datetime) else datetime.combine(value, time.min)


def _check_period(request: PaymentRequest) -> Iterator[Finding]:
    start, end = request.date_start, request.date_end
    if not start:
        yield error("date_start_missing", "urssaf_date_start")
    if not end:
        yield error("date_end_missing", "urssaf_date_end")
    if not (start and end):
        return
    if _as_instant(end) < _as_instant(start):
        yield error("period_order", "urssaf_date_end")
    elif (start.year, start.month) != (end.year, end.month):
        yield error("period_two_months", "urssaf_date_end")


def _check_activation(request: PaymentRequest, activated_at: datetime | None) -> Iterator[Finding]:
    if not activated_at:
        return
    activation_day = activated_at.date()
    first_day = activation_day + timedelta(days=1)
    start = request.date_start
    # A plain day is sent as its midnight: on the day of activation that lies before the activation.
    if isinstance(start, datetime):
        too_early = start < activated_at + ACTIVATION_MARGIN
    else:
        too_early = bool(start) and start < first_day
    if too_early:
        yield error("period_before_activation", "urssaf_date_start", activated_on=activation_day, first_day=first_day)
    if request.invoice_date and request.invoice_date < activation_day:
        yield error("invoice_before_activation", "invoice_date", activated_on=activation_day)
    if request.deposit_date and request.deposit_date < activation_day:
        yield warning("deposit_before_activation", "urssaf_deposit_date", activated_on=activation_day)


def _check_deposit(request: PaymentRequest, now: datetime) -> Iterator[Finding]:
    amount = request.deposit_amount
    if not amount:
        return
    if amount < 0:
        yield error("deposit_negative", "urssaf_deposit_amount")
    elif not _is_cents(amount):
        yield error("deposit_decimals", "urssaf_deposit_amount")
    elif amount * 2 > request.total_ttc:
        limit = (request.total_ttc / 2).quantize(CENT, "ROUND_DOWN")
        yield error("deposit_above_half", "urssaf_deposit_amount", limit=limit)
    if not request.deposit_date:
        yield error("deposit_date_missing", "urssaf_deposit_date")
    elif request.deposit_date > now.astimezone(PARIS).date():
        yield error("deposit_date_future", "urssaf_deposit_date")


def _check_lines(request: PaymentRequest) -> Iterator[Finding]:
    """Line findings, each told once for all the lines that have it."""
    if not request.lines:
        yield error("lines_missing", "invoice_line_ids")
        return
    if len(request.lines) > USUAL_LINES:
        yield warning("many_lines", "invoice_line_ids", count=len(request.lines), limit=USUAL_LINES)
    seen = set()
    for line in request.lines:
        for finding in _check_line(line, request):
            if (finding.code, finding.params.get("value")) not in seen:
                seen.add((finding.code, finding.params.get("value")))
                yield finding


def _check_line(line: Line, request: PaymentRequest) -> Iterator[Finding]:
    if not line.nature:
        yield error("nature_missing", "urssaf_nature_id")
    elif line.nature == "270":
        yield warning("nature_not_eligible", "urssaf_nature_id")
    if not line.worker:
        yield error("worker_missing", "urssaf_worker_number")
    elif not valid_worker(line.worker):
        yield error("worker_invalid", "urssaf_worker_number", value=line.worker)
    elif not number_key_is_right(line.worker):
        yield warning("worker_key", "urssaf_worker_number", value=line.worker)
    start, end = line.date_start, line.date_end
    if start and end and _as_instant(end) < _as_instant(start):
        yield error("line_period_order", "urssaf_date_end")
    if request.date_start and request.date_end:
        first, last = _as_instant(request.date_start), _as_instant(request.date_end)
        if any(moment and not first <= _as_instant(moment) <= last for moment in (start, end)):
            yield error("line_outside_period", "urssaf_date_start")


def _check_shape(request: PaymentRequest) -> Iterator[Finding]:
    """What leaves otherwise than it looks on the invoice; known where the request has just been built."""
    for line in request.lines:
        if line.hides_quantity:
            yield warning("flat_fee", "invoice_line_ids", label=line.label, amount=line.total_ttc)


def _is_cents(amount: Decimal) -> bool:
    return amount.is_finite() and amount == amount.quantize(CENT)


def _is_consistent(line: Line) -> bool:
    price = (line.unit_ttc * line.quantity).quantize(CENT, ROUND_HALF_UP)
    return price == line.total_ttc == line.total_ht + line.total_tva


def _check_amounts(request: PaymentRequest) -> Iterator[Finding]:
    """The net under the builder: the checks of CONTRACT §7.3, once more, on what would really leave."""
    field = "invoice_line_ids"
    amounts = [request.total_ttc, request.total_ht]
    for line in request.lines:
        amounts += [line.quantity, line.unit_ttc, line.total_ttc, line.total_ht, line.total_tva]
    if any(amount < 0 for amount in amounts):
        yield error("amount_negative", field)
    elif not all(map(_is_cents, amounts)):
        yield error("amount_decimals", field)
    elif request.lines:
        if request.total_ttc <= 0:
            yield error("total_zero", field)
        if (
            not all(map(_is_consistent, request.lines))
            or sum(line.total_ttc for line in request.lines) != request.total_ttc
            or sum(line.total_ht for line in request.lines) != request.total_ht
        ):
            yield error("amounts_inconsistent", field)


# --- when -----------------------------------------------------------------------------------------------------------


def leaves_at(date_start: date | None, date_end: date | None, now: datetime) -> datetime | None:
    """The earliest moment (naive UTC) a request of this period may leave; None: it may leave now (aware UTC).

    A period that ends after today, as Paris counts days, leaves when the day after its end begins in Paris. One that
    ends today leaves ten minutes after the midnight UTC that its date is written as (CONTRACT §7.4).
    """
    ends = [moment for moment in (date_start, date_end) if moment]
    if not ends:
        return None
    last = max(ends, key=_as_instant)
    if _as_date(last) > now.astimezone(PARIS).date():
        midnight = datetime.combine(_as_date(last) + timedelta(days=1), time.min, PARIS)
        return midnight.astimezone(timezone.utc).replace(tzinfo=None)
    ready = _as_instant(last) + DATE_MARGIN
    return ready if ready > now.astimezone(timezone.utc).replace(tzinfo=None) else None
