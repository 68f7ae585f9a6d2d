"""What answers behind the web: an API with its worlds, or the control plane."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, Protocol

from counterfoil.contract.model import Contract, Operation
from counterfoil.domain.outcome import Refusal
from counterfoil.engine import faults
from counterfoil.engine.api import Api, Request, Told
from counterfoil.engine.call import Call, Conforms, Principal, Reply
from counterfoil.engine.faults import Standing
from counterfoil.engine.journal import Exchange, Journal
from counterfoil.engine.limits import Limits
from counterfoil.engine.pipeline import Pipeline
from counterfoil.engine.store import SERVER, Store
from counterfoil.engine.values import Value
from counterfoil.engine.world import WorldRow
from counterfoil.engine.worlds import DEFAULT


class Visit(Value, frozen=True):
    """A request that was let in: for whom, and into which world if it is in one."""

    principal: Principal
    world: WorldRow | None


class Service(Protocol):
    """What the web layer asks of whatever it serves."""

    contract: Contract
    error_type: bytes

    def enter(self, request: Request) -> Visit:
        """Return who the request is from; Refusal where its credentials open nothing."""

    def gate(self, visit: Visit) -> None:
        """Raise Refusal where the visitor may not use the service at all."""

    def count(self, visit: Visit, operation: Operation | None) -> tuple[tuple[bytes, bytes], ...]:
        """Count a request, and return what its reply tells of that; Refusal where it is too many.

        One that leads nowhere is of no operation.
        """

    def fault(self, call: Call, visit: Visit) -> Standing | None:
        """Return the rule that says how this call is to go wrong, or None."""

    def answer(self, call: Call, visit: Visit, conforms: Conforms) -> Reply | Awaitable[Reply]:
        """Return the reply of a call; Refusal where the contract says no."""

    def told(self, path: str, trace: str, operation: Operation | None, visit: Visit | None) -> Told:
        """Return what an error body may depend on."""

    def envelope(self, refusal: Refusal, told: Told) -> Any:
        """Return the body of a refusal: a JSON value, or a Text where it is none."""

    def now(self, visit: Visit | None) -> datetime:
        """Return the time where the visit is."""

    def next_trace(self, visit: Visit | None) -> str:
        """Return the id of the exchange that is under way."""

    def note(self, exchange: Exchange) -> None:
        """Keep an exchange for the journal."""


class ApiService:
    """An API, open to requests."""

    def __init__(self, api: Api, store: Store, journal: Journal) -> None:
        self.contract = api.contract
        self.error_type = api.contract.policy.service.json_type.encode()
        self._api = api
        self._store = store
        self._pipeline = Pipeline(api.contract, api.functions, store)
        self._journal = journal
        policy = api.contract.policy.limits
        self._limits = Limits(policy) if policy else None

    def enter(self, request: Request) -> Visit:
        """Return who the request's credentials stand for."""
        session = self._api.authenticate(request, self._store)
        return Visit(session.principal, session.world)

    def gate(self, visit: Visit) -> None:
        """Ask the API whether the visitor may use it, where it asks at all."""
        if self._api.gate is not None and visit.world is not None:
            self._api.gate(self._store.open(visit.world), visit.principal)

    def count(self, visit: Visit, operation: Operation | None) -> tuple[tuple[bytes, bytes], ...]:
        """Count a request where the visitor's world asks for it."""
        world = visit.world
        if world is None or not world.settings.limits or self._limits is None:
            return ()
        now = world.clock.now(self._store.wall)
        bucket = operation.bucket if operation else None
        return self._limits.count(world.key, visit.principal.id, bucket, now)

    def fault(self, call: Call, visit: Visit) -> Standing | None:
        """Return the rule of the visitor's world that applies to this call, or None."""
        world = visit.world
        if world is None or not world.settings.faults:
            return None
        with self._store.writing(world) as opened:
            return faults.of_request(opened, self.contract.api, call)

    def answer(self, call: Call, visit: Visit, conforms: Conforms) -> Reply:
        """Answer a call in the visitor's world."""
        assert visit.world is not None
        return self._pipeline.handle(call, visit.world, conforms)

    def told(self, path: str, trace: str, operation: Operation | None, visit: Visit | None) -> Told:
        """Return what an error body may depend on, the visitor's world open to be looked at."""
        row, principal = self._world(visit), visit.principal if visit else None
        world = self._store.open(row) if row else None
        return Told(path, trace, self.now(visit), operation, principal, world)

    def envelope(self, refusal: Refusal, told: Told) -> Any:
        """Return the body of a refusal, in the API's own shape."""
        return self._api.envelope(refusal, told)

    def now(self, visit: Visit | None) -> datetime:
        """Return the time in the visitor's world."""
        world = self._world(visit)
        return world.clock.now(self._store.wall) if world else self._store.wall()

    def _world(self, visit: Visit | None) -> WorldRow | None:
        """Return the visitor's world; who has none is told of the default world."""
        return (visit.world if visit else None) or self._store.world(DEFAULT)

    def next_trace(self, visit: Visit | None) -> str:
        """Return the id of the world's next exchange."""
        world = visit.world if visit else None
        return self._journal.next_trace(world.key if world else SERVER)

    def note(self, exchange: Exchange) -> None:
        """Keep an exchange for the journal."""
        self._journal.add(exchange)
