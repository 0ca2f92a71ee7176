"""Why a person has to look at a request, and what that person reads."""

from dataclasses import dataclass

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)


@dataclass(frozen=True)
class Attention:
    """One cause for which a person has to look at a request.

    ``label``: the choice of the field; ``activity``: one line, with ``%(customer)s`` and ``%(invoice)s``; ``guidance``:
    what to do. What has happened stands in the request's ``error_text``; ``fallback`` where nothing stands there.
    """

    label: str
    activity: str
    guidance: str
    fallback: str = ''


_UNUSUAL = _lt("URSSAF gave an unusual answer for %(customer)s (invoice %(invoice)s)")
_NOT_TAKEN_OVER = _lt(
    "Nothing was changed here. Look at the request on URSSAF's site; the next answer is read by itself."
)

ATTENTION = {
    'status': Attention(
        "Status unknown here",
        _UNUSUAL,
        _lt(
            "URSSAF gave a status that is not known here. Look at the request on URSSAF's site; "
            "the next answer is read by itself."
        ),
        _lt("URSSAF gave an unusual answer to the request."),
    ),
    'dispute': Attention(
        "Number in dispute",
        _lt("Is it this invoice that URSSAF has? %(customer)s (invoice %(invoice)s)"),
        _lt(
            "If it is this invoice, press “It is this invoice”: nothing is sent, and what URSSAF has is followed here. If it "
            "is this invoice with another amount, ask URSSAF to cancel it first. If it is not, press “It is another "
            "request”: the invoice is free again, and leaves under a new number."
        ),
    ),
    'other': Attention("Answer about another request", _UNUSUAL, _NOT_TAKEN_OVER),
    'spoilt': Attention(
        "Answer of no use",
        _UNUSUAL,
        _lt("Look at the request on URSSAF's site; the next answer is read by itself."),
    ),
    'twice': Attention("Two statuses at once", _UNUSUAL, _NOT_TAKEN_OVER),
    'forgotten': Attention(
        "No longer mentioned",
        _lt("URSSAF no longer mentions the request for %(customer)s (invoice %(invoice)s)"),
        _lt("Look at the request on URSSAF's site, and ask URSSAF what became of it. We go on asking, once a day."),
    ),
    'doubt': Attention(
        "In doubt for long",
        _lt("Has URSSAF the request for %(customer)s? (invoice %(invoice)s)"),
        _lt(
            "Look the number up on URSSAF's site. Do not send the invoice again, and do not collect it directly before you "
            "know. We go on searching."
        ),
    ),
    'alive': Attention(
        "Turned up after all",
        _lt("URSSAF collects this invoice after all: %(customer)s (invoice %(invoice)s)"),
        _lt(
            "Do not collect it a second time. If the customer has paid you directly, or if the invoice has been sent again, "
            "ask URSSAF to cancel this request."
        ),
    ),
}
