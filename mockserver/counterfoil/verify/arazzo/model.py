"""An Arazzo 1.0.1 document as typed values, field by field as the specification names them.

Where a list may hold an object or a reference to one in `components`, one struct stands for both: an
object with a `reference` has nothing else but, for parameters, a `value`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]+$")]
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]+$")]
Place = Literal["path", "query", "header", "cookie"]
Filled = msgspec.Meta(min_length=1)
SIMPLE, REGEX, JSONPATH, XPATH = "simple", "regex", "jsonpath", "xpath"


class Part(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Any object of a document; what else it may have begins with `x-`."""


class Info(Part, frozen=True):
    """What the document says of itself."""

    title: str
    version: str
    summary: str = ""
    description: str = ""


class SourceDescription(Part, frozen=True):
    """A description of an API, or another document with workflows."""

    name: Identifier
    url: str
    type: Literal["openapi", "arazzo"] = "openapi"


class ExpressionType(Part, frozen=True):
    """The kind of a condition, with the version of its language."""

    type: Literal["jsonpath", "xpath"]
    version: str


class Criterion(Part, frozen=True):
    """A condition, and the value it is about."""

    condition: str
    context: str | None = None
    type: Literal["simple", "regex", "jsonpath", "xpath"] | ExpressionType = "simple"

    @property
    def kind(self) -> str:
        """Which language the condition is written in."""
        return self.type.type if isinstance(self.type, ExpressionType) else self.type


class Parameter(Part, frozen=True):
    """A value for a parameter of an operation or an input of a workflow."""

    name: str | None = None
    in_: Place | None = msgspec.field(default=None, name="in")
    value: Any = msgspec.UNSET
    reference: str | None = None


class Replacement(Part, frozen=True):
    """A value for one place of a payload."""

    target: str
    value: Any


class RequestBody(Part, frozen=True):
    """What a step sends."""

    content_type: str | None = None
    payload: Any = msgspec.UNSET
    replacements: tuple[Replacement, ...] = ()


class SuccessAction(Part, frozen=True):
    """What follows when a step succeeded."""

    name: str | None = None
    type: Literal["end", "goto"] | None = None
    workflow_id: str | None = None
    step_id: str | None = None
    criteria: Annotated[tuple[Criterion, ...], Filled] = ()
    reference: str | None = None


class FailureAction(Part, frozen=True):
    """What follows when a step failed; times are seconds."""

    name: str | None = None
    type: Literal["end", "goto", "retry"] | None = None
    workflow_id: str | None = None
    step_id: str | None = None
    retry_after: Annotated[float, msgspec.Meta(ge=0)] = 0
    retry_limit: Annotated[int, msgspec.Meta(ge=0)] = 1
    criteria: tuple[Criterion, ...] = ()
    reference: str | None = None


Action = SuccessAction | FailureAction
Referable = TypeVar("Referable", Parameter, SuccessAction, FailureAction)


class Step(Part, frozen=True):
    """A call of an operation, or of another workflow."""

    step_id: Identifier
    description: str = ""
    operation_id: str | None = None
    operation_path: str | None = None
    workflow_id: str | None = None
    parameters: tuple[Parameter, ...] = ()
    request_body: RequestBody | None = None
    success_criteria: Annotated[tuple[Criterion, ...], Filled] = ()
    on_success: tuple[SuccessAction, ...] = ()
    on_failure: tuple[FailureAction, ...] = ()
    outputs: Mapping[Name, str] = {}

    @property
    def called(self) -> str:
        """What it calls, as it is written."""
        return self.operation_id or self.operation_path or self.workflow_id or ""


class Workflow(Part, frozen=True):
    """A story: steps in order, with what goes in and what comes out."""

    workflow_id: Identifier
    steps: Annotated[tuple[Step, ...], Filled]
    summary: str = ""
    description: str = ""
    inputs: Mapping[str, Any] = {}
    depends_on: tuple[str, ...] = ()
    success_actions: tuple[SuccessAction, ...] = ()
    failure_actions: tuple[FailureAction, ...] = ()
    outputs: Mapping[Name, str] = {}
    parameters: tuple[Parameter, ...] = ()

    def step(self, step_id: str) -> Step | None:
        """Return a step by its id."""
        return next((step for step in self.steps if step.step_id == step_id), None)


class Components(Part, frozen=True):
    """What several workflows share."""

    inputs: Mapping[Name, Mapping[str, Any]] = {}
    parameters: Mapping[Name, Parameter] = {}
    success_actions: Mapping[Name, SuccessAction] = {}
    failure_actions: Mapping[Name, FailureAction] = {}


class Document(Part, frozen=True):
    """A whole document."""

    arazzo: Annotated[str, msgspec.Meta(pattern=r"^1\.0\.\d+(-.+)?$")]
    info: Info
    source_descriptions: Annotated[tuple[SourceDescription, ...], Filled]
    workflows: Annotated[tuple[Workflow, ...], Filled]
    components: Components = Components()

    def workflow(self, workflow_id: str) -> Workflow | None:
        """Return a workflow by its id."""
        return next((flow for flow in self.workflows if flow.workflow_id == workflow_id), None)

    def source(self, name: str) -> SourceDescription | None:
        """Return a source description by its name."""
        return next((source for source in self.source_descriptions if source.name == name), None)

    def parameter(self, written: Parameter) -> Parameter | None:
        """Return what a parameter stands for, following its reference; None where that leads nowhere."""
        if written.reference is None:
            return written
        found = _referred(self.components.parameters, written.reference, "parameters")
        if found is None or written.value is msgspec.UNSET:
            return found
        return msgspec.structs.replace(found, value=written.value)

    def success_action(self, written: SuccessAction) -> SuccessAction | None:
        """Return what an action stands for, as `parameter` does."""
        if written.reference is None:
            return written
        return _referred(self.components.success_actions, written.reference, "successActions")

    def failure_action(self, written: FailureAction) -> FailureAction | None:
        """Return what an action stands for, as `parameter` does."""
        if written.reference is None:
            return written
        return _referred(self.components.failure_actions, written.reference, "failureActions")


def _referred(components: Mapping[str, Referable], reference: str, kind: str) -> Referable | None:
    prefix = f"$components.{kind}."
    if not reference.startswith(prefix):
        return None
    return components.get(reference.removeprefix(prefix))
