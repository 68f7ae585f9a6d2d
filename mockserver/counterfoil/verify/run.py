"""A run: the server, the parties who call it, and everything that was learnt of it so far."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from counterfoil.client.world import World
from counterfoil.contract.document import resolve
from counterfoil.contract.model import Contract, Operation
from counterfoil.verify.client import Call, Client
from counterfoil.verify.coverage import Coverage
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.inbox import Receiver
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.subject import Json, Key, Subject

NOBODY = "none"
"""A path parameter that leads nowhere."""


class BrokenError(Exception):
    """Something that has to work before anything can be checked does not; it is a finding itself."""

    def __init__(self, exchange: Exchange, operation: str, claim: str) -> None:
        super().__init__(claim)
        self.exchange, self.operation, self.claim = exchange, operation, claim


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run may do: write, take inferred behaviour as seriously as documented one."""

    writes: bool = True
    strict: bool = False
    seed: int = 1


@dataclass
class Run:
    """What checks work with.

    `control` is the world of a sandbox, where there is one: its clock can be moved. `inbox` receives
    webhooks, where the server can reach it.
    """

    contract: Contract
    subject: Subject
    client: Client
    rules: Rules = Rules()
    control: World | None = None
    inbox: Receiver | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    """What one check learnt and another needs."""

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self.coverage = Coverage(self.contract, self.subject.exempt)

    @cached_property
    def mark(self) -> str:
        """What the names of everything that this run makes begin with."""
        return f"CT-{int(time.time() * 1000):x}"

    def name(self) -> str:
        """Return a name that nothing has yet."""
        return f"{self.mark}-{next(self._numbers)}"

    @property
    def parties(self) -> Sequence[str]:
        """Who calls the API in this run."""
        return tuple(self.subject.members)

    def operation(self, name: str) -> Operation:
        """Return an operation by its id."""
        return self.contract.operations[name]

    def call(self, operation: str, party: str, *, key: Key | None = None, **more: Any) -> Call:
        """Return a call of an operation by a party.

        `path` fills the parameters of the path besides those that the party always means; what is
        left leads nowhere. `body` is sent as JSON; `key` is used in place of the party's own.
        """
        known = self.operation(operation)
        member = self.subject.members[party]
        used = member.key if key is None else key
        places = {**member.places, **more.pop("path", {})}
        path = known.path
        for name in _named(path):
            path = path.replace(f"{{{name}}}", str(places.get(name, NOBODY)))
        body = more.pop("body", None)
        params = {**used.params, **(more.pop("params", None) or {})}
        headers = {**used.headers, **more.pop("headers", {})}
        return Call(known.method, path, headers, params, body, **more)

    def ask(self, operation: str, party: str, *, purpose: str = "", **more: Any) -> Exchange:
        """Call an operation as a party; return what was said."""
        return self.client.send(self.call(operation, party, **more), purpose=purpose)

    def need(self, operation: str, party: str, **more: Any) -> Exchange:
        """Call an operation that has to succeed; BrokenError where it does not."""
        exchange = self.ask(operation, party, **more)
        if not exchange.is_success:
            told = self.subject.error(exchange) or "no code"
            raise BrokenError(
                exchange, operation, f"{operation} has to succeed here, not answer {told}"
            )
        return exchange

    def body_of(self, operation: str) -> Json:
        """Return a valid body for an operation: the API's own, or the document's first example."""
        known = self.operation(operation)
        for name in (operation, known.function):
            if name in self.subject.bodies:
                return self.subject.bodies[name]
        item = self.contract.document["paths"][known.path][known.method.lower()]
        request = resolve(self.contract.document, item.get("requestBody", {}))
        media = request.get("content", {}).get("application/json", {})
        examples = [example["value"] for example in media.get("examples", {}).values()]
        return media.get("example", examples[0] if examples else None)

    def finding(  # noqa: PLR0913  what a finding is
        self,
        check: str,
        operation: str,
        claim: str,
        *,
        seen: str = "",
        provenance: str = "documented",
        exchange: Exchange | None = None,
        about: str = "",
        before: Sequence[Exchange] = (),
    ) -> Finding:
        """Return a finding: a note where only our inference is broken, unless the run is strict.

        What has to be sent before the exchange is `before`, or all that was done to the record that it
        is `about`.
        """
        if about and exchange is not None:
            before = self._story(about, exchange)
        inferred = provenance == "inferred" and not self.rules.strict
        severity: Any = "note" if inferred else "error"
        if exchange is not None and not seen:
            told = self.subject.error(exchange)
            seen = f"{exchange.status}{f' {told}' if told else ''}"
        return Finding(
            check, operation, claim, seen, provenance, severity, exchange,
            before=before, names=self.mark,
        )  # fmt: skip

    def _story(self, id: str, last: Exchange) -> Sequence[Exchange]:
        """Return what was done to a record before an exchange, its making first."""
        known = self.client.exchanges
        past = known[: known.index(last)] if last in known else known
        return tuple(
            done
            for done in past
            if done.is_success
            and done.request.method != "GET"
            and (f"/{id}" in done.request.path or _is_of(done.json, id))
        )

    def broken(self, check: str, error: BrokenError) -> Finding:
        """Return the finding of something that has to work and does not."""
        return self.finding(check, error.operation, error.claim, exchange=error.exchange)


def _is_of(answer: Json, id: str) -> bool:
    """Tell whether an answer is a record, be it in an envelope or not."""
    if not isinstance(answer, dict):
        return False
    records = [answer, *(part for part in answer.values() if isinstance(part, dict))]
    return any(str(record.get("id")) == id for record in records)


def _named(path: str) -> list[str]:
    return [part.split("}")[0] for part in path.split("{")[1:]]
