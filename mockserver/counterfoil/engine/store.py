"""The store: its tables, its worlds, and a world opened for reading or for writing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from msgspec.structs import replace

from counterfoil.domain.ledger import Bucket
from counterfoil.engine import credentials
from counterfoil.engine.call import Principal
from counterfoil.engine.clock import Clock, Wall
from counterfoil.engine.credentials import Credential
from counterfoil.engine.database import Database
from counterfoil.engine.ids import Counters, digest
from counterfoil.engine.memory import Memory
from counterfoil.engine.records import MANY, Index, Kind, Record
from counterfoil.engine.values import Value
from counterfoil.engine.webhooks import Hooks
from counterfoil.engine.world import COLUMNS, Settings, Shared, World, WorldRow
from counterfoil.operating import OperatingError

SCHEMA = 3
"""The version of the tables; a store of another version is not opened."""

SERVER = 0
"""The key of the row that stands for the server itself."""

COPIED = {
    "resources": "kind, id, version, body",
    "listings": "kind, owner, id, seq, hidden, keys",
    "counts": "kind, owner, hidden, value, n, total",
    "accounts": "holder, currency, bucket, minor, minimum, version, updated_at",
    "entries": "seq, posting, holder, currency, bucket, delta, after, change, kind, reference, at",
    "transitions": "kind, id, seq, trigger, source, target, actor, role, reason, at",
    "idempotency": "scope, fingerprint, resource, status, body, expires_at",
    "events": "seq, api, id, type, recipients, body, at",
    "files": "id, content",
    "jobs": "seq, due, api, type, subject",
    "deliveries": "id, seq, api, owner, endpoint, event, type, body, status, attempts, retries, at, due",
    "attempts": "delivery, n, body",
    "faults": "id, seq, seen, applied, body",
}
"""What a clone takes over, by table."""

CREDENTIALS = {"credentials": "api, digest, owner, id, body"}
"""What a snapshot takes over besides; a clone that is a world of its own gets others."""

OWN = ("journal", "inboxes", "messages")
"""What belongs to one world alone: what was seen of it from outside."""

KEYS = (
    Index("listings", "listings", "", (MANY, MANY, MANY // 2, 1)),
    Index("resources", "resources", "", (MANY, MANY, 1)),
)
"""The keys of the large tables, as the planner is told of them."""

_WORLD = ", ".join(COLUMNS)
_SESSION = (
    f"SELECT {', '.join('w.' + column for column in COLUMNS)},"
    " c.body FROM credentials c"
    " JOIN worlds w ON w.world = c.world WHERE c.api = ? AND c.digest = ? AND w.live = 1"
)
_COUNTERS = "SELECT counters FROM worlds WHERE world = ?"


class WorldGoneError(OperatingError):
    """A world that was deleted, or replaced by an earlier state of itself, while somebody used it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The world {name!r} was deleted; create another")


class Session(Value, frozen=True):
    """What a credential opens: the world it is of, and who it stands for there."""

    world: WorldRow
    principal: Principal
    credential: Credential


