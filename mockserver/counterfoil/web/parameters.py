"""Parameters of an operation: read strictly, all that is wrong with them told at once.

Text becomes a value only where it is spelled as JSON would spell it: `1_0`, ` 5` and other scripts'
digits are no integers. A parameter that is not a list may be given once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from counterfoil.contract.document import resolve
from counterfoil.domain.outcome import Violation
from counterfoil.web.schemas import Schema, Schemas

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_BOOLEANS = {"true": True, "false": False}
FIELDS = 1000
"""How many parameters a query string may have."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: where it stands, and what its text may be."""

    name: str
    required: bool
    kind: str
    item: str
    schema: Schema
    code: str | None

    def read(self, texts: Sequence[str]) -> tuple[Any, list[Violation]]:
        """Return the value of what was given, and everything that is wrong with it."""
        if self.kind == "array":
            parts = [part for text in texts for part in text.split(",")]
            value: Any = [_value(self.item, part) for part in parts]
        elif len(texts) > 1:
            return None, [Violation(self.name, "repeated", code=self.code)]
        else:
            value = _value(self.kind, texts[0])
        if self.schema.fits(value):
            return value, []
        found = self.schema.violations(value, self.name)
        return value, [replace(v, code=self.code or v.code) for v in found]


class Parameters:
    """All parameters of an operation."""

    def __init__(
        self, document: Mapping[str, Any], schemas: Schemas, declared: Sequence[Mapping[str, Any]]
    ) -> None:
        self._query: dict[str, Parameter] = {}
        self._path: dict[str, Parameter] = {}
        self._headers: dict[bytes, Parameter] = {}
        self._defaults: dict[str, Any] = {}
        for parameter in declared:
            self._declare(document, schemas, parameter)

    def _declare(
        self, document: Mapping[str, Any], schemas: Schemas, parameter: Mapping[str, Any]
    ) -> None:
        schema = resolve(document, parameter["schema"])
        name, place = parameter["name"], parameter["in"]
        read = Parameter(
            name=name,
            required=parameter.get("required", False),
            kind=schema.get("type", "string"),
            item=resolve(document, schema.get("items", {})).get("type", "string"),
            schema=schemas.compile(parameter["schema"], "request"),
            code=parameter.get("x-error"),
        )
        if "default" in schema:
            self._defaults[name] = schema["default"]
        if place == "query":
            self._query[name] = read
        elif place == "path":
            self._path[name] = read
        elif place == "header":
            self._headers[name.lower().encode()] = read
        else:
            raise AssertionError(f"parameter {name}: nothing reads parameters in {place}")

    def read(
        self, path: Mapping[str, str], query: bytes, headers: Mapping[bytes, bytes]
    ) -> tuple[dict[str, Any], list[Violation]]:
        """Return the arguments of a request by name, defaults filled in, and all violations."""
        arguments = dict(self._defaults)
        violations: list[Violation] = []
        for name, parameter in self._path.items():
            _take(parameter, [path[name]], arguments, violations)
        if self._query:
            self._read_query(query, arguments, violations)
        for raw, parameter in self._headers.items():
            if raw in headers:
                _take(parameter, [headers[raw].decode("latin-1")], arguments, violations)
        return arguments, violations

    def _read_query(
        self, query: bytes, arguments: dict[str, Any], violations: list[Violation]
    ) -> None:
        given: dict[str, list[str]] = {}
        if query:
            try:
                pairs = parse_qsl(
                    query.decode("latin-1"),
                    keep_blank_values=True,
                    errors="strict",
                    max_num_fields=FIELDS,
                )
            except ValueError:
                violations.append(Violation("query", "encoding"))
                return
            for name, text in pairs:
                given.setdefault(name, []).append(text)
        for name, parameter in self._query.items():
            if name in given:
                _take(parameter, given[name], arguments, violations)
            elif parameter.required:
                violations.append(Violation(name, "required", code=parameter.code))


def _take(
    parameter: Parameter,
    texts: Sequence[str],
    arguments: dict[str, Any],
    violations: list[Violation],
) -> None:
    value, wrong = parameter.read(texts)
    if wrong:
        violations.extend(wrong)
    else:
        arguments[parameter.name] = value


def _value(kind: str, text: str) -> Any:
    """Return the value a text spells, or the text itself where it spells none."""
    if kind == "integer":
        return int(text) if _INTEGER.fullmatch(text) else text
    if kind == "boolean":
        return _BOOLEANS.get(text, text)
    return text
