"""What is said of an invoice that takes a household beyond a ceiling. Values stand in the sentences as ``%(name)s``."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# By kind of ``urssaf.ceiling``.
CEILING_WORDS = {
    'advance': _lt(
        "With this invoice, the advance of %(customer)s through you comes to %(total)s for %(year)s, and a household "
        "has %(limit)s a year: URSSAF debits them of more than half."
    ),
    'tax': _lt(
        "With this invoice, %(customer)s has spent %(total)s through you in %(year)s: beyond %(limit)s there is no tax "
        "credit."
    ),
    'nature': _lt(
        "%(service)s: with this invoice, %(customer)s has spent %(total)s through you in %(year)s, and beyond %(limit)s "
        "there is no tax credit for it."
    ),
}
