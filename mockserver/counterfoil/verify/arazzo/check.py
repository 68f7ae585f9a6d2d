"""Whether a script can run: every name leads somewhere, every condition and expression can be read.

Everything that is wrong is told at once, each with its line; nothing was sent by then.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import jsonschema_rs
import msgspec

from counterfoil.verify.arazzo import criteria
from counterfoil.verify.arazzo.expressions import expressions_in
from counterfoil.verify.arazzo.inputs import properties, schema_of
from counterfoil.verify.arazzo.lines import Path
from counterfoil.verify.arazzo.mentions import Spot
from counterfoil.verify.arazzo.model import (
    Action,
    Criterion,
    Parameter,
    RequestBody,
    Step,
    SuccessAction,
    Workflow,
)
from counterfoil.verify.arazzo.reading import Mistake
from counterfoil.verify.arazzo.script import Script, UnresolvedError
from counterfoil.verify.arazzo.sources import Operation, missing


def require_sound(script: Script) -> None:
    """Raise OperatingError, telling every mistake with its line, unless a script can run."""
    for inner in script.stories.values():
        require_sound(inner)
    mistakes = list(_document(script))
    if mistakes:
        raise script.story.refusal(mistakes)


def _document(script: Script) -> Iterator[Mistake]:
    flows = script.story.document.workflows
    yield from _repeated([flow.workflow_id for flow in flows], ("workflows",), "workflowId")
    for position, flow in enumerate(flows):
        yield from _workflow(script, flow, ("workflows", position))


def _workflow(script: Script, flow: Workflow, path: Path) -> Iterator[Mistake]:
    yield from _repeated([step.step_id for step in flow.steps], (*path, "steps"), "stepId")
    yield from _inputs(script, flow, (*path, "inputs"))
    yield from _depends_on(script, flow, path)
    yield from _parameters(script, flow.parameters, (*path, "parameters"), placed=False)
    yield from _actions(script, flow, flow.success_actions, (*path, "successActions"))
    yield from _actions(script, flow, flow.failure_actions, (*path, "failureActions"))
    for position, step in enumerate(flow.steps):
        yield from _step(script, flow, step, (*path, "steps", position))
    for name, text in flow.outputs.items():
        yield from Spot(script, flow).mistakes([text], (*path, "outputs", name))


def _repeated(names: Sequence[str], path: Path, field: str) -> Iterator[Mistake]:
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Mistake((*path, position, field), f"{field} {name!r} stands twice")


def _inputs(script: Script, flow: Workflow, path: Path) -> Iterator[Mistake]:
    try:
        jsonschema_rs.Draft202012Validator(schema_of(script.story.document, flow))
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, KeyError) as error:
        yield Mistake(path, f"inputs are no JSON Schema: {str(error).splitlines()[0]}")


def _depends_on(script: Script, flow: Workflow, path: Path) -> Iterator[Mistake]:
    for position, name in enumerate(flow.depends_on):
        try:
            chapter = script.chapter(name)
        except UnresolvedError as error:
            yield Mistake((*path, "dependsOn", position), str(error))
            continue
        if chapter.script is script and _leads_to(script, chapter.workflow, flow, set()):
            yield Mistake((*path, "dependsOn", position), f"{name!r} depends on this one")


def _leads_to(script: Script, start: Workflow, goal: Workflow, seen: set[str]) -> bool:
    if start.workflow_id == goal.workflow_id:
        return True
    seen.add(start.workflow_id)
    inner = [script.story.document.workflow(name) for name in start.depends_on]
    return any(
        _leads_to(script, flow, goal, seen)
        for flow in inner
        if flow is not None and flow.workflow_id not in seen
    )


def _step(script: Script, flow: Workflow, step: Step, path: Path) -> Iterator[Mistake]:
    yield from _call(script, flow, step, path)
    yield from _body(script, flow, step, path)
    for position, criterion in enumerate(step.success_criteria):
        yield from _criterion(script, flow, criterion, (*path, "successCriteria", position))
    yield from _actions(script, flow, step.on_success, (*path, "onSuccess"))
    yield from _actions(script, flow, step.on_failure, (*path, "onFailure"))
    for name, text in step.outputs.items():
        where = (*path, "outputs", name)
        yield from Spot(script, flow, step, answered=True).mistakes([text], where)


def _call(script: Script, flow: Workflow, step: Step, path: Path) -> Iterator[Mistake]:
    ways = [step.operation_id, step.operation_path, step.workflow_id]
    if len([way for way in ways if way is not None]) != 1:
        yield Mistake(path, "a step has one of operationId, operationPath and workflowId")
        return
    calls_workflow = step.workflow_id is not None
    where = (*path, "parameters")
    yield from _parameters(script, step.parameters, where, placed=not calls_workflow)
    for position, parameter in enumerate(step.parameters):
        texts = list(expressions_in(_value(script, parameter)))
        yield from Spot(script, flow, step).mistakes(texts, (*where, position))
    try:
        operation = script.operation(step)
        if operation is None:
            yield from _handed(script, step, path)
        else:
            yield from _placed(script, flow, step, operation, path)
    except UnresolvedError as error:
        yield Mistake((*path, _field(step)), str(error))


def _field(step: Step) -> str:
    if step.operation_id is not None:
        return "operationId"
    return "operationPath" if step.operation_path is not None else "workflowId"


def _value(script: Script, parameter: Parameter) -> Any:
    found = script.story.document.parameter(parameter)
    return None if found is None or found.value is msgspec.UNSET else found.value


def _parameters(
    script: Script, parameters: Sequence[Parameter], path: Path, *, placed: bool
) -> Iterator[Mistake]:
    """Tell what is wrong with parameters; `placed` ones have to say where they go."""
    seen: Counter[tuple[str | None, str | None]] = Counter()
    for position, written in enumerate(parameters):
        where = (*path, position)
        found = script.story.document.parameter(written)
        if found is None:
            yield Mistake((*where, "reference"), f"{written.reference!r} leads nowhere")
            continue
        if found.name is None or found.value is msgspec.UNSET:
            yield Mistake(where, "a parameter has a name and a value")
        elif placed and found.in_ is None:
            yield Mistake(
                where, f"say where {found.name!r} goes: in: path, query, header or cookie"
            )
        seen[found.name, found.in_] += 1
        if seen[found.name, found.in_] == 2:
            yield Mistake(where, f"parameter {found.name!r} stands twice")


def _placed(
    script: Script, flow: Workflow, step: Step, operation: Operation, path: Path
) -> Iterator[Mistake]:
    """Tell which parameters of its path an operation lacks, and which it does not have."""
    document = script.story.document
    written = [document.parameter(p) for p in (*flow.parameters, *step.parameters)]
    given = {p.name for p in written if p is not None and p.in_ == "path"}
    declared = {p["name"] for p in operation.parameters if p["in"] == "path"}
    for name in sorted(declared - given):
        yield Mistake(path, f"{operation.id} needs the path parameter {name!r}")
    own = {p.name for p in map(document.parameter, step.parameters) if p and p.in_ == "path"}
    for name in sorted(str(name) for name in own - declared):
        told = missing("path parameter", name, sorted(declared))
        yield Mistake((*path, "parameters"), f"{told} of {operation.id}")


def _handed(script: Script, step: Step, path: Path) -> Iterator[Mistake]:
    """Tell which inputs a workflow that is called does not have."""
    chapter = script.chapter(str(step.workflow_id))
    schema = schema_of(chapter.script.story.document, chapter.workflow)
    known = [name for name, _ in properties(schema)]
    for position, written in enumerate(step.parameters):
        found = script.story.document.parameter(written)
        if found is not None and found.name is not None and found.name not in known:
            yield Mistake((*path, "parameters", position), missing("input", found.name, known))


def _body(script: Script, flow: Workflow, step: Step, path: Path) -> Iterator[Mistake]:
    body: RequestBody | None = step.request_body
    if body is None:
        return
    where = (*path, "requestBody")
    if step.workflow_id is not None:
        yield Mistake(where, "a workflow takes parameters, and no requestBody")
    texts = list(expressions_in(body.payload))
    yield from Spot(script, flow, step).mistakes(texts, (*where, "payload"))
    for position, replacement in enumerate(body.replacements):
        place = (*where, "replacements", position)
        if not replacement.target.startswith("/"):
            yield Mistake(
                (*place, "target"),
                f"{replacement.target!r} is no JSON pointer, such as /lineItems/0/quantity; XPath is not supported",
            )
        texts = list(expressions_in(replacement.value))
        yield from Spot(script, flow, step).mistakes(texts, place)


def _criterion(
    script: Script, flow: Workflow, criterion: Criterion, path: Path
) -> Iterator[Mistake]:
    wrong = criteria.mistakes(criterion)
    yield from (Mistake(path, what) for what in wrong)
    if not wrong:
        texts = criteria.mentioned(criterion)
        yield from Spot(script, flow, answered=True).mistakes(texts, path)


def _actions(
    script: Script, flow: Workflow, actions: Sequence[Action], path: Path
) -> Iterator[Mistake]:
    names: list[str | None] = []
    for position, written in enumerate(actions):
        where = (*path, position)
        action = resolved(script, written)
        if action is None:
            yield Mistake((*where, "reference"), f"{written.reference!r} leads nowhere")
            continue
        if action.name is None or action.type is None:
            yield Mistake(where, "an action has a name and a type")
        if action.name in names:
            yield Mistake(where, f"action {action.name!r} stands twice")
        names.append(action.name)
        yield from _target(script, flow, action, where)
        for index, criterion in enumerate(action.criteria):
            yield from _criterion(script, flow, criterion, (*where, "criteria", index))


def resolved(script: Script, written: Action) -> Action | None:
    """Return what an action stands for; None where its reference leads nowhere."""
    document = script.story.document
    if isinstance(written, SuccessAction):
        return document.success_action(written)
    return document.failure_action(written)


def _target(script: Script, flow: Workflow, action: Action, path: Path) -> Iterator[Mistake]:
    targets = [name for name in (action.step_id, action.workflow_id) if name is not None]
    if action.type == "goto" and len(targets) != 1:
        yield Mistake(path, "goto leads to one place: give stepId or workflowId")
    if action.type == "retry" and len(targets) > 1:
        yield Mistake(path, "retry does one thing first: give stepId or workflowId, not both")
    if action.step_id is not None and flow.step(action.step_id) is None:
        known = [step.step_id for step in flow.steps]
        yield Mistake((*path, "stepId"), missing("step", action.step_id, known))
    if action.workflow_id is not None:
        try:
            script.chapter(action.workflow_id)
        except UnresolvedError as error:
            yield Mistake((*path, "workflowId"), str(error))
