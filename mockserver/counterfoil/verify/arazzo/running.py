"""Walking a workflow, step by step, as its criteria and actions say."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from counterfoil.operating import OperatingError
from counterfoil.verify.arazzo import criteria, inputs
from counterfoil.verify.arazzo.calls import Prepared, prepare
from counterfoil.verify.arazzo.criteria import Verdict
from counterfoil.verify.arazzo.expressions import NoValueError, fill, parse
from counterfoil.verify.arazzo.model import (
    Action,
    Criterion,
    FailureAction,
    Parameter,
    Step,
    SuccessAction,
)
from counterfoil.verify.arazzo.results import State, StepResult, WorkflowResult
from counterfoil.verify.arazzo.scope import Memory, View
from counterfoil.verify.arazzo.script import Chapter
from counterfoil.verify.arazzo.sources import Source
from counterfoil.verify.client import Client, UnansweredError
from counterfoil.verify.exchange import Exchange
from counterfoil.verify.judge import Judge
from counterfoil.verify.pace import retry_after

T = TypeVar("T", SuccessAction, FailureAction)

MOST_STEPS = 2000
"""Steps of one workflow, repeated ones included: a story that takes more goes in circles."""

DEEPEST = 20
"""How many workflows may call each other."""


class Watcher(Protocol):
    """Who is told of a run while it is under way; `depth` is how many workflows are around it."""

    def begins(self, step: Step, depth: int) -> None:
        """Hear that a step begins."""

    def ended(self, result: StepResult, depth: int) -> None:
        """Hear how a step ended."""


class Stage:
    """Where stories are played: the servers, who judges their answers, and how time passes there.

    `address` gives the base URL of a source; `pause` lets seconds pass; `headers` are what every call
    of a source brings besides its own.
    """

    def __init__(
        self,
        client: Client,
        address: Callable[[Source], str],
        pause: Callable[[float], None],
        watcher: Watcher,
        headers: Callable[[Source], Mapping[str, str]] = lambda _: {},
    ) -> None:
        self.client, self.address, self.pause, self.watcher = client, address, pause, watcher
        self.headers = headers
        self._judges: dict[tuple[int, str], Judge] = {}

    def misfits(self, source: Source, exchange: Exchange) -> list[str]:
        """Return what the document of a source does not allow in a response."""
        address = self.address(source)
        key = (id(source.document), address)
        if key not in self._judges:
            self._judges[key] = Judge(source.document, address)
        return self._judges[key].misfits(exchange)


@dataclass(frozen=True)
class Turn:
    """What follows a step: the position of the next one, the end, or a workflow to hand over to."""

    position: int | None = None
    chapter: Chapter | None = None
    failed: bool = False


class Play:
    """One run of a workflow."""

    def __init__(
        self, stage: Stage, chapter: Chapter, values: Mapping[str, Any], depth: int = 0
    ) -> None:
        self._stage, self._chapter, self._depth = stage, chapter, depth
        self._flow, self._script = chapter.workflow, chapter.script
        self._document = chapter.script.story.document
        self._memory = Memory(chapter.script, values)
        self._results: list[StepResult] = []
        self._retries: Counter[tuple[str, str]] = Counter()

    def run(self) -> WorkflowResult:
        """Run what it depends on, then its steps; return what came of them."""
        began = time.perf_counter()
        result = self._after_dependencies() or self._steps()
        return replace(result, seconds=time.perf_counter() - began)

    def _after_dependencies(self) -> WorkflowResult | None:
        """Run the workflows it depends on; return a result only where one of them failed."""
        for name in self._flow.depends_on:
            chapter = self._script.chapter(name)
            schema = inputs.schema_of(chapter.script.story.document, chapter.workflow)
            known = {
                n: v for n, v in self._memory.inputs.items() if n in dict(inputs.properties(schema))
            }
            result = self._inner(chapter, known)
            self._results.append(StepResult(name, f"workflow {name}", result.state, inner=result))
            if result.state is not State.PASSED:
                return self._told(State.FAILED, f"{name!r}, on which it depends, failed")
        return None

    def _inner(self, chapter: Chapter, values: Mapping[str, Any]) -> WorkflowResult:
        if self._depth >= DEEPEST:
            raise OperatingError(
                f"{self._script.story.file}: workflows call each other {DEEPEST} levels deep; break the circle"
            )
        result = Play(self._stage, chapter, values, self._depth + 1).run()
        known = {"inputs": dict(values), "outputs": dict(result.outputs)}
        self._memory.workflows[chapter.name] = known
        return result

    def _steps(self) -> WorkflowResult:
        position: int | None = 0
        for _ in range(MOST_STEPS):
            if position is None or position >= len(self._flow.steps):
                return self._ended()
            turn = self._turn(position)
            if turn.failed:
                return self._told(State.FAILED)
            if turn.chapter is not None:
                return self._handed_over(turn.chapter)
            position = turn.position
        return self._told(State.FAILED, f"it took {MOST_STEPS} steps and found no end")

    def _ended(self) -> WorkflowResult:
        view = View(self._memory)
        try:
            for name, text in self._flow.outputs.items():
                self._memory.outputs[name] = parse(text).resolve(view)
        except NoValueError as error:
            return self._told(State.FAILED, f"output {name!r}: {error}")
        return self._told(State.PASSED)

    def _handed_over(self, chapter: Chapter) -> WorkflowResult:
        """Let another workflow go on; its end is the end of this one."""
        schema = inputs.schema_of(chapter.script.story.document, chapter.workflow)
        names = dict(inputs.properties(schema))
        result = self._inner(chapter, {n: v for n, v in self._memory.inputs.items() if n in names})
        self._results.append(
            StepResult(chapter.name, f"workflow {chapter.name}", result.state, inner=result)
        )
        self._memory.outputs.update(result.outputs)
        return self._told(result.state, result.reason)

    def _told(self, state: State, reason: str = "") -> WorkflowResult:
        return WorkflowResult(
            str(self._script.story.file),
            self._flow.workflow_id,
            self._flow.summary,
            state,
            tuple(self._results),
            dict(self._memory.outputs),
            reason,
        )

    def _turn(self, position: int) -> Turn:
        """Take a step, tell how it ended, and return what follows."""
        step = self._flow.steps[position]
        self._stage.watcher.begins(step, self._depth)
        result, view = self._taken(step)
        if result.state is State.PASSED:
            action = self._success_action(step, view)
            self._tell(result)
            if action is None:
                return Turn(position + 1)
            return Turn() if action.type == "end" else self._goto(action)
        return self._after_failure(position, step, result, view)

    def _after_failure(self, position: int, step: Step, result: StepResult, view: View) -> Turn:
        action = self._failure_action(step, view)
        if action is None or action.type == "end":
            self._tell(result)
            return Turn(failed=True)
        if action.type == "goto":
            target = action.step_id or action.workflow_id
            self._tell(replace(result, state=State.HANDLED, note=f"goes on at {target}"))
            return self._goto(action)
        tries = self._retries[step.step_id, str(action.name)]
        note = f"tried again ({tries} of {action.retry_limit})"
        self._tell(replace(result, state=State.HANDLED, note=note))
        self._stage.pause(_wait(action, result.exchange))
        return self._before_retry(action, position)

    def _before_retry(self, action: FailureAction, position: int) -> Turn:
        """Do what a retry wants done first, and come back to the step."""
        if action.step_id is not None:
            first = self._flow.step(action.step_id)
            assert first is not None, "the check saw it"
            self._stage.watcher.begins(first, self._depth)
            taken, _ = self._taken(first)
            if taken.state is State.FAILED:
                taken = replace(taken, state=State.HANDLED, note="failed before a retry")
            self._tell(taken)
        elif action.workflow_id is not None:
            chapter = self._script.chapter(action.workflow_id)
            result = self._inner(chapter, self._memory.inputs)
            self._tell(
                StepResult(chapter.name, f"workflow {chapter.name}", result.state, inner=result)
            )
        return Turn(position)

    def _goto(self, action: Action) -> Turn:
        if action.workflow_id is not None:
            return Turn(chapter=self._script.chapter(action.workflow_id))
        names = [step.step_id for step in self._flow.steps]
        return Turn(names.index(str(action.step_id)))

    def _tell(self, result: StepResult) -> None:
        self._results.append(result)
        self._stage.watcher.ended(result, self._depth)

    def _success_action(self, step: Step, view: View) -> SuccessAction | None:
        listed = _overridden(
            [self._document.success_action(action) for action in step.on_success],
            [self._document.success_action(action) for action in self._flow.success_actions],
        )
        return next((action for action in listed if _applies(action.criteria, view)), None)

    def _failure_action(self, step: Step, view: View) -> FailureAction | None:
        """Return the first action that applies; a retry only as often as it may."""
        listed = _overridden(
            [self._document.failure_action(action) for action in step.on_failure],
            [self._document.failure_action(action) for action in self._flow.failure_actions],
        )
        for action in listed:
            key = (step.step_id, str(action.name))
            exhausted = action.type == "retry" and self._retries[key] >= action.retry_limit
            if not exhausted and _applies(action.criteria, view):
                self._retries[key] += 1
                return action
        return None

    def _taken(self, step: Step) -> tuple[StepResult, View]:
        """Make a step's call and judge what came; return it with what can be seen of it."""
        try:
            operation = self._script.operation(step)
            if operation is None:
                return self._called(step)
            prepared = prepare(
                operation,
                self._stage.address(operation.source),
                self._parameters(step),
                step.request_body,
                View(self._memory),
            )
        except NoValueError as error:
            return _failed(step, "its request can be made", str(error)), View(self._memory)
        return self._asked(step, prepared)

    def _parameters(self, step: Step) -> list[Parameter]:
        """Return the parameters of a step: the workflow's, then its own, which win."""
        written = [*self._flow.parameters, *step.parameters]
        found = [p for p in map(self._document.parameter, written) if p is not None]
        return list({(p.in_, p.name): p for p in found}.values())

    def _called(self, step: Step) -> tuple[StepResult, View]:
        chapter = self._script.chapter(str(step.workflow_id))
        view = View(self._memory)
        given = {str(p.name): fill(p.value, view) for p in self._parameters(step)}
        schema = inputs.schema_of(chapter.script.story.document, chapter.workflow)
        try:
            values = inputs.filled(schema, given, [self._memory.inputs])
        except OperatingError as error:
            return _failed(step, f"{chapter.name} gets its inputs", str(error)), view
        result = self._inner(chapter, values)
        view = View(self._memory, outputs=result.outputs)
        failures = self._unmet(step.success_criteria, view)
        if result.state is not State.PASSED:
            failures.insert(
                0, Verdict(holds=False, expected=f"{chapter.name} passes", saw="it failed")
            )
        told = StepResult(
            step.step_id, f"workflow {chapter.name}", State.FAILED, None, failures, result
        )
        return self._kept(step, told, view, dict(result.outputs)), view

    def _asked(self, step: Step, prepared: Prepared) -> tuple[StepResult, View]:
        called, source = prepared.operation.id, prepared.operation.source
        call = prepared.call
        call = replace(call, headers={**self._stage.headers(source), **call.headers})
        try:
            exchange = self._stage.client.send(call, purpose=step.step_id, patient=False)
        except UnansweredError as error:
            told = _failed(step, "an answer comes", str(error), called)
            return told, View(self._memory, prepared)
        view = View(self._memory, prepared, exchange)
        failures = self._unmet(step.success_criteria, view)
        if not step.success_criteria and not exchange.is_success:
            failures.append(
                Verdict(holds=False, expected="a success", saw=f"status {exchange.status}")
            )
        for misfit in self._stage.misfits(source, exchange):
            failures.append(Verdict(holds=False, expected="an answer as documented", saw=misfit))
        told = StepResult(step.step_id, called, State.FAILED, exchange, failures)
        return self._kept(step, told, view, {}), view

    def _unmet(self, wanted: Sequence[Criterion], view: View) -> list[Verdict]:
        verdicts = [criteria.judge(criterion, view) for criterion in wanted]
        return [verdict for verdict in verdicts if not verdict.holds]

    def _kept(
        self, step: Step, result: StepResult, view: View, outputs: dict[str, Any]
    ) -> StepResult:
        """Remember the outputs of a step whose checks held; return it as passed."""
        if result.failures:
            return result
        try:
            for name, text in step.outputs.items():
                outputs[name] = parse(text).resolve(view)
        except NoValueError as error:
            verdict = Verdict(holds=False, expected=f"output {name!r}", saw=str(error))
            return replace(result, failures=(verdict,))
        self._memory.steps[step.step_id] = outputs
        return replace(result, state=State.PASSED)


def _failed(step: Step, expected: str, saw: str, called: str = "") -> StepResult:
    verdict = Verdict(holds=False, expected=expected, saw=saw)
    return StepResult(step.step_id, called or step.called, State.FAILED, failures=(verdict,))


def _overridden(own: Sequence[T | None], shared: Sequence[T | None]) -> list[T]:
    """Return a step's own actions, then those of its workflow whose names it does not use."""
    first = [action for action in own if action is not None]
    names = {action.name for action in first}
    return first + [action for action in shared if action is not None and action.name not in names]


def _applies(wanted: Sequence[Criterion], view: View) -> bool:
    return all(criteria.judge(criterion, view).holds for criterion in wanted)


def _wait(action: FailureAction, exchange: Exchange | None) -> float:
    """Return the seconds before another attempt: what the server says goes before the story."""
    asked = exchange.header("Retry-After") if exchange else None
    return action.retry_after if asked is None else retry_after(asked)
