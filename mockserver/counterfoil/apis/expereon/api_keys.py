"""API keys: an organisation makes, lists, rotates and revokes the keys it calls with."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from counterfoil.apis.expereon import wire
from counterfoil.apis.expereon.auth import credential_of, new_pair
from counterfoil.apis.expereon.filters import instant_of
from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal, Violation, invalid
from counterfoil.engine.call import Call
from counterfoil.engine.clock import text
from counterfoil.engine.credentials import Credential, of_owner
from counterfoil.engine.ids import digest
from counterfoil.engine.outcome import Change, Outcome
from counterfoil.engine.pagination import Query
from counterfoil.engine.world import World

PREFIX = "key"
"""How the ids begin of keys that were made by call."""


def list_api_keys(book: Rulebook, call: Call, world: World) -> Outcome:
    """List the organisation's keys, those that came with the world included."""
    asked = call.arguments
    query = Query(asked["page"], asked["limit"])
    held = of_owner(world, book.contract.api, call.principal.owner)
    if asked["sortOrder"].lower() == "desc":
        held.reverse()
    start = query.page * query.limit
    items = [wire.api_key(book, key, world.now) for key in held[start : start + query.limit]]
    return Outcome(wire.envelope(query, items, len(held)))


def create_api_key(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make a key; this answer alone tells it and its secret."""
    body, owner = call.body, call.principal.owner
    expires = _expiry(book, world, body.get("expiresAt"))
    id = world.next_id(PREFIX)
    pair = new_pair(book, world, owner, id)
    credential = credential_of(
        book,
        world,
        pair,
        owner=owner,
        id=id,
        seq=world.counters.values[PREFIX],
        name=body["name"],
        permissions=_expanded(book, body.get("permissions", book.rules.default_permissions)),
        expires_at=expires,
    )
    return _stored(book, world, credential, apiKey=pair.key, apiSecret=pair.secret)


def get_api_key(book: Rulebook, call: Call, world: World) -> Outcome:
    """Read a key, masked."""
    return Outcome(wire.api_key(book, _found(book, call, world), world.now))


def revoke_api_key(book: Rulebook, call: Call, world: World) -> Outcome:
    """Revoke a key, which opens nothing from the next call on; doing it again changes nothing."""
    held = _found(book, call, world)
    if held.revoked_at:
        return Outcome(wire.api_key(book, held, world.now), resource=held.id)
    return _stored(book, world, _revised(held, world, revoked_at=world.now))


def rotate_api_key(book: Rulebook, call: Call, world: World) -> Outcome:
    """Make a new secret for a key, told this once; the previous one is good until its grace is over."""
    held = _found(book, call, world)
    status = wire.key_status(held, world.now)
    if status != "ACTIVE":
        raise Refusal("API_KEY_NOT_ACTIVE", status=status)
    grace = timedelta(seconds=(call.body or {}).get("gracePeriodSeconds", 0))
    _, secret = new_pair(book, world, held.owner, held.id, str(held.version + 1))
    rotated = _revised(
        held,
        world,
        secret=digest(secret),
        previous=held.secret if grace else None,
        previous_until=world.now + grace if grace else None,
    )
    return _stored(book, world, rotated, apiSecret=secret)


def _stored(book: Rulebook, world: World, credential: Credential, **told: str) -> Outcome:
    """Return the outcome that keeps a credential; `told` is what its answer says in clear."""
    shown = wire.api_key(book, credential, world.now) | told
    return Outcome(shown, Change(credentials=(credential,)), credential.id)


def _revised(held: Credential, world: World, **changes: Any) -> Credential:
    return replace(held, version=held.version + 1, updated_at=world.now, **changes)


def _found(book: Rulebook, call: Call, world: World) -> Credential:
    id = call.arguments["keyId"]
    for held in of_owner(world, book.contract.api, call.principal.owner):
        if held.id == id:
            return held
    raise Refusal("NOT_FOUND")


def _expanded(book: Rulebook, given: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return single permissions, macros written out."""
    macros = book.contract.permissions
    return tuple(sorted({single for name in given for single in macros.get(name, {name})}))


def _expiry(book: Rulebook, world: World, given: str | None) -> datetime | None:
    """Return when a key is to expire; Refusal where that time has come."""
    if given is None:
        return None
    instant = instant_of(given)
    if instant <= world.now:
        wrong = Violation("expiresAt", "future", text(world.now), given=given)
        raise invalid(book.contract.policy.bodies.invalid, (wrong,))
    return instant
