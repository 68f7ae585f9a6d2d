"""The instants at which something recurs, each counted from the first: nothing drifts."""

from bisect import bisect_left
from datetime import datetime, timedelta

from counterfoil.apis.experi.rulebook import Stride
from counterfoil.engine.clock import LATEST, months_later
from counterfoil.engine.values import Value

MOST = 4_000_000
"""More occurrences than there are days in all years."""


class Series(Value, frozen=True):
    """Occurrences from a start on, an interval apart, up to and with the day of an end if there is one."""

    start: datetime
    stride: Stride
    interval: int
    end: datetime | None = None

    def at(self, number: int) -> datetime:
        """Return the instant of an occurrence, counted from 0; beyond all clocks it is their last.

        A month that is too short has it on its last day.
        """
        times = number * self.interval
        try:
            shifted = months_later(self.start, times * self.stride.months)
            return min(shifted + timedelta(days=times * self.stride.days), LATEST)
        except (ValueError, OverflowError):
            return LATEST

    def first_from(self, instant: datetime) -> int:
        """Return the number of the first occurrence that is not before an instant."""
        return bisect_left(range(MOST), instant, key=self.at)

    def holds(self, number: int) -> bool:
        """Tell whether an occurrence is still one of the series."""
        at = self.at(number)
        return at < LATEST and (self.end is None or at.date() <= self.end.date())
