"""Verification from beginning to end: the server, the checks, the fuzzing phase, the report."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from counterfoil.operating import OperatingError, nearest
from counterfoil.verify import fuzzing
from counterfoil.verify.mock import Mock
from counterfoil.verify.reports.model import Case, Finding, Report
from counterfoil.verify.run import Run
from counterfoil.verify.suite import CHECKS, LIMITED, Budget, cases
from counterfoil.verify.target import Asked, Opened, opened

Told = Callable[[Case], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups of checks are run, for how long, and what has to be seen.

    With none named all are run, those with made-up requests only if `fuzzed`.
    """

    groups: tuple[str, ...] = ()
    seconds: float | None = None
    coverage: float | None = None
    fuzzed: bool = True

    def has(self, group: str) -> bool:
        """Tell whether a group is run."""
        return group in self.groups if self.groups else self.fuzzed or group != fuzzing.GROUP


def verify(asked: Asked, wanted: Wanted, told: Told = lambda _: None) -> Report:
    """Return what verifying a server gave; OperatingError where it cannot be verified."""
    started, began = datetime.now(UTC), time.monotonic()
    budget = Budget.of(wanted.seconds)
    with ExitStack() as stack:
        mock = stack.enter_context(Mock()) if asked.target is None else None
        server = stack.enter_context(opened(asked, mock))
        run = server.run()
        _require_known(wanted, run)
        found = [*_checked(server, run, wanted, budget, told)]
        if wanted.has(fuzzing.GROUP):
            fuzzed = fuzzing.case(run, budget)
            told(fuzzed)
            found.append(fuzzed)
        found += _coverage(run, wanted)
        return Report(
            title=f"counterfoil verify {asked.api}",
            target=asked.target or "our own mock",
            started=started,
            seconds=time.monotonic() - began,
            cases=found,
            tables=run.coverage.tables(),
            exchanges=run.client.exchanges,
            facts=(("seed", str(asked.rules.seed)),),
        )


def _checked(server: Opened, run: Run, wanted: Wanted, budget: Budget, told: Told) -> list[Case]:
    """Return the cases of all checks; those about limits get a world that counts, where they can."""
    known = [check for check in (*CHECKS, *run.subject.checks) if wanted.has(check.group)]
    found = list(cases(run, known, budget, told)) if known else []
    counted = [check for check in LIMITED if wanted.has(check.group)]
    if counted:
        limited = server.run(limited=True) if server.mock else run
        found += cases(limited, counted, budget, told)
        if limited is not run:
            run.coverage.codes |= limited.coverage.codes
            run.client.exchanges += limited.client.exchanges
    return found


def _coverage(run: Run, wanted: Wanted) -> list[Case]:
    """Return the case of how much was seen, where that was asked for."""
    if wanted.coverage is None:
        return []
    percent = run.coverage.percent
    name = f"at least {wanted.coverage:g} % of what can be reached was seen"
    if percent >= wanted.coverage:
        return [Case("coverage", name, "passed")]
    finding = Finding("coverage", run.contract.api, name, f"{percent:.1f} %")
    return [Case("coverage", name, "failed", findings=[finding])]


def _require_known(wanted: Wanted, run: Run) -> None:
    known = {check.group for check in (*CHECKS, *LIMITED, *run.subject.checks)} | {fuzzing.GROUP}
    for group in wanted.groups:
        if group not in known:
            raise OperatingError(
                f"There are no checks called {group!r}{nearest(group, known)}; known are {', '.join(sorted(known))}"
            )
