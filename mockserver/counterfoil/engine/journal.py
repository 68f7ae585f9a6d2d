"""The journal: what was asked and answered in each world, bounded by number and by bytes.

Nothing on the way of a request waits for it: exchanges gather in memory, oldest out first, and are
written to the store when somebody wants to read and when the server stops.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from counterfoil.engine.call import Call
from counterfoil.engine.clock import text
from counterfoil.engine.outcome import Change
from counterfoil.engine.store import SERVER, Store
from counterfoil.engine.values import Value

ENTRIES = 10_000
BYTES = 16 * 1024 * 1024
CUT = 64 * 1024

SECRETS = frozenset({"authorization", "x-api-secret", "cookie", "set-cookie"})
"""Headers whose values are nobody's to read."""

SECRET_PARAMETER = re.compile(r"(?:(?<=&)|^)(api_key=)[^&]+")
"""Members of a query whose values are nobody's to read, either."""

Headers = Iterable[tuple[bytes, bytes]]


class Exchange(Value, frozen=True):
    """A request and its reply, as they went over the wire.

    `world` is the key of the world it was in, or SERVER where it reached none. `error` is the code
    of a refusal, `fault` the rule that was applied to it, `nearest` what the request may have meant
    that led nowhere, looked for when somebody reads it.
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
    provenance: str | None = None
    request_headers: Headers = ()
    response_headers: Headers = ()
    transitions: tuple[tuple[str, str, str, str | None, str | None], ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    fault: str | None = None
    nearest: Callable[[], Iterable[str]] = tuple

    @property
    def told_query(self) -> str:
        """The query without its secrets."""
        return SECRET_PARAMETER.sub(r"\1***", self.query.decode("latin-1"))

    @property
    def line(self) -> str:
        """The exchange in one line, for people who watch."""
        what = self.error or ("replayed" if self.replayed else self.operation) or "-"
        where = self.path + (f"?{self.told_query}" if self.query else "")
        return f"{text(self.at)} {self.api} {self.status} {self.method} {where} {what} {self.owner or '-'}"


class Step(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """An arrow that a record walked during a request."""

    kind: str
    id: str
    action: str
    source: str | None
    target: str | None


class Told(msgspec.Struct, frozen=True):
    """An event that a request brought about."""

    id: str
    type: str


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
    provenance: str | None
    request_headers: dict[str, str]
    response_headers: dict[str, str]
    transitions: list[Step]
    events: list[Told]
    fault: str | None
    nearest: list[str]


class Act(msgspec.Struct, frozen=True):
    """Something that a tester let happen to a world from outside.

    `after` is the trace of the last exchange before it; `arguments` are those of the control plane's
    operation, `request` is its body.
    """

    at: str
    after: str
    api: str
    operation: str
    arguments: dict[str, Any]
    request: Any


@dataclass(slots=True)
class _Pending:
    exchanges: deque[Exchange] = field(default_factory=deque)
    bytes: int = 0


class Journal:
    """The journals of all worlds of a store.

    `watch` is told every exchange as it happens, `listeners` those of a world, by its key.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.watch: Callable[[Exchange], None] | None = None
        self.listeners: dict[int, set[Callable[[Exchange], None]]] = {}
        self._pending: dict[int, _Pending] = {}
        self._numbered: dict[int, int] = {}
        self._exercised: dict[int, set[tuple[str, str, str]]] = {}
        self._acts: dict[int, deque[Act]] = {}
        store.keep(self.entries)
        process = store.next_number("process")
        self._prefix = "trc_" if process == 1 else f"trc_{process}_"

    def next_trace(self, world: int = SERVER) -> str:
        """Return the id of a world's next exchange, the same in every run of the same requests."""
        self._numbered[world] = self._numbered.get(world, 0) + 1
        return self._last_trace(world)

    def _last_trace(self, world: int) -> str:
        stray = "stray_" if world == SERVER else ""
        return f"{self._prefix}{stray}{self._numbered.get(world, 0):06d}"

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
        self._exercised.setdefault(exchange.world, set()).update(_exercised(exchange))
        for listener in self.listeners.get(exchange.world, ()):
            listener(exchange)

    def exercised(self, world: int) -> set[tuple[str, str, str]]:
        """Return what a world has seen of each API since this process began: api, kind and name."""
        return self._exercised.get(world, set())

    def told(self, world: int, api: str, change: Change) -> None:
        """Note what no request of a client brought about: arrows that were walked, and events."""
        seen = self._exercised.setdefault(world, set())
        seen.update(
            (api, "arrows", _arrow(t.kind, t.trigger, t.source)) for t in change.transitions
        )
        seen.update((api, "events", event.type) for event in change.events)

    def acted(self, world: int, at: datetime, api: str, call: Call) -> None:
        """Note what a tester let happen from outside; the oldest of very many make room."""
        acts = self._acts.setdefault(world, deque(maxlen=ENTRIES))
        told = (call.operation.id, dict(call.arguments), call.body)
        acts.append(Act(text(at), self._last_trace(world), api, *told))

    def acts(self, world: int) -> list[Act]:
        """Return what testers let happen to a world since this process began, oldest first."""
        return list(self._acts.get(world, ()))

    def entries(self, world: int) -> list[Entry]:
        """Return a world's journal, oldest first."""
        self.flush(world)
        rows = self._store.database.all(
            "SELECT body FROM journal WHERE world = ? ORDER BY seq", (world,)
        )
        return [msgspec.json.decode(row[0], type=Entry) for row in rows]

    def clear(self, world: int) -> None:
        """Forget what happened in a world so far; the traces go on where they were."""
        self._pending.pop(world, None)
        self._acts.pop(world, None)
        self._store.database.run("DELETE FROM journal WHERE world = ?", (world,))

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
        """Drop what gathered of a world that is gone, or begins anew."""
        self._pending.pop(world, None)
        self._numbered.pop(world, None)
        self._exercised.pop(world, None)
        self._acts.pop(world, None)

    def follow(self, world: int, new: int) -> None:
        """Go on with a world's numbers under the key it has from now on."""
        for held in (self._numbered, self._exercised, self._acts):
            if world in held:
                held[new] = held.pop(world)  # type: ignore[assignment]

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


