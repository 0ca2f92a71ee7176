"""What is said of an answer that may be about another request. Values stand in the sentences as ``%(name)s``."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# What differs, and what URSSAF does not say (CONTRACT §10.1), by the names of ``same.FACTS``.
DIFFERS = {
    'number': _lt("another number (%(there)s)"),
    'customer': _lt("another customer"),
    'total': _lt("another amount (%(there)s, here %(here)s)"),
    'invoice_date': _lt("another invoice date (%(there)s, here %(here)s)"),
    'period': _lt("other days of service (%(there)s, here %(here)s)"),
}
UNTOLD = {
    'number': _lt("its number is not told"),
    'customer': _lt("its customer is not told"),
    'total': _lt("its amount is not told"),
    'invoice_date': _lt("its invoice date is not told"),
    'period': _lt("its days of service are not told"),
}
# What a status is not taken over without, where URSSAF says something that cannot be read: by the names of
# ``answers.RequestStatus.unread``. Days of service and words are not among them: they decide nothing there.
UNREAD = {
    'number': _lt("its number"),
    'customer_ref': _lt("its customer"),
    'total_ttc': _lt("its amount"),
    'demandePaiement': _lt("its invoice"),
    'status_code': _lt("its status"),
    'transfer_amount': _lt("the amount of the transfer"),
    'transfer_date': _lt("the day of the transfer"),
    'infoVirement': _lt("the transfer"),
}
