"""Running checks: in order, within a budget, each as a case of the report."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from counterfoil.verify.checks import (
    credentials,
    idempotency,
    lifecycle,
    limits,
    lists,
    money,
    webhooks,
)
from counterfoil.verify.checks.check import Check
from counterfoil.verify.client import UnansweredError
from counterfoil.verify.reports.model import Case, Finding, Outcome
from counterfoil.verify.run import BrokenError, Run
from counterfoil.verify.watch import Watch

CHECKS: tuple[Check, ...] = (
    *lists.CHECKS,
    *credentials.CHECKS,
    *lifecycle.CHECKS,
    *money.CHECKS,
    *idempotency.CHECKS,
    *webhooks.CHECKS,
)
"""What is asked of every API: cheap questions first."""

LIMITED: tuple[Check, ...] = limits.CHECKS
"""What is asked of a server that counts requests."""

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading an answer raises that is not as the contract promises."""

MOST = 200
"""Findings of one check that are told: more of the same help nobody."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Until when a run may take, on the monotonic clock; None: as long as it needs."""

    end: float | None = None

    @classmethod
    def of(cls, seconds: float | None) -> "Budget":
        """Return a budget that begins now."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    @property
    def left(self) -> float | None:
        """The seconds that are left."""
        return None if self.end is None else max(0.0, self.end - time.monotonic())


def cases(
    run: Run,
    checks: Sequence[Check],
    budget: Budget = Budget(),
    told: Callable[[Case], None] = lambda _: None,
) -> Iterator[Case]:
    """Yield the case of each check, and in the end that of all answers; `told` hears of each."""
    watch = Watch(run)
    for check in checks:
        case = _case(run, check, budget)
        told(case)
        yield case
    seen = len(run.client.exchanges)
    case = _concluded("schema", f"all {seen} answers fit the document", watch.findings.values(), 0)
    told(case)
    yield case


def _case(run: Run, check: Check, budget: Budget) -> Case:
    reason = _reason(run, check, budget)
    if reason:
        return Case(check.group, check.name, "skipped", reason=reason)
    began = time.monotonic()
    return _concluded(check.group, check.name, _found(run, check), time.monotonic() - began)


def _reason(run: Run, check: Check, budget: Budget) -> str:
    """Return why a check is left out, or nothing."""
    if budget.left == 0:
        return "the budget is spent; give more with --budget"
    if check.writes and not run.rules.writes:
        return "it writes; allow that with --allow-writes"
    return check.lacks(run)


def _found(run: Run, check: Check) -> list[Finding]:
    """Return what a check finds, each finding once; what breaks it off is a finding, too."""
    found: dict[tuple[str, str, str], Finding] = {}
    try:
        for finding in check.find(run):
            found.setdefault(finding.identity, finding)
            if len(found) >= MOST:
                break
    except BrokenError as broken:
        finding = run.broken(check.group, broken)
        found.setdefault(finding.identity, finding)
    except UNREADABLE as error:
        finding = _unreadable(run, check, error)
        found.setdefault(finding.identity, finding)
    except UnansweredError as unanswered:
        claim = f"{unanswered.request.method} {unanswered.request.path} is answered"
        finding = run.finding(check.group, unanswered.request.path, claim, seen=str(unanswered))
        found.setdefault(finding.identity, finding)
    return list(found.values())


def _unreadable(run: Run, check: Check, error: Exception) -> Finding:
    """Return the finding of an answer in which a check did not find what the contract promises."""
    last = run.client.exchanges[-1] if run.client.exchanges else None
    claim = f"{check.name}: the answers hold what is looked for"
    seen = f"{type(error).__name__}: {error}"
    return run.finding(check.group, run.contract.api, claim, seen=seen, exchange=last)


def _concluded(group: str, name: str, found: Iterable[Finding], seconds: float) -> Case:
    findings = list(found)
    outcome: Outcome = "passed"
    if findings:
        outcome = "failed" if any(f.severity == "error" for f in findings) else "noted"
    return Case(group, name, outcome, seconds, findings)
