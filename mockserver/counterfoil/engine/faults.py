"""Faults on demand: rules of a world that say which requests or deliveries go wrong, and how.

The first rule that applies is the one that is applied. Chance follows from the world's seed, so that
a run can be repeated.
"""

import hmac
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, get_args

import msgspec

from counterfoil.engine import exact
from counterfoil.engine.call import Call
from counterfoil.engine.values import Value
from counterfoil.engine.webhooks import Delivery
from counterfoil.engine.world import World

BEFORE, AFTER = "before", "after"

RequestEffect = Literal[
    "error", "rateLimit", "delay", "timeout", "reset", "truncate", "malformed", "loseResponse"
]
WebhookEffect = Literal["drop", "duplicate", "postpone", "reorder", "badSignature"]

REQUEST_EFFECTS: AbstractSet[str] = frozenset(get_args(RequestEffect))
WEBHOOK_EFFECTS: AbstractSet[str] = frozenset(get_args(WebhookEffect))

MEMBERS = ("api", "operation", "organization", "key", "endpoint", "event")
"""What a rule names of what it is for, its body apart."""


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
            **msgspec.to_builtins(self.rule, builtin_types=(Decimal,)),
        }


def add(world: World, rule: Rule) -> Standing:
    """Add a rule after those that are there."""
    id = world.next_id("flt")
    world.database.run(
        "INSERT INTO faults (world, id, seq, seen, applied, body) VALUES (?, ?, ?, 0, 0, ?)",
        (world.key, id, world.counters.next("fault"), exact.encode(rule).decode()),
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


Facts = Mapping[str, frozenset[str]]
"""What a rule may match, by the name of its member: each under all its names."""


def of_request(world: World, api: str, call: Call) -> Standing | None:
    """Return the rule that applies to a call, and count it."""
    facts = _facts(
        api=api,
        organization=call.principal.owner,
        key=call.principal.id,
    )
    names = frozenset({call.operation.id, call.operation.function})
    return _first(world, REQUEST_EFFECTS, {**facts, "operation": names}, call.body)


def of_delivery(world: World, delivery: Delivery) -> Standing | None:
    """Return the rule that applies to an attempt of a delivery, and count it.

    What was put off once is not put off again.
    """
    facts = _facts(
        api=delivery.api,
        organization=delivery.owner,
        endpoint=delivery.endpoint,
        event=delivery.type,
    )
    fresh = not delivery.attempts and delivery.due == delivery.at
    return _first(world, WEBHOOK_EFFECTS - (set() if fresh else {"postpone"}), facts, None)


def _facts(**names: str) -> dict[str, frozenset[str]]:
    return {member: frozenset({name}) for member, name in names.items()}


def _first(world: World, effects: AbstractSet[str], facts: Facts, body: Any) -> Standing | None:
    for standing in rules(world):
        rule = standing.rule
        if rule.effect.type in effects and _matches(rule.match, facts, body):
            applies = _applies(world, standing)
            world.database.run(
                "UPDATE faults SET seen = seen + 1, applied = applied + ? WHERE world = ? AND id = ?",
                (int(applies), world.key, standing.id),
            )
            if applies:
                return standing
    return None


def _matches(wanted: Match, facts: Facts, body: Any) -> bool:
    for member in MEMBERS:
        name = getattr(wanted, member)
        if name is not None and name not in facts.get(member, ()):
            return False
    return wanted.body is None or found(wanted.body, body)


def path_mistake(path: str) -> str | None:
    """Return what a JSONPath should have been, or None where it is one."""
    try:
        _path(path)
    except Exception as error:  # noqa: BLE001  whatever it is, it is no path
        return f"a JSONPath without regular expressions ({str(error).splitlines()[0][:200]})"
    return None


def found(wanted: BodyMatch, body: Any) -> bool:
    """Tell whether a body has what is wanted of it."""
    if not isinstance(body, dict | list):
        return False
    try:
        values = _path(wanted.path).findall(body)
    except Exception:  # noqa: BLE001  a body too deep to be looked through
        return False
    return bool(values) if wanted.equals is msgspec.UNSET else wanted.equals in values


@lru_cache(maxsize=256)
def _path(path: str) -> Any:
    """Return a compiled path; nothing in it may run for longer than a body is long."""
    import jsonpath  # only rules that look into bodies need it

    environment = jsonpath.JSONPathEnvironment(strict=True)
    for function in ("match", "search"):
        environment.function_extensions.pop(function, None)
    return environment.compile(path)


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


_rules = msgspec.json.Decoder(Rule, float_hook=exact.number)


def _decode(body: str) -> Rule:
    return _rules.decode(body)
