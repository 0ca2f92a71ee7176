"""The simulator's memory, and its file."""

import json
import os
import secrets
import tempfile
import threading
from collections import deque
from contextlib import contextmanager
from pathlib import Path

from . import switches
from .clock import Clock

VERSION = 1
CALLS = ("TOKEN", "M010", "M020", "M050", "M070")


class BadStateFile(Exception):
    """The file exists but was not written by this version of the simulator."""


class Store:
    """All that the simulator knows. Whoever reads or changes it holds ``lock``; nobody waits while holding it."""

    def __init__(self, path: str | os.PathLike | None = None, clock: Clock | None = None):
        self.lock = threading.RLock()
        self.path = Path(path) if path else None
        self.clock = clock or Clock()
        # The last calls, for the page only: never written to the file.
        self.journal: deque = deque(maxlen=200)
        self.clear()
        if self.path and self.path.exists():
            self._load()

    def clear(self) -> None:
        """Forget everything but the clock."""
        self.providers: dict[str, str] = {}  # client id: fingerprint of its secret
        self.tokens: dict[str, dict] = {}  # fingerprint of the token: {client_id, expires_at (real time)}
        self.customers: dict[str, dict] = {}  # by ref
        self.identities: list[dict] = []  # those that the tax administration alone recognises; empty: everybody
        self.requests: dict[str, dict] = {}  # by ref
        self.numbers: dict[str, str] = {}  # "client id/invoice number": ref, for ever
        self.faults: list[dict] = []
        self.switches = switches.defaults()
        self.calls = dict.fromkeys(CALLS, 0)
        self.accepted: dict[str, dict[str, int]] = {}  # client id: {number: times recorded}
        self.attempts: dict[str, dict[str, int]] = {}  # client id: {number: times it reached the checks}
        # An id belongs to one request, also to whoever remembers those of before a reset.
        self.sequence = secrets.randbelow(10**6) * 1000
        self.journal.clear()

    PERSISTENT = (
        "providers", "tokens", "customers", "identities", "requests", "numbers", "faults",
        "switches", "calls", "accepted", "attempts", "sequence",
    )  # fmt: skip

    @contextmanager
    def change(self):
        """Hold the lock, and write the file when the block ends well: an answer never leaves before its record."""
        with self.lock:
            yield self
            self.save()

    def save(self) -> None:
        if not self.path:
            return
        data = {name: getattr(self, name) for name in self.PERSISTENT}
        data |= {"version": VERSION, "clock": self.clock.dump()}
        handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(data, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _load(self) -> None:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            if data["version"] != VERSION:
                raise BadStateFile(f"{self.path}: written by another version of the simulator")
            for name in self.PERSISTENT:
                setattr(self, name, data[name] if name != "identities" else data.get(name, []))
            self.switches = switches.defaults() | self.switches
            self.clock.load(data["clock"])
        except (ValueError, KeyError, TypeError) as exc:
            raise BadStateFile(f"{self.path}: not a file of the simulator") from exc
