"""What is sent (CONTRACT §5, §7): strict dataclasses and their JSON.

A value is cleaned of what cannot matter (spaces, case, accents of names) and written only when it is there;
whether it will be accepted is the business of ``rules``.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .formats import (
    FRANCE,
    ascii_name,
    compact,
    free_text,
    normalize_mobile,
    text,
    typed_name,
)
from .lines import Line
from .typed import read_bic, read_email, read_iban, read_zip
from .wire import birth_timestamp, day, number, read_timestamp, timestamp


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Without the keys that have nothing to say: the remote refuses null and ''."""
    return {key: value for key, value in values.items() if value}


@dataclass(frozen=True)
class BirthPlace:
    """Country by INSEE code; for France also department and commune as ``split_commune`` gives them, and its name."""

    country_code: str
    department: str | None = None
    commune_code: str | None = None
    commune_name: str | None = None

    def to_dict(self) -> dict[str, Any]:
        commune = _filled({"codeCommune": self.commune_code, "libelleCommune": free_text(self.commune_name)})
        return _filled(
            {
                "codePaysNaissance": self.country_code,
                "departementNaissance": compact(self.department),
                "communeNaissance": commune,
            }
        )


@dataclass(frozen=True)
class Address:
    """A postal address in France; ``commune_code`` is INSEE's code of 5 characters."""

    city_name: str
    commune_code: str
    zip_code: str
    country_code: str = FRANCE
    number: str | None = None
    letter: str | None = None
    street_type: str | None = None
    street_name: str | None = None
    complement: str | None = None
    locality: str | None = None

    def sent_zip(self) -> str:
        """The postal code; one that has lost its zero gets it where the commune says so: 3700 is no 37000 cut short."""
        code, typed = read_zip(self.zip_code, self.country_code), compact(self.zip_code)
        return code if len(typed) > 4 or compact(self.commune_code).startswith(code[:2]) else typed

    def to_dict(self) -> dict[str, Any]:
        return _filled(
            {
                "numeroVoie": compact(self.number),
                "lettreVoie": compact(self.letter),
                "codeTypeVoie": compact(self.street_type),
                "libelleVoie": free_text(self.street_name),
                "complement": free_text(self.complement),
                "lieuDit": free_text(self.locality),
                "libelleCommune": free_text(self.city_name),
                "codeCommune": compact(self.commune_code),
                "codePostal": self.sent_zip(),
                "codePays": self.country_code,
            }
        )


@dataclass(frozen=True)
class BankAccount:
    """The household's account; ``holder``: title, last name, first name."""

    bic: str
    iban: str
    holder: str

    def to_dict(self) -> dict[str, Any]:
        return _filled({"bic": read_bic(self.bic), "iban": read_iban(self.iban), "titulaire": free_text(self.holder)})


