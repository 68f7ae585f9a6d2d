"""Putting an API together from its folder's functions, each bound to the rulebook that it reads."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from counterfoil.contract.model import Contract
from counterfoil.domain.outcome import Refusal
from counterfoil.engine.api import Api, Greet, Repertoire, Request, Told
from counterfoil.engine.call import Call, Principal
from counterfoil.engine.outcome import Change, Outcome
from counterfoil.engine.perform import Steps
from counterfoil.engine.records import Kind
from counterfoil.engine.store import Session, Store
from counterfoil.engine.webhooks import Hooks
from counterfoil.engine.world import World

B = TypeVar("B")
"""The rulebook of an API: its tables, as its functions read them."""

R = TypeVar("R")

Operations = Mapping[str, Callable[[B, Call, World], Outcome | Steps]]
"""What answers each operation, by operationId."""

Outsides = Mapping[str, Callable[[B, Call, World, Store], Outcome]]
"""What may happen from outside, by operationId of outside.yaml."""

Jobs = Mapping[str, Callable[[B, World, str], Change]]
"""What falls due, by type."""


def assembled(  # noqa: PLR0913  what an API is made of
    contract: Contract,
    book: B,
    kinds: tuple[Kind[Any], ...],
    *,
    operations: Operations[B],
    outside: Outsides[B],
    authenticate: Callable[[B, Request, Store], Session],
    envelope: Callable[[B, Refusal, Told], Any],
    furnish: Callable[[B, Repertoire, World, Mapping[str, Any]], None],
    admit: Callable[[B, World, Store], Mapping[str, Any]],
    greet: Greet,
    jobs: Jobs[B] | None = None,
    gate: Callable[[B, World, Principal], None] | None = None,
    hooks: Hooks | None = None,
) -> Api:
    """Return an API as the server knows it; OperatingError where an operation has no function."""
    repertoire = Repertoire(_bound(book, operations), _bound(book, jobs or {}))
    return Api(
        name=contract.api,
        contract=contract,
        kinds=kinds,
        functions=repertoire.functions,
        authenticate=partial(authenticate, book),
        envelope=partial(envelope, book),
        furnish=partial(furnish, book, repertoire),
        admit=partial(admit, book),
        greet=greet,
        jobs=repertoire.jobs,
        outside=_bound(book, outside),
        gate=partial(gate, book) if gate else None,
        hooks=hooks,
    )


def _bound(book: B, functions: Mapping[str, Callable[..., R]]) -> dict[str, Callable[..., R]]:
    return {name: partial(function, book) for name, function in functions.items()}
