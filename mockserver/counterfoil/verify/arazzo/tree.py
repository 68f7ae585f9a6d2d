"""A run on a terminal: every step as it is taken; elsewhere, a line for each workflow and what failed."""

import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from counterfoil.verify.arazzo.criteria import told
from counterfoil.verify.arazzo.model import Step
from counterfoil.verify.arazzo.results import State, StepResult, WorkflowResult
from counterfoil.verify.arazzo.scope import body_of
from counterfoil.verify.curl import curl
from counterfoil.verify.masking import Secrets

MARKS = {State.PASSED: "✓", State.FAILED: "✗", State.HANDLED: "↻", State.SKIPPED: "-"}
COLOURS = {State.PASSED: "32", State.FAILED: "31", State.HANDLED: "33", State.SKIPPED: "33"}
ERASE = "\r\x1b[K"


class Tree:
    """Prints a run while it is under way; colours and unfinished lines only where it is `live`."""

    def __init__(
        self, secrets: Secrets, out: TextIO | None = None, *, live: bool | None = None
    ) -> None:
        self._secrets = secrets
        self._out = out or sys.stdout
        self._live = self._out.isatty() if live is None else live
        self._file = ""

    def opens(self, file: str, workflow_id: str, summary: str, row: str = "") -> None:
        """Tell that a workflow begins."""
        if file != self._file:
            self._file = file
            self._line(file)
        if self._live:
            self._line(f"  {_title(workflow_id, summary, row)}")

    def begins(self, step: Step, depth: int) -> None:
        """Show a step that is under way."""
        if self._live:
            self._write(f"{ERASE}{_indent(depth)}… {step.step_id}")

    def ended(self, result: StepResult, depth: int) -> None:
        """Show how a step ended."""
        if self._live:
            self._write(ERASE)
        if self._live or result.state is State.FAILED:
            self._line(f"{_indent(depth)}{self._mark(result.state)} {_step(result)}")
        if result.state is State.FAILED:
            for line in details(result, self._secrets):
                self._line(f"{_indent(depth)}    {line}")

    def closes(self, result: WorkflowResult) -> None:
        """Tell how a workflow ended."""
        if not self._live:
            title = _title(result.workflow_id, result.summary, result.row)
            self._line(f"  {self._mark(result.state)} {title} ({_steps(result.count)})")
        if result.reason:
            self._line(f"      {result.reason}")

    def sums_up(self, results: Sequence[WorkflowResult], seconds: float) -> None:
        """Tell how the whole run ended."""
        steps = sum(result.count for result in results)
        self._line("")
        for state, count in _counts(results):
            self._line(f"{self._mark(state)} {count} {_plural('workflow', count)} {state}")
        self._line(f"{_steps(steps)} in {seconds:.1f} s")

    def says(self, text: str) -> None:
        """Print a line of another kind."""
        self._line(text)

    def _mark(self, state: State) -> str:
        mark = MARKS[state]
        return f"\x1b[{COLOURS[state]}m{mark}\x1b[0m" if self._live else mark

    def _line(self, text: str) -> None:
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        self._out.write(self._secrets.masked(text))
        self._out.flush()


def details(result: StepResult, secrets: Secrets) -> Iterator[str]:
    """Yield what was expected of a step, what came, and the command that asks again."""
    for verdict in result.failures:
        yield f"expected  {verdict.expected}"
        yield f"came      {verdict.saw}"
    if result.exchange is not None:
        yield f"answer    {result.exchange.status} {told(body_of(result.exchange))}"
        yield from curl(result.exchange.request, secrets).splitlines()


def _title(workflow_id: str, summary: str, row: str) -> str:
    return f"{workflow_id}{f' [{row}]' if row else ''}{f': {summary}' if summary else ''}"


def _step(result: StepResult) -> str:
    status = f" {result.exchange.status}" if result.exchange else ""
    took = f" {result.seconds * 1000:.0f} ms" if result.exchange else ""
    return f"{result.step_id}  {result.called}{status}{took}{f', {result.note}' if result.note else ''}"


def _indent(depth: int) -> str:
    return "    " + "  " * depth


def _counts(results: Sequence[WorkflowResult]) -> list[tuple[State, int]]:
    counted = [(state, sum(r.state is state for r in results)) for state in State]
    return [(state, count) for state, count in counted if count]


def _steps(count: int) -> str:
    return f"{count} {_plural('step', count)}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
