"""What registration would refuse is found before the call (CONTRACT §5)."""

from datetime import date

import pytest

from client_helpers import FIXTURES, INDEX, address, cpu_seconds, customer, fixture
from urssaf.formats import (
    ascii_name,
    is_first_names,
    is_name,
    normalize_mobile,
    split_commune,
    valid_bic,
    valid_email,
    valid_iban,
    valid_sap_number,
    valid_worker,
)
from urssaf.payloads import Address, BankAccount, BirthPlace, Customer
from urssaf.rules import check_customer

TODAY = date(2026, 10, 5)


def findings(subject, level="error"):
    found = check_customer(subject, TODAY)
    return {finding.code: finding.field for finding in found if finding.level == level}


def from_body(body):
    """The customer an example body speaks of."""
    place, postal, bank = body["lieuNaissance"], body["adressePostale"], body["coordonneeBancaire"]
    commune = place.get("communeNaissance", {})
    return Customer(
        civility=body["civilite"],
        birth_name=body["nomNaissance"],
        usage_name=body.get("nomUsage"),
        first_names=body["prenoms"],
        birth_date=date.fromisoformat(body["dateNaissance"][:10]),
        birth_place=BirthPlace(
            place["codePaysNaissance"],
            place.get("departementNaissance"),
            commune.get("codeCommune"),
            commune.get("libelleCommune"),
        ),
        mobile=body["numeroTelephonePortable"],
        email=body["adresseMail"],
        address=Address(
            city_name=postal["libelleCommune"],
            commune_code=postal["codeCommune"],
            zip_code=postal["codePostal"],
            country_code=postal["codePays"],
            number=postal.get("numeroVoie"),
            letter=postal.get("lettreVoie"),
            street_type=postal.get("codeTypeVoie"),
            street_name=postal.get("libelleVoie"),
            complement=postal.get("complement"),
            locality=postal.get("lieuDit"),
        ),
        bank_account=BankAccount(bank["bic"], bank["iban"], bank["titulaire"]),
    )


REQUESTS = [e["file"] for e in INDEX if e["call"] == "M010" and e["direction"] == "request" and "expect" not in e]


@pytest.mark.parametrize("name", REQUESTS)
def test_valid_examples(name):
    body = fixture(name)
    assert findings(from_body(body)) == {}
    assert from_body(body).to_dict() == body, "what is read is written back to the letter"


INVALID = {
    "born_abroad_with_department": "birth_commune_abroad",
    "born_in_france_without_department": "birth_commune_invalid",
    "born_in_france_without_commune": "birth_commune_invalid",
    "birth_town_label_missing": "birth_commune_name_invalid",
    "birth_town_label_with_semicolon": "birth_commune_name_invalid",
    "birth_date_in_future": "birth_date_future",
    "street_type_without_name": "street_name_missing",
    "street_name_without_type": "street_type_missing",
    "unknown_street_type": "street_type_unknown",
    "unknown_number_letter": "street_letter_unknown",
    "no_street_no_locality": "address_missing",
    "iban_checksum_wrong": "iban_invalid",
    "phone_landline": "mobile_invalid",
    "usage_name_empty_string": None,  # the writer omits the key
    "name_with_digit": "birth_name_characters",
}


def test_invalid_examples():
    cases = {case["case"]: case["body"] for case in fixture("m010_invalid_cases.json")["cases"]}
    assert cases.keys() == INVALID.keys()
    for name, code in INVALID.items():
        subject = from_body(cases[name])
        assert list(findings(subject)) == ([code] if code else []), name
        if not code:
            assert "nomUsage" not in subject.to_dict()


