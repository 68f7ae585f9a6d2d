"""What a run found, in the shape that every report is written from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from counterfoil.verify.curl import script
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.masking import Secrets

Severity = Literal["error", "note"]
Outcome = Literal["passed", "failed", "noted", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a server does that its contract does not say.

    `check` is what found it, `operation` where; `claim` is one line that says what should be,
    `provenance` how we know that it should. `exchange` shows it, and can be sent again; `command` is
    how, where there is no exchange; `before` is what has to be sent first, `names` what the names in
    it begin with that were given for this run. A note breaks nothing that a document says.
    """

    check: str
    operation: str
    claim: str
    seen: str = ""
    provenance: str = "documented"
    severity: Severity = "error"
    exchange: Exchange | None = None
    command: str = ""
    before: Sequence[Exchange] = ()
    names: str = ""

    def again(self, secrets: Secrets) -> str:
        """Return what shows it again, for a shell; nothing where there is nothing to send."""
        if self.exchange is None:
            return self.command
        return script([*self.before, self.exchange], secrets, self.names)

    @property
    def identity(self) -> tuple[str, str, str]:
        """What two findings share that are the same one."""
        return self.check, self.operation, self.claim


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a case: a call that was made, and what was said of it."""

    name: str
    outcome: Outcome
    detail: str = ""
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was checked: a check of an API, or a workflow of a scenario.

    `reason` says why it was skipped.
    """

    group: str
    name: str
    outcome: Outcome
    seconds: float = 0.0
    findings: Sequence[Finding] = ()
    steps: Sequence[Step] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A part of a report that is rows: what was covered, which arrows were walked."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run has to tell; `exchanges` is all that was said, in order."""

    title: str
    target: str
    started: datetime
    seconds: float
    cases: Sequence[Case]
    tables: Sequence[Table] = ()
    exchanges: Sequence[Exchange] = ()
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)

    def count(self, outcome: Outcome) -> int:
        """Return how many cases had an outcome."""
        return sum(case.outcome == outcome for case in self.cases)

    @property
    def findings(self) -> list[Finding]:
        """Every finding, errors first."""
        found = [finding for case in self.cases for finding in case.findings]
        return sorted(found, key=lambda finding: finding.severity)

    @property
    def failed(self) -> bool:
        """Whether the run found what breaks the contract."""
        return any(case.outcome == "failed" for case in self.cases)
