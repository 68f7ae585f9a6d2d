"""A story together with all it refers to: its sources, and the stories that it calls into.

What a step calls is looked up here, for the check before the run and for the run.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from counterfoil.operating import OperatingError
from counterfoil.verify.arazzo import reading, sources
from counterfoil.verify.arazzo.model import Step, Workflow
from counterfoil.verify.arazzo.reading import Mistake, Story
from counterfoil.verify.arazzo.sources import Operation, Source, missing

T = TypeVar("T")

_QUALIFIED = re.compile(r"\$sourceDescriptions\.([A-Za-z0-9_-]+)\.(.+)")
_PATH = re.compile(r"\{?\$sourceDescriptions\.([A-Za-z0-9_-]+)\.url\}?#(/.*)")


class UnresolvedError(LookupError):
    """A name in a story leads nowhere; the text says what there is instead."""


@dataclass(frozen=True)
class Chapter:
    """A workflow in the document it stands in."""

    script: "Script"
    workflow: Workflow

    @property
    def name(self) -> str:
        """What it is called."""
        return self.workflow.workflow_id


@dataclass(frozen=True)
class Script:
    """A story, its APIs and the stories it calls into, by the names it gives them."""

    story: Story
    apis: Mapping[str, Source]
    stories: Mapping[str, "Script"]

    @property
    def all_apis(self) -> list[Source]:
        """Its own APIs and those of the stories it calls into."""
        inner = [source for script in self.stories.values() for source in script.all_apis]
        return [*self.apis.values(), *inner]

    def operation(self, step: Step) -> Operation | None:
        """Return the operation a step calls; None where it calls a workflow."""
        if step.operation_id is not None:
            return self._by_id(step.operation_id)
        return None if step.operation_path is None else self._by_path(step.operation_path)

    def chapter(self, workflow_id: str) -> Chapter:
        """Return the workflow of an id, here or in a story this one calls into."""
        qualified = _QUALIFIED.fullmatch(workflow_id)
        script = self if qualified is None else self._named(self.stories, qualified[1])
        name = workflow_id if qualified is None else qualified[2].removeprefix("workflows.")
        found = script.story.document.workflow(name)
        if found is None:
            known = [flow.workflow_id for flow in script.story.document.workflows]
            raise UnresolvedError(missing("workflow", name, known))
        return Chapter(script, found)

    def _by_id(self, operation_id: str) -> Operation:
        qualified = _QUALIFIED.fullmatch(operation_id)
        if qualified is not None:
            source, name = self._named(self.apis, qualified[1]), qualified[2]
        elif len(self.apis) == 1:
            source, name = next(iter(self.apis.values())), operation_id
        else:
            example = f"$sourceDescriptions.{next(iter(self.apis), 'name')}.{operation_id}"
            raise UnresolvedError(
                f"there are {len(self.apis)} APIs; say whose operation it is, such as {example}"
            )
        found = source.operation(name)
        if found is None:
            raise UnresolvedError(
                f"{missing('operation', name, source.operation_ids)} in {source.name}"
            )
        return found

    def _by_path(self, operation_path: str) -> Operation:
        shape = _PATH.fullmatch(operation_path)
        if shape is None:
            raise UnresolvedError(
                f"{operation_path!r} names no operation; write {{$sourceDescriptions.name.url}}#/paths/~1path/get"
            )
        found = self._named(self.apis, shape[1]).operation_at(shape[2])
        if found is None:
            raise UnresolvedError(f"there is no operation at {shape[2]} of {shape[1]}")
        return found

    def _named(self, known: Mapping[str, T], name: str) -> T:
        if name not in known:
            raise UnresolvedError(missing("source description", name, list(known)))
        return known[name]


def load(file: Path, callers: tuple[Path, ...] = ()) -> Script:
    """Return the script that begins with a file; OperatingError, with the line, where one is missing."""
    return join(reading.read(file), callers)


def join(story: Story, callers: tuple[Path, ...] = ()) -> Script:
    """Return the script of a story; `callers` are the files that led to it."""
    apis: dict[str, Source] = {}
    stories: dict[str, Script] = {}
    mistakes = list(_repeated_sources(story))
    for position, source in enumerate(story.document.source_descriptions):
        try:
            place = sources.locate(source.url, story.file.parent)
            if source.type == "openapi":
                apis[source.name] = sources.openapi(source.name, place)
            else:
                stories[source.name] = _inner(place, (*callers, story.file.resolve()))
        except OperatingError as error:
            mistakes.append(Mistake(("sourceDescriptions", position, "url"), str(error)))
    if mistakes:
        raise story.refusal(mistakes)
    return Script(story, apis, stories)


def _inner(place: Path | str, callers: tuple[Path, ...]) -> Script:
    if not isinstance(place, Path):
        raise OperatingError(f"{place}: stories are read from files; keep a copy of it")
    if place in callers:
        raise OperatingError(
            f"{place} is the story itself, or calls into it; remove one of the two"
        )
    return load(place, callers)


def _repeated_sources(story: Story) -> Iterable[Mistake]:
    names = [source.name for source in story.document.source_descriptions]
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Mistake(("sourceDescriptions", position, "name"), f"{name!r} stands twice")