def test_nothing_is_filled_in():
    for empty in (None, ""):
        nobody = Customer(*[empty] * 4, None, empty, empty, None, None)
        assert findings(nobody) == {
            "civility_missing": "urssaf_civility",
            "birth_name_missing": "urssaf_birth_name",
            "first_names_missing": "urssaf_first_names",
            "birth_date_missing": "urssaf_birth_date",
            "birth_country_missing": "urssaf_birth_country_id",
            "mobile_missing": "urssaf_mobile",
            "email_missing": "email",
            "address_missing": "urssaf_address_complement",
            "zip_missing": "zip",
            "commune_missing": "urssaf_commune_id",
            "iban_missing": "urssaf_iban",
            "bic_missing": "urssaf_bic",
            "holder_missing": "urssaf_bank_holder",
        }
    hollow = customer(
        birth_place=BirthPlace("99100"), address=Address("", "", ""), bank_account=BankAccount("", "", " ")
    )
    assert findings(hollow).keys() == {
        "birth_commune_missing",
        "address_missing",
        "zip_missing",
        "commune_missing",
        "iban_missing",
        "bic_missing",
        "holder_missing",
    }


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"civility": "3"}, "civility_invalid", "urssaf_civility"),
        ({"birth_name": "-Exemple"}, "birth_name_characters", "urssaf_birth_name"),
        ({"birth_name": "Иванов"}, "birth_name_characters", "urssaf_birth_name"),
        ({"birth_name": "a" * 81}, "birth_name_too_long", "urssaf_birth_name"),
        ({"birth_name": "œ" * 41}, "birth_name_too_long", "urssaf_birth_name"),
        ({"usage_name": "Fictif."}, "usage_name_characters", "urssaf_usage_name"),
        ({"first_names": "Jean- Marc"}, "first_names_characters", "urssaf_first_names"),
        ({"first_names": "a" * 81}, "first_names_too_long", "urssaf_first_names"),
        ({"birth_date": date(2026, 10, 6)}, "birth_date_future", "urssaf_birth_date"),
        ({"birth_date": date(1895, 1, 1)}, "birth_date_too_old", "urssaf_birth_date"),
        ({"birth_place": BirthPlace("FR")}, "birth_country_invalid", "urssaf_birth_country_id"),
        (
            {"birth_place": BirthPlace("99100", "37", "261", "Tours")},
            "birth_commune_invalid",
            "urssaf_birth_commune_id",
        ),
        (
            {"birth_place": BirthPlace("99100", "037", "37261", "Tours")},
            "birth_commune_invalid",
            "urssaf_birth_commune_id",
        ),
        ({"mobile": "02 47 00 00 00"}, "mobile_invalid", "urssaf_mobile"),
        ({"email": "camille@localhost"}, "email_invalid", "email"),
        ({"address": address(number="0")}, "street_number_invalid", "urssaf_street_number"),
        ({"address": address(number="12345")}, "street_number_invalid", "urssaf_street_number"),
        ({"address": address(number="12-14")}, "street_number_invalid", "urssaf_street_number"),
        ({"address": address(street_name="a" * 29)}, "street_name_too_long", "urssaf_street_name"),
        ({"address": address(complement="a" * 39)}, "address_complement_too_long", "urssaf_address_complement"),
        ({"address": address(locality="a" * 39)}, "address_locality_too_long", "urssaf_address_locality"),
        ({"address": address(zip_code="3700")}, "zip_invalid", "zip"),
        ({"address": address(commune_code="3726")}, "commune_invalid", "urssaf_commune_id"),
        ({"address": address(city_name="a" * 51)}, "city_too_long", "urssaf_commune_id"),
        ({"address": address(country_code="99131")}, "address_abroad", "country_id"),
        (
            {"address": address(street_type="", street_name="", complement="Tour A")},
            "street_number_without_street",
            "urssaf_street_number",
        ),
        ({"bank_account": BankAccount("TESTFRPPXXX", "DE89370400440532013000", "X")}, "iban_not_french", "urssaf_iban"),
        ({"bank_account": BankAccount("TEST", "FR7630006000011234567890189", "X")}, "bic_invalid", "urssaf_bic"),
        (
            {"bank_account": BankAccount("TESTFRPP", "FR7630006000011234567890189", "a" * 101)},
            "holder_too_long",
            "urssaf_bank_holder",
        ),
    ],
)
def test_one_wrong_thing(changes, code, field):
    assert findings(customer(**changes)) == {code: field}


