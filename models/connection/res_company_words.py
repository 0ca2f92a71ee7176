"""What is said of an environment in which nobody is debited, and of a connection that was tried in the settings."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ENVIRONMENT_NOTICES = {
    'simulator': _lt("Simulator: no request leaves for URSSAF."),
    'sandbox': _lt("URSSAF test: nobody is debited."),
}
# Beside one of them, where several companies stand in one window.
LIVE_NOTICE = _lt("Production: customers are really debited.")

# Nobody listens there, by the reason that ``urssaf.errors`` gives.
UNREACHED = ('dns', 'connect', 'connect_timeout')

# What ``urssaf_error_words.py`` says with "in the settings": whoever tries the connection is there.
TEST_REASONS = {
    'credentials': _lt("URSSAF refuses the credentials: check client ID and client secret."),
    'unauthorized': _lt("URSSAF refuses the access: check client ID and client secret."),
    'not_found': _lt("URSSAF does not know the address of the service: check the environment."),
}
