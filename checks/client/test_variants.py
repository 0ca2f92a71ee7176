"""Ways to write a person whom the tax administration does not recognise (CONTRACT §5.1, §5.3, §14)."""

from dataclasses import replace
from datetime import date

import pytest

from client_helpers import cpu_seconds, customer
from urssaf.payloads import BirthPlace
from urssaf.rules import check_customer
from urssaf.variants import (
    ALL,
    BIRTH_PLACE,
    NONE,
    identity,
    is_ruled_out,
    same_person,
    variants,
    worth_trying,
)

TODAY = date(2026, 10, 5)
TOURS = BirthPlace("99100", "037", "261", "Tours")


def person(**values):
    values = {"birth_name": "Exemple", "usage_name": None, "first_names": "Camille", "birth_place": TOURS,
              "birth_date": date(1984, 5, 17), **values}  # fmt: skip
    return replace(customer(), **values)


def names(entered, **values):
    """Kind and names that would be sent: (birth name, usage name, first names)."""
    return [
        (variant.kind, *(variant.customer.to_dict().get(key) for key in ("nomNaissance", "nomUsage", "prenoms")))
        for variant in variants(person(**entered), **values)
    ]


def places(entered, **values):
    found = variants(person(**entered), **values)
    return [
        (variant.customer.birth_place.department, variant.customer.birth_place.commune_code)
        for variant in found
        if variant.kind == "birth_place"
    ]


@pytest.mark.parametrize(
    "codes, names_birth_place, before, expected",
    [
        (["ERR_DGFIP_R2P_INCONNU"], False, NONE, ALL),
        (["ERR_CONTACT", "ERR_DGFIP_R2P_INCONNU"], False, NONE, ALL),
        (["ERR_DGFIP_IMPOTPART_INCONNU"], False, ALL, NONE),
        (["ERR_ECV_PARTICULIERS_EXISTENT"], False, ALL, NONE),
        (["ERR_CONTACT"], False, NONE, NONE),
        (["ERR_CONTACT"], False, ALL, ALL),
        (["ERR_LIEU_NAISSANCE_COMN"], False, NONE, BIRTH_PLACE),
        (["ERREUR_VALIDATION"], True, NONE, BIRTH_PLACE),
        (["ERREUR_VALIDATION"], False, NONE, NONE),
        (["ERREUR_LIEU_NAISSANCE_DEPT_FORMAT"], False, ALL, ALL),
        ([], False, ALL, ALL),
        ([], False, NONE, NONE),
    ],
)
def test_what_is_worth_trying_after_a_refusal(codes, names_birth_place, before, expected):
    assert worth_trying(codes, names_birth_place, before) == expected


def test_a_way_refused_for_something_else_is_not_ruled_out():
    assert not is_ruled_out(["ERR_COORDONNEES_BANCAIRES"])
    assert not is_ruled_out([])
    for code in (
        "ERR_DGFIP_R2P_INCONNU",
        "ERREUR_VALIDATION",
        "ERR_LIEU_NAISSANCE_COMN",
        "ERR_DGFIP_IMPOTPART_INCONNU",
    ):
        assert is_ruled_out(["ERR_CONTACT", code])


def test_one_plain_name_leaves_nothing_to_try():
    assert variants(person()) == []


@pytest.mark.parametrize(
    "first_names, expected",
    [
        ("Jeanne Marie", [("first_names_hyphens", "Jeanne-Marie"), ("first_name_only", "Jeanne")]),
        ("Jean-Pierre", [("first_names_spaces", "Jean Pierre")]),
        (
            "Jean-Pierre Marie",
            [
                ("first_names_spaces", "Jean Pierre Marie"),
                ("first_names_hyphens", "Jean-Pierre-Marie"),
                ("first_name_only", "Jean-Pierre"),
            ],
        ),
        (
            "Jeanne, Marie,Louise",
            [
                ("first_names_hyphens", "Jeanne-Marie-Louise"),
                ("first_names_compound", "Jeanne-Marie Louise"),
                ("first_name_compound_only", "Jeanne-Marie"),
                ("first_name_only", "Jeanne"),
            ],
        ),
        (" Jeanne   Marie ", [("first_names_hyphens", "Jeanne-Marie"), ("first_name_only", "Jeanne")]),
        ("Jean‑Pierre", [("first_names_spaces", "Jean Pierre")]),
        ("", []),
    ],
)
def test_first_names(first_names, expected):
    assert [(kind, sent) for kind, _birth, _usage, sent in names({"first_names": first_names})] == expected


