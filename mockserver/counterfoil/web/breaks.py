"""What breaks on demand: the effects of fault rules on a request and its reply."""

import asyncio
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from counterfoil.contract.rows import RefusalPolicy
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.call import Reply
from counterfoil.engine.faults import AFTER, BEFORE, Effect, Standing
from counterfoil.web.protocol import ABORT

LONGEST = 60
"""Seconds after which even a request that is never answered is cut off."""

LOST = ("loseResponse", "timeout", "reset")
"""The effects that leave a request without any answer."""


async def before(fault: Standing, codes: RefusalPolicy) -> bool:
    """Let go wrong what goes wrong before anything was done; tell whether nothing is to be done.

    Raises Refusal where the fault is an error.
    """
    effect = fault.rule.effect
    if effect.type == "error":
        told = (effect.status, effect.message)
        raise Refusal(effect.code, headers=effect.headers, simulated=told)
    if effect.type == "rateLimit":
        told = (429, "Too many requests: a fault that was asked for")
        headers = {"retry-after": str(effect.retry_after)}
        raise Refusal(codes.too_many or codes.bug, headers=headers, simulated=told)
    if effect.type == "delay" and effect.phase == BEFORE:
        await asyncio.sleep(effect.ms / 1000)
    return effect.type in ("timeout", "reset") and effect.phase == BEFORE


async def spoil(fault: Standing, reply: Reply, scope: Scope, receive: Receive, send: Send) -> bool:
    """Let go wrong what goes wrong with the answer; tell whether it is not to be sent any more."""
    effect = fault.rule.effect
    if effect.type == "delay" and effect.phase == AFTER:
        await asyncio.sleep(effect.ms / 1000)
    elif effect.type in LOST:
        if effect.type == "timeout":
            with suppress(TimeoutError):
                await asyncio.wait_for(_gone(receive), LONGEST)
        await _cut(scope, receive)
        return True
    elif effect.type in ("truncate", "malformed"):
        await _damaged(effect, reply, scope, receive, send)
        return True
    return False


async def _damaged(
    effect: Effect, reply: Reply, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send half a body: as if it were whole or, where it is truncated, until the connection breaks."""
    body = reply.body or b"".join(reply.stream or ())
    half = body[: len(body) // 2]
    truncated = effect.type == "truncate"
    length = len(body) if truncated else len(half)
    headers = [
        (b"content-type", b"application/json"),
        *reply.headers,
        (b"content-length", str(length).encode()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": half, "more_body": truncated})
    if truncated:
        await asyncio.sleep(0)  # what was written goes out at the end of the turn
        await _cut(scope, receive, gently=True)


async def _cut(scope: Scope, receive: Receive, *, gently: bool = False) -> None:
    """Cut the connection, and wait until the server has noticed."""
    extension = scope["extensions"][ABORT]
    (extension["close"] if gently else extension["abort"])()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