def test_warnings_do_not_block():
    for changes, code in (
        ({"email": "camille+urssaf@example.com"}, "email_plus"),
        ({"bank_account": BankAccount("TESTMCMC", "MC5811222000010123456789030", "Mme Fictif")}, "iban_monaco"),
    ):
        assert findings(customer(**changes)) == {}
        assert list(findings(customer(**changes), "warning")) == [code]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Lefèvre", "Lefevre"),
        ("D’Éxemple", "D'Exemple"),
        ("Zoë‑Marie", "Zoe-Marie"),
        ("  Le   Bœuf ", "Le Boeuf"),
        ("Łukasz Straße", "Lukasz Strasse"),
        ("Þór", "Thor"),
        (None, ""),
    ],
)
def test_names_are_sent_in_ascii(written, sent):
    assert ascii_name(written) == sent
    if sent:
        assert is_name(sent)
        assert findings(customer(birth_name=written)) == {}


def test_first_names_of_a_tax_notice():
    subject = customer(first_names="Camille, Odette,Zoé")
    assert findings(subject) == {}
    assert subject.to_dict()["prenoms"] == "Camille Odette Zoe"
    assert not is_first_names("Camille  Odette")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("06 39 98 00 01", "0639980001"),
        ("06.39.98.00.01", "0639980001"),
        ("06\u00a039\u202f98 00-01", "0639980001"),
        ("+33 6 39 98 00 01", "+33639980001"),
        ("+33 (0)7 39 98 00 01", "+33739980001"),
        ("0033639980001", "+33639980001"),
        ("+262 692 12 34 56", "0692123456"),
        ("0539980001", None),
        ("+4915112345678", None),
        ("063998000", None),
        ("06399800011", None),
        ("٠٦39980001", None),
        ("0639980001 poste 3", None),
        ("", None),
        (None, None),
    ],
)
def test_mobile(written, sent):
    assert normalize_mobile(written) == sent


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("a@b.fr", True),
        ("a.b-c_d@sous.domaine-x.example", True),
        ("a+b@example.com", True),
        ("a@b", False),
        ("a@b.f", False),
        ("a@b.f1", False),
        (".a@b.fr", False),
        ("a..b@b.fr", False),
        ("a@-b.fr", False),
        ("a@b..fr", False),
        ("é@b.fr", False),
        ("a b@c.fr", False),
        ("a@b@c.fr", False),
        ("@b.fr", False),
        ("", False),
    ],
)
def test_email(value, valid):
    assert valid_email(value) is valid


def test_bank_details():
    assert valid_iban("fr76 3000 6000 0112 3456 7890 189")
    assert valid_iban("FR1420041010050500013M02606"), "a letter in the account number"
    for wrong in ("FR7630006000011234567890188", "FR763000600001123456789018", "FR76", "", None, "FR76é"):
        assert not valid_iban(wrong)
    assert valid_bic("testfrpp")
    assert valid_bic("TESTFRPPXXX")
    for wrong in ("TESTFRPPX", "TEST1RPP", "", None):
        assert not valid_bic(wrong)


def test_workers():
    assert valid_sap_number("SAP123456789")
    assert valid_worker("SIR99999999800019")
    for wrong in ("SAP12345678", "SAP 123456789", "sap123456789", "SIR999999998", "SAP123456789\n", "", None):
        assert not valid_worker(wrong)


def test_communes():
    assert split_commune("77288") == ("077", "288")
    assert split_commune("2a004") == ("02A", "004")
    assert split_commune("97411") == ("974", "011")
    assert split_commune("98818") == ("988", "018")
    assert split_commune("97411", theoretical=True) == ("974", "411")
    for wrong in ("", "7728", "772888", "7A0B1", None):
        with pytest.raises(ValueError, match="commune"):
            split_commune(wrong)


def test_checks_are_linear():
    """Texts on which the published patterns take for ever."""

    def check(text):
        check_customer(
            customer(
                birth_name=text,
                usage_name=text,
                first_names=text,
                mobile=text,
                email=text,
                bank_account=BankAccount(text, text, text),
                address=address(number=text, street_name=text, commune_code=text, zip_code=text),
            ),
            TODAY,
        )

    for text in ("a" * 50_000 + "1", "a'" * 25_000, "a-" * 25_000 + "!", "a " * 25_000, "a." * 25_000 + "@"):
        assert cpu_seconds(lambda text=text: check(text), 1) < 1, text[-20:]


def test_examples_are_all_read():
    assert {path.name for path in FIXTURES.glob("m010_request_*")} == set(REQUESTS)
