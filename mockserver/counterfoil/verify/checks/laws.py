"""What laws that only one API has are told with: `contract_tests/<api>/laws.py` holds them."""

from collections.abc import Callable, Iterator

from counterfoil.verify.checks.check import Check
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.reports.model import Finding
from counterfoil.verify.run import Run


def told(  # noqa: PLR0913  what a law is
    run: Run,
    holds: bool,  # noqa: FBT001  it is what a law is about
    operation: str,
    claim: str,
    exchange: Exchange,
    *,
    provenance: str = "documented",
) -> Iterator[Finding]:
    """Yield the finding of a law that does not hold."""
    if not holds:
        group = run.contract.api
        yield run.finding(group, operation, claim, exchange=exchange, provenance=provenance)


def refused(
    run: Run, code: str, operation: str, claim: str, exchange: Exchange
) -> Iterator[Finding]:
    """Yield the finding of a request that is not refused with a code."""
    row = run.contract.refusals[code]
    holds = run.subject.error(exchange) == code
    yield from told(run, holds, operation, f"{claim} ({code})", exchange, provenance=row.provenance)


def laws(group: str, *found: Callable[[Run], Iterator[Finding]]) -> tuple[Check, ...]:
    """Return laws as checks, each called as its function is."""
    return tuple(Check(group, find.__name__.replace("_", " "), find) for find in found)
