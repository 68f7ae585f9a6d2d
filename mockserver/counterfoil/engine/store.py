"""The store: its tables, its worlds, and a world opened for reading or for writing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from counterfoil.domain.ledger import Bucket
from counterfoil.engine.call import Principal
from counterfoil.engine.clock import Clock, Wall
from counterfoil.engine.database import Database
from counterfoil.engine.ids import Counters, digest
from counterfoil.engine.memory import Memory
from counterfoil.engine.records import Decoder, Kind, Record
from counterfoil.engine.world import COLUMNS, Shared, World, WorldRow
from counterfoil.operating import OperatingError

SCHEMA = 1
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
}
"""What a clone takes over, by table; credentials and the journal belong to one world alone."""

_WORLD = ", ".join(COLUMNS)
_SESSION = (
    f"SELECT {', '.join('w.' + column for column in COLUMNS)},"
    " c.owner, c.id, c.permissions, c.secret FROM credentials c"
    " JOIN worlds w ON w.world = c.world WHERE c.api = ? AND c.digest = ? AND w.live = 1"
)
_COUNTERS = msgspec.json.Decoder(dict[str, int])


@dataclass(frozen=True, slots=True)
class Session:
    """What a credential opens: the world it is of, and who it stands for there.

    `secret` is the digest that the second half of the credential must have.
    """

    world: WorldRow
    principal: Principal
    secret: str


class Store:
    """All worlds, in one database.

    `kinds` are the kinds of record the APIs keep, `buckets` the accounts they know, `wall` the time
    outside every world.
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
        minimums = {bucket.name: bucket.minimum for bucket in buckets}
        self._shared = Shared(database, minimums, Decoder(), Memory(1024))
        self._permissions: dict[str, frozenset[str]] = {}
        schema = files("counterfoil.engine").joinpath("schema.sql").read_text("utf-8")
        schema = "\n".join(line for line in schema.splitlines() if not line.startswith("--"))
        for statement in schema.split(";"):
            if statement.strip():
                self.database.run(
                    statement.format(text=database.text, clustered=database.clustered)
                )
        for kind in kinds:
            for index in kind.indexes():
                self.database.run(index)
        self._insert(
            WorldRow(SERVER, "", False, "", 0, Clock.live(), f'{{"schema":{SCHEMA}}}'),
            " ON CONFLICT DO NOTHING",
        )
        made = _COUNTERS.decode(self._server_counters()).get("schema")
        if made != SCHEMA:
            raise OperatingError(
                f"This store was made by another version of counterfoil (its tables are version {made}, "
                f"ours {SCHEMA}); use a new one"
            )

    def session(self, api: str, key: str) -> Session | None:
        """Return what the live credential with this key opens, or None."""
        row = self.database.one(
            _SESSION,
            (api, digest(key)),
        )
        if row is None:
            return None
        owner, id, permissions, secret = row[len(COLUMNS) :]
        stands_for = Principal(owner, id, self._split(permissions))
        return Session(WorldRow.of(row[: len(COLUMNS)]), stands_for, secret)

    def world(self, name: str) -> WorldRow | None:
        """Return the live world of a name, or None."""
        row = self.database.one(f"SELECT {_WORLD} FROM worlds WHERE name = ? AND live = 1", (name,))
        return WorldRow.of(row) if row else None

    def worlds(self) -> list[WorldRow]:
        """Return all live worlds, oldest first."""
        rows = self.database.all(f"SELECT {_WORLD} FROM worlds WHERE live = 1 ORDER BY world")
        return [WorldRow.of(row) for row in rows]

    @contextmanager
    def reading(self, row: WorldRow) -> Iterator[World]:
        """Open a world to look at it; what is committed meanwhile may be seen."""
        yield self._open(row)

    @contextmanager
    def writing(self, row: WorldRow) -> Iterator[World]:
        """Open a world alone: nobody else writes in it until all of this is stored, or none of it.

        Raises OperatingError where the world is gone.
        """
        with self._all_or_nothing():
            fresh = self.database.one(
                f"SELECT {_WORLD} FROM worlds WHERE world = ?{self.database.lock}", (row.key,)
            )
            if fresh is None:
                raise OperatingError(f"The world {row.name!r} was deleted; create another")
            world = self._open(WorldRow.of(fresh))
            yield world
            if world.counters.changed:
                self.database.run(
                    "UPDATE worlds SET counters = ? WHERE world = ?",
                    (msgspec.json.encode(world.counters.values).decode(), row.key),
                )

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        try:
            with self.database.transaction():
                yield
        except BaseException:
            self._shared.decoder.memory.forget()
            self._shared.totals.forget()
            raise

    def create(
        self, name: str, fixture: str, seed: int, clock: Clock, *, live: bool = True
    ) -> WorldRow:
        """Return a new world with nothing in it."""
        with self.database.transaction():
            row = WorldRow(self._next_key(), name, live, fixture, seed, clock, "{}")
            self._insert(row)
        return row

    def clone(
        self, source: WorldRow, name: str, seed: int, clock: Clock, *, live: bool = True
    ) -> WorldRow:
        """Return a new world with everything the source holds, but its credentials."""
        with self.database.transaction():
            row = WorldRow(
                self._next_key(), name, live, source.fixture, seed, clock, source.counters
            )
            self._insert(row)
            for table, columns in COPIED.items():
                self.database.run(
                    f"INSERT INTO {table} (world, {columns}) SELECT ?, {columns} FROM {table} WHERE world = ?",
                    (row.key, source.key),
                )
        return row

    def delete(self, row: WorldRow) -> None:
        """Remove a world and everything in it."""
        with self.database.transaction():
            for table in (*COPIED, "credentials", "journal", "worlds"):
                self.database.run(f"DELETE FROM {table} WHERE world = ?", (row.key,))

    def reread(self, row: WorldRow) -> WorldRow:
        """Return a world as it is now stored."""
        fresh = self.database.one(f"SELECT {_WORLD} FROM worlds WHERE world = ?", (row.key,))
        assert fresh is not None, f"the world {row.name} is gone"
        return WorldRow.of(fresh)

    def discard_templates(self) -> None:
        """Remove templates that an earlier process left in a store of its own."""
        if not self.database.shared:
            for row in self.database.all(
                f"SELECT {_WORLD} FROM worlds WHERE name LIKE 'template %'"
            ):
                self.delete(WorldRow.of(row))

    def next_number(self, counter: str) -> int:
        """Return the next number of one of the server's own counters."""
        with self.database.transaction():
            return self._count(counter)

    def grant(self, world: World, api: str, key: str, secret: str, principal: Principal) -> None:
        """Store a credential of a world; of the key and the secret only digests are kept."""
        self.database.run(
            "INSERT INTO credentials (world, api, digest, secret, owner, id, permissions)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                world.key,
                api,
                digest(key),
                digest(secret),
                principal.owner,
                principal.id,
                " ".join(sorted(principal.permissions)),
            ),
        )

    def _open(self, row: WorldRow) -> World:
        counters = Counters(_COUNTERS.decode(row.counters))
        return World(self._shared, row, row.clock.now(self.wall), counters)

    def _insert(self, row: WorldRow, suffix: str = "") -> None:
        self.database.run(
            f"INSERT INTO worlds ({_WORLD}) VALUES (?, ?, ?, ?, ?, ?, ?, ?){suffix}",
            (
                row.key,
                row.name,
                int(row.live),
                row.fixture,
                row.seed,
                int(row.clock.frozen),
                row.clock.microseconds,
                row.counters,
            ),
        )

    def _next_key(self) -> int:
        return self._count("world")

    def _count(self, counter: str) -> int:
        counters = Counters(_COUNTERS.decode(self._server_counters()))
        number = counters.next(counter)
        self.database.run(
            f"UPDATE worlds SET counters = ? WHERE world = {SERVER}",
            (msgspec.json.encode(counters.values).decode(),),
        )
        return number

    def _server_counters(self) -> str:
        row = self.database.one(
            f"SELECT counters FROM worlds WHERE world = {SERVER}{self.database.lock}"
        )
        assert row is not None
        counters: str = row[0]
        return counters

    def _split(self, permissions: str) -> frozenset[str]:
        """Return a stored list of permissions; there are few different ones, so each is kept."""
        known = self._permissions.get(permissions)
        if known is None:
            known = self._permissions[permissions] = frozenset(permissions.split())
        return known
