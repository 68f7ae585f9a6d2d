"""From the text of a story to typed values; what does not fit the specification is told with its line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from counterfoil.operating import OperatingError, nearest
from counterfoil.resources import parse
from counterfoil.verify.arazzo import lines
from counterfoil.verify.arazzo.lines import Lines, TooDeepError
from counterfoil.verify.arazzo.model import Document
from counterfoil.verify.mock import INSTANT

Shape = TypeVar("Shape", bound=msgspec.Struct)

WORLD = "x-counterfoil-world"
"""The extension by which a document says what world it is played in."""


class Mistake(Exception):
    """What is wrong with a document, and where."""

    def __init__(self, path: lines.Path, what: str) -> None:
        super().__init__(what)
        self.path, self.what = path, what


class World(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a fresh world for a story is made of; its clock stands still at `now`."""

    fixture: str = "empty"
    seed: int = 1
    now: str = INSTANT


@dataclass(frozen=True)
class Story:
    """A document that has the shape of one; `check` tells whether its names lead anywhere."""

    file: Path
    document: Document
    lines: Lines
    world: World

    def refusal(self, mistakes: list[Mistake]) -> OperatingError:
        """Return the refusal that tells mistakes, each with its line."""
        told = sorted((self.lines.of(mistake.path), mistake.what) for mistake in mistakes)
        return OperatingError("\n".join(f"{self.file}, line {line}: {what}" for line, what in told))


def read(file: Path) -> Story:
    """Return the story in a file; OperatingError, with the line, where it is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatingError(f"{file} cannot be read ({error}); name an Arazzo document") from None
    return story(text, file)


def story(text: str, file: Path) -> Story:
    """Return the story that a text is; `file` is what it is called, and where its links start from."""
    content = parse(text, str(file))
    try:
        known = Lines(text)
    except TooDeepError as error:
        raise OperatingError(f"{file}: {error}") from None
    try:
        return Story(file, _document(content), known, _world(content))
    except Mistake as mistake:
        place = f"{file}, line {known.of(mistake.path)}"
        raise OperatingError(f"{place}: {mistake.what}") from None


def _document(content: Any) -> Document:
    if not isinstance(content, Mapping):
        raise Mistake((), "an Arazzo document is a mapping that begins with arazzo: 1.0.1")
    return _fitting(_plain(content, inspect.type_info(Document), ()), Document, ())


def _world(content: Mapping[str, Any]) -> World:
    return _fitting(content.get(WORLD, {}), World, (WORLD,))


def _fitting(plain: Any, shape: type[Shape], top: lines.Path) -> Shape:
    try:
        return msgspec.convert(plain, shape)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        path = (*top, *_path(where))
        raise Mistake(path, f"{lines.pointer(path)}: {what}") from None


def _path(text: str) -> lines.Path:
    """Return the path that an error of msgspec names: `$.workflows[0].steps[2].stepId`.

    It names no keys of mappings (`[...]`): what is wrong is somewhere below what comes before.
    """
    known = text.removeprefix("`key` in ").strip("`").removeprefix("$").partition("[...]")[0]
    parts = re.findall(r"[^.\[\]]+", known)
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _plain(value: Any, type_: inspect.Type, path: lines.Path) -> Any:
    """Return a value without its extensions (`x-…`); Mistake where it has fields that no one knows."""
    if isinstance(type_, inspect.UnionType):
        type_ = next((t for t in type_.types if isinstance(t, inspect.StructType)), type_)
    if isinstance(type_, inspect.StructType) and isinstance(value, Mapping):
        return _plain_fields(value, type_, path)
    if isinstance(type_, inspect.VarTupleType) and isinstance(value, list):
        return [_plain(item, type_.item_type, (*path, i)) for i, item in enumerate(value)]
    if isinstance(type_, inspect.DictType) and isinstance(value, Mapping):
        return {key: _plain(item, type_.value_type, (*path, key)) for key, item in value.items()}
    if isinstance(type_, inspect.Metadata):
        return _plain(value, type_.type, path)
    return value


def _plain_fields(value: Mapping[str, Any], type_: inspect.StructType, path: lines.Path) -> Any:
    fields = _fields(type_.cls)
    plain = {}
    for key, item in value.items():
        if key in fields:
            if item is None and not isinstance(fields[key], inspect.AnyType):
                raise Mistake((*path, key), f"{lines.pointer((*path, key))} is empty; leave it out")
            plain[key] = _plain(item, fields[key], (*path, key))
        elif not key.startswith("x-"):
            known = f"{nearest(key, fields)}; known are {', '.join(fields)}"
            raise Mistake((*path, key), f"{key!r} is no field of {lines.pointer(path)}{known}")
    return plain


@cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, inspect.Type]:
    type_ = inspect.type_info(struct)
    assert isinstance(type_, inspect.StructType)
    return {field.encode_name: field.type for field in type_.fields}