@dataclass(frozen=True)
class Customer:
    """A household to register with M010. ``civility``: ``'1'`` Monsieur, ``'2'`` Madame.

    Names leave in plain ASCII letters, unless ``keep_accents`` (CONTRACT §14: both readings exist).
    """

    civility: str
    birth_name: str
    first_names: str
    birth_date: date
    birth_place: BirthPlace
    mobile: str
    email: str
    address: Address
    bank_account: BankAccount
    usage_name: str | None = None
    keep_accents: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of M010. Expects a customer without error findings (``rules.check_customer``)."""
        written = typed_name if self.keep_accents else ascii_name
        return _filled(
            {
                "civilite": self.civility,
                "nomNaissance": written(self.birth_name),
                "nomUsage": written(self.usage_name),
                "prenoms": written((self.first_names or "").replace(",", " ")),
                "dateNaissance": birth_timestamp(self.birth_date),
                "lieuNaissance": self.birth_place.to_dict(),
                "numeroTelephonePortable": normalize_mobile(self.mobile) or text(self.mobile),
                "adresseMail": read_email(self.email),
                "adressePostale": self.address.to_dict(),
                "coordonneeBancaire": self.bank_account.to_dict(),
            }
        )


@dataclass(frozen=True)
class PaymentRequest:
    """One ``InputDemandePaiement`` (CONTRACT §7.1). Amounts in euros; ``number`` is the invoice's number.

    Dates are calendar dates of the household's day; an instant (naive UTC) is for a service on the activation day.
    """

    billing_party: str
    customer_ref: str
    birth_date: date
    number: str
    invoice_date: date
    date_start: date | datetime
    date_end: date | datetime
    total_ttc: Decimal
    total_ht: Decimal
    lines: tuple[Line, ...]
    deposit_amount: Decimal = Decimal(0)
    deposit_date: date | None = None

    def __post_init__(self):
        # As it will be written, so that reading the frozen payload gives an equal request.
        object.__setattr__(self, "lines", tuple(self.lines))
        object.__setattr__(self, "billing_party", text(self.billing_party))
        for name in ("date_start", "date_end"):
            if value := getattr(self, name):
                object.__setattr__(self, name, day(value))
        if not self.deposit_amount:  # both keys are omitted then: nothing to keep
            object.__setattr__(self, "deposit_date", None)

    def to_dict(self) -> dict[str, Any]:
        """One item of M050's array.

        :raises ValueError: on an amount that may not be sent
        """
        deposit = {}
        if self.deposit_amount:
            deposit = _filled(
                {
                    "mntAcompte": number(self.deposit_amount),
                    "dateVersementAcompte": self.deposit_date and timestamp(self.deposit_date),
                }
            )
        return {
            "idTiersFacturation": self.billing_party,
            "idClient": self.customer_ref,
            "dateNaissanceClient": timestamp(self.birth_date),
            "numFactureTiers": self.number,
            "dateFacture": timestamp(self.invoice_date),
            "dateDebutEmploi": timestamp(self.date_start),
            "dateFinEmploi": timestamp(self.date_end),
            **deposit,
            "mntFactureTTC": number(self.total_ttc),
            "mntFactureHT": number(self.total_ht),
            "inputPrestations": [line.to_dict() for line in self.lines],
        }

    def to_json(self) -> str:
        """The item as canonical text: equal requests give equal texts. It holds a birth date."""
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, payload: str) -> "PaymentRequest":
        """Read what ``to_json`` wrote, exactly.

        :raises ValueError: on a text that is no such JSON
        :raises KeyError: when a key is missing
        """
        values = json.loads(payload, parse_float=Decimal)
        deposit_date = values.get("dateVersementAcompte")
        return cls(
            billing_party=values["idTiersFacturation"],
            customer_ref=values["idClient"],
            birth_date=read_timestamp(values["dateNaissanceClient"]),
            number=values["numFactureTiers"],
            invoice_date=read_timestamp(values["dateFacture"]),
            date_start=read_timestamp(values["dateDebutEmploi"]),
            date_end=read_timestamp(values["dateFinEmploi"]),
            total_ttc=Decimal(values["mntFactureTTC"]),
            total_ht=Decimal(values["mntFactureHT"]),
            lines=tuple(map(Line.from_dict, values["inputPrestations"])),
            deposit_amount=Decimal(values.get("mntAcompte", 0)),
            deposit_date=deposit_date and read_timestamp(deposit_date),
        )


def without_birth_date(payload: str) -> str:
    """What ``PaymentRequest.to_json`` wrote, without the one thing about the person: numbers and amounts stay as proof.

    It cannot be sent any more. A text that cannot be read becomes an empty object.
    """
    try:
        values = json.loads(payload)
    except ValueError:
        values = {}
    kept = (
        {key: value for key, value in values.items() if key != "dateNaissanceClient"}
        if isinstance(values, dict)
        else {}
    )
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def amounts_by_nature(payload: str) -> dict[str, Decimal]:
    """What each type of service comes to in what ``PaymentRequest.to_json`` wrote, in euros, tax included.

    Nothing of a text that cannot be read: who counts is not stopped by it.
    """
    amounts: dict[str, Decimal] = {}
    try:
        for line in json.loads(payload, parse_float=Decimal).get("inputPrestations", ()):
            code = str(line["codeNature"])
            amounts[code] = amounts.get(code, Decimal(0)) + Decimal(line["mntPrestationTTC"])
    except (ValueError, ArithmeticError, KeyError, TypeError, AttributeError):
        return {}
    return amounts
