"""The words of an address line: street types, and what people put beside a street (CONTRACT §12)."""

# The street types that may be sent; any other street goes into the complement as a whole.
STREET_TYPES: dict[str, str] = {
    "ALL": "Allée",
    "AV": "Avenue",
    "BAT": "Bâtiment",
    "BD": "Boulevard",
    "C": "Cours",
    "CAN": "Canal",
    "CHE": "Chemin",
    "CHS": "Chaussée",
    "CI": "Cité",
    "CL": "Clos",
    "COG": "Cottage",
    "FG": "Faubourg",
    "HAM": "Hameau",
    "IMB": "Immeuble",
    "IMP": "Impasse",
    "LOT": "Lotissement",
    "MAI": "Maison",
    "MTE": "Montée",
    "PAR": "Parc",
    "PAS": "Passage",
    "PAV": "Pavillon",
    "PL": "Place",
    "POR": "Porte",
    "Q": "Quai",
    "QU": "Quartier",
    "R": "Rue",
    "RAM": "Rampe",
    "RES": "Résidence",
    "RTE": "Route",
    "RUL": "Ruelle",
    "SEN": "Sentier",
    "SQ": "Square",
    "VO": "Voie",
}

# Letters after a street number: bis, ter, quater, quinquies.
STREET_LETTERS: frozenset[str] = frozenset("BTQC")


def _words(value: str) -> frozenset[str]:
    return frozenset(value.split())


# Words that open a street which may not be sent as such: its line is kept whole.
OTHER_TYPES: frozenset[str] = _words(
    """
    boucle calade carraire carrefour carriere cloitre contour corniche cote couree coursive cour descente digue dom
    domaine draille dreve enclos escalier escaliers esp esplanade galerie grand'rue grand-rue grande-rue hent jetee levee
    mail mas parvis passerelle peristyle placette plan pont port promenade r-p raidillon rang rd-pt rempart rocade
    rond-point rpt ruelette ruellette sente servitude strada straed terrasse tertre traboule trait traverse venelle vge villa village
    za zac zi zone
    """
)
OTHER_PAIRS: frozenset[str] = frozenset(
    {
        "ancien chemin", "ancienne route", "grand rue", "grand' rue", "grande allee", "grande rue", "petit chemin",
        "petite route", "petite rue", "rd pt", "rd point", "rond point", "vieille route", "vieux chemin",
    }
)  # fmt: skip

# How people shorten a street type, in any case of letters.
ABBREVIATIONS: dict[str, str] = {
    short: code
    for code, shorts in {
        "ALL": "al all alle allees",
        "AV": "av ave aven",
        "BAT": "bat batt",
        "BD": "bd bl bld blvd boul bvd",
        "C": "crs",
        "CHE": "ch che chem chm cmin",
        "CHS": "chs",
        "FG": "fb fbg fg",
        "HAM": "ham",
        "IMB": "imb imm",
        "IMP": "imp",
        "LOT": "lot lotis lotiss",
        "MTE": "mte",
        "PAS": "pass psg",
        "PAV": "pav",
        "PL": "pl plc",
        "QU": "qr qrt qrtr qtier quart",
        "RES": "res resid",
        "RTE": "rt rte",
        "RUL": "rle",
        "SEN": "sen",
        "SQ": "sq",
    }.items()
    for short in shorts.split()
}
# Codes that are words or initials, too: only in capitals or with a point, after a number.
AMBIGUOUS: frozenset[str] = _words("C CAN CI CL COG MAI PAR PAS POR Q QU R RAM VO")

# Types that name a group of houses: the street, where there is one, goes first.
GROUPS: frozenset[str] = _words("CI CL COG HAM LOT PAR QU RES")
# Types that name one house or a part of it.
BUILDINGS: frozenset[str] = _words("BAT IMB MAI PAV POR")
# Types that are a place of the country: sent as lieu-dit beside a street.
PLACES: frozenset[str] = _words("HAM QU")

# Words that open the name of a hamlet or of a house by itself, number or not.
HAMLETS: frozenset[str] = _words("bourg chateau ferme hameau manoir moulin")

# Words that complete a street and have a number of their own, which is not the street's.
NUMBERED_COMPLEMENTS: frozenset[str] = _words(
    """
    apart apartement app appart appartement appt apt bal bat batiment batt boite bp bte cedex cidex cs entree esc escalier
    etage etg hall imm immeuble lgt logement logt niveau studio tsa
    """
)
# Words that open what completes a street.
COMPLEMENTS: frozenset[str] = NUMBERED_COMPLEMENTS | _words(
    """
    aupres c/o chez digicode interphone lotiss lotissement mezzanine poste rdc res resid residence rez-de-chaussee
    za zac zi zone
    """
)
# The same, but only when a number, a letter or a side follows: "porte 12", "porte gauche".
COMPLEMENTS_WITH_MARK: frozenset[str] = _words(
    """
    aile allee bloc cage cellule ch chambre ent et ilot lot maison pavillon porte pte tour villa
    """
)
MARKED: frozenset[str] = NUMBERED_COMPLEMENTS | COMPLEMENTS_WITH_MARK | frozenset(("n°", "nº", "no", "pk"))
# Words that open a line about people or an establishment: no place of the country.
BESIDE: frozenset[str] = _words(
    """
    association au-dessus cabinet camping caserne clinique code college creche derriere dessus devant ecole ehpad
    face famille fond foyer hopital hotel lycee m madame mairie maison mapa marpa mlle mm mme monsieur mr portail
    pres section sonnette ssr usld
    """
)
# A word after one of these belongs to the same name: "rue de l'Escalier".
ARTICLES: frozenset[str] = _words("a au aux d de del des du e en et l la las le les lo los sous sur un une da di o")
# A number after one of these is part of a name: a date, a road.
BEFORE_A_NUMBER: frozenset[str] = _words(
    """
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
    departementale nationale rural communal vicinal communale rurale dep nat numero n no rn rd ordinaire exploitation
    d'exploitation d’exploitation
    """
)
