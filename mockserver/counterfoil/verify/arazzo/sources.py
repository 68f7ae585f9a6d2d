"""Source descriptions: the OpenAPI documents a story calls, whole, with their operations by name.

A relative url is looked for beside the story, then among the documents that Counterfoil brings, so
that `specs/expereon/openapi.yaml` is found from anywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from counterfoil import resources
from counterfoil.contract.document import METHODS, operations, parameters, resolve, with_aliases
from counterfoil.contract.load import load
from counterfoil.operating import OperatingError, nearest

CONTROL_PLANE = "/_sandbox"
"""Every path of the control plane begins so."""


@dataclass(frozen=True)
class Operation:
    """An operation of a source."""

    source: "Source"
    path: str
    method: str

    @property
    def declared(self) -> Mapping[str, Any]:
        """The operation as its document writes it."""
        found: Mapping[str, Any] = self.source.document["paths"][self.path][self.method]
        return found

    @property
    def id(self) -> str:
        """Its operationId; method and path where it has none."""
        return str(self.declared.get("operationId", f"{self.method.upper()} {self.path}"))

    @cached_property
    def parameters(self) -> list[dict[str, Any]]:
        """Its parameters, those of its path included."""
        return parameters(self.source.document, self.path, self.method)

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The schemas of the bodies it takes, by media type."""
        body = resolve(self.source.document, self.declared.get("requestBody", {}))
        content: Mapping[str, Any] = body.get("content", {})
        return content


@dataclass(frozen=True)
class Source:
    """An OpenAPI document under the name that a story gives it; its references are all its own."""

    name: str
    url: str
    document: Mapping[str, Any]
    service: str
    """Whose document it is: `expereon`, `sandbox`, or the name where it is none of ours."""

    @property
    def is_control_plane(self) -> bool:
        """Whether it describes the sandbox itself, which no real server has."""
        return all(path.startswith(CONTROL_PLANE) for path in self.document["paths"])

    @property
    def server(self) -> str | None:
        """The address that the document itself names; None where that is not a whole one."""
        servers = self.document.get("servers") or [{"url": ""}]
        url = str(servers[0]["url"])
        return url.rstrip("/") if url.startswith(("http://", "https://")) else None

    @cached_property
    def _by_id(self) -> Mapping[str, Operation]:
        return {
            declared["operationId"]: Operation(self, path, method)
            for path, method, declared in operations(self.document)
            if "operationId" in declared
        }

    @property
    def operation_ids(self) -> list[str]:
        """The names of its operations."""
        return list(self._by_id)

    def operation(self, operation_id: str) -> Operation | None:
        """Return an operation by its id."""
        return self._by_id.get(operation_id)

    def operation_at(self, pointer: str) -> Operation | None:
        """Return the operation a JSON pointer leads to: `/paths/~1invoices/get`."""
        parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        if len(parts) != len(("paths", "path", "method")) or parts[0] != "paths":
            return None
        _, path, method = parts
        if method not in METHODS or method not in self.document["paths"].get(path, {}):
            return None
        return Operation(self, path, method)


def locate(url: str, beside: Path) -> Path | str:
    """Return where a document is: a file, or an address of the web; OperatingError where it is nowhere."""
    if urlsplit(url).scheme in ("http", "https"):
        return url
    named = Path(unquote(url.removeprefix("file://")))
    for candidate in (beside / named, resources.root() / named):
        if candidate.is_file():
            return candidate.resolve()
    raise OperatingError(f"there is no file {url}")


def openapi(name: str, place: Path | str) -> Source:
    """Return the OpenAPI document at a place; OperatingError where it is none."""
    return Source(name, str(place), _openapi(place), _service(place) or name)


@cache
def _openapi(place: Path | str) -> Mapping[str, Any]:
    """Return a document whole; most stories share it, so that it is read once."""
    document = _bundled(content(place), place)
    if not isinstance(document.get("paths"), Mapping) or "openapi" not in document:
        raise OperatingError(f"{place} is no OpenAPI document")
    service = _service(place)
    if service in resources.api_names():  # whose operations have second addresses, as it is served
        return with_aliases(document, load(service).policy.aliases)
    return document


def content(place: Path | str) -> dict[str, Any]:
    """Return what a YAML or JSON document at a place holds."""
    found = _read(place)
    if not isinstance(found, dict):
        raise OperatingError(f"{place} holds no document")
    return found


def _read(place: Path | str) -> Any:
    if isinstance(place, Path):
        root = resources.root().resolve()
        if place.is_relative_to(root / "specs"):  # parsed once, and kept as JSON
            return resources.document(str(place.relative_to(root)))
        return resources.parse(place.read_text(encoding="utf-8"), str(place))
    try:
        answer = httpx.get(place, follow_redirects=True, timeout=30).raise_for_status()
    except httpx.HTTPError as error:
        raise OperatingError(f"{place} cannot be read ({error})") from None
    return resources.parse(answer.text, place)


def _service(place: Path | str) -> str | None:
    """Return the API whose folder of `specs` a document stands in."""
    specs = resources.root().resolve() / "specs"
    if isinstance(place, Path) and place.is_relative_to(specs):
        return place.relative_to(specs).parts[0]
    return None


def _bundled(document: dict[str, Any], place: Path | str) -> dict[str, Any]:
    """Return a document with what it refers to in other files among its own components."""
    taken: set[str] = set()
    while foreign := set(_foreign(document)):
        document = _rewritten(document, _own)
        for reference in sorted(foreign - taken):
            file, _, pointer = reference.partition("#/components/")
            kind, name = pointer.split("/")
            found = content(_neighbour(place, file))["components"][kind][name]
            target = _rewritten(found, partial(_outward, file))
            document.setdefault("components", {}).setdefault(kind, {})[name] = target
        taken |= foreign
    return document


def _own(reference: str) -> str:
    """Return a reference to another file as one to the document itself."""
    return "#" + reference.partition("#")[2]


def _outward(file: str, reference: str) -> str:
    """Return a reference that another file makes to itself as one that is made from here."""
    return file + reference if reference.startswith("#") else reference


def _neighbour(place: Path | str, file: str) -> Path | str:
    if isinstance(place, Path):
        return locate(file, place.parent)
    return str(httpx.URL(place).join(file))


def _foreign(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str) and "#/components/" in reference and reference[0] != "#":
            yield reference
        for value in node.values():
            yield from _foreign(value)
    elif isinstance(node, list):
        for value in node:
            yield from _foreign(value)


def _rewritten(node: Any, rename: Callable[[str], str]) -> Any:
    """Return a node with every reference in it renamed."""
    if isinstance(node, Mapping):
        return {
            key: rename(value)
            if key == "$ref" and isinstance(value, str)
            else _rewritten(value, rename)
            for key, value in node.items()
        }
    return [_rewritten(value, rename) for value in node] if isinstance(node, list) else node


def missing(kind: str, name: str, known: list[str]) -> str:
    """Return the sentence that says something is not there, and what it may have been."""
    return f"there is no {kind} {name!r}{nearest(name, known)}"
