"""What is asked of every answer, whatever it was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from counterfoil.contract.model import Operation
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.judge import Judge
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.routes import Routes
from counterfoil.verify.run import Run

CRASHED = 500
REFUSED = 400


@dataclass
class Watch:
    """Looks at each exchange of a run as it happens; what it finds is in `findings`, each once."""

    run: Run
    findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        run = self.run
        self._judge = Judge(run.contract.document, run.client.url)
        self._routes = Routes(run.contract.operations.values(), run.client.url)
        run.client.listeners.append(self)

    def __call__(self, exchange: Exchange) -> None:
        """Look at an exchange."""
        operation = self._routes.operation(exchange)
        if operation is not None:
            self.run.coverage.statuses[operation.id].add(exchange.status)
        found = [*self._misfits(exchange, operation), *self._refusal(exchange, operation)]
        for finding in found:
            self.findings.setdefault(finding.identity, finding)

    def _misfits(self, exchange: Exchange, operation: Operation | None) -> Iterator[Finding]:
        name = operation.id if operation else exchange.request.path
        for sentence in self._judge.misfits(exchange):
            yield self.run.finding(
                "schema",
                name,
                f"a {exchange.status} fits the document: {sentence}",
                provenance=operation.provenance if operation else "documented",
                exchange=exchange,
            )

    def _refusal(self, exchange: Exchange, operation: Operation | None) -> Iterator[Finding]:
        """Yield what is wrong with a refusal: its code, its status, what its details carry."""
        if exchange.status < REFUSED:
            return
        name = operation.id if operation else exchange.request.path
        claim, provenance = self._broken(exchange, operation)
        if claim:
            yield self.run.finding(
                "refusals", name, claim, provenance=provenance, exchange=exchange
            )

    def _broken(self, exchange: Exchange, operation: Operation | None) -> tuple[str, str]:
        code = self.run.subject.error(exchange)
        rows = self.run.contract.refusals
        if exchange.status >= CRASHED:
            return f"no request is answered with {exchange.status}", "documented"
        if code is None or code not in rows:
            return f"a {exchange.status} carries a code of the table of errors", "documented"
        self.run.coverage.codes.add(code)
        row = rows[code]
        if row.status != exchange.status:
            return f"{code} is told with {row.status}", row.provenance
        if operation and row.where == "listed" and code not in operation.errors:
            return f"{operation.id} may answer {code}", operation.provenance
        missing = set(row.facts) - self.run.subject.facts(exchange)
        if missing:
            return f"the details of {code} name {', '.join(sorted(missing))}", "inferred"
        return "", ""
