"""Records: what a world remembers of a resource, and how a kind of record is listed.

A record is an immutable value; a write replaces it whole and bumps its version.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from counterfoil.engine.memory import Memory
from counterfoil.engine.values import Value


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every resource has.

    `seq` is its place in its world's order of creation (`place`); `version` grows by one with each
    write.
    """

    id: str
    seq: int
    version: int = 1
    created_at: datetime
    updated_at: datetime


R = TypeVar("R", bound=Record)

SEQ = "seq"
"""The key of the order of creation, which every list has."""

MANY = 1_000_000
"""How many rows a table is planned for."""

NUMBER_BITS = 25
"""How much of a place is the record's number; seconds up to the year 9999 fit into the rest."""

SEPARATOR = "\x1f"
"""Between the values that a kind is counted by."""


class Listing(Value, frozen=True):
    """A record in one owner's list: who sees it is decided here, by the commit that writes it.

    `keys` are the fields that owner may sort and filter by; `hidden` rows are left out of lists
    unless asked for.
    """

    owner: str
    keys: Mapping[str, str | int]
    hidden: bool = False


class Worth(Value, frozen=True):
    """What a listing adds to the totals: one to the number of its value, and an amount."""

    hidden: bool
    value: str
    amount: int


class Index(Value, frozen=True):
    """An index, and how many rows share the values of its first column, its first two, and so on."""

    table: str
    name: str
    statement: str
    matches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """A kind of record: its type, how its ids begin, and how it is listed.

    The name stands in statements as it is: a bound name would make SQLite plan each one anew, because
    it might be that of a partial index. Lists can always be had in order of creation; `keys` are what
    else they are ordered or often narrowed by, and become indexes. Keys in `numeric` are integers.
    For each combination of the keys in `counted` the number of records is kept, and the sum of the
    key `summed`.
    """

    name: str
    type: type[R]
    prefix: str
    listings: Callable[[R], Iterable[Listing]] = lambda _: ()
    keys: tuple[str, ...] = ()
    numeric: frozenset[str] = frozenset()
    counted: tuple[str, ...] = ()
    summed: str | None = None

    def column(self, key: str) -> str:
        """Return the SQL of a key of the listings table; the place in creation is a column."""
        if key == SEQ:
            return SEQ
        expression = f"(keys ->> '{key}')"
        return f"(CAST({expression} AS BIGINT))" if key in self.numeric else expression

    def worth(self, listing: Listing) -> Worth:
        """Return how a listing counts in its owner's totals."""
        value = SEPARATOR.join(str(listing.keys[key]) for key in self.counted)
        return Worth(listing.hidden, value, int(listing.keys[self.summed]) if self.summed else 0)

    def indexes(self) -> Iterable[Index]:
        """Yield what makes this kind's lists one index scan each."""
        yield self._index("newest", "", ())
        for key in self.keys:
            # A key that is counted by has few values; one that is not, many.
            yield self._index(
                key, f"{self.column(key)}, ", (100_000 if key in self.counted else 10,)
            )

    def _index(self, name: str, column: str, matches: tuple[int, ...]) -> Index:
        name = f"{self.name}_{name}"
        statement = (
            f"CREATE INDEX IF NOT EXISTS {name} ON listings"
            f" (world, owner, hidden, {column}seq) WHERE kind = '{self.name}'"
        )
        return Index("listings", name, statement, (MANY, MANY // 3, MANY // 3, *matches, 1))


def place(second: int, number: int) -> int:
    """Return the place in creation of the world's n-th record: by second since 1970, then by number."""
    return (second << NUMBER_BITS) + number % (1 << NUMBER_BITS)


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
