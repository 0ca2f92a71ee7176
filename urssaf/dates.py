"""Days as people in France write them, and the time zone of everything URSSAF says."""

import re
from datetime import date, datetime, timezone
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
NO_PART = ("le", "er", "ne", "nee")  # "le 1er mai 1951", "née le …"
LONGEST = 100  # characters: a weekday before and a time behind leave room
OF_AGE, CENTURY = 18, 100  # years


def typed_date(value, today=None):
    """The day of a birth as people in France write it, or as browsers do: 17/05/1984, 17.5.1984, 17051984, 17 mai 1984,
    1984-05-17, 17/05/84, 170584.

    A year of two digits is the one in which the person is of age and younger than a hundred: 51 is 1951, never 2051; 08 is
    2008 as soon as who was born then is of age. Between the two, 12 may be a child or somebody of a hundred and fourteen:
    then it is None, and four digits are asked for.

    :param str value: anything
    :param datetime.date today: the day in Paris; by default the one of the clock
    :return: the day, or None when it is none or when its century is not sure
    :rtype: datetime.date | None
    """
    if not value or len(value) > LONGEST:
        return None
    parts = [part for part in re.findall(r"[0-9]+|[a-z]+", ascii_name(value).lower()) if part not in NO_PART]
    if len(parts) == 1 and len(parts[0]) in (6, 8):
        parts = [parts[0][:2], parts[0][2:4], parts[0][4:]]
    if len(parts) != 3:
        return None
    day, month, year = parts if len(parts[0]) < 3 else reversed(parts)
    if month.isalpha():
        named = [number for number, name in enumerate(MONTHS, 1) if len(month) > 2 and name.startswith(month)]
        month = str(named[0]) if len(named) == 1 else ""
    if len(year) not in (2, 4) or not all(part.isdigit() and len(part) < 5 for part in (day, month, year)):
        return None
    if len(year) == 4:
        return _day(int(year), int(month), int(day))
    today = today or today_in_paris()
    days = [_day(today.year // 100 * 100 + int(year) - back, int(month), int(day)) for back in (0, CENTURY)]
    return next((day for day in days if day and _is_grown(day, today)), None)


def past_birth(day, today):
    """A birth to come is one whose year was typed in two digits and completed by a calendar: 2051 for 51, meant as 1951.

    :param datetime.date day: as a form or a spreadsheet has read it
    :param datetime.date today: the day in Paris
    :return: the same day a century before, when the day is to come and the person is of age then; else the day as it is
    :rtype: datetime.date
    """
    before = day > today and _day(day.year - CENTURY, day.month, day.day)
    return before if before and _is_grown(before, today) else day


def today_in_paris():
    """The day that URSSAF's rules and the customer's calendar count.

    :rtype: datetime.date
    """
    return datetime.now(PARIS).date()


def day_in_paris(moment):
    """The day in Paris at a moment.

    :param datetime.datetime moment: naive UTC
    :rtype: datetime.date
    """
    return moment.replace(tzinfo=timezone.utc).astimezone(PARIS).date()


def _day(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_grown(birth, today):
    """Whether somebody born on this day is of age and has not had their hundredth birthday."""
    years = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    return OF_AGE <= years < CENTURY
