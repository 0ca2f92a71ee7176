"""What each call of URSSAF's API is for, in the words of who reads the list of exchanges."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

PURPOSES = {
    'TOKEN': _lt("Access (token)"),
    'M010': _lt("Registration of a customer (M010)"),
    'M020': _lt("How far a registration is (M020)"),
    'M050': _lt("Sending of requests (M050)"),
    'M070': _lt("Search for requests (M070)"),
}
