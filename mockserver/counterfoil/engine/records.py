"""Records: what a world remembers of a resource, and how a kind of record is listed.

A record is an immutable value; a write replaces it whole and bumps its version.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from counterfoil.engine.memory import Memory


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every resource has.

    `seq` is its place in its world's order of creation; `version` grows by one with each write.
    """

    id: str
    seq: int
    version: int = 1
    created_at: datetime
    updated_at: datetime


R = TypeVar("R", bound=Record)

SEPARATOR = "\x1f"
"""Between the values that a kind is counted by."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A record in one owner's list: who sees it is decided here, by the commit that writes it.

    `keys` are the fields that owner may sort and filter by; `hidden` rows are left out of lists
    unless asked for.
    """

    owner: str
    keys: Mapping[str, str | int]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Worth:
    """What a listing adds to the totals: one to the number of its value, and an amount."""

    hidden: bool
    value: str
    amount: int


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """A kind of record: its type, how its ids begin, and how it is listed.

    `sorts` are the keys a list may be ordered by, `filters` those it is often narrowed by; each
    becomes an index. Keys in `numeric` are integers. For each combination of the keys in `counted`
    the number of records is kept, and the sum of the key `summed`.
    """

    name: str
    type: type[R]
    prefix: str
    listings: Callable[[R], Iterable[Listing]] = lambda _: ()
    sorts: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    numeric: frozenset[str] = frozenset()
    counted: tuple[str, ...] = ()
    summed: str | None = None

    def column(self, key: str) -> str:
        """Return the SQL of a key of the listings table."""
        expression = f"(keys ->> '{key}')"
        return f"(CAST({expression} AS BIGINT))" if key in self.numeric else expression

    def worth(self, listing: Listing) -> Worth:
        """Return how a listing counts in its owner's totals."""
        value = SEPARATOR.join(str(listing.keys[key]) for key in self.counted)
        return Worth(listing.hidden, value, int(listing.keys[self.summed]) if self.summed else 0)

    def indexes(self) -> Iterable[str]:
        """Yield the statements that make this kind's lists one index scan each."""
        for key in self.sorts:
            yield self._index(key, self.column(key))
        for key in self.filters:
            yield self._index(f"{key}_newest", f"{self.column(key)}, {self.column('createdAt')}")

    def _index(self, name: str, columns: str) -> str:
        return (
            f"CREATE INDEX IF NOT EXISTS {self.name}_{name} ON listings "
            f"(world, owner, hidden, {columns}, seq) WHERE kind = '{self.name}'"
        )


def revised(record: R, now: datetime, **changes: Any) -> R:
    """Return a record with changes, one version on."""
    return msgspec.structs.replace(record, version=record.version + 1, updated_at=now, **changes)


class Decoder:
    """Turns stored bodies into records; what was decoded last is at hand without decoding."""

    __slots__ = ("_decoders", "memory")

    def __init__(self, kept: int = 4096) -> None:
        self.memory = Memory(kept)
        self._decoders: dict[type[Record], msgspec.json.Decoder[Any]] = {}

    def decode(self, kind: Kind[R], world: int, id: str, version: int, body: str) -> R:
        """Return the record that a row of the resources table holds."""
        return self.memory.recall(
            (world, kind.name, id, version), lambda: self._decoder(kind).decode(body)
        )

    def _decoder(self, kind: Kind[R]) -> "msgspec.json.Decoder[R]":
        decoder = self._decoders.get(kind.type)
        if decoder is None:
            decoder = self._decoders[kind.type] = msgspec.json.Decoder(kind.type)
        return decoder
