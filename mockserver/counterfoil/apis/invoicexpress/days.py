"""Dates as documents spell them: `04/07/2014`, and `04/07/2014 17:30:00` where the time counts."""

import re
from datetime import UTC, date, datetime, time

DAY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
MOMENT = re.compile(r"([0-9/]{10}) ([0-9]{2}):([0-9]{2}):([0-9]{2})")


def day(text: str) -> date | None:
    """Return the day a text names, or None where it names none."""
    match = DAY.fullmatch(text)
    if match is None:
        return None
    of_month, month, year = map(int, match.groups())
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """Return the instant a text names, or None; the sandbox reads it as UTC."""
    match = MOMENT.fullmatch(text)
    on = day(match[1]) if match else None
    if match is None or on is None:
        return None
    hour, minute, second = map(int, match.groups()[1:])
    try:
        return datetime.combine(on, time(hour, minute, second), UTC)
    except ValueError:
        return None


def spelled(day: date) -> str:
    """Return a day as documents spell it."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"
