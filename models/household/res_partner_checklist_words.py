"""What the parts of the checklist are called."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# By group of ``HOUSEHOLD`` in ``res_partner.py``.
GROUP_LABELS = {
    'identity': _lt("Identity"),
    'birth': _lt("Birth place"),
    'contact': _lt("Contact"),
    'address': _lt("Address"),
    'bank': _lt("Bank account"),
    'agreement': _lt("Agreement"),
}
