"""Inputs: what a workflow asks for, filled by name from what was given and from a world.

What was given wins over the environment (`COUNTERFOIL_INPUT_<name>`), that over the world, and that over
the schema's default.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs

from counterfoil.operating import OperatingError, nearest
from counterfoil.resources import parse
from counterfoil.verify.arazzo.model import Document, Workflow

SHARED = "#/components/inputs/"
ENVIRONMENT = "COUNTERFOIL_INPUT_"
DUE = timedelta(days=31)
"""How far in the future the `dueDate` of a world is."""

SECRET_WORDS = ("secret", "password", "token", "key")


def schema_of(document: Document, flow: Workflow) -> dict[str, Any]:
    """Return the schema of a workflow's inputs, what it shares written out; KeyError where it is not there."""
    schema: dict[str, Any] = _written_out(dict(flow.inputs), document, ())
    return schema


def _written_out(node: Any, document: Document, within: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_written_out(item, document, within) for item in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith(SHARED):
        name = reference.removeprefix(SHARED)
        if name in within:
            return {}
        return _written_out(document.components.inputs[name], document, (*within, name))
    return {key: _written_out(value, document, within) for key, value in node.items()}


def properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the inputs that a schema declares, those of its parts included."""
    declared = schema.get("properties")
    if isinstance(declared, Mapping):
        yield from declared.items()
    for part in schema.get("allOf", ()):
        yield from properties(part)


def filled(
    schema: Mapping[str, Any], given: Mapping[str, Any], offered: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the inputs of a workflow: given, else the first that is offered, else the default.

    Raises OperatingError where one is missing or does not fit.
    """
    values: dict[str, Any] = {}
    sources = (given, *offered)
    for name, of in properties(schema):
        found = next((source[name] for source in sources if name in source), of.get("default"))
        if found is not None:
            values[name] = _typed(found, of) if isinstance(found, str) else found
    if schema:
        _require_fit(schema, values)
    return values


def _require_fit(schema: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    for error in jsonschema_rs.Draft202012Validator(dict(schema)).iter_errors(dict(values)):
        lacking = [n for n in schema.get("required", []) if n not in values]
        if lacking:
            raise OperatingError(
                f"input {lacking[0]!r} is missing; give it with --input {lacking[0]}=… or as {ENVIRONMENT}{lacking[0]}"
            )
        name = ".".join(map(str, error.instance_path))
        of = dict(properties(schema)).get(name, {})
        what = "it does not fit its schema" if is_secret(name, of) else str(error).splitlines()[0]
        raise OperatingError(f"input {name!r}: {what}; correct it")


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """Return a text as the type that the schema wants: `7` for an integer, `true` for a boolean."""
    if schema.get("type") in (None, "string"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def is_secret(name: str, schema: Mapping[str, Any]) -> bool:
    """Tell whether an input is not to be shown."""
    by_name = any(word in name.lower() for word in SECRET_WORDS)
    return schema.get("format") == "password" or by_name


def secrets(schema: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Return the inputs that are not to be shown, by the shell variables that stand for them."""
    declared = dict(properties(schema))
    return {
        variable(name): value
        for name, value in values.items()
        if isinstance(value, str) and is_secret(name, declared.get(name, {}))
    }


def variable(name: str) -> str:
    """Return the shell variable that stands for an input: SELLER_SECRET for `sellerSecret`."""
    words = "".join(f"_{char}" if char.isupper() else char for char in name)
    return re.sub(r"\W", "_", words).upper()


def of_world(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a world offers by name: `worldId`, `sellerKey`, `connectionId`, `dueDate` and so on."""
    now = datetime.fromisoformat(described["clock"]["now"])
    offered: dict[str, Any] = {
        "worldId": described["id"],
        "sandboxUrl": described["url"],
        "today": now.date().isoformat(),
        "dueDate": (now + DUE).date().isoformat(),
        "run": str(described["id"]).rpartition("_")[2],
    }
    for api, section in described.items():
        if isinstance(section, Mapping) and "url" in section:
            offered |= dict(_of_api(api, section))
    return offered


def _of_api(api: str, section: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((_joined(api, k), value) for k, value in section.items() if isinstance(value, str))
    yield from ((_joined(api, k, "key"), v) for k, v in _narrower(section) if isinstance(v, str))
    for alias, organization in section.get("organizations", {}).items():
        yield from _of_organization(alias, organization)
    aliases = {o["id"]: alias for alias, o in section.get("organizations", {}).items()}
    for connection in reversed(section.get("connections", [])):
        yield "connectionId", connection["id"]
        yield _joined(aliases.get(connection["buyer"], "other"), "connectionId"), connection["id"]


def _of_organization(alias: str, organization: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield f"{alias}Id", organization["id"]
    yield f"{alias}Key", organization["apiKey"]
    yield f"{alias}Secret", organization["apiSecret"]
    for permission, key in _narrower(organization):
        yield _joined(alias, permission, "key"), key["apiKey"]
        yield _joined(alias, permission, "secret"), key["apiSecret"]


def _narrower(section: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from section.get("keys", {}).items()


def _joined(first: str, *more: str) -> str:
    return first + "".join(part[:1].upper() + part[1:] for part in more)


def rows(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of inputs: one mapping, or a list of them."""
    try:
        found = parse(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise OperatingError(f"{file} cannot be read ({error}); name a file of inputs") from None
    listed = found if isinstance(found, list) else [found]
    if not listed or not all(isinstance(row, dict) for row in listed):
        raise OperatingError(f"{file} holds no inputs; write a mapping of names, or a list of them")
    return listed


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """Return what `name=value` texts say."""
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise OperatingError(f"--input {text!r} says nothing; write --input name=value")
        found[name] = value
    return found


def require_known(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise OperatingError for an input that no workflow has."""
    known = set(known)
    for name in names:
        if name not in known:
            raise OperatingError(
                f"no workflow has an input {name!r}{nearest(name, known)}; leave it out"
            )
