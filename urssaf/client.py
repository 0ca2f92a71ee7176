"""``UrssafClient``: the four calls, nothing else (CONTRACT §2).

    TOKEN  POST /api/oauth/v1/token                                        a token, by itself
    M010   POST /atp/v1/tiersPrestations/particulier                       register_customer
    M020   GET  /atp/v1/tiersPrestations/particulier                       customer_status
    M050   POST /atp/v1/tiersPrestations/demandePaiement                   submit_requests
    M070   POST /atp/v1/tiersPrestations/demandePaiement/rechercher        search_requests

M010 and M050 have an effect: their failures are told apart into *never processed* (NotSent, Refused) and *may have
been processed* (OutcomeUnknown). TOKEN, M020 and M070 have none: their failures mean *later* (Unavailable).
"""

import ipaddress
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from . import answers, gate, masking
from .answers import CustomerStatus, ItemOutcome, RequestStatus, SearchResult
from .auth import DEFAULT_LIFETIME, MemoryTokenStore, Token, TokenStore, utcnow
from .errors import Misconfigured, NotSent, OutcomeUnknown, Refused, RemoteError, Throttled, Unavailable, UrssafError
from .payloads import Customer, PaymentRequest
from .transport import Answer, BasicAuth, BearerAuth, Exchange, NoAnswer, NoAuth, exchange
from .wire import timestamp

__all__ = [
    "MAX_BATCH",
    "CustomerStatus",
    "Exchange",
    "ItemOutcome",
    "RequestStatus",
    "SearchResult",
    "UrssafClient",
]

_logger = logging.getLogger(__name__)

HOSTS = {
    "production": "https://api.urssaf.fr",
    "sandbox": "https://api-edi.urssaf.fr",
}
SIMULATOR_URL = "http://127.0.0.1:8090"
TOKEN_PATH = "/api/oauth/v1/token"  # noqa: S105
BASE_PATH = "/atp/v1/tiersPrestations"
SCOPE = "homeplus.tiersprestations"
MAX_BATCH = 10  # items of M050, identifiers of M070

_EFFECT = frozenset(("M010", "M050"))
_REASONS = {403: "forbidden", 404: "not_found", 415: "media_type"}
# OAuth2 errors that speak of the right to use the API, not of the credentials.
_RIGHT_ERRORS = frozenset(("invalid_scope", "unauthorized_client", "access_denied"))


