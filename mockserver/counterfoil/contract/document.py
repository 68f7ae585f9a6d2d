"""Reading the OpenAPI document: its operations, references and aliases."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from counterfoil.contract.rows import AliasRow

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
READS = ("get", "head", "options", "trace")
Document = dict[str, Any]
Examples = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Answers, by operationId, status and media type."""


def resolve(document: Mapping[str, Any], node: Any) -> Any:
    """Follow local references from a node to what they stand for.

    Raises KeyError, with the reference, where one leads nowhere.
    """
    while isinstance(node, Mapping) and "$ref" in node:
        reference = node["$ref"]
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            try:
                target = target[part.replace("~1", "/").replace("~0", "~")]
            except (KeyError, TypeError):
                raise KeyError(reference) from None
        node = target
    return node


def references(node: Any) -> Iterator[str]:
    """Yield every `$ref` of a document."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation object of every operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def changes(method: str, operation: Mapping[str, Any]) -> bool:
    """Tell whether an operation may change something: by its method, unless `x-changes` says so.

    A read that does says it: one that begins work which a later read finds done.
    """
    return bool(operation.get("x-changes", method not in READS))


def parameters(document: Mapping[str, Any], path: str, method: str) -> list[dict[str, Any]]:
    """Return an operation's parameters, its path item's included; its own win by place and name."""
    item = document["paths"][path]
    named = {}
    for parameter in [*item.get("parameters", []), *item[method].get("parameters", [])]:
        whole = resolve(document, parameter)
        named[whole["in"], whole["name"]] = whole
    return list(named.values())


def enum_of(document: Mapping[str, Any], schema: str, field: str) -> list[str]:
    """Return the enum of a field of a named schema; KeyError where it has none."""
    node = document["components"]["schemas"][schema]
    for part in [node, *node.get("allOf", [])]:
        properties = resolve(document, part).get("properties", {})
        if field in properties:
            return list(resolve(document, properties[field])["enum"])
    raise KeyError(f"{schema}.{field}")


def documented(document: Mapping[str, Any]) -> Document:
    """Return a document with only those operations that the source documents name."""
    paths = {}
    for path, item in document["paths"].items():
        kept = {
            key: value
            for key, value in item.items()
            if key not in METHODS or value["x-provenance"] == "documented"
        }
        if kept.keys() & set(METHODS):
            paths[path] = kept
    return {**document, "paths": paths}


def joined(document: Document, parts: Iterable[Document]) -> Document:
    """Return a document with the tags, paths and schemas of others besides its own.

    A part names what it takes from the document as a reference to its file, to be whole by itself; that
    is left out here.
    """
    whole = document
    for part in parts:
        components = whole["components"]
        own = {n: s for n, s in part["components"]["schemas"].items() if not _is_foreign(s)}
        twice = components["schemas"].keys() & own.keys()
        assert not twice, f"two parts have a schema of one name: {', '.join(sorted(twice))}"
        schemas = {**components["schemas"], **own}
        whole = {
            **whole,
            "tags": [*whole["tags"], *part["tags"]],
            "paths": {**whole["paths"], **part["paths"]},
            "components": {**components, "schemas": schemas},
        }
    return whole


def _is_foreign(schema: Document) -> bool:
    """Tell whether a schema stands in another file."""
    return not schema.get("$ref", "#").startswith("#")


def with_examples(document: Document, recorded: Examples) -> Document:
    """Return a document in which answers have examples: those recorded of each operation.

    An alias answers as the operation it stands for.
    """
    shown = document | {"paths": {path: dict(item) for path, item in document["paths"].items()}}
    for path, method, operation in operations(document):
        answers = recorded.get(operation.get("x-alias-of", operation["operationId"]), {})
        told = {
            status: _exemplified(resolve(document, operation["responses"][status]), by_media)
            for status, by_media in answers.items()
        }
        item = shown["paths"][path]
        item[method] = operation | {"responses": operation["responses"] | told}
    return shown


def _exemplified(response: Document, by_media: Mapping[str, Any]) -> Document:
    """Return a response with an example of each media type that was recorded."""
    content = response["content"]
    examples = {media: content[media] | {"example": value} for media, value in by_media.items()}
    return response | {"content": content | examples}


def with_aliases(document: Document, aliases: Iterable[AliasRow]) -> Document:
    """Return a document in which each alias is an operation of its own.

    It is a copy of the operation it stands for, under its own id, path and provenance, without the
    parameters its path lacks and without links that do not hold there; `x-alias-of` names the
    original. An alias of nothing is left out: the cross-check names it.
    """
    expanded = document | {"paths": {path: dict(item) for path, item in document["paths"].items()}}
    originals = {
        o.get("operationId"): (path, method, o) for path, method, o in operations(document)
    }
    for alias in aliases:
        if alias.of in originals:
            path, method, original = originals[alias.of]
            item = expanded["paths"].setdefault(alias.path, {})
            item[alias.method] = _alias(
                expanded, alias, original, parameters(document, path, method)
            )
    return expanded


def _alias(
    document: Document, alias: AliasRow, original: dict[str, Any], inherited: list[dict[str, Any]]
) -> dict[str, Any]:
    own = [resolve(document, p) for p in document["paths"][alias.path].get("parameters", [])]
    shared = {(parameter["in"], parameter["name"]) for parameter in own}
    kept = [
        parameter
        for parameter in inherited
        if (parameter["in"], parameter["name"]) not in shared
        and (parameter["in"] != "path" or f"{{{parameter['name']}}}" in alias.path)
    ]
    responses = original["responses"]
    if not alias.links:
        responses = {status: _without_links(response) for status, response in responses.items()}
    return original | {
        "operationId": alias.id,
        "parameters": kept,
        "responses": responses,
        "x-alias-of": alias.of,
        "x-provenance": alias.provenance,
    }


def _without_links(response: dict[str, Any]) -> dict[str, Any]:
    return {part: told for part, told in response.items() if part != "links"}
