"""The OpenAPI document of a service as it is read by people and tools: references kept, ready to send."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import msgspec
from starlette.types import Scope, Send

from counterfoil import resources
from counterfoil.contract.document import with_examples
from counterfoil.web.front import path_of

PAGES = "/ui"
"""Where Swagger UI is mounted."""


class Documents:
    """A service's document at `/openapi.json` and `/openapi.yaml`."""

    def __init__(self, document: Mapping[str, Any], api: str) -> None:
        self._bare, self._api = document, api
        self._written: dict[tuple[str, str], bytes] = {}

    def has(self, path: str) -> bool:
        """Tell whether a path is a document's."""
        return path in WRITERS

    @cached_property
    def _whole(self) -> Mapping[str, Any]:
        """The document with the answers that were recorded; put together when first asked for."""
        return with_examples(dict(self._bare), resources.examples(self._api))

    async def send(self, scope: Scope, send: Send) -> None:
        """Answer with the document of the path, its server the address it was asked for at."""
        path, root = path_of(scope), scope.get("root_path", "")
        if (path, root) not in self._written:
            document = {**self._whole, "servers": [{"url": root or "/"}]}
            self._written[path, root] = WRITERS[path](document)
        body = self._written[path, root]
        headers = [
            (b"content-type", TYPES[path]),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": body})


def _yaml(document: Mapping[str, Any]) -> bytes:
    import yaml  # slow to import, and few ask

    written: bytes = yaml.dump(
        document, Dumper=yaml.CSafeDumper, encoding="utf-8", allow_unicode=True, sort_keys=False
    )
    return written


WRITERS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "/openapi.json": msgspec.json.encode,
    "/openapi.yaml": _yaml,
}
TYPES = {"/openapi.json": b"application/json", "/openapi.yaml": b"application/yaml"}
