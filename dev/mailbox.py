"""A letter box: takes every e-mail of the demonstration and keeps it in a folder. Nothing leaves this machine.

python dev/mailbox.py --port 8025 --folder DIR
"""

import argparse
import itertools
import socketserver
import sys
from datetime import datetime
from pathlib import Path


class Letter(socketserver.StreamRequestHandler):
    """One SMTP conversation, as far as a client that only delivers needs it (RFC 5321)."""

    def handle(self):
        self.reply("220 mailbox")
        while line := self.rfile.readline():
            verb = line.strip().split(b" ")[0].split(b":")[0].upper()
            if verb == b"QUIT":
                self.reply("221 bye")
                return
            if verb == b"DATA":
                self.reply("354 go on")
                self.keep(self.data())
            self.reply("250 ok")

    def reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b".\n", b""):
            # A line that begins with a dot is sent with two.
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def keep(self, message: bytes) -> None:
        name = f"{datetime.now():%Y%m%d-%H%M%S}-{next(self.server.numbers):03}.eml"
        (self.server.folder / name).write_bytes(message)


class Mailbox(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.numbers = itertools.count(1)
        super().__init__(("127.0.0.1", port), Letter)


def main() -> int:
    parser = argparse.ArgumentParser(description="Keep the demonstration's e-mails in a folder.")
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--folder", type=Path, required=True)
    args = parser.parse_args()
    with Mailbox(args.port, args.folder) as mailbox:
        try:
            mailbox.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
