"""Imported by each Python process that runs at a given moment (``dev/clock.py``), before anything else.

``time.sleep`` sleeps until a moment of the monotonic clock, which libfaketime 0.9.10 computes from the wrong one
(``OSError: Invalid argument``); ``select`` waits for a duration, which needs no clock.
"""

import select
import time


def sleep(seconds):
    """Like ``time.sleep``."""
    if seconds < 0:
        raise ValueError('sleep length must be non-negative')
    select.select([], [], [], seconds)


time.sleep = sleep