def _exercised(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    api = exchange.api
    if exchange.operation is not None:
        yield api, "operations", exchange.operation
        yield api, "statuses", f"{exchange.operation} {exchange.status}"
    if exchange.error is not None:
        yield api, "errors", exchange.error
    for kind, _, trigger, source, _ in exchange.transitions:
        yield api, "arrows", _arrow(kind, trigger, source)
    for _, type_ in exchange.events:
        yield api, "events", type_


def _arrow(kind: str, trigger: str, source: str | None) -> str:
    """Return what an arrow is called in coverage."""
    return f"{kind}: {trigger} from {source or '-'}"


def entry_of(exchange: Exchange) -> Entry:
    """Return an exchange as a row of the journal."""
    return Entry(
        trace_id=exchange.trace,
        at=text(exchange.at),
        api=exchange.api,
        operation=exchange.operation,
        method=exchange.method,
        path=exchange.path,
        query=exchange.told_query,
        request=_cut(exchange.request),
        status=exchange.status,
        response=_cut(exchange.response),
        owner=exchange.owner,
        key=exchange.key,
        error=exchange.error,
        replayed=exchange.replayed,
        provenance=exchange.provenance,
        request_headers=_told(exchange.request_headers),
        response_headers=_told(exchange.response_headers),
        transitions=[Step(*step) for step in exchange.transitions],
        events=[Told(*event) for event in exchange.events],
        fault=exchange.fault,
        nearest=list(exchange.nearest()),
    )


def _row(world: int, seq: int, exchange: Exchange) -> tuple[int, str, int, int, str]:
    body = msgspec.json.encode(entry_of(exchange)).decode()
    return world, exchange.trace, seq, len(body), body


def _cut(body: bytes) -> str:
    return body[:CUT].decode("utf-8", "replace")


def _told(headers: Headers) -> dict[str, str]:
    """Return headers by name, secrets left out."""
    named = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
    return {name: "…" if name in SECRETS else value for name, value in named}
