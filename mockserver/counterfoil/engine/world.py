"""A world, opened by one call: what it holds and what time it is there."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from counterfoil.engine.clock import SECOND, Clock, moment, stamp
from counterfoil.engine.database import Database, Row
from counterfoil.engine.ids import Counters, numbered
from counterfoil.engine.memory import Memory
from counterfoil.engine.outcome import Transition
from counterfoil.engine.records import Decoder, Kind, Record, place
from counterfoil.engine.values import Value

if TYPE_CHECKING:
    from counterfoil.engine.webhooks import Hooks

R = TypeVar("R", bound=Record)
Look = TypeVar("Look")


class Holding(Value, frozen=True):
    """What a holder has in one currency, by bucket, in minor units.

    `version` grows by one with each posting that touches any of it.
    """

    buckets: Mapping[str, int]
    version: int
    updated_at: datetime | None

    def __getitem__(self, bucket: str) -> int:
        """Return the amount in a bucket; one never used holds nothing."""
        return self.buckets.get(bucket, 0)


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is switched in a world, besides its clock.

    `opened` is the clock it began with, `limits` whether requests are counted, `paused` whether
    deliveries wait, `faults` how many rules for faults there are; `ran` tells of a snapshot that the
    clock ran when it was made.
    """

    opened: Clock | None = None
    limits: bool = False
    paused: bool = False
    faults: int = 0
    ran: bool = False

    @property
    def text(self) -> str:
        """The settings as the store keeps them."""
        return msgspec.json.encode(self).decode()


_settings = msgspec.json.Decoder(Settings).decode


class WorldRow(Value, frozen=True):
    """A world as the store lists it. `key` is never used twice, `name` is what people call it.

    Its counters are not here: they move on with every call.
    """

    key: int
    name: str
    live: bool
    fixture: str
    seed: int
    clock: Clock
    settings: Settings

    @classmethod
    def of(cls, row: Row) -> "WorldRow":
        """Return the world of a row of the worlds table, its columns in the order of `COLUMNS`."""
        key, name, live, fixture, seed, frozen, instant, settings = row
        clock = Clock(bool(frozen), instant)
        return cls(key, name, bool(live), fixture, seed, clock, _settings(settings))

    @property
    def columns(self) -> tuple[Any, ...]:
        """The row as the worlds table holds it, in the order of `COLUMNS`."""
        clock = int(self.clock.frozen), self.clock.microseconds
        named = (self.key, self.name, int(self.live), self.fixture, self.seed)
        return (*named, *clock, self.settings.text)


COLUMNS = ("world", "name", "live", "fixture", "seed", "frozen", "instant", "settings")


class Shared:
    """What all worlds of a store have in common.

    `minimums` are the least each bucket may hold. What was read before is at hand: records by
    version, their looks by version and reader, totals by the state of their list. `hooks` are those
    of the APIs that tell events, `journal` tells what was asked and answered in a world.
    """

    __slots__ = ("database", "decoder", "hooks", "journal", "looks", "minimums", "totals")

    def __init__(self, database: Database, minimums: Mapping[str, int | None]) -> None:
        self.database = database
        self.minimums = minimums
        self.hooks: dict[str, Hooks] = {}
        self.journal: Callable[[int], list[Any]] = lambda _: []
        self.decoder = Decoder()
        self.looks = Memory(4096)
        self.totals = Memory(1024)

    def forget(self) -> None:
        """Drop everything that was read: the transaction it was read in came to nothing."""
        self.decoder.memory.forget()
        self.looks.forget()
        self.totals.forget()


