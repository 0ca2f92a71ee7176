"""What became of the rows of the window to register, by kind; each is given how many there are."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

RESULTS = {
    'received': _lt("Registered, URSSAF writes to them: %s."),
    'background': _lt("Leaving in the background in the next minutes: %s."),
    'checking': _lt("Under check, no answer has arrived and we look it up by ourselves: %s."),
    'refused': _lt("Refused by URSSAF: %s."),
    'unsent': _lt("Not registered, see the reason: %s."),
    'already': _lt("Registered already: %s."),
    'skipped': _lt("Left out, not individuals: %s."),
    'to_fix': _lt("To correct first: %s."),
}
