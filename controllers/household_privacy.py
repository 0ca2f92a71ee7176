"""What keeps a household's private link private: in logs, in caches, in other sites' logs, and from guessing."""

import logging
import re
import time

from odoo.http import request

HEADERS = {
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Robots-Tag': 'noindex, nofollow',
    'X-Frame-Options': 'DENY',
}
LINK = re.compile(r'(/avance-immediate/)[^/?#\s\'"]+')
# The loggers that write down the path of a request.
LOGGERS = ('werkzeug', 'odoo.http', 'odoo.addons.http_routing.models.ir_http')

WRONG_LINKS, WINDOW, REMEMBERED = 20, 600, 5000  # links, seconds, addresses


class LinkFilter(logging.Filter):
    """Logs know that a private link was opened, not which."""

    def filter(self, record):
        message = record.getMessage()
        masked = LINK.sub(r'\1***', message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True


def mask_links_in_logs():
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, LinkFilter) for known in logger.filters):
            logger.addFilter(LinkFilter())


def protect(response):
    """The response with the headers of these pages."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _failures():
    """Wrong links by address, in this process: {address: (count, start of the window)}. As Odoo does for passwords."""
    registry = request.env.registry
    if not hasattr(registry, '_urssaf_wrong_links'):
        registry._urssaf_wrong_links = {}
    return registry._urssaf_wrong_links


def is_guessing():
    """Whether too many wrong links have come from this address. The links cannot be guessed anyway: it spares the server."""
    count, since = _failures().get(request.httprequest.remote_addr, (0, 0.0))
    return count > WRONG_LINKS and time.monotonic() - since < WINDOW


def count_wrong_link():
    failures, now, address = _failures(), time.monotonic(), request.httprequest.remote_addr
    if len(failures) >= REMEMBERED:
        failures.clear()
    count, since = failures.get(address, (0, now))
    failures[address] = (count + 1, since) if now - since < WINDOW else (1, now)
