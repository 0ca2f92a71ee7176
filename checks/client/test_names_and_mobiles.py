"""Names as in civil status, mobiles as people write them, and the agreement (CONTRACT §5.1)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client_helpers import customer
from urssaf.formats import ascii_first_names, ascii_name, is_first_names, is_name, normalize_mobile, spaced_mobile
from urssaf.rules import check_agreement, check_customer

TODAY = date(2026, 10, 5)

# Names of civil status in France: compound, with particles, of all its regions and of people from elsewhere.
NAMES = {
    "Dupont": "Dupont",
    "DUPONT-DURAND": "DUPONT-DURAND",
    "Dupont--Durand": "Dupont--Durand",  # the double hyphen of the law of 2002
    "Dupont Durand": "Dupont Durand",
    "L'Hôte": "L'Hote",
    "L’Hôte": "L'Hote",
    "D`Artagnan": "D'Artagnan",
    "de La Rochefoucauld": "de La Rochefoucauld",
    "Le Goff": "Le Goff",
    "Lefèvre": "Lefevre",
    "Müller": "Muller",
    "Straßer": "Strasser",
    "N'Guyen": "N'Guyen",
    "Nguyễn": "Nguyen",
    "Çelik": "Celik",
    "Yılmaz": "Yilmaz",
    "Şahin": "Sahin",
    "Núñez": "Nunez",
    "Conceição": "Conceicao",
    "O'Brien": "O'Brien",
    "Łukasiewicz": "Lukasiewicz",
    "Sørensen": "Sorensen",
    "Ødegård": "Odegard",
    "Dvořák": "Dvorak",
    "Ștefănescu": "Stefanescu",
    "Đorđević": "Dordevic",
    "Bœuf": "Boeuf",
    "Ævarsson": "AEvarsson",
    "Y": "Y",
    "  Martin \t": "Martin",
    "Le   Bris": "Le Bris",
    "Lefe\u0300vre": "Lefevre",  # as an Apple keyboard writes it
    "Martin\u00a0Petit": "Martin Petit",
    "Dupont‑Durand": "Dupont-Durand",
    "Dupont–Durand": "Dupont-Durand",
    "\ufeffDu\u00adpont\u200b": "Dupont",
    "Dupont－Durand": "Dupont-Durand",
    "Dupont﹣Durand": "Dupont-Durand",
    "Dupont―Durand": "Dupont-Durand",
    "L＇Hôte": "L'Hote",
    "Lʻhôte": "L'hote",
    "L‛Hôte": "L'Hote",
    "Le\u2800Bris\u3164": "Le Bris",
}
FIRST_NAMES = {
    "Jean": "Jean",
    "Jean-Pierre": "Jean-Pierre",
    "Jean Pierre": "Jean Pierre",
    "Jean, Pierre, Marie": "Jean Pierre Marie",
    "Jean,Pierre": "Jean Pierre",
    "Zoé Anaïs Maëlle": "Zoe Anais Maelle",
    "Marie-Ève": "Marie-Eve",
    "D'Jamila": "D'Jamila",
    "Fañch": "Fanch",
    "Lætitia": "Laetitia",
    "  Anne   Marie ": "Anne Marie",
    "Jean\u00a0Pierre": "Jean Pierre",
}
NOT_NAMES = (
    "Dupont2",
    "Dupont.",
    "-Dupont",
    "Dupont-",
    "'Hôte",
    "Иванов",
    "محمد",
    "Dupont/Durand",
    "Du_pont",
    "😀",
    "Du\u202epont",
)


@pytest.mark.parametrize("typed", NAMES)
def test_a_name_of_civil_status(typed):
    subject = customer(birth_name=typed, usage_name=typed)
    assert not check_customer(subject, TODAY)
    assert ascii_name(typed) == NAMES[typed] == subject.to_dict()["nomNaissance"] == subject.to_dict()["nomUsage"]


@pytest.mark.parametrize("typed", FIRST_NAMES)
def test_first_names_of_civil_status(typed):
    subject = customer(first_names=typed)
    assert not check_customer(subject, TODAY)
    assert ascii_first_names(typed) == FIRST_NAMES[typed] == subject.to_dict()["prenoms"]


@pytest.mark.parametrize("typed", NOT_NAMES)
def test_what_no_civil_status_writes_is_said(typed):
    codes = {finding.code for finding in check_customer(customer(birth_name=typed, first_names=typed), TODAY)}
    assert codes == {"birth_name_characters", "first_names_characters"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Durand née Martin", True), ("DURAND EPOUSE MARTIN", True), ("Durand épouse Martin", True), ("Mme Durand", True),
        ("Madame Durand", True), ("Martin vve Durand", True), ("Née", False), ("Ne Dupont", False), ("Veuve", False),
        ("Mme", True), ("Épouse-Durand", False), ("Le Né", False), ("de La Rochefoucauld", False),
    ],
)  # fmt: skip
def test_two_names_in_one_field_are_told(typed, told):
    found = check_customer(customer(birth_name=typed, usage_name=typed), TODAY)
    assert [finding.code for finding in found] == (["birth_name_words", "usage_name_words"] if told else [])
    assert {finding.level for finding in found} <= {"warning"}


@settings(deadline=None, database=None, derandomize=True, max_examples=500)
@given(st.text(max_size=90))
def test_a_name_leaves_as_plain_letters_or_not_at_all(typed):
    sent = ascii_name(typed)
    assert ascii_name(sent) == sent, "what is shown and sent once more is the same"
    if is_name(sent):
        assert sent.isascii() and not any(char.isdigit() for char in sent)
    if is_first_names(ascii_first_names(typed)):
        assert "  " not in ascii_first_names(typed)


MOBILES = (
    "06 39 98 00 01", "06.39.98.00.01", "06-39-98-00-01", "06/39/98/00/01", "06_39_98_00_01", "0639980001", "0639 98 00 01",
    "(06) 39 98 00 01", "06\u00a039\u00a098\u00a000\u00a001", "06‑39‑98‑00‑01", "06–39–98–00–01", " 06 39 98 00 01 ",
    "639980001", "6 39 98 00 01", "+33639980001", "+33 6 39 98 00 01", "+33 (0)6 39 98 00 01", "+33(0)639980001",
    "+33.6.39.98.00.01", "+33-6-39-98-00-01", "(+33) 6 39 98 00 01", "(+33)(0)6 39 98 00 01", "+330639980001", "+33 06 39 98 00 01",
    "0033639980001", "0033 6 39 98 00 01", "00 33 6 39 98 00 01", "0033 (0)6 39 98 00 01", "00330639980001", "33639980001",
    "33 6 39 98 00 01", "\u202a+33 6 39 98 00 01\u202c", "\u200e06 39 98 00 01", "06\u200b39980001",
    "06·39·98·00·01", "06－39－98－00－01", "\ufeff06 39 98 00 01", "06\u280039\u280098\u280000\u280001", "+33\u00ad639980001",
)  # fmt: skip
# Guadeloupe, Martinique, Guyane, La Réunion, Mayotte: 06 and 07 numbers of France (P3), with prefixes of their own from abroad.
OVERSEAS_MOBILES = (
    ("0690 12 34 56", "0690123456"), ("0696.12.34.56", "0696123456"), ("06 94 12 34 56", "0694123456"),
    ("0692 12 34 56", "0692123456"), ("0639 12 34 56", "0639123456"), ("0709 12 34 56", "0709123456"),
    ("+590 690 12 34 56", "0690123456"), ("+590 (0)690 12 34 56", "0690123456"), ("00590 690 12 34 56", "0690123456"),
    ("+596 696 12 34 56", "0696123456"), ("+594 694 12 34 56", "0694123456"), ("+262 692 12 34 56", "0692123456"),
    ("+262 639 12 34 56", "0639123456"), ("262692123456", "0692123456"), ("+33 690 12 34 56", "+33690123456"),
)  # fmt: skip
NOT_MOBILES = (
    "+590 590 12 34 56", "0590 12 34 56", "+508 41 12 34", "+687 75 12 34", "+689 87 12 34 56", "0262 12 34 56",
    "01 39 98 00 01", "02 99 00 00 00", "0839980001", "09 39 98 00 01", "+33 1 39 98 00 01", "06 39 98 00", "06 39 98 00 01 2",
    "06 39 98 00 0l", "+32 471 12 34 56", "+41 79 123 45 67", "+44 7700 900123", "+1 639 980 0001", "06 39 98 00 01 (Marie)",
    "tel 06 39 98 00 01", "06 39 98 00 01 / 06 39 98 00 02", "17", "", " ", "+", "0033", "6", "06\x0039980001",
)  # fmt: skip


@pytest.mark.parametrize("typed", MOBILES)
def test_a_mobile_in_any_usual_form(typed):
    sent = normalize_mobile(typed)
    assert sent in ("0639980001", "+33639980001")
    assert spaced_mobile(typed) == "06 39 98 00 01"
    assert not check_customer(customer(mobile=typed), TODAY)
    assert customer(mobile=typed).to_dict()["numeroTelephonePortable"] == sent


@pytest.mark.parametrize(("typed", "sent"), OVERSEAS_MOBILES)
def test_a_mobile_of_overseas(typed, sent):
    assert normalize_mobile(typed) == sent
    assert normalize_mobile(spaced_mobile(typed)) == sent.replace("+33", "0")
    assert not check_customer(customer(mobile=typed), TODAY)


@pytest.mark.parametrize("typed", NOT_MOBILES)
def test_no_other_number_passes_for_a_mobile(typed):
    assert normalize_mobile(typed) is None
    assert spaced_mobile(typed) is None
    codes = [finding.code for finding in check_customer(customer(mobile=typed), TODAY)]
    assert codes == ["mobile_invalid" if typed.strip() else "mobile_missing"]


@pytest.mark.parametrize(
    ("given_on", "origin", "codes"),
    [
        (TODAY, "Formulaire signé", []),
        (date(2022, 1, 1), "e-mail", []),
        (None, "e-mail", ["consent_date_missing"]),
        (TODAY, " ", ["consent_origin_missing"]),
        (date(2026, 10, 6), None, ["consent_date_future", "consent_origin_missing"]),
        (None, None, ["consent_date_missing", "consent_origin_missing"]),
    ],
)
def test_the_agreement_is_on_record(given_on, origin, codes):
    found = check_agreement(given_on, origin, TODAY)
    assert [finding.code for finding in found] == codes
    assert all(finding.level == "error" for finding in found)
