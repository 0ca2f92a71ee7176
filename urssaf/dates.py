"""Days as people in France write them, and the time zone of everything URSSAF says."""

import re
from datetime import date
from zoneinfo import ZoneInfo

from .formats import ascii_name

# URSSAF speaks of days in Paris, overseas too.
TIME_ZONE = "Europe/Paris"
PARIS = ZoneInfo(TIME_ZONE)

MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)
NO_PART = ("le", "er")  # "le 1er mai 1951"


def typed_date(value):
    """A day as people in France write it, or as browsers do: 17/05/1984, 17.5.1984, 17051984, 17 mai 1984, 1984-05-17.

    :param str value: anything
    :return: the day, or None when it is none; a year has four digits, so that nobody is born in 2051
    :rtype: datetime.date | None
    """
    parts = [part for part in re.findall(r"[0-9]+|[a-z]+", ascii_name(value).lower()) if part not in NO_PART]
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:2], parts[0][2:4], parts[0][4:]]
    if len(parts) != 3:
        return None
    day, month, year = parts if len(parts[0]) < 3 else reversed(parts)
    if month.isalpha():
        named = [number for number, name in enumerate(MONTHS, 1) if len(month) > 2 and name.startswith(month)]
        month = str(named[0]) if len(named) == 1 else ""
    if len(year) != 4 or not all(part.isdigit() and len(part) < 5 for part in (day, month, year)):
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
