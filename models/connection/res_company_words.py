"""What is said of an environment in which nobody is debited."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ENVIRONMENT_NOTICES = {
    'simulator': _lt("Simulator: no request leaves for URSSAF."),
    'sandbox': _lt("URSSAF test: nobody is debited."),
}
