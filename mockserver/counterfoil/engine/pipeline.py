"""The one way through: recall, decide, commit, render, remember."""

from dataclasses import dataclass

from counterfoil.contract.model import Contract
from counterfoil.domain.outcome import invalid
from counterfoil.engine import exact, idempotency
from counterfoil.engine.call import Call, Conforms, Reply
from counterfoil.engine.exports import Export
from counterfoil.engine.files import Content
from counterfoil.engine.outcome import NOTHING, Outcome, Text
from counterfoil.engine.perform import Functions, perform
from counterfoil.engine.store import Store
from counterfoil.engine.world import World, WorldRow

_encode = exact.encode


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
            return render(self._perform(call, self.store.open(row)), conforms)
        with self.store.writing(row) as world:
            policy = self.contract.policy.idempotency
            marked = idempotency.mark(call, policy)
            earlier = idempotency.recall(world, marked, policy) if marked and policy else None
            if earlier and not call.violations:
                return earlier
            outcome = self._perform(call, world)
            reply = render(outcome, conforms)
            if marked and policy:
                idempotency.remember(world, marked, policy, outcome, reply.body)
            return reply

    def _perform(self, call: Call, world: World) -> Outcome:
        if call.violations:
            raise invalid(self.contract.policy.bodies.invalid, call.violations)
        function = self.functions[call.operation.function]
        return perform(function, call, world, self.contract.api)


def render(outcome: Outcome, conforms: Conforms) -> Reply:
    """Return the reply of an outcome; one that breaks the contract is our bug, and nothing stays."""
    if isinstance(outcome.body, Export):  # written while it is sent: too late to be judged
        return Reply(outcome.status, b"", outcome.body.headers, stream=outcome.body.parts())
    if isinstance(outcome.body, Content):
        return Reply(outcome.status, outcome.body.body, outcome.body.headers)
    conforms(outcome.status, outcome.body)
    change, told = outcome.change, outcome.body
    text = isinstance(told, Text)
    body, headers = (told.text.encode(), told.headers) if text else (_encode(told), ())
    if change is NOTHING:
        return Reply(outcome.status, body, headers)
    return Reply(
        outcome.status,
        body,
        headers,
        transitions=tuple(
            [(t.kind, t.id, t.trigger, t.source, t.target) for t in change.transitions]
        ),
        events=tuple([(event.id, event.type) for event in change.events]),
    )
