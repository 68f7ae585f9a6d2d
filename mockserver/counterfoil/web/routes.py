"""Routes: which endpoint a path and method lead to. Literal segments win over parameters."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from counterfoil.engine.values import Value

E = TypeVar("E")


@dataclass(slots=True)
class Node(Generic[E]):
    """A place in the tree of paths, one level a segment.

    `parameters` lead on from a segment that is a value: by what stands behind it, `.json` or nothing.
    """

    literal: dict[str, "Node[E]"] = field(default_factory=dict)
    parameters: dict[str, "Node[E]"] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    methods: dict[str, E] = field(default_factory=dict)

    def parameter(self, ending: str) -> "Node[E]":
        """Return where a value with this ending leads to; the longest endings are tried first."""
        known = self.parameters.setdefault(ending, Node())
        by_length = sorted(self.parameters.items(), key=lambda item: -len(item[0]))
        self.parameters = dict(by_length)
        return known


class Match(Value, Generic[E], frozen=True):
    """What stands at a path: an endpoint by method, and the values of the path's parameters."""

    methods: dict[str, E]
    values: dict[str, str]

    @property
    def allowed(self) -> str:
        """The methods of the path, as `Allow` lists them."""
        return ", ".join(sorted(self.methods))


class Routes(Generic[E]):
    """All paths of a document."""

    def __init__(self) -> None:
        self._root: Node[E] = Node()

    def add(self, path: str, method: str, endpoint: E) -> None:
        """Add an endpoint at a templated path; GET answers HEAD too."""
        node, names = self._root, []
        for segment in path.split("/"):
            if segment.startswith("{"):
                name, _, ending = segment[1:].partition("}")
                names.append(name)
                node = node.parameter(ending)
            else:
                node = node.literal.setdefault(segment, Node())
        node.names = tuple(names)
        node.methods[method] = endpoint
        if method == "GET":
            node.methods.setdefault("HEAD", endpoint)

    def find(self, segments: list[str]) -> Match[E] | None:
        """Return what stands at the path of these segments, the first of them empty, or None."""
        values: list[str] = []
        node = _descend(self._root, segments, 0, values)
        return Match(node.methods, dict(zip(node.names, values, strict=True))) if node else None


def _descend(node: Node[E], segments: list[str], place: int, values: list[str]) -> Node[E] | None:
    """Return the node a path ends at, trying literal segments before parameters."""
    if place == len(segments):
        return node if node.methods else None
    segment = segments[place]
    if (child := node.literal.get(segment)) and (
        found := _descend(child, segments, place + 1, values)
    ):
        return found
    for ending, child in node.parameters.items():
        if len(segment) > len(ending) and segment.endswith(ending):
            values.append(segment.removesuffix(ending))
            if found := _descend(child, segments, place + 1, values):
                return found
            values.pop()
    return None
