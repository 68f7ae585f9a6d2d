"""Schemas of an OpenAPI 3.0 document as compiled validators, with violations told in full.

OpenAPI 3.0 is its own dialect: `nullable`, boolean `exclusiveMinimum`, and members that are read
only or write only depending on the direction. It is turned into JSON Schema 2020-12 once.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any, Literal

import jsonschema_rs
import msgspec

from counterfoil.contract.document import resolve
from counterfoil.domain.outcome import Violation
from counterfoil.operating import nearest

Direction = Literal["request", "response"]
Validator = jsonschema_rs.Draft202012Validator

DIRECTIONS: tuple[Direction, ...] = ("request", "response")
DOCUMENT = "urn:openapi"
OPAQUE = ("example", "examples", "default", "enum")
HIDDEN = {"request": "readOnly", "response": "writeOnly"}
SAID_BY_SCHEMA = ("pattern", "format", "anyOf", "oneOf", "multipleOf")
"""Rules whose own words would help nobody, so that the schema's `x-expected` speaks for them."""

COUNTED = {
    "minLength": ("character", "characters"),
    "maxLength": ("character", "characters"),
    "minItems": ("entry", "entries"),
    "maxItems": ("entry", "entries"),
    "minProperties": ("member", "members"),
    "maxProperties": ("member", "members"),
}
"""What rules count, one and many of it."""

SHOWN = 40
"""How many characters of a wrong value are told back."""

MOST = 100
"""How many violations of one value are told; who sends thousands reads none."""

TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


class Schemas:
    """The schemas of one document, compiled when they are first needed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    @cached_property
    def _registries(self) -> dict[Direction, jsonschema_rs.Registry]:
        schemas = self._document.get("components", {}).get("schemas", {})
        return {
            direction: jsonschema_rs.Registry(
                [(DOCUMENT, {"components": {"schemas": _members(schemas, direction)}})]
            )
            for direction in DIRECTIONS
        }

    def compile(self, schema: Mapping[str, Any], direction: Direction) -> "Schema":
        """Return a schema of the document, ready to judge values that go in a direction."""
        converted = _converted(schema, direction)
        validator = Validator(
            converted, registry=self._registries[direction], validate_formats=True
        )
        return Schema(self._document, schema, validator)


class Schema:
    """A compiled schema. `fits` is the quick question, `violations` the long answer."""

    __slots__ = ("_document", "_schema", "_validator", "fits")

    def __init__(
        self, document: Mapping[str, Any], schema: Mapping[str, Any], validator: Validator
    ) -> None:
        self._document = document
        self._schema = schema
        self._validator = validator
        self.fits = validator.is_valid

    @property
    def files(self) -> frozenset[str]:
        """The members of a form that are files."""
        members = resolve(self._document, self._schema).get("properties", {})
        return frozenset(n for n, member in members.items() if member.get("format") == "binary")

    def violations(self, value: Any, field: str = "") -> Iterator[Violation]:
        """Yield what is wrong with a value, up to MOST; `field` is the path it is told under.

        What two rules would say in the same words is said once.
        """
        yield from islice(self._all(value, field), MOST)

    def _all(self, value: Any, field: str) -> Iterator[Violation]:
        said = set()
        for error in self._validator.iter_errors(value):
            path = ".".join([field, *map(str, error.instance_path)]).strip(".")
            for violation in self._told(error, path):
                words = (violation.field, violation.code or violation.expected or violation.keyword)
                if words not in said:
                    said.add(words)
                    yield violation

    def _told(self, error: Any, path: str) -> Iterator[Violation]:
        if blank := self._blank(error):
            yield Violation(path, "required", code=blank)
            return
        keyword = error.kind.name
        facts = error.kind.as_dict()
        schema = self._at(error.schema_path[:-1])
        code = schema.get("x-error")
        if keyword == "required":
            name = facts["property"]
            missing = schema.get("properties", {}).get(name, {}).get("x-missing")
            yield Violation(f"{path}.{name}".strip("."), keyword, code=missing or code)
        elif keyword == "additionalProperties":
            known = schema.get("properties", {})
            for name in facts["unexpected"]:
                meant = nearest(name, known)
                yield Violation(f"{path}.{name}".strip("."), keyword, meant, code)
        elif keyword != "pattern" or error.instance or not schema.get("minLength"):
            # An empty text is told as too short, not as of the wrong form besides.
            expected, given = _expected(keyword, facts, schema), _given(error.instance)
            yield Violation(path, keyword, expected, code, given)

    def _blank(self, error: Any) -> str | None:
        """Return the `x-missing` of a member that is there and says nothing, where it has one."""
        if error.instance not in (None, "") or not error.instance_path:
            return None
        node: Any = self._schema
        member: Any = {}
        previous: str | int = ""
        for part in error.evaluation_path[:-1]:
            node = resolve(self._document, node) if part == "$ref" else node[part]
            if previous == "properties" and part == error.instance_path[-1]:
                member = node
            previous = part
        code: str | None = member.get("x-missing")
        return code

    def _at(self, path: list[str | int]) -> Mapping[str, Any]:
        """Return the part of the document that a failing keyword stands in."""
        node: Any = self._document if path[:1] == ["components"] else self._schema
        for part in path:
            node = node[part]
        return node if isinstance(node, Mapping) else {}


def _expected(keyword: str, facts: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return what a broken rule asks for, in words."""
    if keyword in SAID_BY_SCHEMA and "x-expected" in schema:
        return str(schema["x-expected"])
    if keyword == "type":
        return " or ".join(sorted(TYPES[name] for name in facts["types"]))
    if keyword == "enum":
        return ", ".join(str(option) for option in facts["options"] if option is not None)
    if keyword == "format":
        return f"a {facts['format']}"
    limit = facts.get("limit", facts.get("pattern", ""))
    if keyword in COUNTED:
        one, many = COUNTED[keyword]
        return f"{limit} {one if limit == 1 else many}"
    return str(limit)


