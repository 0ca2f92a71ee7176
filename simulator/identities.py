"""The tax administration's files: who is recognised, letter for letter (CONTRACT §5.3).

Empty at first, and everybody is recognised. As soon as identities are seeded, they alone are.
"""

from .formats import parse_instant

UNKNOWN, NO_TAX_RETURN = "ERR_DGFIP_R2P_INCONNU", "ERR_DGFIP_IMPOTPART_INCONNU"

# word of the control interface: path in the body of M010
PATHS = {
    "civility": ("civilite",),
    "birth_name": ("nomNaissance",),
    "usage_name": ("nomUsage",),
    "first_names": ("prenoms",),
    "birth_date": ("dateNaissance",),
    "birth_country": ("lieuNaissance", "codePaysNaissance"),
    "birth_department": ("lieuNaissance", "departementNaissance"),
    "birth_commune": ("lieuNaissance", "communeNaissance", "codeCommune"),
}
NO_RETURN = "no_tax_return"


def checked(values: dict) -> dict:
    """An identity to recognise. Each word given must be met exactly, upper and lower case apart; an empty ``usage_name``
    wants none to be sent; with ``no_tax_return`` the person is known but has never filed an income-tax return.

    :raises ValueError: unknown word, or nothing to recognise anybody by
    """
    if unknown := values.keys() - PATHS.keys() - {NO_RETURN}:
        raise ValueError(f"Unknown words {', '.join(sorted(unknown))}. Known: {', '.join(PATHS)}, {NO_RETURN}.")
    if not values.keys() & PATHS.keys():
        raise ValueError("An identity needs at least one word to be recognised by.")
    result = {word: str(value or "") for word, value in values.items() if word in PATHS}
    if "birth_date" in result:
        result["birth_date"] = parse_instant(result["birth_date"]).date().isoformat()
    return result | {NO_RETURN: bool(values.get(NO_RETURN))}


def refusal(known: list[dict], body: dict) -> str | None:
    """The code with which the tax administration refuses this person, None when all is well."""
    if not known:
        return None
    found = [identity for identity in known if meets(identity, body)]
    if not found:
        return UNKNOWN
    return NO_TAX_RETURN if all(identity[NO_RETURN] for identity in found) else None


def meets(identity: dict, body: dict) -> bool:
    return all(value_of(body, word).upper() == identity[word].upper() for word in identity if word != NO_RETURN)


def value_of(body: dict, word: str) -> str:
    value = body
    for key in PATHS[word]:
        value = (value or {}).get(key)
    return str(value or "")[:10] if word == "birth_date" else str(value or "")
