"""Address lines as people type them: some hundred of them by hand, any text by hypothesis (CONTRACT §5.1, §12)."""

import csv
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import configuration, given, settings
from hypothesis import strategies as st

from client_helpers import cpu_seconds
from urssaf.formats import ascii_name, text
from urssaf.payloads import Address
from urssaf.rules import _check_address
from urssaf.street import COMPLEMENT_LENGTH, STREET_NAME_LENGTH, Street, split_street
from urssaf.street_types import ABBREVIATIONS, STREET_LETTERS, STREET_TYPES
from urssaf.street_words import SHORT_PHRASES, SHORT_WORDS, shorten

configuration.set_hypothesis_home_dir(tempfile.gettempdir() + "/hypothesis")  # nothing generated in the repository

with open(Path(__file__).parent / "street_forms.csv", newline="", encoding="utf-8") as file:
    FORMS = list(csv.DictReader(file, delimiter=";"))
PARTS = ("number", "letter", "street_type", "name", "complement", "locality")

# What a part says without its letters: "R" is "rue", the field of the lieu-dit says "lieu-dit".
SAID_BY_TYPE = {
    code: {label} | {word for word, of in ABBREVIATIONS.items() if of == code} | {code}
    for code, label in STREET_TYPES.items()
}
SAID_BY_LETTER = {"B": {"bis", "b"}, "T": {"ter", "t"}, "Q": {"quater", "q"}, "C": {"quinquies", "c"}, "": set()}
UNSAID = {"n", "no", "numero", "lieu", "dit", "dits", "lieudit", "lieudits", "l", "d", "ld", "ldt", "au"}


def words(value):
    # "12bis" and "n°12" are two words each.
    return re.findall(r"[a-z]+|[0-9]+|[^\W\d_a-z]+", ascii_name(value).replace("°", " ").lower())


def lost_words(typed, found):
    said = set(words(" ".join((found.number, found.name, found.complement, found.locality))))
    for code, ways in SAID_BY_TYPE.items():
        # The whole street goes into the complement where it is too long: its type in full.
        if code == found.street_type or set(words(STREET_TYPES[code])) <= said:
            said |= {part for way in ways for part in words(way)}
    said |= SAID_BY_LETTER[found.letter] | UNSAID
    shortened = {word for word, short in (SHORT_WORDS | SHORT_PHRASES).items() if set(words(short)) <= said}
    said |= {part for word in shortened for part in words(word)}
    return [word for word in words(typed) if word not in said and (word.lstrip("0") or word) not in said]


def address(found):
    return Address(
        city_name="Tours", commune_code="37261", zip_code="37000",
        number=found.number, letter=found.letter, street_type=found.street_type, street_name=found.name,
        complement=found.complement, locality=found.locality,
    )  # fmt: skip


def problems(found):
    return {finding.code for finding in _check_address(address(found))}


def check_any(typed, second=""):
    """What holds for every text: nothing is lost, and what does not fit is told."""
    found = split_street(typed, second)
    assert lost_words(f"{typed} {second}", found) == []
    assert found.street_type in STREET_TYPES or not (found.street_type or found.name or found.number)
    assert bool(found.street_type) == bool(found.name)
    assert found.letter in STREET_LETTERS | {""}
    assert not found.number or (found.number.isdigit() and int(found.number) and len(found.number) <= 4)
    told = problems(found)
    assert (len(found.name) > STREET_NAME_LENGTH) == ("street_name_too_long" in told)
    assert (len(found.complement) > COMPLEMENT_LENGTH) == ("address_complement_too_long" in told)
    assert (len(found.locality) > COMPLEMENT_LENGTH) == ("address_locality_too_long" in told)
    lines = ("street_name", "address_complement", "address_locality")
    assert told <= {"address_missing", *(f"{line}_{what}" for line in lines for what in ("too_long", "characters"))}
    return found


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form['street']} + {form['second_line']}".rstrip(" +"))
def test_a_line_as_people_type_it(form):
    found = check_any(form["street"], form["second_line"])
    assert {part: getattr(found, part) for part in PARTS} == {part: form[part] for part in PARTS}


def test_hundreds_of_forms():
    assert len({(form["street"], form["second_line"]) for form in FORMS}) == len(FORMS) >= 400
    assert {form["street_type"] for form in FORMS} >= STREET_TYPES.keys() - {"BAT"}, "each type that may be sent"


