"""Webhooks: events on their way to endpoints, in attempts that the world's clock calls for.

A delivery is stored with the change that caused it, so that none is lost; it is sent from outside,
one attempt at a time, and what became of each attempt is stored here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from counterfoil.contract.rows import WebhookPolicy
from counterfoil.engine import signatures
from counterfoil.engine.clock import moment, stamp, text
from counterfoil.engine.outcome import Cancel, Event, Mail, Renew, Send
from counterfoil.engine.signatures import Signed
from counterfoil.engine.values import Value
from counterfoil.engine.world import World

Status = Literal["PENDING", "DELIVERED", "RETRYING", "EXHAUSTED", "SKIPPED"]

LEASE = 30_000_000
"""Microseconds of the wall that an attempt is reserved for whoever makes it."""

KEPT = 16 * 1024
"""Bytes of an endpoint's answer that are kept."""


class Endpoint(Value, frozen=True):
    """Where an organisation wants to hear of events; `format` is that of its signatures."""

    id: str
    url: str
    secret: str
    format: str


@dataclass(frozen=True, slots=True)
class Hooks:
    """What an API says of its webhooks.

    `subscribers` names the endpoints of an organisation that want a type of event; `endpoint` is one
    of them as it is now, or None where it is gone or switched off; `payload` is the body of an event.
    """

    policy: WebhookPolicy
    subscribers: Callable[[World, str, str], Iterable[str]]
    endpoint: Callable[[World, str], Endpoint | None]
    payload: Callable[[World, Event], Mapping[str, Any]]


class Addressee(Value, frozen=True):
    """An endpoint, by its id, and whose it is."""

    owner: str
    endpoint: str


class Delivery(Value, frozen=True):
    """An event on its way to an endpoint. `due` is when the next attempt is, `attempts` how many were.

    `retries` counts the attempts that the schedule has seen: one that somebody asked for begins it
    anew.
    """

    id: str
    seq: int
    api: str
    owner: str
    endpoint: str
    event: str
    type: str
    body: str
    status: Status
    attempts: int
    retries: int
    at: datetime
    due: datetime | None
    lease: int = 0


COLUMNS = (
    "id, seq, api, owner, endpoint, event, type, body, status, attempts, retries, at, due, lease"
)


