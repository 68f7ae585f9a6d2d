"""Performing an operation: what it decides is stored, at once or step by step."""

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from counterfoil.engine.call import Call
from counterfoil.engine.commit import commit
from counterfoil.engine.outcome import NOTHING, Outcome
from counterfoil.engine.world import World

Steps = Iterator[Outcome]
"""What an operation decides one after the other: each is stored before the next is decided."""

Function = Callable[[Call, World], Outcome | Steps]
"""An operation: decides what a call is answered and what it changes, and changes nothing itself.

One in steps answers with the last of them.
"""

Functions = Mapping[str, Function]
"""An API's operations, by operationId."""


def perform(function: Function, call: Call, world: World, api: str) -> Outcome:
    """Return what an operation of an API answers a call, with all it changed, which is stored."""
    decided = function(call, world)
    if isinstance(decided, Outcome):
        commit(world, decided.change, api)
        return decided
    whole, last = NOTHING, None
    for last in decided:
        commit(world, last.change, api)
        whole += last.change
    assert last is not None, f"{call.operation.id} answered nothing"
    return replace(last, change=whole)