def _given(value: Any) -> str:
    """Return a value as the caller wrote it, or what it is where that is long."""
    if isinstance(value, dict | list):
        return TYPES["object" if isinstance(value, dict) else "array"]
    text = msgspec.json.encode(value).decode() if not isinstance(value, Decimal) else str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _converted(node: Any, direction: Direction) -> Any:
    """Return an OpenAPI 3.0 schema, or a list of some, as JSON Schema 2020-12."""
    if isinstance(node, list):
        return [_converted(part, direction) for part in node]
    if not isinstance(node, Mapping):
        return node
    schema = {
        key: _keyword(key, value, direction)
        for key, value in node.items()
        if not key.startswith("x-")
    }
    _allow_null(schema)
    _make_bounds_exclusive(schema)
    _hide(schema, node, direction)
    return schema


def _keyword(key: str, value: Any, direction: Direction) -> Any:
    if key in OPAQUE:
        return value
    if key == "$ref":
        return DOCUMENT + value
    return _members(value, direction) if key == "properties" else _converted(value, direction)


def _members(schemas: Mapping[str, Any], direction: Direction) -> dict[str, Any]:
    return {name: _converted(schema, direction) for name, schema in schemas.items()}


def _allow_null(schema: dict[str, Any]) -> None:
    if schema.pop("nullable", False) is not True:
        return
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]


def _make_bounds_exclusive(schema: dict[str, Any]) -> None:
    for inclusive, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True:
            schema[exclusive] = schema.pop(inclusive)
        elif schema.get(exclusive) is False:
            del schema[exclusive]


def _hide(schema: dict[str, Any], node: Mapping[str, Any], direction: Direction) -> None:
    """Forbid the members that may not go in this direction, and require none of them."""
    members = node.get("properties")
    if not isinstance(members, Mapping):
        return
    flag = HIDDEN[direction]
    hidden = {
        name for name, member in members.items() if isinstance(member, Mapping) and member.get(flag)
    }
    for name in hidden:
        schema["properties"][name] = False
    if hidden and "required" in schema:
        schema["required"] = [name for name in schema["required"] if name not in hidden]
