"""The control plane: worlds are made here. Its refusals are problem details (RFC 9457)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from counterfoil import __version__
from counterfoil.contract.model import Contract
from counterfoil.contract.rows import Row
from counterfoil.domain.outcome import Refusal, Violation, invalid, summary
from counterfoil.engine.api import Request, Told
from counterfoil.engine.call import Call, Conforms, Principal, Reply
from counterfoil.engine.clock import Clock
from counterfoil.engine.faults import Standing
from counterfoil.engine.journal import Exchange
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.worlds import Opening, UnknownFixtureError, Worlds
from counterfoil.web.service import Visit

_encode = msgspec.json.Encoder().encode
ANYBODY = Visit(Principal("", "", frozenset()), None)


class Rules(Row, frozen=True):
    """The `rules` of the control plane's policy.yaml."""

    fixture: str
    instant: datetime


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the hub and each API are served."""

    hub: str
    apis: Mapping[str, str]


class ControlService:
    """The control plane, open to requests."""

    error_type = b"application/problem+json"

    def __init__(self, contract: Contract, worlds: Worlds, addresses: Addresses) -> None:
        self.contract = contract
        self.rules = msgspec.convert(contract.policy.rules, Rules)
        self._worlds = worlds
        self._addresses = addresses
        self._functions: Mapping[str, Callable[[Call], Outcome]] = {
            "getHealth": self.get_health,
            "createWorld": self.create_world,
        }

    def get_health(self, call: Call) -> Outcome:
        """Tell that the sandbox is up, and what it serves."""
        apis = {
            name: {"title": api.contract.policy.service.title, "url": self._addresses.apis[name]}
            for name, api in self._worlds.apis.items()
        }
        worlds = len(self._worlds.store.worlds())
        return Outcome({"status": "ok", "version": __version__, "worlds": worlds, "apis": apis})

    def create_world(self, call: Call) -> Outcome:
        """Create a world from a fixture, and tell everything a client needs to know of it."""
        asked = call.body or {}
        clock = self._clock(asked.get("clock", {"mode": "frozen"}))
        opening = Opening(asked.get("fixture", self.rules.fixture), asked.get("seed", 1), clock)
        try:
            row = self._worlds.create(opening)
        except UnknownFixtureError as unknown:
            raise Refusal("UNKNOWN_FIXTURE", reason=str(unknown)) from None
        return Outcome(described(self._worlds.describe(row), self._addresses), status=201)

    def enter(self, request: Request) -> Visit:
        """Let anybody in who reaches the server."""
        return ANYBODY

    def fault(self, call: Call, visit: Visit) -> Standing | None:
        """Return nothing: the control plane does as it is told."""
        return None

    def answer(self, call: Call, visit: Visit, conforms: Conforms) -> Reply:
        """Answer a call of the control plane."""
        if call.violations:
            raise invalid(self.contract.policy.bodies.invalid, call.violations)
        outcome = self._functions[call.operation.function](call)
        conforms(outcome.status, outcome.body)
        return Reply(outcome.status, _encode(outcome.body))

    def envelope(self, refusal: Refusal, told: Told) -> Mapping[str, Any]:
        """Return a refusal as problem details."""
        row = self.contract.refusals[refusal.code]
        problem: dict[str, Any] = {
            "type": f"urn:counterfoil:{row.code.lower().replace('_', '-')}",
            "title": row.code.replace("_", " ").capitalize().replace("json", "JSON"),
            "status": row.status,
            "detail": self.contract.message(refusal, elsewhere=self._elsewhere(told.path)),
        }
        if refusal.violations:
            errors = problem["errors"] = [self._told(violation) for violation in refusal.violations]
            problem["detail"] = summary(problem["detail"], [error["message"] for error in errors])
        return problem

    def now(self, visit: Visit | None) -> datetime:
        """Return the time outside every world."""
        return self._worlds.store.wall()

    def next_trace(self, visit: Visit | None) -> str:
        """Return nothing: problem details carry no trace."""
        return ""

    def note(self, exchange: Exchange) -> None:
        """Calls of the control plane are no part of any world's journal."""

    def _clock(self, asked: Mapping[str, str]) -> Clock:
        now = datetime.fromisoformat(asked["now"].upper()) if "now" in asked else None
        if asked["mode"] == "frozen":
            return Clock.frozen_at((now or self.rules.instant).astimezone(UTC))
        return Clock.live_at(now, self._worlds.store.wall) if now else Clock.live()

    def _elsewhere(self, path: str) -> str:
        """Return where a path that the control plane lacks would be an API's, or nothing."""
        first = path.split("/", 2)[1:2]
        for name, api in self._worlds.apis.items():
            if first in [known.split("/", 2)[1:2] for known in api.contract.document["paths"]]:
                title = api.contract.policy.service.title
                return f"; {title} is served at {self._addresses.apis[name]}"
        return ""

    def _told(self, violation: Violation) -> dict[str, str]:
        row = self.contract.violations[violation.keyword]
        message = violation.told(row.message)
        return {"field": violation.field, "code": row.code, "message": message}


def described(world: Mapping[str, Any], addresses: Addresses) -> dict[str, Any]:
    """Return the description of a world, with the addresses it is served at."""
    whole = {**world, "url": addresses.hub}
    for name, url in addresses.apis.items():
        whole[name] = {"url": url, **world[name]}
    return whole
