"""A world's clock: live (the wall's time plus an offset) or frozen at an instant.

Instants are stored as whole microseconds since 1970 and told in whole seconds, as the wire does.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from counterfoil.engine.values import Value

Wall = Callable[[], datetime]
"""The time outside every world, given to the engine by whoever starts it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = EPOCH
LATEST = datetime(8999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""What a clock may be set to: years enough are left to count on from there."""

MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
"""How many of the units that instants are stored in."""


class Clock(Value, frozen=True):
    """What time it is in a world.

    `microseconds` is the instant where the clock is frozen, and the offset to the wall where it is
    not.
    """

    frozen: bool
    microseconds: int

    @classmethod
    def live(cls) -> "Clock":
        """Return a clock that shows the wall's time."""
        return cls(False, 0)

    @classmethod
    def frozen_at(cls, instant: datetime) -> "Clock":
        """Return a clock that stands still at an instant."""
        return cls(True, stamp(instant))

    @classmethod
    def live_at(cls, instant: datetime, wall: Wall) -> "Clock":
        """Return a clock that shows an instant now, and goes on from there."""
        return cls(False, stamp(instant) - stamp(wall()))

    @property
    def mode(self) -> str:
        """`frozen` or `live`."""
        return "frozen" if self.frozen else "live"

    def now(self, wall: Wall) -> datetime:
        """Return the time in the world, to the second."""
        if self.frozen:
            return moment(self.microseconds)
        return (wall() + self.microseconds * MICROSECOND).replace(microsecond=0)


def stamp(instant: datetime) -> int:
    """Return an instant as the store keeps it."""
    return (instant - EPOCH) // MICROSECOND


def moment(microseconds: int) -> datetime:
    """Return the instant that the store kept, to the second."""
    return EPOCH + timedelta(seconds=microseconds // SECOND)


def text(instant: datetime) -> str:
    """Return an instant as APIs and listings write it: `2024-03-15T10:30:00Z`."""
    return instant.isoformat()[:19] + "Z"


def instant_of(given: str) -> datetime:
    """Return the instant a text tells: a date's beginning in UTC, or a date and time with its offset."""
    told = datetime.fromisoformat(given.upper())
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def months_later(instant: datetime, months: int) -> datetime:
    """Return the same day and time some months on; a month that is too short ends where it ends.

    Raises ValueError where there is no such year.
    """
    years, month = divmod(instant.month - 1 + months, 12)
    year = instant.year + years
    day = min(instant.day, monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)
