"""Batches: one call that decides about many things, each stored before the next is looked at.

All of it is one transaction of the world: what goes wrong with the call itself leaves nothing, what is
refused of one item leaves the others.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from counterfoil.apis.expereon.rulebook import Rulebook
from counterfoil.apis.expereon.wire import Json
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.world import World


@dataclass(slots=True)
class Batch:
    """A batch under way; `operation` is what its answer calls it."""

    book: Rulebook
    world: World
    operation: str
    id: str = field(init=False)
    _results: list[Json] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.id = self.world.next_id("batch")

    def tell(self, result: Json) -> None:
        """Add what the answer says of one item; its member `success` is what is counted."""
        self._results.append(result)

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
        return Outcome(body, resource=self.id)


def tried(world: World, decide: Callable[[], Outcome]) -> Outcome | Refusal:
    """Return what is decided of one item, or why it is refused; a refused one takes no numbers."""
    try:
        with world.counters.tentative():
            return decide()
    except Refusal as refused:
        return refused


def error(book: Rulebook, refused: Refusal) -> Json:
    """Return a refusal as the result of an item tells it."""
    return {
        "statusCode": book.contract.status(refused),
        "code": refused.code,
        "message": book.contract.message(refused),
    }