class Attempt(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One attempt and what came of it; `error` says why there is no answer."""

    n: int
    at: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    response_status: int | None = None
    response_headers: dict[str, str] | None = None
    response_body: str | None = None
    duration_ms: int = 0
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint answered that it has the event."""
        return self.response_status is not None and 200 <= self.response_status < 300  # noqa: PLR2004


class Outgoing(Value, frozen=True):
    """A request to be sent for a delivery, as its n-th attempt; `copies` is how often it is sent."""

    delivery: Delivery
    n: int
    url: str
    headers: dict[str, str]
    body: bytes
    deadline: timedelta
    copies: int = 1


def deliver(world: World, api: str, hooks: Hooks, event: Event) -> None:
    """Store a delivery of an event for each endpoint that wants it."""
    body: str | None = None
    for owner in event.recipients:
        for endpoint in hooks.subscribers(world, owner, event.type):
            body = body or msgspec.json.encode(hooks.payload(world, event)).decode()
            send(world, api, Addressee(owner, endpoint), event, body)


def send(world: World, api: str, to: Addressee, event: Event, body: str) -> str:
    """Store a delivery that is due now; return its id."""
    id, now = world.next_id("dlv"), stamp(world.now)
    world.database.run(
        f"INSERT INTO deliveries (world, {COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'PENDING', 0, 0, ?, ?, 0)",
        (
            world.key, id, world.counters.next("delivery"), api, to.owner, to.endpoint, event.id,
            event.type, body, now, now,
        ),
    )  # fmt: skip
    world.due = True
    return id


def carry_out(world: World, api: str, hooks: Hooks, mail: Mail) -> None:
    """Do what an operation decided about deliveries."""
    match mail:
        case Send():
            body = msgspec.json.encode(hooks.payload(world, mail.event)).decode()
            send(world, api, Addressee(mail.owner, mail.endpoint), mail.event, body)
        case Renew():
            renew(world, mail.delivery)
        case Cancel():
            cancel(world, mail.endpoint)


def failures(world: World, endpoint: str) -> int:
    """Return how many attempts failed of the endpoint's deliveries that did not arrive."""
    row = world.database.one(
        "SELECT sum(retries) FROM deliveries WHERE world = ? AND endpoint = ?"
        " AND status IN ('RETRYING', 'EXHAUSTED')",
        (world.key, endpoint),
    )
    return int(row[0] or 0) if row else 0


def find(world: World, id: str) -> Delivery | None:
    """Return a delivery, or None."""
    row = world.database.one(
        f"SELECT {COLUMNS} FROM deliveries WHERE world = ? AND id = ?", (world.key, id)
    )
    return _delivery(row) if row else None


def deliveries(world: World, **wanted: str | None) -> list[Delivery]:
    """Return a world's deliveries, oldest first, that have the wanted values of their columns."""
    given = {column: value for column, value in wanted.items() if value is not None}
    tests = "".join(f" AND {column} = ?" for column in given)
    rows = world.database.all(
        f"SELECT {COLUMNS} FROM deliveries WHERE world = ?{tests} ORDER BY seq",
        (world.key, *given.values()),
    )
    return [_delivery(row) for row in rows]


class Wanted(Value, frozen=True):
    """Which deliveries of an endpoint are asked for; `since` and `until` bound when they were made."""

    endpoint: str
    status: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def page(
    world: World, wanted: Wanted, *, start: int, limit: int, descending: bool
) -> tuple[int, list[Delivery]]:
    """Return how many deliveries are wanted, and some of them from a place on."""
    bounds = {
        "endpoint = ?": wanted.endpoint,
        "status = ?": wanted.status,
        "type = ?": wanted.type,
        "at >= ?": wanted.since and stamp(wanted.since),
        "at < ?": wanted.until and stamp(wanted.until),
    }
    given = {test: value for test, value in bounds.items() if value is not None}
    tests = "".join(f" AND {test}" for test in given)
    values = (world.key, *given.values())
    counted = world.database.one(f"SELECT count(*) FROM deliveries WHERE world = ?{tests}", values)
    order = "DESC" if descending else "ASC"
    rows = world.database.all(
        f"SELECT {COLUMNS} FROM deliveries WHERE world = ?{tests} ORDER BY seq {order} LIMIT ? OFFSET ?",
        (*values, limit, start),
    )
    return int(counted[0]) if counted else 0, [_delivery(row) for row in rows]


def attempts(world: World, id: str) -> list[dict[str, Any]]:
    """Return what came of each attempt of a delivery, as JSON values."""
    rows = world.database.all(
        "SELECT body FROM attempts WHERE world = ? AND delivery = ? ORDER BY n", (world.key, id)
    )
    return [msgspec.json.decode(row[0]) for row in rows]


def claim(world: World, endpoint: str, wall: datetime) -> Delivery | None:
    """Reserve the endpoint's next delivery that is due for an attempt; None where none is."""
    now = stamp(wall)
    row = world.database.one(
        "UPDATE deliveries SET lease = ? WHERE world = ? AND id = (SELECT id FROM deliveries"
        " WHERE world = ? AND endpoint = ? AND due <= ? AND lease <= ? ORDER BY due, seq LIMIT 1)"
        f" RETURNING {COLUMNS}",
        (now + LEASE, world.key, world.key, endpoint, stamp(world.now), now),
    )
    return _delivery(row) if row else None


def standing(world: World) -> dict[str, int]:
    """Return how many deliveries there are of each status."""
    rows = world.database.all(
        "SELECT status, count(*) FROM deliveries WHERE world = ? GROUP BY status ORDER BY status",
        (world.key,),
    )
    return {status: int(n) for status, n in rows}


def endpoints_due(world: World, wall: datetime) -> list[str]:
    """Return the endpoints that something is due to which nobody has reserved, oldest first."""
    rows = world.database.all(
        "SELECT endpoint, min(due) AS d, min(seq) AS s FROM deliveries"
        " WHERE world = ? AND due <= ? AND lease <= ? GROUP BY endpoint ORDER BY d, s",
        (world.key, stamp(world.now), stamp(wall)),
    )
    return [row[0] for row in rows]


def next_lease(world: World) -> datetime | None:
    """Return when the first reservation runs out of what is due, by the wall; None where none is."""
    row = world.database.one(
        "SELECT min(lease) FROM deliveries WHERE world = ? AND due <= ? AND lease > 0",
        (world.key, stamp(world.now)),
    )
    return moment(row[0]) if row and row[0] is not None else None


def outgoing(
    world: World, hooks: Hooks, delivery: Delivery, *, forged: bool = False
) -> Outgoing | None:
    """Return the request of a delivery's next attempt; None where its endpoint is gone.

    A forged one is signed with another secret than the endpoint's.
    """
    endpoint = hooks.endpoint(world, delivery.endpoint)
    if endpoint is None:
        return None
    n, body = delivery.attempts + 1, delivery.body.encode()
    timestamp = stamp(world.now) // 1_000_000
    filled = {"event": delivery.event, "type": delivery.type, "attempt": n, "timestamp": timestamp}
    headers = {name: value.format_map(filled) for name, value in hooks.policy.headers.items()}
    headers |= signatures.headers(
        Signed(body, delivery.event, timestamp),
        f"not {endpoint.secret}" if forged else endpoint.secret,
        endpoint.format,
        hooks.policy.signature.headers,
    )
    return Outgoing(delivery, n, endpoint.url, headers, body, hooks.policy.deadline)


def record(world: World, hooks: Hooks, delivery: Delivery, attempt: Attempt) -> Status:
    """Store what came of an attempt, and when the next one is; return the delivery's new status."""
    world.database.run(
        "INSERT INTO attempts (world, delivery, n, body) VALUES (?, ?, ?, ?)",
        (world.key, delivery.id, attempt.n, msgspec.json.encode(attempt).decode()),
    )
    world.database.run(
        "UPDATE deliveries SET attempts = ? WHERE world = ? AND id = ?",
        (attempt.n, world.key, delivery.id),
    )
    held = find(world, delivery.id)
    if held is None or held.lease != delivery.lease:  # somebody decided otherwise meanwhile
        return held.status if held else "SKIPPED"
    status, due = _after(world, hooks, delivery, attempt)
    retries = delivery.retries + (not attempt.succeeded)
    _update(world, replace(delivery, status=status, due=due, attempts=attempt.n, retries=retries))
    return status


def skip(world: World, delivery: Delivery) -> None:
    """Give a delivery up whose endpoint is gone."""
    _update(world, replace(delivery, status="SKIPPED", due=None))


def put_off(world: World, delivery: Delivery, until: datetime) -> None:
    """Let a delivery wait until an instant, without an attempt."""
    _update(world, replace(delivery, due=until))


def renew(world: World, id: str) -> None:
    """Make a delivery due now, its schedule begun anew, whatever has become of it."""
    delivery = find(world, id)
    assert delivery is not None, f"there is no delivery {id}"
    _update(world, replace(delivery, status="PENDING", due=world.now, retries=0))
    world.due = True


def hasten(world: World) -> None:
    """Make every delivery due now that has another attempt to come."""
    world.database.run(
        "UPDATE deliveries SET due = ? WHERE world = ? AND due > ?",
        (stamp(world.now), world.key, stamp(world.now)),
    )
    world.due = True


def cancel(world: World, endpoint: str) -> None:
    """Give up every delivery to an endpoint that has another attempt to come."""
    world.database.run(
        "UPDATE deliveries SET status = 'SKIPPED', due = NULL, lease = 0"
        " WHERE world = ? AND endpoint = ? AND due IS NOT NULL",
        (world.key, endpoint),
    )


def _after(
    world: World, hooks: Hooks, delivery: Delivery, attempt: Attempt
) -> tuple[Status, datetime | None]:
    """Return the status after an attempt, and when the next one is due."""
    if attempt.succeeded:
        return "DELIVERED", None
    schedule = hooks.policy.retries
    if delivery.retries >= len(schedule):
        return "EXHAUSTED", None
    return "RETRYING", world.now + schedule[delivery.retries]


def _update(world: World, delivery: Delivery) -> None:
    world.database.run(
        "UPDATE deliveries SET status = ?, due = ?, attempts = ?, retries = ?, lease = 0"
        " WHERE world = ? AND id = ?",
        (
            delivery.status,
            delivery.due and stamp(delivery.due),
            delivery.attempts,
            delivery.retries,
            world.key,
            delivery.id,
        ),
    )


def _delivery(row: Any) -> Delivery:
    due = None if row[-2] is None else moment(row[-2])
    return Delivery(*(*row[:-3], moment(row[-3]), due, row[-1]))


def shown(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as it is listed."""
    return {
        "id": delivery.id,
        "webhookId": delivery.endpoint,
        "eventId": delivery.event,
        "eventType": delivery.type,
        "status": delivery.status,
        "attemptCount": delivery.attempts,
        "createdAt": text(delivery.at),
        "nextAttemptAt": delivery.due and text(delivery.due),
    }
