"""The headers of the pages that a private link leads to: its secret stands in their address."""

import re

LINK = re.compile(r'(/avance-immediate/)[^/?#\s\'"]+')
# Odoo's website puts what it likes into the head of every page: counters of visitors, scripts that its owner has pasted.
# Those of another host do not run here, and nothing that runs here calls another host. What Odoo itself needs: code in the
# page, and templates that become code. Styles and fonts may come from elsewhere: with `no-referrer` they learn no address.
CONTENT = {
    'script-src': "'self' 'unsafe-inline' 'unsafe-eval'",
    'worker-src': "'self' blob:",
    'connect-src': "'self'",
    'img-src': "'self' data:",
    'frame-src': "'self'",
    'object-src': "'none'",
    'base-uri': "'self'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
}
HEADERS = {
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Robots-Tag': 'noindex, nofollow',
    'X-Frame-Options': 'DENY',
    'Content-Security-Policy': '; '.join(f'{kind} {sources}' for kind, sources in CONTENT.items()),
}


def protect(response):
    """The response with the headers of these pages.

    :param response: of ``werkzeug``, or what Odoo makes of it
    """
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
