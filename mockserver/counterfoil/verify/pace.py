"""How fast requests follow each other, and when it is enough."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from counterfoil.operating import OperatingError
from counterfoil.verify.exchange import Exchange

TOO_MANY = 429
PATIENCE = 5
"""How often one after the other a server may say that it is too much."""

LONGEST_WAIT_S = 120.0


class StormError(OperatingError):
    """The server answers nothing but 429."""


class Pace:
    """At most `rate` requests a second (None: as fast as it goes), and waiting when told to.

    `clock` and `sleep` are those of the machine, unless a test brings its own.
    """

    def __init__(
        self,
        rate: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        self._gap = 1 / rate if rate else 0.0
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = 0.0
        self._refused = 0

    def wait(self) -> None:
        """Return when the next request may be made."""
        if not self._gap:
            return
        with self._lock:
            now = self._clock()
            mine = max(now, self._next)
            self._next = mine + self._gap
        if mine > now:
            self._sleep(mine - now)

    def again(self, exchange: Exchange) -> bool:
        """Return whether a request has to be made again, after the wait that the server asked for.

        Raises StormError where it refuses time after time, or asks for a wait that nobody has.
        """
        if exchange.status != TOO_MANY:
            self._refused = 0
            return False
        self._refused += 1
        if self._refused >= PATIENCE:
            raise StormError(
                f"The server answered 429 {PATIENCE} times running; give it a lower --rate"
            )
        wait = retry_after(exchange.header("Retry-After"))
        if wait > LONGEST_WAIT_S:
            raise StormError(
                f"The server asks for a wait of {wait:.0f} seconds; come back then, with a lower --rate"
            )
        self._sleep(wait)
        return True


def retry_after(text: str | None, now: datetime | None = None) -> float:
    """Return the seconds that a Retry-After asks for: it is a number or a date; 1 where it is neither."""
    if text and text.strip().isdigit():
        return float(text)
    try:
        then = parsedate_to_datetime(text or "")
    except ValueError:
        return 1.0
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())
