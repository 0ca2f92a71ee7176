"""What each call of URSSAF's API is for, and what went wrong with it, in the words of who reads the list of exchanges."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

PURPOSES = {
    'TOKEN': _lt("Access (token)"),
    'M010': _lt("Registration of a customer (M010)"),
    'M020': _lt("How far a registration is (M020)"),
    'M050': _lt("Sending of requests (M050)"),
    'M070': _lt("Search for requests (M070)"),
}

# By the reason that the client writes; one of another status has that status in the column beside it.
NO_NETWORK = _lt("URSSAF could not be reached")
FAILURES = {
    'dns': NO_NETWORK,
    'connect': NO_NETWORK,
    'connect_timeout': NO_NETWORK,
    'proxy': _lt("The proxy refused the connection"),
    'tls': _lt("No secure connection"),
    'timeout': _lt("No answer in time"),
    'connection': _lt("The answer was lost on its way"),
    'unreadable': _lt("The answer could not be read"),
    'http_400': _lt("Refused by URSSAF"),
    'http_401': _lt("Access refused"),
    'http_403': _lt("Access refused"),
    'http_404': _lt("Not found"),
    'http_429': _lt("Too many calls"),
    'http_503': _lt("Closed for maintenance"),
}
OTHER_FAILURE = _lt("No usable answer")