class World:
    """One world, open for as long as one call takes, for a call to be decided on.

    It is changed by `counterfoil.engine.commit` alone; the ids it hands out count only where
    something is committed. `due` tells that something was committed that is to be delivered, `rekeyed`
    that its credentials changed.
    """

    __slots__ = ("counters", "database", "due", "key", "name", "now", "rekeyed", "seed", "shared")

    def __init__(self, shared: Shared, row: WorldRow, now: datetime, counters: Counters) -> None:
        self.shared = shared
        self.database = shared.database
        self.key = row.key
        self.name = row.name
        self.seed = row.seed
        self.now = now
        self.counters = counters
        self.due = False
        self.rekeyed = False

    def next_id(self, prefix: str) -> str:
        """Return the next id of a prefix: `inv_000001`."""
        return numbered(prefix, self.counters.next(prefix))

    def birth(self, kind: Kind[Any], id: str | None = None) -> dict[str, Any]:
        """Return the members every new record of a kind begins with."""
        return {
            "id": id or self.next_id(kind.prefix),
            "seq": place(stamp(self.now) // SECOND, self.counters.next("seq")),
            "created_at": self.now,
            "updated_at": self.now,
        }

    def decode(self, kind: Kind[R], id: str, version: int, body: str) -> R:
        """Return the record that a row of this world's resources holds."""
        return self.shared.decoder.decode(kind, self.key, id, version, body)

    def look(self, kind: Kind[Any], record: Record, of: str, make: Callable[[], Look]) -> Look:
        """Return how a record looks to a reader today, made if it was not before.

        `of` names the reader and everything else that the look depends on besides the record and
        the date. The look is shared: nobody changes it.
        """
        place = (self.key, kind.name, record.id, record.version, of, self.now.toordinal())
        return self.shared.looks.recall(place, make)

    def get(self, kind: Kind[R], id: str) -> R | None:
        """Return a record whoever it belongs to, or None."""
        row = self.database.one(
            "SELECT version, body FROM resources WHERE world = ? AND kind = ? AND id = ?",
            (self.key, kind.name, id),
        )
        return self.decode(kind, id, *row) if row else None

    def seen(self, kind: Kind[R], owner: str, id: str) -> R | None:
        """Return a record if it is in the owner's list, or None."""
        row = self.database.one(
            "SELECT r.version, r.body FROM listings l JOIN resources r"
            " ON r.world = l.world AND r.kind = l.kind AND r.id = l.id"
            f" WHERE l.kind = '{kind.name}' AND l.world = ? AND l.owner = ? AND l.id = ?",
            (self.key, owner, id),
        )
        return self.decode(kind, id, *row) if row else None

    def every(self, kind: Kind[R]) -> list[R]:
        """Return all records of a kind, in order of creation; for kinds that have few."""
        rows = self.database.all(
            "SELECT id, version, body FROM resources WHERE world = ? AND kind = ?",
            (self.key, kind.name),
        )
        records = [self.decode(kind, *row) for row in rows]
        return sorted(records, key=lambda record: record.seq)

    def events(
        self, after: int = 0
    ) -> Iterator[tuple[str, str, list[str], dict[str, Any], datetime]]:
        """Yield every event, oldest first: its id, type, recipients, data and time."""
        for row in self.database.all(
            "SELECT id, type, recipients, body, at FROM events WHERE world = ? AND seq > ? ORDER BY seq",
            (self.key, after),
        ):
            to, data = msgspec.json.decode(row[2]), msgspec.json.decode(row[3])
            yield row[0], row[1], to, data, moment(row[4])

    def holding(self, holder: str, currency: str) -> Holding:
        """Return what a holder has in a currency."""
        rows = self.database.all(
            "SELECT bucket, minor, version, updated_at FROM accounts"
            " WHERE world = ? AND holder = ? AND currency = ?",
            (self.key, holder, currency),
        )
        if not rows:
            return Holding({}, 0, None)
        return Holding(
            {row[0]: row[1] for row in rows},
            max(row[2] for row in rows),
            moment(max(row[3] for row in rows)),
        )

    def transitions(self, kind: str, id: str) -> Iterator[tuple[Transition, datetime]]:
        """Yield the arrows a record walked, oldest first, with the time of each."""
        for row in self.database.all(
            "SELECT trigger, source, target, actor, role, reason, at FROM transitions"
            " WHERE world = ? AND kind = ? AND id = ? ORDER BY seq",
            (self.key, kind, id),
        ):
            yield Transition(kind, id, *row[:6]), moment(row[6])
