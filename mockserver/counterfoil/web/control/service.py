"""The control plane as a service: who may use it, and how its answers look (RFC 9457)."""

import hmac
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from counterfoil import __version__
from counterfoil.contract.model import Contract, Operation
from counterfoil.domain.outcome import Refusal, Violation, invalid, summary
from counterfoil.engine.api import Request, Told
from counterfoil.engine.call import Call, Conforms, Principal, Reply
from counterfoil.engine.faults import Standing
from counterfoil.engine.journal import Exchange
from counterfoil.engine.outcome import Outcome
from counterfoil.engine.pipeline import render
from counterfoil.engine.store import WorldGoneError
from counterfoil.web.control.clocks import Clocks
from counterfoil.web.control.coverage import Coverage
from counterfoil.web.control.desk import Desk, Function
from counterfoil.web.control.inboxes import Inboxes
from counterfoil.web.control.journals import Journals
from counterfoil.web.control.letters import Letters
from counterfoil.web.control.mischief import Mischief
from counterfoil.web.control.outside import OutsideWorld
from counterfoil.web.control.post import Post
from counterfoil.web.control.rules import Rules
from counterfoil.web.control.timeline import Timeline
from counterfoil.web.control.universes import Universes
from counterfoil.web.service import Visit

ANYBODY = Visit(Principal("", "", frozenset()), None)


class ControlService:
    """The control plane, open to requests.

    `token` is what every request has to bring, if there is one; `hosts` are the names it answers to.
    """

    error_type = b"application/problem+json"

    def __init__(self, contract: Contract, desk: Desk, token: str | None, host: str) -> None:
        self.contract = contract
        self.desk = desk
        rules = self.rules = msgspec.convert(contract.policy.rules, Rules)
        self._token = token
        self._hosts = frozenset((*rules.hosts, host))
        timeline = Timeline(desk, rules.most_steps)
        universes = Universes(desk, rules)
        general = contract.policy.bodies.invalid
        rooms = (
            universes,
            Clocks(desk, universes, timeline),
            Post(desk),
            Mischief(desk, rules, general),
            Journals(desk, general),
            Inboxes(desk, rules, general),
            Letters(desk),
            OutsideWorld(desk),
            Coverage(desk),
        )
        self._functions: dict[str, Function] = {"getHealth": self.get_health}
        for room in rooms:
            self._functions.update(room.functions)
        wanted, written = self._functions.keys(), contract.operations.keys()
        assert wanted == written, f"functions and operations differ: {wanted ^ written}"

    def get_health(self, call: Call) -> Outcome:
        """Tell that the sandbox is up, and what it serves."""
        apis = {
            name: {
                "title": api.contract.policy.service.title,
                "url": self.desk.addresses.apis[name],
            }
            for name, api in self.desk.apis.items()
        }
        worlds = self.desk.store.count()
        return Outcome({"status": "ok", "version": __version__, "worlds": worlds, "apis": apis})

    def enter(self, request: Request) -> Visit:
        """Let in who brings the token or, where there is none, comes by a name of this machine.

        A page of another origin, which a browser may have been led to, is not let in.
        """
        known = request.host in self._hosts or request.host.endswith(".localhost")
        if self._token is None and not known:
            raise Refusal("HOST_NOT_ALLOWED", host=request.host)
        origin = request.header(b"origin")
        if origin is not None and origin.partition("//")[2] != request.header(b"host"):
            raise Refusal("ORIGIN_NOT_ALLOWED", origin=origin)
        if self._token is not None:
            given = (request.header(b"authorization") or "").removeprefix("Bearer ")
            if not hmac.compare_digest(self._token.encode(), given.encode("latin-1", "replace")):
                raise Refusal("UNAUTHORIZED", headers={"www-authenticate": "Bearer"})
        return ANYBODY

    def gate(self, visit: Visit) -> None:
        """Stand open: whoever was let in may do everything."""

    def count(self, visit: Visit, operation: Operation | None) -> tuple[tuple[bytes, bytes], ...]:
        """Count nothing: whoever turns the worlds about may do so as often as they like."""
        return ()

    def fault(self, call: Call, visit: Visit) -> Standing | None:
        """Return nothing: the control plane does as it is told."""
        return None

    def answer(self, call: Call, visit: Visit, conforms: Conforms) -> Reply | Awaitable[Reply]:
        """Answer a call of the control plane."""
        if call.violations:
            raise invalid(self.contract.policy.bodies.invalid, call.violations)
        try:
            outcome = self._functions[call.operation.function](call)
        except WorldGoneError:
            raise _gone(call) from None
        if isinstance(outcome, Outcome):
            return render(outcome, conforms)
        return _later(outcome, call, conforms)

    def told(self, path: str, trace: str, operation: Operation | None, visit: Visit | None) -> Told:
        """Return what problem details may depend on."""
        return Told(path, trace, self.now(visit))

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
        return self.desk.store.wall()

    def next_trace(self, visit: Visit | None) -> str:
        """Return nothing: problem details carry no trace."""
        return ""

    def note(self, exchange: Exchange) -> None:
        """Calls of the control plane are no part of any world's journal."""

    def _elsewhere(self, path: str) -> str:
        """Return where a path that the control plane lacks would be an API's, or nothing."""
        first = path.split("/", 2)[1:2]
        for name, api in self.desk.apis.items():
            if first in [known.split("/", 2)[1:2] for known in api.contract.document["paths"]]:
                title = api.contract.policy.service.title
                return f"; {title} is served at {self.desk.addresses.apis[name]}"
        return ""

    def _told(self, violation: Violation) -> dict[str, str]:
        row = self.contract.violations[violation.keyword]
        message = violation.told(row.message)
        return {"field": violation.field, "code": row.code, "message": message}


async def _later(outcome: Awaitable[Outcome], call: Call, conforms: Conforms) -> Reply:
    try:
        return render(await outcome, conforms)
    except WorldGoneError:
        raise _gone(call) from None


def _gone(call: Call) -> Refusal:
    """Return the refusal of a call whose world was deleted or replaced while it was answered."""
    return Refusal("NO_SUCH_WORLD", world=call.arguments.get("worldId", ""))
