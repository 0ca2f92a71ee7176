"""Rules that need more than one call (identities, providers, duplicates, switches) or have no example body."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sim_helpers import BASE, Caller, codes, fixture, simulator_caller  # noqa: F401  (a pytest fixture)

NUMBER = "FAC-2026-00121"
HOURS = fixture("m050_request_hours.json")
PERSON = fixture("m010_request_france.json")


def changed(body, **values):
    """A copy with other values; ``a__b`` goes into ``a``; None removes."""
    body = copy.deepcopy(body)
    for path, value in values.items():
        *parents, key = path.split("__")
        target = body
        for parent in parents:
            target = target[int(parent) if parent.isdigit() else parent]
        if value is None:
            target.pop(key)
        else:
            target[key] = value
    return body


def item_codes(caller, **values):
    response = caller.call("M050", [changed(HOURS[0], **values)])
    answer = response.json()[0]
    return codes(answer.get("errors", [answer] if "code" in answer else []))


# --- customers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"civilite": "3"}, "ERREUR_VALIDATION"),
        ({"nomNaissance": "A" * 81}, "ERREUR_VALIDATION"),
        ({"nomNaissance": "-Exemple"}, "ERREUR_VALIDATION"),
        ({"nomNaissance": "Exemple\n"}, "ERREUR_VALIDATION"),
        ({"prenoms": "Camille  Odette"}, "ERREUR_VALIDATION"),
        ({"prenoms": None}, "ERREUR_VALIDATION"),
        ({"dateNaissance": "1984-05-17"}, "ERREUR_VALIDATION"),
        ({"dateNaissance": "1984-02-30T00:00:00.000Z"}, "ERREUR_VALIDATION"),
        ({"lieuNaissance": None}, "ERREUR_LIEU_NAISSANCE_OBLIGATOIRE"),
        ({"lieuNaissance__departementNaissance": "37"}, "ERREUR_LIEU_NAISSANCE_DEPT_FORMAT"),
        ({"lieuNaissance__communeNaissance__codeCommune": "37261"}, "ERREUR_VALIDATION"),
        ({"lieuNaissance": {"codePaysNaissance": "99999"}}, "ERR_DGFIP_R2P_INCONNU"),
        ({"adresseMail": "camille@example"}, "ERREUR_VALIDATION"),
        ({"adressePostale__numeroVoie": "0"}, "ERREUR_VALIDATION"),
        ({"adressePostale__numeroVoie": "12345"}, "ERREUR_VALIDATION"),
        ({"adressePostale__libelleVoie": "a" * 29}, "ERREUR_VALIDATION"),
        ({"adressePostale__codeCommune": "00261"}, "ERR_CONTACT_ADRESSE_COMMUNE"),
        ({"adressePostale__codePostal": "3700"}, "ERREUR_VALIDATION"),
        ({"coordonneeBancaire__bic": "TESTFR"}, "ERREUR_VALIDATION"),
        ({"coordonneeBancaire__iban": "FR76 3000 6000 0112 3456 7890 189"}, "ERREUR_VALIDATION"),
        ({"coordonneeBancaire__iban": "DE89370400440532013000"}, "ERR_COORDONNEES_BANCAIRES"),
        ({"inconnu": "x"}, "ERREUR_VALIDATION"),
    ],
)
def test_customer_rules(caller, values, code):
    response = caller.call("M010", changed(PERSON, **values))
    assert (response.status_code, codes(response.json())) == (400, [code])


def test_several_errors_at_once(caller):
    body = changed(PERSON, adressePostale__lettreVoie="Z", coordonneeBancaire__iban="FR7630006000011234567890188")
    assert codes(caller.call("M010", body).json()) == ["ERR_CONTACT_ADRESSE_LETTRE_VOIE", "ERR_COORDONNEES_BANCAIRES"]


def test_validation_names_the_field(caller):
    [error] = caller.call("M010", changed(PERSON, numeroTelephonePortable="0247000000")).json()
    assert error["message"].startswith("Le champ inputParticulier.numeroTelephonePortable :")


@pytest.mark.parametrize("mail", ["camille+urssaf@example.com", "c.f@a.b-c.example.org"])
def test_accepted_mails(caller, mail):
    assert caller.call("M010", changed(PERSON, adresseMail=mail)).status_code == 200


def test_older_mail_pattern(caller):
    caller.control("switches", mail_plus=False)
    response = caller.call("M010", changed(PERSON, adresseMail="camille+urssaf@example.com"))
    assert codes(response.json()) == ["ERREUR_VALIDATION"]


def test_registering_twice(caller):
    ref = caller.call("M010", PERSON).json()["idClient"]
    assert codes(caller.call("M010", PERSON).json()) == ["ERR_LIEN_TIERS_PRESTATION_PARTICULIER_EXISTE"]
    # the lost reference is found by the e-mail, unless this reading of the contract is switched off
    assert caller.call("M020", params={"adresseMail": PERSON["adresseMail"]}).json()["idClient"] == ref
    caller.control("switches", m020_by_mail=False)
    lost = caller.call("M020", params={"adresseMail": PERSON["adresseMail"]})
    assert codes(lost.json()) == ["ERR_RECHERCHE_PARTICULIER"]


def test_contact_data_is_checked_against_the_others(caller):
    caller.call("M010", PERSON)
    spouse = changed(PERSON, prenoms="Dominique", civilite="1")
    assert codes(caller.call("M010", spouse).json()) == ["ERREUR_REFERENCE_PARTICULIER_EXISTANTE_TYPE"]
    moved = changed(PERSON, adresseMail="autre@example.com")
    assert codes(caller.call("M010", moved).json()) == ["ERR_CONTACT"]
    same_number = changed(spouse, numeroTelephonePortable="+33639980001")
    assert codes(caller.call("M010", same_number).json()) == ["ERREUR_REFERENCE_PARTICULIER_EXISTANTE_TYPE"]


def test_two_providers(caller):
    other = Caller(caller.url, "autre", "secret")
    ref = caller.call("M010", PERSON).json()["idClient"]
    assert codes(other.call("M020", params={"idClient": ref}).json()) == ["ERR_RECHERCHE_PARTICULIER"]
    caller.control(f"customers/{ref}/activate", at="2026-08-31T00:00:00Z")
    item = [HOURS[0] | {"idClient": ref}]
    assert codes(other.call("M050", item).json()[0]["errors"]) == ["ERR_LIEN_PARTICULIER_PRESTATAIRE"]
    assert other.call("M010", PERSON).json()["idClient"] == ref, "the person is one"
    assert other.call("M020", params={"idClient": ref}).json()["statut"]["code"] == "APPAREILLAGE_EC"
    caller.control(f"customers/{ref}/activate", client_id="autre", at="2026-08-31T00:00:00Z")
    # each has its own numbers and sees its own requests only
    refs = {who.call("M050", item).json()[0]["idDemandePaiement"] for who in (caller, other)}
    assert len(refs) == 2
    assert len(caller.search(NUMBER)) == len(other.search(NUMBER)) == 1
    assert caller.state()["accepted"] == {NUMBER: 1}
    # breaking one association leaves the other; it can be made again
    caller.control(f"customers/{ref}/unlink", client_id="prestataire")
    assert codes(caller.call("M020", params={"idClient": ref}).json()) == ["ERR_RECHERCHE_PARTICULIER"]
    assert other.call("M020", params={"idClient": ref}).json()["statut"]["code"] == "APPAREILLAGE_VALIDE"
    assert caller.call("M010", PERSON).json()["idClient"] == ref


def test_blocked_person_cannot_join_another_provider(caller):
    ref = caller.call("M010", PERSON).json()["idClient"]
    caller.control(f"customers/{ref}/block")
    response = Caller(caller.url, "autre").call("M010", PERSON)
    assert codes(response.json()) == ["ERR_COMPTE_BLOQUE"]


@pytest.mark.parametrize(
    ("switch", "shape"),
    [
        ({"m020_key": "statutTransmission"}, "m020_response_variant_statutTransmission.json"),
        ({"m020_array": True}, "m020_response_variant_array.json"),
        ({"stamp_seconds": False}, "m020_response_valide_no_seconds.json"),
    ],
)
def test_variants_of_a_customer_status(caller, switch, shape):
    ref = caller.call("M010", PERSON).json()["idClient"]
    caller.control(f"customers/{ref}/activate", at="2026-08-31T14:20:00Z")
    caller.control("switches", **switch)
    example = fixture(shape)
    (example[0] if isinstance(example, list) else example)["idClient"] = ref
    assert caller.call("M020", params={"idClient": ref}).json() == example


def test_stamp_in_paris_time(caller):
    ref = caller.call("M010", PERSON).json()["idClient"]
    caller.control(f"customers/{ref}/activate", at="2026-08-31T14:20:00Z")
    caller.control("switches", stamp_zone="Europe/Paris")
    assert "31/08/2026 16:20:00" in caller.call("M020", params={"idClient": ref}).text


# --- payment requests ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"inputPrestations__0__codeActivite": "60B1"}, "ERR_CODE_ACTIVITE"),
        ({"inputPrestations__0__dateDebutEmploi": "2026-09-01T00:00:00Z"}, "ERREUR_VALIDATION"),
        ({"dateFinEmploi": "2026-10-05T10:00:01Z", "dateDebutEmploi": "2026-10-05T09:00:00Z"}, "ERR_DATE_FUTUR"),
        ({"mntAcompte": 10, "dateVersementAcompte": "2020-01-01T00:00:00Z"}, "ERR_DATE_PAIEMENT_AVANT_EXP"),
        ({"mntFactureHT": 220.001}, "ERR_FORMAT_VALEUR"),
    ],
)
def test_request_rules(caller, values, code):
    caller.seed()
    assert item_codes(caller, **values) == [code]


@pytest.mark.parametrize(
    "values",
    [
        {"dateFacture": "2026-09-30"},
        {"mntFactureTTC": "220.00"},
        {"mntFactureTTC": True},
        {"numFactureTiers": ""},
        {"inputPrestations": []},
        {"inputPrestations__0__unite": "JOUR"},
        {"inputPrestations__0__quantite": None},
        {"mntAcompte": 10},
        {"autre": 1},
        {"idClient": None},
    ],
)
def test_malformed_request_is_refused_as_a_whole(caller, values):
    caller.seed()
    response = caller.call("M050", [HOURS[0] | {"numFactureTiers": "BON"}, changed(HOURS[0], **values)])
    assert (response.status_code, codes(response.json())) == (400, ["PARAM_INVALIDE"])
    assert not caller.state()["requests"]
    caller.control("switches", sink_batch=False)
    good, bad = caller.call("M050", [HOURS[0] | {"numFactureTiers": "BON"}, changed(HOURS[0], **values)]).json()
    assert good["statut"] == "10"
    assert codes(bad["errors"]) == ["PARAM_INVALIDE"]


@pytest.mark.parametrize("body", [b"", b"{", b"[NaN]", b"\xff", b"[" * 100_000])
def test_unreadable_body(caller, body):
    response = caller.call("M050", data=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400


def test_activation_instant_is_the_limit(caller):
    caller.seed()
    second = {"dateDebutEmploi": "2026-08-31T14:20:00Z", "dateFinEmploi": "2026-08-31T15:00:00Z"}
    assert item_codes(caller, **second | {"dateDebutEmploi": "2026-08-31T14:19:59Z"}) == [
        "ERR_LIEN_PARTICULIER_PRESTATAIRE"
    ]
    assert item_codes(caller, **second) == []


def test_amounts_are_exact(caller):
    """0.1 + 0.2 is 0.3, and half a cent goes up."""
    caller.seed()
    line = HOURS[0]["inputPrestations"][0]
    lines = [
        line | {"quantite": 1, "mntUnitaireTTC": ttc, "mntPrestationTTC": ttc, "mntPrestationHT": ttc}
        for ttc in (0.1, 0.2)
    ]
    lines.append(line | {"quantite": 0.5, "mntUnitaireTTC": 0.29, "mntPrestationTTC": 0.15, "mntPrestationHT": 0.15})
    assert item_codes(caller, inputPrestations=lines, mntFactureTTC=0.45, mntFactureHT=0.45) == []


def test_deposit_of_exactly_half(caller):
    caller.seed()
    assert item_codes(caller, mntAcompte=110, dateVersementAcompte="2026-09-01T00:00:00Z") == []


def test_zero_deposit_is_tolerated(caller):
    caller.seed()
    assert item_codes(caller, mntAcompte=0, dateVersementAcompte="2026-09-01T00:00:00Z") == []


def test_ten_and_eleven(caller):
    caller.seed()
    batch = [HOURS[0] | {"numFactureTiers": f"N{n}"} for n in range(11)]
    response = caller.call("M050", batch)
    assert (response.status_code, codes(response.json())) == (400, ["ERR_NBRE_PREST_MAX"])
    assert not caller.state()["requests"]
    assert all(answer["statut"] == "10" for answer in caller.call("M050", batch[:10]).json())
    assert caller.state()["accepted"] == {f"N{n}": 1 for n in range(10)}


def test_other_meaning_of_ten(caller):
    caller.seed()
    caller.control("switches", ten_means="lines", max_items=3)
    line = HOURS[0]["inputPrestations"][0]
    values = {"mntFactureTTC": 2420, "mntFactureHT": 2420, "inputPrestations": [line] * 11}
    assert item_codes(caller, **values) == ["ERR_NBRE_PREST_MAX"]
    caller.control("switches", ten_means="both")
    batch = [HOURS[0] | {"numFactureTiers": f"N{n}"} for n in range(4)]
    assert codes(caller.call("M050", batch).json()) == ["ERR_NBRE_PREST_MAX"]


def test_duplicates(caller):
    caller.seed()
    first, second = caller.call("M050", HOURS * 2).json()
    assert first["statut"] == "10"
    assert codes(second["errors"]) == ["ERR_FACTURE_DOUBLON"]
    caller.control(f"requests/{NUMBER}/cancel")
    assert item_codes(caller) == ["ERR_FACTURE_DOUBLON"]
    state = caller.state()
    assert (state["accepted"], state["attempts"]) == ({NUMBER: 1}, {NUMBER: 3})
    # with the net taken away a careless caller is seen
    caller.control("switches", duplicate_check=False)
    assert item_codes(caller) == []
    assert caller.state()["accepted"] == {NUMBER: 2}


def test_refused_number_may_be_sent_again(caller):
    caller.seed()
    assert item_codes(caller, mntFactureTTC=221) == ["ERR_TOTAL_PRESTATIONS"]
    assert item_codes(caller) == []


def test_many_callers_at_once(caller):
    caller.seed()
    caller.call("M070", {"dateDebut": "2090-01-01"})  # the token, once
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: caller.call("M050", HOURS).json()[0], range(24)))
    assert sum("idDemandePaiement" in answer for answer in answers) == 1
    assert caller.state()["accepted"] == {NUMBER: 1}
    assert caller.state()["attempts"] == {NUMBER: 24}


@pytest.mark.parametrize("switch", ["empty", "null"])
def test_forms_of_success(caller, switch):
    caller.seed()
    caller.control("switches", success_errors=switch)
    assert caller.call("M050", HOURS).json()[0]["errors"] == {"empty": [], "null": None}[switch]


def test_refusal_with_the_code_as_status(caller):
    caller.seed()
    caller.control("switches", refusal_status="code")
    [answer] = caller.call("M050", [HOURS[0] | {"mntFactureTTC": 221}]).json()
    assert answer["statut"] == "ERR_TOTAL_PRESTATIONS"


# --- search --------------------------------------------------------------------------------------------------------


def test_search_rules(caller):
    caller.seed()
    batch = [HOURS[0] | {"numFactureTiers": f"N{n}"} for n in range(11)]
    caller.call("M050", batch[:10])
    caller.call("M050", batch[10:])
    search = lambda **body: caller.call("M070", body)  # noqa: E731
    assert codes(search().json()) == ["ERR_CRITERE_RECHERCHE_VIDE"]
    assert codes(search(idDemandePaiements=[], dateDebut=None).json()) == ["ERR_CRITERE_RECHERCHE_VIDE"]
    assert codes(search(numFactureTiers=[f"N{n}" for n in range(11)]).json()) == ["ERR_NBRE_MAX_RESULTAT"]
    assert codes(search(dateDebut="2026-09-30T00:00:00Z").json()) == ["ERR_NBRE_MAX_RESULTAT"]
    assert codes(search(dateDebut="2026-10-01T00:00:00Z", dateFin=None).json()) == ["ERR_RECHERCHE_VIDE"]
    assert codes(search(dateDebut="2026-13-01").json()) == ["PARAM_INVALIDE"]
    assert codes(search(numFactureTiers="N1").json()) == ["PARAM_INVALIDE"]
    [found] = search(numFactureTiers=["N3", "UNKNOWN"]).json()["infoDemandePaiements"]
    ref = found["idDemandePaiement"]
    both = search(idDemandePaiements=[ref], dateDebut="2090-01-01T00:00:00Z")
    assert len(both.json()["infoDemandePaiements"]) == 1, "ids take precedence over dates"


def test_forms_of_an_empty_search(caller):
    caller.control("switches", empty_search="list", errors_key="Errors")
    response = caller.call("M070", {"dateDebut": "2090-01-01"})
    assert (response.status_code, response.json()) == (200, {"Errors": [], "infoDemandePaiements": []})


@pytest.mark.parametrize(("form", "keys"), [("null", {"errors"}), ("absent", set())])
def test_forms_of_errors(caller, form, keys):
    caller.seed()
    caller.call("M050", HOURS)
    caller.control("switches", errors_key=form, empty_blocks="null")
    answer = caller.call("M070", {"numFactureTiers": [NUMBER]}).json()
    assert set(answer) == keys | {"infoDemandePaiements"}
    assert answer["infoDemandePaiements"][0]["infoRejet"] is None


def test_search_by_number_can_be_missing(caller):
    caller.control("switches", search_by_number=False)
    assert codes(caller.call("M070", {"numFactureTiers": ["N"]}).json()) == ["PARAM_INVALIDE"]


def test_unknown_switch(caller):
    for values in ({"nope": 1}, {"max_items": 0}, {"errors_key": "ERRORS"}, {"automatic": "yes"}):
        response = requests.post(f"{caller.url}/_sim/switches", json=values, timeout=5)
        assert response.status_code == 400
        assert "error" in response.json()


def test_routes_are_the_real_ones(caller):
    assert BASE in caller.call("M070", {}).url
