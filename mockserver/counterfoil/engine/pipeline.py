"""The one way through: recall, decide, commit, render, remember."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from counterfoil.contract.model import Contract
from counterfoil.domain.outcome import invalid
from counterfoil.engine import idempotency
from counterfoil.engine.call import Call, Conforms, Reply
from counterfoil.engine.commit import commit
from counterfoil.engine.outcome import NOTHING, Outcome
from counterfoil.engine.store import Store
from counterfoil.engine.world import World, WorldRow

Function = Callable[[Call, World], Outcome]
"""An operation: decides what a call is answered and what it changes, and changes nothing itself."""

Functions = Mapping[str, Function]
"""An API's operations, by operationId."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What calls of one API go through: its contract and functions, over a store."""

    contract: Contract
    functions: Functions
    store: Store

    def handle(self, call: Call, row: WorldRow, conforms: Conforms) -> Reply:
        """Answer a call in its world; everything it changes is stored together with the answer.

        Raises Refusal, having changed nothing, where the contract says no.
        """
        if not call.operation.changes:
            return _render(self._decide(call, self.store.open(row)), conforms)
        with self.store.writing(row) as world:
            policy = self.contract.policy.idempotency
            marked = idempotency.mark(call, policy)
            earlier = idempotency.recall(world, marked, policy) if marked and policy else None
            if earlier and not call.violations:
                return earlier
            outcome = self._decide(call, world)
            commit(world, outcome.change, self.contract.api)
            reply = _render(outcome, conforms)
            if marked and policy:
                idempotency.remember(world, marked, policy, outcome, reply.body)
            return reply

    def _decide(self, call: Call, world: World) -> Outcome:
        if call.violations:
            raise invalid(self.contract.policy.bodies.invalid, call.violations)
        return self.functions[call.operation.function](call, world)


def _render(outcome: Outcome, conforms: Conforms) -> Reply:
    """Return the reply of an outcome; one that breaks the contract is our bug, and nothing stays."""
    conforms(outcome.status, outcome.body)
    change = outcome.done + outcome.change if outcome.done is not NOTHING else outcome.change
    if change is NOTHING:
        return Reply(outcome.status, _encode(outcome.body))
    return Reply(
        outcome.status,
        _encode(outcome.body),
        transitions=tuple(
            [(t.kind, t.id, t.trigger, t.source, t.target) for t in change.transitions]
        ),
        events=tuple([(event.id, event.type) for event in change.events]),
    )
