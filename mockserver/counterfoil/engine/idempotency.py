"""Retries: the same request under the same mark is answered as the first time, with no effect.

Only successes are remembered, in the transaction that made them.
"""

import hashlib
from typing import Any

import msgspec

from counterfoil.contract.rows import IdempotencyPolicy
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Call, Reply
from counterfoil.engine.clock import stamp
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.values import Value
from counterfoil.engine.world import World


class Mark(Value, frozen=True):
    """What a retry is recognised by: whose request to what it was, and a print of its content."""

    scope: str
    fingerprint: str


def mark(call: Call, policy: IdempotencyPolicy | None) -> Mark | None:
    """Return the mark of a call that carries one, or None.

    The mark is the request's own field: a member of its body or, where there is none, a parameter.
    """
    if policy is None or not call.operation.changes:
        return None
    members = call.body if isinstance(call.body, dict) else call.arguments
    chosen = members.get(policy.field)
    if not isinstance(chosen, str) or any(v.field == policy.field for v in call.violations):
        return None
    scope = f"{call.principal.owner} {call.operation.method} {call.path} {chosen}"
    return Mark(scope, _fingerprint(call, policy))


def recall(world: World, marked: Mark, policy: IdempotencyPolicy) -> Reply | None:
    """Return the reply this request got the first time, or None where there was no first time.

    Raises Refusal where the mark was used for another request.
    """
    row = world.database.one(
        "SELECT fingerprint, resource, status, body FROM idempotency"
        " WHERE world = ? AND scope = ? AND expires_at > ?",
        (world.key, marked.scope, stamp(world.now)),
    )
    if row is None:
        return None
    fingerprint, resource, status, body = row
    if fingerprint != marked.fingerprint:
        _, method, path, _ = marked.scope.split(" ", 3)
        raise Refusal(
            policy.reused,
            field=policy.field,
            originalEndpoint=f"{method} {path}",
            resourceId=resource,
        )
    header = (policy.replay_header.lower().encode(), b"true")
    return Reply(status, body.encode(), (header,), replayed=True)


def remember(
    world: World, marked: Mark, policy: IdempotencyPolicy, outcome: Outcome, body: bytes
) -> None:
    """Store the reply of a call for its retries."""
    world.database.run(
        "INSERT INTO idempotency (world, scope, fingerprint, resource, status, body, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (world, scope) DO UPDATE SET"
        " fingerprint = excluded.fingerprint, resource = excluded.resource,"
        " status = excluded.status, body = excluded.body, expires_at = excluded.expires_at",
        (
            world.key,
            marked.scope,
            marked.fingerprint,
            outcome.resource,
            outcome.status,
            body.decode(),
            stamp(world.now + policy.lifetime),
        ),
    )


def _fingerprint(call: Call, policy: IdempotencyPolicy) -> str:
    """Return a print of a request's content: key order, spacing and ignored members don't count."""
    content = [_kept(call.body, policy), _kept(call.arguments, policy)]
    canonical = msgspec.json.encode(content, order="deterministic")
    return hashlib.sha256(canonical).hexdigest()


def _kept(members: Any, policy: IdempotencyPolicy) -> Any:
    if not isinstance(members, dict):
        return members
    return {name: value for name, value in members.items() if name not in policy.ignored}
