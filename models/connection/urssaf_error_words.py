"""Why a call failed and what to do, by the reason that ``urssaf.errors`` gives."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

NO_NETWORK = _lt("URSSAF cannot be reached: check the server's Internet connection.")

REASONS = {
    'credentials': _lt("URSSAF refuses the credentials: check client ID and client secret in the settings."),
    'unauthorized': _lt("URSSAF refuses the access: check client ID and client secret in the settings."),
    'forbidden': _lt("These credentials have no right to the API tiers de prestation: ask URSSAF for it."),
    'not_found': _lt("URSSAF does not know the address of the service: check the environment in the settings."),
    'media_type': _lt("URSSAF does not accept the form of the call: update this module."),
    'redirect': _lt("URSSAF's service has moved: update this module."),
    'settings': _lt("The settings are not complete: an administrator enters what URSSAF has given."),
    'contract': _lt("The contract has been changed in the settings since then."),
    'environment': _lt("The environment has been changed in the settings since then."),
    'dns': NO_NETWORK,
    'connect': NO_NETWORK,
    'connect_timeout': NO_NETWORK,
    'proxy': _lt("URSSAF cannot be reached: the server's proxy refuses the connection."),
    'tls': _lt("The secure connection to URSSAF failed: check the server's clock and certificates."),
    'throttled': _lt("URSSAF asks to wait: too many calls. Try again later."),
    'maintenance': _lt("URSSAF's service is closed for maintenance: try again later."),
    'timeout': _lt("URSSAF did not answer in time: try again later."),
}
OTHER_REASON = _lt("URSSAF gave no usable answer: try again later.")