class Store:
    """All worlds, in one database.

    `kinds` are the kinds of record the APIs keep, `buckets` the accounts they know, `wall` the time
    outside every world. `wake` is told, once it is stored, that a world has something to deliver.
    """

    def __init__(
        self,
        database: Database,
        kinds: Iterable[Kind[Record]],
        buckets: Iterable[Bucket],
        wall: Wall,
    ) -> None:
        self.database = database
        self.wall = wall
        self._shared = Shared(database, {bucket.name: bucket.minimum for bucket in buckets})
        self._sessions = Memory(1024)
        self.wake: Callable[[int], None] = lambda _: None
        kinds = list(kinds)
        names = Counter(kind.name for kind in kinds)
        assert max(names.values(), default=1) == 1, f"two kinds of record share a name: {names}"
        self._prepare([index for kind in kinds for index in kind.indexes()])
        if not database.shared:  # whoever reserved an attempt is gone
            database.run("UPDATE deliveries SET lease = 0 WHERE lease > 0")

    def _prepare(self, indexes: list[Index]) -> None:
        """Make the tables that are not there; OperatingError where those that are, are others."""
        schema = files("counterfoil.engine").joinpath("schema.sql").read_text("utf-8")
        schema = "\n".join(line for line in schema.splitlines() if not line.startswith("--"))
        database = self.database
        words = {
            "text": database.text,
            "bytes": database.bytes,
            "clustered": database.clustered,
        }
        for statement in schema.split(";"):
            if statement.strip():
                self.database.run(statement.format(**words))
        for index in indexes:
            self.database.run(index.statement)
        self.database.advise([*KEYS, *indexes])
        server = WorldRow(SERVER, "", False, "", 0, Clock.live(), Settings())
        self._insert(server, f'{{"schema":{SCHEMA}}}', " ON CONFLICT DO NOTHING")
        made = self._counters(SERVER).values.get("schema")
        if made != SCHEMA:
            raise OperatingError(
                f"This store was made by another version of counterfoil (its tables are version {made}, "
                f"ours {SCHEMA}); use a new one"
            )

    def session(self, api: str, key: str) -> Session | None:
        """Return what the live credential with this key opens, or None."""
        if self.database.shared:
            return self._session(api, key)
        return self._sessions.recall((api, key), lambda: self._session(api, key))

    def _session(self, api: str, key: str) -> Session | None:
        row = self.database.one(_SESSION, (api, digest(key)))
        if row is None:
            return None
        held = credentials.decode(row[len(COLUMNS)])
        stands_for = Principal(held.owner, held.id, frozenset(held.permissions))
        return Session(WorldRow.of(row[: len(COLUMNS)]), stands_for, held)

    def world(self, name: str, *, live: bool = True) -> WorldRow | None:
        """Return the world of a name, or None; those that are not live are no one's to visit."""
        row = self.database.one(
            f"SELECT {_WORLD} FROM worlds WHERE name = ? AND live = ?", (name, int(live))
        )
        return WorldRow.of(row) if row else None

    def of_key(self, key: int) -> WorldRow | None:
        """Return the live world of a key, or None where it is gone."""
        row = self.database.one(f"SELECT {_WORLD} FROM worlds WHERE world = ? AND live = 1", (key,))
        return WorldRow.of(row) if row else None

    def worlds(self) -> list[WorldRow]:
        """Return all live worlds, oldest first."""
        rows = self.database.all(f"SELECT {_WORLD} FROM worlds WHERE live = 1 ORDER BY world")
        return [WorldRow.of(row) for row in rows]

    def count(self) -> int:
        """Return how many live worlds there are."""
        row = self.database.one("SELECT count(*) FROM worlds WHERE live = 1")
        return int(row[0]) if row else 0

    def hidden(self, beginning: str) -> list[WorldRow]:
        """Return the worlds that are not live and whose name begins so, oldest first."""
        rows = self.database.all(
            f"SELECT {_WORLD} FROM worlds WHERE live = 0 AND substr(name, 1, ?) = ? ORDER BY world",
            (len(beginning), beginning),
        )
        return [WorldRow.of(row) for row in rows]

    def hook(self, api: str, hooks: Hooks) -> None:
        """Let the events of an API be told to who wants to hear of them."""
        self._shared.hooks[api] = hooks

    def keep(self, journal: Callable[[int], list[Any]]) -> None:
        """Let operations read what was asked and answered in a world, by its key."""
        self._shared.journal = journal

    def open(self, row: WorldRow) -> World:
        """Open a world to look at it; what is committed meanwhile may be seen."""
        return World(self._shared, row, row.clock.now(self.wall), self._counters(row.key))

    @contextmanager
    def writing(self, row: WorldRow) -> Iterator[World]:
        """Open a world alone: nobody else writes in it until all of this is stored, or none of it.

        Raises WorldGoneError where the world is gone.
        """
        with self.transaction():
            fresh = self.database.one(
                f"SELECT {_WORLD}, counters FROM worlds WHERE world = ?{self.database.lock}",
                (row.key,),
            )
            if fresh is None:
                raise WorldGoneError(row.name)
            row = WorldRow.of(fresh[:-1])
            counters = Counters(lambda: str(fresh[-1]))
            world = World(self._shared, row, row.clock.now(self.wall), counters)
            yield world
            self._keep(row.key, counters)
        if world.rekeyed:
            self._sessions.forget()
        if world.due:
            self.wake(row.key)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Store everything that is done inside, or nothing of it where it raises."""
        self.database.run(self.database.begin)
        try:
            yield
            self.database.run("COMMIT")
        except BaseException:
            # What was read inside may be of records that come to nothing.
            self._shared.forget()
            self.database.roll_back()
            raise

    def create(self, name: str, fixture: str, clock: Clock) -> WorldRow:
        """Return a new world with nothing in it, that no credential opens."""
        with self.transaction():
            key = self._count("world")
            row = WorldRow(key, name, False, fixture, 0, clock, Settings())
            self._insert(row, "{}")
        return row

    def clone(
        self, source: WorldRow, name: str, *, live: bool, credentials: bool = False, **changes: Any
    ) -> WorldRow:
        """Return a new world with everything the source holds, its credentials only if told.

        `changes` are the columns in which its row differs.
        """
        with self.transaction():
            key = self._count("world")
            row = replace(source, key=key, name=name, live=live, **changes)
            self._insert(row, self._counters(source.key).text)
            self._fill(row, source, credentials=credentials)
        return row

    def refill(self, row: WorldRow, source: WorldRow, **changes: Any) -> WorldRow:
        """Replace everything a world holds by what another one does; return its new row.

        It keeps its name and what was seen of it from outside. `changes` are the columns in which its
        row differs from the source's. Its key is a new one: whoever is still at work under the old key
        finds that world gone.
        """
        self._sessions.forget()
        with self.transaction():
            key = self._count("world")
            filled = replace(source, key=key, name=row.name, live=row.live, **changes)
            counters = self._counters(source.key).text
            for table in OWN:
                self.database.run(f"UPDATE {table} SET world = ? WHERE world = ?", (key, row.key))
            self._empty(row, (*COPIED, *CREDENTIALS, "worlds"))
            self._insert(filled, counters)
            self._fill(filled, source, credentials=True)
        return filled

    def set_clock(self, row: WorldRow, clock: Clock) -> WorldRow:
        """Set a world's clock, and nothing else of it; return its row as it is now."""
        columns = (int(clock.frozen), clock.microseconds)
        return self._set(row, "frozen = ?, instant = ?", lambda _: columns)

    def set_settings(self, row: WorldRow, **changes: Any) -> WorldRow:
        """Change some of a world's settings, and nothing else of it; return its row as it is now."""
        return self._set(row, "settings = ?", lambda now: (replace(now.settings, **changes).text,))

    def _set(
        self, row: WorldRow, columns: str, values: Callable[[WorldRow], tuple[Any, ...]]
    ) -> WorldRow:
        with self.transaction():
            now = self._locked(row)
            self.database.run(
                f"UPDATE worlds SET {columns} WHERE world = ?", (*values(now), row.key)
            )
            changed = self._locked(row)
        self._sessions.forget()
        return changed

    def _locked(self, row: WorldRow) -> WorldRow:
        """Return a world's row as it is now, held until the transaction ends."""
        fresh = self.database.one(
            f"SELECT {_WORLD} FROM worlds WHERE world = ?{self.database.lock}", (row.key,)
        )
        if fresh is None:
            raise WorldGoneError(row.name)
        return WorldRow.of(fresh)

    def delete(self, row: WorldRow) -> None:
        """Remove a world and everything in it."""
        self._sessions.forget()
        with self.transaction():
            self._empty(row, (*COPIED, *CREDENTIALS, *OWN, "worlds"))

    def forget_seen(self, row: WorldRow) -> None:
        """Remove what was seen of a world from outside: its journal, its inboxes' messages."""
        with self.transaction():
            self._empty(row, OWN)

    def _empty(self, row: WorldRow, tables: Iterable[str]) -> None:
        for table in tables:
            self.database.run(f"DELETE FROM {table} WHERE world = ?", (row.key,))

    def _fill(self, row: WorldRow, source: WorldRow, *, credentials: bool) -> None:
        for table, columns in (COPIED | (CREDENTIALS if credentials else {})).items():
            self.database.run(
                f"INSERT INTO {table} (world, {columns})"
                f" SELECT ?, {columns} FROM {table} WHERE world = ?",
                (row.key, source.key),
            )

    def discard_templates(self) -> None:
        """Remove templates that an earlier process left in a store of its own."""
        if not self.database.shared:
            for row in self.hidden("template "):
                self.delete(row)

    def next_number(self, counter: str) -> int:
        """Return the next number of one of the server's own counters."""
        with self.transaction():
            return self._count(counter)

    def _insert(self, row: WorldRow, counters: str, suffix: str = "") -> None:
        self.database.run(
            f"INSERT INTO worlds ({_WORLD}, counters) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?){suffix}",
            (*row.columns, counters),
        )

    def _counters(self, world: int, lock: str = "") -> Counters:
        def read() -> str:
            row = self.database.one(_COUNTERS + lock, (world,))
            assert row is not None, f"world {world} is gone"
            return str(row[0])

        return Counters(read)

    def _count(self, counter: str) -> int:
        counters = self._counters(SERVER, self.database.lock)
        number = counters.next(counter)
        self._keep(SERVER, counters)
        return number

    def _keep(self, world: int, counters: Counters) -> None:
        if counters.changed:
            self.database.run(
                "UPDATE worlds SET counters = ? WHERE world = ?", (counters.text, world)
            )
