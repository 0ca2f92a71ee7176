"""Only this machine, and only pages of this machine: loopback addresses, and no request from a foreign site."""

import ipaddress
import socket
from urllib.parse import urlsplit

from werkzeug.wrappers import Request


class NotLoopback(ValueError):
    """The simulator listens on the loopback interface only."""


def loopback_address(host: str) -> str:
    """The address to listen on.

    :raises NotLoopback: it is not one, or the name leads elsewhere too
    """
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)} if host else set()
    except OSError:
        found = set()
    if not found or not all(ipaddress.ip_address(address).is_loopback for address in found):
        raise NotLoopback(
            f"The simulator listens on this machine only: {host!r} is not a loopback address (127.0.0.1)."
        )
    return next((address for address in sorted(found) if ":" not in address), min(found))


def is_loopback_name(host: str | None) -> bool:
    """Is this host name of a URL or header ours, without asking the DNS?"""
    if not host:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_foreign(request: Request) -> bool:
    """A request through a name that was bent to this address, or from the page of another site."""
    try:
        if not is_loopback_name(urlsplit(f"//{request.headers.get('Host', '')}").hostname):
            return True
        origin = request.headers.get("Origin")
        return origin is not None and not is_loopback_name(urlsplit(origin).hostname)
    except ValueError:
        return True
