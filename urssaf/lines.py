"""The lines of a payment request, and what an invoice gives to build them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from .formats import text
from .wire import day, number, read_timestamp, timestamp

LABEL_LENGTH = 120


@dataclass(frozen=True)
class Line:
    """One ``InputPrestation`` (CONTRACT §7.2). Amounts in euros with two decimals; dates are optional."""

    nature: str
    quantity: Decimal
    unit: Literal["HEURE", "FORFAIT"]
    unit_ttc: Decimal
    total_ttc: Decimal
    total_ht: Decimal
    total_tva: Decimal
    label: str = ""
    worker: str = ""
    date_start: date | datetime | None = None
    date_end: date | datetime | None = None
    activity: str | None = None
    # Whether this flat fee hides a quantity that the invoice shows; known to the builder only, and never written.
    hides_quantity: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self):
        # As it will be written, so that reading the frozen payload gives an equal line.
        object.__setattr__(self, "label", text(self.label)[:LABEL_LENGTH].rstrip())
        for name in ("date_start", "date_end"):
            if value := getattr(self, name):
                object.__setattr__(self, name, day(value))

    def to_dict(self) -> dict[str, Any]:
        """The JSON object; empty keys are omitted.

        :raises ValueError: on an amount that may not be sent
        """
        values = {
            "codeNature": self.nature,
            "codeActivite": self.activity,
            "quantite": number(self.quantity),
            "unite": self.unit,
            "mntUnitaireTTC": number(self.unit_ttc),
            "mntPrestationTTC": number(self.total_ttc),
            "mntPrestationHT": number(self.total_ht),
            "mntPrestationTVA": number(self.total_tva),
            "dateDebutEmploi": self.date_start and timestamp(self.date_start),
            "dateFinEmploi": self.date_end and timestamp(self.date_end),
            "complement1": self.label,
            "complement2": self.worker,
        }
        return {key: value for key, value in values.items() if value is not None and value != ""}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Line":
        """The inverse of ``to_dict``."""
        start, end = values.get("dateDebutEmploi"), values.get("dateFinEmploi")
        return cls(
            nature=values["codeNature"],
            quantity=Decimal(values["quantite"]),
            unit=values["unite"],
            unit_ttc=Decimal(values["mntUnitaireTTC"]),
            total_ttc=Decimal(values["mntPrestationTTC"]),
            total_ht=Decimal(values["mntPrestationHT"]),
            total_tva=Decimal(values["mntPrestationTVA"]),
            label=values.get("complement1", ""),
            worker=values.get("complement2", ""),
            date_start=start and read_timestamp(start),
            date_end=end and read_timestamp(end),
            activity=values.get("codeActivite"),
        )


@dataclass(frozen=True)
class SourceLine:
    """One invoice line before it is made to fit: totals in euros, rounded to the cent, negative for a discount."""

    label: str
    quantity: Decimal
    is_hours: bool
    nature: str
    total_ttc: Decimal
    total_ht: Decimal
    worker: str
    date_start: date | datetime | None = None
    date_end: date | datetime | None = None
    vat_rate: Decimal | None = None
