"""What the expressions of a workflow see while it runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from counterfoil.verify.arazzo.calls import Prepared
from counterfoil.verify.arazzo.expressions import Expression, NoValueError, descend, fill
from counterfoil.verify.arazzo.script import Script
from counterfoil.verify.exchange import Exchange, header


@dataclass
class Memory:
    """What a workflow remembers: its inputs, what its steps put out, and the workflows before it."""

    script: Script
    inputs: Mapping[str, Any]
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    workflows: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)


class View:
    """What can be seen at one point: what is remembered, and the step's own request and response."""

    def __init__(
        self,
        memory: Memory,
        prepared: Prepared | None = None,
        exchange: Exchange | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        self._memory, self._prepared, self._exchange = memory, prepared, exchange
        self._outputs = memory.outputs if outputs is None else outputs
        self._body: Any = None if exchange is None else body_of(exchange)

    def value(self, expression: Expression) -> Any:
        """Return what an expression names; NoValueError where there is nothing."""
        readers = {
            "url": self._url,
            "method": self._method,
            "statusCode": self._status,
            "request": self._request,
            "response": self._response,
        }
        if expression.root in readers:
            return readers[expression.root](expression)
        return descend(self._remembered(expression.root), expression.segments, expression.text)

    def _remembered(self, root: str) -> Mapping[str, Any]:
        memory = self._memory
        document = memory.script.story.document
        known: Mapping[str, Mapping[str, Any]] = {
            "inputs": memory.inputs,
            "outputs": self._outputs,
            "steps": {step: {"outputs": outputs} for step, outputs in memory.steps.items()},
            "workflows": memory.workflows,
            "sourceDescriptions": {
                source.name: {"url": source.url} for source in document.source_descriptions
            },
        }
        if root == "components":
            shared = document.components.parameters.items()
            return {"parameters": {name: fill(shown.value, self) for name, shown in shared}}
        return known[root]

    def _sent(self, expression: Expression) -> Prepared:
        if self._prepared is None:
            raise NoValueError(f"{expression.text} has no value: nothing was sent")
        return self._prepared

    def _came(self, expression: Expression) -> Exchange:
        if self._exchange is None:
            raise NoValueError(f"{expression.text} has no value: no answer came")
        return self._exchange

    def _url(self, expression: Expression) -> str:
        return self._sent(expression).call.path

    def _method(self, expression: Expression) -> str:
        return self._sent(expression).call.method

    def _status(self, expression: Expression) -> int:
        return self._came(expression).status

    def _request(self, expression: Expression) -> Any:
        sent = self._sent(expression)
        place, *names = expression.segments
        if place == "body":
            return descend(sent.payload, tuple(names), expression.text)
        values = sent.values[str(place)]
        if place == "header":
            values = {name.lower(): value for name, value in values.items()}
            names = [str(name).lower() for name in names]
        return descend(values, tuple(names), expression.text)

    def _response(self, expression: Expression) -> Any:
        came = self._came(expression)
        place, *names = expression.segments
        if place == "body":
            return descend(self._body, tuple(names), expression.text)
        value = header(came.response.headers, str(names[0])) if place == "header" else None
        if value is None:
            raise NoValueError(f"{expression.text} has no value: the answer has no such {place}")
        return value


def body_of(exchange: Exchange) -> Any:
    """Return the body of a response as a story sees it: JSON where it is that, else text."""
    try:
        return json.loads(exchange.response.body)
    except (ValueError, RecursionError):
        return exchange.response.body.decode(errors="replace")
