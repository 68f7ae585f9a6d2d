"""Simple conditions: `$statusCode == 200 && $response.body#/status == 'SETTLED'`.

Or binds weaker than and, and weaker than not, and weaker than a comparison. Texts compare without
regard to case, as the specification demands; a number and a text that reads as one compare as
numbers.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from counterfoil.verify.arazzo.expressions import Expression, ExpressionError, Scope, parse

Value = Callable[[Scope], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<operator>&&|\|\||[<>=!]=|[<>!()])"
    r"|'(?P<text>(?:[^']|'')*)'"
    r"|(?P<expression>\$[^\s()<>=!&|]+)"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])"
    r"|(?P<word>true|false|null)\b)"
)
WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class ConditionError(ValueError):
    """A text is no condition; this says where it goes wrong."""


@dataclass(frozen=True)
class Condition:
    """A condition that was read, and the expressions in it."""

    text: str
    expressions: tuple[Expression, ...]
    _value: Value

    def holds(self, scope: Scope) -> bool:
        """Tell whether it is true; NoValueError where an expression of it leads nowhere."""
        return bool(self._value(scope))


def read(text: str) -> Condition:
    """Return the condition that a text is; ConditionError where it is none."""
    reader = _Reader(text)
    value = reader.alternatives()
    reader.end()
    return Condition(text, tuple(reader.expressions), value)


class _Reader:
    """Reads a condition by recursive descent: one method for each strength of binding."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.expressions: list[Expression] = []
        self._kind, self._token = "", ""
        self._next()

    def alternatives(self) -> Value:
        """Read what stands between ||."""
        left = self._all_of()
        while self._took("||"):
            left = _either(left, self._all_of())
        return left

    def end(self) -> None:
        """Refuse whatever follows."""
        if self._kind:
            raise ConditionError(f"{self._text!r}: {self._token!r} is not expected there")

    def _all_of(self) -> Value:
        left = self._denied()
        while self._took("&&"):
            left = _both(left, self._denied())
        return left

    def _denied(self) -> Value:
        if self._took("!"):
            inner = self._denied()
            return lambda scope: not inner(scope)
        return self._comparison()

    def _comparison(self) -> Value:
        left = self._operand()
        operator = self._token
        if self._kind == "operator" and operator in COMPARISONS:
            self._next()
            return _compared(COMPARISONS[operator], left, self._operand())
        return left

    def _operand(self) -> Value:
        kind, token = self._kind, self._token
        if self._took("("):
            inner = self.alternatives()
            if not self._took(")"):
                raise ConditionError(f"{self._text!r}: a ) is missing")
            return inner
        if kind in ("", "operator"):
            what = repr(token) if token else "its end"
            raise ConditionError(f"{self._text!r}: a value is expected before {what}")
        self._next()
        return self._expression(token) if kind == "expression" else _constant(_literal(kind, token))

    def _expression(self, token: str) -> Value:
        try:
            expression = parse(token)
        except ExpressionError as error:
            raise ConditionError(str(error)) from None
        self.expressions.append(expression)
        return expression.resolve

    def _took(self, operator: str) -> bool:
        if self._kind != "operator" or self._token != operator:
            return False
        self._next()
        return True

    def _next(self) -> None:
        match = _TOKEN.match(self._text, self._position)
        if match is None:
            rest = self._text[self._position :].strip()
            if rest:
                hint = (
                    "; texts stand in single quotes" if rest[0].isalpha() or rest[0] == '"' else ""
                )
                raise ConditionError(f"{self._text!r} cannot be read from {rest!r} on{hint}")
            self._kind = self._token = ""
            return
        self._position = match.end()
        self._kind = str(match.lastgroup)
        self._token = match[self._kind]


def _literal(kind: str, token: str) -> Any:
    if kind == "text":
        return token.replace("''", "'")
    return WORDS[token] if kind == "word" else Decimal(token)


def _constant(value: Any) -> Value:
    return lambda _: value


def _either(left: Value, right: Value) -> Value:
    return lambda scope: bool(left(scope)) or bool(right(scope))


def _both(left: Value, right: Value) -> Value:
    return lambda scope: bool(left(scope)) and bool(right(scope))


def _compared(operator: Callable[[Any, Any], bool], left: Value, right: Value) -> Value:
    return lambda scope: operator(left(scope), right(scope))


def equal(left: Any, right: Any) -> bool:
    """Compare loosely: texts without regard to case, a number with a text that reads as one."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    numbers = _number(left), _number(right)
    if None not in numbers and not (isinstance(left, bool) or isinstance(right, bool)):
        return numbers[0] == numbers[1]
    return type(left) is type(right) and bool(left == right)


def _order(left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1; None where the two have no order."""
    first, second = _number(left), _number(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    if isinstance(left, str) and isinstance(right, str):
        one, other = left.casefold(), right.casefold()
        return (one > other) - (one < other)
    return None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": lambda left, right: _order(left, right) == -1,
    "<=": lambda left, right: _order(left, right) in (-1, 0),
    ">": lambda left, right: _order(left, right) == 1,
    ">=": lambda left, right: _order(left, right) in (0, 1),
}
