"""Routes: which endpoint a path and method lead to. Literal segments win over parameters."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from counterfoil.engine.values import Value

E = TypeVar("E")


@dataclass(slots=True)
class Node(Generic[E]):
    """A place in the tree of paths, one level a segment."""

    literal: dict[str, "Node[E]"] = field(default_factory=dict)
    parameter: "Node[E] | None" = None
    names: tuple[str, ...] = ()
    methods: dict[str, E] = field(default_factory=dict)


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
                names.append(segment.strip("{}"))
                node.parameter = node.parameter or Node()
                node = node.parameter
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
    if node.parameter and segment:
        values.append(segment)
        if found := _descend(node.parameter, segments, place + 1, values):
            return found
        values.pop()
    return None
