"""A format refusal points at the field it names, and nothing depends on it (CONTRACT §4)."""

import pytest

from client_helpers import FIXTURES, cpu_seconds, fixture
from simulator.customers import form_errors
from urssaf.errors import RemoteError
from urssaf.refusals import PARTNER_FIELDS, named_path, partner_field, partner_fields

NAMED = {
    "Le champ inputParticulier.adresseMail : format invalide": "adresseMail",
    "Le champ adresseMail: format invalide": "adresseMail",
    "champ inputParticulier.lieuNaissance.communeNaissance.codeCommune : obligatoire": "lieuNaissance.communeNaissance.codeCommune",
    "Erreur sur le champ « adressePostale.libelleVoie » : 28 caractères au plus": "adressePostale.libelleVoie",
    "Le champ 'prenoms' : invalide": "prenoms",
    "Le Champ InputParticulier[0].adressePostale[12].codePostal : invalide": "adressePostale.codePostal",
    "le champ\tcoordonneeBancaire.iban\n: invalide": "coordonneeBancaire.iban",
    # nothing to point at
    "Le champ inputParticulier : format invalide": "inputParticulier",
    "Le format du champ adresseMail est incorrect": "",
    "Les champs : invalides": "",
    "champ : invalide": "",
    "": "",
    None: "",
    "Chambre nomNaissance : double": "",
}


@pytest.mark.parametrize("message", NAMED)
def test_the_path_is_read_with_and_without_prefix_and_indices(message):
    assert named_path(message) == NAMED[message]


@pytest.mark.parametrize("path", PARTNER_FIELDS)
def test_each_field_of_the_registration_is_pointed_at(path):
    for prefix in ("", "inputParticulier."):
        assert partner_field(f"Le champ {prefix}{path} : format invalide") == PARTNER_FIELDS[path]


def test_each_field_that_can_be_sent_can_be_pointed_at():
    def paths(block, prefix=""):
        for key, value in block.items():
            yield prefix + key
            if isinstance(value, dict):
                yield from paths(value, f"{prefix}{key}.")

    names = [path.name for path in FIXTURES.glob("m010_request*.json")]
    sent = {path for name in names for path in paths(fixture(name))}
    assert sent and sent <= PARTNER_FIELDS.keys()


def test_the_other_side_s_words_are_understood():
    """The simulator writes its refusals from the contract alone."""
    errors = form_errors({"civilite": "9", "adressePostale": {"codePostal": "A"}})
    found = partner_fields(RemoteError(**error) for error in errors)
    assert {"urssaf_civility", "zip", "urssaf_birth_name"} <= set(found)


def test_only_format_refusals_point_and_each_field_once():
    message = "Le champ adresseMail : refusé"
    errors = [
        RemoteError("ERR_CONTACT", message),
        RemoteError("ERREUR_VALIDATION", "Le champ prenoms : un"),
        RemoteError("ERREUR_VALIDATION", "", "Le champ nomUsage : deux"),
        RemoteError("ERREUR_VALIDATION", "Le champ prenoms : trois"),
        RemoteError("ERREUR_VALIDATION", "Le champ inventé.demain : quatre"),
    ]
    assert partner_fields(errors) == ["urssaf_first_names", "urssaf_usage_name"]
    assert partner_fields(()) == []


@pytest.mark.parametrize(
    "text", ["champ " * 100_000, "champ " + "a." * 200_000, "champ a" + "[1]" * 200_000, "champ" + " " * 200_000]
)
def test_a_hostile_message_costs_no_time(text):
    assert named_path(text) == ""
    assert cpu_seconds(lambda: named_path(text), 0.2) < 0.2
