"""Which field a format refusal speaks of (CONTRACT §4): to point at it on the screen, never to decide anything."""

import re
from collections.abc import Iterable

from .errors import RemoteError

FORMAT_REFUSAL = "ERREUR_VALIDATION"

# "champ", a dotted path with or without prefix and indices, a colon
_PATH = re.compile(r"\bchamp\s+[«\"']?\s*(?P<path>[A-Za-z][A-Za-z0-9_]*(?:\[[0-9]{1,4}\])?(?:\.[A-Za-z0-9_]+(?:\[[0-9]{1,4}\])?)*)"
                   r"\s*[»\"']?\s*:", re.IGNORECASE)  # fmt: skip
_PREFIXES = ("inputparticulier",)

# Field of M010 (CONTRACT §5.1) -> field of res.partner. A whole block points at its first field.
PARTNER_FIELDS = {
    "civilite": "urssaf_civility",
    "nomNaissance": "urssaf_birth_name",
    "nomUsage": "urssaf_usage_name",
    "prenoms": "urssaf_first_names",
    "dateNaissance": "urssaf_birth_date",
    "lieuNaissance": "urssaf_birth_country_id",
    "lieuNaissance.codePaysNaissance": "urssaf_birth_country_id",
    "lieuNaissance.departementNaissance": "urssaf_birth_commune_id",
    "lieuNaissance.communeNaissance": "urssaf_birth_commune_id",
    "lieuNaissance.communeNaissance.codeCommune": "urssaf_birth_commune_id",
    "lieuNaissance.communeNaissance.libelleCommune": "urssaf_birth_commune_id",
    "numeroTelephonePortable": "urssaf_mobile",
    "adresseMail": "email",
    "adressePostale": "urssaf_street_name",
    "adressePostale.numeroVoie": "urssaf_street_number",
    "adressePostale.lettreVoie": "urssaf_street_letter",
    "adressePostale.codeTypeVoie": "urssaf_street_type",
    "adressePostale.libelleVoie": "urssaf_street_name",
    "adressePostale.complement": "urssaf_address_complement",
    "adressePostale.lieuDit": "urssaf_address_locality",
    "adressePostale.libelleCommune": "urssaf_commune_id",
    "adressePostale.codeCommune": "urssaf_commune_id",
    "adressePostale.codePostal": "zip",
    "adressePostale.codePays": "country_id",
    "coordonneeBancaire": "urssaf_iban",
    "coordonneeBancaire.bic": "urssaf_bic",
    "coordonneeBancaire.iban": "urssaf_iban",
    "coordonneeBancaire.titulaire": "urssaf_bank_holder",
}
_FOLDED = {path.lower(): field for path, field in PARTNER_FIELDS.items()}


def named_path(message: str | None) -> str:
    """The path of the field that a message names, without prefix and indices; '' when it names none.

    >>> named_path("Le champ inputParticulier.adressePostale[0].codePostal : format invalide")
    'adressePostale.codePostal'
    """
    match = _PATH.search((message or "")[:2000])
    if not match:
        return ""
    steps = re.sub(r"\[[0-9]+\]", "", match["path"]).split(".")
    if len(steps) > 1 and steps[0].lower() in _PREFIXES:
        steps = steps[1:]
    return ".".join(steps)


def partner_field(message: str | None) -> str:
    """The field of ``res.partner`` that a message names; '' when it names none that we know."""
    return _FOLDED.get(named_path(message).lower(), "")


def partner_fields(errors: Iterable[RemoteError]) -> list[str]:
    """The fields that the format refusals among these errors name, in their order, each once."""
    found = (
        partner_field(error.message) or partner_field(error.description)
        for error in errors
        if error.code == FORMAT_REFUSAL
    )
    return list(dict.fromkeys(filter(None, found)))
