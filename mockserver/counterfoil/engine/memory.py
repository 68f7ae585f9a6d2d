"""What the store may remember between calls because it cannot become untrue."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memory:
    """Values by keys that say all the value depends on, so that none is ever out of date.

    Keys of worlds are not used twice and a version of a record never changes; `forget` is for what
    was read in a transaction that came to nothing. At most `kept` values are held.
    """

    __slots__ = ("_kept", "_values")

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._values: dict[Hashable, Any] = {}

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made now if it is not at hand."""
        value = self._values.get(key)
        if value is None:
            value = make()
            if value is not None:
                self.keep(key, value)
        known: T = value
        return known

    def keep(self, key: Hashable, value: object) -> None:
        """Hold a value; all of them make room when there are too many."""
        if len(self._values) >= self._kept:
            self._values.clear()
        self._values[key] = value

    def forget(self) -> None:
        """Drop everything."""
        self._values.clear()
