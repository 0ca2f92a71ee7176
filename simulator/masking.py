"""What the journal may show of a body: neither secrets, bank data, birth data nor ways to reach somebody."""

import json

HIDDEN = {
    "client_secret", "access_token", "iban", "bic", "titulaire", "dateNaissance", "dateNaissanceClient",
    "lieuNaissance", "adresseMail", "numeroTelephonePortable", "adressePostale", "nomNaissance", "nomUsage", "prenoms",
}  # fmt: skip
LONGEST = 4000


def masked(value: object) -> object:
    if isinstance(value, dict):
        return {key: "***" if key in HIDDEN else masked(inner) for key, inner in value.items()}
    return [masked(inner) for inner in value] if isinstance(value, list) else value


def masked_text(body: bytes, mimetype: str) -> str:
    """A body as the journal keeps it. What is not JSON is not shown: there would be no way to know what it holds."""
    if not body:
        return ""
    if mimetype != "application/json":
        return f"({mimetype or 'sans type'}, {len(body)} octets)"
    try:
        text = json.dumps(masked(json.loads(body)), ensure_ascii=False, indent=1)[:LONGEST]
        return text.encode("utf-8", "replace").decode()  # half a character can be received, but not shown
    except (ValueError, RecursionError):
        return f"(JSON illisible, {len(body)} octets)"
