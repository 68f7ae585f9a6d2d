"""Where in a YAML file each value stands, so that a mistake can be told with its line."""

from collections.abc import Iterator
from typing import Any

import yaml

DEEPEST = 100
"""How many levels a document may have."""

Path = tuple[str | int, ...]
"""The way from the top of a document to a value: keys and positions."""


class TooDeepError(ValueError):
    """A document is nested too deep, or within itself."""


class Lines:
    """The line of each value of a YAML text; TooDeepError where there are too many levels."""

    def __init__(self, text: str) -> None:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        self._lines: dict[Path, int] = {(): 1}
        if node is not None:
            self._lines.update(_walk(node, ()))

    def of(self, path: Path) -> int:
        """Return the line of a value; of what holds it where it is not written itself."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]


def _walk(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    if len(path) > DEEPEST:
        raise TooDeepError(f"it is nested more than {DEEPEST} levels deep; write it flatter")
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, key.value)
            yield from _walk(value, below)
            yield below, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from _walk(value, (*path, position))


def pointer(path: Path) -> str:
    """Return a path as people write it: `workflows[0].steps[2].stepId`."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return written.removeprefix(".") or "the document"
