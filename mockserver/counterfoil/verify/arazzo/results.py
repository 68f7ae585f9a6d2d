"""What came of a run: of each step, of each workflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from counterfoil.verify.arazzo.criteria import Verdict
from counterfoil.verify.exchange import Exchange


class State(StrEnum):
    """How a step or a workflow ended.

    A step is handled when it failed and an action of the story took over: it was tried again, or the
    story went on elsewhere.
    """

    PASSED = "passed"
    FAILED = "failed"
    HANDLED = "handled"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class StepResult:
    """What came of one attempt at a step.

    `failures` are the checks that did not hold; `inner` is the workflow that it called; `note` is what
    the story did about a failure.
    """

    step_id: str
    called: str
    state: State
    exchange: Exchange | None = None
    failures: Sequence[Verdict] = ()
    inner: "WorkflowResult | None" = None
    note: str = ""

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.exchange.seconds if self.exchange else 0.0


@dataclass(frozen=True)
class WorkflowResult:
    """What came of a workflow: `reason` says why it failed before or between steps, or was skipped."""

    file: str
    workflow_id: str
    summary: str
    state: State
    steps: Sequence[StepResult] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    seconds: float = 0.0
    row: str = ""
    """Which row of a file of inputs it was run with."""

    @property
    def count(self) -> int:
        """How many steps were taken, those of inner workflows included."""
        return sum(1 if step.inner is None else step.inner.count for step in self.steps)
