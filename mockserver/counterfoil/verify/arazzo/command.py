"""`counterfoil run`: find stories, refuse the wrong ones, play the others, report."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from counterfoil import resources
from counterfoil.operating import OperatingError
from counterfoil.verify.arazzo import check, harvest, inputs, reporting, script
from counterfoil.verify.arazzo.reading import World
from counterfoil.verify.arazzo.results import State, WorkflowResult
from counterfoil.verify.arazzo.running import Play
from counterfoil.verify.arazzo.script import Chapter, Script
from counterfoil.verify.arazzo.sources import Source, missing
from counterfoil.verify.arazzo.theatres import Theatre, theatre
from counterfoil.verify.arazzo.tree import Tree
from counterfoil.verify.client import Client
from counterfoil.verify.reports.files import write

PASSED, FAILED = 0, 1
ENDING = ".arazzo.yaml"
ENDINGS = (ENDING, ".arazzo.yml", ".arazzo.json")


@dataclass(frozen=True)
class Asked:
    """What a run was asked for; without `targets` and `sandbox`, it starts our own mock."""

    paths: Sequence[str]
    targets: Sequence[str] = ()
    sandbox: str | None = None
    admin_token: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    rows: Path | None = None
    workflow: str | None = None
    fixture: str | None = None
    reports: Mapping[str, Path | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One workflow to play with one row of inputs."""

    chapter: Chapter
    given: Mapping[str, Any]
    row: str = ""


def run(asked: Asked) -> int:
    """Play the stories that were asked for; return 0 where every one passed, else 1."""
    parts = list(_parts(asked))
    started, began = datetime.now(UTC), time.perf_counter()
    with Client("http://127.0.0.1") as client:
        credentials = harvest.headers_of(_sources(parts))
        client.listeners.append(
            lambda exchange: harvest.hide(client.secrets, exchange, credentials)
        )
        tree = Tree(client.secrets)
        with theatre(client, asked.targets, asked.sandbox, asked.admin_token) as place:
            results = [_played(part, place, client, tree, asked) for part in parts]
        tree.sums_up(results, time.perf_counter() - began)
        services = {source.service for source in _sources(parts)}
        for line in reporting.walked(place.arrows, services):
            tree.says(line)
        report = reporting.report(results, place, started, client)
        write(report, client.secrets, asked.reports)
    if all(result.state is State.SKIPPED for result in results):
        raise OperatingError(f"no story can be played there: {results[0].reason}")
    return FAILED if any(result.state is State.FAILED for result in results) else PASSED


def _sources(parts: Sequence[Part]) -> list[Source]:
    return [source for part in parts for source in part.chapter.script.all_apis]


def _parts(asked: Asked) -> Iterator[Part]:
    """Yield what is to be played, in order; OperatingError where any of it is wrong."""
    scripts = sound([file for path in asked.paths for file in files(path)])
    chapters = [Chapter(told, flow) for told in scripts for flow in told.story.document.workflows]
    if asked.workflow is not None:
        known = [chapter.name for chapter in chapters]
        chapters = [chapter for chapter in chapters if chapter.name == asked.workflow]
        if not chapters:
            raise OperatingError(f"--workflow: {missing('workflow', asked.workflow, known)}")
    rows = [{}] if asked.rows is None else inputs.rows(asked.rows)
    inputs.require_known(
        {*asked.given, *(name for row in rows for name in row)},
        {name for chapter in chapters for name, _ in inputs.properties(_schema(chapter))},
    )
    for chapter in chapters:
        for number, row in enumerate(rows, 1):
            yield Part(chapter, {**row, **asked.given}, f"row {number}" if len(rows) > 1 else "")


def _schema(chapter: Chapter) -> dict[str, Any]:
    return inputs.schema_of(chapter.script.story.document, chapter.workflow)


def sound(found: Sequence[Path]) -> list[Script]:
    """Return the scripts of files; OperatingError, telling every mistake of each, where one is wrong."""
    scripts, refused = [], []
    for file in found:
        try:
            told = script.load(file)
            check.require_sound(told)
            scripts.append(told)
        except OperatingError as error:
            refused.append(str(error))
    if refused:
        raise OperatingError("\n".join(refused))
    return scripts


def files(path: str) -> list[Path]:
    """Return the stories at a path: a file, or every one in a folder; ours where there is none here."""
    for place in (Path(path), resources.root() / path):
        if place.is_file():
            return [place]
        if place.is_dir():
            found = sorted(file for file in place.rglob("*") if file.name.endswith(ENDINGS))
            if found:
                return found
    raise OperatingError(f"there are no stories at {path}; name a file or a folder of *{ENDING}")


def _played(part: Part, place: Theatre, client: Client, tree: Tree, asked: Asked) -> WorkflowResult:
    flow, told = part.chapter.workflow, part.chapter.script
    shown = _shown(told.story.file)
    tree.opens(shown, flow.workflow_id, flow.summary, part.row)
    lacking = place.lacks(told)
    if lacking:
        result = WorkflowResult(
            shown, flow.workflow_id, flow.summary, State.SKIPPED, reason=lacking
        )
    else:
        result = _performed(part, place, client, tree, asked)
    result = replace(result, file=shown, row=part.row)
    tree.closes(result)
    return result


def _performed(
    part: Part, place: Theatre, client: Client, tree: Tree, asked: Asked
) -> WorkflowResult:
    schema = _schema(part.chapter)
    world = _world(part.chapter.script, asked)
    with place.setting(part.chapter.script, world, tree) as setting:
        values = inputs.filled(schema, part.given, [_environment(), setting.offered])
        for name, secret in inputs.secrets(schema, values).items():
            client.secrets.add(name, secret)
        return Play(setting.stage, part.chapter, values).run()


def _world(told: Script, asked: Asked) -> World:
    """Return the world a story wants, its fixture another one where that was asked for."""
    wanted = told.story.world
    return msgspec.structs.replace(wanted, fixture=asked.fixture) if asked.fixture else wanted


def _environment() -> dict[str, str]:
    prefix = inputs.ENVIRONMENT
    return {n.removeprefix(prefix): v for n, v in os.environ.items() if n.startswith(prefix)}


def _shown(file: Path) -> str:
    """Return a file as people would name it: from where they are, or from among ours."""
    for folder in (Path.cwd(), resources.root()):
        if file.resolve().is_relative_to(folder.resolve()):
            return str(file.resolve().relative_to(folder.resolve()))
    return str(file)