def test_most_real_forms_need_no_hand():
    to_correct = [form["street"] for form in FORMS if problems(Street(**{part: form[part] for part in PARTS}))]
    assert len(to_correct) <= 3, to_correct


@pytest.mark.parametrize("code", STREET_TYPES)
def test_each_type_in_full_in_capitals_and_without_accents(code):
    for label in (STREET_TYPES[code], STREET_TYPES[code].upper(), ascii_name(STREET_TYPES[code]).lower()):
        found = split_street(f"3 {label} des Essais")
        assert (found.number, found.street_type, found.name) == ("3", code, "des Essais")


@pytest.mark.parametrize(
    ("name", "limit", "short"),
    [
        ("du Général de Gaulle", 28, "du Général de Gaulle"),
        ("du Maréchal de Lattre de Tassigny", 28, "du Mal de Lattre de Tassigny"),
        ("DU MARECHAL DE LATTRE DE TASSIGNY", 28, "DU MAL DE LATTRE DE TASSIGNY"),
        ("du Lieutenant-Colonel de Montbrison", 28, "du Lt-Cel de Montbrison"),
        ("de l'Ancienne Grande Saint-Germain", 28, "de l'Anc Gde Saint-Germain"),
        ("Notre-Dame-de-Bonne-Nouvelle prolongée", 28, "ND-de-Bonne-Nouv prolongée"),
        ("Notre-Dame de Lorette", 28, "Notre-Dame de Lorette"),
        ("des Combattants d'Afrique du Nord", 28, "des Comb d'Afrique du Nord"),
        ("des Anciens Combattants d'Afrique du Nord", 28, "des Anc Comb d'AFN"),
        ("de Saint-Germain-des-Prés-les-Arpajon", 35, "de St-Germain-des-Prés-les-Arpajon"),
        ("Saint-Germain du Grand Général", 10, "St-Germain du Gd Général"),
        ("", 28, ""),
    ],
)
def test_words_are_shortened_only_as_far_as_needed(name, limit, short):
    assert shorten(name, limit) == short


def test_no_line_at_all():
    for nothing in (None, "", " ", " , ", ".", "\n"):
        assert split_street(nothing, nothing) == Street()


LOOSE_WORDS = """
    12 3bis 5 ter quater B A , ; - / n° N°7 12-14 0 007 123456 bât Bât. apt esc porte hall lot BP CS chez M. de la du des
    l'Église d'Argent Lilas 8 mai 1945 étage 3e 2ème RDC lieu-dit Le Bourg CEDEX « » ( ) . Constantinople ZA rond-point
    Anticonstitutionnellement-sur-Loire Kerlann Grande 😀 שלום
"""
VOCABULARY = sorted(
    {*STREET_TYPES.values(), *ABBREVIATIONS, *STREET_TYPES, *map(str.capitalize, SHORT_WORDS), *LOOSE_WORDS.split()}
)


@settings(max_examples=3000, deadline=None, database=None, derandomize=True)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=12), st.lists(st.sampled_from(VOCABULARY), max_size=5))
def test_nothing_is_lost_of_words_in_any_order(line, second):
    check_any(" ".join(line), " ".join(second))


@settings(max_examples=1500, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=120))
def test_no_text_breaks_it(typed):
    found = split_street(typed)
    assert found == split_street(text(typed.replace("\n", ", "))), "spaces do not matter"


@settings(max_examples=500, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(FORMS))
def test_reading_twice_changes_nothing(form):
    """A user who types the shown parts as a line gets the same street."""
    found = split_street(form["street"], form["second_line"])
    if found.street_type:
        letters = {"B": "bis", "T": "ter", "Q": "quater", "C": "quinquies", "": ""}
        line = " ".join((found.number, letters[found.letter], STREET_TYPES[found.street_type].lower(), found.name))
        again = split_street(line)
        assert (again.number, again.letter, again.street_type, again.name) == (
            found.number, found.letter, found.street_type, found.name)  # fmt: skip


def test_a_long_text_takes_no_time():
    for word in ("12 rue ", "bis ", "1-", "a b ", "lieu-dit ", "étage 3 ", ", 12", "n° "):
        line = word * (2000 // len(word))
        assert cpu_seconds(lambda line=line: split_street(line), 1) < 1, word
