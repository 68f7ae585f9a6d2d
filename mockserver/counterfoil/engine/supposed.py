"""A world as it would be: for deciding what could be done, without doing it."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from counterfoil.domain.ledger import Account
from counterfoil.engine.ids import Counters
from counterfoil.engine.outcome import Change
from counterfoil.engine.records import Kind, Record
from counterfoil.engine.world import Holding, World

Look = TypeVar("Look")


class Supposed(World):
    """A world in which money has moved that did not; nothing of it is ever stored.

    It hands out numbers of its own. Looks are not shared with the world, because they are of versions
    that never come to be.
    """

    __slots__ = ("_moved",)

    def __init__(self, world: World) -> None:
        for name in World.__slots__:
            setattr(self, name, getattr(world, name))
        numbers = world.counters.text
        self.counters = Counters(lambda: numbers)
        self._moved: Counter[Account] = Counter()

    def suppose(self, change: Change) -> None:
        """Let the money of a change count as moved."""
        for posting in change.postings:
            for entry in posting.entries:
                self._moved[entry.account] += entry.delta

    def holding(self, holder: str, currency: str) -> Holding:
        """Return what a holder would have in a currency."""
        held = super().holding(holder, currency)
        buckets = Counter(held.buckets)
        for account, delta in self._moved.items():
            if (account.holder, account.currency) == (holder, currency):
                buckets[account.bucket] += delta
        return Holding(buckets, held.version, held.updated_at)

    def look(self, kind: Kind[Any], record: Record, of: str, make: Callable[[], Look]) -> Look:
        """Return how a record would look to a reader."""
        return make()
