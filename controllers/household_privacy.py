"""What keeps a household's private link private: in logs, in caches, in other sites' logs, and from guessing."""

import logging
import time

from odoo.http import request

from ..tools.private_pages import LINK, protect  # noqa: F401  (`protect`: for the pages)
from ..urssaf.transport import filter_once

# The loggers that write down the path of a request.
LOGGERS = ('werkzeug', 'odoo.http', 'odoo.addons.http_routing.models.ir_http')

WRONG_LINKS, WINDOW = 20, 600  # links from one address, seconds
SEARCHES, SEARCH_WINDOW = 120, 60  # towns looked for by one household, seconds: faster than anybody types
REMEMBERED = 5000  # addresses, households


class LinkFilter(logging.Filter):
    """Logs know that a private link was opened, not which."""

    def filter(self, record):
        """Mask the link in a record, which is always kept."""
        message = record.getMessage()
        masked = LINK.sub(r'\1***', message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True


def mask_links_in_logs():
    """Put the filter on these loggers; called once per process (``hooks.post_load``)."""
    filter_once(LOGGERS, LinkFilter)


def _count(what, key, window):
    """Count one more event in this process, as Odoo does for wrong passwords.

    :param str what: the kind of event
    :param key: who caused it
    :param int window: seconds after which counting starts again
    :return: how many there have been in this window
    :rtype: int
    """
    registry = request.env.registry
    if not hasattr(registry, '_urssaf_counts'):
        registry._urssaf_counts = {}
    counts, now = registry._urssaf_counts.setdefault(what, {}), time.monotonic()
    if len(counts) >= REMEMBERED:
        counts.clear()
    count, since = counts.get(key, (0, now))
    counts[key] = count, since = (count + 1, since) if now - since < window else (1, now)
    return count


def is_guessing():
    """Count a wrong link; whether too many have come from this address."""
    return _count('wrong links', request.httprequest.remote_addr, WINDOW) > WRONG_LINKS


def is_too_fast(household):
    """Count a search for a town; whether one household makes more of them than a person can."""
    return _count('searches', household, SEARCH_WINDOW) > SEARCHES
