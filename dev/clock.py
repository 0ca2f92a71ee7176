"""``AT='2027-03-31 23:30:00'`` (UTC): all that a command starts believes that it is then; PostgreSQL and Chromium, too.

The clock is libfaketime's, preloaded into each process as one constant distance from the machine's clock: processes
agree with each other, time runs on, and waiting takes as long as it always does. The command itself keeps the machine's
clock: what it downloads is checked against certificates of today.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

from machine import AT, Stop

# What has to be told apart: how Python and Chromium sleep.
HELP = Path(__file__).resolve().parent / 'at'
FORM = '%Y-%m-%d %H:%M:%S'


def environment():
    """Variables that move the clock of a process, and of all that it starts in its turn; none without ``AT``.

    Reads the distance of the process that started this one, if there is one: a check that opens the workshop again
    must not begin again at ``AT``.

    :raises Stop: when ``AT`` is no moment
    """
    if not AT:
        return {}
    if 'FAKETIME' not in os.environ:
        os.environ['FAKETIME'] = f'{_distance():+d}'
    return {
        'FAKETIME': os.environ['FAKETIME'],
        'LD_PRELOAD': str(library()),
        # Time-outs are counted by the monotonic clock, and files keep the moments that all others see.
        'FAKETIME_DONT_FAKE_MONOTONIC': '1',
        'NO_FAKE_STAT': '1',
    }


def search_path(*folders):
    """A search path (PATH, PYTHONPATH) on which a process that runs at ``AT`` finds what it needs for that."""
    return os.pathsep.join(map(str, [*([HELP] if AT else []), *folders]))


def prefix():
    """The same before a command line."""
    variables = environment()
    return ['env', *(f'{name}={value}' for name, value in variables.items())] if variables else []


def library():
    """The shared library of Debian's package faketime, or None."""
    return next(Path('/usr/lib').glob('*/faketime/libfaketime.so.1'), None)


def _distance():
    """Seconds from now to ``AT``."""
    try:
        moment = datetime.strptime(AT, FORM).replace(tzinfo=UTC)
    except ValueError:
        raise Stop(f"AT={AT} is no moment: give one in UTC, for example AT='2027-03-31 23:30:00'.") from None
    return round((moment - datetime.now(UTC)).total_seconds())
