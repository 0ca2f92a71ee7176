"""How long something took, leaving out the moments in which a busy machine let this process stand still."""

import threading
import time

TICK = 0.01  # seconds between two looks
STOOD = 0.05  # seconds between two looks beyond which the process was not running


class Stopwatch:
    """``with Stopwatch() as watch: …``, then ``watch.seconds``.

    A clock on the wall says of a machine that paused for three seconds that a deadline of one was missed.
    """

    def __enter__(self):
        self.seconds = 0.0
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._looking.start()
        return self

    def __exit__(self, *exc):
        self._over.set()
        self._looking.join()

    def _look(self):
        last = time.monotonic()
        while not self._over.is_set():
            self._over.wait(TICK)
            now = time.monotonic()
            self.seconds += min(now - last, STOOD)
            last = now
