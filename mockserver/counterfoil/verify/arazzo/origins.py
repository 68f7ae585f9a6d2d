"""Where the literals of recorded requests came from: the world, an earlier answer, or a person's head."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Value = TypeVar("Value", str, int)

TELLING = re.compile(r"(?!\d+\.\d+$|\d{4}-\d\d-\d\d$)(?=.*\d).{4,}", re.DOTALL)
"""What a value looks like that is no coincidence when it comes again: it has digits, and some length.

Amounts and dates are what people make up, though others may have had the same idea.
"""

NAMED = re.compile(r"[A-Za-z]+_[A-Za-z0-9]+|https?://[^/\s]+")
"""What is looked up inside longer texts: ids, and the addresses of servers."""


@dataclass
class Origins:
    """Tells for each literal of a request which expression stands for it.

    `inputs` are what the world offers, by value. An answer's values are known by the step they came
    with, unless a request had brought them before: then a person chose them, and they stay.
    """

    inputs: Mapping[str, str]
    _answers: dict[str, tuple[str, str]] = field(default_factory=dict)
    _chosen: set[str] = field(default_factory=set)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    """The outputs that came to be needed: by step, name and pointer."""
    used: set[str] = field(default_factory=set)
    """The inputs that came to be needed."""

    def explained(self, value: Any) -> Any:
        """Return a value of a request with expressions for all that was not made up by who sent it."""
        if isinstance(value, Mapping):
            return {key: self.explained(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self.explained(member) for member in value]
        if isinstance(value, int) and not isinstance(value, bool):
            return self._expression(str(value)) or self._kept(value)
        if not isinstance(value, str):
            return value
        whole = self._expression(value)
        if whole is not None:
            return whole
        return NAMED.sub(self._embedded, self._kept(value))

    def _kept(self, value: Value) -> Value:
        """Remember that a person chose a value."""
        self._chosen.add(str(value))
        return value

    def answered(self, step_id: str, body: Any) -> None:
        """Learn the values of a step's answer."""
        for pointer, value in _leaves(body, ""):
            if TELLING.fullmatch(value) and value not in self._chosen:
                self._answers.setdefault(value, (step_id, pointer))

    def _embedded(self, found: re.Match[str]) -> str:
        expression = self._expression(found[0])
        return found[0] if expression is None else f"{{{expression}}}"

    def _expression(self, value: str) -> str | None:
        if value in self.inputs:
            self.used.add(self.inputs[value])
            return f"$inputs.{self.inputs[value]}"
        if value not in self._answers:
            return None
        step_id, pointer = self._answers[value]
        return f"$steps.{step_id}.outputs.{self._output(step_id, pointer)}"

    def _output(self, step_id: str, pointer: str) -> str:
        """Return the name of an output of a step for a place of its answer."""
        outputs = self.outputs.setdefault(step_id, {})
        for name, known in outputs.items():
            if known == pointer:
                return name
        parts = [part for part in pointer.split("/")[1:] if part != "items"]
        name = re.sub(r"\W", "_", "_".join(parts)) or "body"
        outputs[name] = pointer
        return name


def _leaves(node: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from _leaves(value, f"{pointer}/{position}")
    elif isinstance(node, str | int) and not isinstance(node, bool):
        yield pointer, str(node)
