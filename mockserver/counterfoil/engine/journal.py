"""The journal: what was asked and answered in each world, bounded by number and by bytes.

Nothing on the way of a request waits for it: exchanges gather in memory, oldest out first, and are
written to the store when somebody wants to read and when the server stops.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from counterfoil.engine.clock import text
from counterfoil.engine.store import SERVER, Store
from counterfoil.engine.values import Value

ENTRIES = 10_000
BYTES = 16 * 1024 * 1024
CUT = 64 * 1024


class Exchange(Value, frozen=True):
    """A request and its reply, as they went over the wire.

    `world` is the key of the world it was in, or SERVER where it reached none. `error` is the code
    of a refusal.
    """

    world: int
    trace: str
    at: datetime
    api: str
    operation: str | None
    method: str
    path: str
    query: bytes
    request: bytes
    status: int
    response: bytes
    owner: str | None = None
    key: str | None = None
    error: str | None = None
    replayed: bool = False

    @property
    def line(self) -> str:
        """The exchange in one line, for people who watch."""
        what = self.error or ("replayed" if self.replayed else self.operation) or "-"
        where = self.path + ("?" + self.query.decode("latin-1") if self.query else "")
        return f"{text(self.at)} {self.api} {self.status} {self.method} {where} {what} {self.owner or '-'}"


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """A row of the journal. Bodies longer than 64 KiB are kept by their beginning."""

    trace_id: str
    at: str
    api: str
    operation: str | None
    method: str
    path: str
    query: str
    request: str
    status: int
    response: str
    owner: str | None
    key: str | None
    error: str | None
    replayed: bool


@dataclass(slots=True)
class _Pending:
    exchanges: deque[Exchange] = field(default_factory=deque)
    bytes: int = 0


class Journal:
    """The journals of all worlds of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.watch: Callable[[Exchange], None] | None = None
        self._pending: dict[int, _Pending] = {}
        self._numbered: dict[int, int] = {}
        process = store.next_number("process")
        self._prefix = "trc_" if process == 1 else f"trc_{process}_"

    def next_trace(self, world: int = SERVER) -> str:
        """Return the id of a world's next exchange, the same in every run of the same requests."""
        number = self._numbered[world] = self._numbered.get(world, 0) + 1
        stray = "stray_" if world == SERVER else ""
        return f"{self._prefix}{stray}{number:06d}"

    def add(self, exchange: Exchange) -> None:
        """Note an exchange; the oldest ones make room."""
        if self.watch:
            self.watch(exchange)
        pending = self._pending.get(exchange.world)
        if pending is None:
            pending = self._pending[exchange.world] = _Pending()
        pending.exchanges.append(exchange)
        pending.bytes += len(exchange.request) + len(exchange.response)
        while len(pending.exchanges) > ENTRIES or pending.bytes > BYTES:
            oldest = pending.exchanges.popleft()
            pending.bytes -= len(oldest.request) + len(oldest.response)

    def entries(self, world: int) -> list[Entry]:
        """Return a world's journal, oldest first."""
        self.flush(world)
        rows = self._store.database.all(
            "SELECT body FROM journal WHERE world = ? ORDER BY seq", (world,)
        )
        return [msgspec.json.decode(row[0], type=Entry) for row in rows]

    def flush(self, world: int) -> None:
        """Write what gathered of a world, and drop what is too much."""
        pending = self._pending.pop(world, None)
        if pending is None:
            return
        database = self._store.database
        with self._store.transaction():
            row = database.one(
                "SELECT coalesce(max(seq), 0) FROM journal WHERE world = ?", (world,)
            )
            last = int(row[0]) if row else 0
            database.run_many(
                "INSERT INTO journal (world, id, seq, bytes, body) VALUES (?, ?, ?, ?, ?)",
                [_row(world, last + place, e) for place, e in enumerate(pending.exchanges, 1)],
            )
            self._trim(world)

    def flush_all(self) -> None:
        """Write everything that gathered."""
        for world in list(self._pending):
            self.flush(world)

    def forget(self, world: int) -> None:
        """Drop what gathered of a world that is gone."""
        self._pending.pop(world, None)
        self._numbered.pop(world, None)

    def _trim(self, world: int) -> None:
        held, oldest = 0, 0
        rows = self._store.database.all(
            "SELECT seq, bytes FROM journal WHERE world = ? ORDER BY seq DESC", (world,)
        )
        for place, (seq, size) in enumerate(rows):
            held += size
            if place >= ENTRIES or held > BYTES:
                oldest = seq
                break
        self._store.database.run(
            "DELETE FROM journal WHERE world = ? AND seq <= ?", (world, oldest)
        )


def _row(world: int, seq: int, exchange: Exchange) -> tuple[int, str, int, int, str]:
    entry = Entry(
        trace_id=exchange.trace,
        at=text(exchange.at),
        api=exchange.api,
        operation=exchange.operation,
        method=exchange.method,
        path=exchange.path,
        query=exchange.query.decode("latin-1"),
        request=_cut(exchange.request),
        status=exchange.status,
        response=_cut(exchange.response),
        owner=exchange.owner,
        key=exchange.key,
        error=exchange.error,
        replayed=exchange.replayed,
    )
    body = msgspec.json.encode(entry).decode()
    return world, exchange.trace, seq, len(body), body


def _cut(body: bytes) -> str:
    return body[:CUT].decode("utf-8", "replace")