def test_birth_and_usage_name():
    assert names({"usage_name": "Fictif"}) == [
        ("usage_name_left_out", "Exemple", None, "Camille"),
        ("names_swapped", "Fictif", "Exemple", "Camille"),
    ]


def test_accents_are_kept_when_they_were_dropped_and_dropped_when_they_were_kept():
    entered = {"birth_name": "Lefèvre", "first_names": "Zoé"}
    apart = ("birth_particle_apart", "Le Fevre", None, "Zoe")
    assert names(entered) == [("accents_kept", "Lefèvre", None, "Zoé"), apart]
    assert names({**entered, "keep_accents": True}) == [
        ("accents_dropped", "Lefevre", None, "Zoe"),
        ("birth_particle_apart", "Le Fèvre", None, "Zoé"),
    ]
    # What Unicode writes in two ways is one letter, and a typographic apostrophe is none.
    assert names({"birth_name": "He\u0300vre"}) == [("accents_kept", "Hèvre", None, "Camille")]
    assert names({"birth_name": "L’Exemple"}) == [("birth_particle_joined", "Lexemple", None, "Camille")]


@pytest.mark.parametrize(
    "typed, expected",
    [
        ("Dupont--Durand", {"hyphen": "Dupont-Durand", "spaces": "Dupont Durand"}),
        ("Dupont-Durand", {"double_hyphen": "Dupont--Durand", "spaces": "Dupont Durand"}),
        ("Dupont Durand", {"hyphen": "Dupont-Durand", "double_hyphen": "Dupont--Durand"}),
        ("Dupont – Durand", {"hyphen": "Dupont-Durand", "double_hyphen": "Dupont--Durand", "spaces": "Dupont Durand"}),
        (
            "Le Goff Martin",
            {"hyphen": "Le Goff-Martin", "double_hyphen": "Le Goff--Martin", "joined": "Legoff Martin"},
        ),
        ("Le Goff", {"joined": "Legoff"}),
        ("LE GOFF", {"joined": "LEGOFF"}),
        ("Le-Goff", {"spaces": "Le Goff", "joined": "Legoff"}),
        ("Legoff", {"apart": "Le Goff"}),
        ("de La Tour", {"joined": "Delatour"}),
        ("Delatour", {"apart": "De La Tour"}),
        ("DELATOUR", {"apart": "DE LA TOUR"}),
        ("D’Artagnan", {"joined": "Dartagnan"}),
        ("N'Guyen", {"joined": "Nguyen"}),
        ("Deschamps", {"apart": "Des Champs"}),
        ("da Silva Santos", {"hyphen": "da Silva-Santos", "double_hyphen": "da Silva--Santos"}),
        # The first letters of these are no particle: nothing that reads behind them is a word
        ("Lambert", {}),
        ("Laurent", {}),
        ("Delmas", {}),
        ("Martin", {}),
        ("Le", {}),
        ("de", {}),
        ("", {}),
    ],
)
def test_birth_names_of_two_and_with_particles(typed, expected):
    found = {kind: birth for kind, birth, _usage, _first in names({"birth_name": typed})}
    kinds = {"hyphen": "birth_name_hyphen", "double_hyphen": "birth_name_double_hyphen", "spaces": "birth_name_spaces",
             "joined": "birth_particle_joined", "apart": "birth_particle_apart"}  # fmt: skip
    assert found == {kinds[short]: name for short, name in expected.items()}


