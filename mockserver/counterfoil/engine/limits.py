"""Rate limits: how many requests each key may make, by bucket, within a window of its world's clock."""

from datetime import datetime

from counterfoil.contract.rows import LimitPolicy
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.clock import MICROSECOND, SECOND, stamp

KEYS = 10_000
"""How many keys are counted at a time."""


class Limits:
    """The requests of each key in its world's present window."""

    def __init__(self, policy: LimitPolicy) -> None:
        self._policy = policy
        self._first = next(iter(policy.buckets))
        self._counted: dict[tuple[int, str, str], tuple[int, int]] = {}

    def count(
        self, world: int, key: str, bucket: str | None, now: datetime
    ) -> tuple[tuple[bytes, bytes], ...]:
        """Count a request; return the headers that say how many more there may be.

        Raises Refusal where it is one too many. What names no bucket counts in the first.
        """
        place = world, key, bucket or self._first
        most = self._policy.buckets[place[2]]
        length = self._policy.window // MICROSECOND
        window, passed = divmod(stamp(now), length)
        held, count = self._counted.get(place, (window, 0))
        count = count + 1 if held == window else 1
        if len(self._counted) >= KEYS:
            self._counted.pop(next(iter(self._counted)))
        self._counted[place] = window, count
        seconds = -(-(length - passed) // SECOND)
        told = {
            "x-ratelimit-limit": most,
            "x-ratelimit-remaining": max(0, most - count),
            "x-ratelimit-reset": seconds,
        }
        if count > most:
            headers = {name: str(value) for name, value in told.items()}
            raise Refusal(
                self._policy.exceeded,
                headers={**headers, "retry-after": str(seconds)},
                seconds=seconds,
            )
        return tuple((name.encode(), str(value).encode()) for name, value in told.items())
