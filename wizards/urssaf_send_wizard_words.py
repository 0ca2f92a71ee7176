"""What became of the rows of the window to send, by kind; each is given how many there are."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

RESULTS = {
    'received': _lt("%s received by URSSAF."),
    'scheduled': _lt("%s scheduled: leave by themselves when the services are over."),
    'on_the_way': _lt("%s on the way: the status follows by itself."),
    'failed': _lt("%s not taken: see the reason on each invoice."),
    'to_fix': _lt("%s still to correct."),
}
