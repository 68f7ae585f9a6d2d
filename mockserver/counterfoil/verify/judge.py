"""The independent judge: openapi-core holds a response against an OpenAPI document.

It shares no code with the engine that built the mock, so that nobody is judged by their own mistakes.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.templating.responses.exceptions import ResponseFinderError

from counterfoil.verify.exchange import Exchange

NOWHERE = (404, 405)
"""What a server may answer at an address that the document does not name."""

SHOWN = 5
"""How many misfits of one response are told."""


class Judge:
    """Holds responses of the server at a URL against a document; make it once, ask it often."""

    def __init__(self, document: Mapping[str, Any], url: str) -> None:
        own = {**document, "servers": [{"url": url.rstrip("/")}]}
        # The document was checked when its contract was loaded; checking it again takes a quarter of a second.
        config = Config(
            spec_validator_cls=None,
            extra_media_type_deserializers=dict(_readers(document)),
        )
        self._api = OpenAPI.from_dict(own, config=config)

    def misfits(self, exchange: Exchange) -> list[str]:
        """Return what the document does not allow in a response, a sentence each; none if it fits."""
        found: list[str] = []
        for error in self._api.iter_response_errors(_Asked(exchange), _Answered(exchange)):
            if isinstance(error, PathError) and exchange.status in NOWHERE:
                return []
            found += _sentences(error, exchange)
        return found[:SHOWN]


def _readers(document: Mapping[str, Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the media types for which openapi-core has no reader, with one: JSON by another name, or no JSON."""
    for media in _media(document):
        if media.endswith("+json"):
            yield media, _as_json
        elif "json" not in media and "form" not in media:
            yield media, _as_text


def _media(node: Any) -> Iterator[str]:
    """Yield the media types of a document."""
    if isinstance(node, Mapping):
        content = node.get("content")
        if isinstance(content, Mapping):
            yield from content
        for value in node.values():
            yield from _media(value)
    elif isinstance(node, list):
        for value in node:
            yield from _media(value)


def _as_json(body: bytes, **_: str) -> Any:
    return json.loads(body)


def _as_text(body: bytes, **_: str) -> str:
    return body.decode("utf-8", "surrogateescape")


class _Asked:
    """A request as openapi-core wants to see it."""

    def __init__(self, exchange: Exchange) -> None:
        url = urlsplit(exchange.request.url)
        self.parameters = RequestParameters()
        self.host_url = f"{url.scheme}://{url.netloc}"
        self.path = url.path
        self.method = exchange.request.method.lower()
        self.content_type = ""
        self.body = exchange.request.body


class _Answered:
    """A response as openapi-core wants to see it."""

    def __init__(self, exchange: Exchange) -> None:
        self.status_code = exchange.status
        self.data = exchange.response.body
        self.content_type = (exchange.header("content-type") or "").lower()
        self.headers = _Headers({n.lower(): value for n, value in exchange.response.headers})


class _Headers(dict[str, str]):
    """Headers that are found whatever their case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header, or the default."""
        return super().get(name.lower(), default)


def _sentences(error: Exception, exchange: Exchange) -> Iterator[str]:
    if isinstance(error, PathError):
        yield f"the document has no operation at {exchange.request.method} {exchange.request.path}"
    elif isinstance(error, ResponseFinderError):
        yield f"status {exchange.status} is not documented"
    else:
        cause = error.__cause__ or error
        about = f"header {error.name}" if hasattr(error, "name") else "body"
        violations = getattr(cause, "schema_errors", None)
        if violations is None:
            yield f"{about}: {cause}"
        for violation in violations or ():
            place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in violation.path)
            yield f"{about}{place}: {violation.message}"
