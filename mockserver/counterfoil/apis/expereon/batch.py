"""Batches: one call that decides about many things, each stored before the next is looked at.

All of it is one transaction of the world: what goes wrong with the call itself leaves nothing, what is
refused of one item leaves the others.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.commit import commit
from counterfoil.engine.outcome import NOTHING, Change, Outcome
from counterfoil.engine.world import World

Json = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """A batch under way; `operation` is what its answer calls it."""

    book: Rulebook
    world: World
    operation: str
    id: str = field(init=False)
    _done: Change = field(init=False, default=NOTHING)
    _results: list[Json] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.id = self.world.next_id("batch")

    def decide(self, decide: Callable[[], Outcome]) -> Outcome | Refusal:
        """Return what was decided of one item, stored; or why it was refused, nothing stored."""
        numbers = dict(self.world.counters.values)
        try:
            outcome = decide()
        except Refusal as refused:
            self.world.counters.rewind(numbers)
            return refused
        commit(self.world, outcome.change, self.book.contract.api)
        self._done += outcome.change
        return outcome

    def tell(self, result: Json) -> None:
        """Add what the answer says of one item; its member `success` is what is counted."""
        self._results.append(result)

    def error(self, refused: Refusal) -> Json:
        """Return a refusal as the result of an item tells it."""
        contract = self.book.contract
        return {
            "statusCode": contract.status(refused),
            "code": refused.code,
            "message": contract.message(refused),
        }

    def outcome(self, **more: Any) -> Outcome:
        """Return the answer of the whole batch, with further members."""
        succeeded = sum(result["success"] for result in self._results)
        body = {
            "batchId": self.id,
            "operation": self.operation,
            "totalCount": len(self._results),
            "succeededCount": succeeded,
            "failedCount": len(self._results) - succeeded,
            "results": self._results,
            **more,
        }
        return Outcome(body, resource=self.id, done=self._done)
