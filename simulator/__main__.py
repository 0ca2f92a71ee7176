"""``python -m simulator --port 8090``"""

import argparse
import signal
import sys
import threading

from .origin import NotLoopback
from .server import start
from .store import BadStateFile


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulator", description="Simulator of Urssaf's API tiers de prestation.")
    parser.add_argument("--port", type=int, default=8090, help="port to listen on (default 8090, 0 for any)")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (default 127.0.0.1)")
    parser.add_argument("--state", metavar="FILE", help="file that keeps the state from one run to the next")
    parser.add_argument("--clock", metavar="ISO", help="date and time (UTC) that a new state starts at")
    parser.add_argument("--odoo-url", default="", metavar="URL", help="Odoo's address, linked from the page")
    parser.add_argument(
        "--latency", type=float, default=0.0, metavar="SECONDS", help="how long each call to the API takes"
    )
    args = parser.parse_args()
    try:
        handle = start(args.port, args.state, args.clock, args.host, args.odoo_url, args.latency)
    except (NotLoopback, BadStateFile, ValueError) as exc:
        parser.error(str(exc))
    except OSError as exc:
        print(f"simulator: cannot listen on port {args.port}: {exc.strerror}.", file=sys.stderr)
        return 1
    print(f"Simulator ready: {handle.url}", flush=True)
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    ended.wait()
    handle.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
