"""The day on which the services of a check or of a bench are over, whatever the hour."""

from datetime import UTC, datetime, timedelta

MARGIN = timedelta(minutes=15)


def day_of_services():
    """The day in UTC; in its first minutes the day before: services of a day that has just begun are held back for a while
    (CONTRACT §7.4), and what runs past midnight meets that."""
    return (datetime.now(UTC) - MARGIN).date()
