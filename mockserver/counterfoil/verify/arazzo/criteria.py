"""Criteria: whether a condition of any kind holds, and what it saw if not."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import jsonpath

from counterfoil.verify.arazzo import conditions, expressions
from counterfoil.verify.arazzo.expressions import ExpressionError, NoValueError, Scope
from counterfoil.verify.arazzo.model import (
    JSONPATH,
    REGEX,
    SIMPLE,
    XPATH,
    Criterion,
    ExpressionType,
)

PATHS = jsonpath.JSONPathEnvironment(strict=True)
"""JSONPath as RFC 9535 has it, and no more."""

LONGEST = 300
"""How much of a value is told, in characters."""


class Verdict(NamedTuple):
    """Whether a criterion holds; `saw` is what came where it does not."""

    holds: bool
    expected: str
    saw: str = ""


def judge(criterion: Criterion, scope: Scope) -> Verdict:
    """Tell whether a criterion holds in a scope; what leads nowhere makes it fail."""
    expected = stated(criterion)
    try:
        return Verdict(*_JUDGES[criterion.kind](criterion, scope, expected))
    except NoValueError as error:
        return Verdict(holds=False, expected=expected, saw=str(error))


def stated(criterion: Criterion) -> str:
    """Return a criterion as one line."""
    if criterion.kind == SIMPLE:
        return criterion.condition
    return f"{criterion.context} matches {criterion.kind} {criterion.condition}"


def mistakes(criterion: Criterion) -> list[str]:
    """Return what is wrong with a criterion, whatever it will be applied to."""
    kind = criterion.kind
    if kind == XPATH:
        return [
            "xpath is not supported: no API here answers in XML; write a simple or jsonpath condition"
        ]
    if kind != SIMPLE and criterion.context is None:
        return [f"a {kind} condition needs a context, such as $response.body"]
    found = _version(criterion) if isinstance(criterion.type, ExpressionType) else []
    if criterion.context is not None:
        found += _wrong(lambda: expressions.parse(str(criterion.context)))
    return found + _wrong(lambda: _READERS[kind](criterion.condition))


def mentioned(criterion: Criterion) -> list[str]:
    """Return the expressions of a sound criterion."""
    named = [] if criterion.context is None else [criterion.context]
    if criterion.kind == SIMPLE:
        return named + [found.text for found in conditions.read(criterion.condition).expressions]
    return named + list(expressions.embedded(criterion.condition))


def _version(criterion: Criterion) -> list[str]:
    assert isinstance(criterion.type, ExpressionType)
    if criterion.type.version == "draft-goessner-dispatch-jsonpath-00":
        return []
    return [
        f"there is no version {criterion.type.version!r} of jsonpath; leave it out for RFC 9535"
    ]


def _wrong(reader: Callable[[], Any]) -> list[str]:
    try:
        reader()
    except (conditions.ConditionError, ExpressionError, re.error, jsonpath.JSONPathError) as error:
        return [" ".join(str(error).split())]
    return []


def _read_regex(condition: str) -> None:
    re.compile(expressions.substituted(condition, lambda _: "x"))


def _read_jsonpath(condition: str) -> None:
    PATHS.compile(expressions.substituted(_unquoted(condition), lambda _: "'x'"))


def _unquoted(condition: str) -> str:
    """Return a path in which quotes around an embedded expression are gone: its value brings its own."""
    return re.sub(r"""(['"])(\{\$[^{}]+\})\1""", r"\2", condition)


_READERS: dict[str, Callable[[str], Any]] = {
    SIMPLE: conditions.read,
    REGEX: _read_regex,
    JSONPATH: _read_jsonpath,
}


def _simple(criterion: Criterion, scope: Scope, expected: str) -> Verdict:
    condition = conditions.read(criterion.condition)
    if condition.holds(scope):
        return Verdict(holds=True, expected=expected)
    seen = {found.text: told(found.resolve(scope)) for found in condition.expressions}
    return Verdict(
        holds=False,
        expected=expected,
        saw=", ".join(f"{text} is {value}" for text, value in seen.items()),
    )


def _regex(criterion: Criterion, scope: Scope, expected: str) -> Verdict:
    value = expressions.written(_context(criterion, scope))
    pattern = expressions.filled_text(criterion.condition, scope)
    return Verdict(re.search(pattern, value) is not None, expected, told(value))


def _jsonpath(criterion: Criterion, scope: Scope, expected: str) -> Verdict:
    value = _context(criterion, scope)
    path = PATHS.compile(
        expressions.substituted(
            _unquoted(criterion.condition),
            lambda text: json.dumps(expressions.parse(text).resolve(scope), ensure_ascii=False),
        )
    )
    # A filter at the root of an object means the object itself in the specification's own example,
    # and its members in RFC 9535: either will do.
    roots = [value, [value]] if isinstance(value, dict) else [value]
    found = any(_matches(path, root) for root in roots if isinstance(root, dict | list))
    return Verdict(found, expected, told(value))


def _matches(path: Any, root: Any) -> bool:
    return next(iter(path.finditer(root)), None) is not None


def _context(criterion: Criterion, scope: Scope) -> Any:
    return expressions.parse(str(criterion.context)).resolve(scope)


_JUDGES: dict[str, Callable[[Criterion, Scope, str], Verdict]] = {
    SIMPLE: _simple,
    REGEX: _regex,
    JSONPATH: _jsonpath,
}


def told(value: Any) -> str:
    """Return a value as a report shows it: JSON, cut where it is long."""
    text = repr(value) if isinstance(value, str) else expressions.written(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
