"""An inbox of a world: how it answers what it receives, and what it received.

What was received is judged by what the world itself sent: whether a signature is right, whether an
event came before, and whether it came after a later one.
"""

import re
from typing import Any

import msgspec

from counterfoil.engine import signatures
from counterfoil.engine.clock import stamp, text
from counterfoil.engine.signatures import Signed
from counterfoil.engine.webhooks import Endpoint
from counterfoil.engine.world import World

CUT = 64 * 1024
"""Bytes of a message that are kept."""

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
WORD = re.compile(r"[\x21-\x7E]{1,255}")
SECONDS = re.compile(r"[0-9]{1,15}")


class Answer(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """One answer: `delay_ms` is how late it is, in the world's time: nobody waits for it."""

    status: int = 200
    delay_ms: int = 0
    headers: dict[str, str] = {}
    body: str = ""


class Program(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """How an inbox answers: with each of `responses` in turn, and 200 when they are used up.

    `secret` checks signatures; without it they are checked with that of the endpoint itself.
    """

    secret: str | None = None
    responses: tuple[Answer, ...] = ()


class Received(msgspec.Struct, frozen=True, rename="camel"):
    """A message as it came, judged."""

    number: int
    at: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    id: str | None
    type: str | None
    signature_valid: bool | None
    duplicate_of: int | None
    out_of_order: bool
    answered: int


def names(world: World) -> list[str]:
    """Return the names of a world's inboxes."""
    rows = world.database.all(
        "SELECT name FROM inboxes WHERE world = ? ORDER BY name", (world.key,)
    )
    return [row[0] for row in rows]


def program(world: World, name: str, program: Program) -> None:
    """Tell an inbox how to answer; it is opened if it is not there."""
    world.database.run(
        "INSERT INTO inboxes (world, name, body) VALUES (?, ?, ?)"
        " ON CONFLICT (world, name) DO UPDATE SET body = excluded.body",
        (world.key, name, msgspec.json.encode(program).decode()),
    )


def messages(world: World, name: str) -> list[dict[str, Any]]:
    """Return what an inbox received, oldest first, as JSON values."""
    rows = world.database.all(
        "SELECT body FROM messages WHERE world = ? AND inbox = ? ORDER BY seq", (world.key, name)
    )
    return [msgspec.json.decode(row[0]) for row in rows]


def count(world: World, name: str) -> int:
    """Return how many messages an inbox holds."""
    row = world.database.one(
        "SELECT count(*) FROM messages WHERE world = ? AND inbox = ?", (world.key, name)
    )
    return int(row[0]) if row else 0


def clear(world: World, name: str) -> None:
    """Throw away what an inbox received."""
    world.database.run("DELETE FROM messages WHERE world = ? AND inbox = ?", (world.key, name))


def receive(
    world: World, name: str, request: tuple[str, str], headers: dict[str, str], body: bytes
) -> Answer:
    """Keep a message, judged, and return how it is answered; `request` is its method and path."""
    row = world.database.one(
        "SELECT body FROM inboxes WHERE world = ? AND name = ?", (world.key, name)
    )
    told = msgspec.json.decode(row[0], type=Program) if row else Program()
    answer, *rest = told.responses or (Answer(),)
    if told.responses or row is None:
        program(world, name, msgspec.structs.replace(told, responses=tuple(rest)))
    id, type_ = _said(body)
    earlier = messages(world, name)
    place = _place(world, id)
    message = Received(
        number=earlier[-1]["number"] + 1 if earlier else 1,
        at=text(world.now),
        method=request[0],
        path=request[1],
        headers=headers,
        body=body[:CUT].decode("utf-8", "replace"),
        id=id,
        type=type_,
        signature_valid=_signed(world, told.secret, headers, body, id),
        duplicate_of=next((m["number"] for m in earlier if id and m["id"] == id), None),
        out_of_order=any((_place(world, m["id"]) or 0) > place for m in earlier)
        if place
        else False,
        answered=answer.status,
    )
    world.database.run(
        "INSERT INTO messages (world, inbox, seq, body) VALUES (?, ?, ?, ?)",
        (world.key, name, message.number, msgspec.json.encode(message).decode()),
    )
    return answer


def _said(body: bytes) -> tuple[str | None, str | None]:
    """Return the id and the type that a message says it is of."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, None
    known = value if isinstance(value, dict) else {}
    id, type_ = (known.get(name) for name in ("id", "type"))
    return _word(id), _word(type_)


def _word(value: Any) -> str | None:
    """Return a value that may name an event or its type, or None."""
    return value if isinstance(value, str) and WORD.fullmatch(value) else None


def _place(world: World, id: str | None) -> int | None:
    """Return the place of an event among all of its world, or None where it is none of them."""
    row = world.database.one("SELECT seq FROM events WHERE world = ? AND id = ?", (world.key, id))
    return int(row[0]) if row else None


def _signed(
    world: World, secret: str | None, headers: dict[str, str], body: bytes, id: str | None
) -> bool | None:
    """Tell whether a message is signed with the secret; None where no secret is known for it."""
    known = [(endpoint, names) for endpoint, names in _endpoints(world, id)]
    secrets = [secret] if secret is not None else [endpoint.secret for endpoint, _ in known]
    carriers = {name.lower() for _, names in known for name in names} | {
        name for name in headers if name.endswith("signature")
    }
    values = [headers[name] for name in carriers if name in headers]
    if not secrets:
        return None
    timestamp = headers.get("x-webhook-timestamp", headers.get("webhook-timestamp", ""))
    seconds = int(timestamp) if SECONDS.fullmatch(timestamp) else stamp(world.now)
    signed = Signed(body, id or "", seconds)
    return bool(values) and all(
        any(signatures.verifies(signed, tried, value) for tried in secrets) for value in values
    )


def _endpoints(world: World, id: str | None) -> list[tuple[Endpoint, tuple[str, ...]]]:
    """Return the endpoints an event was sent to, with the headers that carry their signatures."""
    rows = world.database.all(
        "SELECT api, endpoint FROM deliveries WHERE world = ? AND event = ?", (world.key, id)
    )
    found = []
    for api, endpoint_id in rows:
        hooks = world.shared.hooks[api]
        endpoint = hooks.endpoint(world, endpoint_id)
        if endpoint is not None:
            found.append((endpoint, hooks.policy.signature.headers))
    return found