def test_compound_first_names_of_a_generation():
    """« anne marie josèphe », who is Anne-Marie for everybody."""
    kinds = {kind: sent for kind, _birth, _usage, sent in names({"first_names": "anne marie josèphe"})}
    assert kinds["first_names_compound"] == "anne-marie josephe"
    assert kinds["first_name_compound_only"] == "anne-marie"


def test_an_endless_name_is_no_endless_work():
    for piece in ("Le ", "de la ", "d'", "Du-", "e\u0300\u0316", "\u0300\u0316", "A", "--", "é "):
        endless = piece * (50_000 // len(piece))
        endless = person(birth_name=endless, usage_name=endless, first_names=endless)
        assert cpu_seconds(lambda somebody=endless: variants(somebody), 1) < 1, piece


def test_birth_places_in_the_order_given_then_those_that_follow_from_the_code():
    former, later = BirthPlace("99100", "075", "047", "Montreuil"), BirthPlace("99100", "093", "048", "Montreuil")
    entered = {"birth_place": later, "birth_date": date(1960, 1, 1)}
    assert places(entered, birth_places=[former, later, former]) == [("075", "047")]
    assert places({"birth_place": BirthPlace("99100", "974", "011", "Saint-Denis")}) == [("974", "411")]
    assert places({"birth_place": BirthPlace("99100", "974", "411", "Saint-Denis")}) == [("974", "011")]
    assert places({"birth_place": BirthPlace("99100", "972", "009", "Fort-de-France")}) == [("972", "209")]
    assert places({"birth_place": BirthPlace("99100", "988", "018", "Nouméa")}) == [("988", "818")]


def test_corsica_was_one_department_until_1975():
    ajaccio = BirthPlace("99100", "02A", "004", "Ajaccio")
    assert places({"birth_place": ajaccio, "birth_date": date(1975, 12, 31)}) == [("020", "004")]
    assert places({"birth_place": ajaccio, "birth_date": date(1976, 1, 1)}) == []


def test_a_birth_abroad_has_no_other_code():
    assert places({"birth_place": BirthPlace("99352")}) == []


def test_nothing_is_offered_twice_nor_what_was_entered():
    entered = person(
        birth_name="Lefèvre", usage_name="Élan", first_names="Zoé-Anaïs Marie",
        birth_place=BirthPlace("99100", "974", "011", "Saint-Denis"))  # fmt: skip
    found = variants(entered)
    sent = [identity(variant.customer) for variant in found]
    assert len(set(sent)) == len(sent) == 8
    assert identity(entered) not in sent
    for variant in found:
        assert replace(entered, **variant.changes) == variant.customer
        assert not [finding for finding in check_customer(variant.customer, TODAY) if finding.level == "error"]


def test_only_the_identity_differs():
    entered = person(usage_name="Élan", first_names="Zoé Anaïs")
    for variant in variants(entered):
        ours, theirs = entered.to_dict(), variant.customer.to_dict()
        differing = {key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)}
        assert differing <= {"nomNaissance", "nomUsage", "prenoms", "lieuNaissance"}


def test_an_incomplete_person_is_no_crash():
    for missing in ("first_names", "birth_name", "usage_name"):
        variants(person(**{missing: ""}))
    variants(person(birth_place=BirthPlace("")))
    variants(person(birth_place=BirthPlace("99100")))


@pytest.mark.parametrize(
    "birth_name, first_names, same",
    [
        ("EXEMPLE", "ZOE ANAIS", True),
        ("Exemple", "Zoé-Anaïs", True),
        ("EXEMPLE", "ZOE", False),
        ("AUTRE", "ZOE ANAIS", False),
        ("", "", False),
    ],
)
def test_names_told_by_urssaf_are_compared_as_people_would(birth_name, first_names, same):
    assert same_person(birth_name, first_names, person(first_names="Zoé Anaïs")) is same
