"""From a step and the values of its expressions to an HTTP request, written as its operation says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from counterfoil.verify.arazzo.expressions import Scope, fill, filled_text, is_expression
from counterfoil.verify.arazzo.model import Parameter, RequestBody
from counterfoil.verify.arazzo.sources import Operation
from counterfoil.verify.client import Call

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
BOUNDARY = "counterfoil-part"


@dataclass(frozen=True)
class Prepared:
    """A request that is ready to be sent, and what it was made of: parameters by place and name."""

    operation: Operation
    call: Call
    payload: Any
    values: Mapping[str, Mapping[str, Any]]


def prepare(
    operation: Operation,
    base: str,
    parameters: Sequence[Parameter],
    body: RequestBody | None,
    scope: Scope,
) -> Prepared:
    """Return the request of an operation; NoValueError where an expression leads nowhere."""
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for parameter in parameters:
        values[str(parameter.in_)][str(parameter.name)] = fill(parameter.value, scope)
    headers = {name: _plain(value) for name, value in values["header"].items()}
    if values["cookie"]:
        cookies = [f"{name}={_plain(value)}" for name, value in values["cookie"].items()]
        headers["Cookie"] = "; ".join(cookies)
    media, payload, content = _content(operation, body, scope)
    if media is not None:
        headers["Content-Type"] = media
    query = urlencode(list(_query(operation, values["query"])), quote_via=quote)
    url = base + _path(operation, values["path"]) + (f"?{query}" if query else "")
    call = Call(operation.method.upper(), url, headers, content=content or None)
    return Prepared(operation, call, payload, values)


def _plain(value: Any) -> str:
    """Return a value as a parameter writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_plain, value))
    if isinstance(value, Mapping):
        return ",".join(f"{key},{_plain(member)}" for key, member in value.items())
    return "" if value is None else str(value)


def _path(operation: Operation, values: Mapping[str, Any]) -> str:
    path = operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(_plain(value), safe=""))
    return path


def _query(operation: Operation, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    declared = {p["name"]: p for p in operation.parameters if p["in"] == "query"}
    for name, value in values.items():
        style = declared.get(name, {})
        exploded = style.get("explode", style.get("style", "form") == "form")
        if isinstance(value, Mapping) and style.get("style") == "deepObject":
            yield from ((f"{name}[{key}]", _plain(member)) for key, member in value.items())
        elif isinstance(value, Mapping) and exploded:
            yield from ((key, _plain(member)) for key, member in value.items())
        elif isinstance(value, list) and exploded:
            yield from ((name, _plain(member)) for member in value)
        elif value is not None:
            yield name, _plain(value)


def _content(
    operation: Operation, body: RequestBody | None, scope: Scope
) -> tuple[str | None, Any, bytes]:
    """Return media type, payload and bytes of a body."""
    if body is None:
        return None, None, b""
    media = body.content_type or _media(operation)
    payload = _payload(body, scope)
    for replacement in body.replacements:
        payload = _replaced(payload, replacement.target, fill(replacement.value, scope))
    if isinstance(payload, str) and not is_json(media):
        return media, payload, payload.encode()
    if media == FORM:
        return media, payload, urlencode(payload, doseq=True).encode()
    if media == MULTIPART:
        return f"{media}; boundary={BOUNDARY}", payload, _multipart(operation, payload)
    return media, payload, json.dumps(payload, ensure_ascii=False).encode()


def _media(operation: Operation) -> str:
    """Return the media type an operation takes: JSON where it may be that."""
    return JSON if JSON in operation.body else next(iter(operation.body), JSON)


def is_json(media: str) -> bool:
    """Tell whether a media type is JSON of some kind."""
    return "json" in media


def _payload(body: RequestBody, scope: Scope) -> Any:
    """Return the payload, filled; a text that is written as JSON is read as such."""
    if not isinstance(body.payload, str) or is_expression(body.payload):
        return fill(body.payload, scope)
    text = filled_text(body.payload, scope)
    try:
        return json.loads(text) if text.lstrip()[:1] in ("{", "[") else text
    except ValueError:
        return text


def _replaced(payload: Any, pointer: str, value: Any) -> Any:
    """Return a payload with another value at a pointer; what leads there is made."""
    first, *rest = pointer.removeprefix("/").split("/")
    key = first.replace("~1", "/").replace("~0", "~")
    below = "/".join(rest)
    if isinstance(payload, list):
        changed = list(payload)
        position = len(changed) if key == "-" else int(key)
        inner = changed[position] if position < len(changed) else {}
        changed[position : position + 1] = [_replaced(inner, below, value) if rest else value]
        return changed
    members = dict(payload) if isinstance(payload, Mapping) else {}
    members[key] = _replaced(members.get(key, {}), below, value) if rest else value
    return members


def _multipart(operation: Operation, payload: Mapping[str, Any]) -> bytes:
    """Return a form in parts; a member that its schema calls binary goes as a file of its name."""
    schema = operation.body.get(MULTIPART, {}).get("schema", {})
    binary = {
        name for name, of in schema.get("properties", {}).items() if of.get("format") == "binary"
    }
    parts = []
    for name, value in payload.items():
        file = f'; filename="{name}.txt"\r\nContent-Type: text/plain' if name in binary else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(f"{head}{_plain(value)}\r\n")
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