class UrssafClient:
    """One provider in one environment.

    ``environment``: ``simulator``, ``sandbox`` or ``production``. ``token_store`` must belong to this environment and
    client id. ``timeout``: seconds, for connecting and for each wait for data. ``basic_auth``: credentials in a header
    rather than in the form.

    :raises ValueError: on an argument that cannot work
    """

    def __init__(
        self,
        environment: str,
        client_id: str,
        client_secret: str,
        *,
        token_store: TokenStore | None = None,
        simulator_url: str | None = None,
        timeout: float = 15.0,
        basic_auth: bool = False,
    ):
        if environment == "simulator":
            self._host = _loopback(simulator_url or SIMULATOR_URL)
        elif environment in HOSTS:
            self._host = HOSTS[environment]
        else:
            raise ValueError("environment must be simulator, sandbox or production")
        if not client_id or not client_secret:
            raise ValueError("client id and secret are required")
        self.environment = environment
        self._client_id = client_id
        self._client_secret = client_secret
        self._tokens: TokenStore = token_store or MemoryTokenStore()
        self._timeout = float(timeout)
        self._basic_auth = basic_auth
        self._at_hand: Token | None = None
        self._exchanges: list[Exchange] = []
        self._last_body = b""
        self._last_request = ""
        self._secrets = {client_id, client_secret}  # and tokens used: never in what is kept, wherever they come back

    # --- the calls --------------------------------------------------------------------------------------------------

    def ensure_token(self) -> None:
        """Have a valid token at hand, so that the next call is a single exchange.

        :raises Misconfigured: when the credentials are refused
        :raises NotSent: when URSSAF cannot be reached
        :raises Throttled: when it asks to wait
        :raises Unavailable: when it gives no token
        """
        self._token()

    def register_customer(self, customer: Customer) -> str:
        """M010: register a household; the reference URSSAF gives it (CONTRACT §5).

        :raises Refused: when URSSAF says why not
        :raises NotSent: or a subclass, when it provably has nothing
        :raises OutcomeUnknown: when it may have the household
        """
        answer = self._call("M010", "POST", "/particulier", customer.to_dict())
        return self._read("M010", answers.read_customer_ref, answer)

    def customer_status(self, customer_ref: str = "", *, email: str = "") -> CustomerStatus:
        """M020: how far the household is (CONTRACT §6). An unknown one is a status, not an exception.

        By reference, or by e-mail when the reference was lost (CONTRACT §10.4): then the caller compares the names.

        :raises Refused: when URSSAF says why not
        :raises NotSent: or a subclass, when it was not asked
        :raises Unavailable: when its answer is of no use
        """
        if bool(customer_ref) == bool(email):
            raise ValueError("either a customer reference or an e-mail address")
        path = "/particulier?" + urlencode({"idClient": customer_ref} if customer_ref else {"adresseMail": email})
        try:
            answer = self._call("M020", "GET", path)
        except (Refused, Misconfigured) as exc:
            # The HTTP code of "unknown customer" is not evidenced: 400, or 404 with a body.
            if exc.http_status in (400, 404) and (status := answers.unknown_customer(self._last_body)):
                return status
            raise
        return self._read("M020", answers.read_customer_status, answer, customer_ref)

    def submit_requests(self, requests: Sequence[PaymentRequest]) -> dict[str, ItemOutcome]:
        """M050: send 1 to 10 requests of different numbers; the outcome of each, by number (CONTRACT §7).

        :raises Refused: the whole call; nothing is said about its items: look them up, then send one by one
        :raises NotSent: or a subclass, when URSSAF provably has none of them
        :raises OutcomeUnknown: when it may have any of them
        """
        sent = [(request.number, request.customer_ref) for request in requests]
        if not 1 <= len(sent) <= MAX_BATCH:
            raise ValueError(f"1 to {MAX_BATCH} requests a call")
        if len({number for number, _ in sent}) != len(sent):
            raise ValueError("a number twice in one call")
        answer = self._call("M050", "POST", "/demandePaiement", [request.to_dict() for request in requests])
        outcomes = self._read("M050", answers.read_outcomes, answer, sent)
        return {
            number: replace(outcome, errors=self._without_people(outcome.errors))
            for number, outcome in outcomes.items()
        }

    def search_requests(
        self,
        *,
        refs: Sequence[str] | None = None,
        numbers: Sequence[str] | None = None,
        date_from: date | None = None,
        date_to: date | None = None,
    ) -> SearchResult:
        """M070: requests by URSSAF's references, by invoice numbers (10 at most) or by invoice date (CONTRACT §8).

        One criterion a call. Nothing found is an empty result; what the answer tells in two ways is among its
        ``contradictions``, and what of it could not be read is named by ``spoilt``. More than 10 results raise Refused with
        ``ERR_NBRE_MAX_RESULTAT``: ask for a shorter range.

        :raises Refused: when URSSAF says why not
        :raises NotSent: or a subclass, when it was not asked
        :raises Unavailable: when its answer is of no use
        """
        criterion = self._criterion(refs, numbers, date_from, date_to)
        try:
            answer = self._call("M070", "POST", "/demandePaiement/rechercher", criterion)
        except Refused as exc:
            if exc.codes == {answers.EMPTY_SEARCH}:
                return SearchResult(errors=exc.errors)
            raise
        return self._read("M070", answers.read_search, answer)

    def take_exchanges(self) -> list[Exchange]:
        """The exchanges since the last time, oldest first, with masked bodies."""
        taken, self._exchanges = self._exchanges, []
        return taken

    # --- token ------------------------------------------------------------------------------------------------------

    def _token(self) -> Token:
        token = self._at_hand
        if not token or not token.is_fresh():
            token = self._tokens.get()
        if not token or not token.is_fresh():
            token = self._tokens.renew(self._fetch_token, None)
        self._at_hand = token  # one look for all calls of a run
        return token

    def _fetch_token(self) -> Token:
        form = {"grant_type": "client_credentials", "scope": SCOPE}
        auth = NoAuth()
        if self._basic_auth:
            auth = BasicAuth(self._client_id, self._client_secret)
        else:
            form.update(client_id=self._client_id, client_secret=self._client_secret)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        asked_at = utcnow()
        answer = self._exchange("TOKEN", "POST", TOKEN_PATH, auth, headers, urlencode(form))
        if answer.status in (400, 401):
            errors = {error.code for error in answers.body_errors(answer.body)}
            raise Misconfigured("forbidden" if errors & _RIGHT_ERRORS else "credentials", answer.status)
        self._raise_for_status("TOKEN", answer)
        value, lifetime = self._read("TOKEN", answers.read_token, answer)
        life = DEFAULT_LIFETIME if lifetime is None else timedelta(seconds=lifetime)
        return Token(value, asked_at + life)

    # --- one call ---------------------------------------------------------------------------------------------------

    def _call(self, call: str, method: str, path: str, payload: Any = None) -> Answer:
        """The 200 answer of a call with a token; a token refused is renewed once (CONTRACT §3)."""
        token = self._token_for(call)
        answer = self._send(call, method, path, payload, token)
        if answer.status == 401:
            token = self._token_for(call, rejected=token.value)
            answer = self._send(call, method, path, payload, token)
            if answer.status == 401:
                raise Misconfigured("unauthorized", 401)
        self._raise_for_status(call, answer)
        return answer

    def _token_for(self, call: str, rejected: str | None = None) -> Token:
        """A token for a call. Without one the call was not made, so for M010 and M050 nothing is unknown."""
        try:
            if rejected is None:
                return self._token()
            self._at_hand = self._tokens.renew(self._fetch_token, rejected)
            return self._at_hand
        except Unavailable as exc:
            if call in _EFFECT:
                raise NotSent("token", exc.http_status, exc.retry_after) from exc
            raise

    def _send(self, call: str, method: str, path: str, payload: Any, token: Token) -> Answer:
        self._secrets.add(token.value)
        headers = {"Accept": "application/json"}
        body = None
        if payload is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(payload, ensure_ascii=False, allow_nan=False)
        return self._exchange(call, method, BASE_PATH + path, BearerAuth(token.value), headers, body)

    def _exchange(self, call: str, method: str, path: str, auth, headers: dict[str, str], body: str | None) -> Answer:
        """One exchange, recorded whatever becomes of it."""
        started_at, started = utcnow(), time.monotonic()
        answer, failure = None, ""
        try:
            answer = exchange(
                method,
                self._host + path,
                auth=auth,
                headers=headers,
                body=None if body is None else body.encode(),
                timeout=self._timeout,
                # The simulator is on this machine: no proxy stands between.
                trust_env=self.environment != "simulator",
            )
        except NoAnswer as exc:
            failure = exc.reason
            raise self._unanswered(call, exc) from None
        finally:
            status = answer.status if answer else None
            if answer and status != 200:
                failure = f"http_{status}"
            elif answer and not answer.complete:
                failure = "unreadable"
            self._last_body = answer.body if answer else b""
            self._record(call, method, path, status, time.monotonic() - started, body, failure, started_at)
        return answer

    def _record(
        self,
        call: str,
        method: str,
        path: str,
        status: int | None,
        duration: float,
        body: str | None,
        failure: str,
        started_at: datetime,
    ) -> None:
        request_body = self._last_request = body or ""
        response_body = gate.decode(self._last_body)
        secrets = masking.secrets_of(request_body) | self._secrets
        self._exchanges.append(
            Exchange(
                call=call,
                method=method,
                path=path.partition("?adresseMail=")[0],
                status=status,
                duration=round(duration, 3),
                request_body=masking.mask(request_body, secrets),
                response_body=masking.mask(response_body, secrets),
                error=failure,
                started_at=started_at,
            )
        )
        _logger.info("URSSAF %s %s %s: %s in %.2f s", call, method, path.partition("?")[0], status or failure, duration)

    # --- verdicts ---------------------------------------------------------------------------------------------------

    def _unanswered(self, call: str, failure: NoAnswer) -> UrssafError:
        if not failure.sent:
            return NotSent(failure.reason)
        return _uncertain(call, failure.reason)

    def _raise_for_status(self, call: str, answer: Answer) -> None:
        """Turn every status but 200 into an exception (CONTRACT §4)."""
        status = answer.status
        if status == 200:
            return
        retry_after = answers.to_retry_after(answer.headers.get("Retry-After"), utcnow())
        if status == 400:
            raise Refused(self._without_people(answers.body_errors(answer.body)))
        if 300 <= status < 400:
            raise Misconfigured("redirect", status)
        if status in _REASONS:
            raise Misconfigured(_REASONS[status], status)
        if status == 429:
            raise Throttled(retry_after)
        reason = "maintenance" if status == 503 else "server_error" if status >= 500 else "unexpected_status"
        raise _uncertain(call, reason, status, retry_after)

    def _without_people(self, errors: tuple[RemoteError, ...]) -> tuple[RemoteError, ...]:
        """What was refused, without the data it may quote: more people read these words than may read that data."""
        secrets = frozenset(self._secrets)

        def clean(text):
            return masking.mask_sentence(text, self._last_request, secrets)

        return tuple(RemoteError(*map(clean, (error.code, error.message, error.description))) for error in errors)

    def _read(self, call: str, read, answer: Answer, *args):
        try:
            if not answer.complete:
                raise answers.Unreadable
            return read(answer.body, *args)
        except answers.Unreadable:
            if self._exchanges:
                self._exchanges[-1] = _marked(self._exchanges[-1], "unreadable")
            raise _uncertain(call, "unreadable", answer.status) from None

    @staticmethod
    def _criterion(refs, numbers, date_from, date_to) -> dict[str, Any]:
        given = [value is not None for value in (refs, numbers)] + [date_from is not None or date_to is not None]
        if sum(given) != 1:
            raise ValueError("one criterion a search: references, numbers or dates")
        for key, values in (("idDemandePaiements", refs), ("numFactureTiers", numbers)):
            if values is not None:
                if isinstance(values, str) or not 1 <= len(values) <= MAX_BATCH or not all(values):
                    raise ValueError(f"1 to {MAX_BATCH} identifiers a search")
                return {key: list(values)}
        if date_from is None:
            raise ValueError("a search by date needs its first day")
        dates = {"dateDebut": timestamp(date_from)}
        if date_to is not None:
            dates["dateFin"] = timestamp(date_to)
        return dates


def _uncertain(call: str, reason: str, http_status: int | None = None, retry_after: float | None = None) -> UrssafError:
    """The exception of a call that may have been processed: it matters only if the call has an effect."""
    if call in _EFFECT:
        return OutcomeUnknown(reason, http_status, retry_after)
    return Unavailable(reason, retry_after, http_status)


def _marked(done: Exchange, failure: str) -> Exchange:
    return replace(done, error=failure)


def _loopback(url: str) -> str:
    """Scheme and host of a URL on this machine, rebuilt from its parts.

    :raises ValueError: on any other host
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local or parts.scheme not in ("http", "https"):
        raise ValueError("the simulator must be on this machine")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
