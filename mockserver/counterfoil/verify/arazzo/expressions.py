"""Runtime expressions: `$steps.create.outputs.id`, `$response.body#/items/0/id`, `{$inputs.run}`.

An expression is read once, when the document is checked, and resolved against a `Scope` each time it
is used. Resolving raises NoValueError where there is nothing; what there is keeps its type.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from counterfoil.operating import nearest

BARE = ("url", "method", "statusCode")
MESSAGES = ("request", "response")
ROOTS = (
    *BARE,
    *MESSAGES,
    "inputs",
    "outputs",
    "steps",
    "workflows",
    "sourceDescriptions",
    "components",
)
_SHAPE = re.compile(r"\$(?P<root>[A-Za-z]+)(?P<rest>.*)", re.DOTALL)
_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
_SEGMENT = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class ExpressionError(ValueError):
    """A text is no runtime expression; this says why."""


class NoValueError(LookupError):
    """An expression leads nowhere; the text says how far it led."""


class Scope(Protocol):
    """What expressions can see at one point of a story."""

    def value(self, expression: "Expression") -> Any:
        """Return what the root and the segments of an expression name; NoValueError where nothing."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression: `$root.segment.segment#/pointer`.

    Of a message, the first segment is `header`, `query`, `path` or `body`.
    """

    text: str
    root: str
    segments: tuple[str | int, ...]
    pointer: str | None

    def resolve(self, scope: Scope) -> Any:
        """Return the value in a scope."""
        found = scope.value(self)
        return found if self.pointer is None else pointed(found, self.pointer, self.text)


def parse(text: str) -> Expression:
    """Return the expression a whole text is; ExpressionError where it is none."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise ExpressionError(
            f"{text!r} is no runtime expression; one begins with $, such as $inputs.key"
        )
    root, rest = shape["root"], shape["rest"]
    if root not in ROOTS:
        raise ExpressionError(f"{text!r} begins with no known name{nearest(root, ROOTS)}")
    path, mark, pointer = rest.partition("#")
    if mark and pointer and not pointer.startswith("/"):
        raise ExpressionError(f"{text!r}: what follows # is a JSON pointer, and begins with /")
    segments = _message(path, text) if root in MESSAGES else _segments(path, text)
    if root in BARE and (rest or segments):
        raise ExpressionError(f"{text!r}: nothing follows ${root}")
    if root not in BARE and not segments:
        raise ExpressionError(f"{text!r}: a name has to follow, such as ${root}.name")
    return Expression(text, root, segments, pointer if mark else None)


def _message(path: str, text: str) -> tuple[str | int, ...]:
    kind, _, name = path.removeprefix(".").partition(".")
    if kind in ("header", "query", "path"):
        if not name:
            raise ExpressionError(f"{text!r}: a name has to follow, such as {text}.name")
        return (kind, name)
    if kind == "body" or kind.startswith("body["):
        return _segments(path, text)
    raise ExpressionError(f"{text!r}: {kind!r} is none of header, query, path and body")


def _segments(path: str, text: str) -> tuple[str | int, ...]:
    found: list[str | int] = []
    position = 0
    for match in _SEGMENT.finditer(path):
        if match.start() != position:
            break
        found.append(match[1] if match[1] is not None else int(match[2]))
        position = match.end()
    if position != len(path):
        raise ExpressionError(f"{text!r} is cut short at {path[position:]!r}")
    return tuple(found)


def is_expression(value: Any) -> bool:
    """Tell whether a value of a payload is an expression as a whole."""
    return isinstance(value, str) and _named(value)


def _named(text: str) -> bool:
    shape = _SHAPE.fullmatch(text)
    return shape is not None and (shape["root"] in ROOTS or shape["rest"].startswith("."))


def embedded(text: str) -> Iterator[str]:
    """Yield every expression that stands in braces in a text."""
    yield from _EMBEDDED.findall(text)


def expressions_in(value: Any) -> Iterator[str]:
    """Yield every expression in a value: itself, in its members, or embedded in their texts."""
    if isinstance(value, Mapping):
        for member in value.values():
            yield from expressions_in(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from expressions_in(member)
    elif isinstance(value, str):
        yield from [value] if is_expression(value) else embedded(value)


def fill(value: Any, scope: Scope) -> Any:
    """Return a value with every expression in it resolved."""
    if isinstance(value, Mapping):
        return {key: fill(member, scope) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [fill(member, scope) for member in value]
    if not isinstance(value, str):
        return value
    if is_expression(value):
        return parse(value).resolve(scope)
    return filled_text(value, scope)


def filled_text(text: str, scope: Scope) -> str:
    """Return a text with every expression that stands in braces resolved."""
    return substituted(text, lambda expression: parse(expression).resolve(scope))


def substituted(text: str, value_of: Callable[[str], Any]) -> str:
    """Return a text with each embedded expression replaced by what `value_of` says."""
    return _EMBEDDED.sub(lambda match: written(value_of(match[1])), text)


def written(value: Any) -> str:
    """Return a value as it reads inside a text."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def pointed(value: Any, pointer: str, text: str) -> Any:
    """Return what a JSON pointer points at; NoValueError, naming `text`, where it points nowhere."""
    for token in pointer.split("/")[1:]:
        value = _member(value, token.replace("~1", "/").replace("~0", "~"), text)
    return value


def _member(value: Any, key: str | int, text: str) -> Any:
    if isinstance(value, Mapping) and str(key) in value:
        return value[str(key)]
    if isinstance(value, list) and str(key).isdigit() and int(key) < len(value):
        return value[int(key)]
    raise NoValueError(f"{text} has no value: there is no {key!r}")


def descend(value: Any, segments: tuple[str | int, ...], text: str) -> Any:
    """Return what segments lead to; a key may have dots in it, and the longest key that is there wins."""
    if not segments:
        return value
    if isinstance(value, Mapping):
        for end in range(len(segments), 0, -1):
            key = ".".join(map(str, segments[:end]))
            if key in value:
                return descend(value[key], segments[end:], text)
    return descend(_member(value, segments[0], text), segments[1:], text)
