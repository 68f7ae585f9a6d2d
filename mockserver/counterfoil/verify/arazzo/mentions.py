"""What expressions mention: whether each names something that will be there when it is resolved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterfoil.verify.arazzo.expressions import (
    BARE,
    MESSAGES,
    Expression,
    ExpressionError,
    NoValueError,
    descend,
    parse,
)
from counterfoil.verify.arazzo.inputs import properties, schema_of
from counterfoil.verify.arazzo.lines import Path
from counterfoil.verify.arazzo.model import Step, Workflow
from counterfoil.verify.arazzo.reading import Mistake
from counterfoil.verify.arazzo.script import Chapter, Script, UnresolvedError
from counterfoil.verify.arazzo.sources import missing

Names = Sequence[str | int]


@dataclass(frozen=True)
class Spot:
    """A place in a workflow where expressions stand.

    `step` is the step they belong to, None where that is any or none; `answered` tells whether they
    are resolved after its request was sent, when request and response can be seen.
    """

    script: Script
    flow: Workflow
    step: Step | None = None
    answered: bool = False

    def mistakes(self, texts: Iterator[str] | Sequence[str], path: Path) -> Iterator[Mistake]:
        """Tell which texts are no expressions, or name what is not there at this spot."""
        for text in texts:
            try:
                told = self._wrong(parse(text))
            except ExpressionError as error:
                told = str(error)
            except UnresolvedError as error:
                told = f"{text}: {error}"
            if told:
                yield Mistake(path, told)

    def _wrong(self, found: Expression) -> str | None:
        if found.root in (*BARE, *MESSAGES):
            early = "nothing was sent yet; name a step's outputs"
            return None if self.answered else f"{found.text}: {early}"
        rules = {
            "steps": self._step,
            "inputs": self._input,
            "outputs": self._output,
            "workflows": self._workflow,
            "sourceDescriptions": self._source,
            "components": self._component,
        }
        told = rules[found.root](found.segments)
        return f"{found.text}: {told}" if told else None

    def _step(self, names: Names) -> str | None:
        step_id, kind, rest = names[0], names[1] if len(names) > 1 else "", names[2:]
        known = [step.step_id for step in self.flow.steps]
        if step_id not in known:
            return missing("step", str(step_id), known)
        if kind != "outputs" or not rest:
            return f"write $steps.{step_id}.outputs.name"
        if self.step is not None and not _jumps(self.flow):
            now = known.index(self.step.step_id) + self.answered
            if known.index(str(step_id)) >= now:
                return f"{step_id!r} has not run by then"
        step = self.flow.step(str(step_id))
        assert step is not None
        return _lacks(self._outputs_of(step), rest, "output")

    def _outputs_of(self, step: Step) -> list[str]:
        if step.workflow_id is None:
            return list(step.outputs)
        return [*step.outputs, *self.script.chapter(step.workflow_id).workflow.outputs]

    def _input(self, names: Names) -> str | None:
        return _lacks(_inputs_of(Chapter(self.script, self.flow)), names, "input")

    def _output(self, names: Names) -> str | None:
        """Look among the outputs of the workflow that the step calls, or of the own one."""
        called = self.step.workflow_id if self.step is not None else None
        flow = self.flow if called is None else self.script.chapter(called).workflow
        return _lacks(list(flow.outputs), names, "output")

    def _workflow(self, names: Names) -> str | None:
        name, kind, rest = names[0], names[1] if len(names) > 1 else "", names[2:]
        chapter = self.script.chapter(str(name))
        if kind == "outputs" and rest:
            return _lacks(list(chapter.workflow.outputs), rest, "output")
        if kind == "inputs" and rest:
            return _lacks(_inputs_of(chapter), rest, "input")
        return f"write $workflows.{name}.outputs.name"

    def _source(self, names: Names) -> str | None:
        known = [source.name for source in self.script.story.document.source_descriptions]
        if names[0] not in known:
            return missing("source description", str(names[0]), known)
        return None if tuple(names[1:]) == ("url",) else f"write $sourceDescriptions.{names[0]}.url"

    def _component(self, names: Names) -> str | None:
        if names[0] != "parameters":
            return "only $components.parameters.name has a value"
        known = list(self.script.story.document.components.parameters)
        return _lacks(known, names[1:], "parameter")


def _jumps(flow: Workflow) -> bool:
    """Tell whether steps may run out of order."""
    lists: list[Sequence[Any]] = [flow.success_actions, flow.failure_actions]
    for step in flow.steps:
        lists += [step.on_success, step.on_failure]
    return any(lists)


def _inputs_of(chapter: Chapter) -> list[str]:
    schema = schema_of(chapter.script.story.document, chapter.workflow)
    return [name for name, _ in properties(schema)]


def _lacks(known: Sequence[str], names: Names, kind: str) -> str | None:
    """Say that nothing known is named: a key may have dots in it, and what it names may have members."""
    keys: Mapping[str, Any] = {key: _Anything() for key in known}
    try:
        descend(keys, tuple(names), "")
    except NoValueError:
        return missing(kind, ".".join(map(str, names)), list(known))
    return None


class _Anything(dict[str, Any]):
    """A value that has every member: what it will be is not known yet."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> "_Anything":
        return self
