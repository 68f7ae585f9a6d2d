"""Faults on demand: rules of a world that say which requests or deliveries go wrong, and how.

The first rule that applies is the one that is applied. Chance follows from the world's seed, so that
a run can be repeated.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from counterfoil.engine.call import Call
from counterfoil.engine.values import Value
from counterfoil.engine.webhooks import Delivery
from counterfoil.engine.world import World

BEFORE, AFTER = "before", "after"

RequestEffect = Literal[
    "error", "rateLimit", "delay", "timeout", "reset", "truncate", "malformed", "loseResponse"
]
WebhookEffect = Literal["drop", "duplicate", "postpone", "reorder", "badSignature"]


class BodyMatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A condition on a body: something is at a JSONPath (RFC 9535) and, if told, equals a value."""

    path: str
    equals: Any = msgspec.UNSET


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a rule is for; what is left open matches everything."""

    api: str | None = None
    operation: str | None = None
    organization: str | None = None
    key: str | None = None
    body: BodyMatch | None = None
    endpoint: str | None = None
    event: str | None = None


class Effect(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"
):
    """What goes wrong. Which members count depends on the type."""

    type: RequestEffect | WebhookEffect
    status: int = 500
    code: str = "SIMULATED_FAULT"
    message: str = "A fault that was asked for"
    headers: dict[str, str] = {}
    retry_after: int = 1
    ms: int = 0
    phase: Literal["before", "after"] = "before"
    count: int = 2
    by: timedelta = timedelta(minutes=1)

    @property
    def of_webhooks(self) -> bool:
        """Whether it happens to a delivery, and not to a request."""
        return self.type in WebhookEffect.__args__  # type: ignore[attr-defined]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule: what it is for, what goes wrong, and when it begins and ends to apply."""

    effect: Effect
    match: Match = Match()
    skip: int = 0
    times: int | None = None
    percent: int = 100
    until: datetime | None = None


class Standing(Value, frozen=True):
    """A rule of a world, how many requests or deliveries it matched, and to how many it was applied."""

    id: str
    rule: Rule
    seen: int
    applied: int

    @property
    def shown(self) -> dict[str, Any]:
        """The rule as JSON values."""
        return {
            "id": self.id,
            "seen": self.seen,
            "applied": self.applied,
            **msgspec.to_builtins(self.rule),
        }


def add(world: World, rule: Rule) -> Standing:
    """Add a rule after those that are there."""
    id = world.next_id("flt")
    world.database.run(
        "INSERT INTO faults (world, id, seq, seen, applied, body) VALUES (?, ?, ?, 0, 0, ?)",
        (world.key, id, world.counters.next("fault"), msgspec.json.encode(rule).decode()),
    )
    return Standing(id, rule, 0, 0)


def rules(world: World) -> list[Standing]:
    """Return a world's rules, in order."""
    rows = world.database.all(
        "SELECT id, body, seen, applied FROM faults WHERE world = ? ORDER BY seq", (world.key,)
    )
    return [Standing(id, _decode(body), seen, applied) for id, body, seen, applied in rows]


def remove(world: World, id: str | None = None) -> None:
    """Remove a rule, or all of them."""
    test, values = ("", ()) if id is None else (" AND id = ?", (id,))
    world.database.run(f"DELETE FROM faults WHERE world = ?{test}", (world.key, *values))


def of_request(world: World, api: str, call: Call) -> Standing | None:
    """Return the rule that applies to a call, and count it."""
    facts = {
        "api": api,
        "operation": call.operation.function,
        "organization": call.principal.owner,
        "key": call.principal.id,
    }
    return _first(world, facts, call.body, webhooks=False)


def of_delivery(world: World, delivery: Delivery) -> Standing | None:
    """Return the rule that applies to an attempt of a delivery, and count it."""
    facts = {
        "api": delivery.api,
        "organization": delivery.owner,
        "endpoint": delivery.endpoint,
        "event": delivery.type,
    }
    return _first(world, facts, None, webhooks=True)


def _first(world: World, facts: Mapping[str, str], body: Any, *, webhooks: bool) -> Standing | None:
    for standing in rules(world):
        if standing.rule.effect.of_webhooks is webhooks and _matches(standing.rule, facts, body):
            applies = _applies(world, standing)
            world.database.run(
                "UPDATE faults SET seen = seen + 1, applied = applied + ? WHERE world = ? AND id = ?",
                (int(applies), world.key, standing.id),
            )
            if applies:
                return standing
    return None


def _matches(rule: Rule, facts: Mapping[str, str], body: Any) -> bool:
    wanted = rule.match
    for name in ("api", "operation", "organization", "key", "endpoint", "event"):
        value = getattr(wanted, name)
        if value is not None and facts.get(name) != value:
            return False
    return wanted.body is None or found(wanted.body, body)


def path_mistake(path: str) -> str | None:
    """Return what is wrong with a JSONPath, or None."""
    import jsonpath

    try:
        jsonpath.compile(path)
    except jsonpath.JSONPathError as error:
        return f"a JSONPath: {str(error).splitlines()[0]}"
    return None


def found(wanted: BodyMatch, body: Any) -> bool:
    """Tell whether a body has what is wanted of it."""
    import jsonpath  # only rules that look into bodies need it

    values = jsonpath.findall(wanted.path, body) if isinstance(body, dict | list) else []
    return bool(values) if wanted.equals is msgspec.UNSET else wanted.equals in values


def _applies(world: World, standing: Standing) -> bool:
    rule = standing.rule
    return (
        standing.seen >= rule.skip
        and (rule.times is None or standing.applied < rule.times)
        and (rule.until is None or world.now < rule.until)
        and _drawn(world, standing) < rule.percent
    )


def _drawn(world: World, standing: Standing) -> int:
    """Return a number from 0 to 99 that follows from the world's seed, the rule and how often it matched."""
    place = f"{standing.id} {standing.seen}".encode()
    drawn = hmac.digest(str(world.seed).encode(), place, "sha256")
    return int.from_bytes(drawn[:6]) % 100


def _decode(body: str) -> Rule:
    return msgspec.json.decode(body, type=Rule)
