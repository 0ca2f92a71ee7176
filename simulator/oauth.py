"""Client credentials and opaque tokens (CONTRACT §3, RFC 6749). Only fingerprints are kept."""

import base64
import binascii
import hashlib
import secrets
import time
from urllib.parse import unquote_plus

from werkzeug.wrappers import Request

from .store import Store

SCOPE = "homeplus.tiersprestations"
LIFETIME = 3600
REFUSED_SECRET = "wrong"  # never accepted, so that tests need no second client


class OAuthError(Exception):
    def __init__(self, error: str, description: str, status: int = 400):
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "error_description": description}


def fingerprint(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def credentials(request: Request) -> tuple[str, str]:
    """The client id and secret, from HTTP Basic or from the form."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = colon = secret = ""
        return (unquote_plus(name), unquote_plus(secret)) if colon else ("", "")
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def grant(store: Store, request: Request) -> dict:
    """Body of a token's answer. A client id is known by the secret it first came with.

    :raises OAuthError: with the body RFC 6749 gives it
    """
    if request.mimetype != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "The body must be application/x-www-form-urlencoded")
    client_id, secret = credentials(request)
    if not client_id or not secret:
        raise OAuthError("invalid_client", "Client credentials are missing", 401)
    if request.form.get("grant_type") != "client_credentials":
        raise OAuthError("unsupported_grant_type", "grant_type must be client_credentials")
    if request.form.get("scope") != SCOPE:
        raise OAuthError("invalid_scope", f"scope must be {SCOPE}")
    print_ = fingerprint(client_id, secret)
    if secret == REFUSED_SECRET or store.providers.get(client_id, print_) != print_:
        raise OAuthError("invalid_client", "Client authentication failed", 401)
    store.providers[client_id] = print_
    now = time.time()
    store.tokens = {key: known for key, known in store.tokens.items() if known["expires_at"] > now}
    token = secrets.token_urlsafe(32)
    # Tokens live in real time: the caller's clock is not moved with ours.
    store.tokens[fingerprint(token)] = {"client_id": client_id, "expires_at": now + LIFETIME}
    return {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": SCOPE}


def bearer(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def provider_of(store: Store, request: Request) -> str | None:
    """The client id that the request's token belongs to, None when there is no valid token."""
    known = store.tokens.get(fingerprint(bearer(request)))
    return known["client_id"] if known and known["expires_at"] > time.time() else None


def revoke(store: Store, request: Request) -> None:
    store.tokens.pop(fingerprint(bearer(request)), None)
